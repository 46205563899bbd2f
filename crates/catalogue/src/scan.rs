//! The one pass over the postings: which records answer the words, and how well.
//!
//! Scores are sums in the order in which the words were typed, over counts of the records that stand. So they are
//! the same number on every node with the same records, down to the last digit, whatever came when.
//!
//! All that answer are counted, but once enough are known only those are scored that may be among the best, by the
//! terms that they have.

use crate::bits::Bits;
use crate::bits::STRETCH;
use crate::bound::Bound;
use crate::bound::Joined;
use crate::curve::Curve;
use crate::curve::rarity;
use crate::dictionary::Dictionary;
use crate::edition::Edition;
use crate::edition::Standing;
use crate::opened::Opened;
use crate::plan::Answer;
use crate::plan::Group;
use crate::plan::Leaf;
use crate::plan::Place;
use crate::reach::Reach;
use crate::run::Postings;
use crate::run::Run;
use crate::sheet::Sheets;
use crate::sift::Pass;
use crate::signs::OTHER;
use crate::signs::PART;
use crate::signs::SIGNS_MAX;
use crate::signs::TIMES;
use crate::weights::Weights;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use tantivy::DocId;
use tantivy::InvertedIndexReader;
use tantivy::SegmentReader;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::schema::Field;
use tantivy::schema::IndexRecordOption;

/// A leaf with what the whole index says of it.
#[derive(Debug)]
struct Known<'a> {
    leaf: &'a Leaf,
    /// Its rarity times its weight.
    factor: f32,
    standing: Arc<Standing>,
    /// One of the most frequent has a sign.
    sign: Option<usize>,
}

/// A group with its leaves that stand somewhere.
#[derive(Debug)]
struct Groups<'a> {
    group: &'a Group,
    sets: Vec<Vec<Known<'a>>>,
}

/// Sets of leaves, groups of sets, words of groups, with the counts of the whole index.
#[derive(Debug)]
pub(crate) struct Score<'a> {
    words: Vec<Vec<Groups<'a>>>,
    bound: Bound,
    joined: Joined,
    weights: &'a Weights,
    title: Curve,
    body: Curve,
}

