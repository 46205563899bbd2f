//! The keeper on disk: three sled trees, one transaction a change, and an fsync of our own.
//!
//! sled's `flush` hands the pages to the kernel and does not wait for the disk. [`Disk::flush`] therefore
//! ends with `sync_data` on a handle of our own to sled's file; without it a power cut loses
//! acknowledged statements. A segment size of 8 MiB keeps every statement inside that one file.

use crate::layout;
use crate::layout::Unreadable;
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
use sled::Transactional;
use sled::transaction::ConflictableTransactionError;
use sled::transaction::TransactionError;
use std::collections::BTreeMap;
use std::fs::File;
use std::fs::OpenOptions;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

/// The format of the folder; another one is refused in words.
pub const FORMAT: &str = "allmende store 1\n";

/// The bytes of a sled segment; cannot change once a store exists.
const SEGMENT_BYTES: usize = 8 * 1024 * 1024;

/// The entry that every store holds from its first moment: sled takes a file full of rubbish for an
/// empty database, and this tells the difference.
const SEAL: &str = "format";

/// How the store is opened.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What sled may cache, in bytes; resident memory becomes two to three times that.
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
    /// The database is damaged. The folder is left as it is.
    #[error("the database in {folder} cannot be opened: {why}")]
    Damaged {
        /// Where.
        folder: PathBuf,
        /// What sled says.
        why: String,
    },
}

/// Heads and statements in sled. Clones share the database; only one of them may write.
#[derive(Clone, Debug)]
pub struct Disk {
    heads: sled::Tree,
    order: sled::Tree,
    feed: sled::Tree,
    database: sled::Db,
    /// The number of the newest change.
    newest: Arc<AtomicU64>,
    /// Our own handle to sled's file, for the fsync that sled does not do.
    file: Arc<File>,
    /// Held as long as the store is open, so that a second daemon is told.
    _lock: Arc<File>,
}

impl Disk {
    /// Opens the store in this folder, or makes one.
    pub fn open(folder: &Path, settings: &Settings) -> Result<Disk, OpenError> {
        let at = |error| OpenError::Folder { folder: folder.to_owned(), error };
        std::fs::create_dir_all(folder).map_err(at)?;
        let lock = lock(folder)?;
        let is_new = is_new(folder)?;
        let path = folder.join("sled");
        // A database torn by the disk can panic inside sled; nothing of ours is shared with it yet.
        let opened = std::panic::catch_unwind(|| trees(&path, settings));
        let damaged = |why: String| OpenError::Damaged { folder: folder.to_owned(), why };
        let (database, heads, order, feed) = match opened {
            Ok(Ok(trees)) => trees,
            Ok(Err(sled::Error::Io(error))) => return Err(at(error)),
            Ok(Err(error)) => return Err(damaged(error.to_string())),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                return Err(damaged(text.unwrap_or_else(|| "sled gave up while reading it".to_owned())));
            }
        };
        let file = File::open(path.join("db")).map_err(at)?;
        // A disk without room is no damage: the folder is left as it is, and the operator makes room.
        let unwritten = |error| match error {
            KeepError::Full(why) => at(std::io::Error::new(std::io::ErrorKind::StorageFull, why)),
            KeepError::Broken(why) => damaged(why),
        };
        // The newest entry of the feed is never taken away, only replaced by a newer one.
        let newest = match feed.last() {
            Ok(Some((key, _))) => key.as_ref().try_into().map(u64::from_be_bytes).unwrap_or(u64::MAX),
            Ok(None) => 0,
            Err(error) => return Err(damaged(error.to_string())),
        };
        if newest == u64::MAX {
            return Err(damaged("the newest entry of the change feed cannot be read".to_owned()));
        }
        let newest = Arc::new(AtomicU64::new(newest));
        let mut disk = Disk { heads, order, feed, database, newest, file: file.into(), _lock: lock.into() };
        if is_new {
            disk.database.insert(SEAL, FORMAT).map_err(broken).map_err(unwritten)?;
            disk.flush().map_err(unwritten)?;
            mark(folder).map_err(at)?;
        } else if disk.database.get(SEAL).map_err(broken).map_err(unwritten)?.is_none() {
            // Only read here: a seal written now would let the next one who opens it take it for empty.
            return Err(damaged("its file holds nothing of what was stored".to_owned()));
        }
        Ok(disk)
    }

    /// The bytes of the database on the disk.
    pub fn size_on_disk(&self) -> Result<u64, KeepError> {
        self.database.size_on_disk().map_err(broken)
    }

    fn read_head(&self, key: &HeadKey) -> Result<Option<(Head, u64)>, KeepError> {
        let value = self.heads.get(layout::head_key(key)).map_err(broken)?;
        value
            .filter(|value| value.len() > GONE_BYTES)
            .map(|value| layout::read_head(key.clone(), &value).map_err(unreadable))
            .transpose()
    }
}

