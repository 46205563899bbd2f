//! `GET /api/v1/records`: finding records.

use crate::api::request::Asked;
use crate::api::shape::FoundShape;
use crate::front::Front;
use crate::guard::answer::ProblemDetails;
use crate::link;
use crate::problem::Problem;
use crate::visit::Visit;
use axum::Json;
use axum::extract::State;
use catalogue::query::LIMIT_DEFAULT;
use catalogue::query::LIMIT_MAX;
use catalogue::query::OFFSET_MAX;
use catalogue::query::Query;
use serde::Deserialize;
use utoipa::IntoParams;

/// What to find.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Search {
    /// Words as typed; `"..."` is a phrase, `-word` excludes. Without words: everything, newest first.
    #[serde(default)]
    q: String,
    /// Only this kind, such as `measure`.
    kind: Option<String>,
    /// Only this action field, such as `mobility`.
    field: Option<String>,
    /// Only publishers of this Land, such as `th`.
    land: Option<String>,
    /// Only this publisher, such as `th.jena`.
    publisher: Option<String>,
    /// Only this stage, 1 to 4.
    #[param(minimum = 1, maximum = 4)]
    stage: Option<u64>,
    /// How many hits, 20 unless said otherwise.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// How many hits to skip.
    #[param(maximum = 10000)]
    offset: Option<usize>,
}

impl Search {
    /// The query, its limits kept.
    fn query(&self, visit: &Visit) -> Query {
        let chosen = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Query {
            text: self.q.clone(),
            kind: chosen(&self.kind),
            action_field: chosen(&self.field),
            land: chosen(&self.land),
            publisher: chosen(&self.publisher),
            stage: self.stage,
            lang: visit.lang,
            limit: self.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX),
            offset: self.offset.unwrap_or(0).min(OFFSET_MAX),
        }
    }
}

/// Finds records.
#[utoipa::path(
    get, path = "/api/v1/records", tag = "records", params(Search),
    responses((status = 200, body = FoundShape), (status = 400, body = ProblemDetails)),
)]
pub(crate) async fn list(
    State(front): State<Front>,
    visit: Visit,
    Asked(search): Asked<Search>,
) -> Result<Json<FoundShape>, Problem> {
    let query = search.query(&visit);
    let reach = query.offset + query.limit;
    let found = front.port.search(query).await?;
    let more = !found.hits.is_empty() && (reach as u64) < found.total && reach <= OFFSET_MAX;
    Ok(Json(FoundShape::of(&found, more.then(|| next(&visit, reach)))))
}

/// The same search, further down.
fn next(visit: &Visit, offset: usize) -> String {
    let offset = offset.to_string();
    let kept = visit
        .query
        .iter()
        .filter(|(key, _)| key != "offset")
        .map(|(key, value)| (key.as_str(), value.as_str()));
    link::address(&visit.path, kept.chain([("offset", offset.as_str())]))
}
