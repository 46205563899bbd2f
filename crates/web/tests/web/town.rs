//! A node in memory behind the pages: real statements, the real catalogue, no network and no disk.

use crate::papers::Papers;
use catalogue::change::Change as Fed;
use catalogue::index::Catalogue;
use catalogue::joined::Joined;
use exchange::draft::Draft;
use record::attestation::Attestation;
use record::document::Anchor;
use record::envelope::Statement;
use record::key::SecretKey;
use record::kind;
use record::kind::Finding;
use record::kind::Grade;
use record::moment::Moment;
use record::name::Name;
use record::name::NetworkName;
use record::statement::Content;
use record::statement::RecordId;
use record::statement::Said;
use record::value::Map;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use tokio::sync::watch;
use web::port::Ban;
use web::port::Bucket;
use web::port::Change;
use web::port::Editor;
use web::port::Kept;
use web::port::Peer;
use web::port::PortError;
use web::port::Published;
use web::port::Publisher;
use web::port::Status;
use web::port::Voucher;

/// 2 November 2026, 08:00 UTC: what all clocks of these tests say.
pub(crate) const NOW: u64 = 1_793_606_400;
/// The token that may write.
pub(crate) const TOKEN: &str = "geheim-fuer-die-probe";

/// The time of these tests.
pub(crate) fn clock() -> Moment {
    Moment::from_seconds(NOW).unwrap()
}

/// A node of the city of Jena.
pub(crate) struct Town {
    pub(crate) network: NetworkName,
    pub(crate) anchor: Anchor,
    pub(crate) keys: BTreeMap<Name, SecretKey>,
    pub(crate) catalogue: Catalogue,
    pub(crate) joined: Joined,
    pub(crate) papers: Arc<Papers>,
    /// Tokens besides the one that is always there.
    pub(crate) tokens: Mutex<BTreeMap<String, Editor>>,
    pub(crate) held: Mutex<Held>,
    /// The length of the feed; whoever waits for changes is woken by it.
    pub(crate) newest: watch::Sender<u64>,
    /// What `/readyz` says; ready when empty.
    pub(crate) opening: String,
}

#[derive(Default)]
pub(crate) struct Held {
    pub(crate) heads: BTreeMap<(Name, RecordId), Kept>,
    pub(crate) attested: BTreeMap<Name, Vec<(Kept, Attestation)>>,
    pub(crate) feed: Vec<Change>,
    pub(crate) peers: Vec<String>,
    pub(crate) bans: Vec<Ban>,
    pub(crate) dice: u8,
}

pub(crate) fn refused(code: &str, sentence: &str) -> PortError {
    let (de, en) = (format!("Abgelehnt: {sentence}"), format!("Refused: {sentence}"));
    PortError::Refused { code: code.to_owned(), de, en, findings: Vec::new() }
}

impl Town {
    /// A network with the anchors Thüringen and Schleswig-Holstein, and four attested municipalities.
    pub(crate) fn new() -> Town {
        let names = ["th", "sh", "th.jena", "th.shk", "th.shk.dornburg", "sh.kiel"];
        let keys: BTreeMap<Name, SecretKey> = (1..)
            .zip(names)
            .map(|(seed, name)| (name.parse().unwrap(), SecretKey::from_seed([seed; 32])))
            .collect();
        let anchor =
            Anchor { name: "Freistaat Thüringen".to_owned(), keys: vec![keys[&name("th")].public()] };
        let town = Town {
            network: "allmende-probe".parse().unwrap(),
            anchor,
            keys,
            catalogue: Catalogue::in_memory(),
            joined: Joined::new(),
            papers: Arc::default(),
            tokens: Mutex::default(),
            held: Mutex::default(),
            newest: watch::Sender::new(0),
            opening: String::new(),
        };
        town.vouch("th", "th.jena", "Stadt Jena", "municipality", Some("160530000000"));
        town.vouch("th", "th.shk", "Saale-Holzland-Kreis", "district", Some("16074"));
        town.vouch(
            "th.shk",
            "th.shk.dornburg",
            "Stadt Dornburg-Camburg",
            "municipality",
            Some("160745012116"),
        );
        town.vouch("sh", "sh.kiel", "Landeshauptstadt Kiel", "municipality", Some("010020000000"));
        town
    }

