//! How records are found: a full-text index derived from the store's change feed.
//!
//! The index may be deleted at any time; it is built again by replaying the feed from change 0.

pub mod alike;
pub mod change;
pub mod cursor;
pub mod found;
pub mod gazette;
pub mod home;
pub mod index;
pub mod joined;
pub mod query;
pub mod register;
pub mod synonyms;
pub mod weights;

mod analysis;
mod analyzer;
mod card;
mod codebook;
mod codes;
mod correct;
mod dictionary;
mod entry;
mod fields;
mod finding;
mod kinship;
mod lexicon;
mod plan;
mod scan;
mod sift;
mod snippet;
mod stem;
mod suggest;
mod wanted;
mod word;
mod wording;
