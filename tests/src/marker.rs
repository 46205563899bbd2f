//! Looking for a text in everything that lies in a folder: raw, and in whatever unpacks.

use std::io::Read as _;
use std::path::Path;
use std::path::PathBuf;

/// How each frame of zstd begins (RFC 8878, section 3.1.1).
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// As far as a frame is unpacked, in bytes.
const UNPACKED_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// All files below a folder, sorted.
///
/// # Errors
/// When the folder cannot be read.
pub fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            match entry.file_type()? {
                kind if kind.is_dir() => folders.push(entry.path()),
                kind if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Whether the bytes hold the text, raw or in a frame of zstd that unpacks with our dictionary or without.
pub fn holds(bytes: &[u8], text: &str) -> bool {
    let raw = |bytes: &[u8]| places(bytes, text.as_bytes()).next().is_some();
    let dictionary = include_bytes!("../../crates/store/dictionaries/1.zdict");
    let unpacks = |from: &[u8], dictionary: &[u8]| {
        let mut unpacked = Vec::new();
        let Ok(reader) = zstd::stream::read::Decoder::with_dictionary(from, dictionary) else { return false };
        // What is no frame, or only the first half of one, is looked at as far as it goes.
        let _ = reader.single_frame().take(UNPACKED_BYTES_MAX).read_to_end(&mut unpacked);
        raw(&unpacked)
    };
    raw(bytes) || places(bytes, &ZSTD_MAGIC).any(|from| unpacks(from, dictionary) || unpacks(from, &[]))
}

/// What follows from each place on at which the part stands.
fn places<'a>(bytes: &'a [u8], part: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let first = part.first().copied();
    let begins = bytes.iter().enumerate().filter(move |(_, byte)| Some(**byte) == first);
    begins.filter_map(|(at, _)| bytes.get(at..)).filter(move |from| from.starts_with(part))
}

/// The files of a folder that hold the text.
///
/// # Errors
/// When the folder cannot be read.
pub fn found(folder: &Path, text: &str) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for file in files(folder)? {
        // A file that goes meanwhile holds nothing any more.
        if std::fs::read(&file).is_ok_and(|bytes| holds(&bytes, text)) {
            found.push(file);
        }
    }
    Ok(found)
}
