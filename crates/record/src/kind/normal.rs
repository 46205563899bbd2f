//! Bringing a body into the form its kind expects, without inventing what it says.

use crate::kind::shape::Field;
use crate::kind::shape::Kind;
use crate::kind::shape::Sort;
use crate::kind::words::Lang;
use crate::value::Map;
use crate::value::Value;

/// The body in the form its kind expects; doing it twice changes nothing more.
///
/// A plain text becomes German text where text by language is expected, a single value becomes a list
/// where a list is expected; text is trimmed, CRLF becomes LF, fields without a value are left out, and
/// missing fields whose kind file names a default get it. Unknown fields stay as they are.
pub fn normalise(kind: &Kind, body: Map) -> Map {
    group(&kind.fields, crate::value::map_to_nfc(body))
}

fn group(fields: &[Field], mut body: Map) -> Map {
    for field in fields {
        let value =
            body.remove(&field.name).map(|value| held(field, value)).filter(|value| !is_nothing(value));
        let value = value.or_else(|| field.default.as_deref().map(|text| wrapped(field, Value::from(text))));
        if let Some(value) = value {
            body.insert(field.name.clone(), value);
        }
    }
    body
}

fn held(field: &Field, value: Value) -> Value {
    match (field.repeated, value) {
        (None, value) => single(&field.sort, value),
        (Some(_), Value::List(items)) => {
            let items = items.into_iter().map(|item| single(&field.sort, item));
            Value::List(items.filter(|item| !is_nothing(item)).collect())
        }
        (Some(_), value) => {
            let item = single(&field.sort, value);
            if is_nothing(&item) { Value::List(Vec::new()) } else { Value::List(vec![item]) }
        }
    }
}

fn wrapped(field: &Field, value: Value) -> Value {
    if field.repeated.is_some() { Value::List(vec![value]) } else { value }
}

fn single(sort: &Sort, value: Value) -> Value {
    match (sort, value) {
        (Sort::Texts { .. }, Value::Text(text)) => {
            let text = tidy(&text);
            let spoken = (!text.is_empty()).then(|| (Lang::De.as_str().to_owned(), Value::Text(text)));
            Value::Map(spoken.into_iter().collect())
        }
        (Sort::Texts { .. }, Value::Map(map)) => {
            let tidied = map.into_iter().map(|(tag, text)| (tag, tidied(text)));
            Value::Map(tidied.filter(|(_, text)| !is_nothing(text)).collect())
        }
        (Sort::Group { fields }, Value::Map(map)) => Value::Map(group(fields, map)),
        // JSON and TOML have no byte strings; `record::json` writes them in hexadecimal.
        (Sort::Bytes, Value::Text(text)) => {
            hex::decode(&text).map_or_else(|_| Value::Text(tidy(&text)), Value::Bytes)
        }
        (_, value) => tidied(value),
    }
}

fn tidied(value: Value) -> Value {
    match value {
        Value::Text(text) => Value::Text(tidy(&text)),
        other => other,
    }
}

fn tidy(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned()
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::json;
    use crate::kind::normal::normalise;
    use crate::kind::shelf::kind;
    use serde_json::json;

    fn normal(body: serde_json::Value) -> serde_json::Value {
        let serde_json::Value::Object(object) = body else { panic!("an object") };
        let kind = kind("measure").unwrap();
        json::from_map(&normalise(kind, json::to_map(object).unwrap())).into()
    }

    #[test]
    fn people_may_write_it_shorter() {
        let body = normal(json!({
            "title": "  Mängelmelder ", "area": "16", "steps": "Planen\r\nBauen",
            "effort": {"months": 6, "fte_band": ""}, "keywords": ["", " App "], "summary": {"de": " ", "en": "x"},
            "surprise": "  stays  "
        }));
        assert_eq!(
            body,
            json!({
                "title": {"de": "Mängelmelder"}, "area": ["16"], "steps": [{"de": "Planen\nBauen"}],
                "effort": {"months": 6}, "keywords": ["App"], "summary": {"en": "x"},
                "surprise": "  stays  ", "content_licence": "CC0-1.0"
            })
        );
    }

    #[test]
    fn the_day_of_review_is_never_invented() {
        assert_eq!(normal(json!({})), json!({"content_licence": "CC0-1.0"}));
    }
}
