//! What a record scores at most by its signs, looked up and not reckoned.
//!
//! There is a table for each byte of the signs. What ties only in part counts less than the sum of the tables, never more
//! (where [`Bound::tie`] is 1 at most). What sums are multiplied by, for the words that are there and for those that the
//! title says, is counted over all signs.

use crate::bound::Adds;
use crate::bound::Bound;
use crate::bound::NAMES_TOLD;
use crate::bound::WORDS_TOLD;
use crate::lengths::CLASSES;
use crate::lengths::Lengths;
use crate::signs::TIMES;

const BYTES: usize = size_of::<u64>();
const SIGNS_OF_BYTE: usize = 4;

/// A number for each value of a byte.
type Table = [f32; 1 << u8::BITS];

#[derive(Debug)]
pub(crate) struct Ceiling {
    /// By class, by byte of the signs, and by its value: what the terms add at most.
    tables: Vec<[Table; BYTES]>,
    /// By word, of the first few: the signs that answer it.
    words: [u64; WORDS_TOLD],
    /// By how many of these words are there: what is left of a score.
    shares: [f32; WORDS_TOLD + 1],
    /// By set of terms that a title may say, of the first few: their signs.
    names: [u64; NAMES_TOLD],
    /// By class, and by how many of these sets are there: what a score is multiplied by.
    gains: [[f32; NAMES_TOLD + 1]; CLASSES],
}

impl Default for Ceiling {
    fn default() -> Ceiling {
        Ceiling {
            tables: vec![[[0.0; _]; BYTES]; CLASSES],
            words: [0; WORDS_TOLD],
            shares: [1.0; WORDS_TOLD + 1],
            names: [0; NAMES_TOLD],
            gains: [[1.0; NAMES_TOLD + 1]; CLASSES],
        }
    }
}

impl Ceiling {
    /// Before a search.
    pub(crate) fn begin(&mut self, bound: &Bound) {
        self.words = bound.words();
        self.shares = bound.shares();
        self.names = bound.named();
        self.gains = bound.gains();
        let terms: Vec<Adds> = bound.terms().collect();
        for (lengths, tables) in Lengths::all().into_iter().zip(&mut self.tables) {
            // The other tables are asked for no sign, which adds nothing.
            for (terms, table) in terms.chunks(SIGNS_OF_BYTE).zip(tables) {
                fill(table, terms, lengths, bound.tie());
            }
        }
    }

    /// What a record of a class scores at most that has these signs and no other term.
    pub(crate) fn of(&self, signs: u64, lengths: Lengths) -> f32 {
        let place = lengths.place();
        let (Some(tables), Some(gains)) = (self.tables.get(place), self.gains.get(place)) else {
            return f32::INFINITY;
        };
        // Most searches have so few terms that half of the bytes are empty.
        let sum = match signs >> u32::BITS {
            0 => added::<{ BYTES / 2 }>(signs, tables),
            _ => added::<BYTES>(signs, tables),
        };
        let share = self.shares.get(met(signs, &self.words)).copied().unwrap_or(1.0);
        let gain = gains.get(met(signs, &self.names)).copied().unwrap_or(f32::INFINITY);
        sum * share * gain
    }
}

/// What the first bytes add.
fn added<const COUNT: usize>(signs: u64, tables: &[Table; BYTES]) -> f32 {
    let mut own = signs.to_le_bytes().into_iter().zip(tables);
    let sums: [f32; COUNT] = std::array::from_fn(|_| {
        own.next().and_then(|(byte, table)| table.get(usize::from(byte))).copied().unwrap_or_default()
    });
    sums.into_iter().sum()
}

/// Of how many there is a sign.
fn met(signs: u64, each: &[u64]) -> usize {
    each.iter().map(|own| usize::from(signs & own != 0)).sum()
}

