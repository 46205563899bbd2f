//! What somebody looks for: words as typed, filters, and which part of the list.

use record::kind::Lang;

/// Hits of one answer, at most.
pub const LIMIT_MAX: usize = 100;
/// Hits of one answer, where the asker says nothing else.
pub const LIMIT_DEFAULT: usize = 20;
/// Hits that may be skipped, at most; who needs more reads the change feed.
pub const OFFSET_MAX: usize = 10_000;

/// A search. Filters combine: a record is found when it matches the words and every filter.
/// No content is an error; what is too large is cut down to its limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The words as typed. `"..."` is a phrase, `-word` excludes, the last word is taken as the beginning
    /// of a word. Empty text finds everything, newest first.
    pub text: String,
    /// Only this kind, such as `measure`.
    pub kind: Option<String>,
    /// Only records with this action field, such as `mobility`.
    pub action_field: Option<String>,
    /// Only publishers whose first label this is, such as `th`.
    pub land: Option<String>,
    /// Only this publisher, such as `th.jena`.
    pub publisher: Option<String>,
    /// Only records of this stage, 1 to 4.
    pub stage: Option<u64>,
    /// The language of the reader: titles and snippets come in it where the record has it.
    pub lang: Lang,
    /// How many hits, at most [`LIMIT_MAX`].
    pub limit: usize,
    /// How many hits to skip, at most [`OFFSET_MAX`].
    pub offset: usize,
}

impl Default for Query {
    fn default() -> Query {
        Query {
            text: String::new(),
            kind: None,
            action_field: None,
            land: None,
            publisher: None,
            stage: None,
            lang: Lang::De,
            limit: LIMIT_DEFAULT,
            offset: 0,
        }
    }
}
