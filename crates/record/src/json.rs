//! Bodies as JSON and back: the form that people's tools write and the API answers in.

use crate::value::Map;
use crate::value::Value;
use serde_json::Value as Json;

/// Why a JSON value has no place in a body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {why}")]
pub struct JsonError {
    /// Where, such as `effort.months`.
    pub path: String,
    /// What is wrong and how to write it instead.
    pub why: &'static str,
}

/// A body as JSON. Byte strings become hexadecimal text; numbers beyond 2^64 do not occur.
pub fn from_map(map: &Map) -> serde_json::Map<String, Json> {
    map.iter().map(|(key, value)| (key.clone(), from_value(value))).collect()
}

/// One value as JSON.
pub fn from_value(value: &Value) -> Json {
    match value {
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Uint(number) => Json::from(*number),
        Value::Nint(number) => match i64::try_from(*number) {
            Ok(number) => Json::from(!number),
            Err(_) => Json::from(format!("-{}", u128::from(*number) + 1)),
        },
        Value::Bytes(bytes) => Json::from(hex::encode(bytes)),
        Value::Text(text) => Json::from(text.as_str()),
        Value::List(items) => items.iter().map(from_value).collect(),
        Value::Map(map) => Json::Object(from_map(map)),
    }
}

/// A body from JSON. Null fields are left out; text is brought into normalisation form C.
pub fn to_map(object: serde_json::Map<String, Json>) -> Result<Map, JsonError> {
    let mut map = Map::new();
    for (key, json) in object {
        if !json.is_null() {
            let value = to_value(json, &key)?;
            map.insert(key, value);
        }
    }
    Ok(crate::value::map_to_nfc(map))
}

fn to_value(json: Json, path: &str) -> Result<Value, JsonError> {
    let wrong = |why| Err(JsonError { path: path.to_owned(), why });
    Ok(match json {
        Json::Null => return wrong("null is not allowed inside a list; leave the item out"),
        Json::Bool(truth) => Value::Bool(truth),
        Json::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Value::Uint(number),
            (None, Some(number)) => Value::from(number),
            (None, None) => {
                return wrong("only whole numbers are allowed; write decimals as text, in quotes");
            }
        },
        Json::String(text) => Value::Text(text),
        Json::Array(items) => Value::List(
            items
                .into_iter()
                .enumerate()
                .map(|(at, item)| to_value(item, &format!("{path}[{at}]")))
                .collect::<Result<_, _>>()?,
        ),
        Json::Object(object) => {
            let mut map = Map::new();
            for (key, json) in object {
                if !json.is_null() {
                    let value = to_value(json, &format!("{path}.{key}"))?;
                    map.insert(key, value);
                }
            }
            Value::Map(map)
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::json;
    use serde_json::json;

    fn read(value: serde_json::Value) -> Result<crate::value::Map, json::JsonError> {
        let serde_json::Value::Object(object) = value else { panic!("an object") };
        json::to_map(object)
    }

    #[test]
    fn a_body_survives_json() {
        let body = json!({"title": {"de": "Mängelmelder"}, "stage": [1, 2], "balance": -3, "open": true});
        let map = read(body.clone()).unwrap();
        assert_eq!(serde_json::Value::Object(json::from_map(&map)), body);
    }

    #[test]
    fn mistakes_name_their_place() {
        let error = read(json!({"effort": {"fte": [1, 0.5]}})).unwrap_err();
        assert_eq!(error.path, "effort.fte[1]");
        assert!(read(json!({"gone": null})).unwrap().is_empty());
    }
}
