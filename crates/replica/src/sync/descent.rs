//! The way down to the difference: stretches whose fingerprints differ are divided until their places can be listed.

use crate::bounds::GIVE_MAX;
use crate::bounds::NEED_MAX;
use crate::bounds::STRETCHES_MAX;
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

    /// The next questions; none when all is compared, or enough was gathered for once.
    pub(crate) fn ask(&mut self) -> Vec<Ask> {
        if !self.asked.is_empty() {
            return Vec::new();
        }
        if self.need.len() >= NEED_MAX {
            self.cut = self.cut || !self.open.is_empty() || !self.empty.is_empty();
            return Vec::new();
        }
        // Few stretches: get down fast. Many: each is likely to hold a single difference, and bytes count.
        let (parts, list) = match self.open.len() {
            0..=1 => (64, 64),
            2..=8 => (32, 48),
            9..=128 => (64, 32),
            _ => (5, 12),
        };
        let mut asks = Vec::new();
        for (stretches, parts) in [(&mut self.open, parts), (&mut self.empty, 0)] {
            stretches.sort_by_key(|stretch| stretch.from);
            let rest = stretches.split_off(stretches.len().min(STRETCHES_MAX));
            let stretches = std::mem::replace(stretches, rest);
            if !stretches.is_empty() {
                asks.push(Ask::Split { bucket: self.bucket, parts, list, stretches: stretches.clone() });
                self.asked.push((stretches, parts, list));
            }
        }
        asks
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
        told: &[(Option<Place>, u64, [u8; 8])],
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
        for (at, (end, heads, fingerprint)) in told.iter().enumerate() {
            let to = if at + 1 == told.len() { stretch.to } else { *end };
            let ascends = from.is_none_or(|from| to.is_none_or(|to| from < to))
                && (at + 1 == told.len() || to.is_some_and(|to| stretch.holds(&to)));
            if !ascends {
                return Err(Dishonest::Order);
            }
            let part = Stretch { from, to };
            let ours = self.tree.within(&part);
            if (ours.count(), ours.salted(&self.salt)) != (*heads, *fingerprint) {
                self.sort_out(part);
            }
            from = to;
        }
        Ok(())
    }

    /// A stretch that has still to be looked at.
    fn sort_out(&mut self, stretch: Stretch) {
        let empty = self.tree.within(&stretch).count() == 0;
        if empty { &mut self.empty } else { &mut self.open }.push(stretch);
    }

    fn give(&mut self, places: impl Iterator<Item = Place>) {
        let room = GIVE_MAX.saturating_sub(self.have.len());
        self.have.extend(places.take(room));
    }
}
