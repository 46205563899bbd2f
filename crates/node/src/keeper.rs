//! The one loop that owns replica and store: a closed list of inputs, a bounded queue, one thread.

use crate::counters::Counters;
use crate::own::Own;
use crate::publishing::Publisher;
use crate::publishing::Refusal;
use crate::publishing::Saying;
use record::envelope::Statement;
use record::moment::Moment;
use record::statement::StatementId;
use replica::admit::Outcome;
use replica::admit::Replica;
use replica::admit::Verdict;
use replica::fingerprint::Fingerprint;
use replica::fingerprint::Summary;
use replica::keeper::KeepError;
use replica::keeper::Keeper as _;
use replica::order::Bucket;
use replica::order::HeadKey;
use replica::order::Place;
use replica::talk::Ask;
use replica::talk::Greeting;
use replica::talk::Reply;
use replica::talk::answer;
use replica::talk::lacking;
use replica::trust;
use replica::trust::Trust;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;
use store::disk::Disk;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::sync::watch;
use web::port::Published;

/// Inputs that wait; who finds the queue full waits as well.
const INPUTS_MAX: usize = 1_024;
/// Inputs that share one fsync.
const GROUP_MAX: usize = 256;
/// How often those are looked at who wait for their hour.
const TICK: Duration = Duration::from_secs(1);
/// Statements of this node that wait to be announced.
pub(crate) const ANNOUNCEMENTS_MAX: usize = 1_024;

/// What comes out of the loop for the peers.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// A statement that was said or handed in here, to be announced.
    Said(Arc<[u8]>),
    /// Something that had waited stands now. It is not announced, so the peers are to be compared with.
    Released,
}

type Answer<T> = oneshot::Sender<Result<T, Refusal>>;

/// What can be asked of the loop.
#[derive(Debug)]
enum Input {
    /// Opened statements of others, in order.
    Admit { statements: Vec<Statement>, answer: Answer<Vec<Outcome>> },
    /// A ready-signed statement that is to be durable when answered.
    Submit { statement: Box<Statement>, answer: Answer<Published> },
    /// Sign, keep and answer.
    Say { saying: Saying, answer: Answer<Published> },
    /// Sign the own records again that stand under an older epoch, or stand no more.
    Republish { answer: Answer<Vec<Published>> },
    /// Answer another replica.
    Ask { ask: Ask, answer: Answer<Reply> },
    /// How this replica introduces itself.
    Greet { answer: Answer<Greeting> },
    /// Which of these places are not held here.
    Lacking { bucket: Bucket, places: Vec<Place>, answer: Answer<Vec<Place>> },
    /// Finish.
    Stop { answer: oneshot::Sender<()> },
}

/// How things stand, after the last change.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) change: u64,
    pub(crate) trust: Arc<Trust>,
    pub(crate) trust_root: Fingerprint,
    pub(crate) summaries: BTreeMap<Bucket, Summary>,
    pub(crate) waiting: usize,
}

/// The way to the loop. Copies speak to the same one.
#[derive(Clone, Debug)]
pub(crate) struct Keeper {
    inputs: mpsc::Sender<Input>,
    standing: watch::Receiver<Standing>,
}

/// The clock of this machine.
pub(crate) fn now() -> Moment {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Moment::from_seconds(seconds.min(record::bounds::MOMENT_MAX)).expect("bounded by the latest moment")
}

/// Starts the loop on a thread of its own. What the peers are to hear of comes out of the second value.
pub(crate) fn start(
    replica: Replica<Disk>,
    own: Own,
    publisher: Publisher,
    counters: Arc<Counters>,
) -> std::io::Result<(Keeper, mpsc::Receiver<News>)> {
    let (inputs, queue) = mpsc::channel(INPUTS_MAX);
    let (announce, announcements) = mpsc::channel(ANNOUNCEMENTS_MAX);
    let (standing, watched) = watch::channel(standing(&replica));
    let taken = Vec::new();
    let desk =
        Desk { replica, own, publisher, counters, announce, standing, taken, believed: None, broken: false };
    std::thread::Builder::new().name("keeper".to_owned()).spawn(move || desk.run(queue))?;
    Ok((Keeper { inputs, standing: watched }, announcements))
}

fn standing(replica: &Replica<Disk>) -> Standing {
    Standing {
        change: replica.keeper().newest(),
        trust: replica.trust(),
        trust_root: replica.trust_root(),
        summaries: replica.summaries().clone(),
        waiting: replica.waiting(),
    }
}

