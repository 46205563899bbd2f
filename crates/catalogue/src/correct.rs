//! What a word that nobody wrote may have been meant to be.

use crate::dictionary::Dictionary;
use crate::fields::Fields;
use crate::lexicon::is_listed;
use crate::lexicon::taken_apart;
use crate::stem::stem;
use crate::synonyms::Synonyms;
use crate::wanted::Sought;
use crate::word::fold;
use crate::word::words;
use record::kind::Lang;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use tantivy::schema::Field;

/// A shorter word is not corrected, in bytes of its folded form: too many others are near.
const WORD_BYTES_MIN: usize = 4;
/// From this length on, two typing errors are mended.
const TWO_ERRORS_BYTES_MIN: usize = 9;
/// A longer word is not corrected: nobody typed it.
const WORD_BYTES_MAX: usize = 48;
/// Letters at the end in which every typing error is tried out: the stem hides what stood there.
const ENDING_LETTERS: usize = 5;
/// The shortest stem that may have been meant, in bytes.
const STEM_BYTES_MIN: usize = 3;
/// Letters that may have been meant.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzäöüß";
/// The rows of a German keyboard: what lies side by side is hit by mistake.
const KEYS: [&str; 3] = ["qwertzuiopü", "asdfghjklöä", "yxcvbnm"];
/// How likely errors are against each other: two letters in the wrong order, one twice or once instead of twice; one
/// left out or too many, or an umlaut without its dots; the key beside; any other letter.
const SWAPPED: u64 = 6;
const DOUBLED: u64 = 6;
const MISSED: u64 = 4;
const BESIDE: u64 = 3;
const OTHER: u64 = 2;
/// How much less likely the first letter is wrong than another one.
const FIRST_LETTER: u64 = 3;
/// What a record that has the whole word counts against one that has each of its parts. The root of all of them is
/// what counts: the most frequent words are not meant as often as they are written.
const WHOLE: u64 = 16;
/// What it counts that a word of the same meaning may be found.
const MEANT: u64 = 1;
/// By how much a stem falls back that is far from that of what was typed, where the list knows nothing of the word.
const FAR: u64 = 4;
/// The root is taken of so many times as much, so that its fraction counts.
const THOUSAND: u64 = 1_000;
/// Records with the parts of a compound that count, at most: parts are in many records, whatever they make together.
const PARTS_COUNT_MAX: u64 = 9;

/// The corrected word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Corrected {
    pub(crate) word: Sought,
    /// How it may be shown.
    pub(crate) shown: String,
    /// Whether it is spelled so in our list of words; else a record may show it better.
    pub(crate) is_sure: bool,
}

/// A word one error away from what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edit {
    spelled: String,
    likely: u64,
    /// Whether the stem of what was typed may hide the letter.
    in_ending: bool,
}

/// What may have been meant. Depends on the records that stand, and on nothing else.
pub(crate) fn correct(
    dictionary: &Dictionary,
    fields: &Fields,
    synonyms: &Synonyms,
    word: &Sought,
    lang: Lang,
) -> tantivy::Result<Option<Corrected>> {
    let folded = word.folded.as_str();
    // What is listed is spelled right, whether any record has it or not.
    if !(WORD_BYTES_MIN..=WORD_BYTES_MAX).contains(&folded.len()) || !folded.is_ascii() || is_listed(folded) {
        return Ok(None);
    }
    let spelled = words(&word.typed).into_iter().next().map(|word| word.spelled).unwrap_or_default();
    let edits = edits(&spelled);
    for lang in BTreeSet::from([Lang::De, lang]) {
        let of_lang = [fields.title.of(lang), fields.body.of(lang)];
        let attempt = Attempt { dictionary, fields: of_lang, synonyms, lang, counts: BTreeMap::new() };
        let found = attempt.one(folded, &edits)?;
        if let Some((folded, edit)) = found {
            let is_noun = spelled.starts_with(char::is_uppercase);
            let shown = if is_noun { capital(&edit.spelled) } else { edit.spelled.clone() };
            let word = word.meant(folded.clone());
            let is_sure = word.is_covered || is_listed(folded);
            return Ok(Some(Corrected { word, shown, is_sure }));
        }
        if let Some(stem) = two(dictionary, &of_lang, folded, lang)? {
            let (parts, is_covered) = taken_apart(&stem);
            let parts = parts.into_iter().map(str::to_owned).collect();
            let (de, en) = match lang {
                Lang::De => (Some(stem.clone()), None),
                Lang::En => (None, Some(stem.clone())),
            };
            let word = Sought { folded: stem.clone(), de, en, parts, is_covered, ..word.clone() };
            return Ok(Some(Corrected { word, shown: stem, is_sure: false }));
        }
    }
    Ok(None)
}

