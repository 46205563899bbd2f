//! Headers that every response carries, so that a page can load, frame and send nothing it should not.

use axum::extract::Request;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;

/// Marks the answer that is a page with a script of ours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scripted;

/// The same for a page with a script of ours, which may ask us and nobody else.
const SCRIPTED_POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; \
     img-src 'self' data:; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// No script at all, nothing from elsewhere, forms only to ourselves.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; \
     img-src 'self' data:; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Where the desk is.
const DESK: &str = "/desk";
/// A browser that is to tell nobody where it comes from tells not even ourselves, and over plain HTTP has no other way
/// to say that a form is ours.
const DESK_REFERRER: &str = "same-origin";

/// Adds the headers.
pub(crate) async fn add(request: Request, next: Next) -> Response {
    let is_desk = request.uri().path().starts_with(DESK);
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    if response.extensions().get::<Scripted>().is_some() {
        let policy = HeaderValue::from_static(SCRIPTED_POLICY);
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if is_desk {
        response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static(DESK_REFERRER));
    }
    response
}
