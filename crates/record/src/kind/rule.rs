//! Rules that hang on more than one field, as the kind files write them.

use crate::kind::finding::Finding;
use crate::kind::finding::Place;
use crate::kind::shape::Condition;
use crate::kind::shape::Field;
use crate::kind::shape::Kind;
use crate::kind::shape::Rule;
use crate::kind::shape::Sort;
use crate::value::Map;
use crate::value::Value;

/// What the body lacks by the rules of its kind, in their order.
pub(crate) fn breaches(kind: &Kind, body: &Map) -> Vec<Finding> {
    let broken = kind.rules.iter().filter(|rule| is_broken(rule, body));
    broken.filter_map(|rule| Some(said(rule, &place(&kind.fields, rule.needs.first()?)?))).collect()
}

fn is_broken(rule: &Rule, body: &Map) -> bool {
    rule.when.iter().all(|condition| is_met(condition, body))
        && !rule.needs.iter().any(|path| value(body, path).is_some_and(|value| !is_empty(value)))
}

fn is_met(Condition { field, given, is, is_not }: &Condition, body: &Map) -> bool {
    let value = value(body, field).filter(|value| !is_empty(value));
    let has = |codes: &[String]| value.is_some_and(|value| holds(value, codes));
    given.is_none_or(|given| given == value.is_some())
        && (is.is_empty() || has(is))
        && (is_not.is_empty() || !has(is_not))
}

fn said(rule: &Rule, place: &Place) -> Finding {
    place.finding(rule.grade, "rule", &rule.say.de, &rule.say.en)
}

/// The value at a path such as `privacy.dpia`.
fn value<'a>(body: &'a Map, path: &str) -> Option<&'a Value> {
    match path.split_once('.') {
        Some((first, rest)) => value(body.get(first)?.as_map()?, rest),
        None => body.get(path),
    }
}

/// The place of the field at a path such as `privacy.dpia`; none where there is no such field.
pub(crate) fn place(fields: &[Field], path: &str) -> Option<Place> {
    let mut place = Place::default();
    let mut fields = fields;
    for name in path.split('.') {
        let field = fields.iter().find(|field| field.name == name)?;
        place = place.field(&field.name, &field.label);
        fields = match &field.sort {
            Sort::Group { fields } => fields,
            _ => &[],
        };
    }
    Some(place)
}

/// Whether a value is one of these codes, or a list has one of them; `true` and `false` stand for themselves.
pub(crate) fn holds(value: &Value, codes: &[String]) -> bool {
    match value {
        Value::Text(text) => codes.contains(text),
        Value::Bool(truth) => codes.iter().any(|code| *code == truth.to_string()),
        Value::List(items) => {
            items.iter().filter_map(Value::as_text).any(|text| codes.iter().any(|code| code == text))
        }
        _ => false,
    }
}

/// Whether a value says nothing.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.trim().is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => false,
    }
}
