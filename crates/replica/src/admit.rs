//! The one door: every statement, ours and theirs, by gossip, repair or file, is admitted here.

use crate::fingerprint::Fingerprint;
use crate::fingerprint::Summary;
use crate::keeper::KeepError;
use crate::keeper::Keeper;
use crate::keeper::Step;
use crate::order::Bucket;
use crate::order::Head;
use crate::order::HeadKey;
use crate::order::Rank;
use crate::order::Set;
use crate::trust::Distrust;
use crate::trust::Trust;
use crate::waiting::Waiting;
use record::attestation::Attestation;
use record::attestation::AttestationError;
use record::bounds::CLOCK_AHEAD_SECONDS_MAX;
use record::document::Document;
use record::envelope::Statement;
use record::moment::Moment;
use record::name::Name;
use record::statement::StatementId;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Why an opened statement does not stand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It calls itself an attestation and is none.
    #[error(transparent)]
    Attestation(#[from] AttestationError),
    /// Its publisher is not believed.
    #[error(transparent)]
    Distrust(#[from] Distrust),
    /// It was issued later than the clock here allows; a clock only delays.
    #[error("it was issued at {issued}, which is still to come: the clock here says {now}")]
    Future {
        /// When it says it was issued.
        issued: Moment,
        /// What the clock here says.
        now: Moment,
    },
    /// The same or a newer version of the record stands already.
    #[error(
        "epoch {epoch}, version {version} of this record stands here already, or is the winner of two equal ones"
    )]
    Superseded {
        /// The epoch that stands.
        epoch: u64,
        /// The version that stands.
        version: u64,
    },
    /// The publisher holds as many records as the network allows, all with smaller ids.
    #[error("the publisher holds {0} records already, as many as this network allows")]
    Quota(u64),
}

impl Refused {
    /// The stable code that counters and the API use.
    pub fn code(&self) -> &'static str {
        match self {
            Refused::Attestation(error) => error.code(),
            Refused::Distrust(distrust) => distrust.code(),
            Refused::Future { .. } => "future",
            Refused::Superseded { .. } => "superseded",
            Refused::Quota(_) => "quota",
        }
    }

    /// Whether an honest neighbour may have passed it on: its own state differs, nothing is forged.
    pub fn is_honest(&self) -> bool {
        !matches!(self, Refused::Attestation(_))
    }
}

/// What became of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It stands.
    Admitted,
    /// It stood already.
    Known,
    /// It waits here, for this reason; it is neither kept nor passed on until then.
    Held(Refused),
    /// It does not count.
    Refused(Refused),
}

/// What became of a statement, and what followed from it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The statement's own fate.
    pub verdict: Verdict,
    /// Statements that had waited for it, and their fate now.
    pub released: Vec<(StatementId, Verdict)>,
    /// Heads that stand no more, because trust shrank or the quota was reached.
    pub dropped: usize,
    /// Another statement with the same epoch and version: the publisher said two things at once.
    pub equivocation: Option<StatementId>,
}

impl Outcome {
    fn of(verdict: Verdict) -> Outcome {
        Outcome { verdict, released: Vec::new(), dropped: 0, equivocation: None }
    }
}

/// All heads of one node, and the rules by which they come to stand.
#[derive(Debug)]
pub struct Replica<K> {
    document: Document,
    keeper: K,
    trust: Arc<Trust>,
    summaries: BTreeMap<Bucket, Summary>,
    counts: BTreeMap<(Set, Name), u64>,
    waiting: Waiting,
}

impl<K: Keeper> Replica<K> {
    /// Opens what the keeper holds and works out trust and fingerprints from it.
    pub fn open(document: Document, keeper: K) -> Result<Replica<K>, KeepError> {
        let trust = Arc::new(Trust::new(&document));
        let mut replica = Replica {
            document,
            keeper,
            trust,
            summaries: BTreeMap::new(),
            counts: BTreeMap::new(),
            waiting: Waiting::default(),
        };
        replica.reload()?;
        Ok(replica)
    }

    /// The document of the network.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The keeper, for reading.
    pub fn keeper(&self) -> &K {
        &self.keeper
    }

