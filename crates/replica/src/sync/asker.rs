//! The side that asks: it finds the difference with a peer, fetches what it lacks, and gives what the peer lacks.
//!
//! A talk goes from cheap to thorough. Both greet with one fingerprint over everything; equal ones part. Else the
//! attestations are made equal first, because all else is judged by them. Then what was issued since both last
//! agreed is compared, where there was such a moment; only what still differs is compared as a whole. A replica that
//! has almost nothing takes segments instead.

use crate::admit::Verdict;
use crate::bounds::ADMITTING_MAX;
use crate::bounds::ASKS_MAX;
use crate::bounds::FETCHING_MAX;
use crate::bounds::GIVE_MAX;
use crate::bounds::IN_VAIN_MAX;
use crate::bounds::PLACES_WANTED_MAX;
use crate::bounds::SEGMENTED_BEYOND_MAX;
use crate::bounds::SEGMENTED_IN_VAIN_MAX;
use crate::bounds::WINDOW_TOLERANCE_SECONDS;
use crate::keeper::Keeper;
use crate::order::Bucket;
use crate::order::Place;
use crate::sync::answerer::who;
use crate::sync::bundle::Bundle;
use crate::sync::descent::Descent;
use crate::sync::descent::ask_all;
use crate::sync::message::Ask;
use crate::sync::message::Hello;
use crate::sync::message::Reply;
use crate::sync::message::Roots;
use crate::sync::message::Who;
use crate::sync::refusals::Refusals;
use crate::sync::report::Agreement;
use crate::sync::report::Report;
use crate::sync::segments::statement;
use crate::sync::trouble::AskError;
use crate::sync::trouble::Dishonest;
use crate::sync::work::Expected;
use crate::sync::work::Job;
use crate::sync::work::Work;
use crate::tree::ShortPlace;
use crate::tree::Stretch;
use crate::view::View;
use record::moment::Moment;
use record::statement::StatementId;
use std::collections::BTreeSet;
use std::collections::VecDeque;

/// What the asker wants done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send this frame.
    Send(Vec<u8>),
    /// Let these statements in through the one door, in order, and say so with [`Asker::admitted`], once for each
    /// time this is asked. It need not be waited for.
    Admit(Vec<Vec<u8>>),
    /// Wait for a frame and hand it to [`Asker::receive`].
    Receive,
    /// Wait until statements that were to be let in are.
    Settle,
    /// The talk is over.
    Done,
}

/// How often all is gone through in one talk.
const LAPS_MAX: u32 = 4;

/// How far the talk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// Both greet, again where something was given since: what the peer holds has changed.
    Greeting,
    /// The attestations.
    Trust,
    /// What was issued since the last agreement.
    Windows,
    /// Whole buckets.
    Whole,
    Done,
}

/// One talk, from the side that asks.
#[derive(Debug)]
pub struct Asker {
    who: Who,
    salt: [u8; 16],
    window: Option<Agreement>,
    give_left: usize,
    view: View,
    roots: Roots,
    theirs: Option<Who>,
    phase: Phase,
    /// What follows the greeting.
    then: Phase,
    /// Whether something was given since the last greeting.
    gave: bool,
    /// What had moved when the attestations were last compared, and how often they were.
    moved: u64,
    laps: u32,
    jobs: VecDeque<Job>,
    work: Option<Work>,
    expected: VecDeque<Expected>,
    inbox: VecDeque<Reply>,
    actions: VecDeque<Action>,
    admitting: usize,
    /// Statements that came and were known or refused here.
    in_vain: u64,
    /// Whether more differs than was gathered.
    cut: bool,
    /// Whether something was asked since the last wait.
    spoke: bool,
    report: Report,
}

