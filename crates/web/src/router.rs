//! All addresses of a node and what they pass on their way in.

use crate::api;
use crate::assets;
use crate::desk;
use crate::front::Front;
use crate::guard;
use crate::pages;
use crate::port::Port;
use crate::problem::Problem;
use crate::settings::Settings;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::routing::get;
use std::any::Any;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;

/// The pages and the API of one node.
///
/// Serve it with `into_make_service_with_connect_info::<SocketAddr>()`, so that wrong tokens are
/// counted by the address they come from.
pub fn router(port: Arc<dyn Port>, settings: Settings) -> Router {
    let body_bytes_max = settings.limits.body_bytes_max;
    let csrf = csrf(&settings);
    let front = Front::new(port, settings);
    Router::new()
        .merge(pages::routes())
        .merge(api::routes())
        .merge(desk::routes())
        .route("/assets/{hash}/{name}", get(assets::serve))
        .fallback(async || Problem::no_page())
        .method_not_allowed_fallback(async || StatusCode::METHOD_NOT_ALLOWED)
        .layer(DefaultBodyLimit::max(body_bytes_max))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(front.clone(), guard::time::bound))
        .layer(csrf)
        .layer(from_fn_with_state(front.clone(), guard::host::check))
        .layer(from_fn_with_state(front.clone(), guard::answer::write_out))
        .layer(from_fn(guard::carry::carry))
        .layer(from_fn(guard::headers::add))
        .with_state(front)
}

fn csrf(settings: &Settings) -> CsrfLayer {
    let Some(base) = settings.public_base.as_deref() else { return CsrfLayer::new() };
    match CsrfLayer::new().add_trusted_origin(base.trim_end_matches('/')) {
        Ok(layer) => layer,
        Err(error) => {
            tracing::warn!(base, %error, "the public address is no origin; only the node's own host may send forms");
            CsrfLayer::new()
        }
    }
}

fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a page panicked; this is our fault");
    Problem::broken().into_response()
}
