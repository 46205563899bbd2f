//! A kind as JSON Schema (draft 2020-12).

use crate::kind::shape::Kind;
use serde_json::Value as Json;

/// The JSON Schema of a body of this kind.
pub fn schema(kind: &Kind) -> Json {
    serde_json::json!({"title": kind.label.de})
}
