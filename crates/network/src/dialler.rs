//! Dials the addresses an operator named for ever, and learned ones while relays are lacking; ever less
//! often while it fails.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;
use std::time::Instant;

use libp2p::Multiaddr;
use libp2p::PeerId;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::ConnectionId;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::swarm::dial_opts::PeerCondition;

use crate::command::DialError;
use crate::roster::Company;
use crate::settings::AddressError;
use crate::settings::Carriage;
use crate::settings::Role;
use crate::settings::Settings;
use crate::settings::address;

/// The pause after the first failure, before jitter.
const PAUSE_MIN: Duration = Duration::from_secs(1);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// The pause after somebody else than wanted answered, before jitter: that is seldom over soon.
const PAUSE_STRANGE: Duration = Duration::from_secs(10 * 60);
/// Dials under way at a time; with connections being limited, more would only deny each other.
const DIALS_MAX: usize = 8;
/// Learned addresses that are kept.
const LEARNED_MAX: usize = 256;
/// A municipality that is connected with so many relays dials no learned address.
const RELAYS_WANTED: usize = 2;
/// A named address that failed no more often than this in a row may be back at once.
const FAILURES_HOPED: u32 = 1;
/// Learned addresses that a municipality dials at a time.
const LEARNED_DIALS_MAX: usize = 2;

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

/// How an address came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// An operator named it.
    Named,
    /// It stands in a record.
    Learned,
}

/// One address.
#[derive(Debug)]
struct Target {
    address: Multiaddr,
    origin: Origin,
    /// The key that is wanted there, if the address ends with `/p2p/ID`.
    pinned: Option<PeerId>,
    /// Who was found there last. Without a pin, another may be there the next time.
    found: Option<PeerId>,
    failures: u32,
    /// Whether somebody of another name or network answered, and no member since.
    strange: bool,
    state: State,
}

/// A dial that failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) address: String,
    /// Whether it is worth a line in the log: the first of its sort in a row.
    pub(crate) first: bool,
    pub(crate) pause: Duration,
}

/// All addresses that are dialled, by their text.
#[derive(Debug)]
pub(crate) struct Dialler {
    targets: BTreeMap<String, Target>,
    targets_max: usize,
    carriage: Carriage,
    role: Role,
    /// Addresses that turned out to be this node's own.
    own: BTreeSet<String>,
}

impl Dialler {
    /// A dialler that knows the peers of the settings, all due at once.
    pub(crate) fn new(settings: &Settings, now: Instant) -> Result<Dialler, DialError> {
        let mut dialler = Dialler {
            targets: BTreeMap::new(),
            targets_max: settings.limits.static_peers_max,
            carriage: settings.carriage,
            role: settings.role,
            own: BTreeSet::new(),
        };
        for peer in &settings.peers {
            dialler.add(peer, now)?;
        }
        Ok(dialler)
    }

    /// Adds an address that an operator names, due at once. An address that is there already is dialled sooner.
    pub(crate) fn add(&mut self, text: &str, now: Instant) -> Result<(), DialError> {
        let address = address(text, self.carriage)?;
        if let Some(target) = self.targets.get_mut(&address.to_string()) {
            target.origin = Origin::Named;
            if let State::Waiting(at) = &mut target.state {
                *at = now;
            }
            return Ok(());
        }
        if self.count(Origin::Named) >= self.targets_max {
            return Err(DialError::Full { addresses_max: self.targets_max });
        }
        self.targets.insert(address.to_string(), Target::new(address, Origin::Named, now));
        Ok(())
    }

    /// Sets the addresses that were learned; those that are left out are not dialled any more. Returns
    /// the ones that cannot be used, and why.
    pub(crate) fn learn(&mut self, texts: &[String], now: Instant) -> Vec<AddressError> {
        let mut refused = Vec::new();
        let mut wanted = BTreeMap::new();
        for text in texts {
            if wanted.len() >= LEARNED_MAX {
                tracing::warn!(
                    learned = texts.len(),
                    LEARNED_MAX,
                    "more addresses were learned than are kept"
                );
                break;
            }
            match address(text, self.carriage) {
                Ok(address) if self.own.contains(&address.to_string()) => {}
                Ok(address) => {
                    wanted.insert(address.to_string(), address);
                }
                Err(error) => refused.push(error),
            }
        }
        self.targets.retain(|text, target| target.origin == Origin::Named || wanted.contains_key(text));
        // A relay keeps up connections with all of them, which its operator has limited.
        let learned_max = match self.role {
            Role::Municipality => LEARNED_MAX,
            Role::Relay => self.targets_max.saturating_sub(self.count(Origin::Named)),
        };
        for (text, address) in wanted {
            if self.count(Origin::Learned) >= learned_max {
                break;
            }
            self.targets.entry(text).or_insert_with(|| Target::new(address, Origin::Learned, now));
        }
        refused
    }