type Trees = (sled::Db, sled::Tree, sled::Tree, sled::Tree);

fn trees(path: &Path, settings: &Settings) -> sled::Result<Trees> {
    let database = sled::Config::new()
        .path(path)
        .cache_capacity(settings.cache_bytes)
        .mode(sled::Mode::LowSpace)
        .segment_size(SEGMENT_BYTES)
        .flush_every_ms(Some(500))
        .open()?;
    let (heads, order, feed) =
        (database.open_tree("heads")?, database.open_tree("order")?, database.open_tree("feed")?);
    Ok((database, heads, order, feed))
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

/// Whether there is no store yet; a store of another format is refused.
fn is_new(folder: &Path) -> Result<bool, OpenError> {
    match std::fs::read_to_string(folder.join("FORMAT")) {
        Ok(found) if found == FORMAT => Ok(false),
        Ok(found) if !found.is_empty() => {
            let found = found.trim().chars().take(80).collect();
            Err(OpenError::Format { folder: folder.to_owned(), found })
        }
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(OpenError::Folder { folder: folder.to_owned(), error })
        }
        _ => Ok(true),
    }
}

/// Names the format of a store that was just made, and brings folder and file to the disk.
fn mark(folder: &Path) -> std::io::Result<()> {
    let path = folder.join("FORMAT");
    std::fs::write(&path, FORMAT)?;
    for made in [path.as_path(), &folder.join("sled"), folder] {
        File::open(made)?.sync_all()?;
    }
    match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}

fn broken(error: sled::Error) -> KeepError {
    match error {
        sled::Error::Io(error) if error.kind() == std::io::ErrorKind::StorageFull => {
            KeepError::Full(error.to_string())
        }
        other => KeepError::Broken(other.to_string()),
    }
}

fn unreadable(Unreadable(tree): Unreadable) -> KeepError {
    KeepError::Broken(format!("an entry of the tree {tree} cannot be read"))
}

/// What a change writes, tree by tree: a value, or nothing where an entry goes.
#[derive(Default)]
struct Writes {
    heads: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    order: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    feed: BTreeMap<u64, Option<Vec<u8>>>,
}

/// The head of a key that is gone: only the number of the feed entry that says so.
const GONE_BYTES: usize = 8;

impl Disk {
    /// Works out what the steps write, given what stands.
    fn writes(&self, steps: &[Step]) -> Result<Writes, KeepError> {
        let mut writes = Writes::default();
        let mut number = self.newest();
        for step in steps {
            number += 1;
            let (Step::Stand(Head { key, .. }, _) | Step::Drop(key)) = step;
            let bytes = layout::head_key(key);
            self.clear(key, &bytes, &mut writes)?;
            let statement = match step {
                Step::Stand(head, statement) => {
                    writes.heads.insert(bytes.clone(), Some(layout::head_value(head, number)));
                    let place = layout::order_key(&key.bucket(), head.place());
                    writes.order.insert(place, Some(bytes.clone()));
                    Some(&**statement)
                }
                Step::Drop(_) => {
                    writes.heads.insert(bytes.clone(), Some(number.to_be_bytes().to_vec()));
                    None
                }
            };
            writes.feed.insert(number, Some(layout::feed_value(&bytes, statement)));
        }
        Ok(writes)
    }

    /// Takes away what lies at a key, whether it stood before or comes from an earlier step.
    fn clear(&self, key: &HeadKey, bytes: &[u8], writes: &mut Writes) -> Result<(), KeepError> {
        let stored = match writes.heads.get(bytes) {
            Some(value) => value.clone(),
            None => self.heads.get(bytes).map_err(broken)?.map(|value| value.to_vec()),
        };
        let Some(stored) = stored else { return Ok(()) };
        let change = match <[u8; GONE_BYTES]>::try_from(stored.as_slice()) {
            Ok(gone) => u64::from_be_bytes(gone),
            Err(_) => {
                let (head, change) = layout::read_head(key.clone(), &stored).map_err(unreadable)?;
                writes.order.insert(layout::order_key(&key.bucket(), head.place()), None);
                change
            }
        };
        writes.feed.insert(change, None);
        Ok(())
    }
}

impl Keeper for Disk {
    fn head(&self, key: &HeadKey) -> Result<Option<Head>, KeepError> {
        Ok(self.read_head(key)?.map(|(head, _)| head))
    }

    fn statement(&self, key: &HeadKey) -> Result<Option<Change>, KeepError> {
        // Head and feed are two reads: whoever reads beside the writer may find the head replaced in
        // between, and its feed entry gone. Then the head tells another number when it is read again.
        let mut seen = None;
        loop {
            let Some((_, number)) = self.read_head(key)? else { return Ok(None) };
            match self.feed.get(number.to_be_bytes()).map_err(broken)? {
                Some(value) => return layout::read_change(number, &value).map(Some).map_err(unreadable),
                None if seen == Some(number) => return Err(unreadable(Unreadable("feed"))),
                None => seen = Some(number),
            }
        }
    }

