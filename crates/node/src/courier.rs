//! Between network and keeper: hears gossip, gives verdicts, announces, and catches up with every peer.

use crate::counters::Counters;
use crate::keeper::Keeper;
use crate::keeper::News;
use crate::keeper::now;
use crate::pull::Pulled;
use crate::pull::Table;
use anyhow::anyhow;
use network::carrier::Network;
use network::command::Announced;
use network::event::Event;
use network::event::Events;
use network::event::Message;
use network::event::Verdict as Judgement;
use network::peer::PeerName;
use record::envelope::Statement;
use record::moment::Moment;
use record::name::NetworkName;
use replica::admit::Verdict;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Messages that are checked at the same time; more are ignored, and repair brings them.
const CHECKS_MAX: usize = 256;
/// Pulls that run at the same time.
const PULLS_MAX: usize = 8;
/// A peer is not asked again sooner than this after a talk, whatever happens.
const PULL_PAUSE_MIN: Duration = Duration::from_millis(500);
/// How often it is looked at who is due.
const ROUND: Duration = Duration::from_millis(200);
/// How long one pull may hold its seat. What it brought until then stays, and the next one goes on from there.
const PULL_MAX: Duration = Duration::from_secs(600);
/// Peers that are remembered after they left.
const PEERS_REMEMBERED_MAX: usize = 16_384;

/// What is known of the catching up with one peer.
#[derive(Clone, Debug)]
pub(crate) struct Acquaintance {
    /// When both last held equal heads.
    pub(crate) agreed: Option<Moment>,
    /// Statements that were lacking here at the last talk.
    pub(crate) lag: u64,
    connected: bool,
    pulling: bool,
    /// Whether there was reason to talk again while talking.
    again: bool,
    /// When to talk next.
    due: Instant,
    /// When the last talk ended.
    ended: Option<Instant>,
    /// Talks in a row that brought nothing although the heads differ.
    idle: u32,
}

impl Acquaintance {
    fn new() -> Acquaintance {
        let due = Instant::now();
        Acquaintance {
            agreed: None,
            lag: 0,
            connected: false,
            pulling: false,
            again: false,
            due,
            ended: None,
            idle: 0,
        }
    }
}

impl Acquaintance {
    /// Talks as soon as decency allows, and again where a talk is under way that may know nothing of the reason.
    fn hurry(&mut self, catch_up: Duration) {
        let soonest = self.ended.map_or_else(Instant::now, |ended| ended + self.pause(catch_up));
        self.due = self.due.min(soonest.max(Instant::now()));
        self.again = self.pulling;
    }

    /// Doubled for each talk in a row that brought nothing.
    fn pause(&self, catch_up: Duration) -> Duration {
        PULL_PAUSE_MIN.saturating_mul(1 << self.idle.min(16)).min(catch_up)
    }
}

/// Peers by name, shared with the page that shows them.
pub(crate) type Acquaintances = Arc<Mutex<BTreeMap<PeerName, Acquaintance>>>;

/// The go-between. Copies share everything.
#[derive(Clone, Debug)]
pub(crate) struct Courier {
    table: Table,
    network: Network,
    peers: Acquaintances,
    checks: Arc<Semaphore>,
    pulls: Arc<Semaphore>,
    catch_up: Duration,
}

impl Courier {
    pub(crate) fn new(
        keeper: Keeper,
        network: Network,
        name: NetworkName,
        counters: Arc<Counters>,
        catch_up: Duration,
    ) -> Courier {
        Courier {
            table: Table { keeper, network: name, counters },
            network,
            peers: Acquaintances::default(),
            checks: Arc::new(Semaphore::new(CHECKS_MAX)),
            pulls: Arc::new(Semaphore::new(PULLS_MAX)),
            catch_up,
        }
    }

    /// Whom this node has talked with.
    pub(crate) fn peers(&self) -> Acquaintances {
        self.peers.clone()
    }

