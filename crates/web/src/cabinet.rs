//! The papers that never leave this node: drafts, notes, shortlists, and the journal of who did what.

use record::moment::Moment;
use record::name::Name;
use record::statement::RecordId;
use serde::Deserialize;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// Papers of one drawer.
pub const PAPERS_MAX: usize = 5_000;
/// The text of one paper, in bytes: a form with everything filled in, and room.
pub const PAPER_BYTES_MAX: usize = 512 * 1024;
/// The name of a paper, in bytes.
const TITLE_BYTES_MAX: usize = 160;

/// Where a paper lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Drawer {
    /// What is being written.
    Drafts,
    /// Private notes and tags on records.
    Notes,
    /// Choices among records, with reasons.
    Shortlists,
}

/// The name of a paper: it becomes a file name, so it holds only `a-z`, `0-9`, `.`, `_` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Title(String);

/// Why a text is no name of a paper.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no name of a paper: 1 to {TITLE_BYTES_MAX} of the characters a-z, 0-9, ., _ and -")]
pub struct TitleError(String);

impl Title {
    /// The name of what is said about a record.
    pub fn of(publisher: &Name, record: RecordId) -> Title {
        Title(format!("{publisher}_{record}"))
    }

    /// The record that it is about.
    pub fn record(&self) -> Option<(Name, RecordId)> {
        let (publisher, record) = self.0.split_once('_')?;
        Some((publisher.parse().ok()?, record.parse().ok()?))
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Title {
    type Err = TitleError;

    fn from_str(text: &str) -> Result<Title, TitleError> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-');
        let fits = (1..=TITLE_BYTES_MAX).contains(&text.len())
            && text.bytes().all(plain)
            && !text.starts_with('.')
            && !text.ends_with('.');
        fits.then(|| Title(text.to_owned())).ok_or_else(|| TitleError(text.chars().take(60).collect()))
    }
}

impl fmt::Display for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What somebody did, for the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// When, in seconds since 1970.
    pub at: u64,
    /// The name of the token.
    pub who: String,
    /// A code, such as `published`.
    pub what: String,
    /// The record, as `publisher/record`; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub record: String,
    /// Its title then.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Why, where somebody gave a reason.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

impl Deed {
    /// Somebody did something now.
    pub fn of(now: Moment, who: &str, what: &str) -> Deed {
        Deed {
            at: now.seconds(),
            who: who.to_owned(),
            what: what.to_owned(),
            record: String::new(),
            title: String::new(),
            reason: String::new(),
        }
    }

    /// To this record.
    #[must_use]
    pub fn to(self, publisher: &Name, record: RecordId) -> Deed {
        Deed { record: format!("{publisher}/{record}"), ..self }
    }
}

/// Why a paper was not read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CabinetError {
    /// Too many.
    #[error("{PAPERS_MAX} papers lie in this drawer already; remove some that are no longer needed")]
    Full,
    /// Too long.
    #[error("the paper has {0} bytes; at most {PAPER_BYTES_MAX} are kept. Shorten it")]
    Length(usize),
    /// The disk; the text says what to do.
    #[error("{0}")]
    Disk(String),
}

/// Who keeps the papers. What was written is durable when the call returns; the journal may lose its last lines in a
/// power cut. Calls wait for the disk.
pub trait Cabinet: Send + Sync + 'static {
    /// The names in a drawer, in their order.
    fn titles(&self, drawer: Drawer) -> Result<Vec<Title>, CabinetError>;
    /// The text of a paper.
    fn read(&self, drawer: Drawer, title: &Title) -> Result<Option<String>, CabinetError>;
    /// Writes a paper, anew or over the old one.
    fn write(&self, drawer: Drawer, title: &Title, text: &str) -> Result<(), CabinetError>;
    /// Throws a paper away, if it is there.
    fn remove(&self, drawer: Drawer, title: &Title) -> Result<(), CabinetError>;
    /// Writes a line into the journal.
    fn note(&self, deed: &Deed) -> Result<(), CabinetError>;
    /// The newest lines of the journal, newest first.
    fn deeds(&self, limit: usize) -> Result<Vec<Deed>, CabinetError>;
}

#[cfg(test)]
mod tests {
    use crate::cabinet::Title;
    use record::statement::RecordId;

    #[test]
    fn a_paper_is_named_so_that_it_lies_where_it_belongs() {
        for bad in ["", ".", "..", "../key.pem", "a/b", "A", "a b", "a\0", &"a".repeat(161)] {
            assert!(bad.parse::<Title>().is_err(), "{bad:?}");
        }
        let (publisher, record) = ("th.jena".parse().unwrap(), RecordId::from_bytes([7; 16]));
        let title = Title::of(&publisher, record);
        assert_eq!(title.as_str().parse::<Title>().unwrap().record(), Some((publisher, record)));
    }
}
