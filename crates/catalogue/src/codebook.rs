//! The codes of all segments under numbers of their own, so that counting adds numbers and not texts.

use crate::query::FACETS;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;
use tantivy::columnar::StrColumn;

/// The facet of codes that are kept and not counted.
pub(crate) const NO_FACET: u8 = u8::MAX;

/// All codes that were ever met.
#[derive(Debug, Default)]
pub(crate) struct Codebook {
    inner: RwLock<Book>,
}

#[derive(Debug, Default)]
struct Book {
    numbers: BTreeMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
    /// By number: the place of the facet among [`FACETS`], or [`NO_FACET`].
    facets: Vec<u8>,
}

impl Codebook {
    /// The names in the dictionary of a column by their place there, with their numbers.
    pub(crate) fn numbers(&self, column: &StrColumn) -> tantivy::Result<Vec<(Arc<str>, u32)>> {
        let mut numbers = Vec::new();
        let mut terms = column.dictionary().stream()?;
        let mut book = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        while let Some((term, ())) = terms.next() {
            numbers.push(book.numbered(&String::from_utf8_lossy(term)));
        }
        Ok(numbers)
    }

    /// How many codes there are.
    pub(crate) fn count(&self) -> usize {
        self.with_names(|names, _| names.len())
    }

    /// By number: its place in the order of the alphabet.
    pub(crate) fn order(&self) -> Arc<[u32]> {
        let book = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        let mut order = vec![0; book.names.len()];
        for (place, number) in (0..).zip(book.numbers.values()) {
            if let Some(own) = order.get_mut(*number as usize) {
                *own = place;
            }
        }
        order.into()
    }

    /// The number of a code, if it was ever met.
    pub(crate) fn number(&self, code: &str) -> Option<u32> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner).numbers.get(code).copied()
    }

    /// Shows the names of all numbers, and their facets.
    pub(crate) fn with_names<T>(&self, look: impl FnOnce(&[Arc<str>], &[u8]) -> T) -> T {
        let book = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        look(&book.names, &book.facets)
    }
}

impl Book {
    fn numbered(&mut self, code: &str) -> (Arc<str>, u32) {
        if let Some((name, number)) = self.numbers.get_key_value(code) {
            return (Arc::clone(name), *number);
        }
        // More than four thousand million codes do not fit into any memory before this.
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let name: Arc<str> = code.into();
        let facet = code.split_once('=').map_or("", |(facet, _)| facet);
        let place = FACETS.iter().position(|known| *known == facet).and_then(|at| u8::try_from(at).ok());
        self.facets.push(place.unwrap_or(NO_FACET));
        self.names.push(Arc::clone(&name));
        self.numbers.insert(Arc::clone(&name), number);
        (name, number)
    }
}
