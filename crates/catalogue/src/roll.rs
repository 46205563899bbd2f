//! The records of one segment as numbers in memory: what a search reads of every record that answers.
//!
//! Codes are not kept for each record. Where a publisher is, which fields of action a record is about, and what else is
//! said of it in codes is each one of a few hundred combinations; so a record has a number for each such family, and a
//! search counts these rows and only at the end codes.

use crate::bits::leave_out;
use crate::bits::whole;
use crate::codebook::Codebook;
use crate::codes::code_term;
use crate::fields::BEGINS;
use crate::fields::CODES;
use crate::fields::ENDS;
use crate::fields::EVIDENCE;
use crate::fields::ID_HIGH;
use crate::fields::ID_LOW;
use crate::fields::ISSUED;
use crate::fields::VALID_UNTIL;
use crate::lengths::Lengths;
use foldhash::HashMap;
use record::kind::kinds;
use record::statement::RecordId;
use std::sync::Arc;
use tantivy::DocId;
use tantivy::SegmentReader;
use tantivy::columnar::Column;

/// Families of codes that are counted together, by their facets; one more has all others.
const FACETS_TOGETHER: [&[&str]; FAMILIES - 1] = [&["publisher"], &["district", "land"], &["action_field"]];
/// How many of them there are.
pub(crate) const FAMILIES: usize = 4;
/// What the code of a publisher begins with.
const PUBLISHER: &str = "publisher=";
/// Records of which is noted together what holds for all of them.
const SPAN: usize = u64::BITS as usize;
/// The day of records that have none; no day lies behind it.
const NO_DAY: u32 = u32::MAX;

/// One segment.
pub(crate) struct Roll {
    /// By record.
    times: Box<[Times]>,
    /// By 64 records.
    spans: Box<[Span]>,
    /// By record.
    lengths: Box<[Lengths]>,
    /// A bit for each record of a kind that readers are shown.
    pub(crate) shown: Box<[u64]>,
    /// The combinations of each family, and which of them each record has.
    pub(crate) rows: [Rows; FAMILIES],
    /// By row of the first family: the publisher, as `publisher=th.jena`.
    publishers: Box<[Arc<str>]>,
    ids: [Column<u64>; 2],
    issued_column: Column<u64>,
    begins: Option<Column<u64>>,
    ends: Option<Column<u64>>,
    evidence: Option<Column<u64>>,
}

/// What a record says of its age.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// When it was signed, in seconds; what is signed after 2106 counts as of then.
    pub(crate) issued: u32,
    /// Its last day as a number, or [`NO_DAY`].
    pub(crate) valid_until: u32,
}

/// What holds for 64 records one behind the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    /// The first and the last of their moments of signing.
    pub(crate) issued: (u32, u32),
    /// The first of their last days.
    pub(crate) valid_until: u32,
}

impl Span {
    fn of(times: &[Times]) -> Span {
        let moments = || times.iter().map(|times| times.issued);
        Span {
            issued: (moments().min().unwrap_or_default(), moments().max().unwrap_or_default()),
            valid_until: times.iter().map(|times| times.valid_until).min().unwrap_or(NO_DAY),
        }
    }
}

/// Combinations of codes.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// By record: its row.
    of: Vec<u32>,
    /// Where the codes of each row begin, and behind the last where they end.
    starts: Vec<u32>,
    codes: Vec<u32>,
}

impl Roll {
    /// Reads a segment; nothing where it holds no record at all.
    pub(crate) fn read(segment: &SegmentReader, book: &Codebook) -> tantivy::Result<Option<Roll>> {
        let fast = segment.fast_fields();
        let number = |name: &str| fast.column_opt::<u64>(name);
        let (Some(high), Some(low), Some(issued)) = (number(ID_HIGH)?, number(ID_LOW)?, number(ISSUED)?)
        else {
            return Ok(None);
        };
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let until = number(VALID_UNTIL)?;
        let last = |doc| until.as_ref().and_then(|until| until.first(doc)).map_or(NO_DAY, small);
        let rows = divided(segment, book)?;
        let [by_publisher, .., others] = &rows;
        let publishers = book.with_names(|names, _| {
            let is_publisher = |code: &&Arc<str>| code.starts_with(PUBLISHER);
            let of_row = |row| {
                let names = by_publisher.codes(row).iter().filter_map(|code| names.get(*code as usize));
                names.into_iter().find(is_publisher).map(Arc::clone).unwrap_or_else(|| PUBLISHER.into())
            };
            (0..by_publisher.count()).map(of_row).collect()
        });
        let shown = shown(others, book);
        let times = (0..segment.max_doc()).map(|doc| {
            let issued = small(issued.first(doc).unwrap_or_default());
            Times { issued, valid_until: last(doc) }
        });
        let times: Box<[Times]> = times.collect();
        Ok(Some(Roll {
            spans: times.chunks(SPAN).map(Span::of).collect(),
            times,
            lengths: Lengths::read(segment)?,
            shown,
            rows,
            publishers,
            ids: [high, low],
            issued_column: issued,
            begins: number(BEGINS)?,
            ends: number(ENDS)?,
            evidence: number(EVIDENCE)?,
        }))
    }

    /// The name of a record; names are ordered by publisher and then by id.
    pub(crate) fn name(&self, doc: DocId) -> (&str, RecordId) {
        let [publishers, ..] = &self.rows;
        let publisher = self.publishers.get(publishers.of(doc)).map_or("", |code| code);
        let [high, low] = &self.ids;
        let half = |column: &Column<u64>| u128::from(column.first(doc).unwrap_or_default());
        let id = half(high) << u64::BITS | half(low);
        (publisher.strip_prefix(PUBLISHER).unwrap_or_default(), RecordId::from_bytes(id.to_be_bytes()))
    }

