//! The memory keeper of one node, shared between its replica and those who read beside it.

use record::name::Name;
use record::statement::RecordId;
use replica::keeper::Change;
use replica::keeper::KeepError;
use replica::keeper::Keeper;
use replica::keeper::Step;
use replica::memory::MemoryKeeper;
use replica::order::Bucket;
use replica::order::Head;
use replica::order::HeadKey;
use replica::order::Place;
use replica::order::Set;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// The bytes of all statements that any node of this process keeps, each once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cellar(Arc<Mutex<BTreeSet<Arc<[u8]>>>>);

impl Cellar {
    fn share(&self, bytes: &Arc<[u8]>) -> Arc<[u8]> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.get(bytes) {
            Some(same) => same.clone(),
            None => {
                kept.insert(bytes.clone());
                bytes.clone()
            }
        }
    }
}

/// Heads of one node. Copies are the same shelf.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    heads: Arc<Mutex<MemoryKeeper>>,
    cellar: Cellar,
}

impl Shelf {
    /// An empty shelf whose bytes lie in the common cellar.
    pub(crate) fn new(cellar: Cellar) -> Shelf {
        Shelf { heads: Arc::default(), cellar }
    }

    fn heads(&self) -> MutexGuard<'_, MemoryKeeper> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keeper for Shelf {
    fn head(&self, key: &HeadKey) -> Result<Option<Head>, KeepError> {
        self.heads().head(key)
    }

    fn statement(&self, key: &HeadKey) -> Result<Option<Change>, KeepError> {
        self.heads().statement(key)
    }

    fn apply(&mut self, steps: &[Step]) -> Result<u64, KeepError> {
        let share = |step: &Step| match step {
            Step::Stand(head, bytes) => Step::Stand(head.clone(), self.cellar.share(bytes)),
            Step::Blank(head) => Step::Blank(head.clone()),
            Step::Drop(key) => Step::Drop(key.clone()),
        };
        let steps: Vec<Step> = steps.iter().map(share).collect();
        self.heads().apply(&steps)
    }

    fn flush(&mut self) -> Result<(), KeepError> {
        self.heads().flush()
    }

    fn newest(&self) -> u64 {
        self.heads().newest()
    }

    fn changes(&self, since: u64, limit: usize) -> Result<Vec<Change>, KeepError> {
        self.heads().changes(since, limit)
    }

    fn visit(&self, see: &mut dyn FnMut(&Bucket, Place, &HeadKey)) -> Result<(), KeepError> {
        self.heads().visit(see)
    }

    fn places(&self, bucket: &Bucket, after: Option<Place>, limit: usize) -> Result<Vec<Place>, KeepError> {
        self.heads().places(bucket, after, limit)
    }

    fn at(&self, bucket: &Bucket, place: Place) -> Result<Option<HeadKey>, KeepError> {
        self.heads().at(bucket, place)
    }

    fn records(&self, set: Set, publisher: &Name) -> Result<Vec<RecordId>, KeepError> {
        self.heads().records(set, publisher)
    }

    fn last_record(&self, set: Set, publisher: &Name) -> Result<Option<RecordId>, KeepError> {
        self.heads().last_record(set, publisher)
    }
}
