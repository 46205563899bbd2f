//! Laws that every kind file and every body must keep.

use crate::kind::check::check;
use crate::kind::normal::normalise;
use crate::kind::schema::schema;
use crate::kind::shape::Condition;
use crate::kind::shape::Field;
use crate::kind::shape::Kind;
use crate::kind::shape::Pattern;
use crate::kind::shape::Required;
use crate::kind::shape::Sort;
use crate::kind::shelf::kind;
use crate::kind::shelf::kinds;
use crate::kind::shelf::vocabularies;
use crate::kind::shelf::vocabulary;
use crate::kind::source::Shelf;
use crate::kind::words::Words;
use crate::value::Map;
use crate::value::Value;
use jiff::civil::date;
use proptest::prelude::Strategy;
use proptest::prelude::any;
use proptest::prelude::prop_oneof;
use proptest::proptest;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

fn spoken(words: &Words, what: &str) {
    for text in [&words.de, &words.en] {
        assert!(!text.trim().is_empty() && text.trim() == text, "{what} is not said in both languages");
    }
}

/// What values of this sort are ordered by, where they are.
fn orders(sort: &Sort) -> Option<&'static str> {
    match sort {
        Sort::Date | Sort::Pattern(Pattern::LocalTime) => Some("day"),
        Sort::Moment => Some("moment"),
        Sort::Uint { .. } => Some("number"),
        _ => None,
    }
}

/// Formats that a kind or a field is named in (RECORDS 4, and the formats of the pages).
const FORMATS: [&str; 8] = ["adms", "atom", "csv", "dcat", "icalendar", "publiccode", "schema-org", "vcard"];

fn exported(exports: &BTreeMap<String, String>, what: &str) {
    for (format, name) in exports {
        assert!(FORMATS.contains(&format.as_str()) && !name.trim().is_empty(), "{what}: {format}");
    }
}

/// The field at a path such as `privacy.dpia`.
fn at<'a>(fields: &'a [Field], path: &str) -> Option<&'a Field> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let field = fields.iter().find(|field| field.name == first)?;
    match (rest, &field.sort) {
        (None, _) => Some(field),
        (Some(rest), Sort::Group { fields }) if field.repeated.is_none() => at(fields, rest),
        _ => None,
    }
}

fn rules_are_coherent(Kind { name, fields, rules, .. }: &Kind) {
    for rule in rules {
        let what = format!("{name}: the rule about {:?}", rule.needs);
        spoken(&rule.say, &what);
        assert!(rule.say.de.ends_with('.') && rule.say.en.ends_with('.'), "{what}: no sentence");
        assert!(!rule.when.is_empty() && !rule.needs.is_empty(), "{what}");
        assert!(rule.needs.iter().all(|path| at(fields, path).is_some()), "{what}");
        for Condition { field, given, is, is_not } in &rule.when {
            let field = at(fields, field).unwrap_or_else(|| panic!("{what} asks for {field}"));
            assert!(given.is_some() || !is.is_empty() || !is_not.is_empty(), "{what} asks nothing");
            if let Sort::Code { vocabulary: name } = &field.sort {
                let known = vocabulary(name).expect(&what);
                assert!(
                    is.iter().chain(is_not).all(|code| known.term(code).is_some()),
                    "{what}: {is:?} {is_not:?}"
                );
            }
        }
    }
}

