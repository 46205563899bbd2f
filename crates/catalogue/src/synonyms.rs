//! Words of the same meaning: our own list, and what an operator adds.
//!
//! One group a line, its words separated by commas; several words that mean something together only are written with
//! blanks (`Leichte Sprache, einfache Sprache`). `Senioren > Hausnotruf, Pflegeheim` goes one way: who looks for what
//! stands before the sign finds what stands behind it, too. Lines that begin with `#` are remarks.

use crate::stem::stem;
use crate::word::words;
use record::kind::Lang;
use std::collections::BTreeMap;

/// Our own list, the same on every node.
const LISTED: &str = include_str!("../words/synonyms.txt");
/// Groups of an operator's list, at most.
const GROUPS_MAX: usize = 5_000;
/// Words of one group, at most.
const WORDS_MAX: usize = 40;
/// Words that one word stands for, at most.
const MEANT_MAX: usize = 32;

/// The group and the place in it of one form.
type Standing = (usize, usize);

/// Groups of words of the same meaning.
#[derive(Clone, Debug)]
pub struct Synonyms {
    groups: Vec<Group>,
    /// By stems in German and in English: the groups with these words, and which of their words it is.
    known: BTreeMap<(Lang, Vec<String>), Vec<Standing>>,
}

/// One line.
#[derive(Clone, Debug)]
struct Group {
    /// Each word as its folded words: one, or several together.
    words: Vec<Vec<String>>,
    /// How many of them stand before the sign, if there is one.
    heads: Option<usize>,
}

/// What else may be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meant<'a> {
    /// One folded word, or several that mean it together.
    pub(crate) words: &'a [String],
    /// Whether it is only one of the things that the word stands for.
    pub(crate) is_narrower: bool,
}

/// Why an operator's list is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SynonymsError {
    /// A line with a single word, which says nothing.
    #[error("line {0} has one word only: write at least two, with a comma or one `>` between them")]
    Lone(usize),
    /// Too long a line.
    #[error("line {0} has more than {WORDS_MAX} words: make two lines of it")]
    Long(usize),
    /// Too many lines.
    #[error("there are more than {GROUPS_MAX} lines: keep those that are used")]
    Many,
}

impl Default for Synonyms {
    fn default() -> Synonyms {
        let mut synonyms = Synonyms { groups: Vec::new(), known: BTreeMap::new() };
        synonyms.take(LISTED).expect("our own list is read by a test");
        synonyms
    }
}

impl Synonyms {
    /// Our own list and, after it, the groups of an operator's.
    pub fn with(added: &str) -> Result<Synonyms, SynonymsError> {
        let mut synonyms = Synonyms::default();
        synonyms.take(added)?;
        Ok(synonyms)
    }

    fn take(&mut self, text: &str) -> Result<(), SynonymsError> {
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let (before, behind) = text.split_once('>').unwrap_or(("", text));
            let (heads, tail) = (listed(before), listed(behind));
            let one_way = text.contains('>');
            match heads.len() + tail.len() {
                0 | 1 => return Err(SynonymsError::Lone(line)),
                _ if one_way && (heads.is_empty() || tail.is_empty()) => {
                    return Err(SynonymsError::Lone(line));
                }
                count if count > WORDS_MAX => return Err(SynonymsError::Long(line)),
                _ if self.groups.len() >= GROUPS_MAX => return Err(SynonymsError::Many),
                _ => self.put(Group {
                    heads: one_way.then_some(heads.len()),
                    words: heads.into_iter().chain(tail).collect(),
                }),
            }
        }
        Ok(())
    }

    fn put(&mut self, group: Group) {
        let number = self.groups.len();
        for (at, word) in group.words.iter().enumerate().take(group.heads.unwrap_or(usize::MAX)) {
            for lang in [Lang::De, Lang::En] {
                let stems: Option<Vec<String>> = word.iter().map(|word| stem(word, lang)).collect();
                if let Some(stems) = stems {
                    self.known.entry((lang, stems)).or_default().push((number, at));
                }
            }
        }
        self.groups.push(group);
    }

    /// What else the words with these stems, one behind the other, may mean: the same first.
    pub(crate) fn of(&self, lang: Lang, stems: &[&str]) -> Vec<Meant<'_>> {
        let stems = stems.iter().map(|stem| (*stem).to_owned()).collect();
        let known = self.known.get(&(lang, stems)).map_or(&[][..], Vec::as_slice);
        let mut found: Vec<Meant> = Vec::new();
        for (group, own) in known {
            let Some(Group { words, heads }) = self.groups.get(*group) else { continue };
            for (at, words) in words.iter().enumerate().skip(heads.unwrap_or(0)) {
                if at != *own && !found.iter().any(|meant| meant.words == words.as_slice()) {
                    found.push(Meant { words, is_narrower: heads.is_some() });
                }
            }
        }
        found.sort_by_key(|meant| meant.is_narrower);
        found.truncate(MEANT_MAX);
        found
    }
}

