//! Which records may be among the best by the signs that they have; all others need not be scored.

use crate::bits::Bits;
use crate::bound::Bound;
use crate::signs::OTHER;
use crate::signs::PART;
use crate::signs::Signs;
use crate::signs::each;

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
    /// Combinations with the most that a record scores that has them.
    known: Box<[(u64, f32); KNOWN]>,
    scores: Vec<f32>,
}

impl Default for Reach {
    fn default() -> Reach {
        Reach {
            plain: Box::new([[0.0; BYTE]; size_of::<u64>()]),
            named: (0, 1.0),
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

    /// Leaves out the records that score less than `floor`, whatever else is in their texts.
    pub(crate) fn leave(&mut self, floor: f32, wanted: &mut Bits, signs: &Signs, bound: &Bound) {
        wanted.retain(|record| {
            let signs = signs.of(record);
            self.plain(signs) >= floor && self.most(signs, bound) >= floor
        });
    }

    /// The most that all but `count` of the records score at most.
    pub(crate) fn promising(&mut self, count: usize, of: &Bits, signs: &Signs, bound: &Bound) -> f32 {
        let mut scores = std::mem::take(&mut self.scores);
        scores.clear();
        of.each(|record| scores.push(self.most(signs.of(record), bound)));
        let least = match count < scores.len() {
            true => *scores.select_nth_unstable_by(count, |a, b| b.total_cmp(a)).1,
            false => 0.0,
        };
        self.scores = scores;
        least
    }

    /// What a record with these signs scores at most, roughly: never too little.
    fn plain(&self, signs: u64) -> f32 {
        let bytes = self.plain.iter().zip(signs.to_le_bytes());
        let sum: f32 = bytes.map(|(sums, byte)| sums.get(usize::from(byte)).copied().unwrap_or_default()).sum();
        let (named, more) = self.named;
        sum * ROUNDING * if signs & named == 0 { 1.0 } else { more }
    }

    /// What a record with these signs scores at most.
    fn most(&mut self, signs: u64, bound: &Bound) -> f32 {
        if signs & (OTHER | PART) != 0 {
            return f32::INFINITY;
        }
        let place = signs.wrapping_mul(SPREAD) >> (u64::BITS - KNOWN_BITS);
        match self.known.get_mut(place as usize % KNOWN) {
            Some((own, most)) if *own == signs => *most,
            Some(place) => {
                *place = (signs, ROUNDING * bound.most(signs));
                place.1
            }
            None => f32::INFINITY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bound::Joined;

    #[test]
    fn what_may_be_among_the_best_stays() {
        let mut bound = Bound::of(Joined { words: 1, sayable: 1, alone: 1.0, titled: 1.0, tie: 0.5 });
        bound.word();
        bound.group(vec![0.0, 1.0]);
        bound.set();
        let [title, body] = [true, false].map(|names| bound.term([0.0, 1.0, 2.0, 3.0], names));
        let mut signs = Signs::default();
        signs.mark(title.ok_or(OTHER), &[1, 2], &[1, 1]);
        signs.mark(body.ok_or(OTHER), &[2, 3, 4], &[2, 9, 1]);
        signs.mark(Err(PART), &[4000], &[1]);
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
        assert_eq!(reach.promising(2, &all, &signs, &bound), 3.0 * ROUNDING);
        assert_eq!(reach.promising(9, &all, &signs, &bound), 0.0);
    }
}
