//! Which records may be among the best by the signs that they have; all others need not be scored.

use crate::bits::Bits;
use crate::bound::Adds;
use crate::bound::Bound;
use crate::ceiling::Ceiling;
use crate::lengths::CLASSES;
use crate::lengths::Lengths;
use crate::signs::OTHER;
use crate::signs::PART;
use crate::signs::Signs;
use crate::signs::sign;

/// Combinations of signs whose most is remembered; a power of two.
const KNOWN: usize = 1 << KNOWN_BITS;
const KNOWN_BITS: u32 = 12;
/// An odd number whose bits are as good as random (2^64 by the golden ratio).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// What the order in which numbers are added may change of their sum, generously.
const ROUNDING: f32 = 1.000_1;

/// No sign is a score of nothing.
const NOTHING: (u64, Lengths, f32) = (0, Lengths::SHORTEST, 0.0);

/// What is seen of the records of a stretch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) signs: &'a Signs,
    /// Of all of them.
    pub(crate) lengths: &'a [Lengths],
}

impl Seen<'_> {
    fn lengths(&self, record: usize) -> Lengths {
        self.lengths.get(record).copied().unwrap_or_default()
    }
}

/// What is remembered while a search lasts.
#[derive(Debug)]
pub(crate) struct Reach {
    ceiling: Ceiling,
    /// The signs of the term that adds least, of the two that add least, and so on; a term that a record has once comes
    /// before the same one more often.
    rising: Vec<u64>,
    /// By class.
    too_few: [TooFew; CLASSES],
    /// Combinations with the most that a record of a class scores that has them.
    known: Box<[(u64, Lengths, f32); KNOWN]>,
    scores: Vec<f32>,
}

/// How many of the terms that add least are too few for the floor of the moment.
#[derive(Clone, Copy, Debug, Default)]
struct TooFew {
    count: usize,
    /// What a record scores at most that has one more of them, once it was reckoned.
    more: Option<f32>,
}

impl Default for Reach {
    fn default() -> Reach {
        Reach {
            ceiling: Ceiling::default(),
            rising: Vec::new(),
            too_few: [TooFew::default(); CLASSES],
            known: Box::new([NOTHING; KNOWN]),
            scores: Vec::new(),
        }
    }
}

impl Reach {
    /// Before a search.
    pub(crate) fn begin(&mut self, bound: &Bound) {
        self.known.fill(NOTHING);
        self.ceiling.begin(bound);
        self.order(bound);
    }

    fn order(&mut self, bound: &Bound) {
        let steps = |(number, adds): (usize, Adds)| {
            let [_, [_, once, _, often]] = adds.to(Lengths::SHORTEST);
            [(once, sign(number, 1)), (often, sign(number, u32::MAX))]
        };
        let mut order: Vec<_> = bound.terms().enumerate().flat_map(steps).collect();
        order.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let mut all = 0;
        self.rising.clear();
        self.rising.extend(order.into_iter().map(|(_, signs)| {
            all |= signs;
            all
        }));
        self.too_few = [TooFew::default(); CLASSES];
    }

    /// By class: signs of which a record must have one to score so much.
    fn needed(&mut self, floor: f32, bound: &Bound) -> [u64; CLASSES] {
        for (own, lengths) in self.too_few.iter_mut().zip(Lengths::all()) {
            while let Some(more) = self.rising.get(own.count)
                && *own.more.get_or_insert_with(|| ROUNDING * bound.most(*more, lengths)) < floor
            {
                *own = TooFew { count: own.count + 1, more: None };
            }
        }
        self.too_few
            .map(|own| !own.count.checked_sub(1).and_then(|at| self.rising.get(at)).copied().unwrap_or(0))
    }

    /// Leaves out the records that score less than `floor`, whatever else is in their texts.
    pub(crate) fn leave(&mut self, floor: f32, wanted: &mut Bits, of: Seen, bound: &Bound) {
        let mut some = Bits::default();
        let needed = self.needed(floor, bound);
        of.signs.with_by_class(&needed, of.lengths, &mut some);
        wanted.meet(some.words());
        let own = |record: u32| (of.signs.of(record), of.lengths(record as usize));
        wanted.retain(|record| self.plain(own(record)) >= floor);
        wanted.retain(|record| self.most(own(record), bound) >= floor);
    }

