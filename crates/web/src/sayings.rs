//! What others say about a record, once it is read: its users, its assessments, its notices.

use crate::port::Kept;
use std::collections::BTreeMap;

/// Everything that others say about a record.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    pub(crate) uses: Uses,
    pub(crate) assessments: Vec<Assessment>,
    pub(crate) notices: Vec<Kept>,
    /// Who took this stub over.
    pub(crate) claims: Vec<Kept>,
    pub(crate) others: Vec<Kept>,
    pub(crate) others_total: usize,
}

/// Who uses it.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    /// Status code to number, what runs first.
    pub(crate) by_status: Vec<(&'static str, usize)>,
    /// Of those that use or try it: population class to number; empty code where it is not given.
    pub(crate) by_class: BTreeMap<&'static str, usize>,
    /// Of those that use or try it: Land to number.
    pub(crate) by_land: BTreeMap<String, usize>,
    /// How many are willing to advise.
    pub(crate) advisers: usize,
    pub(crate) total: usize,
    /// The first of them, read in full.
    pub(crate) read: Vec<Kept>,
}

/// One assessment, judged by the families of its catalogue.
#[derive(Debug)]
pub(crate) struct Assessment {
    pub(crate) kept: Kept,
    /// The catalogue, if it is here.
    pub(crate) criteria: Option<Kept>,
    /// Whether the assessor is the one who is assessed, or says it only declares.
    pub(crate) is_own: bool,
    /// Whether it counts now: not expired, not withdrawn, not superseded by its own assessor.
    pub(crate) stands: bool,
    /// Family to what came out.
    pub(crate) families: BTreeMap<String, Outcome>,
}

/// What came out for one family of criteria.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) yes: usize,
    pub(crate) partial: usize,
    pub(crate) no: usize,
    pub(crate) unknown: usize,
    /// A criterion that must be met is not.
    pub(crate) fails: bool,
    /// A criterion that must be met is met in part, or nobody knows.
    pub(crate) doubts: bool,
}

/// How a family came out, in one word. There is no word over all families.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Light {
    Met,
    Partly,
    NotMet,
    Unknown,
}

impl Outcome {
    pub(crate) fn light(&self) -> Light {
        let answered = self.yes + self.partial + self.no;
        match self {
            Outcome { fails: true, .. } => Light::NotMet,
            _ if answered == 0 => Light::Unknown,
            Outcome { doubts: false, partial: 0, no: 0, unknown: 0, .. } => Light::Met,
            _ => Light::Partly,
        }
    }
}

impl Light {
    /// For programs.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Light::Met => "met",
            Light::Partly => "partly-met",
            Light::NotMet => "not-met",
            Light::Unknown => "unknown",
        }
    }
}
