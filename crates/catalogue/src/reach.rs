//! Which records may be among the best by the signs that they have; all others need not be scored.

use crate::bits::Bits;
use crate::bound::Bound;
use crate::signs::OTHER;
use crate::signs::PART;
use crate::signs::Signs;
use crate::signs::TIMES;
use crate::signs::each;
use crate::signs::sign;

/// Combinations of signs whose most is remembered; a power of two.
const KNOWN: usize = 1 << KNOWN_BITS;
const KNOWN_BITS: u32 = 12;
/// An odd number whose bits are as good as random (2^64 by the golden ratio).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
const BYTE: usize = 1 << u8::BITS;
/// What the order in which numbers are added may change of their sum, generously.
const ROUNDING: f32 = 1.000_1;

/// What is remembered while a search lasts.
#[derive(Debug)]
pub(crate) struct Reach {
    /// By byte of the signs and its value: what they add at most if nothing ties.
    plain: Box<[[f32; BYTE]; size_of::<u64>()]>,
    named: (u64, f32),
    /// The signs of the term that adds least, of the two that add least, and so on, with the most that a record
    /// scores that has no other.
    rising: Vec<(u64, f32)>,
    /// Combinations with the most that a record scores that has them.
    known: Box<[(u64, f32); KNOWN]>,
    scores: Vec<f32>,
}

impl Default for Reach {
    fn default() -> Reach {
        Reach {
            plain: Box::new([[0.0; BYTE]; size_of::<u64>()]),
            named: (0, 1.0),
            rising: Vec::new(),
            known: Box::new([(0, 0.0); KNOWN]),
            scores: Vec::new(),
        }
    }
}

impl Reach {
    /// Before a search.
    pub(crate) fn begin(&mut self, bound: &Bound) {
        self.known.fill((0, 0.0));
        self.named = bound.named();
        let terms: Vec<_> = bound.terms().collect();
        self.order(&terms, bound);
        for (at, sums) in (0..u64::BITS).step_by(8).zip(self.plain.iter_mut()) {
            for (byte, sum) in (0u64..).zip(sums.iter_mut()) {
                let signs = byte << at;
                *sum = if signs & (OTHER | PART) == 0 { 0.0 } else { f32::INFINITY };
                each(signs, |sign, times| {
                    *sum += terms.get(sign).and_then(|most| most.get(times)).copied().unwrap_or_default();
                });
            }
        }
    }

    fn order(&mut self, terms: &[[f32; TIMES]], bound: &Bound) {
        let most = |of: &[f32; TIMES]| of.iter().copied().fold(0.0, f32::max);
        self.rising.clear();
        self.rising.extend(terms.iter().enumerate().map(|(number, of)| (sign(number, u32::MAX), most(of))));
        self.rising.sort_by(|(_, a), (_, b)| a.total_cmp(b));
        let mut all = 0;
        for (signs, most) in &mut self.rising {
            all |= *signs;
            (*signs, *most) = (all, ROUNDING * bound.most(all));
        }
    }

    /// Signs of which a record must have one to score so much.
    fn needed(&self, floor: f32) -> u64 {
        let too_few = self.rising.iter().take_while(|(_, most)| *most < floor).last();
        !too_few.map_or(0, |(signs, _)| *signs)
    }

    /// Leaves out the records that score less than `floor`, whatever else is in their texts.
    pub(crate) fn leave(&mut self, floor: f32, wanted: &mut Bits, signs: &Signs, bound: &Bound) {
        let mut some = Bits::default();
        signs.with(self.needed(floor), &mut some);
        wanted.meet(some.words());
        wanted.retain(|record| self.most(signs.of(record), floor, bound) >= floor);
    }

    /// Leaves `count` records that look best, or some more that look the same; whether there were so many.
    pub(crate) fn promising(&mut self, count: usize, of: &mut Bits, signs: &Signs) -> bool {
        let mut scores = std::mem::take(&mut self.scores);
        scores.clear();
        of.each(|record| scores.push(self.plain(signs.of(record))));
        let are_many = count < scores.len();
        if are_many {
            let least = *scores.select_nth_unstable_by(count, |a, b| b.total_cmp(a)).1;
            of.retain(|record| self.plain(signs.of(record)) >= least);
        }
        self.scores = scores;
        are_many
    }

    /// What a record with these signs scores at most, roughly: never too little.
    fn plain(&self, signs: u64) -> f32 {
        let bytes = self.plain.iter().zip(signs.to_le_bytes());
        let sum: f32 =
            bytes.map(|(sums, byte)| sums.get(usize::from(byte)).copied().unwrap_or_default()).sum();
        let (named, more) = self.named;
        sum * ROUNDING * if signs & named == 0 { 1.0 } else { more }
    }

    /// What a record with these signs scores at most; any number below `floor` where that is certainly less. The
    /// floor of a search never sinks.
    fn most(&mut self, signs: u64, floor: f32, bound: &Bound) -> f32 {
        if signs & (OTHER | PART) != 0 {
            return f32::INFINITY;
        }
        let place = (signs.wrapping_mul(SPREAD) >> (u64::BITS - KNOWN_BITS)) as usize % KNOWN;
        if let Some((own, most)) = self.known.get(place)
            && *own == signs
        {
            return *most;
        }
        let roughly = self.plain(signs);
        let most = if roughly < floor { roughly } else { ROUNDING * bound.most(signs) };
        if let Some(known) = self.known.get_mut(place) {
            *known = (signs, most);
        }
        most
    }
}

#[cfg(test)]
mod tests {
    use crate::bits::Bits;
    use crate::bound::Bound;
    use crate::bound::Joined;
    use crate::reach::Reach;
    use crate::signs::Mark;
    use crate::signs::PART;
    use crate::signs::Signs;

    #[test]
    fn what_may_be_among_the_best_stays() {
        let mut bound = Bound::of(Joined { words: 1, sayable: 1, alone: 1.0, titled: 1.0, tie: 0.5 });
        bound.word();
        bound.group(vec![0.0, 1.0]);
        bound.set();
        let [title, body] = [true, false].map(|names| bound.term([0.0, 1.0, 2.0, 3.0], names));
        let mut signs = Signs::default();
        signs.mark(title.unwrap(), &[1, 2], &[1, 1]);
        signs.mark(body.unwrap(), &[2, 3, 4], &[2, 9, 1]);
        signs.mark(Mark::None(PART), &[4000], &[1]);
        let mut reach = Reach::default();
        reach.begin(&bound);
        let mut all = Bits::default();
        signs.with(u64::MAX, &mut all);
        // 2: the title says it, so (2 + 0.5) * 2; 3: 3; 1: 2; 4: 1; 4000: who knows.
        for (floor, stay) in [(0.9, &[1, 2, 3, 4, 4000][..]), (2.1, &[2, 3, 4000]), (5.1, &[4000])] {
            let mut wanted = all.clone();
            reach.leave(floor, &mut wanted, &signs, &bound);
            let mut seen = Vec::new();
            wanted.each(|record| seen.push(record));
            assert_eq!(seen, stay);
        }
        assert!(!reach.promising(9, &mut all, &signs));
        assert!(reach.promising(2, &mut all, &signs));
        let mut seen = Vec::new();
        all.each(|record| seen.push(record));
        assert_eq!(seen, [2, 3, 4000]);
    }
}
