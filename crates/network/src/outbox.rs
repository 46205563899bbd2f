//! Delivers events to a receiver that may lag, without ever waiting for it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;
use std::time::Instant;

use tokio::sync::mpsc;

use crate::event::Event;
use crate::event::Events;
use crate::event::Message;
use crate::peer::PeerName;

/// News of peers that wait to be read.
const NEWS_MAX: usize = 256;
/// Trouble of one peer is gathered this long, so that a burst of losses makes one event.
const TROUBLE_GATHERED: Duration = Duration::from_secs(1);

/// The sending end of the events. What it could not say yet is kept as a state, bounded by the number of
/// peers: who is connected, whom the receiver believes connected, and where trouble is to be told.
#[derive(Debug)]
pub(crate) struct Outbox {
    news: mpsc::Sender<Event>,
    heard: mpsc::Sender<Event>,
    here: BTreeSet<PeerName>,
    told: BTreeSet<PeerName>,
    /// Where the two differ.
    untold: BTreeSet<PeerName>,
    troubled: BTreeMap<PeerName, Instant>,
    /// Bans that were not told yet; as many as there may be.
    banned: BTreeMap<PeerName, String>,
}

impl Outbox {
    /// An outbox, where talks go, and the receiver of all; `heard_max` messages and `talks_max` talks wait
    /// at most.
    pub(crate) fn new(heard_max: usize, talks_max: usize) -> (Outbox, mpsc::Sender<Event>, Events) {
        let (news, news_inbox) = mpsc::channel(NEWS_MAX);
        let (talks, talks_inbox) = mpsc::channel(talks_max.max(1));
        let (heard, heard_inbox) = mpsc::channel(heard_max.max(1));
        let (here, told, untold) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let (troubled, banned) = (BTreeMap::new(), BTreeMap::new());
        let outbox = Outbox { news, heard, here, told, untold, troubled, banned };
        (outbox, talks, Events { news: news_inbox, talks: talks_inbox, heard: heard_inbox })
    }

    /// Hands a message over; false if there was no room.
    pub(crate) fn hear(&self, message: Message, bytes: Vec<u8>) -> bool {
        let from = message.from();
        self.heard.try_send(Event::Heard { message, from, bytes }).is_ok()
    }

    /// A member of the network is connected.
    pub(crate) fn meet(&mut self, peer: PeerName, now: Instant) {
        if self.here.insert(peer) && self.told.contains(&peer) {
            // It went and came back before there was room to tell.
            self.trouble(peer, now);
        }
        self.compare(peer);
    }

    /// A peer is gone.
    pub(crate) fn lose(&mut self, peer: PeerName) {
        self.here.remove(&peer);
        self.troubled.remove(&peer);
        self.compare(peer);
    }

    fn compare(&mut self, peer: PeerName) {
        if self.here.contains(&peer) == self.told.contains(&peer) {
            self.untold.remove(&peer);
        } else {
            self.untold.insert(peer);
        }
    }

    /// Messages from or to a peer were lost.
    pub(crate) fn trouble(&mut self, peer: PeerName, now: Instant) {
        if self.here.contains(&peer) {
            self.troubled.entry(peer).or_insert(now + TROUBLE_GATHERED);
        }
    }

    /// Messages to everyone were lost.
    pub(crate) fn trouble_everyone(&mut self, now: Instant) {
        for peer in &self.here {
            self.troubled.entry(*peer).or_insert(now + TROUBLE_GATHERED);
        }
    }

    /// A peer was turned away. Only told if there is room: the log has it as well.
    pub(crate) fn turn_away(&self, peer: PeerName, reason: String) {
        let _ = self.news.try_send(Event::Stranger { peer, reason });
    }

    /// A peer was banned by itself. It is told as soon as there is room.
    pub(crate) fn ban(&mut self, peer: PeerName, reason: String) {
        self.banned.insert(peer, reason);
    }

