//! Which of the frequent terms each record of a stretch has, and how often.

use crate::bits::Bits;
use crate::bits::STRETCH;
use crate::bits::WORD;
use crate::lengths::CLASSES;
use crate::lengths::Lengths;

/// Terms that have a sign.
pub(crate) const SIGNS_MAX: usize = 31;
/// What is told apart: no time, once, twice, more often.
pub(crate) const TIMES: usize = 4;
/// The record has a term that has no sign.
pub(crate) const OTHER: u64 = 1 << (SIGN_BITS * SIGNS_MAX);
/// The same of a term that is no answer by itself.
pub(crate) const PART: u64 = OTHER << 1;

/// Bits of one sign.
const SIGN_BITS: usize = 2;
const OFTEN: u32 = TIMES as u32 - 1;

/// How it is noted that a record has a term.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mark {
    /// By a sign of its own, with how often the record has it.
    Own(usize),
    /// By a sign that several terms share, with how many of them the record has.
    Shared(usize),
    /// [`OTHER`] or [`PART`].
    None(u64),
}

impl Mark {
    /// The bits that it sets.
    pub(crate) fn signs(self) -> u64 {
        match self {
            Mark::Own(number) | Mark::Shared(number) => sign(number, OFTEN),
            Mark::None(bit) => bit,
        }
    }

    /// How often a record with these signs has the term, where they tell it.
    pub(crate) fn times(self, signs: u64) -> Option<u32> {
        let Mark::Own(number) = self else { return None };
        let times = (signs >> (SIGN_BITS * number)) as u32 & OFTEN;
        (times < OFTEN).then_some(times)
    }
}

/// The signs of the records of a stretch.
#[derive(Debug)]
pub(crate) struct Signs(Box<[u64; STRETCH]>);

impl Default for Signs {
    fn default() -> Signs {
        Signs(Box::new([0; STRETCH]))
    }
}

/// Shows each sign, with how often: once, twice, or more often.
pub(crate) fn each(signs: u64, mut see: impl FnMut(usize, usize)) {
    let mut rest = signs & !(OTHER | PART);
    while rest != 0 {
        let sign = rest.trailing_zeros() as usize / SIGN_BITS;
        let times = rest >> (SIGN_BITS * sign) & u64::from(OFTEN);
        rest &= !(times << (SIGN_BITS * sign));
        see(sign, times as usize);
    }
}

/// The sign of a term that a record has so often.
pub(crate) fn sign(number: usize, count: u32) -> u64 {
    u64::from(count.min(OFTEN)) << (SIGN_BITS * number)
}

impl Signs {
    /// Before a stretch.
    pub(crate) fn clear(&mut self) {
        self.0.fill(0);
    }

    /// Notes that records have a term, and how often.
    pub(crate) fn mark(&mut self, mark: Mark, records: &[u16], counts: &[u32]) {
        match mark {
            Mark::Own(number) => {
                for (record, count) in records.iter().zip(counts) {
                    self.put(*record, |own| own | sign(number, *count));
                }
            }
            Mark::Shared(number) => {
                let (one, all) = (sign(number, 1), mark.signs());
                for record in records {
                    self.put(*record, |own| if own & all == all { own } else { own + one });
                }
            }
            Mark::None(bit) => records.iter().for_each(|record| self.put(*record, |own| own | bit)),
        }
    }

    fn put(&mut self, record: u16, with: impl Fn(u64) -> u64) {
        if let Some(own) = self.0.get_mut(usize::from(record) % STRETCH) {
            *own = with(*own);
        }
    }

    /// The signs of a record.
    pub(crate) fn of(&self, record: u32) -> u64 {
        self.0.get(record as usize % STRETCH).copied().unwrap_or(OTHER)
    }

    /// Adds the records that have any of these signs.
    pub(crate) fn with(&self, any: u64, into: &mut Bits) {
        let words = self.0.chunks(WORD).map(|signs| {
            let bits = signs.iter().enumerate();
            bits.fold(0, |bits, (at, signs)| bits | u64::from(signs & any != 0) << at)
        });
        into.add(words);
    }

    /// The same where it depends on the class of a record which signs are asked for. There is a class for every record
    /// that has a sign.
    pub(crate) fn with_by_class(&self, any: &[u64; CLASSES], lengths: &[Lengths], into: &mut Bits) {
        let words = self.0.chunks(WORD).zip(lengths.chunks(WORD)).map(|(signs, lengths)| {
            let bits = signs.iter().zip(lengths).enumerate();
            bits.fold(0, |bits, (at, (signs, lengths))| {
                let any = any.get(lengths.place() % CLASSES).copied().unwrap_or(u64::MAX);
                bits | u64::from(signs & any != 0) << at
            })
        });
        into.add(words);
    }
}

#[cfg(test)]
mod tests {
    use crate::bits::Bits;
    use crate::signs::Mark;
    use crate::signs::OTHER;
    use crate::signs::SIGNS_MAX;
    use crate::signs::Signs;
    use crate::signs::each;
    use crate::signs::sign;

    #[test]
    fn signs_say_which_terms_and_how_often() {
        let last = SIGNS_MAX - 1;
        let mut signs = Signs::default();
        signs.mark(Mark::Own(0), &[1, 2, 9], &[1, 7, 2]);
        signs.mark(Mark::Own(last), &[2], &[1]);
        signs.mark(Mark::None(OTHER), &[2, 4000], &[1, 1]);
        let mut seen = Vec::new();
        each(signs.of(2), |number, times| seen.push((number, times)));
        assert_eq!(seen, [(0, 3), (last, 1)]);
        assert_eq!(signs.of(9), sign(0, 2));
        let times = |mark: Mark| [1, 2, 9].map(|record| mark.times(signs.of(record)));
        assert_eq!(times(Mark::Own(0)), [Some(1), None, Some(2)]);
        assert_eq!(times(Mark::Shared(0)), [None; 3]);
        for term in [&[9, 8, 7, 6][..], &[9, 8, 7], &[9, 8], &[9]] {
            signs.mark(Mark::Shared(1), term, &[5; 4]);
        }
        let shared = [9, 8, 7, 6].map(|record| signs.of(record) & Mark::Shared(1).signs());
        assert_eq!(shared, [3, 3, 2, 1].map(|times| sign(1, times)));
        let with = |signs: &Signs, any| {
            let mut bits = Bits::default();
            signs.with(any, &mut bits);
            let mut seen = Vec::new();
            bits.each(|record| seen.push(record));
            seen
        };
        assert_eq!(with(&signs, sign(0, 3)), [1, 2, 9]);
        assert_eq!(with(&signs, OTHER), [2, 4000]);
        signs.clear();
        assert!(with(&signs, u64::MAX).is_empty());
    }
}
