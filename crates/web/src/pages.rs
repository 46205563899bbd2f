//! The pages that people read, and the frame around each of them.

pub(crate) mod drawing;
pub(crate) mod home;
pub(crate) mod joined;
pub(crate) mod network;
pub(crate) mod publishers;
pub(crate) mod record;
pub(crate) mod reference;
pub(crate) mod results;
pub(crate) mod shown;
pub(crate) mod texts;
pub(crate) mod trouble;

use crate::front::Front;
use axum::Router;
use axum::routing::get;

/// The routes of all pages.
pub(crate) fn routes() -> Router<Front> {
    Router::new()
        .route("/", get(home::show))
        .route("/records/{publisher}/{record}", get(record::show))
        .route("/publishers", get(publishers::list))
        .route("/publishers/{name}", get(publishers::show))
        .route("/network", get(network::show))
        .route("/verify", get(texts::verify))
        .route("/api", get(reference::show))
        .route("/sortierung", get(texts::sorting))
        .route("/impressum", get(texts::imprint))
        .route("/datenschutz", get(texts::privacy))
        .route("/barrierefreiheit", get(texts::accessibility))
        .route("/lizenzen", get(texts::licences))
}
