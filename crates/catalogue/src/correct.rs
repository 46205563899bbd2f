//! What a word that nobody wrote may have been meant to be.

use crate::dictionary::Dictionary;
use crate::fields::Fields;
use crate::lexicon::listed;
use crate::lexicon::parts;
use crate::stem::stem;
use crate::wanted::Sought;
use crate::word::fold;
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
/// The shortest half of a compound that is corrected or kept.
const HALF_BYTES_MIN: usize = 3;

/// The corrected word, and how it may be shown if no record shows it better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Corrected {
    pub(crate) word: Sought,
    pub(crate) shown: Option<String>,
}

/// What may have been meant. Depends on the records that stand, and on nothing else.
pub(crate) fn correct(
    dictionary: &Dictionary,
    fields: &Fields,
    word: &Sought,
    lang: Lang,
) -> tantivy::Result<Option<Corrected>> {
    let folded = word.folded.as_str();
    if !(WORD_BYTES_MIN..=WORD_BYTES_MAX).contains(&folded.len()) || !folded.is_ascii() {
        return Ok(None);
    }
    for lang in BTreeSet::from([Lang::De, lang]) {
        let of_lang = [fields.title.of(lang), fields.body.of(lang)];
        if let Some(stem) = whole(dictionary, &of_lang, folded, lang)? {
            let mut word =
                Sought { folded: stem.clone(), de: None, en: None, parts: Vec::new(), ..word.clone() };
            match lang {
                Lang::De => word.de = Some(stem),
                Lang::En => word.en = Some(stem),
            }
            return Ok(Some(Corrected { word, shown: None }));
        }
    }
    half(dictionary, fields, word)
}

/// The stem of the word that is nearest, and among those the most frequent.
fn whole(
    dictionary: &Dictionary,
    fields: &[Field],
    folded: &str,
    lang: Lang,
) -> tantivy::Result<Option<String>> {
    let Some(typed) = stem(folded, lang) else { return Ok(None) };
    let mut found: BTreeMap<String, u64> = dictionary.near(fields, &typed, 1)?.into_iter().collect();
    for edited in edits(folded) {
        if let Some(stem) = stem(&edited, lang)
            && !found.contains_key(&stem)
        {
            let mut count = 0;
            for field in fields {
                count += dictionary.count(*field, &stem)?;
            }
            found.insert(stem, count);
        }
    }
    let best = |found: &BTreeMap<String, u64>| {
        let known = found.iter().filter(|(stem, count)| **count > 0 && stem.len() >= HALF_BYTES_MIN);
        // Of equals the first of the alphabet.
        known.rev().max_by_key(|(_, count)| **count).map(|(stem, _)| stem.clone())
    };
    if let Some(stem) = best(&found) {
        return Ok(Some(stem));
    }
    if folded.len() < TWO_ERRORS_BYTES_MIN {
        return Ok(None);
    }
    Ok(best(&dictionary.near(fields, &typed, 2)?.into_iter().collect()))
}

/// A compound of which one half is known and the other has a typing error.
fn half(dictionary: &Dictionary, fields: &Fields, word: &Sought) -> tantivy::Result<Option<Corrected>> {
    let folded = word.folded.as_str();
    let of_german = [fields.title.de, fields.body.de];
    // The longer the half that is right, the surer the other one.
    let mut splits: Vec<(usize, bool)> = Vec::new();
    for at in HALF_BYTES_MIN..folded.len().saturating_sub(HALF_BYTES_MIN) {
        splits.extend([(at, true), (at, false)]);
    }
    splits.sort_by_key(|(at, first_is_right)| match first_is_right {
        true => (folded.len() - at, 0),
        false => (*at, 1),
    });
    for (at, first_is_right) in splits {
        let Some((first, second)) = folded.split_at_checked(at) else { continue };
        let (right, wrong) = if first_is_right { (first, second) } else { (second, first) };
        let right_parts = covered(right);
        if right_parts.is_empty() || wrong.len() < WORD_BYTES_MIN {
            continue;
        }
        let Some((spelled, wrong_stem)) = listed_near(wrong) else { continue };
        let known = right_parts.iter().chain([&wrong_stem]).map(|part| {
            of_german.iter().map(|field| dictionary.count(*field, part)).sum::<tantivy::Result<u64>>()
        });
        let known: Vec<u64> = known.collect::<tantivy::Result<_>>()?;
        if known.last().is_none_or(|count| *count == 0) {
            continue;
        }
        let stems: Vec<String> = match first_is_right {
            true => right_parts.into_iter().chain([wrong_stem]).collect(),
            false => [wrong_stem].into_iter().chain(right_parts).collect(),
        };
        let shown = match first_is_right {
            true => format!("{first}{}", spelled.to_lowercase()),
            false => format!("{spelled}{second}"),
        };
        let word = Sought {
            folded: fold(&shown),
            de: Some(stems.concat()),
            en: None,
            parts: stems,
            is_covered: true,
            ..word.clone()
        };
        return Ok(Some(Corrected { word, shown: Some(capital(&shown)) }));
    }
    Ok(None)
}

