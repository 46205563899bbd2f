//! Which records of a stretch of a segment are meant, one bit each.

/// Records of a segment that are looked at together; what they need fits into the nearest memory of a processor.
pub(crate) const STRETCH: usize = 1 << 12;

/// Records of one word of a set.
pub(crate) const WORD: usize = u64::BITS as usize;
/// Words of a set of the records of a stretch.
pub(crate) const WORDS: usize = STRETCH / WORD;

/// A set of the records of a stretch, counted from its first.
#[derive(Clone, Debug)]
pub(crate) struct Bits([u64; WORDS]);

impl Default for Bits {
    fn default() -> Bits {
        Bits([0; WORDS])
    }
}

/// A set of the records of a whole segment.
pub(crate) fn whole(records: usize) -> Vec<u64> {
    let mut words = vec![u64::MAX; records.div_ceil(WORD)];
    if let Some(last) = words.last_mut()
        && !records.is_multiple_of(WORD)
    {
        *last = (1 << (records % WORD)) - 1;
    }
    words
}

/// Leaves a record out of the set of a whole segment.
pub(crate) fn leave_out(words: &mut [u64], record: usize) {
    if let Some(word) = words.get_mut(record / WORD) {
        *word &= !(1 << (record % WORD));
    }
}

/// Puts a record into the set of a whole segment, or a number into another set.
pub(crate) fn put(words: &mut [u64], record: u32) {
    if let Some(word) = words.get_mut(record as usize / WORD) {
        *word |= 1 << (record as usize % WORD);
    }
}

/// Whether it is there.
pub(crate) fn has(words: &[u64], record: u32) -> bool {
    let word = words.get(record as usize / WORD).copied().unwrap_or_default();
    word >> (record as usize % WORD) & 1 == 1
}

/// How many records are in a set.
pub(crate) fn count(words: &[u64]) -> u64 {
    words.iter().map(|word| u64::from(word.count_ones())).sum()
}

/// Shows every record in a set, in their order.
pub(crate) fn each(words: impl IntoIterator<Item = u64>, mut see: impl FnMut(u32)) {
    for (first, mut word) in (0..).step_by(WORD).zip(words) {
        while word != 0 {
            see(first + word.trailing_zeros());
            word &= word - 1;
        }
    }
}

/// The part of a set of a whole segment from a record on, which is the first of a stretch.
pub(crate) fn stretch(words: &[u64], from: usize) -> &[u64] {
    words.get(from / WORD..).unwrap_or_default()
}

impl Bits {
    /// Takes all records out.
    pub(crate) fn clear(&mut self) {
        self.0 = [0; WORDS];
    }

    /// Puts all records in.
    pub(crate) fn fill(&mut self) {
        self.0 = [u64::MAX; WORDS];
    }

    /// The words of the set, 64 records each.
    pub(crate) fn words(&self) -> &[u64] {
        &self.0
    }

    /// Adds records in rising order.
    pub(crate) fn insert(&mut self, records: &[u16]) {
        let (mut at, mut word) = (0, 0);
        for record in records {
            let own = usize::from(*record) / WORD;
            if own != at {
                self.put(at, word);
                (at, word) = (own, 0);
            }
            word |= 1 << (usize::from(*record) % WORD);
        }
        self.put(at, word);
    }

    fn put(&mut self, at: usize, word: u64) {
        if let Some(place) = self.0.get_mut(at) {
            *place |= word;
        }
    }

    /// Whether a record is in the set.
    pub(crate) fn has(&self, record: u16) -> bool {
        let word = self.0.get(usize::from(record) / WORD % WORDS).copied().unwrap_or_default();
        word >> (usize::from(record) % WORD) & 1 == 1
    }

    /// Adds those of these words, 64 records each.
    pub(crate) fn add(&mut self, words: impl IntoIterator<Item = u64>) {
        self.0.iter_mut().zip(words).for_each(|(own, word)| *own |= word);
    }

    /// Adds those of another set.
    pub(crate) fn unite(&mut self, other: &Bits) {
        self.add(other.0);
    }

    /// Takes those of another set out.
    pub(crate) fn part(&mut self, other: &Bits) {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own &= !other);
    }

    /// Leaves those that are in another set too; what that does not speak of goes.
    pub(crate) fn meet(&mut self, other: &[u64]) {
        let others = other.iter().copied().chain(std::iter::repeat(0));
        self.0.iter_mut().zip(others).for_each(|(own, other)| *own &= other);
    }

    /// Leaves the records that `stays` wants.
    pub(crate) fn retain(&mut self, mut stays: impl FnMut(u32) -> bool) {
        for (first, place) in (0..).step_by(WORD).zip(self.0.iter_mut()) {
            let mut word = *place;
            while word != 0 {
                let bit = word & word.wrapping_neg();
                if !stays(first + word.trailing_zeros()) {
                    *place &= !bit;
                }
                word &= !bit;
            }
        }
    }

    /// Shows every record in the set, in their order.
    pub(crate) fn each(&self, see: impl FnMut(u32)) {
        each(self.0, see);
    }
}

#[cfg(test)]
mod tests {
    use crate::bits::Bits;
    use crate::bits::STRETCH;
    use crate::bits::count;
    use crate::bits::leave_out;
    use crate::bits::stretch;
    use crate::bits::whole;

    fn shown(bits: &Bits) -> Vec<u32> {
        let mut shown = Vec::new();
        bits.each(|record| shown.push(record));
        shown
    }

    #[test]
    fn sets_are_what_was_put_into_them() {
        let mut some = Bits::default();
        some.insert(&[0, 1, 63, 64, 700, 4095]);
        assert_eq!(shown(&some), [0, 1, 63, 64, 700, 4095]);
        assert!(some.has(700) && !some.has(701));
        let mut others = Bits::default();
        others.insert(&[5, 64]);
        others.insert(&[]);
        others.unite(&some);
        assert_eq!(count(others.words()), 7);
        others.retain(|record| record != 63);
        others.meet(stretch(&whole(STRETCH + 65), STRETCH));
        assert_eq!(shown(&others), [0, 1, 5, 64]);
    }

    #[test]
    fn the_set_of_a_whole_segment_ends_with_it() {
        for records in [0, 1, 63, 64, 65, 5000] {
            let mut words = whole(records);
            assert_eq!(count(&words), records as u64);
            leave_out(&mut words, 0);
            leave_out(&mut words, records);
            assert_eq!(count(&words), records.saturating_sub(1) as u64);
        }
    }
}
