//! The texts of a body, by the part they play and by language.

use pulldown_cmark::Event;
use pulldown_cmark::Parser;
use pulldown_cmark::TagEnd;
use record::kind::Field;
use record::kind::Kind;
use record::kind::Lang;
use record::kind::Sort;
use record::kind::kind;
use record::statement::Content;
use record::value::Map;
use record::value::Value;
use std::borrow::Cow;

/// Fields of the common part are read with the help of this kind where a record's own kind is unknown.
const COMMON: &str = "measure";
/// Where none of these stands, a text in Markdown is its own words.
const MARKS: &[char] = &['*', '_', '`', '#', '[', '<', '>', '&', '\\', '|', '~', '\n'];

/// Texts in German (or in no said language) and in English.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spoken<'a> {
    /// German, and whatever is not English.
    pub(crate) de: Vec<Cow<'a, str>>,
    /// English.
    pub(crate) en: Vec<Cow<'a, str>>,
}

impl<'a> Spoken<'a> {
    /// The texts of a language.
    pub(crate) fn of(&self, lang: Lang) -> &[Cow<'a, str>] {
        match lang {
            Lang::De => &self.de,
            Lang::En => &self.en,
        }
    }

    fn put(&mut self, lang: Lang, text: Cow<'a, str>) {
        match lang {
            Lang::De => self.de.push(text),
            Lang::En => self.en.push(text),
        }
    }
}

/// Everything of a record that can be searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wording<'a> {
    /// The title.
    pub(crate) title: Spoken<'a>,
    /// The summary.
    pub(crate) summary: Spoken<'a>,
    /// The keywords.
    pub(crate) keywords: Spoken<'a>,
    /// Every other text.
    pub(crate) body: Spoken<'a>,
}

impl<'a> Wording<'a> {
    /// Reads a statement's content.
    pub(crate) fn of(content: &'a Content) -> Wording<'a> {
        let known = kind(content.kind.as_str());
        let mut wording = Wording::default();
        for (name, value) in content.body() {
            let field = known.or_else(|| kind(COMMON)).and_then(|kind: &Kind| kind.field(name));
            let part = match name.as_str() {
                "title" => &mut wording.title,
                "summary" => &mut wording.summary,
                "keywords" => &mut wording.keywords,
                _ => {
                    wording.value(value, field);
                    continue;
                }
            };
            collect(value, Lang::De, part);
        }
        wording
    }

    /// Takes up texts in Markdown without their marks, which would show in snippets.
    fn marked(&mut self, value: &'a Value) {
        let mut marked = Spoken::default();
        collect(value, Lang::De, &mut marked);
        for lang in [Lang::De, Lang::En] {
            for text in marked.of(lang) {
                let words = if text.contains(MARKS) { plain(text).into() } else { text.clone() };
                self.body.put(lang, words);
            }
        }
    }

    /// Takes up a value; what the field is, if it is known, decides how. Codes are none of the words.
    fn value(&mut self, value: &'a Value, field: Option<&Field>) {
        match field.map(|field| (&field.sort, field.search)) {
            None => collect(value, Lang::De, &mut self.body),
            Some((Sort::Code { .. }, _)) => {}
            Some((Sort::Group { fields }, _)) => self.group(value, fields),
            Some((Sort::Texts { markdown: true, .. }, true)) => self.marked(value),
            Some((_, true)) => collect(value, Lang::De, &mut self.body),
            Some((_, false)) => {}
        }
    }

    fn group(&mut self, value: &'a Value, fields: &[Field]) {
        match value {
            Value::List(items) => items.iter().for_each(|item| self.group(item, fields)),
            Value::Map(map) => {
                for (name, value) in map {
                    self.value(value, fields.iter().find(|field| field.name == *name));
                }
            }
            other => collect(other, Lang::De, &mut self.body),
        }
    }
}

/// The words of a Markdown text, one line a block.
fn plain(markdown: &str) -> String {
    let mut words = String::new();
    for event in Parser::new(markdown) {
        match event {
            Event::Text(text) | Event::Code(text) => words.push_str(&text),
            Event::SoftBreak => words.push(' '),
            Event::HardBreak | Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item) => {
                words.push('\n');
            }
            _ => {}
        }
    }
    words.trim_end().to_owned()
}

/// Every text under a value; a map whose keys are language tags says the language of its texts.
fn collect<'a>(value: &'a Value, lang: Lang, into: &mut Spoken<'a>) {
    match value {
        Value::Text(text) => into.put(lang, text.into()),
        Value::List(items) => items.iter().for_each(|item| collect(item, lang, into)),
        Value::Map(map) => {
            let by_language = is_by_language(map);
            for (key, value) in map {
                let lang = if by_language { Lang::parse(key).unwrap_or(Lang::De) } else { lang };
                collect(value, lang, into);
            }
        }
        Value::Bool(_) | Value::Uint(_) | Value::Nint(_) | Value::Bytes(_) => {}
    }
}

/// Whether a map is a text by language: only texts under keys that look like BCP 47 tags.
fn is_by_language(map: &Map) -> bool {
    let is_tag = |key: &str| {
        let primary = key.split('-').next().unwrap_or_default();
        matches!(primary.len(), 2 | 3) && primary.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    map.iter().all(|(key, value)| is_tag(key) && value.as_text().is_some())
}

#[cfg(test)]
mod tests {
    use crate::wording::Spoken;
    use crate::wording::Wording;
    use record::moment::Moment;
    use record::statement::Content;
    use record::statement::RecordId;
    use record::statement::Said;
    use record::value::Map;
    use record::value::Value;

    fn spoken(de: &[&'static str], en: &[&'static str]) -> Spoken<'static> {
        let own = |texts: &[&'static str]| texts.iter().map(|text| (*text).into()).collect();
        Spoken { de: own(de), en: own(en) }
    }

    #[test]
    fn markdown_leaves_its_words_only() {
        let text =
            "## Ziel\n\nGießen **nur**, wo es `trocken`\nist:\n\n- [Karte](https://jena.example)\n- Tour";
        assert_eq!(crate::wording::plain(text), "Ziel\nGießen nur, wo es trocken ist:\nKarte\nTour");
    }

    #[test]
    fn texts_of_an_unknown_kind_are_found_wherever_they_stand() {
        let by_language = |pairs: &[(&str, &str)]| {
            Value::Map(pairs.iter().map(|(tag, text)| ((*tag).to_owned(), Value::from(*text))).collect())
        };
        let body = Map::from([
            (
                "title".to_owned(),
                by_language(&[("de", "Baumkataster"), ("en", "Tree register"), ("hsb", "Štomy")]),
            ),
            ("keywords".to_owned(), Value::from(vec![Value::from("Grün")])),
            ("strange".to_owned(), Map::from([("deep".to_owned(), by_language(&[("en-GB", "Oak")]))]).into()),
            ("count".to_owned(), Value::Uint(7)),
        ]);
        let content = Content {
            publisher: "th.jena".parse().unwrap(),
            record: RecordId::from_bytes([1; 16]),
            kind: "unheard-of".parse().unwrap(),
            schema: 1,
            epoch: 1,
            version: 1,
            issued: Moment::from_seconds(1).unwrap(),
            said: Said::Body(body),
        };
        let wording = Wording::of(&content);
        assert_eq!(wording.title, spoken(&["Baumkataster", "Štomy"], &["Tree register"]));
        assert_eq!(wording.keywords, spoken(&["Grün"], &[]));
        assert_eq!(wording.body, spoken(&[], &["Oak"]));
    }
}
