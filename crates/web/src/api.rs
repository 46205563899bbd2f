//! The API, version 1: one file for each resource, the shapes of all answers in `shape`.

pub(crate) mod attestations;
pub(crate) mod bans;
pub(crate) mod bundles;
pub(crate) mod changes;
pub(crate) mod condition;
pub(crate) mod drafts;
pub(crate) mod erasures;
pub(crate) mod health;
pub(crate) mod joined;
pub(crate) mod keys;
pub(crate) mod kinds;
pub(crate) mod matches;
pub(crate) mod openapi;
pub(crate) mod peers;
pub(crate) mod publishers;
pub(crate) mod record;
pub(crate) mod records;
pub(crate) mod republish;
pub(crate) mod request;
pub(crate) mod shape;
pub(crate) mod similar;
pub(crate) mod statements;
pub(crate) mod status;
pub(crate) mod suggest;

use crate::api::bundles::BUNDLE_BYTES_MAX;
use crate::front::Front;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::MethodRouter;
use axum::routing::delete;
use axum::routing::get;
use axum::routing::post;
use axum::routing::put;

/// One operation: its method in lower case, its path, and who answers. The description in `openapi`
/// is compared with this list.
pub(crate) struct Operation {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    handler: MethodRouter<Front>,
}

/// Every operation that is served.
pub(crate) fn operations() -> Vec<Operation> {
    let op = |method, path, handler| Operation { method, path, handler };
    vec![
        op("get", "/api/v1/records", get(records::list)),
        op("post", "/api/v1/records", post(drafts::publish)),
        op("get", "/api/v1/records/{publisher}/{record}", get(record::read)),
        op("put", "/api/v1/records/{publisher}/{record}", put(drafts::replace)),
        op("delete", "/api/v1/records/{publisher}/{record}", delete(record::retract)),
        op("get", "/api/v1/records/{publisher}/{record}/joined", get(joined::read)),
        op("get", "/api/v1/records/{publisher}/{record}/similar", get(similar::list)),
        op("get", "/api/v1/records/{publisher}/{record}/matches", get(matches::list)),
        op("post", "/api/v1/check", post(drafts::check)),
        op("post", "/api/v1/statements", post(statements::submit)),
        op("get", "/api/v1/bundles", get(bundles::read)),
        op("post", "/api/v1/bundles", post(bundles::admit).layer(DefaultBodyLimit::max(BUNDLE_BYTES_MAX))),
        op("post", "/api/v1/republish", post(republish::run)),
        op("get", "/api/v1/changes", get(changes::list)),
        op("get", "/api/v1/publishers", get(publishers::list)),
        op("get", "/api/v1/publishers/{name}", get(publishers::read)),
        op("get", "/api/v1/attestations", get(attestations::list)),
        op("post", "/api/v1/attestations", post(attestations::attest)),
        op("post", "/api/v1/rotate", post(keys::rotate)),
        op("post", "/api/v1/revoke", post(keys::revoke)),
        op("get", "/api/v1/kinds", get(kinds::list)),
        op("get", "/api/v1/kinds/{kind}", get(kinds::read)),
        op("get", "/api/v1/suggest", get(suggest::list)),
        op("get", "/api/v1/status", get(status::read)),
        op("post", "/api/v1/peers", post(peers::add)),
        op("post", "/api/v1/bans", post(bans::add)),
        op("delete", "/api/v1/bans/{peer_id}", delete(bans::lift)),
        op("post", "/api/v1/erasures", post(erasures::erase)),
        op("delete", "/api/v1/erasures/{publisher}/{record}", delete(erasures::lift)),
        op("get", "/api/v1/openapi.json", get(openapi::read)),
        op("get", "/healthz", get(health::alive)),
        op("get", "/readyz", get(health::ready)),
        op("get", "/metrics", get(health::metrics)),
    ]
}

/// The routes of all operations.
pub(crate) fn routes() -> Router<Front> {
    operations().into_iter().fold(Router::new(), |router, Operation { method, path, handler }| {
        tracing::debug!(method, path, "operation served");
        router.route(path, handler)
    })
}
