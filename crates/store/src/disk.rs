//! The keeper on disk: a log of changes that is the store, and an index in sled that is worked out from it.
//!
//! **Why nothing acknowledged is lost.** A change is first written to the log, all its frames in one write,
//! then to the index. [`Disk::flush`] brings the log to the disk (`fdatasync`); what it has acknowledged is
//! there whatever happens next.
//! - *kill -9*: the kernel has all that was written. The end of the log may be half a change: it is cut off,
//!   it was never acknowledged. The index may lack the last changes: they are done again from the log.
//! - *Power cut*: what was written and not flushed may be there in any part and order. The log is read with
//!   checksums from the start of its newest segment, older segments were on the disk before it began. The
//!   index is not believed and made anew from the log.
//! - *Rot*: every frame has a checksum; the index knows up to where the log was on the disk, so that a frame
//!   missing below is damage and not a torn end.
//!
//! Readers (clones) go on beside the one writer. They read the index, then the log; when a frame is gone
//! meanwhile because a newer one came, the index says so when it is asked again.

use crate::frame;
use crate::frame::Frame;
use crate::index::Index;
use crate::index::Live;
use crate::index::Meta;
use crate::index::Writes;
use crate::index::broken;
use crate::index::disk;
use crate::index::unreadable;
use crate::layout;
use crate::log::Finder;
use crate::log::Log;
use crate::pack;
use crate::running;
use crate::segment::Batch;
use record::name::Name;
use record::statement::RecordId;
use replica::keeper::Change;
use replica::keeper::KeepError;
use replica::keeper::Keeper;
use replica::keeper::Step;
use replica::order::Bucket;
use replica::order::Head;
use replica::order::HeadKey;
use replica::order::Place;
use replica::order::Set;
use std::fmt;
use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

/// The format of the folder; an older one is copied, a newer one is refused in words.
pub const FORMAT: &str = "allmende store 2\n";

/// Free bytes that the store leaves on the disk unless told otherwise; what frees space needs half of them.
pub const FREE_BYTES_MIN: u64 = 32 * 1024 * 1024;

/// How the store is opened.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What the index may take of the memory, in bytes, about; sled is told half of it.
    pub cache_bytes: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { cache_bytes: 64 * 1024 * 1024 }
    }
}

/// Why the store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("the store in {0} is in use: another allmende is running on this folder. Stop it first")]
    InUse(PathBuf),
    /// It was written by a newer program.
    #[error("the store in {folder} has the format \"{found}\", this program knows \"{}\". Install the newer program again", FORMAT.trim())]
    Format {
        /// Where.
        folder: PathBuf,
        /// What stands in its FORMAT file.
        found: String,
    },
    /// The folder cannot be made or written.
    #[error(
        "the folder {folder} cannot be written: {error}. Check its owner, its rights and the room on the disk"
    )]
    Folder {
        /// Which.
        folder: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The database is damaged. What is readable of it is left as it is.
    #[error("the database in {folder} cannot be opened: {why}")]
    Damaged {
        /// Where.
        folder: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// How much room the disk has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Bytes that are free.
    pub free_bytes: u64,
    /// Bytes that have to be free for a new statement.
    pub needed_bytes: u64,
}

impl Room {
    /// Whether nothing new is taken.
    pub fn is_full(&self) -> bool {
        self.free_bytes < self.needed_bytes
    }
}

/// Heads and statements on the disk. Clones share the store; only one of them may write.
#[derive(Clone)]
pub struct Disk {
    pub(crate) shared: Arc<Shared>,
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk").field("folder", &self.shared.folder).finish_non_exhaustive()
    }
}

/// What all clones share.
pub(crate) struct Shared {
    pub(crate) folder: PathBuf,
    pub(crate) log: Log,
    /// Another one takes its place when it is settled; who still reads the old one reads it to the end.
    pub(crate) index: RwLock<Arc<Index>>,
    pub(crate) cache_bytes: u64,
    pub(crate) newest: AtomicU64,
    pub(crate) synced: AtomicU64,
    /// The live bytes of each segment; whoever holds it is the writer.
    pub(crate) live: Mutex<Live>,
    /// Held by the one compaction that may be under way.
    pub(crate) compacting: Mutex<()>,
    /// Set when a change is in the log and not whole in the index: nothing is written until the next start.
    pub(crate) is_behind: AtomicBool,
    pub(crate) keep_free: AtomicU64,
    /// What was mended when the store was opened, in words.
    pub(crate) mended: Vec<String>,
    /// Held as long as the store is open, so that a second daemon is told.
    pub(crate) _lock: File,
}

