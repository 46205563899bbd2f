//! Who is kept away, why, and since when.

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::peer::PeerName;

/// Peers that are banned at a time.
pub(crate) const BANNED_MAX: usize = 4_096;

/// One peer that is kept away: it is neither dialled nor let in, nor are its messages passed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    /// Who.
    pub peer: PeerName,
    /// Why, in words.
    pub reason: String,
    /// When it was banned; for a ban that was kept over a restart, when this node started.
    pub since: SystemTime,
}

/// All bans.
#[derive(Debug, Default)]
pub(crate) struct Bans(BTreeMap<PeerName, Ban>);

impl Bans {
    /// Adds a ban, or gives it a new reason; false if there are too many.
    pub(crate) fn add(&mut self, peer: PeerName, reason: &str) -> bool {
        if self.0.len() >= BANNED_MAX && !self.0.contains_key(&peer) {
            return false;
        }
        let ban = Ban { peer, reason: reason.to_owned(), since: SystemTime::now() };
        self.0.entry(peer).and_modify(|old| old.reason = reason.to_owned()).or_insert(ban);
        true
    }

    pub(crate) fn lift(&mut self, peer: PeerName) {
        self.0.remove(&peer);
    }

    /// All of them, by name.
    pub(crate) fn list(&self) -> Vec<Ban> {
        self.0.values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use libp2p::PeerId;

    use crate::ban::BANNED_MAX;
    use crate::ban::Bans;
    use crate::peer::PeerName;

    #[test]
    fn bans_are_counted_and_keep_their_date() {
        let mut bans = Bans::default();
        let jena = PeerName::from(PeerId::random());
        assert!(bans.add(jena, "forged"));
        let since = bans.list()[0].since;
        for _ in 1..BANNED_MAX {
            assert!(bans.add(PeerName::from(PeerId::random()), "forged"));
        }
        assert!(!bans.add(PeerName::from(PeerId::random()), "forged"));
        assert!(bans.add(jena, "forged again"));
        let found = bans.list().into_iter().find(|ban| ban.peer == jena).unwrap();
        assert_eq!((found.reason.as_str(), found.since), ("forged again", since));
        bans.lift(jena);
        assert!(bans.add(PeerName::from(PeerId::random()), "forged"));
    }
}
