//! A segment: one file of the log, with the frames of a run of changes in the order of their numbers.
//!
//! | part   | bytes | meaning                                                                          |
//! |--------|-------|----------------------------------------------------------------------------------|
//! | magic  | 8     | `allmlog2`                                                                       |
//! | first  | 8     | the lowest number that may stand here                                            |
//! | upto   | 8     | the highest; 0 while the segment still grows                                     |
//! | crc    | 4     | CRC-32 over the three                                                            |
//! | frames |       | one after the other                                                              |
//!
//! A segment appears under its name by a rename, whole and on the disk. Only the newest one grows. It is
//! sealed, with everything in it on the disk, before the next one appears; so what a crash can tear is the
//! end of the newest segment and nothing else.

use crate::frame;
use crate::frame::Frame;
use crate::frame::Unframed;
use crate::layout;
use std::fs::File;
use std::fs::OpenOptions;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

const MAGIC: &[u8; 8] = b"allmlog2";
/// The bytes before the first frame.
pub(crate) const HEADER_BYTES: u64 = 28;
/// A frame is found by reading at most so many bytes before it, and every so many bytes cost 16 in memory.
const MARK_BYTES: u64 = 16 * 1024;
/// What is read at once when all frames are wanted.
const CHUNK_BYTES: usize = 256 * 1024;

/// Why the log cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Torn(String),
}

/// One file of the log.
#[derive(Debug)]
pub(crate) struct Segment {
    first: u64,
    upto: AtomicU64,
    path: PathBuf,
    file: File,
    /// Where the last whole frame ends.
    end: AtomicU64,
    /// Number and place of a frame every [`MARK_BYTES`]; made when the first frame is looked for.
    marks: RwLock<Option<Vec<(u64, u64)>>>,
}

/// The frames of one change as they are appended: their bytes, and number and place of each.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) bytes: Vec<u8>,
    pub(crate) places: Vec<(u64, usize)>,
}

/// Where a segment with this first number lies.
pub(crate) fn path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:016x}.log"))
}

fn header(first: u64, upto: u64) -> Vec<u8> {
    let mut bytes = [MAGIC.as_slice(), &first.to_be_bytes(), &upto.to_be_bytes()].concat();
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
    bytes
}

impl Segment {
    /// Makes a segment without frames.
    pub(crate) fn create(folder: &Path, first: u64) -> std::io::Result<Segment> {
        let mut writing = Writing::begin(folder, first)?;
        writing.put(&header(first, 0))?;
        writing.finish(0)
    }

    /// Opens a segment that is there.
    pub(crate) fn open(path: PathBuf) -> Result<Segment, LogError> {
        let file = OpenOptions::new().read(true).write(true).open(&path)?;
        let end = file.metadata()?.len();
        let torn = || LogError::Torn(format!("the first bytes of {} cannot be read", path.display()));
        let mut bytes = [0; HEADER_BYTES as usize];
        if end < HEADER_BYTES {
            return Err(torn());
        }
        file.read_exact_at(&mut bytes, 0)?;
        let (first, rest) = bytes.strip_prefix(MAGIC).and_then(layout::number).ok_or_else(torn)?;
        let (upto, _) = layout::number(rest).ok_or_else(torn)?;
        let is_named_so = path.file_name() == self::path(Path::new(""), first).file_name();
        if header(first, upto) != bytes || !is_named_so {
            return Err(torn());
        }
        Ok(Segment::new(first, upto, path, file, end, None))
    }

