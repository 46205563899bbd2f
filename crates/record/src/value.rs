//! The values a body is made of: the subset of CBOR that has exactly one encoding and one JSON form.

use std::collections::BTreeMap;

/// A map with text keys. It is held in alphabetical order; the encoder sorts by encoded key.
pub type Map = BTreeMap<String, Value>;

/// One value of a payload: no floats, no tags, no null (a field without a value is left out).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number from 0 on (CBOR major type 0).
    Uint(u64),
    /// A negative whole number, held as CBOR does: `Nint(n)` stands for `-1 - n` (major type 1).
    Nint(u64),
    /// A byte string.
    Bytes(Vec<u8>),
    /// Text in Unicode normalisation form C.
    Text(String),
    /// A list of values.
    List(Vec<Value>),
    /// A map with text keys.
    Map(Map),
}

impl Value {
    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is a whole number from 0 on.
    pub fn as_uint(&self) -> Option<u64> {
        match self {
            Value::Uint(number) => Some(*number),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The byte string, if it is one.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, if it is a map.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// What the value is, in one English word, for messages.
    pub fn sort(&self) -> &'static str {
        match self {
            Value::Bool(_) => "truth value",
            Value::Uint(_) | Value::Nint(_) => "number",
            Value::Bytes(_) => "byte string",
            Value::Text(_) => "text",
            Value::List(_) => "list",
            Value::Map(_) => "map",
        }
    }

    /// The same value with every text and key in normalisation form C, as the encoding demands.
    /// Two keys that become equal are one key; the later in the old order stays.
    #[must_use]
    pub fn to_nfc(self) -> Value {
        match self {
            Value::Text(text) => Value::Text(nfc(text)),
            Value::List(items) => Value::List(items.into_iter().map(Value::to_nfc).collect()),
            Value::Map(map) => Value::Map(map_to_nfc(map)),
            other => other,
        }
    }
}

/// [`Value::to_nfc`] for a whole map.
pub fn map_to_nfc(map: Map) -> Map {
    map.into_iter().map(|(key, value)| (nfc(key), value.to_nfc())).collect()
}

fn nfc(text: String) -> String {
    if unicode_normalization::is_nfc(&text) {
        return text;
    }
    unicode_normalization::UnicodeNormalization::nfc(text.chars()).collect()
}

impl From<bool> for Value {
    fn from(truth: bool) -> Value {
        Value::Bool(truth)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Value {
        Value::Uint(number)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        match u64::try_from(number) {
            Ok(number) => Value::Uint(number),
            Err(_) => Value::Nint(!number as u64),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Value {
        Value::List(items)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Value {
        Value::Map(map)
    }
}

#[cfg(test)]
mod tests {
    use crate::value::Value;

    #[test]
    fn negative_numbers_are_held_as_cbor_does() {
        assert_eq!(Value::from(-1i64), Value::Nint(0));
        assert_eq!(Value::from(-500i64), Value::Nint(499));
        assert_eq!(Value::from(i64::MIN), Value::Nint(i64::MAX as u64));
        assert_eq!(Value::from(7i64), Value::Uint(7));
    }

    #[test]
    fn decomposed_text_is_composed() {
        assert_eq!(Value::from("Mu\u{308}hle").to_nfc(), Value::from("Mühle"));
    }
}