impl Drop for Shared {
    fn drop(&mut self) {
        if self.close().is_err() || self.is_behind.load(Ordering::Acquire) {
            // Left open: the next start looks at everything, and works the index out anew if it has to.
            tracing::warn!(folder = %self.folder.display(), "the store was not closed cleanly; it is mended at the next start");
        }
    }
}

impl Shared {
    pub(crate) fn writer(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn index(&self) -> Arc<Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn newest(&self) -> u64 {
        self.newest.load(Ordering::Acquire)
    }

    fn close(&self) -> Result<(), KeepError> {
        if self.is_behind.load(Ordering::Acquire) {
            return Ok(());
        }
        self.sync()?;
        let index = self.index();
        index.put_live(&self.writer())?;
        index.put_meta(Meta { newest: self.newest(), synced: self.newest() })?;
        index.sync()?;
        running::clear(&self.folder).map_err(disk)
    }

    pub(crate) fn sync(&self) -> Result<(), KeepError> {
        let newest = self.newest();
        self.log.sync().map_err(broken)?;
        self.synced.fetch_max(newest, Ordering::AcqRel);
        Ok(())
    }

    /// Refuses when less than this would stay free on the disk.
    pub(crate) fn demand_room(&self, bytes: u64) -> Result<(), KeepError> {
        let free = free_bytes(&self.folder).map_err(disk)?;
        if free < bytes {
            let (free, bytes) = (free / 1024 / 1024, bytes / 1024 / 1024);
            return Err(KeepError::Full(format!("{free} MiB are free, {bytes} MiB are needed")));
        }
        Ok(())
    }
}

/// Takes into account which frames of the log count now and which no more.
pub(crate) fn account(log: &Log, live: &mut Live, writes: &Writes) {
    let first = |number: u64| log.segment(number).map_or(0, |segment| segment.first());
    for (number, bytes) in &writes.born {
        *live.entry(first(*number)).or_default() += u64::from(*bytes);
    }
    for (number, bytes) in &writes.dead {
        let counted = live.entry(first(*number)).or_default();
        *counted = counted.saturating_sub(u64::from(*bytes));
    }
}

fn free_bytes(folder: &Path) -> std::io::Result<u64> {
    let room = rustix::fs::statvfs(folder)?;
    Ok(room.f_bavail.saturating_mul(room.f_frsize))
}

impl Disk {
    /// The bytes of the store on the disk.
    pub fn size_on_disk(&self) -> Result<u64, KeepError> {
        Ok(self.shared.log.bytes() + self.shared.index().bytes()?)
    }

    /// What was mended when the store was opened, in words; empty when nothing was wrong.
    pub fn mended(&self) -> &[String] {
        &self.shared.mended
    }

    /// The free bytes of the disk, and below how many nothing new is taken.
    pub fn room(&self) -> Result<Room, KeepError> {
        let free_bytes = free_bytes(&self.shared.folder).map_err(disk)?;
        Ok(Room { free_bytes, needed_bytes: self.shared.keep_free.load(Ordering::Acquire) })
    }

    /// Refuses new statements as soon as fewer bytes than this are free on the disk ([`FREE_BYTES_MIN`] at first).
    pub fn keep_free(&self, bytes: u64) {
        self.shared.keep_free.store(bytes, Ordering::Release);
    }

