//! The world of one seed: virtual time, the events to come, and everybody in it.

use crate::clock::Clock;
use crate::dice::Dice;
use crate::liar::Liar;
use crate::mint::Mint;
use crate::node::Disk;
use crate::node::Node;
use crate::node::Process;
use crate::plan::LIARS;
use crate::plan::Plan;
use crate::plan::TOWNS;
use crate::story::Story;
use crate::talk::Side;
use crate::talk::Talk;
use crate::wires::Wires;
use record::document::Document;
use replica::admit::Replica;
use replica::memory::MemoryKeeper;
use replica::sync::agenda::Agenda;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What happens at some moment.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A gossip message arrives.
    Gossip {
        from: usize,
        to: usize,
        bytes: Arc<[u8]>,
    },
    /// A frame of a talk arrives at one end.
    Frame {
        talk: u64,
        to: Side,
        bytes: Vec<u8>,
    },
    /// The stream of a talk breaks.
    Cut {
        talk: u64,
    },
    /// Whether anything has come since then.
    Idle {
        talk: u64,
        frames: u64,
    },
    /// Statements of a talk have come to their turn.
    Admit {
        node: usize,
        run: u32,
        talk: u64,
        at: Side,
        statements: Vec<Vec<u8>>,
    },
    /// Somebody may be due for a talk.
    Wake {
        node: usize,
        run: u32,
    },
    /// Now and then.
    Tick {
        node: usize,
        run: u32,
    },
    Connect(usize, usize),
    Disconnect(usize, usize),
    Happen(Deed),
}

/// What people and bad luck do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Publish(usize),
    Equivocate(usize),
    /// `by` attests an epoch of `subject`, with the floor there or the one before; tried again while it cannot.
    Attest {
        by: usize,
        subject: usize,
        epoch: u64,
        raise: bool,
        other: bool,
    },
    /// A planned change of keys.
    Rotate(usize),
    /// A thief signs with the keys of a town.
    Steal(usize),
    /// A town signs anew what fell with its stolen keys.
    Republish(usize),
    Crash(usize),
    Start(usize),
    Backup(usize),
    /// A town goes down and comes back with the disk of an earlier day.
    Restore(usize),
    Partition,
    Heal,
    /// A liar gossips.
    Lie(usize),
    /// A liar begins a talk.
    Pester(usize),
}

/// What was counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) talks: u64,
    pub(crate) failed: u64,
    pub(crate) frames: u64,
    /// Frames between two honest nodes, by pair, since the last reset.
    pub(crate) between: BTreeMap<(usize, usize), u64>,
    /// Talks that honest nodes began with others, by pair, since the last reset.
    pub(crate) begun: BTreeMap<(usize, usize), u64>,
    pub(crate) signed: u64,
    pub(crate) refused_to_sign: u64,
    /// How often a publisher would have used an epoch and version twice, had the simulation not stopped it.
    pub(crate) repeated: u64,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) dice: Dice,
    pub(crate) mint: Mint,
    pub(crate) story: Story,
    pub(crate) document: Document,
    pub(crate) now: u64,
    queue: BTreeMap<(u64, u64), Event>,
    scheduled: u64,
    pub(crate) nodes: Vec<Node>,
    pub(crate) liars: Vec<Liar>,
    pub(crate) wires: Wires,
    pub(crate) talks: BTreeMap<u64, Talk>,
    pub(crate) quiet: bool,
    pub(crate) tally: Tally,
    /// The first promise that was broken.
    pub(crate) breach: Option<String>,
}

