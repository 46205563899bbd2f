//! From what is wanted to what tantivy is asked.

use crate::fields::Fields;
use crate::query::Query;
use crate::wanted::Sought;
use crate::wanted::Wanted;
use record::kind::Lang;
use record::kind::kinds;
use std::collections::BTreeMap;
use tantivy::Searcher;
use tantivy::Term;
use tantivy::query::AllQuery;
use tantivy::query::BooleanQuery;
use tantivy::query::BoostQuery;
use tantivy::query::ConstScoreQuery;
use tantivy::query::DisjunctionMaxQuery;
use tantivy::query::EmptyQuery;
use tantivy::query::Occur;
use tantivy::query::PhraseQuery;
use tantivy::query::Query as Ask;
use tantivy::query::TermQuery;
use tantivy::schema::Field;
use tantivy::schema::IndexRecordOption;

/// How much a match in a second field adds to the best one.
const TIE: f32 = 0.3;
/// The weight of a longer word beside the word itself.
const BEGINNING_WEIGHT: f32 = 0.5;
/// Longer words that one beginning may stand for, the most frequent ones.
const BEGINNINGS_MAX: usize = 50;
/// Terms of one segment that are looked through for them.
const TERMS_SCANNED_MAX: usize = 4096;
/// What each further word that matches is worth. More than relevance usually gives, so that records
/// with more of the words come first.
const WORD_BONUS: f32 = 100.0;

/// Turns what is wanted and the filters into one question.
pub(crate) fn ask(
    searcher: &Searcher,
    fields: &Fields,
    wanted: &Wanted,
    query: &Query,
) -> tantivy::Result<Box<dyn Ask>> {
    let mut parts = vec![(Occur::Must, asked_words(searcher, fields, wanted)?)];
    let stage = query.stage.map(|stage| stage.to_string());
    let filters = [
        (fields.kind, &query.kind),
        (fields.action_field, &query.action_field),
        (fields.land, &query.land),
        (fields.publisher, &query.publisher),
        (fields.stage, &stage),
    ];
    for (field, code) in filters {
        if let Some(code) = code {
            let term = TermQuery::new(Term::from_field_text(field, code), IndexRecordOption::Basic);
            parts.push((Occur::Must, Box::new(ConstScoreQuery::new(Box::new(term), 0.0))));
        }
    }
    if query.kind.is_none() {
        parts.extend(hidden(fields));
    }
    for phrase in &wanted.excluded {
        parts.push((Occur::MustNot, asked_phrase(fields, phrase)));
    }
    Ok(Box::new(BooleanQuery::new(parts)))
}

/// What nodes say to each other is found by those who ask for it, and counts among no reader's hits.
pub(crate) fn hidden(fields: &Fields) -> Vec<(Occur, Box<dyn Ask>)> {
    let protocol = kinds().iter().filter(|kind| kind.protocol);
    let without = protocol.map(|kind| {
        let term = Term::from_field_text(fields.kind, &kind.name);
        let question: Box<dyn Ask> = Box::new(TermQuery::new(term, IndexRecordOption::Basic));
        (Occur::MustNot, question)
    });
    without.collect()
}

/// The words and phrases, without filters and exclusions.
fn asked_words(searcher: &Searcher, fields: &Fields, wanted: &Wanted) -> tantivy::Result<Box<dyn Ask>> {
    if wanted.words.is_empty() && wanted.phrases.is_empty() {
        // Where only fill words or signs were typed, nothing is found; a lone exclusion leaves the rest.
        return Ok(match wanted.everything || !wanted.excluded.is_empty() {
            true => Box::new(ConstScoreQuery::new(Box::new(AllQuery), 0.0)),
            false => Box::new(EmptyQuery),
        });
    }
    let mut parts: Vec<(Occur, Box<dyn Ask>)> = Vec::new();
    for phrase in &wanted.phrases {
        parts.push((Occur::Must, asked_phrase(fields, phrase)));
    }
    let several = wanted.words.len() > 1;
    for word in &wanted.words {
        let word = asked_word(searcher, fields, word)?;
        if several {
            parts.push((Occur::Should, Box::new(ConstScoreQuery::new(word.box_clone(), WORD_BONUS))));
        }
        parts.push((Occur::Should, word));
    }
    Ok(Box::new(BooleanQuery::new(parts)))
}

/// One word in any field and language, and the longer words that it is the beginning of.
fn asked_word(searcher: &Searcher, fields: &Fields, word: &Sought) -> tantivy::Result<Box<dyn Ask>> {
    let mut ways: Vec<Box<dyn Ask>> = Vec::new();
    for (pair, weight) in fields.weighted() {
        for lang in [Lang::De, Lang::En] {
            if let Some(stem) = word.stem(lang) {
                ways.push(term(pair.of(lang), stem, weight));
            }
        }
    }
    if word.beginning {
        for longer in longer(searcher, fields.folded, &word.folded)? {
            ways.push(term(fields.folded, &longer, BEGINNING_WEIGHT));
        }
        // "Bäume" is no beginning of "Baumkataster", but its stem is one.
        if let Some(stem) = word.de.as_deref().filter(|stem| stem.len() > 2) {
            for (pair, weight) in fields.weighted() {
                for longer in longer(searcher, pair.de, stem)? {
                    ways.push(term(pair.de, &longer, weight * BEGINNING_WEIGHT));
                }
            }
        }
    }
    Ok(Box::new(DisjunctionMaxQuery::with_tie_breaker(ways, TIE)))
}

/// A phrase in any field, in one language at a time.
fn asked_phrase(fields: &Fields, phrase: &[Sought]) -> Box<dyn Ask> {
    let mut ways: Vec<Box<dyn Ask>> = Vec::new();
    for (pair, weight) in fields.weighted() {
        for lang in [Lang::De, Lang::En] {
            let field = pair.of(lang);
            let stems: Vec<_> = phrase
                .iter()
                .filter_map(|word| Some((word.place, Term::from_field_text(field, word.stem(lang)?))))
                .collect();
            let way: Box<dyn Ask> = match stems.as_slice() {
                [] => continue,
                [(_, only)] => Box::new(TermQuery::new(only.clone(), IndexRecordOption::WithFreqs)),
                _ => Box::new(PhraseQuery::new_with_offset(stems)),
            };
            ways.push(Box::new(BoostQuery::new(way, weight)));
        }
    }
    Box::new(DisjunctionMaxQuery::with_tie_breaker(ways, TIE))
}

fn term(field: Field, text: &str, weight: f32) -> Box<dyn Ask> {
    let term = TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::WithFreqs);
    Box::new(BoostQuery::new(Box::new(term), weight))
}

/// The terms of a field that begin with this and go on, the most frequent first.
fn longer(searcher: &Searcher, field: Field, beginning: &str) -> tantivy::Result<Vec<String>> {
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(field)?;
        let mut terms = index.terms().range().gt(beginning).into_stream()?;
        for _ in 0..TERMS_SCANNED_MAX {
            let Some((term, about)) = terms.next() else { break };
            let Some(term) = std::str::from_utf8(term).ok().filter(|term| term.starts_with(beginning)) else {
                break;
            };
            *found.entry(term.to_owned()).or_default() += u64::from(about.doc_freq);
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then_with(|| a.cmp(b)));
    Ok(found.into_iter().take(BEGINNINGS_MAX).map(|(term, _)| term).collect())
}
