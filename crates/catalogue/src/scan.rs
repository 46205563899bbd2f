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
use crate::bound::Most;
use crate::curve::Curve;
use crate::curve::rarity;
use crate::dictionary::Dictionary;
use crate::edition::Edition;
use crate::edition::Standing;
use crate::lengths::Lengths;
use crate::opened::Opened;
use crate::plan::Answer;
use crate::plan::Group;
use crate::plan::Leaf;
use crate::plan::Place;
use crate::reach::Reach;
use crate::reach::Seen;
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
    /// The words that it answers: several where these mean something only together.
    words: Vec<usize>,
}

/// Sets of leaves, groups of sets, words of groups, with the counts of the whole index.
#[derive(Debug)]
pub(crate) struct Score<'a> {
    /// Each once.
    groups: Vec<Groups<'a>>,
    /// By word: its groups.
    words: Vec<Vec<usize>>,
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
        let mut groups: Vec<Groups> = Vec::new();
        let mut words = Vec::new();
        for (word, answer) in answers.iter().enumerate() {
            let mut own = Vec::new();
            for group in &answer.groups {
                if let Some(at) = groups.iter().position(|known| known.group == group) {
                    groups.get_mut(at).into_iter().for_each(|known| known.words.push(word));
                    own.push(at);
                    continue;
                }
                let mut sets = Vec::new();
                for leaves in &group.sets {
                    sets.push(known(&dictionary, leaves, all)?);
                }
                own.push(groups.len());
                groups.push(Groups { group, sets, words: vec![word] });
            }
            words.push(own);
        }
        let sets = groups.iter().flat_map(|groups| &groups.group.sets);
        let sayable = sets.filter(|set| set.iter().any(Leaf::names)).count();
        let Weights { title_words, body_words, .. } = *weights;
        let joined = Joined::of(words.len(), sayable, weights);
        let most = |place: Place| {
            Lengths::all().map(|lengths| match place {
                Place::Title => Curve::most(lengths.title(), title_words, weights),
                Place::Body => Curve::most(lengths.body(), body_words, weights),
                Place::Label => [0.0, 1.0, 1.0, 1.0],
            })
        };
        let [of_title, of_body, of_label] = [Place::Title, Place::Body, Place::Label].map(most);
        let bound = bound(&mut groups, (joined, weights), |place| match place {
            Place::Title => &of_title,
            Place::Body => &of_body,
            Place::Label => &of_label,
        });
        let (title, body) = (Curve::of(title_words, weights), Curve::of(body_words, weights));
        Ok(Score { groups, words, bound, joined, weights, title, body })
    }

    /// Before the first segment.
    pub(crate) fn start(&self, desk: &mut Desk) {
        desk.reach.begin(&self.bound);
    }

    /// How many postings are read.
    pub(crate) fn postings(&self) -> u64 {
        let known = self.groups.iter().flat_map(|groups| groups.sets.iter().flatten());
        known.map(|known| known.standing.count).sum()
    }

    /// Whether there is any word to answer.
    pub(crate) fn has_words(&self) -> bool {
        !self.words.is_empty()
    }

    /// Whether any standing record has the word at this place, whatever of its parts; these are the last group.
    pub(crate) fn has_whole(&self, word: usize) -> bool {
        let groups = self.groups_of(word);
        groups.split_last().is_some_and(|(_, others)| others.iter().any(|group| group.is_somewhere()))
    }

    /// Whether any standing record has the word at this place or one of the same meaning; or else all its parts,
    /// where these are the last group of its answer.
    pub(crate) fn answers(&self, word: usize, has_parts: bool) -> bool {
        let groups = self.groups_of(word);
        let (parts, others) = match groups.split_last() {
            Some((parts, others)) if has_parts => (Some(parts), others),
            _ => (None, groups.as_slice()),
        };
        others.iter().any(|group| group.is_somewhere())
            || parts.is_some_and(|parts| !parts.sets.iter().any(Vec::is_empty))
    }

    fn groups_of(&self, word: usize) -> Vec<&Groups<'a>> {
        let groups = self.words.get(word).into_iter().flatten();
        groups.filter_map(|at| self.groups.get(*at)).collect()
    }

    /// Shows the pass some records of one segment, a stretch after the other: all that answer, less those that
    /// `stay` sends away, and the scores of those that may be among the best.
    pub(crate) fn segment<'s>(
        &'s self,
        Part { segment, reader, docs }: &Part<'s>,
        open: &mut Option<Open<'s>>,
        desk: &mut Desk,
        mut stay: impl FnMut(DocId, &mut Bits),
        pass: &mut Pass,
    ) -> tantivy::Result<()> {
        let before = open.take().filter(|open| open.segment == *segment);
        let Open { groups, runs, .. } = open.insert(before.map_or_else(|| self.open(reader, *segment), Ok)?);
        if docs.start > 0 {
            runs.iter_mut().for_each(|run| run.seek(docs.start));
        }
        let any = groups.iter().filter_map(Opened::any).fold(0, |all, any| all | any);
        for from in docs.clone().step_by(STRETCH) {
            let Desk { postings, met, .. } = &mut *desk;
            met.clear();
            postings.read(from, runs);
            groups.iter().for_each(|group| group.mark(postings));
            postings.signs.with(any, met);
            let others = groups.iter().filter(|group| group.any().is_none());
            others.for_each(|group| group.met(postings, met));
            stay(from, met);
            pass.sieve(from, met);
            if pass.floor() == 0.0 {
                self.begin(groups, from, desk, pass);
            }
            self.leave(from, desk, pass);
            self.score(groups, from, desk, pass);
        }
        Ok(())
    }

    /// Scores the most promising records of a stretch first, so that most of the others need not be scored.
    fn begin(&self, groups: &[Opened], from: DocId, desk: &mut Desk, pass: &mut Pass) {
        let Desk { postings, met, reach, .. } = &mut *desk;
        let all = met.clone();
        let seen = Seen { signs: &postings.signs, lengths: pass.lengths(from) };
        if reach.promising(pass.wanted(), met, seen) {
            let first = met.clone();
            self.score(groups, from, desk, pass);
            desk.met = all;
            desk.met.part(&first);
        }
    }

    /// Leaves the records out that cannot score so much.
    fn leave(&self, from: DocId, Desk { postings, met, reach, .. }: &mut Desk, pass: &Pass) {
        let seen = Seen { signs: &postings.signs, lengths: pass.lengths(from) };
        if pass.floor() > 0.0 {
            reach.leave(pass.floor(), met, seen, &self.bound);
        }
    }

    /// Scores the wanted records of a stretch in their order.
    fn score(&self, groups: &[Opened], from: DocId, desk: &mut Desk, pass: &mut Pass) {
        let Desk { postings, met, list, sheets, .. } = desk;
        let mut any = 0;
        list.clear();
        met.each(|record| {
            let signs = postings.signs.of(record);
            any |= signs;
            list.push((record as u16, signs));
        });
        if list.is_empty() {
            return;
        }
        let scored = Scored { bits: met, list, any };
        let tie = self.weights.tie;
        sheets.begin(self.words.len());
        groups.iter().for_each(|group| group.score((from, postings), scored, tie, sheets));
        let Sheets { words, all, title, .. } = sheets;
        let mut show = |record: u32, words: f32, sum: f32| {
            pass.keep(from + record, self.joined.score(words, sum, title.at(record)), words as u32);
        };
        let tied = |best: f32, sum: f32| best + tie * (sum - best);
        match words.get_mut(..self.words.len()).unwrap_or_default() {
            // A single word needs no sheet of all words.
            [word] => word.drain(|record, best, sum| show(record, 1.0, tied(best, sum))),
            words => {
                for word in words {
                    word.drain(|record, best, sum| all.count(record, tied(best, sum)));
                }
                all.drain(&mut show);
            }
        }
        title.drain(|_, _, _| {});
        pass.prune();
    }

    fn open<'s>(&'s self, reader: &'s SegmentReader, at: usize) -> tantivy::Result<Open<'s>> {
        let mut terms =
            Terms { segment: reader, fields: BTreeMap::new(), known: BTreeMap::new(), runs: Vec::new() };
        let mut opened = Vec::new();
        for Groups { group, sets, words } in &self.groups {
            let mut leaves = Vec::new();
            for set in sets {
                let stands = |known: &'s Known<'s>| Some((known, known.standing.places.get(at)?.as_ref()?));
                let of_set = set.iter().filter_map(stands);
                let of_set = of_set.map(|(known, about)| self.scorer(known, about, &mut terms));
                leaves.push(of_set.collect::<tantivy::Result<Vec<_>>>()?);
            }
            if leaves.iter().any(|set| !set.is_empty()) {
                let factors = factors(group, self.weights);
                opened.push(Opened { words, factors, takes_all: is_part(group), sets: leaves });
            }
        }
        Ok(Open { segment: at, groups: opened, runs: terms.runs })
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

/// The segment that a thread reads.
pub(crate) struct Open<'a> {
    segment: usize,
    /// The groups that stand in the segment.
    groups: Vec<Opened<'a>>,
    /// The postings of their terms, each once.
    runs: Vec<Run>,
}