    /// The rows that have the codes of a facet.
    pub(crate) fn rows_of(&self, facet: &str) -> &Rows {
        let [.., others] = &self.rows;
        self.rows.get(family(facet)).unwrap_or(others)
    }

    /// What a record says of its age.
    pub(crate) fn times(&self, doc: DocId) -> Option<&Times> {
        self.times.get(doc as usize)
    }

    /// How long the texts are of the records from one on.
    pub(crate) fn lengths(&self, from: DocId) -> &[Lengths] {
        self.lengths.get(from as usize..).unwrap_or_default()
    }

    /// Records with what holds for them, 64 at a time.
    pub(crate) fn spans(&self) -> impl Iterator<Item = (Span, &[Times])> {
        self.spans.iter().copied().zip(self.times.chunks(SPAN))
    }

    /// How many steps of evidence a record has by itself.
    pub(crate) fn evidence(&self, doc: DocId) -> u64 {
        self.evidence.as_ref().and_then(|evidence| evidence.first(doc)).unwrap_or_default()
    }

    /// When a record was signed, in seconds.
    pub(crate) fn issued(&self, doc: DocId) -> u64 {
        self.issued_column.first(doc).unwrap_or_default()
    }

    /// The first and the last day of a record, where it has days.
    pub(crate) fn days(&self, doc: DocId) -> Option<(u64, u64)> {
        let day = |column: &Option<Column<u64>>| column.as_ref().and_then(|column| column.first(doc));
        let (begins, ends) = (day(&self.begins), day(&self.ends));
        Some((begins.or(ends)?, ends.or(begins)?))
    }
}

impl std::fmt::Debug for Roll {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Roll").field("records", &self.times.len()).finish_non_exhaustive()
    }
}

impl Rows {
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The row of a record.
    pub(crate) fn of(&self, doc: DocId) -> usize {
        self.of.get(doc as usize).copied().unwrap_or_default() as usize
    }

    /// The numbers of the codes of a row.
    pub(crate) fn codes(&self, row: usize) -> &[u32] {
        let at = |row: usize| self.starts.get(row).copied().unwrap_or_default() as usize;
        self.codes.get(at(row)..at(row + 1)).unwrap_or_default()
    }
}

/// Rows while they are collected.
#[derive(Default)]
struct Collected {
    /// Only looked up, never walked through, so its order is none.
    known: HashMap<Box<[u32]>, u32>,
    of: Vec<u32>,
    codes: Vec<u32>,
    starts: Vec<u32>,
}

impl Collected {
    /// The next record has these codes.
    fn push(&mut self, codes: &[u32]) {
        let row = match self.known.get(codes) {
            Some(row) => *row,
            None => {
                let row = self.starts.len() as u32;
                self.starts.push(self.codes.len() as u32);
                self.codes.extend(codes);
                self.known.insert(codes.into(), row);
                row
            }
        };
        self.of.push(row);
    }

    fn done(mut self) -> Rows {
        self.starts.push(self.codes.len() as u32);
        let Collected { mut of, mut starts, mut codes, .. } = self;
        [&mut of, &mut starts, &mut codes].into_iter().for_each(Vec::shrink_to_fit);
        Rows { of, starts, codes }
    }
}

#[cfg(test)]
impl Rows {
    /// Of records that have these codes.
    pub(crate) fn collected<'a>(records: impl IntoIterator<Item = &'a [u32]>) -> Rows {
        let mut collected = Collected::default();
        records.into_iter().for_each(|codes| collected.push(codes));
        collected.done()
    }
}

fn divided(segment: &SegmentReader, book: &Codebook) -> tantivy::Result<[Rows; FAMILIES]> {
    let column = segment.fast_fields().str(CODES)?;
    let numbers = match &column {
        Some(column) => {
            let named = book.numbers(column)?.into_iter();
            let facet = |code: &str| code.split_once('=').map_or("", |(facet, _)| facet).to_owned();
            named.map(|(code, number)| (number, family(&facet(&code)))).collect()
        }
        None => Vec::<(u32, usize)>::new(),
    };
    let mut rows: [Collected; FAMILIES] = Default::default();
    let mut own: [Vec<u32>; FAMILIES] = Default::default();
    for doc in 0..segment.max_doc() {
        own.iter_mut().for_each(Vec::clear);
        for ord in column.iter().flat_map(|column| column.ords().values_for_doc(doc)) {
            let known = usize::try_from(ord).ok().and_then(|ord| numbers.get(ord));
            if let Some((number, family)) = known
                && let Some(own) = own.get_mut(*family)
            {
                own.push(*number);
            }
        }
        rows.iter_mut().zip(&own).for_each(|(rows, own)| rows.push(own));
    }
    Ok(rows.map(Collected::done))
}

/// A bit for each record that is of no kind which only nodes have to do with.
fn shown(others: &Rows, book: &Codebook) -> Box<[u64]> {
    let protocol = kinds().iter().filter(|kind| kind.protocol);
    let hidden: Vec<u32> = protocol.filter_map(|kind| book.number(&code_term("kind", &kind.name))).collect();
    let is_hidden = |row| others.codes(row).iter().any(|code| hidden.contains(code));
    let rows: Vec<bool> = (0..others.count()).map(is_hidden).collect();
    let mut shown = whole(others.of.len());
    for (record, row) in others.of.iter().enumerate() {
        if rows.get(*row as usize).is_some_and(|is_hidden| *is_hidden) {
            leave_out(&mut shown, record);
        }
    }
    shown.into()
}

/// The family of the codes of a facet.
fn family(facet: &str) -> usize {
    FACETS_TOGETHER.iter().position(|facets| facets.contains(&facet)).unwrap_or(FAMILIES - 1)
}
