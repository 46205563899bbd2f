//! What becomes of a word: its stem and, in German, the stems of the parts it is made of.

use crate::lexicon::parts;
use crate::stem::stem;
use crate::word::folded;
use foldhash::HashSet;
use record::kind::Lang;
use std::borrow::Borrow;
use std::hash::Hash;
use std::hash::Hasher;

/// Words of one language whose analysis is remembered, at most: about 4 MiB. Then the memory begins anew.
const WORDS_MAX: usize = 50_000;
/// A longer word is analysed but not remembered, in bytes.
const WORD_BYTES_MAX: usize = 64;
/// Stands behind each term; no word has it in it.
const END: char = '\0';

/// The terms of a folded word: its stem first, then those of its parts; none for a fill word.
pub(crate) fn terms(folded: &str, lang: Lang) -> Vec<String> {
    let Some(whole) = stem(folded, lang) else { return Vec::new() };
    let mut terms = vec![whole];
    if lang == Lang::De {
        for part in parts(folded) {
            if !terms.iter().any(|term| term == part) {
                terms.push(part.to_owned());
            }
        }
    }
    terms
}

/// Remembers what became of words. The same few thousand words make up nearly all of every text, and taking a
/// word apart costs many times what looking it up does. Only looked up, never walked through, so its order is none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    de: HashSet<Known>,
    en: HashSet<Known>,
}

impl Memory {
    /// Shows the terms of a word as it stands in a text.
    pub(crate) fn with<T>(&mut self, raw: &str, lang: Lang, look: impl FnOnce(Terms<'_>) -> T) -> T {
        let known = match lang {
            Lang::De => &mut self.de,
            Lang::En => &mut self.en,
        };
        if let Some(word) = known.get(raw) {
            return look(word.terms());
        }
        let word = Known::of(raw, lang);
        let answer = look(word.terms());
        if raw.len() <= WORD_BYTES_MAX {
            if known.len() >= WORDS_MAX {
                known.clear();
            }
            known.insert(word);
        }
        answer
    }
}

/// The terms of one word, the whole word before its parts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<'a>(&'a str);

impl<'a> Terms<'a> {
    /// One after the other.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> {
        self.0.split_terminator(END)
    }
}

/// A word as it stands in texts, and behind it its terms. All of it is in one place, because looking a word up costs by
/// the places that it leads to.
#[derive(Clone, Debug)]
struct Known {
    text: Box<str>,
    /// How much of it is the word, in bytes.
    raw: usize,
}

impl Known {
    fn of(raw: &str, lang: Lang) -> Known {
        let mut text = raw.to_owned();
        for term in terms(&folded(raw), lang) {
            text.push_str(&term);
            text.push(END);
        }
        Known { text: text.into(), raw: raw.len() }
    }

    fn terms(&self) -> Terms<'_> {
        Terms(self.text.get(self.raw..).unwrap_or_default())
    }
}

impl Borrow<str> for Known {
    fn borrow(&self) -> &str {
        self.text.get(..self.raw).unwrap_or_default()
    }
}

impl Hash for Known {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let raw: &str = self.borrow();
        raw.hash(state);
    }
}

impl PartialEq for Known {
    fn eq(&self, other: &Known) -> bool {
        let (raw, of_other): (&str, &str) = (self.borrow(), other.borrow());
        raw == of_other
    }
}

impl Eq for Known {}

#[cfg(test)]
mod tests {
    use crate::analysis::Memory;
    use crate::analysis::terms;
    use crate::word::folded;
    use record::kind::Lang;

    #[test]
    fn the_whole_word_goes_before_its_parts() {
        assert_eq!(terms("baumkataster", Lang::De), ["baumkatast", "baum", "katast"]);
        assert_eq!(terms("und", Lang::De), Vec::<String>::new());
        assert_eq!(terms("tree", Lang::En), ["tree"]);
    }

    fn seen(memory: &mut Memory, raw: &str, lang: Lang) -> Vec<String> {
        memory.with(raw, lang, |terms| terms.iter().map(str::to_owned).collect())
    }

    #[test]
    fn what_is_remembered_is_what_was_found_out() {
        let mut memory = Memory::default();
        for raw in ["Bürger:innen", "Baumkataster", "Bürger:innen", "und"] {
            let found_out = terms(&folded(raw), Lang::De);
            assert_eq!(seen(&mut memory, raw, Lang::De), found_out, "{raw}");
            assert_eq!(seen(&mut memory, raw, Lang::De), found_out, "{raw}");
        }
        assert_eq!(seen(&mut memory, "Bürger:innen", Lang::De), ["burg"]);
        assert!(seen(&mut memory, "was", Lang::De).is_empty());
        assert_eq!(seen(&mut memory, "is", Lang::De), ["is"]);
        assert!(seen(&mut memory, "is", Lang::En).is_empty(), "each language has its own");
    }
}
