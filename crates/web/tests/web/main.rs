//! The pages and the API over a node in memory.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test fails loudly; the lints exempt only functions marked as tests, not what they share"
)]

mod api;
mod browser;
mod call;
mod condition;
mod counter;
mod desk;
mod erasing;
mod guard;
mod html;
mod leaving;
mod pages;
mod papers;
mod samples;
mod town;
mod wire;
