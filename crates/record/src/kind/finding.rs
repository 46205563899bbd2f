//! What the check before publishing has to say.

use crate::kind::words::Words;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// The record is not published like this.
    Error,
    /// It may be published; someone should look.
    Warning,
}

/// One thing to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where: `effort.months`, `steps[2]`, `title.de`.
    pub path: String,
    /// What people call the field.
    pub label: Words,
    /// How much it weighs.
    pub grade: Grade,
    /// The rule, for programs: `required`, `too-long`, `vocabulary` ..
    pub code: &'static str,
    /// A full sentence that names the field and says how to mend it.
    pub message: Words,
}
