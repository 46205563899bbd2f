//! How the records of one segment divide among its rows.

use crate::bits::each;
use crate::roll::FAMILIES;
use crate::roll::Roll;
use crate::roll::Rows;

/// What is known of a row: that its codes were looked at.
pub(crate) const SEEN: u32 = 1 << 31;

/// One row: what its codes satisfy, with [`SEEN`], and how many records that pass have it.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    role: u32,
    count: u32,
}

/// Counts by row and class: class 0 are records that pass every filter, class n those that fail in the n-th only.
/// Kept from search to search for its memory, and empty in between.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    cells: Vec<Cell>,
    /// The rows that were met.
    met: Vec<u32>,
    /// Counts of the classes from 1 on, by row; empty where there is no filter.
    others: Vec<Vec<u32>>,
}

/// Shows the codes of the records of a set with how many of them have them; a code may be shown several times.
pub(crate) fn tally(
    roll: &Roll,
    records: impl Iterator<Item = u64>,
    tallies: &mut [Tally; FAMILIES],
    mut see: impl FnMut(u32, u32),
) {
    for (tally, rows) in tallies.iter_mut().zip(&roll.rows) {
        tally.begin(rows.count(), 0);
    }
    each(records, |doc| {
        if let Some(line) = roll.line(doc) {
            tallies.iter_mut().zip(line.rows).for_each(|(tally, row)| tally.add(row as usize));
        }
    });
    for (tally, rows) in tallies.iter_mut().zip(&roll.rows) {
        tally.end(rows, |_, code, count| see(code, count));
    }
}

impl Tally {
    /// Makes room for so many rows and so many filters.
    pub(crate) fn begin(&mut self, rows: usize, filters: usize) {
        if self.cells.len() < rows {
            self.cells.resize(rows, Cell::default());
        }
        self.others.clear();
        self.others.resize_with(filters, || vec![0; rows]);
    }

    /// What a row satisfies; its codes are looked at once.
    pub(crate) fn role(&mut self, row: usize, look: impl FnOnce() -> u32) -> u32 {
        let Some(cell) = self.cells.get_mut(row) else { return SEEN };
        if cell.role == 0 {
            cell.role = look() | SEEN;
            self.met.push(row as u32);
        }
        cell.role
    }

    /// One more record with this row, where nothing is filtered.
    fn add(&mut self, row: usize) {
        let Some(cell) = self.cells.get_mut(row) else { return };
        if cell.count == 0 {
            self.met.push(row as u32);
        }
        cell.count += 1;
    }

    /// One more record with this row, of which was asked before what it satisfies.
    pub(crate) fn count(&mut self, class: usize, row: usize) {
        let count = match class.checked_sub(1) {
            None => self.cells.get_mut(row).map(|cell| &mut cell.count),
            Some(at) => self.others.get_mut(at).and_then(|counts| counts.get_mut(row)),
        };
        if let Some(count) = count {
            *count += 1;
        }
    }

    /// Shows the codes of every row with how often it was met, class by class, and is empty again.
    pub(crate) fn end(&mut self, rows: &Rows, mut see: impl FnMut(usize, u32, u32)) {
        for row in self.met.drain(..) {
            let row = row as usize;
            let passed = self.cells.get_mut(row).map(std::mem::take).unwrap_or_default().count;
            let others = self.others.iter().map(|counts| counts.get(row).copied().unwrap_or_default());
            for (class, count) in std::iter::once(passed).chain(others).enumerate() {
                if count > 0 {
                    rows.codes(row).iter().for_each(|code| see(class, *code, count));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::roll::Rows;
    use crate::tally::SEEN;
    use crate::tally::Tally;

    #[test]
    fn a_tally_is_empty_after_every_search() {
        let rows = Rows::collected([&[1, 2][..], &[3]]);
        let mut tally = Tally::default();
        for filters in [1, 0] {
            tally.begin(rows.count(), filters);
            for doc in 0..3 {
                let row = doc % rows.count();
                assert_eq!(tally.role(row, || 1), SEEN | 1);
                tally.count(filters.min(doc), row);
            }
            let mut seen = Vec::new();
            tally.end(&rows, |class, code, count| seen.push((class, code, count)));
            let expected = match filters {
                0 => vec![(0, 1, 2), (0, 2, 2), (0, 3, 1)],
                _ => vec![(0, 1, 1), (0, 2, 1), (1, 1, 1), (1, 2, 1), (1, 3, 1)],
            };
            assert_eq!(seen, expected);
        }
    }
}
