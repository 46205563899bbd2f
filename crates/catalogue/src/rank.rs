//! The order of hits by relevance, coarse enough that the order of additions does not show in it.

use std::fmt::Debug;
use tantivy::DocId;
use tantivy::Score;
use tantivy::SegmentReader;
use tantivy::collector::SegmentSortKeyComputer;
use tantivy::collector::SortKeyComputer;
use tantivy::collector::sort_key::NaturalComparator;

/// Steps of rank in one unit of score. Sums of floats differ in their last digits from one segment to
/// another; what is equal must not be told apart by that.
const STEPS: f32 = 1024.0;

/// Ranks by score in whole steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rank;

/// The score that a rank stands for.
pub(crate) fn score(rank: u64) -> f32 {
    rank as f32 / STEPS
}

impl SortKeyComputer for Rank {
    type SortKey = u64;
    type Child = Rank;
    type Comparator = NaturalComparator;

    fn requires_scoring(&self) -> bool {
        true
    }

    fn segment_sort_key_computer(&self, _: &SegmentReader) -> tantivy::Result<Rank> {
        Ok(Rank)
    }
}

impl SegmentSortKeyComputer for Rank {
    type SortKey = u64;
    type SegmentSortKey = u64;
    type SegmentComparator = NaturalComparator;

    fn segment_sort_key(&mut self, _: DocId, score: Score) -> u64 {
        // A cast from float saturates; scores are never negative.
        (score * STEPS).round() as u64
    }

    fn convert_segment_sort_key(&self, rank: u64) -> u64 {
        rank
    }
}
