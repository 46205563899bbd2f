//! How the records of one segment divide among its rows.

use crate::bits::each;
use crate::roll::Rows;

/// With fewer records for each row, to count rows before codes spares nothing.
const RECORDS_PER_ROW_MIN: usize = 4;

/// Shows the codes that the records of a set have, with how many of them have them; a code may be shown several times.
/// `counts` is room to write on.
pub(crate) fn tally(
    rows: &Rows,
    records: impl Iterator<Item = u64> + Clone,
    counts: &mut Vec<u32>,
    mut see: impl FnMut(u32, u32),
) {
    let count: usize = records.clone().map(|word| word.count_ones() as usize).sum();
    if count < rows.count() * RECORDS_PER_ROW_MIN {
        each(records, |doc| rows.codes(rows.of(doc)).iter().for_each(|code| see(*code, 1)));
        return;
    }
    counts.clear();
    counts.resize(rows.count(), 0);
    each(records, |doc| counts.get_mut(rows.of(doc)).into_iter().for_each(|count| *count += 1));
    for (row, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        rows.codes(row).iter().for_each(|code| see(*code, *count));
    }
}

#[cfg(test)]
mod tests {
    use crate::roll::Rows;
    use crate::tally::tally;
    use std::collections::BTreeMap;

    #[test]
    fn codes_are_counted_by_row_and_by_record_alike() {
        let records = [&[1, 2][..], &[3], &[1, 2], &[], &[3], &[1, 2], &[3, 1], &[1, 2]];
        let rows = Rows::collected(std::iter::repeat_n(records, 8).flatten());
        let mut room = Vec::new();
        for (set, all) in [(0xff_u64, [5, 4, 3]), (u64::MAX, [40, 32, 24]), (0, [0, 0, 0])] {
            let mut seen = BTreeMap::new();
            tally(&rows, [set].into_iter(), &mut room, |code, count| *seen.entry(code).or_default() += count);
            assert_eq!([1, 2, 3].map(|code| seen.get(&code).copied().unwrap_or(0)), all);
        }
    }
}