    /// Writes a batch and brings it into the index; the writer's lock is held.
    fn write(&self, live: &mut Live, batch: &Batch, writes: &Writes, newest: u64) -> Result<(), KeepError> {
        let shared = &self.shared;
        let before = shared.log.append(batch).map_err(broken)?;
        let meta = Meta { newest, synced: shared.synced.load(Ordering::Acquire) };
        if let Err(error) = shared.index().write(writes, meta) {
            // Nobody was told of the change, so it goes from the log again. What the index took of it
            // already is forgotten by making the index anew.
            shared.is_behind.store(true, Ordering::Release);
            let undone = shared.log.cut(&before).map_err(broken);
            running::mark_for_rebuild(&shared.folder).map_err(disk).and(undone)?;
            return Err(KeepError::Broken(format!("{error}; start again to have the index made anew")));
        }
        account(&shared.log, live, writes);
        Ok(())
    }
}

impl Disk {
    /// Reads what stands at a key, if anything does.
    fn standing<T>(
        &self,
        key: &HeadKey,
        read: impl Fn(&Frame<'_>, Head) -> Result<T, KeepError>,
    ) -> Result<Option<T>, KeepError> {
        // Index and log are two reads: whoever reads beside the writer may find the statement replaced in
        // between, and its frame gone. Then the index tells another number when it is asked again.
        let mut seen = None;
        loop {
            let entry = self.shared.index().entry(key)?.filter(|entry| entry.stands);
            let Some(number) = entry.map(|entry| entry.number) else { return Ok(None) };
            let torn = || KeepError::Broken(format!("the change {number} in the log cannot be read"));
            match self.shared.log.find(number).map_err(broken)? {
                Some(bytes) => {
                    let frame = Frame::read(&bytes).map_err(|_| torn())?;
                    let head = frame.head().flatten().filter(|head| head.key == *key).ok_or_else(torn)?;
                    return read(&frame, head).map(Some);
                }
                None if seen == Some(number) => return Err(torn()),
                None => seen = Some(number),
            }
        }
    }
}

impl Disk {
    /// Shows the statement that stands at a head key, if there is one; whether more is wanted.
    fn show(
        &self,
        key: &[u8],
        finder: &mut Finder<'_>,
        see: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<bool, KeepError> {
        let entry = self.shared.index().read(key)?.filter(|entry| entry.stands);
        let Some(number) = entry.map(|entry| entry.number) else { return Ok(true) };
        let torn = || KeepError::Broken(format!("the change {number} in the log cannot be read"));
        if let Some(frame) = finder.find(number).map_err(broken)? {
            let packed = if frame.key == key { frame.packed } else { return Err(torn()) };
            let Some(packed) = packed else { return Ok(true) };
            return Ok(see(&pack::unpack(packed).ok_or_else(torn)?));
        }
        // It was replaced in between, and its frame is gone.
        let key = layout::read_head_key(key).ok_or_else(|| unreadable("place"))?;
        let statement = self.statement(&key)?.and_then(|change| change.statement);
        Ok(statement.is_none_or(|statement| see(&statement)))
    }
}

/// The frames of the steps, and what they write into the index.
fn prepare((index, log): (&Index, &Log), steps: &[Step], newest: u64) -> Result<(Batch, Writes), KeepError> {
    let (mut batch, mut writes) = (Batch::default(), Writes::default());
    for (number, step) in (newest + 1..).zip(steps) {
        let is_last = number == newest + steps.len() as u64;
        let (key, head) = (step.key(), step.head());
        let packed = match step {
            Step::Stand(_, statement) => Some(pack::pack(statement)),
            Step::Blank(_) | Step::Drop(_) => None,
        };
        batch.places.push((number, batch.bytes.len()));
        let key_bytes = layout::head_key(key);
        let bytes = frame::write(&mut batch.bytes, (number, is_last), &key_bytes, head, packed.as_deref());
        writes.take((index, log), key, (number, bytes), head)?;
    }
    Ok((batch, writes))
}

/// The change that a frame tells of; the index says which head stands.
fn change(frame: &Frame<'_>) -> Result<Change, KeepError> {
    let torn = || KeepError::Broken(format!("the change {} in the log cannot be read", frame.number));
    let key = frame.head_key().ok_or_else(torn)?;
    let statement = match frame.packed {
        Some(packed) => Some(Arc::from(pack::unpack(packed).ok_or_else(torn)?)),
        None => None,
    };
    Ok(Change { number: frame.number, key, statement })
}

impl Keeper for Disk {
    fn head(&self, key: &HeadKey) -> Result<Option<Head>, KeepError> {
        self.standing(key, |_, head| Ok(head))
    }

    fn statement(&self, key: &HeadKey) -> Result<Option<Change>, KeepError> {
        self.standing(key, |frame, _| change(frame))
    }

    fn apply(&mut self, steps: &[Step]) -> Result<u64, KeepError> {
        let shared = &self.shared;
        let mut live = shared.writer();
        if shared.is_behind.load(Ordering::Acquire) {
            return Err(KeepError::Broken("an earlier write failed; start again".to_owned()));
        }
        let newest = shared.newest();
        if steps.is_empty() {
            return Ok(newest);
        }
        let grows = steps.iter().any(|step| matches!(step, Step::Stand(..)));
        let keep_free = shared.keep_free.load(Ordering::Acquire);
        shared.demand_room(if grows { keep_free } else { keep_free / 2 })?;
        let (batch, writes) = prepare((&shared.index(), &shared.log), steps, newest)?;
        let newest = newest + steps.len() as u64;
        self.write(&mut live, &batch, &writes, newest)?;
        shared.newest.store(newest, Ordering::Release);
        Ok(newest)
    }

