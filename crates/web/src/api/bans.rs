//! `POST /api/v1/bans` and `DELETE /api/v1/bans/{peer_id}`: keeping a peer away, and lifting that.

use crate::api::condition::BanShape;
use crate::api::request::Sent;
use crate::bearer::Bearer;
use crate::front::Front;
use crate::guard::answer::ProblemDetails;
use crate::problem::Problem;
use axum::Json;
use axum::extract::Path;
use axum::extract::State;
use axum::http::StatusCode;

/// Closes the connections with a peer and takes no more, also after the next start.
#[utoipa::path(
    post, path = "/api/v1/bans", tag = "node", request_body = BanShape,
    responses(
        (status = 201, body = BanShape), (status = 401, body = ProblemDetails), (status = 422, body = ProblemDetails),
    ),
    security(("token" = [])),
)]
pub(crate) async fn add(
    State(front): State<Front>,
    bearer: Bearer,
    Sent(ban): Sent<BanShape>,
) -> Result<(StatusCode, Json<BanShape>), Problem> {
    front.port.ban(ban.peer_id.clone(), ban.reason.clone()).await?;
    tracing::info!(token = bearer.name, peer = ban.peer_id, reason = ban.reason, "peer banned");
    Ok((StatusCode::CREATED, Json(ban)))
}

/// Lets a peer come back.
#[utoipa::path(
    delete, path = "/api/v1/bans/{peer_id}", tag = "node",
    params(("peer_id" = String, Path, description = "The peer's id.")),
    responses((status = 204), (status = 401, body = ProblemDetails), (status = 422, body = ProblemDetails)),
    security(("token" = [])),
)]
pub(crate) async fn lift(
    State(front): State<Front>,
    bearer: Bearer,
    Path(peer): Path<String>,
) -> Result<StatusCode, Problem> {
    front.port.pardon(peer.clone()).await?;
    tracing::info!(token = bearer.name, peer, "ban lifted");
    Ok(StatusCode::NO_CONTENT)
}
