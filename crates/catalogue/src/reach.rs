//! Which records may be among the best by the signs that they have; all others need not be scored.

use crate::bits::Bits;
use crate::bound::Bound;
use crate::bound::Most;
use crate::bound::WORDS_TOLD;
use crate::lengths::CLASSES;
use crate::lengths::Lengths;
use crate::signs::OTHER;
use crate::signs::PART;
use crate::signs::Signs;
use crate::signs::TIMES;
use crate::signs::sign;

/// Combinations of signs whose most is remembered; a power of two.
const KNOWN: usize = 1 << KNOWN_BITS;
const KNOWN_BITS: u32 = 12;
/// An odd number whose bits are as good as random (2^64 by the golden ratio).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
const BYTE: usize = 1 << u8::BITS;
const SIGNS_OF_BYTE: usize = 4;
/// What the order in which numbers are added may change of their sum, generously.
const ROUNDING: f32 = 1.000_1;

/// No sign is a score of nothing.
const NOTHING: (u64, Lengths, f32) = (0, Lengths::SHORTEST, 0.0);

/// What is seen of the records of a stretch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) signs: &'a Signs,
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
    /// By class, by byte of the signs, and by its value: what they add at most if nothing ties.
    plain: Vec<[[f32; BYTE]; size_of::<u64>()]>,
    named: (u64, [f32; CLASSES]),
    /// By word, of the first few: the signs that answer it.
    words: [u64; WORDS_TOLD],
    /// By how many words are there: what is left of a score.
    shares: [f32; WORDS_TOLD + 1],
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
            plain: vec![[[0.0; BYTE]; size_of::<u64>()]; CLASSES],
            named: (0, [1.0; CLASSES]),
            words: [0; WORDS_TOLD],
            shares: [1.0; WORDS_TOLD + 1],
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
        self.named = bound.named();
        self.words = bound.words();
        self.shares = bound.shares();
        let terms: Vec<_> = bound.terms().collect();
        self.order(&terms);
        for (place, tables) in self.plain.iter_mut().enumerate() {
            let of_byte = terms.chunks(SIGNS_OF_BYTE).chain(std::iter::repeat(&[][..]));
            for (terms, sums) in of_byte.zip(tables) {
                sums.fill(0.0);
                fill(terms.iter().filter_map(|term| term.get(place)), sums);
            }
        }
    }

    fn order(&mut self, terms: &[Most]) {
        let steps = |(number, most): (usize, &Most)| {
            let [[_, once, _, often], ..] = *most;
            [(once, sign(number, 1)), (often, sign(number, u32::MAX))]
        };
        let mut order: Vec<_> = terms.iter().enumerate().flat_map(steps).collect();
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
        of.signs
            .with(|record| needed.get(of.lengths(record).place()).copied().unwrap_or(u64::MAX), &mut some);
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
        let Some(tables) = self.plain.get(lengths.place()) else { return f32::INFINITY };
        if signs & (OTHER | PART) != 0 {
            return f32::INFINITY;
        }
        let mut own = signs.to_le_bytes().into_iter().zip(tables);
        let sums: [f32; size_of::<u64>()] = std::array::from_fn(|_| {
            own.next().and_then(|(byte, sums)| sums.get(usize::from(byte))).copied().unwrap_or_default()
        });
        let [a, b, c, d, e, f, g, h] = sums;
        let sum = ((a + b) + (c + d)) + ((e + f) + (g + h));
        let words: usize = self.words.iter().map(|word| usize::from(signs & word != 0)).sum();
        let share = self.shares.get(words).copied().unwrap_or(1.0);
        let (named, gains) = &self.named;
        let gain = if signs & named == 0 { None } else { gains.get(lengths.place()) };
        sum * share * ROUNDING * gain.copied().unwrap_or(1.0)
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

/// For every value of a byte what the terms add whose signs it holds.
fn fill<'a>(terms: impl Iterator<Item = &'a [f32; TIMES]>, sums: &mut [f32; BYTE]) {
    let mut known = 1;
    for most in terms {
        let (before, more) = sums.split_at_mut(known);
        for (more, most) in more.chunks_mut(known).zip(most.iter().skip(1)) {
            more.iter_mut().zip(before.iter()).for_each(|(sum, before)| *sum = before + most);
        }
        known *= TIMES;
    }
}

#[cfg(test)]
mod tests {
    use crate::bits::Bits;
    use crate::bound::Bound;
    use crate::bound::Joined;
    use crate::lengths::CLASSES;
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
        signs.with(|_| u64::MAX, &mut all);
        let of = Seen { signs: &signs, lengths: &[] };
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
