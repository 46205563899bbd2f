//! Any value of a body as something to look at, made from the kind file.

use crate::day;
use crate::labels;
use crate::link;
use crate::markdown;
use crate::visit::Visit;
use crate::words::Say;
use crate::words::fill;
use askama::Template;
use record::kind::Field;
use record::kind::Kind;
use record::kind::Lang;
use record::kind::Pattern;
use record::kind::Sort;
use record::name::Name;
use record::statement::RecordId;
use record::value::Map;
use record::value::Value;
use std::collections::BTreeMap;

/// Bytes of a byte string that are shown.
const BYTES_SHOWN: usize = 64;

/// Characters of a list's items that still stand side by side.
const SHORT_CHARS: usize = 24;

/// A value, ready to be looked at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Text as it is; the language where it is not the reader's.
    Text(String, Option<String>),
    /// Text that was Markdown, as safe HTML; the language where it is not the reader's.
    Html(String, Option<String>),
    /// A link: where to, and its text.
    Link(String, String),
    /// What people call some codes.
    Codes(Vec<String>),
    /// Several values.
    List(Vec<Shown>),
    /// Fields of a group.
    Group(Vec<Row>),
}

/// A field with its label.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) label: String,
    pub(crate) value: Shown,
}

#[derive(Template)]
#[template(path = "shown.html")]
struct ShownHtml<'a> {
    shown: &'a Shown,
}

impl Shown {
    /// The HTML; everything in it is escaped or cleaned.
    pub(crate) fn html(&self) -> String {
        ShownHtml { shown: self }.render().unwrap_or_default()
    }

    fn text(text: &str) -> Shown {
        Shown::Text(text.to_owned(), None)
    }
}

/// With whose eyes values are looked at.
pub(crate) struct Eyes<'a> {
    pub(crate) visit: &'a Visit,
    /// Titles of records that are referred to, by `publisher/record`.
    pub(crate) titles: &'a BTreeMap<String, String>,
}

