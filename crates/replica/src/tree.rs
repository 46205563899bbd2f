//! The fingerprint tree: the places of one bucket in order, with count and sum of every stretch at hand.
//!
//! A B+tree whose inner nodes know count and sum of each child, so that the summary of any stretch costs a
//! walk down, and a head that comes or goes changes one path. Nodes are shared between copies and copied
//! when they are written: a copy of the tree is a still picture that costs nothing to take, and a talk with
//! a peer compares that picture while statements go on coming in.

use crate::fingerprint::Summary;
use crate::order::Place;
use record::statement::StatementId;
use std::sync::Arc;

/// Places in a leaf.
const LEAF_MAX: usize = 64;
/// Children of an inner node.
const INNER_MAX: usize = 32;
/// A node with fewer entries than a part of this size is joined with a neighbour where both fit into one.
const THIN_PART: usize = 4;

/// A stretch of a bucket: from a place on (inclusive), up to another (exclusive); `None` is the open end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// The first place that may belong to it.
    pub from: Option<Place>,
    /// The first place behind it.
    pub to: Option<Place>,
}

impl Stretch {
    /// Everything.
    pub const WHOLE: Stretch = Stretch { from: None, to: None };

    /// Everything from a place on.
    pub fn since(from: Place) -> Stretch {
        Stretch { from: Some(from), to: None }
    }

    /// Whether a place lies in it.
    pub fn holds(&self, place: &Place) -> bool {
        self.from.is_none_or(|from| *place >= from) && self.to.is_none_or(|to| *place < to)
    }
}

/// The places of one bucket.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    root: Arc<Node>,
    summary: Summary,
}

#[derive(Clone, Debug)]
enum Node {
    Leaf(Vec<Place>),
    Inner(Vec<Child>),
}

#[derive(Clone, Debug)]
struct Child {
    /// No place below is smaller; the child before holds only smaller ones.
    lowest: Place,
    summary: Summary,
    node: Arc<Node>,
}

impl Default for Node {
    fn default() -> Node {
        Node::Leaf(Vec::new())
    }
}

impl Tree {
    /// Count and sum of all places.
    pub fn summary(&self) -> Summary {
        self.summary
    }

    /// Adds a place; false if it was there.
    pub fn insert(&mut self, place: Place) -> bool {
        if self.contains(&place) {
            return false;
        }
        self.summary += Summary::of(&place.id);
        if let Some(right) = insert(&mut self.root, place) {
            let left = child_of(std::mem::take(&mut self.root));
            self.root = Arc::new(Node::Inner(left.into_iter().chain([right]).collect()));
        }
        true
    }

    /// Removes a place; false if it was not there.
    pub fn remove(&mut self, place: &Place) -> bool {
        if !self.contains(place) {
            return false;
        }
        self.summary -= Summary::of(&place.id);
        remove(&mut self.root, place);
        while let Node::Inner(children) = &*self.root
            && let [only] = children.as_slice()
        {
            self.root = only.node.clone();
        }
        true
    }

    /// Whether a place is there.
    pub fn contains(&self, place: &Place) -> bool {
        let mut node = &self.root;
        loop {
            match &**node {
                Node::Leaf(places) => return places.binary_search(place).is_ok(),
                Node::Inner(children) => {
                    let at = children.partition_point(|child| child.lowest <= *place).saturating_sub(1);
                    match children.get(at) {
                        Some(child) => node = &child.node,
                        None => return false,
                    }
                }
            }
        }
    }

    /// The first place that is not smaller than this one.
    pub fn first_from(&self, place: &Place) -> Option<Place> {
        self.nth(self.below(Some(*place)).count())
    }

    /// The place that was issued then and whose id begins like this.
    pub fn find(&self, short: &ShortPlace) -> Option<Place> {
        self.first_from(&short.lowest()).filter(|place| ShortPlace::of(place) == *short)
    }

