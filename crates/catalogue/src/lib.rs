//! How records are found: a full-text index derived from the store's change feed.
//!
//! The index may be deleted at any time; it is built again by replaying the feed from change 0.
//!
//! What is found, and in which order, follows from the records that stand, from the words typed, and from what is
//! compiled in: our own lists of words and synonyms, and the stemmer. Neither the order in which records came, nor a
//! dictionary of the machine plays a part, so two nodes with equal heads answer alike. What an operator changes here
//! alone (more synonyms, a newer register) changes this node's answers and nobody else's.

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
mod bits;
mod bound;
mod card;
mod ceiling;
mod codebook;
mod codes;
mod correct;
mod curve;
mod dictionary;
mod edition;
mod entry;
mod fields;
mod finding;
mod heads;
mod kinship;
mod lately;
mod lengths;
mod lexicon;
mod opened;
mod plan;
mod pool;
mod present;
mod reach;
mod roll;
mod run;
mod scan;
mod scorer;
mod scratch;
mod sheet;
mod sift;
mod signs;
mod snippet;
mod stem;
mod suggest;
mod sums;
mod tally;
mod walk;
mod wanted;
mod word;
mod wording;
mod zeros;
