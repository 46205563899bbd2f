//! Drafts: published as a new record, published over a known one, or only checked.

use crate::api::record::ours;
use crate::api::request;
use crate::api::request::Named;
use crate::api::request::Sent;
use crate::api::shape::CheckedShape;
use crate::api::shape::DraftShape;
use crate::api::shape::FindingShape;
use crate::api::shape::PublishedShape;
use crate::bearer::Bearer;
use crate::cabinet::Deed;
use crate::desk::journal;
use crate::front::Front;
use crate::guard::answer::ProblemDetails;
use crate::port::Published;
use crate::problem::Problem;
use crate::visit::Visit;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use exchange::draft::Draft;
use record::kind::Grade;
use serde_json::Map;
use serde_json::Value;

type Fields = Sent<Map<String, Value>>;

/// Publishes a draft. Answered after the statement is durable.
#[utoipa::path(
    post, path = "/api/v1/records", tag = "records", request_body = DraftShape,
    responses(
        (status = 201, body = PublishedShape, description = "Published; Location is the record."),
        (status = 200, body = PublishedShape, description = "The same was said before."),
        (status = 401, body = ProblemDetails), (status = 409, body = ProblemDetails),
        (status = 422, body = ProblemDetails),
    ),
    security(("token" = [])),
)]
pub(crate) async fn publish(
    State(front): State<Front>,
    bearer: Bearer,
    Sent(fields): Fields,
) -> Result<Response, Problem> {
    let published = front.port.publish(draft(fields)?, None).await?;
    Ok(answer(&front, &published, &bearer).await)
}

/// Publishes the next version of a record of this node's publisher. With If-Match only if the
/// standing statement is still the one named.
#[utoipa::path(
    put, path = "/api/v1/records/{publisher}/{record}", tag = "records", request_body = DraftShape,
    params(
        ("publisher" = String, Path, description = "This node's publisher."),
        ("record" = String, Path, description = "The id of the record, a UUID."),
        ("if-match" = Option<String>, Header, description = "The statement id that the writer has seen."),
    ),
    responses(
        (status = 200, body = PublishedShape), (status = 201, body = PublishedShape),
        (status = 401, body = ProblemDetails), (status = 403, body = ProblemDetails),
        (status = 409, body = ProblemDetails), (status = 412, body = ProblemDetails),
        (status = 422, body = ProblemDetails),
    ),
    security(("token" = [])),
)]
pub(crate) async fn replace(
    State(front): State<Front>,
    bearer: Bearer,
    named: Named,
    headers: HeaderMap,
    Sent(fields): Fields,
) -> Result<Response, Problem> {
    ours(&front, &named.publisher).await?;
    let mut draft = draft(fields)?;
    if draft.record.is_some_and(|record| record != named.record) {
        return Err(Problem::unreadable("record", &"the draft names another record than the address"));
    }
    draft.record = Some(named.record);
    let expected = match headers.contains_key(header::IF_MATCH) {
        false => None,
        true => {
            let kept = front.port.record(named.publisher, named.record).await?;
            let seen = kept
                .filter(|kept| request::names(&headers, header::IF_MATCH, kept.statement.id()) == Some(true));
            Some(seen.ok_or_else(changed_meanwhile)?.statement.content().version)
        }
    };
    let published = front.port.publish(draft, expected).await?;
    Ok(answer(&front, &published, &bearer).await)
}

/// Checks a draft as publishing would, and publishes nothing.
#[utoipa::path(
    post, path = "/api/v1/check", tag = "records", request_body = DraftShape,
    responses(
        (status = 200, body = CheckedShape), (status = 400, body = ProblemDetails),
        (status = 401, body = ProblemDetails),
    ),
    security(("token" = [])),
)]
pub(crate) async fn check(
    State(front): State<Front>,
    _bearer: Bearer,
    visit: Visit,
    Sent(fields): Fields,
) -> Result<Json<CheckedShape>, Problem> {
    let findings = front.port.check(draft(fields)?).await?.findings;
    Ok(Json(CheckedShape {
        publishable: findings.iter().all(|finding| finding.grade != Grade::Error),
        findings: findings.iter().map(|finding| FindingShape::of(finding, visit.lang)).collect(),
    }))
}

fn draft(fields: Map<String, Value>) -> Result<Draft, Problem> {
    Draft::from_json(fields).map_err(|error| Problem::unreadable("draft", &error))
}

fn changed_meanwhile() -> Problem {
    Problem::new(
        StatusCode::PRECONDITION_FAILED,
        "conflict",
        "Der Eintrag hat sich inzwischen geändert. Bitte lesen Sie die neue Fassung und versuchen Sie es noch einmal.",
        "The record has changed meanwhile. Please read the new version and try again.",
    )
}

/// What was published, and where it is read.
pub(crate) async fn answer(front: &Front, published: &Published, bearer: &Bearer) -> Response {
    tracing::info!(token = bearer.name, record = %published.record, version = published.version, "published");
    if published.changed {
        let deed = Deed::of((front.settings.clock)(), &bearer.name, "api-published");
        journal::note(front, deed.to(&published.publisher, published.record)).await;
    }
    let place = format!("/api/v1/records/{}/{}", published.publisher, published.record);
    let status = if published.changed { StatusCode::CREATED } else { StatusCode::OK };
    let tag = format!("\"{}\"", published.id);
    (status, [(header::LOCATION, place), (header::ETAG, tag)], Json(PublishedShape::of(published)))
        .into_response()
}