    /// The dials that are due. Who is connected already, by whatever address, is not dialled; `dice`
    /// (between 0 and 1) choose among the learned addresses.
    pub(crate) fn due(
        &mut self,
        now: Instant,
        company: impl Fn(&PeerId) -> Company,
        mut dice: impl FnMut() -> f64,
    ) -> Vec<DialOpts> {
        let (mut named, mut learned) = (Vec::new(), Vec::new());
        for (text, target) in &mut self.targets {
            let State::Waiting(at) = target.state else { continue };
            if at > now {
                continue;
            }
            match target.expected().filter(|peer| company(peer) != Company::Absent) {
                Some(peer) => target.state = State::Held(peer),
                None if target.origin == Origin::Named => named.push((at, text.clone())),
                None => learned.push(text.clone()),
            }
        }
        // Who has waited longest comes first: else a few dead addresses, due again and again, keep all seats.
        named.sort();
        let mut due: Vec<String> = named.into_iter().map(|(_, text)| text).collect();
        let under_way = self.dialling().count();
        due.truncate(DIALS_MAX.saturating_sub(under_way));
        let room = self.room(&company).min(DIALS_MAX.saturating_sub(under_way + due.len()));
        for _ in 0..room.min(learned.len()) {
            let chosen = (dice() * learned.len() as f64) as usize;
            due.push(learned.swap_remove(chosen.min(learned.len() - 1)));
        }
        let mut dials = Vec::new();
        for text in due {
            if let Some(target) = self.targets.get_mut(&text) {
                let dial = target.dial();
                target.state = State::Dialling(dial.connection_id());
                dials.push(dial);
            }
        }
        dials
    }

    /// Whether no dial is under way or wanted.
    pub(crate) fn is_calm(&self, company: impl Fn(&PeerId) -> Company) -> bool {
        let mut open = self.targets.values().filter(|target| !matches!(target.state, State::Held(_)));
        match self.room(company) {
            0 => open.all(|target| target.origin == Origin::Learned),
            _ => open.next().is_none(),
        }
    }

    /// How many learned addresses may be dialled now.
    fn room(&self, company: impl Fn(&PeerId) -> Company) -> usize {
        if self.role == Role::Relay {
            return DIALS_MAX;
        }
        let mut relays = BTreeSet::new();
        // What may become a relay soon counts as one, so that a start does not dial twice as many.
        let (mut hoped, mut dialling) = (0, 0);
        for target in self.targets.values() {
            match (target.state, target.origin) {
                (State::Held(peer), _) if company(&peer) != Company::Member => {
                    relays.insert(peer);
                }
                (State::Held(_), _) => {}
                (State::Dialling(_), Origin::Learned) => dialling += 1,
                (_, Origin::Named) if target.failures <= FAILURES_HOPED && !target.strange => hoped += 1,
                _ => {}
            }
        }
        RELAYS_WANTED
            .saturating_sub(relays.len() + hoped + dialling)
            .min(LEARNED_DIALS_MAX.saturating_sub(dialling))
    }

    /// A connection was made.
    pub(crate) fn opened(&mut self, connection: ConnectionId, peer: PeerId) {
        if let Some(target) = self.dialled(connection) {
            target.found = Some(peer);
            target.state = State::Held(peer);
        }
    }

    /// A connection was not made, or to another node than the one wanted; `dice` between 0 and 1 spreads
    /// the next attempts.
    pub(crate) fn failed(
        &mut self,
        connection: ConnectionId,
        wrong: bool,
        now: Instant,
        dice: f64,
    ) -> Option<Failure> {
        let target = self.dialled(connection)?;
        let first = if wrong { !target.strange } else { target.failures == 0 };
        target.strange |= wrong;
        let pause = target.pause(now, dice);
        Some(Failure { address: target.address.to_string(), first, pause })
    }

