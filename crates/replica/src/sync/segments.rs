//! Segments: runs of up to 512 statements in order, made once and given to every newcomer.
//!
//! Where a segment ends follows from the ids in it, so that a head that comes or goes changes one segment and not
//! all behind it. A segment is kept under the fingerprint of its run: what has changed is never given again.

use crate::bounds::SEGMENT_PLACES_MAX;
use crate::bounds::SEGMENTS_BYTES_MAX;
use crate::fingerprint::Fingerprint;
use crate::keeper::KeepError;
use crate::keeper::Keeper;
use crate::order::Bucket;
use crate::order::Place;
use crate::sync::bundle::Bundle;
use crate::tree::Stretch;
use crate::tree::Tree;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

/// One id in so many ends a segment.
const END_EVERY: u8 = 128;
/// A segment does not end before it has so many places, so that few are small.
const PLACES_MIN: usize = 256;

/// The segments that were made; copies share them.
#[derive(Clone, Debug, Default)]
pub struct Segments(Arc<Mutex<Shelf>>);

#[derive(Debug, Default)]
struct Shelf {
    made: BTreeMap<Run, (Made, u64)>,
    bytes: usize,
    uses: u64,
}

/// The places of a segment: where it begins and what they add up to.
type Run = (Bucket, Option<Place>, Fingerprint);

/// A bundle, and where the next segment begins.
pub type Made = (Arc<[u8]>, Option<Place>);

impl Segments {
    /// The segment that begins here, made or found.
    pub fn take<K: Keeper>(
        &self,
        tree: &Tree,
        bucket: Bucket,
        from: Option<Place>,
        keeper: &K,
    ) -> Result<Made, KeepError> {
        let (places, next) = run(tree, from);
        let run = (bucket, from, tree.within(&Stretch { from, to: next }).fingerprint());
        if let Some(made) = self.find(&run) {
            return Ok(made);
        }
        let (mut bundle, mut next) = (Bundle::default(), next);
        // What went since the picture was taken is left out; the comparison afterwards tells.
        keeper.statements(&bucket, &places, &mut |place, statement| {
            let fits = bundle.push(statement);
            if !fits {
                next = Some(place);
            }
            fits
        })?;
        let made = (Arc::from(bundle.pack()), next);
        self.keep(run, made.clone());
        Ok(made)
    }

    /// Forgets all of them: after an erasure no byte of what was erased may stay in memory.
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Shelf::default();
    }

    fn find(&self, run: &Run) -> Option<Made> {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.uses += 1;
        let uses = shelf.uses;
        let (made, used) = shelf.made.get_mut(run)?;
        *used = uses;
        Some(made.clone())
    }

    fn keep(&self, run: Run, made: Made) {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let uses = shelf.uses;
        shelf.bytes += made.0.len();
        if let Some((old, _)) = shelf.made.insert(run, (made, uses)) {
            shelf.bytes -= old.0.len();
        }
        while shelf.bytes > SEGMENTS_BYTES_MAX {
            let oldest = shelf.made.iter().min_by_key(|(_, (_, used))| *used).map(|(run, _)| *run);
            match oldest.and_then(|run| shelf.made.remove(&run)) {
                Some((made, _)) => shelf.bytes -= made.0.len(),
                None => return,
            }
        }
    }
}

/// The places of the segment that begins here, and where the next begins.
fn run(tree: &Tree, from: Option<Place>) -> (Vec<Place>, Option<Place>) {
    let mut places = tree.places(&Stretch { from, to: None }, SEGMENT_PLACES_MAX + 1);
    let ends = |(at, place): (usize, &Place)| {
        let last = place.id.as_bytes().last().copied().unwrap_or_default();
        at + 1 >= PLACES_MIN && last.is_multiple_of(END_EVERY)
    };
    let end = places.iter().enumerate().position(|place| ends((place.0, place.1)));
    let length = end.map_or(SEGMENT_PLACES_MAX, |end| end + 1);
    let next = places.get(length).copied();
    places.truncate(length);
    (places, next)
}

/// The statement at a place, if it still stands there and its bytes are held.
pub(crate) fn statement<K: Keeper>(
    keeper: &K,
    bucket: Bucket,
    place: Place,
) -> Result<Option<Arc<[u8]>>, KeepError> {
    let Some(key) = keeper.at(&bucket, place)? else { return Ok(None) };
    Ok(keeper.statement(&key)?.and_then(|change| change.statement))
}
