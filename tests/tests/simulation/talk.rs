//! One talk under way: two ends, and what travels between them.

use record::moment::Moment;
use replica::admit::Verdict;
use replica::sync::answerer::Answerer;
use replica::sync::asker::Asker;
use replica::tree::ShortPlace;
use replica::view::View;
use std::collections::VecDeque;

/// An end of a talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Asker,
    Answerer,
}

#[derive(Debug)]
pub(crate) struct Talk {
    pub(crate) id: u64,
    pub(crate) asker: usize,
    pub(crate) answerer: usize,
    pub(crate) began: Moment,
    /// `None` where a liar asks.
    pub(crate) asking: Option<Asker>,
    pub(crate) answering: Answerer,
    /// Frames that have come and were not read yet.
    pub(crate) to_asker: VecDeque<Vec<u8>>,
    pub(crate) to_answerer: VecDeque<Vec<u8>>,
    /// Batches that were let in and not told to the asker yet.
    pub(crate) admitted: VecDeque<(Vec<(ShortPlace, Verdict)>, View)>,
    /// When the last frame in each direction arrives: frames do not overtake each other.
    pub(crate) arrives: [u64; 2],
    pub(crate) frames: u64,
    /// Statements that honest ends had to open.
    pub(crate) opened: u64,
    /// Whether the answering side lets statements in.
    pub(crate) busy: bool,
    /// How often a liar that asks has spoken.
    pub(crate) turns: u64,
}

impl Talk {
    pub(crate) fn peer(&self, side: Side) -> usize {
        match side {
            Side::Asker => self.asker,
            Side::Answerer => self.answerer,
        }
    }
}
