//! A group of terms that answers a word, in one segment.

use crate::bits::Bits;
use crate::run::Postings;
use crate::scorer::Scored;
use crate::scorer::Scorer;
use crate::sheet::Sheets;
use tantivy::DocId;

/// A group with its sets of leaves in one segment.
pub(crate) struct Opened<'a> {
    /// The words that it answers.
    pub(crate) words: &'a [usize],
    /// What the sum of the sets counts, by how many of them are there.
    pub(crate) factors: Vec<f32>,
    /// Whether it takes several sets that are all there.
    pub(crate) takes_all: bool,
    pub(crate) sets: Vec<Vec<Scorer<'a>>>,
}

impl Opened<'_> {
    fn factor(&self, met: usize) -> f32 {
        self.factors.get(met).copied().unwrap_or_default()
    }

    /// Notes which records of the stretch that was read have its terms.
    pub(crate) fn mark(&self, postings: &mut Postings) {
        self.sets.iter().flatten().for_each(|leaf| postings.mark(leaf.run, leaf.mark));
    }

    /// The signs of which any says that a record answers; nothing where it takes several.
    pub(crate) fn any(&self) -> Option<u64> {
        let leaves = self.sets.iter().flatten();
        (!self.takes_all).then(|| leaves.fold(0, |any, leaf| any | leaf.mark.signs()))
    }

    /// Adds the records of the stretch that are in all sets.
    pub(crate) fn met(&self, postings: &Postings, into: &mut Bits) {
        let of_sets = self.sets.iter().map(|set| {
            let mut own = Bits::default();
            set.iter().for_each(|leaf| postings.met(leaf.run, &mut own));
            own
        });
        let all = of_sets.reduce(|mut all, own| {
            all.meet(own.words());
            all
        });
        into.unite(&all.unwrap_or_default());
    }

    /// Adds the scores of some records of a stretch to the sheets of its words.
    pub(crate) fn score(&self, postings: (DocId, &Postings), scored: Scored, tie: f32, sheets: &mut Sheets) {
        let Sheets { leaf, group, words, named, title, .. } = sheets;
        let mut add = |record: u32, score: f32| {
            for word in self.words {
                words.get_mut(*word).into_iter().for_each(|sheet| sheet.add(record, score));
            }
        };
        // A group of one set needs no sheet of its own.
        let alone = (self.sets.len() == 1).then(|| self.factor(1));
        let mut put = |record, score: f32| match alone {
            Some(factor) => add(record, factor * score),
            None => group.count(record, score),
        };
        for set in &self.sets {
            match set.as_slice() {
                // Nor does a set of one leaf.
                [only] => only.score(postings, scored, named, &mut put),
                several => {
                    for one in several {
                        one.score(postings, scored, named, |record, score| leaf.add(record, score));
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
                    add(record, factor * sum);
                }
            });
        }
    }
}
