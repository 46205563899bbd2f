//! Queries as staff type them over real records, graded by hand: the quality of the ranking has a floor.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where its story breaks")]

use catalogue::change::Change;
use catalogue::index::Catalogue;
use catalogue::query::Query;
use record::moment::Moment;
use record::statement::Content;
use record::statement::RecordId;
use record::statement::Said;
use record::value::Map;
use record::value::Value;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

/// Half of what is reached is lost without the splitter; differences below 0.02 are noise. The bench demands more.
const STAFF_NDCG_MIN: f64 = 0.65;

fn lines(path: &Path) -> Vec<Json> {
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A test may only ever be skipped where the shared data is not laid out at all.
fn data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/search");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: the folder ../shared/data/search is absent");
    None
}

fn record_id(number: usize) -> RecordId {
    RecordId::v7(u64::try_from(number).unwrap() + 1, [0; 10])
}

fn statement(number: usize, doc: &Json) -> Change {
    let by_language = |text: &str| Value::Map(Map::from([("de".to_owned(), text.into())]));
    let texts = |key: &str| -> Value {
        let items = doc[key].as_array().into_iter().flatten().filter_map(Json::as_str);
        items.map(Value::from).collect::<Vec<_>>().into()
    };
    let body = Map::from([
        ("title".to_owned(), by_language(doc["title"].as_str().unwrap())),
        ("description".to_owned(), by_language(doc["text"].as_str().unwrap())),
        ("keywords".to_owned(), texts("tags")),
    ]);
    let content = Content {
        publisher: "th.jena".parse().unwrap(),
        record: record_id(number),
        kind: "measure".parse().unwrap(),
        schema: 1,
        epoch: 1,
        version: 1,
        issued: Moment::from_seconds(1_793_606_400).unwrap(),
        said: Said::Body(body),
    };
    Change::Stands(Arc::new(content))
}

/// Mean nDCG@10 with gains 2^grade - 1.
fn ndcg(catalogue: &Catalogue, ids: &BTreeMap<RecordId, String>, queries: &[Json]) -> f64 {
    let discount = |at: usize| 1.0 / (at as f64 + 2.0).log2();
    let gain = |grade: u64| 2f64.powi(i32::try_from(grade).unwrap()) - 1.0;
    let one = |query: &Json| {
        let grades: BTreeMap<&str, u64> = query["rel"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(id, grade)| (id.as_str(), grade.as_u64().unwrap()))
            .collect();
        let text = query["q"].as_str().unwrap().to_owned();
        let found = catalogue.find(&Query { text, limit: 10, ..Query::default() }).unwrap();
        let reached: f64 = found
            .hits
            .iter()
            .enumerate()
            .map(|(at, hit)| gain(grades.get(ids[&hit.record].as_str()).copied().unwrap_or(0)) * discount(at))
            .sum();
        let mut best: Vec<u64> = grades.into_values().collect();
        best.sort_by(|a, b| b.cmp(a));
        let ideal: f64 =
            best.iter().take(10).enumerate().map(|(at, grade)| gain(*grade) * discount(at)).sum();
        reached / ideal
    };
    queries.iter().map(one).sum::<f64>() / queries.len() as f64
}

/// All docs of the folder in a catalogue, and which record is which doc.
fn indexed(folder: &Path) -> (Catalogue, BTreeMap<RecordId, String>) {
    let docs = lines(&folder.join("docs.jsonl"));
    let changes: Vec<Change> = docs.iter().enumerate().map(|(number, doc)| statement(number, doc)).collect();
    let ids = docs
        .iter()
        .enumerate()
        .map(|(number, doc)| (record_id(number), doc["id"].as_str().unwrap().to_owned()))
        .collect();
    let catalogue = Catalogue::in_memory();
    catalogue.apply(&changes, 354).unwrap();
    assert_eq!(catalogue.count(), 354);
    (catalogue, ids)
}

#[test]
fn staff_find_what_they_look_for() {
    let Some(folder) = data() else { return };
    let (catalogue, ids) = indexed(&folder);
    let measure = |file: &str| ndcg(&catalogue, &ids, &lines(&folder.join(file)));
    let (staff, umlaut, typo) =
        (measure("staff.jsonl"), measure("staff-umlaut.jsonl"), measure("staff-typo.jsonl"));
    println!("nDCG@10: staff {staff:.3}, ae/oe/ue {umlaut:.3}, one typing error {typo:.3}");
    assert!(staff >= STAFF_NDCG_MIN, "nDCG@10 on the staff queries is {staff:.3}");
}

#[test]
fn umlauts_may_be_written_as_two_letters() {
    let Some(folder) = data() else { return };
    let (catalogue, _) = indexed(&folder);
    let find = |text: &str| catalogue.find(&Query { text: text.to_owned(), ..Query::default() }).unwrap();
    let mut differing = 0;
    for query in lines(&folder.join("staff.jsonl")) {
        let typed = query["q"].as_str().unwrap();
        let spelled =
            [("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue"), ("ß", "ss")]
                .iter()
                .fold(typed.to_owned(), |text, (from, to)| text.replace(from, to));
        differing += usize::from(typed != spelled);
        assert_eq!(find(typed).hits, find(&spelled).hits, "{typed}");
    }
    assert!(differing > 5, "the queries must have umlauts");
}
