//! A draft as it lies in the cabinet: what was typed so far, by whom, and for which record.

use crate::cabinet::Drawer;
use crate::cabinet::Title;
use crate::desk::filled;
use crate::front::Front;
use crate::problem::Problem;
use exchange::draft::Draft;
use record::kind::Lang;
use record::kind::texts;
use record::moment::Moment;
use record::statement::RecordId;
use record::value::Map;
use record::value::Value;
use serde::Deserialize;
use serde::Serialize;

/// Languages of one draft.
const LANGS_MAX: usize = 12;

/// What somebody is writing.
#[derive(Clone, Debug)]
pub(crate) struct Sheet {
    pub(crate) kind: String,
    /// The record that is revised; none for a new one.
    pub(crate) record: Option<RecordId>,
    /// The version that stood when revising began.
    pub(crate) expected: Option<u64>,
    /// The languages that the form asks for.
    pub(crate) langs: Vec<String>,
    pub(crate) body: Map,
    pub(crate) begun_by: String,
    pub(crate) changed_by: String,
    pub(crate) changed: Moment,
    /// Grows with each change, so that two people do not overwrite each other.
    pub(crate) turn: u64,
}

#[derive(Serialize, Deserialize)]
struct Written {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected: Option<u64>,
    #[serde(default)]
    langs: Vec<String>,
    #[serde(default)]
    begun_by: String,
    #[serde(default)]
    changed_by: String,
    changed: u64,
    #[serde(default)]
    turn: u64,
    body: serde_json::Map<String, serde_json::Value>,
}

impl Sheet {
    /// A fresh draft of a kind.
    pub(crate) fn new(kind: &str, who: &str, now: Moment, body: Map) -> Sheet {
        let mut sheet = Sheet {
            kind: kind.to_owned(),
            record: None,
            expected: None,
            langs: vec![Lang::De.as_str().to_owned()],
            body,
            begun_by: who.to_owned(),
            changed_by: who.to_owned(),
            changed: now,
            turn: 0,
        };
        sheet.hear_languages();
        sheet
    }

    /// Takes in the languages that its texts are written in.
    pub(crate) fn hear_languages(&mut self) {
        if let Some(kind) = record::kind::kind(&self.kind) {
            let mut found = Vec::new();
            spoken(&kind.fields, &self.body, &mut found);
            for lang in found {
                self.speak(&lang);
            }
        }
    }

    /// Adds a language to the form.
    pub(crate) fn speak(&mut self, lang: &str) {
        let plain =
            (2..=35).contains(&lang.len()) && lang.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if plain && self.langs.len() < LANGS_MAX && !self.langs.iter().any(|known| known == lang) {
            self.langs.push(lang.to_owned());
        }
    }

    /// Its title, as far as it has one.
    pub(crate) fn title(&self, lang: Lang) -> Option<&str> {
        let title = texts(&self.body, "title", lang).or_else(|| texts(&self.body, "name", lang));
        title.map(str::trim).filter(|title| !title.is_empty())
    }

    /// As it is checked and published.
    pub(crate) fn draft(&self) -> Result<Draft, Problem> {
        let kind = self.kind.parse().map_err(|_| Problem::no_kind())?;
        Ok(Draft { kind, record: self.record, body: record::value::map_to_nfc(filled::tidy(&self.body)) })
    }

    /// Reads a paper of the drawer.
    pub(crate) fn read(text: &str) -> Option<Sheet> {
        let written: Written = serde_json::from_str(text).ok()?;
        Some(Sheet {
            kind: written.kind,
            record: written.record.and_then(|record| record.parse().ok()),
            expected: written.expected,
            langs: written.langs,
            body: record::json::to_map(written.body).ok()?,
            begun_by: written.begun_by,
            changed_by: written.changed_by,
            changed: Moment::from_seconds(written.changed)?,
            turn: written.turn,
        })
    }

    fn write(&self) -> String {
        let written = Written {
            kind: self.kind.clone(),
            record: self.record.map(|record| record.to_string()),
            expected: self.expected,
            langs: self.langs.clone(),
            begun_by: self.begun_by.clone(),
            changed_by: self.changed_by.clone(),
            changed: self.changed.seconds(),
            turn: self.turn,
            body: record::json::from_map(&self.body),
        };
        serde_json::to_string_pretty(&written).expect("a map with text keys is JSON")
    }

    /// Keeps the sheet under its name; it is on the disk when this returns.
    pub(crate) async fn keep(&mut self, front: &Front, name: &Title, who: &str) -> Result<(), Problem> {
        self.turn += 1;
        who.clone_into(&mut self.changed_by);
        self.changed = (front.settings.clock)();
        let (text, name) = (self.write(), name.clone());
        front.papers(move |cabinet| cabinet.write(Drawer::Drafts, &name, &text)).await
    }
}

/// The sheet of this name.
pub(crate) async fn load(front: &Front, name: &Title) -> Result<Option<Sheet>, Problem> {
    let name = name.clone();
    let text = front.papers(move |cabinet| cabinet.read(Drawer::Drafts, &name)).await?;
    Ok(text.and_then(|text| Sheet::read(&text)))
}

/// All sheets, the one changed last first.
pub(crate) async fn all(front: &Front) -> Result<Vec<(Title, Sheet)>, Problem> {
    let read = front.papers(|cabinet| {
        let mut papers = Vec::new();
        for title in cabinet.titles(Drawer::Drafts)? {
            papers.extend(cabinet.read(Drawer::Drafts, &title)?.map(|text| (title, text)));
        }
        Ok(papers)
    });
    let sheets = read.await?.into_iter().filter_map(|(title, text)| Some((title, Sheet::read(&text)?)));
    let mut sheets: Vec<(Title, Sheet)> = sheets.collect();
    sheets.sort_by(|(a_title, a), (b_title, b)| (b.changed, a_title).cmp(&(a.changed, b_title)));
    Ok(sheets)
}

/// Throws a sheet away.
pub(crate) async fn discard(front: &Front, name: &Title) -> Result<(), Problem> {
    let name = name.clone();
    front.papers(move |cabinet| cabinet.remove(Drawer::Drafts, &name)).await
}

/// A name that no other sheet has: the time, and chance.
pub(crate) fn fresh(now: Moment) -> Result<Title, Problem> {
    let mut dice = [0; 10];
    getrandom::fill(&mut dice).map_err(|error| {
        tracing::error!(%error, "the system gives no random numbers");
        Problem::broken()
    })?;
    let id = RecordId::v7(now.seconds().saturating_mul(1_000), dice).to_string();
    Ok(id.parse().expect("a UUID is made of digits and hyphens"))
}

fn spoken(fields: &[record::kind::Field], body: &Map, found: &mut Vec<String>) {
    for field in fields {
        let Some(value) = body.get(&field.name) else { continue };
        let items = match value {
            Value::List(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        for map in items.iter().filter_map(Value::as_map) {
            match &field.sort {
                record::kind::Sort::Texts { .. } => found.extend(map.keys().cloned()),
                record::kind::Sort::Group { fields } => spoken(fields, map, found),
                _ => {}
            }
        }
    }
}