impl<'a> Score<'a> {
    /// Looks every term up; those that no standing record has are left out.
    pub(crate) fn of(
        edition: &Edition,
        answers: &'a [Answer],
        weights: &'a Weights,
    ) -> tantivy::Result<Score<'a>> {
        let all = edition.num_docs();
        let dictionary = Dictionary::of(edition);
        let mut words = Vec::new();
        for answer in answers {
            let mut groups = Vec::new();
            for group in &answer.groups {
                let mut sets = Vec::new();
                for leaves in &group.sets {
                    sets.push(known(&dictionary, leaves, all)?);
                }
                groups.push(Groups { group, sets });
            }
            words.push(groups);
        }
        let sets = answers.iter().flat_map(|answer| &answer.groups).flat_map(|group| &group.sets);
        let sayable = sets.filter(|set| set.iter().any(Leaf::names)).count();
        let curve = |usual| Curve::of(usual, weights);
        let (title, body) = (curve(weights.title_words), curve(weights.body_words));
        let joined = Joined::of(words.len(), sayable, weights);
        let bound = bound(&mut words, (joined, weights), |place| match place {
            Place::Title => title.most(),
            Place::Body => body.most(),
            Place::Label => [0.0, 1.0, 1.0, 1.0],
        });
        Ok(Score { words, bound, joined, weights, title, body })
    }

    /// Before the first segment.
    pub(crate) fn start(&self, desk: &mut Desk) {
        desk.reach.begin(&self.bound);
    }

    /// Whether there is any word to answer.
    pub(crate) fn has_words(&self) -> bool {
        !self.words.is_empty()
    }

    /// Whether any standing record has the word at this place, whatever of its parts; these are the last group.
    pub(crate) fn has_whole(&self, word: usize) -> bool {
        let groups = self.words.get(word).and_then(|groups| groups.split_last());
        groups.is_some_and(|(_, others)| others.iter().any(Groups::is_somewhere))
    }

    /// Whether any standing record has the word at this place or one of the same meaning; or else all its parts,
    /// where these are the last group of its answer.
    pub(crate) fn answers(&self, word: usize, has_parts: bool) -> bool {
        let Some(groups) = self.words.get(word) else { return false };
        let (parts, others) = match groups.split_last() {
            Some((parts, others)) if has_parts => (Some(parts), others),
            _ => (None, groups.as_slice()),
        };
        others.iter().any(Groups::is_somewhere)
            || parts.is_some_and(|parts| !parts.sets.iter().any(Vec::is_empty))
    }

    /// Shows the pass the records of one segment, a stretch after the other: all that answer, less those that
    /// `stay` sends away, and the scores of those that may be among the best.
    pub(crate) fn segment(
        &self,
        segment: &SegmentReader,
        at: usize,
        desk: &mut Desk,
        mut stay: impl FnMut(DocId, &mut Bits),
        pass: &mut Pass,
    ) -> tantivy::Result<()> {
        let mut words = self.open(segment, at)?;
        let any = words.iter().flatten().filter_map(Opened::any).fold(0, |all, any| all | any);
        for from in (0..segment.max_doc()).step_by(STRETCH) {
            let Desk { postings, met, .. } = &mut *desk;
            postings.clear();
            met.clear();
            words.iter_mut().flatten().for_each(|group| group.take(from, postings));
            postings.signs.with(any, met);
            let others = words.iter().flatten().filter(|group| group.any().is_none());
            others.for_each(|group| group.met(postings, met));
            stay(from, met);
            pass.sieve(from, met);
            if pass.floor() == 0.0 {
                self.begin(&words, from, desk, pass);
            }
            self.leave(pass.floor(), desk);
            self.score(&words, from, desk, pass);
        }
        Ok(())
    }

    /// Scores the most promising records of a stretch first, so that most of the others need not be scored.
    fn begin(&self, words: &[Vec<Opened>], from: DocId, desk: &mut Desk, pass: &mut Pass) {
        let Desk { postings, met, reach, .. } = &mut *desk;
        let floor = reach.promising(pass.wanted(), met, &postings.signs, &self.bound);
        if floor > 0.0 {
            let all = met.clone();
            self.leave(floor, desk);
            let first = desk.met.clone();
            self.score(words, from, desk, pass);
            desk.met = all;
            desk.met.part(&first);
        }
    }

    /// Leaves the records out that cannot score so much.
    fn leave(&self, floor: f32, Desk { postings, met, reach, .. }: &mut Desk) {
        if floor > 0.0 {
            reach.leave(floor, met, &postings.signs, &self.bound);
        }
    }

    /// Scores the wanted records of a stretch in their order.
    fn score(&self, words: &[Vec<Opened>], from: DocId, desk: &mut Desk, pass: &mut Pass) {
        let Desk { postings, met, sheets, .. } = desk;
        let many = met.count();
        if many == 0 {
            return;
        }
        let (of, tie) = (words.len(), self.weights.tie);
        for groups in words {
            for group in groups {
                group.score((from, postings), (met, many), tie, sheets);
            }
            // A single word needs no sheet of all words.
            if of > 1 {
                let Sheets { word, all, .. } = &mut *sheets;
                word.drain(|record, best, sum| all.count(record, best + tie * (sum - best)));
            }
        }
        let Sheets { word, all, title, .. } = sheets;
        let mut show = |record: u32, words: f32, sum: f32| {
            pass.keep(from + record, self.joined.score(words, sum, title.at(record)), words as u32);
        };
        if of > 1 {
            all.drain(&mut show);
        } else {
            word.drain(|record, best, sum| show(record, 1.0, best + tie * (sum - best)));
        }
        title.drain(|_, _, _| {});
        pass.prune();
    }

    /// By word: its groups that stand in a segment.
    fn open<'s>(&'s self, segment: &SegmentReader, at: usize) -> tantivy::Result<Vec<Vec<Opened<'s>>>> {
        let mut fields = BTreeMap::new();
        let mut words = Vec::new();
        for groups in &self.words {
            let mut opened = Vec::new();
            for Groups { group, sets } in groups {
                let factors = factors(group, self.weights);
                let mut runs = Vec::new();
                for set in sets {
                    let mut of_set = Vec::new();
                    for known in set {
                        let sign = known.sign.ok_or(if is_part(group) { PART } else { OTHER });
                        of_set.extend(self.run((known, sign), (segment, at), &mut fields)?);
                    }
                    runs.push(of_set);
                }
                if runs.iter().any(|runs| !runs.is_empty()) {
                    opened.push(Opened { factors, takes_all: is_part(group), sets: runs });
                }
            }
            words.push(opened);
        }
        Ok(words)
    }

    /// The postings of a term in a segment, if it stands there.
    fn run<'s>(
        &'s self,
        (known, sign): (&Known, Result<usize, u64>),
        (segment, at): (&SegmentReader, usize),
        fields: &mut BTreeMap<Field, Texts>,
    ) -> tantivy::Result<Option<Run<'s>>> {
        let Some(Some(about)) = known.standing.places.get(at) else { return Ok(None) };
        let field = known.leaf.field;
        let curve = match known.leaf.place {
            Place::Title => Some(&self.title),
            Place::Body => Some(&self.body),
            Place::Label => None,
        };
        let Texts { index, lengths } = match fields.entry(field) {
            Entry::Occupied(texts) => texts.into_mut(),
            Entry::Vacant(place) => {
                let lengths = curve.map(|_| segment.get_fieldnorms_reader(field)).transpose()?;
                place.insert(Texts { index: segment.inverted_index(field)?, lengths })
            }
        };
        let option = if curve.is_some() { IndexRecordOption::WithFreqs } else { IndexRecordOption::Basic };
        let block = index.read_block_postings_from_terminfo(about, option)?;
        let text = lengths.clone().zip(curve);
        Ok(Some(Run::new(block, text, known.factor, known.leaf.names(), sign)))
    }
}

