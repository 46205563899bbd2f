//! The index: which head stands at a key, and which key at a place. One sled tree, worked out from the log.
//!
//! | key             | value                                     |
//! |-----------------|-------------------------------------------|
//! | `H`, head key   | the entry (see `layout`)                  |
//! | `O`, order key  | the head key                              |
//! | `M`             | number of the newest change in the index, number of the newest one on the disk |
//! | `S`             | live bytes of each segment, written when the store is closed |
//! | `h`, `o`, key   | what stood at `H` and `O` when the index was settled, in blocks (see `blocks`) |
//! | `B`             | number of the newest change then, and how many entries there were |
//!
//! New pairs lie singly, where each costs sled several times its bytes; settling copies all into blocks of an
//! index beside, which takes the place of this one. A block never changes: what lies singly goes before it, and an
//! empty value stands for a place that went.
//!
//! No transaction is needed: one writer writes places first, then entries, then `M`; sled keeps a beginning
//! of that row when the process is killed, and doing the same changes once more from the log mends the rest.
//! After a power cut the index is not believed at all but made anew, so sled's own flush, which does not
//! reach the disk, carries no promise here.

use crate::blocks;
use crate::blocks::Packing;
use crate::blocks::Pair;
use crate::layout;
use crate::layout::Entry;
use crate::log::Log;
use crate::segment::LogError;
use replica::keeper::KeepError;
use replica::order::Head;
use replica::order::HeadKey;
use std::collections::BTreeMap;
use std::fs::File;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::path::PathBuf;

/// What sled holds in memory for each byte that it is allowed to cache: two to three were measured at 10^6 heads.
const HELD_PER_CACHED: u64 = 2;
/// The bytes of a sled segment. No page of the index comes near the quarter of it at which sled writes a file
/// beside. sled refuses an index with other segments, and it is made anew: one of 2 MiB is from before the blocks.
const SLED_SEGMENT_BYTES: usize = 1024 * 1024;
/// sled writes to the kernel in the background, so that opening after a kill repeats little.
const SLED_FLUSH_MILLISECONDS: u64 = 500;

/// The file that says that an index was made to its end.
const WHOLE: &str = "whole";

const ENTRY: u8 = b'H';
const ORDER: u8 = b'O';
const META: &[u8] = b"M";
const LIVE: &[u8] = b"S";
const SETTLED: &[u8] = b"B";

/// So few changes are not worth settling an index for.
const LOOSE_CHANGES_MIN: u64 = 256;
/// An index is loose when since it was settled there were more changes than one for so many entries.
const ENTRIES_PER_LOOSE_CHANGE: u64 = 4;
/// Pairs that are copied before it is asked whether to go on; it takes some milliseconds.
const SETTLED_AT_ONCE: u64 = 4096;

/// What the index knows of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meta {
    /// The number of the newest change that the index has.
    pub(crate) newest: u64,
    /// The number of the newest change that was known to be on the disk then.
    pub(crate) synced: u64,
}

/// The live bytes of each segment, by its first number.
pub(crate) type Live = BTreeMap<u64, u64>;

/// What an index knows of its blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Settled {
    /// The number of the newest change in them.
    newest: u64,
    /// How many entries they have.
    entries: u64,
}

/// Sees keys and values, and answers whether it wants more.
type See<'a> = dyn FnMut(&[u8], &[u8]) -> Result<bool, KeepError> + 'a;

/// Pairs in the order of their keys, or in the opposite one.
type Pairs<'a> = Box<dyn Iterator<Item = Result<Pair, KeepError>> + 'a>;

/// Which pairs are wanted, and from which end.
struct Stretch<'a> {
    space: u8,
    from: &'a [u8],
    prefix: &'a [u8],
    is_back: bool,
}

/// The index in one folder.
pub(crate) struct Index {
    tree: sled::Db,
    /// Our own handle to sled's file, for the fsync that sled does not do.
    file: File,
    path: PathBuf,
    number: u64,
    settled: Option<Settled>,
}

fn folder_of(store: &Path, number: u64) -> PathBuf {
    store.join(format!("index-{number}"))
}

/// The numbers of all index folders, and whether each is whole.
fn folders(store: &Path) -> std::io::Result<Vec<(u64, bool)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(store)? {
        let entry = entry?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix("index-")?.parse().ok());
        found.extend(number.map(|number| (number, entry.path().join(WHOLE).exists())));
    }
    found.sort_unstable();
    Ok(found)
}

