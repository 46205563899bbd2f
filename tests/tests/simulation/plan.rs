//! What a seed means: how many towns, how good their lines, how bad their luck.

use crate::dice::Dice;
use record::name::Name;
use replica::order::Bucket;
use std::collections::BTreeSet;
use std::time::Duration;

/// The first two are anchors and relays; attesters stand before those they attest.
pub(crate) const TOWNS: [&str; 12] = [
    "th",
    "sh",
    "th.jena",
    "th.shk",
    "th.shk.dornburg",
    "sh.kiel",
    "th.gera",
    "sh.husum",
    "th.shk.camburg",
    "sh.flensburg",
    "th.suhl",
    "sh.luebeck",
];

/// Those who are not to be believed.
pub(crate) const LIARS: [&str; 2] = ["th.schilda", "sh.buexen"];

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) towns: usize,
    pub(crate) liars: usize,
    pub(crate) gossip: bool,
    /// Whether who got something by a talk tells its other neighbours at once.
    pub(crate) eager: bool,
    pub(crate) period: Duration,
    pub(crate) quota: u64,
    /// Old records that all but one town hold from the beginning.
    pub(crate) library: u32,
    /// What each town keeps.
    pub(crate) kept: Vec<Option<BTreeSet<Bucket>>>,
    /// How long all sorts of things happen, in milliseconds.
    pub(crate) active: u64,
    pub(crate) crashes: u64,
    pub(crate) restores: u64,
    pub(crate) partitions: u64,
    pub(crate) thefts: u64,
    pub(crate) rotations: u64,
    pub(crate) equivocations: u64,
    /// Publishes of each town, at most.
    pub(crate) publishes: u64,
    /// Of a hundred gossip messages on one line.
    pub(crate) gossip_loss: f64,
    pub(crate) gossip_twice: f64,
    /// Of a hundred frames of a talk.
    pub(crate) frame_loss: f64,
    /// In milliseconds.
    pub(crate) delay: u64,
    /// How far clocks are off at most, in seconds.
    pub(crate) skew: u64,
    /// How much faster or slower they go at most, in millionths.
    pub(crate) drift: u64,
}

impl Plan {
    pub(crate) fn new(dice: &mut Dice, gossip: Option<bool>) -> Plan {
        let small = dice.percent(8.0);
        let library = !small && dice.percent(3.0);
        let towns = match small || library {
            true => dice.between(3, 5),
            false => 3 + dice.below(10).min(dice.below(10)),
        };
        let often = |dice: &mut Dice, percent: f64, max: u64| match dice.percent(percent) {
            true => dice.between(1, max),
            false => 0,
        };
        Plan {
            towns: towns as usize,
            liars: often(dice, 40.0, 2) as usize,
            gossip: gossip.unwrap_or(dice.percent(85.0)),
            eager: dice.percent(70.0),
            period: Duration::from_secs(dice.pick(&[45, 60, 120])),
            quota: if small { 6 } else { 20_000 },
            library: if library { 1_300 } else { 0 },
            kept: (0..towns as usize).map(|town| kept(town, small, dice)).collect(),
            active: dice.between(5, 20) * 60_000,
            crashes: often(dice, 60.0, 4),
            restores: often(dice, 40.0, 2),
            partitions: often(dice, 60.0, 3),
            // The heads that stand at the quota would not come back after trust has shrunk.
            thefts: if small { 0 } else { often(dice, 40.0, 2) },
            rotations: if small { 0 } else { often(dice, 60.0, 3) },
            equivocations: often(dice, 40.0, 3),
            publishes: if small { 14 } else { dice.pick(&[4, 10, 20, 30]) },
            gossip_loss: dice.pick(&[0.0, 2.0, 10.0, 40.0]),
            gossip_twice: dice.pick(&[0.0, 5.0, 20.0]),
            frame_loss: dice.pick(&[0.0, 0.0, 1.0, 5.0]),
            delay: dice.pick(&[20, 200, 2_000]),
            skew: dice.pick(&[0, 30, 300, 900]),
            drift: dice.pick(&[0, 200, 20_000]),
        }
    }
}

/// The relays keep all.
fn kept(town: usize, small: bool, dice: &mut Dice) -> Option<BTreeSet<Bucket>> {
    if town < 2 || small || !dice.percent(20.0) {
        return None;
    }
    let own: Name = TOWNS[town].parse().unwrap();
    // Its own Land, or one more of which nobody publishes.
    let more = if dice.percent(50.0) { vec![own.land()] } else { vec![own.land(), "bund"] };
    Some(more.into_iter().filter_map(Bucket::land).collect())
}