    /// Works until the network ends.
    pub(crate) async fn run(self, mut events: Events, mut news: mpsc::Receiver<News>) {
        let mut round = tokio::time::interval(ROUND);
        round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(event) => self.take(event).await,
                    None => return,
                },
                Some(news) = news.recv() => match news {
                    News::Said(bytes) => self.announce(&bytes).await,
                    News::Released => self.hurry_all(None),
                },
                _ = round.tick() => self.pull_due(),
            }
        }
    }

    async fn announce(&self, bytes: &[u8]) {
        match self.network.announce(bytes.to_vec()).await {
            Announced::Sent | Announced::Known => {}
            Announced::NoPeers => {
                tracing::info!("no peer is connected; the statement is fetched by whoever comes")
            }
            other => tracing::warn!(?other, "the statement could not be announced; the others will fetch it"),
        }
    }

    async fn take(&self, event: Event) {
        match event {
            Event::Heard { message, from, bytes } => self.hear(message, from, bytes).await,
            Event::Connected { peer } => self.with(peer, |known| {
                known.connected = true;
                known.idle = 0;
                known.due = Instant::now();
            }),
            Event::Disconnected { peer } => self.with(peer, |known| known.connected = false),
            Event::Trouble { peer } => self.hurry(peer),
            Event::Talk { peer, talk } => {
                let courier = self.clone();
                tokio::spawn(async move {
                    let differs = |differs: bool| {
                        if differs {
                            courier.hurry(peer);
                        }
                    };
                    if let Err(error) = courier.table.serve(talk, differs).await {
                        tracing::debug!(%peer, error = format!("{error:#}"), "a talk that the peer began ended early");
                    }
                });
            }
            Event::Banned { peer, reason } => {
                self.table.counters.count("banned");
                tracing::warn!(%peer, "the peer was banned: {reason}");
            }
            Event::Stranger { peer, reason } => {
                self.table.counters.count("stranger");
                tracing::warn!(%peer, "the peer was turned away: {reason}");
            }
        }
    }

    async fn hear(&self, message: Message, from: PeerName, bytes: Vec<u8>) {
        let Ok(seat) = self.checks.clone().try_acquire_owned() else {
            self.network.judge(message, Judgement::Ignore).await;
            self.hurry(from);
            return;
        };
        let courier = self.clone();
        tokio::spawn(async move {
            let judgement = courier.check(from, bytes).await;
            courier.network.judge(message, judgement).await;
            drop(seat);
        });
    }

    async fn check(&self, from: PeerName, bytes: Vec<u8>) -> Judgement {
        let name = self.table.network.clone();
        let statement = match tokio::task::spawn_blocking(move || Statement::open(&bytes, &name)).await {
            Ok(Ok(statement)) => statement,
            Ok(Err(error)) => {
                self.table.counters.count(error.code());
                tracing::info!(peer = %from, reason = error.code(), "refused what the peer passed on: {error}");
                return Judgement::Reject;
            }
            Err(_) => return Judgement::Ignore,
        };
        match self.table.keeper.admit(vec![statement]).await {
            Ok(outcomes) => match outcomes.into_iter().next() {
                Some(outcome) => self.judge(from, &outcome.verdict),
                None => Judgement::Ignore,
            },
            Err(refusal) => {
                tracing::error!(error = %refusal, "a statement that was heard could not be kept; it is fetched later");
                Judgement::Ignore
            }
        }
    }

    fn judge(&self, from: PeerName, verdict: &Verdict) -> Judgement {
        match verdict {
            Verdict::Admitted | Verdict::Known => Judgement::Accept,
            Verdict::Held(_) => {
                // Its attestation may be with the peer that passed it on. The message is neither passed on nor
                // punished; once the statement stands, the others fetch it (News::Released).
                self.hurry(from);
                Judgement::Ignore
            }
            Verdict::Refused(why) if why.is_honest() => Judgement::Ignore,
            Verdict::Refused(_) => Judgement::Reject,
        }
    }

    fn with(&self, peer: PeerName, change: impl FnOnce(&mut Acquaintance)) {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        change(peers.entry(peer).or_insert_with(Acquaintance::new));
        if peers.len() > PEERS_REMEMBERED_MAX {
            peers.retain(|_, known| known.connected || known.pulling);
        }
    }

    /// Talks with the peer as soon as decency allows; longer pauses when talking brought nothing.
    fn hurry(&self, peer: PeerName) {
        let catch_up = self.catch_up;
        self.with(peer, |known| known.hurry(catch_up));
    }

    /// The same with all connected peers but one. What came here by another way than gossip is not
    /// announced: the peers see by our greeting that they lack something, and fetch it.
    fn hurry_all(&self, but: Option<PeerName>) {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, known) in peers.iter_mut().filter(|(peer, known)| known.connected && Some(**peer) != but) {
            known.hurry(self.catch_up);
        }
    }

    /// Begins a talk with every connected peer that is due.
    fn pull_due(&self) {
        let mut due = Vec::new();
        {
            let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            for (peer, known) in peers.iter_mut() {
                if known.connected && !known.pulling && known.due <= now && due.len() < PULLS_MAX {
                    known.pulling = true;
                    due.push(*peer);
                }
            }
        }
        for peer in due {
            let courier = self.clone();
            tokio::spawn(async move { courier.pull(peer).await });
        }
    }

    async fn pull(&self, peer: PeerName) {
        let _seat = self.pulls.acquire().await;
        let mut pulled = Pulled::default();
        let pulling = async { self.table.pull(self.network.open(peer).await?, &mut pulled).await };
        let done = match tokio::time::timeout(PULL_MAX, pulling).await {
            Ok(done) => done,
            Err(_) => Err(anyhow!("the talk took more than {} seconds", PULL_MAX.as_secs())),
        };
        let Pulled { lacked, taken, agreed } = pulled;
        match &done {
            Ok(()) if lacked == 0 => tracing::debug!(%peer, "nothing is lacking that the peer has"),
            Ok(()) => tracing::info!(%peer, lacked, taken, agreed, "caught up with the peer"),
            Err(error) => {
                tracing::info!(%peer, taken, error = format!("{error:#}"), "catching up ended early; trying again")
            }
        }
        if taken > 0 {
            self.hurry_all(Some(peer));
        }
        let catch_up = self.catch_up;
        self.with(peer, |known| {
            let ended = Instant::now();
            known.pulling = false;
            known.ended = Some(ended);
            known.idle = if agreed || taken > 0 { 0 } else { known.idle.saturating_add(1) };
            if done.is_ok() {
                known.lag = lacked.saturating_sub(taken);
                known.agreed = if agreed { Some(now()) } else { known.agreed };
            }
            // Heads that still differ are looked at again soon, twice as late each time nothing came.
            let settled = done.is_ok() && agreed && !known.again;
            known.due = ended + if settled { jittered(catch_up, peer) } else { known.pause(catch_up) };
            known.again = false;
        });
    }
}

/// Up to a quarter more or less, so that the peers of a relay do not all come at once.
fn jittered(time: Duration, peer: PeerName) -> Duration {
    let mut dice = [0; 2];
    if getrandom::fill(&mut dice).is_err() {
        tracing::debug!(%peer, "the system gives no random numbers; the pause is not varied");
    }
    time.mul_f64(0.75 + f64::from(u16::from_be_bytes(dice)) / f64::from(u16::MAX) / 2.0)
}