/// Words between commas, each as its folded words.
fn listed(text: &str) -> Vec<Vec<String>> {
    let folded = |word: &str| words(word).into_iter().map(|word| word.folded).collect::<Vec<_>>();
    text.split(',').map(folded).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use crate::stem::stem;
    use crate::synonyms::LISTED;
    use crate::synonyms::Synonyms;
    use crate::synonyms::SynonymsError;
    use crate::word::fold;
    use record::kind::Lang;

    fn meant(synonyms: &Synonyms, typed: &str) -> Vec<(String, bool)> {
        let stems: Vec<String> = typed.split(' ').map(|word| stem(&fold(word), Lang::De).unwrap()).collect();
        let stems: Vec<&str> = stems.iter().map(String::as_str).collect();
        let meant = synonyms.of(Lang::De, &stems);
        meant.into_iter().map(|meant| (meant.words.join(" "), meant.is_narrower)).collect()
    }

    #[test]
    fn what_a_field_is_made_of_is_found_by_its_name_and_not_the_other_way_round() {
        let synonyms = Synonyms::with("Küstenwesen > Deich, offene See\nkalte Küche, Brotzeit").unwrap();
        let both = [("deich".to_owned(), true), ("offene see".to_owned(), true)];
        assert_eq!(meant(&synonyms, "Küstenwesen"), both);
        assert_eq!(meant(&synonyms, "Deich"), []);
        assert_eq!(meant(&synonyms, "kalte Küche"), [("brotzeit".to_owned(), false)]);
        assert_eq!(meant(&synonyms, "Küche"), []);
        for line in ["Küstenwesen >", "> Deich, See", ">"] {
            assert_eq!(Synonyms::with(line).unwrap_err(), SynonymsError::Lone(1), "{line}");
        }
    }

    #[test]
    fn our_own_list_is_read() {
        let mut synonyms = Synonyms::with("").unwrap();
        let groups = synonyms.groups.len();
        assert!(groups > 100, "{groups}");
        synonyms.take(LISTED).unwrap();
        assert_eq!(synonyms.groups.len(), 2 * groups);
        let meant = meant(&synonyms, "Mängelmelder");
        assert!(meant.contains(&("schadensmeldung".to_owned(), false)), "{meant:?}");
    }

    #[test]
    fn an_operator_adds_groups_and_hears_what_is_wrong() {
        let synonyms = Synonyms::with("# unsere Wörter\nKlöncafé, Begegnungsstätte\n\n").unwrap();
        assert_eq!(meant(&synonyms, "Klöncafé"), [("begegnungsstaette".to_owned(), false)]);
        assert_eq!(Synonyms::with("\nallein").unwrap_err(), SynonymsError::Lone(2));
        assert_eq!(Synonyms::with(&"a1, ".repeat(50)).unwrap_err(), SynonymsError::Long(1));
    }
}
