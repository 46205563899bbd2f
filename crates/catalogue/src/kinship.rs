//! Records that are like others: by their words, and as answers to a need.

use crate::analysis::Memory;
use crate::card::Card;
use crate::codes::ADOPTION;
use crate::codes::USE;
use crate::codes::code_term;
use crate::codes::reference_mark;
use crate::dictionary::Dictionary;
use crate::edition::Edition;
use crate::found::Match;
use crate::found::Reason;
use crate::found::Similar;
use crate::found::Used;
use crate::index::Catalogue;
use crate::index::FindError;
use crate::plan::Answer;
use crate::plan::Group;
use crate::plan::Leaf;
use crate::plan::Place;
use crate::query::Filters;
use crate::query::LIMIT_MAX;
use crate::sift::Candidate;
use crate::sift::score;
use crate::snippet::Sights;
use crate::weights::Weights;
use crate::word::places;
use record::kind::Lang;
use record::name::Name;
use record::statement::RecordId;
use std::collections::BTreeMap;
use tantivy::Term;
use tantivy::collector::Count;
use tantivy::collector::DocSetCollector;
use tantivy::query::BooleanQuery;
use tantivy::query::Occur;
use tantivy::query::Query as Ask;
use tantivy::query::TermQuery;
use tantivy::schema::IndexRecordOption;

/// Words by which a record is told from others, at most.
const WORDS_MAX: usize = 25;
/// Of a record's text so much is read for that, in bytes.
const TEXT_BYTES_MAX: usize = 8 * 1024;
/// A word in the title counts as so many elsewhere.
const TITLE_TIMES: u32 = 3;
/// Shared words that are shown as the reason.
const SHARED_MAX: usize = 6;
/// Candidates that are weighed for matches.
const CANDIDATES: usize = 60;
/// Adoptions that are read to tell what similar municipalities use.
const ADOPTIONS_MAX: usize = 2_000;
/// Publishers that are asked about at once.
const PUBLISHERS_MAX: usize = 500;
/// What is added for each reason, in thousandths of what the words give.
const SUPPORTS_ADD: u64 = 500;
const FIELD_ADD: u64 = 150;
const CLASS_ADD: u64 = 100;
const LAND_ADD: u64 = 50;
/// The kinds that answer a need.
const ANSWERS: [&str; 5] = ["solution", "offer", "measure", "guide", "training"];
const NEED: &str = "need";

/// A telling word of a record: its term, its language, and as it is written there.
struct Telling {
    lang: Lang,
    term: String,
    spelled: String,
}

impl Catalogue {
    /// Records with the same telling words, most alike first; empty where there is no such record.
    pub fn similar(
        &self,
        publisher: &Name,
        record: RecordId,
        lang: Lang,
        limit: usize,
    ) -> Result<Vec<Similar>, FindError> {
        let searcher = self.searcher();
        let Some(own) = self.own(&searcher, publisher, record)? else { return Ok(Vec::new()) };
        let telling = self.telling(&searcher, &own)?;
        let limit = limit.min(LIMIT_MAX);
        let found = self.sharing(&searcher, &telling, &Filters::none(), limit + 1)?;
        let mut similar = Vec::new();
        for place in found {
            let card = self.card(&searcher, &place)?;
            if card.key() == own.key() || similar.len() >= limit {
                continue;
            }
            let shared = self.memories.lend(|memory| shared(&telling, &card, lang, memory));
            let mut hit = self.hit(&searcher, card, &Sights::default(), lang, &mut Memory::default())?;
            hit.score = score(place.rank);
            similar.push(Similar { hit, shared });
        }
        Ok(similar)
    }

    /// What answers a need, or the needs that a record answers, best first; empty for other kinds of records.
    pub fn matches(
        &self,
        publisher: &Name,
        record: RecordId,
        lang: Lang,
        limit: usize,
    ) -> Result<Vec<Match>, FindError> {
        let searcher = self.searcher();
        let Some(own) = self.own(&searcher, publisher, record)? else { return Ok(Vec::new()) };
        let mut filters = Filters::none();
        match own.kind.as_str() {
            NEED => ANSWERS.iter().for_each(|kind| filters.add("kind", kind)),
            kind if ANSWERS.contains(&kind) => filters.add("kind", NEED),
            _ => return Ok(Vec::new()),
        }
        let telling = self.telling(&searcher, &own)?;
        let mut weighed: Vec<(u64, Card, Vec<Reason>)> = Vec::new();
        for place in self.sharing(&searcher, &telling, &filters, CANDIDATES)? {
            let card = self.card(&searcher, &place)?;
            let (added, reasons) = self.reasons(&searcher, &own, &card, &telling, lang)?;
            weighed.push((place.rank.saturating_mul(1_000 + added) / 1_000, card, reasons));
        }
        weighed
            .sort_by(|(a, a_card, _), (b, b_card, _)| b.cmp(a).then_with(|| a_card.key().cmp(&b_card.key())));
        let mut matches = Vec::new();
        for (rank, card, reasons) in weighed.into_iter().take(limit.min(LIMIT_MAX)) {
            let mut hit = self.hit(&searcher, card, &Sights::default(), lang, &mut Memory::default())?;
            hit.score = score(rank);
            matches.push(Match { hit, reasons });
        }
        Ok(matches)
    }

