//! The kinds and vocabularies that this build knows, read once from the texts compiled in.

use crate::kind::shape::Kind;
use crate::kind::shape::Vocabulary;
use crate::kind::source::Shelf;
use std::sync::LazyLock;

include!(concat!(env!("OUT_DIR"), "/kind_files.rs"));

static SHELF: LazyLock<Shelf> = LazyLock::new(|| {
    Shelf::read(KIND_FILES, SHARED_FILES)
        .expect("the kind files were read by the tests before they were shipped")
});

/// Every kind this build knows, by name. Others may stand in statements; they are kept and shown plainly.
pub fn kinds() -> &'static [Kind] {
    &SHELF.kinds
}

/// The kind of this name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    SHELF.kinds.iter().find(|kind| kind.name == name)
}

/// Every vocabulary, by name.
pub fn vocabularies() -> &'static [Vocabulary] {
    &SHELF.vocabularies
}

/// The vocabulary of this name.
pub fn vocabulary(name: &str) -> Option<&'static Vocabulary> {
    SHELF.vocabularies.iter().find(|vocabulary| vocabulary.name == name)
}
