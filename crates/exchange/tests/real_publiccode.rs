//! Every publiccode.yml of the shared collection, as it stands in its repository.

use exchange::publiccode;
use exchange::publiccode::Taken;
use exchange::publiccode::fit::BODY_BYTES_MAX;
use exchange::publiccode::refusal::Refusal;
use record::cbor;
use record::json;
use record::kind::Grade;
use record::moment::Moment;
use record::statement::Content;
use record::statement::Said;
use record::value::Map;
use record::value::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Files of the collection that must be taken.
const TAKEN_MIN: usize = 126;
/// Files of the collection.
const FILES: usize = 129;
/// A payload, in bytes; a statement of 64 KiB has signature and header beside it.
const PAYLOAD_BYTES_MAX: usize = 60 * 1024;

/// Name and text of each file, or none where the collection is not there.
fn files() -> Option<BTreeMap<String, String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/publiccode");
    if !folder.exists() {
        println!("skipped: the collection {} is not here", folder.display());
        return None;
    }
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(&folder).expect("the collection can be listed") {
        let path = entry.expect("the collection can be listed").path();
        let name = path.file_stem().expect("files have names").to_string_lossy().into_owned();
        files.insert(
            name,
            String::from_utf8_lossy(&std::fs::read(&path).expect("the file can be read")).into_owned(),
        );
    }
    assert_eq!(files.len(), FILES);
    Some(files)
}

/// Text and what came of it, by name.
type Results = BTreeMap<String, (String, Result<Taken, Refusal>)>;

fn results() -> Option<Results> {
    Some(files()?.into_iter().map(|(name, text)| (name, (text.clone(), publiccode::read(&text)))).collect())
}

fn taken() -> Vec<(String, String, Taken)> {
    let results = results().unwrap_or_default();
    results.into_iter().filter_map(|(name, (text, result))| Some((name, text, result.ok()?))).collect()
}

#[test]
fn nearly_all_are_taken_and_the_others_hear_why() {
    let Some(results) = results() else { return };
    let refused: BTreeMap<&str, &Refusal> = results
        .iter()
        .filter_map(|(name, (_, result))| Some((name.as_str(), result.as_ref().err()?)))
        .collect();
    for (name, refusal) in &refused {
        let words = refusal.words();
        println!("{name}: {} / {}", words.de, words.en);
        assert!(words.de.len() > 40 && words.en.len() > 40, "{name}");
    }
    assert!(results.len() - refused.len() >= TAKEN_MIN, "{refused:?}");
    let codes: Vec<_> =
        refused.iter().map(|(name, refusal)| (*name, refusal.code(), refusal.line())).collect();
    insta::assert_debug_snapshot!("refused", codes);
}

#[test]
fn what_was_taken_passes_the_check_of_its_kind() {
    let kind = record::kind::kind(publiccode::KIND).unwrap();
    for (name, _, taken) in taken() {
        // The day that the node adds; the check for it is the node's.
        let mut body = taken.body;
        body.insert("valid_until".to_owned(), "2027-06-30".into());
        let errors: Vec<_> = record::kind::check(kind, &body, jiff::civil::date(2026, 6, 1))
            .into_iter()
            .filter(|finding| finding.grade == Grade::Error)
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        assert_eq!(record::kind::normalise(kind, body.clone()), body, "{name} is in normal form");
    }
}

#[test]
fn what_was_taken_fits_into_a_statement_and_survives_it() {
    for (name, text, taken) in taken() {
        assert_eq!(publiccode::read(&text).as_ref(), Ok(&taken), "{name} says the same twice");
        assert_eq!(
            json::to_map(json::from_map(&taken.body)).as_ref(),
            Ok(&taken.body),
            "{name} survives JSON"
        );
        assert!(cbor::encode(&Value::Map(taken.body.clone())).len() <= BODY_BYTES_MAX, "{name}");
        let publisher = "th.jena".parse().unwrap();
        let content = Content {
            record: publiccode::record_id(&publisher, &taken.url),
            publisher,
            kind: publiccode::KIND.parse().unwrap(),
            schema: 1,
            epoch: 1,
            version: 1,
            issued: Moment::from_seconds(1_793_606_400).unwrap(),
            said: Said::Body(taken.body),
        };
        let payload = content.encode();
        assert!(payload.len() < PAYLOAD_BYTES_MAX, "{name}: {} bytes", payload.len());
        assert_eq!(Content::decode(&payload), Ok(content), "{name}");
    }
}

/// Every text and key of a body, one after the other.
fn texts(map: &Map, out: &mut String) {
    for (key, value) in map {
        out.push_str(key);
        out.push('\n');
        text(value, out);
    }
}

fn text(value: &Value, out: &mut String) {
    match value {
        Value::Text(text) => {
            out.push_str(text);
            out.push('\n');
        }
        Value::List(items) => items.iter().for_each(|item| text(item, out)),
        Value::Map(map) => texts(map, out),
        _ => {}
    }
}

/// Mail addresses, phone numbers and names below `contacts:`, read from the lines of the file by other
/// means than the importer's. One word, and what also stands as an affiliation, a contractor or an owner
/// that is no person, is the name of a body.
fn persons(file: &str) -> (Vec<String>, Vec<String>) {
    let (mut names, mut reaches) = (Vec::new(), Vec::new());
    let mut below = None;
    for line in file.lines() {
        let indent = line.len() - line.trim_start().len();
        let trimmed = line.trim_start().trim_start_matches("- ").trim();
        let Some((key, value)) = trimmed.split_once(':') else { continue };
        let value = value.trim().trim_matches(['"', '\'']).trim();
        if key == "contacts" || key == "contractors" {
            below = Some((indent, key == "contacts"));
            continue;
        }
        if below.is_some_and(|(at, _)| indent <= at && !line.trim_start().starts_with('-')) {
            below = None;
        }
        match (key, below) {
            ("email" | "phone", Some(_)) if value.len() > 5 => reaches.push(value.to_owned()),
            ("name", Some((_, true))) if value.contains(' ') => names.push(value.to_owned()),
            ("affiliation", Some((_, true))) => names.retain(|name| name != value),
            _ => {}
        }
    }
    (names, reaches)
}

#[test]
fn no_person_is_taken_over() {
    let (mut names_seen, mut reaches_seen) = (0, 0);
    for (name, file, taken) in taken() {
        let mut said = String::new();
        texts(&taken.body, &mut said);
        let (names, reaches) = persons(&file);
        names_seen += names.len();
        reaches_seen += reaches.len();
        for person in names {
            assert!(!said.contains(person.as_str()), "{name}: {person}");
        }
        for reach in reaches {
            assert!(!said.contains(&reach), "{name}: {reach}");
        }
        let mail = said.split(|c: char| c.is_whitespace() || "<>(),;:/".contains(c)).find(|word| {
            word.split_once('@').is_some_and(|(left, right)| !left.is_empty() && right.contains('.'))
        });
        assert_eq!(mail, None, "{name}");
    }
    if files().is_some() {
        assert!(
            names_seen > 60 && reaches_seen > 90,
            "the test looks for something: {names_seen}, {reaches_seen}"
        );
    }
}

#[test]
fn the_remarks_are_counted() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let all = taken();
    if all.is_empty() {
        return;
    }
    for (name, _, taken) in &all {
        for remark in &taken.remarks {
            *counts.entry(remark.note.code()).or_default() += 1;
            println!("{name}: {}", remark.words().en);
        }
    }
    insta::assert_debug_snapshot!("remarks", counts);
}
