//! How much each peer sends, and how much of it was invalid.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::time::Duration;
use std::time::Instant;

use libp2p::PeerId;

use crate::settings::Rate;

/// Invalid messages of one peer that are borne within [`REJECTED_WINDOW`]. A peer judges before it passes
/// on, so that an honest one sends none; a few may be a fault of its software.
pub(crate) const REJECTED_MAX: usize = 50;
/// So long an invalid message is remembered.
pub(crate) const REJECTED_WINDOW: Duration = Duration::from_secs(10 * 60);
/// Peers whose conduct is remembered, also while they are away. It is forgotten after [`REJECTED_WINDOW`].
const PEERS_MAX: usize = 16_384;

/// What one peer has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Messages that were ignored since they were more than the rate allows.
    pub(crate) over_rate: u64,
    /// Messages that were judged invalid.
    pub(crate) rejected: u64,
}

/// What may still be spent, filled up at a steady rate.
#[derive(Debug)]
struct Bucket {
    left: f64,
}

impl Bucket {
    fn fill(&mut self, elapsed: Duration, per_second: u32, burst: u32) {
        self.left = (self.left + elapsed.as_secs_f64() * f64::from(per_second)).min(f64::from(burst));
    }
}

#[derive(Debug)]
struct Account {
    messages: Bucket,
    bytes: Bucket,
    seen: Instant,
    rejected: VecDeque<Instant>,
    tally: Tally,
}

/// The conduct of all peers.
#[derive(Debug, Default)]
pub(crate) struct Conduct(BTreeMap<PeerId, Account>);

impl Conduct {
    /// Counts a message; false if it is more than the rate allows.
    pub(crate) fn admit(&mut self, peer: PeerId, bytes: usize, rate: &Rate, now: Instant) -> bool {
        let account = self.account(peer, now, rate.messages_burst, rate.bytes_burst);
        let elapsed = now.saturating_duration_since(account.seen);
        account.seen = now;
        account.messages.fill(elapsed, rate.messages_per_second, rate.messages_burst);
        account.bytes.fill(elapsed, rate.bytes_per_second, rate.bytes_burst);
        let weight = bytes as f64;
        if account.messages.left < 1.0 || account.bytes.left < weight {
            account.tally.over_rate = account.tally.over_rate.saturating_add(1);
            return false;
        }
        account.messages.left -= 1.0;
        account.bytes.left -= weight;
        true
    }

    /// Counts an invalid message; true if they have become too many, and the count begins anew.
    pub(crate) fn reject(&mut self, peer: PeerId, now: Instant) -> bool {
        // Whose account is gone meanwhile has nothing left to spend until the next message fills it.
        let account = self.account(peer, now, 0, 0);
        account.tally.rejected = account.tally.rejected.saturating_add(1);
        account.rejected.push_back(now);
        let fresh = |at: &Instant| now.saturating_duration_since(*at) < REJECTED_WINDOW;
        while account.rejected.front().is_some_and(|at| !fresh(at)) {
            account.rejected.pop_front();
        }
        let too_many = account.rejected.len() > REJECTED_MAX;
        if too_many {
            account.rejected.clear();
        }
        too_many
    }

    /// What a peer has done.
    pub(crate) fn tally(&self, peer: &PeerId) -> Tally {
        self.0.get(peer).map(|account| account.tally).unwrap_or_default()
    }

    /// Forgets whom nothing was heard of for long, except those who are `here`.
    pub(crate) fn forget(&mut self, now: Instant, here: impl Fn(&PeerId) -> bool) {
        self.0.retain(|peer, account| {
            here(peer) || now.saturating_duration_since(account.seen) < REJECTED_WINDOW
        });
    }

    fn account(&mut self, peer: PeerId, now: Instant, messages: u32, bytes: u32) -> &mut Account {
        if self.0.len() >= PEERS_MAX && !self.0.contains_key(&peer) {
            let oldest = self.0.iter().min_by_key(|(_, account)| account.seen).map(|(oldest, _)| *oldest);
            self.0.remove(&oldest.unwrap_or(peer));
        }
        self.0.entry(peer).or_insert_with(|| Account {
            messages: Bucket { left: f64::from(messages) },
            bytes: Bucket { left: f64::from(bytes) },
            seen: now,
            rejected: VecDeque::new(),
            tally: Tally::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;
    use std::time::Instant;

    use libp2p::PeerId;

    use crate::conduct::Conduct;
    use crate::conduct::REJECTED_MAX;
    use crate::conduct::REJECTED_WINDOW;
    use crate::settings::Rate;

    const RATE: Rate =
        Rate { messages_per_second: 2, messages_burst: 5, bytes_per_second: 100, bytes_burst: 1_000 };

    #[test]
    fn a_burst_is_taken_and_then_a_steady_rate() {
        let (mut conduct, start, peer) = (Conduct::default(), Instant::now(), PeerId::random());
        let taken = |conduct: &mut Conduct, bytes, now| {
            (0..10).filter(|_| conduct.admit(peer, bytes, &RATE, now)).count()
        };
        assert_eq!(taken(&mut conduct, 1, start), 5);
        assert_eq!(conduct.tally(&peer).over_rate, 5);
        assert!(conduct.admit(PeerId::random(), 1, &RATE, start), "another peer has its own");
        assert_eq!(taken(&mut conduct, 1, start + Duration::from_secs(1)), 2);
        assert_eq!(taken(&mut conduct, 1, start + Duration::from_secs(3_600)), 5, "no more than a burst");
        let later = start + Duration::from_secs(7_200);
        assert_eq!(taken(&mut conduct, 400, later), 2, "bytes count as well");
        assert!(!conduct.admit(PeerId::random(), 1_001, &RATE, later));
    }

    #[test]
    fn fifty_invalid_messages_in_ten_minutes_are_borne_and_no_more() {
        let (mut conduct, mut now, peer) = (Conduct::default(), Instant::now(), PeerId::random());
        for _ in 0..2 {
            for _ in 0..REJECTED_MAX {
                assert!(!conduct.reject(peer, now));
            }
            now += REJECTED_WINDOW;
        }
        now -= Duration::from_secs(1);
        assert!(conduct.reject(peer, now));
        assert!(!conduct.reject(peer, now), "the count begins anew");
        assert_eq!(conduct.tally(&peer).rejected, 102);
    }

    #[test]
    fn conduct_outlives_a_connection_for_ten_minutes() {
        let (mut conduct, now) = (Conduct::default(), Instant::now());
        let (gone, here) = (PeerId::random(), PeerId::random());
        for peer in [gone, here] {
            for _ in 0..5 {
                assert!(conduct.admit(peer, 1, &RATE, now));
            }
        }
        conduct.forget(now + Duration::from_millis(100), |_| false);
        assert!(!conduct.admit(gone, 1, &RATE, now), "coming back does not help");
        conduct.forget(now + REJECTED_WINDOW, |peer| *peer == here);
        assert_eq!(conduct.tally(&gone).over_rate, 0);
        assert_eq!(conduct.0.len(), 1);
    }
}
