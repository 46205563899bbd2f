//! What the postings of a term give to scores, for one leaf of a question.

use crate::bits::Bits;
use crate::curve::Curve;
use crate::run::Postings;
use crate::sheet::Sheet;
use crate::signs::Mark;
use tantivy::DocId;
use tantivy::fieldnorm::FieldNormReader;

/// A leaf in one segment.
pub(crate) struct Scorer<'a> {
    /// Which of the runs has its term; several leaves may share one.
    pub(crate) run: usize,
    /// None for a label, which counts the same wherever it stands.
    pub(crate) text: Option<(FieldNormReader, &'a Curve)>,
    pub(crate) factor: f32,
    /// Whether what it meets is said by a title in so many words.
    pub(crate) names: bool,
    pub(crate) mark: Mark,
}

/// The records of a stretch that are to be scored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scored<'a> {
    pub(crate) bits: &'a Bits,
    /// The same in rising order, with their signs.
    pub(crate) list: &'a [(u16, u64)],
    /// All signs that any of them has.
    pub(crate) any: u64,
}

impl Scorer<'_> {
    /// Shows those of its records in the stretch from `from` on that are to be scored.
    pub(crate) fn score(
        &self,
        (from, postings): (DocId, &Postings),
        scored: Scored,
        named: &mut Sheet,
        mut see: impl FnMut(u32, f32),
    ) {
        let (records, counts) = postings.of(self.run);
        if records.is_empty() || scored.any & self.mark.signs() == 0 {
            return;
        }
        let mut show = |record: u16, count: u32| match &self.text {
            None => see(u32::from(record), self.factor),
            Some((reader, curve)) => {
                let record = u32::from(record);
                let norm = reader.fieldnorm_id(from + record);
                if self.names {
                    let length = FieldNormReader::id_to_fieldnorm(norm).max(1) as f32;
                    named.add(record, 1.0 / length);
                }
                see(record, self.factor * curve.at(count, norm));
            }
        };
        if scored.list.len() < records.len() {
            let own = self.mark.signs();
            let mut begin = 0;
            // Whether one has the term, or one that shares its sign, is known already.
            for (record, signs) in scored.list.iter().filter(|(_, signs)| signs & own != 0) {
                if let Some(times) = self.mark.times(*signs) {
                    show(*record, times);
                    continue;
                }
                let rest = records.get(begin..).unwrap_or_default();
                let Some(first) = rest.first() else { break };
                // Records rise, so this one is no more places ahead than it is greater than the first.
                let ahead = usize::from(record.saturating_sub(*first));
                begin += rest.get(..ahead).unwrap_or(rest).partition_point(|other| other < record);
                if let (Some(other), Some(count)) = (records.get(begin), counts.get(begin))
                    && other == record
                {
                    show(*record, *count);
                }
            }
        } else {
            for (record, count) in records.iter().zip(counts) {
                if scored.bits.has(*record) {
                    show(*record, *count);
                }
            }
        }
    }
}
