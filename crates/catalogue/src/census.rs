//! Counting: how many records match, and how they divide over the facets, in the pass that ranks them.

use crate::found::FACETS;
use std::collections::BTreeMap;
use tantivy::DocId;
use tantivy::Score;
use tantivy::SegmentOrdinal;
use tantivy::SegmentReader;
use tantivy::collector::Collector;
use tantivy::collector::SegmentCollector;
use tantivy::columnar::StrColumn;

/// Codes listed for one facet, at most; the most frequent stay.
pub(crate) const CODES_MAX: usize = 200;

/// Counts all facets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Census;

/// The counts, before they are put in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Records in all.
    pub(crate) total: u64,
    /// By facet and code.
    facets: BTreeMap<&'static str, BTreeMap<String, u64>>,
}

impl Counts {
    fn add(&mut self, other: Counts) {
        self.total += other.total;
        for (facet, codes) in other.facets {
            let sums = self.facets.entry(facet).or_default();
            for (code, count) in codes {
                *sums.entry(code).or_default() += count;
            }
        }
    }

    /// Every facet with its codes, most frequent first, then in the order of the codes.
    pub(crate) fn listed(mut self) -> BTreeMap<String, Vec<(String, u64)>> {
        let mut listed = BTreeMap::new();
        for facet in FACETS {
            let mut codes: Vec<_> = self.facets.remove(facet).unwrap_or_default().into_iter().collect();
            codes.sort_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then_with(|| a.cmp(b)));
            codes.truncate(CODES_MAX);
            listed.insert(facet.to_owned(), codes);
        }
        listed
    }
}

/// One column of codes and how often each was met.
struct Column {
    facet: &'static str,
    codes: StrColumn,
    counts: Vec<u64>,
}

/// The counts of one segment in the making.
pub(crate) struct SegmentCensus {
    total: u64,
    columns: Vec<Column>,
}

impl Collector for Census {
    type Fruit = Counts;
    type Child = SegmentCensus;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentCensus> {
        let mut columns = Vec::new();
        for facet in FACETS {
            // A segment without a single code of this facet has no column for it.
            if let Some(codes) = segment.fast_fields().str(facet)? {
                let counts = vec![0; codes.num_terms()];
                columns.push(Column { facet, codes, counts });
            }
        }
        Ok(SegmentCensus { total: 0, columns })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, fruits: Vec<tantivy::Result<Counts>>) -> tantivy::Result<Counts> {
        let mut sum = Counts::default();
        for fruit in fruits {
            sum.add(fruit?);
        }
        Ok(sum)
    }
}

impl SegmentCollector for SegmentCensus {
    type Fruit = tantivy::Result<Counts>;

    fn collect(&mut self, doc: DocId, _: Score) {
        self.total += 1;
        for Column { codes, counts, .. } in &mut self.columns {
            for ord in codes.ords().values_for_doc(doc) {
                if let Some(count) = usize::try_from(ord).ok().and_then(|ord| counts.get_mut(ord)) {
                    *count += 1;
                }
            }
        }
    }

    fn harvest(self) -> tantivy::Result<Counts> {
        let mut counts = Counts { total: self.total, facets: BTreeMap::new() };
        for column in self.columns {
            let mut by_code = BTreeMap::new();
            for (ord, count) in (0..).zip(column.counts).filter(|(_, count)| *count > 0) {
                let mut code = String::new();
                if column.codes.ord_to_str(ord, &mut code)? {
                    by_code.insert(code, count);
                }
            }
            counts.facets.insert(column.facet, by_code);
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use crate::census::Counts;
    use std::collections::BTreeMap;

    #[test]
    fn codes_are_listed_by_count_and_then_by_name() {
        let of = |pairs: &[(&str, u64)]| Counts {
            total: 1,
            facets: BTreeMap::from([(
                "kind",
                pairs.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect(),
            )]),
        };
        let mut counts = of(&[("need", 2), ("event", 1)]);
        counts.add(of(&[("event", 1), ("measure", 5)]));
        assert_eq!(counts.total, 2);
        let listed = counts.listed();
        let codes: Vec<_> = listed["kind"].iter().map(|(code, count)| (code.as_str(), *count)).collect();
        assert_eq!(codes, [("measure", 5), ("event", 2), ("need", 2)]);
        assert_eq!(listed["stage"], []);
    }
}
