//! The records and the judged queries, and how an order of hits is judged.

use catalogue::change::Change;
use catalogue::index::Catalogue;
use catalogue::query::Query;
use catalogue::weights::Weights;
use record::moment::Moment;
use record::statement::Content;
use record::statement::RecordId;
use record::statement::Said;
use record::value::Map;
use record::value::Value;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

/// Hits that are judged.
const DEPTH: usize = 10;

/// One record of the set.
#[derive(Clone, Debug)]
pub(crate) struct Doc {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) tags: Vec<String>,
}

/// One query and the grades of what it should find.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub(crate) text: String,
    pub(crate) grades: BTreeMap<String, u64>,
}

/// Everything of `../shared/data/search`.
#[derive(Debug)]
pub(crate) struct Cases {
    pub(crate) docs: Vec<Doc>,
    staff: Vec<Judged>,
    typo: Vec<Judged>,
    umlaut: Vec<Judged>,
    tags: Vec<Judged>,
}

/// The sets by name; tags are searched without the tags of the records.
pub(crate) const TAGS: usize = 3;

impl Cases {
    /// Nothing where the shared data is not laid out at all.
    pub(crate) fn read() -> Result<Option<Cases>, Box<dyn Error>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/search");
        if !folder.is_dir() {
            return Ok(None);
        }
        let lines = |name: &str| -> Result<Vec<Json>, Box<dyn Error>> {
            let text = std::fs::read_to_string(folder.join(name))?;
            Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
        };
        let judged = |name: &str| -> Result<Vec<Judged>, Box<dyn Error>> {
            Ok(lines(name)?.iter().map(Judged::of).collect())
        };
        Ok(Some(Cases {
            docs: lines("docs.jsonl")?.iter().map(Doc::of).collect(),
            staff: judged("staff.jsonl")?,
            typo: judged("staff-typo.jsonl")?,
            umlaut: judged("staff-umlaut.jsonl")?,
            tags: judged("tags.jsonl")?,
        }))
    }

    pub(crate) fn sets(&self) -> [(&'static str, &[Judged]); 4] {
        [
            ("as staff type", &self.staff),
            ("one typing error", &self.typo),
            ("ae, oe, ue", &self.umlaut),
            ("editors' tags", &self.tags),
        ]
    }

    /// Set by set, which queries are the same with and without errors.
    pub(crate) fn families(&self) -> [Vec<usize>; 4] {
        let in_two_letters = |query: &Judged| {
            let pairs = [("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")];
            pairs.iter().fold(query.text.to_lowercase(), |text, (from, to)| text.replace(from, to))
        };
        let staff: Vec<String> = self.staff.iter().map(in_two_letters).collect();
        let family = |query: &Judged| {
            let folded = in_two_letters(query);
            staff.iter().position(|other| *other == folded).unwrap_or_default()
        };
        let by_place = |queries: &[Judged]| (0..queries.len()).collect();
        let umlaut = self.umlaut.iter().map(family).collect();
        [by_place(&self.staff), by_place(&self.typo), umlaut, by_place(&self.tags)]
    }

    /// Our orders of hits: set, query, ids.
    pub(crate) fn ours(&self, weights: &Weights) -> Result<Vec<Vec<Vec<String>>>, Box<dyn Error>> {
        let (with, without) = (self.catalogue(true)?, self.catalogue(false)?);
        let mut sets = Vec::new();
        for (at, (_, queries)) in self.sets().iter().enumerate() {
            let catalogue = if at == TAGS { &without } else { &with };
            sets.push(self.order(catalogue, queries, weights)?);
        }
        Ok(sets)
    }

    /// What each query with a typing error was taken for.
    pub(crate) fn taken_for(&self, query: &Judged) -> Result<Option<String>, Box<dyn Error>> {
        let query = Query { text: query.text.clone(), limit: 1, ..Query::default() };
        Ok(self.catalogue(true)?.find(&query)?.correction.map(|correction| correction.instead))
    }

    /// The hits of each query, by id.
    pub(crate) fn order(
        &self,
        catalogue: &Catalogue,
        queries: &[Judged],
        weights: &Weights,
    ) -> Result<Vec<Vec<String>>, Box<dyn Error>> {
        let ids: BTreeMap<RecordId, &str> =
            self.docs.iter().enumerate().map(|(number, doc)| (record_id(number), doc.id.as_str())).collect();
        let mut ranked = Vec::new();
        for query in queries {
            let query = Query { text: query.text.clone(), limit: DEPTH, ..Query::default() };
            let found = catalogue.find_weighted(&query, weights)?;
            let id = |record: &RecordId| ids.get(record).copied().unwrap_or_default().to_owned();
            ranked.push(found.hits.iter().map(|hit| id(&hit.record)).collect());
        }
        Ok(ranked)
    }

    /// All records in a catalogue, with or without their tags as keywords.
    pub(crate) fn catalogue(&self, with_tags: bool) -> Result<Catalogue, Box<dyn Error>> {
        let catalogue = Catalogue::in_memory();
        let mut changes = Vec::new();
        for (number, doc) in self.docs.iter().enumerate() {
            changes.push(Change::Stands(Arc::new(doc.content(number, with_tags)?)));
        }
        catalogue.apply(&changes, changes.len() as u64)?;
        Ok(catalogue)
    }
}

