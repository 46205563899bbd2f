//! What was typed, taken apart: words, phrases in quotes, and what is excluded by a minus.

use crate::stem::stem;
use crate::word::Word;
use crate::word::words;
use record::kind::Lang;
use unicode_normalization::UnicodeNormalization as _;

/// Characters of a query that are read; the rest is passed over.
const TEXT_CHARS_MAX: usize = 400;
/// Words of a query that are looked for, phrases and exclusions included.
const WORDS_MAX: usize = 24;
/// From this many characters on, the last word is also taken as the beginning of a word.
const BEGINNING_CHARS_MIN: usize = 3;

/// A word that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sought {
    /// Folded.
    pub(crate) folded: String,
    /// Its stem in German, unless it is a fill word there.
    pub(crate) de: Option<String>,
    /// Its stem in English, unless it is a fill word there.
    pub(crate) en: Option<String>,
    /// Its place in the phrase.
    pub(crate) place: usize,
    /// Whether longer words that begin with it will do.
    pub(crate) beginning: bool,
}

impl Sought {
    /// The stem in a language.
    pub(crate) fn stem(&self, lang: Lang) -> Option<&str> {
        match lang {
            Lang::De => self.de.as_deref(),
            Lang::En => self.en.as_deref(),
        }
    }

    /// Whether this word of a text in this language is the one looked for.
    pub(crate) fn meets(&self, word: &Word, lang: Lang) -> bool {
        let Some(sought) = self.stem(lang) else { return false };
        // Stemming never changes the first letter, and is not for free.
        if word.folded.chars().next() != sought.chars().next() {
            return false;
        }
        if self.beginning && word.folded.starts_with(&self.folded) {
            return true;
        }
        stem(&word.folded, lang)
            .is_some_and(|stem| stem == sought || (self.beginning && stem.starts_with(sought)))
    }
}

/// A query taken apart. Words that only fill a sentence are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Whether nothing was typed, so that everything is wanted.
    pub(crate) everything: bool,
    /// The more of them, the better.
    pub(crate) words: Vec<Sought>,
    /// All of them must be there, as they stand.
    pub(crate) phrases: Vec<Vec<Sought>>,
    /// None of them may be there.
    pub(crate) excluded: Vec<Vec<Sought>>,
}

/// A stretch of the query.
enum Stretch {
    Words(String),
    Phrase(String),
}

impl Wanted {
    /// Takes a text apart. Every text means something; no text is an error.
    pub(crate) fn read(text: &str, lang: Lang) -> Wanted {
        let text: String = text.chars().take(TEXT_CHARS_MAX).nfc().collect();
        let open_ended = text.ends_with(|last: char| last.is_alphanumeric());
        let mut wanted = Wanted { everything: text.trim().is_empty(), ..Wanted::default() };
        let mut left = WORDS_MAX;
        let mut ends_in_word = false;
        for (excluded, stretch) in stretches(&text) {
            let (sought, is_phrase) = match &stretch {
                Stretch::Words(text) => (sought(text, lang, &mut left), false),
                Stretch::Phrase(text) => (sought(text, lang, &mut left), true),
            };
            ends_in_word = !excluded && !is_phrase && !sought.is_empty();
            match (excluded, is_phrase) {
                _ if sought.is_empty() => {}
                (true, _) => wanted.excluded.push(sought),
                (false, true) => wanted.phrases.push(sought),
                (false, false) => wanted.words.extend(sought),
            }
        }
        if open_ended
            && ends_in_word
            && let Some(last) = wanted.words.last_mut()
        {
            last.beginning = last.folded.chars().count() >= BEGINNING_CHARS_MIN;
        }
        wanted.words = without_doubles(wanted.words);
        wanted
    }

    /// The words whose places in a text are shown.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &Sought> {
        self.words.iter().chain(self.phrases.iter().flatten())
    }
}

/// Said twice is not wanted twice; the later one stays, because it may be a beginning.
fn without_doubles(words: Vec<Sought>) -> Vec<Sought> {
    let mut kept: Vec<Sought> = Vec::new();
    for word in words {
        kept.retain(|other| other.folded != word.folded);
        kept.push(word);
    }
    kept
}

