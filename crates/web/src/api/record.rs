//! `/api/v1/records/{publisher}/{record}`: one record, read and withdrawn.

use crate::api::erasures;
use crate::api::request;
use crate::api::request::Asked;
use crate::api::request::Named;
use crate::api::shape::PublishedShape;
use crate::api::shape::RecordShape;
use crate::bearer::Bearer;
use crate::cabinet::Deed;
use crate::desk::journal;
use crate::front::Front;
use crate::guard::answer::ProblemDetails;
use crate::port::Kept;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use record::envelope::CONTENT_TYPE;
use record::name::Name;
use serde::Deserialize;
use utoipa::IntoParams;

/// The media type of COSE messages (RFC 9052, section 11.3).
pub(crate) const COSE: &str = "application/cose; cose-type=\"cose-sign1\"";

/// Reads the standing statement of one record, as JSON or, by Accept, as the signed bytes.
#[utoipa::path(
    get, path = "/api/v1/records/{publisher}/{record}", tag = "records",
    params(
        ("publisher" = String, Path, description = "Whose record, such as `th.jena`."),
        ("record" = String, Path, description = "The id of the record, a UUID."),
        ("if-none-match" = Option<String>, Header, description = "The statement id that is known already."),
    ),
    responses(
        (status = 200, body = RecordShape, description = "The record; ETag is the statement id.",
         content((RecordShape = "application/json"), (Vec<u8> = "application/cose"))),
        (status = 304, description = "Nothing new."),
        (status = 404, body = ProblemDetails), (status = 410, body = ProblemDetails, description = "Erased here."),
    ),
)]
pub(crate) async fn read(
    State(front): State<Front>,
    named: Named,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Named { publisher, record } = named;
    let kept = front.port.record(publisher.clone(), record).await?;
    let kept = kept.ok_or_else(|| erasures::missing(&front, &publisher, record))?;
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signed = accept.contains("application/cose") || accept.contains(CONTENT_TYPE);
    Ok(statement(&kept, &headers, signed))
}

/// A statement as signed bytes or as JSON, or that the reader has it already.
pub(crate) fn statement(kept: &Kept, headers: &HeaderMap, signed: bool) -> Response {
    let id = kept.statement.id();
    let mut response = if request::names(headers, header::IF_NONE_MATCH, id) == Some(true) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if signed {
        ([(header::CONTENT_TYPE, COSE)], kept.statement.bytes().to_vec()).into_response()
    } else {
        Json(RecordShape::of(kept)).into_response()
    };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{id}\"")) {
        headers.insert(header::ETAG, tag);
    }
    // A withdrawn record must be gone from caches as well: they may keep it, but must ask each time.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    response
}

/// Why a record is withdrawn.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Withdrawal {
    /// A code, such as `outdated` or `personal-data`.
    #[serde(default = "withdrawn")]
    #[param(default = "withdrawn")]
    reason: String,
}

fn withdrawn() -> String {
    "withdrawn".to_owned()
}

/// Withdraws a record of this node's publisher: a version without body takes its place everywhere.
#[utoipa::path(
    delete, path = "/api/v1/records/{publisher}/{record}", tag = "records",
    params(
        ("publisher" = String, Path, description = "This node's publisher."),
        ("record" = String, Path, description = "The id of the record, a UUID."),
        Withdrawal,
    ),
    responses(
        (status = 200, body = PublishedShape), (status = 401, body = ProblemDetails),
        (status = 403, body = ProblemDetails), (status = 404, body = ProblemDetails),
    ),
    security(("token" = [])),
)]
pub(crate) async fn retract(
    State(front): State<Front>,
    bearer: Bearer,
    named: Named,
    Asked(withdrawal): Asked<Withdrawal>,
) -> Result<Json<PublishedShape>, Problem> {
    ours(&front, &named.publisher).await?;
    let reason = request::word(&withdrawal.reason)?;
    let published = front.port.retract(named.record, reason).await?;
    tracing::info!(token = bearer.name, record = %published.record, "withdrawn");
    let deed = Deed::of((front.settings.clock)(), &bearer.name, "api-withdrawn");
    let deed = Deed { reason: withdrawal.reason, ..deed.to(&published.publisher, published.record) };
    journal::note(&front, deed).await;
    Ok(Json(PublishedShape::of(&published)))
}

/// Refuses to write for anybody but this node's publisher.
pub(crate) async fn ours(front: &Front, publisher: &Name) -> Result<(), Problem> {
    let own = front.port.status().await?.publisher;
    if own == *publisher {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "not-ours",
        &format!("Dieser Knoten unterschreibt für {own}, nicht für {publisher}."),
        &format!("This node signs for {own}, not for {publisher}."),
    ))
}
