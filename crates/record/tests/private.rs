//! How often the look for private and secret facts is wrong on real texts: 189 German project texts, 354 short
//! German records and 129 publiccode.yml files, each hit judged by eye in `private_judged.tsv`.
//!
//! `cargo nextest run -p allmende-record --test private --no-capture` prints the figures.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where its story breaks"
)]

use record::kind::Private;
use record::kind::traces;
use record::statement::sha256;
use std::collections::BTreeMap;
use std::path::Path;

/// Texts of `texts-de.jsonl`.
const TEXTS: usize = 189;
/// Records of `search/docs.jsonl`.
const DOCS: usize = 354;
/// Files of `publiccode/`.
const FILES: usize = 129;
/// Wrong warnings in all 672 texts together, at most.
const WRONG_MAX: usize = 12;

/// Name and text of everything that is looked at, or none where the collection is not there.
fn collection() -> Option<BTreeMap<String, String>> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !home.exists() {
        println!("skipped: the collection {} is not here", home.display());
        return None;
    }
    let mut texts = BTreeMap::new();
    for (sort, file) in [("text", "texts-de.jsonl"), ("doc", "search/docs.jsonl")] {
        let lines = std::fs::read_to_string(home.join(file)).expect("the texts can be read");
        for line in lines.lines() {
            let row: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
            let (id, text) = (row["id"].as_str().expect("an id"), row["text"].as_str().expect("a text"));
            let title = row["title"].as_str().unwrap_or_default();
            texts.insert(format!("{sort} {id}"), format!("{title}\n\n{text}"));
        }
    }
    assert_eq!(texts.len(), TEXTS + DOCS);
    for entry in std::fs::read_dir(home.join("publiccode")).expect("the files can be listed") {
        let path = entry.expect("the files can be listed").path();
        let name = path.file_stem().expect("files have names").to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).expect("the file can be read");
        texts.insert(format!("file {name}"), String::from_utf8_lossy(&bytes).into_owned());
    }
    assert_eq!(texts.len(), TEXTS + DOCS + FILES);
    Some(texts)
}

/// The judgements, `right` or `wrong`, by text, sort of trace and hash of what was seen; the words themselves
/// stay in the collection.
fn judged() -> BTreeMap<(String, String, String), bool> {
    let mut judged = BTreeMap::new();
    for line in include_str!("private_judged.tsv").lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [text, what, seen, verdict] = columns.as_slice() else { panic!("four columns: {line}") };
        assert!(["right", "wrong"].contains(verdict), "{line}");
        let key = ((*text).to_owned(), (*what).to_owned(), (*seen).to_owned());
        assert_eq!(judged.insert(key, *verdict == "right"), None, "judged twice: {line}");
    }
    judged
}

fn hash(seen: &str) -> String {
    sha256(&[seen.as_bytes()]).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn warnings_about_private_facts_are_mostly_right() {
    let Some(texts) = collection() else { return };
    let judged = judged();
    // By collection and sort: all warnings, and the wrong ones.
    let mut counts = BTreeMap::<(&str, Private), (usize, usize)>::new();
    let mut unjudged = Vec::new();
    for (name, text) in &texts {
        let collection = name.split(' ').next().unwrap_or_default();
        for trace in traces(text) {
            let what = format!("{:?}", trace.what);
            let key = (name.clone(), what.clone(), hash(&trace.seen));
            let Some(right) = judged.get(&key) else {
                unjudged.push(format!("{name} / {what} / {} / {}", key.2, trace.seen));
                continue;
            };
            let (all, wrong) = counts.entry((collection, trace.what)).or_default();
            *all += 1;
            *wrong += usize::from(!right);
        }
    }
    assert!(unjudged.is_empty(), "judge these in private_judged.tsv:\n{}", unjudged.join("\n"));
    let (mut seen, mut wrong) = (0, 0);
    for ((collection, what), (all, false_ones)) in &counts {
        println!("{collection}: {what:?}: {all} warnings, {false_ones} of them wrong");
        seen += all;
        wrong += false_ones;
    }
    println!("{seen} warnings in {} texts, {wrong} of them wrong", texts.len());
    assert!(
        seen > 0 && wrong <= WRONG_MAX,
        "{wrong} wrong warnings of {seen}; at most {WRONG_MAX} are allowed"
    );
}

/// Sentences that each hold one fact.
const PLANTED: [(Private, &str); 15] = [
    (Private::Person, "Fragen beantwortet Frau Sommerfeld."),
    (Private::Person, "Das wurde mit Herrn Dr. von Beispiel abgestimmt."),
    (Private::Person, "Ansprechpartnerin: Erika Sommerfeld"),
    (Private::Mailbox, "Bitte schreiben Sie an erika.sommerfeld@stadt.example."),
    (Private::Phone, "Sie erreichen uns unter 03641 123456."),
    (Private::Phone, "Tel.: +49 3641 49-1234"),
    (Private::Address, "Der Dienst läuft auf 10.20.30.40."),
    (Private::Host, "Die Daten liegen auf srv-db01.rathaus.intern."),
    (Private::Host, "Siehe https://wiki.rathaus.local/start"),
    (Private::Version, "Wir setzen Version 4.2 ein."),
    (Private::Version, "Bei uns läuft Nextcloud 28.0.4."),
    (Private::Price, "Wir zahlen 11.900 Euro im Jahr."),
    (Private::Price, "Das kostet 49 € im Monat."),
    (Private::ContractEnd, "Der Vertrag läuft bis zum 31.12.2027."),
    (Private::ContractEnd, "Die Laufzeit endet im Juni 2028."),
];

/// Facts that are planted in each text, one after the other; the next text begins with the next fact.
const PLANTED_EACH: usize = 5;

#[test]
fn a_fact_planted_in_any_text_is_seen() {
    let Some(texts) = collection() else { return };
    let german: Vec<_> = texts.iter().filter(|(name, _)| !name.starts_with("file")).collect();
    assert_eq!(german.len(), TEXTS + DOCS);
    for (turn, (name, text)) in german.into_iter().enumerate() {
        // Between two paragraphs, where an editor would write it.
        let paragraphs: Vec<&str> = text.split("\n\n").collect();
        let (before, after) = paragraphs.split_at(paragraphs.len() / 2);
        for (what, sentence) in PLANTED.iter().cycle().skip(turn).take(PLANTED_EACH) {
            let planted = [before, &[*sentence], after].concat().join("\n\n");
            assert!(traces(&planted).iter().any(|trace| trace.what == *what), "{name}: {sentence}");
        }
    }
}
