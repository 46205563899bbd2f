//! Journeys with real daemons on loopback: what people do, from start to finish.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests lie outside a #[test] function")]

mod sharing;