impl Keeper {
    /// How things stand now; `changed` on the receiver wakes who waits for the next change.
    pub(crate) fn watch(&self) -> watch::Receiver<Standing> {
        self.standing.clone()
    }

    async fn ask<T>(&self, input: impl FnOnce(Answer<T>) -> Input) -> Result<T, Refusal> {
        let (answer, answered) = oneshot::channel();
        self.inputs.send(input(answer)).await.map_err(|_| Refusal::Stopping)?;
        answered.await.map_err(|_| Refusal::Stopping)?
    }

    pub(crate) async fn admit(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, Refusal> {
        self.ask(|answer| Input::Admit { statements, answer }).await
    }

    pub(crate) async fn submit(&self, statement: Statement) -> Result<Published, Refusal> {
        self.ask(|answer| Input::Submit { statement: Box::new(statement), answer }).await
    }

    pub(crate) async fn say(&self, saying: Saying) -> Result<Published, Refusal> {
        self.ask(|answer| Input::Say { saying, answer }).await
    }

    pub(crate) async fn republish(&self) -> Result<Vec<Published>, Refusal> {
        self.ask(|answer| Input::Republish { answer }).await
    }

    pub(crate) async fn answer(&self, ask: Ask) -> Result<Reply, Refusal> {
        self.ask(|answer| Input::Ask { ask, answer }).await
    }

    pub(crate) async fn greeting(&self) -> Result<Greeting, Refusal> {
        self.ask(|answer| Input::Greet { answer }).await
    }

    pub(crate) async fn lacking(&self, bucket: Bucket, places: Vec<Place>) -> Result<Vec<Place>, Refusal> {
        self.ask(|answer| Input::Lacking { bucket, places, answer }).await
    }

    /// Brings everything to the disk and ends the loop.
    pub(crate) async fn stop(&self) {
        let (answer, answered) = oneshot::channel();
        if self.inputs.send(Input::Stop { answer }).await.is_ok() {
            let _ = answered.await;
        }
    }
}

/// What the loop holds.
struct Desk {
    replica: Replica<Disk>,
    /// What was believed of this publisher when it was last looked at.
    believed: Option<trust::Standing>,
    /// Whether the disk failed, so that nothing more may be acknowledged.
    broken: bool,
    own: Own,
    publisher: Publisher,
    counters: Arc<Counters>,
    announce: mpsc::Sender<News>,
    standing: watch::Sender<Standing>,
    /// What was taken in this group and is answered after the fsync.
    taken: Vec<(Answer<Published>, Published, Statement)>,
}

impl Desk {
    fn run(mut self, mut queue: mpsc::Receiver<Input>) {
        self.bring_own();
        self.publisher.follow(&self.replica.trust(), now());
        self.believed = self.replica.trust().standing(self.publisher.name()).cloned();
        let mut ticked = std::time::Instant::now();
        let clock = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let clock = clock.expect("a timer needs nothing from the system");
        loop {
            let wait = tokio::time::timeout;
            let first = clock.block_on(async { wait(TICK, queue.recv()).await });
            let mut stop = None;
            match first {
                Ok(None) => break,
                Ok(Some(input)) => {
                    stop = self.take(input);
                    for _ in 1..GROUP_MAX {
                        if stop.is_some() {
                            break;
                        }
                        let Ok(input) = queue.try_recv() else { break };
                        stop = self.take(input);
                    }
                }
                Err(_) => {}
            }
            if ticked.elapsed() >= TICK {
                ticked = std::time::Instant::now();
                self.look_at_the_clock();
            }
            self.settle();
            if self.broken {
                return;
            }
            if let Some(answer) = stop {
                if let Err(error) = self.replica.flush() {
                    tracing::error!(%error, "the store could not be brought to the disk at the end");
                }
                drop(self);
                let _ = answer.send(());
                return;
            }
        }
    }

    /// Lets in whose hour has come.
    fn look_at_the_clock(&mut self) {
        self.publisher.follow(&self.replica.trust(), now());
        match self.replica.tick(now()) {
            Ok(fates) => {
                if fates.iter().any(|(_, verdict)| *verdict == Verdict::Admitted) {
                    let _ = self.announce.try_send(News::Released);
                }
            }
            Err(error) => {
                tracing::error!(%error, "statements that waited for their hour could not be taken in");
            }
        }
    }

