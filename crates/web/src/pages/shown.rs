//! Any value of a body as something to look at, made from the kind file.

use crate::day;
use crate::labels;
use crate::link;
use crate::markdown;
use crate::pages::spelled;
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

/// The field of a group that explains what stands beside it.
const NOTE: &str = "help";
/// Columns of a table in a record.
const TABLE_COLUMNS_MAX: usize = 6;

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
    /// Described levels, counted from 0.
    Levels(Vec<Shown>),
    /// Several groups of the same fields.
    Table(Table),
    /// What only programs read: the words that open it, and the text.
    Folded(&'static str, String),
    /// Fields of a group.
    Group(Vec<Row>),
}

/// A field with its label.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) label: String,
    pub(crate) value: Shown,
}

/// Groups of the same fields, one a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) caption: String,
    pub(crate) columns: Vec<String>,
    pub(crate) lines: Vec<Line>,
}

/// One group: its values by column, and the key by which others refer to it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) cells: Vec<Option<Shown>>,
    pub(crate) key: Option<String>,
    /// An explanation of the words in the first cell.
    pub(crate) note: Option<Shown>,
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
    /// Titles of records that are referred to, by `publisher/record`, and what short keys stand for.
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
        let rows: Vec<Row> = kind
            .fields
            .iter()
            .filter(|field| field.section == section && !left_out.contains(&field.name.as_str()))
            .filter_map(|field| Some(self.row(field, body.get(&field.name)?)))
            .collect();
        let heading = kind.sections.iter().find(|known| known.name == section);
        let heading = heading.map_or("", |known| known.label.say(self.lang()));
        let alone = rows.len() == 1;
        // A group that has its section for itself needs no label of its own.
        let opened = |row| match row {
            Row { label, value: Shown::Group(inner) } if alone || label == heading => inner,
            row => vec![row],
        };
        rows.into_iter().flat_map(opened).collect()
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
            Sort::Group { fields } => match self.table(field, fields, items) {
                Some(table) => Shown::Table(table),
                None => Shown::List(items.iter().map(|item| self.one(field, item)).collect()),
            },
            Sort::Texts { .. } if field.name == "anchors" => {
                Shown::Levels(items.iter().map(|item| self.one(field, item)).collect())
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
            (Sort::Code { vocabulary }, Value::Text(_)) => Shown::Text(self.code(vocabulary, value), None),
            (Sort::Uint { min, max }, Value::Uint(number)) => {
                Shown::Text(spelled::number(*number, (*min, *max), self.lang()), None)
            }
            (Sort::Text { .. }, Value::Text(text)) if field.name == "first_steps" => {
                Shown::Link(self.visit.link_with("/", &[("q", text)]), text.clone())
            }
            (Sort::Date, Value::Text(text)) => Shown::Text(day::written(text, self.lang()), None),
            (Sort::Moment, Value::Uint(seconds)) => match record::moment::Moment::from_seconds(*seconds) {
                Some(moment) => Shown::Text(day::time(moment, self.lang()), None),
                None => self.plain(value),
            },
            (Sort::Url, Value::Text(text)) => self.address(text),
            (Sort::Mail, Value::Text(text)) if link::is_mail(text) => {
                Shown::Link(format!("mailto:{text}"), text.clone())
            }
            (Sort::Pattern(pattern), Value::Text(text)) => self.pattern(*pattern, field, text),
            (Sort::Reference, Value::Text(text)) => self.reference(text),
            (Sort::Group { fields }, Value::Map(map)) => match self.party(fields, map) {
                Some(party) => party,
                None => Shown::Group(self.group(fields, map)),
            },
            _ => self.plain(value),
        }
    }

    /// Text with a form of its own, in words where there are some.
    fn pattern(&self, pattern: Pattern, field: &Field, text: &str) -> Shown {
        match pattern {
            Pattern::Publisher => match text.parse::<Name>() {
                Ok(name) => Shown::Link(self.visit.link(&format!("/publishers/{name}")), text.to_owned()),
                Err(_) => Shown::text(text),
            },
            Pattern::Uri => match spelled::standard(text) {
                Some(name) => Shown::Text(name, None),
                None if link::safe(text).is_some() => self.address(text),
                None => Shown::text(text),
            },
            Pattern::Ars => Shown::Text(spelled::area(text), None),
            Pattern::Language => Shown::Text(spelled::language(text, self.lang()), None),
            Pattern::LocalTime => Shown::Text(spelled::local_time(text, self.lang()), None),
            Pattern::Sha256 => Shown::Folded(self.words().show, text.to_owned()),
            Pattern::Key if field.name != "id" => {
                Shown::Text(self.titles.get(text).cloned().unwrap_or_else(|| text.to_owned()), None)
            }
            _ => Shown::text(text),
        }
    }

    /// An organisation that is only named: its name, with a link to where more is known of it.
    fn party(&self, fields: &[Field], map: &Map) -> Option<Shown> {
        if !["name", "publisher", "url"].iter().all(|name| fields.iter().any(|field| field.name == *name)) {
            return None;
        }
        let text = |name: &str| map.get(name).and_then(Value::as_text);
        let name = text("name")
            .filter(|_| map.keys().all(|key| ["name", "publisher", "url"].contains(&key.as_str())))?;
        let publisher = text("publisher").and_then(|text| text.parse::<Name>().ok());
        let to = match publisher {
            Some(publisher) => Some(self.visit.link(&format!("/publishers/{publisher}"))),
            None => text("url").and_then(link::safe).map(str::to_owned),
        };
        Some(to.map_or_else(|| Shown::text(name), |to| Shown::Link(to, name.to_owned())))
    }

    /// Groups that are alike and flat, as a table.
    fn table(&self, field: &Field, fields: &[Field], items: &[Value]) -> Option<Table> {
        let maps: Vec<&Map> = items.iter().map(Value::as_map).collect::<Option<_>>()?;
        let is_known = |key: &String| fields.iter().any(|field| field.name == *key);
        let is_key = |field: &Field| field.name == "id" && matches!(field.sort, Sort::Pattern(Pattern::Key));
        let mut columns: Vec<&Field> = fields
            .iter()
            .filter(|field| {
                !is_key(field) && field.name != NOTE && maps.iter().any(|map| map.contains_key(&field.name))
            })
            .collect();
        // Words say what a line is about.
        if let Some(at) = columns.iter().position(|field| matches!(field.sort, Sort::Texts { .. })) {
            columns.get_mut(..=at).unwrap_or_default().rotate_right(1);
        }
        let fits = (2..=TABLE_COLUMNS_MAX).contains(&columns.len()) && maps.len() > 1;
        let flat = columns.iter().all(|field| !matches!(field.sort, Sort::Group { .. }));
        let named = maps.iter().any(|map| self.party(fields, map).is_some());
        if !fits || !flat || named || !maps.iter().all(|map| map.keys().all(is_known)) {
            return None;
        }
        let line = |map: &&Map| Line {
            cells: columns.iter().map(|field| Some(self.row(field, map.get(&field.name)?).value)).collect(),
            note: fields
                .iter()
                .find(|field| field.name == NOTE)
                .and_then(|field| Some(self.row(field, map.get(NOTE)?).value)),
            key: fields
                .iter()
                .find(|field| is_key(field))
                .and_then(|field| Some(map.get(&field.name)?.as_text()?.to_owned())),
        };
        Some(Table {
            caption: field.label.say(self.lang()).to_owned(),
            columns: columns.iter().map(|field| field.label.say(self.lang()).to_owned()).collect(),
            lines: maps.iter().map(line).collect(),
        })
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
            Some(safe) => {
                let short = safe.strip_prefix("https://").unwrap_or(safe).trim_end_matches('/');
                Shown::Link(safe.to_owned(), short.to_owned())
            }
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

/// What the short keys in a body stand for: the title or text of the group that has one.
pub(crate) fn keys(body: &Map, lang: Lang) -> impl Iterator<Item = (String, String)> {
    let groups = body.values().filter_map(Value::as_list).flatten().filter_map(Value::as_map);
    groups.filter_map(move |group| {
        let words = ["title", "text"].iter().find_map(|name| group.get(*name)?.as_map())?;
        Some((group.get("id")?.as_text()?.to_owned(), spoken(words, lang)?.1.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use crate::pages::shown::Eyes;
    use crate::pages::shown::Row;
    use crate::pages::shown::Shown;
    use crate::pages::shown::keys;
    use crate::visit::Visit;
    use axum::http::HeaderMap;
    use record::kind::Lang;
    use record::kind::kind;
    use record::value::Map;
    use record::value::Value;

    fn map(pairs: &[(&str, Value)]) -> Map {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn german(words: &str) -> Value {
        Value::Map(map(&[("de", text(words))]))
    }

    /// The rows of a section as somebody sees them who reads German.
    fn rows(of: &str, section: &str, body: &Map) -> Vec<Row> {
        let visit = Visit::read(&"/".parse().unwrap(), &HeaderMap::new(), Lang::De);
        let titles = keys(body, Lang::De).collect();
        Eyes { visit: &visit, titles: &titles }.section(kind(of).unwrap(), section, body, &[])
    }

    #[test]
    fn a_year_is_no_amount() {
        let rows = rows("adoption", "adoption", &map(&[("since_year", Value::Uint(2025))]));
        assert_eq!(rows[0].value, Shown::Text("2025".to_owned(), None));
    }

    #[test]
    fn items_of_a_catalogue_are_a_table_with_the_key_beside_the_words() {
        let item = |id: &str, words: &str| {
            Value::Map(map(&[("id", text(id)), ("text", german(words)), ("level", text("must"))]))
        };
        let items =
            Value::List(vec![item("datenschutz-1", "Zweck genannt?"), item("datenschutz-2", "Frist?")]);
        let rows = rows("criteria", "items", &map(&[("items", items)]));
        let Shown::Table(table) = &rows[0].value else { panic!("{rows:?}") };
        assert_eq!(table.columns, ["Kriterium", "Gewicht"]);
        assert_eq!(table.lines[1].key.as_deref(), Some("datenschutz-2"));
        assert_eq!(table.lines[1].cells[1], Some(Shown::Text("muss".to_owned(), None)));
        let html = rows[0].value.html();
        assert!(html.contains("<th scope=\"row\"><span class=\"plain\">Frist?</span>"), "{html}");
    }

    #[test]
    fn a_key_is_shown_as_the_words_it_stands_for() {
        let dimension =
            |id: &str, title: &str| Value::Map(map(&[("id", text(id)), ("title", german(title))]));
        let question = |id: &str| {
            Value::Map(map(&[
                ("id", text(id)),
                ("dimension", text("daten")),
                ("text", german("Wer pflegt?")),
            ]))
        };
        let body = map(&[
            ("dimensions", Value::List(vec![dimension("daten", "Daten und Netze"), dimension("x", "Y")])),
            ("questions", Value::List(vec![question("daten-1"), question("daten-2")])),
        ]);
        let html: String =
            rows("questionnaire", "questionnaire", &body).iter().map(|row| row.value.html()).collect();
        assert_eq!(html.matches("Daten und Netze").count(), 3, "{html}");
    }

    #[test]
    fn an_organisation_is_its_name_and_leads_to_its_page() {
        let owner = map(&[("name", text("Stadt Jena")), ("publisher", text("th.jena"))]);
        let rows =
            rows("solution", "reuse", &map(&[("owner", Value::Map(owner)), ("licence", text("EUPL-1.2"))]));
        let links: Vec<&Row> = rows.iter().filter(|row| matches!(row.value, Shown::Link(..))).collect();
        assert_eq!(links[0].value, Shown::Link("/publishers/th.jena".to_owned(), "Stadt Jena".to_owned()));
    }
}
