//! As many records as wanted: each is one of the real texts of `../shared/data`, as if one more municipality had done
//! that, with its name in the title and a sentence of another text. So words, compounds and fill words come as often,
//! and as often together, as in what people write.

use crate::cases::Cases;
use crate::cases::Judged;
use catalogue::change::Change;
use record::kind::vocabularies;
use record::moment::Moment;
use record::statement::Content;
use record::statement::RecordId;
use record::statement::Said;
use record::value::Map;
use record::value::Value;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

/// Texts of a record in the bench of ingest: 2 KiB with envelope and codes.
pub(crate) const LONG_BYTES: usize = 1_900;
/// Every so many records another one is revised.
const REVISED_EACH: u32 = 50;
/// Words of a query at most.
const WORDS_MAX: usize = 3;

/// What records are put together from.
#[derive(Debug)]
pub(crate) struct Corpus {
    titles: Vec<String>,
    tags: Vec<String>,
    sentences: Vec<String>,
    texts: Vec<String>,
    places: Vec<Place>,
    asked: Vec<String>,
    mistyped: Vec<String>,
    /// All texts have this length instead, in bytes.
    long: Option<usize>,
    state: u64,
}

/// A municipality.
#[derive(Debug)]
struct Place {
    name: String,
    land: String,
    ars: String,
}

