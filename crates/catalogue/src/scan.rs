//! The one pass over the postings: which records answer the words, and how well.
//!
//! Scores are sums in the order in which the words were typed, over counts of the records that stand. So they are
//! the same number on every node with the same records, down to the last digit, whatever came when.

use crate::dictionary::Dictionary;
use crate::edition::Edition;
use crate::edition::Standing;
use crate::plan::Answer;
use crate::plan::Group;
use crate::plan::Leaf;
use crate::plan::Place;
use crate::weights::Weights;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use tantivy::DocId;
use tantivy::InvertedIndexReader;
use tantivy::SegmentReader;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::BlockSegmentPostings;
use tantivy::schema::Field;
use tantivy::schema::IndexRecordOption;

/// Records that are scored together; what they need fits into the nearest memory of a processor.
const STRETCH: DocId = 1 << 12;
const SIZE: usize = STRETCH as usize;
/// A word that stands so often in a text is looked up in a table; what is more is reckoned.
const COUNTS: usize = 4;
/// The share of a usual text below which shorter texts gain no more.
const SHORT: f32 = 0.5;
/// Lengths of texts that tantivy tells apart.
const NORMS: usize = 256;

/// A leaf with what the whole index says of it.
#[derive(Debug)]
struct Known<'a> {
    leaf: &'a Leaf,
    /// Its rarity times its weight.
    factor: f32,
    standing: Arc<Standing>,
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
    /// Words and parts of compounds that a title may say.
    sayable: usize,
    weights: &'a Weights,
    title: Curve,
    body: Curve,
}

/// A record that answers at least one word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scored {
    pub(crate) doc: DocId,
    pub(crate) score: f32,
    /// How many words it answers.
    pub(crate) words: u32,
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
        Ok(Score { words, sayable, weights, title, body })
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

    /// Scores the records of one segment in their order.
    pub(crate) fn segment(
        &self,
        segment: &SegmentReader,
        at: usize,
        sheets: &mut Sheets,
        mut see: impl FnMut(Scored),
    ) -> tantivy::Result<()> {
        let mut words = self.open(segment, at)?;
        let (of, sayable) = (words.len() as f32, self.sayable.max(1) as f32);
        let Weights { alone, titled, tie, .. } = *self.weights;
        let mut from = 0;
        while from < segment.max_doc() {
            let to = from.saturating_add(STRETCH).min(segment.max_doc());
            for groups in &mut words {
                for group in groups.iter_mut() {
                    group.walk(from, to, tie, sheets);
                }
                let Sheets { word, all, .. } = &mut *sheets;
                // A single word needs no sheet of all words.
                if of > 1.0 {
                    word.drain(|doc, best, sum| all.count(doc, best + tie * (sum - best)));
                }
            }
            let Sheets { word, all, title, .. } = &mut *sheets;
            let mut show = |doc: DocId, words: f32, sum: f32| {
                let share = alone + (1.0 - alone) * words / of;
                let (said, of_title) = title.at(doc);
                // Squared, so that a title in which the words only occur gains next to nothing.
                let alike = of_title.min(1.0) * said / sayable;
                let score = sum * share * (1.0 + titled * alike * alike);
                see(Scored { doc: from + doc, score, words: words as u32 });
            };
            if of > 1.0 {
                all.drain(&mut show);
            } else {
                word.drain(|doc, best, sum| show(doc, 1.0, best + tie * (sum - best)));
            }
            title.drain(|_, _, _| {});
            from = to;
        }
        Ok(())
    }

    /// By word: its groups that stand in a segment.
    fn open<'s>(&'s self, segment: &SegmentReader, at: usize) -> tantivy::Result<Vec<Vec<Opened<'s>>>> {
        let mut fields = BTreeMap::new();
        let mut words = Vec::new();
        for groups in &self.words {
            let mut opened = Vec::new();
            for Groups { group, sets } in groups {
                let factors: Vec<f32> = (0..=sets.len()).map(|met| self.factor(group, met)).collect();
                let mut runs = Vec::new();
                for set in sets {
                    let mut of_set = Vec::new();
                    for known in set {
                        of_set.extend(self.run(known, segment, at, &mut fields)?);
                    }
                    runs.push(of_set);
                }
                if runs.iter().any(|runs| !runs.is_empty()) {
                    opened.push(Opened { factors, sets: runs });
                }
            }
            words.push(opened);
        }
        Ok(words)
    }

    /// The postings of a term in a segment, if it stands there.
    fn run<'s>(
        &'s self,
        known: &Known,
        segment: &SegmentReader,
        at: usize,
        fields: &mut BTreeMap<Field, Arc<InvertedIndexReader>>,
    ) -> tantivy::Result<Option<Run<'s>>> {
        let Some(Some(about)) = known.standing.places.get(at) else { return Ok(None) };
        let field = known.leaf.field;
        let index = match fields.entry(field) {
            Entry::Occupied(index) => index.into_mut(),
            Entry::Vacant(place) => place.insert(segment.inverted_index(field)?),
        };
        let curve = match known.leaf.place {
            Place::Title => Some(&self.title),
            Place::Body => Some(&self.body),
            Place::Label => None,
        };
        let text = match curve {
            Some(curve) => Some((segment.get_fieldnorms_reader(field)?, curve)),
            None => None,
        };
        let option = if text.is_some() { IndexRecordOption::WithFreqs } else { IndexRecordOption::Basic };
        let block = index.read_block_postings_from_terminfo(about, option)?;
        Ok(Some(Run { block, at: 0, text, factor: known.factor, names: known.leaf.names() }))
    }

    /// What the sum of a group counts where so many of its sets are there.
    fn factor(&self, group: &Group, met: usize) -> f32 {
        let share = met as f32 / group.sets.len().max(1) as f32;
        match group.is_whole {
            true if met < group.sets.len() => 0.0,
            true => group.weight,
            false => group.weight * (self.weights.some_parts + (1.0 - self.weights.some_parts) * share),
        }
    }
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
            found.push((count, Known { leaf, factor: leaf.weight * rarity(count, all), standing }));
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

