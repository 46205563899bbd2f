//! What issue 3 demands of reconciliation: the limits at a million heads, and what follows from them for fewer.

use crate::cost::Cost;
use crate::index::Index;
use std::time::Duration;

/// Bytes of reconciliation between equals.
const EQUAL_BYTES_MAX: u64 = 64;
/// Processor time of each side between equals. A program that is not built for release gets `UNTUNED` times as much.
const EQUAL_TIME_MAX: Duration = Duration::from_micros(20);
/// Bytes by which 1,000 missed updates are found and asked for.
const MISSED_BYTES_MAX: u64 = 45_000;
/// Round trips in which they are.
const MISSED_ROUNDS_MAX: u64 = 4;
/// Bytes by which 1,000 scattered differences are found, at a million heads.
const SCATTERED_BYTES_MAX: u64 = 450_000;
/// Bytes of the index for each head: 90 MiB for a million.
const INDEX_BYTES_MAX: u64 = 94;
/// Time for each head to build the index from keys: 1 s for a million.
const BUILD_TIME_MAX: Duration = Duration::from_micros(1);
/// How many times as long a program may take that is not built for release.
const UNTUNED: u32 = 5;

/// The limits for so many heads, and which of them were passed.
#[derive(Debug)]
pub(crate) struct Limits {
    heads: usize,
    broken: Vec<String>,
}

impl Limits {
    /// None is passed yet.
    pub(crate) fn of(heads: usize) -> Limits {
        Limits { heads, broken: Vec::new() }
    }

    /// In words, which were passed.
    pub(crate) fn broken(self) -> Vec<String> {
        self.broken
    }

    /// Two that hold the same.
    pub(crate) fn equal(&mut self, cost: &Cost) {
        self.bytes("no difference", cost.payload(), EQUAL_BYTES_MAX);
        self.time("no difference, the asker", cost.asker, EQUAL_TIME_MAX);
        self.time("no difference, the other side", cost.answerer, EQUAL_TIME_MAX);
    }

    /// One side missed 1,000 updates since both last agreed.
    pub(crate) fn missed(&mut self, cost: &Cost) {
        self.bytes("1,000 missed updates", cost.payload(), MISSED_BYTES_MAX);
        if cost.rounds > MISSED_ROUNDS_MAX {
            let rounds = cost.rounds;
            self.note(format!(
                "1,000 missed updates: {rounds} round trips, at most {MISSED_ROUNDS_MAX} are allowed"
            ));
        }
    }

    /// 1,000 scattered differences. Each costs a way down, which is as much shorter as there are fewer heads.
    pub(crate) fn scattered(&mut self, cost: &Cost) {
        let depth = |heads: f64| (heads / 1_000.0).log2().max(1.0);
        let allowed = SCATTERED_BYTES_MAX as f64 * depth(self.heads as f64) / depth(1e6);
        self.bytes("1,000 scattered differences", cost.payload(), allowed as u64);
    }

    /// The index.
    pub(crate) fn index(&mut self, sorted: &Index, shuffled: &Index) {
        let heads = u32::try_from(self.heads).unwrap_or(u32::MAX);
        let allowed = u64::from(heads) * INDEX_BYTES_MAX;
        self.bytes("the index filled in order", sorted.bytes, allowed);
        self.bytes("the index filled in disorder", shuffled.bytes, allowed);
        self.time("building the index from keys", sorted.built, BUILD_TIME_MAX * heads);
    }

    fn bytes(&mut self, what: &str, bytes: u64, allowed: u64) {
        if bytes > allowed {
            self.note(format!("{what}: {bytes} bytes, at most {allowed} are allowed"));
        }
    }

    fn time(&mut self, what: &str, time: Duration, allowed: Duration) {
        let allowed = if cfg!(debug_assertions) { allowed * UNTUNED } else { allowed };
        if time > allowed {
            self.note(format!("{what}: {time:?} of processor time, at most {allowed:?} is allowed"));
        }
    }

    fn note(&mut self, broken: String) {
        self.broken.push(format!("{} heads: {broken}", self.heads));
    }
}
