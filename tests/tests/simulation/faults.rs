//! What goes wrong: crashes, restored backups, partitions, and what liars start of themselves.

use crate::mint::KeyName;
use crate::mint::Saying;
use crate::mint::body;
use crate::talk::Side;
use crate::world::Deed;
use crate::world::Event;
use crate::world::World;
use record::envelope::Statement;
use record::statement::RecordId;
use std::sync::Arc;

/// A talk that a liar begins follows the last one after so many milliseconds.
const PESTER_MILLISECONDS: u64 = 20_000;

impl World {
    /// Everything that will happen while things happen, drawn in advance.
    pub(crate) fn draw_faults(&mut self) {
        let (active, towns) = (self.plan.active, self.nodes.len());
        let moment = |world: &mut World| world.dice.between(20_000, active);
        for town in 0..towns {
            for _ in 0..self.dice.between(1, self.plan.publishes) {
                let at = moment(self);
                self.at(at, Event::Happen(Deed::Publish(town)));
            }
            for _ in 0..2 {
                let at = moment(self);
                self.at(at, Event::Happen(Deed::Backup(town)));
            }
        }
        self.scatter(self.plan.crashes, Deed::Crash);
        self.scatter(self.plan.restores, Deed::Restore);
        self.scatter(self.plan.thefts, Deed::Steal);
        self.scatter(self.plan.rotations, Deed::Rotate);
        self.scatter(self.plan.equivocations, Deed::Equivocate);
        for _ in 0..self.plan.partitions {
            let at = moment(self);
            let healed = at + self.dice.between(10_000, 300_000);
            self.at(at, Event::Happen(Deed::Partition));
            self.at(healed, Event::Happen(Deed::Heal));
        }
        for liar in 0..self.liars.len() {
            for _ in 0..10 {
                let at = moment(self);
                self.at(at, Event::Happen(Deed::Lie(liar)));
            }
            if self.dice.percent(50.0) {
                let at = moment(self);
                self.at(at, Event::Happen(Deed::Pester(liar)));
            }
        }
    }

    /// So often, at any moment, to any town.
    fn scatter(&mut self, times: u64, deed: impl Fn(usize) -> Deed) {
        for _ in 0..times {
            let (at, town) = (self.dice.between(20_000, self.plan.active), self.dice.index(self.nodes.len()));
            self.at(at, Event::Happen(deed(town)));
        }
    }

    pub(crate) fn backup(&mut self, town: usize) {
        let node = &mut self.nodes[town];
        node.flush();
        node.backups.push(node.disk.clone());
        let name = node.name.clone();
        self.tell(|| format!("{name} makes a backup"));
    }

    /// The power fails: what was not brought to the disk is gone.
    pub(crate) fn crash(&mut self, town: usize) {
        if self.nodes[town].process.is_none() {
            return;
        }
        let node = &mut self.nodes[town];
        node.process = None;
        node.run += 1;
        let name = node.name.clone();
        self.tell(|| format!("{name} goes down"));
        for (one, other) in self.wires.edges_of(town) {
            self.disconnect(one, other);
        }
        self.cut(|talk| talk.asker == town || talk.answerer == town, "the other side went down");
        let wait = self.dice.between(1_000, 120_000);
        self.after(wait, Event::Happen(Deed::Start(town)));
    }

    /// Like a crash, but the disk is that of an earlier day afterwards; sometimes the store is told that it is.
    pub(crate) fn restore(&mut self, town: usize) {
        self.crash(town);
        if self.nodes[town].backups.is_empty() {
            return;
        }
        let which = self.dice.index(self.nodes[town].backups.len());
        let renamed = self.dice.percent(50.0);
        let instance = self.dice.bytes();
        let node = &mut self.nodes[town];
        node.disk = node.backups[which].clone();
        node.set_back = true;
        if renamed {
            node.disk.instance = instance;
        }
        let name = node.name.clone();
        self.tell(|| format!("the disk of {name} is that of backup {which} now, renamed {renamed}"));
    }

    pub(crate) fn connect(&mut self, one: usize, other: usize) {
        let up = |peer: usize| self.nodes.get(peer).is_none_or(|node| node.process.is_some());
        if !(up(one) && up(other) && self.wires.reach(one, other) && self.wires.connect((one, other))) {
            return;
        }
        let time = self.time();
        for (town, peer) in [(one, other), (other, one)] {
            if let Some(process) = self.nodes.get_mut(town).and_then(|node| node.process.as_mut()) {
                process.agenda.meet(peer, time);
                self.plan_wake(town);
            }
        }
    }

