//! Fingerprints of sets of heads: equal fingerprints mean equal heads.

use record::statement::StatementId;
use record::statement::sha256;
use std::fmt;
use std::ops::AddAssign;
use std::ops::SubAssign;

/// Count and sum of the ids of a set, kept while heads come and go. The sum is taken modulo 2^256;
/// it is additive and never XOR, which falls to linear algebra.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    count: u64,
    sum: [u64; 4],
}

/// Bytes of a fingerprint that only one talk uses.
pub const SALTED_BYTES: usize = 4;

/// SHA-256 over sum and count, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

impl Summary {
    /// How many heads the set has.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The summary of one head.
    pub fn of(id: &StatementId) -> Summary {
        Summary { count: 1, sum: limbs(id) }
    }

    /// A head comes in.
    pub fn add(&mut self, id: &StatementId) {
        *self += Summary::of(id);
    }

    /// A head that came in before goes.
    pub fn remove(&mut self, id: &StatementId) {
        *self -= Summary::of(id);
    }

    /// The fingerprint: SHA-256 over the sum (32 bytes, little endian) and the count (8 bytes, big endian).
    pub fn fingerprint(&self) -> Fingerprint {
        let sum: Vec<u8> = self.sum.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        Fingerprint(sha256(&[&sum, &self.count.to_be_bytes()]))
    }

    /// The first 4 bytes of SHA-256 over a salt and the sum; the count is told beside it. Nobody can look beforehand
    /// for two sets that share it, because the salt is drawn anew for each talk. Where two share it by chance (one in
    /// 2^32), the fingerprints of the buckets still differ, and the next talk finds what this one overlooked.
    pub fn salted(&self, salt: &[u8; 16]) -> [u8; SALTED_BYTES] {
        let mut bytes = [0; 48];
        let parts = salt.iter().copied().chain(self.sum.iter().flat_map(|limb| limb.to_le_bytes()));
        bytes.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        let hash = sha256(&[&bytes]);
        hash.first_chunk().copied().unwrap_or_default()
    }
}

impl AddAssign for Summary {
    fn add_assign(&mut self, other: Summary) {
        self.count = self.count.wrapping_add(other.count);
        let mut carry = false;
        for (limb, other) in self.sum.iter_mut().zip(other.sum) {
            let (sum, first) = limb.overflowing_add(other);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            (*limb, carry) = (sum, first || second);
        }
    }
}

impl SubAssign for Summary {
    fn sub_assign(&mut self, other: Summary) {
        self.count = self.count.wrapping_sub(other.count);
        let mut borrow = false;
        for (limb, other) in self.sum.iter_mut().zip(other.sum) {
            let (rest, first) = limb.overflowing_sub(other);
            let (rest, second) = rest.overflowing_sub(u64::from(borrow));
            (*limb, borrow) = (rest, first || second);
        }
    }
}

/// The id as a 256-bit number, lowest limb first.
fn limbs(id: &StatementId) -> [u64; 4] {
    let mut limbs = [0; 4];
    for (limb, bytes) in limbs.iter_mut().zip(id.as_bytes().as_chunks::<8>().0) {
        *limb = u64::from_le_bytes(*bytes);
    }
    limbs
}

impl Fingerprint {
    /// From the 32 bytes of a greeting.
    pub fn from_bytes(bytes: [u8; 32]) -> Fingerprint {
        Fingerprint(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use crate::fingerprint::Summary;
    use proptest::prelude::any;
    use proptest::prop_assert_eq;
    use proptest::prop_assert_ne;
    use proptest::proptest;
    use record::statement::StatementId;

    fn summary(ids: &[[u8; 32]]) -> Summary {
        let mut summary = Summary::default();
        ids.iter().for_each(|id| summary.add(&StatementId::from_bytes(*id)));
        summary
    }

    #[test]
    fn the_sum_carries_over_all_limbs() {
        let mut both = summary(&[[0xff; 32], [0xff; 32]]);
        both.remove(&StatementId::from_bytes([0xff; 32]));
        assert_eq!(both, summary(&[[0xff; 32]]));
        let mut one = [0; 32];
        one[0] = 1;
        // 2^256 - 1 + 1 = 0, and only the count tells the set from the empty one.
        assert_ne!(summary(&[[0xff; 32], one]).fingerprint(), Summary::default().fingerprint());
    }

    proptest! {
        #[test]
        fn order_of_arrival_does_not_matter(ids in any::<Vec<[u8; 32]>>(), gone in any::<[u8; 32]>()) {
            let mut reversed = ids.clone();
            reversed.reverse();
            let mut other = summary(&[gone]);
            reversed.iter().for_each(|id| other.add(&StatementId::from_bytes(*id)));
            prop_assert_ne!(summary(&ids).fingerprint(), other.fingerprint());
            other.remove(&StatementId::from_bytes(gone));
            prop_assert_eq!(summary(&ids).fingerprint(), other.fingerprint());
        }
    }
}
