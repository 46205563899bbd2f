//! Wrong words in messages: their beginning, and the known word that they come closest to.

use crate::kind::shape::Term;
use crate::kind::shape::Vocabulary;
use crate::kind::words::Words;

/// Codes that a message lists before it breaks off.
const LISTED_CODES_MAX: usize = 12;
/// A word longer than this, in characters, is not compared in order to suggest another.
const SUGGESTED_CHARS_MAX: usize = 40;
/// Characters of a wrong value that a message repeats.
const QUOTED_CHARS_MAX: usize = 60;

/// The beginning of a text, for messages.
pub(crate) fn quoted(text: &str) -> String {
    let mut start: String =
        text.chars().take(QUOTED_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(QUOTED_CHARS_MAX).is_some() {
        start.push('…');
    }
    start
}

/// The codes to choose from: the one that looks most like what was written, else the list.
pub(crate) fn choice(vocabulary: &Vocabulary, code: &str) -> Words {
    let near = nearest(code, vocabulary.terms.iter().map(|term| term.code.as_str()));
    if let Some(Term { code, label, .. }) = near.and_then(|near| vocabulary.term(near)) {
        return Words {
            de: format!("Meinten Sie {code} ({})?", label.de),
            en: format!("Did you mean {code} ({})?", label.en),
        };
    }
    let more = if vocabulary.terms.len() > LISTED_CODES_MAX { " …" } else { "." };
    let list = |say: fn(&Term) -> &str| {
        let terms = vocabulary.terms.iter().take(LISTED_CODES_MAX);
        terms.map(|term| format!("{} ({})", term.code, say(term))).collect::<Vec<_>>().join(", ")
    };
    Words {
        de: format!("Möglich sind: {}{more}", list(|term| &term.label.de)),
        en: format!("Possible are: {}{more}", list(|term| &term.label.en)),
    }
}

/// The known word closest to the one written, if it is close: at most a third of its letters differ.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if word.chars().nth(SUGGESTED_CHARS_MAX).is_some() {
        return None;
    }
    let word: Vec<char> = word.to_lowercase().replace('-', "_").chars().collect();
    let plain = |near: &str| near.replace('-', "_").chars().collect::<Vec<_>>();
    let near = known.map(|near| (distance(&word, &plain(near)), near)).min()?;
    (near.0 <= word.len().div_ceil(3)).then_some(near.1)
}

/// Edit distance (Levenshtein), row by row.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, from) in a.iter().enumerate() {
        let mut left = at + 1;
        let mut next = vec![left];
        for (to, (diagonal, above)) in b.iter().zip(row.iter().zip(row.iter().skip(1))) {
            left = (diagonal + usize::from(from != to)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(a.len())
}
