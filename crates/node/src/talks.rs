//! One talk with a peer, from either side: frames over the network, statements through the one door.

use crate::counters::Counters;
use crate::desk::Desk;
use crate::keeper::now;
use anyhow::Context as _;
use anyhow::anyhow;
use futures::future::try_join_all;
use futures::stream::FuturesOrdered;
use futures::stream::StreamExt as _;
use network::talk::Talk;
use record::envelope::Statement;
use record::name::NetworkName;
use replica::admit::Outcome;
use replica::admit::Verdict;
use replica::order::Bucket;
use replica::order::Place;
use replica::sync::answerer::Answer;
use replica::sync::answerer::Answerer;
use replica::sync::answerer::Greeted;
use replica::sync::answerer::Took;
use replica::sync::asker::Action;
use replica::sync::asker::Asker;
use replica::sync::refusals::Refusals;
use replica::sync::report::Agreement;
use replica::sync::report::Report;
use replica::sync::segments::Segments;
use replica::tree::ShortPlace;
use replica::view::View;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use tokio::sync::Semaphore;

/// Statements that are checked by one thread at a time; a bundle of many is shared by two.
const CHECKED_TOGETHER_MAX: usize = 256;

/// What both sides of all talks share.
#[derive(Clone, Debug)]
pub(crate) struct Table<D> {
    pub(crate) desk: D,
    pub(crate) counters: Arc<Counters>,
    refusals: Arc<Mutex<Refusals>>,
    segments: Segments,
    /// As many checks at a time as there are processors: more would only take the processor from those who carry the
    /// next bundle here, and the threads from whoever reads a page.
    checkers: Arc<Semaphore>,
}

/// What a talk that this side began came to.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) report: Report,
    /// Whether this publisher's own records can no longer be newer at the peer than here.
    pub(crate) caught_up: bool,
}

