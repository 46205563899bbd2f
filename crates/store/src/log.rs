//! The log: every change that still counts, in segments, in the order of the numbers.
//!
//! The log is the store. What the index says can be worked out from it at any time.

use crate::frame::Frame;
use crate::segment::Batch;
use crate::segment::HEADER_BYTES;
use crate::segment::LogError;
use crate::segment::Segment;
use crate::segment::Walk;
use crate::segment::Writing;
use replica::order::Head;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;

/// A segment grows to so many bytes. Erasing one statement writes one segment anew; each is an open file.
pub(crate) const SEGMENT_BYTES: u64 = 16 * 1024 * 1024;

/// Frames that are passed by on the way to the next one that is looked for; beyond, it is looked up where it stands.
const FRAMES_PASSED_MAX: u64 = 16;

/// All segments, by their first number; the last one grows.
#[derive(Debug)]
pub(crate) struct Log {
    folder: PathBuf,
    segments: RwLock<BTreeMap<u64, Arc<Segment>>>,
}

/// What stands at the end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tail {
    /// The number of the last whole change, 0 when there is none.
    pub(crate) last: u64,
    /// Where it ends in the newest segment.
    end: u64,
    /// The bytes after it that belong to no whole change.
    pub(crate) torn_bytes: u64,
}

impl Log {
    /// Opens the log in this folder, or makes one.
    pub(crate) fn open(folder: &Path) -> Result<Log, LogError> {
        std::fs::create_dir_all(folder)?;
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            match path.extension().and_then(|ending| ending.to_str()) {
                Some("log") => paths.push(path),
                // It was never whole.
                Some("new") => std::fs::remove_file(path)?,
                _ => {}
            }
        }
        paths.sort();
        let (mut segments, mut due, mut grows) = (BTreeMap::new(), 1, false);
        for path in paths {
            let segment = Segment::open(path)?;
            if segment.first() < due && !grows {
                // Its frames stand in the segment before, with which it was joined.
                std::fs::remove_file(segment.path())?;
                continue;
            }
            if segment.first() != due || grows {
                return Err(missing(due, segment.first()));
            }
            (due, grows) = segment.upto().map_or((due, true), |upto| (upto + 1, false));
            segments.insert(segment.first(), Arc::new(segment));
        }
        if !grows {
            segments.insert(due, Arc::new(Segment::create(folder, due)?));
        }
        Ok(Log { folder: folder.to_owned(), segments: RwLock::new(segments) })
    }

    /// All segments, oldest first.
    pub(crate) fn segments(&self) -> Vec<Arc<Segment>> {
        self.segments.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The bytes of all segments.
    pub(crate) fn bytes(&self) -> u64 {
        self.segments().iter().map(|segment| segment.bytes()).sum()
    }

    /// The segment in which a number stands, if it stands.
    pub(crate) fn segment(&self, number: u64) -> Option<Arc<Segment>> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        segments.range(..=number).next_back().map(|(_, segment)| segment.clone())
    }

    fn newest(&self) -> Result<Arc<Segment>, LogError> {
        self.segment(u64::MAX).ok_or_else(|| missing(1, 1))
    }

    /// The bytes of the frame with this number.
    pub(crate) fn find(&self, number: u64) -> Result<Option<Vec<u8>>, LogError> {
        self.segment(number).map_or(Ok(None), |segment| segment.find(number))
    }

    /// Finds one frame after the other.
    pub(crate) fn finder(&self) -> Finder<'_> {
        Finder { log: self, walk: None, past: 0 }
    }

    /// The head that stands since the change with this number.
    pub(crate) fn head(&self, number: u64) -> Result<Option<Head>, LogError> {
        let torn = || LogError::Torn(format!("the change {number} in the log cannot be read"));
        let bytes = self.find(number)?.ok_or_else(torn)?;
        let frame = Frame::read(&bytes).map_err(|_| torn())?;
        frame.head().map(|head| head.ok_or_else(torn)).transpose()
    }

    /// All frames from this number on.
    pub(crate) fn walk(&self, from: u64) -> Result<LogWalk<'_>, LogError> {
        let segment = self.segment(from.max(1)).ok_or_else(|| missing(1, 1))?;
        Ok(LogWalk { log: self, walk: segment.walk(from)? })
    }

    /// Looks for the last whole change, every checksum in the newest segment included.
    pub(crate) fn tail(&self) -> Result<Tail, LogError> {
        let newest = self.newest()?;
        let (mut whole, mut number) = ((newest.first() - 1, HEADER_BYTES), newest.first() - 1);
        let mut walk = newest.walk(0)?;
        loop {
            match walk.next() {
                Ok(Some(frame)) if frame.number > number => {
                    number = frame.number;
                    if frame.is_last {
                        whole = (number, walk.place());
                    }
                }
                Err(LogError::Io(error)) => return Err(error.into()),
                // Torn, at its end, or the rest of an older file that a crash let shine through.
                _ => break,
            }
        }
        let (last, end) = whole;
        Ok(Tail { last, end, torn_bytes: newest.bytes() - end })
    }

    /// Looks at every checksum of the sealed segments, where they are not too much to read at once; the newest segment
    /// is read by [`Log::tail`] in any case.
    pub(crate) fn check_sealed(&self, bytes_max: u64) -> Result<(), LogError> {
        let sealed: Vec<_> = self.segments().into_iter().filter(|segment| segment.upto().is_some()).collect();
        if sealed.iter().map(|segment| segment.bytes()).sum::<u64>() > bytes_max {
            return Ok(());
        }
        for segment in sealed {
            let mut walk = segment.walk(0)?;
            while walk.next()?.is_some() {}
        }
        Ok(())
    }

    /// Cuts off what belongs to no whole change.
    pub(crate) fn cut(&self, tail: &Tail) -> Result<(), LogError> {
        Ok(self.newest()?.cut(tail.end)?)
    }

    /// Writes the frames of one change; when it fails, nothing was written. Answers where they lie.
    pub(crate) fn append(&self, batch: &Batch) -> Result<Tail, LogError> {
        let mut newest = self.newest()?;
        let Some((first, _)) = batch.places.first() else { return Err(missing(1, 1)) };
        let length = batch.bytes.len() as u64;
        if newest.bytes() > HEADER_BYTES && newest.bytes() + length > SEGMENT_BYTES {
            newest = self.roll(*first)?;
        }
        let before = Tail { last: first - 1, end: newest.bytes(), torn_bytes: length };
        newest.append(batch)?;
        Ok(before)
    }

    /// Seals the newest segment and begins the next one with this number.
    pub(crate) fn roll(&self, first: u64) -> Result<Arc<Segment>, LogError> {
        self.newest()?.seal(first - 1)?;
        let next = Arc::new(Segment::create(&self.folder, first)?);
        self.segments.write().unwrap_or_else(PoisonError::into_inner).insert(first, next.clone());
        Ok(next)
    }

    /// Brings what was appended to the disk. What lies in older segments is there since they were sealed.
    pub(crate) fn sync(&self) -> Result<(), LogError> {
        Ok(self.newest()?.sync()?)
    }

    /// Begins the segment that is to stand for a run of sealed segments.
    pub(crate) fn begin(&self, run: &[Arc<Segment>]) -> Result<Writing, LogError> {
        let (first, upto) = ends(run).ok_or_else(|| missing(1, 1))?;
        Ok(Writing::sealed(&self.folder, first, upto)?)
    }

    /// Puts what was written in place of the run. By rename: at every moment the old frames are found or
    /// the new ones, and who still reads the old files reads them to the end.
    pub(crate) fn replace(&self, run: &[Arc<Segment>], writing: Writing) -> Result<(), LogError> {
        let (first, upto) = ends(run).ok_or_else(|| missing(1, 1))?;
        let joined = Arc::new(writing.finish(upto)?);
        let mut segments = self.segments.write().unwrap_or_else(PoisonError::into_inner);
        segments.retain(|at, _| !(first..=upto).contains(at));
        segments.insert(first, joined);
        drop(segments);
        for gone in run.iter().filter(|segment| segment.first() != first) {
            std::fs::remove_file(gone.path())?;
        }
        Ok(File::open(&self.folder)?.sync_all()?)
    }
}

