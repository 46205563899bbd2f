//! The demo records are complete: each passes the check before publishing, and together they tell one story.

use catalogue::register::Register;
use catalogue::register::population_class;
use harness::stamp::workspace;
use jiff::civil::Date;
use jiff::civil::date;
use record::json;
use record::kind;
use record::kind::Held;
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

/// What a reader is told of the records.
const README: &str = "node-config/demo/README.md";

/// One who takes part.
struct Member {
    publisher: String,
    name: String,
    ars: String,
}

/// The list of those who take part.
fn cast() -> Vec<Member> {
    let text =
        fs::read_to_string(workspace().join("node-config/demo/nodes.toml")).expect("the list is there");
    let list: serde_json::Value = toml::from_str(&text).expect("it is TOML");
    let nodes = list.get("node").and_then(serde_json::Value::as_array).expect("it lists nodes");
    let member = |node: &serde_json::Value| {
        let text = |key: &str| node.get(key).and_then(serde_json::Value::as_str).expect("a text").to_owned();
        Member { publisher: text("publisher"), name: text("name"), ars: text("ars") }
    };
    nodes.iter().map(member).collect()
}

struct Draft {
    path: PathBuf,
    publisher: Name,
    kind: &'static kind::Kind,
    record: RecordId,
    body: Map,
    /// The last day on which it holds.
    review: Date,
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
    let review = body.get("valid_until").and_then(Value::as_text).unwrap_or_default();
    let review: Date = review.parse().map_err(|error: jiff::Error| error.to_string())?;
    Ok(Draft {
        path: path.to_owned(),
        publisher: folder.parse().map_err(|error: NameError| error.to_string())?,
        kind,
        record: record.parse().map_err(|error: RecordIdError| error.to_string())?,
        body,
        review,
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

/// The drafts of one kind.
fn of_kind<'a>(drafts: &'a [Draft], kind: &str) -> Vec<&'a Draft> {
    drafts.iter().filter(|draft| draft.kind.name == kind).collect()
}

/// A code or text of a body, or nothing.
fn word<'a>(draft: &'a Draft, field: &str) -> &'a str {
    draft.body.get(field).and_then(Value::as_text).unwrap_or_default()
}

