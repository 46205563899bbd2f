//! The stretch of a text that shows best why it was found.

use crate::analysis::Memory;
use crate::fields::Fields;
use crate::found::Piece;
use crate::heads::Heads;
use crate::plan::Answer;
use crate::plan::Place;
use crate::word::places;
use record::kind::Lang;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Of a text so much is looked through, in bytes.
const TEXT_BYTES_MAX: usize = 8 * 1024;
/// The length of a snippet, in bytes.
const SNIPPET_BYTES: usize = 240;
/// What stands before its first word found, in bytes.
const LEAD_BYTES: usize = 60;

/// The terms that were looked for, and of which word of the query each is an answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sights {
    de: BTreeMap<String, usize>,
    en: BTreeMap<String, usize>,
    /// The beginnings of the German ones.
    heads: Heads,
}

/// Where a word stands.
type Word = (usize, usize);

impl Sights {
    /// What the answers look for in texts.
    pub(crate) fn of(fields: &Fields, answers: &[Answer]) -> Sights {
        let mut sights = Sights::default();
        for (word, answer) in answers.iter().enumerate() {
            let leaves = answer.groups.iter().flat_map(|group| group.sets.iter().flatten());
            for leaf in leaves.filter(|leaf| leaf.place != Place::Label) {
                let is_english = [fields.title.en, fields.body.en].contains(&leaf.field);
                sights.look_for(if is_english { Lang::En } else { Lang::De }, leaf.text.clone(), word);
            }
        }
        sights
    }

    fn look_for(&mut self, lang: Lang, term: String, word: usize) {
        let terms = match lang {
            Lang::De => {
                self.heads.add(&term);
                &mut self.de
            }
            Lang::En => &mut self.en,
        };
        terms.entry(term).or_insert(word);
    }

    fn terms(&self, lang: Lang) -> &BTreeMap<String, usize> {
        match lang {
            Lang::De => &self.de,
            Lang::En => &self.en,
        }
    }

    /// The word of the query that a word of a text answers.
    fn met(&self, raw: &str, lang: Lang, memory: &mut Memory) -> Option<usize> {
        if lang == Lang::De && !self.heads.may_have(raw) {
            return None;
        }
        let sought = self.terms(lang);
        memory.with(raw, lang, |terms| terms.iter().find_map(|term| sought.get(term).copied()))
    }
}

/// Cuts the snippet: the stretch with the most different words found, the first one of equals.
/// Empty when the text has none of the words.
pub(crate) fn cut(text: &str, sights: &Sights, lang: Lang, memory: &mut Memory) -> Vec<Piece> {
    let sought = sights.terms(lang).values().collect::<BTreeSet<_>>().len();
    if sought == 0 {
        return Vec::new();
    }
    let text = text.get(..text.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or_default();
    let (words, hits) = read(text, sought, |raw| sights.met(raw, lang, memory));
    let Some(first) = best(&words, &hits) else { return Vec::new() };
    let marked: BTreeSet<usize> = hits.iter().map(|(at, _)| *at).collect();
    pieces(text, &words, &marked, first)
}

/// The words of a text and those among them that answer a word of the query, until so many different ones stand together.
fn read(
    text: &str,
    sought: usize,
    mut met: impl FnMut(&str) -> Option<usize>,
) -> (Vec<Word>, Vec<(usize, usize)>) {
    let (mut words, mut hits): (Vec<Word>, Vec<(usize, usize)>) = Default::default();
    let mut end = usize::MAX;
    for (from, to) in places(text) {
        words.push((from, to));
        // Once all that was looked for stands together, what comes behind that snippet changes nothing.
        if from > end {
            break;
        }
        if let Some(word) = text.get(from..to).and_then(&mut met) {
            hits.push((words.len() - 1, word));
            if end == usize::MAX && together(&words, &hits) == sought {
                end = from + SNIPPET_BYTES;
            }
        }
    }
    (words, hits)
}

/// How many different words are found within a snippet's length before the last hit.
fn together(words: &[Word], hits: &[(usize, usize)]) -> usize {
    let from = |at: usize| words.get(at).map_or(0, |(from, _)| *from);
    let last = hits.last().map_or(0, |(at, _)| from(*at));
    let near = hits.iter().rev().take_while(|(at, _)| last - from(*at) < SNIPPET_BYTES - LEAD_BYTES);
    near.map(|(_, sought)| *sought).collect::<BTreeSet<usize>>().len()
}

/// The hit from which on the most different words are found within a snippet's length.
fn best(words: &[Word], hits: &[(usize, usize)]) -> Option<usize> {
    let from = |at: usize| words.get(at).map_or(0, |(from, _)| *from);
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
    let lead = words.get(first).map_or(0, |(from, _)| from.saturating_sub(LEAD_BYTES));
    let shown: Vec<(usize, &Word)> = words
        .iter()
        .enumerate()
        .skip_while(|(_, (from, _))| *from < lead)
        .take_while(|(at, (_, to))| *at <= first || *to <= lead + SNIPPET_BYTES)
        .collect();
    let Some((_, begin)) = shown.first() else { return Vec::new() };
    let whole_begin = words.first().is_some_and(|(from, _)| *from == begin.0);
    let mut run = Run::default();
    let mut at = if whole_begin { 0 } else { begin.0 };
    if !whole_begin {
        run.say("… ", false);
    }
    for (index, (from, to)) in &shown {
        run.say(text.get(at..*from).unwrap_or_default(), false);
        run.say(text.get(*from..*to).unwrap_or_default(), marked.contains(index));
        at = *to;
    }
    if words.last().is_some_and(|(_, to)| *to == at) {
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
    use crate::analysis::Memory;
    use crate::found::Piece;
    use crate::lexicon::parts;
    use crate::snippet::SNIPPET_BYTES;
    use crate::snippet::Sights;
    use crate::snippet::best;
    use crate::snippet::cut;
    use crate::snippet::pieces as pieces_of;
    use crate::snippet::read;
    use crate::stem::stem;
    use crate::word::words;
    use proptest::prop_assert_eq;
    use proptest::proptest;
    use record::kind::Lang;

    fn pieces(text: &str, query: &str) -> Vec<Piece> {
        let mut sights = Sights::default();
        for (at, word) in words(query).iter().enumerate() {
            let stems = stem(&word.folded, Lang::De).into_iter();
            for term in stems.chain(parts(&word.folded).into_iter().map(str::to_owned)) {
                sights.look_for(Lang::De, term, at);
            }
        }
        cut(text, &sights, Lang::De, &mut Memory::default())
    }

    fn shown(text: &str, query: &str) -> String {
        let mark = |piece: &Piece| if piece.hit { format!("[{}]", piece.text) } else { piece.text.clone() };
        pieces(text, query).iter().map(mark).collect()
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
        fn reading_on_would_change_nothing(words in proptest::collection::vec("baum|rad|[xy]{1,40}", 0..60)) {
            let text = words.join(" ");
            let met = |raw: &str| ["baum", "rad"].iter().position(|word| *word == raw);
            let shown = |sought: usize| {
                let (words, hits) = read(&text, sought, met);
                let marked = hits.iter().map(|(at, _)| *at).collect();
                best(&words, &hits).map(|first| pieces_of(&text, &words, &marked, first))
            };
            // More words than there are never stand together.
            prop_assert_eq!(shown(2), shown(3));
        }

        #[test]
        fn every_text_can_be_cut(text in "[a-zäÜ:*\\n \\PC]{0,400}", query in "[a-zäÜ]{1,3}( [a-z]{1,3}){0,3}") {
            pieces(&text, &query);
        }
    }
}
