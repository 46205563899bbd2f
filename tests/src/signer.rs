//! A publisher in the test's own hands: it signs what no honest node would sign for it.

use crate::daemon::Daemon;
use crate::daemon::DaemonError;
use record::attestation::Attestation;
use record::attestation::KIND;
use record::envelope::Statement;
use record::key::SecretKey;
use record::moment::Moment;
use record::name::Name;
use record::name::NetworkName;
use record::statement::Content;
use record::statement::RecordId;
use record::statement::Said;
use record::value::Map;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

/// How far back attestations made here begin, in seconds.
const BEGUN_SECONDS: u64 = 3_600;

/// A name, a key, and the network that both belong to.
#[derive(Debug)]
pub struct Signer {
    name: Name,
    key: SecretKey,
    network: NetworkName,
}

/// The clock of this machine.
pub fn now() -> Moment {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Moment::from_seconds(seconds).expect("the year 9999 is far")
}

impl Signer {
    /// A publisher whose key comes of a seed that is this byte 32 times.
    pub fn new(name: &str, seed: u8, network: &str) -> Signer {
        let name = name.parse().expect("tests name publishers as they should");
        let network = network.parse().expect("tests name networks as they should");
        Signer { name, key: SecretKey::from_seed([seed; 32]), network }
    }

    /// The publisher of a node, with the key from its folder.
    pub fn of(node: &Daemon, name: &str, network: &str) -> Result<Signer, DaemonError> {
        let unread = |error: &dyn std::fmt::Display| DaemonError::new(format!("{name}'s key: {error}"));
        let pem = std::fs::read_to_string(node.folder().join("key.pem")).map_err(|error| unread(&error))?;
        let key = SecretKey::from_pem(&pem).map_err(|error| unread(&error))?;
        Ok(Signer { key, ..Signer::new(name, 0, network) })
    }

    /// What this publisher says in a record, to be changed before it is sealed: epoch 1, version 1, now.
    pub fn content(&self, record: u8) -> Content {
        Content {
            publisher: self.name.clone(),
            record: RecordId::v7(1_793_606_400_000, [record; 10]),
            kind: "note".parse().expect("it is a code"),
            schema: 1,
            epoch: 1,
            version: 1,
            issued: now(),
            said: Said::Body(Map::from([("title".to_owned(), format!("Notiz {record}").as_str().into())])),
        }
    }

    /// Signs a content.
    pub fn seal(&self, content: &Content) -> Vec<u8> {
        let sealed = Statement::seal(content, &self.key, &self.network);
        sealed.expect("tests seal what has a form").bytes().to_vec()
    }

    /// The attestation that a Land makes for this publisher in this epoch, to be changed before it is signed.
    pub fn attestation(&self, epoch: u64) -> Attestation {
        Attestation {
            subject: self.name.clone(),
            name: self.name.to_string(),
            org_type: "municipality".to_owned(),
            ars: None,
            keys: vec![self.key.public()],
            epoch,
            floor: 1,
            may_attest: false,
            not_before: now().minus(BEGUN_SECONDS),
            not_after: None,
        }
    }

    /// The content by which this publisher vouches, to be changed before it is sealed.
    pub fn vouching(&self, attestation: &Attestation) -> Content {
        Content {
            record: Attestation::record_id(&attestation.subject, attestation.epoch),
            kind: KIND.parse().expect("it is a code"),
            said: Said::Body(attestation.to_body()),
            ..self.content(0)
        }
    }

    /// Vouches.
    pub fn vouch(&self, attestation: &Attestation) -> Vec<u8> {
        self.seal(&self.vouching(attestation))
    }
}
