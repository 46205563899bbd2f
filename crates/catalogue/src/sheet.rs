//! Where scores are added up: two numbers for each record of a stretch.

use crate::bits::STRETCH;
use crate::bits::WORD;
use crate::bits::WORDS;
use crate::bits::each;

/// Two numbers by record: the best and the sum, or how often and the sum.
#[derive(Debug)]
pub(crate) struct Sheet {
    numbers: Box<[(f32, f32); STRETCH]>,
    /// A bit for each record that was written to, so that they are read in order without being sorted.
    touched: Box<[u64; WORDS]>,
    /// A bit for each word of these, so that a sheet of few records is read at once.
    words: u64,
}

// There are no more words than one of them has bits.
const _: () = assert!(WORDS <= WORD);

impl Sheet {
    fn new() -> Sheet {
        Sheet { numbers: Box::new([(0.0, 0.0); STRETCH]), touched: Box::new([0; WORDS]), words: 0 }
    }

    /// The place of a record, which is always there: the remainders spare the processor to look whether it is.
    fn place(&mut self, record: u32) -> Option<&mut (f32, f32)> {
        let word = record as usize / WORD % WORDS;
        *self.touched.get_mut(word)? |= 1 << (record as usize % WORD);
        self.words |= 1 << word;
        self.numbers.get_mut(record as usize % STRETCH)
    }

    /// Adds a score: the first number becomes the best, the second the sum.
    pub(crate) fn add(&mut self, record: u32, score: f32) {
        if let Some((best, sum)) = self.place(record) {
            if score > *best {
                *best = score;
            }
            *sum += score;
        }
    }

    /// As [`Sheet::add`], but the first number counts how often.
    pub(crate) fn count(&mut self, record: u32, score: f32) {
        if let Some((times, sum)) = self.place(record) {
            *times += 1.0;
            *sum += score;
        }
    }

    /// Shows every record that was touched, in their order, and leaves the sheet empty.
    pub(crate) fn drain(&mut self, mut see: impl FnMut(u32, f32, f32)) {
        each([std::mem::take(&mut self.words)], |word| {
            let bits = self.touched.get_mut(word as usize).map(std::mem::take);
            each(bits, |bit| {
                let record = word * u64::BITS + bit;
                if let Some(place) = self.numbers.get_mut(record as usize % STRETCH) {
                    let (first, sum) = std::mem::take(place);
                    see(record, first, sum);
                }
            });
        });
    }

    /// What stands there.
    pub(crate) fn at(&self, record: u32) -> (f32, f32) {
        self.numbers.get(record as usize % STRETCH).copied().unwrap_or_default()
    }
}

/// The sheets of a search, empty after every stretch.
#[derive(Debug)]
pub(crate) struct Sheets {
    pub(crate) leaf: Sheet,
    pub(crate) group: Sheet,
    /// By word; there may be more of them than the search has words.
    pub(crate) words: Vec<Sheet>,
    pub(crate) all: Sheet,
    /// The share of the title that one word is.
    pub(crate) named: Sheet,
    /// How many of the words the title says, and the share of the title that they are.
    pub(crate) title: Sheet,
}

impl Default for Sheets {
    fn default() -> Sheets {
        let [leaf, group, all, named, title] = std::array::from_fn(|_| Sheet::new());
        Sheets { leaf, group, words: Vec::new(), all, named, title }
    }
}

impl Sheets {
    /// Makes room for so many words.
    pub(crate) fn begin(&mut self, words: usize) {
        if self.words.len() < words {
            self.words.resize_with(words, Sheet::new);
        }
    }
}
