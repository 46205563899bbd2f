//! One seed from beginning to end: first everything happens, then it becomes quiet, then all have to be equal.

use crate::judgement::Reference;
use crate::judgement::difference;
use crate::world::Deed;
use crate::world::Event;
use crate::world::Tally;
use crate::world::World;
use record::bounds::CLOCK_AHEAD_SECONDS_MAX;
use std::time::Duration;

/// Until all have to be equal after the last fault, in virtual milliseconds. Clocks may be half an hour apart.
const CONVERGED_WITHIN: u64 = 60 * 60_000;
/// How far two clocks may be apart, in milliseconds; liars sign for a still later hour.
const CLOCKS_APART_MAX: u64 = 30 * 60_000;
/// How often that is looked at.
const LOOK_EVERY: u64 = 10_000;
/// How long it stays quiet afterwards, in periods of the agenda.
const WATCHED_PERIODS: u32 = 5;
/// Frames that two honest nodes may exchange in one direction of asking in one period: two talks of a greeting,
/// and a little more where clocks let something in late.
const QUIET_FRAMES_MAX: u64 = 8;

/// Talks that a node may begin in that time with one peer, liars included: those after ever longer pauses, then one
/// in each period.
const QUIET_TALKS_MAX: u64 = 40;

/// What became of a seed.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) tally: Tally,
    /// Virtual milliseconds from the last fault until all were equal.
    pub(crate) converged: u64,
    pub(crate) story: String,
    pub(crate) broken: Option<String>,
}

/// Runs a seed; `gossip` switches gossip on or off whatever the seed says.
pub(crate) fn run(seed: u64, gossip: Option<bool>, told: bool) -> Ending {
    let mut world = World::new(seed, gossip, told);
    let plan = format!("{:?}", world.plan);
    world.tell(|| plan);
    world.begin_all();
    world.go_on(world.plan.active);
    let converged = match world.breach {
        None => world.calm(),
        Some(_) => 0,
    };
    Ending { tally: world.tally.clone(), converged, story: world.story.text(), broken: world.breach.take() }
}

impl World {
    fn begin_all(&mut self) {
        self.hold_library();
        for town in 0..self.nodes.len() {
            let wait = self.dice.between(0, 20_000);
            self.after(wait, Event::Happen(Deed::Start(town)));
        }
        self.attest_all();
        self.draw_faults();
    }

    fn go_on(&mut self, until: u64) {
        while self.breach.is_none()
            && let Some(event) = self.next(until)
        {
            self.happen(event);
        }
    }

    fn happen(&mut self, event: Event) {
        let running = |world: &World, node: usize, run: u32| world.nodes[node].run == run;
        match event {
            Event::Gossip { from, to, bytes } => self.hear(from, to, &bytes),
            Event::Frame { talk, to, bytes } => self.frame(talk, to, bytes),
            Event::Cut { talk } => self.cut(|other| other.id == talk, "a frame was lost"),
            Event::Idle { talk, frames } => self.idle(talk, frames),
            Event::Admit { node, run, talk, at, statements } if running(self, node, run) => {
                self.admit(node, talk, at, &statements);
            }
            Event::Wake { node, run } if running(self, node, run) => self.wake(node),
            Event::Tick { node, run } if running(self, node, run) => self.tick(node),
            Event::Admit { .. } | Event::Wake { .. } | Event::Tick { .. } => {}
            Event::Connect(one, other) => self.connect(one, other),
            Event::Disconnect(one, other) if !self.wires.reach(one, other) => self.disconnect(one, other),
            Event::Disconnect(..) => {}
            Event::Happen(deed) => self.occur(deed),
        }
    }

    fn occur(&mut self, deed: Deed) {
        let late = self.quiet && !matches!(deed, Deed::Start(_) | Deed::Lie(_) | Deed::Pester(_));
        match deed {
            _ if late => {}
            Deed::Publish(town) => self.act(town),
            Deed::Equivocate(town) => self.equivocate(town),
            Deed::Attest { .. } => self.vouch(deed),
            Deed::Rotate(town) => self.rotate(town),
            Deed::Steal(town) => self.steal(town),
            Deed::Republish(town) => self.republish(town),
            Deed::Crash(town) => self.crash(town),
            Deed::Start(town) if self.nodes[town].process.is_none() => {
                let name = self.name(town);
                self.tell(|| format!("{name} starts"));
                self.start(town);
            }
            Deed::Start(_) => {}
            Deed::Backup(town) => self.backup(town),
            Deed::Restore(town) => self.restore(town),
            Deed::Partition => self.partition(),
            Deed::Heal => self.heal(),
            Deed::Lie(liar) => self.lie(liar),
            Deed::Pester(liar) => self.pester(liar),
        }
    }