/// A part of a segment, which one thread looks through. Parts are taken in their order.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    pub(crate) segment: usize,
    pub(crate) reader: &'a SegmentReader,
    pub(crate) docs: Range<DocId>,
}

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
fn bound<'a>(
    groups: &mut [Groups],
    (joined, weights): (Joined, &Weights),
    most: impl Fn(Place) -> &'a Most,
) -> Bound {
    let sets = || groups.iter().flat_map(|groups| &groups.sets).filter(|set| !set.is_empty());
    let shares = sets().count() <= SETS_SHARING_MAX;
    let own = SIGNS_MAX - if shares { sets().count() } else { 0 };
    let rank = |known: &Known| (known.leaf.is_base, known.standing.count);
    let mut ranks: Vec<_> = sets().flatten().map(rank).collect();
    ranks.sort_unstable_by_key(|rank| Reverse(*rank));
    let first = ranks.get(own).copied();
    let mut bound = Bound::of(joined);
    for Groups { group, sets, words } in groups {
        bound.group(words, factors(group, weights));
        for set in sets {
            bound.set();
            let other = Mark::None(if is_part(group) { PART } else { OTHER });
            let mut others = Vec::new();
            for known in set.iter_mut() {
                let most = most(known.leaf.place).map(|of| of.map(|most| known.factor * most));
                known.mark = other;
                if first.is_none_or(|first| rank(known) > first) {
                    known.mark = bound.term(most, known.leaf.names()).unwrap_or(other);
                } else {
                    others.push((most.as_flattened().iter().copied().fold(0.0, f32::max), known));
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