    /// Who is believed; a snapshot that costs nothing to take.
    pub fn trust(&self) -> Arc<Trust> {
        self.trust.clone()
    }

    /// Statements that wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Count and fingerprint of every bucket that has heads.
    pub fn summaries(&self) -> &BTreeMap<Bucket, Summary> {
        &self.summaries
    }

    /// The fingerprint of all attestations.
    pub fn trust_root(&self) -> Fingerprint {
        self.summaries.get(&Bucket::trust()).copied().unwrap_or_default().fingerprint()
    }

    /// How many records (retracted ones included) a publisher has in a set.
    pub fn count(&self, set: Set, publisher: &Name) -> u64 {
        self.counts.get(&(set, publisher.clone())).copied().unwrap_or(0)
    }

    /// Brings what was admitted to the disk.
    pub fn flush(&mut self) -> Result<(), KeepError> {
        self.keeper.flush()
    }

    /// Lets a statement in, or says why not. The change is one transaction of the keeper.
    pub fn admit(&mut self, statement: Statement, now: Moment) -> Result<Outcome, KeepError> {
        let about = believed_subject(&statement);
        let mut outcome = self.admit_one(statement, now)?;
        if let (Verdict::Admitted, Some(about)) = (&outcome.verdict, about) {
            let mut freed = self.waiting.below(&about);
            while let Some(statement) = freed.pop() {
                let (id, about) = (statement.id(), believed_subject(&statement));
                let next = self.admit_one(statement, now)?;
                if let (Verdict::Admitted, Some(about)) = (&next.verdict, about) {
                    freed.extend(self.waiting.below(&about));
                }
                outcome.dropped += next.dropped;
                outcome.released.push((id, next.verdict));
            }
        }
        Ok(outcome)
    }

    /// Judges everything again that stands, as is needed after the document has changed; answers how much
    /// stands no more.
    pub fn judge_again(&mut self) -> Result<usize, KeepError> {
        let mut dropped = 0;
        loop {
            // What goes may have carried what was judged before it.
            match self.judge_once_more()? {
                0 => return Ok(dropped),
                more => dropped += more,
            }
        }
    }

    fn judge_once_more(&mut self) -> Result<usize, KeepError> {
        let publishers: BTreeSet<Name> = self.counts.keys().map(|(_, name)| name.clone()).collect();
        let mut going = BTreeSet::new();
        for publisher in publishers {
            going.extend(self.unbelieved(&publisher)?);
            for set in [Set::Trust, Set::Records] {
                let key = |record| HeadKey { set, publisher: publisher.clone(), record };
                let standing = self.keeper.records(set, &publisher)?.into_iter().map(key);
                let standing = standing.filter(|key| !going.contains(key)).collect::<Vec<_>>();
                let max = usize::try_from(self.document.publisher_records_max).unwrap_or(usize::MAX);
                going.extend(standing.into_iter().skip(max));
            }
        }
        let dropped = going.len();
        self.apply(&going.into_iter().map(Step::Drop).collect::<Vec<_>>())?;
        self.reload()?;
        Ok(dropped)
    }

    /// Lets in whose hour has come.
    pub fn tick(&mut self, now: Moment) -> Result<Vec<(StatementId, Verdict)>, KeepError> {
        let mut fates = Vec::new();
        for statement in self.waiting.due(now) {
            let id = statement.id();
            let outcome = self.admit(statement, now)?;
            fates.push((id, outcome.verdict));
            fates.extend(outcome.released);
        }
        Ok(fates)
    }

