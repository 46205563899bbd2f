//! `POST /api/v1/peers`: adding a peer.

use crate::api::request::Sent;
use crate::api::shape::AddressShape;
use crate::bearer::Bearer;
use crate::front::Front;
use crate::guard::answer::ProblemDetails;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

/// Adds a static peer by its multiaddr; the node dials it from now on.
#[utoipa::path(
    post, path = "/api/v1/peers", tag = "node", request_body = AddressShape,
    responses(
        (status = 201, body = AddressShape), (status = 401, body = ProblemDetails),
        (status = 422, body = ProblemDetails),
    ),
    security(("token" = [])),
)]
pub(crate) async fn add(
    State(front): State<Front>,
    bearer: Bearer,
    Sent(peer): Sent<AddressShape>,
) -> Result<(StatusCode, Json<AddressShape>), Problem> {
    front.port.dial(peer.address.clone()).await?;
    tracing::info!(token = bearer.name, address = peer.address, "peer added");
    Ok((StatusCode::CREATED, Json(peer)))
}