    /// Nobody else is there but this node itself: the address is dropped, and returned.
    pub(crate) fn is_own(&mut self, connection: ConnectionId) -> Option<String> {
        let text = self.dialled(connection)?.address.to_string();
        self.targets.remove(&text)?;
        if self.own.len() < LEARNED_MAX {
            self.own.insert(text.clone());
        }
        Some(text)
    }

    /// A peer turned out to be a member of our network: only that counts as success.
    pub(crate) fn met(&mut self, peer: PeerId) {
        for target in self.held(peer) {
            target.failures = 0;
            target.strange = false;
        }
    }

    /// A peer turned out to belong to another network.
    pub(crate) fn strange(&mut self, peer: PeerId) {
        for target in self.held(peer) {
            target.strange = true;
        }
    }

    /// A peer is gone.
    pub(crate) fn lost(&mut self, peer: PeerId, now: Instant, dice: f64) {
        for target in self.held(peer) {
            target.pause(now, dice);
        }
    }

    /// Whether this peer is among those we dial: by its id, or by an address where it was found.
    pub(crate) fn names(&self, peer: PeerId) -> bool {
        self.targets.values().any(|target| target.expected() == Some(peer))
    }

    /// Whether an operator named this peer, in the same two ways.
    pub(crate) fn chosen(&self, peer: PeerId) -> bool {
        let named = |target: &&Target| target.origin == Origin::Named;
        self.targets.values().filter(named).any(|target| target.expected() == Some(peer))
    }

    /// The peers that an operator named by their ids.
    pub(crate) fn pinned(&self) -> impl Iterator<Item = PeerId> {
        let named = |target: &&Target| target.origin == Origin::Named;
        self.targets.values().filter(named).filter_map(|target| target.pinned)
    }

    fn count(&self, origin: Origin) -> usize {
        self.targets.values().filter(|target| target.origin == origin).count()
    }

    fn dialling(&self) -> impl Iterator<Item = &Target> {
        self.targets.values().filter(|target| matches!(target.state, State::Dialling(_)))
    }

    fn dialled(&mut self, connection: ConnectionId) -> Option<&mut Target> {
        self.targets.values_mut().find(|target| target.state == State::Dialling(connection))
    }

    fn held(&mut self, peer: PeerId) -> impl Iterator<Item = &mut Target> {
        self.targets.values_mut().filter(move |target| target.state == State::Held(peer))
    }
}

impl Target {
    fn new(address: Multiaddr, origin: Origin, now: Instant) -> Target {
        let pinned = address.iter().find_map(|part| match part {
            Protocol::P2p(peer) => Some(peer),
            _ => None,
        });
        let state = State::Waiting(now);
        Target { address, origin, pinned, found: None, failures: 0, strange: false, state }
    }

    /// Who is likely to answer.
    fn expected(&self) -> Option<PeerId> {
        self.pinned.or(self.found)
    }

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
        let pause = match self.strange {
            true => scattered(PAUSE_STRANGE, dice),
            false => pause(self.failures, dice),
        };
        self.failures = self.failures.saturating_add(1);
        self.state = State::Waiting(now + pause);
        pause
    }
}

/// The pause after so many failures: doubled each time, a quarter more or less, 1 to 60 seconds.
fn pause(failures: u32, dice: f64) -> Duration {
    let doubled = PAUSE_MIN.saturating_mul(2_u32.saturating_pow(failures.min(16))).min(PAUSE_MAX);
    scattered(doubled, dice).clamp(PAUSE_MIN, PAUSE_MAX)
}

