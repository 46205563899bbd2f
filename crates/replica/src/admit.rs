//! The one door: every statement, ours and theirs, by gossip, repair or file, is admitted here.

mod erasing;

use crate::bounds::BATCH_STEPS_MAX;
use crate::erasure::Erasures;
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
use crate::tree::Tree;
use crate::trust::Distrust;
use crate::trust::Trust;
use crate::view::View;
use crate::waiting::Waiting;
use record::attestation::Attestation;
use record::attestation::AttestationError;
use record::bounds::CLOCK_AHEAD_SECONDS_MAX;
use record::document::Document;
use record::envelope::Statement;
use record::moment::Moment;
use record::name::Name;
use record::statement::StatementId;
use record::statement::sha256;
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
    /// It is good, and not kept: this node holds other Länder only. It may be passed on.
    Passed,
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
    document_hash: [u8; 32],
    keeper: K,
    trust: Arc<Trust>,
    trees: BTreeMap<Bucket, Tree>,
    counts: BTreeMap<Set, BTreeMap<Name, u64>>,
    waiting: Waiting,
    /// The buckets of R that are kept here; `None` for all.
    kept: Option<BTreeSet<Bucket>>,
    erasures: Erasures,
}

/// What is to be done with a statement, before anything is done.
enum Weighed {
    /// Nothing is to be kept.
    Decided(Outcome),
    /// It waits, until this moment if it waits for its hour.
    Waits(Refused, Option<Moment>),
    /// It will stand.
    Stands { head: Head, attestation: Option<Attestation>, equivocation: Option<StatementId> },
}

/// Statements that stand and are not given to the keeper yet.
#[derive(Default)]
struct Batch {
    steps: Vec<Step>,
    keys: BTreeSet<HeadKey>,
}

