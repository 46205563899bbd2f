//! Own copies: every statement of this publisher as a plain file, on the disk before anybody hears of it.
//!
//! What only this node knows must survive a broken database. A file is written and brought to the disk
//! before the statement enters the store, so no version is ever signed twice; older files of the record
//! go when the newer one stands.

use crate::folder::Folder;
use anyhow::Context as _;
use record::envelope::Statement;
use record::name::NetworkName;
use replica::erasure::Reach;
use replica::order::HeadKey;
use replica::order::Set;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

/// The folder of own copies and what it holds.
#[derive(Debug)]
pub(crate) struct Own {
    folder: PathBuf,
    /// Epoch and version of every copy, by record, whether it stands or not.
    signed: BTreeMap<HeadKey, BTreeSet<(u64, u64)>>,
}

impl Own {
    /// Reads the folder; what no longer opens is told and left alone.
    pub(crate) fn open(folder: &Path, network: &NetworkName) -> anyhow::Result<Own> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("the folder of own copies {} cannot be made", folder.display()))?;
        remove_unfinished(folder)
            .with_context(|| format!("the folder of own copies {} cannot be tidied", folder.display()))?;
        let mut own = Own { folder: folder.to_owned(), signed: BTreeMap::new() };
        for statement in own.statements(network)? {
            own.note(&statement);
        }
        Ok(own)
    }

    /// All own statements that open, in the order of their file names.
    pub(crate) fn statements(&self, network: &NetworkName) -> anyhow::Result<Vec<Statement>> {
        let place = || format!("the folder of own copies {} cannot be read", self.folder.display());
        let mut files: Vec<PathBuf> = std::fs::read_dir(&self.folder)
            .with_context(place)?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|ending| ending == "cose"))
            .collect();
        files.sort();
        let mut statements = Vec::new();
        for path in files {
            let bytes = std::fs::read(&path).with_context(place)?;
            match Statement::open(&bytes, network) {
                Ok(statement) => statements.push(statement),
                Err(error) => {
                    tracing::error!(file = %path.display(), %error, "an own copy no longer opens and is left alone");
                }
            }
        }
        Ok(statements)
    }

    /// The highest version that was signed for this record in this epoch.
    pub(crate) fn version(&self, key: &HeadKey, epoch: u64) -> Option<u64> {
        let signed = self.signed.get(key)?.range((epoch, 0)..=(epoch, u64::MAX));
        signed.map(|(_, version)| *version).next_back()
    }

    /// Epoch and version of the newest copy of a record.
    pub(crate) fn newest(&self, key: &HeadKey) -> Option<(u64, u64)> {
        self.signed.get(key)?.last().copied()
    }

    fn note(&mut self, statement: &Statement) {
        let content = statement.content();
        self.signed.entry(HeadKey::of(content)).or_default().insert((content.epoch, content.version));
    }

    /// Remembers until the next start that this version was signed, although no copy of it is left.
    pub(crate) fn remember(&mut self, key: &HeadKey, epoch: u64, version: u64) {
        self.signed.entry(key.clone()).or_default().insert((epoch, version));
    }

    /// Puts a statement on the disk. When this returns, a power cut no longer loses it.
    pub(crate) fn keep(&mut self, statement: &Statement) -> anyhow::Result<()> {
        let content = statement.content();
        let name = file_name(&HeadKey::of(content), content.epoch, content.version);
        Folder::write(&self.folder.join(name), statement.bytes())?;
        self.note(statement);
        Ok(())
    }

    /// Removes a statement that was refused, so that it does not come to stand later by itself.
    pub(crate) fn take_back(&mut self, statement: &Statement) {
        let content = statement.content();
        self.remove(&HeadKey::of(content), &[(content.epoch, content.version)]);
    }

    /// Removes the copies of a record that an erasure reaches. A version without body stays: it holds nothing, and it
    /// makes others forget.
    pub(crate) fn forget_erased(&mut self, key: &HeadKey, reach: Reach, network: &NetworkName) {
        let signed = self.signed.get(key).into_iter().flatten().copied();
        let reached: Vec<_> = signed
            .filter(|(epoch, version)| reach.covers(*epoch, *version))
            .filter(|(epoch, version)| {
                let bytes = std::fs::read(self.folder.join(file_name(key, *epoch, *version)));
                let opened = bytes.ok().and_then(|bytes| Statement::open(&bytes, network).ok());
                !opened.is_some_and(|statement| statement.content().is_retracted())
            })
            .collect();
        self.remove(key, &reached);
    }

    /// Removes copies of a record older than this one that stands: a copy of a retracted or replaced body
    /// would be a body that was not forgotten.
    pub(crate) fn forget_older(&mut self, key: &HeadKey, epoch: u64, version: u64) {
        let signed = self.signed.get(key).into_iter().flatten();
        let older: Vec<_> = signed.copied().filter(|copy| *copy < (epoch, version)).collect();
        self.remove(key, &older);
    }

    /// The records that have more than one copy.
    pub(crate) fn repeated(&self) -> Vec<HeadKey> {
        let repeated = self.signed.iter().filter(|(_, signed)| signed.len() > 1);
        repeated.map(|(key, _)| key.clone()).collect()
    }

    fn remove(&mut self, key: &HeadKey, copies: &[(u64, u64)]) {
        for (epoch, version) in copies {
            let path = self.folder.join(file_name(key, *epoch, *version));
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    tracing::error!(file = %path.display(), %error, "an own copy cannot be removed");
                }
                _ => {
                    if let Some(signed) = self.signed.get_mut(key) {
                        signed.remove(&(*epoch, *version));
                    }
                }
            }
        }
    }
}