/// One language in which a word is looked for.
struct Attempt<'a> {
    dictionary: &'a Dictionary<'a>,
    fields: [Field; 2],
    synonyms: &'a Synonyms,
    lang: Lang,
    /// How many records have a stem.
    counts: BTreeMap<String, u64>,
}

impl Attempt<'_> {
    /// The word one error away that is written most, the likelier error counting more.
    fn one<'e>(
        mut self,
        folded: &str,
        edits: &'e BTreeMap<String, Edit>,
    ) -> tantivy::Result<Option<(&'e String, &'e Edit)>> {
        let Some(typed) = stem(folded, self.lang) else { return Ok(None) };
        let near: BTreeMap<String, u64> =
            self.dictionary.near(&self.fields, &typed, 1)?.into_iter().collect();
        let mut best: Option<(u64, (&String, &Edit))> = None;
        for (meant, edit) in edits {
            let Some(stem) = stem(meant, self.lang).filter(|stem| stem.len() >= STEM_BYTES_MIN) else {
                continue;
            };
            let (whole, is_far) = match near.get(&stem) {
                Some(count) => (*count, false),
                None if edit.in_ending => (self.count(&stem)?, !is_listed(meant)),
                None => (0, false),
            };
            let parts = self.parts(meant)?;
            let same = if self.synonyms.of(self.lang, &[&stem]).is_empty() { 0 } else { MEANT };
            let far = if is_far && parts == 0 { FAR } else { 1 };
            let weight = edit.likely * (THOUSAND * (WHOLE * whole + parts + same)).isqrt() / far;
            // Of equals the first of the alphabet.
            if weight > best.map_or(0, |(weight, _)| weight) {
                best = Some((weight, (meant, edit)));
            }
        }
        Ok(best.map(|(_, found)| found))
    }

    /// How many records have each part of a compound of listed words only.
    fn parts(&mut self, folded: &str) -> tantivy::Result<u64> {
        if self.lang != Lang::De {
            return Ok(0);
        }
        let (parts, is_covered) = taken_apart(folded);
        let mut least = if is_covered { PARTS_COUNT_MAX } else { 0 };
        for part in parts {
            if least > 0 {
                least = least.min(self.count(part)?);
            }
        }
        Ok(least)
    }

    fn count(&mut self, stem: &str) -> tantivy::Result<u64> {
        if let Some(count) = self.counts.get(stem) {
            return Ok(*count);
        }
        let counts = self.fields.iter().map(|field| self.dictionary.count(*field, stem));
        let count = counts.sum::<tantivy::Result<u64>>()?;
        self.counts.insert(stem.to_owned(), count);
        Ok(count)
    }
}

/// The stem two errors away that is written most; the first letter is seldom wrong.
fn two(
    dictionary: &Dictionary,
    fields: &[Field],
    folded: &str,
    lang: Lang,
) -> tantivy::Result<Option<String>> {
    let Some(typed) = stem(folded, lang).filter(|_| folded.len() >= TWO_ERRORS_BYTES_MIN) else {
        return Ok(None);
    };
    let first = |stem: &str| stem.bytes().next() == typed.bytes().next();
    let near = dictionary.near(fields, &typed, 2)?.into_iter();
    // They come with the most frequent first, and of equals the last would be taken.
    let best = near.rev().filter(|(stem, _)| stem.len() >= STEM_BYTES_MIN);
    Ok(best.max_by_key(|(stem, count)| (first(stem), *count)).map(|(stem, _)| stem))
}