impl<D: Desk> Table<D> {
    pub(crate) fn new(desk: D, counters: Arc<Counters>) -> Table<D> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let checkers = Arc::new(Semaphore::new(processors));
        Table { desk, counters, refusals: Arc::default(), segments: Segments::default(), checkers }
    }

    fn refusals(&self) -> MutexGuard<'_, Refusals> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a talk. `asked` holds what came of it also where it ends early.
    pub(crate) async fn ask(
        &self,
        mut talk: Talk,
        window: Option<Agreement>,
        give_max: usize,
        own: Option<Bucket>,
        asked: &mut Asked,
    ) -> anyhow::Result<()> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| anyhow!("the system gives no random numbers: {error}"))?;
        let view = self.desk.view();
        let mut asker = Asker::new(self.desk.instance(), view, salt, window, give_max);
        let ended = self.drive(&mut talk, &mut asker).await;
        asked.report = asker.report().clone();
        asked.caught_up = ended.is_ok() && asker.has_all(own);
        ended?;
        Ok(talk.close().await?)
    }

    async fn drive(&self, talk: &mut Talk, asker: &mut Asker) -> anyhow::Result<()> {
        let mut admissions = FuturesOrdered::new();
        let mut greeting = true;
        loop {
            let mut step = || asker.step(&self.desk.reading(), &self.refusals(), now());
            // The greeting costs nothing; what follows may compare thousands of places, or read the disk.
            let action = if greeting { step() } else { tokio::task::block_in_place(step) };
            greeting = matches!(action, Ok(Action::Send(_))) && greeting;
            match action? {
                Action::Send(frame) => talk.send(&frame).await?,
                Action::Receive => {
                    let frame = talk.receive().await?;
                    asker.receive(&frame.context("the peer ended the talk; it is tried again later")?)?;
                }
                Action::Admit(statements) => {
                    admissions.push_back(tokio::spawn(self.clone().admit(statements)))
                }
                Action::Settle => {
                    let admitted = admissions.next().await.context("nothing is being let in")?;
                    let (taken, view) = admitted.context("letting statements in was given up")??;
                    asker.admitted(&taken, view, &mut self.refusals());
                }
                Action::Done => return Ok(()),
            }
        }
    }

    /// Answers a peer's questions until it closes the talk. Each of its greetings is shown to `greeted`, and what came
    /// to stand here by it to `took`.
    pub(crate) async fn answer(
        &self,
        mut talk: Talk,
        greeted: impl Fn(Greeted),
        took: impl Fn(u64),
    ) -> anyhow::Result<()> {
        let mut answerer = Answerer::new(self.desk.instance(), self.desk.view());
        while let Some(frame) = talk.receive().await? {
            let greeting = Answerer::is_greeting(&frame);
            let answer = if greeting {
                answerer.look(self.desk.view());
                answerer.answer(&frame, &self.desk.reading(), &self.segments)?
            } else {
                let (reading, segments) = (self.desk.reading(), self.segments.clone());
                let answering = tokio::task::spawn_blocking(move || {
                    let answer = answerer.answer(&frame, &reading, &segments);
                    (answerer, answer)
                });
                let (back, answer) = answering.await.context("answering was given up")?;
                answerer = back;
                answer?
            };
            let frame = match answer {
                Answer::Send(frame) => frame,
                Answer::Admit(statements) => {
                    let (taken, _) = self.clone().admit(statements).await?;
                    let counted = Took::of(taken.iter().map(|(_, verdict)| verdict));
                    took(counted.admitted);
                    answerer.took(counted)
                }
            };
            if let Some(told) = answerer.greeted() {
                greeted(told);
            }
            let (sent, prepared) = tokio::join!(talk.send(&frame), self.prepare(answerer));
            sent?;
            answerer = prepared?;
        }
        Ok(())
    }

    /// Lets the next segment be made, where the peer takes one after the other.
    async fn prepare(&self, mut answerer: Answerer) -> anyhow::Result<Answerer> {
        if !answerer.is_ahead() {
            return Ok(answerer);
        }
        let (reading, segments) = (self.desk.reading(), self.segments.clone());
        let preparing =
            tokio::task::spawn_blocking(move || answerer.prepare(&reading, &segments).map(|()| answerer));
        Ok(preparing.await.context("preparing a segment was given up")??)
    }

    /// Checks statements away from the tasks that carry bytes, and lets them in.
    async fn admit(self, statements: Vec<Vec<u8>>) -> anyhow::Result<(Vec<(ShortPlace, Verdict)>, View)> {
        let opened = self.open(statements).await?;
        let places: Vec<ShortPlace> = opened.iter().map(place).collect();
        let (outcomes, view) = self.desk.admit(opened).await?;
        let verdicts = outcomes.into_iter().map(|Outcome { verdict, .. }| verdict);
        let verdicts: Vec<Verdict> = verdicts.collect();
        self.counters.count_fetched(Took::of(&verdicts).admitted);
        Ok((places.into_iter().zip(verdicts).collect(), view))
    }

    /// Checks statements, in two parts that two processors may share.
    async fn open(&self, statements: Vec<Vec<u8>>) -> anyhow::Result<Vec<Statement>> {
        let together = statements.len().div_ceil(2).clamp(1, CHECKED_TOGETHER_MAX);
        let opening = chunks(statements, together).into_iter().map(async |chunk| {
            let _seat = self.checkers.acquire().await?;
            let (network, counters) = (self.desk.network().clone(), self.counters.clone());
            let opened = tokio::task::spawn_blocking(move || open(chunk, &network, &counters)).await;
            opened.context("checking statements was given up")?
        });
        Ok(try_join_all(opening).await?.into_iter().flatten().collect())
    }

    /// Forgets everything that was made of statements: none of their bytes may outlive an erasure.
    pub(crate) fn forget(&self) {
        self.segments.forget();
    }
}

fn place(statement: &Statement) -> ShortPlace {
    ShortPlace::of(&Place { issued: statement.content().issued, id: statement.id() })
}

fn open(
    statements: Vec<Vec<u8>>,
    network: &NetworkName,
    counters: &Counters,
) -> anyhow::Result<Vec<Statement>> {
    let open = |bytes: Vec<u8>| {
        Statement::open(&bytes, network).map_err(|error| {
            counters.count(error.code());
            anyhow!("the peer sent what is no statement: {error}")
        })
    };
    statements.into_iter().map(open).collect()
}

fn chunks<T>(mut items: Vec<T>, size: usize) -> Vec<Vec<T>> {
    let mut chunks = Vec::new();
    while items.len() > size {
        let rest = items.split_off(size);
        chunks.push(std::mem::replace(&mut items, rest));
    }
    chunks.push(items);
    chunks
}