impl Asker {
    /// Begins a talk. `instance` names this replica's store, `salt` is drawn for this talk, `window` tells when both
    /// last agreed, and `give_max` how many statements may be given at most.
    pub fn new(
        instance: [u8; 8],
        view: View,
        salt: [u8; 16],
        window: Option<Agreement>,
        give_max: usize,
    ) -> Asker {
        Asker {
            who: who(&view, instance),
            salt,
            window,
            give_left: give_max.min(GIVE_MAX),
            view,
            roots: Roots::new(),
            theirs: None,
            phase: Phase::Greeting,
            then: Phase::Trust,
            gave: false,
            moved: 0,
            laps: 0,
            jobs: VecDeque::new(),
            work: None,
            expected: VecDeque::new(),
            inbox: VecDeque::new(),
            actions: VecDeque::new(),
            admitting: 0,
            in_vain: 0,
            cut: false,
            spoke: false,
            report: Report::default(),
        }
    }

    /// What the talk came to, also where it ended early.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Whether nothing is lacking here any more that the peer has in T and in this bucket; true only at the end of a talk
    /// that was gone through.
    pub fn has_all(&self, bucket: Option<Bucket>) -> bool {
        let keeps = |bucket: Bucket| {
            let theirs = self.theirs.as_ref();
            theirs.is_some_and(|theirs| theirs.kept.as_ref().is_none_or(|kept| kept.contains(&bucket)))
        };
        self.phase == Phase::Done && self.report.withheld == 0 && !self.cut && bucket.is_none_or(keeps)
    }

    /// Takes a frame of the peer in.
    pub fn receive(&mut self, frame: &[u8]) -> Result<(), AskError> {
        self.report.received += frame.len() as u64;
        self.inbox.push_back(Reply::decode(frame)?);
        Ok(())
    }

    /// What became of the oldest statements that were to be let in, and what is held since.
    pub fn admitted(&mut self, taken: &[(ShortPlace, Verdict)], view: View, refusals: &mut Refusals) {
        self.admitting = self.admitting.saturating_sub(1);
        let root = view.trust_root();
        for (place, verdict) in taken {
            match verdict {
                Verdict::Admitted => self.report.taken += 1,
                Verdict::Known => {}
                _ => self.report.refused += 1,
            }
            self.in_vain += u64::from(*verdict != Verdict::Admitted);
            refusals.note(*place, verdict, root);
        }
        self.view = view;
    }

    /// What to do next.
    pub fn step<K: Keeper>(
        &mut self,
        keeper: &K,
        refusals: &Refusals,
        now: Moment,
    ) -> Result<Action, AskError> {
        loop {
            if let Some(action) = self.actions.pop_front() {
                return Ok(action);
            }
            if let Some(reply) = self.inbox.pop_front() {
                self.take(reply)?;
                continue;
            }
            if self.in_vain > self.report.taken + IN_VAIN_MAX {
                return Err(AskError::InVain);
            }
            if self.admitting >= ADMITTING_MAX {
                return Ok(Action::Settle);
            }
            if self.pump(keeper)? {
                continue;
            }
            if !self.expected.is_empty() {
                self.report.rounds += u64::from(std::mem::take(&mut self.spoke));
                return Ok(Action::Receive);
            }
            if self.admitting > 0 {
                return Ok(Action::Settle);
            }
            if self.turn(refusals, now) {
                continue;
            }
            if self.phase == Phase::Done {
                return Ok(Action::Done);
            }
        }
    }

    fn say(&mut self, ask: &Ask, expected: Expected) -> Result<(), AskError> {
        self.report.asks += 1;
        if self.report.asks > ASKS_MAX {
            return Err(AskError::Endless);
        }
        let frame = ask.encode();
        self.report.sent += frame.len() as u64;
        self.spoke = true;
        self.actions.push_back(Action::Send(frame));
        self.expected.push_back(expected);
        Ok(())
    }

