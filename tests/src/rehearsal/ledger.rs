//! When which statements came to stand: what is waited for, and how the times are spread.

use record::statement::StatementId;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;
use tokio::sync::Notify;

/// The times at which statements that are waited for came to stand, at all nodes together.
#[derive(Debug)]
pub(crate) struct Ledger {
    page: Mutex<Page>,
    full: Notify,
}

#[derive(Debug)]
struct Page {
    wanted: BTreeSet<StatementId>,
    began: Instant,
    times: Vec<Duration>,
    entries_max: usize,
}

impl Ledger {
    /// Nothing is waited for.
    pub(crate) fn new() -> Ledger {
        let page = Page { wanted: BTreeSet::new(), began: Instant::now(), times: Vec::new(), entries_max: 0 };
        Ledger { page: Mutex::new(page), full: Notify::new() }
    }

    fn page(&self) -> MutexGuard<'_, Page> {
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits from now on for these statements, so many times in all.
    pub(crate) fn open(&self, wanted: BTreeSet<StatementId>, entries_max: usize) {
        let times = Vec::with_capacity(entries_max);
        *self.page() = Page { wanted, began: Instant::now(), times, entries_max };
    }

    fn is_full(&self) -> bool {
        let page = self.page();
        page.times.len() >= page.entries_max
    }

    /// These statements came to stand at a node.
    pub(crate) fn enter(&self, ids: impl Iterator<Item = StatementId>) {
        let mut page = self.page();
        let now = page.began.elapsed();
        let wanted = ids.filter(|id| page.wanted.contains(id)).count();
        page.times.extend(std::iter::repeat_n(now, wanted));
        if wanted > 0 && page.times.len() >= page.entries_max {
            self.full.notify_one();
        }
    }

    /// Waits until all have come, or for so long, and tells how it went.
    pub(crate) async fn close(&self, patience: Duration) -> Spread {
        let full = async {
            while !self.is_full() {
                self.full.notified().await;
            }
        };
        let _ = tokio::time::timeout(patience, full).await;
        let page = self.page();
        let mut times = page.times.clone();
        times.sort();
        Spread { times, wanted: page.entries_max }
    }
}

/// How times are spread.
#[derive(Clone, Debug)]
pub struct Spread {
    times: Vec<Duration>,
    wanted: usize,
}

impl Spread {
    /// How many were waited for.
    pub fn wanted(&self) -> usize {
        self.wanted
    }

    /// How many came.
    pub fn reached(&self) -> usize {
        self.times.len()
    }

    /// When so many hundredths of all that were waited for had come; `None` if they did not.
    pub fn at(&self, percent: usize) -> Option<Duration> {
        let rank = (self.wanted * percent).div_ceil(100).max(1);
        self.times.get(rank - 1).copied()
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = |percent| match self.at(percent) {
            Some(time) => format!("{:6.2} s", time.as_secs_f64()),
            None => "  never".to_owned(),
        };
        let share = 100.0 * self.reached() as f64 / self.wanted.max(1) as f64;
        write!(f, "50 % {}  99 % {}  all {}  ({share:.3} % reached)", seconds(50), seconds(99), seconds(100))
    }
}
