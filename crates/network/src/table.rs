//! Where talks are opened and taken: one stream each, handed straight from a connection to whoever asked.
//!
//! A talk does not pass through the switchboard, and a node with thousands of connections finds the right
//! one without a search: a relay answers thousands of short talks a second.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::task::Context;
use std::task::Poll;

use libp2p::Multiaddr;
use libp2p::PeerId;
use libp2p::Stream;
use libp2p::StreamProtocol;
use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::core::upgrade::ReadyUpgrade;
use libp2p::swarm::ConnectionDenied;
use libp2p::swarm::ConnectionHandler;
use libp2p::swarm::ConnectionHandlerEvent;
use libp2p::swarm::ConnectionId;
use libp2p::swarm::FromSwarm;
use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::StreamUpgradeError;
use libp2p::swarm::SubstreamProtocol;
use libp2p::swarm::THandler;
use libp2p::swarm::THandlerInEvent;
use libp2p::swarm::THandlerOutEvent;
use libp2p::swarm::ToSwarm;
use libp2p::swarm::handler::ConnectionEvent;
use tokio::sync::mpsc;
use tokio::sync::oneshot;

use crate::event::Event;
use crate::peer::PeerName;
use crate::seats::Seats;
use crate::settings::protocol;
use crate::talk::Talk;

/// Talks that wait to be opened on one connection; who wants more waits.
const WISHES_MAX: usize = 16;

/// Why no stream was opened.
#[derive(Debug)]
pub(crate) enum StreamError {
    /// The peer is not connected, or not a member.
    Absent,
    /// It does not speak the protocol.
    Unsupported,
    /// The connection broke, or the peer did not answer.
    Broken(io::Error),
}

/// A wish for a stream, and where it is to go.
type Wish = oneshot::Sender<Result<Stream, StreamError>>;

/// The lines to one peer.
#[derive(Debug, Default)]
struct Lines {
    /// Whether it has introduced itself as a member.
    member: bool,
    /// Whether it holds talks.
    speaks: bool,
    connections: Vec<(ConnectionId, mpsc::Sender<Wish>)>,
}

#[derive(Debug)]
struct State {
    lines: BTreeMap<PeerId, Lines>,
    /// Where incoming talks go; none once the node has left.
    talks: Option<mpsc::Sender<Event>>,
}

/// The protocol of talks in a network.
pub(crate) fn talk_protocol(network: &str) -> Result<StreamProtocol, String> {
    StreamProtocol::try_from_owned(format!("{}/talk", protocol(network))).map_err(|error| error.to_string())
}

/// The table at which talks are held. Copies are the same table.
#[derive(Clone)]
pub(crate) struct Table {
    protocol: StreamProtocol,
    seats: Seats,
    state: Arc<Mutex<State>>,
}

impl Table {
    /// A table for talks by this protocol; those that peers open are told to `talks`, which must have
    /// room for as many as there are seats.
    pub(crate) fn new(protocol: StreamProtocol, seats: Seats, talks: mpsc::Sender<Event>) -> Table {
        let state = State { lines: BTreeMap::new(), talks: Some(talks) };
        Table { protocol, seats, state: Arc::new(Mutex::new(state)) }
    }

    /// The protocol of its talks.
    pub(crate) fn protocol(&self) -> &StreamProtocol {
        &self.protocol
    }

    /// Opens a stream to a member.
    pub(crate) async fn open(&self, peer: PeerId) -> Result<Stream, StreamError> {
        let connection = {
            let state = self.lock();
            let lines = state.lines.get(&peer).filter(|lines| lines.member).ok_or(StreamError::Absent)?;
            if !lines.speaks {
                return Err(StreamError::Unsupported);
            }
            let open = lines.connections.iter().find(|(_, connection)| !connection.is_closed());
            open.map(|(_, connection)| connection.clone()).ok_or(StreamError::Absent)?
        };
        let (wish, fulfilled) = oneshot::channel();
        let gone = || StreamError::Broken(io::Error::from(io::ErrorKind::ConnectionReset));
        connection.send(wish).await.map_err(|_| gone())?;
        fulfilled.await.map_err(|_| gone())?
    }