    fn flush(&mut self) -> Result<(), KeepError> {
        self.shared.sync()
    }

    fn newest(&self) -> u64 {
        self.shared.newest()
    }

    fn changes(&self, since: u64, limit: usize) -> Result<Vec<Change>, KeepError> {
        let shared = &self.shared;
        // What comes while we read has a higher number, and so has what replaces what we pass over.
        let newest = shared.newest();
        let mut changes = Vec::new();
        let mut walk = shared.log.walk(since.saturating_add(1)).map_err(broken)?;
        while changes.len() < limit {
            match walk.next().map_err(broken)? {
                Some(frame) if frame.number <= newest => {
                    if shared.index().number(frame.key)? == Some(frame.number) {
                        changes.push(change(&frame)?);
                    }
                }
                _ => break,
            }
        }
        Ok(changes)
    }

    fn visit(&self, see: &mut dyn FnMut(&Bucket, Place, &HeadKey)) -> Result<(), KeepError> {
        self.shared.index().places(&[], |order, head| {
            let (bucket, place) = layout::read_order_key(order).ok_or_else(|| unreadable("place"))?;
            see(&bucket, place, &layout::read_head_key(head).ok_or_else(|| unreadable("place"))?);
            Ok(true)
        })
    }

    fn places(&self, bucket: &Bucket, after: Option<Place>, limit: usize) -> Result<Vec<Place>, KeepError> {
        let prefix = layout::bucket_prefix(bucket);
        let from = match after {
            Some(after) => [layout::order_key(bucket, after), vec![0]].concat(),
            None => prefix.clone(),
        };
        let mut places = Vec::new();
        if limit > 0 {
            self.shared.index().places(&from, |order, _| {
                if !order.starts_with(&prefix) {
                    return Ok(false);
                }
                places.push(layout::read_order_key(order).ok_or_else(|| unreadable("place"))?.1);
                Ok(places.len() < limit)
            })?;
        }
        Ok(places)
    }

    fn at(&self, bucket: &Bucket, place: Place) -> Result<Option<HeadKey>, KeepError> {
        self.shared.index().at(&layout::order_key(bucket, place))
    }

    fn statements(
        &self,
        bucket: &Bucket,
        places: &[Place],
        see: &mut dyn FnMut(Place, &[u8]) -> bool,
    ) -> Result<(), KeepError> {
        let Some(first) = places.first() else { return Ok(()) };
        let order_key = |place: &Place| (layout::order_key(bucket, *place), *place);
        let mut wanted = places.iter().map(order_key).peekable();
        let mut finder = self.shared.log.finder();
        self.shared.index().places(&layout::order_key(bucket, *first), |order, head| {
            while wanted.next_if(|(key, _)| key.as_slice() < order).is_some() {}
            match wanted.next_if(|(key, _)| key == order) {
                Some((_, place)) => self.show(head, &mut finder, &mut |statement| see(place, statement)),
                None => Ok(wanted.peek().is_some()),
            }
        })
    }

    fn records(&self, set: Set, publisher: &Name) -> Result<Vec<RecordId>, KeepError> {
        let mut records = Vec::new();
        self.shared.index().entries(&layout::publisher_prefix(set, publisher.as_str()), |key, value| {
            records.extend(standing(key, value)?);
            Ok(true)
        })?;
        Ok(records)
    }

    fn last_record(&self, set: Set, publisher: &Name) -> Result<Option<RecordId>, KeepError> {
        let mut last = None;
        self.shared.index().entries_back(
            &layout::publisher_prefix(set, publisher.as_str()),
            |key, value| {
                last = standing(key, value)?;
                Ok(last.is_none())
            },
        )?;
        Ok(last)
    }
}

/// The record at a key of the index, if a head stands there.
fn standing(key: &[u8], value: &[u8]) -> Result<Option<RecordId>, KeepError> {
    let entry = layout::read_entry(value).ok_or_else(|| unreadable("entry"))?;
    if !entry.stands {
        return Ok(None);
    }
    layout::read_head_key(key).map(|key| Some(key.record)).ok_or_else(|| unreadable("entry"))
}