/// Every word one typing error away, by its folded form.
fn edits(spelled: &str) -> BTreeMap<String, Edit> {
    let letters: Vec<char> = spelled.chars().flat_map(char::to_lowercase).collect();
    let mut found: BTreeMap<String, Edit> = BTreeMap::new();
    for at in 0..=letters.len() {
        let (head, tail) = letters.split_at(at);
        let in_ending = at + ENDING_LETTERS >= letters.len();
        let mut put = |middle: &[char], rest: &[char], likely: u64, in_ending: bool| {
            let spelled: String = head.iter().chain(middle).chain(rest).collect();
            let likely = if at == 0 { likely } else { likely * FIRST_LETTER };
            let edit = Edit { spelled, likely, in_ending };
            let place = found.entry(fold(&edit.spelled)).or_insert_with(|| edit.clone());
            if edit.likely > place.likely {
                *place = edit;
            }
        };
        let before = head.last();
        for other in LETTERS.chars() {
            let likely = match other {
                _ if before == Some(&other) || tail.first() == Some(&other) => DOUBLED,
                'a'..='z' => MISSED,
                _ => OTHER,
            };
            put(&[other], tail, likely, in_ending);
        }
        let [letter, rest @ ..] = tail else { continue };
        // A letter left out or in another order is tried everywhere: short stems move further than one step.
        put(&[], rest, if before == Some(letter) { DOUBLED } else { MISSED }, true);
        if let [next, rest @ ..] = rest {
            put(&[*next, *letter], rest, SWAPPED, true);
        }
        for other in LETTERS.chars().filter(|other| other != letter) {
            let likely = match fold(&other.to_string()).starts_with(*letter) {
                true => MISSED,
                false if lie_beside(*letter, other) => BESIDE,
                false => OTHER,
            };
            put(&[other], rest, likely, in_ending);
        }
    }
    found.remove(&fold(spelled));
    found
}

/// Whether two letters lie side by side on a keyboard, or below each other.
fn lie_beside(a: char, b: char) -> bool {
    let place = |letter: char| {
        KEYS.iter()
            .enumerate()
            .find_map(|(row, keys)| Some((row, keys.chars().position(|key| key == letter)?)))
    };
    match (place(a), place(b)) {
        (Some((row, at)), Some((other_row, other))) => {
            row.abs_diff(other_row) <= 1 && at.abs_diff(other) <= 1
        }
        _ => false,
    }
}

/// With a capital letter, as nouns are.
fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::correct::BESIDE;
    use crate::correct::DOUBLED;
    use crate::correct::FIRST_LETTER;
    use crate::correct::MISSED;
    use crate::correct::OTHER;
    use crate::correct::SWAPPED;
    use crate::correct::edits;
    use proptest::proptest;

    #[test]
    fn what_happens_often_is_likelier() {
        for (typed, meant, spelled, likely) in [
            ("Haushlat", "haushalt", "haushalt", SWAPPED),
            ("Kataster", "katasster", "katasster", DOUBLED),
            ("Katasster", "kataster", "kataster", DOUBLED),
            ("Ktaster", "kataster", "kataster", MISSED),
            ("Katastwr", "kataster", "kataster", BESIDE),
            ("Katastpr", "kataster", "kataster", OTHER),
            ("Kitapltze", "kitaplaetze", "kitaplätze", OTHER),
            ("Kitaplatze", "kitaplaetze", "kitaplätze", MISSED),
            ("Kitapältze", "kitaplaetze", "kitaplätze", SWAPPED),
        ] {
            let edits = edits(typed);
            let edit = &edits[meant];
            assert_eq!((edit.spelled.as_str(), edit.likely), (spelled, likely * FIRST_LETTER), "{typed}");
        }
        assert_eq!(edits("Natei")["datei"].likely, OTHER);
    }

    /// Whether one letter too much, too little or wrong, or two letters in the wrong order, tell two words apart.
    fn is_one_error(a: &str, b: &str) -> bool {
        let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
        let same = a.iter().zip(&b).take_while(|(one, other)| one == other).count();
        let (a, b) = (&a[same..], &b[same..]);
        let behind = |letters: &[char]| letters.get(1..).unwrap_or_default().to_vec();
        match (a, b) {
            ([], []) => false,
            _ if behind(a) == b || a == behind(b) || behind(a) == behind(b) => true,
            ([a1, a2, a_rest @ ..], [b1, b2, b_rest @ ..]) => a1 == b2 && a2 == b1 && a_rest == b_rest,
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn edits_are_one_error_away(word in "[a-zäöü]{2,12}") {
            for (folded, edit) in edits(&word) {
                assert!(is_one_error(&word, &edit.spelled), "{word} {folded}");
            }
        }
    }
}
