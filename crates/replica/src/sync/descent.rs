//! The way down to the difference: stretches whose fingerprints differ are divided until their places can be listed.

use crate::bounds::GIVE_MAX;
use crate::bounds::NEED_MAX;
use crate::bounds::OPEN_STRETCHES_MAX;
use crate::bounds::PARTS_MAX;
use crate::bounds::STRETCHES_MAX;
use crate::fingerprint::SALTED_BYTES;
use crate::order::Bucket;
use crate::order::Place;
use crate::sync::message::Ask;
use crate::sync::message::Piece;
use crate::sync::trouble::Dishonest;
use crate::tree::ShortPlace;
use crate::tree::Stretch;
use crate::tree::Tree;
use std::collections::BTreeSet;

/// Beyond what a peer said it holds it may list so many places: new ones come in meanwhile.
const LISTED_BEYOND_MAX: u64 = 100_000;
/// Parts that a peer may tell for each place that it said it holds.
const PARTS_PER_PLACE_MAX: u64 = 4;

/// Into how many parts each of so many open stretches is divided, and up to how many places are listed instead. Few
/// stretches: get down in few round trips. Many: each is likely to hold a single difference, which costs the fewest
/// bytes with 4 to 6 parts and few round trips more with 8.
fn fineness(open: usize) -> (u64, u64) {
    let parts = (PARTS_AT_ONCE / open.max(1) as u64).clamp(PARTS_MIN, PARTS_MAX);
    // A place takes about twice the bytes of a part, so a list ends the way down only where it is short.
    (parts, (parts * parts / PARTS_MAX).max(LIST_MIN))
}

/// Parts that are asked for in one round trip, where so many stretches are open that there is a choice.
const PARTS_AT_ONCE: u64 = 2_048;
/// Parts of a stretch, at least.
const PARTS_MIN: u64 = 8;
/// A stretch of so few places is always listed.
const LIST_MIN: u64 = 4;

/// The next questions of descents that go down side by side; none while answers are missing, when all is compared, or
/// when enough was found for once.
pub(crate) fn ask_all(descents: &mut [Descent]) -> Vec<(Bucket, Ask)> {
    let found: usize = descents.iter().map(|descent| descent.need.len()).sum();
    if found >= NEED_MAX {
        descents.iter_mut().for_each(Descent::stop);
        return Vec::new();
    }
    if descents.iter().any(|descent| !descent.asked.is_empty()) {
        return Vec::new();
    }
    let (parts, list) = fineness(descents.iter().map(|descent| descent.open.len()).sum());
    let mut left = STRETCHES_MAX;
    let mut asks = Vec::new();
    for descent in descents {
        let asked = descent.ask(parts, list, &mut left);
        asks.extend(asked.into_iter().map(|ask| (descent.bucket(), ask)));
    }
    asks
}

/// A comparison of one stretch of one bucket with a peer.
#[derive(Debug)]
pub(crate) struct Descent {
    bucket: Bucket,
    tree: Tree,
    salt: [u8; 16],
    /// Stretches that differ and are to be divided.
    open: Vec<Stretch>,
    /// Stretches that hold nothing here: the other side only has to list them.
    empty: Vec<Stretch>,
    asked: Vec<(Vec<Stretch>, u64, u64)>,
    listed_left: u64,
    parts_left: u64,
    /// What the peer has and this side lacks.
    pub(crate) need: Vec<ShortPlace>,
    /// What this side has and the peer lacks.
    pub(crate) have: Vec<Place>,
    /// Whether not all of the difference was gathered.
    pub(crate) cut: bool,
}

impl Descent {
    /// `theirs` is how many places the peer said it holds in the bucket.
    pub(crate) fn new(bucket: Bucket, tree: Tree, stretch: Stretch, salt: [u8; 16], theirs: u64) -> Descent {
        let empty = tree.within(&stretch).count() == 0;
        Descent {
            bucket,
            tree,
            salt,
            open: if empty { Vec::new() } else { vec![stretch] },
            empty: if empty { vec![stretch] } else { Vec::new() },
            asked: Vec::new(),
            listed_left: theirs.saturating_add(LISTED_BEYOND_MAX),
            parts_left: theirs.saturating_mul(PARTS_PER_PLACE_MAX).saturating_add(LISTED_BEYOND_MAX),
            need: Vec::new(),
            have: Vec::new(),
            cut: false,
        }
    }

    pub(crate) fn bucket(&self) -> Bucket {
        self.bucket
    }

