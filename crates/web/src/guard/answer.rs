//! Errors in the reader's words: a page for people, problem details (RFC 9457) for programs.

use crate::front::Front;
use crate::pages::trouble;
use crate::problem::Problem;
use crate::visit::Visit;
use axum::Json;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of problem details.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Headers of an error response that its written-out form keeps.
const KEPT: [header::HeaderName; 3] = [header::ALLOW, header::RETRY_AFTER, header::WWW_AUTHENTICATE];

/// Problem details (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemDetails {
    /// Where this sort of problem is explained.
    #[schema(example = "/api#invalid")]
    r#type: String,
    /// The sort of problem, in the reader's language.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What went wrong and what to do, in the reader's language.
    detail: String,
    /// Stable, for programs.
    #[schema(example = "invalid")]
    code: String,
    /// What is wrong with a draft, field by field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<crate::api::shape::FindingShape>,
}

/// The mark of a page that says itself what is wrong, such as a form with its errors.
#[derive(Clone, Copy, Debug)]
struct WrittenOut;

/// A page that says itself what is wrong, with its status.
pub(crate) fn written_out(status: StatusCode, mut page: Response) -> Response {
    *page.status_mut() = status;
    page.extensions_mut().insert(WrittenOut);
    page
}

/// Writes out what went wrong further in; other responses pass unchanged.
pub(crate) async fn write_out(State(front): State<Front>, request: Request, next: Next) -> Response {
    let visit = Visit::read(request.uri(), request.headers(), front.settings.lang_default);
    let program = is_for_program(&visit.path, request.headers());
    written(next.run(request).await, &visit, program)
}

/// The response, its problem written out if it tells of one.
pub(crate) fn written(response: Response, visit: &Visit, program: bool) -> Response {
    let status = response.status();
    if response.extensions().get::<WrittenOut>().is_some() {
        return response;
    }
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let problem =
        response.extensions().get::<Problem>().cloned().unwrap_or_else(|| Problem::of_status(status));
    let mut written = match program {
        true => details(&problem, visit),
        false => trouble::page(&problem, visit),
    };
    *written.status_mut() = problem.status;
    for name in KEPT {
        if let Some(value) = response.headers().get(&name) {
            written.headers_mut().insert(name, value.clone());
        }
    }
    written.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    written
}

/// Addresses of the API and of files are read by programs, all others by people.
pub(crate) fn is_for_program(path: &str, headers: &HeaderMap) -> bool {
    let named = path.starts_with("/api/")
        || matches!(path, "/healthz" | "/readyz" | "/metrics")
        || [".json", ".cose"].iter().any(|ending| path.ends_with(ending));
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    named || (accept.contains("json") && !accept.contains("text/html"))
}

fn details(problem: &Problem, visit: &Visit) -> Response {
    let details = ProblemDetails {
        r#type: format!("/api#{}", problem.code),
        title: problem.title().say(visit.lang).to_owned(),
        status: problem.status.as_u16(),
        detail: problem.detail.say(visit.lang).to_owned(),
        code: problem.code.clone(),
        findings: problem
            .findings
            .iter()
            .map(|finding| crate::api::shape::FindingShape::of(finding, visit.lang))
            .collect(),
    };
    let mut response = Json(details).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(visit.lang.as_str()));
    response
}
