//! How two replicas become equal: the messages, the side that asks, the side that answers, and when to talk.
//!
//! Nothing here touches a socket, a clock or dice: frames come in and go out as bytes, and the time, the salt and
//! the draws are arguments. `README.md` beside this file is the protocol for a second implementation.

pub mod agenda;
pub mod answerer;
pub mod asker;
pub mod bundle;
pub mod message;
pub mod refusals;
pub mod report;
pub mod segments;
pub mod trouble;

mod descent;
mod packing;
mod work;
