//! The stem of a folded word in one language; fill words have none.

use frostem::Algorithm;
use frostem::Stemmer;
use record::kind::Lang;

/// The stem, or nothing for a fill word. The German stemmer reads ae, oe and ue as umlauts and gives them
/// up at the end, so `Bäume`, `Baeume` and `Baum` meet.
pub(crate) fn stem(folded: &str, lang: Lang) -> Option<String> {
    if is_fill(folded, lang) {
        return None;
    }
    let stemmer = Stemmer::new(match lang {
        Lang::De => Algorithm::German,
        Lang::En => Algorithm::English,
    });
    let once = stemmer.stem(folded);
    // Bewässerung and bewässern: what -ung leaves behind still has the ending of the verb.
    if lang == Lang::De && (folded.ends_with("erung") || folded.ends_with("erungen")) {
        return Some(stemmer.stem(&once).into_owned());
    }
    if lang == Lang::De
        && let Some(verb) = once.strip_suffix("ung")
        && verb.len() >= VERB_BYTES_MIN
        && OWN_UNG.binary_search(&&*once).is_err()
    {
        // Meldung and melden: the stemmer leaves -ung to short words.
        return Some(verb.to_owned());
    }
    Some(once.into_owned())
}

/// Whether a folded word is a fill word.
pub(crate) fn is_fill(folded: &str, lang: Lang) -> bool {
    let fill = match lang {
        Lang::De => GERMAN_FILL,
        Lang::En => ENGLISH_FILL,
    };
    fill.binary_search(&folded).is_ok()
}

/// The shortest verb that -ung is taken from, in bytes.
const VERB_BYTES_MIN: usize = 4;
/// Stems of words in -ung that mean something else than their verb or noun, in the order of the alphabet.
const OWN_UNG: [&str; 24] = [
    "bildung",
    "dichtung",
    "festung",
    "gattung",
    "haltung",
    "leistung",
    "losung",
    "nahrung",
    "ordnung",
    "rechnung",
    "richtung",
    "satzung",
    "schulung",
    "siedlung",
    "spannung",
    "stellung",
    "stiftung",
    "teilung",
    "wahrung",
    "wirkung",
    "zahlung",
    "zeichnung",
    "zeitung",
    "zuwendung",
];

/// German fill words, folded, in the order of the alphabet. Short on purpose: a word that may carry
/// meaning in a title ("IT", "Amt", "neu") is none.
const GERMAN_FILL: &[&str] = &[
    "aber", "alle", "allem", "allen", "aller", "alles", "als", "also", "am", "an", "andere", "anderen",
    "auch", "auf", "aus", "bei", "beim", "bin", "bis", "bist", "da", "dadurch", "daher", "damit", "dann",
    "das", "dass", "dazu", "dein", "dem", "den", "denn", "der", "deren", "des", "dessen", "die", "dies",
    "diese", "diesem", "diesen", "dieser", "dieses", "doch", "dort", "du", "durch", "ein", "eine", "einem",
    "einen", "einer", "eines", "er", "es", "etwa", "etwas", "euch", "fuer", "gegen", "hat", "hatte",
    "hatten", "hier", "http", "https", "ich", "ihm", "ihn", "ihnen", "ihr", "ihre", "ihrem", "ihren",
    "ihrer", "im", "in", "indem", "ins", "ist", "jede", "jedem", "jeden", "jeder", "jedes", "kann", "kein",
    "keine", "koennen", "man", "mehr", "mein", "mit", "muessen", "muss", "nach", "nicht", "noch", "nun",
    "nur", "ob", "oder", "ohne", "sehr", "sein", "seine", "seinem", "seinen", "seiner", "selbst", "sich",
    "sie", "sind", "so", "solche", "soll", "sollen", "sollte", "sondern", "sowie", "ueber", "um", "und",
    "uns", "unser", "unsere", "unter", "vom", "von", "vor", "waehrend", "war", "waren", "warum", "was",
    "wegen", "weil", "welche", "welcher", "welches", "wenn", "wer", "werden", "wie", "wieder", "wir", "wird",
    "wo", "worden", "wurde", "wurden", "www", "zu", "zum", "zur", "zwischen",
];

/// English fill words, in the order of the alphabet.
const ENGLISH_FILL: &[&str] = &[
    "a", "about", "after", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by",
    "can", "do", "does", "for", "from", "had", "has", "have", "how", "http", "https", "if", "in", "into",
    "is", "it", "its", "may", "more", "no", "not", "of", "on", "or", "other", "our", "should", "so", "such",
    "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "through",
    "to", "was", "we", "were", "what", "when", "where", "which", "who", "will", "with", "www", "you", "your",
];

#[cfg(test)]
mod tests {
    use crate::stem::ENGLISH_FILL;
    use crate::stem::GERMAN_FILL;
    use crate::stem::OWN_UNG;
    use crate::stem::stem;
    use crate::word::fold;
    use record::kind::Lang;

    fn german(word: &str) -> String {
        stem(&fold(word), Lang::De).unwrap_or_default()
    }

    #[test]
    fn fill_words_stand_in_the_order_that_the_search_needs() {
        assert!(GERMAN_FILL.is_sorted());
        assert!(ENGLISH_FILL.is_sorted());
        assert!(OWN_UNG.is_sorted());
        assert!(GERMAN_FILL.iter().all(|word| *word == fold(word)));
    }

    #[test]
    fn forms_of_a_word_meet() {
        for forms in [
            ["Bäume", "Baum"],
            ["Bäume", "Baeume"],
            ["Straßen", "Strasse"],
            ["Förderungen", "Förderung"],
            ["Bürgerinnen", "Bürger"],
            ["Bürgerin", "Bürgern"],
            ["Häuser", "Haus"],
            ["Gebäude", "Gebaeuden"],
            ["Bewässerung", "bewässern"],
            ["Förderungen", "fördern"],
            ["Meldungen", "melden"],
            ["Planung", "Plan"],
        ] {
            assert_eq!(german(forms[0]), german(forms[1]), "{forms:?}");
        }
        assert_ne!(german("Zeitung"), german("Zeit"));
        assert_eq!(stem("libraries", Lang::En), stem("library", Lang::En));
    }

    #[test]
    fn fill_words_have_no_stem() {
        assert_eq!(stem(&fold("für"), Lang::De), None);
        assert_eq!(stem("the", Lang::En), None);
        assert_eq!(stem("it", Lang::De).as_deref(), Some("it"));
    }
}
