//! A keeper in memory, for tests and simulations.

use crate::keeper::Change;
use crate::keeper::KeepError;
use crate::keeper::Keeper;
use crate::keeper::Step;
use crate::order::Bucket;
use crate::order::Head;
use crate::order::HeadKey;
use crate::order::Place;
use crate::order::Set;
use record::name::Name;
use record::statement::RecordId;
use std::collections::BTreeMap;

/// Heads and statements in sorted maps.
#[derive(Clone, Debug, Default)]
pub struct MemoryKeeper {
    heads: BTreeMap<HeadKey, (Head, u64)>,
    places: BTreeMap<(Bucket, Place), HeadKey>,
    changes: BTreeMap<u64, Change>,
    gone: BTreeMap<HeadKey, u64>,
    newest: u64,
}

impl MemoryKeeper {
    fn take_out(&mut self, key: &HeadKey) {
        if let Some((head, change)) = self.heads.remove(key) {
            self.places.remove(&(key.bucket(), head.place()));
            self.changes.remove(&change);
        }
        if let Some(change) = self.gone.remove(key) {
            self.changes.remove(&change);
        }
    }
}

impl Keeper for MemoryKeeper {
    fn head(&self, key: &HeadKey) -> Result<Option<Head>, KeepError> {
        Ok(self.heads.get(key).map(|(head, _)| head.clone()))
    }

    fn statement(&self, key: &HeadKey) -> Result<Option<Change>, KeepError> {
        Ok(self.heads.get(key).and_then(|(_, number)| self.changes.get(number)).cloned())
    }

    fn apply(&mut self, steps: &[Step]) -> Result<u64, KeepError> {
        for step in steps {
            let number = self.newest + 1;
            let key = step.key().clone();
            self.take_out(&key);
            match step.head() {
                Some(head) => {
                    self.places.insert((key.bucket(), head.place()), key.clone());
                    self.heads.insert(key.clone(), (head.clone(), number));
                }
                None => {
                    self.gone.insert(key.clone(), number);
                }
            }
            let statement = match step {
                Step::Stand(_, bytes) => Some(bytes.clone()),
                Step::Blank(_) | Step::Drop(_) => None,
            };
            self.changes.insert(number, Change { number, key, statement });
            self.newest = number;
        }
        Ok(self.newest)
    }

    fn flush(&mut self) -> Result<(), KeepError> {
        Ok(())
    }

    fn newest(&self) -> u64 {
        self.newest
    }

    fn changes(&self, since: u64, limit: usize) -> Result<Vec<Change>, KeepError> {
        Ok(self
            .changes
            .range(since.saturating_add(1)..)
            .take(limit)
            .map(|(_, change)| change.clone())
            .collect())
    }

    fn visit(&self, see: &mut dyn FnMut(&Bucket, Place, &HeadKey)) -> Result<(), KeepError> {
        self.places.iter().for_each(|((bucket, place), key)| see(bucket, *place, key));
        Ok(())
    }

    fn places(&self, bucket: &Bucket, after: Option<Place>, limit: usize) -> Result<Vec<Place>, KeepError> {
        let places = self.places.keys().filter(|(at, _)| at == bucket).map(|(_, place)| *place);
        Ok(places.filter(|place| after.is_none_or(|after| *place > after)).take(limit).collect())
    }

    fn at(&self, bucket: &Bucket, place: Place) -> Result<Option<HeadKey>, KeepError> {
        Ok(self.places.get(&(*bucket, place)).cloned())
    }

    fn records(&self, set: Set, publisher: &Name) -> Result<Vec<RecordId>, KeepError> {
        let mine = |key: &&HeadKey| key.set == set && key.publisher == *publisher;
        Ok(self.heads.keys().filter(mine).map(|key| key.record).collect())
    }

    fn last_record(&self, set: Set, publisher: &Name) -> Result<Option<RecordId>, KeepError> {
        Ok(self.records(set, publisher)?.pop())
    }
}
