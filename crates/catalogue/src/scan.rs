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
use crate::scorer::Scored;
use crate::scorer::Scorer;
use crate::sheet::Sheets;
use crate::sift::Pass;
use crate::signs::Mark;
use crate::signs::OTHER;
use crate::signs::PART;
use crate::signs::SIGNS_MAX;
use crate::signs::TIMES;
use crate::weights::Weights;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;
use std::sync::Arc;
use tantivy::DocId;
use tantivy::InvertedIndexReader;
use tantivy::SegmentReader;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::TermInfo;
use tantivy::schema::Field;
use tantivy::schema::IndexRecordOption;

/// With more sets, none of them has a sign for those of its terms that have none of their own.
const SETS_SHARING_MAX: usize = SIGNS_MAX / 2;

/// A leaf with what the whole index says of it.
#[derive(Debug)]
struct Known<'a> {
    leaf: &'a Leaf,
    /// Its rarity times its weight.
    factor: f32,
    standing: Arc<Standing>,
    mark: Mark,
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

    /// How many postings are read.
    pub(crate) fn postings(&self) -> u64 {
        let known = self.words.iter().flatten().flat_map(|groups| groups.sets.iter().flatten());
        known.map(|known| known.standing.count).sum()
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

    /// Shows the pass some records of one segment, a stretch after the other: all that answer, less those that
    /// `stay` sends away, and the scores of those that may be among the best.
    pub(crate) fn segment(
        &self,
        (segment, at): (&SegmentReader, usize),
        docs: Range<DocId>,
        desk: &mut Desk,
        mut stay: impl FnMut(DocId, &mut Bits),
        pass: &mut Pass,
    ) -> tantivy::Result<()> {
        let (words, mut runs) = self.open(segment, at)?;
        if docs.start > 0 {
            runs.iter_mut().for_each(|run| run.seek(docs.start));
        }
        let any = words.iter().flatten().filter_map(Opened::any).fold(0, |all, any| all | any);
        for from in docs.step_by(STRETCH) {
            let Desk { postings, met, .. } = &mut *desk;
            met.clear();
            postings.read(from, &mut runs);
            words.iter().flatten().for_each(|group| group.mark(postings));
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
        let all = met.clone();
        if reach.promising(pass.wanted(), met, &postings.signs) {
            let first = met.clone();
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
        let Desk { postings, met, list, sheets, .. } = desk;
        list.clear();
        met.each(|record| list.push((record as u16, postings.signs.of(record))));
        if list.is_empty() {
            return;
        }
        let scored = Scored { bits: met, list };
        let (of, tie) = (words.len(), self.weights.tie);
        for groups in words {
            for group in groups {
                group.score((from, postings), scored, tie, sheets);
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

    /// By word: its groups that stand in a segment; and the postings of their terms, each once.
    fn open<'s>(&'s self, segment: &'s SegmentReader, at: usize) -> tantivy::Result<Open<'s>> {
        let mut terms = Terms { segment, fields: BTreeMap::new(), known: BTreeMap::new(), runs: Vec::new() };
        let mut words = Vec::new();
        for groups in &self.words {
            let mut opened = Vec::new();
            for Groups { group, sets } in groups {
                let mut leaves = Vec::new();
                for set in sets {
                    let stands =
                        |known: &'s Known<'s>| Some((known, known.standing.places.get(at)?.as_ref()?));
                    let of_set = set.iter().filter_map(stands);
                    let of_set = of_set.map(|(known, about)| self.scorer(known, about, &mut terms));
                    leaves.push(of_set.collect::<tantivy::Result<Vec<_>>>()?);
                }
                if leaves.iter().any(|set| !set.is_empty()) {
                    let factors = factors(group, self.weights);
                    opened.push(Opened { factors, takes_all: is_part(group), sets: leaves });
                }
            }
            words.push(opened);
        }
        Ok((words, terms.runs))
    }

    fn scorer<'s>(
        &'s self,
        known: &'s Known,
        about: &TermInfo,
        terms: &mut Terms<'s>,
    ) -> tantivy::Result<Scorer<'s>> {
        let Known { leaf, factor, mark, .. } = known;
        let (run, lengths) = terms.run(leaf, about)?;
        let text = lengths.zip(self.curve(leaf.place));
        Ok(Scorer { run, text, factor: *factor, names: leaf.names(), mark: *mark })
    }

    fn curve(&self, place: Place) -> Option<&Curve> {
        match place {
            Place::Title => Some(&self.title),
            Place::Body => Some(&self.body),
            Place::Label => None,
        }
    }
}

/// The groups of each word in one segment, and the runs of their terms.
type Open<'a> = (Vec<Vec<Opened<'a>>>, Vec<Run>);

/// The terms of one segment that were asked for, each opened once.
struct Terms<'a> {
    segment: &'a SegmentReader,
    fields: BTreeMap<Field, Texts>,
    /// By field and text: the place among the runs.
    known: BTreeMap<(Field, &'a str), usize>,
    runs: Vec<Run>,
}

/// The texts of a field in one segment.
struct Texts {
    index: Arc<InvertedIndexReader>,
    /// None for labels.
    lengths: Option<FieldNormReader>,
}

impl<'a> Terms<'a> {
    /// Which of the runs has the term of a leaf, and how long the texts of its field are.
    fn run(&mut self, leaf: &'a Leaf, about: &TermInfo) -> tantivy::Result<(usize, Option<FieldNormReader>)> {
        let Texts { index, lengths } = match self.fields.entry(leaf.field) {
            Entry::Occupied(texts) => texts.into_mut(),
            Entry::Vacant(place) => place.insert(Texts::of(self.segment, leaf)?),
        };
        let run = match self.known.entry((leaf.field, &leaf.text)) {
            Entry::Occupied(run) => *run.get(),
            Entry::Vacant(place) => {
                let option = match lengths {
                    Some(_) => IndexRecordOption::WithFreqs,
                    None => IndexRecordOption::Basic,
                };
                let block = index.read_block_postings_from_terminfo(about, option)?;
                self.runs.push(Run::new(block, lengths.is_some()));
                *place.insert(self.runs.len() - 1)
            }
        };
        Ok((run, lengths.clone()))
    }
}

impl Texts {
    fn of(segment: &SegmentReader, leaf: &Leaf) -> tantivy::Result<Texts> {
        let has_lengths = leaf.place != Place::Label;
        Ok(Texts {
            index: segment.inverted_index(leaf.field)?,
            lengths: has_lengths.then(|| segment.get_fieldnorms_reader(leaf.field)).transpose()?,
        })
    }
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
            found.push((
                count,
                Known { leaf, factor: leaf.weight * rarity(count, all), standing, mark: Mark::None(OTHER) },
            ));
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

/// Gives the terms signs: what was typed and the most frequent ones their own, the others of a set one together.
fn bound(
    words: &mut [Vec<Groups>],
    (joined, weights): (Joined, &Weights),
    most: impl Fn(Place) -> [f32; TIMES],
) -> Bound {
    let sets = || words.iter().flatten().flat_map(|groups| &groups.sets).filter(|set| !set.is_empty());
    let shares = sets().count() <= SETS_SHARING_MAX;
    let own = SIGNS_MAX - if shares { sets().count() } else { 0 };
    let rank = |known: &Known| (known.leaf.is_base, known.standing.count);
    let mut ranks: Vec<_> = sets().flatten().map(rank).collect();
    ranks.sort_unstable_by_key(|rank| Reverse(*rank));
    let first = ranks.get(own).copied();
    let mut bound = Bound::of(joined);
    for groups in words {
        bound.word();
        for Groups { group, sets } in groups {
            bound.group(factors(group, weights));
            for set in sets {
                bound.set();
                let other = Mark::None(if is_part(group) { PART } else { OTHER });
                let mut others = Vec::new();
                for known in set.iter_mut() {
                    let most = most(known.leaf.place).map(|most| known.factor * most);
                    known.mark = other;
                    if first.is_none_or(|first| rank(known) > first) {
                        known.mark = bound.term(most, known.leaf.names()).unwrap_or(other);
                    } else {
                        others.push((most.into_iter().fold(0.0, f32::max), known));
                    }
                }
                if shares && !others.is_empty() {
                    let names = others.iter().any(|(_, known)| known.leaf.names());
                    let most = others.iter().map(|(most, _)| *most).collect();
                    let mark = bound.terms_together(most, names).unwrap_or(other);
                    others.into_iter().for_each(|(_, known)| known.mark = mark);
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
    /// The same as a list, with their signs.
    list: Vec<(u16, u64)>,
    reach: Reach,
    sheets: Sheets,
}
