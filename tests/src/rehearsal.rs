//! The whole country in one process: relays and towns with the real network crate, gossip, talks and replicas.
//!
//! Only two things are not as they are between town halls: the connections run within the process (libp2p's
//! memory transport, with the same Noise and yamux on it), and heads are kept in memory. Equal bytes of
//! statements lie in memory once for all nodes. Each node checks every signature itself.
#![allow(clippy::indexing_slicing, reason = "all indices are those of lists that this file made")]

mod country;
mod desk;
mod ledger;
mod shelf;

use crate::rehearsal::country::Signatory;
use crate::rehearsal::country::document;
use crate::rehearsal::country::lands;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ledger::Ledger;
use crate::rehearsal::shelf::Cellar;
use crate::rehearsal::shelf::Shelf;
use network::carrier::Network;
use network::carrier::StartError;
use network::identity::PeerKey;
use network::settings::Carriage;
use network::settings::Role;
use network::settings::Settings;
use node::counters::Counters;
use node::courier::Courier;
use node::courier::Habits;
use node::desk::Desk as _;
use record::document::Document;
use record::envelope::SealError;
use record::envelope::Statement;
use record::name::LANDS;
use record::statement::sha256;
use replica::admit::Verdict;
use replica::keeper::KeepError;
use replica::order::Bucket;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use tokio::time::interval;
use tokio::time::timeout;

pub use crate::rehearsal::ledger::Spread;

/// Relays of each Land and of the federation.
const RELAYS_PER_LAND: usize = 2;
/// All relays: 34.
pub const RELAYS: usize = RELAYS_PER_LAND * LANDS.len();
/// Relays that a town dials: those of its Land and one other.
const RELAYS_DIALLED: usize = RELAYS_PER_LAND + 1;
/// Towns that can publish. The others only take part: with as many attestations as towns, in as many replicas,
/// one process would need more than 100 GB for what is held once at each node in truth.
const PUBLISHERS_MAX: usize = 32;
/// News of one node that waits to be announced.
const NEWS_MAX: usize = 256;
/// How often it is looked whether nodes are connected.
const LOOK: Duration = Duration::from_millis(100);

/// What is rehearsed.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Towns, beside the relays.
    pub towns: usize,
    /// How often nodes talk with each of their peers, more or less.
    pub period: Duration,
    /// How long is waited for anything.
    pub patience: Duration,
}

