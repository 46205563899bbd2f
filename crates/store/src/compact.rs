//! Giving room back: what no longer counts is left out when segments are written anew.
//!
//! **Why a kill at any step leaves a store with everything.** What replaced the dead is brought to the disk
//! first, so that no power cut takes both. A run of segments is copied into a file that
//! does not count (`.new`), brought to the disk, and renamed over the first of the run, whose header says up
//! to which number it speaks; the others of the run are ignored from then on and removed, now or at the next
//! start. The index names changes by number, never by place, so it does not notice. Readers that still have
//! the old files open read them to their end.
//!
//! The index is settled afterwards (see `settle`). sled does not give back what its file has outgrown: it frees a
//! segment when it has moved every page out of it, one at each page that is written, and in the index pages come
//! faster than that. A plain copy in the order of the keys came out twice as large, with half-filled pages.

use crate::disk::Disk;
use crate::disk::Shared;
use crate::index::Live;
use crate::index::broken;
use crate::log::SEGMENT_BYTES;
use crate::segment::HEADER_BYTES;
use crate::segment::Segment;
use replica::keeper::KeepError;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::PoisonError;

/// Dead bytes of the log that are not worth the work.
pub const DEAD_BYTES_MIN: u64 = 64 * 1024 * 1024;
/// The log is compacted when dead bytes are more than this share of the live ones, in percent.
pub const DEAD_PERCENT_MAX: u64 = 50;
/// A segment with fewer bytes is joined with its neighbour.
const SMALL_BYTES: u64 = SEGMENT_BYTES / 4;

/// What a compaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To give room back, where it is worth the work.
    Room,
    /// To make everything that was replaced, dropped or blanked physically gone.
    Erase,
}

/// How far a compaction is, told each time a run of segments was replaced, and with everything done while the index is
/// settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the log that were looked through.
    pub done_bytes: u64,
    /// All that are to be looked through.
    pub all_bytes: u64,
}

/// What a compaction did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// The bytes on the disk before.
    pub before_bytes: u64,
    /// The bytes on the disk after.
    pub after_bytes: u64,
    /// Whether it was told to stop before its end; what was done until then counts.
    pub is_stopped: bool,
}

/// The dead bytes of a segment.
fn dead(segment: &Segment, live: &Live) -> u64 {
    let live = live.get(&segment.first()).copied().unwrap_or(0);
    (segment.bytes() - HEADER_BYTES).saturating_sub(live)
}

/// Runs of neighbouring segments that are to be written anew, each into one.
fn plan(segments: &[Arc<Segment>], live: &Live, purpose: Purpose) -> Vec<Vec<Arc<Segment>>> {
    let is_due = |segment: &Segment| match purpose {
        Purpose::Erase => dead(segment, live) > 0,
        Purpose::Room => dead(segment, live) * 100 > segment.bytes() * DEAD_PERCENT_MAX / 2,
    };
    let mut runs: Vec<(u64, Vec<Arc<Segment>>)> = Vec::new();
    let mut is_open = false;
    for segment in segments.iter().filter(|segment| segment.upto().is_some()) {
        let (wanted, bytes) = (is_due(segment), segment.bytes() - dead(segment, live));
        if !wanted && segment.bytes() >= SMALL_BYTES {
            is_open = false;
            continue;
        }
        match runs.last_mut().filter(|(have, _)| is_open && have + bytes <= SEGMENT_BYTES) {
            Some((have, run)) => {
                *have += bytes;
                run.push(segment.clone());
            }
            None => runs.push((bytes, vec![segment.clone()])),
        }
        is_open = true;
    }
    let is_worth = |run: &Vec<Arc<Segment>>| run.len() > 1 || run.iter().any(|segment| is_due(segment));
    runs.into_iter().map(|(_, run)| run).filter(is_worth).collect()
}

impl Disk {
    /// Whether compacting for [`Purpose::Room`] is worth it: by the dead bytes of the log
    /// ([`DEAD_BYTES_MIN`], [`DEAD_PERCENT_MAX`]).
    pub fn needs_compaction(&self) -> bool {
        let live = self.shared.writer();
        let (living, all) = (live.values().sum::<u64>(), self.shared.log.bytes());
        drop(live);
        let dead = all.saturating_sub(living);
        dead > DEAD_BYTES_MIN && dead * 100 > living * DEAD_PERCENT_MAX
    }

