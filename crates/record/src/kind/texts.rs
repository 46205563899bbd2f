//! Small typed views of a body: text by language.

use crate::kind::words::Lang;
use crate::value::Map;
use crate::value::Value;

/// The text of a field in this language, else in the other, else in whatever language there is;
/// a plain text stands for itself.
pub fn texts<'a>(body: &'a Map, field: &str, lang: Lang) -> Option<&'a str> {
    match body.get(field)? {
        Value::Text(text) => Some(text),
        Value::Map(map) => spoken(map, lang),
        _ => None,
    }
}

/// The best text of a map by language.
fn spoken(map: &Map, lang: Lang) -> Option<&str> {
    let of = |lang: Lang| {
        map.get(lang.as_str())
            .or_else(|| map.iter().find(|(tag, _)| Lang::parse(tag) == Some(lang)).map(|(_, value)| value))
    };
    let known = of(lang).and_then(Value::as_text).or_else(|| of(lang.other()).and_then(Value::as_text));
    known.or_else(|| map.values().find_map(Value::as_text))
}

#[cfg(test)]
mod tests {
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
        assert_eq!(texts(&both, "summary", Lang::De), None);
    }
}
