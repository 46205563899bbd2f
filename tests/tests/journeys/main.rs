//! Journeys with real daemons on loopback: what people do, from start to finish.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests lie outside a #[test] function"
)]

mod absence;
mod accidents;
mod backup;
mod bans;
mod commands;
mod crash;
mod damage;
mod desk;
mod erasure;
mod import;
mod keys;
mod operator;
mod refusals;
mod relays;
mod room;
mod second_thoughts;
mod sharing;
mod theft;
