//! The clock on the wall of one town: off by some minutes, and faster or slower than it should be.

use crate::dice::Dice;
use crate::mint::beginning;
use crate::plan::Plan;
use record::moment::Moment;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// In seconds.
    ahead: i64,
    /// In millionths.
    faster: i64,
}

impl Clock {
    pub(crate) fn new(plan: &Plan, dice: &mut Dice) -> Clock {
        let mut within = |max: u64| i64::try_from(dice.below(2 * max + 1)).unwrap() - max as i64;
        Clock { ahead: within(plan.skew), faster: within(plan.drift) }
    }

    /// What it shows at a virtual time in milliseconds.
    pub(crate) fn read(&self, now: u64) -> Moment {
        let now = now as i64;
        let shown = (now + now / 1_000 * self.faster / 1_000) / 1_000 + self.ahead;
        match u64::try_from(shown) {
            Ok(shown) => beginning().plus(shown),
            Err(_) => beginning().minus(shown.unsigned_abs()),
        }
    }
}
