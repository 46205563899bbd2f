//! `GET /api/v1/status`: how the node is doing.

use crate::api::condition::StatusShape;
use crate::front::Front;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;

/// Reads the node's state: what it holds, with whom it is connected, what it refused.
#[utoipa::path(get, path = "/api/v1/status", tag = "node", responses((status = 200, body = StatusShape)))]
pub(crate) async fn read(State(front): State<Front>) -> Result<Json<StatusShape>, Problem> {
    Ok(Json(StatusShape::of(&front.port.status().await?)))
}
