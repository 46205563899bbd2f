//! `/healthz`, `/readyz`, `/metrics`: for those who watch over the node.

use crate::front::Front;
use crate::guard::answer::ProblemDetails;
use crate::problem::Problem;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

/// Answers as long as the process lives.
#[utoipa::path(get, path = "/healthz", tag = "node", responses((status = 200, body = String)))]
pub(crate) async fn alive() -> &'static str {
    "alive\n"
}

/// Answers 200 once the node has opened everything and serves.
#[utoipa::path(
    get, path = "/readyz", tag = "node",
    responses((status = 200, body = String), (status = 503, body = ProblemDetails)),
)]
pub(crate) async fn ready(State(front): State<Front>) -> Result<&'static str, Problem> {
    front.port.ready().map(|()| "ready\n").map_err(|doing| Problem::opening(&doing))
}

/// Counters in the Prometheus text format (version 0.0.4).
#[utoipa::path(
    get, path = "/metrics", tag = "node", responses((status = 200, content_type = "text/plain", body = String)),
)]
pub(crate) async fn metrics(State(front): State<Front>) -> Result<impl IntoResponse, Problem> {
    let text = front.port.metrics().await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
}