impl Corpus {
    /// Nothing where the shared data is not laid out at all.
    pub(crate) fn read(cases: &Cases, long: Option<usize>) -> Result<Corpus, Box<dyn Error>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
        let mut titles: Vec<String> = cases.docs.iter().map(|doc| doc.title.clone()).collect();
        let mut texts: Vec<String> = cases.docs.iter().map(|doc| doc.text.clone()).collect();
        for line in std::fs::read_to_string(folder.join("texts-de.jsonl"))?.lines() {
            let json: serde_json::Value = serde_json::from_str(line)?;
            let text =
                |key: &str| json.get(key).and_then(|text| text.as_str()).unwrap_or_default().to_owned();
            titles.push(text("title"));
            texts.push(text("text"));
        }
        let mut places = Vec::new();
        for line in std::fs::read_to_string(folder.join("gemeinden.csv"))?.lines().skip(1) {
            let quoted = line.split('"').nth(1);
            let cells: Vec<&str> = line.split(',').collect();
            let (Some(ars), Some(name)) = (cells.get(1), quoted.or(cells.get(2).copied())) else { continue };
            let name = name.split(',').next().unwrap_or_default().to_owned();
            let land =
                LANDS.get(ars.get(..2).unwrap_or_default().parse::<usize>()?).ok_or("an unknown Land")?;
            places.push(Place { name, land: (*land).to_owned(), ars: (*ars).to_owned() });
        }
        let sentences = |text: &String| -> Vec<String> {
            text.split_inclusive(". ").map(|sentence| sentence.trim().to_owned()).collect()
        };
        let [(_, staff), (_, mistyped), (_, umlaut), _] = cases.sets();
        let short = |queries: &[Judged]| -> Vec<String> {
            let texts = queries.iter().map(|query| query.text.clone());
            texts.filter(|text| text.split(' ').count() <= WORDS_MAX).collect()
        };
        Ok(Corpus {
            tags: cases.docs.iter().flat_map(|doc| doc.tags.clone()).collect(),
            sentences: texts.iter().flat_map(sentences).filter(|sentence| !sentence.is_empty()).collect(),
            asked: [short(staff), short(umlaut)].concat(),
            mistyped: short(mistyped),
            titles,
            texts,
            places,
            long,
            state: 0x9e37_79b9_7f4a_7c15,
        })
    }

    /// xorshift64*, seeded: the same records in every run.
    fn dice(&mut self) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16) as usize
    }

    fn one(&mut self, of: impl Fn(&Corpus) -> &Vec<String>) -> String {
        let at = self.dice();
        let all = of(self);
        all.get(at % all.len().max(1)).cloned().unwrap_or_default()
    }

    /// One of the codes of a vocabulary.
    fn code(&mut self, vocabulary: &str) -> String {
        let at = self.dice();
        let terms = vocabularies()
            .iter()
            .find(|known| known.name == vocabulary)
            .map_or(&[][..], |known| &known.terms);
        terms.get(at % terms.len().max(1)).map_or(String::new(), |term| term.code.clone())
    }

    /// The change that brings record `number`, and now and then the next version of an earlier one.
    pub(crate) fn changes(&mut self, number: u32) -> Result<Vec<Change>, Box<dyn Error>> {
        let mut changes = vec![Change::Stands(Arc::new(self.content(number, 1)?))];
        if number % REVISED_EACH == REVISED_EACH - 1 {
            let earlier = self.dice() as u32 % number;
            changes.push(Change::Stands(Arc::new(self.content(earlier, 2)?)));
        }
        Ok(changes)
    }

    fn content(&mut self, number: u32, version: u64) -> Result<Content, Box<dyn Error>> {
        let german = |text: String| Value::Map(Map::from([("de".to_owned(), text.into())]));
        // Whose record it is follows from its number, so that a revision is of the same one.
        let at = number as usize * 7_919 % self.places.len().max(1);
        let place = self.places.get(at).ok_or("there are no municipalities")?;
        let (name, ars) = (place.name.clone(), place.ars.clone());
        let publisher = format!("{}.ort-{at}", place.land);
        let at = self.dice() % self.titles.len().max(1);
        let title = format!("{} in {name}", self.titles.get(at).ok_or("there are no texts")?);
        let mut text = self.texts.get(at).ok_or("there are no texts")?.clone();
        let summary = self.one(|all| &all.sentences);
        while text.len() < self.long.unwrap_or_default() {
            text.push(' ');
            text.push_str(&self.one(|all| &all.sentences));
        }
        let fields = vec![self.code("action-field").into(), self.code("action-field").into()];
        let body = Map::from([
            ("title".to_owned(), german(title)),
            ("summary".to_owned(), german(summary)),
            ("description".to_owned(), german(text)),
            ("action_fields".to_owned(), fields.into()),
            ("phase".to_owned(), self.code("phase").into()),
            ("population_class".to_owned(), self.code("population-class").into()),
            ("evidence_level".to_owned(), self.code("evidence-level").into()),
            ("stage".to_owned(), vec![Value::Uint(self.dice() as u64 % 4 + 1)].into()),
            (
                "keywords".to_owned(),
                vec![Value::from(self.one(|all| &all.tags)), self.one(|all| &all.tags).into()].into(),
            ),
            ("area".to_owned(), vec![Value::from(ars)].into()),
            ("valid_until".to_owned(), "2028-01-31".into()),
        ]);
        Ok(Content {
            publisher: publisher.parse()?,
            record: RecordId::v7(u64::from(number) + 1, [7; 10]),
            kind: "measure".parse()?,
            schema: 1,
            epoch: 1,
            version,
            issued: Moment::from_seconds(1_700_000_000 + u64::from(number) * 60)
                .ok_or("beyond the year 9999")?,
            said: Said::Body(body),
        })
    }

    /// A query of up to three words as staff asked it, with one typing error.
    pub(crate) fn mistyped(&mut self) -> String {
        self.one(|all| &all.mistyped)
    }

    /// A query of one to three words: every other one as staff asked, the others from a title.
    pub(crate) fn query(&mut self, number: usize) -> String {
        if number.is_multiple_of(2) {
            return self.one(|all| &all.asked);
        }
        let title = self.one(|all| &all.titles);
        let words: Vec<&str> = title.split_whitespace().filter(|word| word.len() > 3).collect();
        let from = self.dice() % words.len().max(1);
        let words: Vec<&str> = words.into_iter().skip(from).take(1 + number / 2 % WORDS_MAX).collect();
        words.join(" ")
    }
}

/// By the first two digits of a regional key.
const LANDS: [&str; 17] =
    ["", "sh", "hh", "ni", "hb", "nw", "he", "rp", "bw", "by", "sl", "be", "bb", "mv", "sn", "st", "th"];