impl Index {
    /// Opens the newest whole index of a store and takes the others away.
    pub(crate) fn current(store: &Path, cache_bytes: u64) -> Result<Option<Index>, KeepError> {
        let folders = folders(store).map_err(disk)?;
        let Some((number, _)) = folders.iter().rev().find(|(_, is_whole)| *is_whole) else { return Ok(None) };
        let index = Index::open(store, *number, cache_bytes)?;
        index.remove_others()?;
        Ok(Some(index))
    }

    /// Takes all other index folders away.
    pub(crate) fn remove_others(&self) -> Result<(), KeepError> {
        let store = self.store();
        for (other, _) in folders(store).map_err(disk)?.iter().filter(|(other, _)| *other != self.number) {
            std::fs::remove_dir_all(folder_of(store, *other)).map_err(disk)?;
        }
        Ok(())
    }

    fn store(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Begins an index beside those that are there; it counts once it is called whole.
    pub(crate) fn fresh(store: &Path, cache_bytes: u64) -> Result<Index, KeepError> {
        let folders = folders(store).map_err(disk)?;
        for (other, _) in folders.iter().filter(|(_, is_whole)| !is_whole) {
            std::fs::remove_dir_all(folder_of(store, *other)).map_err(disk)?;
        }
        Index::open(store, folders.last().map_or(1, |(number, _)| number + 1), cache_bytes)
    }

    fn open(store: &Path, number: u64, cache_bytes: u64) -> Result<Index, KeepError> {
        let path = folder_of(store, number);
        let tree = guard(|| {
            sled::Config::new()
                .path(&path)
                .cache_capacity(cache_bytes / HELD_PER_CACHED)
                .mode(sled::Mode::LowSpace)
                .segment_size(SLED_SEGMENT_BYTES)
                .flush_every_ms(Some(SLED_FLUSH_MILLISECONDS))
                .open()
        })?;
        let file = File::open(path.join("db")).map_err(disk)?;
        let settled = guard(|| tree.get(SETTLED))?.map(|value| {
            let (newest, rest) = layout::number(&value)?;
            Some(Settled { newest, entries: layout::number(rest)?.0 })
        });
        let settled =
            settled.map(|settled| settled.ok_or_else(|| unreadable("settled number"))).transpose()?;
        Ok(Index { tree, file, path, number, settled })
    }

    /// Whether so many changes came since the index was settled that it is worth doing again.
    pub(crate) fn is_loose(&self, newest: u64) -> bool {
        let (settled, entries) = self.settled.map_or((0, 0), |settled| (settled.newest, settled.entries));
        newest.saturating_sub(settled) > LOOSE_CHANGES_MIN.max(entries / ENTRIES_PER_LOOSE_CHANGE)
    }

    /// Takes everything of another index in blocks, while that one may go on changing: it had all changes up to
    /// this number. Those after it are to be done again here, wherever the copy met them: as after a kill, because
    /// entries are copied before places. Answers whether it was told to stop.
    pub(crate) fn settle(
        &mut self,
        from: &Index,
        meta: Meta,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<bool, KeepError> {
        let (mut copied, mut entries, mut is_stopped) = (0u64, 0, false);
        for space in [ENTRY, ORDER] {
            let mut packing = Packing::default();
            let insert = |(name, block): Pair| {
                guard(|| self.tree.insert(prefixed(space.to_ascii_lowercase(), &name), block)).map(drop)
            };
            from.scan(&Stretch { space, from: &[], prefix: &[], is_back: false }, &mut |key, value| {
                packing.put(key, value).map_or(Ok(()), insert)?;
                copied += 1;
                entries += u64::from(space == ENTRY);
                is_stopped = copied.is_multiple_of(SETTLED_AT_ONCE) && !go_on();
                Ok(!is_stopped)
            })?;
            if is_stopped {
                return Ok(true);
            }
            packing.end().map_or(Ok(()), insert)?;
        }
        self.settled = Some(Settled { newest: meta.newest, entries });
        let value = [meta.newest.to_be_bytes(), entries.to_be_bytes()].concat();
        guard(|| self.tree.insert(SETTLED, value))?;
        self.put_meta(meta)?;
        Ok(false)
    }

    /// Takes an index that is no longer wanted, or was not finished, off the disk.
    pub(crate) fn remove(self) -> Result<(), KeepError> {
        let path = self.path.clone();
        drop(self);
        std::fs::remove_dir_all(path).map_err(disk)
    }

    /// Says that the index has everything, after bringing it to the disk.
    pub(crate) fn call_whole(&self) -> Result<(), KeepError> {
        self.sync()?;
        let mark = self.path.join(WHOLE);
        let marked = std::fs::write(&mark, self.number.to_string())
            .and_then(|()| File::open(&mark)?.sync_all())
            .and_then(|()| File::open(&self.path)?.sync_all())
            .and_then(|()| File::open(self.store())?.sync_all());
        marked.map_err(disk)
    }

    /// Brings everything to the disk.
    pub(crate) fn sync(&self) -> Result<(), KeepError> {
        guard(|| self.tree.flush())?;
        self.file.sync_data().map_err(disk)
    }

    /// The bytes on the disk.
    pub(crate) fn bytes(&self) -> Result<u64, KeepError> {
        guard(|| self.tree.size_on_disk())
    }

    /// What stands at a key.
    pub(crate) fn entry(&self, key: &HeadKey) -> Result<Option<Entry>, KeepError> {
        self.read(&layout::head_key(key))
    }

    /// What stands at a head key, given as bytes.
    pub(crate) fn read(&self, key: &[u8]) -> Result<Option<Entry>, KeepError> {
        let value = self.value(ENTRY, key)?;
        value.map(|value| layout::read_entry(&value).ok_or_else(|| unreadable("entry"))).transpose()
    }

    fn value(&self, space: u8, key: &[u8]) -> Result<Option<Vec<u8>>, KeepError> {
        match guard(|| self.tree.get(prefixed(space, key)))? {
            Some(value) => Ok(Some(value.to_vec()).filter(|value| !value.is_empty())),
            None => self.settled_value(space, key),
        }
    }

    /// What stood at a key when the index was settled.
    fn settled_value(&self, space: u8, key: &[u8]) -> Result<Option<Vec<u8>>, KeepError> {
        let block = self.block_before(space, key)?;
        let found = block.map(|(_, block)| blocks::find(&block, key).ok_or_else(|| unreadable("block")));
        Ok(found.transpose()?.flatten())
    }

    /// Name and bytes of the block in which a key lies if it lies in any; the name as it stands in sled.
    fn block_before(&self, space: u8, key: &[u8]) -> Result<Option<(sled::IVec, sled::IVec)>, KeepError> {
        if self.settled.is_none() {
            return Ok(None);
        }
        let space = space.to_ascii_lowercase();
        guard(|| self.tree.range(vec![space]..=prefixed(space, key)).next_back().transpose())
    }

    /// The number of the change that counts at a head key.
    pub(crate) fn number(&self, key: &[u8]) -> Result<Option<u64>, KeepError> {
        Ok(self.read(key)?.map(|entry| entry.number))
    }

    /// The head key at a place.
    pub(crate) fn at(&self, order: &[u8]) -> Result<Option<HeadKey>, KeepError> {
        let value = self.value(ORDER, order)?;
        value.map(|key| layout::read_head_key(&key).ok_or_else(|| unreadable("place"))).transpose()
    }

    /// All entries whose key begins so: head key and entry, until `see` has enough.
    pub(crate) fn entries(
        &self,
        prefix: &[u8],
        mut see: impl FnMut(&[u8], &[u8]) -> Result<bool, KeepError>,
    ) -> Result<(), KeepError> {
        self.scan(&Stretch { space: ENTRY, from: prefix, prefix, is_back: false }, &mut see)
    }

    /// The same from the last one on.
    pub(crate) fn entries_back(
        &self,
        prefix: &[u8],
        mut see: impl FnMut(&[u8], &[u8]) -> Result<bool, KeepError>,
    ) -> Result<(), KeepError> {
        self.scan(&Stretch { space: ENTRY, from: prefix, prefix, is_back: true }, &mut see)
    }

    /// All places from this one on: order key and head key, until `see` has enough.
    pub(crate) fn places(
        &self,
        from: &[u8],
        mut see: impl FnMut(&[u8], &[u8]) -> Result<bool, KeepError>,
    ) -> Result<(), KeepError> {
        self.scan(&Stretch { space: ORDER, from, prefix: &[], is_back: false }, &mut see)
    }

    /// What lies singly and what lies in blocks, in one row.
    fn scan(&self, stretch: &Stretch<'_>, see: &mut See<'_>) -> Result<(), KeepError> {
        let (mut loose, mut settled) = (self.loose(stretch), self.settled(stretch)?);
        let (mut one, mut other) = (loose.next().transpose()?, settled.next().transpose()?);
        loop {
            if let (Some((key, _)), Some((same, _))) = (&one, &other)
                && key == same
            {
                other = settled.next().transpose()?;
            }
            let is_loose = match (&one, &other) {
                (Some((key, _)), Some((settled, _))) => (key < settled) != stretch.is_back,
                (one, _) => one.is_some(),
            };
            let pair = match is_loose {
                true => std::mem::replace(&mut one, loose.next().transpose()?),
                false => std::mem::replace(&mut other, settled.next().transpose()?),
            };
            let Some((key, value)) = pair else { return Ok(()) };
            if !value.is_empty() && !see(&key, &value)? {
                return Ok(());
            }
        }
    }

    fn loose<'a>(&self, stretch: &Stretch<'a>) -> Pairs<'a> {
        let (space, prefix) = (stretch.space, stretch.prefix);
        let mut pairs = self.tree.range(prefixed(space, stretch.from)..end_of(space, prefix));
        let is_back = stretch.is_back;
        Box::new(std::iter::from_fn(move || {
            let pair =
                guard(|| if is_back { pairs.next_back() } else { pairs.next() }.transpose()).transpose()?;
            Some(pair.and_then(|(key, value)| {
                let (_, key) = key.split_first().ok_or_else(|| unreadable("key"))?;
                Ok((key.to_vec(), value.to_vec()))
            }))
        }))
    }