fn record_id(number: usize) -> RecordId {
    RecordId::v7(number as u64 + 1, [0; 10])
}

impl Doc {
    fn of(json: &Json) -> Doc {
        let text = |key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        let tags = json.get("tags").and_then(Json::as_array).into_iter().flatten();
        Doc {
            id: text("id"),
            title: text("title"),
            text: text("text"),
            tags: tags.filter_map(Json::as_str).map(str::to_owned).collect(),
        }
    }

    fn content(&self, number: usize, with_tags: bool) -> Result<Content, Box<dyn Error>> {
        let german = |text: &str| Value::Map(Map::from([("de".to_owned(), text.into())]));
        let mut body = Map::from([
            ("title".to_owned(), german(&self.title)),
            ("description".to_owned(), german(&self.text)),
        ]);
        if with_tags {
            let tags: Vec<Value> = self.tags.iter().map(|tag| tag.as_str().into()).collect();
            body.insert("keywords".to_owned(), tags.into());
        }
        Ok(Content {
            publisher: "th.jena".parse()?,
            record: record_id(number),
            kind: "measure".parse()?,
            schema: 1,
            epoch: 1,
            version: 1,
            issued: Moment::from_seconds(1_793_606_400).ok_or("the moment lies before the year 10000")?,
            said: Said::Body(body),
        })
    }
}

impl Judged {
    fn of(json: &Json) -> Judged {
        let grades = json.get("rel").and_then(Json::as_object).into_iter().flatten();
        Judged {
            text: json.get("q").and_then(Json::as_str).unwrap_or_default().to_owned(),
            grades: grades.map(|(id, grade)| (id.clone(), grade.as_u64().unwrap_or_default())).collect(),
        }
    }

    /// nDCG@10 with gains 2^grade - 1 (Burges et al. 2005).
    pub(crate) fn ndcg(&self, ranked: &[String]) -> f64 {
        let gain = |grade: u64| 2f64.powi(i32::try_from(grade).unwrap_or(0)) - 1.0;
        let discount = |at: usize| 1.0 / (at as f64 + 2.0).log2();
        let sum = |grades: &mut dyn Iterator<Item = u64>| -> f64 {
            grades.take(DEPTH).enumerate().map(|(at, grade)| gain(grade) * discount(at)).sum()
        };
        let reached = sum(&mut ranked.iter().map(|id| self.grades.get(id).copied().unwrap_or_default()));
        let mut best: Vec<u64> = self.grades.values().copied().collect();
        best.sort_by(|a, b| b.cmp(a));
        reached / sum(&mut best.into_iter()).max(f64::MIN_POSITIVE)
    }
}

/// The mean over queries.
pub(crate) fn ndcg(queries: &[Judged], ranked: &[Vec<String>]) -> f64 {
    queries.iter().zip(ranked).map(|(query, ranked)| query.ndcg(ranked)).sum::<f64>()
        / queries.len().max(1) as f64
}