/// Why a rehearsal does not go on.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// A node does not start.
    #[error("a node does not start: {0}")]
    Start(#[from] StartError),
    /// A replica fails.
    #[error("a replica fails: {0}")]
    Keep(#[from] KeepError),
    /// A statement cannot be signed.
    #[error("a statement cannot be signed: {0}")]
    Seal(#[from] SealError),
    /// What a publisher says does not stand at its own node.
    #[error("a statement does not stand at its own publisher: {0:?}")]
    Verdict(Verdict),
    /// Something did not happen in time.
    #[error("waited {} seconds in vain until {what}", .patience.as_secs())]
    Patience {
        /// What.
        what: String,
        /// How long.
        patience: Duration,
    },
}

/// One node.
struct Hall {
    land: &'static str,
    /// How many peers it is to be connected with at least.
    peers_min: usize,
    network: Network,
    desk: Desk,
}

/// All nodes, and what is counted of them.
pub struct Rehearsal {
    plan: Plan,
    document: Document,
    cellar: Cellar,
    ledger: Arc<Ledger>,
    counters: Arc<Counters>,
    /// Relays, by the order of the Länder; their addresses.
    addresses: Vec<String>,
    /// The relays, then the towns.
    halls: Vec<Hall>,
    publishers: BTreeMap<usize, Signatory>,
}

impl std::fmt::Debug for Rehearsal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rehearsal").field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl Rehearsal {
    /// Starts all nodes; they connect from then on. The attestations of the publishers lie at the first relay of
    /// each Land, and reach the others in talks.
    pub async fn open(network: &str, plan: Plan) -> Result<Rehearsal, RehearsalError> {
        let name = network.parse().expect("rehearsals name networks as they should");
        let mut rehearsal = Rehearsal {
            plan,
            document: document(&name),
            cellar: Cellar::default(),
            ledger: Arc::new(Ledger::new()),
            counters: Arc::default(),
            addresses: Vec::new(),
            halls: Vec::new(),
            publishers: BTreeMap::new(),
        };
        for number in 0..RELAYS {
            let (land, _) = LANDS[number / RELAYS_PER_LAND];
            rehearsal.start(number, land, Role::Relay).await?;
            let relay = &rehearsal.halls[number].network;
            rehearsal.addresses.extend(relay.listen().into_iter().next());
        }
        for relay in &rehearsal.halls {
            relay.network.learn(rehearsal.addresses.clone()).await;
        }
        let towns = lands(plan.towns);
        let publishers = plan.towns.min(PUBLISHERS_MAX);
        let publishing = |at: usize| RELAYS + at * plan.towns / publishers.max(1);
        let numbers: BTreeSet<usize> = (0..publishers).map(publishing).collect();
        rehearsal.attest(&towns, &numbers)?;
        for (at, land) in towns.into_iter().enumerate() {
            rehearsal.start(RELAYS + at, land, Role::Municipality).await?;
        }
        Ok(rehearsal)
    }

    /// Makes these towns publishers.
    fn attest(&mut self, towns: &[&'static str], numbers: &BTreeSet<usize>) -> Result<(), RehearsalError> {
        let mut attestations: BTreeMap<&str, Vec<Statement>> = BTreeMap::new();
        for number in numbers {
            let land = towns[number - RELAYS];
            let town = Signatory::of(&format!("{land}.ort-{number}"));
            let attestation = Signatory::of(land).attest(&town, &self.document.network)?;
            attestations.entry(land).or_default().push(attestation);
            self.publishers.insert(*number, town);
        }
        let ids = attestations.values().flatten().map(Statement::id).collect();
        self.ledger.open(ids, numbers.len() * (RELAYS + towns.len()));
        for (land, attestations) in attestations {
            if let Some(relay) = self.halls.iter().find(|hall| hall.land == land) {
                relay.desk.take(attestations)?;
            }
        }
        Ok(())
    }

    async fn start(&mut self, number: usize, land: &'static str, role: Role) -> Result<(), RehearsalError> {
        let seed = sha256(&[b"rehearsal node", &number.to_be_bytes()]);
        let mut settings = Settings::new(self.document.network.as_str(), role);
        settings.carriage = Carriage::Memory;
        // The memory of this process is that of all nodes.
        settings.limits.memory_bytes_max = usize::MAX;
        match role {
            Role::Relay => settings.listen = vec!["/memory/0".to_owned()],
            Role::Municipality => settings.peers = self.relays(number, land),
        }
        let peers_min = if role == Role::Relay { RELAYS - 1 } else { RELAYS_DIALLED };
        let (network, events) = network::carrier::start(settings, PeerKey::from_seed(seed)).await?;
        let (sender, news) = mpsc::channel(NEWS_MAX);
        let [a, b, c, d, e, f, g, h, ..] = seed;
        let shelf = Shelf::new(self.cellar.clone());
        let instance = [a, b, c, d, e, f, g, h];
        let desk = Desk::new(&self.document, instance, shelf, sender, self.ledger.clone())?;
        let habits = Habits { period: self.plan.period, own: Bucket::land(land) };
        let courier = Courier::new(desk.clone(), network.clone(), self.counters.clone(), habits);
        tokio::spawn(courier.run(events, news));
        self.halls.push(Hall { land, peers_min, network, desk });
        Ok(())
    }

    /// The addresses that a town dials: the relays of its Land, and one of another.
    fn relays(&self, number: usize, land: &str) -> Vec<String> {
        let own = |relay: &usize| self.halls[*relay].land == land;
        let (mut near, far): (Vec<usize>, Vec<usize>) = (0..RELAYS).partition(own);
        near.push(far[number % far.len()]);
        near.into_iter().map(|relay| self.addresses[relay].clone()).collect()
    }

    /// Starts one more town, which has missed everything so far.
    pub async fn join(&mut self, land: &'static str) -> Result<(), RehearsalError> {
        self.start(self.halls.len(), land, Role::Municipality).await
    }

    /// Waits until every town is connected with its relays, and every relay with all others.
    pub async fn connected(&self) -> Result<(), RehearsalError> {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut number = 0;
        let looking = async {
            while let Some(hall) = self.halls.get(number) {
                let peers = hall.network.peers().await;
                if peers.iter().filter(|peer| peer.member).count() >= hall.peers_min {
                    number += 1;
                } else {
                    look.tick().await;
                }
            }
        };
        let done = timeout(self.plan.patience, looking).await;
        done.map_err(|_| self.in_vain(format!("node {number} is connected with its relays")))
    }

    /// Waits until every node holds the attestations of all publishers.
    pub async fn attested(&self) -> Result<Spread, RehearsalError> {
        let spread = self.ledger.close(self.plan.patience).await;
        if spread.reached() < spread.wanted() {
            return Err(self.in_vain("all attestations have reached all nodes".to_owned()));
        }
        Ok(spread)
    }

    /// So many towns publish so many records each, and each is announced once. Tells when they stood at the other
    /// nodes, counted from the first announcement; some may be lacking when patience ends.
    pub async fn publish(&mut self, towns: usize, each: usize) -> Result<Spread, RehearsalError> {
        let network = self.document.network.clone();
        let mut said = Vec::new();
        // Spread over the country: publishers stand in the order of their Länder.
        let apart = (self.publishers.len() / towns.max(1)).max(1);
        let speakers = self.publishers.iter_mut().step_by(apart).take(towns);
        for (number, town) in speakers {
            for _ in 0..each {
                said.push((*number, town.record(&network)?));
            }
        }
        let ids = said.iter().map(|(_, statement)| statement.id()).collect();
        self.ledger.open(ids, said.len() * self.halls.len());
        for (number, statement) in said {
            let verdict = self.halls[number].desk.say(statement).await?;
            if verdict != Verdict::Admitted {
                return Err(RehearsalError::Verdict(verdict));
            }
        }
        Ok(self.ledger.close(self.plan.patience).await)
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.halls.len()
    }

    /// Whether all nodes hold the same: how many different fingerprints over everything there are.
    pub fn fingerprints(&self) -> usize {
        self.halls.iter().map(|hall| hall.desk.view().root(None)).collect::<BTreeSet<_>>().len()
    }

    /// Waits until all nodes hold the same.
    pub async fn until_equal(&self) -> Result<(), RehearsalError> {
        let mut look = interval(LOOK);
        let looking = async {
            while self.fingerprints() > 1 {
                look.tick().await;
            }
        };
        let done = timeout(self.plan.patience, looking).await;
        done.map_err(|_| self.in_vain("all nodes hold the same".to_owned()))
    }

    /// Waits until so many statements are counted as having come to some node, which is a moment after they stand;
    /// tells how many there are by then.
    pub async fn came(&self, count: u64) -> Result<u64, RehearsalError> {
        let came = || self.counters.heard() + self.counters.fetched();
        let mut look = interval(LOOK);
        let looking = async {
            while came() < count {
                look.tick().await;
            }
        };
        let done = timeout(self.plan.patience, looking).await;
        done.map(|()| came()).map_err(|_| self.in_vain(format!("{count} statements have come")))
    }

    /// How many heads a node holds.
    pub fn heads(&self, number: usize) -> u64 {
        let view = self.halls[number].desk.view();
        view.buckets().map(|bucket| view.summary(bucket).count()).sum()
    }

    /// What is counted at all nodes together.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    fn in_vain(&self, what: String) -> RehearsalError {
        RehearsalError::Patience { what, patience: self.plan.patience }
    }
}
