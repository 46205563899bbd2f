//! A group of terms that answers a word, with its postings in one segment.

use crate::bits::Bits;
use crate::run::Postings;
use crate::run::Run;
use crate::sheet::Sheets;
use tantivy::DocId;

/// A group with the postings of its sets in one segment.
pub(crate) struct Opened<'a> {
    /// What the sum of the sets counts, by how many of them are there.
    pub(crate) factors: Vec<f32>,
    /// Whether it takes several sets that are all there.
    pub(crate) takes_all: bool,
    pub(crate) sets: Vec<Vec<Run<'a>>>,
}

impl Opened<'_> {
    fn factor(&self, met: usize) -> f32 {
        self.factors.get(met).copied().unwrap_or_default()
    }

    /// Reads its postings of the stretch from `from` on.
    pub(crate) fn take(&mut self, from: DocId, postings: &mut Postings) {
        self.sets.iter_mut().flatten().for_each(|run| run.take(from, postings));
    }

    /// The signs of which any says that a record answers; nothing where it takes several.
    pub(crate) fn any(&self) -> Option<u64> {
        let runs = self.sets.iter().flatten();
        (!self.takes_all).then(|| runs.fold(0, |any, run| any | run.signs()))
    }

    /// Adds the records of the stretch that are in all sets.
    pub(crate) fn met(&self, postings: &Postings, into: &mut Bits) {
        let of_sets = self.sets.iter().map(|set| {
            let mut own = Bits::default();
            set.iter().for_each(|run| run.met(postings, &mut own));
            own
        });
        let all = of_sets.reduce(|mut all, own| {
            all.meet(own.words());
            all
        });
        into.unite(&all.unwrap_or_default());
    }

    /// Adds the scores of the wanted records of a stretch to the sheet of the word.
    pub(crate) fn score(
        &self,
        postings: (DocId, &Postings),
        wanted: (&Bits, usize),
        tie: f32,
        sheets: &mut Sheets,
    ) {
        let Sheets { leaf, group, word, named, title, .. } = sheets;
        // A group of one set needs no sheet of its own.
        let alone = (self.sets.len() == 1).then(|| self.factor(1));
        let mut put = |record, score: f32| match alone {
            Some(factor) => word.add(record, factor * score),
            None => group.count(record, score),
        };
        for set in &self.sets {
            match set.as_slice() {
                // Nor does a set of one leaf.
                [only] => only.score(postings, wanted, named, &mut put),
                runs => {
                    for run in runs {
                        run.score(postings, wanted, named, |record, score| leaf.add(record, score));
                    }
                    leaf.drain(|record, best, sum| put(record, best + tie * (sum - best)));
                }
            }
            named.drain(|record, best, _| title.count(record, best));
        }
        if alone.is_none() {
            group.drain(|record, met, sum| {
                let factor = self.factor(met as usize);
                if factor > 0.0 {
                    word.add(record, factor * sum);
                }
            });
        }
    }
}
