//! `GET /api/v1/changes`: what changed, for mirrors and other programs that follow along.

use crate::api::request::Asked;
use crate::api::shape::ChangeShape;
use crate::api::shape::ChangesShape;
use crate::front::Front;
use crate::guard::answer::ProblemDetails;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use std::time::Duration;
use utoipa::IntoParams;

/// Changes of one answer, at most.
const LIMIT_MAX: usize = 1_000;
/// Changes of one answer, where the asker says nothing else.
const LIMIT_DEFAULT: usize = 100;

/// From where to read on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct From {
    /// The number of the last change that is known already; 0 for none.
    #[serde(default)]
    since: u64,
    /// How many changes, 100 unless said otherwise.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// How long to wait when there is nothing new yet, in seconds.
    #[serde(default)]
    #[param(maximum = 25)]
    wait: u64,
}

/// Reads the change feed, oldest first.
#[utoipa::path(
    get, path = "/api/v1/changes", tag = "changes", params(From),
    responses((status = 200, body = ChangesShape), (status = 503, body = ProblemDetails)),
)]
pub(crate) async fn list(
    State(front): State<Front>,
    Asked(from): Asked<From>,
) -> Result<Json<ChangesShape>, Problem> {
    let limit = from.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX);
    let wait = from.wait.min(front.settings.limits.wait_seconds_max);
    let _place = match wait {
        0 => None,
        _ => Some(front.waiting.try_acquire().map_err(|_| Problem::busy())?),
    };
    let found = front.port.changes(from.since, limit, Duration::from_secs(wait)).await?;
    let changes: Vec<ChangeShape> = found.changes.iter().map(ChangeShape::of).collect();
    let next = changes.last().map_or(from.since.min(found.newest), |last| last.change);
    Ok(Json(ChangesShape { changes, newest: found.newest, next }))
}
