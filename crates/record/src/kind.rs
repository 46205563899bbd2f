//! Kinds of records as data: the fields, words and vocabularies of `kinds/*.toml`, and what follows from them.
//!
//! A kind is one file. The check before publishing, the form of a body, the JSON Schema, the editor and the
//! record page are all made from it. Unknown kinds and unknown fields are kept and never refused.

mod check;
mod finding;
mod form;
mod link;
mod near;
mod normal;
mod private;
mod rule;
mod schema;
mod shape;
mod shelf;
mod source;
mod texts;
mod trace;
mod words;

#[cfg(test)]
mod laws;

pub use crate::kind::check::check;
pub use crate::kind::finding::Finding;
pub use crate::kind::link::Held;
pub use crate::kind::link::Link;
pub use crate::kind::link::links;
pub use crate::kind::normal::normalise;
pub use crate::kind::schema::schema;
pub use crate::kind::shape::Condition;
pub use crate::kind::shape::Field;
pub use crate::kind::shape::Grade;
pub use crate::kind::shape::Kind;
pub use crate::kind::shape::Pattern;
pub use crate::kind::shape::Private;
pub use crate::kind::shape::Required;
pub use crate::kind::shape::Rule;
pub use crate::kind::shape::Section;
pub use crate::kind::shape::Sort;
pub use crate::kind::shape::Term;
pub use crate::kind::shape::Vocabulary;
pub use crate::kind::shelf::AddError;
pub use crate::kind::shelf::add;
pub use crate::kind::shelf::kind;
pub use crate::kind::shelf::kinds;
pub use crate::kind::shelf::vocabularies;
pub use crate::kind::shelf::vocabulary;
pub use crate::kind::texts::tagged;
pub use crate::kind::texts::texts;
pub use crate::kind::trace::Trace;
pub use crate::kind::trace::traces;
pub use crate::kind::words::Lang;
pub use crate::kind::words::Words;
