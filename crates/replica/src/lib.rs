//! Which statement stands: order, trust, quota, and the one door through which statements enter.
//!
//! The crate is pure: no socket, clock, dice or thread. The time is an argument, effects go through
//! the small port in `keeper`.

pub mod admit;
pub mod bounds;
pub mod contract;
pub mod erasure;
pub mod fingerprint;
pub mod keeper;
pub mod memory;
pub mod order;
pub mod sync;
pub mod tree;
pub mod trust;
pub mod view;
pub mod waiting;
