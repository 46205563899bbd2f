//! Why a talk ends early: what cannot be read, does not suit, or is not honest.

use crate::bounds::ASKS_MAX;
use crate::bounds::IN_VAIN_MAX;
use crate::bounds::PUT_STATEMENTS_MAX;
use crate::keeper::KeepError;
use record::cbor;

/// Why a message cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// It is not deterministic CBOR.
    #[error("it is not deterministic CBOR, {0}")]
    Cbor(#[from] cbor::DecodeError),
    /// It is no map.
    #[error("it is a {0}, a map is expected")]
    NotMap(&'static str),
    /// A field is missing or of the wrong form.
    #[error("its field \"{0}\" is missing or has the wrong form")]
    Field(&'static str),
    /// It asks for something unknown.
    #[error("nothing is known of \"{0}\"")]
    Unknown(String),
    /// A packed field ends too early.
    #[error("a packed field ends inside an item")]
    Short,
    /// A packed number is out of its range.
    #[error("a packed number is out of its range")]
    Number,
    /// A bundle does not open, or bursts.
    #[error("a bundle of statements cannot be opened within its limit")]
    Bundle,
}

/// What a peer did that no honest one does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Dishonest {
    /// More answers than questions, or none.
    #[error("it answers another number of questions than were asked")]
    Count,
    /// Bounds or places outside of what was asked, or out of order.
    #[error("it lists places out of order, or outside of what was asked")]
    Order,
    /// It divides without getting further.
    #[error("it divides a stretch without end")]
    Endless,
    /// It lists far more than it said it holds.
    #[error("it lists far more than it said it holds")]
    Flood,
}

/// Why a talk ends early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The message cannot be read.
    #[error("the peer's message cannot be read: {0}")]
    Message(#[from] MessageError),
    /// The two do not suit each other.
    #[error("the peer does not suit this node: {0}")]
    Unsuitable(String),
    /// The peer refuses.
    #[error("the peer refuses to talk: {0}")]
    Refused(String),
    /// It answers what was not asked.
    #[error("the peer answers what was not asked")]
    Astray,
    /// It is not honest.
    #[error("the peer is not honest: {0}")]
    Dishonest(#[from] Dishonest),
    /// What it gives is known or refused here.
    #[error("the peer gave more than {IN_VAIN_MAX} statements that are known or refused here")]
    InVain,
    /// The talk has no end.
    #[error("the talk came to no end within {ASKS_MAX} questions")]
    Endless,
    /// The store failed.
    #[error(transparent)]
    Keep(#[from] KeepError),
}

/// Why a talk ends from this side.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The message cannot be read.
    #[error("the peer's message cannot be read: {0}")]
    Message(#[from] MessageError),
    /// It came before the greeting, or the two do not suit each other.
    #[error("the peer asks before both have greeted")]
    Early,
    /// It asked too much.
    #[error("the peer asks more than {ASKS_MAX} questions in one talk")]
    Asks,
    /// It gave too much.
    #[error("the peer gives more than {PUT_STATEMENTS_MAX} statements in one talk")]
    Puts,
    /// The store failed.
    #[error(transparent)]
    Keep(#[from] KeepError),
}