/// The stems of a half that is made of listed words only.
fn covered(half: &str) -> Vec<String> {
    match crate::lexicon::listed_stem(half) {
        Some(stem) => vec![stem.to_owned()],
        None => parts(half).into_iter().map(str::to_owned).collect(),
    }
}

/// The listed word that a half is one error away from, as it is spelled, and its stem. Links between the halves
/// may stand at its end.
fn listed_near(half: &str) -> Option<(String, String)> {
    let mut best: Option<(usize, String, String)> = None;
    for spelled in listed() {
        let folded = fold(spelled);
        if folded.len() < WORD_BYTES_MIN {
            continue;
        }
        let ends = ["", "s", "es", "n", "en", "e"];
        let near = ends.iter().any(|end| {
            half.len().abs_diff(folded.len() + end.len()) <= 1
                && is_one_error(half, &format!("{folded}{end}"))
        });
        if near && best.as_ref().is_none_or(|(length, ..)| folded.len() > *length) {
            best = Some((folded.len(), spelled.to_owned(), stem(&folded, Lang::De)?));
        }
    }
    best.map(|(_, spelled, stem)| (spelled, stem))
}

/// Whether one letter too much, too little or wrong, or two letters in the wrong order, tell two words apart.
fn is_one_error(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let same = a.iter().zip(b).take_while(|(one, other)| one == other).count();
    let (a, b) = (a.get(same..).unwrap_or_default(), b.get(same..).unwrap_or_default());
    let ends = |bytes: &[u8]| bytes.get(1..).unwrap_or_default().to_vec();
    match (a, b) {
        ([], []) => false,
        _ if ends(a) == b || a == ends(b).as_slice() || ends(a) == ends(b) => true,
        ([a1, a2, a_rest @ ..], [b1, b2, b_rest @ ..]) => a1 == b2 && a2 == b1 && a_rest == b_rest,
        _ => false,
    }
}

/// Words one error away: letters left out or in the wrong order anywhere, and every error near the end.
fn edits(folded: &str) -> BTreeSet<String> {
    let letters: Vec<char> = folded.chars().collect();
    let mut found = BTreeSet::new();
    for at in 0..letters.len() {
        let (head, tail) = letters.split_at(at);
        let [letter, rest @ ..] = tail else { continue };
        let mut put = |middle: &[char], rest: &[char]| {
            found.insert(head.iter().chain(middle).chain(rest).collect::<String>());
        };
        put(&[], rest);
        if let [next, rest @ ..] = rest {
            put(&[*next, *letter], rest);
        }
        if at + ENDING_LETTERS >= letters.len() {
            for other in 'a'..='z' {
                put(&[other], rest);
                put(&[other, *letter], rest);
            }
        }
    }
    found.remove(folded);
    found
}

/// With a capital letter, as nouns are.
fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::correct::edits;
    use crate::correct::is_one_error;
    use crate::correct::listed_near;
    use proptest::proptest;

    #[test]
    fn one_error_is_told_from_two() {
        for (a, b) in [("haushlats", "haushalts"), ("kita", "kiita"), ("rad", "rat"), ("datne", "daten")] {
            assert!(is_one_error(a, b) && is_one_error(b, a), "{a} {b}");
        }
        for (a, b) in [("rad", "rad"), ("rad", "ort"), ("haushlast", "haushalts")] {
            assert!(!is_one_error(a, b), "{a} {b}");
        }
    }

    #[test]
    fn halves_are_mended_from_the_list() {
        assert_eq!(listed_near("haushlats").unwrap().0, "Haushalt");
        assert_eq!(listed_near("qqqqqqqq"), None);
    }

    proptest! {
        #[test]
        fn edits_are_one_error_away(word in "[a-z]{2,12}") {
            for edited in edits(&word) {
                assert!(is_one_error(&word, &edited), "{word} {edited}");
            }
        }
    }
}
