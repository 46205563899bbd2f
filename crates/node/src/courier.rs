//! Between network and desk: hears gossip, gives verdicts, announces, and talks with every peer now and then.

use crate::agreements::Agreements;
use crate::bans::Bans;
use crate::counters::Counters;
use crate::desk::Desk;
use crate::desk::News;
use crate::keeper::now;
use crate::talks::Asked;
use crate::talks::Table;
use anyhow::anyhow;
use network::carrier::Network;
use network::command::Announced;
use network::event::Event;
use network::event::Events;
use network::event::Message;
use network::event::Verdict as Judgement;
use network::peer::PeerName;
use network::talk::Talk;
use record::envelope::Statement;
use record::moment::Moment;
use replica::admit::Verdict;
use replica::order::Bucket;
use replica::sync::agenda::Agenda;
use replica::sync::report::Agreement;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;
use tokio::sync::Notify;
use tokio::sync::Semaphore;
use tokio::sync::mpsc;

/// Messages that are checked at the same time; more are ignored, and repair brings them.
const CHECKS_MAX: usize = 256;
/// Talks that this side begins at the same time.
const ASKING_MAX: usize = 16;
/// How long one talk may hold its seat. What it brought until then stays, and the next one goes on from there.
const TALK_MAX: Duration = Duration::from_secs(600);
/// How often it is looked at who is due although nobody told, and agreements are written down.
const ROUND: Duration = Duration::from_secs(30);

/// What is chosen before the go-between begins.
#[derive(Clone, Debug)]
pub struct Habits {
    /// How often to talk with every peer, more or less.
    pub period: Duration,
    /// The bucket of this publisher's own records.
    pub own: Option<Bucket>,
}

/// The go-between. Copies share everything.
#[derive(Debug)]
pub struct Courier<D> {
    table: Table<D>,
    network: Network,
    agenda: Arc<Mutex<Agenda<PeerName>>>,
    /// Wakes the loop when the agenda has changed.
    changed: Arc<Notify>,
    checks: Arc<Semaphore>,
    asking: Arc<Semaphore>,
    own: Option<Bucket>,
    began: Instant,
    agreements: Option<Agreements>,
    bans: Option<Bans>,
}

impl<D: Desk> Clone for Courier<D> {
    fn clone(&self) -> Courier<D> {
        Courier {
            table: self.table.clone(),
            network: self.network.clone(),
            agenda: self.agenda.clone(),
            changed: self.changed.clone(),
            checks: self.checks.clone(),
            asking: self.asking.clone(),
            own: self.own,
            began: self.began,
            agreements: self.agreements.clone(),
            bans: self.bans.clone(),
        }
    }
}

/// Whom this node has talked with, shared with the page that shows it.
#[derive(Clone, Debug)]
pub(crate) struct Acquaintances(Arc<Mutex<Agenda<PeerName>>>);

/// What is shown of the talks with one peer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Acquaintance {
    pub(crate) agreed: Option<Moment>,
    pub(crate) lag: u64,
}

impl Acquaintances {
    pub(crate) fn of(&self, peer: PeerName) -> Acquaintance {
        let agenda = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = agenda.peers().get(&peer);
        known.map_or_else(Acquaintance::default, |known| Acquaintance {
            agreed: known.agreement.map(|agreement| agreement.at),
            lag: known.lag,
        })
    }
}

impl<D: Desk> Courier<D> {
    /// A go-between that remembers nobody.
    pub fn new(desk: D, network: Network, counters: Arc<Counters>, habits: Habits) -> Courier<D> {
        Courier {
            table: Table::new(desk, counters),
            network,
            agenda: Arc::new(Mutex::new(Agenda::new(habits.period))),
            changed: Arc::default(),
            checks: Arc::new(Semaphore::new(CHECKS_MAX)),
            asking: Arc::new(Semaphore::new(ASKING_MAX)),
            own: habits.own,
            began: Instant::now(),
            agreements: None,
            bans: None,
        }
    }

