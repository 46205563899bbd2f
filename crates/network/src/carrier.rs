//! Joins a network and carries bytes on it: the handle that the rest of a node holds.

use std::time::Duration;
use std::time::Instant;

use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::ban::Ban;
use crate::behaviour::swarm;
use crate::command::Announced;
use crate::command::COMMANDS_MAX;
use crate::command::Command;
use crate::command::DialError;
use crate::dialler::Dialler;
use crate::event::Events;
use crate::event::Message;
use crate::event::Verdict;
use crate::identity::PeerKey;
use crate::listening::ListenError;
use crate::neighbour::Peer;
use crate::outbox::Outbox;
use crate::peer::PeerName;
use crate::seats::Seats;
use crate::settings::Settings;
use crate::settings::names_network;
use crate::switchboard::Switchboard;
use crate::table::StreamError;
use crate::table::Table;
use crate::table::talk_protocol;
use crate::talk::Talk;

/// So long may a peer take to answer when a talk is opened.
const OPEN_MAX: Duration = Duration::from_secs(10);

/// Why a node cannot join its network.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The network's name is none.
    #[error("\"{0}\" is no network name: 1 to 64 of the characters a-z, 0-9, - and .")]
    Network(String),
    /// An address to listen on cannot be used.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// A peer's address cannot be used.
    #[error("a peer's address cannot be used: {0}")]
    Peer(#[from] DialError),
    /// libp2p refuses.
    #[error("the network cannot be started: {0}")]
    Transport(String),
}

/// Why no talk came about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// There is no connection, or the peer has not introduced itself yet.
    #[error("{peer} is not connected; it is dialled again by itself if it is among the peers of this node")]
    NotConnected {
        /// The peer.
        peer: PeerName,
    },
    /// The peer does not answer.
    #[error("{peer} did not answer within {} seconds; try again later", OPEN_MAX.as_secs())]
    NoAnswer {
        /// The peer.
        peer: PeerName,
    },
    /// The peer does not hold talks.
    #[error("{peer} cannot catch up with this node: it does not speak the protocol {protocol}")]
    Unsupported {
        /// The peer.
        peer: PeerName,
        /// The protocol.
        protocol: String,
    },
    /// The connection broke.
    #[error("the connection to {peer} broke ({reason}); try again later")]
    Broken {
        /// The peer.
        peer: PeerName,
        /// What broke.
        reason: String,
    },
}

/// Joins a network on the current tokio runtime: builds the node, listens, and begins to dial.
///
/// Returns when every address to listen on has its real port. The peers are dialled from then on.
pub async fn start(settings: Settings, key: PeerKey) -> Result<(Network, Events), StartError> {
    if !names_network(&settings.network) {
        return Err(StartError::Network(settings.network));
    }
    let dialler = Dialler::new(&settings, Instant::now())?;
    let protocol = talk_protocol(&settings.network).map_err(StartError::Transport)?;
    let limits = &settings.limits;
    let (outbox, talks, events) = Outbox::new(limits.heard_max, limits.talks_max);
    let table = Table::new(protocol, Seats::new(limits.talks_max, limits.talks_per_peer_max), talks);
    let swarm = swarm(&settings, &key, table.clone()).map_err(StartError::Transport)?;

    let (commands, commands_inbox) = mpsc::channel(COMMANDS_MAX);
    let (addresses, listening) = watch::channel(Vec::new());
    let mut switchboard = Switchboard::new(swarm, &settings, dialler, outbox, commands_inbox, addresses);
    switchboard.listen(&settings.listen).await?;
    tokio::spawn(switchboard.run());
    let network = Network { name: key.peer_id(), commands, listening, table };
    tracing::info!(
        network = settings.network, role = %settings.role, peer = %network.name, listen = ?network.listen(),
        "the node has joined the network"
    );
    Ok((network, events))
}

/// The handle on a network that was joined. Copies of it speak to the same node; when the last one is
/// dropped, the node leaves.
#[derive(Clone)]
pub struct Network {
    name: PeerName,
    commands: mpsc::Sender<Command>,
    listening: watch::Receiver<Vec<String>>,
    table: Table,
}

impl Network {
    /// Under which name peers know this node.
    pub fn peer_id(&self) -> PeerName {
        self.name
    }

