//! What the handle asks of the switchboard.

use tokio::sync::oneshot;

use crate::ban::Ban;
use crate::event::Message;
use crate::event::Verdict;
use crate::neighbour::Peer;
use crate::peer::PeerName;
use crate::settings::AddressError;

/// Commands that wait for the switchboard.
pub(crate) const COMMANDS_MAX: usize = 256;

/// One thing to do; where there is an answer, it goes by the channel enclosed.
#[derive(Debug)]
pub(crate) enum Command {
    Announce { bytes: Vec<u8>, answer: oneshot::Sender<Announced> },
    Judge { message: Message, verdict: Verdict },
    Learn { addresses: Vec<String>, answer: oneshot::Sender<()> },
    Dial { address: String, answer: oneshot::Sender<Result<(), DialError>> },
    Peers { answer: oneshot::Sender<Vec<Peer>> },
    Bans { answer: oneshot::Sender<Vec<Ban>> },
    Ban { peer: PeerName, reason: String, answer: oneshot::Sender<()> },
    Pardon { peer: PeerName, answer: oneshot::Sender<()> },
    Disconnect { peer: PeerName, answer: oneshot::Sender<()> },
    Stop { answer: oneshot::Sender<()> },
}

/// What became of an announcement. None of it is a failure: what gossip does not carry, repair does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Announced {
    /// It is on its way.
    Sent,
    /// Nobody listens yet, which is normal at the start.
    NoPeers,
    /// The same bytes were announced or heard a short while ago.
    Known,
    /// It could not be sent now; do not try again, but expect [`Trouble`](crate::event::Event::Trouble)
    /// and catch up. The words say why.
    Busy(String),
    /// It is longer than gossip carries.
    TooLong {
        /// What gossip carries.
        bytes_max: usize,
    },
    /// The network has stopped.
    Stopped,
}

/// Why an address is not dialled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialError {
    /// It is not an address we can use.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// There are too many already.
    #[error("{addresses_max} addresses are dialled already; remove one before you add another")]
    Full {
        /// The limit.
        addresses_max: usize,
    },
    /// The network has stopped.
    #[error("the network has stopped; start the node again")]
    Stopped,
}