    /// The next questions, about no more stretches than are left.
    fn ask(&mut self, parts: u64, list: u64, left: &mut usize) -> Vec<Ask> {
        let mut asks = Vec::new();
        for (stretches, parts) in [(&mut self.open, parts), (&mut self.empty, 0)] {
            stretches.sort_by_key(|stretch| stretch.from);
            let rest = stretches.split_off(stretches.len().min(*left));
            let stretches = std::mem::replace(stretches, rest);
            *left -= stretches.len();
            if !stretches.is_empty() {
                asks.push(Ask::Split { bucket: self.bucket, parts, list, stretches: stretches.clone() });
                self.asked.push((stretches, parts, list));
            }
        }
        asks
    }

    /// Enough was found for once: what is open stays open.
    fn stop(&mut self) {
        let open = self.open.len() + self.empty.len();
        self.cut = self.cut || open > 0;
    }

    /// Takes the answer to the oldest question in.
    pub(crate) fn take(&mut self, pieces: Vec<Piece>) -> Result<(), Dishonest> {
        if self.asked.is_empty() {
            return Err(Dishonest::Count);
        }
        let (stretches, parts, list) = self.asked.remove(0);
        if pieces.is_empty() || pieces.len() > stretches.len() {
            return Err(Dishonest::Count);
        }
        let (answered, rest) = stretches.split_at(pieces.len());
        if parts == 0 { &mut self.empty } else { &mut self.open }.extend_from_slice(rest);
        for (stretch, piece) in answered.iter().zip(pieces) {
            match piece {
                Piece::List(places, end) => self.compare(stretch, &places, end)?,
                Piece::Parts(_) if parts == 0 => return Err(Dishonest::Count),
                Piece::Parts(pieces) => self.divide(stretch, parts, list, &pieces)?,
            }
        }
        Ok(())
    }

    fn compare(
        &mut self,
        stretch: &Stretch,
        places: &[ShortPlace],
        end: Option<Place>,
    ) -> Result<(), Dishonest> {
        let listed = Stretch { from: stretch.from, to: end.or(stretch.to) };
        let ascend = places.is_sorted_by(|one, other| one < other)
            && places.iter().all(|place| listed.holds(&place.lowest()));
        let inside =
            end.is_none_or(|end| stretch.holds(&end) && Some(end) != stretch.from && !places.is_empty());
        if !ascend || !inside {
            return Err(Dishonest::Order);
        }
        self.listed_left = self.listed_left.checked_sub(places.len() as u64).ok_or(Dishonest::Flood)?;
        self.need.extend(places.iter().filter(|place| self.tree.find(place).is_none()));
        let theirs: BTreeSet<&ShortPlace> = places.iter().collect();
        let ours = self.tree.places(&listed, places.len() + GIVE_MAX);
        let lacking = ours.into_iter().filter(|place| !theirs.contains(&ShortPlace::of(place)));
        self.give(lacking);
        if let Some(end) = end {
            self.sort_out(Stretch { from: Some(end), to: stretch.to });
        }
        Ok(())
    }

    fn divide(
        &mut self,
        stretch: &Stretch,
        parts: u64,
        list: u64,
        told: &[(Option<Place>, u64, [u8; SALTED_BYTES])],
    ) -> Result<(), Dishonest> {
        let count = told.len() as u64;
        if count > parts.max(2) || matches!(told, [(_, heads, _)] if *heads > list) {
            return Err(Dishonest::Endless);
        }
        self.parts_left = self.parts_left.checked_sub(count).ok_or(Dishonest::Flood)?;
        if told.is_empty() {
            let ours = self.tree.places(stretch, GIVE_MAX);
            self.give(ours.into_iter());
        }
        let mut from = stretch.from;
        let mut before = self.tree.below(from);
        for (at, (end, heads, fingerprint)) in told.iter().enumerate() {
            let to = if at + 1 == told.len() { stretch.to } else { *end };
            let ascends = from.is_none_or(|from| to.is_none_or(|to| from < to))
                && (at + 1 == told.len() || to.is_some_and(|to| stretch.holds(&to)));
            if !ascends {
                return Err(Dishonest::Order);
            }
            let part = Stretch { from, to };
            let behind = self.tree.until(to);
            let mut ours = behind;
            ours -= before;
            if (ours.count(), ours.salted(&self.salt)) != (*heads, *fingerprint) {
                if ours.count() == 0 { &mut self.empty } else { &mut self.open }.push(part);
            }
            (from, before) = (to, behind);
        }
        Ok(())
    }

    /// A stretch that has still to be looked at.
    fn sort_out(&mut self, stretch: Stretch) {
        if self.open.len() + self.empty.len() >= OPEN_STRETCHES_MAX {
            self.cut = true;
            return;
        }
        let empty = self.tree.within(&stretch).count() == 0;
        if empty { &mut self.empty } else { &mut self.open }.push(stretch);
    }

    fn give(&mut self, places: impl Iterator<Item = Place>) {
        let room = GIVE_MAX.saturating_sub(self.have.len());
        self.have.extend(places.take(room));
    }
}
