//! The one loop that owns replica and store: a closed list of inputs, a bounded queue, one thread.

mod about;
mod erasing;
mod own_copies;

use crate::counters::Counters;
use crate::counters::Equivocation;
use crate::desk::News;
use crate::erasures::Holding;
use crate::erasures::Ledger;
use crate::keeper::about::About;
use crate::keeper::about::published;
use crate::lock::Lock;
use crate::own::Own;
use crate::publishing::Publisher;
use crate::publishing::Refusal;
use crate::publishing::Saying;
use crate::tidying::Tidy;
use record::envelope::Statement;
use record::moment::Moment;
use record::statement::StatementId;
use replica::admit::Outcome;
use replica::admit::Replica;
use replica::admit::Verdict;
use replica::keeper::KeepError;
use replica::keeper::Keeper as _;
use replica::order::HeadKey;
use replica::order::Set;
use replica::trust;
use replica::trust::Trust;
use replica::view::View;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;
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

/// What became of statements, and what is held since.
type Admitted = (Vec<Outcome>, View);
type Answer<T> = oneshot::Sender<Result<T, Refusal>>;

/// What can be asked of the loop.
#[derive(Debug)]
enum Input {
    /// Opened statements of others, in order.
    Admit { statements: Vec<Statement>, answer: Answer<Admitted> },
    /// A ready-signed statement that is to be durable when answered.
    Submit { statement: Box<Statement>, answer: Answer<Published> },
    /// Sign, keep and answer.
    Say { saying: Saying, answer: Answer<Published> },
    /// Sign the own records again that stand under an older epoch, or stand no more.
    Republish { answer: Answer<Vec<Published>> },
    /// Erase a record here, and keep it out if so wished.
    Erase { key: HeadKey, keep_out: bool, reason: String, answer: Answer<()> },
    /// Take an erasure back; whether there was one.
    Lift { key: HeadKey, answer: Answer<bool> },
    /// A peer was talked with to the end: what it knows of this publisher is known here.
    CaughtUp,
    /// Finish.
    Stop { answer: oneshot::Sender<()> },
}

impl Input {
    /// Whether something is signed in answer.
    fn signs(&self) -> bool {
        matches!(self, Input::Say { .. } | Input::Republish { .. })
    }

    /// Answers that nothing is signed.
    fn refuse(self, why: Refusal) {
        match self {
            Input::Say { answer, .. } => drop(answer.send(Err(why))),
            Input::Republish { answer } => drop(answer.send(Err(why))),
            Input::Admit { .. }
            | Input::Submit { .. }
            | Input::Erase { .. }
            | Input::Lift { .. }
            | Input::CaughtUp
            | Input::Stop { .. } => {}
        }
    }
}

/// How things stand, after the last change.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) change: u64,
    pub(crate) trust: Arc<Trust>,
    pub(crate) view: View,
    pub(crate) waiting: usize,
    pub(crate) erasures: Arc<BTreeMap<HeadKey, Holding>>,
    /// Records of this publisher, retracted ones included.
    pub(crate) own_records: u64,
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

/// What the loop is given to look after.
#[derive(Debug)]
pub(crate) struct Charge {
    pub(crate) replica: Replica<Disk>,
    pub(crate) own: Own,
    pub(crate) ledger: Ledger,
    pub(crate) publisher: Publisher,
    pub(crate) counters: Arc<Counters>,
    pub(crate) tidy: Tidy,
    /// Whether nothing is signed before a peer was talked with.
    pub(crate) locked: bool,
}

/// Starts the loop on a thread of its own. What the peers are to hear of comes out of the second value.
pub(crate) fn start(charge: Charge) -> std::io::Result<(Keeper, mpsc::Receiver<News>)> {
    let Charge { replica, own, ledger, publisher, counters, tidy, locked } = charge;
    let (inputs, queue) = mpsc::channel(INPUTS_MAX);
    let (announce, announcements) = mpsc::channel(ANNOUNCEMENTS_MAX);
    let held_back = Arc::new(ledger.holding().clone());
    let (standing, watched) = watch::channel(standing(&replica, &publisher, &held_back));
    let clerk = Clerk {
        replica,
        ledger,
        held_back,
        tidy,
        lock: if locked { Lock::closed() } else { Lock::opened() },
        own,
        publisher,
        counters,
        announce,
        standing,
        admitted: Vec::new(),
        taken: Vec::new(),
        done: Vec::new(),
        believed: None,
        released: false,
        erased: false,
        broken: false,
    };
    std::thread::Builder::new().name("keeper".to_owned()).spawn(move || clerk.run(queue))?;
    Ok((Keeper { inputs, standing: watched }, announcements))
}