    fn new(
        first: u64,
        upto: u64,
        path: PathBuf,
        file: File,
        end: u64,
        marks: Option<Vec<(u64, u64)>>,
    ) -> Segment {
        Segment { first, upto: upto.into(), path, file, end: end.into(), marks: RwLock::new(marks) }
    }

    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// The highest number that may stand here; none while the segment grows.
    pub(crate) fn upto(&self) -> Option<u64> {
        Some(self.upto.load(Ordering::Acquire)).filter(|upto| *upto > 0)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes of the file.
    pub(crate) fn bytes(&self) -> u64 {
        self.end.load(Ordering::Acquire)
    }

    /// Writes the frames behind the last one. When that fails, nothing was written.
    pub(crate) fn append(&self, batch: &Batch) -> std::io::Result<()> {
        let end = self.bytes();
        if let Err(error) = self.file.write_all_at(&batch.bytes, end) {
            // A disk without room may have taken the first half.
            self.file.set_len(end)?;
            return Err(error);
        }
        self.end.store(end + batch.bytes.len() as u64, Ordering::Release);
        if let Some(marks) = self.marks.write().unwrap_or_else(PoisonError::into_inner).as_mut() {
            for (number, place) in &batch.places {
                mark(marks, *number, end + *place as u64);
            }
        }
        Ok(())
    }

    /// Brings what was appended to the disk.
    pub(crate) fn sync(&self) -> std::io::Result<()> {
        self.file.sync_data()
    }

    /// Ends the segment: from now on it says for itself what it reaches to.
    pub(crate) fn seal(&self, upto: u64) -> std::io::Result<()> {
        // First the frames, then the word that they are all there.
        self.file.sync_data()?;
        self.file.write_all_at(&header(self.first, upto), 0)?;
        self.file.sync_data()?;
        self.upto.store(upto, Ordering::Release);
        Ok(())
    }

    /// Cuts everything off from this place on.
    pub(crate) fn cut(&self, end: u64) -> std::io::Result<()> {
        self.file.set_len(end)?;
        self.file.sync_all()?;
        self.end.store(end, Ordering::Release);
        *self.marks.write().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    /// The bytes of the frame with this number, if it is here.
    pub(crate) fn find(self: &Arc<Self>, number: u64) -> Result<Option<Vec<u8>>, LogError> {
        let mut walk = Walk::new(self.clone(), self.near(number)?, MARK_BYTES as usize);
        while let Some((found, range)) = walk.step()? {
            if found >= number {
                let bytes = walk.buffer.get(range).filter(|_| found == number);
                return Ok(bytes.map(<[u8]>::to_vec));
            }
        }
        Ok(None)
    }

    /// A walk that begins at or shortly before the frame with this number, for [`Walk::find`].
    pub(crate) fn walk_near(self: &Arc<Self>, number: u64) -> Result<Walk, LogError> {
        Ok(Walk::new(self.clone(), self.near(number)?, MARK_BYTES as usize))
    }

    /// The frames from this number on.
    pub(crate) fn walk(self: &Arc<Self>, from: u64) -> Result<Walk, LogError> {
        if from <= self.first {
            // Nothing is read yet: the first frame may be torn, and that is for the one who reads to judge.
            return Ok(Walk::new(self.clone(), HEADER_BYTES, CHUNK_BYTES));
        }
        let mut walk = Walk::new(self.clone(), self.near(from)?, CHUNK_BYTES);
        while let Some((number, range)) = walk.step()? {
            if number >= from {
                walk.at = range.start;
                break;
            }
        }
        Ok(walk)
    }

    /// A place at or before that of the frame with this number.
    fn near(self: &Arc<Self>, number: u64) -> Result<u64, LogError> {
        let place = |marks: &Vec<(u64, u64)>| {
            let after = marks.partition_point(|(marked, _)| *marked <= number);
            after.checked_sub(1).and_then(|at| marks.get(at)).map_or(HEADER_BYTES, |(_, place)| *place)
        };
        if let Some(marks) = self.marks.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            return Ok(place(marks));
        }
        // The lock is taken before the end is read: what is appended meanwhile is marked by the appender.
        let mut marks = self.marks.write().unwrap_or_else(PoisonError::into_inner);
        let mut fresh = Vec::new();
        let mut walk = Walk::new(self.clone(), HEADER_BYTES, CHUNK_BYTES);
        let mut at = walk.place();
        while let Some((number, _)) = walk.step()? {
            mark(&mut fresh, number, at);
            at = walk.place();
        }
        Ok(place(marks.insert(fresh)))
    }
}

fn mark(marks: &mut Vec<(u64, u64)>, number: u64, place: u64) {
    if marks.last().is_none_or(|(last, at)| *last < number && *at + MARK_BYTES <= place) {
        marks.push((number, place));
    }
}

/// A walk over the frames of a segment.
#[derive(Debug)]
pub(crate) struct Walk {
    segment: Arc<Segment>,
    /// Where the buffer begins in the file.
    start: u64,
    buffer: Vec<u8>,
    at: usize,
    chunk: usize,
}

impl Walk {
    fn new(segment: Arc<Segment>, start: u64, chunk: usize) -> Walk {
        Walk { segment, start, buffer: Vec::new(), at: 0, chunk }
    }