    /// Where this node listens, with real ports and `/p2p/ID` at the end.
    pub fn listen(&self) -> Vec<String> {
        self.listening.borrow().clone()
    }

    /// Tells all peers, at most 128 KiB. Do it after the bytes are safe on this disk.
    pub async fn announce(&self, bytes: Vec<u8>) -> Announced {
        self.ask(|answer| Command::Announce { bytes, answer }).await.unwrap_or(Announced::Stopped)
    }

    /// Gives the verdict on a message heard. A second verdict, or one that comes too late, does nothing.
    pub async fn judge(&self, message: Message, verdict: Verdict) {
        let _ = self.commands.send(Command::Judge { message, verdict }).await;
    }

    /// Opens a talk with a peer that is connected. The peer learns of it by its
    /// [`Event::Talk`](crate::event::Event::Talk) together with the first frame, perhaps before its own
    /// `Connected`.
    pub async fn open(&self, peer: PeerName) -> Result<Talk, OpenError> {
        match timeout(OPEN_MAX, self.table.open(peer.id())).await {
            Ok(Ok(stream)) => Ok(Talk::new(peer, stream, None)),
            Ok(Err(StreamError::Absent)) => Err(OpenError::NotConnected { peer }),
            Ok(Err(StreamError::Unsupported)) => {
                Err(OpenError::Unsupported { peer, protocol: self.table.protocol().to_string() })
            }
            Ok(Err(StreamError::Broken(error))) => Err(OpenError::Broken { peer, reason: error.to_string() }),
            Err(_) => Err(OpenError::NoAnswer { peer }),
        }
    }

    /// Dials an address from now on for ever, until it answers and again whenever the peer is lost.
    /// Returns when it is remembered, not when it is connected; it is forgotten at the end of the process.
    pub async fn dial(&self, multiaddr: &str) -> Result<(), DialError> {
        let address = multiaddr.to_owned();
        self.ask(|answer| Command::Dial { address, answer }).await.unwrap_or(Err(DialError::Stopped))
    }

    /// Sets the further relay addresses that were learned (from signed records), all of them: those that
    /// are left out are not dialled any more. At most 256 are kept; those that cannot be used are skipped
    /// with a line in the log.
    ///
    /// A municipality dials them, two at a time and chosen by lot, while it is connected with fewer than
    /// two relays. A relay dials them all, as far as its
    /// [`static_peers_max`](crate::settings::Limits::static_peers_max) allows, and treats them like
    /// those that its operator named.
    pub async fn learn(&self, addresses: Vec<String>) {
        let _ = self.ask(|answer| Command::Learn { addresses, answer }).await;
    }

    /// Everyone who is connected, by name.
    pub async fn peers(&self) -> Vec<Peer> {
        self.ask(|answer| Command::Peers { answer }).await.unwrap_or_default()
    }

    /// Closes the connections with a peer and takes no more, until it is pardoned or the process ends:
    /// keep the ban, and give it back in [`Settings::banned`] at the next start.
    pub async fn ban(&self, peer: PeerName, reason: &str) {
        let reason = reason.to_owned();
        let _ = self.ask(|answer| Command::Ban { peer, reason, answer }).await;
    }

    /// Everyone who is banned, by name.
    pub async fn bans(&self) -> Vec<Ban> {
        self.ask(|answer| Command::Bans { answer }).await.unwrap_or_default()
    }

    /// Lifts a ban.
    pub async fn pardon(&self, peer: PeerName) {
        let _ = self.ask(|answer| Command::Pardon { peer, answer }).await;
    }

    /// Closes the connections with a peer, which may come back.
    pub async fn disconnect(&self, peer: PeerName) {
        let _ = self.ask(|answer| Command::Disconnect { peer, answer }).await;
    }

    /// Leaves the network: takes leave of all peers, at most 2 seconds. All copies of the handle are
    /// useless then, and the events end.
    pub async fn stop(self) {
        let _ = self.ask(|answer| Command::Stop { answer }).await;
    }

    /// Sends a command and waits for its answer; none if the network has stopped.
    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.commands.send(command(answer)).await.ok()?;
        answered.await.ok()
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Network").field("name", &self.name).finish_non_exhaustive()
    }
}