fn standing(
    replica: &Replica<Disk>,
    publisher: &Publisher,
    erasures: &Arc<BTreeMap<HeadKey, Holding>>,
) -> Standing {
    Standing {
        change: replica.keeper().newest(),
        trust: replica.trust(),
        view: replica.view(),
        waiting: replica.waiting(),
        erasures: erasures.clone(),
        own_records: replica.count(Set::Records, publisher.name()),
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

    /// What is held now.
    pub(crate) fn view(&self) -> View {
        self.standing.borrow().view.clone()
    }

    pub(crate) async fn admit(&self, statements: Vec<Statement>) -> Result<(Vec<Outcome>, View), Refusal> {
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

    /// Erases a record here; physically gone it is after the next tidying.
    pub(crate) async fn erase(&self, key: HeadKey, keep_out: bool, reason: String) -> Result<(), Refusal> {
        self.ask(|answer| Input::Erase { key, keep_out, reason, answer }).await
    }

    /// Takes an erasure back; answers whether there was one.
    pub(crate) async fn lift(&self, key: HeadKey) -> Result<bool, Refusal> {
        self.ask(|answer| Input::Lift { key, answer }).await
    }

    pub(crate) async fn caught_up(&self) {
        let _ = self.inputs.send(Input::CaughtUp).await;
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
struct Clerk {
    replica: Replica<Disk>,
    /// Those who want to sign, until a peer was asked for newer own records.
    lock: Lock<Input>,
    /// What was believed of this publisher when it was last looked at.
    believed: Option<trust::Standing>,
    /// Whether the disk failed, so that nothing more may be acknowledged.
    broken: bool,
    own: Own,
    ledger: Ledger,
    /// What the ledger holds, for who reads.
    held_back: Arc<BTreeMap<HeadKey, Holding>>,
    tidy: Tidy,
    publisher: Publisher,
    counters: Arc<Counters>,
    /// Whether something stands that had waited, or was withdrawn, since the peers' side was last told.
    released: bool,
    erased: bool,
    announce: mpsc::Sender<News>,
    standing: watch::Sender<Standing>,
    /// What was let in in this group and is answered after it is shown.
    admitted: Vec<(Answer<Admitted>, Vec<Outcome>)>,
    /// What was taken in this group and is answered after the fsync.
    taken: Vec<(Answer<Published>, Published, Statement)>,
    /// What was done otherwise in this group and is answered after the fsync.
    done: Vec<Done>,
}

/// An answer that waits for the fsync.
#[derive(Debug)]
enum Done {
    Erased(Answer<()>),
    Lifted(Answer<bool>, bool),
}

impl Clerk {
    fn run(mut self, mut queue: mpsc::Receiver<Input>) {
        self.replay_ledger();
        self.bring_own();
        self.publisher.follow(&self.replica.trust(), now());
        self.believed = self.replica.trust().standing(self.publisher.name()).cloned();
        let mut ticked = Instant::now();
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
                ticked = Instant::now();
                self.look_at_the_clock();
                self.lock.overdue(Instant::now()).into_iter().for_each(|input| input.refuse(Refusal::Locked));
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
                self.released |= fates.iter().any(|(_, verdict)| *verdict == Verdict::Admitted);
            }
            Err(error) => {
                tracing::error!(%error, "statements that waited for their hour could not be taken in");
            }
        }
    }

    fn take(&mut self, input: Input) -> Option<oneshot::Sender<()>> {
        let input = if input.signs() {
            match self.lock.pass(input, Instant::now()) {
                Ok(passed) => passed?,
                Err(input) => {
                    input.refuse(Refusal::Locked);
                    return None;
                }
            }
        } else {
            input
        };
        match input {
            Input::Admit { statements, answer } => match self.admit(statements) {
                Ok(outcomes) => self.admitted.push((answer, outcomes)),
                Err(refusal) => drop(answer.send(Err(refusal))),
            },
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
            Input::Erase { key, keep_out, reason, answer } => match self.erase(&key, keep_out, &reason) {
                Ok(()) => self.done.push(Done::Erased(answer)),
                Err(refusal) => drop(answer.send(Err(refusal))),
            },
            Input::Lift { key, answer } => match self.lift(&key) {
                Ok(lifted) => self.done.push(Done::Lifted(answer, lifted)),
                Err(refusal) => drop(answer.send(Err(refusal))),
            },
            Input::CaughtUp => {
                for input in self.lock.open() {
                    let _ = self.take(input);
                }
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
        let idle = self.taken.is_empty() && self.done.is_empty();
        let flushed = if idle { Ok(()) } else { self.replica.flush() };
        // Shown before it is answered, so that whoever reads after the answer sees what was answered.
        let standing = standing(&self.replica, &self.publisher, &self.held_back);
        self.standing.send_if_modified(|old| {
            let changed = old.change != standing.change
                || old.waiting != standing.waiting
                || !Arc::ptr_eq(&old.erasures, &standing.erasures);
            if changed {
                *old = standing;
            }
            changed
        });
        let view = self.standing.borrow().view.clone();
        for (answer, outcomes) in std::mem::take(&mut self.admitted) {
            let _ = answer.send(Ok((outcomes, view.clone())));
        }
        // Told after it is shown: whoever compares then compares what is new. Where the queue is full, much is
        // announced anyway, and the next comparison brings this.
        if std::mem::take(&mut self.released) {
            let _ = self.announce.try_send(News::Released);
        }
        if std::mem::take(&mut self.erased) {
            self.tidy.owe();
            let _ = self.announce.try_send(News::Erased);
        }
        for done in std::mem::take(&mut self.done) {
            match (done, &flushed) {
                (Done::Erased(answer), Ok(())) => drop(answer.send(Ok(()))),
                (Done::Lifted(answer, lifted), Ok(())) => drop(answer.send(Ok(lifted))),
                (Done::Erased(answer), Err(error)) => drop(answer.send(Err(error.clone().into()))),
                (Done::Lifted(answer, _), Err(error)) => drop(answer.send(Err(error.clone().into()))),
            }
        }
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

    /// Announces a statement. When nobody takes it now, repair brings it.
    fn tell(&self, statement: &Statement) {
        if self.announce.try_send(News::Said(statement.bytes().clone())).is_err() {
            tracing::warn!("too many statements wait to be announced; the others will fetch this one");
        }
    }

    fn admit(&mut self, statements: Vec<Statement>) -> Result<Vec<Outcome>, Refusal> {
        let about: Vec<_> = statements.iter().map(About::of).collect();
        let outcomes = self.replica.admit_many(statements, now())?;
        for (about, outcome) in about.iter().zip(&outcomes) {
            self.note(about, outcome);
        }
        Ok(outcomes)
    }

    fn admit_one(&mut self, statement: Statement) -> Result<Outcome, KeepError> {
        let about = About::of(&statement);
        let outcome = self.replica.admit(statement, now())?;
        self.note(&about, &outcome);
        Ok(outcome)
    }

    /// Counts, tells and logs what became of a statement.
    fn note(&mut self, about: &About, outcome: &Outcome) {
        let About { publisher, record, id, retracted } = about;
        self.count(&outcome.verdict, *id);
        for (id, verdict) in &outcome.released {
            self.count(verdict, *id);
        }
        self.released |= outcome.released.iter().any(|(_, verdict)| *verdict == Verdict::Admitted);
        self.erased |= *retracted && outcome.verdict == Verdict::Admitted || outcome.dropped > 0;
        if let Some(other) = outcome.equivocation {
            self.counters.equivocate(Equivocation {
                publisher: publisher.clone(),
                record: *record,
                one: *id,
                other,
            });
            tracing::warn!(%publisher, %record, one = %id, %other, "the publisher signed two statements with the same version");
        }
        if outcome.dropped > 0 {
            tracing::warn!(%publisher, dropped = outcome.dropped, "records stand no more because their keys are no longer believed");
        }
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
            Verdict::Admitted | Verdict::Known | Verdict::Passed => {}
        }
    }

    /// Takes a ready-signed statement in. One of ours is kept as a file as well, but only once it stands:
    /// a forged one leaves no trace, and who signed it elsewhere has it until this is answered.
    fn submit(&mut self, statement: Statement) -> Result<(Published, Statement), Refusal> {
        let outcome = self.admit_one(statement.clone())?;
        let changed = match outcome.verdict {
            Verdict::Admitted => true,
            Verdict::Known | Verdict::Passed => false,
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
            Ok(Outcome { verdict: Verdict::Admitted | Verdict::Known | Verdict::Passed, .. }) => {
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