    fn settled<'a>(&self, stretch: &Stretch<'a>) -> Result<Pairs<'a>, KeepError> {
        if self.settled.is_none() {
            return Ok(Box::new(std::iter::empty()));
        }
        let (space, from, prefix) = (stretch.space.to_ascii_lowercase(), stretch.from, stretch.prefix);
        let first = self.block_before(space, from)?.map_or(vec![space], |(name, _)| name.to_vec());
        let mut blocks = self.tree.range(first..end_of(space, prefix));
        let is_back = stretch.is_back;
        let mut next = move || -> Result<Option<Vec<Pair>>, KeepError> {
            let block = guard(|| if is_back { blocks.next_back() } else { blocks.next() }.transpose())?;
            let Some((_, block)) = block else { return Ok(None) };
            let mut pairs = blocks::pairs(&block).ok_or_else(|| unreadable("block"))?;
            pairs.retain(|(key, _)| key.as_slice() >= from && key.starts_with(prefix));
            if is_back {
                pairs.reverse();
            }
            Ok(Some(pairs))
        };
        let pairs = std::iter::from_fn(move || next().transpose());
        Ok(Box::new(pairs.flat_map(|pairs| {
            let (pairs, error) = match pairs {
                Ok(pairs) => (pairs, None),
                Err(error) => (Vec::new(), Some(Err(error))),
            };
            pairs.into_iter().map(Ok).chain(error)
        })))
    }

    pub(crate) fn meta(&self) -> Result<Option<Meta>, KeepError> {
        let value = guard(|| self.tree.get(META))?;
        let read = |value: sled::IVec| {
            let (newest, rest) = layout::number(&value)?;
            Some(Meta { newest, synced: layout::number(rest)?.0 })
        };
        value.map(|value| read(value).ok_or_else(|| unreadable("newest number"))).transpose()
    }

    pub(crate) fn put_meta(&self, meta: Meta) -> Result<(), KeepError> {
        let value = [meta.newest.to_be_bytes(), meta.synced.to_be_bytes()].concat();
        guard(|| self.tree.insert(META, value)).map(drop)
    }

    /// The live bytes of each segment, if they were written when the store was closed.
    pub(crate) fn live(&self) -> Result<Option<Live>, KeepError> {
        let value = guard(|| self.tree.get(LIVE))?;
        let number = |bytes: &[u8; 8]| u64::from_be_bytes(*bytes);
        Ok(value.map(|value| {
            let pairs = value.as_chunks::<16>().0.iter().map(|pair| pair.as_chunks::<8>().0);
            pairs.filter_map(|pair| Some((number(pair.first()?), number(pair.get(1)?)))).collect()
        }))
    }

    pub(crate) fn put_live(&self, live: &Live) -> Result<(), KeepError> {
        let pairs = live.iter().flat_map(|(first, bytes)| [first.to_be_bytes(), bytes.to_be_bytes()]);
        let value: Vec<u8> = pairs.flatten().collect();
        guard(|| self.tree.insert(LIVE, value)).map(drop)
    }

    /// Writes what changes worked out, in the order that a kill may cut off anywhere.
    pub(crate) fn write(&self, writes: &Writes, meta: Meta) -> Result<(), KeepError> {
        for (key, value) in &writes.order {
            let was_settled = value.is_none() && self.settled_value(ORDER, key)?.is_some();
            guard(|| match value {
                Some(value) => self.tree.insert(prefixed(ORDER, key), value.as_slice()),
                None if was_settled => self.tree.insert(prefixed(ORDER, key), &[]),
                None => self.tree.remove(prefixed(ORDER, key)),
            })?;
        }
        guard(|| {
            for (key, (entry, _)) in &writes.entries {
                self.tree.insert(prefixed(ENTRY, key), layout::entry(entry))?;
            }
            Ok(())
        })?;
        self.put_meta(meta)
    }
}