/// For every value of a byte what the terms add whose signs it holds.
fn fill(table: &mut Table, terms: &[Adds], lengths: Lengths, tie: f32) {
    // Of the set that is not at its end yet.
    let (mut best, mut all): (Table, Table) = ([0.0; _], [0.0; _]);
    let mut known = 1;
    for (at, adds) in terms.iter().enumerate() {
        let [own_best, own_all] = adds.to(lengths);
        widen(table, known, own_all, |before, _| before);
        widen(&mut best, known, own_best, |before, own| if own > before { own } else { before });
        widen(&mut all, known, own_all, |before, own| before + own);
        known *= TIMES;
        if terms.get(at + 1).is_none_or(|next| next.set != adds.set) {
            let ended = best.iter_mut().zip(&mut all).take(known);
            for (sum, (best, all)) in table.iter_mut().zip(ended) {
                *sum += *best + tie * (*all - *best);
                (*best, *all) = (0.0, 0.0);
            }
        }
    }
}

/// Says of those values that have one more sign what comes of it, by what is known of those before.
fn widen(table: &mut Table, known: usize, own: [f32; TIMES], join: impl Fn(f32, f32) -> f32) {
    let (before, more) = table.split_at_mut(known);
    for (more, own) in more.chunks_mut(known).zip(own.iter().skip(1)) {
        more.iter_mut().zip(before.iter()).for_each(|(place, before)| *place = join(*before, *own));
    }
}

#[cfg(test)]
mod tests {
    use crate::bound::Bound;
    use crate::bound::Joined;
    use crate::ceiling::Ceiling;
    use crate::lengths::CLASSES;
    use crate::lengths::Lengths;
    use crate::signs::SIGNS_MAX;
    use crate::signs::TIMES;
    use crate::signs::sign;
    use proptest::bool::ANY;
    use proptest::collection::vec;
    use proptest::prop_assert;
    use proptest::proptest;

    fn bound(words: usize) -> Bound {
        Bound::of(Joined { words, sayable: words, alone: 0.5, titled: 1.5, tie: 0.3 })
    }

    /// Less in longer texts.
    fn most(once: f32) -> [[f32; TIMES]; CLASSES] {
        std::array::from_fn(|place| [0.0, once, 1.5 * once, 2.0 * once].map(|most| most / (1 + place) as f32))
    }

    #[test]
    fn of_one_byte_it_is_exact() {
        let mut bound = bound(1);
        bound.group(&[0], vec![0.0, 0.8, 0.8]);
        bound.set();
        bound.term(most(1.0), true);
        bound.term(most(3.0), true);
        bound.set();
        bound.term(most(2.0), false);
        bound.terms_together(vec![1.0, 4.0, 0.5], false);
        let mut ceiling = Ceiling::default();
        // What was there before is gone.
        let mut other = self::bound(3);
        other.group(&[0, 1, 2], vec![0.0, 1.0]);
        other.set();
        (0..SIGNS_MAX).for_each(|_| assert!(other.term(most(9.0), true).is_some()));
        ceiling.begin(&other);
        ceiling.begin(&bound);
        for signs in 0..=u64::from(u8::MAX) {
            for lengths in Lengths::all() {
                let (ours, exact) = (ceiling.of(signs, lengths), bound.most(signs, lengths));
                assert!((ours - exact).abs() < 1e-4, "{ours} for {exact} of {signs:b}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_record_scores_more(
            count in 1usize..8,
            groups in vec((1usize..256, vec(vec((0.1f32..5.0, ANY, ANY), 1..4), 1..6)), 1..9),
            times in vec(0u32..4, SIGNS_MAX),
        ) {
            let mut bound = bound(count);
            for (words, sets) in groups {
                let words: Vec<usize> = (0..count).filter(|word| words >> word & 1 == 1).collect();
                bound.group(&words, vec![0.0, 0.4, 0.7, 0.9, 0.9, 1.0]);
                for terms in sets {
                    bound.set();
                    for (once, names, shares) in terms {
                        match shares {
                            true => bound.terms_together(vec![once, 0.5 * once], names),
                            false => bound.term(most(once), names),
                        };
                    }
                }
            }
            let given = bound.terms().count();
            let signs = times.iter().take(given).enumerate().map(|(number, times)| sign(number, *times)).sum();
            let mut ceiling = Ceiling::default();
            ceiling.begin(&bound);
            for lengths in Lengths::all() {
                let (ours, exact) = (ceiling.of(signs, lengths), bound.most(signs, lengths));
                prop_assert!(ours * 1.0001 >= exact, "{ours} for {exact}");
            }
        }
    }
}