    pub(crate) fn segment(&self) -> &Segment {
        &self.segment
    }

    /// The place of the next frame.
    pub(crate) fn place(&self) -> u64 {
        self.start + self.at as u64
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.place() == self.segment.bytes()
    }

    /// The next frame, its checksum held; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Frame<'_>>, LogError> {
        let place = self.place();
        let Some((_, range)) = self.step()? else { return Ok(None) };
        let bytes = self.buffer.get(range).unwrap_or_default();
        match Frame::read(bytes) {
            Ok(frame) => Ok(Some(frame)),
            Err(_) => Err(torn(&self.segment, place)),
        }
    }

    /// The frame with this number, if it is among those that are still to come.
    pub(crate) fn find(&mut self, number: u64) -> Result<Option<Frame<'_>>, LogError> {
        loop {
            let place = self.place();
            let Some((found, range)) = self.step()? else { return Ok(None) };
            if found > number {
                self.at = range.start;
                return Ok(None);
            }
            if found == number {
                let bytes = self.buffer.get(range).unwrap_or_default();
                return Frame::read(bytes).map(Some).map_err(|_| torn(&self.segment, place));
            }
        }
    }

    /// Number and bytes of the next frame, by its own word.
    fn step(&mut self) -> Result<Option<(u64, Range<usize>)>, LogError> {
        let length = loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            let needed = match frame::length(rest) {
                Ok(length) if length <= rest.len() => break length,
                Ok(length) | Err(Unframed::Short(length)) => length,
                Err(Unframed::Torn) => return Err(torn(&self.segment, self.place())),
            };
            let end = self.segment.bytes();
            if self.place() == end {
                return Ok(None);
            }
            if self.place() + needed as u64 > end {
                return Err(torn(&self.segment, self.place()));
            }
            self.fill(needed, end)?;
        };
        let range = self.at..self.at + length;
        let number = self.buffer.get(range.clone()).and_then(frame::number).unwrap_or_default();
        self.at = range.end;
        Ok(Some((number, range)))
    }

    /// Reads on, so that the buffer holds at least `needed` bytes from here.
    fn fill(&mut self, needed: usize, end: u64) -> std::io::Result<()> {
        self.buffer.drain(..self.at);
        (self.start, self.at) = (self.start + self.at as u64, 0);
        let here = usize::try_from(end - self.start).unwrap_or(usize::MAX);
        let had = self.buffer.len();
        self.buffer.resize(needed.max(self.chunk).min(here).max(had), 0);
        let fresh = self.buffer.get_mut(had..).unwrap_or_default();
        self.segment.file.read_exact_at(fresh, self.start + had as u64)
    }
}

fn torn(segment: &Segment, place: u64) -> LogError {
    LogError::Torn(format!("{} cannot be read from byte {place} on", segment.path.display()))
}

/// A segment that is being written beside, until it is whole.
#[derive(Debug)]
pub(crate) struct Writing {
    first: u64,
    from: PathBuf,
    to: PathBuf,
    file: std::io::BufWriter<File>,
    bytes: u64,
}

impl Writing {
    fn begin(folder: &Path, first: u64) -> std::io::Result<Writing> {
        let to = path(folder, first);
        let from = to.with_extension("new");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&from)?;
        Ok(Writing { first, from, to, file: std::io::BufWriter::with_capacity(CHUNK_BYTES, file), bytes: 0 })
    }

    /// Begins a segment that reaches from `first` to `upto`.
    pub(crate) fn sealed(folder: &Path, first: u64, upto: u64) -> std::io::Result<Writing> {
        let mut writing = Writing::begin(folder, first)?;
        writing.put(&header(first, upto))?;
        Ok(writing)
    }

    pub(crate) fn put(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.bytes += bytes.len() as u64;
        std::io::Write::write_all(&mut self.file, bytes)
    }

    /// The bytes that were put.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Brings the file to the disk, and under its name: it takes the place of one that has it.
    pub(crate) fn finish(self, upto: u64) -> std::io::Result<Segment> {
        let Writing { first, from, to, file, bytes } = self;
        let file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.sync_all()?;
        std::fs::rename(&from, &to)?;
        if let Some(folder) = to.parent() {
            File::open(folder)?.sync_all()?;
        }
        let marks = (upto == 0).then(Vec::new);
        Ok(Segment::new(first, upto, to, file, bytes, marks))
    }
}
