//! The records of one segment that stand, and how they divide: what a search starts from that nearly all answer.

use crate::bits::count;
use crate::bits::whole;
use crate::roll::Roll;
use crate::sums::summed;
use crate::tally::tally;
use std::sync::OnceLock;
use tantivy::SegmentReader;
use tantivy::fastfield::AliveBitSet;

/// A bit for each record of a segment.
pub(crate) struct Present {
    /// How many records of the segment stand no more.
    removed: u32,
    pub(crate) standing: Box<[u64]>,
    /// Those of a kind that readers are shown.
    pub(crate) shown: Box<[u64]>,
    /// How many are shown.
    pub(crate) count: u64,
    /// Codes with how many of those shown have them; reckoned when first asked for.
    codes: OnceLock<Box<[(u32, u32)]>>,
}

impl Present {
    /// Reads a segment.
    pub(crate) fn of(segment: &SegmentReader, roll: &Roll) -> Present {
        let standing = match segment.alive_bitset() {
            Some(alive) => standing(segment.max_doc() as usize, alive),
            None => whole(segment.max_doc() as usize),
        };
        let shown: Box<[u64]> = standing.iter().zip(&roll.shown).map(|(own, shown)| own & shown).collect();
        let count = count(&shown);
        Present {
            removed: segment.num_deleted_docs(),
            standing: standing.into(),
            shown,
            count,
            codes: OnceLock::new(),
        }
    }

    /// Whether it still says what is in the segment, of which records can only be removed.
    pub(crate) fn is_of(&self, segment: &SegmentReader) -> bool {
        self.removed == segment.num_deleted_docs()
    }

    /// Codes with how many of the records that are shown have them.
    pub(crate) fn codes(&self, roll: &Roll) -> &[(u32, u32)] {
        self.codes.get_or_init(|| {
            let (mut codes, mut room) = (Vec::new(), Vec::new());
            for rows in &roll.rows {
                tally(rows, self.shown.iter().copied(), &mut room, |code, count| codes.push((code, count)));
            }
            summed(&mut codes);
            codes.into()
        })
    }
}

fn standing(records: usize, alive: &AliveBitSet) -> Vec<u64> {
    let mut words = vec![0; records.div_ceil(u64::BITS as usize)];
    for record in alive.iter_alive() {
        if let Some(word) = words.get_mut(record as usize / u64::BITS as usize) {
            *word |= 1u64 << (record % u64::BITS);
        }
    }
    words
}