/// A quarter more or less.
fn scattered(pause: Duration, dice: f64) -> Duration {
    pause.mul_f64(0.75 + dice.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;
    use std::time::Instant;

    use libp2p::PeerId;
    use libp2p::swarm::ConnectionId;
    use libp2p::swarm::dial_opts::DialOpts;

    use crate::command::DialError;
    use crate::dialler::DIALS_MAX;
    use crate::dialler::Dialler;
    use crate::dialler::LEARNED_MAX;
    use crate::dialler::PAUSE_MAX;
    use crate::dialler::pause;
    use crate::roster::Company;
    use crate::settings::Role;
    use crate::settings::Settings;

    const JENA: &str = "/ip4/192.0.2.1/tcp/4480";

    fn dialler(role: Role, peers: &[&str], now: Instant) -> Dialler {
        let mut settings = Settings::new("test", role);
        settings.limits.static_peers_max = 4;
        settings.peers = peers.iter().map(|&peer| peer.to_owned()).collect();
        Dialler::new(&settings, now).unwrap()
    }

    fn learned(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("/ip4/198.51.100.7/tcp/{}", number + 1)).collect()
    }

    fn alone(dialler: &mut Dialler, now: Instant) -> Vec<DialOpts> {
        dialler.due(now, |_| Company::Absent, || 0.5)
    }

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
        let start = Instant::now();
        let mut dialler = dialler(Role::Municipality, &[JENA], start);
        let mut now = start;
        for expected in [1, 2, 4] {
            let dial = connection(&alone(&mut dialler, now));
            assert!(alone(&mut dialler, now).is_empty(), "under way already");
            let failure = dialler.failed(dial, false, now, 0.5).unwrap();
            assert_eq!((failure.pause.as_secs(), failure.first), (expected, expected == 1));
            assert!(alone(&mut dialler, now).is_empty(), "not due yet");
            now += failure.pause;
        }
        let (silent, member) = (PeerId::random(), PeerId::random());
        let dial = connection(&alone(&mut dialler, now));
        dialler.opened(dial, silent);
        dialler.lost(silent, now, 0.5);
        now += Duration::from_secs(8);
        let dial = connection(&alone(&mut dialler, now));
        dialler.opened(dial, member);
        dialler.met(member);
        assert!(dialler.names(member) && dialler.chosen(member) && !dialler.names(silent));
        dialler.lost(member, now, 0.5);
        now += Duration::from_secs(1);
        let by_itself = dialler.due(now, |_| Company::Member, || 0.5);
        assert!(by_itself.is_empty(), "came by itself");
        dialler.lost(member, now, 0.5);
        assert_eq!(alone(&mut dialler, now + Duration::from_secs(2)).len(), 1);
    }

    #[test]
    fn dead_addresses_take_turns_so_that_none_is_left_out() {
        let mut now = Instant::now();
        let mut dialler = dialler(Role::Relay, &[], now);
        dialler.targets_max = 4 * DIALS_MAX;
        for address in learned(4 * DIALS_MAX) {
            dialler.add(&address, now).unwrap();
        }
        let mut dialled = BTreeSet::new();
        for _ in 0..4 {
            for dial in alone(&mut dialler, now) {
                let connection = dial.connection_id();
                dialled.insert(dialler.dialled(connection).unwrap().address.to_string());
                dialler.failed(connection, false, now, 0.0).unwrap();
            }
            now += PAUSE_MAX;
        }
        assert_eq!(dialled.len(), 4 * DIALS_MAX);
    }

    #[test]
    fn a_stranger_is_tried_seldom_and_told_once_until_a_member_answers() {
        let start = Instant::now();
        let mut dialler = dialler(Role::Municipality, &[JENA], start);
        let mut now = start;
        for first in [true, false] {
            let dial = connection(&alone(&mut dialler, now));
            let failure = dialler.failed(dial, true, now, 0.5).unwrap();
            assert_eq!((failure.pause.as_secs(), failure.first), (600, first));
            now += failure.pause;
        }
        let peer = PeerId::random();
        let dial = connection(&alone(&mut dialler, now));
        dialler.opened(dial, peer);
        dialler.met(peer);
        dialler.lost(peer, now, 0.5);
        now += Duration::from_secs(1);
        let dial = connection(&alone(&mut dialler, now));
        dialler.opened(dial, peer);
        dialler.strange(peer);
        dialler.lost(peer, now, 0.5);
        assert!(alone(&mut dialler, now + Duration::from_secs(599)).is_empty());
        assert_eq!(alone(&mut dialler, now + Duration::from_secs(600)).len(), 1);
    }

    #[test]
    fn addresses_are_counted_and_our_own_is_dropped() {
        let now = Instant::now();
        let mut dialler = dialler(Role::Municipality, &[JENA], now);
        assert_eq!(dialler.add(JENA, now), Ok(()));
        for address in learned(3) {
            dialler.add(&address, now).unwrap();
        }
        assert_eq!(dialler.add("/ip4/192.0.2.2/tcp/1", now), Err(DialError::Full { addresses_max: 4 }));
        assert!(matches!(dialler.add("nonsense", now), Err(DialError::Address(_))));
        for dial in alone(&mut dialler, now) {
            assert!(dialler.is_own(dial.connection_id()).is_some());
        }
        dialler.learn(&[JENA.to_owned()], now);
        assert!(alone(&mut dialler, now).is_empty(), "our own address is not learned again");
    }

    #[test]
    fn a_municipality_dials_learned_relays_only_while_relays_are_lacking() {
        let now = Instant::now();
        let mut dialler = dialler(Role::Municipality, &[JENA], now);
        let bad = dialler.learn(&[learned(6), vec!["relay.example:4480".to_owned()]].concat(), now);
        assert_eq!(bad.len(), 1);
        let dials = alone(&mut dialler, now);
        assert_eq!(dials.len(), 2, "the one that was named, and one more");
        let relays = [PeerId::random(), PeerId::random()];
        let jena = dialler.targets[JENA].state;
        let (first, second) = (dials[0].connection_id(), dials[1].connection_id());
        assert_eq!(jena, crate::dialler::State::Dialling(first));
        assert!(!dialler.is_calm(|_| Company::Absent), "two dials are under way");
        dialler.opened(first, relays[0]);
        dialler.opened(second, relays[1]);
        assert!(dialler.is_calm(|_| Company::Relay), "the other four are not needed");
        assert!(alone(&mut dialler, now).is_empty(), "they may turn out to be relays");
        let two = |_: &PeerId| Company::Relay;
        for relay in relays {
            dialler.met(relay);
        }
        assert!(dialler.due(now, two, || 0.5).is_empty(), "two are enough");
        assert!(dialler.chosen(relays[0]) && !dialler.chosen(relays[1]) && dialler.names(relays[1]));

        let one = |peer: &PeerId| if *peer == relays[1] { Company::Relay } else { Company::Absent };
        dialler.lost(relays[0], now, 0.5);
        assert!(dialler.due(now, one, || 0.5).is_empty(), "the named one may be back at once");
        let now = now + Duration::from_secs(1);
        let again = connection(&dialler.due(now, one, || 0.5));
        dialler.failed(again, false, now, 0.5).unwrap();
        let instead = connection(&dialler.due(now, one, || 0.5));
        assert!(dialler.failed(instead, false, now, 0.5).is_some_and(|failure| failure.address != JENA));
    }

    #[test]
    fn learned_addresses_are_chosen_by_lot_and_dialled_two_at_a_time_for_ever() {
        let now = Instant::now();
        let mut seen = BTreeSet::new();
        for dice in [0.0, 0.3, 0.6, 1.0] {
            let mut dialler = dialler(Role::Municipality, &[], now);
            dialler.learn(&learned(8), now);
            let dials = dialler.due(now, |_| Company::Absent, || dice);
            assert_eq!(dials.len(), 2);
            let under_way = dialler
                .targets
                .iter()
                .filter(|(_, target)| matches!(target.state, crate::dialler::State::Dialling(_)));
            seen.extend(under_way.map(|(text, _)| text.clone()));
            assert!(dialler.due(now, |_| Company::Absent, || dice).is_empty());
        }
        assert!(seen.len() > 4, "{seen:?}");

        let mut dialler = dialler(Role::Municipality, &[], now);
        dialler.learn(&learned(1), now);
        let mut time = now;
        for _ in 0..20 {
            let dial = connection(&alone(&mut dialler, time));
            time += dialler.failed(dial, false, time, 1.0).unwrap().pause;
        }
        assert_eq!(alone(&mut dialler, time).len(), 1);
    }

    #[test]
    fn what_is_not_learned_any_more_is_not_dialled_and_the_list_is_bounded() {
        let now = Instant::now();
        let mut municipality = dialler(Role::Municipality, &[JENA], now);
        municipality.learn(&learned(LEARNED_MAX + 9), now);
        assert_eq!(municipality.targets.len(), LEARNED_MAX + 1);
        municipality.learn(&[JENA.to_owned()], now);
        assert_eq!(municipality.targets.keys().collect::<Vec<_>>(), [JENA]);
        municipality.learn(&[], now);
        assert_eq!(alone(&mut municipality, now).len(), 1, "who is named stays");

        let mut relay = dialler(Role::Relay, &[JENA], now);
        relay.learn(&learned(9), now);
        assert_eq!(alone(&mut relay, now).len(), 4, "a relay dials all it may keep");
    }
}
