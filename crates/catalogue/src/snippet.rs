//! The stretch of a text that shows best why it was found.

use crate::found::Piece;
use crate::wanted::Sought;
use crate::wanted::Wanted;
use crate::word::Word;
use crate::word::words;
use record::kind::Lang;
use std::collections::BTreeSet;

/// Of a text so much is looked through, in bytes.
const TEXT_BYTES_MAX: usize = 16 * 1024;
/// The length of a snippet, in bytes.
const SNIPPET_BYTES: usize = 240;
/// What stands before its first word found, in bytes.
const LEAD_BYTES: usize = 60;

/// Cuts the snippet: the stretch with the most different words found, the first one of equals.
/// Empty when the text has none of the words.
pub(crate) fn cut(text: &str, wanted: &Wanted, lang: Lang) -> Vec<Piece> {
    let text = text.get(..text.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or_default();
    let sought: Vec<&Sought> = wanted.shown().collect();
    let words = words(text);
    let hits: Vec<(usize, usize)> = words
        .iter()
        .enumerate()
        .filter_map(|(at, word)| Some((at, sought.iter().position(|sought| sought.meets(word, lang))?)))
        .collect();
    let Some(first) = best(&words, &hits) else { return Vec::new() };
    let marked: BTreeSet<usize> = hits.iter().map(|(at, _)| *at).collect();
    pieces(text, &words, &marked, first)
}

/// The hit from which on the most different words are found within a snippet's length.
fn best(words: &[Word], hits: &[(usize, usize)]) -> Option<usize> {
    let from = |at: usize| words.get(at).map_or(0, |word| word.from);
    let mut best = None;
    for (start, (at, _)) in hits.iter().enumerate() {
        let near: BTreeSet<usize> = hits
            .iter()
            .skip(start)
            .take_while(|(other, _)| from(*other) - from(*at) < SNIPPET_BYTES - LEAD_BYTES)
            .map(|(_, sought)| *sought)
            .collect();
        if best.is_none_or(|(most, _)| near.len() > most) {
            best = Some((near.len(), *at));
        }
    }
    best.map(|(_, at)| at)
}

fn pieces(text: &str, words: &[Word], marked: &BTreeSet<usize>, first: usize) -> Vec<Piece> {
    let lead = words.get(first).map_or(0, |word| word.from.saturating_sub(LEAD_BYTES));
    let shown: Vec<(usize, &Word)> = words
        .iter()
        .enumerate()
        .skip_while(|(_, word)| word.from < lead)
        .take_while(|(at, word)| *at <= first || word.to <= lead + SNIPPET_BYTES)
        .collect();
    let Some((_, begin)) = shown.first() else { return Vec::new() };
    let whole_begin = words.first().is_some_and(|word| word.from == begin.from);
    let mut run = Run::default();
    let mut at = if whole_begin { 0 } else { begin.from };
    if !whole_begin {
        run.say("… ", false);
    }
    for (index, word) in &shown {
        run.say(text.get(at..word.from).unwrap_or_default(), false);
        run.say(text.get(word.from..word.to).unwrap_or_default(), marked.contains(index));
        at = word.to;
    }
    if words.last().is_some_and(|word| word.to == at) {
        run.say(text.get(at..).unwrap_or_default().trim_end(), false);
    } else {
        run.say(" …", false);
    }
    run.pieces
}

/// Pieces that grow while what comes is of the same sort.
#[derive(Default)]
struct Run {
    pieces: Vec<Piece>,
}

impl Run {
    fn say(&mut self, text: &str, hit: bool) {
        // A snippet is one line, whatever the text was.
        let text: String =
            text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        match self.pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.hit == hit && !hit => last.text.push_str(&text),
            _ => self.pieces.push(Piece { text, hit }),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::found::Piece;
    use crate::snippet::SNIPPET_BYTES;
    use crate::snippet::cut;
    use crate::wanted::Wanted;
    use proptest::proptest;
    use record::kind::Lang;

    fn shown(text: &str, query: &str) -> String {
        let mark = |piece: &Piece| if piece.hit { format!("[{}]", piece.text) } else { piece.text.clone() };
        cut(text, &Wanted::read(query, Lang::De), Lang::De).iter().map(mark).collect()
    }

    #[test]
    fn the_words_found_are_marked_in_every_form() {
        assert_eq!(
            shown("Die Stadt pflegt ihre Bäume mit Bürger:innen.\nUnd mehr.", "Baum Bürgern "),
            "Die Stadt pflegt ihre [Bäume] mit [Bürger:innen]. Und mehr."
        );
        assert_eq!(shown("Ein Baumkataster, offen.", "bäume"), "Ein [Baumkataster], offen.");
        assert_eq!(shown("Nichts davon.", "Baum"), "");
    }

    #[test]
    fn the_densest_stretch_is_shown() {
        let filler = "Lange Sätze über ganz andere Dinge stehen hier. ".repeat(12);
        let text = format!("Radverkehr gleich vorn. {filler} Zählstellen für den Radverkehr. {filler}");
        let shown = shown(&text, "Radverkehr Zählstellen ");
        assert!(shown.starts_with("… ") && shown.ends_with(" …"), "{shown}");
        assert!(shown.contains("[Zählstellen] für den [Radverkehr]"), "{shown}");
        assert!(shown.len() < SNIPPET_BYTES + 40, "{shown}");
    }

    proptest! {
        #[test]
        fn every_text_can_be_cut(text in "[a-zäÜ:*\\n \\PC]{0,400}", query in "[a-zäÜ]{1,3}( [a-z]{1,3}){0,3}") {
            cut(&text, &Wanted::read(&query, Lang::De), Lang::De);
        }
    }
}
