//! Words of the same meaning: our own list, and what an operator adds.
//!
//! One group a line, its words separated by commas; a group of several words together is written with blanks
//! (`Leichte Sprache, einfache Sprache`). Lines that begin with `#` are remarks.

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
const MEANT_MAX: usize = 24;

/// Groups of words of the same meaning.
#[derive(Clone, Debug)]
pub struct Synonyms {
    /// Each word as its folded words: one, or several together.
    groups: Vec<Vec<Vec<String>>>,
    /// By stem in German and in English: the groups with this word, and which of their words it is.
    known: BTreeMap<(Lang, String), Vec<(usize, usize)>>,
}

/// Why an operator's list is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SynonymsError {
    /// A line with a single word, which says nothing.
    #[error("line {0} has one word only: write at least two, with a comma between them")]
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
            let group: Vec<Vec<String>> = text
                .split(',')
                .map(|word| words(word).into_iter().map(|word| word.folded).collect::<Vec<_>>())
                .filter(|word| !word.is_empty())
                .collect();
            match group.len() {
                0 | 1 => return Err(SynonymsError::Lone(line)),
                count if count > WORDS_MAX => return Err(SynonymsError::Long(line)),
                _ if self.groups.len() >= GROUPS_MAX => return Err(SynonymsError::Many),
                _ => self.put(group),
            }
        }
        Ok(())
    }

    fn put(&mut self, group: Vec<Vec<String>>) {
        let number = self.groups.len();
        for (at, word) in group.iter().enumerate() {
            let [one] = word.as_slice() else { continue };
            for lang in [Lang::De, Lang::En] {
                if let Some(stem) = stem(one, lang) {
                    self.known.entry((lang, stem)).or_default().push((number, at));
                }
            }
        }
        self.groups.push(group);
    }

    /// The other words of the groups with this stem, each as its folded words.
    pub(crate) fn of(&self, lang: Lang, stem: &str) -> Vec<&[String]> {
        let known = self.known.get(&(lang, stem.to_owned())).map_or(&[][..], Vec::as_slice);
        let mut found: Vec<&[String]> = Vec::new();
        for (group, own) in known {
            for (at, word) in self.groups.get(*group).into_iter().flatten().enumerate() {
                if at != *own && !found.contains(&word.as_slice()) {
                    found.push(word);
                }
            }
        }
        found.truncate(MEANT_MAX);
        found
    }
}

#[cfg(test)]
mod tests {
    use crate::stem::stem;
    use crate::synonyms::LISTED;
    use crate::synonyms::Synonyms;
    use crate::synonyms::SynonymsError;
    use crate::word::fold;
    use record::kind::Lang;

    #[test]
    fn our_own_list_is_read() {
        let mut synonyms = Synonyms::with("").unwrap();
        let groups = synonyms.groups.len();
        assert!(groups > 100, "{groups}");
        synonyms.take(LISTED).unwrap();
        assert_eq!(synonyms.groups.len(), 2 * groups);
        let meant = synonyms.of(Lang::De, &stem(&fold("Mängelmelder"), Lang::De).unwrap());
        assert!(meant.contains(&["schadensmeldung".to_owned()].as_slice()), "{meant:?}");
    }

    #[test]
    fn an_operator_adds_groups_and_hears_what_is_wrong() {
        let synonyms = Synonyms::with("# unsere Wörter\nKlöncafé, Begegnungsstätte\n\n").unwrap();
        let meant = synonyms.of(Lang::De, &stem("kloencafe", Lang::De).unwrap());
        assert_eq!(meant, [["begegnungsstaette".to_owned()].as_slice()]);
        assert_eq!(Synonyms::with("\nallein").unwrap_err(), SynonymsError::Lone(2));
        assert_eq!(Synonyms::with(&"a1, ".repeat(50)).unwrap_err(), SynonymsError::Long(1));
    }
}