    /// The place that so many others come before.
    pub fn nth(&self, mut rank: u64) -> Option<Place> {
        let mut node = &self.root;
        loop {
            match &**node {
                Node::Leaf(places) => return places.get(usize::try_from(rank).ok()?).copied(),
                Node::Inner(children) => {
                    let mut found = None;
                    for child in children {
                        if rank < child.summary.count() {
                            found = Some(child);
                            break;
                        }
                        rank -= child.summary.count();
                    }
                    node = &found?.node;
                }
            }
        }
    }

    /// Count and sum of a stretch.
    pub fn within(&self, stretch: &Stretch) -> Summary {
        if stretch.from.is_some() && stretch.to.is_some() && stretch.from >= stretch.to {
            return Summary::default();
        }
        let mut summary = self.until(stretch.to);
        if stretch.from.is_some() {
            summary -= self.below(stretch.from);
        }
        summary
    }

    /// The places of a stretch in order, at most `limit`.
    pub fn places(&self, stretch: &Stretch, limit: usize) -> Vec<Place> {
        let mut found = Vec::new();
        collect(&self.root, stretch, limit, &mut found);
        found
    }

    /// Divides a stretch into so many parts of about equal count, each with its summary; none is empty.
    pub fn parts(&self, stretch: &Stretch, parts: u64) -> Vec<(Stretch, Summary)> {
        let first = self.below(stretch.from);
        let last = self.until(stretch.to);
        let count = last.count().saturating_sub(first.count());
        let (mut from, mut before) = (stretch.from, first);
        let mut divided = Vec::new();
        for part in 1..=parts {
            let end = u128::from(count) * u128::from(part) / u128::from(parts);
            let end = u64::try_from(end).expect("a part of a count is no larger than the count");
            if first.count() + end == before.count() {
                continue;
            }
            let (to, behind) = if part == parts { (stretch.to, last) } else { self.cut(first.count() + end) };
            let mut summary = behind;
            summary -= before;
            divided.push((Stretch { from, to }, summary));
            (from, before) = (to, behind);
        }
        divided
    }

    /// A bound between the place of this rank and the one before it, with as few bytes of an id as tell them apart;
    /// and the summary of everything before it.
    fn cut(&self, rank: u64) -> (Option<Place>, Summary) {
        let (mut node, mut left, mut summary) = (&self.root, rank, Summary::default());
        loop {
            match &**node {
                Node::Leaf(places) => {
                    let left = usize::try_from(left).unwrap_or(usize::MAX);
                    places.iter().take(left).for_each(|place| summary.add(&place.id));
                    let before = left.checked_sub(1).and_then(|left| places.get(left).copied());
                    let before = before.or_else(|| self.nth(rank.checked_sub(1)?));
                    return (before.zip(places.get(left).copied()).map(bound_between), summary);
                }
                Node::Inner(children) => {
                    let mut found = None;
                    for child in children {
                        if left < child.summary.count() {
                            found = Some(child);
                            break;
                        }
                        left -= child.summary.count();
                        summary += child.summary;
                    }
                    match found {
                        Some(child) => node = &child.node,
                        None => return (None, summary),
                    }
                }
            }
        }
    }

    /// Count and sum of everything before a bound, or of everything where there is none.
    pub(crate) fn until(&self, end: Option<Place>) -> Summary {
        if end.is_none() { self.summary } else { self.below(end) }
    }

    /// Count and sum of everything before a place; of nothing where there is none.
    pub(crate) fn below(&self, end: Option<Place>) -> Summary {
        let Some(end) = end else { return Summary::default() };
        let mut summary = Summary::default();
        let mut node = &self.root;
        loop {
            match &**node {
                Node::Leaf(places) => {
                    let before = places.partition_point(|place| *place < end);
                    places.iter().take(before).for_each(|place| summary.add(&place.id));
                    return summary;
                }
                Node::Inner(children) => {
                    let at = children.partition_point(|child| child.lowest < end).saturating_sub(1);
                    children.iter().take(at).for_each(|child| summary += child.summary);
                    match children.get(at) {
                        Some(child) => node = &child.node,
                        None => return summary,
                    }
                }
            }
        }
    }
}

