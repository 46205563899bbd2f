//! The pages that people read, and the frame around each of them.

pub(crate) mod appointment;
pub(crate) mod boards;
pub(crate) mod compare;
pub(crate) mod cover;
pub(crate) mod dated;
pub(crate) mod drawing;
pub(crate) mod events;
pub(crate) mod export;
pub(crate) mod feed;
pub(crate) mod forms;
pub(crate) mod gist;
pub(crate) mod home;
pub(crate) mod joined;
pub(crate) mod kin;
pub(crate) mod list;
pub(crate) mod looked;
pub(crate) mod map;
pub(crate) mod network;
pub(crate) mod paper;
pub(crate) mod publishers;
pub(crate) mod pulse;
pub(crate) mod record;
pub(crate) mod reference;
pub(crate) mod results;
pub(crate) mod shown;
pub(crate) mod signposts;
pub(crate) mod spelled;
pub(crate) mod texts;
pub(crate) mod trouble;
pub(crate) mod verify;

use crate::front::Front;
use axum::Router;
use axum::routing::get;

/// The routes of all pages.
pub(crate) fn routes() -> Router<Front> {
    Router::new()
        .route("/", get(home::show))
        .route("/records/{publisher}/{record}", get(record::show))
        .route("/records/{publisher}/{record}/vorlage", get(paper::show))
        .route("/publishers", get(publishers::list))
        .route("/publishers/{name}", get(publishers::show))
        .route("/compare", get(compare::show))
        .route("/compare.csv", get(compare::csv))
        .route("/map", get(map::show))
        .route("/events", get(events::show))
        .route("/events.ics", get(events::calendar))
        .route("/needs", get(boards::needs))
        .route("/funding", get(boards::funding))
        .route("/network", get(network::show))
        .route("/network/live", get(network::follow))
        .route("/verify", get(verify::show).post(verify::check))
        .route("/feed.atom", get(feed::show))
        .route("/export.csv", get(export::csv))
        .route("/catalog.ttl", get(export::catalogue))
        .route("/robots.txt", get(signposts::robots))
        .route("/sitemap.xml", get(signposts::sitemap))
        .route("/.well-known/security.txt", get(signposts::security))
        .route("/api", get(reference::show))
        .route("/sortierung", get(texts::sorting))
        .route("/impressum", get(texts::imprint))
        .route("/datenschutz", get(texts::privacy))
        .route("/barrierefreiheit", get(texts::accessibility))
        .route("/leichte-sprache", get(texts::easy))
        .route("/lizenzen", get(texts::licences))
}
