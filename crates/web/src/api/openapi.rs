//! The description of the API as an OpenAPI 3.1 document.

use crate::api::attestations;
use crate::api::bans;
use crate::api::bundles;
use crate::api::changes;
use crate::api::drafts;
use crate::api::erasures;
use crate::api::health;
use crate::api::joined;
use crate::api::keys;
use crate::api::kinds;
use crate::api::matches;
use crate::api::peers;
use crate::api::publishers;
use crate::api::record;
use crate::api::records;
use crate::api::republish;
use crate::api::similar;
use crate::api::statements;
use crate::api::status;
use crate::api::suggest;
use axum::Json;
use utoipa::Modify;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::HttpAuthScheme;
use utoipa::openapi::security::HttpBuilder;
use utoipa::openapi::security::SecurityScheme;

/// Reads this document.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "node", responses((status = 200, body = serde_json::Value)),
)]
pub(crate) async fn read() -> Json<Document> {
    Json(document())
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "allmende",
        description = "Municipalities share what they know: signed records, found and read on every node.",
        version = "1",
        license(name = "EUPL-1.2", identifier = "EUPL-1.2"),
    ),
    tags(
        (name = "records", description = "Finding, reading and publishing records."),
        (name = "changes", description = "Following along."),
        (name = "publishers", description = "Who may publish, and who vouches for them."),
        (name = "kinds", description = "Which kinds of records there are."),
        (name = "node", description = "The node itself."),
    ),
    paths(
        records::list, drafts::publish, record::read, drafts::replace, record::retract, joined::read, drafts::check,
        statements::submit, republish::run, changes::list, publishers::list, publishers::read, attestations::list,
        attestations::attest, keys::rotate, keys::revoke, kinds::list, kinds::read, suggest::list, similar::list, matches::list, status::read, peers::add,
        bans::add, bans::lift, erasures::erase, erasures::lift, bundles::read, bundles::admit, read,
        health::alive, health::ready, health::metrics,
    ),
    modifiers(&Token),
)]
struct Api;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A token that the operator created with \"allmende token add NAME\"."))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// The whole document.
pub(crate) fn document() -> Document {
    Api::openapi()
}

#[cfg(test)]
mod tests {
    use crate::api::openapi::document;
    use crate::api::operations;
    use std::collections::BTreeSet;

    #[test]
    fn the_document_describes_exactly_what_is_served() {
        let json = serde_json::to_value(document()).unwrap();
        let mut described = BTreeSet::new();
        for (path, item) in json["paths"].as_object().unwrap() {
            for method in ["get", "post", "put", "delete", "patch"] {
                if item.get(method).is_some() {
                    described.insert(format!("{method} {path}"));
                }
            }
        }
        let served: BTreeSet<_> =
            operations().iter().map(|operation| format!("{} {}", operation.method, operation.path)).collect();
        assert_eq!(described, served);
    }

    #[test]
    fn the_document_is_openapi_3_1_and_names_the_token() {
        let json = serde_json::to_value(document()).unwrap();
        assert!(json["openapi"].as_str().unwrap().starts_with("3.1"));
        assert_eq!(json["components"]["securitySchemes"]["token"]["scheme"], "bearer");
        for (path, item) in json["paths"].as_object().unwrap() {
            for method in ["post", "put", "delete"] {
                if let Some(operation) = item.get(method) {
                    assert_eq!(operation["security"][0]["token"], serde_json::json!([]), "{method} {path}");
                }
            }
        }
    }
}
