//! Gossip: a flood that loses, delays, doubles and overtakes.

use crate::world::Event;
use crate::world::World;
use record::statement::StatementId;
use replica::admit::Verdict;
use std::sync::Arc;

impl World {
    /// Tells all neighbours but one.
    pub(crate) fn spread(&mut self, from: usize, but: Option<usize>, bytes: &Arc<[u8]>) {
        if !self.plan.gossip {
            return;
        }
        for to in self.wires.neighbours(from).into_iter().filter(|to| Some(*to) != but) {
            self.whisper(from, to, bytes);
        }
    }

    /// Tells one neighbour, who may hear it once, twice or not at all.
    pub(crate) fn whisper(&mut self, from: usize, to: usize, bytes: &Arc<[u8]>) {
        let lost = !self.quiet && self.dice.percent(self.plan.gossip_loss);
        if lost || !self.wires.reach(from, to) {
            let time = self.time();
            // Now and then a node notices that its message was dropped.
            if self.dice.percent(30.0)
                && let Some(process) = self.nodes.get_mut(from).and_then(|node| node.process.as_mut())
            {
                process.agenda.hurry(to, time);
                self.plan_wake(from);
            }
            return;
        }
        let times = 1 + u64::from(self.dice.percent(self.plan.gossip_twice));
        for _ in 0..times {
            let wait = self.delay();
            self.after(wait, Event::Gossip { from, to, bytes: bytes.clone() });
        }
    }

    /// A message has come.
    pub(crate) fn hear(&mut self, from: usize, to: usize, bytes: &Arc<[u8]>) {
        let opened = self.mint.open(bytes);
        if self.is_liar(to) {
            if let Some(statement) = opened {
                let now = self.nodes[0].now(self.now);
                let liar = &mut self.liars[to - self.nodes.len()];
                liar.hear(statement, now);
            }
            return;
        }
        if !self.wires.connected(from, to) {
            return;
        }
        let time = self.time();
        let node = &mut self.nodes[to];
        let now = node.now(self.now);
        // What does not open is rejected: nobody hears of it from here.
        let (Some(process), Some(statement)) = (&mut node.process, opened) else { return };
        if !process.heard.insert(statement.id()) {
            return;
        }
        let id: StatementId = statement.id();
        let verdict = match process.admit(vec![statement], now, &self.mint) {
            Ok(verdicts) => verdicts.into_iter().next().unwrap(),
            Err(what) => return self.broken(format!("{}: {what}", self.nodes[to].name)),
        };
        if let Verdict::Held(_) = &verdict {
            process.agenda.hurry(from, time);
            self.plan_wake(to);
        }
        self.tell_released(to);
        let (whom, by) = (self.name(to), self.name(from));
        self.tell(|| format!("{whom} hears {id:.8} from {by}: {verdict:?}"));
        if matches!(verdict, Verdict::Admitted | Verdict::Known | Verdict::Passed) {
            self.spread(to, Some(from), bytes);
        }
    }
}
