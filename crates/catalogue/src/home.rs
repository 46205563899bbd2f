//! The folder of the index: opened as it is, or cleared and begun anew.

use crate::analyzer::Analyzer;
use crate::change::ApplyError;
use std::io;
use std::path::Path;
use tantivy::HasLen as _;
use tantivy::Index;
use tantivy::IndexSettings;
use tantivy::TantivyError;
use tantivy::directory::Directory as _;
use tantivy::directory::INDEX_WRITER_LOCK;
use tantivy::directory::MmapDirectory;
use tantivy::directory::error::LockError;
use tantivy::schema::Schema;

/// Where an index grows until it takes the place of the one that is searched.
const BESIDE: &str = "beside";
/// tantivy's list of what belongs to an index.
const META: &str = "meta.json";
const OTHER_VERSION: &str = "the index was made by another version of the program";
/// Every file of a segment ends with the length of its footer and a mark, of four bytes each.
const FILE_BYTES_MIN: usize = 8;
/// Stored cards are compressed in blocks of this many bytes; a hit reads a whole block.
const CARD_BLOCK_BYTES: usize = 8 * 1024;

/// Why the catalogue does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made, read or written.
    #[error(
        "the catalogue folder cannot be used: {0}; check that it is a folder of this user and that the disk has room"
    )]
    Folder(#[from] io::Error),
    /// Somebody else has it open.
    #[error(
        "the catalogue is in use by another process; stop the other node, or give this one its own folder"
    )]
    Busy,
    /// A fresh index could not be made either.
    #[error("the catalogue cannot be made: {0}")]
    Index(#[from] TantivyError),
}

/// An index that opened.
pub(crate) struct Home {
    /// The index.
    pub(crate) index: Index,
    /// The change number of its last commit.
    pub(crate) checkpoint: u64,
    /// Why what was there was cleared away, or is built anew, if it is.
    pub(crate) rebuilt: Option<String>,
    /// It can be read, but is of another form than this program writes.
    pub(crate) outdated: bool,
}

impl Home {
    /// Opens the folder, or clears it when what is in it is broken or of another form. It is only ever
    /// cleared of files that an index makes: everything in it can be had again from the store.
    pub(crate) fn open(folder: &Path, schema: &Schema, fingerprint: &str) -> Result<Home, OpenError> {
        std::fs::create_dir_all(folder)?;
        let directory = MmapDirectory::open(folder).map_err(TantivyError::from)?;
        match directory.acquire_lock(&INDEX_WRITER_LOCK) {
            Ok(lock) => drop(lock),
            Err(LockError::LockBusy) => return Err(OpenError::Busy),
            Err(LockError::IoError(error)) => return Err(io::Error::new(error.kind(), error).into()),
        }
        remove(&folder.join(BESIDE))?;
        let rebuilt = match Index::exists(&directory) {
            Ok(false) => None,
            _ => match read(directory, schema, fingerprint) {
                Ok((index, Some(checkpoint))) => {
                    return Ok(Home { index, checkpoint, rebuilt: None, outdated: false });
                }
                Ok((index, None)) => {
                    let rebuilt = Some(OTHER_VERSION.to_owned());
                    return Ok(Home { index, checkpoint: 0, rebuilt, outdated: true });
                }
                Err(reason) => Some(reason),
            },
        };
        clear(folder)?;
        let directory = MmapDirectory::open(folder).map_err(TantivyError::from)?;
        let index = Index::builder()
            .schema(schema.clone())
            .settings(settings())
            .tokenizers(Analyzer::all())
            .open_or_create(directory)?;
        Ok(Home { index, checkpoint: 0, rebuilt, outdated: false })
    }

