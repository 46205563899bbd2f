//! Opening a store: the lock, the format, and whatever a crash or a power cut left to be mended.

use crate::disk::Disk;
use crate::disk::FORMAT;
use crate::disk::FREE_BYTES_MIN;
use crate::disk::OpenError;
use crate::disk::Settings;
use crate::disk::Shared;
use crate::disk::account;
use crate::format1;
use crate::index::Index;
use crate::index::Live;
use crate::index::Meta;
use crate::index::Writes;
use crate::index::broken;
use crate::index::unreadable;
use crate::layout;
use crate::log::Log;
use crate::log::Tail;
use crate::running;
use crate::running::Left;
use crate::segment::HEADER_BYTES;
use crate::segment::LogError;
use replica::keeper::KeepError;
use std::fs::File;
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::RwLock;

const LOG: &str = "log";
/// Sealed segments of so many bytes in all are read at every start, which takes half a second; what is more is looked
/// over later, by [`Disk::look`].
const CHECKED_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Changes that are brought into the index at once; sorted, so that neighbours are written together.
const REPLAY_CHANGES: usize = 32 * 1024;

/// What opening a store takes its time with, in numbers of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// A store of format 1 is copied.
    Copying,
    /// Log and index are compared.
    Checking,
    /// So many changes are brought into the index, of so many in all.
    Indexing {
        /// The number of the last change that the index has.
        done: u64,
        /// The number of the last change of the log.
        all: u64,
    },
}

impl Disk {
    /// Opens the store in this folder, or makes one. A store of format 1 is copied first.
    pub fn open(folder: &Path, settings: &Settings) -> Result<Disk, OpenError> {
        Disk::open_telling(folder, settings, &|_| {})
    }

    /// The same, and tells what it is doing meanwhile.
    pub fn open_telling(folder: &Path, settings: &Settings, tell: &dyn Fn(Doing)) -> Result<Disk, OpenError> {
        let at = |error| OpenError::Folder { folder: folder.to_owned(), error };
        std::fs::create_dir_all(folder).map_err(at)?;
        let lock = lock(folder)?;
        let mut mended = Vec::new();
        match format(folder)? {
            Format::Current => {}
            Format::Unreadable => {
                let log = Log::open(&folder.join(LOG)).map_err(|error| in_log(folder, error))?;
                if log.bytes() <= HEADER_BYTES {
                    let why = "its FORMAT file and its log cannot be read".to_owned();
                    return Err(OpenError::Damaged { folder: folder.to_owned(), why });
                }
                running::replace(folder, "FORMAT", FORMAT).map_err(at)?;
                mended.push("the file FORMAT was damaged and is written anew".to_owned());
            }
            Format::New => make(folder).map_err(|error| in_log(folder, error))?,
            Format::One => {
                tell(Doing::Copying);
                let copied = migrate(folder, settings)?;
                mended.push(format!("{copied} changes were copied from a store of format 1"));
            }
        }
        remove(&folder.join(format1::FOLDER)).map_err(at)?;
        let log = Log::open(&folder.join(LOG)).map_err(|error| in_log(folder, error))?;
        tell(Doing::Checking);
        log.check_sealed(CHECKED_BYTES_MAX).map_err(|error| in_log(folder, error))?;
        let opening = Opening { folder, settings, log: &log, mended, tell };
        let Opened { index, live, tail, mended } = opening.run()?;
        running::mark(folder).map_err(at)?;
        for what in &mended {
            tracing::warn!(folder = %folder.display(), "{what}");
        }
        let shared = Shared {
            folder: folder.to_owned(),
            log,
            index: RwLock::new(Arc::new(index)),
            cache_bytes: settings.cache_bytes,
            newest: tail.last.into(),
            synced: tail.last.into(),
            live: Mutex::new(live),
            compacting: Mutex::new(()),
            is_behind: false.into(),
            keep_free: FREE_BYTES_MIN.into(),
            mended,
            _lock: lock,
        };
        Ok(Disk { shared: Arc::new(shared) })
    }
}

fn lock(folder: &Path) -> Result<File, OpenError> {
    let path = folder.join("LOCK");
    let at = |error| OpenError::Folder { folder: folder.to_owned(), error };
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(at)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_owned())),
        Err(std::fs::TryLockError::Error(error)) => Err(at(error)),
    }
}

/// Whether this names a format that a later program wrote.
fn is_newer(found: &str) -> bool {
    let number = |text: &str| text.trim().rsplit(' ').next().and_then(|number| number.parse::<u32>().ok());
    let name = FORMAT.trim().trim_end_matches(|sign: char| sign.is_ascii_digit());
    found.strip_prefix(name).is_some_and(|_| number(found) > number(FORMAT))
}

enum Format {
    New,
    /// The file is damaged; the segments of the log say for themselves what they are.
    Unreadable,
    One,
    Current,
}

