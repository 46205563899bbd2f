//! The words of all records: how many have each, which begin alike, and which are spelled nearly alike.
//!
//! What was replaced or removed counts no more, even where its bytes still stand in a segment: what is answered
//! follows from the records that stand, and from nothing else.

use crate::bits::has;
use crate::edition::Edition;
use crate::edition::Standing;
use crate::sums::summed;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::BinaryHeap;
use std::sync::Arc;
use tantivy::Term;
use tantivy::postings::TermInfo;
use tantivy::query::FuzzyTermQuery;
use tantivy::schema::Field;
use tantivy::schema::IndexRecordOption;
use tantivy::termdict::TermMerger;

/// Words that are looked through for longer or nearly alike ones, at most.
const SCANNED_MAX: usize = 4_000;

/// The dictionaries of all segments together.
#[derive(Clone, Copy)]
pub(crate) struct Dictionary<'a> {
    edition: &'a Edition,
}

impl std::fmt::Debug for Dictionary<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dictionary").finish_non_exhaustive()
    }
}

impl<'a> Dictionary<'a> {
    pub(crate) fn of(edition: &'a Edition) -> Dictionary<'a> {
        Dictionary { edition }
    }

    /// How many standing records have a term.
    pub(crate) fn count(&self, field: Field, text: &str) -> tantivy::Result<u64> {
        self.look(field, text).map(|standing| standing.count)
    }

    /// Where a term stands.
    pub(crate) fn standing(&self, field: Field, text: &str) -> tantivy::Result<Arc<Standing>> {
        self.edition.terms.or_look(field, text, || self.look(field, text))
    }

    fn look(&self, field: Field, text: &str) -> tantivy::Result<Standing> {
        let term = Term::from_field_text(field, text);
        let mut found = Standing::default();
        for (at, segment) in self.edition.segment_readers().iter().enumerate() {
            let place = segment.inverted_index(field)?.get_term_info(&term)?;
            if let Some(about) = &place {
                found.count += self.standing_in(at, field, about)?;
            }
            found.places.push(place);
        }
        Ok(found)
    }

    /// Words of a text's title or body that begin with this and go on, the most frequent first.
    pub(crate) fn longer(
        &self,
        [title, body]: [Field; 2],
        beginning: &str,
        limit: usize,
    ) -> tantivy::Result<Arc<Vec<String>>> {
        self.edition.longer.or_look(title, beginning, || self.look_longer([title, body], beginning, limit))
    }

    fn look_longer(&self, fields: [Field; 2], beginning: &str, limit: usize) -> tantivy::Result<Vec<String>> {
        let mut found: Vec<(String, u64)> = Vec::new();
        for field in fields {
            let segments = self.edition.segment_readers().iter();
            let indexes: Vec<_> = segments.map(|one| one.inverted_index(field)).collect::<Result<_, _>>()?;
            let streams = indexes.iter().map(|index| index.terms().range().gt(beginning).into_stream());
            let mut terms = TermMerger::new(streams.collect::<Result<_, _>>()?);
            for _ in 0..SCANNED_MAX {
                if !terms.advance() || !terms.key().starts_with(beginning.as_bytes()) {
                    break;
                }
                let Ok(term) = std::str::from_utf8(terms.key()) else { break };
                let places = terms.current_segment_ords_and_term_infos();
                found.push((term.to_owned(), places.map(|(_, about)| u64::from(about.doc_freq)).sum()));
            }
        }
        summed(&mut found);
        self.most_standing(fields, found, limit)
    }

    /// The words that most standing records have. How many records of a segment ever had a word is known at once, and
    /// no fewer than those that stand; so only those are counted that may be among the most frequent.
    fn most_standing(
        &self,
        fields: [Field; 2],
        mut found: Vec<(String, u64)>,
        limit: usize,
    ) -> tantivy::Result<Vec<String>> {
        found.sort_by_key(|(_, at_most)| Reverse(*at_most));
        let mut counted = BTreeMap::new();
        let mut best: BinaryHeap<Reverse<u64>> = BinaryHeap::new();
        for (term, at_most) in found {
            if best.len() == limit && best.peek().is_none_or(|Reverse(least)| *least > at_most) {
                break;
            }
            let mut count = 0;
            for field in fields {
                count += self.standing(field, &term)?.count;
            }
            if count > 0 {
                counted.insert(term, count);
                best.push(Reverse(count));
                if best.len() > limit {
                    best.pop();
                }
            }
        }
        Ok(most_frequent(counted).into_iter().take(limit).map(|(term, _)| term).collect())
    }

    /// Words of these fields with at most so many typing errors against this one (0 to 2), the most frequent first,
    /// and how many records have them.
    pub(crate) fn near(
        &self,
        fields: &[Field],
        word: &str,
        errors: u8,
    ) -> tantivy::Result<Vec<(String, u64)>> {
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        for field in fields {
            let fuzzy = FuzzyTermQuery::new(Term::from_field_text(*field, word), errors, true);
            for (at, segment) in self.edition.segment_readers().iter().enumerate() {
                let index = segment.inverted_index(*field)?;
                let mut terms = index.terms().search(fuzzy.automaton()?).into_stream()?;
                for _ in 0..SCANNED_MAX {
                    let Some((term, about)) = terms.next() else { break };
                    let Ok(term) = std::str::from_utf8(term) else { continue };
                    let count = self.standing_in(at, *field, about)?;
                    if count > 0 {
                        *found.entry(term.to_owned()).or_default() += count;
                    }
                }
            }
        }
        Ok(most_frequent(found))
    }

    /// How many standing records of a segment have a term.
    fn standing_in(&self, at: usize, field: Field, about: &TermInfo) -> tantivy::Result<u64> {
        let (Some(segment), Some(Some(present))) =
            (self.edition.segment_readers().get(at), self.edition.present.get(at))
        else {
            return Ok(0);
        };
        if present.removed.is_empty() {
            return Ok(u64::from(about.doc_freq));
        }
        let index = segment.inverted_index(field)?;
        let mut block = index.read_block_postings_from_terminfo(about, IndexRecordOption::Basic)?;
        if present.removed.len() < about.doc_freq as usize {
            // Those that stand no more are fewer, and what lies between them need not be read.
            let mut count = u64::from(about.doc_freq);
            for doc in &present.removed {
                let place = block.seek(*doc);
                count -= u64::from(block.docs().get(place) == Some(doc));
            }
            return Ok(count);
        }
        let mut count = 0;
        while !block.docs().is_empty() {
            count += block.docs().iter().map(|doc| u64::from(has(&present.standing, *doc))).sum::<u64>();
            block.advance();
        }
        Ok(count)
    }
}

fn most_frequent(found: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut found: Vec<(String, u64)> = found.into_iter().collect();
    found.sort_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then_with(|| a.cmp(b)));
    found
}
