//! What the network tells: messages heard, peers coming and going, talks, trouble.

use std::fmt;

use libp2p::gossipsub::MessageId;
use tokio::sync::mpsc;

use crate::peer::PeerName;
use crate::talk::Talk;

/// A handle on a message heard, by which its verdict is given.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    id: MessageId,
    from: PeerName,
}

impl Message {
    pub(crate) fn new(id: MessageId, from: PeerName) -> Message {
        Message { id, from }
    }

    pub(crate) fn id(&self) -> &MessageId {
        &self.id
    }

    pub(crate) fn from(&self) -> PeerName {
        self.from
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Message {} from {}", self.id, self.from)
    }
}

/// What becomes of a message heard. Give it within 30 seconds (a relay within 60), else the message is
/// forgotten and not passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Good: pass it on.
    Accept,
    /// Neither good nor bad (known already, or not to be judged yet): do not pass it on, blame nobody.
    Ignore,
    /// Bad: do not pass it on, and think less of every peer that sent it. Only for what no honest node
    /// would ever have passed on, whatever it knew: a peer that sends more than 50 of these within
    /// 10 minutes is banned ([`Event::Banned`]).
    Reject,
}

/// What happened on the network.
#[derive(Debug)]
pub enum Event {
    /// A peer passed on a message. It is held back until [`judge`](crate::carrier::Network::judge).
    Heard {
        /// The handle for the verdict.
        message: Message,
        /// Who passed it on, which is rarely who wrote it.
        from: PeerName,
        /// What was said.
        bytes: Vec<u8>,
    },
    /// A member of this network is connected. Time to catch up with it.
    Connected {
        /// The peer.
        peer: PeerName,
    },
    /// The last connection to a peer is gone.
    Disconnected {
        /// The peer.
        peer: PeerName,
    },
    /// A peer wants to talk.
    Talk {
        /// The peer.
        peer: PeerName,
        /// The open talk.
        talk: Talk,
    },
    /// Messages from or to a peer were lost since a queue was full, or since it sent more than its rate
    /// allows. Catch up with it.
    Trouble {
        /// The peer.
        peer: PeerName,
    },
    /// A peer was banned by itself, since it sent what no honest node sends. Keep it on disk, and give it
    /// back in [`Settings::banned`](crate::settings::Settings::banned) at the next start.
    Banned {
        /// The peer.
        peer: PeerName,
        /// Why, in words.
        reason: String,
    },
    /// A peer was turned away since it does not belong to this network.
    Stranger {
        /// The peer.
        peer: PeerName,
        /// Why, in words that continue "The peer was turned away:".
        reason: String,
    },
}

/// The receiving end of everything the network tells.
///
/// It may lag: messages that find no room are answered with [`Verdict::Ignore`] and later a
/// [`Event::Trouble`] names the peers to catch up with. News of peers is merged, never lost.
#[derive(Debug)]
pub struct Events {
    pub(crate) news: mpsc::Receiver<Event>,
    pub(crate) talks: mpsc::Receiver<Event>,
    pub(crate) heard: mpsc::Receiver<Event>,
}

impl Events {
    /// Waits for the next event, news of peers before talks and messages; none once the network has stopped.
    /// May be dropped while it waits without losing an event.
    pub async fn next(&mut self) -> Option<Event> {
        // Neither many talks nor many messages may silence the other.
        let talks_or_heard = async {
            tokio::select! {
                Some(event) = self.talks.recv() => Some(event),
                Some(event) = self.heard.recv() => Some(event),
                else => None,
            }
        };
        tokio::select! {
            biased;
            Some(event) = self.news.recv() => Some(event),
            Some(event) = talks_or_heard => Some(event),
            else => None,
        }
    }
}
