//! What a word counts in a text, and what it counts because it is rare: BM25 in two halves.

use crate::signs::TIMES;
use crate::weights::Weights;
use tantivy::fieldnorm::FieldNormReader;

/// A word that stands so often in a text is looked up in a table; what is more is reckoned.
const COUNTS: usize = 4;
/// The share of a usual text below which shorter texts gain no more.
const SHORT: f32 = 0.5;
/// Lengths of texts that tantivy tells apart.
const NORMS: usize = 256;

/// The inverse document frequency of BM25.
pub(crate) fn rarity(count: u64, all: u64) -> f32 {
    let (count, all) = (count as f32, all.max(count) as f32);
    (1.0 + (all - count + 0.5) / (count + 0.5)).ln()
}

/// What a word counts by how often it stands in a text and how long the text is: BM25 without the rarity.
#[derive(Debug)]
pub(crate) struct Curve {
    saturation: f32,
    /// What is added to the count, by the length of the text.
    added: Box<[f32; NORMS]>,
    /// By count from 1 on, then by the length of the text.
    table: Box<[[f32; NORMS]; COUNTS]>,
}

impl Curve {
    /// For texts of which so many words are usual.
    pub(crate) fn of(usual: f32, weights: &Weights) -> Curve {
        let saturation = weights.saturation;
        let mut curve =
            Curve { saturation, added: Box::new([0.0; NORMS]), table: Box::new([[0.0; NORMS]; COUNTS]) };
        for (norm, place) in (0..=u8::MAX).zip(curve.added.iter_mut()) {
            *place = added(FieldNormReader::id_to_fieldnorm(norm), usual, weights);
        }
        for (row, count) in curve.table.iter_mut().zip(1u8..) {
            for (place, added) in row.iter_mut().zip(curve.added.iter()) {
                *place = reckoned(f32::from(count), saturation, *added);
            }
        }
        curve
    }

    /// What a word counts that stands so often in a text of this length, as tantivy notes it.
    pub(crate) fn at(&self, count: u32, norm: u8) -> f32 {
        let row = self.table.get((count as usize).wrapping_sub(1));
        let known = row.and_then(|row| row.get(usize::from(norm))).copied();
        known.unwrap_or_else(|| {
            let added = self.added.get(usize::from(norm)).copied().unwrap_or_default();
            reckoned(count as f32, self.saturation, added)
        })
    }

    /// What a word counts at most in a text of so many words and more, by how often it stands there.
    pub(crate) fn most(words: u32, usual: f32, weights: &Weights) -> [f32; TIMES] {
        let (saturation, added) = (weights.saturation, added(words, usual, weights));
        [0.0, reckoned(1.0, saturation, added), reckoned(2.0, saturation, added), 1.0 + saturation]
    }
}

/// What is added to the count for a text of so many words where so many are usual.
fn added(words: u32, usual: f32, weights: &Weights) -> f32 {
    let (saturation, length) = (weights.saturation, weights.length);
    // A text of three words is no better an answer than a short one.
    let words = (words as f32).max(usual * SHORT);
    saturation * (1.0 - length + length * words / usual)
}

fn reckoned(count: f32, saturation: f32, added: f32) -> f32 {
    count * (1.0 + saturation) / (count + added)
}
