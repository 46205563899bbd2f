//! How the node in memory is doing, and what it erases and takes in.

use crate::town::NOW;
use crate::town::Town;
use crate::town::clock;
use crate::town::name;
use crate::town::published;
use crate::town::refused;
use record::envelope::Statement;
use record::moment::Moment;
use record::name::Name;
use record::statement::RecordId;
use std::collections::BTreeMap;
use web::port::Admitted;
use web::port::Bucket;
use web::port::Erased;
use web::port::Erasing;
use web::port::Erasure;
use web::port::Peer;
use web::port::PortError;
use web::port::Status;
use web::port::Storage;

impl Town {
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
            indexed: held.feed.len().saturating_sub(2) as u64,
            held: 2,
            peers,
            refused: [("signature".to_owned(), 3), ("not-attested".to_owned(), 1)].into(),
            bans: held.bans.clone(),
            equivocations: Vec::new(),
            erasures: held.erasures.values().cloned().collect(),
            storage: Storage { free_bytes: 1 << 30, own_records: (3, 20_000), ..Storage::default() },
            started: Moment::from_seconds(NOW - 7_200).unwrap(),
        }
    }

    pub(crate) fn erase_now(
        &self,
        publisher: Name,
        record: RecordId,
        wish: Erasing,
    ) -> Result<Erased, PortError> {
        let mut held = self.held();
        let key = (publisher.clone(), record);
        let gone = held.heads.remove(&key).ok_or_else(|| refused("no-record", "unbekannt"))?;
        let reason = wish.reason;
        let erasure = Erasure { publisher, record, reason, at: clock(), kept_out: true, head: None };
        held.erasures.insert(key, erasure);
        let withdrawn = wish.only_here.then(|| published(&gone, true));
        Ok(Erased { withdrawn, kept_out: true, gone: true })
    }

    pub(crate) fn admit_now(&self, statements: &[Vec<u8>]) -> Result<Admitted, PortError> {
        let mut admitted = Admitted::default();
        for bytes in statements {
            let counted = match Statement::open(bytes, &self.network) {
                Ok(statement) => self.keep(statement).map(|_| &mut admitted.admitted)?,
                Err(error) => admitted.refused.entry(error.code().to_owned()).or_default(),
            };
            *counted += 1;
        }
        Ok(admitted)
    }
}
