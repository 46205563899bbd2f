//! How many statements were signed on which day, as far as it was counted.

use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

/// What was counted so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    held: Mutex<Counted>,
}

/// The days, and the change up to which they were counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counted {
    pub(crate) upto: u64,
    pub(crate) begun: bool,
    pub(crate) days: BTreeMap<Date, u64>,
}

impl Tally {
    /// What was counted so far.
    pub(crate) fn counted(&self) -> Counted {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds the days of the changes behind `since`.
    pub(crate) fn add(&self, since: u64, upto: u64, days: &BTreeMap<Date, u64>) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have counted the same changes meanwhile.
        if held.begun && held.upto != since {
            return;
        }
        held.begun = true;
        held.upto = upto;
        for (day, count) in days {
            *held.days.entry(*day).or_default() += count;
        }
    }
}
