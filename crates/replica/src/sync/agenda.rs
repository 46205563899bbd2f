//! When to talk with whom: at once with who comes, again after trouble, now and then with all, ever less often
//! where talking brings nothing.

use crate::bounds::GIVE_MAX;
use crate::bounds::PEERS_REMEMBERED_MAX;
use crate::sync::report::Agreement;
use crate::sync::report::Report;
use record::moment::Moment;
use std::collections::BTreeMap;
use std::time::Duration;

/// A peer is not asked again sooner than this after a talk, whatever happens.
const PAUSE_MIN: Duration = Duration::from_millis(500);

/// So many talks in a row may bring nothing but what the peer says that it took. That it says so costs it nothing: who
/// lies is not talked with every half second for ever.
const GIVEN_ONLY_MAX: u32 = 16;

/// What is known of catching up with one peer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acquaintance {
    /// When both last held the same, but for what one of them refuses.
    pub agreement: Option<Agreement>,
    /// Whether the fingerprints were equal then.
    pub equal: bool,
    /// Statements that were still lacking here after the last talk.
    pub lag: u64,
    connected: bool,
    talking: bool,
    /// Whether there was reason to talk again while talking.
    again: bool,
    /// When to talk next.
    due: Duration,
    /// When the last talk ended.
    ended: Option<Duration>,
    /// Talks in a row that brought nothing although the heads differ.
    idle: u32,
    /// Talks since the last that agreed, or brought something here, in which the peer said that it took something.
    given_only: u32,
}

/// Peers by name. Times are counted from any beginning, the same for all calls.
#[derive(Clone, Debug)]
pub struct Agenda<P> {
    peers: BTreeMap<P, Acquaintance>,
    period: Duration,
}

impl<P: Ord + Copy> Agenda<P> {
    /// Nobody yet; everybody is talked with once a period, more or less.
    pub fn new(period: Duration) -> Agenda<P> {
        Agenda { peers: BTreeMap::new(), period }
    }

    /// Everybody who is remembered.
    pub fn peers(&self) -> &BTreeMap<P, Acquaintance> {
        &self.peers
    }

    /// A peer is connected: it is talked with at once.
    pub fn meet(&mut self, peer: P, now: Duration) {
        let known = self.peers.entry(peer).or_default();
        known.connected = true;
        known.talking = false;
        known.idle = 0;
        known.due = now;
        if self.peers.len() > PEERS_REMEMBERED_MAX {
            self.peers.retain(|_, known| known.connected || known.talking);
        }
    }

    /// A peer is gone.
    pub fn part(&mut self, peer: P) {
        if let Some(known) = self.peers.get_mut(&peer) {
            known.connected = false;
        }
    }

    /// There is reason to talk with the peer as soon as decency allows, and again where a talk is under way that may
    /// know nothing of the reason.
    pub fn hurry(&mut self, peer: P, now: Duration) {
        let period = self.period;
        if let Some(known) = self.peers.get_mut(&peer) {
            known.hurry(now, period);
        }
    }

    /// The same with all who are connected but one.
    pub fn hurry_all(&mut self, but: Option<P>, now: Duration) {
        for (_, known) in self.peers.iter_mut().filter(|(peer, known)| known.connected && Some(**peer) != but)
        {
            known.hurry(now, self.period);
        }
    }

    /// With whom to begin a talk now, at most so many; they count as being talked with until [`Agenda::ended`].
    pub fn due(&mut self, now: Duration, max: usize) -> Vec<P> {
        let mut due: Vec<(Duration, P)> = self
            .peers
            .iter()
            .filter(|(_, known)| known.waits() && known.due <= now)
            .map(|(peer, known)| (known.due, *peer))
            .collect();
        due.sort();
        due.truncate(max);
        for (_, peer) in &due {
            if let Some(known) = self.peers.get_mut(peer) {
                known.talking = true;
                known.again = false;
            }
        }
        due.into_iter().map(|(_, peer)| peer).collect()
    }

    /// When the next talk is due.
    pub fn next(&self) -> Option<Duration> {
        self.peers.values().filter(|known| known.waits()).map(|known| known.due).min()
    }

    /// When both last agreed, for the window of the next talk.
    pub fn agreement(&self, peer: P) -> Option<Agreement> {
        self.peers.get(&peer)?.agreement
    }

    /// How many statements a peer may be given: ever fewer where it took them and still does not agree.
    pub fn give_max(&self, peer: P) -> usize {
        GIVE_MAX >> self.peers.get(&peer).map_or(0, |known| known.idle.min(16))
    }

    /// A talk that this side began is over; `began` is the moment at which it began, `draw` between 0 and 1 spreads
    /// the next ones, and `failed` tells whether it ended early.
    pub fn ended(&mut self, peer: P, now: Duration, began: Moment, report: &Report, failed: bool, draw: f64) {
        let period = self.period;
        let Some(known) = self.peers.get_mut(&peer) else { return };
        known.talking = false;
        known.ended = Some(now);
        let agreed = report.agreed && !failed;
        if agreed || report.taken > 0 {
            known.given_only = 0;
        } else if report.given > 0 {
            known.given_only = known.given_only.saturating_add(1);
        }
        let moved = report.taken > 0 || (report.given > 0 && known.given_only <= GIVEN_ONLY_MAX);
        known.idle = if agreed || moved { 0 } else { known.idle.saturating_add(1) };
        if !failed {
            known.lag = report.lacked.saturating_sub(report.taken);
        }
        if agreed {
            known.agreement = Some(Agreement { instance: report.instance, at: began });
            known.equal = report.equal;
            known.lag = 0;
        }
        let settled = agreed && !known.again;
        known.due = now + if settled { spread(period, draw) } else { known.pause(period) };
        known.again = false;
    }