/// Removes what a crash left half written: nobody was told of it, and its body would outlive an erasure.
fn remove_unfinished(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "new") {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Sorts by record, then by epoch and version.
fn file_name(key: &HeadKey, epoch: u64, version: u64) -> String {
    let set = match key.set {
        Set::Trust => "attestation",
        Set::Records => "record",
    };
    format!("{set}-{}.{epoch:020}.{version:020}.cose", key.record)
}

#[cfg(test)]
mod tests {
    use crate::own::Own;
    use record::envelope::Statement;
    use record::key::SecretKey;
    use record::moment::Moment;
    use record::name::NetworkName;
    use record::statement::Content;
    use record::statement::RecordId;
    use record::statement::Said;
    use record::value::Map;
    use replica::order::HeadKey;

    fn statement(version: u64, network: &NetworkName) -> Statement {
        let content = Content {
            publisher: "th.jena".parse().unwrap(),
            record: RecordId::from_bytes([1; 16]),
            kind: "measure".parse().unwrap(),
            schema: 1,
            epoch: 1,
            version,
            issued: Moment::from_seconds(1_793_606_400).unwrap(),
            said: Said::Body(Map::new()),
        };
        Statement::seal(&content, &SecretKey::from_seed([1; 32]), network).unwrap()
    }

    #[test]
    fn the_newest_copy_stays_and_rubbish_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let network: NetworkName = "allmende-test".parse().unwrap();
        let mut own = Own::open(folder.path(), &network).unwrap();
        for version in [1, 2, 10] {
            own.keep(&statement(version, &network)).unwrap();
        }
        let key = HeadKey::of(statement(10, &network).content());
        own.keep(&statement(11, &network)).unwrap();
        own.take_back(&statement(11, &network));
        assert_eq!(own.repeated(), std::slice::from_ref(&key));
        own.forget_older(&key, 1, 10);
        std::fs::write(folder.path().join("record-x.cose"), b"rubbish").unwrap();
        let own = Own::open(folder.path(), &network).unwrap();
        let newest = statement(10, &network);
        assert_eq!(own.statements(&network).unwrap(), std::slice::from_ref(&newest));
        assert_eq!((own.version(&key, 1), own.version(&key, 2)), (Some(10), None));
        assert!(own.repeated().is_empty());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
