//! The postings of one term in one segment, read a stretch at a time.

use crate::bits::Bits;
use crate::bits::STRETCH;
use crate::signs::Mark;
use crate::signs::Signs;
use tantivy::DocId;
use tantivy::postings::BlockSegmentPostings;

/// The postings of one term in one segment.
pub(crate) struct Run {
    /// A block of records at a time.
    block: BlockSegmentPostings,
    /// How many of the block were taken already.
    at: usize,
    /// Whether it is known how often each record has the term; a label stands there once.
    has_counts: bool,
}

/// The postings of a stretch, run after run.
#[derive(Debug, Default)]
pub(crate) struct Postings {
    records: Vec<u16>,
    /// How often the word stands there; once for labels.
    counts: Vec<u32>,
    /// By run: where its postings end.
    ends: Vec<usize>,
    /// Which of the terms each record has.
    pub(crate) signs: Signs,
}

impl Postings {
    /// Reads the stretch from `from` on, and forgets the one before.
    pub(crate) fn read(&mut self, from: DocId, runs: &mut [Run]) {
        self.records.clear();
        self.counts.clear();
        self.ends.clear();
        self.signs.clear();
        for run in runs {
            run.take(from, self);
            self.ends.push(self.records.len());
        }
    }

    /// The records of a run, and how often each has the term.
    pub(crate) fn of(&self, run: usize) -> (&[u16], &[u32]) {
        of((&self.records, &self.counts), &self.ends, run)
    }

    /// Adds the records of a run.
    pub(crate) fn met(&self, run: usize, into: &mut Bits) {
        into.insert(self.of(run).0);
    }

    /// Notes that the records of a run have a term with this mark.
    pub(crate) fn mark(&mut self, run: usize, mark: Mark) {
        let Postings { records, counts, ends, signs } = self;
        let (records, counts) = of((records, counts), ends, run);
        signs.mark(mark, records, counts);
    }
}

fn of<'a>((records, counts): (&'a [u16], &'a [u32]), ends: &[usize], run: usize) -> (&'a [u16], &'a [u32]) {
    let end = |run: Option<usize>| run.and_then(|run| ends.get(run)).copied().unwrap_or_default();
    let own = end(run.checked_sub(1))..end(Some(run));
    (records.get(own.clone()).unwrap_or_default(), counts.get(own).unwrap_or_default())
}

impl Run {
    pub(crate) fn new(block: BlockSegmentPostings, has_counts: bool) -> Run {
        Run { block, at: 0, has_counts }
    }

    /// Passes over the records before this one.
    pub(crate) fn seek(&mut self, doc: DocId) {
        self.at = self.block.seek(doc);
    }

    /// Reads its postings of the stretch from `from` on.
    fn take(&mut self, from: DocId, into: &mut Postings) {
        let to = from.saturating_add(STRETCH as DocId);
        loop {
            let docs = self.block.docs().get(self.at..).unwrap_or_default();
            let until = match docs.last() {
                None => break,
                Some(last) if *last < to => docs.len(),
                Some(_) => docs.partition_point(|doc| *doc < to),
            };
            let docs = docs.get(..until).unwrap_or_default();
            into.records.extend(docs.iter().map(|doc| (doc - from) as u16));
            let counts = match self.has_counts {
                true => self.block.freqs().get(self.at..).and_then(|counts| counts.get(..until)),
                false => None,
            };
            into.counts.extend_from_slice(counts.unwrap_or_default());
            // Of a label there are none, but every record has its place among them.
            into.counts.resize(into.records.len(), 1);
            self.at += until;
            if self.at < self.block.block_len() {
                break;
            }
            self.block.advance();
            self.at = 0;
        }
    }
}
