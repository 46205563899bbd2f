//! One town's node: what runs, what is on its disk, and its clock.

use crate::clock::Clock;
use crate::mint::Mint;
use record::attestation::Attestation;
use record::envelope::Statement;
use record::moment::Moment;
use record::name::Name;
use record::statement::StatementId;
use replica::admit::Replica;
use replica::admit::Verdict;
use replica::bounds::REFUSALS_MAX;
use replica::bounds::WAITING_STATEMENTS_MAX;
use replica::keeper::Keeper;
use replica::memory::MemoryKeeper;
use replica::order::Bucket;
use replica::order::HeadKey;
use replica::order::Rank;
use replica::order::Set;
use replica::sync::agenda::Agenda;
use replica::sync::refusals::Refusals;
use replica::sync::report::Agreement;
use replica::sync::segments::Segments;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) name: Name,
    pub(crate) clock: Clock,
    pub(crate) kept: Option<BTreeSet<Bucket>>,
    /// Counted up whenever it goes down: what belongs to an earlier run finds nobody.
    pub(crate) run: u32,
    pub(crate) process: Option<Process>,
    pub(crate) disk: Disk,
    pub(crate) backups: Vec<Disk>,
    /// Whether it has seen the store set back, so that it has to look at its own heads before it signs.
    pub(crate) set_back: bool,
}

/// What outlives the process.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    pub(crate) keeper: MemoryKeeper,
    pub(crate) instance: [u8; 8],
    pub(crate) agreements: Vec<(usize, Agreement)>,
    /// The newest of each record that this town signed; written before anybody hears of it.
    pub(crate) own: BTreeMap<HeadKey, Statement>,
}

/// What is lost when the process ends.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) replica: Replica<MemoryKeeper>,
    pub(crate) refusals: Refusals,
    pub(crate) segments: Segments,
    pub(crate) agenda: Agenda<usize>,
    pub(crate) heard: BTreeSet<StatementId>,
    /// Whether it may sign.
    pub(crate) locked: bool,
    pub(crate) talking: usize,
    /// Whether something that had waited was let in: the others hear of it in talks.
    pub(crate) released: bool,
    pub(crate) busy_until: u64,
    pub(crate) wake_at: Option<u64>,
    dirty: bool,
    /// What stood after the last admission, and the change up to which that was seen.
    heads: BTreeMap<HeadKey, Rank>,
    seen: u64,
    /// What stands no more: outranked, or let go with reason.
    pub(crate) fallen: BTreeSet<StatementId>,
}

impl Process {
    pub(crate) fn new(replica: Replica<MemoryKeeper>, agenda: Agenda<usize>) -> Process {
        let mut process = Process {
            replica,
            refusals: Refusals::default(),
            segments: Segments::default(),
            agenda,
            heard: BTreeSet::new(),
            locked: true,
            talking: 0,
            released: false,
            busy_until: 0,
            wake_at: None,
            dirty: true,
            heads: BTreeMap::new(),
            seen: 0,
            fallen: BTreeSet::new(),
        };
        process.heads = process.standing();
        process.seen = process.replica.keeper().newest();
        process
    }

    /// Lets statements in, and sees to it that nothing goes without a reason.
    pub(crate) fn admit(
        &mut self,
        mut statements: Vec<Statement>,
        now: Moment,
        mint: &Mint,
    ) -> Result<Vec<Verdict>, String> {
        let vouching = |statement: &&Statement| Set::of(statement.content()) == Set::Trust;
        let single = statements.iter().filter(vouching).count() < 2;
        let outcomes = match statements.len() {
            1 => vec![self.replica.admit(statements.remove(0), now).unwrap()],
            _ => self.replica.admit_many(statements, now).unwrap(),
        };
        let mut released = outcomes.iter().flat_map(|outcome| &outcome.released).peekable();
        let single = single && released.peek().is_none();
        self.released = self.released || released.any(|(_, verdict)| *verdict == Verdict::Admitted);
        self.inspect(single, mint)?;
        Ok(outcomes.into_iter().map(|outcome| outcome.verdict).collect())
    }

    /// Lets in whose hour has come.
    pub(crate) fn tick(&mut self, now: Moment, mint: &Mint) -> Result<usize, String> {
        let fates = self.replica.tick(now).unwrap();
        self.inspect(false, mint)?;
        Ok(fates.into_iter().filter(|(_, verdict)| *verdict == Verdict::Admitted).count())
    }

    /// `single` tells that at most one attestation came in: what it took away, no other one has allowed again.
    fn inspect(&mut self, single: bool, mint: &Mint) -> Result<(), String> {
        if self.replica.waiting() > WAITING_STATEMENTS_MAX || self.refusals.len() > REFUSALS_MAX {
            return Err("it keeps more than it may of what waits or was refused".to_owned());
        }
        for change in self.replica.keeper().changes(self.seen, usize::MAX).unwrap() {
            self.seen = change.number;
            self.dirty = true;
            let now = self.replica.keeper().head(&change.key).unwrap().map(|head| head.rank);
            let before = match now {
                Some(rank) => self.heads.insert(change.key.clone(), rank),
                None => self.heads.remove(&change.key),
            };
            let Some(before) = before.filter(|before| Some(*before) != now) else { continue };
            self.fallen.insert(before.id);
            let outranked = now.is_some_and(|now| now > before);
            if !outranked && single && self.stands_yet(&change.key, mint.known(&before.id)) {
                let Rank { epoch, version, id } = before;
                let key = &change.key;
                return Err(format!(
                    "{} {} {epoch}/{version} {id} went without a reason",
                    key.publisher, key.record
                ));
            }
        }
        Ok(())
    }

    /// Whether a statement that is gone would still be believed, with room for it.
    fn stands_yet(&self, key: &HeadKey, statement: &Statement) -> bool {
        let full = self.replica.count(key.set, &key.publisher)
            >= self.replica.document().publisher_records_max
            && self.replica.keeper().last_record(key.set, &key.publisher).unwrap() < Some(key.record);
        self.believes(statement) && !full
    }

    pub(crate) fn believes(&self, statement: &Statement) -> bool {
        let trust = self.replica.trust();
        match Set::of(statement.content()) {
            Set::Records => trust.judge(statement).is_ok(),
            Set::Trust => Attestation::read(statement.content())
                .is_ok_and(|attestation| trust.judge_attestation(statement, &attestation).is_ok()),
        }
    }

    /// Every head.
    pub(crate) fn standing(&self) -> BTreeMap<HeadKey, Rank> {
        let keeper = self.replica.keeper();
        let mut standing = BTreeMap::new();
        keeper
            .visit(&mut |_, _, key| {
                let head = keeper.head(key).unwrap().unwrap();
                standing.insert(key.clone(), head.rank);
            })
            .unwrap();
        standing
    }
}

impl Node {
    pub(crate) fn now(&self, now: u64) -> Moment {
        self.clock.read(now)
    }

    /// Brings what was admitted to the disk.
    pub(crate) fn flush(&mut self) {
        let Some(process) = self.process.as_mut().filter(|process| process.dirty) else { return };
        process.replica.flush().unwrap();
        process.dirty = false;
        self.disk.keeper = process.replica.keeper().clone();
        self.note_agreements();
    }

    /// Writes the agreements, which may so be newer than the heads on the disk.
    pub(crate) fn note_agreements(&mut self) {
        if let Some(process) = &self.process {
            let peers = process.agenda.peers().iter();
            self.disk.agreements =
                peers.filter_map(|(peer, known)| Some((*peer, known.agreement?))).collect();
        }
    }
}