    fn apply(&mut self, steps: &[Step]) -> Result<u64, KeepError> {
        let writes = self.writes(steps)?;
        let newest = self.newest() + steps.len() as u64;
        let put = |tree: &sled::transaction::TransactionalTree, key: &[u8], value: &Option<Vec<u8>>| {
            match value {
                Some(value) => tree.insert(key, value.as_slice())?,
                None => tree.remove(key)?,
            };
            Ok::<(), ConflictableTransactionError<()>>(())
        };
        let done = (&self.heads, &self.order, &self.feed).transaction(|(heads, order, feed)| {
            writes.heads.iter().try_for_each(|(key, value)| put(heads, key, value))?;
            writes.order.iter().try_for_each(|(key, value)| put(order, key, value))?;
            writes.feed.iter().try_for_each(|(number, value)| put(feed, &number.to_be_bytes(), value))
        });
        match done {
            Ok(()) => {
                self.newest.store(newest, Ordering::Release);
                Ok(newest)
            }
            Err(TransactionError::Storage(error)) => Err(broken(error)),
            Err(TransactionError::Abort(())) => {
                Err(KeepError::Broken("sled gave the transaction up".to_owned()))
            }
        }
    }

    fn flush(&mut self) -> Result<(), KeepError> {
        self.database.flush().map_err(broken)?;
        self.file.sync_data().map_err(|error| broken(sled::Error::Io(error)))
    }

    fn newest(&self) -> u64 {
        self.newest.load(Ordering::Acquire)
    }

    fn changes(&self, since: u64, limit: usize) -> Result<Vec<Change>, KeepError> {
        // While a change of many steps is written, a reader beside the writer may see a later step before an earlier
        // one; up to the number that stood before the reading began, all of them are there.
        let newest = self.newest();
        let Some(from) = since.checked_add(1).filter(|from| *from <= newest) else { return Ok(Vec::new()) };
        let mut changes = Vec::new();
        for entry in self.feed.range(from.to_be_bytes()..=newest.to_be_bytes()).take(limit) {
            let (key, value) = entry.map_err(broken)?;
            let number = key.as_ref().try_into().map(u64::from_be_bytes);
            let number = number.map_err(|_| unreadable(Unreadable("feed")))?;
            changes.push(layout::read_change(number, &value).map_err(unreadable)?);
        }
        Ok(changes)
    }

    fn visit(&self, see: &mut dyn FnMut(&Bucket, Place, &HeadKey)) -> Result<(), KeepError> {
        for entry in self.order.iter() {
            let (order, head) = entry.map_err(broken)?;
            let (bucket, place) = layout::read_order_key(&order).map_err(unreadable)?;
            see(&bucket, place, &layout::read_head_key(&head).map_err(unreadable)?);
        }
        Ok(())
    }

    fn places(&self, bucket: &Bucket, after: Option<Place>, limit: usize) -> Result<Vec<Place>, KeepError> {
        let prefix = layout::bucket_prefix(bucket);
        let from = match after {
            Some(after) => [layout::order_key(bucket, after), vec![0]].concat(),
            None => prefix.clone(),
        };
        let mut places = Vec::new();
        for entry in self.order.range(from..).take(limit) {
            let (key, _) = entry.map_err(broken)?;
            if !key.starts_with(&prefix) {
                break;
            }
            places.push(layout::read_order_key(&key).map_err(unreadable)?.1);
        }
        Ok(places)
    }

    fn at(&self, bucket: &Bucket, place: Place) -> Result<Option<HeadKey>, KeepError> {
        let value = self.order.get(layout::order_key(bucket, place)).map_err(broken)?;
        value.map(|key| layout::read_head_key(&key).map_err(unreadable)).transpose()
    }

    fn records(&self, set: Set, publisher: &Name) -> Result<Vec<RecordId>, KeepError> {
        let mut records = Vec::new();
        for entry in self.heads.scan_prefix(layout::publisher_prefix(set, publisher.as_str())) {
            let (key, value) = entry.map_err(broken)?;
            if value.len() > GONE_BYTES {
                records.push(layout::read_head_key(&key).map_err(unreadable)?.record);
            }
        }
        Ok(records)
    }

    fn last_record(&self, set: Set, publisher: &Name) -> Result<Option<RecordId>, KeepError> {
        for entry in self.heads.scan_prefix(layout::publisher_prefix(set, publisher.as_str())).rev() {
            let (key, value) = entry.map_err(broken)?;
            if value.len() > GONE_BYTES {
                return layout::read_head_key(&key).map(|key| Some(key.record)).map_err(unreadable);
            }
        }
        Ok(None)
    }
}
