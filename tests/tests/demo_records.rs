//! The demo records are complete: each passes the check before publishing, and together they tell one story.

use harness::stamp::workspace;
use jiff::civil::Date;
use jiff::civil::date;
use record::json;
use record::kind;
use record::kind::Grade;
use record::kind::Lang;
use record::name::Name;
use record::name::NameError;
use record::statement::RecordId;
use record::statement::RecordIdError;
use record::value::Map;
use record::value::Value;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// The day on which the demo is checked; a fixed one, so that the test says the same every day.
const TODAY: Date = date(2026, 11, 22);
/// What a node writes where a draft does not say until when it holds: 12 months later.
const REVIEW: &str = "2027-11-22";

struct Draft {
    path: PathBuf,
    publisher: Name,
    kind: &'static kind::Kind,
    record: RecordId,
    body: Map,
}

/// Every draft below `node-config/demo`, by path, in its normal form and with a day of review; else what
/// is wrong with the first that is none.
fn drafts() -> Result<Vec<Draft>, String> {
    let mut drafts = Vec::new();
    for folder in list(&workspace().join("node-config/demo"))?.iter().filter(|path| path.is_dir()) {
        for path in list(folder)? {
            let draft = read(&path).map_err(|why| format!("{}: {why}", path.display()))?;
            drafts.push(draft);
        }
    }
    Ok(drafts)
}

/// What lies in a folder, by name.
fn list(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let paths: Result<BTreeSet<PathBuf>, _> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    paths.map(|paths| paths.into_iter().collect()).map_err(|error| error.to_string())
}

fn read(path: &Path) -> Result<Draft, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let mut draft: serde_json::Map<String, serde_json::Value> =
        toml::from_str(&text).map_err(|error| error.to_string())?;
    let mut word = |key: &str| match draft.remove(key) {
        Some(serde_json::Value::String(word)) => Ok(word),
        other => Err(format!("{key} is no text: {other:?}")),
    };
    let (name, record) = (word("kind")?, word("record")?);
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let kind = kind::kind(&name).ok_or_else(|| format!("there is no kind {name}"))?;
    let body = json::to_map(draft).map_err(|error| error.to_string())?;
    let mut body = kind::normalise(kind, body);
    body.entry("valid_until".to_owned()).or_insert_with(|| Value::from(REVIEW));
    Ok(Draft {
        path: path.to_owned(),
        publisher: folder.parse().map_err(|error: NameError| error.to_string())?,
        kind,
        record: record.parse().map_err(|error: RecordIdError| error.to_string())?,
        body,
    })
}

/// Every text below a value whose key is one of these.
fn texts_of<'a>(body: &'a Map, keys: &[&str], found: &mut Vec<&'a str>) {
    for (key, value) in body {
        texts_in(value, keys.contains(&key.as_str()), keys, found);
    }
}

fn texts_in<'a>(value: &'a Value, wanted: bool, keys: &[&str], found: &mut Vec<&'a str>) {
    match value {
        Value::Text(text) if wanted => found.push(text),
        Value::List(items) => items.iter().for_each(|item| texts_in(item, wanted, keys, found)),
        Value::Map(map) => texts_of(map, keys, found),
        _ => {}
    }
}

#[test]
fn every_draft_passes_the_check() {
    let mut complaints = Vec::new();
    for Draft { path, kind, body, .. } in drafts().unwrap() {
        for finding in kind::check(kind, &body, TODAY) {
            let known = finding.grade == Grade::Warning && finding.code == "recommended";
            if !known {
                complaints.push(format!("{}: {}: {}", path.display(), finding.path, finding.message.en));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn the_network_has_enough_to_find() {
    let drafts = drafts().unwrap();
    assert!(drafts.len() >= 24, "{}", drafts.len());
    let mut kinds = BTreeMap::<&str, usize>::new();
    let mut publishers = BTreeMap::<&str, usize>::new();
    let mut titles = BTreeSet::new();
    let mut records = BTreeSet::new();
    let mut fields = BTreeSet::new();
    let mut english = 0;
    for draft in &drafts {
        *kinds.entry(&draft.kind.name).or_default() += 1;
        *publishers.entry(draft.publisher.as_str()).or_default() += 1;
        let title = kind::texts(&draft.body, "title", Lang::De).unwrap();
        assert!(titles.insert(title), "the title \"{title}\" stands twice");
        assert!(records.insert(draft.record), "{} has the id of another", draft.path.display());
        let mut codes = Vec::new();
        texts_of(&draft.body, &["action_fields"], &mut codes);
        fields.extend(codes.into_iter().map(str::to_owned));
        english += usize::from(draft.body["title"].as_map().unwrap().contains_key("en"));
    }
    assert!(fields.len() >= 12, "{fields:?}");
    assert!(english >= 8, "{english}");
    assert_eq!(kinds["organisation"], 5);
    assert!(kinds["solution"] >= 6 && kinds["measure"] >= 14, "{kinds:?}");
    let names: Vec<&str> = publishers.keys().copied().collect();
    assert_eq!(names, ["sh", "sh.husum", "th", "th.dornburg-camburg", "th.jena"]);
    assert!(titles.contains("Baumbewässerung mit Sensoren"));
    assert!(titles.contains("Schadensmeldung per App"));
}

#[test]
fn references_lead_to_records_that_exist() {
    let drafts = drafts().unwrap();
    let known: BTreeSet<String> =
        drafts.iter().map(|draft| format!("{}/{}", draft.publisher, draft.record)).collect();
    let mut led = 0;
    for draft in &drafts {
        let mut references = Vec::new();
        texts_of(&draft.body, &["record", "solutions"], &mut references);
        for reference in references {
            assert!(known.contains(reference), "{}: {reference} is not there", draft.path.display());
            led += 1;
        }
    }
    assert!(led >= 10, "{led}");
}

#[test]
fn nobody_real_can_be_written_to() {
    let mut mailboxes = 0;
    for draft in drafts().unwrap() {
        let mut mails = Vec::new();
        texts_of(&draft.body, &["mail", "vulnerability_contact"], &mut mails);
        for mail in mails.iter().filter(|mail| mail.contains('@')) {
            assert!(mail.ends_with(".example"), "{}: {mail}", draft.path.display());
            mailboxes += 1;
        }
    }
    assert!(mailboxes >= 24, "{mailboxes}");
}