impl Eyes<'_> {
    fn lang(&self) -> Lang {
        self.visit.lang
    }

    fn words(&self) -> &'static Say {
        self.visit.words()
    }

    /// The fields of one section, in the order of the form.
    pub(crate) fn section(&self, kind: &Kind, section: &str, body: &Map, left_out: &[&str]) -> Vec<Row> {
        kind.fields
            .iter()
            .filter(|field| field.section == section && !left_out.contains(&field.name.as_str()))
            .filter_map(|field| Some(self.row(field, body.get(&field.name)?)))
            .collect()
    }

    /// Fields the kind does not know.
    pub(crate) fn unknown(&self, kind: Option<&Kind>, body: &Map, left_out: &[&str]) -> Vec<Row> {
        body.iter()
            .filter(|(key, _)| {
                kind.is_none_or(|kind| kind.field(key).is_none()) && !left_out.contains(&key.as_str())
            })
            .map(|(key, value)| Row { label: key.clone(), value: self.plain(value) })
            .collect()
    }

    fn row(&self, field: &Field, value: &Value) -> Row {
        let value = match (field.repeated, value) {
            (Some(_), Value::List(items)) => self.list(field, items),
            _ => self.one(field, value),
        };
        Row { label: field.label.say(self.lang()).to_owned(), value }
    }

    fn list(&self, field: &Field, items: &[Value]) -> Shown {
        match &field.sort {
            Sort::Code { vocabulary } => {
                Shown::Codes(items.iter().map(|item| self.code(vocabulary, item)).collect())
            }
            Sort::Uint { .. } if field.name == "stage" => {
                let number = |item: &Value| item.as_uint().unwrap_or_default().to_string();
                Shown::Codes(items.iter().map(|item| labels::stage(&number(item), self.words())).collect())
            }
            _ => {
                let shown: Vec<Shown> = items.iter().map(|item| self.one(field, item)).collect();
                match &field.sort {
                    Sort::Text { multiline: false, .. } | Sort::Uint { .. } | Sort::Pattern(_) => {
                        side_by_side(&shown).map_or(Shown::List(shown), Shown::Codes)
                    }
                    _ => Shown::List(shown),
                }
            }
        }
    }

    /// One value of a field; what does not fit the field is shown plainly.
    fn one(&self, field: &Field, value: &Value) -> Shown {
        match (&field.sort, value) {
            (Sort::Texts { markdown, .. }, Value::Map(texts)) => self.spoken(texts, *markdown),
            (Sort::Code { vocabulary }, Value::Text(_)) => Shown::Codes(vec![self.code(vocabulary, value)]),
            (Sort::Date, Value::Text(text)) => Shown::Text(day::written(text, self.lang()), None),
            (Sort::Moment, Value::Uint(seconds)) => match record::moment::Moment::from_seconds(*seconds) {
                Some(moment) => Shown::Text(day::time(moment, self.lang()), None),
                None => self.plain(value),
            },
            (Sort::Url, Value::Text(text)) => self.address(text),
            (Sort::Mail, Value::Text(text)) if link::is_mail(text) => {
                Shown::Link(format!("mailto:{text}"), text.clone())
            }
            (Sort::Pattern(Pattern::Uri), Value::Text(text)) if link::safe(text).is_some() => {
                self.address(text)
            }
            (Sort::Pattern(Pattern::Publisher), Value::Text(text)) => match text.parse::<Name>() {
                Ok(name) => Shown::Link(self.visit.link(&format!("/publishers/{name}")), text.clone()),
                Err(_) => self.plain(value),
            },
            (Sort::Reference, Value::Text(text)) => self.reference(text),
            (Sort::Group { fields }, Value::Map(map)) => Shown::Group(self.group(fields, map)),
            _ => self.plain(value),
        }
    }

    fn group(&self, fields: &[Field], map: &Map) -> Vec<Row> {
        let known = fields.iter().filter_map(|field| Some(self.row(field, map.get(&field.name)?)));
        let others = map
            .iter()
            .filter(|(key, _)| !fields.iter().any(|field| field.name == **key))
            .map(|(key, value)| Row { label: key.clone(), value: self.plain(value) });
        known.chain(others).collect()
    }

    fn code(&self, vocabulary: &str, value: &Value) -> String {
        value.as_text().map_or_else(String::new, |code| labels::term(vocabulary, code, self.lang()))
    }

    /// The text in the reader's language, else in the other of ours, else in whatever language there is.
    fn spoken(&self, texts: &Map, markdown: bool) -> Shown {
        let Some((tag, text)) = spoken(texts, self.lang()) else {
            return Shown::text(self.words().nothing);
        };
        let foreign = (Lang::parse(tag) != Some(self.lang())).then(|| tag.to_owned());
        match markdown {
            true => Shown::Html(markdown::html(text), foreign),
            false => Shown::Text(text.to_owned(), foreign),
        }
    }

    fn address(&self, text: &str) -> Shown {
        match link::safe(text) {
            Some(safe) => Shown::Link(safe.to_owned(), safe.to_owned()),
            None => Shown::Text(format!("{text} {}", self.words().link_unsafe), None),
        }
    }

    fn reference(&self, text: &str) -> Shown {
        match referred(text) {
            Some((publisher, record)) => {
                let path = format!("/records/{publisher}/{record}");
                let title = self.titles.get(text).cloned().unwrap_or_else(|| text.to_owned());
                Shown::Link(self.visit.link(&path), title)
            }
            None => self.address(text),
        }
    }

    /// A value without a kind file's help.
    fn plain(&self, value: &Value) -> Shown {
        let w = self.words();
        match value {
            Value::Bool(truth) => Shown::text(if *truth { w.yes } else { w.no }),
            Value::Uint(number) => Shown::Text(day::number(*number, self.lang()), None),
            Value::Nint(number) => Shown::Text(format!("-{}", u128::from(*number) + 1), None),
            Value::Text(text) => Shown::text(text),
            Value::Bytes(bytes) => {
                let hex: String = bytes.iter().take(BYTES_SHOWN).map(|byte| format!("{byte:02x}")).collect();
                let count = bytes.len().to_string();
                Shown::Text(fill(w.bytes_shown, &[("n", &count), ("hex", &hex)]), None)
            }
            Value::List(items) => Shown::List(items.iter().map(|item| self.plain(item)).collect()),
            Value::Map(map) => {
                let rows =
                    map.iter().map(|(key, value)| Row { label: key.clone(), value: self.plain(value) });
                Shown::Group(rows.collect())
            }
        }
    }
}

/// The texts of a list, where all of them are short enough to stand in one line.
fn side_by_side(items: &[Shown]) -> Option<Vec<String>> {
    items
        .iter()
        .map(|item| match item {
            Shown::Text(text, None) if text.chars().count() <= SHORT_CHARS => Some(text.clone()),
            _ => None,
        })
        .collect()
}

/// The best text of a map by language, with its language tag.
pub(crate) fn spoken(texts: &Map, lang: Lang) -> Option<(&str, &str)> {
    let of = |lang: Lang| {
        texts.iter().find(|(tag, value)| Lang::parse(tag) == Some(lang) && value.as_text().is_some())
    };
    let any = || texts.iter().find(|(_, value)| value.as_text().is_some());
    let (tag, value) = of(lang).or_else(|| of(lang.other())).or_else(any)?;
    Some((tag, value.as_text()?))
}

/// A reference `publisher/record`, taken apart.
pub(crate) fn referred(text: &str) -> Option<(Name, RecordId)> {
    let (publisher, record) = text.split_once('/')?;
    Some((publisher.parse().ok()?, record.parse().ok()?))
}

/// Everything in a body that looks like a reference, at most `limit`.
pub(crate) fn references(body: &Map, limit: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<&Value> = body.values().collect();
    while let Some(value) = open.pop() {
        match value {
            Value::Text(text) if found.len() < limit && referred(text).is_some() => found.push(text.clone()),
            Value::List(items) => open.extend(items),
            Value::Map(map) => open.extend(map.values()),
            _ => {}
        }
    }
    found.sort();
    found.dedup();
    found
}