/// The texts of a field in one segment.
struct Texts {
    index: Arc<InvertedIndexReader>,
    lengths: Option<FieldNormReader>,
}

/// Whether one set of a group is no answer by itself.
fn is_part(group: &Group) -> bool {
    group.is_whole && group.sets.len() > 1
}

impl Groups<'_> {
    fn is_somewhere(&self) -> bool {
        match self.group.is_whole {
            true => !self.sets.iter().any(Vec::is_empty),
            false => !self.sets.iter().all(Vec::is_empty),
        }
    }
}

/// The leaves that stand somewhere, with their rarity. A synonym is never rarer than the word itself.
fn known<'a>(dictionary: &Dictionary, leaves: &'a [Leaf], all: u64) -> tantivy::Result<Vec<Known<'a>>> {
    let mut found: Vec<(u64, Known<'a>)> = Vec::new();
    for leaf in leaves.iter().filter(|leaf| leaf.weight > 0.0) {
        let standing = dictionary.standing(leaf.field, &leaf.text)?;
        let count = standing.count;
        if count > 0 {
            found.push((count, Known { leaf, factor: leaf.weight * rarity(count, all), standing, sign: None }));
        }
    }
    let bases = found.iter().filter(|(_, known)| known.leaf.is_base);
    let most = bases.map(|(count, _)| rarity(*count, all)).reduce(f32::max);
    Ok(found
        .into_iter()
        .map(|(count, known)| match most {
            Some(most) if !known.leaf.is_base => {
                Known { factor: known.leaf.weight * rarity(count, all).min(most), ..known }
            }
            _ => known,
        })
        .collect())
}

/// Gives the most frequent terms a sign.
fn bound(
    words: &mut [Vec<Groups>],
    (joined, weights): (Joined, &Weights),
    most: impl Fn(Place) -> [f32; TIMES],
) -> Bound {
    let known = words.iter().flatten().flat_map(|groups| groups.sets.iter().flatten());
    let mut counts: Vec<u64> = known.map(|known| known.standing.count).collect();
    counts.sort_unstable_by_key(|count| Reverse(*count));
    let least = counts.get(SIGNS_MAX).map_or(0, |count| count + 1);
    let mut bound = Bound::of(joined);
    for groups in words {
        bound.word();
        for Groups { group, sets } in groups {
            bound.group(factors(group, weights));
            for set in sets {
                bound.set();
                for known in set.iter_mut().filter(|known| known.standing.count >= least) {
                    let most = most(known.leaf.place).map(|most| known.factor * most);
                    known.sign = bound.term(most, known.leaf.names());
                }
            }
        }
    }
    bound
}

/// What the sum of a group counts, by how many of its sets are there.
fn factors(group: &Group, weights: &Weights) -> Vec<f32> {
    let all = group.sets.len();
    let factor = |met: usize| match group.is_whole {
        true if met < all => 0.0,
        true => group.weight,
        false => {
            let share = met as f32 / all.max(1) as f32;
            group.weight * (weights.some_parts + (1.0 - weights.some_parts) * share)
        }
    };
    (0..=all).map(factor).collect()
}

/// What a search writes on, stretch after stretch.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    postings: Postings,
    /// The records that answer, then those of them that may be among the best.
    pub(crate) met: Bits,
    reach: Reach,
    sheets: Sheets,
}
