//! The words of all records: how many have each, which begin alike, and which are spelled nearly alike.
//!
//! What was replaced or removed counts no more, even where its bytes still stand in a segment: what is answered
//! follows from the records that stand, and from nothing else.

use crate::edition::Edition;
use crate::edition::Standing;
use std::collections::BTreeMap;
use std::sync::Arc;
use tantivy::SegmentReader;
use tantivy::Term;
use tantivy::postings::TermInfo;
use tantivy::query::FuzzyTermQuery;
use tantivy::schema::Field;
use tantivy::schema::IndexRecordOption;

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

    /// Where a term stands; remembered until the next change, as the words of one search come again in the next.
    pub(crate) fn standing(&self, field: Field, text: &str) -> tantivy::Result<Arc<Standing>> {
        self.edition.remember(field, text, || self.look(field, text))
    }

    fn look(&self, field: Field, text: &str) -> tantivy::Result<Standing> {
        let term = Term::from_field_text(field, text);
        let mut found = Standing::default();
        for segment in self.edition.segment_readers() {
            let place = segment.inverted_index(field)?.get_term_info(&term)?;
            if let Some(about) = &place {
                found.count += standing(segment, field, about)?;
            }
            found.places.push(place);
        }
        Ok(found)
    }

    /// Words of these fields that begin with this and go on, the most frequent first.
    pub(crate) fn longer(
        &self,
        fields: &[Field],
        beginning: &str,
        limit: usize,
    ) -> tantivy::Result<Vec<String>> {
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        for field in fields {
            let mut of_field: BTreeMap<String, Vec<(&SegmentReader, TermInfo)>> = BTreeMap::new();
            for segment in self.edition.segment_readers() {
                let index = segment.inverted_index(*field)?;
                let mut terms = index.terms().range().gt(beginning).into_stream()?;
                for _ in 0..SCANNED_MAX {
                    let Some((term, about)) = terms.next() else { break };
                    let Ok(term) = std::str::from_utf8(term) else { break };
                    if !term.starts_with(beginning) {
                        break;
                    }
                    of_field.entry(term.to_owned()).or_default().push((segment, about.clone()));
                }
            }
            // Of each segment the first so many were read, so the first so many of all are among them.
            for (term, places) in of_field.into_iter().take(SCANNED_MAX) {
                let mut count = 0;
                for (segment, about) in places {
                    count += standing(segment, *field, &about)?;
                }
                if count > 0 {
                    *found.entry(term).or_default() += count;
                }
            }
        }
        Ok(most_frequent(found).into_iter().take(limit).map(|(term, _)| term).collect())
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
            for segment in self.edition.segment_readers() {
                let index = segment.inverted_index(*field)?;
                let mut terms = index.terms().search(fuzzy.automaton()?).into_stream()?;
                for _ in 0..SCANNED_MAX {
                    let Some((term, about)) = terms.next() else { break };
                    let Ok(term) = std::str::from_utf8(term) else { continue };
                    let count = standing(segment, *field, about)?;
                    if count > 0 {
                        *found.entry(term.to_owned()).or_default() += count;
                    }
                }
            }
        }
        Ok(most_frequent(found))
    }
}

/// How many standing records of a segment have a term.
fn standing(segment: &SegmentReader, field: Field, about: &TermInfo) -> tantivy::Result<u64> {
    let Some(alive) = segment.alive_bitset() else { return Ok(u64::from(about.doc_freq)) };
    let index = segment.inverted_index(field)?;
    let postings = index.read_postings_from_terminfo(about, IndexRecordOption::Basic)?;
    Ok(u64::from(postings.doc_freq_given_deletes(alive)))
}

fn most_frequent(found: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut found: Vec<(String, u64)> = found.into_iter().collect();
    found.sort_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then_with(|| a.cmp(b)));
    found
}