    /// Tells what is still to be told, as far as there is room.
    pub(crate) fn flush(&mut self, now: Instant) {
        while let Some((peer, reason)) = self.banned.pop_first() {
            if self.news.try_send(Event::Banned { peer, reason: reason.clone() }).is_err() {
                self.banned.insert(peer, reason);
                return;
            }
        }
        if !self.tell_peers() {
            return;
        }
        // While the receiver lags, further messages would be lost right after the catching up.
        if self.heard.capacity() * 2 < self.heard.max_capacity() {
            return;
        }
        let due: Vec<PeerName> =
            self.troubled.iter().filter(|(_, at)| **at <= now).map(|(peer, _)| *peer).collect();
        for peer in due {
            if self.news.try_send(Event::Trouble { peer }).is_err() {
                return;
            }
            self.troubled.remove(&peer);
        }
    }

    /// Whether there is nothing left to tell.
    pub(crate) fn is_calm(&self) -> bool {
        self.banned.is_empty() && self.untold.is_empty() && self.troubled.is_empty()
    }

    /// Tells who went and then who came; false if there was no room for all.
    fn tell_peers(&mut self) -> bool {
        let (gone, come): (Vec<PeerName>, Vec<PeerName>) =
            self.untold.iter().partition(|peer| self.told.contains(*peer));
        for peer in gone {
            if self.news.try_send(Event::Disconnected { peer }).is_err() {
                return false;
            }
            self.told.remove(&peer);
            self.untold.remove(&peer);
        }
        for peer in come {
            if self.news.try_send(Event::Connected { peer }).is_err() {
                return false;
            }
            self.told.insert(peer);
            self.untold.remove(&peer);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Instant;

    use libp2p::gossipsub::MessageId;

    use crate::event::Event;
    use crate::event::Message;
    use crate::identity::PeerKey;
    use crate::outbox::NEWS_MAX;
    use crate::outbox::Outbox;
    use crate::outbox::TROUBLE_GATHERED;
    use crate::peer::PeerName;

    fn peer(seed: usize) -> PeerName {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        PeerKey::from_seed(bytes).peer_id()
    }

    #[tokio::test]
    async fn news_that_found_no_room_is_merged_and_told_later() {
        let (mut outbox, _, mut events) = Outbox::new(4, 1);
        let now = Instant::now();
        let peers: Vec<PeerName> = (0..NEWS_MAX + 10).map(peer).collect();
        for peer in &peers {
            outbox.meet(*peer, now);
        }
        outbox.flush(now);
        for peer in &peers {
            outbox.lose(*peer);
        }
        outbox.ban(peers[0], "forged".to_owned());
        outbox.flush(now);
        let (mut believed, mut banned) = (BTreeSet::new(), None);
        for _ in 0..2 * NEWS_MAX + 1 {
            match events.next().await {
                Some(Event::Banned { peer, reason }) => banned = Some((peer, reason)),
                Some(Event::Connected { peer }) => assert!(believed.insert(peer)),
                Some(Event::Disconnected { peer }) => assert!(believed.remove(&peer)),
                other => panic!("{other:?}"),
            }
            outbox.flush(now);
        }
        assert_eq!(believed, BTreeSet::new());
        assert_eq!(banned, Some((peers[0], "forged".to_owned())));
    }

    #[tokio::test]
    async fn trouble_is_told_once_and_only_when_the_receiver_has_caught_up() {
        let (mut outbox, _, mut events) = Outbox::new(2, 1);
        let (now, jena) = (Instant::now(), peer(1));
        outbox.meet(jena, now);
        outbox.flush(now);
        assert!(matches!(events.next().await, Some(Event::Connected { peer }) if peer == jena));
        for number in 0..4_u8 {
            let room = outbox.hear(Message::new(MessageId::new(&[number]), jena), vec![number]);
            assert_eq!(room, number < 2);
            outbox.trouble(jena, now);
        }
        let later = now + TROUBLE_GATHERED;
        outbox.flush(later);
        assert!(matches!(events.next().await, Some(Event::Heard { .. })));
        assert!(matches!(events.next().await, Some(Event::Heard { .. })));
        outbox.flush(later);
        outbox.flush(later);
        drop(outbox);
        assert!(matches!(events.next().await, Some(Event::Trouble { peer }) if peer == jena));
        assert!(events.next().await.is_none());
    }
}
