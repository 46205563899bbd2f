//! The port behind which heads and statements are kept: in memory for tests, on disk in `store`.

use crate::order::Bucket;
use crate::order::Head;
use crate::order::HeadKey;
use crate::order::Place;
use crate::order::Set;
use record::name::Name;
use record::statement::RecordId;
use std::sync::Arc;

/// One step of a change.
#[derive(Clone, Debug)]
pub enum Step {
    /// This statement stands now; what stood there before is gone.
    Stand(Head, Arc<[u8]>),
    /// This head stands, and its bytes are not kept here: the operator erased or blocked them. It keeps its
    /// place, so that fingerprints stay equal and it is not fetched again.
    Blank(Head),
    /// Nothing stands there any more.
    Drop(HeadKey),
}

impl Step {
    /// What the step is about.
    pub fn key(&self) -> &HeadKey {
        match self {
            Step::Stand(head, _) | Step::Blank(head) => &head.key,
            Step::Drop(key) => key,
        }
    }

    /// The head that stands after the step, with its bytes or without.
    pub fn head(&self) -> Option<&Head> {
        match self {
            Step::Stand(head, _) | Step::Blank(head) => Some(head),
            Step::Drop(_) => None,
        }
    }
}

/// One entry of the change feed. A head has one entry only: its newest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The number of the change, counted from 1 at this node.
    pub number: u64,
    /// What it is about.
    pub key: HeadKey,
    /// The statement that stands, or `None` where nothing stands any more or a head stands without bytes.
    pub statement: Option<Arc<[u8]>>,
}

/// Why the keeper could not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeepError {
    /// There is no room left. Nothing was changed.
    #[error("the disk is full: {0}. Make room; nothing was changed, and reading goes on")]
    Full(String),
    /// The disk or the database failed.
    #[error("the store failed: {0}")]
    Broken(String),
}

/// Where heads are kept. Each [`Keeper::apply`] is one transaction: all steps or none, also when the
/// process is killed. What was applied is durable after [`Keeper::flush`].
pub trait Keeper {
    /// The head at this key.
    fn head(&self, key: &HeadKey) -> Result<Option<Head>, KeepError>;

    /// The statement that stands at this key, and the number of the change that brought it. A head that
    /// stands without bytes ([`Step::Blank`]) answers with a change that has no statement.
    fn statement(&self, key: &HeadKey) -> Result<Option<Change>, KeepError>;

    /// Takes all steps in one transaction and answers with the number of the last change.
    fn apply(&mut self, steps: &[Step]) -> Result<u64, KeepError>;

    /// Brings what was applied to the disk.
    fn flush(&mut self) -> Result<(), KeepError>;

    /// The number of the newest change, 0 when there was none.
    fn newest(&self) -> u64;

    /// Changes with a higher number than `since`, oldest first, at most `limit`.
    fn changes(&self, since: u64, limit: usize) -> Result<Vec<Change>, KeepError>;

    /// Shows every place and key of every bucket, by bucket, then by place.
    fn visit(&self, see: &mut dyn FnMut(&Bucket, Place, &HeadKey)) -> Result<(), KeepError>;

    /// Places of a bucket after `after`, in order, at most `limit`.
    fn places(&self, bucket: &Bucket, after: Option<Place>, limit: usize) -> Result<Vec<Place>, KeepError>;

    /// The key at a place of a bucket.
    fn at(&self, bucket: &Bucket, place: Place) -> Result<Option<HeadKey>, KeepError>;

    /// Shows the statements at these places of a bucket, until `see` wants no more. The places ascend, and few others
    /// lie between them. One where nothing stands any more, or something without its bytes, is passed over.
    fn statements(
        &self,
        bucket: &Bucket,
        places: &[Place],
        see: &mut dyn FnMut(Place, &[u8]) -> bool,
    ) -> Result<(), KeepError> {
        for place in places {
            let Some(key) = self.at(bucket, *place)? else { continue };
            let Some(statement) = self.statement(&key)?.and_then(|change| change.statement) else { continue };
            if !see(*place, &statement) {
                break;
            }
        }
        Ok(())
    }

    /// The records of one publisher in one set, smallest id first.
    fn records(&self, set: Set, publisher: &Name) -> Result<Vec<RecordId>, KeepError>;

    /// The record of one publisher in one set with the largest id.
    fn last_record(&self, set: Set, publisher: &Name) -> Result<Option<RecordId>, KeepError>;
}