fn format(folder: &Path) -> Result<Format, OpenError> {
    let found = match std::fs::read(folder.join("FORMAT")) {
        Ok(found) => String::from_utf8_lossy(&found).into_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(OpenError::Folder { folder: folder.to_owned(), error }),
    };
    match found.trim() {
        found if found == FORMAT.trim() => Ok(Format::Current),
        found if found == format1::FORMAT => Ok(Format::One),
        // Format 1 wrote its name last; until then there was nothing acknowledged.
        "" if folder.join(format1::FOLDER).exists() => Ok(Format::One),
        "" => Ok(Format::New),
        other if is_newer(other) => {
            Err(OpenError::Format { folder: folder.to_owned(), found: other.to_owned() })
        }
        _ => Ok(Format::Unreadable),
    }
}

/// Makes an empty log, then the name of the format, then the folder itself durable.
fn make(folder: &Path) -> Result<(), LogError> {
    Log::open(&folder.join(LOG))?;
    running::replace(folder, "FORMAT", FORMAT)?;
    match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => Ok(File::open(parent)?.sync_all()?),
        _ => Ok(()),
    }
}

/// Copies a store of format 1 into a log beside, and names the new format when the copy is whole. Killed
/// before that, the next start begins again; killed after it, the next start takes the old files away.
fn migrate(folder: &Path, settings: &Settings) -> Result<u64, OpenError> {
    let at = |error| OpenError::Folder { folder: folder.to_owned(), error };
    let (beside, log) = (folder.join("log.new"), folder.join(LOG));
    remove(&beside).map_err(at)?;
    remove(&log).map_err(at)?;
    let copied = format1::copy(folder, &beside, settings)?;
    std::fs::rename(&beside, &log).map_err(at)?;
    running::replace(folder, "FORMAT", FORMAT).map_err(at)?;
    Ok(copied)
}

fn remove(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn in_log(folder: &Path, error: LogError) -> OpenError {
    match error {
        LogError::Io(error) => OpenError::Folder { folder: folder.to_owned(), error },
        LogError::Torn(why) => OpenError::Damaged { folder: folder.to_owned(), why },
    }
}

/// A disk without room is no damage: the folder is left as it is, and the operator makes room.
fn in_index(folder: &Path, error: KeepError) -> OpenError {
    match error {
        KeepError::Full(why) => {
            in_log(folder, std::io::Error::new(std::io::ErrorKind::StorageFull, why).into())
        }
        KeepError::Broken(why) => OpenError::Damaged { folder: folder.to_owned(), why },
    }
}

struct Opening<'a> {
    folder: &'a Path,
    settings: &'a Settings,
    log: &'a Log,
    mended: Vec<String>,
    tell: &'a dyn Fn(Doing),
}

struct Opened {
    index: Index,
    live: Live,
    tail: Tail,
    mended: Vec<String>,
}