/// The inverse document frequency of BM25.
fn rarity(count: u64, all: u64) -> f32 {
    let (count, all) = (count as f32, all.max(count) as f32);
    (1.0 + (all - count + 0.5) / (count + 0.5)).ln()
}

/// What a word counts by how often it stands in a text and how long the text is: BM25 without the rarity.
#[derive(Debug)]
struct Curve {
    saturation: f32,
    /// What is added to the count, by the length of the text.
    added: Box<[f32; NORMS]>,
    /// By count from 1 on, then by the length of the text.
    table: Box<[[f32; NORMS]; COUNTS]>,
}

impl Curve {
    /// For texts of which so many words are usual.
    fn of(usual: f32, weights: &Weights) -> Curve {
        let (saturation, length) = (weights.saturation, weights.length);
        let mut curve =
            Curve { saturation, added: Box::new([0.0; NORMS]), table: Box::new([[0.0; NORMS]; COUNTS]) };
        for (norm, place) in (0..=u8::MAX).zip(curve.added.iter_mut()) {
            // A text of three words is no better an answer than a short one.
            let words = (FieldNormReader::id_to_fieldnorm(norm) as f32).max(usual * SHORT);
            *place = saturation * (1.0 - length + length * words / usual);
        }
        for (row, count) in curve.table.iter_mut().zip(1u8..) {
            for (place, added) in row.iter_mut().zip(curve.added.iter()) {
                *place = reckoned(f32::from(count), saturation, *added);
            }
        }
        curve
    }

    fn at(&self, count: u32, norm: u8) -> f32 {
        let row = self.table.get((count as usize).wrapping_sub(1));
        let known = row.and_then(|row| row.get(usize::from(norm))).copied();
        known.unwrap_or_else(|| {
            let added = self.added.get(usize::from(norm)).copied().unwrap_or_default();
            reckoned(count as f32, self.saturation, added)
        })
    }
}

fn reckoned(count: f32, saturation: f32, added: f32) -> f32 {
    count * (1.0 + saturation) / (count + added)
}

/// A group with the postings of its sets in one segment.
struct Opened<'a> {
    /// What the sum of the sets counts, by how many of them are there.
    factors: Vec<f32>,
    sets: Vec<Vec<Run<'a>>>,
}

/// The postings of one leaf in one segment.
struct Run<'a> {
    /// A block of records at a time.
    block: BlockSegmentPostings,
    /// How many of the block were shown already.
    at: usize,
    /// None for a label, which counts the same wherever it stands.
    text: Option<(FieldNormReader, &'a Curve)>,
    factor: f32,
    /// Whether what it meets is said by a title in so many words.
    names: bool,
}

