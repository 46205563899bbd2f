//! `GET /api/v1/records/{publisher}/{record}/similar`: records like this one.

use crate::api::shape::SimilarShape;
use crate::front::Front;
use crate::guard::answer::ProblemDetails;
use crate::problem::Problem;
use crate::visit::Visit;
use axum::Json;
use axum::extract::Path;
use axum::extract::State;

/// Records of one answer.
const LIMIT: usize = 10;

/// Records with the same telling words, most alike first, with these words.
#[utoipa::path(
    get, path = "/api/v1/records/{publisher}/{record}/similar", tag = "records",
    params(
        ("publisher" = String, Path, description = "Whose record."),
        ("record" = String, Path, description = "Which record."),
    ),
    responses((status = 200, body = SimilarShape), (status = 404, body = ProblemDetails)),
)]
pub(crate) async fn list(
    State(front): State<Front>,
    visit: Visit,
    Path((publisher, record)): Path<(String, String)>,
) -> Result<Json<SimilarShape>, Problem> {
    let publisher = publisher.parse().map_err(|_| Problem::no_record())?;
    let record = record.parse().map_err(|_| Problem::no_record())?;
    let found = front.port.similar(publisher, record, visit.lang, LIMIT).await?;
    Ok(Json(SimilarShape::of(&found)))
}