    /// Puts the questions that can be put now; whether there were any.
    fn pump<K: Keeper>(&mut self, keeper: &K) -> Result<bool, AskError> {
        if self.phase == Phase::Greeting {
            if !self.expected.is_empty() {
                return Ok(false);
            }
            let hello = Hello {
                who: self.who.clone(),
                root: self.view.root(self.who.kept.as_ref()),
                salt: self.salt,
            };
            self.say(&Ask::Hello(hello), Expected::Hello)?;
            return Ok(true);
        }
        match self.work.take() {
            Some(Work::Descending(mut descents)) => {
                let asks = ask_all(&mut descents);
                self.work = Some(Work::Descending(descents));
                for (bucket, ask) in &asks {
                    self.say(ask, Expected::Split(*bucket))?;
                }
                Ok(!asks.is_empty())
            }
            Some(Work::Fetching { mut need, have }) => {
                let under_way: usize = self.expected.iter().map(Expected::statements).sum();
                let next = need.pop_front_if(|(_, wanted)| under_way + wanted.len() <= FETCHING_MAX);
                self.work = Some(Work::Fetching { need, have });
                let Some((bucket, wanted)) = next else { return Ok(false) };
                self.say(&Ask::Get(bucket, wanted.clone()), Expected::Get(bucket, wanted))?;
                Ok(true)
            }
            Some(Work::Giving { mut have }) => {
                let mut bundle = Bundle::default();
                while self.expected.is_empty()
                    && let Some((bucket, place)) = have.front()
                {
                    match statement(keeper, *bucket, *place)? {
                        Some(statement) if !bundle.push(&statement) => break,
                        _ => drop(have.pop_front()),
                    }
                }
                self.work = Some(Work::Giving { have });
                if bundle.is_empty() {
                    return Ok(false);
                }
                self.say(&Ask::Put(bundle.pack()), Expected::Put(bundle.len() as u64))?;
                Ok(true)
            }
            Some(Work::Segmenting { bucket, mut next, left }) => {
                if self.in_vain > self.report.taken + SEGMENTED_IN_VAIN_MAX {
                    // As after a talk that was cut halfway; or the peer gives the same over and over.
                    next = None;
                }
                let ask = if self.expected.is_empty() { next.take() } else { None };
                if let Some(from) = ask {
                    self.say(&Ask::Segment(bucket, from), Expected::Segment(from))?;
                }
                self.work = Some(Work::Segmenting { bucket, next, left });
                Ok(ask.is_some())
            }
            None => Ok(false),
        }
    }

    fn take(&mut self, reply: Reply) -> Result<(), AskError> {
        if let Reply::No(why) = reply {
            return Err(AskError::Refused(why));
        }
        match (self.expected.pop_front(), reply) {
            (Some(Expected::Hello), Reply::Hello(who, roots)) => self.greeted(who, roots),
            (Some(Expected::Split(bucket)), Reply::Split(pieces)) => {
                let Some(Work::Descending(descents)) = &mut self.work else { return Err(AskError::Astray) };
                let asked = descents.iter_mut().find(|descent| descent.bucket() == bucket);
                Ok(asked.ok_or(AskError::Astray)?.take(pieces)?)
            }
            (Some(Expected::Get(bucket, places)), Reply::Statements { served, erased, bundle }) => {
                self.fetched(bucket, places, served, &erased, &bundle)
            }
            (Some(Expected::Put(count)), Reply::Took { admitted, known, refused }) => {
                self.gave = true;
                let admitted = admitted.min(count);
                self.report.given += admitted;
                self.report.unwanted += refused.min(count - admitted);
                if admitted == 0 && known == 0 && refused > 0 {
                    // It takes nothing of what it lacks: nothing more is given to it.
                    self.give_left = 0;
                    if let Some(Work::Giving { have }) = &mut self.work {
                        have.clear();
                    }
                }
                Ok(())
            }
            (Some(Expected::Segment(from)), Reply::Segment(bundle, next)) => {
                let statements = Bundle::unpack(&bundle)?;
                let Some(Work::Segmenting { next: wanted, left, .. }) = &mut self.work else {
                    return Err(AskError::Astray);
                };
                let count = statements.len() as u64;
                self.in_vain += u64::from(count == 0);
                *left = left.checked_sub(count.max(1)).ok_or(Dishonest::Flood)?;
                if next.is_some() && next <= from {
                    return Err(Dishonest::Order.into());
                }
                *wanted = next.map(Some);
                self.report.lacked += count;
                self.admit(statements);
                Ok(())
            }
            _ => Err(AskError::Astray),
        }
    }

