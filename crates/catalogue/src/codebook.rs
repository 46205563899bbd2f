//! The codes of all segments under numbers of their own, so that counting adds numbers and not texts.

use crate::fields::CODES;
use crate::query::FACETS;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::RwLock;
use tantivy::Searcher;
use tantivy::SegmentReader;
use tantivy::index::SegmentId;

/// The facet of codes that are kept and not counted.
pub(crate) const NO_FACET: u8 = u8::MAX;

/// All codes that were ever met, and what each segment calls them.
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
    segments: BTreeMap<SegmentId, Arc<[u32]>>,
}

/// The codes as they are at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Codes {
    /// By segment in the order of the searcher: the number of each of its ordinals.
    pub(crate) segments: Vec<Arc<[u32]>>,
    /// How many numbers there are.
    pub(crate) count: usize,
}

impl Codebook {
    /// The codes of all segments of a searcher. Segments that are no more are forgotten.
    pub(crate) fn open(&self, searcher: &Searcher) -> tantivy::Result<Codes> {
        {
            let book = self.inner.read().unwrap_or_else(std::sync::PoisonError::into_inner);
            let known = |segment: &SegmentReader| book.segments.get(&segment.segment_id()).cloned();
            if let Some(segments) = searcher.segment_readers().iter().map(known).collect::<Option<Vec<_>>>() {
                return Ok(Codes { segments, count: book.names.len() });
            }
        }
        let mut book = self.inner.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut segments = Vec::new();
        for segment in searcher.segment_readers() {
            segments.push(book.of(segment)?);
        }
        let standing: Vec<SegmentId> =
            searcher.segment_readers().iter().map(SegmentReader::segment_id).collect();
        book.segments.retain(|id, _| standing.contains(id));
        Ok(Codes { segments, count: book.names.len() })
    }

    /// The number of a code, if it was ever met.
    pub(crate) fn number(&self, code: &str) -> Option<u32> {
        self.inner.read().unwrap_or_else(std::sync::PoisonError::into_inner).numbers.get(code).copied()
    }

    /// Shows the names of all numbers, and their facets.
    pub(crate) fn with_names<T>(&self, look: impl FnOnce(&[Arc<str>], &[u8]) -> T) -> T {
        let book = self.inner.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        look(&book.names, &book.facets)
    }
}

impl Book {
    fn of(&mut self, segment: &SegmentReader) -> tantivy::Result<Arc<[u32]>> {
        if let Some(known) = self.segments.get(&segment.segment_id()) {
            return Ok(Arc::clone(known));
        }
        let mut numbers = Vec::new();
        if let Some(column) = segment.fast_fields().str(CODES)? {
            let mut terms = column.dictionary().stream()?;
            while let Some((term, ())) = terms.next() {
                numbers.push(self.number(&String::from_utf8_lossy(term)));
            }
        }
        let numbers: Arc<[u32]> = numbers.into();
        self.segments.insert(segment.segment_id(), Arc::clone(&numbers));
        Ok(numbers)
    }

    fn number(&mut self, code: &str) -> u32 {
        if let Some(number) = self.numbers.get(code) {
            return *number;
        }
        // More than four thousand million codes do not fit into any memory before this.
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let name: Arc<str> = code.into();
        let facet = code.split_once('=').map_or("", |(facet, _)| facet);
        let place = FACETS.iter().position(|known| *known == facet).and_then(|at| u8::try_from(at).ok());
        self.facets.push(place.unwrap_or(NO_FACET));
        self.names.push(Arc::clone(&name));
        self.numbers.insert(name, number);
        number
    }
}
