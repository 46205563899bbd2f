//! `GET /api/v1/records/{publisher}/{record}/matches`: needs and what answers them.

use crate::api::shape::MatchesShape;
use crate::front::Front;
use crate::guard::answer::ProblemDetails;
use crate::problem::Problem;
use crate::visit::Visit;
use axum::Json;
use axum::extract::Path;
use axum::extract::State;

/// Records of one answer.
const LIMIT: usize = 10;

/// What answers a need, or the needs that a record answers, best first, with the reasons.
#[utoipa::path(
    get, path = "/api/v1/records/{publisher}/{record}/matches", tag = "records",
    params(
        ("publisher" = String, Path, description = "Whose record."),
        ("record" = String, Path, description = "Which record."),
    ),
    responses((status = 200, body = MatchesShape), (status = 404, body = ProblemDetails)),
)]
pub(crate) async fn list(
    State(front): State<Front>,
    visit: Visit,
    Path((publisher, record)): Path<(String, String)>,
) -> Result<Json<MatchesShape>, Problem> {
    let publisher = publisher.parse().map_err(|_| Problem::no_record())?;
    let record = record.parse().map_err(|_| Problem::no_record())?;
    let found = front.port.matches(publisher, record, visit.lang, LIMIT).await?;
    Ok(Json(MatchesShape::of(&found)))
}