    pub(crate) fn disconnect(&mut self, one: usize, other: usize) {
        if !self.wires.disconnect((one, other)) {
            return;
        }
        for (town, peer) in [(one, other), (other, one)] {
            if let Some(process) = self.nodes.get_mut(town).and_then(|node| node.process.as_mut()) {
                process.agenda.part(peer);
            }
        }
        self.cut(
            |talk| (talk.asker.min(talk.answerer), talk.asker.max(talk.answerer)) == (one, other),
            "the connection is gone",
        );
    }

    pub(crate) fn partition(&mut self) {
        let sides: Vec<u8> =
            (0..self.nodes.len() + self.liars.len()).map(|_| self.dice.below(2) as u8).collect();
        self.tell(|| format!("the network falls apart: {sides:?}"));
        self.wires.part(sides);
        self.mend_wires();
    }

    pub(crate) fn heal(&mut self) {
        self.tell(|| "the network is whole again".to_owned());
        self.wires.part(vec![0; self.nodes.len() + self.liars.len()]);
        self.mend_wires();
    }

    /// Connections follow, after a while, who can reach whom.
    fn mend_wires(&mut self) {
        for (one, other) in self.wires.edges().collect::<Vec<_>>() {
            let wait = self.dice.between(0, 10_000);
            let event = match self.wires.reach(one, other) {
                true => Event::Connect(one, other),
                false => Event::Disconnect(one, other),
            };
            self.after(wait, event);
        }
    }

    /// A liar gossips something.
    pub(crate) fn lie(&mut self, liar: usize) {
        let peer = self.nodes.len() + liar;
        let sort = if self.quiet { self.dice.below(4) } else { self.dice.below(6) };
        let victim = self.dice.index(self.nodes.len());
        let issued = self.nodes[victim].now(self.now);
        let mut saying = Saying {
            key: KeyName { name: self.liars[liar].name.clone(), epoch: 1, other: false },
            record: RecordId::from_bytes(self.dice.bytes()),
            kind: "measure",
            version: 1,
            issued,
            said: body("Freibier"),
        };
        let told: Vec<Arc<[u8]>> = match sort {
            0 => vec![Arc::from(self.dice.bytes::<200>().as_slice())],
            1 => {
                let own = self.nodes[victim].disk.own.values().next();
                let mut bytes = own.map_or_else(|| vec![0; 100], |own| own.bytes().to_vec());
                let last = bytes.len() - 1;
                bytes[last] ^= 1;
                vec![Arc::from(bytes)]
            }
            2 => {
                let at = self.dice.index(8);
                vec![self.liars[liar].rubbish(&mut self.mint)[at].bytes().clone()]
            }
            3 => {
                // In an honest town's name, with a key that nobody attested.
                saying.key = KeyName { name: self.nodes[victim].name.clone(), epoch: 9, other: true };
                vec![self.mint.seal(saying).bytes().clone()]
            }
            4 => {
                saying.issued = issued.plus(400 * 24 * 60 * 60);
                vec![self.mint.seal(saying).bytes().clone()]
            }
            _ => {
                let one: Statement = self.mint.seal(saying.clone());
                let two = self.mint.seal(Saying { said: body("Doch nicht"), ..saying });
                vec![one.bytes().clone(), two.bytes().clone()]
            }
        };
        let name = self.name(peer);
        self.tell(|| format!("{name} gossips (sort {sort})"));
        for (at, to) in self.wires.neighbours(peer).into_iter().enumerate() {
            let bytes = told[at % told.len()].clone();
            let wait = self.delay();
            self.after(wait, Event::Gossip { from: peer, to, bytes });
        }
    }

    /// A liar begins a talk with one of those it is connected with, and will do so again.
    pub(crate) fn pester(&mut self, liar: usize) {
        let peer = self.nodes.len() + liar;
        self.after(PESTER_MILLISECONDS, Event::Happen(Deed::Pester(liar)));
        let victims = self.wires.neighbours(peer);
        if victims.is_empty() {
            return;
        }
        let victim = self.dice.pick(&victims);
        let node = &self.nodes[victim];
        let Some(process) = &node.process else { return };
        let answering = replica::sync::answerer::Answerer::new(node.disk.instance, process.replica.view());
        let talk = self.talk(peer, victim, node.now(self.now), None, answering);
        debug_assert!(self.is_liar(talk.peer(Side::Asker)));
        self.pester_on(talk);
    }
}
