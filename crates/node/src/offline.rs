//! Signing without a running node, for a key that never goes online: what is said comes out as a file.

use crate::config::Config;
use crate::folder::Folder;
use crate::keeper::now;
use crate::keyring::Keyring;
use crate::own::Own;
use crate::publishing::Publisher;
use crate::publishing::Refusal;
use crate::publishing::Saying;
use anyhow::Context as _;
use anyhow::bail;
use record::envelope::Statement;
use replica::admit::Replica;
use replica::admit::Verdict;
use replica::memory::MemoryKeeper;
use replica::trust::Trust;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

/// A data folder on which no daemon runs, and what is believed after its own copies and the files beside them.
#[derive(Debug)]
pub(crate) struct Offline {
    replica: Replica<MemoryKeeper>,
    own: Own,
    publisher: Publisher,
    /// As long as this lives no daemon starts on the folder.
    _lock: File,
}

impl Offline {
    /// Takes in the network document, the own copies and these statement files.
    pub(crate) fn open(folder: &Folder, files: &[PathBuf]) -> anyhow::Result<Offline> {
        let lock = folder.lock().context("a key is used offline only where no node runs on its folder")?;
        let config = Config::load(&folder.config())?;
        let document = folder.read_network()?;
        let network = document.network.clone();
        let own = Own::open(&folder.own(), &network)?;
        let mut replica = Replica::open(document, MemoryKeeper::default())?;
        for statement in own.statements(&network)? {
            // One that stands no more is no reason to stop: a newer one of the same record may lie beside it.
            replica.admit(statement, now())?;
        }
        for file in files {
            let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
            let statement = Statement::open(&bytes, &network)
                .with_context(|| format!("{} is no statement of this network", file.display()))?;
            replica.admit(statement, now())?;
        }
        if replica.waiting() > 0 {
            bail!(
                "{} of the statements given cannot be judged: the attestations that they lean on are missing. Give \
                 all of them: `allmende export --attestations DIR` on a running node writes them",
                replica.waiting()
            );
        }
        let publisher = Publisher::new(config.publisher(), Keyring::open(folder)?);
        publisher.follow(&replica.trust(), now());
        Ok(Offline { replica, own, publisher, _lock: lock })
    }

    pub(crate) fn publisher(&self) -> &Publisher {
        &self.publisher
    }

    /// Who is believed, as far as is known here.
    pub(crate) fn trust(&self) -> Arc<Trust> {
        self.replica.trust()
    }

    /// Signs, and keeps an own copy, so that the next one knows of it. Answers with what stands, signed now or before.
    pub(crate) fn say(&mut self, saying: Saying) -> Result<Statement, Refusal> {
        let statement = match self.publisher.seal(&self.replica, &self.own, saying, now())? {
            Ok(statement) => statement,
            Err(standing) => return Ok(standing),
        };
        self.own.keep(&statement).map_err(Refusal::of_disk)?;
        match self.replica.admit(statement.clone(), now())?.verdict {
            Verdict::Admitted | Verdict::Known | Verdict::Passed => Ok(statement),
            Verdict::Held(why) | Verdict::Refused(why) => {
                self.own.take_back(&statement);
                Err(why.into())
            }
        }
    }

    /// Puts a new key in place that what was just said attests.
    pub(crate) fn follow(&self) {
        self.publisher.follow(&self.replica.trust(), now());
    }
}

#[cfg(test)]
mod tests {
    use crate::attesting::vouch;
    use crate::folder::Folder;
    use crate::keeper::now;
    use crate::keyring::fresh;
    use crate::offline::Offline;
    use crate::publishing::Saying;
    use crate::request::Request;
    use record::document::Anchor;
    use record::document::Document;
    use record::key::SecretKey;
    use std::collections::BTreeMap;
    use tempfile::TempDir;

    fn land() -> (TempDir, Folder) {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::at(root.path());
        let key = fresh().unwrap();
        let document = Document {
            network: "allmende-test".parse().unwrap(),
            publisher_records_max: 100,
            anchors: BTreeMap::from([(
                "th".to_owned(),
                Anchor { name: "Freistaat Thüringen".to_owned(), keys: vec![key.public()] },
            )]),
        };
        Folder::write_secret(&folder.key(), key.to_pem().as_bytes()).unwrap();
        Folder::write(&folder.network(), document.write().as_bytes()).unwrap();
        let config = "[node]\npublisher = \"th\"\nname = \"Freistaat Thüringen\"\n";
        Folder::write(&folder.config(), config.as_bytes()).unwrap();
        (root, folder)
    }

    fn asks(seed: u8) -> Request {
        Request {
            publisher: "th.jena".parse().unwrap(),
            name: "Stadt Jena".to_owned(),
            org_type: "municipality".to_owned(),
            ars: None,
            key: SecretKey::from_seed([seed; 32]).public(),
        }
    }

    #[test]
    fn each_call_knows_what_the_one_before_signed() {
        let (_root, folder) = land();
        let attest = |seed: u8| {
            let mut offline = Offline::open(&folder, &[]).unwrap();
            let said =
                vouch(offline.publisher().name(), &offline.trust(), &asks(seed), false, now()).unwrap();
            let statement = offline.say(Saying::attestation(&said)).unwrap();
            (said.epoch, statement)
        };
        let (first, one) = attest(1);
        let (again, same) = attest(1);
        let (second, two) = attest(2);
        assert_eq!((first, again, second), (1, 1, 2));
        assert_eq!(one.id(), same.id(), "the same is signed once");
        assert_ne!(one.id(), two.id());
        assert_eq!(two.content().version, 1);
    }

    #[test]
    fn an_anchor_goes_on_with_its_next_key() {
        let (_root, folder) = land();
        let old = folder.read_key().unwrap().public();
        let mut offline = Offline::open(&folder, &[]).unwrap();
        let link = offline.publisher().link(&offline.trust(), false, now()).unwrap();
        let link = offline.say(link).unwrap();
        offline.follow();
        drop(offline);
        assert_eq!((link.content().epoch, link.key()), (1, old));
        let offline = Offline::open(&folder, &[]).unwrap();
        assert_eq!(offline.publisher().epoch(&offline.trust(), now()), Some(2));
        assert_ne!(folder.read_key().unwrap().public(), old);
    }

    #[test]
    fn statements_that_hang_in_the_air_are_told() {
        let (_root, folder) = land();
        let town = SecretKey::from_seed([7; 32]);
        let content = record::statement::Content {
            publisher: "th.shk".parse().unwrap(),
            record: record::statement::RecordId::from_bytes([1; 16]),
            kind: "note".parse().unwrap(),
            schema: 1,
            epoch: 1,
            version: 1,
            issued: now(),
            said: record::statement::Said::Body(BTreeMap::new()),
        };
        let network = "allmende-test".parse().unwrap();
        let statement = record::envelope::Statement::seal(&content, &town, &network).unwrap();
        let file = folder.root().join("note.cose");
        std::fs::write(&file, statement.bytes()).unwrap();
        let told = format!("{:#}", Offline::open(&folder, std::slice::from_ref(&file)).unwrap_err());
        assert!(told.contains("export --attestations"), "{told}");
        std::fs::write(&file, b"rubbish").unwrap();
        let told = format!("{:#}", Offline::open(&folder, &[file]).unwrap_err());
        assert!(told.contains("note.cose"), "{told}");
    }
}
