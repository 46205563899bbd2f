//! `/api/v1/publishers`: who may publish, with the public history of their keys.

use crate::api::shape::PublisherShape;
use crate::api::shape::PublishersShape;
use crate::front::Front;
use crate::guard::answer::ProblemDetails;
use crate::problem::Problem;
use axum::Json;
use axum::extract::Path;
use axum::extract::State;

/// Lists all attested publishers in the order of their names.
#[utoipa::path(
    get, path = "/api/v1/publishers", tag = "publishers", responses((status = 200, body = PublishersShape)),
)]
pub(crate) async fn list(State(front): State<Front>) -> Result<Json<PublishersShape>, Problem> {
    let publishers = front.port.publishers().await?;
    Ok(Json(PublishersShape { publishers: publishers.iter().map(PublisherShape::of).collect() }))
}

/// Reads one publisher.
#[utoipa::path(
    get, path = "/api/v1/publishers/{name}", tag = "publishers",
    params(("name" = String, Path, description = "The name, such as `th.jena`.")),
    responses((status = 200, body = PublisherShape), (status = 404, body = ProblemDetails)),
)]
pub(crate) async fn read(
    State(front): State<Front>,
    Path(name): Path<String>,
) -> Result<Json<PublisherShape>, Problem> {
    let name = name.parse().map_err(|_| Problem::no_publisher())?;
    let publisher = front.port.publisher(name).await?.ok_or_else(Problem::no_publisher)?;
    Ok(Json(PublisherShape::of(&publisher)))
}
