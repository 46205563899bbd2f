//! Real daemons on a small internet of this machine, with delay, loss, cuts and NAT; root on Linux is needed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests lie outside a #[test] function"
)]

mod journey;
mod switch;
