//! Towns that sign statements, for the stories in these tests.
#![allow(clippy::unwrap_used, reason = "test support that lies outside a #[test] function")]

use record::attestation::Attestation;
use record::document::Anchor;
use record::document::Document;
use record::envelope::Statement;
use record::key::SecretKey;
use record::moment::Moment;
use record::name::Name;
use record::name::NetworkName;
use record::statement::Content;
use record::statement::RecordId;
use record::statement::Said;
use record::value::Map;
use replica::admit::Replica;
use replica::memory::MemoryKeeper;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Clone)]
pub(crate) struct Town {
    pub(crate) name: Name,
    key: Arc<SecretKey>,
    epoch: u64,
    issued: Moment,
    title: String,
}

pub(crate) fn now() -> Moment {
    Moment::from_seconds(1_793_606_400).unwrap()
}

pub(crate) fn network() -> NetworkName {
    "allmende-test".parse().unwrap()
}

impl Town {
    pub(crate) fn of(name: &str) -> Town {
        let seed = record::statement::sha256(&[name.as_bytes()]);
        Town {
            name: name.parse().unwrap(),
            key: Arc::new(SecretKey::from_seed(seed)),
            epoch: 1,
            issued: now().minus(60),
            title: "Mängelmelder".to_owned(),
        }
    }

    pub(crate) fn key(self, seed: u8) -> Town {
        Town { key: Arc::new(SecretKey::from_seed([seed; 32])), ..self }
    }

    #[allow(dead_code, reason = "each test file takes what it needs")]
    pub(crate) fn public(&self) -> record::key::PublicKey {
        self.key.public()
    }

    pub(crate) fn epoch(self, epoch: u64) -> Town {
        Town { epoch, ..self }
    }

    pub(crate) fn at(&self, issued: Moment) -> Town {
        Town { issued, ..self.clone() }
    }

    pub(crate) fn titled(&self, title: &str) -> Town {
        Town { title: title.to_owned(), ..self.clone() }
    }

    pub(crate) fn says(&self, record: u8, version: u64) -> Statement {
        let body = Map::from([("title".to_owned(), self.title.as_str().into())]);
        self.seals("measure", RecordId::from_bytes([record; 16]), version, body)
    }

    /// A record whose id follows from a number, for many of them.
    #[allow(dead_code, reason = "each test file takes what it needs")]
    pub(crate) fn records(&self, number: u32, version: u64) -> Statement {
        let record = RecordId::derived(&[&number.to_be_bytes()]);
        let body = Map::from([("title".to_owned(), self.title.as_str().into())]);
        self.seals("measure", record, version, body)
    }

    fn seals(&self, kind: &str, record: RecordId, version: u64, body: Map) -> Statement {
        let content = Content {
            publisher: self.name.clone(),
            record,
            kind: kind.parse().unwrap(),
            schema: 1,
            epoch: self.epoch,
            version,
            issued: self.issued,
            said: Said::Body(body),
        };
        Statement::seal(&content, &self.key, &network()).unwrap()
    }
}

/// What `attester` says of `subject` with its key and epoch; `change` alters it before it is signed.
pub(crate) fn attest(attester: &Town, subject: &Town, change: impl FnOnce(&mut Attestation)) -> Statement {
    attest_in(attester, subject, 1, change)
}

#[allow(dead_code, reason = "each test file takes what it needs")]
/// The second version of such an attestation.
pub(crate) fn attest_again(attester: &Town, subject: &Town) -> Statement {
    attest_in(attester, subject, 2, |_| {})
}

fn attest_in(
    attester: &Town,
    subject: &Town,
    version: u64,
    change: impl FnOnce(&mut Attestation),
) -> Statement {
    let mut attestation = Attestation {
        subject: subject.name.clone(),
        name: format!("Stadt {}", subject.name),
        org_type: "municipality".to_owned(),
        ars: None,
        keys: vec![subject.key.public()],
        epoch: subject.epoch,
        floor: 1,
        may_attest: true,
        not_before: now().minus(100_000),
        not_after: None,
    };
    change(&mut attestation);
    let record = Attestation::record_id(&attestation.subject, attestation.epoch);
    attester.seals("attestation", record, version, attestation.to_body())
}

pub(crate) fn document(publisher_records_max: u64) -> Document {
    let anchor = |label: &str| {
        let keys = vec![Town::of(label).key.public()];
        (label.to_owned(), Anchor { name: label.to_uppercase(), keys })
    };
    Document {
        network: network(),
        anchors: BTreeMap::from([anchor("th"), anchor("sh")]),
        publisher_records_max,
    }
}

pub(crate) fn replica() -> Replica<MemoryKeeper> {
    Replica::open(document(1_000), MemoryKeeper::default()).unwrap()
}

/// A year of two Länder: everything that can happen to keys and versions, in the order it happened.
#[allow(dead_code, reason = "each test file takes what it needs")]
pub(crate) fn chronicle() -> Vec<Statement> {
    let (th, sh) = (Town::of("th"), Town::of("sh"));
    let (jena, shk, dornburg) = (Town::of("th.jena"), Town::of("th.shk"), Town::of("th.shk.dornburg"));
    let (kiel, thief) = (Town::of("sh.kiel"), Town::of("sh.kiel").key(66));
    let jena_later = jena.clone().epoch(2).key(9);
    let kiel_again = kiel.clone().epoch(2).key(8);
    let th_later = th.clone().epoch(2).key(7);
    let mut all = vec![
        attest(&th, &jena, |_| {}),
        attest(&th, &shk, |_| {}),
        attest(&shk, &dornburg, |_| {}),
        attest(&sh, &kiel, |_| {}),
        thief.says(1, 1),
    ];
    for record in 1..=4 {
        all.extend([&jena, &dornburg, &kiel].map(|town| town.says(record, u64::from(record))));
        all.push(jena.says(record, 9));
    }
    all.push(attest(&th, &jena_later, |_| {}));
    all.push(jena_later.says(2, 1));
    all.push(attest(&sh, &kiel_again, |a| a.floor = 2));
    all.push(kiel_again.says(3, 1));
    all.push(kiel.says(3, u64::MAX));
    all.push(attest(&th, &th_later, |_| {}));
    all.push(th_later.says(1, 1));
    // The anchor says its second epoch anew, with another key: what the first one signed falls.
    let th_again = th.clone().epoch(2).key(6);
    all.push(attest_again(&th, &th_again));
    all.push(th_again.says(2, 1));
    all.push(attest(&th_later, &Town::of("th.weimar"), |_| {}));
    all.push(attest(&th_again, &Town::of("th.gera"), |_| {}));
    all.push(Town::of("th.weimar").says(1, 1));
    all.push(Town::of("th.gera").says(1, 1));
    all.push(jena.titled("zweimal").says(4, 9));
    all.push(jena.at(now().plus(10_000)).says(1, 10));
    all
}