    /// A peer that began a talk found that both hold the same.
    pub fn found_equal(&mut self, peer: P, now: Duration, agreement: Agreement, draw: f64) {
        let period = self.period;
        let Some(known) = self.peers.get_mut(&peer) else { return };
        known.agreement = Some(agreement);
        known.equal = true;
        known.lag = 0;
        if !known.talking {
            known.due = known.due.max(now + spread(period, draw));
        }
    }

    /// Remembers an agreement of an earlier run.
    pub fn remember(&mut self, peer: P, agreement: Agreement) {
        self.peers.entry(peer).or_default().agreement = Some(agreement);
    }
}

impl Acquaintance {
    fn waits(&self) -> bool {
        self.connected && !self.talking
    }

    fn hurry(&mut self, now: Duration, period: Duration) {
        let soonest = self.ended.map_or(now, |ended| ended + self.pause(period));
        self.due = self.due.min(soonest.max(now));
        self.again = self.talking;
    }

    /// Doubled for each talk in a row that brought nothing.
    fn pause(&self, period: Duration) -> Duration {
        PAUSE_MIN.saturating_mul(1 << self.idle.min(16)).min(period.max(PAUSE_MIN))
    }
}

/// Up to a quarter more or less, so that the peers of a relay do not all come at once.
fn spread(time: Duration, draw: f64) -> Duration {
    time.mul_f64(0.75 + draw.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use crate::sync::agenda::Agenda;
    use crate::sync::agenda::PAUSE_MIN;
    use crate::sync::report::Agreement;
    use crate::sync::report::Report;
    use record::moment::Moment;
    use std::time::Duration;

    const PERIOD: Duration = Duration::from_secs(60);

    fn moment() -> Moment {
        Moment::from_seconds(1_000).unwrap()
    }

    fn second(second: u64) -> Duration {
        Duration::from_secs(second)
    }

    #[test]
    fn who_comes_is_talked_with_at_once_and_then_now_and_then() {
        let mut agenda = Agenda::new(PERIOD);
        agenda.meet("jena", second(1));
        assert_eq!(agenda.next(), Some(second(1)));
        assert_eq!(agenda.due(second(1), 8), ["jena"]);
        assert!(agenda.due(second(1), 8).is_empty() && agenda.next().is_none(), "one talk at a time");
        let agreed = Report { agreed: true, equal: true, instance: [1; 8], ..Report::default() };
        agenda.ended("jena", second(2), moment(), &agreed, false, 0.5);
        assert_eq!(agenda.next(), Some(second(62)));
        assert_eq!(agenda.agreement("jena"), Some(Agreement { instance: [1; 8], at: moment() }));
        agenda.hurry("jena", second(3));
        assert_eq!(agenda.next(), Some(second(3)));
        agenda.part("jena");
        assert_eq!(agenda.next(), None);
    }

    #[test]
    fn talks_that_bring_nothing_become_rare() {
        let mut agenda = Agenda::new(PERIOD);
        agenda.meet("gera", second(0));
        let mut now = second(0);
        for talks in 1..20 {
            assert_eq!(agenda.due(now, 8), ["gera"]);
            agenda.ended("gera", now, moment(), &Report::default(), true, 0.5);
            let pause = agenda.next().unwrap() - now;
            assert_eq!(pause, PAUSE_MIN.saturating_mul(1 << talks).min(PERIOD));
            agenda.hurry("gera", now);
            assert_eq!(agenda.next(), Some(now + pause), "haste does not shorten the pause");
            now += pause;
        }
        assert_eq!(agenda.give_max("gera"), 0);
    }

    #[test]
    fn who_only_says_that_it_took_something_is_talked_with_ever_less() {
        let mut agenda = Agenda::new(PERIOD);
        agenda.meet("schilda", second(0));
        let (mut now, mut talks) = (second(0), 0);
        let claims = Report { given: 7, ..Report::default() };
        while now < second(3_600) {
            assert_eq!(agenda.due(now, 8), ["schilda"]);
            agenda.ended("schilda", now, moment(), &claims, false, 0.5);
            now = agenda.next().unwrap();
            talks += 1;
        }
        assert!(talks < 100, "{talks} talks in an hour");
    }

    #[test]
    fn reason_to_talk_that_comes_while_talking_is_not_lost() {
        let mut agenda = Agenda::new(PERIOD);
        agenda.meet("suhl", second(0));
        agenda.due(second(0), 8);
        agenda.hurry_all(None, second(1));
        let agreed = Report { agreed: true, ..Report::default() };
        agenda.ended("suhl", second(2), moment(), &agreed, false, 0.5);
        assert_eq!(agenda.next(), Some(second(2) + PAUSE_MIN));
    }

    #[test]
    fn a_peer_that_found_equality_saves_a_talk() {
        let mut agenda = Agenda::new(PERIOD);
        agenda.meet("kiel", second(0));
        let agreement = Agreement { instance: [2; 8], at: moment() };
        agenda.found_equal("kiel", second(0), agreement, 0.5);
        assert_eq!((agenda.next(), agenda.agreement("kiel")), (Some(second(60)), Some(agreement)));
    }
}
