//! How records are found: a full-text index derived from the store's change feed.
//!
//! The index may be deleted at any time; it is built again by replaying the feed from change 0.

pub mod change;
pub mod found;
pub mod home;
pub mod index;
pub mod joined;
pub mod query;

mod analyzer;
mod card;
mod census;
mod entry;
mod fields;
mod rank;
mod seek;
mod snippet;
mod stem;
mod suggest;
mod wanted;
mod word;
mod wording;
