//! What is said on the network and by whom: names, keys, canonical bytes, signed statements, kinds.
//!
//! The crate is pure: it knows no clock, dice, disk or network. `SPEC.md` beside this folder is the
//! normative description of the bytes, `vectors/` holds good and bad examples of them.

pub mod ars;
pub mod attestation;
pub mod bounds;
pub mod cbor;
pub mod document;
pub mod envelope;
pub mod json;
pub mod key;
pub mod kind;
pub mod moment;
pub mod name;
pub mod statement;
pub mod value;
