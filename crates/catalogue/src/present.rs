//! The records of one segment that stand, and how they divide: what a search starts from that nearly all answer.

use crate::bits::count;
use crate::bits::each;
use crate::bits::put;
use crate::bits::whole;
use crate::roll::Roll;
use crate::sums::summed;
use crate::tally::tally;
use std::sync::OnceLock;
use tantivy::DocId;
use tantivy::SegmentReader;
use tantivy::fastfield::AliveBitSet;

/// A bit for each record of a segment.
pub(crate) struct Present {
    /// Records of the segment that stand no more, in rising order.
    pub(crate) removed: Box<[DocId]>,
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
        let all = whole(segment.max_doc() as usize);
        let standing = segment.alive_bitset().map_or_else(|| all.clone(), |alive| standing(all.len(), alive));
        let mut removed = Vec::new();
        each(all.iter().zip(&standing).map(|(all, standing)| all & !standing), |doc| removed.push(doc));
        let shown: Box<[u64]> = standing.iter().zip(&roll.shown).map(|(own, shown)| own & shown).collect();
        let count = count(&shown);
        Present { removed: removed.into(), standing: standing.into(), shown, count, codes: OnceLock::new() }
    }

    /// Whether it still says what is in the segment, of which records can only be removed.
    pub(crate) fn is_of(&self, segment: &SegmentReader) -> bool {
        self.removed.len() == segment.num_deleted_docs() as usize
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

/// So many words.
fn standing(words: usize, alive: &AliveBitSet) -> Vec<u64> {
    let mut standing = vec![0; words];
    alive.iter_alive().for_each(|record| put(&mut standing, record));
    standing
}
