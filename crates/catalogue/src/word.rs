//! The words of a text: where they stand, without gender marks, and folded so that ä and ae are one.

use unicode_normalization::char::decompose_canonical;

/// A folded word in characters; what is longer is cut, on both sides of a search alike.
const WORD_CHARS_MAX: usize = 80;

/// Endings of nouns for persons, after which `/in`, `(in)` and a capital `In` mark the feminine form.
const PERSON_ENDINGS: [&str; 6] = ["er", "or", "ent", "ant", "ist", "eur"];

/// One word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// Its first byte in the text.
    pub(crate) from: usize,
    /// The byte after its last, gender mark included.
    pub(crate) to: usize,
    /// As it is written, without a gender mark: `Bürger` for `Bürger:innen`.
    pub(crate) spelled: String,
    /// Lower case, with ae, oe, ue, ss, and without accents.
    pub(crate) folded: String,
}

/// The words of a text in order. Everything that is neither letter nor digit separates.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    for (from, to) in places(text) {
        let (spelled, _) = one(text.get(from..to).unwrap_or_default());
        let folded = fold(&spelled);
        if !folded.is_empty() {
            found.push(Word { from, to, spelled, folded });
        }
    }
    found
}

/// Where the words of a text stand, gender marks included.
pub(crate) fn places(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let from = at + rest.find(is_part)?;
        let rest = text.get(from..)?;
        let run = run_length(rest);
        let (head, behind) = rest.split_at_checked(run)?;
        let mark = gender_mark(head, behind).unwrap_or(0);
        let more = if mark == 0 { 0 } else { run_length(behind.get(mark..).unwrap_or_default()) };
        at = from + run + mark + more;
        Some((from, at))
    })
}

/// The folded form of one word as it stands in a text, its gender mark left out.
pub(crate) fn folded(raw: &str) -> String {
    fold(&one(raw).0)
}

/// Lower case, ä as ae, ö as oe, ü as ue, ß as ss, other accents dropped.
pub(crate) fn fold(spelled: &str) -> String {
    let mut folded = String::with_capacity(spelled.len() + 4);
    for letter in spelled.chars() {
        if letter.is_ascii() {
            folded.push(letter.to_ascii_lowercase());
        } else {
            fold_letter(letter, &mut folded);
        }
    }
    match folded.char_indices().nth(WORD_CHARS_MAX) {
        Some((end, _)) => folded.get(..end).unwrap_or_default().to_owned(),
        None => folded,
    }
}

fn fold_letter(letter: char, folded: &mut String) {
    for letter in letter.to_lowercase() {
        match letter {
            'ä' => folded.push_str("ae"),
            'ö' => folded.push_str("oe"),
            'ü' => folded.push_str("ue"),
            'ß' => folded.push_str("ss"),
            letter if letter.is_ascii() => folded.push(letter),
            letter => decompose_canonical(letter, |part| {
                if part.is_alphanumeric() {
                    folded.push(part);
                }
            }),
        }
    }
}

/// Letters and digits, and the soft hyphen that stands inside of words.
fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '\u{ad}'
}

/// The word at the beginning of a text, and how many bytes it takes with its gender mark.
fn one(text: &str) -> (String, usize) {
    let run = run_length(text);
    let (head, rest) = text.split_at_checked(run).unwrap_or((text, ""));
    let Some(mark) = gender_mark(head, rest) else {
        return (without_inner_capital(head), run);
    };
    // Letters after the mark belong to the same compound: Bürger:innenbeteiligung.
    let tail = rest.get(mark..).unwrap_or_default();
    let more = run_length(tail);
    let tail = tail.get(..more).unwrap_or_default();
    (format!("{head}{tail}"), run + mark + more)
}

/// How many bytes at the beginning of a text are letters and digits. Nearly all are ASCII, which a byte tells.
fn run_length(text: &str) -> usize {
    let mut letters = text.bytes().enumerate();
    match letters.find(|(_, byte)| !byte.is_ascii_alphanumeric()) {
        None => text.len(),
        Some((at, byte)) if byte.is_ascii() => at,
        Some((at, _)) => {
            let rest = text.get(at..).unwrap_or_default();
            let beyond = |letter: char| !letter.is_ascii_alphanumeric() && !is_part(letter);
            at + rest.find(beyond).unwrap_or(rest.len())
        }
    }
}

fn names_person(head: &str) -> bool {
    PERSON_ENDINGS.iter().any(|ending| head.ends_with(ending))
}

