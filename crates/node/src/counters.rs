//! What was refused since the start, by reason, and by which way came what stands; the page, `status` and the
//! metrics show it.

use record::name::Name;
use record::statement::RecordId;
use record::statement::StatementId;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

/// Equivocations that are remembered; more are only counted.
const EQUIVOCATIONS_MAX: usize = 100;

/// Counters by a reason's stable code, and what an operator should look at.
#[derive(Debug, Default)]
pub struct Counters {
    counts: Mutex<BTreeMap<&'static str, u64>>,
    equivocations: Mutex<Vec<Equivocation>>,
    heard: AtomicU64,
    fetched: AtomicU64,
}

/// Two statements of one publisher about one record with the same version: one of them wins everywhere, and the
/// publisher should be asked whether its key is in two places, or in wrong hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Equivocation {
    pub(crate) publisher: Name,
    pub(crate) record: RecordId,
    pub(crate) one: StatementId,
    pub(crate) other: StatementId,
}

impl Counters {
    pub(crate) fn count(&self, code: &'static str) {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(code).or_default() += 1;
    }

    /// Statements that came by gossip and stand.
    pub fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    /// Statements that came in talks and stand.
    pub fn fetched(&self) -> u64 {
        self.fetched.load(Ordering::Relaxed)
    }

    pub(crate) fn count_heard(&self) {
        self.heard.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_fetched(&self, statements: u64) {
        self.fetched.fetch_add(statements, Ordering::Relaxed);
    }

    /// What was refused, by reason.
    pub fn all(&self) -> BTreeMap<String, u64> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect()
    }

    /// Counts an equivocation and remembers it once, whichever of the two came first.
    pub(crate) fn equivocate(&self, new: Equivocation) {
        self.count("equivocation");
        let mut known = self.equivocations.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |old: &Equivocation| {
            [old.one, old.other].contains(&new.one) && [old.one, old.other].contains(&new.other)
        };
        if known.len() < EQUIVOCATIONS_MAX && !known.iter().any(same) {
            known.push(new);
        }
    }

    pub(crate) fn equivocations(&self) -> Vec<Equivocation> {
        self.equivocations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
