//! Writes a record as linked data, made from the names that its kind file gives: JSON-LD with schema.org.

use record::kind::Field;
use record::kind::Kind;
use record::kind::Sort;
use record::statement::Content;
use record::value::Map;
use record::value::Value;
use serde_json::Map as Json;
use serde_json::Value as JsonValue;
use serde_json::json;

/// The media type.
pub const MEDIA_TYPE: &str = "application/ld+json";
/// The vocabulary's key in kind files.
const SCHEMA_ORG: &str = "schema-org";

/// A record as JSON-LD; `address` is its page, `publisher` the official name of who signed. Fields without a
/// name in schema.org are left out.
pub fn write(kind: &Kind, content: &Content, address: &str, publisher: &str) -> JsonValue {
    let class = kind.exports.get(SCHEMA_ORG).map_or("CreativeWork", String::as_str);
    let mut out = Json::new();
    out.insert("@context".to_owned(), json!("https://schema.org"));
    out.insert("@type".to_owned(), json!(class));
    out.insert("@id".to_owned(), json!(address));
    for field in &kind.fields {
        let (Some(name), Some(value)) = (field.exports.get(SCHEMA_ORG), content.body().get(&field.name))
        else {
            continue;
        };
        put(&mut out, name, said(field, value));
    }
    out.insert("identifier".to_owned(), json!(format!("urn:uuid:{}", content.record)));
    out.insert("dateModified".to_owned(), json!(content.issued.to_string()));
    out.insert("version".to_owned(), json!(content.version));
    let sender = json!({ "@type": "GovernmentOrganization", "name": publisher, "identifier": content.publisher.as_str() });
    out.insert("sdPublisher".to_owned(), sender);
    JsonValue::Object(out)
}

/// Two fields may have the same name there: then the values stand side by side.
fn put(out: &mut Json<String, JsonValue>, name: &str, value: JsonValue) {
    let together = match (out.remove(name), value) {
        (None, value) => value,
        (Some(JsonValue::Array(mut first)), JsonValue::Array(more)) => {
            first.extend(more);
            JsonValue::Array(first)
        }
        (Some(JsonValue::Array(mut first)), value) => {
            first.push(value);
            JsonValue::Array(first)
        }
        (Some(first), value) => JsonValue::Array(vec![first, value]),
    };
    out.insert(name.to_owned(), together);
}

fn said(field: &Field, value: &Value) -> JsonValue {
    match (&field.sort, value) {
        (_, Value::List(items)) => items.iter().map(|item| said(field, item)).collect(),
        (Sort::Texts { .. }, Value::Map(texts)) => spoken(texts),
        (Sort::Code { vocabulary }, Value::Text(code)) => coded(vocabulary, code),
        (Sort::Group { fields }, Value::Map(map)) => grouped(fields, map),
        (_, value) => record::json::from_value(value),
    }
}

/// Text by language (JSON-LD 1.1, section 4.2.4).
fn spoken(texts: &Map) -> JsonValue {
    let one = |(tag, text): (&String, &Value)| Some(json!({ "@language": tag, "@value": text.as_text()? }));
    let mut all: Vec<JsonValue> = texts.iter().filter_map(one).collect();
    if all.len() == 1 { all.remove(0) } else { JsonValue::Array(all) }
}

/// The code in schema.org where the vocabulary says it, else its German label.
fn coded(vocabulary: &str, code: &str) -> JsonValue {
    let term = record::kind::vocabulary(vocabulary).and_then(|vocabulary| vocabulary.term(code));
    match term.and_then(|term| term.crosswalk.get(SCHEMA_ORG)?.first()) {
        Some(word) => json!(format!("https://schema.org/{word}")),
        None => json!(term.map_or(code, |term| term.label.de.as_str())),
    }
}

fn grouped(fields: &[Field], map: &Map) -> JsonValue {
    let of = |name: &str| fields.iter().find(|field| field.name == name);
    let pairs = map.iter().filter_map(|(key, value)| {
        let name = match key.as_str() {
            "mail" => "email",
            "phone" => "telephone",
            "role" => "contactType",
            "publisher" => "identifier",
            other => other,
        };
        Some((name.to_owned(), said(of(key)?, value)))
    });
    JsonValue::Object(pairs.collect())
}