    /// Remembers what an earlier run wrote down, and writes down what comes.
    pub(crate) fn remembering(mut self, agreements: Agreements, bans: Bans) -> Courier<D> {
        self.bans = Some(bans);
        for (peer, agreement) in agreements.read() {
            if let Ok(peer) = peer.parse() {
                self.agenda().remember(peer, agreement);
            }
        }
        self.agreements = Some(agreements);
        self
    }

    /// Whom this node has talked with.
    pub(crate) fn peers(&self) -> Acquaintances {
        Acquaintances(self.agenda.clone())
    }

    fn agenda(&self) -> MutexGuard<'_, Agenda<PeerName>> {
        self.agenda.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn time(&self) -> Duration {
        self.began.elapsed()
    }

    /// Works until the network ends.
    pub async fn run(self, mut events: Events, mut news: mpsc::Receiver<News>) {
        let mut written = self.time();
        loop {
            let pause =
                self.agenda().next().map_or(ROUND, |next| next.saturating_sub(self.time()).min(ROUND));
            let full = self.asking.available_permits() == 0;
            tokio::select! {
                event = events.next() => match event {
                    Some(event) => self.take(event).await,
                    None => break,
                },
                Some(news) = news.recv() => match news {
                    News::Said(bytes) => self.announce(&bytes).await,
                    News::Released => self.hurry_all(None),
                    News::Erased => self.table.forget(),
                },
                () = self.changed.notified() => {}
                () = tokio::time::sleep(if full { ROUND } else { pause }) => {}
            }
            self.begin_due();
            if self.time() > written + ROUND {
                written = self.time();
                self.write_agreements();
            }
        }
        self.write_agreements();
    }

    fn write_agreements(&self) {
        let Some(agreements) = &self.agreements else { return };
        let known: Vec<(String, Agreement)> = self
            .agenda()
            .peers()
            .iter()
            .filter_map(|(peer, known)| known.agreement.map(|agreement| (peer.to_string(), agreement)))
            .collect();
        agreements.write(known);
    }

    async fn announce(&self, bytes: &[u8]) {
        match self.network.announce(bytes.to_vec()).await {
            Announced::Sent | Announced::Known => {}
            Announced::NoPeers => {
                tracing::info!("no peer is connected; the statement is fetched by whoever comes")
            }
            other => {
                tracing::warn!(?other, "the statement could not be announced; the others will fetch it")
            }
        }
    }

