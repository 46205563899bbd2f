//! Dials the addresses an operator named, for ever, ever less often while it fails.

use std::collections::BTreeMap;
use std::time::Duration;
use std::time::Instant;

use libp2p::Multiaddr;
use libp2p::PeerId;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::ConnectionId;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::swarm::dial_opts::PeerCondition;

use crate::command::DialError;
use crate::settings::address;

/// The pause after the first failure, before jitter.
const PAUSE_MIN: Duration = Duration::from_secs(1);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// Dials under way at a time; with connections being limited, more would only deny each other.
const DIALS_MAX: usize = 8;

/// Where a target stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Dial again at this time.
    Waiting(Instant),
    /// Being dialled.
    Dialling(ConnectionId),
    /// Connected with this peer, by this address or another.
    Held(PeerId),
}

/// One address.
#[derive(Debug)]
struct Target {
    address: Multiaddr,
    /// The key that the operator wants to find there, if the address ends with `/p2p/ID`.
    pinned: Option<PeerId>,
    /// Who was found there last. Without a pin, another may be there the next time.
    found: Option<PeerId>,
    failures: u32,
    state: State,
}

/// A failure worth a line in the log: the first in a row.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) address: String,
    pub(crate) failures: u32,
    pub(crate) pause: Duration,
}

/// All addresses that are dialled for ever, by their text.
#[derive(Debug)]
pub(crate) struct Dialler {
    targets: BTreeMap<String, Target>,
    targets_max: usize,
}

impl Dialler {
    pub(crate) fn new(targets_max: usize) -> Dialler {
        Dialler { targets: BTreeMap::new(), targets_max }
    }

    /// Adds an address, due at once. An address that is there already is dialled sooner.
    pub(crate) fn add(&mut self, text: &str, now: Instant) -> Result<(), DialError> {
        let address = address(text)?;
        if let Some(target) = self.targets.get_mut(&address.to_string()) {
            if let State::Waiting(at) = &mut target.state {
                *at = now;
            }
            return Ok(());
        }
        if self.targets.len() >= self.targets_max {
            return Err(DialError::Full { addresses_max: self.targets_max });
        }
        let pinned = address.iter().find_map(|part| match part {
            Protocol::P2p(peer) => Some(peer),
            _ => None,
        });
        let target =
            Target { address: address.clone(), pinned, found: None, failures: 0, state: State::Waiting(now) };
        self.targets.insert(address.to_string(), target);
        Ok(())
    }

    /// The dials that are due. Who is connected already, by whatever address, is not dialled.
    pub(crate) fn due(&mut self, now: Instant, connected: impl Fn(&PeerId) -> bool) -> Vec<DialOpts> {
        let mut under_way =
            self.targets.values().filter(|target| matches!(target.state, State::Dialling(_))).count();
        let mut dials = Vec::new();
        for target in self.targets.values_mut() {
            if !matches!(target.state, State::Waiting(at) if at <= now) || under_way >= DIALS_MAX {
                continue;
            }
            if let Some(peer) = target.pinned.or(target.found).filter(&connected) {
                target.state = State::Held(peer);
                continue;
            }
            let dial = target.dial();
            target.state = State::Dialling(dial.connection_id());
            under_way += 1;
            dials.push(dial);
        }
        dials
    }

    /// A connection was made.
    pub(crate) fn opened(&mut self, connection: ConnectionId, peer: PeerId) {
        if let Some(target) = self.dialling(connection) {
            target.found = Some(peer);
            target.state = State::Held(peer);
        }
    }

    /// A connection was not made; `dice` between 0 and 1 spreads the next attempts.
    pub(crate) fn failed(&mut self, connection: ConnectionId, now: Instant, dice: f64) -> Option<Failure> {
        let target = self.dialling(connection)?;
        let pause = target.pause(now, dice);
        Some(Failure { address: target.address.to_string(), failures: target.failures, pause })
    }

    /// Nobody else is there but this node itself: the address is dropped, and returned.
    pub(crate) fn is_own(&mut self, connection: ConnectionId) -> Option<String> {
        let target = self.dialling(connection)?.address.to_string();
        self.targets.remove(&target).map(|_| target)
    }

    /// A peer turned out to be a member of our network: only that counts as success.
    pub(crate) fn met(&mut self, peer: PeerId) {
        for target in self.targets.values_mut().filter(|target| target.state == State::Held(peer)) {
            target.failures = 0;
        }
    }

    /// A peer is gone.
    pub(crate) fn lost(&mut self, peer: PeerId, now: Instant, dice: f64) {
        for target in self.targets.values_mut().filter(|target| target.state == State::Held(peer)) {
            target.pause(now, dice);
        }
    }