    fn tick(&mut self, town: usize) {
        let node = &mut self.nodes[town];
        let now = node.now(self.now);
        let Some(process) = &mut node.process else { return };
        match process.tick(now, &self.mint) {
            Err(what) => return self.broken(format!("{}: {what}", self.nodes[town].name)),
            Ok(0) => {}
            Ok(admitted) => {
                self.hurry_all(town, None);
                let name = self.nodes[town].name.clone();
                self.tell(|| format!("{name} lets in {admitted} whose hour has come"));
            }
        }
        if self.plan.thefts > 0 {
            self.mend(town);
        }
        let node = &mut self.nodes[town];
        if self.dice.percent(40.0) {
            node.flush();
        }
        let run = node.run;
        let wait = self.dice.between(5_000, 15_000);
        self.after(wait, Event::Tick { node: town, run });
    }

    /// The faults stop; answers how long it took until all were equal.
    fn calm(&mut self) -> u64 {
        self.heal();
        self.quiet = true;
        self.tell(|| "the faults have stopped".to_owned());
        for town in 0..self.nodes.len() {
            if self.nodes[town].process.is_none() {
                self.occur(Deed::Start(town));
            }
            if let Some(process) = &mut self.nodes[town].process {
                process.fallen.clear();
            }
        }
        let (from, reference) = (self.now, Reference::of(self));
        loop {
            self.go_on(self.now + LOOK_EVERY);
            if self.breach.is_some() {
                return 0;
            }
            let Some(what) = difference(self, &reference) else { break };
            if self.now - from > CONVERGED_WITHIN {
                self.broken(format!("not equal an hour after the last fault: {what}"));
                return 0;
            }
        }
        let converged = self.now - from;
        self.tell(|| "all are equal".to_owned());
        self.watch(&reference);
        converged
    }

    /// Whether some running node would refuse the newest statement because its clock is behind.
    fn is_before_its_hour(&self) -> bool {
        let Some(newest) = self.mint.newest() else { return false };
        let running = self.nodes.iter().filter(|node| node.process.is_some());
        running.map(|node| node.now(self.now).plus(CLOCK_AHEAD_SECONDS_MAX)).any(|latest| newest > latest)
    }

    /// Nothing more may come of it: all stay equal, and talk seldom.
    fn watch(&mut self, reference: &Reference) {
        // It is not quiet before every clock has come to what was issued by one that is ahead: until then somebody
        // refuses what others hold, and is asked again after ever longer pauses.
        let latest = self.now + CLOCKS_APART_MAX;
        while self.is_before_its_hour() && self.now < latest {
            self.go_on(self.now + LOOK_EVERY);
        }
        // What was under way when they became equal comes to its end.
        self.go_on(self.now + 2 * LOOK_EVERY);
        self.tally.between.clear();
        self.tally.begun.clear();
        let watched: Duration = self.plan.period * WATCHED_PERIODS;
        self.go_on(self.now + watched.as_millis() as u64);
        if let Some(what) = difference(self, reference) {
            self.broken(format!("no longer equal: {what}"));
        }
        let begun = self.tally.begun.iter().find(|(_, talks)| **talks > QUIET_TALKS_MAX);
        if let Some(((one, other), talks)) = begun.map(|(pair, talks)| (*pair, *talks)) {
            let (one, other) = (self.name(one), self.name(other));
            self.broken(format!("{one} begins {talks} talks with {other} although all is quiet"));
        }
        let most = self
            .tally
            .between
            .iter()
            .max_by_key(|(_, frames)| **frames)
            .map(|(pair, frames)| (*pair, *frames));
        if let Some(((one, other), frames)) = most
            && frames > QUIET_FRAMES_MAX * u64::from(WATCHED_PERIODS)
        {
            let (one, other) = (self.name(one), self.name(other));
            self.broken(format!("{one} and {other} exchange {frames} frames although all is quiet"));
        }
    }
}