    /// The bytes of the log that no longer count: what was replaced, dropped or blanked and is still in its files.
    pub fn dead_bytes(&self) -> u64 {
        let live = self.shared.writer();
        self.shared.log.segments().iter().map(|segment| dead(segment, &live)).sum()
    }

    /// Whether a compaction would make the index smaller: since the last one there were many changes.
    pub fn is_loose(&self) -> bool {
        self.shared.index().is_loose(self.shared.newest())
    }

    /// Leaves out what no longer counts, and settles the index. For [`Purpose::Erase`], when it was not stopped, nothing of a
    /// statement that was replaced, dropped or blanked before the call is left in the folder. Readers never wait, the
    /// writer waits for one run of at most 16 MiB at a time; `see` is called between two runs, and while the index is
    /// settled every few milliseconds, and may stop it.
    pub fn compact(
        &mut self,
        purpose: Purpose,
        see: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Compacted, KeepError> {
        let shared = &self.shared;
        let _alone = shared.compacting.lock().unwrap_or_else(PoisonError::into_inner);
        let before_bytes = self.size_on_disk()?;
        let mut is_stopped = shared.compact_log(purpose, see)?;
        if !is_stopped {
            let all_bytes = shared.log.bytes();
            let done = Progress { done_bytes: all_bytes, all_bytes };
            is_stopped = shared.settle(&mut || see(done).is_continue())?;
        }
        Ok(Compacted { before_bytes, after_bytes: self.size_on_disk()?, is_stopped })
    }
}

impl Shared {
    /// Answers whether it was told to stop.
    fn compact_log(
        &self,
        purpose: Purpose,
        see: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<bool, KeepError> {
        let runs = self.runs(purpose)?;
        let all_bytes = runs.iter().flatten().map(|segment| segment.bytes()).sum();
        let mut done_bytes = 0;
        for run in &runs {
            let mut live = self.writer();
            self.demand_sound()?;
            // What replaced the dead is on the disk before they go: otherwise a power cut takes both.
            self.sync()?;
            self.rewrite(run, &mut live)?;
            drop(live);
            done_bytes += run.iter().map(|segment| segment.bytes()).sum::<u64>();
            if see(Progress { done_bytes, all_bytes }).is_break() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What is to be written anew. What is appended meanwhile goes into a segment that is not among it.
    fn runs(&self, purpose: Purpose) -> Result<Vec<Vec<Arc<Segment>>>, KeepError> {
        let live = self.writer();
        self.demand_sound()?;
        let newest = self.log.segment(u64::MAX).filter(|newest| newest.upto().is_none());
        if newest.is_some_and(|newest| purpose == Purpose::Erase && dead(&newest, &live) > 0) {
            self.log.roll(self.newest() + 1).map_err(broken)?;
        }
        Ok(plan(&self.log.segments(), &live, purpose))
    }

    fn rewrite(&self, run: &[Arc<Segment>], live: &mut Live) -> Result<(), KeepError> {
        let index = self.index();
        let expected = run.iter().filter_map(|segment| live.get(&segment.first())).sum::<u64>();
        self.demand_room(expected + SMALL_BYTES)?;
        let mut writing = self.log.begin(run).map_err(broken)?;
        for segment in run {
            let mut walk = segment.walk(0).map_err(broken)?;
            while let Some(frame) = walk.next().map_err(broken)? {
                if index.number(frame.key)? == Some(frame.number) {
                    writing.put(frame.bytes).map_err(crate::index::disk)?;
                }
            }
        }
        let kept = writing.bytes() - HEADER_BYTES;
        if kept != expected {
            // Either the index or the log tells lies; what stands is left alone until somebody has looked.
            let why =
                format!("{expected} live bytes were expected and {kept} found; let the store be looked at");
            return Err(KeepError::Broken(why));
        }
        self.log.replace(run, writing).map_err(broken)?;
        for segment in run {
            live.remove(&segment.first());
        }
        live.extend(run.first().map(|first| (first.first(), kept)));
        Ok(())
    }
}
