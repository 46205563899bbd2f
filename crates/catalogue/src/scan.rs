//! The one pass over the postings: which records answer the words, and how well.
//!
//! Scores are sums in the order in which the words were typed, over counts of the records that stand. So they are
//! the same number on every node with the same records, down to the last digit, whatever came when.

use crate::dictionary::standing;
use crate::plan::Answer;
use crate::plan::Group;
use crate::plan::Leaf;
use crate::plan::Place;
use crate::weights::Weights;
use tantivy::DocId;
use tantivy::DocSet as _;
use tantivy::Searcher;
use tantivy::SegmentReader;
use tantivy::TERMINATED;
use tantivy::Term;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::Postings as _;
use tantivy::postings::SegmentPostings;
use tantivy::postings::TermInfo;
use tantivy::schema::IndexRecordOption;

/// Records that are scored together; what they need fits into the nearest memory of a processor.
const STRETCH: DocId = 1 << 15;
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
    /// Where it stands in each segment.
    places: Vec<Option<TermInfo>>,
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
        searcher: &Searcher,
        answers: &'a [Answer],
        weights: &'a Weights,
    ) -> tantivy::Result<Score<'a>> {
        let all = searcher.num_docs();
        let mut words = Vec::new();
        for answer in answers {
            let mut groups = Vec::new();
            for group in &answer.groups {
                let mut sets = Vec::new();
                for leaves in &group.sets {
                    sets.push(known(searcher, leaves, all)?);
                }
                groups.push(Groups { group, sets });
            }
            words.push(groups);
        }
        let sets = answers.iter().flat_map(|answer| &answer.groups).flat_map(|group| &group.sets);
        let sayable = sets.filter(|set| set.iter().any(Leaf::names)).count();
        Ok(Score { words, sayable, weights })
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
        see: &mut dyn FnMut(Scored),
    ) -> tantivy::Result<()> {
        let mut words = Vec::new();
        for groups in &self.words {
            let mut open_groups = Vec::new();
            for Groups { group, sets } in groups {
                let mut open_sets = Vec::new();
                for set in sets {
                    open_sets.push(open(segment, at, set, self.weights)?);
                }
                open_groups.push((*group, open_sets));
            }
            words.push(open_groups);
        }
        let mut sheets = Sheets::new(segment.max_doc().min(STRETCH) as usize);
        let of = words.len() as f32;
        let sayable = self.sayable.max(1) as f32;
        let mut from = 0;
        while from < segment.max_doc() {
            let to = from.saturating_add(STRETCH).min(segment.max_doc());
            for groups in &mut words {
                for (group, sets) in groups {
                    for set in sets.iter_mut() {
                        for run in set.iter_mut() {
                            run.walk(from, to, &mut sheets);
                        }
                        sheets.leaf.drain(|doc, best, sum| {
                            sheets.group.count(doc, best + self.weights.tie * (sum - best));
                        });
                        sheets.named.drain(|doc, best, _| sheets.title.count(doc, best));
                    }
                    let factors: Vec<f32> = (0..=sets.len()).map(|met| self.factor(group, met)).collect();
                    sheets.group.drain(|doc, met, sum| {
                        let factor = factors.get(met as usize).copied().unwrap_or_default();
                        if factor > 0.0 {
                            sheets.word.add(doc, factor * sum);
                        }
                    });
                }
                sheets
                    .word
                    .drain(|doc, best, sum| sheets.all.count(doc, best + self.weights.tie * (sum - best)));
            }
            sheets.all.drain_in_order(|doc, words, sum| {
                let share = self.weights.alone + (1.0 - self.weights.alone) * words / of;
                let (said, of_title) = sheets.title.at(doc);
                // Squared, so that a title in which the words only occur gains next to nothing.
                let alike = of_title.min(1.0) * said / sayable;
                let titled = 1.0 + self.weights.titled * alike * alike;
                see(Scored { doc: from + doc, score: sum * share * titled, words: words as u32 });
            });
            sheets.title.drain(|_, _, _| {});
            from = to;
        }
        Ok(())
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
fn known<'a>(searcher: &Searcher, leaves: &'a [Leaf], all: u64) -> tantivy::Result<Vec<Known<'a>>> {
    let mut found: Vec<(u64, Known<'a>)> = Vec::new();
    for leaf in leaves.iter().filter(|leaf| leaf.weight > 0.0) {
        let term = Term::from_field_text(leaf.field, &leaf.text);
        let mut places = Vec::new();
        let mut count = 0;
        for segment in searcher.segment_readers() {
            let place = segment.inverted_index(leaf.field)?.get_term_info(&term)?;
            if let Some(about) = &place {
                count += standing(segment, leaf.field, about)?;
            }
            places.push(place);
        }
        if count > 0 {
            found.push((count, Known { leaf, factor: leaf.weight * rarity(count, all), places }));
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

/// The postings of one leaf in one segment.
struct Run {
    postings: SegmentPostings,
    norms: Option<(FieldNormReader, Box<[f32; NORMS]>)>,
    factor: f32,
    weights_saturation: f32,
    /// Whether what it meets is said by a title in so many words.
    names: bool,
}

fn open(segment: &SegmentReader, at: usize, set: &[Known], weights: &Weights) -> tantivy::Result<Vec<Run>> {
    let mut runs = Vec::new();
    for known in set {
        let Some(Some(about)) = known.places.get(at) else { continue };
        let field = known.leaf.field;
        let usual = match known.leaf.place {
            Place::Title => Some(weights.title_words),
            Place::Body => Some(weights.body_words),
            Place::Label => None,
        };
        let norms = match usual {
            Some(usual) => Some((segment.get_fieldnorms_reader(field)?, lengths(usual, weights))),
            None => None,
        };
        let option = if norms.is_some() { IndexRecordOption::WithFreqs } else { IndexRecordOption::Basic };
        let postings = segment.inverted_index(field)?.read_postings_from_terminfo(about, option)?;
        let (factor, weights_saturation) = (known.factor, weights.saturation);
        runs.push(Run { postings, norms, factor, weights_saturation, names: known.leaf.names() });
    }
    Ok(runs)
}

/// What BM25 adds to the count of a word in a text, by the length of the text.
fn lengths(usual: f32, weights: &Weights) -> Box<[f32; NORMS]> {
    let mut table = Box::new([0.0; NORMS]);
    for (norm, place) in (0..=u8::MAX).zip(table.iter_mut()) {
        // A text of three words is no better an answer than a short one.
        let length = (FieldNormReader::id_to_fieldnorm(norm) as f32).max(usual * SHORT);
        *place = weights.saturation * (1.0 - weights.length + weights.length * length / usual);
    }
    table
}

impl Run {
    /// Adds its records from `from` to before `to`.
    fn walk(&mut self, from: DocId, to: DocId, sheets: &mut Sheets) {
        let mut doc = self.postings.doc();
        while doc < to && doc != TERMINATED {
            let score = match &self.norms {
                None => self.factor,
                Some((reader, table)) => {
                    let count = self.postings.term_freq() as f32;
                    let norm = reader.fieldnorm_id(doc);
                    if self.names {
                        let length = FieldNormReader::id_to_fieldnorm(norm).max(1) as f32;
                        sheets.named.add(doc - from, 1.0 / length);
                    }
                    let added = table.get(usize::from(norm)).copied().unwrap_or_default();
                    self.factor * count * (1.0 + self.weights_saturation) / (count + added)
                }
            };
            sheets.leaf.add(doc - from, score);
            doc = self.postings.advance();
        }
    }
}

/// One number for the best and one for the sum, by record.
struct Sheet {
    numbers: Vec<(f32, f32)>,
    touched: Vec<DocId>,
}

impl Sheet {
    fn new(size: usize) -> Sheet {
        Sheet { numbers: vec![(0.0, 0.0); size], touched: Vec::new() }
    }

    fn add(&mut self, doc: DocId, score: f32) {
        if let Some((best, sum)) = self.numbers.get_mut(doc as usize) {
            if *sum == 0.0 {
                self.touched.push(doc);
            }
            *best = best.max(score);
            *sum += score;
        }
    }

    /// As [`Sheet::add`], but the first number counts how often.
    fn count(&mut self, doc: DocId, score: f32) {
        if let Some((times, sum)) = self.numbers.get_mut(doc as usize) {
            if *times == 0.0 {
                self.touched.push(doc);
            }
            *times += 1.0;
            *sum += score;
        }
    }

    /// Shows every record that was touched and leaves the sheet empty.
    fn drain(&mut self, mut see: impl FnMut(DocId, f32, f32)) {
        for doc in self.touched.drain(..) {
            if let Some(place) = self.numbers.get_mut(doc as usize) {
                let (first, sum) = std::mem::take(place);
                see(doc, first, sum);
            }
        }
    }

    /// What stands there.
    fn at(&self, doc: DocId) -> (f32, f32) {
        self.numbers.get(doc as usize).copied().unwrap_or_default()
    }

    fn drain_in_order(&mut self, see: impl FnMut(DocId, f32, f32)) {
        self.touched.sort_unstable();
        self.drain(see);
    }
}

/// The sheets of one segment.
struct Sheets {
    leaf: Sheet,
    group: Sheet,
    word: Sheet,
    all: Sheet,
    /// The share of the title that one word is.
    named: Sheet,
    /// How many of the words the title says, and the share of the title that they are.
    title: Sheet,
}

impl Sheets {
    fn new(size: usize) -> Sheets {
        let sheet = || Sheet::new(size);
        let [leaf, group, word, all, named, title] = std::array::from_fn(|_| sheet());
        Sheets { leaf, group, word, all, named, title }
    }
}
