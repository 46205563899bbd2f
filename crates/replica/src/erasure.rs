//! What the operator erased here alone: which versions of a record are kept without their bytes.

use crate::order::HeadKey;
use record::statement::Content;
use std::collections::BTreeMap;

/// How far an erasure reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Every version up to this epoch and version; what comes later is kept as usual.
    Upto(u64, u64),
    /// Every version, also those to come, until it is lifted: by an order, or because it is another's record.
    All,
}

impl Reach {
    /// Whether a version is reached.
    pub fn covers(self, epoch: u64, version: u64) -> bool {
        match self {
            Reach::All => true,
            Reach::Upto(last_epoch, last_version) => (epoch, version) <= (last_epoch, last_version),
        }
    }
}

/// All erasures of one node. A version without body is never touched: it holds nothing, and it makes others forget.
#[derive(Clone, Debug, Default)]
pub struct Erasures(BTreeMap<HeadKey, Reach>);

impl Erasures {
    /// Adds an erasure; of two of one record the one that reaches further holds.
    pub fn add(&mut self, key: HeadKey, reach: Reach) {
        let held = self.0.entry(key).or_insert(reach);
        *held = reach.max(*held);
    }

    /// Takes the erasure of a record back; whether there was one.
    pub fn lift(&mut self, key: &HeadKey) -> bool {
        self.0.remove(key).is_some()
    }

    /// All of them, in the order of their records.
    pub fn iter(&self) -> impl Iterator<Item = (&HeadKey, Reach)> {
        self.0.iter().map(|(key, reach)| (key, *reach))
    }

    /// Whether a version of a record is to be kept without its bytes.
    pub fn cover(&self, key: &HeadKey, epoch: u64, version: u64) -> bool {
        self.0.get(key).is_some_and(|reach| reach.covers(epoch, version))
    }

    /// The same of a statement that has just come.
    pub fn hold(&self, content: &Content) -> bool {
        !content.is_retracted() && self.cover(&HeadKey::of(content), content.epoch, content.version)
    }
}

#[cfg(test)]
mod tests {
    use crate::erasure::Erasures;
    use crate::erasure::Reach;
    use crate::order::HeadKey;
    use crate::order::Set;
    use record::statement::RecordId;

    #[test]
    fn what_reaches_further_holds_until_it_is_lifted() {
        let publisher = "th.jena".parse().unwrap();
        let key = HeadKey { set: Set::Records, publisher, record: RecordId::from_bytes([1; 16]) };
        let mut erasures = Erasures::default();
        erasures.add(key.clone(), Reach::Upto(1, 5));
        erasures.add(key.clone(), Reach::Upto(1, 3));
        assert!(erasures.cover(&key, 1, 5) && !erasures.cover(&key, 1, 6) && !erasures.cover(&key, 2, 1));
        erasures.add(key.clone(), Reach::All);
        erasures.add(key.clone(), Reach::Upto(9, 9));
        assert!(erasures.cover(&key, 99, 1));
        assert!(erasures.lift(&key) && !erasures.lift(&key) && !erasures.cover(&key, 1, 1));
    }
}
