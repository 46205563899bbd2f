//! The mark of a store that is open: it tells the next start whether the index can be believed.

use std::fs::File;
use std::path::Path;

const NAME: &str = "RUNNING";
/// Where Linux says which start of the machine this is (proc(5)).
const BOOT: &str = "/proc/sys/kernel/random/boot_id";
/// In place of a boot: the index is not to be believed, whatever happened.
const REBUILD: &str = "rebuild";

/// How the store was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// It was closed.
    Closed,
    /// The process died, and the machine did not: the kernel has everything that was written.
    Killed,
    /// The machine may have died: what was not brought to the disk may be gone, in any order.
    Unknown,
}

/// How the store in this folder was left.
pub(crate) fn left(store: &Path) -> std::io::Result<Left> {
    match std::fs::read_to_string(store.join(NAME)) {
        Ok(boot) if boot_now().is_some_and(|now| now == boot.trim()) => Ok(Left::Killed),
        Ok(_) => Ok(Left::Unknown),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Left::Closed),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Ok(Left::Unknown),
        Err(error) => Err(error),
    }
}

/// From here on the store is open, and its index is believed after a kill.
pub(crate) fn mark(store: &Path) -> std::io::Result<()> {
    write(store, boot_now().as_deref().unwrap_or(REBUILD))
}

/// From here on the index is not believed, until it is made anew.
pub(crate) fn mark_for_rebuild(store: &Path) -> std::io::Result<()> {
    write(store, REBUILD)
}

/// The store is closed, with everything on the disk.
pub(crate) fn clear(store: &Path) -> std::io::Result<()> {
    std::fs::remove_file(store.join(NAME))?;
    File::open(store)?.sync_all()
}

fn write(store: &Path, text: &str) -> std::io::Result<()> {
    replace(store, NAME, text)
}

/// Writes a small file so that it is there whole, or as it was.
pub(crate) fn replace(folder: &Path, name: &str, text: &str) -> std::io::Result<()> {
    let (new, path) = (folder.join(format!("{name}.new")), folder.join(name));
    std::fs::write(&new, text)?;
    File::open(&new)?.sync_all()?;
    std::fs::rename(new, path)?;
    File::open(folder)?.sync_all()
}

fn boot_now() -> Option<String> {
    Some(std::fs::read_to_string(BOOT).ok()?.trim().to_owned()).filter(|boot| !boot.is_empty())
}