/// A place as peers name it: the moment, and the first 16 bytes of the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShortPlace {
    /// When it was issued.
    pub issued: record::moment::Moment,
    /// The first half of its id.
    pub id: [u8; 16],
}

impl ShortPlace {
    /// The short form of a place.
    pub fn of(place: &Place) -> ShortPlace {
        let (halves, _) = place.id.as_bytes().as_chunks::<16>();
        ShortPlace { issued: place.issued, id: halves.first().copied().unwrap_or_default() }
    }

    /// The lowest place that has this short form.
    pub fn lowest(&self) -> Place {
        let mut id = [0; 32];
        id.iter_mut().zip(self.id).for_each(|(to, from)| *to = from);
        Place { issued: self.issued, id: StatementId::from_bytes(id) }
    }
}

fn child(node: Node) -> Option<Child> {
    child_of(Arc::new(node))
}

fn child_of(node: Arc<Node>) -> Option<Child> {
    let mut summary = Summary::default();
    let lowest = match &*node {
        Node::Leaf(places) => {
            places.iter().for_each(|place| summary.add(&place.id));
            places.first().copied()
        }
        Node::Inner(children) => {
            children.iter().for_each(|child| summary += child.summary);
            children.first().map(|child| child.lowest)
        }
    };
    lowest.map(|lowest| Child { lowest, summary, node })
}

/// A bound between two neighbours, with as few bytes of an id as tell them apart.
fn bound_between((before, place): (Place, Place)) -> Place {
    let pairs = before.id.as_bytes().iter().zip(place.id.as_bytes());
    let shared = pairs.take_while(|(one, other)| one == other).count();
    let kept = if before.issued < place.issued { 0 } else { shared + 1 };
    let mut id = [0; 32];
    id.iter_mut().zip(place.id.as_bytes()).take(kept).for_each(|(to, from)| *to = *from);
    Place { issued: place.issued, id: StatementId::from_bytes(id) }
}

/// Makes room for one more without the doubling of a vector: a node that is full is divided anyway.
fn put<T>(list: &mut Vec<T>, at: usize, item: T, max: usize) {
    if list.len() == list.capacity() {
        list.reserve_exact(max.saturating_sub(list.len()).max(1));
    }
    list.insert(at, item);
}

/// Divides a full node. One that grew at its end is left full: most statements are newer than all others.
fn divide<T>(list: &mut Vec<T>, at_the_end: bool, max: usize) -> Vec<T> {
    let keep = if at_the_end { list.len() - 1 } else { list.len() / 2 };
    let mut right = Vec::with_capacity(max);
    right.extend(list.drain(keep..));
    right
}

/// Adds a place that is not there; answers the new right neighbour where the node was full.
fn insert(node: &mut Arc<Node>, place: Place) -> Option<Child> {
    match Arc::make_mut(node) {
        Node::Leaf(places) => {
            let at = places.partition_point(|other| *other < place);
            let at_the_end = at == places.len();
            put(places, at, place, LEAF_MAX + 1);
            (places.len() > LEAF_MAX)
                .then(|| child(Node::Leaf(divide(places, at_the_end, LEAF_MAX + 1))))
                .flatten()
        }
        Node::Inner(children) => {
            let at = children.partition_point(|child| child.lowest <= place).saturating_sub(1);
            let below = children.get_mut(at)?;
            below.lowest = below.lowest.min(place);
            below.summary.add(&place.id);
            let right = insert(&mut below.node, place)?;
            below.summary -= right.summary;
            let at_the_end = at + 1 == children.len();
            put(children, at + 1, right, INNER_MAX + 1);
            (children.len() > INNER_MAX)
                .then(|| child(Node::Inner(divide(children, at_the_end, INNER_MAX + 1))))
                .flatten()
        }
    }
}