    fn admit(&mut self, statements: Vec<Vec<u8>>) {
        if !statements.is_empty() {
            self.admitting += 1;
            self.actions.push_back(Action::Admit(statements));
        }
    }

    fn greeted(&mut self, theirs: Who, roots: Option<Roots>) -> Result<(), AskError> {
        self.who.suits(&theirs).map_err(AskError::Unsuitable)?;
        self.report.instance = theirs.instance;
        self.theirs = Some(theirs);
        self.gave = false;
        match roots {
            None => {
                (self.report.equal, self.report.agreed) = (true, true);
                self.phase = Phase::Done;
            }
            Some(roots) => {
                self.roots = roots;
                self.enter(self.then);
            }
        }
        Ok(())
    }

    fn fetched(
        &mut self,
        bucket: Bucket,
        mut places: Vec<ShortPlace>,
        served: u64,
        erased: &[u64],
        bundle: &[u8],
    ) -> Result<(), AskError> {
        let statements = Bundle::unpack(bundle)?;
        let served = usize::try_from(served).ok().filter(|served| (1..=places.len()).contains(served));
        let served = served.ok_or(AskError::Astray)?;
        if statements.len() > served {
            return Err(AskError::Astray);
        }
        let missing = served - statements.len();
        self.report.withheld += missing.saturating_sub(erased.len()) as u64;
        let rest = places.split_off(served);
        if let Some(Work::Fetching { need, .. }) = &mut self.work
            && !rest.is_empty()
        {
            need.push_front((bucket, rest));
        }
        self.admit(statements);
        Ok(())
    }

    /// Goes on to the next work, or the next phase; false where nothing is left to do.
    fn turn(&mut self, refusals: &Refusals, now: Moment) -> bool {
        match self.work.take() {
            Some(Work::Descending(descents)) => {
                self.gathered(descents, refusals, now);
                return true;
            }
            Some(Work::Fetching { have, .. }) => {
                // What was fetched may have replaced some of what would have been given.
                let stands = |(bucket, place): &(Bucket, Place)| {
                    self.view.tree(*bucket).is_some_and(|tree| tree.contains(place))
                };
                let have: VecDeque<_> = have.into_iter().filter(stands).take(self.give_left).collect();
                self.give_left -= have.len();
                self.work = Some(Work::Giving { have });
                return true;
            }
            Some(Work::Giving { .. } | Work::Segmenting { .. }) | None => {}
        }
        if let Some(job) = self.jobs.pop_front() {
            self.work = Some(match job {
                Job::Segments(bucket) => {
                    let left = self.told(bucket).saturating_add(SEGMENTED_BEYOND_MAX);
                    Work::Segmenting { bucket, next: Some(None), left }
                }
                Job::Compare(buckets, stretch) => {
                    let differ = self.differing().into_iter().filter(|bucket| buckets.contains(bucket));
                    let descent = |bucket| {
                        let tree = self.view.tree(bucket).cloned().unwrap_or_default();
                        Descent::new(bucket, tree, stretch, self.salt, self.told(bucket))
                    };
                    Work::Descending(differ.map(descent).collect())
                }
            });
            return true;
        }
        self.next_phase()
    }

    /// What was found out is fetched, but for what was refused before under the same trust.
    fn gathered(&mut self, descents: Vec<Descent>, refusals: &Refusals, now: Moment) {
        let root = self.view.trust_root();
        let (mut wanted, mut given) = (VecDeque::new(), Vec::new());
        for descent in descents {
            let bucket = descent.bucket();
            self.cut = self.cut || descent.cut;
            let Descent { mut need, have, .. } = descent;
            let found = need.len();
            need.retain(|place| !refusals.hold(place, root, now));
            // They were found at different depths, and a question names them in order.
            need.sort_unstable();
            self.report.lacked += need.len() as u64;
            self.report.refused += (found - need.len()) as u64;
            wanted.extend(need.chunks(PLACES_WANTED_MAX).map(|places| (bucket, places.to_vec())));
            given.extend(have.into_iter().map(|place| (bucket, place)));
        }
        self.work = Some(Work::Fetching { need: wanted, have: given });
    }

