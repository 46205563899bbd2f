//! A kind as JSON Schema (draft 2020-12), for other programs that write bodies.

use crate::kind::form;
use crate::kind::shape::Field;
use crate::kind::shape::Kind;
use crate::kind::shape::Required;
use crate::kind::shape::Sort;
use crate::kind::shelf::vocabulary;
use crate::kind::words::Words;
use serde_json::Map as Object;
use serde_json::Value as Json;
use serde_json::json;

/// The JSON Schema of a body of this kind, as `record::json` writes bodies. It says what a schema can say;
/// order, deadlines, rules over several fields and warnings are left to [`crate::kind::check`]. Further
/// properties are allowed.
pub fn schema(kind: &Kind) -> Json {
    let mut schema = object(&kind.fields);
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("$id".to_owned(), json!(format!("urn:allmende:kind:{}:{}", kind.name, kind.version)));
    name(&mut schema, &kind.label, &kind.help);
    Json::Object(schema)
}

/// German first, as on the pages; English stands beside it.
fn name(schema: &mut Object<String, Json>, label: &Words, help: &Words) {
    schema.insert("title".to_owned(), json!(label.de));
    schema.insert("x-title-en".to_owned(), json!(label.en));
    if !help.is_empty() {
        schema.insert("description".to_owned(), json!(help.de));
        schema.insert("x-description-en".to_owned(), json!(help.en));
    }
}

fn object(fields: &[Field]) -> Object<String, Json> {
    let mut properties = Object::new();
    for field in fields {
        properties.insert(field.name.clone(), property(field));
    }
    let always = fields.iter().filter(|field| field.required == Required::Always);
    let always: Vec<&str> = always.map(|field| field.name.as_str()).collect();
    let conditions: Vec<Json> = fields.iter().filter_map(|field| condition(field, fields)).collect();
    let mut schema = Object::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), Json::Object(properties));
    if !always.is_empty() {
        schema.insert("required".to_owned(), json!(always));
    }
    if !conditions.is_empty() {
        schema.insert("allOf".to_owned(), json!(conditions));
    }
    schema
}

/// `Required::When` as if/then.
fn condition(field: &Field, siblings: &[Field]) -> Option<Json> {
    let Required::When { field: other, codes } = &field.required else { return None };
    let sibling = siblings.iter().find(|sibling| sibling.name == *other)?;
    let holds = if sibling.sort == Sort::Bool {
        json!({"enum": codes.iter().map(|code| code == "true").collect::<Vec<_>>()})
    } else {
        json!({"enum": codes})
    };
    let holds = if sibling.repeated.is_some() { json!({"contains": holds}) } else { holds };
    Some(json!({
        "if": {"properties": {other: holds}, "required": [other]},
        "then": {"required": [field.name]}
    }))
}

fn property(field: &Field) -> Json {
    let value = value(&field.sort);
    let mut schema = match field.repeated {
        None => value,
        Some(max) => {
            let list = json!({"type": "array", "items": value, "maxItems": max, "minItems": 1});
            list.as_object().cloned().unwrap_or_default()
        }
    };
    name(&mut schema, &field.label, &field.help);
    if !field.refers_to.is_empty() {
        schema.insert("x-refers-to".to_owned(), json!(field.refers_to));
    }
    if let Some(default) = &field.default {
        schema.insert("default".to_owned(), json!(default));
    }
    Json::Object(schema)
}

fn value(sort: &Sort) -> Object<String, Json> {
    let text = |max: usize| json!({"type": "string", "minLength": 1, "maxLength": max});
    let schema = match sort {
        Sort::Text { max_chars, .. } => text(*max_chars),
        Sort::Texts { max_chars, .. } => json!({
            "type": "object", "minProperties": 1,
            "propertyNames": {"pattern": form::expression(crate::kind::shape::Pattern::Language)},
            "additionalProperties": text(*max_chars)
        }),
        Sort::Code { vocabulary } => codes(vocabulary),
        Sort::Uint { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        Sort::Bool => json!({"type": "boolean"}),
        Sort::Date => json!({"type": "string", "format": "date"}),
        Sort::Moment => json!({"type": "integer", "minimum": 0, "maximum": crate::bounds::MOMENT_MAX}),
        Sort::Url => json!({
            "type": "string", "format": "iri", "pattern": "^https?://", "maxLength": form::URL_CHARS_MAX
        }),
        Sort::Mail => json!({"type": "string", "format": "idn-email", "maxLength": form::MAIL_CHARS_MAX}),
        Sort::Pattern(pattern) => json!({"type": "string", "pattern": form::expression(*pattern)}),
        Sort::Reference => json!({"type": "string", "pattern": "^[a-z0-9.-]+/[0-9a-f-]{36}$"}),
        Sort::Bytes => json!({"type": "string", "pattern": "^([0-9a-f]{2})+$"}),
        Sort::Group { fields } => return object(fields),
    };
    schema.as_object().cloned().unwrap_or_default()
}

/// The codes of a closed vocabulary as `enum`, of an open one as examples; the labels stand beside them.
fn codes(name: &str) -> Json {
    let terms = vocabulary(name).map(|vocabulary| vocabulary.terms.as_slice()).unwrap_or_default();
    let codes: Vec<&str> = terms.iter().map(|term| term.code.as_str()).collect();
    let labels: Vec<&str> = terms.iter().map(|term| term.label.de.as_str()).collect();
    let key = if vocabulary(name).is_some_and(|vocabulary| vocabulary.open) { "examples" } else { "enum" };
    json!({"type": "string", key: codes, "x-labels-de": labels})
}