    /// What these municipalities use: what most of them use first, then in the order of the names.
    pub fn used_by(&self, publishers: &[Name], lang: Lang, limit: usize) -> Result<Vec<Used>, FindError> {
        let searcher = self.searcher();
        let publishers = publishers.get(..PUBLISHERS_MAX).unwrap_or(publishers);
        let is = |code: &str| -> Box<dyn Ask> {
            let term = Term::from_field_text(self.fields.codes, code);
            Box::new(TermQuery::new(term, IndexRecordOption::Basic))
        };
        let any = publishers.iter().map(|name| (Occur::Should, is(&code_term("publisher", name.as_str()))));
        let ask = BooleanQuery::new(vec![
            (Occur::Must, is(&code_term("kind", ADOPTION))),
            (Occur::Must, Box::new(BooleanQuery::new(any.collect()))),
        ]);
        let mut found: Vec<_> = searcher.search(&ask, &DocSetCollector)?.into_iter().collect();
        found.sort();
        let mut adopted: BTreeMap<String, Vec<Name>> = BTreeMap::new();
        for address in found.into_iter().take(ADOPTIONS_MAX) {
            let card = self.card(&searcher, &Candidate::at(address.segment_ord as usize, address.doc_id))?;
            let Some(by) = publishers.iter().find(|name| name.as_str() == card.publisher) else { continue };
            for target in card.adopts {
                adopted.entry(target).or_default().push(by.clone());
            }
        }
        let mut adopted: Vec<(String, Vec<Name>)> = adopted.into_iter().collect();
        for (_, by) in &mut adopted {
            by.sort_by_key(|name| publishers.iter().position(|other| other == name));
            by.dedup();
        }
        adopted.sort_by(|(a, a_by), (b, b_by)| b_by.len().cmp(&a_by.len()).then_with(|| a.cmp(b)));
        let mut used = Vec::new();
        for (target, by) in adopted {
            if used.len() >= limit.min(LIMIT_MAX) {
                break;
            }
            let Some(place) = self.place(&searcher, &target)? else { continue };
            let card = self.card(&searcher, &place)?;
            let hit = self.hit(&searcher, card, &Sights::default(), lang, &mut Memory::default())?;
            used.push(Used { hit, by });
        }
        Ok(used)
    }

    fn own(&self, searcher: &Edition, publisher: &Name, record: RecordId) -> Result<Option<Card>, FindError> {
        match self.place(searcher, &format!("{publisher}/{record}"))? {
            Some(place) => self.card(searcher, &place).map(Some),
            None => Ok(None),
        }
    }