    fn admit_one(&mut self, statement: Statement, now: Moment) -> Result<Outcome, KeepError> {
        let content = statement.content();
        let rank = Rank { epoch: content.epoch, version: content.version, id: statement.id() };
        let head = Head { key: HeadKey::of(content), rank, issued: content.issued };
        let standing = self.keeper.head(&head.key)?;
        if standing.as_ref().is_some_and(|standing| standing.rank.id == rank.id) {
            return Ok(Outcome::of(Verdict::Known));
        }
        let attestation = match attestation_of(&statement) {
            Ok(attestation) => attestation,
            Err(error) => return Ok(Outcome::of(Verdict::Refused(error.into()))),
        };
        let latest = now.plus(CLOCK_AHEAD_SECONDS_MAX);
        if head.issued > latest {
            let due = head.issued.minus(CLOCK_AHEAD_SECONDS_MAX);
            let why = Refused::Future { issued: head.issued, now };
            self.waiting.seat(statement, Some(due));
            return Ok(Outcome::of(Verdict::Held(why)));
        }
        if let Err(distrust) = self.judge(&statement, attestation.as_ref()) {
            return Ok(Outcome::of(match distrust.may_pass() {
                true => {
                    self.waiting.seat(statement, None);
                    Verdict::Held(distrust.into())
                }
                false => Verdict::Refused(distrust.into()),
            }));
        }
        let equivocation = standing.as_ref().and_then(|standing| {
            let equal = (standing.rank.epoch, standing.rank.version) == (rank.epoch, rank.version);
            equal.then_some(standing.rank.id)
        });
        if let Some(Head { rank: Rank { epoch, version, .. }, .. }) = standing.filter(|old| old.rank > rank) {
            let verdict = Verdict::Refused(Refused::Superseded { epoch, version });
            return Ok(Outcome { equivocation, ..Outcome::of(verdict) });
        }
        let evicted = match self.room(&head.key)? {
            Ok(evicted) => evicted,
            Err(refused) => return Ok(Outcome::of(Verdict::Refused(refused))),
        };
        let stood = self.stand(&statement, head, attestation, evicted);
        let dropped = self.or_reload(stood)?;
        Ok(Outcome { equivocation, dropped, ..Outcome::of(Verdict::Admitted) })
    }

    fn judge(&self, statement: &Statement, attestation: Option<&Attestation>) -> Result<(), Distrust> {
        match attestation {
            Some(attestation) => self.trust.judge_attestation(statement, attestation),
            None => self.trust.judge(statement),
        }
    }

    /// Whether there is room for one more record; at the quota the smallest ids stay, so that the
    /// result does not depend on the order in which records came.
    fn room(&self, key: &HeadKey) -> Result<Result<Option<HeadKey>, Refused>, KeepError> {
        let max = self.document.publisher_records_max;
        if self.count(key.set, &key.publisher) < max || self.keeper.head(key)?.is_some() {
            return Ok(Ok(None));
        }
        Ok(match self.keeper.last_record(key.set, &key.publisher)? {
            Some(last) if key.record < last => Ok(Some(HeadKey { record: last, ..key.clone() })),
            _ => Err(Refused::Quota(max)),
        })
    }

    /// Makes the statement stand and lets go what cannot stand beside it; answers how many went.
    fn stand(
        &mut self,
        statement: &Statement,
        head: Head,
        attestation: Option<Attestation>,
        evicted: Option<HeadKey>,
    ) -> Result<usize, KeepError> {
        let key = head.key.clone();
        let mut going: BTreeSet<HeadKey> = evicted.into_iter().collect();
        let mut shrunk = BTreeSet::new();
        for gone in &going {
            shrunk.extend(self.distrust(gone)?);
        }
        if let Some(attestation) = attestation {
            let subject = attestation.subject.clone();
            let trust = Arc::make_mut(&mut self.trust);
            trust.put(statement, attestation);
            shrunk.extend(trust.settle(&subject));
        }
        for publisher in shrunk {
            going.extend(self.unbelieved(&publisher)?);
        }
        going.remove(&key);
        let dropped = going.len();
        let mut steps: Vec<Step> = going.into_iter().map(Step::Drop).collect();
        steps.push(Step::Stand(head, statement.bytes().clone()));
        self.apply(&steps)?;
        Ok(dropped)
    }

    /// After a failure trust may be drawn already from what is not kept: it is drawn again.
    fn or_reload<T>(&mut self, done: Result<T, KeepError>) -> Result<T, KeepError> {
        if done.is_err() {
            self.reload()?;
        }
        done
    }