    fn next_phase(&mut self) -> bool {
        // An attestation that came may have let in others that waited for it, and the peer lacks these.
        let moved = self.report.taken + self.report.given;
        let lap = moved > self.moved && self.laps < LAPS_MAX;
        let next = match self.phase {
            Phase::Greeting | Phase::Done => return false,
            Phase::Trust if lap && self.differing().contains(&Bucket::trust()) => Phase::Trust,
            Phase::Trust => Phase::Windows,
            Phase::Windows => Phase::Whole,
            Phase::Whole if lap => Phase::Trust,
            Phase::Whole => Phase::Done,
        };
        if self.differing().is_empty() {
            self.enter(Phase::Done);
        } else if self.gave || next <= self.phase || next == Phase::Done {
            (self.phase, self.then) = (Phase::Greeting, next);
        } else {
            self.enter(next);
        }
        true
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        match phase {
            Phase::Greeting => {}
            Phase::Trust => {
                (self.moved, self.laps) = (self.report.taken + self.report.given, self.laps + 1);
                self.plan(|bucket| bucket.is_trust());
            }
            Phase::Windows => {
                let known = self.theirs.as_ref().map(|theirs| theirs.instance);
                if let Some(window) = self.window.filter(|window| Some(window.instance) == known) {
                    let issued = window.at.minus(WINDOW_TOLERANCE_SECONDS);
                    let from = Place { issued, id: StatementId::from_bytes([0; 32]) };
                    let differing = self.differing().into_iter().filter(|bucket| !bucket.is_trust());
                    self.jobs.push_back(Job::Compare(differing.collect(), Stretch::since(from)));
                }
            }
            Phase::Whole => self.plan(|_| true),
            Phase::Done => self.conclude(),
        }
    }

    /// Compares these of the differing buckets as a whole, after segments of those of which almost nothing is held.
    fn plan(&mut self, among: impl Fn(Bucket) -> bool) {
        let buckets: Vec<Bucket> = self.differing().into_iter().filter(|bucket| among(*bucket)).collect();
        let sparse = |bucket: &Bucket| sparse(self.view.summary(*bucket).count(), self.told(*bucket));
        self.jobs = buckets.iter().copied().filter(sparse).map(Job::Segments).collect();
        self.jobs.push_back(Job::Compare(buckets, Stretch::WHOLE));
    }

    /// How many heads the peer said it has in a bucket.
    fn told(&self, bucket: Bucket) -> u64 {
        self.roots.get(&bucket).map_or(0, |(count, _)| *count)
    }

    /// The buckets that both keep and that differ, T first.
    fn differing(&self) -> Vec<Bucket> {
        let theirs = |bucket: Bucket| {
            let kept = self.theirs.as_ref().and_then(|theirs| theirs.kept.as_ref());
            bucket.is_trust() || kept.is_none_or(|kept| kept.contains(&bucket))
        };
        let all: BTreeSet<Bucket> = self.roots.keys().copied().chain(self.view.buckets()).collect();
        let differs = |bucket: &Bucket| {
            let ours = self.view.summary(*bucket);
            let ours = (ours.count() > 0).then(|| (ours.count(), ours.fingerprint()));
            self.view.keeps(*bucket) && theirs(*bucket) && self.roots.get(bucket).copied() != ours
        };
        all.into_iter().filter(differs).collect()
    }

    fn conclude(&mut self) {
        self.report.equal = self.differing().is_empty();
        // All that one side lacked was given, or is refused for a reason: nothing more can be done now.
        let settled =
            self.report.withheld == 0 && self.report.unwanted == 0 && !self.cut && self.give_left > 0;
        self.report.agreed = self.report.equal || settled;
    }
}

/// Whether a replica has so little of what the other has that it takes everything in order.
fn sparse(ours: u64, theirs: u64) -> bool {
    theirs >= ours.saturating_mul(8).saturating_add(1_024)
}