impl<K: Keeper> Replica<K> {
    /// Opens what the keeper holds and works out trust and fingerprints from it.
    pub fn open(document: Document, keeper: K) -> Result<Replica<K>, KeepError> {
        let trust = Arc::new(Trust::new(&document));
        let mut replica = Replica {
            document_hash: sha256(&[document.write().as_bytes()]),
            document,
            keeper,
            trust,
            trees: BTreeMap::new(),
            counts: BTreeMap::new(),
            waiting: Waiting::default(),
            kept: None,
            erasures: Erasures::default(),
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

    /// Count and sum of every bucket that has heads.
    pub fn summaries(&self) -> BTreeMap<Bucket, Summary> {
        self.trees.iter().map(|(bucket, tree)| (*bucket, tree.summary())).collect()
    }

    /// The fingerprint of all attestations.
    pub fn trust_root(&self) -> Fingerprint {
        self.trees.get(&Bucket::trust()).map(Tree::summary).unwrap_or_default().fingerprint()
    }

    /// A still picture of what is held, for talking with peers.
    pub fn view(&self) -> View {
        View::new(&self.document, self.document_hash, self.trees.clone(), self.kept.clone())
    }

    /// Keeps from now on only these buckets of R (T is always kept whole), or all; answers how many heads went.
    pub fn keep_only(&mut self, kept: Option<BTreeSet<Bucket>>) -> Result<usize, KeepError> {
        let gone =
            |bucket: &Bucket| !bucket.is_trust() && kept.as_ref().is_some_and(|kept| !kept.contains(bucket));
        let mut going = Vec::new();
        if self.trees.keys().any(gone) {
            self.keeper.visit(&mut |bucket, _, key| {
                if gone(bucket) {
                    going.push(Step::Drop(key.clone()));
                }
            })?;
        }
        for steps in going.chunks(BATCH_STEPS_MAX) {
            self.apply(steps)?;
        }
        self.kept = kept;
        Ok(going.len())
    }

    /// How many records (retracted ones included) a publisher has in a set.
    pub fn count(&self, set: Set, publisher: &Name) -> u64 {
        self.counts.get(&set).and_then(|counts| counts.get(publisher)).copied().unwrap_or(0)
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
        let publishers: BTreeSet<Name> = self.counts.values().flat_map(BTreeMap::keys).cloned().collect();
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

    /// Lets many statements in, in order, with as few transactions of the keeper as their meaning allows. When it
    /// fails, some of them may stand.
    pub fn admit_many(&mut self, statements: Vec<Statement>, now: Moment) -> Result<Vec<Outcome>, KeepError> {
        let mut outcomes = Vec::with_capacity(statements.len());
        let mut batch = Batch::default();
        for statement in statements {
            let key = HeadKey::of(statement.content());
            // Attestations change what the next one is judged by; the second statement of one record, and who
            // is near the quota, is judged by what the first one left.
            let near = self.count(key.set, &key.publisher) + batch.keys.len() as u64;
            let alone = key.set == Set::Trust
                || batch.keys.contains(&key)
                || near >= self.document.publisher_records_max
                || batch.steps.len() >= BATCH_STEPS_MAX;
            if alone {
                self.commit(&mut batch)?;
                outcomes.push(self.admit(statement, now)?);
                continue;
            }
            outcomes.push(match self.weigh(&statement, now)? {
                Weighed::Stands { head, equivocation, .. } => {
                    batch.keys.insert(key);
                    batch.steps.push(self.step(&statement, head));
                    Outcome { equivocation, ..Outcome::of(Verdict::Admitted) }
                }
                Weighed::Waits(why, due) => self.seat(statement, why, due),
                Weighed::Decided(outcome) => outcome,
            });
        }
        self.commit(&mut batch)?;
        Ok(outcomes)
    }

    fn commit(&mut self, batch: &mut Batch) -> Result<(), KeepError> {
        let Batch { steps, .. } = std::mem::take(batch);
        if steps.is_empty() { Ok(()) } else { self.apply(&steps) }
    }

    fn admit_one(&mut self, statement: Statement, now: Moment) -> Result<Outcome, KeepError> {
        let (head, attestation, equivocation) = match self.weigh(&statement, now)? {
            Weighed::Decided(outcome) => return Ok(outcome),
            Weighed::Waits(why, due) => return Ok(self.seat(statement, why, due)),
            Weighed::Stands { head, attestation, equivocation } => (head, attestation, equivocation),
        };
        let evicted = match self.room(&head.key)? {
            Ok(evicted) => evicted,
            Err(refused) => return Ok(Outcome::of(Verdict::Refused(refused))),
        };
        let stood = self.stand(&statement, head, attestation, evicted);
        let dropped = self.or_reload(stood)?;
        Ok(Outcome { equivocation, dropped, ..Outcome::of(Verdict::Admitted) })
    }

    fn seat(&mut self, statement: Statement, why: Refused, due: Option<Moment>) -> Outcome {
        self.waiting.seat(statement, due);
        Outcome::of(Verdict::Held(why))
    }

    /// Judges a statement by all rules but the quota, and changes nothing.
    fn weigh(&self, statement: &Statement, now: Moment) -> Result<Weighed, KeepError> {
        let decided = |verdict| Ok(Weighed::Decided(Outcome::of(verdict)));
        let content = statement.content();
        let rank = Rank { epoch: content.epoch, version: content.version, id: statement.id() };
        let head = Head { key: HeadKey::of(content), rank, issued: content.issued };
        let standing = self.keeper.head(&head.key)?;
        if standing.as_ref().is_some_and(|standing| standing.rank.id == rank.id) {
            return decided(Verdict::Known);
        }
        let attestation = match attestation_of(statement) {
            Ok(attestation) => attestation,
            Err(error) => return decided(Verdict::Refused(error.into())),
        };
        if head.issued > now.plus(CLOCK_AHEAD_SECONDS_MAX) {
            let due = head.issued.minus(CLOCK_AHEAD_SECONDS_MAX);
            return Ok(Weighed::Waits(Refused::Future { issued: head.issued, now }, Some(due)));
        }
        if let Err(distrust) = self.judge(statement, attestation.as_ref()) {
            return match distrust.may_pass() {
                true => Ok(Weighed::Waits(distrust.into(), None)),
                false => decided(Verdict::Refused(distrust.into())),
            };
        }
        let bucket = head.key.bucket();
        if !bucket.is_trust() && self.kept.as_ref().is_some_and(|kept| !kept.contains(&bucket)) {
            return decided(Verdict::Passed);
        }
        let equivocation = standing.as_ref().and_then(|standing| {
            let equal = (standing.rank.epoch, standing.rank.version) == (rank.epoch, rank.version);
            equal.then_some(standing.rank.id)
        });
        if let Some(Head { rank: Rank { epoch, version, .. }, .. }) = standing.filter(|old| old.rank > rank) {
            let verdict = Verdict::Refused(Refused::Superseded { epoch, version });
            return Ok(Weighed::Decided(Outcome { equivocation, ..Outcome::of(verdict) }));
        }
        Ok(Weighed::Stands { head, attestation, equivocation })
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
        steps.push(self.step(statement, head));
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
                let Some(statement) = self.opened(&key)? else {
                    // A head without bytes: what it is judged by is what is left of it.
                    let head = self.keeper.head(&key)?;
                    keys.extend(head.filter(|head| self.trust.judge_head(head).is_err()).map(|_| key));
                    continue;
                };
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
        Statement::reopen(&bytes, &self.document.network)
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
                if let Some(tree) = self.trees.get_mut(&old.key.bucket()) {
                    tree.remove(&old.place());
                }
                if let Some(count) = self.counts.entry(old.key.set).or_default().get_mut(&old.key.publisher) {
                    *count = count.saturating_sub(1);
                }
            }
            if let Some(head) = step.head() {
                self.trees.entry(head.key.bucket()).or_default().insert(head.place());
                count_one(&mut self.counts, &head.key);
            }
        }
        self.trees.retain(|_, tree| tree.summary().count() > 0);
        Ok(())
    }

    /// Works everything out anew from what the keeper holds.
    fn reload(&mut self) -> Result<(), KeepError> {
        let mut trees: BTreeMap<Bucket, Tree> = BTreeMap::new();
        let mut counts = BTreeMap::new();
        let mut attestations = Vec::new();
        self.keeper.visit(&mut |bucket, place, key| {
            trees.entry(*bucket).or_default().insert(place);
            count_one(&mut counts, key);
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
        (self.trees, self.counts, self.trust) = (trees, counts, Arc::new(trust));
        Ok(())
    }
}

/// One more of this publisher in this set. The name is only copied where it is new.
fn count_one(counts: &mut BTreeMap<Set, BTreeMap<Name, u64>>, key: &HeadKey) {
    let counts = counts.entry(key.set).or_default();
    match counts.get_mut(&key.publisher) {
        Some(count) => *count += 1,
        None => drop(counts.insert(key.publisher.clone(), 1)),
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
