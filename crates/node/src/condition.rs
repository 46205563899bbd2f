//! How the node is doing, as its page about the network and `status` tell it.

use crate::bans::Bans;
use crate::keeper::now;
use crate::office::Office;
use replica::order::Bucket;
use std::collections::BTreeMap;
use web::port::Ban;
use web::port::Peer;
use web::port::Status;

impl Office {
    async fn peers(&self) -> Vec<Peer> {
        let Some((network, known)) = &self.network else { return Vec::new() };
        let connected = network.peers().await;
        let mut peers: Vec<Peer> = connected
            .into_iter()
            .map(|peer| {
                let acquaintance = known.of(peer.name);
                Peer {
                    peer_id: peer.name.to_string(),
                    address: peer.addresses.first().cloned().unwrap_or_default(),
                    role: peer.role.map_or("unknown", |role| role.as_str()).to_owned(),
                    connected: true,
                    agreed: acquaintance.agreed,
                    lag: acquaintance.lag,
                    round_trip_ms: peer.round_trip.and_then(|time| u64::try_from(time.as_millis()).ok()),
                }
            })
            .collect();
        for address in &self.configured {
            let (place, id) = address.split_once("/p2p/").unwrap_or((address, ""));
            if !peers.iter().any(|peer| peer.address.starts_with(place) || peer.peer_id == id) {
                peers.push(Peer {
                    peer_id: id.to_owned(),
                    address: address.clone(),
                    role: "unknown".to_owned(),
                    connected: false,
                    agreed: id.parse().ok().and_then(|id| known.of(id).agreed),
                    lag: 0,
                    round_trip_ms: None,
                });
            }
        }
        peers
    }

    pub(crate) async fn look(&self) -> Status {
        let standing = self.standing.borrow().clone();
        let own = self.publisher.name();
        let peers = self.peers().await;
        let view = &standing.view;
        let bucket = |bucket: Bucket| {
            let summary = view.summary(bucket);
            let fingerprint = summary.fingerprint().to_string();
            (bucket.as_str().to_owned(), web::port::Bucket { count: summary.count(), fingerprint })
        };
        Status {
            network: self.network_name.to_string(),
            publisher: own.clone(),
            role: self.node.role.as_str().to_owned(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            epoch: self.publisher.epoch(&standing.trust, now()),
            peer_id: self
                .network
                .as_ref()
                .map_or_else(String::new, |(network, _)| network.peer_id().to_string()),
            listen: self.network.as_ref().map_or_else(Vec::new, |(network, _)| network.listen()),
            heads: view.buckets().map(|bucket| view.summary(bucket).count()).sum(),
            trust_root: view.trust_root().to_string(),
            buckets: view
                .buckets()
                .filter(|bucket| !bucket.is_trust())
                .map(bucket)
                .collect::<BTreeMap<_, _>>(),
            change: standing.change,
            indexed: self.catalogue.checkpoint().min(standing.change),
            held: standing.waiting as u64,
            peers,
            refused: self.counters.all(),
            bans: Bans::of(&self.folder)
                .read()
                .into_iter()
                .map(|(peer, reason)| Ban { peer_id: peer.to_string(), reason })
                .collect(),
            equivocations: self
                .counters
                .equivocations()
                .into_iter()
                .map(|found| web::port::Equivocation {
                    publisher: found.publisher,
                    record: found.record,
                    one: found.one,
                    other: found.other,
                })
                .collect(),
            erasures: self.erasures(&standing),
            storage: self.storage(&standing),
            started: self.started,
        }
    }
}
