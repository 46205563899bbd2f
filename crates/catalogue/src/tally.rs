//! How the records of one segment divide among its rows.

use crate::bits::each;
use crate::roll::FAMILIES;
use crate::roll::Roll;
use crate::roll::Rows;
use std::ops::Range;

/// With fewer records for each row, to count rows first spares nothing.
const RECORDS_PER_ROW_MIN: usize = 4;

/// Counts by row. Kept from search to search for its memory, and empty in between.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counts: Vec<u32>,
    /// The rows that were met.
    met: Vec<u32>,
    /// Whether rows are counted, or their codes at once.
    counts_rows: bool,
}

/// Shows the codes of some families that the records of a set have, with how many of them have them; a code may be
/// shown several times.
pub(crate) fn tally(
    roll: &Roll,
    records: impl Iterator<Item = u64> + Clone,
    families: Range<usize>,
    tallies: &mut [Tally; FAMILIES],
    mut see: impl FnMut(u32, u32),
) {
    let tallies = tallies.get_mut(families.clone()).unwrap_or_default();
    let rows = roll.rows.get(families.clone()).unwrap_or_default();
    let count: usize = records.clone().map(|word| word.count_ones() as usize).sum();
    for (tally, rows) in tallies.iter_mut().zip(rows) {
        tally.begin(rows.count(), count);
    }
    each(records, |doc| {
        let own = roll.line(doc).and_then(|line| line.rows.get(families.clone())).unwrap_or_default();
        for ((tally, rows), row) in tallies.iter_mut().zip(rows).zip(own) {
            match tally.counts_rows {
                true => tally.add(*row as usize),
                false => rows.codes(*row as usize).iter().for_each(|code| see(*code, 1)),
            }
        }
    });
    for (tally, rows) in tallies.iter_mut().zip(rows) {
        tally.end(rows, &mut see);
    }
}

impl Tally {
    /// Makes room for so many rows, for so many records.
    fn begin(&mut self, rows: usize, records: usize) {
        self.counts_rows = records > rows * RECORDS_PER_ROW_MIN;
        if self.counts.len() < rows {
            self.counts.resize(rows, 0);
        }
    }

    /// One more record with this row.
    fn add(&mut self, row: usize) {
        let Some(count) = self.counts.get_mut(row) else { return };
        if *count == 0 {
            self.met.push(row as u32);
        }
        *count += 1;
    }

    /// Shows the codes of every row with how often it was met, and is empty again.
    fn end(&mut self, rows: &Rows, mut see: impl FnMut(u32, u32)) {
        for row in self.met.drain(..) {
            let count = self.counts.get_mut(row as usize).map(std::mem::take).unwrap_or_default();
            rows.codes(row as usize).iter().for_each(|code| see(*code, count));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::roll::Rows;
    use crate::tally::Tally;

    #[test]
    fn a_tally_is_empty_after_every_search() {
        let rows = Rows::collected([&[1, 2][..], &[3]]);
        let mut tally = Tally::default();
        for times in [1, 2] {
            tally.begin(rows.count(), 9);
            assert!(tally.counts_rows);
            (0..3 * times).for_each(|doc| tally.add(doc % rows.count()));
            let mut seen = Vec::new();
            tally.end(&rows, |code, count| seen.push((code, count)));
            let first = if times == 1 { 2 } else { 3 };
            assert_eq!(seen, [(1, first), (2, first), (3, 3 * times as u32 - first)]);
        }
    }
}
