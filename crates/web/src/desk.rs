//! The desk: where staff write, check, publish and keep up what their body says. It works without scripts.

pub(crate) mod control;
pub(crate) mod editing;
pub(crate) mod filled;
pub(crate) mod find;
pub(crate) mod form;
pub(crate) mod journal;
pub(crate) mod keeping;
pub(crate) mod login;
pub(crate) mod overlay;
pub(crate) mod preview;
pub(crate) mod record;
pub(crate) mod seed;
pub(crate) mod sent;
pub(crate) mod session;
pub(crate) mod sheet;
pub(crate) mod shortlist;
pub(crate) mod start;
pub(crate) mod words;

use crate::front::Front;
use axum::Router;
use axum::routing::get;
use axum::routing::post;

/// The routes of the desk.
pub(crate) fn routes() -> Router<Front> {
    Router::new()
        .route("/desk", get(start::show))
        .route("/desk/login", get(login::show).post(login::enter))
        .route("/desk/logout", post(login::leave))
        .route("/desk/new", get(start::choose))
        .route("/desk/drafts", post(start::begin))
        .route("/desk/drafts/{id}", get(editing::show).post(editing::receive))
        .route("/desk/drafts/{id}/preview", get(preview::show))
        .route("/desk/drafts/{id}/find", get(find::show))
        .route("/desk/records/{publisher}/{record}", get(record::show).post(record::act))
        .route("/desk/shortlists", get(shortlist::list).post(shortlist::make))
        .route("/desk/shortlists/{name}", get(shortlist::show).post(shortlist::act))
        .route("/desk/journal", get(journal::show))
}
