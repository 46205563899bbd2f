//! The pages and the API over a node in memory.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test fails loudly; the lints exempt only functions marked as tests, not what they share"
)]

mod api;
mod call;
mod erasing;
mod guard;
mod html;
mod pages;
mod samples;
mod town;
