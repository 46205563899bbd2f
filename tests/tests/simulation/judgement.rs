//! What has to be true in the end: all equal, and equal to who heard everything in one go.

use crate::mint::KeyName;
use crate::mint::Saying;
use crate::mint::beginning;
use crate::mint::body;
use crate::world::World;
use record::envelope::Statement;
use record::moment::Moment;
use record::statement::RecordId;
use record::statement::StatementId;
use replica::admit::Replica;
use replica::memory::MemoryKeeper;
use replica::order::Bucket;
use replica::order::HeadKey;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::OnceLock;

/// How often the reference goes through everything until nothing more changes.
const ROUNDS_MAX: usize = 12;

/// All that was not lost for good when the faults stopped: what stood at any honest node, and what the publishers
/// have in their own files, which is all that was acknowledged but for what an old backup took back.
#[derive(Debug)]
pub(crate) struct Reference {
    available: BTreeSet<StatementId>,
}

impl Reference {
    pub(crate) fn of(world: &World) -> Reference {
        let mut available = standing(world);
        for node in &world.nodes {
            available.extend(node.disk.own.values().map(Statement::id));
        }
        Reference { available }
    }

    /// Who hears in one go all that is available, and what has come out of waiting rooms and from the lines since.
    fn replica(&self, world: &World) -> Replica<MemoryKeeper> {
        let now = standing(world);
        let own = world.nodes.iter().flat_map(|node| node.disk.own.values()).map(Statement::id);
        let kept: BTreeSet<StatementId> = now.iter().copied().chain(own).collect();
        let processes = world.nodes.iter().filter_map(|node| node.process.as_ref());
        // What fell rightly at its last holders after the faults had stopped is lost for good, too.
        let fallen: BTreeSet<StatementId> = processes
            .flat_map(|process| process.fallen.iter().copied())
            .filter(|id| !kept.contains(id))
            .collect();
        let all: Vec<Statement> = self
            .available
            .union(&now)
            .filter(|id| !fallen.contains(id))
            .map(|id| world.mint.known(id).clone())
            .collect();
        let mut replica = Replica::open(world.document.clone(), MemoryKeeper::default()).unwrap();
        let last: Moment = beginning().plus(365 * 24 * 60 * 60);
        for _ in 0..ROUNDS_MAX {
            let before = replica.summaries();
            replica.admit_many(all.clone(), last).unwrap();
            if replica.summaries() == before {
                break;
            }
        }
        replica
    }
}

/// Every statement that stands at an honest node.
fn standing(world: &World) -> BTreeSet<StatementId> {
    let processes = world.nodes.iter().filter_map(|node| node.process.as_ref());
    processes.flat_map(|process| process.standing().into_values().map(|rank| rank.id)).collect()
}

/// Why not all is well yet; `None` when it is.
pub(crate) fn difference(world: &World, reference: &Reference) -> Option<String> {
    let running = || world.nodes.iter().filter_map(|node| Some((node, node.process.as_ref()?)));
    let mut first: BTreeMap<Bucket, (String, _)> = BTreeMap::new();
    for (node, process) in running() {
        let view = process.replica.view();
        for label in ["*", "th", "sh", "bund"] {
            let bucket = Bucket::parse(label).unwrap();
            if !view.keeps(bucket) {
                continue;
            }
            let summary = view.summary(bucket);
            let (other, theirs) = first.entry(bucket).or_insert((node.name.to_string(), summary));
            if *theirs != summary {
                return Some(format!(
                    "{other} has {} heads in {label}, {} has {}",
                    theirs.count(),
                    node.name,
                    summary.count()
                ));
            }
        }
    }
    let whole = reference.replica(world);
    let heads = crate::node::Process::new(whole, replica::sync::agenda::Agenda::new(world.plan.period));
    for (node, process) in running() {
        if process.replica.trust().standings() != heads.replica.trust().standings() {
            return Some(format!("{} believes others than who heard everything", node.name));
        }
        let kept = |key: &HeadKey| process.replica.view().keeps(key.bucket());
        let expected: BTreeMap<_, _> = heads.standing().into_iter().filter(|(key, _)| kept(key)).collect();
        let found = process.standing();
        if expected != found {
            let lacking = expected.iter().find(|(key, rank)| found.get(key) != Some(rank));
            let beyond = found.iter().find(|(key, rank)| expected.get(key) != Some(rank));
            let line = |entry: Option<(&HeadKey, &replica::order::Rank)>| {
                entry.map(|(_, rank)| crate::deeds::said(world.mint.known(&rank.id)))
            };
            return Some(format!(
                "{} is not like who heard everything: lacks {:?}, holds {:?}",
                node.name,
                line(lacking),
                line(beyond)
            ));
        }
    }
    None
}

impl World {
    /// Old records, the same in every run, which all but one town hold from the beginning.
    pub(crate) fn hold_library(&mut self) {
        static LIBRARY: OnceLock<Mutex<Vec<Statement>>> = OnceLock::new();
        if self.plan.library == 0 {
            return;
        }
        let mut library = LIBRARY.get_or_init(Mutex::default).lock().unwrap();
        for number in library.len() as u32..self.plan.library {
            library.push(self.mint.seal(Saying {
                key: KeyName { name: "sh".parse().unwrap(), epoch: 1, other: false },
                record: RecordId::derived(&[&number.to_be_bytes()]),
                kind: "measure",
                version: 1,
                issued: beginning().minus(u64::from(50_000 - number)),
                said: body("Altbestand"),
            }));
        }
        for statement in library.iter() {
            self.mint.remember(statement);
        }
        let last = self.nodes.len() - 1;
        for town in 0..last {
            let mut replica = Replica::open(self.document.clone(), MemoryKeeper::default()).unwrap();
            replica.keep_only(self.nodes[town].kept.clone()).unwrap();
            let lacking = self.dice.pick(&[0.0, 1.0, 20.0]);
            let mut some = library.clone();
            some.retain(|_| !self.dice.percent(lacking));
            replica.admit_many(some, beginning().plus(100_000)).unwrap();
            self.nodes[town].disk.keeper = replica.keeper().clone();
        }
        let (held, name) = (self.plan.library, self.name(last));
        self.tell(|| format!("all but {name} hold most of {held} old records"));
    }
}
