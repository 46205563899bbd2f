//! Which words of a German text may have one of some terms, told by the first three letters of these: most words of a text
//! have none of them and need not be looked up.
//!
//! Stems lose letters at their end, and umlauts; the stem of a part stands somewhere inside of its compound. So the first
//! letters of a term stand in each word that has it, but where the word is written with an umlaut or a gender mark.

use crate::bits::WORD;
use crate::bits::has;
use crate::bits::put;

/// Letters that a term is told by.
const LETTERS: usize = 3;
/// The last bits of an ASCII letter, which are the same for small and large ones.
const LETTER_BITS: usize = 5;
const COMBINATIONS: u32 = 1 << (LETTERS * LETTER_BITS);
const WORDS: usize = COMBINATIONS as usize / WORD;

/// The first letters of some terms.
#[derive(Clone, Debug)]
pub(crate) struct Heads {
    /// A bit for each combination.
    known: Box<[u64; WORDS]>,
    /// Whether one of the terms is too short to be told by.
    has_short: bool,
}

impl Default for Heads {
    fn default() -> Heads {
        Heads { known: Box::new([0; WORDS]), has_short: false }
    }
}

impl Heads {
    /// Adds a term.
    pub(crate) fn add(&mut self, term: &str) {
        match term.as_bytes().get(..LETTERS) {
            Some(head) => put(&mut *self.known, head.iter().fold(0, |at, letter| pushed(at, *letter))),
            None => self.has_short = true,
        }
    }

    /// Whether a word as it stands in a text may have one of the terms; wrong only where it says so.
    pub(crate) fn may_have(&self, raw: &str) -> bool {
        if self.has_short {
            return true;
        }
        let (mut at, mut before) = (0, 0);
        raw.bytes().zip(1..).any(|(letter, count)| {
            let is_plain = letter.is_ascii_alphanumeric() && (count == 1 || !letter.is_ascii_uppercase());
            let is_umlaut = letter == b'e' && matches!(before | 0x20, b'a' | b'o' | b'u');
            before = letter;
            at = pushed(at, letter);
            !is_plain || is_umlaut || (count >= LETTERS && has(&*self.known, at))
        })
    }
}

/// The combination that begins a letter later.
fn pushed(at: u32, letter: u8) -> u32 {
    ((at << LETTER_BITS) | (u32::from(letter) % (1 << LETTER_BITS))) % COMBINATIONS
}

#[cfg(test)]
mod tests {
    use crate::analysis::terms;
    use crate::heads::Heads;
    use crate::lexicon::listed;
    use crate::word::folded;
    use proptest::proptest;
    use proptest::sample::select;
    use proptest::strategy::Strategy;
    use record::kind::Lang;

    /// Holds a word against each of its own terms alone.
    fn hold(raw: &str) {
        for term in terms(&folded(raw), Lang::De) {
            let mut heads = Heads::default();
            heads.add(&term);
            assert!(heads.may_have(raw), "{raw}: {term}");
        }
    }

    #[test]
    fn most_other_words_are_told_apart() {
        let mut heads = Heads::default();
        heads.add("baum");
        for raw in ["Baum", "Obstbaum", "Bäume", "BAEUME", "Schul:innen", "Straßen"] {
            assert!(heads.may_have(raw), "{raw}");
        }
        for raw in ["Strasse", "im", "Haus", "a", "Obst", "2027"] {
            assert!(!heads.may_have(raw), "{raw}");
        }
        heads.add("ki");
        assert!(heads.may_have("Strasse"));
    }

    #[test]
    fn every_listed_word_may_have_its_terms() {
        for word in listed() {
            hold(word);
            hold(&word.to_uppercase());
            hold(&folded(word));
        }
    }

    fn listed_word() -> impl Strategy<Value = String> {
        select(listed().map(str::to_owned).collect::<Vec<_>>())
    }

    proptest! {
        #[test]
        fn every_compound_may_have_its_terms(
            first in listed_word(), second in listed_word(), link in "s|en|n|-|:innen|In|",
            ending in "e|en|er|ern|n|s|ung|ungen|",
        ) {
            hold(&format!("{first}{link}{}{ending}", second.to_lowercase()));
            hold(&folded(&format!("{first}{link}{second}{ending}")));
        }

        #[test]
        fn every_word_may_have_its_terms(raw in "[a-zA-ZäöüßÄé:*I0-9]{1,20}|\\PC{1,12}") {
            hold(&raw);
        }
    }
}
