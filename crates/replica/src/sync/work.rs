//! What the asker has in hand, and which answers it waits for.

use crate::order::Bucket;
use crate::order::Place;
use crate::sync::descent::Descent;
use crate::tree::ShortPlace;
use crate::tree::Stretch;
use std::collections::VecDeque;

/// What is to be done in one go.
#[derive(Clone, Debug)]
pub(crate) enum Job {
    /// This stretch of these buckets is compared, of all of them at once: their answers share the round trips.
    Compare(Vec<Bucket>, Stretch),
    /// Everything of a bucket is taken in order.
    Segments(Bucket),
}

/// The job in hand.
#[derive(Debug)]
pub(crate) enum Work {
    /// The way down to what differs, in each bucket.
    Descending(Vec<Descent>),
    /// What is lacking, cut into questions, and what the peer lacks.
    Fetching {
        /// The questions.
        need: VecDeque<(Bucket, Vec<ShortPlace>)>,
        /// What is given afterwards.
        have: Vec<(Bucket, Place)>,
    },
    /// What the peer lacks.
    Giving {
        /// What is left of it.
        have: VecDeque<(Bucket, Place)>,
    },
    /// A bucket is taken segment by segment.
    Segmenting {
        /// Which bucket.
        bucket: Bucket,
        /// The next segment to ask for, if any.
        next: Option<Option<Place>>,
        /// How many statements the peer may still give.
        left: u64,
    },
}

/// An answer that is waited for.
#[derive(Debug)]
pub(crate) enum Expected {
    /// To the greeting.
    Hello,
    /// To a question of the descent in this bucket.
    Split(Bucket),
    /// The statements at these places.
    Get(Bucket, Vec<ShortPlace>),
    /// To so many statements that were given.
    Put(u64),
    /// The segment that begins here.
    Segment(Option<Place>),
}

impl Expected {
    /// How many statements were asked for.
    pub(crate) fn statements(&self) -> usize {
        match self {
            Expected::Get(_, places) => places.len(),
            _ => 0,
        }
    }
}