/// How many bytes at the beginning of `rest` are a gender mark of the word `head`.
fn gender_mark(head: &str, rest: &str) -> Option<usize> {
    // What follows most words is no mark, which is seen at once.
    if !rest.starts_with([':', '*', '_', '·', '/', '('])
        || head.chars().count() < 3
        || !head.ends_with(char::is_alphabetic)
    {
        return None;
    }
    let sure = [":", "*", "_", "·"];
    let joint = match sure.iter().find(|joint| rest.starts_with(**joint)) {
        Some(joint) => joint.len(),
        None if !names_person(head) => return None,
        None if rest.starts_with("/-") => 2,
        None if rest.starts_with('/') || rest.starts_with('(') => 1,
        None => return None,
    };
    let after = rest.get(joint..)?;
    let ending = ["innen", "in"].into_iter().find(|ending| {
        after.get(..ending.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(ending))
            && (*ending == "innen" || !after.get(2..).is_some_and(|next| next.starts_with(is_part)))
    })?;
    let length = joint + ending.len();
    match rest.starts_with('(') {
        true => rest.get(length..)?.starts_with(')').then_some(length + 1),
        false => Some(length),
    }
}

/// `BürgerInnen` and `BürgerInnenbeteiligung` without their `Innen`, `NutzerIn` without its `In`.
fn without_inner_capital(word: &str) -> String {
    if !word.contains('I') {
        return word.to_owned();
    }
    if let Some((head, tail)) = word.split_once("Innen")
        && head.ends_with(char::is_lowercase)
    {
        return format!("{head}{tail}");
    }
    match word.strip_suffix("In") {
        Some(head) if names_person(head) => head.to_owned(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::word::fold;
    use crate::word::words;
    use proptest::proptest;

    fn spelled(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.spelled).collect()
    }

    #[test]
    fn gender_marks_belong_to_the_word() {
        for written in ["Bürger:innen", "Bürger*innen", "Bürger_innen", "Bürger·innen", "BürgerInnen"] {
            assert_eq!(spelled(written), ["Bürger"], "{written}");
        }
        for written in ["Bürger/innen", "Bürger/-innen", "Bürger(innen)", "Bürger:in", "BürgerIn"] {
            assert_eq!(spelled(written), ["Bürger"], "{written}");
        }
        assert_eq!(spelled("Bürger:innenbeteiligung"), ["Bürgerbeteiligung"]);
        assert_eq!(spelled("BürgerInnenbeteiligung"), ["Bürgerbeteiligung"]);
        assert_eq!(spelled("Kolleg:innen und Ärzt*innen"), ["Kolleg", "und", "Ärzt"]);
    }

    #[test]
    fn what_only_looks_like_a_gender_mark_stays() {
        assert_eq!(spelled("außen/innen"), ["außen", "innen"]);
        assert_eq!(spelled("Straße/in der Stadt"), ["Straße", "in", "der", "Stadt"]);
        assert_eq!(
            spelled("LinkedIn, Innenstadt, Ort:innerhalb"),
            ["LinkedIn", "Innenstadt", "Ort", "innerhalb"]
        );
        assert_eq!(spelled("Bürger(info)"), ["Bürger", "info"]);
    }

    #[test]
    fn the_place_of_a_word_includes_its_mark() {
        let text = "für Bürger:innen da";
        let places: Vec<_> = words(text).iter().filter_map(|word| text.get(word.from..word.to)).collect();
        assert_eq!(places, ["für", "Bürger:innen", "da"]);
    }

    #[test]
    fn umlauts_and_their_spellings_are_one() {
        assert_eq!(fold("Straßenbäume"), fold("Strassenbaeume"));
        assert_eq!(fold("ÜBERGRÖẞE"), "uebergroesse");
        assert_eq!(fold("Café"), "cafe");
        assert_eq!(fold("Bür\u{ad}ger"), "buerger");
    }

    proptest! {
        #[test]
        fn places_are_in_order_and_inside_the_text(text in ".{0,60}") {
            let mut last = 0;
            for word in words(&text) {
                assert!(word.from >= last && word.from < word.to);
                assert!(text.get(word.from..word.to).is_some());
                last = word.to;
            }
        }

        #[test]
        fn gender_marks_never_panic(text in "(Bürger|er|or|Ü|[:*_/()·-]|Innen|In|in|innen| ){0,12}") {
            words(&text);
        }
    }
}