    fn take(&mut self, input: Input) -> Option<oneshot::Sender<()>> {
        match input {
            Input::Admit { statements, answer } => {
                let _ = answer.send(self.admit(statements));
            }
            Input::Submit { statement, answer } => match self.submit(*statement) {
                Ok((published, statement)) => self.taken.push((answer, published, statement)),
                Err(refusal) => drop(answer.send(Err(refusal))),
            },
            Input::Say { saying, answer } => match self.say(saying) {
                Ok((published, Some(statement))) => self.taken.push((answer, published, statement)),
                Ok((published, None)) => drop(answer.send(Ok(published))),
                Err(refusal) => drop(answer.send(Err(refusal))),
            },
            Input::Republish { answer } => {
                let _ = answer.send(self.republish());
            }
            Input::Ask { ask, answer: to } => {
                drop(to.send(answer(&self.replica, &ask).map_err(Refusal::from)))
            }
            Input::Greet { answer } => drop(answer.send(Ok(Greeting::of(&self.replica)))),
            Input::Lacking { bucket, places, answer } => {
                let _ = answer.send(lacking(&self.replica, &bucket, &places).map_err(Refusal::from));
            }
            Input::Stop { answer } => return Some(answer),
        }
        None
    }

    /// Brings what was taken to the disk, answers, announces, and shows how things stand.
    fn settle(&mut self) {
        let trust = self.replica.trust();
        let own = trust.standing(self.publisher.name()).cloned();
        if own.is_some() && own != self.believed {
            self.bring_own();
            self.publisher.follow(&trust, now());
        }
        self.believed = own;
        let flushed = if self.taken.is_empty() { Ok(()) } else { self.replica.flush() };
        // Shown before it is answered, so that whoever reads after the answer sees what was answered.
        let standing = standing(&self.replica);
        self.standing.send_if_modified(|old| {
            let changed = old.change != standing.change || old.waiting != standing.waiting;
            if changed {
                *old = standing;
            }
            changed
        });
        for (answer, published, statement) in std::mem::take(&mut self.taken) {
            match &flushed {
                Ok(()) => {
                    self.forget_older(&statement);
                    self.tell(&statement);
                    let _ = answer.send(Ok(published));
                }
                Err(error) => drop(answer.send(Err(error.clone().into()))),
            }
        }
        if let Err(KeepError::Broken(why)) = flushed {
            // Pages that the disk did not take may be lost although a later fsync says it is well.
            tracing::error!(
                why,
                "the store could not be brought to the disk; the node ends and has to be started again"
            );
            self.broken = true;
        }
    }

    /// Brings own copies in that the store does not hold: after a rebuild, and again when the own attestation
    /// has come, because until then they cannot stand.
    fn bring_own(&mut self) {
        let statements = match self.own.statements(&self.replica.document().network) {
            Ok(statements) => statements,
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the own copies could not be looked through");
                return;
            }
        };
        let mut brought = 0;
        for statement in statements {
            let id = statement.id();
            match self.replica.admit(statement, now()).map(|outcome| outcome.verdict) {
                Ok(Verdict::Admitted) => brought += 1,
                Ok(Verdict::Known) => {}
                Ok(Verdict::Held(why) | Verdict::Refused(why)) => {
                    tracing::debug!(statement = %id, "an own copy does not stand now: {why}");
                }
                Err(error) => {
                    tracing::error!(statement = %id, %error, "an own copy could not be brought back")
                }
            }
        }
        self.forget_repeated();
        if brought > 0 {
            tracing::warn!(brought, "own copies were brought back into the store");
            if self.replica.flush().is_err() || self.announce.try_send(News::Released).is_err() {
                tracing::warn!("the own copies reach disk and peers a little later");
            }
        }
    }

    /// Removes copies that were left over when the process was killed between a publish and its end.
    fn forget_repeated(&mut self) {
        for key in self.own.repeated() {
            if let Ok(Some(head)) = self.replica.keeper().head(&key) {
                // Somebody else may have signed far ahead with a stolen key: the newest copy stays in any case.
                let newest = self.own.newest(&key).unwrap_or_default();
                let (epoch, version) = newest.min((head.rank.epoch, head.rank.version));
                self.own.forget_older(&key, epoch, version);
            }
        }
    }

    fn forget_older(&mut self, statement: &Statement) {
        let content = statement.content();
        if content.publisher == *self.publisher.name() {
            self.own.forget_older(&HeadKey::of(content), content.epoch, content.version);
        }
    }

    /// Announces a statement. When nobody takes it now, repair brings it.
    fn tell(&self, statement: &Statement) {
        if self.announce.try_send(News::Said(statement.bytes().clone())).is_err() {
            tracing::warn!("too many statements wait to be announced; the others will fetch this one");
        }
    }

