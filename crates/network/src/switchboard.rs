//! The one task that owns the swarm: commands and swarm events in, events out, never waiting for either.

use std::collections::BTreeSet;
use std::hash::BuildHasher;
use std::hash::Hasher;
use std::hash::RandomState;
use std::pin::pin;
use std::time::Duration;
use std::time::Instant;

use futures::StreamExt;
use libp2p::PeerId;
use libp2p::Swarm;
use libp2p::core::transport::ListenerId;
use libp2p::gossipsub;
use libp2p::identify;
use libp2p::ping;
use libp2p::swarm::ConnectionError;
use libp2p::swarm::ConnectionId;
use libp2p::swarm::DialError as SwarmDialError;
use libp2p::swarm::SwarmEvent;
use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio::time::timeout;
use tokio::time::timeout_at;

use crate::ban::BANNED_MAX;
use crate::ban::Bans;
use crate::behaviour::Behaviour;
use crate::behaviour::BehaviourEvent;
use crate::behaviour::topic;
use crate::behaviour::verdict_patience;
use crate::command::Announced;
use crate::command::Command;
use crate::conduct::Conduct;
use crate::conduct::REJECTED_MAX;
use crate::conduct::REJECTED_WINDOW;
use crate::dialler::Dialler;
use crate::dialler::Failure;
use crate::event::Message;
use crate::event::Verdict;
use crate::listening::ListenError;
use crate::listening::probe;
use crate::outbox::Outbox;
use crate::peer::PeerName;
use crate::pending::Pending;
use crate::roster::Company;
use crate::roster::Roster;
use crate::roster::Standing;
use crate::settings::Carriage;
use crate::settings::Limits;
use crate::settings::Role;
use crate::settings::Settings;
use crate::settings::address;
use crate::settings::wants_tls;
use crate::words::strangeness;

/// Bytes of one announcement. Gossip reads more at a time, so that two may stand in its buffer.
const ANNOUNCEMENT_BYTES_MAX: usize = 128 * 1024;
/// How often the time is looked at while something is due soon.
const TICK: Duration = Duration::from_millis(250);
/// How often while nothing is. Else looking at the time would be most of what a node at rest does.
const TICK_CALM: Duration = Duration::from_secs(1);
/// So long may it take to listen.
const LISTEN_MAX: Duration = Duration::from_secs(5);
/// So long may it take to part from all peers at the end.
const PART_MAX: Duration = Duration::from_secs(2);
/// Strangers that are remembered, so that each is told of once.
const STRANGERS_MAX: usize = 1_024;

/// The state of the task.
pub(crate) struct Switchboard {
    swarm: Swarm<Behaviour>,
    network: String,
    role: Role,
    carriage: Carriage,
    topic: gossipsub::IdentTopic,
    roster: Roster,
    dialler: Dialler,
    pending: Pending,
    conduct: Conduct,
    bans: Bans,
    /// Strangers that were told of already.
    strangers: BTreeSet<PeerId>,
    limits: Limits,
    outbox: Outbox,
    commands: mpsc::Receiver<Command>,
    addresses: watch::Sender<Vec<String>>,
}

impl Switchboard {
    /// A switchboard that listens nowhere and dials nobody yet.
    pub(crate) fn new(
        swarm: Swarm<Behaviour>,
        settings: &Settings,
        dialler: Dialler,
        outbox: Outbox,
        commands: mpsc::Receiver<Command>,
        addresses: watch::Sender<Vec<String>>,
    ) -> Switchboard {
        let limits = settings.limits.clone();
        let patience = verdict_patience(settings.role);
        let mut switchboard = Switchboard {
            swarm,
            network: settings.network.clone(),
            role: settings.role,
            carriage: settings.carriage,
            topic: topic(&settings.network),
            roster: Roster::default(),
            dialler,
            pending: Pending::new(limits.heard_max, limits.heard_bytes_max, patience),
            conduct: Conduct::default(),
            bans: Bans::default(),
            strangers: BTreeSet::new(),
            limits,
            outbox,
            commands,
            addresses,
        };
        if settings.role == Role::Relay {
            // A relay that is full still takes the relays that its operator named.
            for peer in switchboard.dialler.pinned() {
                switchboard.swarm.behaviour_mut().limits.bypass_peer_id(&peer);
            }
        }
        for (peer, reason) in &settings.banned {
            switchboard.ban(*peer, reason);
        }
        switchboard
    }

