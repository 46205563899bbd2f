//! What somebody looks for: words as typed, filters, and which part of the list.

use crate::cursor::Cursor;
use record::kind::Lang;
use record::moment::Moment;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Hits of one answer, at most.
pub const LIMIT_MAX: usize = 100;
/// Hits of one answer, where the asker says nothing else.
pub const LIMIT_DEFAULT: usize = 20;
/// Hits that may be skipped, at most; who needs more reads the change feed.
pub const OFFSET_MAX: usize = 10_000;

/// The facets that are counted and filtered by, in the order of the alphabet: the keys of
/// [`crate::found::Found::facets`] and of [`Filters`]. Their codes:
///
/// | facet | codes |
/// |---|---|
/// | `action_field` | `mobility` and so on |
/// | `deployment_model` | of solutions and adoptions, such as `on-prem` |
/// | `district` | the first five digits of the regional key (ARS) of the record's area |
/// | `freshness` | `month`, `year`, `older` by the moment of signing, `overdue` when `valid_until` has passed; only where [`Query::now`] is given |
/// | `kind` | `measure` and so on |
/// | `lamp` | `privacy`, `security`, `accessibility`: the record says something of it; with `-tested` behind: by somebody else or with evidence |
/// | `land` | first label of the publisher, such as `th` |
/// | `licence` | SPDX identifier as written |
/// | `phase` | of measures (`pilot`), and the development status of solutions (`stable`) |
/// | `population_class` | `5k-10k` and so on |
/// | `publisher` | `th.jena` |
/// | `stage` | `1` to `4` |
pub const FACETS: [&str; 12] = [
    "action_field",
    "deployment_model",
    "district",
    "freshness",
    "kind",
    "lamp",
    "land",
    "licence",
    "phase",
    "population_class",
    "publisher",
    "stage",
];

/// Codes of one facet that a query may ask for, at most; the rest is passed over.
pub const FILTER_CODES_MAX: usize = 500;

/// Filters: a record passes when it has, in every facet that is named, at least one of the codes.
/// A facet that is none of [`FACETS`] lets nothing pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    wanted: BTreeMap<String, BTreeSet<String>>,
}

impl Filters {
    /// No filter.
    pub fn none() -> Filters {
        Filters::default()
    }

    /// And this code (or one of those said before in the same facet).
    pub fn with(mut self, facet: &str, code: &str) -> Filters {
        self.add(facet, code);
        self
    }

    /// Adds a code; empty codes say nothing.
    pub fn add(&mut self, facet: &str, code: &str) {
        let codes = self.wanted.entry(facet.to_owned()).or_default();
        if codes.len() < FILTER_CODES_MAX {
            codes.insert(code.to_owned());
        }
    }

    /// The codes that are asked for in a facet.
    pub fn of(&self, facet: &str) -> impl Iterator<Item = &str> {
        self.wanted.get(facet).into_iter().flatten().map(String::as_str)
    }

    /// Whether this code is asked for.
    pub fn has(&self, facet: &str, code: &str) -> bool {
        self.wanted.get(facet).is_some_and(|codes| codes.contains(code))
    }

    /// Every facet with its codes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &BTreeSet<String>)> {
        self.wanted.iter().map(|(facet, codes)| (facet.as_str(), codes))
    }

    /// Whether nothing is filtered.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }
}

/// A stretch of days, each `YYYY-MM-DD` and part of it. A record is in it when its own days touch it: those of
/// an event, the days between which a funding or a cooperation is open, the deadline of a registration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// Not over before this day.
    pub from: Option<String>,
    /// Not beginning after this day.
    pub until: Option<String>,
}

/// In which order the hits come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By relevance; without words, the newest first.
    #[default]
    Best,
    /// The newest signature first.
    Newest,
    /// By the day on which it begins or ends; what has no day comes last.
    Soonest,
}

/// A search. Filters combine: a record is found when it matches the words and every filter.
/// No content is an error; what is too large is cut down to its limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The words as typed. `"..."` is a phrase, `-word` excludes, `kind:event` filters, the last word is taken as
    /// the beginning of a word. Empty text finds everything, newest first.
    pub text: String,
    /// Filters by facet.
    pub filters: Filters,
    /// Only records whose days touch these.
    pub days: Days,
    /// The order of the hits.
    pub order: Order,
    /// The language of the reader: titles and snippets come in it where the record has it.
    pub lang: Lang,
    /// The moment of asking: freshness is counted from it. Without it age plays no part.
    pub now: Option<Moment>,
    /// Take the words as they are typed, without correcting what looks like a typing error.
    pub verbatim: bool,
    /// How many hits, at most [`LIMIT_MAX`].
    pub limit: usize,
    /// How many hits to skip, at most [`OFFSET_MAX`]; for numbered pages.
    pub offset: usize,
    /// Only hits behind this place of the list; what came meanwhile shifts nothing. Used instead of `offset`.
    pub after: Option<Cursor>,
}

impl Default for Query {
    fn default() -> Query {
        Query {
            text: String::new(),
            filters: Filters::none(),
            days: Days::default(),
            order: Order::Best,
            lang: Lang::De,
            now: None,
            verbatim: false,
            limit: LIMIT_DEFAULT,
            offset: 0,
            after: None,
        }
    }
}
