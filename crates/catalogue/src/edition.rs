//! What is searched at one moment: the segments that stand, with what is kept in memory of each.

use crate::codebook::Codebook;
use crate::present::Present;
use crate::roll::Roll;
use foldhash::HashMap;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use tantivy::Searcher;
use tantivy::postings::TermInfo;
use tantivy::schema::Field;

/// Terms whose places are remembered until the next change, at most: about 4 MiB. Then the memory begins anew.
const TERMS_MAX: usize = 8_192;

/// The records as they stand between two changes. A search holds one from its beginning to its end.
pub(crate) struct Edition {
    searcher: Searcher,
    /// By segment; none where it holds no record.
    pub(crate) rolls: Vec<Option<Arc<Roll>>>,
    /// By segment: its records that stand; none where it holds no record.
    pub(crate) present: Vec<Option<Arc<Present>>>,
    /// By number of the codes that were ever met: the place in the order of the alphabet.
    pub(crate) codes: Arc<[u32]>,
    terms: Mutex<Terms>,
}

/// Only looked up, never walked through, so its order is none.
type Terms = HashMap<(Field, Box<str>), Arc<Standing>>;

/// Where a term stands.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// How many standing records have it.
    pub(crate) count: u64,
    /// By segment.
    pub(crate) places: Vec<Option<TermInfo>>,
}

impl Edition {
    /// Reads what is new since the edition before; everything else is taken over.
    pub(crate) fn of(
        searcher: Searcher,
        book: &Codebook,
        before: Option<&Edition>,
    ) -> tantivy::Result<Edition> {
        let (mut rolls, mut present) = (Vec::new(), Vec::new());
        for segment in searcher.segment_readers() {
            let known = before.and_then(|before| {
                let mut ids = before.segment_readers().iter().map(|other| other.segment_id());
                let at = ids.position(|id| id == segment.segment_id())?;
                Some((before.rolls.get(at)?, before.present.get(at)?))
            });
            let (roll, before) = match known {
                Some((roll, present)) => (roll.clone(), present.clone()),
                None => (Roll::read(segment, book)?.map(Arc::new), None),
            };
            let new = || roll.as_ref().map(|roll| Arc::new(Present::of(segment, roll)));
            present.push(before.filter(|before| before.is_of(segment)).or_else(new));
            rolls.push(roll);
        }
        let codes = match before {
            Some(before) if before.codes.len() == book.count() => Arc::clone(&before.codes),
            _ => book.order(),
        };
        Ok(Edition { rolls, present, codes, searcher, terms: Mutex::default() })
    }

    /// What `look` finds out about a term, which is asked once for as long as nothing changes.
    pub(crate) fn remember(
        &self,
        field: Field,
        text: &str,
        look: impl FnOnce() -> tantivy::Result<Standing>,
    ) -> tantivy::Result<Arc<Standing>> {
        let terms = || self.terms.lock().unwrap_or_else(PoisonError::into_inner);
        let name = (field, Box::from(text));
        if let Some(known) = terms().get(&name) {
            return Ok(Arc::clone(known));
        }
        let found = Arc::new(look()?);
        let mut terms = terms();
        if terms.len() >= TERMS_MAX {
            terms.clear();
        }
        terms.insert(name, Arc::clone(&found));
        Ok(found)
    }
}

impl Deref for Edition {
    type Target = Searcher;

    fn deref(&self) -> &Searcher {
        &self.searcher
    }
}

impl std::fmt::Debug for Edition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Edition").field("rolls", &self.rolls).finish_non_exhaustive()
    }
}
