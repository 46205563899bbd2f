//! Requests to the router, without a socket.

use crate::samples;
use crate::samples::Samples;
use crate::town;
use crate::town::TOKEN;
use crate::town::Town;
use axum::Router;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::Request;
use axum::http::StatusCode;
use std::sync::Arc;
use tower::ServiceExt as _;
use web::router::router;
use web::settings::Settings;

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// The settings of these tests.
pub(crate) fn settings() -> Settings {
    Settings { node_name: "Stadt Jena (th.jena)".to_owned(), clock: town::clock, ..Settings::default() }
}

/// The sample town behind its router.
pub(crate) fn site() -> (Router, Samples) {
    let (town, samples) = samples::town();
    (over(town, settings()), samples)
}

/// A town behind a router.
pub(crate) fn over(town: Town, settings: Settings) -> Router {
    router(Arc::new(town), settings)
}

/// Sends a request; `headers` are pairs.
pub(crate) async fn send(
    site: &Router,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "localhost:8480");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = site.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 8 * 1024 * 1024).await.unwrap().to_vec();
    Answer { status: parts.status, headers: parts.headers, bytes }
}

/// Reads a page or an answer of the API.
pub(crate) async fn fetch(site: &Router, path: &str) -> Answer {
    send(site, "GET", path, &[], Body::empty()).await
}

/// Sends JSON with the token that may write.
pub(crate) async fn write(site: &Router, method: &str, path: &str, json: &serde_json::Value) -> Answer {
    let token = format!("Bearer {TOKEN}");
    let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
    send(site, method, path, &headers, json.to_string()).await
}