    /// Listens on all addresses, and returns when each has its real port.
    pub(crate) async fn listen(&mut self, listen: &[String]) -> Result<(), ListenError> {
        let mut waiting: Vec<(ListenerId, &str)> = Vec::new();
        for text in listen {
            let address = address(text, self.carriage)?;
            if wants_tls(&address) {
                return Err(ListenError::of_tls(text));
            }
            probe(text, &address)?;
            let listener =
                self.swarm.listen_on(address).map_err(|error| ListenError::of_transport(text, error))?;
            waiting.push((listener, text));
        }
        let end = tokio::time::Instant::now() + LISTEN_MAX;
        while let Some((_, first)) = waiting.first() {
            let Ok(event) = timeout_at(end, self.swarm.select_next_some()).await else {
                let reason = format!("the system did not answer within {} seconds", LISTEN_MAX.as_secs());
                return Err(ListenError::Refused { address: (*first).to_owned(), reason });
            };
            match &event {
                SwarmEvent::NewListenAddr { listener_id, .. } => waiting.retain(|(id, _)| id != listener_id),
                SwarmEvent::ListenerClosed { listener_id, reason: Err(error), .. } => {
                    if let Some((_, text)) = waiting.iter().find(|(id, _)| id == listener_id) {
                        return Err(ListenError::of_system(text, error));
                    }
                }
                _ => {}
            }
            self.happen(event);
        }
        Ok(())
    }

    /// Works until it is told to stop, or until nobody can tell it anything any more.
    pub(crate) async fn run(mut self) {
        let mut tick = pin!(sleep(Duration::ZERO));
        let answer = loop {
            tokio::select! {
                event = self.swarm.select_next_some() => self.happen(event),
                command = self.commands.recv() => match command {
                    Some(Command::Stop { answer }) => break Some(answer),
                    Some(command) => self.obey(command),
                    None => break None,
                },
                () = &mut tick => {
                    self.tick(Instant::now());
                    let pause = if self.is_calm() { TICK_CALM } else { TICK };
                    tick.as_mut().reset(tokio::time::Instant::now() + pause);
                }
            }
            self.outbox.flush(Instant::now());
        };
        self.part().await;
        if let Some(answer) = answer {
            let _ = answer.send(());
        }
    }

