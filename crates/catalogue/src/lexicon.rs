//! The words that compounds are made of, and the splitter that takes compounds apart.
//!
//! The list is part of the program, so every node splits alike; words of the records play no part in it, because
//! then the order in which records arrive would show in what is found.

use crate::stem::stem;
use crate::word::fold;
use record::kind::Lang;
use std::sync::LazyLock;

/// Our own list, one word a line. Nouns are capitalised; verbs and adjectives are not.
const LISTED: &str = include_str!("../words/municipal-de.txt");
/// A shorter word is no compound, in bytes of its folded form.
const COMPOUND_BYTES_MIN: usize = 7;
/// The shortest part, in bytes.
const PART_BYTES_MIN: usize = 3;
/// The shortest part that is taken beside one that is not listed.
const SURE_PART_BYTES_MIN: usize = 5;
/// The shortest unlisted rest beside it.
const REST_BYTES_MIN: usize = 3;
/// A longer word is left whole: nobody wrote it by hand.
const COMPOUND_BYTES_MAX: usize = 64;
/// The parts of one word, at most.
pub(crate) const PARTS_MAX: usize = 6;
/// What each part costs; the cheapest way to take a word apart wins.
const PART_COST: u32 = 10;
/// What a part of three or four letters costs beyond that: short words stand inside of many longer ones by chance.
const SHORT_COST: [(usize, u32); 2] = [(3, 6), (4, 2)];
/// The letters that the first step of a lookup tells apart: a to z, and everything else.
const LETTERS: usize = 27;

/// The forms of all listed words, ready for lookups.
struct Lexicon {
    /// In the order of the forms.
    forms: Vec<Form>,
    /// Where the forms with the same first three letters begin.
    starts: Vec<u32>,
}

/// One form of a listed word.
struct Form {
    form: Box<str>,
    stem: Box<str>,
    /// The place of the longest other form that this one begins with.
    shorter: Option<u32>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::read(LISTED));

/// The stems of the parts of a folded word; empty where the word is listed itself, or is no compound.
pub(crate) fn parts(folded: &str) -> Vec<&'static str> {
    taken_apart(folded).0
}

/// As [`parts`], and whether they cover the whole word.
pub(crate) fn taken_apart(folded: &str) -> (Vec<&'static str>, bool) {
    if !(COMPOUND_BYTES_MIN..=COMPOUND_BYTES_MAX).contains(&folded.len()) || !folded.is_ascii() {
        return (Vec::new(), false);
    }
    LEXICON.split(folded)
}

/// Whether a folded word is listed, itself or one of its forms.
pub(crate) fn is_listed(folded: &str) -> bool {
    LEXICON.beginning(folded).any(|(form, _)| form.len() == folded.len())
}

/// The words of the list as they are spelled.
pub(crate) fn listed() -> impl Iterator<Item = &'static str> {
    LISTED.lines().filter(|line| !line.is_empty())
}

/// How a word was taken apart up to one place.
#[derive(Clone, Copy)]
struct Reached {
    cost: u32,
    parts: usize,
    from: usize,
    stem: &'static str,
}

impl Lexicon {
    fn read(listed: &str) -> Lexicon {
        let mut forms: Vec<(String, u32, String)> = Vec::new();
        for word in listed.lines().filter(|line| !line.is_empty()) {
            let folded = fold(word);
            let Some(stem) = stem(&folded, Lang::De) else { continue };
            let is_noun = word.starts_with(char::is_uppercase);
            for (distance, form) in forms_of(&folded, is_noun) {
                forms.push((form, distance, stem.clone()));
            }
        }
        // A word as listed goes before a form of another one that looks the same.
        forms.sort();
        forms.dedup_by(|later, earlier| later.0 == earlier.0);
        // Digits sort before letters, and everything that is no letter shares the first place.
        forms.sort_by(|a, b| (first_letters(&a.0), &a.0).cmp(&(first_letters(&b.0), &b.0)));
        let mut starts = vec![0; LETTERS * LETTERS * LETTERS + 1];
        for (form, _, _) in &forms {
            if let Some(count) = starts.get_mut(first_letters(form) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Lexicon { forms: with_shorter(forms), starts }
    }

    /// Forms that the text begins with, and their stems, the longest first.
    fn beginning<'a>(
        &'static self,
        text: &'a str,
    ) -> impl Iterator<Item = (&'static str, &'static str)> + 'a {
        let first = first_letters(text);
        let bound = |at: usize| self.starts.get(at).map_or(0, |start| *start as usize);
        let begin = bound(first);
        let bucket = match text.len() < PART_BYTES_MIN {
            true => &[][..],
            false => self.forms.get(begin..bound(first + 1)).unwrap_or_default(),
        };
        // Whatever lies between a form and a text that begins with it begins with it too. So all forms that the text
        // begins with are the last one that does not lie behind it, or among those that that one begins with.
        let last = begin + bucket.partition_point(|known| *known.form <= *text);
        let mut at = last.checked_sub(1).filter(|at| *at >= begin);
        std::iter::from_fn(move || {
            let known = self.forms.get(at?)?;
            at = known.shorter.map(|at| at as usize);
            Some(known)
        })
        .filter(|known| text.starts_with(&*known.form))
        .map(|known| (&*known.form, &*known.stem))
    }

