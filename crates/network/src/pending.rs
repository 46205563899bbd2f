//! Messages heard that wait for a verdict, bounded by number and bytes.

use std::collections::BTreeMap;
use std::time::Duration;
use std::time::Instant;

use libp2p::PeerId;
use libp2p::gossipsub::MessageId;

/// One message that waits.
#[derive(Debug)]
struct Waiting {
    from: PeerId,
    bytes: usize,
    since: Instant,
}

/// What one peer has waiting.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    messages: usize,
    bytes: usize,
}

/// The messages that wait. No peer may take more than half of the room, so that one that floods does not
/// silence the others.
#[derive(Debug)]
pub(crate) struct Pending {
    waiting: BTreeMap<MessageId, Waiting>,
    shares: BTreeMap<PeerId, Share>,
    bytes: usize,
    messages_max: usize,
    bytes_max: usize,
    patience: Duration,
}

impl Pending {
    /// Room for `messages_max` messages of `bytes_max` bytes in all, each for as long as `patience`.
    pub(crate) fn new(messages_max: usize, bytes_max: usize, patience: Duration) -> Pending {
        let (waiting, shares) = (BTreeMap::new(), BTreeMap::new());
        Pending { waiting, shares, bytes: 0, messages_max, bytes_max, patience }
    }

    /// Takes a message in; false if there is no room.
    pub(crate) fn admit(&mut self, id: MessageId, from: PeerId, bytes: usize, now: Instant) -> bool {
        let share = self.shares.get(&from).copied().unwrap_or_default();
        let room = self.waiting.len() < self.messages_max
            && self.bytes.saturating_add(bytes) <= self.bytes_max
            && share.messages < self.messages_max.div_ceil(2)
            && share.bytes.saturating_add(bytes) <= self.bytes_max.div_ceil(2);
        if !room || self.waiting.contains_key(&id) {
            return false;
        }
        self.bytes += bytes;
        self.shares.insert(from, Share { messages: share.messages + 1, bytes: share.bytes + bytes });
        self.waiting.insert(id, Waiting { from, bytes, since: now });
        true
    }

    /// Takes a message out; false if it does not wait any more.
    pub(crate) fn settle(&mut self, id: &MessageId) -> bool {
        let Some(message) = self.waiting.remove(id) else { return false };
        self.bytes = self.bytes.saturating_sub(message.bytes);
        if let Some(share) = self.shares.get_mut(&message.from) {
            share.messages = share.messages.saturating_sub(1);
            share.bytes = share.bytes.saturating_sub(message.bytes);
            if share.messages == 0 {
                self.shares.remove(&message.from);
            }
        }
        true
    }

    /// Forgets what has waited too long, and says how many that were.
    pub(crate) fn expire(&mut self, now: Instant) -> usize {
        let old: Vec<MessageId> = self
            .waiting
            .iter()
            .filter(|(_, message)| now.saturating_duration_since(message.since) >= self.patience)
            .map(|(id, _)| id.clone())
            .collect();
        old.iter().filter(|id| self.settle(id)).count()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;
    use std::time::Instant;

    use libp2p::PeerId;
    use libp2p::gossipsub::MessageId;

    use crate::pending::Pending;

    fn id(number: u8) -> MessageId {
        MessageId::new(&[number])
    }

    #[test]
    fn one_peer_takes_at_most_half_of_the_room() {
        let (now, loud, calm) = (Instant::now(), PeerId::random(), PeerId::random());
        let mut pending = Pending::new(4, 100, Duration::from_secs(30));
        let heard: Vec<bool> = (0..3).map(|number| pending.admit(id(number), loud, 10, now)).collect();
        assert_eq!(heard, [true, true, false]);
        assert!(!pending.admit(id(7), calm, 51, now), "more bytes than half");
        assert!(pending.admit(id(8), calm, 50, now));
        assert!(!pending.admit(id(8), calm, 1, now), "waits already");
        assert!(pending.settle(&id(0)));
        assert!(!pending.settle(&id(0)));
        assert!(pending.admit(id(3), loud, 10, now));
    }

    #[test]
    fn what_nobody_judges_is_forgotten() {
        let (now, peer) = (Instant::now(), PeerId::random());
        let mut pending = Pending::new(2, 100, Duration::from_secs(30));
        assert!(pending.admit(id(1), peer, 10, now));
        assert_eq!(pending.expire(now + Duration::from_secs(29)), 0);
        assert_eq!(pending.expire(now + Duration::from_secs(30)), 1);
        assert!(pending.waiting.is_empty() && pending.shares.is_empty() && pending.bytes == 0);
    }
}
