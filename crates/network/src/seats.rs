//! How many talks peers may hold with us at a time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use libp2p::PeerId;

/// Incoming talks of one peer at a time.
const TALKS_PER_PEER_MAX: usize = 2;
/// Incoming talks at a time.
const TALKS_MAX: usize = 32;

/// The seats at the table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seats(Arc<Mutex<BTreeMap<PeerId, usize>>>);

impl Seats {
    /// A seat for a peer, if it may still have one. Dropping it gives it back.
    pub(crate) fn take(&self, peer: PeerId) -> Option<Seat> {
        let mut taken = self.lock();
        let (all, own) = (taken.values().sum::<usize>(), taken.get(&peer).copied().unwrap_or(0));
        if all >= TALKS_MAX || own >= TALKS_PER_PEER_MAX {
            return None;
        }
        taken.insert(peer, own + 1);
        Some(Seat { seats: self.clone(), peer })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PeerId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        if let Some(own) = taken.get_mut(&self.peer) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use libp2p::PeerId;

    use crate::seats::Seat;
    use crate::seats::Seats;
    use crate::seats::TALKS_MAX;

    #[test]
    fn two_seats_a_peer_and_thirty_two_in_all() {
        let seats = Seats::default();
        let peers: Vec<PeerId> = (0..20).map(|_| PeerId::random()).collect();
        let taken: Vec<Option<Seat>> =
            peers.iter().flat_map(|peer| [seats.take(*peer), seats.take(*peer), seats.take(*peer)]).collect();
        assert_eq!(taken.iter().flatten().count(), TALKS_MAX);
        assert!(taken[2].is_none(), "the third seat of the first peer");
        drop(taken);
        assert!(seats.take(peers[0]).is_some());
        assert!(seats.lock().is_empty());
    }
}