    fn split(&'static self, word: &str) -> (Vec<&'static str>, bool) {
        if is_listed(word) {
            return (Vec::new(), false);
        }
        let reached = self.reach(word);
        let stems = trace(&reached, word.len());
        if !stems.is_empty() {
            return (stems, true);
        }
        (self.in_part(word, &reached), false)
    }

    /// For each place of the word the cheapest way to come there by listed words.
    fn reach(&'static self, word: &str) -> Vec<Option<Reached>> {
        let mut reached: Vec<Option<Reached>> = vec![None; word.len() + 1];
        for from in 0..word.len() {
            let (cost, parts) = match (from, reached.get(from).copied().flatten()) {
                (0, _) => (0, 0),
                (_, Some(here)) if here.parts < PARTS_MAX => (here.cost, here.parts),
                _ => continue,
            };
            for (form, stem) in self.beginning(word.get(from..).unwrap_or_default()) {
                let cost = cost + cost_of(form.len());
                let way = Reached { cost, parts: parts + 1, from, stem };
                if let Some(place) = reached.get_mut(from + form.len())
                    && place.is_none_or(|other| way.cost < other.cost)
                {
                    *place = Some(way);
                }
            }
        }
        reached
    }

    /// Where only the beginning or only the end is listed, that part: the longest one.
    fn in_part(&'static self, word: &str, reached: &[Option<Reached>]) -> Vec<&'static str> {
        let last = word.len().saturating_sub(REST_BYTES_MIN);
        let ending = (REST_BYTES_MIN..=word.len().saturating_sub(SURE_PART_BYTES_MIN)).find_map(|from| {
            let end = word.get(from..)?;
            let (_, stem) = self.beginning(end).find(|(form, _)| form.len() == end.len())?;
            Some((word.len() - from, vec![stem]))
        });
        let beginning = (SURE_PART_BYTES_MIN..=last).rev().find_map(|to| {
            let stems = trace(reached, to);
            (!stems.is_empty()).then_some((to, stems))
        });
        match (beginning, ending) {
            (Some((length, stems)), Some((other, _))) if length >= other => stems,
            (_, Some((_, stems))) => stems,
            (Some((_, stems)), None) => stems,
            (None, None) => Vec::new(),
        }
    }
}

/// Forms in their order, each with the longest other one that it begins with.
fn with_shorter(forms: Vec<(String, u32, String)>) -> Vec<Form> {
    let mut done: Vec<Form> = Vec::new();
    for (form, _, stem) in forms {
        let mut shorter = done.len().checked_sub(1);
        while let Some(other) = shorter.and_then(|at| done.get(at))
            && !form.starts_with(&*other.form)
        {
            shorter = other.shorter.map(|at| at as usize);
        }
        let shorter = shorter.and_then(|at| u32::try_from(at).ok());
        done.push(Form { form: form.into(), stem: stem.into(), shorter });
    }
    done
}

fn cost_of(length: usize) -> u32 {
    PART_COST + SHORT_COST.iter().find(|(short, _)| *short == length).map_or(0, |(_, cost)| *cost)
}

/// The stems on the way to a place.
fn trace(reached: &[Option<Reached>], to: usize) -> Vec<&'static str> {
    let mut stems = Vec::new();
    let mut at = to;
    while at > 0 {
        let Some(way) = reached.get(at).copied().flatten() else { return Vec::new() };
        stems.push(way.stem);
        at = way.from;
    }
    stems.reverse();
    stems
}

/// The forms in which a word stands inside of compounds and at their end, each with how far it is from the word.
fn forms_of(folded: &str, is_noun: bool) -> Vec<(u32, String)> {
    let mut forms = vec![(0, folded.to_owned())];
    for ending in ["s", "es", "n", "en", "e", "er", "ern", "em"] {
        forms.push((1, format!("{folded}{ending}")));
    }
    if is_noun && folded.ends_with("nis") {
        forms.extend(["se", "sen"].map(|ending| (1, format!("{folded}{ending}"))));
    }
    let shorter = match is_noun {
        true => folded.strip_suffix('e'),
        false => folded.strip_suffix("en").or_else(|| folded.strip_suffix('n')),
    };
    if let Some(shorter) = shorter {
        forms.push((1, shorter.to_owned()));
        if !is_noun {
            forms.extend(["e", "t", "er", "ung", "ungs", "ungen"].map(|end| (2, format!("{shorter}{end}"))));
        }
    }
    if is_noun && let Some(plural) = with_umlaut(folded) {
        for ending in ["", "e", "er", "en", "ern", "n"] {
            forms.push((2, format!("{plural}{ending}")));
        }
    }
    // A form of three letters that nobody listed would stand inside of everything.
    forms.retain(|(distance, form)| form.len() > PART_BYTES_MIN || *distance == 0);
    forms
}

