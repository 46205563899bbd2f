//! Writes a solution as publiccode.yml (version 0.7), from the names that its kind file gives.

use crate::publiccode::KIND;
use record::kind;
use record::kind::Field;
use record::kind::Sort;
use record::value::Map;
use record::value::Value;
use serde_json::Map as Json;
use serde_json::Value as JsonValue;
use serde_json::json;

/// The media type (RFC 9512).
pub const MEDIA_TYPE: &str = "application/yaml; charset=utf-8";
/// The key of the standard in kind files.
const STANDARD: &str = "publiccode";
/// Fields that stand once for each language.
const DESCRIBED: &str = "description.";

/// The file for a body of the kind `solution`; `publisher` is the official name of who signed it. Strings stand
/// in double quotes, which YAML reads as JSON does, so no word is taken for something else.
pub fn write(body: &Map, publisher: &str) -> String {
    let kind = kind::kind(KIND).expect("record ships the kind solution");
    let mut root = Json::new();
    root.insert("publiccodeYmlVersion".to_owned(), json!("0.7"));
    let languages = languages(body);
    for field in &kind.fields {
        let (Some(path), Some(value)) = (field.exports.get(STANDARD), body.get(&field.name)) else {
            continue;
        };
        match path.strip_prefix(DESCRIBED) {
            Some(key) => {
                for language in &languages {
                    if let Some(said) = spoken(field, value, language) {
                        put(&mut root, &format!("{DESCRIBED}{language}.{key}"), said);
                    }
                }
            }
            None if path == "organisation" => {
                put(&mut root, "organisation.name", first_name(value, publisher))
            }
            None => put(&mut root, path, plain(field, value, "de")),
        }
    }
    let title = body.get("title").and_then(Value::as_map).and_then(|texts| texts.values().next());
    if let Some(title) = title.and_then(Value::as_text) {
        root.insert("name".to_owned(), json!(title));
    }
    let mut out = String::new();
    map(&mut out, &root, 0);
    out
}

/// The languages in which it is titled.
fn languages(body: &Map) -> Vec<String> {
    let texts = body.get("title").and_then(Value::as_map);
    texts.map_or_else(Vec::new, |texts| texts.keys().cloned().collect())
}

fn first_name(value: &Value, publisher: &str) -> JsonValue {
    let first = value.as_list().and_then(<[Value]>::first).unwrap_or(value);
    let name = first.as_map().and_then(|map| map.get("name")).and_then(Value::as_text);
    json!(name.unwrap_or(publisher))
}

/// A value in one language; nothing where it is said in others only.
fn spoken(field: &Field, value: &Value, language: &str) -> Option<JsonValue> {
    match (&field.sort, value) {
        (Sort::Texts { .. }, Value::List(items)) => {
            let items: Vec<JsonValue> =
                items.iter().filter_map(|item| spoken(field, item, language)).collect();
            (!items.is_empty()).then_some(JsonValue::Array(items))
        }
        (Sort::Texts { .. }, Value::Map(texts)) => texts.get(language)?.as_text().map(|text| json!(text)),
        _ => Some(plain(field, value, language)),
    }
}

fn plain(field: &Field, value: &Value, language: &str) -> JsonValue {
    match (&field.sort, value) {
        (_, Value::List(items)) => items.iter().map(|item| plain(field, item, language)).collect(),
        (Sort::Texts { .. }, Value::Map(texts)) => {
            let text = texts.get(language).or_else(|| texts.values().next());
            json!(text.and_then(Value::as_text).unwrap_or_default())
        }
        (Sort::Group { fields }, Value::Map(group)) => {
            let pairs = group.iter().filter_map(|(key, value)| {
                let field = fields.iter().find(|field| field.name == *key)?;
                Some((key.clone(), plain(field, value, language)))
            });
            JsonValue::Object(pairs.collect())
        }
        (_, value) => record::json::from_value(value),
    }
}

/// Puts a value at a path such as `legal.license`.
fn put(root: &mut Json<String, JsonValue>, path: &str, value: JsonValue) {
    match path.split_once('.') {
        None => {
            root.insert(path.to_owned(), value);
        }
        Some((key, rest)) => {
            let inner = root.entry(key).or_insert_with(|| JsonValue::Object(Json::new()));
            if !inner.is_object() {
                *inner = JsonValue::Object(Json::new());
            }
            if let Some(inner) = inner.as_object_mut() {
                put(inner, rest, value);
            }
        }
    }
}

fn map(out: &mut String, pairs: &Json<String, JsonValue>, depth: usize) {
    for (key, value) in pairs {
        let key = if is_plain(key) { key.clone() } else { json!(key).to_string() };
        out.push_str(&format!("{}{key}:", "  ".repeat(depth)));
        below(out, value, depth);
    }
}

fn is_plain(key: &str) -> bool {
    let starts = key.chars().next().is_some_and(|first| first.is_ascii_alphabetic());
    let reserved = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let letters = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    starts && letters && !reserved.contains(&key.to_ascii_lowercase().as_str())
}

fn below(out: &mut String, value: &JsonValue, depth: usize) {
    match value {
        JsonValue::Object(pairs) if !pairs.is_empty() => {
            out.push('\n');
            map(out, pairs, depth + 1);
        }
        JsonValue::Array(items) if !items.is_empty() => {
            out.push('\n');
            for item in items {
                // A group within a list stands in flow style, which is JSON.
                out.push_str(&format!("{}- {item}\n", "  ".repeat(depth + 1)));
            }
        }
        value => out.push_str(&format!(" {value}\n")),
    }
}

#[cfg(test)]
mod tests {
    use crate::publiccode::read;
    use crate::publiccode::written::write;
    use record::json;
    use serde_json::json;

    #[test]
    fn what_is_written_can_be_read_again() {
        let body = json!({
            "title": {"de": "Mängelmelder", "en": "Defect reporter"},
            "summary": {"de": "Schäden melden: \"schnell\"", "en": "Report damage"},
            "features": [{"de": "Meldung mit Foto"}, {"de": "no", "en": "photo"}],
            "url": "https://code.jena.example/maengelmelder.git",
            "licence": "EUPL-1.2",
            "software_type": "standalone/web",
            "platforms": ["web"],
            "development_status": "stable",
            "maintenance": {"type": "internal"},
            "available_languages": ["de"],
        });
        let serde_json::Value::Object(body) = body else { unreachable!() };
        let text = write(&json::to_map(body).unwrap(), "Stadt Jena");
        let taken = read(&text).unwrap();
        assert_eq!(taken.url, "https://code.jena.example/maengelmelder");
        assert_eq!(taken.body["title"].as_map().unwrap()["de"].as_text(), Some("Mängelmelder"), "{text}");
        insta::assert_snapshot!(text);
    }
}