    /// Takes leave: libp2p has no call for it, so leave the topic, close every connection, and wait a little.
    async fn part(&mut self) {
        self.swarm.behaviour().table.close();
        self.swarm.behaviour_mut().gossip.unsubscribe(&self.topic);
        for peer in self.roster.peers() {
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        let closed = async {
            while self.swarm.connected_peers().next().is_some() {
                self.swarm.select_next_some().await;
            }
        };
        if timeout(PART_MAX, closed).await.is_err() {
            tracing::debug!("some connections were cut at the end");
        }
    }

    fn tick(&mut self, now: Instant) {
        let forgotten = self.pending.expire(now);
        if forgotten > 0 {
            tracing::warn!(messages = forgotten, "messages were forgotten since nobody judged them in time");
        }
        self.conduct.forget(now, |peer| self.roster.here(peer));
        self.dial(now);
        self.part_from_unwanted(now);
    }

    /// Whether nothing waits for its time: no dial, no farewell, nothing to tell.
    fn is_calm(&self) -> bool {
        self.dialler.is_calm(|peer| self.roster.company(peer))
            && self.roster.is_calm()
            && self.outbox.is_calm()
    }

    fn dial(&mut self, now: Instant) {
        let roster = &self.roster;
        for dial in self.dialler.due(now, |peer| roster.company(peer), dice) {
            let connection = dial.connection_id();
            if let Err(error) = self.swarm.dial(dial) {
                self.miss(connection, &error);
            }
        }
    }

    /// A dial failed.
    fn miss(&mut self, connection: ConnectionId, error: &SwarmDialError) {
        if matches!(error, SwarmDialError::LocalPeerId { .. }) {
            if let Some(address) = self.dialler.is_own(connection) {
                tracing::info!(address, "an address to dial is this node's own and is left out");
            }
            return;
        }
        let wrong = matches!(error, SwarmDialError::WrongPeerId { .. });
        let failure = self.dialler.failed(connection, wrong, Instant::now(), dice());
        let Some(Failure { address, first, pause }) = failure else { return };
        let seconds = pause.as_secs();
        match error {
            SwarmDialError::WrongPeerId { obtained, .. } if first => tracing::warn!(
                address, found = %obtained, seconds,
                "another node than the one named answers at this address; it is tried again seldom"
            ),
            _ if first => {
                tracing::info!(address, %error, seconds, "a peer cannot be reached and is tried again");
            }
            _ => tracing::debug!(address, %error, seconds, "a peer still cannot be reached"),
        }
    }

    fn part_from_unwanted(&mut self, now: Instant) {
        for (peer, standing) in self.roster.unwanted(now) {
            if standing == Standing::Unknown {
                // It may be a relay that everybody comes back to at once: it is dialled again soon.
                self.turn_away(peer, "it did not introduce itself in time".to_owned());
            }
            let _ = self.swarm.disconnect_peer_id(peer);
        }
    }

    /// Tells once why a peer is not welcome, however often it comes.
    fn turn_away(&mut self, peer: PeerId, reason: String) {
        if self.strangers.len() >= STRANGERS_MAX {
            self.strangers.pop_first();
        }
        if !self.strangers.insert(peer) {
            tracing::debug!(%peer, reason, "a peer was turned away again");
            return;
        }
        tracing::warn!(%peer, reason, "a peer was turned away");
        self.outbox.turn_away(PeerName::from(peer), reason);
    }

    fn happen(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Gossip(event)) => self.gossip(event),
            SwarmEvent::Behaviour(BehaviourEvent::Identify(event)) => self.identify(event),
            SwarmEvent::Behaviour(BehaviourEvent::Ping(event)) => self.ping(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.roster.open(peer_id, connection_id, &endpoint, Instant::now());
                self.dialler.opened(connection_id, peer_id);
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, cause, .. } => {
                self.close(peer_id, connection_id, cause.as_ref());
            }
            SwarmEvent::OutgoingConnectionError { connection_id, error, .. } => {
                self.miss(connection_id, &error);
            }
            SwarmEvent::NewListenAddr { .. } | SwarmEvent::ExpiredListenAddr { .. } => self.list_addresses(),
            SwarmEvent::ListenerClosed { addresses, reason, .. } => {
                tracing::error!(?addresses, ?reason, "this node does not listen any more; start it again");
                self.list_addresses();
            }
            _ => {}
        }
    }

    fn ping(&mut self, event: ping::Event) {
        match event.result {
            Ok(round_trip) => self.roster.measured(event.peer, round_trip),
            // An ancient or foreign node; it says nothing about the line.
            Err(ping::Failure::Unsupported) => {}
            Err(error) => {
                // libp2p keeps a connection whose other end lost its power until TCP gives up, after
                // a quarter of an hour.
                if self.roster.unanswered(event.peer) {
                    tracing::info!(peer = %event.peer, %error, "a connection is closed since nobody answers on it");
                    self.swarm.close_connection(event.connection);
                }
            }
        }
    }

    fn list_addresses(&self) {
        let name = self.swarm.local_peer_id();
        let addresses = self.swarm.listeners().map(|address| format!("{address}/p2p/{name}")).collect();
        self.addresses.send_replace(addresses);
    }

    fn close(&mut self, peer: PeerId, connection: ConnectionId, cause: Option<&ConnectionError>) {
        if !self.roster.close(peer, connection) {
            return;
        }
        tracing::debug!(%peer, ?cause, "a peer is gone");
        self.dialler.lost(peer, Instant::now(), dice());
        self.outbox.lose(PeerName::from(peer));
        self.swarm.behaviour_mut().gossip.remove_explicit_peer(&peer);
    }

    fn gossip(&mut self, event: gossipsub::Event) {
        let now = Instant::now();
        match event {
            gossipsub::Event::Message { propagation_source, message_id, message } => {
                self.hear(propagation_source, message_id, message.data, now);
            }
            gossipsub::Event::SlowPeer { peer_id, failed_messages } => {
                tracing::debug!(peer = %peer_id, ?failed_messages, "a peer is too slow for gossip");
                self.outbox.trouble(PeerName::from(peer_id), now);
            }
            _ => {}
        }
    }

    fn hear(&mut self, from: PeerId, id: gossipsub::MessageId, bytes: Vec<u8>, now: Instant) {
        let name = PeerName::from(from);
        let rate = if self.dialler.names(from) { &self.limits.rate_dialled } else { &self.limits.rate };
        if !self.conduct.admit(from, bytes.len(), rate, now) {
            tracing::debug!(peer = %from, "a message was ignored: its sender exceeds its rate");
            self.report(&id, from, Verdict::Ignore);
            self.outbox.trouble(name, now);
            return;
        }
        if self.pending.admit(id.clone(), from, bytes.len(), now) {
            if self.outbox.hear(Message::new(id.clone(), name), bytes) {
                return;
            }
            self.pending.settle(&id);
        }
        self.report(&id, from, Verdict::Ignore);
        self.outbox.trouble(name, now);
    }

    fn report(&mut self, id: &gossipsub::MessageId, from: PeerId, verdict: Verdict) {
        let acceptance = match verdict {
            Verdict::Accept => gossipsub::MessageAcceptance::Accept,
            Verdict::Ignore => gossipsub::MessageAcceptance::Ignore,
            Verdict::Reject => gossipsub::MessageAcceptance::Reject,
        };
        self.swarm.behaviour_mut().gossip.report_message_validation_result(id, &from, acceptance);
    }

    fn identify(&mut self, event: identify::Event) {
        match event {
            identify::Event::Received { peer_id, info, .. } => self.introduce(peer_id, &info),
            identify::Event::Sent { peer_id, .. } => self.roster.told(peer_id, Instant::now()),
            // A peer that cannot introduce itself is turned away when its time is over.
            identify::Event::Pushed { .. } | identify::Event::Error { .. } => {}
        }
    }

    fn introduce(&mut self, peer: PeerId, info: &identify::Info) {
        let strangeness = strangeness(&self.network, &info.protocol_version);
        let standing = if strangeness.is_some() { Standing::Stranger } else { Standing::Member };
        let Some((before, role)) = self.roster.introduce(peer, &info.agent_version, standing) else { return };
        if before == standing {
            return;
        }
        if let Some(reason) = strangeness {
            self.dialler.strange(peer);
            self.turn_away(peer, reason);
            return;
        }
        tracing::debug!(%peer, ?role, "a member of the network is connected");
        self.dialler.met(peer);
        self.strangers.remove(&peer);
        self.swarm.behaviour().table.introduce(peer, &info.protocols);
        self.befriend(peer);
        self.outbox.meet(PeerName::from(peer), Instant::now());
    }

    /// Relays that know each other tell each other everything, and take each other even when they are full.
    fn befriend(&mut self, peer: PeerId) {
        if self.role == Role::Relay
            && self.roster.company(&peer) == Company::Relay
            && self.dialler.names(peer)
        {
            let behaviour = self.swarm.behaviour_mut();
            behaviour.gossip.add_explicit_peer(&peer);
            behaviour.limits.bypass_peer_id(&peer);
        }
    }

    fn learn(&mut self, addresses: &[String], now: Instant) {
        for error in self.dialler.learn(addresses, now) {
            tracing::warn!(%error, "an address that was learned is skipped");
        }
        for peer in self.roster.peers() {
            if self.dialler.names(peer) {
                self.befriend(peer);
            } else {
                let behaviour = self.swarm.behaviour_mut();
                behaviour.gossip.remove_explicit_peer(&peer);
                behaviour.limits.remove_peer_id(&peer);
            }
        }
        self.dial(now);
    }

    fn obey(&mut self, command: Command) {
        // Who asked may be gone: an answer that nobody takes is dropped.
        match command {
            Command::Announce { bytes, answer } => {
                let _ = answer.send(self.announce(bytes));
            }
            Command::Judge { message, verdict } => {
                if self.pending.settle(message.id()) {
                    self.report(message.id(), message.from().id(), verdict);
                    if verdict == Verdict::Reject {
                        self.blame(message.from(), Instant::now());
                    }
                }
            }
            Command::Learn { addresses, answer } => {
                self.learn(&addresses, Instant::now());
                let _ = answer.send(());
            }
            Command::Dial { address, answer } => {
                let now = Instant::now();
                let _ = answer.send(self.dialler.add(&address, now));
                self.dial(now);
            }
            Command::Peers { answer } => {
                let gossip = &self.swarm.behaviour().gossip;
                let tally = |peer: &PeerId| self.conduct.tally(peer);
                let _ = answer.send(self.roster.list(|peer| gossip.peer_score(peer), tally));
            }
            Command::Bans { answer } => {
                let _ = answer.send(self.bans.list());
            }
            Command::Ban { peer, reason, answer } => {
                self.ban(peer, &reason);
                let _ = answer.send(());
            }
            Command::Pardon { peer, answer } => {
                let behaviour = self.swarm.behaviour_mut();
                behaviour.banned.unblock_peer(peer.id());
                behaviour.gossip.remove_blacklisted_peer(&peer.id());
                behaviour.table.unbar(&peer.id());
                self.bans.lift(peer);
                let _ = answer.send(());
            }
            Command::Disconnect { peer, answer } => {
                let _ = self.swarm.disconnect_peer_id(peer.id());
                let _ = answer.send(());
            }
            // The loop takes this one itself.
            Command::Stop { .. } => {}
        }
    }

    fn announce(&mut self, bytes: Vec<u8>) -> Announced {
        if bytes.len() > ANNOUNCEMENT_BYTES_MAX {
            return Announced::TooLong { bytes_max: ANNOUNCEMENT_BYTES_MAX };
        }
        let topic = self.topic.hash();
        match self.swarm.behaviour_mut().gossip.publish(topic, bytes) {
            Ok(_) => Announced::Sent,
            Err(gossipsub::PublishError::NoPeersSubscribedToTopic) => Announced::NoPeers,
            Err(gossipsub::PublishError::Duplicate) => Announced::Known,
            Err(error) => {
                self.outbox.trouble_everyone(Instant::now());
                Announced::Busy(format!("the message could not be sent ({error}); peers catch up on it"))
            }
        }
    }

    /// A peer passed on an invalid message.
    fn blame(&mut self, peer: PeerName, now: Instant) {
        if !self.conduct.reject(peer.id(), now) {
            return;
        }
        let minutes = REJECTED_WINDOW.as_secs() / 60;
        let reason =
            format!("it passed on more than {REJECTED_MAX} invalid messages within {minutes} minutes");
        if self.dialler.chosen(peer.id()) {
            // A relay under attack must not cut off the town that relies on it.
            tracing::error!(
                %peer, reason,
                "a peer that this node's operator named misbehaves; it is disconnected and dialled again: \
                 talk to its operator, or ban it"
            );
            let _ = self.swarm.disconnect_peer_id(peer.id());
        } else if self.ban(peer, &reason) {
            self.outbox.ban(peer, reason);
        }
    }

    /// Keeps a peer away from now on; false if too many are, and it is only disconnected.
    fn ban(&mut self, peer: PeerName, reason: &str) -> bool {
        let room = self.bans.add(peer, reason);
        if room {
            tracing::warn!(%peer, reason, "a peer is banned");
            let behaviour = self.swarm.behaviour_mut();
            behaviour.banned.block_peer(peer.id());
            behaviour.gossip.blacklist_peer(&peer.id());
            behaviour.table.bar(peer.id());
        } else {
            tracing::error!(
                %peer, reason, BANNED_MAX,
                "too many peers are banned; this one is only disconnected: lift bans that are not needed"
            );
        }
        let _ = self.swarm.disconnect_peer_id(peer.id());
        room
    }
}

/// A number between 0 and 1 that differs between nodes, which is all that jitter needs.
fn dice() -> f64 {
    let number = RandomState::new().build_hasher().finish();
    number as f64 / u64::MAX as f64
}