impl Opened<'_> {
    /// Adds its records from `from` to before `to` to the sheet of the word.
    fn walk(&mut self, from: DocId, to: DocId, tie: f32, sheets: &mut Sheets) {
        let Sheets { leaf, group, word, named, title, .. } = sheets;
        let factor = |met: f32| self.factors.get(met as usize).copied().unwrap_or_default();
        // A group of one set needs no sheet of its own.
        let alone = (self.sets.len() == 1).then(|| factor(1.0));
        let mut put = |doc, score: f32| match alone {
            Some(factor) => word.add(doc, factor * score),
            None => group.count(doc, score),
        };
        for set in &mut self.sets {
            match set.as_mut_slice() {
                // Nor does a set of one leaf.
                [only] => only.walk(from, to, named, &mut put),
                runs => {
                    for run in runs {
                        run.walk(from, to, named, |doc, score| leaf.add(doc, score));
                    }
                    leaf.drain(|doc, best, sum| put(doc, best + tie * (sum - best)));
                }
            }
            named.drain(|doc, best, _| title.count(doc, best));
        }
        if alone.is_none() {
            group.drain(|doc, met, sum| {
                let factor = factor(met);
                if factor > 0.0 {
                    word.add(doc, factor * sum);
                }
            });
        }
    }
}

impl Run<'_> {
    /// Shows its records from `from` to before `to`, counted from `from` on.
    fn walk(&mut self, from: DocId, to: DocId, named: &mut Sheet, mut see: impl FnMut(DocId, f32)) {
        loop {
            let docs = self.block.docs().get(self.at..).unwrap_or_default();
            let until = match docs.last() {
                None => return,
                Some(last) if *last < to => docs.len(),
                Some(_) => docs.partition_point(|doc| *doc < to),
            };
            let docs = docs.get(..until).unwrap_or_default();
            match &self.text {
                None => docs.iter().for_each(|doc| see(doc - from, self.factor)),
                Some((reader, curve)) => {
                    let counts = self.block.freqs().get(self.at..).unwrap_or_default();
                    for (doc, count) in docs.iter().zip(counts) {
                        let norm = reader.fieldnorm_id(*doc);
                        if self.names {
                            let length = FieldNormReader::id_to_fieldnorm(norm).max(1) as f32;
                            named.add(doc - from, 1.0 / length);
                        }
                        see(doc - from, self.factor * curve.at(*count, norm));
                    }
                }
            }
            self.at += until;
            if self.at < self.block.block_len() {
                return;
            }
            self.block.advance();
            self.at = 0;
        }
    }
}

/// Two numbers by record: the best and the sum, or how often and the sum.
#[derive(Debug)]
struct Sheet {
    numbers: Box<[(f32, f32); SIZE]>,
    /// A bit for each record that was written to, so that they are read in order without being sorted.
    touched: Box<[u64; SIZE / 64]>,
}

impl Sheet {
    fn new() -> Sheet {
        Sheet { numbers: Box::new([(0.0, 0.0); SIZE]), touched: Box::new([0; SIZE / 64]) }
    }

    /// The place of a record, which is always there: the remainders spare the processor to look whether it is.
    fn place(&mut self, doc: DocId) -> Option<&mut (f32, f32)> {
        *self.touched.get_mut(doc as usize / 64 % (SIZE / 64))? |= 1 << (doc % 64);
        self.numbers.get_mut(doc as usize % SIZE)
    }

    fn add(&mut self, doc: DocId, score: f32) {
        if let Some((best, sum)) = self.place(doc) {
            if score > *best {
                *best = score;
            }
            *sum += score;
        }
    }

    /// As [`Sheet::add`], but the first number counts how often.
    fn count(&mut self, doc: DocId, score: f32) {
        if let Some((times, sum)) = self.place(doc) {
            *times += 1.0;
            *sum += score;
        }
    }

    /// Shows every record that was touched, in their order, and leaves the sheet empty.
    fn drain(&mut self, mut see: impl FnMut(DocId, f32, f32)) {
        for (first, bits) in (0..).step_by(64).zip(self.touched.iter_mut()) {
            let mut bits = std::mem::take(bits);
            while bits != 0 {
                let doc = first + bits.trailing_zeros();
                bits &= bits - 1;
                if let Some(place) = self.numbers.get_mut(doc as usize % SIZE) {
                    let (first, sum) = std::mem::take(place);
                    see(doc, first, sum);
                }
            }
        }
    }

    /// What stands there.
    fn at(&self, doc: DocId) -> (f32, f32) {
        self.numbers.get(doc as usize % SIZE).copied().unwrap_or_default()
    }
}

/// The sheets of a search, empty after every stretch.
#[derive(Debug)]
pub(crate) struct Sheets {
    leaf: Sheet,
    group: Sheet,
    word: Sheet,
    all: Sheet,
    /// The share of the title that one word is.
    named: Sheet,
    /// How many of the words the title says, and the share of the title that they are.
    title: Sheet,
}

impl Default for Sheets {
    fn default() -> Sheets {
        let [leaf, group, word, all, named, title] = std::array::from_fn(|_| Sheet::new());
        Sheets { leaf, group, word, all, named, title }
    }
}