    /// Leaves `count` records that look best, or some more that look the same; whether there were so many.
    pub(crate) fn promising(&mut self, count: usize, wanted: &mut Bits, of: Seen) -> bool {
        let mut scores = std::mem::take(&mut self.scores);
        scores.clear();
        let plain = |record: u32| self.plain((of.signs.of(record), of.lengths(record as usize)));
        wanted.each(|record| scores.push(plain(record)));
        let are_many = count < scores.len();
        if are_many {
            let least = *scores.select_nth_unstable_by(count, |a, b| b.total_cmp(a)).1;
            wanted.retain(|record| plain(record) >= least);
        }
        self.scores = scores;
        are_many
    }

    /// What a record with these signs scores at most, roughly: never too little.
    fn plain(&self, (signs, lengths): (u64, Lengths)) -> f32 {
        if signs & (OTHER | PART) != 0 {
            return f32::INFINITY;
        }
        ROUNDING * self.ceiling.of(signs, lengths)
    }

    /// What a record with these signs scores at most.
    fn most(&mut self, (signs, lengths): (u64, Lengths), bound: &Bound) -> f32 {
        if signs & (OTHER | PART) != 0 {
            return f32::INFINITY;
        }
        let mixed = (signs ^ lengths.place() as u64).wrapping_mul(SPREAD);
        let place = (mixed >> (u64::BITS - KNOWN_BITS)) as usize % KNOWN;
        if let Some((own, of, most)) = self.known.get(place)
            && (*own, *of) == (signs, lengths)
        {
            return *most;
        }
        let most = ROUNDING * bound.most(signs, lengths);
        if let Some(known) = self.known.get_mut(place) {
            *known = (signs, lengths, most);
        }
        most
    }
}

#[cfg(test)]
mod tests {
    use crate::bits::Bits;
    use crate::bits::STRETCH;
    use crate::bound::Bound;
    use crate::bound::Joined;
    use crate::lengths::CLASSES;
    use crate::lengths::Lengths;
    use crate::reach::Reach;
    use crate::reach::Seen;
    use crate::signs::Mark;
    use crate::signs::PART;
    use crate::signs::Signs;

    #[test]
    fn what_may_be_among_the_best_stays() {
        let mut bound = Bound::of(Joined { words: 1, sayable: 1, alone: 1.0, titled: 1.0, tie: 0.5 });
        bound.group(&[0], vec![0.0, 1.0]);
        bound.set();
        let [title, body] = [true, false].map(|names| bound.term([[0.0, 1.0, 2.0, 3.0]; CLASSES], names));
        let mut signs = Signs::default();
        signs.mark(title.unwrap(), &[1, 2], &[1, 1]);
        signs.mark(body.unwrap(), &[2, 3, 4], &[2, 9, 1]);
        signs.mark(Mark::None(PART), &[4000], &[1]);
        let mut reach = Reach::default();
        reach.begin(&bound);
        let mut all = Bits::default();
        signs.with(u64::MAX, &mut all);
        let of = Seen { signs: &signs, lengths: &[Lengths::SHORTEST; STRETCH] };
        // 2: the title says it, so (2 + 0.5) * 2; 3: 3; 1: 2; 4: 1; 4000: who knows.
        for (floor, stay) in [(0.9, &[1, 2, 3, 4, 4000][..]), (2.1, &[2, 3, 4000]), (5.1, &[4000])] {
            let mut wanted = all.clone();
            reach.leave(floor, &mut wanted, of, &bound);
            let mut seen = Vec::new();
            wanted.each(|record| seen.push(record));
            assert_eq!(seen, stay);
        }
        assert!(!reach.promising(9, &mut all, of));
        assert!(reach.promising(2, &mut all, of));
        let mut seen = Vec::new();
        all.each(|record| seen.push(record));
        assert_eq!(seen, [2, 3, 4000]);
    }
}
