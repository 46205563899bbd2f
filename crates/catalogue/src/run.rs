//! The postings of one term in one segment, read a stretch at a time.

use crate::bits::Bits;
use crate::bits::STRETCH;
use crate::curve::Curve;
use crate::sheet::Sheet;
use crate::signs::Signs;
use crate::signs::sign;
use std::ops::Range;
use tantivy::DocId;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::BlockSegmentPostings;

/// Where so many of the postings of a stretch are for one that is to be scored, those are looked for one by one.
const SPARSE: usize = 8;
/// Postings that are passed over at once then.
const STEP: usize = 16;

/// The postings of one leaf in one segment.
pub(crate) struct Run<'a> {
    /// A block of records at a time.
    block: BlockSegmentPostings,
    /// How many of the block were taken already.
    at: usize,
    /// None for a label, which counts the same wherever it stands.
    text: Option<(FieldNormReader, &'a Curve)>,
    factor: f32,
    /// Whether what it meets is said by a title in so many words.
    names: bool,
    /// Its sign, or how it is noted that it has none.
    sign: Result<usize, u64>,
    /// Where its postings of this stretch lie.
    taken: Range<usize>,
}

/// The postings of a stretch, run after run.
#[derive(Debug, Default)]
pub(crate) struct Postings {
    records: Vec<u16>,
    /// How often the word stands there; once for labels.
    counts: Vec<u32>,
    /// Which of the terms each record has.
    pub(crate) signs: Signs,
}

impl Postings {
    /// Forgets the stretch before.
    pub(crate) fn clear(&mut self) {
        self.records.clear();
        self.counts.clear();
        self.signs.clear();
    }
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        block: BlockSegmentPostings,
        text: Option<(FieldNormReader, &'a Curve)>,
        factor: f32,
        names: bool,
        sign: Result<usize, u64>,
    ) -> Run<'a> {
        Run { block, at: 0, text, factor, names, sign, taken: 0..0 }
    }

    /// Reads its postings of the stretch from `from` on.
    pub(crate) fn take(&mut self, from: DocId, postings: &mut Postings) {
        let to = from.saturating_add(STRETCH as DocId);
        let begin = postings.records.len();
        loop {
            let docs = self.block.docs().get(self.at..).unwrap_or_default();
            let until = match docs.last() {
                None => break,
                Some(last) if *last < to => docs.len(),
                Some(_) => docs.partition_point(|doc| *doc < to),
            };
            let docs = docs.get(..until).unwrap_or_default();
            postings.records.extend(docs.iter().map(|doc| (doc - from) as u16));
            let counts = match &self.text {
                Some(_) => self.block.freqs().get(self.at..).and_then(|counts| counts.get(..until)),
                None => None,
            };
            postings.counts.extend_from_slice(counts.unwrap_or_default());
            // Of a label there are none, but every record has its place among them.
            postings.counts.resize(postings.records.len(), 1);
            self.at += until;
            if self.at < self.block.block_len() {
                break;
            }
            self.block.advance();
            self.at = 0;
        }
        self.taken = begin..postings.records.len();
        let (records, counts) = self.taken(&postings.records, &postings.counts);
        postings.signs.mark(self.sign, records, counts);
    }

    /// Adds its records of the stretch that was read.
    pub(crate) fn met(&self, postings: &Postings, into: &mut Bits) {
        into.insert(self.taken(&postings.records, &postings.counts).0);
    }

    /// The bits that its records have among their signs.
    pub(crate) fn signs(&self) -> u64 {
        self.sign.map_or_else(|other| other, |number| sign(number, u32::MAX))
    }

    fn taken<'p>(&self, records: &'p [u16], counts: &'p [u32]) -> (&'p [u16], &'p [u32]) {
        let of = self.taken.clone();
        (records.get(of.clone()).unwrap_or_default(), counts.get(of).unwrap_or_default())
    }

    /// Shows those of its records in the stretch from `from` on that are `wanted`, `many` of them.
    pub(crate) fn score(
        &self,
        (from, postings): (DocId, &Postings),
        (wanted, many): (&Bits, usize),
        named: &mut Sheet,
        mut see: impl FnMut(u32, f32),
    ) {
        let (records, counts) = self.taken(&postings.records, &postings.counts);
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
        if many * SPARSE < records.len() {
            let own = self.signs();
            let mut begin = 0;
            wanted.each(|record| {
                // Whether it has the term is known already.
                if postings.signs.of(record) & own == 0 {
                    return;
                }
                while records.get(begin + STEP).is_some_and(|other| u32::from(*other) <= record) {
                    begin += STEP;
                }
                let rest = records.get(begin..).unwrap_or_default();
                begin += rest.iter().take_while(|other| u32::from(**other) < record).count();
                if let (Some(own), Some(count)) = (records.get(begin), counts.get(begin))
                    && u32::from(*own) == record
                {
                    show(*own, *count);
                }
            });
        } else {
            for (record, count) in records.iter().zip(counts) {
                if wanted.has(*record) {
                    show(*record, *count);
                }
            }
        }
    }
}