impl Opening<'_> {
    fn run(mut self) -> Result<Opened, OpenError> {
        let folder = self.folder;
        let at = |error| OpenError::Folder { folder: folder.to_owned(), error };
        let left = running::left(folder).map_err(at)?;
        if left == Left::Closed {
            // Before sled writes its first byte, so that a power cut from here on is known as one.
            running::mark(folder).map_err(at)?;
        }
        let found = self.believable(left)?;
        let tail = self.log.tail().map_err(|error| in_log(folder, error))?;
        let synced = found.as_ref().map_or(0, |(_, meta)| meta.synced);
        if tail.last < synced {
            let why = format!("the changes {} to {synced} can no longer be read in its log", tail.last + 1);
            return Err(OpenError::Damaged { folder: folder.to_owned(), why });
        }
        if tail.torn_bytes > 0 {
            self.log.cut(&tail).map_err(|error| in_log(folder, error))?;
            let (bytes, last) = (tail.torn_bytes, tail.last);
            self.mended
                .push(format!("{bytes} bytes of an unfinished change after change {last} were cut off"));
        }
        // After a kill the kernel may still hold what is now said to be on the disk.
        self.log.sync().map_err(|error| in_log(folder, error))?;
        let usable = left != Left::Unknown && found.as_ref().is_none_or(|(_, meta)| meta.newest <= tail.last);
        let caught_up = match found {
            Some((index, meta)) if usable => self.catch_up(index, meta, left, &tail)?,
            _ => None,
        };
        let (index, live) = match caught_up {
            Some(caught_up) => caught_up,
            None => self.rebuild(&tail)?,
        };
        Ok(Opened { index, live, tail, mended: self.mended })
    }

    /// The index, if there is one that opens. After a power cut only what it says of the log is looked at:
    /// what was on the disk once is so for ever.
    fn believable(&mut self, left: Left) -> Result<Option<(Index, Meta)>, OpenError> {
        let opened = Index::current(self.folder, self.settings.cache_bytes);
        let found = opened.and_then(|index| {
            let Some(index) = index else { return Ok(None) };
            let meta = index.meta()?.ok_or_else(|| unreadable("newest number"))?;
            Ok(Some((index, meta)))
        });
        match found {
            Ok(found) => Ok(found),
            Err(full @ KeepError::Full(_)) => Err(in_index(self.folder, full)),
            Err(KeepError::Broken(why)) => {
                if left != Left::Unknown {
                    self.mended.push(format!("the index could not be opened: {why}"));
                }
                Ok(None)
            }
        }
    }

    /// Brings what a kill left out into the index. Answers with nothing when the index contradicts itself.
    fn catch_up(
        &mut self,
        index: Index,
        meta: Meta,
        left: Left,
        tail: &Tail,
    ) -> Result<Option<(Index, Live)>, OpenError> {
        let caught_up = replay(self.log, &index, meta, tail.last, self.tell).and_then(|_| {
            let counted = if left == Left::Closed { index.live()? } else { None };
            counted.map_or_else(|| recount(self.log, &index), |live| Ok(Some(live)))
        });
        match caught_up {
            Ok(Some(live)) => Ok(Some((index, live))),
            Ok(None) => {
                self.mended.push("the index contradicted itself".to_owned());
                Ok(None)
            }
            Err(full @ KeepError::Full(_)) => Err(in_index(self.folder, full)),
            Err(KeepError::Broken(why)) => {
                self.mended.push(format!("the index could not be read: {why}"));
                Ok(None)
            }
        }
    }

    /// Works the index out anew, beside the one that is there.
    fn rebuild(&mut self, tail: &Tail) -> Result<(Index, Live), OpenError> {
        let (folder, cache_bytes) = (self.folder, self.settings.cache_bytes);
        let at = |error| OpenError::Folder { folder: folder.to_owned(), error };
        running::mark_for_rebuild(folder).map_err(at)?;
        let rebuilt = || -> Result<(Index, Live), KeepError> {
            let index = Index::fresh(folder, cache_bytes)?;
            let live = replay(self.log, &index, Meta { newest: 0, synced: tail.last }, tail.last, self.tell)?;
            index.put_meta(Meta { newest: tail.last, synced: tail.last })?;
            index.call_whole()?;
            index.remove_others()?;
            Ok((index, live))
        };
        let rebuilt = rebuilt().map_err(|error| in_index(folder, error))?;
        if tail.last > 0 {
            self.mended.push(format!("the index was made anew from the log, up to change {}", tail.last));
        }
        Ok(rebuilt)
    }
}

/// Does the changes after those that the index has, up to this one, again in the index. Answers with the live bytes that they made.
pub(crate) fn replay(
    log: &Log,
    index: &Index,
    mut meta: Meta,
    last: u64,
    tell: &dyn Fn(Doing),
) -> Result<Live, KeepError> {
    let (mut live, mut writes) = (Live::new(), Writes::default());
    let mut walk = log.walk(meta.newest + 1).map_err(broken)?;
    loop {
        let frame = walk.next().map_err(broken)?.filter(|frame| frame.number <= last);
        let is_due = frame.is_none() || writes.len() >= REPLAY_CHANGES;
        if is_due && writes.len() > 0 {
            index.write(&writes, meta)?;
            account(log, &mut live, &writes);
            writes = Writes::default();
            tell(Doing::Indexing { done: meta.newest, all: last });
        }
        let Some(frame) = frame else { return Ok(live) };
        let torn = || KeepError::Broken(format!("the change {} in the log cannot be read", frame.number));
        let key = frame.head_key().ok_or_else(torn)?;
        let head = frame.head().map(|head| head.ok_or_else(torn)).transpose()?;
        let bytes = u32::try_from(frame.bytes.len()).map_err(|_| torn())?;
        writes.take((index, log), &key, (frame.number, bytes), head.as_ref())?;
        meta.newest = frame.number;
    }
}

/// Counts the live bytes of each segment anew; nothing when heads and places are not equally many.
fn recount(log: &Log, index: &Index) -> Result<Option<Live>, KeepError> {
    let (mut writes, mut live, mut heads, mut places) = (Writes::default(), Live::new(), 0u64, 0u64);
    index.entries(&[], |_, value| {
        let entry = layout::read_entry(value).ok_or_else(|| unreadable("entry"))?;
        heads += u64::from(entry.stands);
        writes.born.push((entry.number, entry.bytes));
        if writes.born.len() >= REPLAY_CHANGES {
            account(log, &mut live, &writes);
            writes.born.clear();
        }
        Ok(true)
    })?;
    account(log, &mut live, &writes);
    index.places(&[], |_, _| {
        places += 1;
        Ok(true)
    })?;
    Ok((heads == places).then_some(live))
}
