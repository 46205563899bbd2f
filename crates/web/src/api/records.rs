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
use catalogue::cursor::Cursor;
use catalogue::query::Days;
use catalogue::query::Filters;
use catalogue::query::LIMIT_DEFAULT;
use catalogue::query::LIMIT_MAX;
use catalogue::query::OFFSET_MAX;
use catalogue::query::Order;
use catalogue::query::Query;
use serde::Deserialize;
use utoipa::IntoParams;

/// The parameters that filter, and the facets they belong to. Several codes of one facet are separated by commas.
const PARAMETERS: [(&str, &str); 13] = [
    ("kind", "kind"),
    ("field", "action_field"),
    ("action_field", "action_field"),
    ("land", "land"),
    ("district", "district"),
    ("publisher", "publisher"),
    ("stage", "stage"),
    ("phase", "phase"),
    ("population_class", "population_class"),
    ("deployment_model", "deployment_model"),
    ("licence", "licence"),
    ("lamp", "lamp"),
    ("freshness", "freshness"),
];

/// What to find. Filters combine; several codes of one filter, separated by commas, are alternatives.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "filters are described here and read by their table")]
pub(crate) struct Search {
    /// Words as typed; `"..."` is a phrase, `-word` excludes, `kind:event` filters. Without words: everything, newest
    /// first.
    #[serde(default)]
    q: String,
    /// Only these kinds, such as `measure,solution`.
    kind: Option<String>,
    /// Only these action fields, such as `mobility`.
    field: Option<String>,
    /// Only publishers of these Länder, such as `th`.
    land: Option<String>,
    /// Only these districts: the first five digits of the regional key.
    district: Option<String>,
    /// Only these publishers, such as `th.jena`.
    publisher: Option<String>,
    /// Only these stages, 1 to 4.
    stage: Option<String>,
    /// Only these phases or development statuses, such as `permanent`.
    phase: Option<String>,
    /// Only these population classes, such as `5k-10k`.
    population_class: Option<String>,
    /// Only what is operated like this, such as `on-prem`.
    deployment_model: Option<String>,
    /// Only these licences, by SPDX identifier.
    licence: Option<String>,
    /// Only what says something of `privacy`, `security`, `accessibility`; with `-tested` behind, with proof.
    lamp: Option<String>,
    /// Only `month`, `year`, `older` or `overdue`.
    freshness: Option<String>,
    /// Only events, calls and deadlines that are not over before this day, `YYYY-MM-DD`.
    from: Option<String>,
    /// Only those that do not begin after this day.
    until: Option<String>,
    /// `best`, `newest` or `soonest`.
    order: Option<String>,
    /// `1`: take the words as they are, without correcting typing errors.
    verbatim: Option<String>,
    /// How many hits, 20 unless said otherwise.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// How many hits to skip.
    #[param(maximum = 10000)]
    offset: Option<usize>,
    /// The place behind which the list goes on; stands in `next` of the answer before.
    after: Option<String>,
}

impl Search {
    /// The query, its limits kept.
    fn query(&self, visit: &Visit) -> Result<Query, Problem> {
        let mut filters = Filters::none();
        for (key, value) in &visit.query {
            let Some((_, facet)) = PARAMETERS.iter().find(|(known, _)| known == key) else { continue };
            value
                .split(',')
                .map(str::trim)
                .filter(|code| !code.is_empty())
                .for_each(|code| filters.add(facet, code));
        }
        let order = match self.order.as_deref() {
            Some("newest") => Order::Newest,
            Some("soonest") => Order::Soonest,
            _ => Order::Best,
        };
        let after: Option<Cursor> = match &self.after {
            Some(text) => Some(text.parse().map_err(|_| Problem::no_cursor())?),
            None => None,
        };
        Ok(Query {
            text: self.q.clone(),
            filters,
            days: Days { from: self.from.clone(), until: self.until.clone() },
            order,
            lang: visit.lang,
            now: visit.now,
            verbatim: self.verbatim.as_deref() == Some("1"),
            limit: self.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX),
            offset: self.offset.unwrap_or(0).min(OFFSET_MAX),
            after,
        })
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
    let found = front.search(search.query(&visit)?).await?;
    let next = found.next.as_ref().map(|after| next(&visit, &after.to_string()));
    Ok(Json(FoundShape::of(&found, next)))
}

/// The same search, further down.
fn next(visit: &Visit, after: &str) -> String {
    let kept = visit
        .query
        .iter()
        .filter(|(key, _)| key != "offset" && key != "after")
        .map(|(key, value)| (key.as_str(), value.as_str()));
    link::address(&visit.path, kept.chain([("after", after)]))
}