    fn admit(&mut self, statements: Vec<Statement>) -> Result<Vec<Outcome>, Refusal> {
        let mut outcomes = Vec::new();
        for statement in statements {
            outcomes.push(self.admit_one(statement)?);
        }
        Ok(outcomes)
    }

    fn admit_one(&mut self, statement: Statement) -> Result<Outcome, KeepError> {
        let (publisher, record, id) =
            (statement.content().publisher.clone(), statement.content().record, statement.id());
        let outcome = self.replica.admit(statement, now())?;
        self.count(&outcome.verdict, id);
        for (id, verdict) in &outcome.released {
            self.count(verdict, *id);
        }
        if outcome.released.iter().any(|(_, verdict)| *verdict == Verdict::Admitted) {
            // Where the queue is full, much is announced anyway, and the next comparison brings this.
            let _ = self.announce.try_send(News::Released);
        }
        if let Some(other) = outcome.equivocation {
            self.counters.count("equivocation");
            tracing::warn!(%publisher, %record, one = %id, %other, "the publisher signed two statements with the same version");
        }
        if outcome.dropped > 0 {
            tracing::warn!(%publisher, dropped = outcome.dropped, "records stand no more because their keys are no longer believed");
        }
        Ok(outcome)
    }

    fn count(&self, verdict: &Verdict, id: StatementId) {
        match verdict {
            Verdict::Refused(why) => {
                self.counters.count(why.code());
                tracing::info!(statement = %id, reason = why.code(), "refused: {why}");
            }
            Verdict::Held(why) => {
                self.counters.count(why.code());
                tracing::debug!(statement = %id, reason = why.code(), "held back: {why}");
            }
            Verdict::Admitted | Verdict::Known => {}
        }
    }

    /// Takes a ready-signed statement in. One of ours is kept as a file as well, but only once it stands:
    /// a forged one leaves no trace, and who signed it elsewhere has it until this is answered.
    fn submit(&mut self, statement: Statement) -> Result<(Published, Statement), Refusal> {
        let outcome = self.admit_one(statement.clone())?;
        let changed = match outcome.verdict {
            Verdict::Admitted => true,
            Verdict::Known => false,
            Verdict::Held(why) | Verdict::Refused(why) => return Err(why.into()),
        };
        if statement.content().publisher == *self.publisher.name() {
            self.own.keep(&statement).map_err(Refusal::of_disk)?;
        }
        Ok((published(&statement, changed), statement))
    }

    /// Signs something; `None` where the same stands already and nothing was signed.
    fn say(&mut self, saying: Saying) -> Result<(Published, Option<Statement>), Refusal> {
        let sealed = self.publisher.seal(&self.replica, &self.own, saying, now())?;
        if let Err(standing) = sealed {
            return Ok((published(&standing, false), None));
        }
        let Ok(statement) = sealed else { unreachable!("answered above") };
        self.own.keep(&statement).map_err(Refusal::of_disk)?;
        let refusal: Refusal = match self.admit_one(statement.clone()) {
            Ok(Outcome { verdict: Verdict::Admitted | Verdict::Known, .. }) => {
                return Ok((published(&statement, true), Some(statement)));
            }
            Ok(Outcome { verdict: Verdict::Held(why) | Verdict::Refused(why), .. }) => why.into(),
            // What became of it nobody knows: the copy stays, and the next start brings it in.
            Err(error @ KeepError::Broken(_)) => return Err(error.into()),
            Err(error @ KeepError::Full(_)) => error.into(),
        };
        // It was refused, and so it must not come to stand at the next start either.
        self.own.take_back(&statement);
        Err(refusal)
    }

    fn republish(&mut self) -> Result<Vec<Published>, Refusal> {
        let network = self.replica.document().network.clone();
        let statements = self.own.statements(&network).map_err(Refusal::of_disk)?;
        let mut again = Vec::new();
        for statement in statements {
            let Some(saying) = self.publisher.again(&self.replica, &statement, now())? else { continue };
            if let (published, Some(statement)) = self.say(saying)? {
                self.replica.flush()?;
                self.forget_older(&statement);
                self.tell(&statement);
                again.push(published);
            }
        }
        Ok(again)
    }
}

fn published(statement: &Statement, changed: bool) -> Published {
    let content = statement.content();
    Published {
        publisher: content.publisher.clone(),
        record: content.record,
        version: content.version,
        id: statement.id(),
        changed,
    }
}
