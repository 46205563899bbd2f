//! Cutting texts to a length without cutting a word, or what readers see as one letter.

use unicode_segmentation::UnicodeSegmentation as _;

/// What stands where a text was cut.
const ELLIPSIS: char = '…';

/// The text on one line: runs of white space become one space, control characters go.
pub(crate) fn line(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    words.join(" ")
}

/// The text on several lines: ends of lines trimmed, at most one empty line together, control characters gone.
pub(crate) fn paragraphs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}', '\u{85}'], "\n").split('\n')
    {
        let line: String =
            line.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !c.is_control()).collect();
        let line = line.trim_end();
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty <= 1 {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.trim().to_owned()
}

/// The text, or as many whole words of it as fit into `chars` characters with an ellipsis. A first word
/// that alone is too long is cut between two letters as readers see them (grapheme clusters, UAX 29).
pub(crate) fn to(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    let room = chars.saturating_sub(1);
    let mut kept = String::new();
    let mut used = 0;
    let mut word_end = 0;
    for grapheme in text.graphemes(true) {
        used += grapheme.chars().count();
        if grapheme.chars().all(char::is_whitespace) {
            word_end = kept.len();
        }
        if used > room {
            break;
        }
        kept.push_str(grapheme);
    }
    // A cut that throws away more than half of the room is worse than a cut word.
    if kept.get(..word_end).is_some_and(|whole| whole.chars().count() * 2 > room) {
        kept.truncate(word_end);
    }
    let mut kept = kept
        .trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-' | '–'))
        .to_owned();
    if chars > 0 {
        kept.push(ELLIPSIS);
    }
    kept
}

#[cfg(test)]
mod tests {
    use crate::publiccode::clip;
    use proptest::prelude::any;
    use proptest::prelude::proptest;
    use unicode_segmentation::UnicodeSegmentation as _;

    #[test]
    fn words_stay_whole() {
        assert_eq!(clip::to("Die Ausleihe für alle", 21), "Die Ausleihe für alle");
        assert_eq!(clip::to("Die Ausleihe für alle", 20), "Die Ausleihe für…");
        assert_eq!(clip::to("Die Ausleihe, für alle", 14), "Die Ausleihe…");
        assert_eq!(clip::to("Donaudampfschiff", 6), "Donau…");
        assert_eq!(clip::to("abc", 0), "");
    }

    #[test]
    fn white_space_is_put_in_order() {
        assert_eq!(clip::line("  a\n\tb\u{0}  c "), "a b c");
        assert_eq!(clip::paragraphs("a \r\n\r\n\r\n\r\nb\u{7}\tc\n"), "a\n\nb c");
    }

    proptest! {
        #[test]
        fn a_cut_fits_and_never_splits_a_letter(text in any::<String>(), chars in 0usize..40) {
            let cut = clip::to(&text, chars);
            assert!(cut.chars().count() <= chars);
            if let Some(kept) = cut.strip_suffix('…').filter(|_| cut != text) {
                let ends: Vec<usize> = text.grapheme_indices(true).map(|(at, g)| at + g.len()).collect();
                assert!(text.starts_with(kept));
                // What the trimming took away from the end is white space or punctuation of one character.
                assert!(kept.is_empty() || ends.contains(&kept.len())
                    || text.strip_prefix(kept).unwrap().starts_with(|c: char| c.is_whitespace() || ",;:-–".contains(c)));
            }
        }
    }
}