/// The numbers that a run of sealed segments reaches from and to.
fn ends(run: &[Arc<Segment>]) -> Option<(u64, u64)> {
    Some((run.first()?.first(), run.last()?.upto()?))
}

fn missing(from: u64, to: u64) -> LogError {
    LogError::Torn(format!("the changes {from} to {to} are missing among the log's files"))
}

/// Finds frames by their numbers, and cheaply where one stands shortly behind the one before.
#[derive(Debug)]
pub(crate) struct Finder<'a> {
    log: &'a Log,
    walk: Option<Walk>,
    /// The number that was looked for last.
    past: u64,
}

impl Finder<'_> {
    /// The frame with this number.
    pub(crate) fn find(&mut self, number: u64) -> Result<Option<Frame<'_>>, LogError> {
        let is_near = number > self.past && number - self.past <= FRAMES_PASSED_MAX;
        // A segment that was sealed meanwhile ends before what comes next.
        let is_here = |walk: &Walk| walk.segment().upto().is_none_or(|upto| number <= upto);
        let walk = match self.walk.take().filter(|walk| is_near && is_here(walk)) {
            Some(walk) => walk,
            None => match self.log.segment(number) {
                Some(segment) => segment.walk_near(number)?,
                None => return Ok(None),
            },
        };
        self.past = number;
        self.walk.insert(walk).find(number)
    }
}

/// A walk over the frames of all segments.
#[derive(Debug)]
pub(crate) struct LogWalk<'a> {
    log: &'a Log,
    walk: Walk,
}

impl LogWalk<'_> {
    /// The next frame; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Frame<'_>>, LogError> {
        loop {
            // Asked before the length: a segment that grew until it was sealed is read to its last end.
            let upto = self.walk.segment().upto();
            if !self.walk.is_at_end() {
                return self.walk.next();
            }
            let Some(from) = upto.map(|upto| upto + 1) else { return Ok(None) };
            // Compaction may have joined what comes next with what was just read.
            let next = self.log.segment(from);
            match next.filter(|next| next.upto().is_none_or(|upto| upto >= from)) {
                Some(next) => self.walk = next.walk(from)?,
                None => return Ok(None),
            }
        }
    }
}
