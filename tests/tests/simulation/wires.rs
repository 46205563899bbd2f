//! The lines between the nodes: who is connected with whom, and who can reach whom.

use crate::dice::Dice;
use crate::plan::Plan;
use std::collections::BTreeSet;

#[derive(Debug)]
pub(crate) struct Wires {
    /// Who is connected while all is well.
    edges: BTreeSet<(usize, usize)>,
    connected: BTreeSet<(usize, usize)>,
    /// On which side of a partition each is.
    sides: Vec<u8>,
}

fn pair(one: usize, other: usize) -> (usize, usize) {
    (one.min(other), one.max(other))
}

impl Wires {
    /// The two relays hold each other, each town holds one or both of them, some hold each other; liars come to some.
    pub(crate) fn new(plan: &Plan, dice: &mut Dice) -> Wires {
        let mut edges = BTreeSet::from([(0, 1)]);
        for town in 2..plan.towns {
            let relay = dice.index(2);
            edges.insert(pair(relay, town));
            if dice.percent(40.0) {
                edges.insert(pair(1 - relay, town));
            }
            if dice.percent(30.0) {
                edges.insert(pair(dice.index(town), town));
            }
        }
        for liar in plan.towns..plan.towns + plan.liars {
            for _ in 0..dice.between(1, 3) {
                edges.insert(pair(dice.index(plan.towns), liar));
            }
        }
        Wires { edges, connected: BTreeSet::new(), sides: vec![0; plan.towns + plan.liars] }
    }

    pub(crate) fn edges(&self) -> impl Iterator<Item = (usize, usize)> {
        self.edges.iter().copied()
    }

    pub(crate) fn edges_of(&self, one: usize) -> Vec<(usize, usize)> {
        self.edges.iter().copied().filter(|(a, b)| *a == one || *b == one).collect()
    }

    pub(crate) fn neighbours(&self, one: usize) -> Vec<usize> {
        let other = |(a, b): &(usize, usize)| match one {
            one if one == *a => Some(*b),
            one if one == *b => Some(*a),
            _ => None,
        };
        self.connected.iter().filter_map(other).collect()
    }

    pub(crate) fn reach(&self, one: usize, other: usize) -> bool {
        self.sides[one] == self.sides[other]
    }

    /// Whether this is news.
    pub(crate) fn connect(&mut self, edge: (usize, usize)) -> bool {
        self.connected.insert(edge)
    }

    /// Whether this is news.
    pub(crate) fn disconnect(&mut self, edge: (usize, usize)) -> bool {
        self.connected.remove(&edge)
    }

    pub(crate) fn connected(&self, one: usize, other: usize) -> bool {
        self.connected.contains(&pair(one, other))
    }

    pub(crate) fn part(&mut self, sides: Vec<u8>) {
        self.sides = sides;
    }
}
