//! What was found: the hits of one page, how many there are in all, and how they divide.

use crate::cursor::Cursor;
use record::moment::Moment;
use record::name::Name;
use record::statement::RecordId;
use std::collections::BTreeMap;

/// The answer to a query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// How many records match, this page and all others.
    pub total: u64,
    /// The hits of this page: best first, then newest, then by publisher and record.
    pub hits: Vec<Hit>,
    /// For each of [`crate::query::FACETS`] the codes that occur and how many records have each: most first, then in
    /// the order of the codes, at most 200. The counts of a facet leave its own filter aside, so that they say what
    /// choosing another code there would find.
    pub facets: BTreeMap<String, Vec<(String, u64)>>,
    /// What was looked for instead of what was typed, where that was found nowhere.
    pub correction: Option<Correction>,
    /// The words that were looked for, as typed or corrected; fill words and exclusions are none of them.
    pub words: Vec<String>,
    /// The place behind the last hit, where more follow.
    pub next: Option<Cursor>,
}

/// "Gesucht wird nach `instead` statt `typed`."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The whole query as typed. Asking it with `verbatim` looks for just that.
    pub typed: String,
    /// The whole query with the words that were looked for.
    pub instead: String,
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
    /// The languages of these texts, where they are not the reader's.
    pub foreign: Foreign,
    /// A stretch of its text around the words found, to be joined in order; may be empty.
    pub snippet: Vec<Piece>,
    /// Codes of its action fields.
    pub action_fields: Vec<String>,
    /// Beginnings of regional keys (ARS) of the area it is about.
    pub area: Vec<String>,
    /// When the standing version was signed.
    pub issued: Moment,
    /// Until when it is valid, as `YYYY-MM-DD`, where the record says so.
    pub valid_until: Option<String>,
    /// The day on which it begins (event) or opens (funding), as `YYYY-MM-DD`.
    pub begins: Option<String>,
    /// The day on which it ends or closes.
    pub ends: Option<String>,
    /// How many standing adoptions name it.
    pub adoptions: u64,
    /// How many of them say that their publisher uses it, for good or on trial.
    pub users: u64,
    /// How many standing assessments name it.
    pub assessments: u64,
    /// How many of [`Found::words`] it has ("3 of 4 words").
    pub words_met: usize,
    /// How well it matches; only comparable within one answer. 0 when nothing was typed.
    pub score: f32,
}

/// Languages (BCP 47) of what a hit shows, each only where it is not the reader's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Foreign {
    /// Of the title.
    pub title: Option<String>,
    /// Of the summary.
    pub summary: Option<String>,
    /// Of the snippet.
    pub snippet: Option<String>,
}

/// A piece of a snippet: plain text, to be escaped by who shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Whether it is a word that was looked for.
    pub hit: bool,
}

/// A record that is like another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Similar {
    /// The record.
    pub hit: Hit,
    /// The words that both have, the most telling first.
    pub shared: Vec<String>,
}

/// A record that answers a need, or a need that a record answers. Equal on every node with the same records.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The record.
    pub hit: Hit,
    /// Why, the weightiest reason first.
    pub reasons: Vec<Reason>,
}

/// Why two records match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Both name the same service, law or standard (keys of LeiKa, `supports`).
    Supports(Vec<String>),
    /// Words that what is asked for and what is offered have in common.
    Words(Vec<String>),
    /// Codes of action fields of both.
    ActionFields(Vec<String>),
    /// So many municipalities of the same population class have adopted it: class and count.
    AdoptedByClass(String, u64),
    /// The same Land, by its code.
    Land(String),
}

/// What similar municipalities use.
#[derive(Clone, Debug, PartialEq)]
pub struct Used {
    /// The record that was adopted, or that one of them published.
    pub hit: Hit,
    /// Those of the municipalities asked for that adopted it, in the order in which they were asked for.
    pub by: Vec<Name>,
}
