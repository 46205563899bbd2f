//! `/api/v1/kinds`: which kinds of records there are, each with its JSON Schema.

use crate::api::shape::KindShape;
use crate::api::shape::KindsShape;
use crate::guard::answer::ProblemDetails;
use crate::problem::Problem;
use crate::visit::Visit;
use axum::Json;
use axum::extract::Path;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use record::kind;

/// Lists the kinds this node knows. Records of other kinds are kept and relayed all the same.
#[utoipa::path(get, path = "/api/v1/kinds", tag = "kinds", responses((status = 200, body = KindsShape)))]
pub(crate) async fn list(visit: Visit) -> Json<KindsShape> {
    let kinds = kind::kinds().iter().map(|kind| KindShape {
        kind: kind.name.clone(),
        version: kind.version,
        label: kind.label.say(visit.lang).to_owned(),
        plural: kind.plural.say(visit.lang).to_owned(),
        help: kind.help.say(visit.lang).to_owned(),
        schema: format!("/api/v1/kinds/{}", kind.name),
    });
    Json(KindsShape { kinds: kinds.collect() })
}

/// Reads the JSON Schema (draft 2020-12) of a kind's body.
#[utoipa::path(
    get, path = "/api/v1/kinds/{kind}", tag = "kinds",
    params(("kind" = String, Path, description = "The kind, such as `measure`.")),
    responses(
        (status = 200, content_type = "application/schema+json", body = serde_json::Value),
        (status = 404, body = ProblemDetails),
    ),
)]
pub(crate) async fn read(Path(name): Path<String>) -> Result<Response, Problem> {
    let kind = kind::kind(&name).ok_or_else(Problem::no_kind)?;
    let schema = Json(kind::schema(kind));
    Ok(([(header::CONTENT_TYPE, "application/schema+json")], schema).into_response())
}
