//! Finding: from a query to the hits of one page.

use crate::analysis::Memory;
use crate::card::Card;
use crate::codes::USE;
use crate::codes::reference_mark;
use crate::correct::Corrected;
use crate::correct::correct;
use crate::cursor::Cursor;
use crate::dictionary::Dictionary;
use crate::edition::Edition;
use crate::entry::key;
use crate::fields::Fields;
use crate::found::Correction;
use crate::found::Foreign;
use crate::found::Found;
use crate::found::Hit;
use crate::index::Catalogue;
use crate::index::FindError;
use crate::plan::Answer;
use crate::plan::Planner;
use crate::query::Days;
use crate::query::Filters;
use crate::query::LIMIT_MAX;
use crate::query::OFFSET_MAX;
use crate::query::Order;
use crate::query::Query;
use crate::scan::Score;
use crate::sift::Candidate;
use crate::sift::Sieve;
use crate::sift::Sifted;
use crate::sift::in_order;
use crate::sift::score;
use crate::snippet::Sights;
use crate::snippet::cut;
use crate::stem::stem;
use crate::synonyms::Synonyms;
use crate::walk::docs;
use crate::wanted::Sought;
use crate::wanted::Wanted;
use crate::weights::Weights;
use crate::word::words;
use record::kind::Lang;
use record::moment::Moment;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::PoisonError;
use tantivy::DocAddress;
use tantivy::DocId;
use tantivy::TantivyDocument;
use tantivy::query::TermQuery;
use tantivy::schema::IndexRecordOption;
use tantivy::schema::Value as _;

const DAY_SECONDS: u64 = 86_400;
/// What a rank is multiplied by when nothing is added.
const THOUSAND: u64 = 1_000;

/// A query made ready: what is looked for, and what was corrected.
struct Ready {
    wanted: Wanted,
    answers: Vec<Answer>,
    /// By place of the word.
    corrected: BTreeMap<usize, Corrected>,
}

impl Ready {
    fn asked(&self) -> (&Wanted, &[Answer]) {
        (&self.wanted, &self.answers)
    }
}

impl Catalogue {
    /// Finds records. What was typed is never an error.
    pub fn find(&self, query: &Query) -> Result<Found, FindError> {
        self.find_weighted(query, &Weights::default())
    }

    /// Finds records by other weights than those that all nodes use.
    pub fn find_weighted(&self, query: &Query, weights: &Weights) -> Result<Found, FindError> {
        let found = self.memories.lend(|memory| self.found(query, weights, memory));
        found.inspect_err(|_| self.note_damage())
    }

    fn found(&self, query: &Query, weights: &Weights, memory: &mut Memory) -> Result<Found, FindError> {
        let searcher = self.searcher();
        let ready = self.ready(&searcher, query, weights)?;
        let limit = query.limit.min(LIMIT_MAX);
        let mut sifted = self.sift(&searcher, &ready, query, weights)?;
        let skip = if query.after.is_some() { 0 } else { query.offset.min(OFFSET_MAX) };
        let places: Vec<Candidate> = sifted.best.drain(..).skip(skip).take(limit + 1).collect();
        let more = places.len() > limit;
        let sights = Sights::of(&self.fields, &ready.answers);
        let mut hits = Vec::new();
        let mut last = None;
        for place in places.iter().take(limit) {
            let card = self.card(&searcher, place)?;
            last = Some(Cursor { rank: place.rank, second: place.second, key: card.key() });
            let mut hit = self.hit(&searcher, card, &sights, query.lang, memory)?;
            hit.words_met = place.words as usize;
            hit.score = score(place.rank);
            hits.push(hit);
        }
        let facets = sifted.facets(&self.book, &searcher.codes);
        let (words, correction) = self.told(&searcher, query, &ready, places.first())?;
        let next = last.filter(|_| more);
        Ok(Found { total: sifted.total, hits, facets, correction, words, next })
    }

