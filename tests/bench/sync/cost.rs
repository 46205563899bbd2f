//! What finding a difference costs: bytes, round trips, and processor time of each side.

use rustix::time::ClockId;
use rustix::time::clock_gettime;
use std::time::Duration;

/// What time is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Finding out what differs.
    Compare,
    /// Reading, packing and unpacking statements.
    Carry,
}

/// What one talk costs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    /// Bytes of all frames of the side that asks.
    pub(crate) asked: u64,
    /// Bytes of all frames of the side that answers.
    pub(crate) answered: u64,
    /// Of these, what compares: root, salt and roots of the greeting, and all of every other question and answer.
    pub(crate) compared: u64,
    /// Of these, the ids by which statements are asked for.
    pub(crate) wanted: u64,
    /// Times that an answer had to be waited for.
    pub(crate) rounds: u64,
    /// Processor time by which the asker compares.
    pub(crate) asker: Duration,
    /// Processor time by which the other side compares.
    pub(crate) answerer: Duration,
    /// Processor time of both sides for carrying statements.
    pub(crate) carrying: Duration,
    /// Processor time in which the asker's door lets statements in.
    pub(crate) admitting: Duration,
}

impl Cost {
    /// Bytes of reconciliation: all but the statements, their frames, and what makes a greeting polite.
    pub(crate) fn payload(&self) -> u64 {
        self.compared + self.wanted
    }

    /// Does something as the asker.
    pub(crate) fn asker<T>(&mut self, sort: Sort, work: impl FnOnce() -> T) -> T {
        let into = if sort == Sort::Compare { &mut self.asker } else { &mut self.carrying };
        spend(into, work)
    }

    /// Does something as the side that answers.
    pub(crate) fn answerer<T>(&mut self, sort: Sort, work: impl FnOnce() -> T) -> T {
        let into = if sort == Sort::Compare { &mut self.answerer } else { &mut self.carrying };
        spend(into, work)
    }

    /// The bytes of this talk with the least of the times.
    pub(crate) fn least(self, other: Cost) -> Cost {
        Cost {
            asker: self.asker.min(other.asker),
            answerer: self.answerer.min(other.answerer),
            carrying: self.carrying.min(other.carrying),
            admitting: self.admitting.min(other.admitting),
            ..self
        }
    }
}

/// Adds the processor time of some work.
pub(crate) fn spend<T>(into: &mut Duration, work: impl FnOnce() -> T) -> T {
    let began = cpu();
    let done = work();
    *into += cpu() - began;
    done
}

/// The processor time of this thread so far: others on the machine do not count.
pub(crate) fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}