    pub(crate) fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap()
    }

    pub(crate) fn vouch(
        &self,
        attester: &str,
        subject: &str,
        display: &str,
        org_type: &str,
        ars: Option<&str>,
    ) {
        let subject = name(subject);
        let attestation = Attestation {
            subject: subject.clone(),
            name: display.to_owned(),
            org_type: org_type.to_owned(),
            ars: ars.map(|ars| ars.parse().unwrap()),
            keys: vec![self.keys[&subject].public()],
            epoch: 1,
            floor: 1,
            may_attest: org_type == "district",
            not_before: Moment::from_seconds(NOW - 86_400 * 40).unwrap(),
            not_after: None,
        };
        let record = Attestation::record_id(&subject, 1);
        let body = attestation.to_body();
        let statement = self.sealed(attester, record, "attestation", 1, NOW - 86_400 * 40, Said::Body(body));
        let kept = self.keep(statement).unwrap();
        self.held().attested.entry(subject).or_default().push((kept, attestation));
    }

    /// Signs a statement of a publisher of this network.
    pub(crate) fn sealed(
        &self,
        publisher: &str,
        record: RecordId,
        kind: &str,
        version: u64,
        issued: u64,
        said: Said,
    ) -> Statement {
        let content = Content {
            publisher: name(publisher),
            record,
            kind: kind.parse().unwrap(),
            schema: 1,
            epoch: 1,
            version,
            issued: Moment::from_seconds(issued).unwrap(),
            said,
        };
        Statement::seal(&content, &self.keys[&content.publisher], &self.network).unwrap()
    }

    /// Says something about a record, signed by a publisher of this network.
    pub(crate) fn say(&self, publisher: &str, number: u8, kind: &str, body: serde_json::Value) -> RecordId {
        let serde_json::Value::Object(body) = body else { panic!("a body is an object") };
        let body = record::json::to_map(body).unwrap();
        let record = RecordId::v7(NOW * 1_000, [number; 10]);
        let issued = NOW - 3_600 * u64::from(number);
        self.keep(self.sealed(publisher, record, kind, 1, issued, Said::Body(body))).unwrap();
        record
    }

    /// Keeps a statement and feeds the catalogue.
    pub(crate) fn keep(&self, statement: Statement) -> Result<Kept, PortError> {
        let content = statement.content().clone();
        let voucher =
            self.voucher(&content.publisher).ok_or_else(|| refused("not-attested", "kein Schlüssel"))?;
        if !voucher.keys.contains(&statement.key()) {
            return Err(refused("not-attested", "fremder Schlüssel"));
        }
        let mut held = self.held();
        let change = held.feed.len() as u64 + 1;
        let kept = Kept { statement: Arc::new(statement), change, voucher };
        held.heads.insert((content.publisher, content.record), kept.clone());
        held.feed.push(Change::Stands(kept.clone()));
        self.newest.send_replace(change);
        drop(held);
        let fed = [Fed::Stands(Arc::new(kept.statement.content().clone()))];
        self.joined.apply(&fed, change);
        self.catalogue.apply(&fed, change).unwrap();
        Ok(kept)
    }

    pub(crate) fn voucher(&self, publisher: &Name) -> Option<Voucher> {
        if publisher.depth() == 1 {
            let display_name =
                if publisher.as_str() == "th" { &self.anchor.name } else { "Land Schleswig-Holstein" };
            return Some(Voucher {
                subject: publisher.clone(),
                display_name: display_name.to_owned(),
                org_type: "state-body".to_owned(),
                ars: None,
                epoch: 1,
                keys: vec![self.keys[publisher].public()],
                may_attest: true,
                not_before: Moment::from_seconds(0).unwrap(),
                not_after: None,
                attester: None,
                attester_name: None,
                statement: None,
            });
        }
        let (kept, attestation) = self.held().attested.get(publisher)?.last()?.clone();
        Some(self.vouched(&kept, attestation))
    }

    pub(crate) fn vouched(&self, kept: &Kept, attestation: Attestation) -> Voucher {
        let attester = kept.statement.content().publisher.clone();
        Voucher {
            subject: attestation.subject,
            display_name: attestation.name,
            org_type: attestation.org_type,
            ars: attestation.ars.map(|ars| ars.to_string()),
            epoch: attestation.epoch,
            keys: attestation.keys,
            may_attest: attestation.may_attest,
            not_before: attestation.not_before,
            not_after: attestation.not_after,
            attester_name: self.voucher(&attester).map(|voucher| voucher.display_name),
            attester: Some(attester),
            statement: Some(kept.statement.id()),
        }
    }

    pub(crate) fn publisher_now(&self, name: &Name) -> Option<Publisher> {
        let voucher = self.keys.contains_key(name).then(|| self.voucher(name)).flatten()?;
        let attested = self.held().attested.get(name).cloned().unwrap_or_default();
        let floor = attested.iter().map(|(_, attestation)| attestation.floor).max().unwrap_or(1);
        let mut epochs: Vec<_> =
            attested.into_iter().map(|(kept, attestation)| self.vouched(&kept, attestation)).collect();
        if epochs.is_empty() {
            epochs.push(voucher.clone());
        }
        let held = self.held();
        let own = held.heads.values().map(|kept| kept.statement.content());
        let records = own.filter(|content| content.publisher == *name && !content.is_retracted()).count();
        Some(Publisher {
            name: name.clone(),
            display_name: voucher.display_name,
            floor,
            epochs,
            records: records as u64,
        })
    }

    pub(crate) fn findings(&self, draft: &Draft) -> Result<(Map, Vec<Finding>), PortError> {
        let kind = kind::kind(draft.kind.as_str()).ok_or_else(|| refused("kind", "unbekannte Art"))?;
        let body = kind::normalise(kind, draft.body.clone());
        let findings = kind::check(kind, &body, clock().day());
        Ok((body, findings))
    }

    pub(crate) fn publish_now(&self, draft: Draft, expected: Option<u64>) -> Result<Published, PortError> {
        let (body, findings) = self.findings(&draft)?;
        if findings.iter().any(|finding| finding.grade == Grade::Error) {
            let PortError::Refused { code, de, en, .. } = refused("invalid", "es fehlt etwas") else {
                unreachable!()
            };
            return Err(PortError::Refused { code, de, en, findings });
        }
        let record = draft.record.unwrap_or_else(|| {
            let mut held = self.held();
            held.dice += 1;
            RecordId::v7(NOW * 1_000, [held.dice | 0x80; 10])
        });
        let standing = self.held().heads.get(&(name("th.jena"), record)).cloned();
        let seen = standing.as_ref().map_or(0, |kept| kept.statement.content().version);
        if expected.is_some_and(|expected| expected != seen) {
            return Err(refused("conflict", "inzwischen geändert"));
        }
        if let Some(kept) = standing.filter(|kept| *kept.statement.content().body() == body) {
            return Ok(published(&kept, false));
        }
        let said = Said::Body(body);
        let kept = self.keep(self.sealed("th.jena", record, draft.kind.as_str(), seen + 1, NOW, said))?;
        Ok(published(&kept, true))
    }

    pub(crate) fn status_now(&self) -> Status {
        let held = self.held();
        let mut buckets: BTreeMap<String, Bucket> = BTreeMap::new();
        for (publisher, _) in held.heads.keys() {
            let fresh = Bucket { count: 0, fingerprint: "5f".repeat(32) };
            buckets.entry(publisher.land().to_owned()).or_insert(fresh).count += 1;
        }
        let peer = |number: u8, role: &str, connected: bool| Peer {
            peer_id: if connected { format!("12D3KooWSchleswigHolstein{number:02}") } else { String::new() },
            address: format!("/ip4/192.0.2.{number}/tcp/4480"),
            role: role.to_owned(),
            connected,
            agreed: connected.then(clock),
            lag: u64::from(number),
            round_trip_ms: connected.then_some(12),
        };
        let mut peers = vec![
            peer(1, "relay", true),
            peer(2, "relay", true),
            peer(3, "municipality", true),
            peer(4, "municipality", true),
            peer(5, "unknown", false),
        ];
        peers.extend(
            held.peers.iter().map(|address| Peer { address: address.clone(), ..peer(6, "unknown", false) }),
        );
        Status {
            network: self.network.to_string(),
            publisher: name("th.jena"),
            role: "municipality".to_owned(),
            program: "0.1.0".to_owned(),
            epoch: Some(1),
            peer_id: "12D3KooWJenaJenaJenaJenaJena".to_owned(),
            listen: vec!["/ip4/127.0.0.1/tcp/4480".to_owned()],
            heads: held.heads.len() as u64,
            trust_root: "a1".repeat(32),
            buckets,
            change: held.feed.len() as u64,
            held: 2,
            peers,
            refused: [("signature".to_owned(), 3), ("not-attested".to_owned(), 1)].into(),
            bans: held.bans.clone(),
            equivocations: Vec::new(),
            started: Moment::from_seconds(NOW - 7_200).unwrap(),
        }
    }
}

/// A publisher's name.
pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(crate) fn published(kept: &Kept, changed: bool) -> Published {
    let content = kept.statement.content();
    Published {
        publisher: content.publisher.clone(),
        record: content.record,
        version: content.version,
        id: kept.statement.id(),
        changed,
    }
}
