//! `/api/v1/republish`: the own records are signed again, after a new epoch of the keys.

use crate::api::shape::PublishedShape;
use crate::bearer::Bearer;
use crate::front::Front;
use crate::guard::answer::ProblemDetails;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;

/// Signs those own records again that stand under an older epoch, or stand no more because their key
/// was given up. Answers with each of them, after the statements are durable.
#[utoipa::path(
    post, path = "/api/v1/republish", tag = "records",
    responses(
        (status = 200, body = Vec<PublishedShape>),
        (status = 401, body = ProblemDetails), (status = 422, body = ProblemDetails),
    ),
    security(("token" = [])),
)]
pub(crate) async fn run(
    State(front): State<Front>,
    bearer: Bearer,
) -> Result<Json<Vec<PublishedShape>>, Problem> {
    let published = front.port.republish().await?;
    tracing::info!(token = bearer.name, records = published.len(), "records were signed again");
    Ok(Json(published.iter().map(PublishedShape::of).collect()))
}
