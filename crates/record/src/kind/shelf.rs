//! The kinds and vocabularies that this build knows, read once from the texts compiled in.

use crate::kind::shape::Kind;
use crate::kind::shape::Vocabulary;
use crate::kind::source::Shelf;
use crate::kind::source::ShelfError;
use std::sync::LazyLock;
use std::sync::OnceLock;

include!(concat!(env!("OUT_DIR"), "/kind_files.rs"));

static SHELF: LazyLock<Shelf> = LazyLock::new(|| {
    read(ADDED.get().map(|(file, text)| (file.as_str(), text.as_str()))).expect(
        "the kind files were read by the tests before they were shipped, an added one before it was added",
    )
});

/// File name and text of the kind that was added.
static ADDED: OnceLock<(String, String)> = OnceLock::new();

/// Why a kind was not added.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddError {
    /// It is no kind file; the text names the place.
    #[error("the kind file {0}")]
    File(String),
    /// The kinds were looked at before, or another one was added.
    #[error("a kind is added once, before any kind is looked at")]
    Late,
}

/// Adds a kind file to those compiled in, before any kind is looked at: so it can be tried without a build.
pub fn add(file: &str, text: &str) -> Result<(), AddError> {
    read(Some((file, text))).map_err(|error| AddError::File(error.to_string()))?;
    ADDED.set((file.to_owned(), text.to_owned())).map_err(|_| AddError::Late)?;
    match SHELF.kinds.iter().any(|kind| format!("{}.toml", kind.name) == file) {
        true => Ok(()),
        false => Err(AddError::Late),
    }
}

fn read(added: Option<(&str, &str)>) -> Result<Shelf, ShelfError> {
    let kinds: Vec<(&str, &str)> = KIND_FILES.iter().copied().chain(added).collect();
    Shelf::read(&kinds, SHARED_FILES)
}

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