    /// Reads the query; words that nobody wrote are corrected.
    fn ready(&self, searcher: &Edition, query: &Query, weights: &Weights) -> Result<Ready, FindError> {
        let mut wanted = Wanted::read(&query.text, query.lang);
        let synonyms = self.synonyms();
        let dictionary = Dictionary::of(searcher);
        let planner = Planner { fields: &self.fields, weights, synonyms: &synonyms, dictionary: &dictionary };
        let mut answers = planner.answers(&wanted)?;
        let mut corrected = BTreeMap::new();
        if !query.verbatim {
            let score = Score::of(searcher, &answers, weights)?;
            // Where only a part of a word is known, the rest may be mistyped.
            let is_known = |(at, word): (usize, &Sought)| match (word.parts.is_empty(), word.is_covered) {
                (true, _) => score.answers(at, false),
                (false, true) => score.answers(at, true),
                (false, false) => score.has_whole(at),
            };
            let words = wanted.words.iter().enumerate();
            let missing: Vec<usize> = words.filter(|word| !is_known(*word)).map(|(at, _)| at).collect();
            drop(score);
            for at in missing {
                let Some(word) = wanted.words.get_mut(at) else { continue };
                let Some(better) = correct(&dictionary, &self.fields, &synonyms, word, query.lang)? else {
                    continue;
                };
                *word = better.word.clone();
                corrected.insert(at, better);
            }
            if !corrected.is_empty() {
                answers = planner.answers(&wanted)?;
            }
        }
        Ok(Ready { wanted, answers, corrected })
    }

    /// The one pass: scores, filters, counts, and the best places in order, behind the cursor if there is one.
    fn sift(
        &self,
        searcher: &Edition,
        ready: &Ready,
        query: &Query,
        weights: &Weights,
    ) -> Result<Sifted, FindError> {
        let filters = merged(&query.filters, &ready.wanted.filters);
        let has_words = ready.wanted.has_words();
        let order = (query.order, has_words);
        let sieve = Sieve::new(&self.book, &filters, &query.days, query.now, order);
        let by_relevance = has_words && query.order == Order::Best;
        let reach = query.offset.min(OFFSET_MAX) + query.limit.min(LIMIT_MAX) + 1;
        let keep = if by_relevance { reach.max(weights.window) } else { reach };
        // The best hits are put in order among themselves, so a cursor says nothing before that is done.
        let after = query.after.as_ref().filter(|_| !by_relevance);
        let mut sifted = self.walk(searcher, ready.asked(), (&sieve, weights), (after, keep))?;
        if by_relevance {
            self.weigh(searcher, &mut sifted.best, query.now, weights)?;
            if let Some(cursor) = &query.after {
                self.behind(searcher, ready, (&sieve, weights), (cursor, keep), &mut sifted)?;
            }
        }
        Ok(sifted)
    }

    /// The best records that answer these words, and pass the filters, without regard to age and evidence.
    pub(crate) fn best(
        &self,
        searcher: &Edition,
        answers: Vec<Answer>,
        filters: &Filters,
        weights: &Weights,
        keep: usize,
    ) -> Result<Vec<Candidate>, FindError> {
        let order = (Order::Best, true);
        let sieve = Sieve::new(&self.book, filters, &Days::default(), None, order);
        let asked = (&Wanted::default(), answers.as_slice());
        Ok(self.walk(searcher, asked, (&sieve, weights), (None, keep))?.best)
    }

    /// Where a standing record is, by its publisher and id with a slash between; nowhere where it is none of these.
    pub(crate) fn place(&self, searcher: &Edition, name: &str) -> Result<Option<Candidate>, FindError> {
        let Some((publisher, record)) = name.split_once('/') else { return Ok(None) };
        let Ok(record) = record.parse() else { return Ok(None) };
        let term = key(&self.fields, publisher, record);
        for (at, segment) in searcher.segment_readers().iter().enumerate() {
            let ask = TermQuery::new(term.clone(), IndexRecordOption::Basic);
            let found = docs(searcher, segment, &ask)?;
            if let Some(doc) = found.into_iter().find(|doc| !segment.is_deleted(*doc)) {
                return Ok(Some(Candidate::at(at, doc)));
            }
        }
        Ok(None)
    }