fn fields_are_coherent(fields: &[Field], top: bool, whose: &str) {
    let names: BTreeSet<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names.len(), fields.len(), "{whose}: a field stands twice");
    for field in fields {
        let what = format!("{whose}.{}", field.name);
        assert!(
            field.name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_')),
            "{what}: odd name"
        );
        spoken(&field.label, &what);
        assert_eq!(field.help.de.is_empty(), field.help.en.is_empty(), "{what}: help in one language only");
        assert!(top || field.section.is_empty(), "{what}: a section inside a group");
        assert_ne!(field.repeated, Some(0), "{what}");
        assert!(field.items_recommended <= field.repeated.unwrap_or(0), "{what}");
        assert!(
            field.months_ahead_max.is_none() || field.sort == Sort::Date,
            "{what}: a deadline for no date"
        );
        if let Some(first) = &field.not_before {
            let sibling = fields.iter().find(|sibling| sibling.name == *first).expect(&what);
            assert!(
                orders(&sibling.sort).is_some() && orders(&sibling.sort) == orders(&field.sort),
                "{what}"
            );
        }
        assert!(!field.not_after_today || field.sort == Sort::Date, "{what}: no date");
        if let Some(key) = &field.unique_by {
            let Sort::Group { fields } = &field.sort else {
                panic!("{what}: unique_by outside a list of groups")
            };
            let inner = fields.iter().find(|inner| inner.name == *key).expect(&what);
            assert!(field.repeated.is_some() && inner.required == Required::Always, "{what}");
        }
        if !field.refers_to.is_empty() {
            assert_eq!(field.sort, Sort::Reference, "{what}");
            assert!(field.refers_to.iter().all(|name| kind(name).is_some()), "{what}: {:?}", field.refers_to);
        }
        exported(&field.exports, &what);
        if let Required::When { field: other, codes } = &field.required {
            let sibling = fields.iter().find(|sibling| sibling.name == *other).expect(&what);
            assert!(!codes.is_empty(), "{what}");
            match &sibling.sort {
                Sort::Bool => assert!(codes.iter().all(|code| code == "true" || code == "false"), "{what}"),
                Sort::Code { vocabulary: name } => {
                    let known = vocabulary(name).expect(&what);
                    assert!(codes.iter().all(|code| known.term(code).is_some()), "{what}: {codes:?}");
                }
                other => panic!("{what} hangs on a field that is neither a code nor yes or no: {other:?}"),
            }
        }
        match &field.sort {
            Sort::Text { max_chars, .. } | Sort::Texts { max_chars, .. } => assert!(*max_chars > 0, "{what}"),
            Sort::Uint { min, max } => assert!(min <= max, "{what}"),
            Sort::Code { vocabulary: name } => {
                let known = vocabulary(name).unwrap_or_else(|| panic!("{what}: no vocabulary {name}"));
                assert!(field.default.as_ref().is_none_or(|code| known.term(code).is_some()), "{what}");
            }
            Sort::Group { fields } => {
                assert!(field.default.is_none(), "{what}");
                fields_are_coherent(fields, false, &what);
            }
            _ => {}
        }
    }
}

#[test]
fn every_kind_file_is_coherent() {
    for kind in kinds() {
        let Kind { name, version, label, plural, help, sections, fields, .. } = kind;
        assert!(name.parse::<crate::statement::Code>().is_ok(), "{name}");
        assert!(*version >= 1, "{name}");
        for words in [label, plural, help] {
            spoken(words, name);
        }
        for section in sections {
            spoken(&section.label, &format!("{name}, section {}", section.name));
            assert!(
                fields.iter().any(|field| field.section == section.name),
                "{name}: {} is empty",
                section.name
            );
        }
        let known: BTreeSet<&str> = sections.iter().map(|section| section.name.as_str()).collect();
        assert_eq!(known.len(), sections.len(), "{name}: a section stands twice");
        assert!(fields.iter().all(|field| known.contains(field.section.as_str())), "{name}");
        fields_are_coherent(fields, true, name);
        rules_are_coherent(kind);
        exported(&kind.exports, name);
        assert!(kind.forbids.iter().all(|what| !kind.spares.contains(what)), "{name} spares what it forbids");
    }
    let names: Vec<&str> = kinds().iter().map(|kind| kind.name.as_str()).collect();
    assert!(names.is_sorted(), "{names:?}");
    let wanted = [
        "adoption",
        "assessment",
        "attestation",
        "cooperation",
        "criteria",
        "event",
        "funding",
        "guide",
        "measure",
        "need",
        "notice",
        "offer",
        "organisation",
        "participation",
        "questionnaire",
        "solution",
        "standard",
        "training",
    ];
    assert!(wanted.iter().all(|name| names.contains(name)), "{names:?}");
}

/// Whether a field holds codes of this vocabulary.
fn names(fields: &[Field], vocabulary: &str) -> bool {
    fields.iter().any(|field| match &field.sort {
        Sort::Code { vocabulary: name } => name == vocabulary,
        Sort::Group { fields } => names(fields, vocabulary),
        _ => false,
    })
}

