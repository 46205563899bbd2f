//! The shapes of how a node is doing.

use crate::api::erasures::ErasureShape;
use crate::port::Bucket;
use crate::port::Equivocation;
use crate::port::Peer;
use crate::port::Status;
use crate::port::Storage;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How the node is doing. Equal `trust_root` and bucket fingerprints of two nodes mean equal heads.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Status)]
pub(crate) struct StatusShape {
    network: String,
    publisher: String,
    /// `municipality` or `relay`.
    role: String,
    /// The version of the program.
    program: String,
    /// Whether this node's publisher is attested, so that it can publish.
    attested: bool,
    /// The epoch of its keys in which this node signs.
    epoch: Option<u64>,
    peer_id: String,
    listen: Vec<String>,
    /// Standing statements, attestations included.
    heads: u64,
    /// The fingerprint of the attestations.
    trust_root: String,
    /// By first label.
    buckets: BTreeMap<String, BucketShape>,
    /// The number of the newest change.
    change: u64,
    /// The number of the newest change that search knows. It is behind `change` while much comes in at once.
    indexed: u64,
    /// Statements waiting for an attestation or for their hour.
    held: u64,
    peers: Vec<PeerShape>,
    /// Refusals since the start, by reason code.
    refused: BTreeMap<String, u64>,
    /// Peers that are kept away.
    bans: Vec<BanShape>,
    /// Publishers that signed two statements with the same version, since the start.
    equivocations: Vec<EquivocationShape>,
    /// What was erased here, by record.
    erasures: Vec<ErasureShape>,
    storage: StorageShape,
    started: String,
}

/// A peer that is kept away.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Ban)]
pub(crate) struct BanShape {
    #[schema(example = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN")]
    pub(crate) peer_id: String,
    /// Why, in words.
    pub(crate) reason: String,
}

/// Two statements of one publisher about one record with the same version.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Equivocation)]
pub(crate) struct EquivocationShape {
    publisher: String,
    record: String,
    one: String,
    other: String,
}

impl EquivocationShape {
    fn of(equivocation: &Equivocation) -> EquivocationShape {
        EquivocationShape {
            publisher: equivocation.publisher.to_string(),
            record: equivocation.record.to_string(),
            one: equivocation.one.to_string(),
            other: equivocation.other.to_string(),
        }
    }
}

/// The node's disk.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Storage)]
pub(crate) struct StorageShape {
    /// Bytes of the database.
    bytes: u64,
    /// Bytes that are free on the disk.
    free_bytes: u64,
    /// Whether the disk is so full that nothing new is taken; reading goes on.
    full: bool,
    /// What was mended when the node started, in words.
    mended: Vec<String>,
    /// Databases that were damaged and set aside.
    set_aside: u64,
    /// Why what was to leave the disk did not, if that failed last.
    trouble: Option<String>,
    /// Records of this publisher, retracted ones included.
    own_records: u64,
    /// How many the network allows.
    own_records_max: u64,
}

impl StorageShape {
    fn of(storage: &Storage) -> StorageShape {
        StorageShape {
            bytes: storage.bytes,
            free_bytes: storage.free_bytes,
            full: storage.full,
            mended: storage.mended.clone(),
            set_aside: storage.set_aside,
            trouble: storage.trouble.clone(),
            own_records: storage.own_records.0,
            own_records_max: storage.own_records.1,
        }
    }
}

/// Count and fingerprint of one bucket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Bucket)]
pub(crate) struct BucketShape {
    count: u64,
    fingerprint: String,
}

impl BucketShape {
    fn of(bucket: &Bucket) -> BucketShape {
        BucketShape { count: bucket.count, fingerprint: bucket.fingerprint.clone() }
    }
}

/// A peer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Peer)]
pub(crate) struct PeerShape {
    /// Empty while a configured address was never reached.
    peer_id: String,
    address: String,
    /// `municipality`, `relay` or `unknown`.
    role: String,
    connected: bool,
    /// When both last held equal heads, if ever.
    agreed: Option<String>,
    /// How many of its statements were still missing here at the last talk.
    lag: u64,
    /// The last round trip in milliseconds.
    round_trip_ms: Option<u64>,
}

impl PeerShape {
    fn of(peer: &Peer) -> PeerShape {
        PeerShape {
            peer_id: peer.peer_id.clone(),
            address: peer.address.clone(),
            role: peer.role.clone(),
            connected: peer.connected,
            agreed: peer.agreed.map(|moment| moment.to_string()),
            lag: peer.lag,
            round_trip_ms: peer.round_trip_ms,
        }
    }
}

impl StatusShape {
    pub(crate) fn of(status: &Status) -> StatusShape {
        StatusShape {
            network: status.network.clone(),
            publisher: status.publisher.to_string(),
            role: status.role.clone(),
            program: status.program.clone(),
            attested: status.epoch.is_some(),
            epoch: status.epoch,
            peer_id: status.peer_id.clone(),
            listen: status.listen.clone(),
            heads: status.heads,
            trust_root: status.trust_root.clone(),
            buckets: status
                .buckets
                .iter()
                .map(|(label, bucket)| (label.clone(), BucketShape::of(bucket)))
                .collect(),
            change: status.change,
            indexed: status.indexed,
            held: status.held,
            peers: status.peers.iter().map(PeerShape::of).collect(),
            refused: status.refused.clone(),
            bans: status
                .bans
                .iter()
                .map(|ban| BanShape { peer_id: ban.peer_id.clone(), reason: ban.reason.clone() })
                .collect(),
            equivocations: status.equivocations.iter().map(EquivocationShape::of).collect(),
            erasures: status.erasures.iter().map(ErasureShape::of).collect(),
            storage: StorageShape::of(&status.storage),
            started: status.started.to_string(),
        }
    }
}
