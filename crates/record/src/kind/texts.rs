//! Small typed views of a body: text by language.

use crate::kind::words::Lang;
use crate::value::Map;
use crate::value::Value;

/// The text of a field in this language, else in the other, else in whatever language there is;
/// a plain text stands for itself.
pub fn texts<'a>(body: &'a Map, field: &str, lang: Lang) -> Option<&'a str> {
    tagged(body, field, lang).map(|(_, text)| text)
}

/// As [`texts`], with the language (BCP 47) that the text is said to be in; a plain text says none.
pub fn tagged<'a>(body: &'a Map, field: &str, lang: Lang) -> Option<(Option<&'a str>, &'a str)> {
    match body.get(field)? {
        Value::Text(text) => Some((None, text)),
        Value::Map(map) => spoken(map, lang).map(|(tag, text)| (Some(tag), text)),
        _ => None,
    }
}

/// The best text of a map by language, and its language.
fn spoken(map: &Map, lang: Lang) -> Option<(&str, &str)> {
    let said = || map.iter().filter_map(|(tag, value)| Some((tag.as_str(), value.as_text()?)));
    let of = |lang: Lang| {
        let exact = said().find(|(tag, _)| *tag == lang.as_str());
        exact.or_else(|| said().find(|(tag, _)| Lang::parse(tag) == Some(lang)))
    };
    of(lang).or_else(|| of(lang.other())).or_else(|| said().next())
}

#[cfg(test)]
mod tests {
    use crate::kind::texts::tagged;
    use crate::kind::texts::texts;
    use crate::kind::words::Lang;
    use crate::value::Map;
    use crate::value::Value;

    #[test]
    fn the_other_language_is_better_than_nothing() {
        let title = |pairs: &[(&str, &str)]| {
            let map: Map = pairs.iter().map(|(tag, text)| ((*tag).to_owned(), Value::from(*text))).collect();
            Map::from([("title".to_owned(), Value::Map(map))])
        };
        let both = title(&[("de", "Mängelmelder"), ("en", "Defect reporter")]);
        assert_eq!(texts(&both, "title", Lang::En), Some("Defect reporter"));
        assert_eq!(texts(&title(&[("de-DE", "Mängelmelder")]), "title", Lang::En), Some("Mängelmelder"));
        assert_eq!(texts(&title(&[("hsb", "Radnica")]), "title", Lang::De), Some("Radnica"));
        assert_eq!(texts(&title(&[]), "title", Lang::De), None);
        assert_eq!(tagged(&title(&[("hsb", "Radnica")]), "title", Lang::De), Some((Some("hsb"), "Radnica")));
        assert_eq!(tagged(&both, "title", Lang::En), Some((Some("en"), "Defect reporter")));
        let plain = Map::from([("title".to_owned(), Value::from("Rathaus"))]);
        assert_eq!(tagged(&plain, "title", Lang::En), Some((None, "Rathaus")));
        assert_eq!(texts(&both, "summary", Lang::De), None);
    }
}
