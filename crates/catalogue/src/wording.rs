//! The texts of a body, by the part they play and by language.

use pulldown_cmark::Event;
use pulldown_cmark::Parser;
use pulldown_cmark::TagEnd;
use record::kind::Field;
use record::kind::Kind;
use record::kind::Lang;
use record::kind::Sort;
use record::kind::Words;
use record::kind::kind;
use record::kind::vocabulary;
use record::name::LANDS;
use record::statement::Content;
use record::value::Map;
use record::value::Value;
use std::collections::BTreeSet;

/// Fields of the common part are read with the help of this kind where a record's own kind is unknown.
const COMMON: &str = "measure";

/// Texts in German (or in no said language) and in English.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spoken {
    /// German, and whatever is not English.
    pub(crate) de: Vec<String>,
    /// English.
    pub(crate) en: Vec<String>,
}

impl Spoken {
    /// The texts of a language.
    pub(crate) fn of(&self, lang: Lang) -> &[String] {
        match lang {
            Lang::De => &self.de,
            Lang::En => &self.en,
        }
    }

    fn put(&mut self, lang: Lang, text: &str) {
        match lang {
            Lang::De => self.de.push(text.to_owned()),
            Lang::En => self.en.push(text.to_owned()),
        }
    }
}

/// Everything of a record that can be searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wording {
    /// The title.
    pub(crate) title: Spoken,
    /// The summary.
    pub(crate) summary: Spoken,
    /// The keywords.
    pub(crate) keywords: Spoken,
    /// Every other text.
    pub(crate) body: Spoken,
    /// Labels of codes, of the kind, of publisher and Land; each once.
    pub(crate) labels: Spoken,
}

impl Wording {
    /// Reads a statement's content.
    pub(crate) fn of(content: &Content) -> Wording {
        let known = kind(content.kind.as_str());
        let mut walk = Walk::default();
        for (name, value) in content.body() {
            let field = known.or_else(|| kind(COMMON)).and_then(|kind: &Kind| kind.field(name));
            let part = match name.as_str() {
                "title" => &mut walk.wording.title,
                "summary" => &mut walk.wording.summary,
                "keywords" => &mut walk.wording.keywords,
                _ => {
                    walk.value(value, field);
                    continue;
                }
            };
            collect(value, Lang::De, part);
        }
        if let Some(known) = known {
            walk.label(&known.label);
            walk.label(&known.plural);
        }
        walk.labels.insert((Lang::De, content.publisher.as_str().to_owned()));
        if let Some((_, land)) = LANDS.iter().find(|(code, _)| *code == content.publisher.land()) {
            walk.labels.insert((Lang::De, (*land).to_owned()));
        }
        let Walk { mut wording, labels } = walk;
        for (lang, label) in labels {
            wording.labels.put(lang, &label);
        }
        wording
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

/// The parts in the making.
#[derive(Default)]
struct Walk {
    wording: Wording,
    labels: BTreeSet<(Lang, String)>,
}

impl Walk {
    fn label(&mut self, words: &Words) {
        for lang in [Lang::De, Lang::En] {
            if !words.say(lang).is_empty() {
                self.labels.insert((lang, words.say(lang).to_owned()));
            }
        }
    }

    /// Takes up texts in Markdown without their marks, which would show in snippets.
    fn marked(&mut self, value: &Value) {
        let mut marked = Spoken::default();
        collect(value, Lang::De, &mut marked);
        for lang in [Lang::De, Lang::En] {
            marked.of(lang).iter().for_each(|text| self.wording.body.put(lang, &plain(text)));
        }
    }

    /// Takes up a value; what the field is, if it is known, decides how.
    fn value(&mut self, value: &Value, field: Option<&Field>) {
        match field.map(|field| (&field.sort, field.search || field.facet)) {
            None => collect(value, Lang::De, &mut self.wording.body),
            Some((Sort::Code { vocabulary }, true)) => self.codes(value, vocabulary),
            Some((Sort::Group { fields }, _)) => self.group(value, fields),
            Some((Sort::Texts { markdown: true, .. }, true)) => self.marked(value),
            Some((_, true)) => collect(value, Lang::De, &mut self.wording.body),
            Some((_, false)) => {}
        }
    }

    fn group(&mut self, value: &Value, fields: &[Field]) {
        match value {
            Value::List(items) => items.iter().for_each(|item| self.group(item, fields)),
            Value::Map(map) => {
                for (name, value) in map {
                    self.value(value, fields.iter().find(|field| field.name == *name));
                }
            }
            other => collect(other, Lang::De, &mut self.wording.body),
        }
    }

    fn codes(&mut self, value: &Value, name: &str) {
        let codes = match value {
            Value::List(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        for code in codes.iter().filter_map(Value::as_text) {
            match vocabulary(name).and_then(|vocabulary| vocabulary.term(code)) {
                Some(term) => self.label(&term.label),
                None => {
                    self.labels.insert((Lang::De, code.to_owned()));
                }
            }
        }
    }
}

/// Every text under a value; a map whose keys are language tags says the language of its texts.
fn collect(value: &Value, lang: Lang, into: &mut Spoken) {
    match value {
        Value::Text(text) => into.put(lang, text),
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

    fn spoken(de: &[&str], en: &[&str]) -> Spoken {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
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
        assert_eq!(wording.labels, spoken(&["Thüringen", "th.jena"], &[]));
    }
}