#[test]
fn every_vocabulary_is_coherent() {
    for vocabulary in vocabularies() {
        let codes: BTreeSet<&str> = vocabulary.terms.iter().map(|term| term.code.as_str()).collect();
        assert_eq!(codes.len(), vocabulary.terms.len(), "{}: a code stands twice", vocabulary.name);
        assert!(!codes.is_empty(), "{}", vocabulary.name);
        for term in &vocabulary.terms {
            let what = format!("{}: {}", vocabulary.name, term.code);
            spoken(&term.label, &what);
            assert_eq!(term.help.de.is_empty(), term.help.en.is_empty(), "{what}: help in one language only");
        }
        let uses = kinds().iter().any(|kind| names(&kind.fields, &vocabulary.name));
        assert!(uses, "no field uses the vocabulary {}", vocabulary.name);
    }
    let fields = vocabulary("action-field").unwrap();
    assert_eq!(fields.terms.len(), 16);
    for term in &fields.terms {
        let schemes: Vec<&str> = term.crosswalk.keys().map(String::as_str).collect();
        assert_eq!(schemes, ["bitkom-index", "eu-data-theme", "publiccode-scope"], "{}", term.code);
    }
}

#[test]
fn a_wrong_kind_file_is_named() {
    let file = |field: &str| {
        let text = format!(
            "name = \"x\"\nversion = 1\nlabel = {{ de = \"X\", en = \"X\" }}\nplural = {{ de = \"X\", en = \"X\" }}\n\
             help = {{ de = \"X\", en = \"X\" }}\nsections = [\"a\"]\n[[section]]\nname = \"a\"\n\
             label = {{ de = \"A\", en = \"A\" }}\n[[field]]\nname = \"f\"\nlabel = {{ de = \"F\", en = \"F\" }}\n{field}"
        );
        Shelf::read(&[("x.toml", &text)], &[])
            .map(|shelf| shelf.kinds.len())
            .map_err(|error| error.to_string())
    };
    assert_eq!(file("section = \"a\"\nsort = \"bool\""), Ok(1));
    for (field, why) in [
        ("section = \"b\"\nsort = \"bool\"", "unlisted section \"b\""),
        ("section = \"a\"\nsort = \"text\"", "needs max_chars"),
        ("section = \"a\"\nsort = \"boolean\"", "boolean"),
        ("section = \"a\"\nsort = \"bool\"\nmandatory = true", "mandatory"),
        ("section = \"a\"\nsort = \"group\"\nshape = \"party\"", "\"party\" is none"),
    ] {
        let error = file(field).unwrap_err();
        assert!(error.starts_with("x.toml: ") && error.contains(why), "{error}");
    }
}

#[test]
fn a_new_kind_is_one_file() {
    let text = r#"
name = "bench"
version = 1
label = { de = "Parkbank", en = "Bench" }
plural = { de = "Parkbänke", en = "Benches" }
help = { de = "Zum Sitzen.", en = "To sit on." }
sections = ["seat"]
[[section]]
name = "seat"
label = { de = "Sitz", en = "Seat" }
[[field]]
name = "seats"
section = "seat"
label = { de = "Plätze", en = "Seats" }
sort = "uint"
min = 1
max = 9
required = "always"
[[field]]
name = "back"
section = "seat"
label = { de = "Lehne", en = "Back" }
sort = "text"
max_chars = 20
facet = true
[[rule]]
when = [{ field = "back", given = false }]
needs = ["back"]
grade = "warning"
say = { de = "fehlt. Bitte sagen Sie, ob man sich anlehnen kann.", en = "is missing. Please say whether one can lean back." }
"#;
    let shelf = Shelf::read(&[("bench.toml", text)], &[]).unwrap();
    let bench = &shelf.kinds[0];
    assert!(bench.field("back").unwrap().facet);
    assert_eq!(schema(bench)["properties"]["seats"]["maximum"], 9);
    let body = |json: serde_json::Value| {
        normalise(bench, crate::json::to_map(json.as_object().unwrap().clone()).unwrap())
    };
    let found = check(bench, &body(serde_json::json!({"seats": 12, "colour": "green"})), date(2026, 11, 22));
    let found: Vec<_> = found.iter().map(|finding| (finding.path.as_str(), finding.code)).collect();
    assert_eq!(found, [("seats", "range"), ("colour", "unknown-field"), ("back", "rule")]);
    assert_eq!(
        check(bench, &body(serde_json::json!({"seats": 3, "back": " aus Holz "})), date(2026, 11, 22)),
        []
    );
}

