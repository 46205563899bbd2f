//! Who is connected, and what is known of them.

use std::collections::BTreeMap;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use libp2p::Multiaddr;
use libp2p::PeerId;
use libp2p::core::ConnectedPoint;
use libp2p::swarm::ConnectionId;

use crate::conduct::Tally;
use crate::neighbour::Direction;
use crate::neighbour::Peer;
use crate::peer::PeerName;
use crate::settings::Role;
use crate::words::tame;

/// So long may a peer take to introduce itself.
const INTRODUCTION_MAX: Duration = Duration::from_secs(20);
/// A stranger that has heard our introduction is kept a little, so that both sides learn why they part:
/// closing at once can overtake the words.
const FAREWELL: Duration = Duration::from_millis(500);
/// A stranger that does not listen is kept this long at most.
const FAREWELL_MAX: Duration = Duration::from_secs(3);
/// Unanswered pings in a row that end a connection. libp2p forgives one more before it tells: with a ping every 15
/// seconds and 10 seconds of patience a line on which nobody answers is given up after 45 to 60 seconds.
const UNANSWERED_MAX: u32 = 2;

/// What a peer is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has not introduced itself.
    Unknown,
    /// It belongs to our network.
    Member,
    /// It does not, and will be turned away.
    Stranger,
}

/// Whether a peer is there, for those who look for company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Company {
    /// It is not connected, or has not introduced itself as a member.
    Absent,
    /// It is a member of our network.
    Member,
    /// It is a member, and calls itself a relay.
    Relay,
}

/// One peer.
#[derive(Debug)]
struct Entry {
    connections: Vec<(ConnectionId, Multiaddr, Direction)>,
    since: Instant,
    since_time: SystemTime,
    standing: Standing,
    /// When it was sent our introduction.
    told: Option<Instant>,
    /// Whether it is being disconnected.
    parting: bool,
    agent: Option<String>,
    role: Option<Role>,
    round_trip: Option<Duration>,
    /// Pings in a row that nobody answered.
    unanswered: u32,
}

/// All peers that are connected; as many as the connection limits allow.
#[derive(Debug, Default)]
pub(crate) struct Roster(BTreeMap<PeerId, Entry>);

impl Roster {
    /// Whether the peer is connected.
    pub(crate) fn here(&self, peer: &PeerId) -> bool {
        self.0.contains_key(peer)
    }

    /// What company a peer is.
    pub(crate) fn company(&self, peer: &PeerId) -> Company {
        match self.0.get(peer) {
            Some(entry) if entry.standing == Standing::Member && entry.role == Some(Role::Relay) => {
                Company::Relay
            }
            Some(entry) if entry.standing == Standing::Member => Company::Member,
            _ => Company::Absent,
        }
    }

    pub(crate) fn peers(&self) -> Vec<PeerId> {
        self.0.keys().copied().collect()
    }

    /// A connection was made.
    pub(crate) fn open(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        end: &ConnectedPoint,
        now: Instant,
    ) {
        let direction = if end.is_dialer() { Direction::Outbound } else { Direction::Inbound };
        let address = end.get_remote_address().clone();
        let entry = self.0.entry(peer).or_insert_with(|| Entry {
            connections: Vec::new(),
            since: now,
            since_time: SystemTime::now(),
            standing: Standing::Unknown,
            told: None,
            parting: false,
            agent: None,
            role: None,
            round_trip: None,
            unanswered: 0,
        });
        entry.connections.push((connection, address, direction));
    }

    /// A connection is gone; true if it was the last one.
    pub(crate) fn close(&mut self, peer: PeerId, connection: ConnectionId) -> bool {
        let Some(entry) = self.0.get_mut(&peer) else { return false };
        entry.connections.retain(|(id, _, _)| *id != connection);
        if !entry.connections.is_empty() {
            return false;
        }
        self.0.remove(&peer);
        true
    }

    /// A peer introduced itself. Says what it was before, and the role that it tells.
    pub(crate) fn introduce(
        &mut self,
        peer: PeerId,
        agent: &str,
        standing: Standing,
    ) -> Option<(Standing, Option<Role>)> {
        let entry = self.0.get_mut(&peer)?;
        entry.role = match agent.strip_prefix("allmende/").and_then(|rest| rest.split(' ').nth(1)) {
            Some("relay") => Some(Role::Relay),
            Some("municipality") => Some(Role::Municipality),
            _ => None,
        };
        entry.agent = Some(tame(agent));
        Some((std::mem::replace(&mut entry.standing, standing), entry.role))
    }

    /// A peer was sent our introduction.
    pub(crate) fn told(&mut self, peer: PeerId, now: Instant) {
        if let Some(entry) = self.0.get_mut(&peer) {
            entry.told.get_or_insert(now);
        }
    }

    /// A round trip was measured.
    pub(crate) fn measured(&mut self, peer: PeerId, round_trip: Duration) {
        if let Some(entry) = self.0.get_mut(&peer) {
            entry.round_trip = Some(round_trip);
            entry.unanswered = 0;
        }
    }

