//! The name by which a node is known on the network.

use std::fmt;
use std::str::FromStr;

use libp2p::PeerId;

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
