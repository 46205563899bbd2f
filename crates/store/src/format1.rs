//! Stores of format 1: three sled trees that held the statements as well. They are read once, to copy them.
//!
//! | tree    | key                         | value                                              |
//! |---------|-----------------------------|----------------------------------------------------|
//! | heads   | head key                    | head, change (8); or the change alone where it went |
//! | order   | order key                   | head key                                           |
//! | feed    | change (8)                  | length of the head key (1), head key, zstd of the statement |

use crate::disk::OpenError;
use crate::disk::Settings;
use crate::frame;
use crate::layout;
use crate::log::Log;
use crate::pack;
use crate::segment::Batch;
use crate::segment::LogError;
use record::bounds::STATEMENT_BYTES_MAX;
use replica::order::Head;
use std::path::Path;

pub(crate) const FORMAT: &str = "allmende store 1";
pub(crate) const FOLDER: &str = "sled";
/// Statements that are appended at once.
const BATCH: usize = 1024;
const GONE_BYTES: usize = 8;

/// Writes everything from the sled folder of `store` into a new log at `to`, with the numbers it had.
/// Answers how many changes were copied.
pub(crate) fn copy(store: &Path, to: &Path, settings: &Settings) -> Result<u64, OpenError> {
    let damaged = |why: String| OpenError::Damaged { folder: store.to_owned(), why };
    // A database torn by the disk can panic inside sled; nothing of ours is shared with it.
    let copied = std::panic::catch_unwind(|| {
        let database = sled::Config::new()
            .path(store.join(FOLDER))
            .cache_capacity(settings.cache_bytes)
            .mode(sled::Mode::LowSpace)
            .segment_size(8 * 1024 * 1024)
            .open()
            .map_err(|error| error.to_string())?;
        // What holds no seal is either rubbish that sled takes for an empty database, or was never begun.
        let is_sealed = database.get("format").map_err(|error| error.to_string())?.is_some();
        if !is_sealed && store.join("FORMAT").exists() {
            return Err("its file holds nothing of what was stored".to_owned());
        }
        write(&database, to)
    });
    match copied {
        Ok(copied) => copied.map_err(damaged),
        Err(_) => Err(damaged("sled gave up while reading it".to_owned())),
    }
}

fn write(database: &sled::Db, to: &Path) -> Result<u64, String> {
    let words = |error: sled::Error| error.to_string();
    let heads = database.open_tree("heads").map_err(words)?;
    let feed = database.open_tree("feed").map_err(words)?;
    let log = Log::open(to).map_err(|error: LogError| error.to_string())?;
    let (mut batch, mut copied) = (Batch::default(), 0);
    for pair in feed.iter() {
        let (number, value) = pair.map_err(words)?;
        let unreadable = || "an entry of its change feed cannot be read".to_owned();
        let (number, _) = layout::number(&number).ok_or_else(unreadable)?;
        let (length, rest) = value.split_first().ok_or_else(unreadable)?;
        let (key, packed) = rest.split_at_checked(usize::from(*length)).ok_or_else(unreadable)?;
        let stored = heads.get(key).map_err(words)?.ok_or_else(unreadable)?;
        let (head, newest) = read_head(key, &stored).ok_or_else(unreadable)?;
        if newest != number || head.is_some() == packed.is_empty() {
            return Err(unreadable());
        }
        let packed = match packed {
            [] => None,
            packed => {
                let statement = zstd::bulk::decompress(packed, STATEMENT_BYTES_MAX);
                Some(pack::pack(&statement.map_err(|_| unreadable())?))
            }
        };
        batch.places.push((number, batch.bytes.len()));
        frame::write(&mut batch.bytes, (number, true), key, head.as_ref(), packed.as_deref());
        copied += 1;
        if batch.places.len() == BATCH {
            log.append(&std::mem::take(&mut batch)).map_err(|error| error.to_string())?;
        }
    }
    if !batch.places.is_empty() {
        log.append(&batch).map_err(|error| error.to_string())?;
    }
    log.sync().map_err(|error| error.to_string())?;
    Ok(copied)
}

/// The head at a key, unless it went, and the number of its change.
fn read_head(key: &[u8], stored: &[u8]) -> Option<(Option<Head>, u64)> {
    let (head, change) = stored.split_at_checked(stored.len().checked_sub(GONE_BYTES)?)?;
    let (change, _) = layout::number(change)?;
    match head {
        [] => Some((None, change)),
        head => Some((Some(layout::read_head(layout::read_head_key(key)?, head)?), change)),
    }
}
