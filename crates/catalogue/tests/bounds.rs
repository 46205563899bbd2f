//! Records that cannot be among the best are counted but not scored: nobody may notice.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where its story breaks")]

#[allow(dead_code, reason = "each story uses its own part of the town")]
mod town;

use catalogue::change::Change;
use catalogue::found::Found;
use catalogue::index::Catalogue;
use catalogue::query::Filters;
use catalogue::query::Query;
use catalogue::weights::Weights;
use record::moment::Moment;
use record::value::Value;
use std::collections::BTreeMap;
use town::german;
use town::numbered;

/// More than two stretches of 4,096 in the first segments.
const RECORDS: u16 = 20_000;
/// Changes that come at once, so that there are several segments, and one of them is looked through in parts.
const BATCH: usize = 18_000;
/// The frequent ones first.
const WORDS: [&str; 24] = [
    "Stadt",
    "digital",
    "Daten",
    "Bürgerinnen",
    "offene",
    "Portal",
    "Verwaltung",
    "Open Data",
    "Schule",
    "Plattform",
    "Sensoren",
    "Mängel",
    "melden",
    "Bäume",
    "Bewässerung",
    "Haushaltsdaten",
    "visualisieren",
    "Parken",
    "Open-Data-Portal",
    "Mängelmelder",
    "Baumbewässerung",
    "alte Menschen",
    "Leerstand",
    "Quartier",
];
const LAENDER: [&str; 3] = ["th.jena", "sh.husum", "th.dornburg"];
const QUERIES: [&str; 13] = [
    "Stadt",
    "Open-Data-Portal",
    "offene Daten",
    "Haushaltsdaten visualisieren",
    "Mängel melden Bürger",
    "Bäume bewässern Sensoren",
    "Seniorinnen",
    "Leerstand Stadt digital",
    "\"offene Daten\" Portal",
    "Daten -Schule",
    "Baumbewässerung",
    "Parkplatz Quart",
    "Stadt Daten Mängelmelder Baumbewässerung Haushaltsdaten Schule Open-Data-Portal",
];

/// xorshift64*, seeded.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16) as usize % end
    }

    /// Frequent words more often.
    fn text(&mut self, words: usize) -> String {
        let word = |dice: &mut Dice| {
            let end = 1 + dice.below(WORDS.len());
            WORDS[dice.below(end)]
        };
        (0..words).map(|_| word(self)).collect::<Vec<_>>().join(" ")
    }
}

/// Texts of all lengths; some records were withdrawn, some are nothing for readers.
fn library() -> Catalogue {
    let catalogue = Catalogue::in_memory();
    let mut dice = Dice(7);
    let mut changes = Vec::new();
    for number in 0..RECORDS {
        let title = dice.text(1 + usize::from(number) % 9);
        let words = 1 + dice.below(if number % 8 == 0 { 300 } else { 60 });
        let draft = numbered(number, &title)
            .by(LAENDER[dice.below(3)])
            .with("description", german(&dice.text(words)));
        let texts = [("de", title.as_str()), ("en", WORDS[dice.below(WORDS.len())])];
        let both = Value::Map(texts.map(|(lang, text)| (lang.to_owned(), text.into())).into());
        let draft = if number % 11 == 5 { draft.with("title", both) } else { draft };
        let draft = if number % 50 == 3 { draft.kind("node") } else { draft };
        let draft = if number % 50 == 4 { draft.kind("need") } else { draft };
        changes.push(draft.later(dice.below(1_000) as u64).stands());
        if number % 20 == 19 {
            changes.push(numbered(number - 10, "").by(LAENDER[0]).gone());
        }
    }
    for (at, batch) in changes.chunks(BATCH).enumerate() {
        catalogue.apply(batch, at as u64 + 1).unwrap();
    }
    catalogue
}

fn asked(text: &str) -> Query {
    Query {
        text: text.to_owned(),
        verbatim: true,
        now: Moment::from_seconds(1_790_000_500),
        ..Query::default()
    }
}

fn hits(found: &Found) -> Vec<(String, f32, usize)> {
    let name = |hit: &catalogue::found::Hit| format!("{}/{}", hit.publisher, hit.record);
    found.hits.iter().map(|hit| (name(hit), hit.score, hit.words_met)).collect()
}

#[test]
fn the_best_are_the_same_whether_all_were_scored_or_not() {
    let catalogue = library();
    let mild = Weights { evidence_thousandths: 0, recency_thousandths: 0, window: 1, ..Weights::default() };
    // A window in which all fit leaves nothing out.
    let thorough = Weights { window: usize::from(RECORDS), ..mild.clone() };
    for text in QUERIES {
        let filters = Filters::none().with("land", "th");
        for filters in [Filters::none(), filters] {
            let query = Query { limit: 30, filters, ..asked(text) };
            let quick = catalogue.find_weighted(&query, &mild).unwrap();
            let slow = catalogue.find_weighted(&query, &thorough).unwrap();
            assert!(quick.hits.len() > 20, "{text}");
            assert_eq!(hits(&quick), hits(&slow), "{text}");
            assert_eq!((quick.total, &quick.facets), (slow.total, &slow.facets), "{text}");
        }
    }
}

#[test]
fn what_is_counted_is_what_is_found() {
    let catalogue = library();
    for text in ["Stadt", "Leerstand", "Open-Data-Portal", ""] {
        let mut counted: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        let mut query = Query { limit: 100, ..asked(text) };
        let first = catalogue.find(&query).unwrap();
        let mut all = 0;
        loop {
            let found = catalogue.find(&query).unwrap();
            all += found.hits.len() as u64;
            for hit in &found.hits {
                let mut count = |facet: &str, code: String| {
                    *counted.entry(facet.to_owned()).or_default().entry(code).or_default() += 1;
                };
                count("publisher", hit.publisher.to_string());
                count("kind", hit.kind.clone());
                count("land", hit.publisher.to_string().split('.').next().unwrap().to_owned());
            }
            query.after = found.next;
            if query.after.is_none() {
                break;
            }
        }
        assert_eq!(all, first.total, "{text}");
        for (facet, counts) in counted {
            let said: BTreeMap<String, u64> = first.facets[&facet].iter().cloned().collect();
            assert_eq!(said, counts, "{text}: {facet}");
        }
        let fresh: u64 = first.facets["freshness"].iter().map(|(_, count)| count).sum();
        assert_eq!(fresh, first.total, "{text}");
        assert!(!first.facets["kind"].iter().any(|(kind, _)| kind == "node"), "{text}");
    }
}

#[test]
fn what_goes_is_counted_no_more() {
    let catalogue = library();
    let before = catalogue.find(&asked("Stadt")).unwrap();
    let gone: Vec<Change> = before
        .hits
        .iter()
        .take(5)
        .map(|hit| Change::Gone { publisher: hit.publisher.clone(), record: hit.record })
        .collect();
    catalogue.apply(&gone, 9).unwrap();
    let after = catalogue.find(&asked("Stadt")).unwrap();
    assert_eq!(after.total, before.total - 5);
    let sum = |found: &Found| found.facets["publisher"].iter().map(|(_, count)| count).sum::<u64>();
    assert_eq!(sum(&after), after.total);
}
