//! A backup: one file with everything that a node cannot get again elsewhere. The format is told in `crates/node/BACKUP.md`.

pub(crate) mod keys;
pub(crate) mod reading;
pub(crate) mod writing;

use crate::folder::Folder;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest as _;
use sha2::Sha256;
use std::path::PathBuf;

/// The version of the format.
pub(crate) const FORMAT: u32 = 1;
/// What the first entry is called.
const HEADER: &str = "allmende-backup.json";
/// What the last entry is called.
const END: &str = "end.json";
/// The keys, sealed.
const KEYS: &str = "keys.json";
/// Heads that stand without bytes.
const ERASED: &str = "erased.json";
/// Before the names of plain files.
const FILES: &str = "files/";
/// Before the numbers of bundles of statements.
const STATEMENTS: &str = "statements/";
/// The bytes of one entry.
const ENTRY_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Statements of one bundle.
pub(crate) const BUNDLE_STATEMENTS: usize = 256;

/// Plain files of a data folder that belong to a backup, where they are there.
const FILE_NAMES: [&str; 7] = [
    "allmende.toml",
    "network.toml",
    "peers.txt",
    "bans.txt",
    "erasures.txt",
    "journal.jsonl",
    "journal.before.jsonl",
];
/// Folders of plain files that belong to it, with all that is in them.
const FOLDER_NAMES: [&str; 3] = ["own", "overlay", "drafts"];
/// Keys go into it only sealed; `key.old-…` beside them.
const KEY_NAMES: [&str; 3] = ["key.pem", "key.next.pem", "peer.pem"];
/// How the names of keys begin that signed earlier.
const OLD_KEYS: &str = "key.old-";

/// The first entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    pub(crate) format: u32,
    /// The version of the program that wrote it.
    pub(crate) program: String,
    pub(crate) network: String,
    pub(crate) publisher: String,
    /// When it was made.
    pub(crate) made: String,
}

/// A head that stands without bytes, because it was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ErasedHead {
    pub(crate) publisher: String,
    pub(crate) record: String,
    pub(crate) epoch: u64,
    pub(crate) version: u64,
    pub(crate) id: String,
    /// In seconds since 1970.
    pub(crate) issued: u64,
}

/// The last entry: without it a backup is not whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct End {
    /// All heads of the node up to the change of this number are here.
    pub(crate) change: u64,
    pub(crate) statements: u64,
    /// Over name, a zero byte, length (8 bytes, big endian) and content of each entry before.
    pub(crate) sha256: String,
}

/// The hash over all entries.
#[derive(Clone, Debug, Default)]
struct Sum(Sha256);

impl Sum {
    fn add(&mut self, name: &str, content: &[u8]) {
        self.0.update(name.as_bytes());
        self.0.update([0]);
        self.0.update((content.len() as u64).to_be_bytes());
        self.0.update(content);
    }

    fn written(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.0.clone().finalize())
    }
}

/// The plain files of a folder that belong to a backup: the name in the backup, and where it lies. Sorted.
pub(crate) fn files(folder: &Folder) -> std::io::Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    for name in FILE_NAMES {
        let path = folder.root().join(name);
        if path.is_file() {
            files.push((name.to_owned(), path));
        }
    }
    let mut folders: Vec<(String, PathBuf)> =
        FOLDER_NAMES.iter().map(|name| ((*name).to_owned(), folder.root().join(name))).collect();
    while let Some((name, path)) = folders.pop() {
        if !path.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            let name = format!("{name}/{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push((name, entry.path()));
            } else if kind.is_file() && !name.ends_with(".new") {
                files.push((name, entry.path()));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Whether a plain file of this name may stand in a backup: what is written into a folder is written there and nowhere
/// else.
fn belongs(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    let is_plain = |part: &&str| !part.is_empty() && *part != "." && *part != ".." && !part.contains('\0');
    match parts.as_slice() {
        [file] => FILE_NAMES.contains(file),
        [folder, rest @ ..] => FOLDER_NAMES.contains(folder) && rest.iter().all(is_plain),
        [] => false,
    }
}

/// Whether this is the name of a key.
fn is_key(name: &str) -> bool {
    let old = name.strip_prefix(OLD_KEYS).and_then(|rest| rest.strip_suffix(".pem"));
    let is_old = old.is_some_and(|epoch| {
        !epoch.is_empty() && epoch.chars().all(|sign| sign.is_ascii_digit() || sign == '-')
    });
    KEY_NAMES.contains(&name) || is_old
}

#[cfg(test)]
mod tests {
    use crate::backup::belongs;
    use crate::backup::is_key;

    #[test]
    fn only_what_is_in_the_table_is_written_into_a_folder() {
        for name in ["allmende.toml", "own/record-1.cose", "overlay/notes/a.md", "erasures.txt"] {
            assert!(belongs(name), "{name}");
        }
        for name in [
            "",
            "key.pem",
            "../x",
            "own/../key.pem",
            "own//x",
            "/etc/passwd",
            "store/FORMAT",
            "tokens.toml",
            "own/.",
        ] {
            assert!(!belongs(name), "{name}");
        }
        assert!(
            is_key("key.pem")
                && is_key("key.old-3-2.pem")
                && !is_key("key.old-../x.pem")
                && !is_key("key.old-.pem")
        );
    }
}
