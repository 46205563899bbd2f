//! Counts by what is counted, added up.

use std::ops::AddAssign;

/// Puts counts in the order of what they count, and adds up those of the same.
pub(crate) fn summed<K: Ord, N: AddAssign + Copy>(counts: &mut Vec<(K, N)>) {
    counts.sort_by(|(a, _), (b, _)| a.cmp(b));
    counts.dedup_by(|(key, count), (kept, sum)| {
        let is_same = key == kept;
        if is_same {
            *sum += *count;
        }
        is_same
    });
}

#[cfg(test)]
mod tests {
    use crate::sums::summed;

    #[test]
    fn the_same_is_counted_together() {
        let mut counts = vec![("b", 1), ("a", 2), ("b", 4), ("b", 8)];
        summed(&mut counts);
        assert_eq!(counts, [("a", 2), ("b", 13)]);
    }
}
