//! How the town in memory is doing.

use crate::town::NOW;
use crate::town::Town;
use crate::town::clock;
use crate::town::name;
use record::moment::Moment;
use std::collections::BTreeMap;
use web::port::Bucket;
use web::port::Peer;
use web::port::Status;

impl Town {
    pub(super) fn status_now(&self) -> Status {
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