    /// Takes the attestation at this key, if it is one, out of the trust; answers whose word is worth less.
    fn distrust(&mut self, key: &HeadKey) -> Result<Vec<Name>, KeepError> {
        let Some(statement) = self.opened(key)? else { return Ok(Vec::new()) };
        let Ok(Some(attestation)) = attestation_of(&statement) else { return Ok(Vec::new()) };
        let trust = Arc::make_mut(&mut self.trust);
        trust.remove(&key.publisher, &attestation);
        Ok(trust.settle(&attestation.subject))
    }

    /// The heads of a publisher that the trust no longer carries.
    fn unbelieved(&mut self, publisher: &Name) -> Result<Vec<HeadKey>, KeepError> {
        let mut keys = Vec::new();
        for set in [Set::Trust, Set::Records] {
            for record in self.keeper.records(set, publisher)? {
                let key = HeadKey { set, publisher: publisher.clone(), record };
                let Some(statement) = self.opened(&key)? else { continue };
                let Ok(attestation) = attestation_of(&statement) else { continue };
                if self.judge(&statement, attestation.as_ref()).is_err() {
                    if let Some(attestation) = attestation {
                        Arc::make_mut(&mut self.trust).remove(publisher, &attestation);
                    }
                    keys.push(key);
                }
            }
        }
        Ok(keys)
    }

    fn opened(&self, key: &HeadKey) -> Result<Option<Statement>, KeepError> {
        let Some(bytes) = self.keeper.statement(key)?.and_then(|change| change.statement) else {
            return Ok(None);
        };
        Statement::open(&bytes, &self.document.network)
            .map(Some)
            .map_err(|error| KeepError::Broken(format!("a kept statement no longer opens: {error}")))
    }

    fn apply(&mut self, steps: &[Step]) -> Result<(), KeepError> {
        let mut old = Vec::new();
        for step in steps {
            old.push(self.keeper.head(step.key())?);
        }
        self.keeper.apply(steps)?;
        for (step, old) in steps.iter().zip(old) {
            if let Some(old) = old {
                self.summaries.entry(old.key.bucket()).or_default().remove(&old.rank.id);
                let count = self.counts.entry((old.key.set, old.key.publisher)).or_default();
                *count = count.saturating_sub(1);
            }
            if let Some(head) = step.head() {
                self.summaries.entry(head.key.bucket()).or_default().add(&head.rank.id);
                *self.counts.entry((head.key.set, head.key.publisher.clone())).or_default() += 1;
            }
        }
        self.summaries.retain(|_, summary| summary.count() > 0);
        Ok(())
    }

    /// Works everything out anew from what the keeper holds.
    fn reload(&mut self) -> Result<(), KeepError> {
        let mut summaries: BTreeMap<Bucket, Summary> = BTreeMap::new();
        let mut counts: BTreeMap<(Set, Name), u64> = BTreeMap::new();
        let mut attestations = Vec::new();
        self.keeper.visit(&mut |bucket, place, key| {
            match summaries.get_mut(bucket) {
                Some(summary) => summary.add(&place.id),
                None => summaries.entry(bucket.clone()).or_default().add(&place.id),
            }
            *counts.entry((key.set, key.publisher.clone())).or_default() += 1;
            if key.set == Set::Trust {
                attestations.push(key.clone());
            }
        })?;
        let mut trust = Trust::new(&self.document);
        for key in attestations {
            if let Some(statement) = self.opened(&key)?
                && let Ok(Some(attestation)) = attestation_of(&statement)
            {
                trust.put(&statement, attestation);
            }
        }
        trust.settle_all();
        (self.summaries, self.counts, self.trust) = (summaries, counts, Arc::new(trust));
        Ok(())
    }
}

/// The attestation that a statement of that kind makes; `None` for every other kind.
fn attestation_of(statement: &Statement) -> Result<Option<Attestation>, AttestationError> {
    match Set::of(statement.content()) {
        Set::Trust => Attestation::read(statement.content()).map(Some),
        Set::Records => Ok(None),
    }
}

/// Whom a statement vouches for, so that those who waited for it can be looked at again.
fn believed_subject(statement: &Statement) -> Option<Name> {
    attestation_of(statement).ok().flatten().map(|attestation| attestation.subject)
}