/// What changes write into the index: places with a key or without, and entries.
#[derive(Debug, Default)]
pub(crate) struct Writes {
    order: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// The entries, and the heads that stand.
    entries: BTreeMap<Vec<u8>, (Entry, Option<Head>)>,
    /// Number and frame bytes of what counts now.
    pub(crate) born: Vec<(u64, u32)>,
    /// Number and frame bytes of what counts no more.
    pub(crate) dead: Vec<(u64, u32)>,
}

impl Writes {
    /// Takes a change of one key in, given what stands in index and log and what came before in these
    /// writes. What the index has already, or something newer, is left as it is.
    pub(crate) fn take(
        &mut self,
        (index, log): (&Index, &Log),
        key: &HeadKey,
        (number, bytes): (u64, u32),
        head: Option<&Head>,
    ) -> Result<(), KeepError> {
        let key_bytes = layout::head_key(key);
        let old = match self.entries.get(&key_bytes) {
            Some(taken) => Some(taken.clone()),
            None => match index.read(&key_bytes)? {
                Some(old) if old.number < number && old.stands => {
                    Some((old, log.head(old.number).map_err(broken)?))
                }
                old => old.map(|old| (old, None)),
            },
        };
        if let Some((old, head)) = old {
            if old.number >= number {
                return Ok(());
            }
            self.dead.push((old.number, old.bytes));
            self.order.extend(head.map(|old| (layout::order_key(&key.bucket(), old.place()), None)));
        }
        self.born.push((number, bytes));
        if let Some(head) = head {
            self.order.insert(layout::order_key(&key.bucket(), head.place()), Some(key_bytes.clone()));
        }
        let entry = Entry { number, bytes, stands: head.is_some() };
        self.entries.insert(key_bytes, (entry, head.cloned()));
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

fn prefixed(prefix: u8, key: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(key.len() + 1);
    bytes.push(prefix);
    bytes.extend_from_slice(key);
    bytes
}

/// What no key that begins so reaches.
fn end_of(space: u8, prefix: &[u8]) -> Vec<u8> {
    let mut end = prefixed(space, prefix);
    // The prefix of a publisher ends with a zero.
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    end
}

/// sled reads its pages late and may panic over a torn one. Nothing of ours is half done then: it reads, or
/// what it was to write is written again from the log at the next start.
fn guard<T>(act: impl FnOnce() -> sled::Result<T>) -> Result<T, KeepError> {
    match std::panic::catch_unwind(AssertUnwindSafe(act)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(sled::Error::Io(error))) => Err(disk(error)),
        Ok(Err(error)) => Err(KeepError::Broken(error.to_string())),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            Err(KeepError::Broken(text.unwrap_or_else(|| "sled gave up while reading its file".to_owned())))
        }
    }
}

pub(crate) fn disk(error: std::io::Error) -> KeepError {
    match error.kind() {
        std::io::ErrorKind::StorageFull => KeepError::Full(error.to_string()),
        _ => KeepError::Broken(error.to_string()),
    }
}

pub(crate) fn broken(error: LogError) -> KeepError {
    match error {
        LogError::Io(error) => disk(error),
        LogError::Torn(why) => KeepError::Broken(why),
    }
}

pub(crate) fn unreadable(what: &str) -> KeepError {
    KeepError::Broken(format!("an {what} of the index cannot be read"))
}
