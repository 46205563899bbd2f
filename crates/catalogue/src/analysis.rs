//! What becomes of a word: its stem and, in German, the stems of the parts it is made of.

use crate::lexicon::parts;
use crate::stem::stem;
use crate::word::folded;
use foldhash::HashMap;
use record::kind::Lang;

/// Words of one language whose analysis is remembered, at most: about 6 MiB. Then the memory begins anew.
const WORDS_MAX: usize = 50_000;
/// A longer word is analysed but not remembered, in bytes.
const WORD_BYTES_MAX: usize = 64;

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
    de: Known,
    en: Known,
}

/// The terms of words as they stand in texts.
type Known = HashMap<Box<str>, Box<[Box<str>]>>;

impl Memory {
    /// Shows the terms of a word as it stands in a text.
    pub(crate) fn with<T>(&mut self, raw: &str, lang: Lang, look: impl FnOnce(&[Box<str>]) -> T) -> T {
        let known = match lang {
            Lang::De => &mut self.de,
            Lang::En => &mut self.en,
        };
        if let Some(terms) = known.get(raw) {
            return look(terms);
        }
        let terms: Box<[Box<str>]> =
            terms(&folded(raw), lang).into_iter().map(String::into_boxed_str).collect();
        let answer = look(&terms);
        if raw.len() <= WORD_BYTES_MAX {
            if known.len() >= WORDS_MAX {
                known.clear();
            }
            known.insert(raw.into(), terms);
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use crate::analysis::Memory;
    use crate::analysis::terms;
    use record::kind::Lang;

    #[test]
    fn the_whole_word_goes_before_its_parts() {
        assert_eq!(terms("baumkataster", Lang::De), ["baumkatast", "baum", "katast"]);
        assert_eq!(terms("und", Lang::De), Vec::<String>::new());
        assert_eq!(terms("tree", Lang::En), ["tree"]);
    }

    #[test]
    fn what_is_remembered_is_what_was_found_out() {
        let mut memory = Memory::default();
        for raw in ["Bürger:innen", "Baumkataster", "Bürger:innen", "und"] {
            let seen = memory.with(raw, Lang::De, |terms| terms.to_vec());
            assert_eq!(seen, memory.with(raw, Lang::De, |terms| terms.to_vec()), "{raw}");
        }
        assert_eq!(memory.with("Bürger:innen", Lang::De, <[_]>::len), 1);
        assert_eq!(memory.with("was", Lang::De, <[_]>::len), 0);
        assert_eq!(memory.with("is", Lang::De, <[_]>::len), 1);
        assert_eq!(memory.with("is", Lang::En, <[_]>::len), 0, "each language has its own");
    }
}