/// Removes a place that is there.
fn remove(node: &mut Arc<Node>, place: &Place) {
    match Arc::make_mut(node) {
        Node::Leaf(places) => {
            if let Ok(at) = places.binary_search(place) {
                places.remove(at);
            }
        }
        Node::Inner(children) => {
            let at = children.partition_point(|child| child.lowest <= *place).saturating_sub(1);
            let Some(below) = children.get_mut(at) else { return };
            below.summary -= Summary::of(&place.id);
            remove(&mut below.node, place);
            if below.node.is_thin() {
                join(children, at);
            }
        }
    }
}

/// Joins a thin child with a neighbour if both fit into one node; an empty child goes.
fn join(children: &mut Vec<Child>, at: usize) {
    if children.get(at).is_some_and(|child| child.node.len() == 0) {
        children.remove(at);
        return;
    }
    for left in [at.saturating_sub(1), at] {
        let Some([one, other]) = children.get(left..).and_then(|rest| rest.first_chunk::<2>()) else {
            continue;
        };
        let joined = match (&*one.node, &*other.node) {
            (Node::Leaf(one), Node::Leaf(other)) if one.len() + other.len() <= LEAF_MAX => {
                let mut places = Vec::with_capacity(LEAF_MAX + 1);
                places.extend(one.iter().chain(other).copied());
                Node::Leaf(places)
            }
            (Node::Inner(one), Node::Inner(other)) if one.len() + other.len() <= INNER_MAX => {
                let mut both = Vec::with_capacity(INNER_MAX + 1);
                both.extend(one.iter().chain(other).cloned());
                Node::Inner(both)
            }
            _ => continue,
        };
        let mut summary = one.summary;
        summary += other.summary;
        let joined = Child { lowest: one.lowest, summary, node: Arc::new(joined) };
        children.splice(left..left + 2, [joined]);
        return;
    }
}

impl Node {
    fn len(&self) -> usize {
        match self {
            Node::Leaf(places) => places.len(),
            Node::Inner(children) => children.len(),
        }
    }

    fn is_thin(&self) -> bool {
        match self {
            Node::Leaf(places) => places.len() < LEAF_MAX / THIN_PART,
            Node::Inner(children) => children.len() < INNER_MAX / THIN_PART,
        }
    }
}

