//! Completing the word that is being typed, from the words of titles.

use crate::fields::Fields;
use crate::stem::is_fill;
use crate::word::words;
use crate::wording::Spoken;
use record::kind::Lang;
use std::collections::BTreeMap;
use tantivy::Searcher;
use tantivy::schema::IndexRecordOption;

/// Words of one record's titles that are offered, at most.
const WORDS_MAX: usize = 32;
/// A word is offered from this many characters on.
const WORD_CHARS_MIN: usize = 3;
/// And completed from this many characters on.
const TYPED_CHARS_MIN: usize = 2;
/// Of what was typed so much is read, in bytes.
const TYPED_BYTES_MAX: usize = 200;
/// Suggestions, at most.
const SUGGESTIONS_MAX: usize = 20;
/// Terms of one segment that are looked through.
const TERMS_SCANNED_MAX: usize = 2000;
/// Between the folded and the spelled form in a term; sorts before every letter.
const BETWEEN: &str = "\0";

/// The terms under which the words of titles are kept: folded form, then as spelled.
pub(crate) fn spellings(title: &Spoken) -> Vec<String> {
    let mut found = Vec::new();
    for lang in [Lang::De, Lang::En] {
        for word in title.of(lang).iter().flat_map(|text| words(text)) {
            if word.folded.chars().count() >= WORD_CHARS_MIN && !is_fill(&word.folded, lang) {
                found.push([word.folded.as_str(), BETWEEN, &word.spelled].concat());
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found.truncate(WORDS_MAX);
    found
}

/// What may be meant: the text as typed, its last word completed; words of more titles first.
pub(crate) fn complete(
    searcher: &Searcher,
    fields: &Fields,
    typed: &str,
    limit: usize,
) -> tantivy::Result<Vec<String>> {
    let Some(last) = words(typed).pop().filter(|last| last.to == typed.len()) else { return Ok(Vec::new()) };
    if typed.len() > TYPED_BYTES_MAX || last.folded.chars().count() < TYPED_CHARS_MIN {
        return Ok(Vec::new());
    }
    let mut found: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(fields.spelled)?;
        let mut terms = index.terms().range().ge(&last.folded).into_stream()?;
        for _ in 0..TERMS_SCANNED_MAX {
            let Some((term, about)) = terms.next() else { break };
            let Ok(term) = std::str::from_utf8(term) else { break };
            if !term.starts_with(&last.folded) {
                break;
            }
            let Some((folded, spelled)) = term.split_once(BETWEEN) else { continue };
            // What was removed must not be suggested until its segment is merged away.
            let titles = match segment.alive_bitset() {
                None => about.doc_freq,
                Some(alive) => index
                    .read_postings_from_terminfo(about, IndexRecordOption::Basic)?
                    .doc_freq_given_deletes(alive),
            };
            if titles > 0 {
                *found.entry(folded.to_owned()).or_default().entry(spelled.to_owned()).or_default() += titles;
            }
        }
    }
    let head = typed.get(..last.from).unwrap_or_default();
    Ok(in_order(found)
        .into_iter()
        .filter(|spelled| *spelled != last.spelled)
        .take(limit.min(SUGGESTIONS_MAX))
        .map(|spelled| format!("{head}{spelled}"))
        .collect())
}

/// One spelling of each word, the most usual one; the words by how many titles have them.
fn in_order(found: BTreeMap<String, BTreeMap<String, u32>>) -> Vec<String> {
    let mut words: Vec<(u32, String, String)> = found
        .into_iter()
        .filter_map(|(folded, spellings)| {
            let titles = spellings.values().sum();
            // Of equals the first of the alphabet, which is the capitalised one.
            let usual = spellings.into_iter().rev().max_by_key(|(_, titles)| *titles)?.0;
            Some((titles, folded, usual))
        })
        .collect();
    words.sort_by(|(a_titles, a, _), (b_titles, b, _)| b_titles.cmp(a_titles).then_with(|| a.cmp(b)));
    words.into_iter().map(|(_, _, usual)| usual).collect()
}

#[cfg(test)]
mod tests {
    use crate::suggest::spellings;
    use crate::wording::Spoken;

    #[test]
    fn titles_give_words_without_fill_words_and_gender_marks() {
        let title = Spoken { de: vec!["Die Bürger:innen und ihr Öl".into()], en: Vec::new() };
        let words: Vec<_> = spellings(&title).into_iter().collect();
        assert_eq!(words, ["buerger\0Bürger", "oel\0Öl"]);
    }
}