    /// Orders the best hits among themselves by evidence and age, both mild. They only ever gain, so what follows
    /// them stays behind them.
    fn weigh(
        &self,
        searcher: &Edition,
        best: &mut [Candidate],
        now: Option<Moment>,
        weights: &Weights,
    ) -> Result<(), FindError> {
        let window = best.len().min(weights.window);
        let Some(best) = best.get_mut(..window) else { return Ok(()) };
        let dictionary = Dictionary::of(searcher);
        for place in best.iter_mut() {
            let Some(Some(roll)) = searcher.rolls.get(place.segment) else { continue };
            let (publisher, record) = roll.name(place.doc);
            let key = format!("{publisher}/{record}");
            let told = named_by(&dictionary, &self.fields, "adoption", &key)?
                + named_by(&dictionary, &self.fields, "assessment", &key)?;
            let steps = (roll.evidence(place.doc) + told).min(weights.evidence_steps_max);
            let issued = roll.issued(place.doc);
            let age = now.map(|now| now.seconds().saturating_sub(issued) / DAY_SECONDS);
            let young = age.map_or(0, |age| weights.recency_days.saturating_sub(age));
            let added = steps * weights.evidence_thousandths
                + young * weights.recency_thousandths / weights.recency_days.max(1);
            place.rank = place.rank.saturating_mul(THOUSAND + added) / THOUSAND;
        }
        in_order(best, &searcher.rolls);
        Ok(())
    }

    /// What comes after a cursor: the rest of the best hits, or else what the pass finds behind it.
    fn behind(
        &self,
        searcher: &Edition,
        ready: &Ready,
        with: (&Sieve, &Weights),
        (cursor, keep): (&Cursor, usize),
        sifted: &mut Sifted,
    ) -> Result<(), FindError> {
        let mut rest = Vec::new();
        let window = with.1.window;
        for (at, place) in sifted.best.iter().enumerate().take(window) {
            let own = (place.rank, place.second);
            let wanted = (cursor.rank, cursor.second);
            let is_behind = match own.cmp(&wanted) {
                std::cmp::Ordering::Less => true,
                std::cmp::Ordering::Greater => false,
                std::cmp::Ordering::Equal => {
                    let roll = searcher.rolls.get(place.segment).and_then(Option::as_ref);
                    roll.is_some_and(|roll| cursor.is_before(roll.name(place.doc)))
                }
            };
            if is_behind {
                rest.extend(sifted.best.get(at..).unwrap_or_default());
                break;
            }
        }
        if rest.is_empty() {
            rest = self.walk(searcher, ready.asked(), with, (Some(cursor), keep + window))?.best;
            let best: Vec<(usize, DocId)> =
                sifted.best.iter().take(window).map(|place| (place.segment, place.doc)).collect();
            rest.retain(|place| !best.contains(&(place.segment, place.doc)));
        }
        sifted.best = rest;
        Ok(())
    }

    /// The words that were looked for as people write them, and what was corrected.
    fn told(
        &self,
        searcher: &Edition,
        query: &Query,
        ready: &Ready,
        best: Option<&Candidate>,
    ) -> Result<(Vec<String>, Option<Correction>), FindError> {
        let mut instead = query.text.clone();
        let mut told = Vec::new();
        for (at, word) in ready.wanted.scored().enumerate() {
            let Some(better) = ready.corrected.get(&at) else {
                told.push(word.typed.clone());
                continue;
            };
            let spelled = match best.filter(|_| !better.is_sure) {
                Some(best) => self.card(searcher, best).map(|card| spelled(&card, word))?,
                None => None,
            };
            let better = spelled.unwrap_or_else(|| better.shown.clone());
            instead = instead.replacen(&word.typed, &better, 1);
            told.push(better);
        }
        let correction = (!ready.corrected.is_empty() && best.is_some())
            .then(|| Correction { typed: query.text.clone(), instead });
        Ok((told, correction))
    }