    /// A ping was not answered; true if the connection is to be given up.
    pub(crate) fn unanswered(&mut self, peer: PeerId) -> bool {
        let Some(entry) = self.0.get_mut(&peer) else { return false };
        entry.unanswered = entry.unanswered.saturating_add(1);
        entry.unanswered >= UNANSWERED_MAX
    }

    /// Whom to part from now: strangers, and peers that never introduced themselves. Each is named once.
    pub(crate) fn unwanted(&mut self, now: Instant) -> Vec<(PeerId, Standing)> {
        let unwanted = |entry: &Entry| {
            let age = now.saturating_duration_since(entry.since);
            let told = entry.told.is_some_and(|told| now.saturating_duration_since(told) >= FAREWELL);
            match entry.standing {
                _ if entry.parting => false,
                Standing::Member => false,
                Standing::Unknown => age >= INTRODUCTION_MAX,
                Standing::Stranger => told || age >= FAREWELL_MAX,
            }
        };
        let mut found = Vec::new();
        for (peer, entry) in self.0.iter_mut().filter(|(_, entry)| unwanted(entry)) {
            entry.parting = true;
            found.push((*peer, entry.standing));
        }
        found
    }

    /// Whether all are members, so that nobody is to be parted from.
    pub(crate) fn is_calm(&self) -> bool {
        self.0.values().all(|entry| entry.standing == Standing::Member)
    }

    /// All peers as others see them; `score` asks gossip, `tally` what they sent.
    pub(crate) fn list(
        &self,
        score: impl Fn(&PeerId) -> Option<f64>,
        tally: impl Fn(&PeerId) -> Tally,
    ) -> Vec<Peer> {
        let peer = |(id, entry): (&PeerId, &Entry)| Peer {
            name: PeerName::from(*id),
            addresses: entry.connections.iter().map(|(_, address, _)| address.to_string()).collect(),
            agent: entry.agent.clone(),
            role: entry.role,
            member: entry.standing == Standing::Member,
            direction: entry.connections.first().map_or(Direction::Inbound, |(_, _, direction)| *direction),
            connected_since: entry.since_time,
            round_trip: entry.round_trip,
            score: score(id),
            over_rate: tally(id).over_rate,
            rejected: tally(id).rejected,
        };
        self.0.iter().map(peer).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;
    use std::time::Instant;

    use libp2p::PeerId;
    use libp2p::core::ConnectedPoint;
    use libp2p::core::Endpoint;
    use libp2p::core::transport::PortUse;
    use libp2p::swarm::ConnectionId;

    use crate::conduct::Tally;
    use crate::roster::Company;
    use crate::roster::FAREWELL;
    use crate::roster::INTRODUCTION_MAX;
    use crate::roster::Roster;
    use crate::roster::Standing;
    use crate::settings::Role;

    fn outgoing() -> ConnectedPoint {
        let address = "/ip4/192.0.2.1/tcp/4480".parse().unwrap();
        ConnectedPoint::Dialer { address, role_override: Endpoint::Dialer, port_use: PortUse::New }
    }

    #[test]
    fn strangers_hear_our_name_before_they_go_and_the_silent_go_later() {
        let (mut roster, now) = (Roster::default(), Instant::now());
        let (stranger, silent, member) = (PeerId::random(), PeerId::random(), PeerId::random());
        for (number, peer) in [stranger, silent, member].into_iter().enumerate() {
            roster.open(peer, ConnectionId::new_unchecked(number), &outgoing(), now);
        }
        assert_eq!(
            roster.introduce(member, "allmende/0.1.0 relay", Standing::Member),
            Some((Standing::Unknown, Some(Role::Relay)))
        );
        assert!(
            roster
                .introduce(stranger, "kubo/1 relay", Standing::Stranger)
                .is_some_and(|(_, role)| role.is_none())
        );
        assert_eq!(roster.unwanted(now), []);
        roster.told(stranger, now);
        assert_eq!(roster.unwanted(now), []);
        assert_eq!(roster.unwanted(now + FAREWELL), [(stranger, Standing::Stranger)]);
        assert!(roster.close(stranger, ConnectionId::new_unchecked(0)));
        assert_eq!(roster.unwanted(now + INTRODUCTION_MAX), [(silent, Standing::Unknown)]);
        assert_eq!(roster.unwanted(now + INTRODUCTION_MAX), [], "each is named once");
        assert_eq!([member, silent].map(|peer| roster.company(&peer)), [Company::Relay, Company::Absent]);
        assert_eq!(roster.peers().len(), 2);
    }

    #[test]
    fn a_peer_is_gone_with_its_last_connection() {
        let (mut roster, now, peer) = (Roster::default(), Instant::now(), PeerId::random());
        for number in 0..2 {
            roster.open(peer, ConnectionId::new_unchecked(number), &outgoing(), now);
        }
        assert!(!roster.close(peer, ConnectionId::new_unchecked(0)));
        assert_eq!(roster.list(|_| Some(1.0), |_| Tally::default()).len(), 1);
        assert_eq!([0; 2].map(|_| roster.unanswered(peer)), [false, true]);
        roster.measured(peer, Duration::from_millis(9));
        assert!(!roster.unanswered(peer));
        assert!(roster.close(peer, ConnectionId::new_unchecked(1)));
        assert!(roster.peers().is_empty());
    }
}