impl World {
    pub(crate) fn new(seed: u64, gossip: Option<bool>, told: bool) -> World {
        let mut dice = Dice::new(seed);
        let plan = Plan::new(&mut dice, gossip);
        let mut mint = Mint::new();
        let document = mint.document(plan.quota);
        let node = |(town, kept): (usize, &Option<_>)| Node {
            name: TOWNS[town].parse().unwrap(),
            clock: Clock::new(&plan, &mut dice),
            kept: kept.clone(),
            run: 0,
            process: None,
            disk: Disk {
                keeper: MemoryKeeper::default(),
                instance: dice.bytes(),
                agreements: Vec::new(),
                own: BTreeMap::new(),
            },
            backups: Vec::new(),
            set_back: false,
        };
        let nodes: Vec<Node> = plan.kept.iter().enumerate().map(node).collect();
        let liar = |name: &&str| Liar::new(name, &document, &mut dice);
        let liars = LIARS.iter().take(plan.liars).map(liar).collect();
        let wires = Wires::new(&plan, &mut dice);
        World {
            dice,
            mint,
            story: Story::new(told),
            document,
            now: 0,
            queue: BTreeMap::new(),
            scheduled: 0,
            nodes,
            liars,
            wires,
            talks: BTreeMap::new(),
            quiet: false,
            tally: Tally::default(),
            breach: None,
            plan,
        }
    }

    pub(crate) fn after(&mut self, milliseconds: u64, event: Event) {
        self.at(self.now + milliseconds, event);
    }

    pub(crate) fn at(&mut self, time: u64, event: Event) {
        self.scheduled += 1;
        self.queue.insert((time, self.scheduled), event);
    }

    /// The next event up to a moment; the time goes on to it, or to that moment.
    pub(crate) fn next(&mut self, until: u64) -> Option<Event> {
        match self.queue.first_entry() {
            Some(entry) if entry.key().0 <= until => {
                self.now = entry.key().0.max(self.now);
                Some(entry.remove())
            }
            _ => {
                self.now = until;
                None
            }
        }
    }

    /// The virtual time as the agenda counts it.
    pub(crate) fn time(&self) -> Duration {
        Duration::from_millis(self.now)
    }

    pub(crate) fn tell(&mut self, line: impl FnOnce() -> String) {
        self.story.tell(self.now, line);
    }

    pub(crate) fn is_liar(&self, peer: usize) -> bool {
        peer >= self.nodes.len()
    }

    pub(crate) fn name(&self, peer: usize) -> String {
        match self.nodes.get(peer) {
            Some(node) => node.name.to_string(),
            None => format!("the liar {}", LIARS[peer - self.nodes.len()]),
        }
    }

    /// How long something takes on a line.
    pub(crate) fn delay(&mut self) -> u64 {
        self.dice.between(self.plan.delay / 10 + 1, self.plan.delay + 1)
    }

    /// A promise is broken: the run ends.
    pub(crate) fn broken(&mut self, what: String) {
        self.tell(|| format!("BROKEN: {what}"));
        self.breach.get_or_insert(what);
    }

    /// The process of a node begins from what is on its disk.
    pub(crate) fn start(&mut self, town: usize) {
        let (period, now) = (self.plan.period, self.now);
        let mut agenda = Agenda::new(period);
        let node = &mut self.nodes[town];
        for (peer, agreement) in &node.disk.agreements {
            agenda.remember(*peer, *agreement);
        }
        let mut replica = Replica::open(self.document.clone(), node.disk.keeper.clone()).unwrap();
        replica.keep_only(node.kept.clone()).unwrap();
        let mut process = Process::new(replica, agenda);
        process.locked = node.set_back;
        node.process = Some(process);
        let run = node.run;
        for (one, other) in self.wires.edges_of(town) {
            let wait = self.dice.between(0, 5_000);
            self.after(wait, Event::Connect(one, other));
        }
        let wait = self.dice.between(1_000, 10_000);
        self.at(now + wait, Event::Tick { node: town, run });
    }

    /// Sees to it that the node looks into its agenda when the next talk is due.
    pub(crate) fn plan_wake(&mut self, town: usize) {
        let (now, run) = (self.now, self.nodes[town].run);
        let Some(process) = &mut self.nodes[town].process else { return };
        let Some(next) = process.agenda.next() else { return };
        let next = (next.as_nanos().div_ceil(1_000_000) as u64).max(now);
        if process.wake_at.is_none_or(|wake| next < wake) {
            process.wake_at = Some(next);
            self.at(next, Event::Wake { node: town, run });
        }
    }
}
