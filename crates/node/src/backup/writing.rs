//! Writing a backup: beside its place first, and under its name only when it is whole and on the disk.

use crate::backup::BUNDLE_STATEMENTS;
use crate::backup::END;
use crate::backup::ERASED;
use crate::backup::End;
use crate::backup::ErasedHead;
use crate::backup::FILES;
use crate::backup::HEADER;
use crate::backup::Header;
use crate::backup::KEYS;
use crate::backup::STATEMENTS;
use crate::backup::Sum;
use crate::backup::keys::Sealed;
use anyhow::Context as _;
use record::cbor;
use record::value::Value;
use serde::Serialize;
use std::fs::File;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::path::PathBuf;

/// zstd's default.
const LEVEL: i32 = 3;
/// A backup may hold personal notes: only the owner reads it.
const MODE: u32 = 0o600;

type Tar = tar::Builder<zstd::stream::write::Encoder<'static, File>>;

/// A backup that is being written.
pub(crate) struct Writing {
    tar: Tar,
    beside: PathBuf,
    path: PathBuf,
    sum: Sum,
    bundle: Vec<Value>,
    bundles: u64,
    statements: u64,
}

impl Writing {
    pub(crate) fn begin(path: &Path, header: &Header) -> anyhow::Result<Writing> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".part");
        let beside = PathBuf::from(beside);
        let file = OpenOptions::new().create(true).write(true).truncate(true).mode(MODE).open(&beside);
        let file = file.with_context(|| format!("{} cannot be written", beside.display()))?;
        let tar = tar::Builder::new(zstd::stream::write::Encoder::new(file, LEVEL)?);
        let (path, sum) = (path.to_owned(), Sum::default());
        let mut writing = Writing { tar, beside, path, sum, bundle: Vec::new(), bundles: 0, statements: 0 };
        writing.json(HEADER, header)?;
        Ok(writing)
    }

    fn entry(&mut self, name: &str, content: &[u8]) -> anyhow::Result<()> {
        self.sum.add(name, content);
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(MODE);
        let place = || format!("{} cannot be written; check the room on the disk", self.beside.display());
        self.tar.append_data(&mut header, name, content).with_context(place)
    }

    fn json(&mut self, name: &str, value: &impl Serialize) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec_pretty(value)?;
        text.push(b'\n');
        self.entry(name, &text)
    }

    pub(crate) fn file(&mut self, name: &str, content: &[u8]) -> anyhow::Result<()> {
        self.entry(&format!("{FILES}{name}"), content)
    }

    pub(crate) fn keys(&mut self, keys: &Sealed) -> anyhow::Result<()> {
        self.json(KEYS, keys)
    }

    pub(crate) fn statement(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.bundle.push(Value::Bytes(bytes.to_vec()));
        self.statements += 1;
        match self.bundle.len() {
            BUNDLE_STATEMENTS.. => self.bundle_up(),
            _ => Ok(()),
        }
    }

    fn bundle_up(&mut self) -> anyhow::Result<()> {
        let bundle = std::mem::take(&mut self.bundle);
        if bundle.is_empty() {
            return Ok(());
        }
        self.bundles += 1;
        let name = format!("{STATEMENTS}{:010}.cbor", self.bundles);
        self.entry(&name, &cbor::encode(&Value::List(bundle)))
    }

    /// Writes the end, and puts the whole in place. Answers how many statements and bytes it has.
    pub(crate) fn finish(mut self, erased: &[ErasedHead], change: u64) -> anyhow::Result<(u64, u64)> {
        self.bundle_up()?;
        self.json(ERASED, &erased)?;
        let statements = self.statements;
        let end = End { change, statements, sha256: self.sum.written() };
        self.json(END, &end)?;
        let Writing { tar, beside, path, .. } = self;
        let place = || format!("{} cannot be written; check the room on the disk", beside.display());
        let file = tar.into_inner().and_then(zstd::stream::write::Encoder::finish).with_context(place)?;
        file.sync_all().with_context(place)?;
        let bytes = file.metadata()?.len();
        std::fs::rename(&beside, &path).with_context(|| format!("{} cannot be written", path.display()))?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
        Ok((statements, bytes))
    }

    /// Removes what was written so far.
    pub(crate) fn give_up(self) {
        let _ = std::fs::remove_file(&self.beside);
    }
}
