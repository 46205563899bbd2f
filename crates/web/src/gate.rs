//! The gate: it answers at the node's address while the node is still opening what it has, and says what it is doing.

use crate::api::health::alive;
use crate::guard::answer;
use crate::guard::headers;
use crate::port::Port;
use crate::problem::Problem;
use crate::router::router;
use crate::settings::Limits;
use crate::settings::Settings;
use crate::visit::Visit;
use axum::Router;
use axum::extract::Request;
use axum::extract::State;
use axum::middleware::from_fn;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::routing::get;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;
use tower::ServiceExt as _;

/// The pages of a node that may not have come up yet. Copies are the same gate.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    settings: Settings,
    doing: Mutex<String>,
    pages: OnceLock<Router>,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("open", &self.0.pages.get().is_some()).finish_non_exhaustive()
    }
}

impl Gate {
    /// A gate that is closed.
    pub fn new(settings: Settings) -> Gate {
        Gate(Arc::new(Inner { settings, doing: Mutex::default(), pages: OnceLock::new() }))
    }

    /// What the node is doing before it opens, in words.
    pub fn tell(&self, doing: &str) {
        *self.0.doing.lock().unwrap_or_else(PoisonError::into_inner) = doing.to_owned();
    }

    /// Lets everybody in, for good.
    pub fn open(&self, port: Arc<dyn Port>) {
        // Whoever opened it first is behind it already.
        let _ = self.0.pages.set(router(port, self.0.settings.clone()));
    }

    /// The limits on connections, which hold before it opens as well.
    pub(crate) fn limits(&self) -> Limits {
        self.0.settings.limits
    }

    /// Everything that is served at the node's address.
    pub(crate) fn service(self) -> Router {
        Router::new().fallback(pass).with_state(self)
    }
}

async fn pass(State(gate): State<Gate>, request: Request) -> Response {
    if let Some(pages) = gate.0.pages.get() {
        return match pages.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
    }
    let doing = gate.0.doing.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let closed = Router::new()
        .route("/healthz", get(alive))
        .fallback(async move || Problem::opening(&doing).into_response())
        .layer(from_fn(headers::add));
    let visit = Visit::read(request.uri(), request.headers(), gate.0.settings.lang_default);
    let program = answer::is_for_program(&visit.path, request.headers());
    let response = match closed.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    answer::written(response, &visit, program)
}

#[cfg(test)]
mod tests {
    use crate::gate::Gate;
    use crate::settings::Settings;
    use axum::body::Body;
    use axum::body::to_bytes;
    use axum::extract::Request;
    use axum::http::StatusCode;
    use tower::ServiceExt as _;

    async fn ask(gate: &Gate, path: &str) -> (StatusCode, String) {
        let request =
            Request::builder().uri(path).header("accept-language", "en").body(Body::empty()).unwrap();
        let response = gate.clone().service().oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn a_closed_gate_says_what_the_node_is_doing() {
        let gate = Gate::new(Settings::default());
        gate.tell("change 5 of 10 is indexed");
        assert_eq!(ask(&gate, "/healthz").await, (StatusCode::OK, "alive\n".to_owned()));
        for path in ["/readyz", "/", "/api/v1/status"] {
            let (status, body) = ask(&gate, path).await;
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
            assert!(body.contains("change 5 of 10 is indexed"), "{path}: {body}");
        }
    }
}
