//! From what a form sends to a body: everything that was typed is kept, also where it does not fit its field.

use crate::desk::sent::Sent;
use record::kind;
use record::kind::Field;
use record::kind::Sort;
use record::value::Map;
use record::value::Value;
use std::collections::BTreeSet;

/// Rows of one list that are read; more than any kind allows, so that the check can say that there are too many.
const ROWS_MAX: usize = 200;

/// The name of a control: the path of its field, such as `f.effort.months` or `f.steps[2].de`.
pub(crate) fn name(path: &str) -> String {
    format!("f.{path}")
}

/// The path of a field inside another one.
pub(crate) fn below(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

/// The body after a form was sent: fields of the kind as they were typed, all others as they were before. Empty rows
/// keep their place, because somebody may be about to fill them; [`tidy`] takes them out.
pub(crate) fn filled(fields: &[Field], old: &Map, sent: &Sent, langs: &[String]) -> Map {
    group(fields, old, "", sent, langs)
}

fn group(fields: &[Field], old: &Map, path: &str, sent: &Sent, langs: &[String]) -> Map {
    let mut body = old.clone();
    for field in fields {
        let path = below(path, &field.name);
        let value = match field.repeated {
            None => single(field, old.get(&field.name), &path, sent, langs),
            Some(_) if is_checks(field) => checks(field, old.get(&field.name), &path, sent),
            Some(_) => rows(field, old.get(&field.name), &path, sent, langs),
        };
        match value {
            Some(value) => body.insert(field.name.clone(), value),
            None => body.remove(&field.name),
        };
    }
    body
}

/// Whether a list is ticked rather than written: a closed vocabulary, or a few numbers.
pub(crate) fn is_checks(field: &Field) -> bool {
    match &field.sort {
        Sort::Code { vocabulary } => kind::vocabulary(vocabulary).is_some_and(|known| !known.open),
        Sort::Uint { min, max } => max - min < 12,
        _ => false,
    }
}

fn single(field: &Field, old: Option<&Value>, path: &str, sent: &Sent, langs: &[String]) -> Option<Value> {
    match &field.sort {
        Sort::Group { fields } => {
            let empty = Map::new();
            let old = old.and_then(Value::as_map).unwrap_or(&empty);
            let map = group(fields, old, path, sent, langs);
            (!map.is_empty()).then_some(Value::Map(map))
        }
        Sort::Texts { .. } => {
            let mut spoken = old.and_then(Value::as_map).cloned().unwrap_or_default();
            for lang in langs {
                match sent.find(&name(&below(path, lang))) {
                    Some(text) if !text.trim().is_empty() => spoken.insert(lang.clone(), Value::from(text)),
                    _ => spoken.remove(lang),
                };
            }
            (!spoken.is_empty()).then_some(Value::Map(spoken))
        }
        sort => {
            let text = sent.find(&name(path))?;
            (!text.trim().is_empty()).then(|| typed(sort, text))
        }
    }
}

/// What was typed, as the field holds it if it fits, else as text: then the check says what is wrong with it.
fn typed(sort: &Sort, text: &str) -> Value {
    let plain = text.trim();
    match sort {
        Sort::Uint { .. } | Sort::Moment => {
            plain.parse::<u64>().map_or_else(|_| Value::from(text), Value::Uint)
        }
        Sort::Bool => plain.parse::<bool>().map_or_else(|_| Value::from(text), Value::Bool),
        Sort::Text { .. } | Sort::Texts { .. } => Value::from(text),
        _ => Value::from(plain),
    }
}

/// What is ticked: what stood there before keeps its order, what is new comes after it.
fn checks(field: &Field, old: Option<&Value>, path: &str, sent: &Sent) -> Option<Value> {
    let name = name(path);
    let ticked: Vec<Value> = sent.all(&name).map(|text| typed(&field.sort, text)).collect();
    let before = old.and_then(Value::as_list).unwrap_or_default();
    let mut seen = BTreeSet::new();
    let kept = before.iter().filter(|value| ticked.contains(value)).chain(&ticked);
    let list: Vec<Value> = kept.filter(|value| seen.insert((*value).clone())).cloned().collect();
    (!list.is_empty()).then_some(Value::List(list))
}

fn rows(field: &Field, old: Option<&Value>, path: &str, sent: &Sent, langs: &[String]) -> Option<Value> {
    let prefix = format!("{}[", name(path));
    let index = |sent: &str| sent.strip_prefix(prefix.as_str())?.split(']').next()?.parse::<usize>().ok();
    let last = sent.names(&prefix).filter_map(index).max();
    let count = last.map_or(0, |last| last.saturating_add(1));
    let before = old.and_then(Value::as_list).unwrap_or_default();
    let rows: Vec<Value> = (0..count.min(ROWS_MAX))
        .map(|at| {
            let row = single(field, before.get(at), &format!("{path}[{at}]"), sent, langs);
            row.unwrap_or_else(|| empty_row(field))
        })
        .collect();
    (!rows.is_empty()).then_some(Value::List(rows))
}

/// A row that nobody has filled yet.
pub(crate) fn empty_row(field: &Field) -> Value {
    match field.sort {
        Sort::Group { .. } | Sort::Texts { .. } => Value::Map(Map::new()),
        _ => Value::from(""),
    }
}

/// Adds an empty row to the list at a path, or takes the row at a path such as `steps[2]` out.
pub(crate) fn change_rows(fields: &[Field], body: &mut Map, path: &str, takes_out: bool) -> bool {
    let (first, rest) = match path.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    };
    let (first, at) = match first.split_once('[') {
        Some((first, at)) => (first, at.trim_end_matches(']').parse::<usize>().ok()),
        None => (first, None),
    };
    let Some(field) = fields.iter().find(|field| field.name == first) else { return false };
    match (rest, &field.sort, field.repeated.is_some()) {
        (None, _, true) => {
            let held = body.entry(field.name.clone()).or_insert_with(|| Value::List(Vec::new()));
            let Value::List(items) = held else { return false };
            match (takes_out, at) {
                (true, Some(at)) if at < items.len() => {
                    items.remove(at);
                }
                (false, None) if items.len() < ROWS_MAX => items.push(empty_row(field)),
                _ => return false,
            }
            if items.is_empty() {
                body.remove(&field.name);
            }
            true
        }
        (Some(rest), Sort::Group { fields }, false) => {
            let held = body.entry(field.name.clone()).or_insert_with(|| Value::Map(Map::new()));
            let Value::Map(map) = held else { return false };
            change_rows(fields, map, rest, takes_out)
        }
        (Some(rest), Sort::Group { fields }, true) => match (body.get_mut(&field.name), at) {
            (Some(Value::List(items)), Some(at)) => match items.get_mut(at) {
                Some(Value::Map(map)) => change_rows(fields, map, rest, takes_out),
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

/// Puts a text into the field at a path such as `solution` or `related[0].record`.
pub(crate) fn put(fields: &[Field], body: &mut Map, path: &str, text: &str) -> bool {
    // The form's own reader knows how paths lead; it is asked with the one value that changes.
    let mut one = Map::new();
    let sent = Sent::of(vec![(name(path), text.to_owned())]);
    let read = filled(fields, &one, &sent, &[]);
    one.extend(read);
    merge(body, one)
}

/// Lays one body over another; lists are merged row by row.
fn merge(body: &mut Map, over: Map) -> bool {
    let mut changed = false;
    for (key, value) in over {
        changed |= match (body.get_mut(&key), value) {
            (Some(Value::Map(old)), Value::Map(new)) => merge(old, new),
            (Some(Value::List(old)), Value::List(new)) => {
                for (at, item) in new.into_iter().enumerate() {
                    match (old.get_mut(at), item) {
                        (Some(Value::Map(old)), Value::Map(new)) => {
                            merge(old, new);
                        }
                        (Some(old), Value::Text(new)) if !new.is_empty() => *old = Value::Text(new),
                        (None, item) => old.push(item),
                        _ => {}
                    }
                }
                true
            }
            (_, value) => {
                body.insert(key, value);
                true
            }
        };
    }
    changed
}

/// The body without empty rows and groups.
pub(crate) fn tidy(body: &Map) -> Map {
    let tidied = body.iter().filter_map(|(key, value)| Some((key.clone(), tidied(value)?)));
    tidied.collect()
}

fn tidied(value: &Value) -> Option<Value> {
    match value {
        Value::Text(text) => (!text.trim().is_empty()).then(|| value.clone()),
        Value::List(items) => {
            let items: Vec<Value> = items.iter().filter_map(tidied).collect();
            (!items.is_empty()).then_some(Value::List(items))
        }
        Value::Map(map) => {
            let map = tidy(map);
            (!map.is_empty()).then_some(Value::Map(map))
        }
        other => Some(other.clone()),
    }
}

#[cfg(test)]
mod tests {
    use crate::desk::filled::change_rows;
    use crate::desk::filled::filled;
    use crate::desk::filled::put;
    use crate::desk::filled::tidy;
    use crate::desk::sent::Sent;
    use record::json;
    use record::kind::kind;
    use record::value::Map;
    use serde_json::json;

    fn map(body: serde_json::Value) -> Map {
        json::to_map(body.as_object().unwrap().clone()).unwrap()
    }

    fn sent(pairs: &[(&str, &str)]) -> Sent {
        Sent::of(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn what_was_typed_is_kept_also_where_it_does_not_fit() {
        let fields = &kind("measure").unwrap().fields;
        let old = map(json!({
            "title": {"de": "alt", "hsb": "stary"}, "from_a_newer_node": 7, "keywords": ["weg"],
            "action_fields": ["mobility", "energy"], "effort": {"months": 3, "newer": true},
        }));
        let sent = sent(&[
            ("f.title.de", "neu"),
            ("f.effort.months", "etwa sechs"),
            ("f.action_fields", "climate"),
            ("f.action_fields", "energy"),
            ("f.stage", "2"),
            ("f.steps[0].de", ""),
            ("f.steps[1].de", "Bauen"),
            ("f.related[0].type", "based-on"),
            ("f.valid_until", "bald"),
        ]);
        let body = filled(fields, &old, &sent, &["de".to_owned()]);
        let wanted = json!({
            "title": {"de": "neu", "hsb": "stary"}, "from_a_newer_node": 7,
            "effort": {"months": "etwa sechs", "newer": true}, "action_fields": ["energy", "climate"],
            "stage": [2], "steps": [{}, {"de": "Bauen"}], "related": [{"type": "based-on"}], "valid_until": "bald",
        });
        assert_eq!(serde_json::Value::Object(json::from_map(&body)), wanted);
        let tidied = serde_json::Value::Object(json::from_map(&tidy(&body)));
        assert_eq!(tidied["steps"], json!([{"de": "Bauen"}]));
    }

    #[test]
    fn rows_are_added_and_taken_out_wherever_they_stand() {
        let fields = &kind("solution").unwrap().fields;
        let mut body = map(json!({"owner": [{"name": "Jena"}, {"name": "Kiel"}]}));
        assert!(change_rows(fields, &mut body, "owner[0]", true));
        assert!(change_rows(fields, &mut body, "maintenance.contractors", false));
        assert!(!change_rows(fields, &mut body, "owner[7]", true));
        assert!(!change_rows(fields, &mut body, "title", false));
        assert!(!change_rows(fields, &mut body, "no.such[1].thing", true));
        assert!(put(fields, &mut body, "maintenance.contractors[0].publisher", "th.jena"));
        assert!(put(fields, &mut body, "licence", "EUPL-1.2"));
        assert_eq!(
            serde_json::Value::Object(json::from_map(&body)),
            json!({
                "owner": [{"name": "Kiel"}], "maintenance": {"contractors": [{"publisher": "th.jena"}]}, "licence": "EUPL-1.2"
            })
        );
    }
}
