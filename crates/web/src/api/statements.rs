//! `POST /api/v1/statements`: statements that were signed elsewhere.

use crate::api::drafts;
use crate::api::request::Raw;
use crate::bearer::Bearer;
use crate::front::Front;
use crate::guard::answer::ProblemDetails;
use crate::problem::Problem;
use axum::extract::State;
use axum::response::Response;

/// Takes a ready-signed statement through the one door.
#[utoipa::path(
    post, path = "/api/v1/statements", tag = "records",
    request_body(content = Vec<u8>, content_type = "application/cose"),
    responses(
        (status = 201, body = crate::api::shape::PublishedShape),
        (status = 200, body = crate::api::shape::PublishedShape, description = "It stood already."),
        (status = 401, body = ProblemDetails), (status = 413, body = ProblemDetails),
        (status = 415, body = ProblemDetails), (status = 422, body = ProblemDetails),
    ),
    security(("token" = [])),
)]
pub(crate) async fn submit(
    State(front): State<Front>,
    bearer: Bearer,
    Raw(bytes): Raw,
) -> Result<Response, Problem> {
    let published = front.port.submit(bytes).await?;
    Ok(drafts::answer(&front, &published, &bearer).await)
}
