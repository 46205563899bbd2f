//! What was found: the hits of one page, how many there are in all, and how they divide.

use record::moment::Moment;
use record::name::Name;
use record::statement::RecordId;
use std::collections::BTreeMap;

/// The facets that are counted, in the order of the alphabet; the keys of [`Found::facets`].
pub const FACETS: [&str; 5] = ["action_field", "kind", "land", "publisher", "stage"];

/// The answer to a query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// How many records match, this page and all others.
    pub total: u64,
    /// The hits of this page: best first, then newest, then by publisher and record.
    pub hits: Vec<Hit>,
    /// For each of [`FACETS`] the codes that occur among all matching records and how many records have
    /// each: most first, then in the order of the codes, at most 200.
    pub facets: BTreeMap<String, Vec<(String, u64)>>,
}

/// A record that matches.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Whose record.
    pub publisher: Name,
    /// Which record.
    pub record: RecordId,
    /// Its kind, such as `measure`.
    pub kind: String,
    /// Its title in the reader's language, else in the one it has.
    pub title: String,
    /// Its summary likewise; may be empty.
    pub summary: String,
    /// A stretch of its text around the words found, to be joined in order; may be empty.
    pub snippet: Vec<Piece>,
    /// Codes of its action fields.
    pub action_fields: Vec<String>,
    /// When the standing version was signed.
    pub issued: Moment,
    /// Until when it is valid, as `YYYY-MM-DD`, where the record says so.
    pub valid_until: Option<String>,
    /// How well it matches; only comparable within one answer. 0 when nothing was typed.
    pub score: f32,
}

/// A piece of a snippet: plain text, to be escaped by who shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Whether it is a word that was looked for.
    pub hit: bool,
}
