//! What is searched at one moment: the segments that stand, with what is kept in memory of each.

use crate::codebook::Codebook;
use crate::present::Present;
use crate::roll::Roll;
use foldhash::HashMap;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;
use tantivy::Searcher;
use tantivy::postings::TermInfo;
use tantivy::schema::Field;

/// Terms whose places are remembered, at most: about 4 MiB.
const TERMS_MAX: usize = 8_192;
/// Beginnings of which is remembered what goes on so, at most: about 1 MiB.
const BEGINNINGS_MAX: usize = 512;

/// The records as they stand between two changes. A search holds one from its beginning to its end.
pub(crate) struct Edition {
    searcher: Searcher,
    /// By segment; none where it holds no record.
    pub(crate) rolls: Vec<Option<Arc<Roll>>>,
    /// By segment: its records that stand; none where it holds no record.
    pub(crate) present: Vec<Option<Arc<Present>>>,
    /// By number of the codes that were ever met: the place in the order of the alphabet.
    pub(crate) codes: Arc<[u32]>,
    /// Where terms stand.
    pub(crate) terms: Known<Standing>,
    /// Words that begin with others, the most frequent first.
    pub(crate) longer: Known<Vec<String>>,
    /// Reckoned when first asked for.
    counts: OnceLock<Box<[u32]>>,
}

/// Only looked up, never walked through, so its order is none.
type Texts<T> = HashMap<(Field, Box<str>), Arc<T>>;

/// What was found out about texts of a field, for as long as nothing changes: the words of one search come again in
/// the next.
#[derive(Debug)]
pub(crate) struct Known<T> {
    texts: Mutex<Texts<T>>,
    /// So many at most; then the memory begins anew.
    most: usize,
}

impl<T> Known<T> {
    fn of_at_most(most: usize) -> Known<T> {
        Known { texts: Mutex::default(), most }
    }

    /// What `look` finds out, which is asked once.
    pub(crate) fn or_look(
        &self,
        field: Field,
        text: &str,
        look: impl FnOnce() -> tantivy::Result<T>,
    ) -> tantivy::Result<Arc<T>> {
        let texts = || self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let name = (field, Box::from(text));
        if let Some(known) = texts().get(&name) {
            return Ok(Arc::clone(known));
        }
        let found = Arc::new(look()?);
        let mut texts = texts();
        if texts.len() >= self.most {
            texts.clear();
        }
        texts.insert(name, Arc::clone(&found));
        Ok(found)
    }
}

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
        let (terms, longer) = (Known::of_at_most(TERMS_MAX), Known::of_at_most(BEGINNINGS_MAX));
        Ok(Edition { rolls, present, codes, searcher, terms, longer, counts: OnceLock::new() })
    }

    /// By number of a code: how many of the records that readers are shown have it.
    pub(crate) fn counts(&self) -> &[u32] {
        self.counts.get_or_init(|| {
            let mut counts = vec![0; self.codes.len()];
            for (roll, present) in self.rolls.iter().zip(&self.present) {
                let (Some(roll), Some(present)) = (roll, present) else { continue };
                for (code, count) in present.codes(roll) {
                    counts.get_mut(*code as usize).into_iter().for_each(|sum| *sum += count);
                }
            }
            counts.into()
        })
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
