//! Own copies: every statement of this publisher as a plain file, on the disk before anybody hears of it.
//!
//! What only this node knows must survive a broken database. A file is written and brought to the disk
//! before the statement enters the store, so no version is ever signed twice; older files of the record
//! go when the newer one stands.

use crate::folder::Folder;
use anyhow::Context as _;
use record::envelope::Statement;
use record::name::NetworkName;
use replica::order::HeadKey;
use replica::order::Rank;
use replica::order::Set;
use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

/// The folder of own copies and what it holds.
#[derive(Debug)]
pub(crate) struct Own {
    folder: PathBuf,
    /// The highest that was ever signed for a record, whether it stands or not.
    highest: BTreeMap<HeadKey, Rank>,
}

impl Own {
    /// Reads the folder; what no longer opens is told and left alone.
    pub(crate) fn open(folder: &Path, network: &NetworkName) -> anyhow::Result<Own> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("the folder of own copies {} cannot be made", folder.display()))?;
        let mut own = Own { folder: folder.to_owned(), highest: BTreeMap::new() };
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

    /// The highest rank that was ever signed for this record.
    pub(crate) fn highest(&self, key: &HeadKey) -> Option<Rank> {
        self.highest.get(key).copied()
    }

    fn note(&mut self, statement: &Statement) {
        let content = statement.content();
        let rank = Rank { epoch: content.epoch, version: content.version, id: statement.id() };
        let highest = self.highest.entry(HeadKey::of(content)).or_insert(rank);
        *highest = (*highest).max(rank);
    }

    /// Puts a statement on the disk. When this returns, a power cut no longer loses it.
    pub(crate) fn keep(&mut self, statement: &Statement) -> anyhow::Result<()> {
        Folder::write(&self.folder.join(file_name(statement)), statement.bytes())?;
        self.note(statement);
        Ok(())
    }

    /// Removes older statements of the same record: an own copy of a retracted or replaced body
    /// would be a body that was not forgotten.
    pub(crate) fn forget_older(&self, statement: &Statement) {
        let current = file_name(statement);
        let prefix = record_prefix(statement);
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let older =
                name.to_str().is_some_and(|name| name.starts_with(&prefix) && name < current.as_str());
            if older && let Err(error) = std::fs::remove_file(entry.path()) {
                tracing::error!(file = %entry.path().display(), %error, "an older own copy cannot be removed");
            }
        }
    }
}

fn record_prefix(statement: &Statement) -> String {
    let content = statement.content();
    let set = match Set::of(content) {
        Set::Trust => "attestation",
        Set::Records => "record",
    };
    format!("{set}-{}.", content.record)
}

/// Sorts by record, then by epoch and version.
fn file_name(statement: &Statement) -> String {
    let content = statement.content();
    format!("{}{:020}.{:020}.cose", record_prefix(statement), content.epoch, content.version)
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
        own.forget_older(&statement(10, &network));
        std::fs::write(folder.path().join("record-x.cose"), b"rubbish").unwrap();
        let own = Own::open(folder.path(), &network).unwrap();
        let newest = statement(10, &network);
        assert_eq!(own.statements(&network).unwrap(), std::slice::from_ref(&newest));
        assert_eq!(own.highest(&HeadKey::of(newest.content())).map(|rank| rank.version), Some(10));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