fn sought(text: &str, lang: Lang, left: &mut usize) -> Vec<Sought> {
    let found = words(text);
    let alone = found.len() == 1;
    let mut sought = Vec::new();
    for (place, word) in found.into_iter().enumerate() {
        let [de, en] = [Lang::De, Lang::En].map(|lang| stem(&word.folded, lang));
        let fills = match lang {
            Lang::De => de.is_none(),
            Lang::En => en.is_none(),
        };
        // The E of E-Mail says nothing beside its other half.
        let letter =
            !alone && word.folded.len() == 1 && word.folded.bytes().all(|byte| byte.is_ascii_alphabetic());
        if fills || letter || *left == 0 {
            continue;
        }
        *left -= 1;
        sought.push(Sought { folded: word.folded, de, en, place, beginning: false });
    }
    sought
}

/// Splits at blanks and quotes; the flag says whether a minus stands before the stretch.
fn stretches(text: &str) -> Vec<(bool, Stretch)> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (excluded, body) = match rest.strip_prefix('-') {
            Some(body) => (true, body),
            None => (false, rest),
        };
        if let Some((phrase, after)) = body.strip_prefix(is_quote).and_then(|open| open.split_once(is_quote))
        {
            found.push((excluded, Stretch::Phrase(phrase.to_owned())));
            rest = after.trim_start();
            continue;
        }
        // A quote that is never closed is no quote: somebody is still typing.
        let body = body.trim_start_matches(is_quote);
        let end = body.find(|letter: char| letter.is_whitespace() || is_quote(letter)).unwrap_or(body.len());
        let (word, after) = body.split_at_checked(end).unwrap_or((body, ""));
        found.push((excluded, Stretch::Words(word.to_owned())));
        rest = after.trim_start();
    }
    found
}

fn is_quote(letter: char) -> bool {
    matches!(letter, '"' | '„' | '“' | '”' | '«' | '»')
}

#[cfg(test)]
mod tests {
    use crate::wanted::Sought;
    use crate::wanted::WORDS_MAX;
    use crate::wanted::Wanted;
    use proptest::proptest;
    use record::kind::Lang;

    fn folded(sought: &[Sought]) -> Vec<&str> {
        sought.iter().map(|sought| sought.folded.as_str()).collect()
    }

    fn read(text: &str) -> Wanted {
        Wanted::read(text, Lang::De)
    }

    #[test]
    fn words_phrases_and_exclusions_are_told_apart() {
        let wanted = read("Straßenbäume \"offene Daten\" -München -„neue Mitte“ für E-Mail");
        assert_eq!(folded(&wanted.words), ["strassenbaeume", "mail"]);
        assert_eq!(folded(&wanted.phrases[0]), ["offene", "daten"]);
        assert_eq!(folded(&wanted.excluded[0]), ["muenchen"]);
        assert_eq!(folded(&wanted.excluded[1]), ["neue", "mitte"]);
        assert!(!wanted.everything);
    }

    #[test]
    fn only_the_word_that_is_being_typed_is_a_beginning() {
        let beginnings = |text: &str| read(text).words.iter().filter(|word| word.beginning).count();
        assert_eq!(beginnings("Rad Verk"), 1);
        assert_eq!(beginnings("Rad Verk "), 0);
        assert_eq!(beginnings("Rad \"Verkehr Daten\""), 0);
        assert_eq!(beginnings("Rad -Verk"), 0);
        assert_eq!(beginnings("Ra"), 0);
        assert_eq!(folded(&read("\"offene dat").words), ["offene", "dat"]);
    }

    #[test]
    fn only_nothing_means_everything() {
        assert!(read("").everything);
        assert!(read(" \t\n").everything);
        assert!(!read("???").everything);
        assert!(!read("und").everything);
        assert!(!read("-").everything);
    }

    #[test]
    fn decomposed_letters_are_read_as_composed_ones() {
        assert_eq!(read("Mu\u{308}hle"), read("Mühle"));
    }

    #[test]
    fn too_many_words_are_cut() {
        let text: String = (0..200).map(|n| format!("w{n} ")).collect();
        assert_eq!(read(&text).words.len(), WORDS_MAX);
    }

    proptest! {
        #[test]
        fn every_text_is_read(text in "\\PC{0,40}|[-\"„“ a-zÄß:*(/]{0,40}") {
            read(&text);
        }
    }
}
