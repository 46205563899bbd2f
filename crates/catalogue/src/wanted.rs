//! What was typed, taken apart: words, phrases in quotes, filters, and what is excluded by a minus.

use crate::codes::code_of;
use crate::lexicon::taken_apart;
use crate::query::FACETS;
use crate::query::Filters;
use crate::stem::stem;
use crate::word::fold;
use crate::word::words;
use record::kind::Lang;
use unicode_normalization::UnicodeNormalization as _;

/// Characters of a query that are read; the rest is passed over.
const TEXT_CHARS_MAX: usize = 400;
/// Words of a query that are looked for, phrases and exclusions included.
pub(crate) const WORDS_MAX: usize = 24;
/// From this many characters on, the last word is also taken as the beginning of a word.
const BEGINNING_CHARS_MIN: usize = 3;

/// What people call a facet before a colon, besides its own name.
const FILTERS: [(&str, &str); 17] = [
    ("art", "kind"),
    ("ampel", "lamp"),
    ("betrieb", "deployment_model"),
    ("deployment", "deployment_model"),
    ("einwohner", "population_class"),
    ("field", "action_field"),
    ("groesse", "population_class"),
    ("handlungsfeld", "action_field"),
    ("herausgeber", "publisher"),
    ("kreis", "district"),
    ("license", "licence"),
    ("lizenz", "licence"),
    ("size", "population_class"),
    ("stand", "phase"),
    ("stelle", "publisher"),
    ("stufe", "stage"),
    ("von", "publisher"),
];
/// What stands before a word that is looked for in titles only.
const TITLE: [&str; 2] = ["titel", "title"];

/// A word that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sought {
    /// As it was typed.
    pub(crate) typed: String,
    /// Folded.
    pub(crate) folded: String,
    /// Its stem in German, unless it is a fill word there.
    pub(crate) de: Option<String>,
    /// Its stem in English, unless it is a fill word there.
    pub(crate) en: Option<String>,
    /// The stems of its parts in German, where it is a compound.
    pub(crate) parts: Vec<String>,
    /// Whether the parts cover the whole word.
    pub(crate) is_covered: bool,
    /// Its place in the phrase.
    pub(crate) place: usize,
    /// Whether longer words that begin with it will do.
    pub(crate) beginning: bool,
    /// Whether only titles are looked through.
    pub(crate) title_only: bool,
}

impl Sought {
    /// The stem in a language.
    pub(crate) fn stem(&self, lang: Lang) -> Option<&str> {
        match lang {
            Lang::De => self.de.as_deref(),
            Lang::En => self.en.as_deref(),
        }
    }

    /// This word as it was meant, taken apart as if it had been typed so.
    pub(crate) fn meant(&self, folded: String) -> Sought {
        let [de, en] = [Lang::De, Lang::En].map(|lang| stem(&folded, lang));
        let (parts, is_covered) = taken_apart(&folded);
        let parts = parts.into_iter().map(str::to_owned).collect();
        Sought { folded, de, en, parts, is_covered, ..self.clone() }
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
    /// Filters that were typed, as `kind:event`.
    pub(crate) filters: Filters,
}

/// A stretch of the query.
enum Stretch {
    Words(String),
    Phrase(String),
    Filter(&'static str, String),
    Title(String),
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
            let (mut sought, is_phrase) = match &stretch {
                Stretch::Filter(facet, value) => {
                    wanted.filters.add(facet, &code_of(facet, value));
                    continue;
                }
                Stretch::Words(text) | Stretch::Title(text) => (sought(text, lang, &mut left), false),
                Stretch::Phrase(text) => (sought(text, lang, &mut left), true),
            };
            if matches!(stretch, Stretch::Title(_)) {
                sought.iter_mut().for_each(|word| word.title_only = true);
            }
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

    /// The words by which hits are ordered, those of phrases included.
    pub(crate) fn scored(&self) -> impl Iterator<Item = &Sought> {
        self.words.iter().chain(self.phrases.iter().flatten())
    }

    /// Whether anything was typed that a record has or has not.
    pub(crate) fn has_words(&self) -> bool {
        self.scored().next().is_some()
    }

    /// Whether all records are wanted that pass the filters. Where only fill words or signs were typed, nothing is;
    /// a lone exclusion or filter leaves the rest.
    pub(crate) fn is_open(&self) -> bool {
        !self.has_words() && (self.everything || !self.excluded.is_empty() || !self.filters.is_empty())
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
        let typed = text.get(word.from..word.to).unwrap_or_default().to_owned();
        let (beginning, title_only) = (false, false);
        let (parts, is_covered) = taken_apart(&word.folded);
        let parts = parts.into_iter().map(str::to_owned).collect();
        let folded = word.folded;
        sought.push(Sought { typed, folded, de, en, parts, is_covered, place, beginning, title_only });
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
        if !excluded && let Some((stretch, after)) = named(body) {
            found.push((false, stretch));
            rest = after.trim_start();
            continue;
        }
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

/// A stretch such as `kind:event`, `land:"Schleswig-Holstein"` or `titel:Baum`, and what follows it.
fn named(text: &str) -> Option<(Stretch, &str)> {
    let end = text.find(|letter: char| letter.is_whitespace() || is_quote(letter) || letter == ':')?;
    let (name, rest) = text.split_at_checked(end)?;
    let value = rest.strip_prefix(':')?;
    let name = fold(name);
    let facet = FACETS
        .into_iter()
        .find(|facet| *facet == name || facet.replace('_', "") == name)
        .or_else(|| FILTERS.iter().find(|(known, _)| *known == name).map(|(_, facet)| *facet));
    let is_title = TITLE.contains(&name.as_str());
    if facet.is_none() && !is_title {
        return None;
    }
    let quoted = value.strip_prefix(is_quote).and_then(|open| open.split_once(is_quote));
    let (value, rest) = match quoted {
        Some(split) => split,
        None => {
            let end = value.find(|letter: char| letter.is_whitespace()).unwrap_or(value.len());
            value.split_at_checked(end)?
        }
    };
    match facet {
        _ if value.is_empty() => None,
        Some(facet) => Some((Stretch::Filter(facet, value.to_owned()), rest)),
        None => Some((Stretch::Title(value.to_owned()), rest)),
    }
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
    fn filters_are_typed_by_name() {
        let wanted = read("Radweg art:Veranstaltung land:\"Schleswig-Holstein\" stufe:2 herausgeber:th.jena");
        assert_eq!(folded(&wanted.words), ["radweg"]);
        let filters: Vec<String> = wanted
            .filters
            .iter()
            .flat_map(|(facet, codes)| codes.iter().map(move |code| format!("{facet}={code}")))
            .collect();
        assert_eq!(filters, ["kind=event", "land=sh", "publisher=th.jena", "stage=2"]);
        assert!(read("titel:Baum").words[0].title_only);
        assert_eq!(
            folded(&read("Bürger:innen unbekannt:wort art:").words),
            ["buerger", "unbekannt", "wort", "art"]
        );
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