    /// An empty index in a folder of its own within this one.
    pub(crate) fn beside(folder: &Path, schema: &Schema) -> Result<Home, ApplyError> {
        let beside = folder.join(BESIDE);
        remove(&beside)?;
        std::fs::create_dir_all(&beside)?;
        let directory = MmapDirectory::open(&beside).map_err(TantivyError::from)?;
        let index = Index::builder()
            .schema(schema.clone())
            .settings(settings())
            .tokenizers(Analyzer::all())
            .open_or_create(directory)?;
        Ok(Home { index, checkpoint: 0, rebuilt: None, outdated: false })
    }

    /// Puts what was built beside in the place of what is here. Killed in the middle, no index stands here any more,
    /// and it is begun anew.
    pub(crate) fn move_in(folder: &Path, checkpoint: u64) -> Result<Home, ApplyError> {
        let beside = folder.join(BESIDE);
        clear(folder)?;
        let mut names: Vec<_> =
            std::fs::read_dir(&beside)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
        // The list of the index comes last: without it there is none.
        names.sort_by_key(|name| name == META);
        for name in names.iter().filter(|name| !name.to_string_lossy().ends_with(".lock")) {
            std::fs::rename(beside.join(name), folder.join(name))?;
        }
        remove(&beside)?;
        let directory = MmapDirectory::open(folder).map_err(TantivyError::from)?;
        let mut index = Index::open(directory)?;
        index.set_tokenizers(Analyzer::all());
        Ok(Home { index, checkpoint, rebuilt: None, outdated: false })
    }

    /// An index in memory.
    pub(crate) fn in_memory(schema: &Schema) -> tantivy::Result<Home> {
        let index = Index::builder()
            .schema(schema.clone())
            .settings(settings())
            .tokenizers(Analyzer::all())
            .create_in_ram()?;
        Ok(Home { index, checkpoint: 0, rebuilt: None, outdated: false })
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What a commit is marked with.
pub(crate) fn payload(fingerprint: &str, change: u64) -> String {
    format!("{fingerprint} {change}")
}

fn settings() -> IndexSettings {
    IndexSettings {
        docstore_blocksize: CARD_BLOCK_BYTES,
        // One thread less; a commit is small.
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    }
}

/// The index in the folder and its checkpoint, which it has none of where it is of another form; or why it cannot be
/// used.
fn read(
    directory: MmapDirectory,
    schema: &Schema,
    fingerprint: &str,
) -> Result<(Index, Option<u64>), String> {
    let broken = |error: &dyn std::fmt::Display| format!("the index is broken: {error}");
    let mut index = Index::open(directory.clone()).map_err(|error| broken(&error))?;
    let metas = index.load_metas().map_err(|error| broken(&error))?;
    let payload = metas.payload.as_deref();
    let checkpoint = match payload.and_then(|payload| payload.split_once(' ')) {
        Some((form, change)) if form == fingerprint && index.schema() == *schema => {
            Some(change.parse().map_err(|error| broken(&error))?)
        }
        Some(_) if index.schema() == *schema => None,
        // Made, and the node stopped before the first commit.
        None if payload.is_none() && metas.segments.is_empty() && index.schema() == *schema => Some(0),
        _ => return Err(OTHER_VERSION.to_owned()),
    };
    // tantivy trusts its files: a flipped bit would show later, as a panic in a search, and a file of four to seven
    // bytes panics when it is checked, as tantivy asks there for half of what it reads from its end.
    for file in metas.list_segment_files() {
        if directory.open_read(&file).is_ok_and(|file| file.len() < FILE_BYTES_MIN) {
            return Err(broken(&format!("{} ends too early", file.display())));
        }
    }
    let damaged = index.validate_checksum().map_err(|error| broken(&error))?;
    if !damaged.is_empty() {
        return Err(broken(&format!("{} of its files are damaged", damaged.len())));
    }
    index.set_tokenizers(Analyzer::all());
    index.reader().map_err(|error| broken(&error))?;
    Ok((index, checkpoint))
}

/// Removes the files of an index, and nothing else that may lie in the folder.
fn clear(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let of_segment = name
            .split_once('.')
            .is_some_and(|(id, _)| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if of_segment || matches!(name, "meta.json" | ".managed.json") {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