    /// The words of a record that say most about it: often here and seldom elsewhere.
    fn telling(&self, searcher: &Edition, card: &Card) -> Result<Vec<Telling>, FindError> {
        let mut counts: BTreeMap<(Lang, String), (u32, String)> = BTreeMap::new();
        let mut memory = Memory::default();
        for lang in [Lang::De, Lang::En] {
            for (part, text) in card.own_texts(lang).into_iter().enumerate() {
                let times = if part == 0 { TITLE_TIMES } else { 1 };
                let text = text.get(..text.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or_default();
                for (from, to) in places(text) {
                    let raw = text.get(from..to).unwrap_or_default();
                    memory.with(raw, lang, |terms| {
                        for term in terms.iter().filter(|term| term.len() > 2) {
                            let place = counts.entry((lang, term.to_owned()));
                            place.or_insert_with(|| (0, raw.to_owned())).0 += times;
                        }
                    });
                }
            }
        }
        let dictionary = Dictionary::of(searcher);
        let all = searcher.num_docs().max(1) as f64;
        let mut weighed: Vec<(u64, Telling)> = Vec::new();
        for ((lang, term), (times, spelled)) in counts {
            let count = dictionary.count(self.fields.body.of(lang), &term)?
                + dictionary.count(self.fields.title.of(lang), &term)?;
            // What stands in this record only finds no other.
            if count < 2 {
                continue;
            }
            let rare = (all / count as f64).ln().max(0.1);
            let weight = (rare * f64::from(times).sqrt() * 1e6).round() as u64;
            weighed.push((weight, Telling { lang, term, spelled }));
        }
        weighed.sort_by(|(a, a_word), (b, b_word)| b.cmp(a).then_with(|| a_word.term.cmp(&b_word.term)));
        Ok(weighed.into_iter().take(WORDS_MAX).map(|(_, word)| word).collect())
    }

    /// The records that have most of these words.
    fn sharing(
        &self,
        searcher: &Edition,
        telling: &[Telling],
        filters: &Filters,
        keep: usize,
    ) -> Result<Vec<Candidate>, FindError> {
        if telling.is_empty() {
            return Ok(Vec::new());
        }
        let leaf = |word: &Telling, field, place| Leaf {
            field,
            text: word.term.clone(),
            place,
            weight: 1.0,
            is_base: true,
        };
        let answers = telling.iter().map(|word| {
            let set = vec![
                leaf(word, self.fields.title.of(word.lang), Place::Title),
                leaf(word, self.fields.body.of(word.lang), Place::Body),
            ];
            Answer { groups: vec![Group { weight: 1.0, sets: vec![set], is_whole: false }] }
        });
        let weights = Weights { alone: 0.1, titled: 0.0, ..Weights::default() };
        self.best(searcher, answers.collect(), filters, &weights, keep)
    }

    /// Why two records match, the weightiest reason first, and what that adds in thousandths.
    fn reasons(
        &self,
        searcher: &Edition,
        own: &Card,
        other: &Card,
        telling: &[Telling],
        lang: Lang,
    ) -> Result<(u64, Vec<Reason>), FindError> {
        let mut added = 0;
        let mut reasons = Vec::new();
        let both =
            |a: &[String], b: &[String]| a.iter().filter(|one| b.contains(one)).cloned().collect::<Vec<_>>();
        let supports = both(&own.supports, &other.supports);
        if !supports.is_empty() {
            added += SUPPORTS_ADD;
            reasons.push(Reason::Supports(supports));
        }
        let words = self.memories.lend(|memory| shared(telling, other, lang, memory));
        if !words.is_empty() {
            reasons.push(Reason::Words(words));
        }
        let fields = both(&own.action_fields, &other.action_fields);
        if !fields.is_empty() {
            added += FIELD_ADD * fields.len() as u64;
            reasons.push(Reason::ActionFields(fields));
        }
        let (need, answer) = if own.kind == NEED { (own, other) } else { (other, own) };
        if let Some(class) = &need.population_class {
            let count = self.adopted_by_class(searcher, &answer.key(), class)?;
            if count > 0 {
                added += CLASS_ADD;
                reasons.push(Reason::AdoptedByClass(class.clone(), count));
            }
        }
        let land = |card: &Card| card.publisher.split('.').next().unwrap_or_default().to_owned();
        if land(own) == land(other) {
            added += LAND_ADD;
            reasons.push(Reason::Land(land(own)));
        }
        Ok((added, reasons))
    }

    /// How many municipalities of a population class say that they use a record.
    fn adopted_by_class(&self, searcher: &Edition, key: &str, class: &str) -> Result<u64, FindError> {
        let term = |field, text: String| -> (Occur, Box<dyn Ask>) {
            let term = Term::from_field_text(field, &text);
            (Occur::Must, Box::new(TermQuery::new(term, IndexRecordOption::Basic)))
        };
        let ask = BooleanQuery::new(vec![
            term(self.fields.marks, reference_mark(USE, key)),
            term(self.fields.codes, code_term("population_class", class)),
        ]);
        Ok(searcher.search(&ask, &Count)? as u64)
    }
}

/// The telling words that a record has as well, as they are written in the first one; a record that speaks the
/// reader's language gives its words in no other.
fn shared(telling: &[Telling], card: &Card, reader: Lang, memory: &mut Memory) -> Vec<String> {
    let mut has: BTreeMap<(Lang, String), ()> = BTreeMap::new();
    for lang in [Lang::De, Lang::En] {
        for text in card.own_texts(lang) {
            let text = text.get(..text.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or_default();
            for (from, to) in places(text) {
                memory.with(text.get(from..to).unwrap_or_default(), lang, |terms| {
                    has.extend(terms.iter().map(|term| ((lang, term.to_owned()), ())));
                });
            }
        }
    }
    let is_read = telling.iter().any(|word| word.lang == reader);
    let read = telling.iter().filter(|word| !is_read || word.lang == reader);
    let mut shared: Vec<String> = Vec::new();
    for word in read.filter(|word| has.contains_key(&(word.lang, word.term.clone()))) {
        if !shared.contains(&word.spelled) {
            shared.push(word.spelled.clone());
        }
    }
    shared.truncate(SHARED_MAX);
    shared
}