#[test]
fn every_draft_passes_the_check() {
    let mut complaints = Vec::new();
    for draft in &drafts().unwrap() {
        // What is overdue today passed the check while it held.
        for finding in kind::check(draft.kind, &draft.body, TODAY.min(draft.review)) {
            // Who describes what belongs to others does not know everything.
            let unknown = finding.code == "recommended" && word(draft, "entry_status") == "stub";
            if !unknown {
                complaints.push(format!(
                    "{}: {}: {}",
                    draft.path.display(),
                    finding.path,
                    finding.message.en
                ));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn the_network_has_enough_to_find() {
    let drafts = drafts().unwrap();
    assert!(drafts.len() >= 60, "{}", drafts.len());
    let mut publishers = BTreeMap::<&str, usize>::new();
    let mut titles = BTreeSet::new();
    let mut records = BTreeSet::new();
    let mut fields = BTreeSet::new();
    let mut english = 0;
    for draft in &drafts {
        *publishers.entry(draft.publisher.as_str()).or_default() += 1;
        let title = kind::texts(&draft.body, "title", Lang::De).unwrap();
        assert!(titles.insert(title), "the title \"{title}\" stands twice");
        assert!(records.insert(draft.record), "{} has the id of another", draft.path.display());
        let mut codes = Vec::new();
        texts_of(&draft.body, &["action_fields"], &mut codes);
        fields.extend(codes.into_iter().map(str::to_owned));
        english += usize::from(draft.body["summary"].as_map().unwrap().contains_key("en"));
    }
    assert!(fields.len() >= 14, "{fields:?}");
    assert!(english >= 10, "{english}");
    assert!(publishers.values().all(|records| *records >= 10), "{publishers:?}");
    let cast = cast();
    let listed: BTreeSet<&str> = cast.iter().map(|member| member.publisher.as_str()).collect();
    let folders: BTreeSet<&str> = publishers.keys().copied().collect();
    assert_eq!(folders, listed, "each node of the list has a folder, and each folder a node");
    let readme = fs::read_to_string(workspace().join(README)).unwrap();
    for (text, place) in
        [(format!("{} Einträge", drafts.len()), README), (format!("{} invented", drafts.len()), "README.md")]
    {
        assert!(
            fs::read_to_string(workspace().join(place)).unwrap().contains(&text),
            "{place} does not say {text}"
        );
    }
    for member in &cast {
        let row = format!("| `{}` | {} |", member.publisher, member.name);
        assert!(readme.contains(&row), "{README} has no row {row}");
    }
    assert!(titles.contains("Baumbewässerung mit Sensoren"));
    assert!(titles.contains("Schadensmeldung per App"));
}

#[test]
fn five_real_towns_of_two_laender_take_part() {
    let (mut towns, mut lands) = (0, BTreeSet::new());
    for member in cast().iter().filter(|member| member.publisher.contains('.')) {
        let town = Register::built_in().find(&member.ars).unwrap();
        assert_eq!(member.name.strip_prefix("Stadt "), Some(town.name.as_str()), "{}", member.ars);
        lands.insert(member.publisher.split('.').next().unwrap().to_owned());
        towns += 1;
    }
    assert!(towns >= 5 && lands.len() >= 2, "{towns} towns of {lands:?}");
}

#[test]
fn each_town_says_its_true_size_and_some_are_of_one_size() {
    let list = workspace().join("../shared/data/gemeinden.csv");
    let Ok(list) = fs::read_to_string(&list) else {
        println!("skipped: {} is not here", list.display());
        return;
    };
    let mut classes = BTreeMap::<_, usize>::new();
    let drafts = drafts().unwrap();
    for member in cast().iter().filter(|member| member.publisher.contains('.')) {
        let line = list.lines().find(|line| line.contains(&format!(",{},", member.ars))).unwrap();
        let population: u32 = line.rsplit(',').nth(4).unwrap().parse().unwrap();
        let class = population_class(population);
        let own = drafts.iter().filter(|draft| draft.publisher.as_str() == member.publisher);
        for draft in own.filter(|draft| draft.body.contains_key("population_class")) {
            assert_eq!(word(draft, "population_class"), class, "{}", draft.path.display());
        }
        *classes.entry(class).or_default() += 1;
    }
    // So that a page can say how many municipalities of the reader's size use something.
    assert!(classes.values().any(|towns| *towns >= 2), "{classes:?}");
}

#[test]
fn every_kind_has_its_part_in_the_story() {
    let drafts = drafts().unwrap();
    for kind in kind::kinds().iter().filter(|kind| !kind.protocol) {
        assert!(!of_kind(&drafts, &kind.name).is_empty(), "there is no {}", kind.name);
    }
    let solutions = of_kind(&drafts, "solution");
    let comparable = solutions.iter().filter(|solution| {
        let mut keywords = Vec::new();
        texts_of(&solution.body, &["keywords"], &mut keywords);
        keywords.contains(&"Mängelmelder")
    });
    assert!(comparable.count() >= 5);
    assert!(solutions.iter().any(|solution| word(solution, "entry_status") == "stub"));
    let verdicts: BTreeSet<&str> =
        of_kind(&drafts, "assessment").into_iter().map(|assessment| word(assessment, "overall")).collect();
    assert!(verdicts.len() >= 3, "{verdicts:?}");
    let states: BTreeSet<&str> =
        of_kind(&drafts, "adoption").into_iter().map(|adoption| word(adoption, "status")).collect();
    assert!(states.is_superset(&["in-use", "left", "rejected"].into()), "{states:?}");
    let notices: BTreeSet<&str> =
        of_kind(&drafts, "notice").into_iter().map(|notice| word(notice, "notice_type")).collect();
    assert!(notices.is_superset(&["security-advisory", "correction"].into()), "{notices:?}");
    let today = TODAY.to_string();
    let programmes = of_kind(&drafts, "funding");
    let deadlines = programmes.iter().filter(|funding| word(funding, "open_until") > today.as_str()).count();
    assert!(deadlines >= 2, "{deadlines}");
    let overdue = drafts.iter().filter(|draft| draft.review < TODAY).count();
    assert!(overdue >= 2, "{overdue}");
}

#[test]
fn references_lead_to_records_of_the_right_kind() {
    let drafts = drafts().unwrap();
    let known: BTreeMap<String, &str> = drafts
        .iter()
        .map(|draft| (format!("{}/{}", draft.publisher, draft.record), draft.kind.name.as_str()))
        .collect();
    let publishers: BTreeSet<&str> = drafts.iter().map(|draft| draft.publisher.as_str()).collect();
    let mut led = 0;
    for draft in &drafts {
        for link in kind::links(draft.kind, &draft.body) {
            let held = match known.get(&link.target) {
                Some(kind) => Held::Record(kind),
                None if link.names_publisher() && publishers.contains(link.target.as_str()) => {
                    Held::Publisher
                }
                None => Held::Nothing,
            };
            let finding = link.finding(held);
            assert!(finding.is_none(), "{}: {finding:?}", draft.path.display());
            led += 1;
        }
    }
    assert!(led >= 60, "{led}");
}

#[test]
fn assessments_answer_what_the_catalogue_asks() {
    let drafts = drafts().unwrap();
    let criteria = of_kind(&drafts, "criteria");
    let [criteria] = criteria.as_slice() else { panic!("one catalogue, not {}", criteria.len()) };
    let mut asked = Vec::new();
    texts_of(&criteria.body, &["id"], &mut asked);
    assert!(asked.len() >= 30, "{}", asked.len());
    for assessment in of_kind(&drafts, "assessment") {
        let mut answered = Vec::new();
        texts_of(&assessment.body, &["item"], &mut answered);
        for item in answered {
            assert!(asked.contains(&item), "{}: {item} is not asked", assessment.path.display());
        }
    }
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
    assert!(mailboxes >= 60, "{mailboxes}");
}
