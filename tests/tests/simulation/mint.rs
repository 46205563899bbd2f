//! Where the towns' statements are signed, and opened once however often they are received.

use record::attestation::Attestation;
use record::document::Anchor;
use record::document::Document;
use record::envelope::Statement;
use record::key::PublicKey;
use record::key::SecretKey;
use record::moment::Moment;
use record::name::Name;
use record::name::NetworkName;
use record::statement::Content;
use record::statement::RecordId;
use record::statement::Said;
use record::statement::StatementId;
use record::statement::sha256;
use record::value::Map;
use replica::order::HeadKey;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The moment at which every simulation begins.
pub(crate) fn beginning() -> Moment {
    Moment::from_seconds(1_793_606_400).unwrap()
}

pub(crate) fn network() -> NetworkName {
    "allmende-simulation".parse().unwrap()
}

/// Which of a publisher's keys: the epoch, and a second one for what was attested otherwise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyName {
    pub(crate) name: Name,
    pub(crate) epoch: u64,
    pub(crate) other: bool,
}

/// What somebody wants to say.
#[derive(Clone, Debug)]
pub(crate) struct Saying {
    pub(crate) key: KeyName,
    pub(crate) record: RecordId,
    pub(crate) kind: &'static str,
    pub(crate) version: u64,
    pub(crate) issued: Moment,
    pub(crate) said: Said,
}

#[derive(Debug)]
pub(crate) struct Mint {
    network: NetworkName,
    keys: BTreeMap<KeyName, Arc<SecretKey>>,
    opened: BTreeMap<Arc<[u8]>, Option<Statement>>,
    known: BTreeMap<StatementId, Statement>,
    used: BTreeSet<(HeadKey, u64, u64)>,
}

impl Mint {
    pub(crate) fn new() -> Mint {
        Mint {
            network: network(),
            keys: BTreeMap::new(),
            opened: BTreeMap::new(),
            known: BTreeMap::new(),
            used: BTreeSet::new(),
        }
    }

    fn key(&mut self, name: &KeyName) -> Arc<SecretKey> {
        let draw = || {
            let parts = [name.name.as_str().as_bytes(), &name.epoch.to_be_bytes(), &[u8::from(name.other)]];
            Arc::new(SecretKey::from_seed(sha256(&parts)))
        };
        self.keys.entry(name.clone()).or_insert_with(draw).clone()
    }

    pub(crate) fn public(&mut self, name: &KeyName) -> PublicKey {
        self.key(name).public()
    }

    /// Two anchors, and the quota.
    pub(crate) fn document(&mut self, publisher_records_max: u64) -> Document {
        let mut anchor = |label: &str| {
            let key = KeyName { name: label.parse().unwrap(), epoch: 1, other: false };
            (label.to_owned(), Anchor { name: label.to_uppercase(), keys: vec![self.public(&key)] })
        };
        Document {
            network: network(),
            anchors: BTreeMap::from([anchor("th"), anchor("sh")]),
            publisher_records_max,
        }
    }

    /// Signs, whether that is right or not.
    pub(crate) fn seal(&mut self, saying: Saying) -> Statement {
        let key = self.key(&saying.key);
        let content = Content {
            publisher: saying.key.name,
            record: saying.record,
            kind: saying.kind.parse().unwrap(),
            schema: 1,
            epoch: saying.key.epoch,
            version: saying.version,
            issued: saying.issued,
            said: saying.said,
        };
        let statement = Statement::seal(&content, &key, &self.network).unwrap();
        self.remember(&statement);
        statement
    }

    /// A statement that was sealed here or in an earlier run.
    pub(crate) fn remember(&mut self, statement: &Statement) {
        let content = statement.content();
        self.used.insert((HeadKey::of(content), content.epoch, content.version));
        self.opened.insert(statement.bytes().clone(), Some(statement.clone()));
        self.known.insert(statement.id(), statement.clone());
    }

    /// The lowest version from this one on that was never signed.
    pub(crate) fn fresh(&mut self, key: &HeadKey, epoch: u64, mut version: u64) -> u64 {
        while self.used.contains(&(key.clone(), epoch, version)) {
            version += 1;
        }
        version
    }

    /// What the bytes say; each is judged once.
    pub(crate) fn open(&mut self, bytes: &[u8]) -> Option<Statement> {
        if let Some(opened) = self.opened.get(bytes) {
            return opened.clone();
        }
        let opened = Statement::open(bytes, &self.network).ok();
        self.opened.insert(bytes.into(), opened.clone());
        if let Some(statement) = &opened {
            self.known.insert(statement.id(), statement.clone());
        }
        opened
    }

    /// When the newest of all statements was issued, by the clock of who signed it.
    pub(crate) fn newest(&self) -> Option<Moment> {
        self.known.values().map(|statement| statement.content().issued).max()
    }

    /// A statement that was signed or received in this run.
    pub(crate) fn known(&self, id: &StatementId) -> &Statement {
        &self.known[id]
    }
}

/// A short body.
pub(crate) fn body(title: &str) -> Said {
    Said::Body(Map::from([("title".to_owned(), title.into())]))
}

/// The attestation of a subject with these keys.
pub(crate) fn attestation(
    subject: &Name,
    epoch: u64,
    floor: u64,
    may_attest: bool,
    keys: Vec<PublicKey>,
) -> Attestation {
    Attestation {
        subject: subject.clone(),
        name: format!("Stadt {subject}"),
        org_type: "municipality".to_owned(),
        ars: None,
        keys,
        epoch,
        floor,
        may_attest,
        not_before: beginning().minus(100_000),
        not_after: None,
    }
}
