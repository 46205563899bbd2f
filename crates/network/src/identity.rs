//! The key by which a node is recognised on the network; it signs no record.

use std::fmt;

use libp2p::identity::Keypair;

use crate::peer::PeerName;

/// The Ed25519 key of a node. Peers know it by the name that [`PeerKey::peer_id`] gives.
#[derive(Clone)]
pub struct PeerKey(Keypair);

impl PeerKey {
    /// The key that grows from 32 secret bytes (RFC 8032, section 5.1.5).
    pub fn from_seed(seed: [u8; 32]) -> PeerKey {
        PeerKey(Keypair::ed25519_from_bytes(seed).expect("any 32 bytes are the seed of an Ed25519 key"))
    }

    /// The name under which peers know this key.
    pub fn peer_id(&self) -> PeerName {
        PeerName::from(self.0.public().to_peer_id())
    }

    pub(crate) fn keypair(&self) -> &Keypair {
        &self.0
    }
}

impl fmt::Debug for PeerKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PeerKey of {}", self.peer_id())
    }
}

#[cfg(test)]
mod tests {
    use crate::identity::PeerKey;

    #[test]
    fn a_seed_always_gives_the_same_name_and_never_shows_itself() {
        let key = PeerKey::from_seed([7; 32]);
        assert_eq!(key.peer_id(), PeerKey::from_seed([7; 32]).peer_id());
        assert_ne!(key.peer_id(), PeerKey::from_seed([8; 32]).peer_id());
        assert_eq!(format!("{key:?}"), format!("PeerKey of {}", key.peer_id()));
    }
}