    /// Whether an operator named this peer: by its id, or by an address where it was found.
    pub(crate) fn names(&self, peer: PeerId) -> bool {
        self.targets.values().any(|target| target.pinned.or(target.found) == Some(peer))
    }

    /// The peers that an operator named by their ids.
    pub(crate) fn pinned(&self) -> impl Iterator<Item = PeerId> {
        self.targets.values().filter_map(|target| target.pinned)
    }

    fn dialling(&mut self, connection: ConnectionId) -> Option<&mut Target> {
        self.targets.values_mut().find(|target| target.state == State::Dialling(connection))
    }
}

impl Target {
    /// A dial from a fresh port: from the listening port, a lost connection could for a minute not be
    /// made again between the same four numbers.
    fn dial(&self) -> DialOpts {
        match self.pinned {
            Some(peer) => DialOpts::peer_id(peer)
                .condition(PeerCondition::Always)
                .addresses(vec![self.address.clone()])
                .allocate_new_port()
                .build(),
            None => DialOpts::unknown_peer_id().address(self.address.clone()).allocate_new_port().build(),
        }
    }

    fn pause(&mut self, now: Instant, dice: f64) -> Duration {
        let pause = pause(self.failures, dice);
        self.failures = self.failures.saturating_add(1);
        self.state = State::Waiting(now + pause);
        pause
    }
}

/// The pause after so many failures: doubled each time, a quarter more or less, 1 to 60 seconds.
fn pause(failures: u32, dice: f64) -> Duration {
    let doubled = PAUSE_MIN.saturating_mul(2_u32.saturating_pow(failures.min(16))).min(PAUSE_MAX);
    doubled.mul_f64(0.75 + dice.clamp(0.0, 1.0) / 2.0).clamp(PAUSE_MIN, PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;
    use std::time::Instant;

    use libp2p::PeerId;
    use libp2p::swarm::ConnectionId;
    use libp2p::swarm::dial_opts::DialOpts;

    use crate::command::DialError;
    use crate::dialler::Dialler;
    use crate::dialler::PAUSE_MAX;
    use crate::dialler::pause;

    const JENA: &str = "/ip4/192.0.2.1/tcp/4480";

    fn connection(dials: &[DialOpts]) -> ConnectionId {
        assert_eq!(dials.len(), 1);
        dials[0].connection_id()
    }

    #[test]
    fn pauses_double_up_to_a_minute_and_scatter() {
        let seconds: Vec<u64> = (0..8).map(|failures| pause(failures, 0.5).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(pause(3, 0.0), Duration::from_secs(6));
        assert_eq!(pause(3, 1.0), Duration::from_secs(10));
        assert_eq!(pause(u32::MAX, 1.0), PAUSE_MAX);
    }

    #[test]
    fn an_address_is_dialled_for_ever_and_only_a_member_resets_the_pause() {
        let (mut dialler, start) = (Dialler::new(1), Instant::now());
        dialler.add(JENA, start).unwrap();
        let mut now = start;
        for expected in [1, 2, 4] {
            let dial = connection(&dialler.due(now, |_| false));
            assert!(dialler.due(now, |_| false).is_empty(), "under way already");
            let failure = dialler.failed(dial, now, 0.5).unwrap();
            assert_eq!(failure.pause.as_secs(), expected);
            assert!(dialler.due(now, |_| false).is_empty(), "not due yet");
            now += failure.pause;
        }
        let (stranger, member) = (PeerId::random(), PeerId::random());
        let dial = connection(&dialler.due(now, |_| false));
        dialler.opened(dial, stranger);
        dialler.lost(stranger, now, 0.5);
        now += Duration::from_secs(8);
        let dial = connection(&dialler.due(now, |_| false));
        dialler.opened(dial, member);
        dialler.met(member);
        assert!(dialler.names(member) && !dialler.names(stranger));
        dialler.lost(member, now, 0.5);
        now += Duration::from_secs(1);
        assert!(dialler.due(now, |peer| *peer == member).is_empty(), "came by itself");
        dialler.lost(member, now, 0.5);
        assert_eq!(dialler.due(now + Duration::from_secs(2), |_| false).len(), 1);
    }

    #[test]
    fn addresses_are_counted_and_our_own_is_dropped() {
        let (mut dialler, now) = (Dialler::new(1), Instant::now());
        dialler.add(JENA, now).unwrap();
        assert_eq!(dialler.add(JENA, now), Ok(()));
        assert_eq!(dialler.add("/ip4/192.0.2.2/tcp/1", now), Err(DialError::Full { addresses_max: 1 }));
        assert!(matches!(dialler.add("nonsense", now), Err(DialError::Address(_))));
        let dial = connection(&dialler.due(now, |_| false));
        assert_eq!(dialler.is_own(dial).as_deref(), Some(JENA));
        assert!(dialler.due(now, |_| false).is_empty());
    }
}
