//! Who is at the other end of a connection.

use std::time::Duration;
use std::time::SystemTime;

use crate::peer::PeerName;
use crate::settings::Role;

/// Who dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The peer dialled us.
    Inbound,
    /// We dialled the peer.
    Outbound,
}

/// A node that is connected.
#[derive(Clone, Debug, PartialEq)]
pub struct Peer {
    /// Its name.
    pub name: PeerName,
    /// The far ends of its connections, as multiaddresses.
    pub addresses: Vec<String>,
    /// What it calls its software, shortened and cleaned; none until it has introduced itself.
    pub agent: Option<String>,
    /// Its role, if its agent version tells one. It is the peer's word, not a proof.
    pub role: Option<Role>,
    /// Whether it has introduced itself as a member of this network.
    pub member: bool,
    /// Who dialled the oldest connection.
    pub direction: Direction,
    /// When the oldest connection was made.
    pub connected_since: SystemTime,
    /// The last measured round trip.
    pub round_trip: Option<Duration>,
    /// What gossip thinks of it: below zero it misbehaved.
    pub score: Option<f64>,
    /// Its messages that were ignored since they were more than the rate allows, now and when it was
    /// connected before, as far as that is remembered.
    pub over_rate: u64,
    /// Its messages that were judged invalid, counted likewise.
    pub rejected: u64,
}
