//! Who is at the other end of a connection.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;
use std::time::SystemTime;

use libp2p::PeerId;

use crate::settings::Role;

/// The name of a node on the network: the hash of its key, written `12D3KooW...`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerName(PeerId);

impl PeerName {
    pub(crate) fn id(self) -> PeerId {
        self.0
    }
}

impl From<PeerId> for PeerName {
    fn from(id: PeerId) -> PeerName {
        PeerName(id)
    }
}

impl fmt::Display for PeerName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for PeerName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Why a text is not the name of a node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not the id of a node; it should read like 12D3KooW... as `allmende status` prints it")]
pub struct PeerNameError(String);

impl FromStr for PeerName {
    type Err = PeerNameError;

    fn from_str(text: &str) -> Result<PeerName, PeerNameError> {
        text.parse().map(PeerName).map_err(|_| PeerNameError(text.to_owned()))
    }
}

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
}

#[cfg(test)]
mod tests {
    use libp2p::PeerId;

    use crate::peer::PeerName;

    #[test]
    fn a_name_reads_back_as_it_is_written() {
        let name = PeerName::from(PeerId::random());
        assert_eq!(name.to_string().parse(), Ok(name));
        let refused = "jena".parse::<PeerName>();
        assert!(refused.is_err_and(|error| error.to_string().contains("\"jena\" is not the id of a node")));
    }
}
