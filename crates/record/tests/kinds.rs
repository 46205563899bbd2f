//! The kinds against what they owe: every promised field, a realistic example of each kind, both languages.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where its story breaks"
)]

use jiff::civil::Date;
use jiff::civil::date;
use record::json;
use record::kind;
use record::kind::Field;
use record::kind::Finding;
use record::kind::Grade;
use record::kind::Kind;
use record::kind::Required;
use record::kind::Sort;
use record::value::Map;
use record::value::Value;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

/// The day on which the examples are checked.
const TODAY: Date = date(2026, 11, 22);
/// Kinds that people write.
const KINDS: usize = 17;

fn written() -> Vec<&'static Kind> {
    kind::kinds().iter().filter(|kind| !kind.protocol).collect()
}

/// The field at a path, through lists and groups.
fn at<'a>(fields: &'a [Field], path: &str) -> Option<&'a Field> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let field = fields.iter().find(|field| field.name == first)?;
    match (rest, &field.sort) {
        (None, _) => Some(field),
        (Some(rest), Sort::Group { fields }) => at(fields, rest),
        _ => None,
    }
}

#[test]
fn every_promised_field_is_there() {
    let mut wrong = Vec::new();
    let mut rows = 0;
    for line in include_str!("fields.tsv").lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [name, path, required, codes] = columns.as_slice() else { panic!("four columns: {line}") };
        let kinds: Vec<&Kind> = match *name {
            "*" => written(),
            name => vec![kind::kind(name).unwrap_or_else(|| panic!("no kind {name}"))],
        };
        for kind in kinds {
            rows += 1;
            let Some(field) = at(&kind.fields, path) else {
                wrong.push(format!("{}: there is no {path}", kind.name));
                continue;
            };
            let as_promised = match *required {
                "yes" => field.required == Required::Always,
                "no" => field.required == Required::Never,
                "recommended" => field.required == Required::Recommended,
                "when" => matches!(field.required, Required::When { .. }),
                "rule" => kind.rules.iter().any(|rule| rule.needs.iter().any(|needed| needed == path)),
                "-" => true,
                other => panic!("{other} says nothing about a requirement"),
            };
            if !as_promised {
                wrong.push(format!(
                    "{}: {path} should be required: {required}, is {:?}",
                    kind.name, field.required
                ));
            }
            let known = match &field.sort {
                Sort::Code { vocabulary } => kind::vocabulary(vocabulary),
                _ => None,
            };
            for code in codes.split(',').filter(|code| !code.is_empty()) {
                if known.is_none_or(|known| known.term(code).is_none()) {
                    wrong.push(format!("{}: {path} does not offer {code}", kind.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(written().len(), KINDS);
    assert!(rows > 900, "{rows}");
}

/// The example of each kind as it is committed, by name.
fn examples() -> BTreeMap<&'static str, Map> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples");
    let mut examples = BTreeMap::new();
    for kind in written() {
        let path = home.join(format!("{}.toml", kind.name));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} is missing", path.display()));
        let mut draft: serde_json::Map<String, serde_json::Value> =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(draft.remove("kind"), Some(kind.name.as_str().into()), "{}", path.display());
        let body = json::to_map(draft).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        examples.insert(kind.name.as_str(), kind::normalise(kind, body));
    }
    examples
}

fn checked(name: &str, body: &Map) -> Vec<Finding> {
    kind::check(kind::kind(name).unwrap(), body, TODAY)
}

#[test]
fn the_example_of_every_kind_passes_without_a_word() {
    for (name, body) in examples() {
        let found: Vec<_> = checked(name, &body)
            .into_iter()
            .map(|finding| format!("{name}: {}: {}", finding.path, finding.message.en))
            .collect();
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

#[test]
fn without_a_required_field_an_example_is_refused() {
    for (name, body) in examples() {
        for field in &kind::kind(name).unwrap().fields {
            let mut less = body.clone();
            if field.required != Required::Always || less.remove(&field.name).is_none() {
                continue;
            }
            let found = checked(name, &less);
            let finding = found.iter().find(|finding| finding.path == field.name);
            let finding = finding.unwrap_or_else(|| panic!("{name} passes without {}", field.name));
            assert_eq!((finding.code, finding.grade), ("required", Grade::Error));
            assert!(
                finding.message.de.contains(&field.label.de) && finding.message.en.contains(&field.label.en)
            );
        }
    }
}

#[test]
fn examples_use_most_of_what_their_kind_offers() {
    for (name, body) in examples() {
        let kind = kind::kind(name).unwrap();
        let own: Vec<&Field> = kind.fields.iter().filter(|field| !is_common(field)).collect();
        let used = own.iter().filter(|field| body.contains_key(&field.name)).count();
        assert!(used * 2 >= own.len(), "{name}: {used} of {} fields", own.len());
    }
}

fn is_common(field: &Field) -> bool {
    ["classification", "contact", "links", "validity"].contains(&field.section.as_str())
}

#[test]
fn unknown_kinds_and_fields_are_kept() {
    for (name, mut body) in examples() {
        let kind = kind::kind(name).unwrap();
        let strange = Value::Map(Map::from([("wert".to_owned(), Value::List(vec![Value::Uint(7)]))]));
        body.insert("von_morgen".to_owned(), strange.clone());
        let kept = kind::normalise(kind, body);
        assert_eq!(kept.get("von_morgen"), Some(&strange), "{name}");
        let found = checked(name, &kept);
        let found: Vec<_> = found.iter().map(|finding| (finding.code, finding.grade)).collect();
        assert_eq!(found, [("unknown-field", Grade::Warning)], "{name}");
    }
    assert!(kind::kind("parkbank").is_none());
}

#[test]
fn examples_fit_the_schema_of_their_kind() {
    for (name, body) in examples() {
        let schema = kind::schema(kind::kind(name).unwrap());
        let body = serde_json::Value::Object(json::from_map(&body));
        fits(&schema, &body, name);
        assert!(schema["properties"].as_object().unwrap().len() >= 15, "{name}");
    }
}

/// What JSON Schema says of the keywords that our schemas use, as far as no regular expression is needed.
fn fits(schema: &serde_json::Value, value: &serde_json::Value, what: &str) {
    match schema["type"].as_str().unwrap_or_else(|| panic!("{what} has no type")) {
        "object" => {
            let object = value.as_object().unwrap_or_else(|| panic!("{what} is no object"));
            for name in schema["required"].as_array().into_iter().flatten() {
                assert!(object.contains_key(name.as_str().unwrap()), "{what} lacks {name}");
            }
            for rule in schema["allOf"].as_array().into_iter().flatten() {
                let (name, wanted) = rule["if"]["properties"].as_object().unwrap().iter().next().unwrap();
                let codes = wanted["contains"]["enum"].as_array().or(wanted["enum"].as_array()).unwrap();
                let holds = match object.get(name) {
                    Some(serde_json::Value::Array(items)) => items.iter().any(|item| codes.contains(item)),
                    Some(item) => codes.contains(item),
                    None => false,
                };
                for needed in rule["then"]["required"].as_array().into_iter().flatten().filter(|_| holds) {
                    assert!(
                        object.contains_key(needed.as_str().unwrap()),
                        "{what} lacks {needed} for its {name}"
                    );
                }
            }
            for (name, value) in object {
                match schema["properties"].get(name).or(schema.get("additionalProperties")) {
                    Some(schema) => fits(schema, value, &format!("{what}.{name}")),
                    None => panic!("{what}.{name} is not in the schema"),
                }
            }
        }
        "array" => {
            let items = value.as_array().unwrap_or_else(|| panic!("{what} is no array"));
            assert!(items.len() as u64 <= schema["maxItems"].as_u64().unwrap(), "{what}");
            items.iter().for_each(|item| fits(&schema["items"], item, &format!("{what}[]")));
        }
        "string" => {
            let text = value.as_str().unwrap_or_else(|| panic!("{what} is no text"));
            let max = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
            assert!(text.chars().count() as u64 <= max, "{what} is too long");
            assert!(schema["enum"].as_array().is_none_or(|codes| codes.contains(value)), "{what}: {text}");
        }
        "integer" => {
            let number = value.as_u64().unwrap_or_else(|| panic!("{what} is no number"));
            let bound = |key: &str| schema[key].as_u64().unwrap();
            assert!((bound("minimum")..=bound("maximum")).contains(&number), "{what}");
        }
        "boolean" => assert!(value.is_boolean(), "{what}"),
        other => panic!("{what}: {other}"),
    }
}

#[test]
fn examples_refer_to_each_other_in_the_right_way() {
    let ids: BTreeMap<String, &str> = examples()
        .iter()
        .enumerate()
        .map(|(at, (name, _))| (format!("th.jena/01930000-0000-7000-8000-0000000090{:02}", at + 1), *name))
        .collect();
    let mut led = BTreeSet::new();
    for (name, body) in examples() {
        for link in kind::links(kind::kind(name).unwrap(), &body) {
            if link.names_publisher() {
                continue;
            }
            let held = ids.get(&link.target).map_or(kind::Held::Nothing, |kind| kind::Held::Record(kind));
            let finding = link.finding(held);
            assert_eq!(finding, None, "{name}: {} leads to {}", link.path(), link.target);
            led.insert(link.target);
        }
    }
    assert!(led.len() >= 8, "{led:?}");
}

#[test]
fn every_label_is_short_and_every_help_is_a_sentence() {
    fn walk(fields: &[Field], whose: &str, wrong: &mut Vec<String>) {
        for field in fields {
            let what = format!("{whose}.{}", field.name);
            for (label, help) in [(&field.label.de, &field.help.de), (&field.label.en, &field.help.en)] {
                if label.chars().count() > 60 || label.ends_with('.') {
                    wrong.push(format!("{what}: the label „{label}“"));
                }
                if !help.is_empty() && (!help.ends_with(['.', '?']) || help.chars().count() > 200) {
                    wrong.push(format!("{what}: the help „{help}“"));
                }
            }
            if let Sort::Group { fields } = &field.sort {
                walk(fields, &what, wrong);
            }
        }
    }
    let mut wrong = Vec::new();
    for kind in written() {
        walk(&kind.fields, &kind.name, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Values that are wrong in most fields, each in its own way.
fn odd_values() -> Vec<Value> {
    let list = |items: Vec<Value>| Value::List(items);
    let one = |key: &str, value: Value| Value::Map(Map::from([(key.to_owned(), value)]));
    let long = "lang ".repeat(2_100);
    let mut values = vec![
        Value::Uint(u64::MAX),
        Value::Bool(true),
        Value::from("a"),
        Value::from("2001-01-01"),
        Value::from("2099-01-01"),
        Value::from("zwei\nZeilen"),
        Value::from(long.as_str()),
        one("de", Value::from(" ")),
        one("Deutsch", Value::from("a")),
        one("de", Value::from(long.as_str())),
        one("unbekannt", Value::from("a")),
        list(vec![Value::from("a"); 200]),
        list(vec![one("unbekannt", Value::from("a"))]),
    ];
    for text in [
        "Bitte an Frau Muster oder erika.muster@stadt.example wenden.",
        "Tel. 03641 123456, Rechner srv-db01.intern mit 10.20.30.40",
        "Version 4.2 für 11.900 Euro, Vertrag bis 31.12.2027",
    ] {
        values.extend([
            Value::from(text),
            one("de", Value::from(text)),
            list(vec![one("de", Value::from(text))]),
        ]);
    }
    values
}

#[test]
fn every_message_names_its_field_in_both_languages() {
    let mut codes = BTreeSet::new();
    let mut look = |found: Vec<Finding>| {
        for finding in found {
            for (text, label) in
                [(&finding.message.de, &finding.label.de), (&finding.message.en, &finding.label.en)]
            {
                assert!(text.contains(label.as_str()), "{}: {text}", finding.code);
                assert!(text.ends_with(['.', '?', '…']), "{}: {text}", finding.code);
            }
            assert_ne!(finding.message.de, finding.message.en, "{}", finding.code);
            codes.insert(finding.code);
        }
    };
    for (name, body) in examples() {
        for field in &kind::kind(name).unwrap().fields {
            for value in odd_values() {
                look(checked(name, &Map::from([(field.name.clone(), value)])));
            }
            let mut less = body.clone();
            less.remove(&field.name);
            look(checked(name, &less));
        }
        let mut strange = body.clone();
        strange.insert("phasee".to_owned(), Value::Uint(1));
        look(checked(name, &strange));
    }
    let change = |name: &str, json: serde_json::Value| {
        let mut body = examples().remove(name).unwrap();
        body.extend(json::to_map(json.as_object().unwrap().clone()).unwrap());
        checked(name, &kind::normalise(kind::kind(name).unwrap(), body))
    };
    look(change("measure", serde_json::json!({"effort": {"fte_band": "none", "months": 900}})));
    look(change(
        "measure",
        serde_json::json!({"contact_point": {"role": "Amt", "mail": "e.muster@stadt.example"}}),
    ));
    look(change("solution", serde_json::json!({"platforms": ["abakus"]})));
    look(change("cooperation", serde_json::json!({"min_members": 9, "target_members": 8})));
    look(change("event", serde_json::json!({"dtend": "2027-02-10T08:00"})));
    look(change(
        "criteria",
        serde_json::json!({"items": [
            {"id": "a", "family": "privacy", "level": "must", "text": "Ja?"},
            {"id": "a", "family": "privacy", "level": "must", "text": "Nein?"}
        ]}),
    ));
    let wanted = [
        "control-characters",
        "date-order",
        "empty",
        "few-items",
        "form",
        "future",
        "language",
        "list",
        "number-order",
        "past",
        "personal-mailbox",
        "private-address",
        "private-contract-end",
        "private-host",
        "private-mailbox",
        "private-person",
        "private-phone",
        "private-price",
        "private-version",
        "range",
        "recommended",
        "required",
        "required-when",
        "rule",
        "too-late",
        "too-long",
        "too-many",
        "twice",
        "unknown-field",
        "vocabulary",
        "vocabulary-open",
    ];
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), wanted);
}