    async fn take(&self, event: Event) {
        match event {
            Event::Heard { message, from, bytes } => self.hear(message, from, bytes).await,
            Event::Connected { peer } => self.agenda().meet(peer, self.time()),
            Event::Disconnected { peer } => self.agenda().part(peer),
            Event::Trouble { peer } => self.hurry(peer),
            Event::Talk { peer, talk } => {
                let courier = self.clone();
                tokio::spawn(async move { courier.answer(peer, talk).await });
            }
            Event::Banned { peer, reason } => {
                self.table.counters.count("banned");
                tracing::warn!(%peer, "the peer was banned: {reason}");
                if let Some(Err(error)) = self.bans.as_ref().map(|bans| bans.add(peer, &reason)) {
                    tracing::error!(error = format!("{error:#}"), "the ban holds until the next start only");
                }
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
        let name = self.table.desk.network().clone();
        let statement = match tokio::task::spawn_blocking(move || Statement::open(&bytes, &name)).await {
            Ok(Ok(statement)) => statement,
            Ok(Err(error)) => {
                self.table.counters.count(error.code());
                tracing::info!(peer = %from, reason = error.code(), "refused what the peer passed on: {error}");
                return Judgement::Reject;
            }
            Err(_) => return Judgement::Ignore,
        };
        match self.table.desk.admit(vec![statement]).await {
            Ok((outcomes, _)) => match outcomes.into_iter().next() {
                Some(outcome) => self.judge(from, &outcome.verdict),
                None => Judgement::Ignore,
            },
            Err(error) => {
                tracing::error!(
                    error = format!("{error:#}"),
                    "a statement that was heard could not be kept; it is fetched later"
                );
                Judgement::Ignore
            }
        }
    }

    fn judge(&self, from: PeerName, verdict: &Verdict) -> Judgement {
        if *verdict == Verdict::Admitted {
            self.table.counters.count_heard();
        }
        match verdict {
            Verdict::Admitted | Verdict::Known | Verdict::Passed => Judgement::Accept,
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

    /// Talks with the peer as soon as decency allows; longer pauses when talking brought nothing.
    fn hurry(&self, peer: PeerName) {
        self.agenda().hurry(peer, self.time());
        self.changed.notify_one();
    }

    /// The same with all connected peers but one. What came here by another way than gossip is not announced: the
    /// peers hear in a talk that they lack something.
    fn hurry_all(&self, but: Option<PeerName>) {
        self.agenda().hurry_all(but, self.time());
        self.changed.notify_one();
    }

    /// Begins a talk with every connected peer that is due, as far as there are seats.
    fn begin_due(&self) {
        let seats = self.asking.available_permits();
        let due = self.agenda().due(self.time(), seats);
        for peer in due {
            let Ok(seat) = self.asking.clone().try_acquire_owned() else { return };
            let courier = self.clone();
            tokio::spawn(async move {
                courier.ask(peer).await;
                drop(seat);
                courier.changed.notify_one();
            });
        }
    }

    async fn ask(&self, peer: PeerName) {
        let began = now();
        let (window, give_max) = {
            let agenda = self.agenda();
            (agenda.agreement(peer), agenda.give_max(peer))
        };
        let mut asked = Asked::default();
        let asking = async {
            let talk = self.network.open(peer).await?;
            self.table.ask(talk, window, give_max, self.own, &mut asked).await
        };
        let done = match tokio::time::timeout(TALK_MAX, asking).await {
            Ok(done) => done,
            Err(_) => Err(anyhow!("the talk took more than {} seconds", TALK_MAX.as_secs())),
        };
        let Asked { report, caught_up } = asked;
        match &done {
            Ok(()) if report.lacked == 0 && report.given == 0 => {
                tracing::debug!(%peer, agreed = report.agreed, "nothing is lacking on either side");
            }
            Ok(()) => {
                let (lacked, taken, given) = (report.lacked, report.taken, report.given);
                tracing::info!(%peer, lacked, taken, given, agreed = report.agreed, "caught up with the peer");
            }
            Err(error) => {
                let (taken, given) = (report.taken, report.given);
                tracing::info!(%peer, taken, given, error = format!("{error:#}"), "catching up ended early; trying again")
            }
        }
        if caught_up {
            self.table.desk.caught_up().await;
        }
        if report.taken > 0 {
            self.hurry_all(Some(peer));
        }
        self.agenda().ended(peer, self.time(), began, &report, done.is_err(), draw());
    }

    async fn answer(&self, peer: PeerName, talk: Talk) {
        let greeted = |told: replica::sync::answerer::Greeted| {
            if told.equal {
                let agreement = Agreement { instance: told.instance, at: now() };
                self.agenda().found_equal(peer, self.time(), agreement, draw());
            }
        };
        let took = |admitted| {
            if admitted > 0 {
                self.hurry_all(Some(peer));
            }
        };
        let answering = self.table.answer(talk, greeted, took);
        let ended = match tokio::time::timeout(TALK_MAX, answering).await {
            Ok(ended) => ended,
            Err(_) => Err(anyhow!("the talk took more than {} seconds", TALK_MAX.as_secs())),
        };
        if let Err(error) = ended {
            tracing::debug!(%peer, error = format!("{error:#}"), "a talk that the peer began ended early");
        }
    }
}

/// A number between 0 and 1 that spreads the talks.
fn draw() -> f64 {
    let mut dice = [0; 2];
    if getrandom::fill(&mut dice).is_err() {
        tracing::debug!("the system gives no random numbers; the pause is not varied");
    }
    f64::from(u16::from_be_bytes(dice)) / f64::from(u16::MAX)
}
