//! `GET /api/v1/suggest`: completing what is being typed.

use crate::api::request::Asked;
use crate::api::shape::SuggestionsShape;
use crate::front::Front;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

/// Suggestions of one answer.
const LIMIT: usize = 10;

/// What was typed so far.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Typed {
    /// The beginning of a word or title.
    #[serde(default)]
    q: String,
}

/// Suggests words and titles.
#[utoipa::path(
    get, path = "/api/v1/suggest", tag = "records", params(Typed),
    responses((status = 200, body = SuggestionsShape)),
)]
pub(crate) async fn list(
    State(front): State<Front>,
    Asked(typed): Asked<Typed>,
) -> Result<Json<SuggestionsShape>, Problem> {
    Ok(Json(SuggestionsShape { suggestions: front.port.suggest(typed.q, LIMIT).await? }))
}