    /// A peer introduced itself as a member which speaks these protocols.
    pub(crate) fn introduce(&self, peer: PeerId, protocols: &[StreamProtocol]) {
        if let Some(lines) = self.lock().lines.get_mut(&peer) {
            lines.member = true;
            lines.speaks = protocols.contains(&self.protocol);
        }
    }

    /// Takes no talk of a peer any more, and opens none.
    pub(crate) fn bar(&self, peer: PeerId) {
        self.seats.bar(peer);
        if let Some(lines) = self.lock().lines.get_mut(&peer) {
            lines.member = false;
        }
    }

    /// Takes the talks of a peer again.
    pub(crate) fn unbar(&self, peer: &PeerId) {
        self.seats.unbar(peer);
    }

    /// Takes no talk of anybody any more.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.lines.clear();
        state.talks = None;
    }

    /// A peer opened a stream.
    fn take(&self, id: PeerId, stream: Stream) {
        let peer = PeerName::from(id);
        let Some(seat) = self.seats.take(id) else {
            tracing::debug!(%peer, "a talk was refused: its seats are taken");
            return;
        };
        let talk = Talk::new(peer, stream, Some(seat));
        if let Some(talks) = &self.lock().talks {
            // There is room for as many as there are seats; only who has stopped reading takes none.
            let _ = talks.try_send(Event::Talk { peer, talk });
        }
    }

    fn line(&self, peer: PeerId, connection: ConnectionId) -> Line {
        let (wishes, inbox) = mpsc::channel(WISHES_MAX);
        self.lock().lines.entry(peer).or_default().connections.push((connection, wishes));
        Line { peer, table: self.clone(), wishes: inbox }
    }

    fn cut(&self, peer: PeerId, connection: ConnectionId) {
        let mut state = self.lock();
        if let Some(lines) = state.lines.get_mut(&peer) {
            lines.connections.retain(|(id, _)| *id != connection);
            if lines.connections.is_empty() {
                state.lines.remove(&peer);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Table for {}", self.protocol)
    }
}

impl NetworkBehaviour for Table {
    type ConnectionHandler = Line;
    type ToSwarm = Infallible;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.line(peer, connection))
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.line(peer, connection))
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let FromSwarm::ConnectionClosed(closed) = event {
            self.cut(closed.peer_id, closed.connection_id);
        }
    }

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

/// The part of the table that sits on one connection.
#[derive(Debug)]
pub(crate) struct Line {
    peer: PeerId,
    table: Table,
    wishes: mpsc::Receiver<Wish>,
}

impl ConnectionHandler for Line {
    type FromBehaviour = Infallible;
    type ToBehaviour = Infallible;
    type InboundProtocol = ReadyUpgrade<StreamProtocol>;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Wish;

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        SubstreamProtocol::new(ReadyUpgrade::new(self.table.protocol.clone()), ())
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, Wish, Self::ToBehaviour>> {
        while let Poll::Ready(Some(wish)) = self.wishes.poll_recv(context) {
            // Who wished may have given up meanwhile.
            if !wish.is_closed() {
                let protocol = SubstreamProtocol::new(ReadyUpgrade::new(self.table.protocol.clone()), wish);
                return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
            }
        }
        Poll::Pending
    }

    fn on_behaviour_event(&mut self, event: Self::FromBehaviour) {
        match event {}
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<'_, Self::InboundProtocol, Self::OutboundProtocol, (), Wish>,
    ) {
        // Who wished may be gone: an answer that nobody takes is dropped.
        match event {
            ConnectionEvent::FullyNegotiatedInbound(taken) => self.table.take(self.peer, taken.protocol),
            ConnectionEvent::FullyNegotiatedOutbound(opened) => {
                let _ = opened.info.send(Ok(opened.protocol));
            }
            ConnectionEvent::DialUpgradeError(failed) => {
                let error = match failed.error {
                    StreamUpgradeError::NegotiationFailed => StreamError::Unsupported,
                    StreamUpgradeError::Timeout => StreamError::Broken(io::ErrorKind::TimedOut.into()),
                    StreamUpgradeError::Io(error) => StreamError::Broken(error),
                    StreamUpgradeError::Apply(never) => match never {},
                };
                let _ = failed.info.send(Err(error));
            }
            _ => {}
        }
    }
}
