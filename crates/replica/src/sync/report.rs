//! What a talk came to, and what is remembered of it.

use record::moment::Moment;

/// When both last held the same, and which store of the peer that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// The peer's store.
    pub instance: [u8; 8],
    /// When, by the clock here.
    pub at: Moment,
}

/// What a talk came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Whether both hold the same now, but for what one of them refuses.
    pub agreed: bool,
    /// Whether the fingerprints are equal.
    pub equal: bool,
    /// The peer's store.
    pub instance: [u8; 8],
    /// Statements that the peer has and this side lacked.
    pub lacked: u64,
    /// Those of them that stand now.
    pub taken: u64,
    /// Statements that the peer took.
    pub given: u64,
    /// Statements that the peer lacked and did not take.
    pub unwanted: u64,
    /// Statements that the peer listed and did not give.
    pub withheld: u64,
    /// What was refused or held back here, now or at an earlier talk.
    pub refused: u64,
    /// Questions, and so round trips where they are not sent together.
    pub asks: u64,
    /// Times that an answer had to be waited for before the next question could be put.
    pub rounds: u64,
    /// Bytes of frames that were sent.
    pub sent: u64,
    /// Bytes of frames that came.
    pub received: u64,
}