#[test]
fn the_protocol_kind_takes_what_attestations_write() {
    let attestation = crate::attestation::Attestation {
        subject: "th.jena".parse().unwrap(),
        name: "Stadt Jena".to_owned(),
        org_type: "city-district".to_owned(),
        ars: Some("160530000000".parse().unwrap()),
        keys: vec![crate::key::PublicKey::from_bytes([7; 32])],
        epoch: 2,
        floor: 1,
        may_attest: false,
        not_before: crate::moment::Moment::from_seconds(10).unwrap(),
        not_after: crate::moment::Moment::from_seconds(20),
    };
    let kind = kind("attestation").unwrap();
    let body = attestation.to_body();
    assert_eq!(check(kind, &body, date(2026, 11, 22)), []);
    assert!(body.keys().all(|key| kind.field(key).is_some()));
    let as_json = crate::json::from_map(&body);
    assert_eq!(normalise(kind, crate::json::to_map(as_json).unwrap()), body);
}

#[test]
fn schemas_have_the_shape_of_json_schema() {
    fn walk(schema: &serde_json::Value, path: &str) {
        let kind = schema["type"].as_str().unwrap_or_else(|| panic!("{path} has no type"));
        assert!(["object", "array", "string", "integer", "boolean"].contains(&kind), "{path}: {kind}");
        if let Some(properties) = schema.get("properties") {
            for (name, property) in properties.as_object().unwrap() {
                assert!(property["title"].is_string(), "{path}.{name} has no title");
                walk(property, &format!("{path}.{name}"));
            }
            for name in schema.get("required").and_then(|names| names.as_array()).into_iter().flatten() {
                assert!(
                    !properties[name.as_str().unwrap()].is_null(),
                    "{path}: {name} is required but unknown"
                );
            }
        }
        if kind == "array" {
            walk(&schema["items"], &format!("{path}[]"));
        }
    }
    for kind in kinds() {
        let schema = schema(kind);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        walk(&schema, &kind.name);
    }
    let measure = schema(kind("measure").unwrap());
    assert_eq!(measure["properties"]["phase"]["enum"][0], "idea");
    assert_eq!(measure["properties"]["steps"]["items"]["additionalProperties"]["maxLength"], 500);
    assert!(measure["allOf"].as_array().unwrap().iter().any(|rule| {
        rule["if"]["properties"]["phase"]["enum"] == serde_json::json!(["permanent"])
            && rule["then"]["required"] == serde_json::json!(["operations"])
    }));
}

/// Any body, with the field names of a kind often among its keys.
fn bodies(kind: &'static Kind) -> impl Strategy<Value = Map> {
    fn gather(fields: &'static [Field], names: &mut Vec<&'static str>) {
        for field in fields {
            names.push(&field.name);
            if let Sort::Group { fields } = &field.sort {
                gather(fields, names);
            }
        }
    }
    let mut known = vec!["de", "en-GB", "phase", "2027-01-01"];
    gather(&kind.fields, &mut known);
    let word = proptest::sample::select(known.clone()).prop_map(str::to_owned);
    let key = prop_oneof![4 => word.clone(), 1 => "\\PC{0,6}"];
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<u64>().prop_map(Value::Uint),
        any::<u64>().prop_map(Value::Nint),
        proptest::collection::vec(any::<u8>(), 0..3).prop_map(Value::Bytes),
        word.prop_map(Value::Text),
        any::<String>().prop_map(Value::Text),
        "[ \\r\\na\u{300}ä-]{0,8}".prop_map(Value::Text),
    ];
    let inner_key = key.clone();
    let value = leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
            proptest::collection::btree_map(inner_key.clone(), inner, 0..6).prop_map(Value::Map),
        ]
    });
    proptest::collection::btree_map(key, value, 0..12)
}

fn any_body() -> impl Strategy<Value = (&'static str, Map)> {
    proptest::sample::select(kinds().iter().collect::<Vec<_>>())
        .prop_flat_map(|kind| bodies(kind).prop_map(move |body| (kind.name.as_str(), body)))
}

proptest! {
    #[test]
    fn the_normal_form_is_normal((name, body) in any_body()) {
        let kind = kind(name).unwrap();
        let once = normalise(kind, body);
        assert_eq!(normalise(kind, once.clone()), once);
    }

    #[test]
    fn no_body_is_too_odd_to_check((name, body) in any_body()) {
        let kind = kind(name).unwrap();
        for body in [body.clone(), normalise(kind, body)] {
            let findings = check(kind, &body, date(2026, 11, 22));
            assert!(findings.iter().all(|finding| !finding.path.is_empty() && finding.message.de.ends_with(['.', '?', '…'])));
        }
    }
}
