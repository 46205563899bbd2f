//! How many talks peers may hold with us at a time, and who may hold none.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use libp2p::PeerId;

/// The seats at the table. Copies share them.
#[derive(Clone, Debug)]
pub(crate) struct Seats {
    all_max: usize,
    per_peer_max: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_peer: BTreeMap<PeerId, usize>,
    barred: BTreeSet<PeerId>,
}

impl Seats {
    /// A table with so many seats, and so many of them for one peer.
    pub(crate) fn new(all_max: usize, per_peer_max: usize) -> Seats {
        Seats { all_max, per_peer_max, taken: Arc::default() }
    }

    /// A seat for a peer, if it may still have one. Dropping it gives it back.
    pub(crate) fn take(&self, peer: PeerId) -> Option<Seat> {
        let mut taken = self.lock();
        let own = taken.by_peer.get(&peer).copied().unwrap_or(0);
        if taken.all >= self.all_max || own >= self.per_peer_max || taken.barred.contains(&peer) {
            return None;
        }
        taken.all += 1;
        taken.by_peer.insert(peer, own + 1);
        Some(Seat { seats: self.clone(), peer })
    }

    /// Gives a peer no seat any more.
    pub(crate) fn bar(&self, peer: PeerId) {
        self.lock().barred.insert(peer);
    }

    /// Gives a peer seats again.
    pub(crate) fn unbar(&self, peer: &PeerId) {
        self.lock().barred.remove(peer);
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A seat that is taken.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Seats,
    peer: PeerId,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.lock();
        taken.all = taken.all.saturating_sub(1);
        if let Some(own) = taken.by_peer.get_mut(&self.peer) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.by_peer.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use libp2p::PeerId;

    use crate::seats::Seat;
    use crate::seats::Seats;

    #[test]
    fn two_seats_a_peer_and_thirty_two_in_all() {
        let seats = Seats::new(32, 2);
        let peers: Vec<PeerId> = (0..20).map(|_| PeerId::random()).collect();
        let taken: Vec<Option<Seat>> =
            peers.iter().flat_map(|peer| [seats.take(*peer), seats.take(*peer), seats.take(*peer)]).collect();
        assert_eq!(taken.iter().flatten().count(), 32);
        assert!(taken[2].is_none(), "the third seat of the first peer");
        drop(taken);
        assert!(seats.take(peers[0]).is_some());
        assert!(seats.lock().by_peer.is_empty() && seats.lock().all == 0);
    }

    #[test]
    fn who_is_barred_has_no_seat_until_it_is_welcome_again() {
        let (seats, peer) = (Seats::new(32, 2), PeerId::random());
        seats.bar(peer);
        assert!(seats.take(peer).is_none());
        assert!(seats.take(PeerId::random()).is_some());
        seats.unbar(&peer);
        assert!(seats.take(peer).is_some());
    }
}
