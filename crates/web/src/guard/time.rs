//! Limits on how many requests are in work and how long each may take.

use crate::front::Front;
use crate::problem::Problem;
use axum::extract::Request;
use axum::extract::State;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;
use std::time::Duration;

/// Refuses what would be one request too many, and ends what takes too long.
pub(crate) async fn bound(State(front): State<Front>, request: Request, next: Next) -> Response {
    // A sick node must still say so: its watchers are never turned away.
    if matches!(request.uri().path(), "/healthz" | "/readyz" | "/metrics") {
        return next.run(request).await;
    }
    let Ok(_place) = front.in_flight.try_acquire() else {
        return Problem::busy().into_response();
    };
    let patience = Duration::from_secs(front.settings.limits.request_seconds_max);
    match tokio::time::timeout(patience, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::too_slow().into_response(),
    }
}