fn collect(node: &Node, stretch: &Stretch, limit: usize, found: &mut Vec<Place>) {
    match node {
        Node::Leaf(places) => {
            let from = stretch.from.map_or(0, |from| places.partition_point(|place| *place < from));
            let inside =
                places.iter().skip(from).take_while(|place| stretch.to.is_none_or(|to| **place < to));
            found.extend(inside.take(limit - found.len()));
        }
        Node::Inner(children) => {
            let from = stretch
                .from
                .map_or(0, |from| children.partition_point(|child| child.lowest <= from))
                .saturating_sub(1);
            for child in children.iter().skip(from) {
                if found.len() >= limit || stretch.to.is_some_and(|to| child.lowest >= to) {
                    return;
                }
                collect(&child.node, stretch, limit, found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::fingerprint::Summary;
    use crate::order::Place;
    use crate::tree::ShortPlace;
    use crate::tree::Stretch;
    use crate::tree::Tree;
    use proptest::collection::vec;
    use proptest::prelude::any;
    use proptest::prop_assert;
    use proptest::prop_assert_eq;
    use proptest::proptest;
    use record::moment::Moment;
    use record::statement::StatementId;
    use record::statement::sha256;

    /// Few moments, so that many share one and the ids decide.
    fn place(number: u16) -> Place {
        let id = StatementId::from_bytes(sha256(&[&number.to_be_bytes()]));
        Place { issued: Moment::from_seconds(u64::from(number) % 50).unwrap(), id }
    }

    fn sum(places: &[Place]) -> Summary {
        let mut summary = Summary::default();
        places.iter().for_each(|place| summary.add(&place.id));
        summary
    }

    fn slice<'a>(sorted: &'a [Place], stretch: &Stretch) -> &'a [Place] {
        let from = stretch.from.map_or(0, |from| sorted.partition_point(|place| *place < from));
        let to = stretch.to.map_or(sorted.len(), |to| sorted.partition_point(|place| *place < to));
        &sorted[from..to.max(from)]
    }

    /// Everything the tree answers is what the plain sorted list answers.
    fn agree(tree: &Tree, sorted: &[Place], stretch: Stretch, limit: usize, parts: u64) {
        let inside = slice(sorted, &stretch);
        assert_eq!(tree.summary(), sum(sorted));
        assert_eq!(tree.within(&stretch), sum(inside));
        assert_eq!(tree.places(&stretch, limit), inside[..inside.len().min(limit)]);
        for at in [0, sorted.len() / 2, sorted.len()] {
            assert_eq!(tree.nth(at as u64), sorted.get(at).copied());
        }
        let divided = tree.parts(&stretch, parts);
        assert!(divided.len() as u64 <= parts);
        assert_eq!(divided.is_empty(), inside.is_empty());
        let mut from = stretch.from;
        for (part, summary) in &divided {
            assert_eq!((part.from, *summary), (from, sum(slice(sorted, part))));
            from = part.to;
        }
        assert!(divided.last().is_none_or(|(part, _)| part.to == stretch.to));
        let most = divided.iter().map(|(_, summary)| summary.count()).max().unwrap_or(0);
        assert!(most <= inside.len() as u64 / parts + 1, "parts are about equal");
    }

    proptest! {
        #[test]
        fn it_answers_like_a_sorted_list(
            steps in vec((any::<u16>(), any::<bool>()), 0..3_000),
            ends in any::<(Option<u16>, Option<u16>)>(),
            limit in 0_usize..200,
            parts in 1_u64..40,
        ) {
            let mut sorted: Vec<Place> = Vec::new();
            let mut tree = Tree::default();
            let mut picture = (tree.clone(), sorted.clone());
            for (step, (number, comes)) in steps.iter().enumerate() {
                let place = place(number % 1_500);
                match (sorted.binary_search(&place), comes) {
                    (Err(at), true) => {
                        sorted.insert(at, place);
                        prop_assert!(tree.insert(place));
                    }
                    (Ok(at), false) => {
                        sorted.remove(at);
                        prop_assert!(tree.remove(&place));
                    }
                    (found, true) => prop_assert!(found.is_ok() && !tree.insert(place)),
                    (found, false) => prop_assert!(found.is_err() && !tree.remove(&place)),
                }
                prop_assert_eq!(tree.contains(&place), *comes);
                if step == steps.len() / 2 {
                    picture = (tree.clone(), sorted.clone());
                }
            }
            let stretch = Stretch { from: ends.0.map(place), to: ends.1.map(place) };
            agree(&tree, &sorted, stretch, limit, parts);
            agree(&picture.0, &picture.1, stretch, limit, parts);
            for place in &sorted {
                prop_assert_eq!(tree.find(&ShortPlace::of(place)), Some(*place));
            }
        }
    }

    #[test]
    fn it_empties_and_fills_again() {
        let mut tree = Tree::default();
        for number in 0..5_000 {
            let issued = Moment::from_seconds(number).unwrap();
            assert!(tree.insert(Place { issued, id: StatementId::from_bytes([7; 32]) }));
        }
        for place in tree.places(&Stretch::WHOLE, usize::MAX) {
            assert!(tree.remove(&place));
        }
        assert_eq!(tree.summary(), Summary::default());
        assert_eq!(tree.places(&Stretch::WHOLE, 1), []);
        assert!(tree.insert(place(1)) && tree.contains(&place(1)));
    }
}