    /// What a hit shows.
    pub(crate) fn hit(
        &self,
        searcher: &Edition,
        card: Card,
        sights: &Sights,
        lang: Lang,
        memory: &mut Memory,
    ) -> Result<Hit, FindError> {
        let snippet = [
            (card.body.say(lang), lang, card.body.foreign(lang, lang)),
            (card.body.say(lang.other()), lang.other(), card.body.foreign(lang.other(), lang)),
            (card.summary.say(lang), lang, card.summary.foreign(lang, lang)),
        ]
        .into_iter()
        .map(|(text, lang, foreign)| (cut(text, sights, lang, memory), foreign))
        .find(|(snippet, _)| !snippet.is_empty());
        let (snippet, snippet_lang) = snippet.unwrap_or_default();
        let foreign = Foreign {
            title: card.title.foreign(lang, lang).map(str::to_owned),
            summary: card.summary.foreign(lang, lang).map(str::to_owned),
            snippet: snippet_lang.map(str::to_owned),
        };
        let dictionary = Dictionary::of(searcher);
        let key = card.key();
        let adoptions = named_by(&dictionary, &self.fields, "adoption", &key)?;
        let users = named_by(&dictionary, &self.fields, USE, &key)?;
        let assessments = named_by(&dictionary, &self.fields, "assessment", &key)?;
        let damaged = |what: &dyn std::fmt::Display| FindError::Card(what.to_string());
        Ok(Hit {
            publisher: card.publisher.parse().map_err(|error: record::name::NameError| damaged(&error))?,
            record: card.record.parse().map_err(|error: record::statement::RecordIdError| damaged(&error))?,
            kind: card.kind,
            title: card.title.say(lang).to_owned(),
            summary: card.summary.say(lang).to_owned(),
            foreign,
            snippet,
            action_fields: card.action_fields,
            area: card.area,
            issued: Moment::from_seconds(card.issued)
                .ok_or_else(|| damaged(&"the moment of signing lies beyond the year 9999"))?,
            valid_until: card.valid_until,
            begins: card.begins,
            ends: card.ends,
            adoptions,
            users,
            assessments,
            words_met: 0,
            score: 0.0,
        })
    }

    pub(crate) fn card(&self, searcher: &Edition, place: &Candidate) -> Result<Card, FindError> {
        let segment = u32::try_from(place.segment).unwrap_or(u32::MAX);
        let stored: TantivyDocument = searcher.doc(DocAddress::new(segment, place.doc))?;
        let text = stored.get_first(self.fields.card).and_then(|card| card.as_str()).unwrap_or_default();
        serde_json::from_str(text).map_err(|error| FindError::Card(error.to_string()))
    }

    pub(crate) fn synonyms(&self) -> Arc<Synonyms> {
        Arc::clone(&self.synonyms.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How many standing records of a kind refer to a record.
fn named_by(dictionary: &Dictionary, fields: &Fields, kind: &str, key: &str) -> Result<u64, FindError> {
    Ok(dictionary.count(fields.marks, &reference_mark(kind, key))?)
}

/// A word of the record that has the stem that was found instead.
fn spelled(card: &Card, word: &Sought) -> Option<String> {
    [Lang::De, Lang::En].into_iter().find_map(|lang| {
        let sought = word.stem(lang)?;
        card.texts(lang)
            .into_iter()
            .flat_map(words)
            .find_map(|word| (stem(&word.folded, lang).as_deref() == Some(sought)).then_some(word.spelled))
    })
}

/// What was chosen and what was typed.
fn merged(chosen: &Filters, typed: &Filters) -> Filters {
    let mut merged = chosen.clone();
    for (facet, codes) in typed.iter() {
        codes.iter().for_each(|code| merged.add(facet, code));
    }
    merged
}