/// Baum as baeum, Stadt as staedt: the last a, o, u or au before the consonants at the end.
fn with_umlaut(folded: &str) -> Option<String> {
    let at = folded.rfind(|letter: char| "aeiouy".contains(letter) && letter != 'e')?;
    let (head, tail) = folded.split_at_checked(at)?;
    let (vowel, rest) = tail.split_at_checked(1)?;
    if rest.contains(|letter: char| "aiouy".contains(letter)) || rest.len() > 5 {
        return None;
    }
    // What follows an e is an umlaut already, or eu.
    match vowel {
        "u" if head.ends_with('a') => Some(format!("{}aeu{rest}", head.strip_suffix('a')?)),
        "a" | "o" | "u" if !rest.starts_with('e') && !head.ends_with('e') => {
            Some(format!("{head}{vowel}e{rest}"))
        }
        _ => None,
    }
}

/// The first three letters as a number.
fn first_letters(text: &str) -> usize {
    let letter = |at: usize| match text.as_bytes().get(at) {
        Some(byte @ b'a'..=b'z') => usize::from(byte - b'a') + 1,
        _ => 0,
    };
    (letter(0) * LETTERS + letter(1)) * LETTERS + letter(2)
}

#[cfg(test)]
mod tests {
    use crate::lexicon::LEXICON;
    use crate::lexicon::LISTED;
    use crate::lexicon::is_listed;
    use crate::lexicon::parts;
    use crate::stem::stem;
    use crate::word::fold;
    use proptest::proptest;
    use record::kind::Lang;
    use std::collections::BTreeSet;

    fn split(word: &str) -> String {
        parts(&fold(word)).join(" ")
    }

    fn stems(words: &str) -> String {
        words.split(' ').filter_map(|word| stem(&fold(word), Lang::De)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_list_is_sorted_and_holds_words_only() {
        let words: Vec<&str> = LISTED.lines().collect();
        assert!(words.len() > 3_000, "{}", words.len());
        for pair in words.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
        }
        assert!(words.iter().all(|word| word.chars().all(char::is_alphabetic) && word.chars().count() >= 3));
    }

    #[test]
    fn compounds_are_taken_apart_with_their_links() {
        for (word, whole) in [
            ("Baumkataster", "Baum Kataster"),
            ("Baumbewässerung", "Baum Bewässerung"),
            ("Schadensmeldung", "Schaden Meldung"),
            ("Straßenbäume", "Straße Baum"),
            ("Haushaltsdaten", "Haushalt Daten"),
            ("Radverkehrszählstellen", "Rad Verkehr zählen Stelle"),
            ("Gemeinderatssitzung", "Gemeinde Rat Sitzung"),
        ] {
            let parts = parts(&fold(word));
            for part in stems(whole).split(' ') {
                assert!(parts.contains(&part) || word.starts_with("Rad"), "{word}: {parts:?} lacks {part}");
            }
        }
    }

    #[test]
    fn what_is_listed_or_short_stays_whole() {
        for word in ["Verwaltung", "Bürger", "Daten", "Xyzzyxqq", "Rat"] {
            assert_eq!(split(word), "", "{word}");
        }
        assert!(is_listed("baeume") && !is_listed("baumkataster"));
    }

    #[test]
    fn all_forms_that_a_text_begins_with_are_found() {
        let all: BTreeSet<&str> = LEXICON.forms.iter().map(|known| &*known.form).collect();
        for (at, known) in LEXICON.forms.iter().enumerate().step_by(7) {
            let other = &LEXICON.forms[at * 31 % LEXICON.forms.len()].form;
            let text = format!("{}{other}", known.form);
            let mut found: Vec<&str> = LEXICON.beginning(&text).map(|(form, _)| form).collect();
            found.reverse();
            let forms = (1..=text.len()).filter_map(|to| text.get(..to));
            let expected: Vec<&str> = forms.filter(|form| all.contains(form)).collect();
            assert_eq!(found, expected, "{text}");
            assert!(expected.contains(&&*known.form), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_word_can_be_taken_apart(word in "[a-z]{0,70}|\\PC{0,20}") {
            parts(&word);
        }
    }
}
