//! Which of the scored records pass the filters, how all of them divide, and the best of them: in one pass.

use crate::bits;
use crate::bits::Bits;
use crate::card::number;
use crate::codebook::Codebook;
use crate::codes::code_term;
use crate::cursor::Cursor;
use crate::edition::Edition;
use crate::lengths::Lengths;
use crate::present::Present;
use crate::query::Days;
use crate::query::FACETS;
use crate::query::Filters;
use crate::query::Order;
use crate::roll::FAMILIES;
use crate::roll::Roll;
use crate::roll::Span;
use crate::tally::SEEN;
use crate::tally::Tally;
use crate::tally::tally;
use record::kind::kinds;
use record::moment::Moment;
use record::statement::RecordId;
use std::cmp::Ordering;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use tantivy::DocId;

/// Codes listed for one facet, at most; the most frequent stay.
const CODES_MAX: usize = 200;
/// Steps of rank in one unit of score.
const STEPS: f32 = 1024.0;
/// Candidates that wait beyond those asked for until the worse ones are let go.
const SLACK: usize = 1_024;
/// Facets that are filtered by at once; what is beyond lets nothing pass, as a facet that there is not.
const GROUPS_MAX: usize = 24;
/// What is known of a row besides the groups that it satisfies: that it is of a kind that readers are not shown.
const HIDDEN: u32 = SEEN >> 1;
/// The facet that is told from days and not from codes.
const FRESHNESS: &str = "freshness";
/// Its codes, the youngest first.
const FRESH: [&str; 4] = ["month", "year", "older", "overdue"];
const MONTH_DAYS: u64 = 31;
const YEAR_DAYS: u64 = 365;
const DAY_SECONDS: u64 = 86_400;

/// The score that a rank stands for.
pub(crate) fn score(rank: u64) -> f32 {
    rank as f32 / STEPS
}

/// Scores in whole steps. A cast from float cuts off and saturates; scores are never negative.
pub(crate) fn rank(score: f32) -> u64 {
    (score * STEPS + 0.5) as u64
}

/// A record in the order of hits: `rank` and `second` falling, then its key rising.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) rank: u64,
    pub(crate) second: u64,
    pub(crate) segment: usize,
    pub(crate) doc: DocId,
    pub(crate) words: u32,
}

impl Candidate {
    /// A record by its place only.
    pub(crate) fn at(segment: usize, doc: DocId) -> Candidate {
        Candidate { rank: 0, second: 0, segment, doc, words: 0 }
    }

    fn falling(&self, other: &Candidate) -> Ordering {
        other.rank.cmp(&self.rank).then_with(|| other.second.cmp(&self.second))
    }
}

/// What was asked for besides words, ready to be held against records.
#[derive(Debug)]
pub(crate) struct Sieve {
    /// By number of a code: the bit of the group of the filter that it satisfies, or [`HIDDEN`].
    roles: Vec<u32>,
    /// By number of a code: the place of its facet among [`FACETS`].
    facets: Vec<u8>,
    /// The same of each group.
    groups: Vec<u8>,
    /// The group of freshness and its codes.
    fresh: Option<(usize, [bool; FRESH.len()])>,
    from: Option<u64>,
    until: Option<u64>,
    now: Option<Now>,
    order: Order,
    has_words: bool,
}

/// The moment of the question, and the moments from which on a record counts as young.
#[derive(Clone, Copy, Debug)]
struct Now {
    month: u32,
    year: u32,
    day: u32,
}

impl Now {
    fn of(now: Moment) -> Option<Now> {
        let from = |days: u64| {
            let seconds = (now.seconds() + 1).saturating_sub(days * DAY_SECONDS);
            u32::try_from(seconds).unwrap_or(u32::MAX)
        };
        let day = u32::try_from(number(&now.day().to_string())?).ok()?;
        Some(Now { month: from(MONTH_DAYS), year: from(YEAR_DAYS), day })
    }

    /// The place among [`FRESH`].
    fn freshness(self, issued: u32, valid_until: u32) -> usize {
        match issued {
            _ if valid_until < self.day => 3,
            issued if issued >= self.month => 0,
            issued if issued >= self.year => 1,
            _ => 2,
        }
    }

    /// Adds the records of a set to the counts of each place.
    fn count(self, records: &[u64], roll: &Roll, fresh: &mut [u64; FRESH.len()]) {
        let mut add = |place: usize, count: u32| {
            if let Some(sum) = fresh.get_mut(place) {
                *sum += u64::from(count);
            }
        };
        for (word, (span, lines)) in records.iter().zip(roll.spans()) {
            match self.same(&span) {
                Some(place) => add(place, word.count_ones()),
                None => bits::each([*word], |at| {
                    if let Some(line) = lines.get(at as usize) {
                        add(self.freshness(line.issued, line.valid_until), 1);
                    }
                }),
            }
        }
    }

    /// The place of all records of a span, where it is the same and none is overdue.
    fn same(self, span: &Span) -> Option<usize> {
        let (first, last) = span.issued;
        let place = self.freshness(first, span.valid_until);
        (span.valid_until >= self.day && place == self.freshness(last, span.valid_until)).then_some(place)
    }
}

impl Sieve {
    /// For so many codes.
    pub(crate) fn new(
        (book, codes): (&Codebook, usize),
        filters: &Filters,
        days: &Days,
        now: Option<Moment>,
        (order, has_words): (Order, bool),
    ) -> Sieve {
        let mut roles = vec![0; codes];
        let mut put = |code: &str, role: u32| {
            if let Some(place) = book.number(code).and_then(|number| roles.get_mut(number as usize)) {
                *place |= role;
            }
        };
        let mut groups = Vec::new();
        let mut fresh = None;
        for (facet, wanted) in filters.iter() {
            // A facet that there is not is a group that nothing satisfies.
            let place = FACETS.iter().position(|known| *known == facet).map_or(u8::MAX, |at| at as u8);
            if groups.len() < GROUPS_MAX {
                wanted.iter().for_each(|code| put(&code_term(facet, code), 1 << groups.len()));
            }
            if facet == FRESHNESS {
                fresh = Some((groups.len(), FRESH.map(|code| wanted.contains(code))));
            }
            groups.push(place);
        }
        if filters.of("kind").next().is_none() {
            let protocol = kinds().iter().filter(|kind| kind.protocol);
            protocol.for_each(|kind| put(&code_term("kind", &kind.name), HIDDEN));
        }
        let day = |day: &Option<String>| day.as_deref().and_then(number);
        let now = now.and_then(Now::of);
        let (from, until) = (day(&days.from), day(&days.until));
        let facets = book.with_names(|_, facets| facets.to_vec());
        Sieve { roles, facets, groups, fresh, from, until, now, order, has_words }
    }

    /// Whether nothing is filtered but what readers are not shown.
    fn is_open(&self) -> bool {
        self.groups.is_empty() && self.from.is_none() && self.until.is_none()
    }

    /// What the codes of a row satisfy.
    fn role(&self, codes: &[u32]) -> u32 {
        codes.iter().filter_map(|code| self.roles.get(*code as usize)).fold(0, |all, role| all | role)
    }
}

/// Where most records passed, tallying the others is less work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Passed,
    Others,
}

/// What the pass over all segments found.
#[derive(Debug, Default)]
pub(crate) struct Sifted {
    pub(crate) total: u64,
    counts: Vec<u32>,
    fresh: [u64; FRESH.len()],
    /// By segment, where nothing is filtered: the records that passed, which are counted at the end.
    pub(crate) passed: Vec<Vec<u64>>,
    pub(crate) best: Vec<Candidate>,
}

impl Sifted {
    /// Nothing yet.
    pub(crate) fn new(edition: &Edition) -> Sifted {
        let passed = vec![Vec::new(); edition.rolls.len()];
        Sifted { counts: vec![0; edition.codes.len()], passed, ..Sifted::default() }
    }

    /// Adds what another thread found in other records.
    pub(crate) fn add(&mut self, other: Sifted) {
        self.total += other.total;
        self.counts.iter_mut().zip(other.counts).for_each(|(sum, count)| *sum += count);
        self.fresh.iter_mut().zip(other.fresh).for_each(|(sum, count)| *sum += count);
        self.best.extend(other.best);
        for (own, other) in self.passed.iter_mut().zip(other.passed) {
            if own.len() < other.len() {
                own.resize(other.len(), 0);
            }
            own.iter_mut().zip(other).for_each(|(own, other)| *own |= other);
        }
    }

    /// Counts what passed in one segment where nothing was filtered.
    pub(crate) fn count(
        &mut self,
        (segment, passed): (usize, &[u64]),
        (edition, side): (&Edition, Side),
        sieve: &Sieve,
        tallies: &mut [Tally; FAMILIES],
    ) {
        let Sifted { total, counts, fresh, .. } = self;
        if let Some(Some(roll)) = edition.rolls.get(segment)
            && let Some(Some(present)) = edition.present.get(segment)
        {
            let met = bits::count(passed);
            *total += met;
            if let Some(now) = sieve.now {
                now.count(passed, roll, fresh);
            }
            let passed = passed.iter().copied().chain(std::iter::repeat(0));
            let tallied = present.shown.iter().zip(passed).map(|(shown, passed)| match side {
                Side::Passed => passed,
                Side::Others => shown & !passed,
            });
            tally(roll, tallied, tallies, |code, count| {
                counts.get_mut(code as usize).into_iter().for_each(|sum| *sum += count);
            });
        }
    }

    /// Which records of all segments are to be tallied.
    pub(crate) fn side(&self, edition: &Edition) -> Side {
        let passed: u64 = self.passed.iter().map(|passed| bits::count(passed)).sum();
        let shown: u64 = edition.present.iter().flatten().map(|present| present.count).sum();
        if passed > shown / 2 { Side::Others } else { Side::Passed }
    }

    /// Makes the counts those of what passed.
    pub(crate) fn turn(&mut self, edition: &Edition, side: Side) {
        if side == Side::Others {
            let all = edition.counts().iter();
            self.counts.iter_mut().zip(all).for_each(|(count, all)| *count = all - *count);
        }
    }

    /// Every facet with its codes, most frequent first, then in the order of the codes, which is given by number.
    pub(crate) fn facets(&self, book: &Codebook, order: &[u32]) -> BTreeMap<String, Vec<(String, u64)>> {
        let mut met = FACETS.map(|_| BinaryHeap::new());
        book.with_names(|names, facets| {
            for (number, ((count, facet), order)) in self.counts.iter().zip(facets).zip(order).enumerate() {
                if *count > 0
                    && let Some(met) = met.get_mut(usize::from(*facet))
                {
                    let own = (Reverse(*count), *order, number);
                    if met.len() < CODES_MAX {
                        met.push(own);
                    } else if let Some(mut last) = met.peek_mut()
                        && own < *last
                    {
                        *last = own;
                    }
                }
            }
            let name = |number: usize| names.get(number).map_or("", |name| name);
            let listed = FACETS.iter().zip(met).map(|(facet, codes)| {
                if *facet == FRESHNESS {
                    return ((*facet).to_owned(), self.freshness());
                }
                let named = codes.into_sorted_vec().into_iter().map(|(Reverse(count), _, number)| {
                    let code = name(number).split_once('=').map_or("", |(_, code)| code);
                    (code.to_owned(), u64::from(count))
                });
                ((*facet).to_owned(), named.collect())
            });
            listed.collect()
        })
    }

    fn freshness(&self) -> Vec<(String, u64)> {
        let counts = FRESH.iter().zip(self.fresh).filter(|(_, count)| *count > 0);
        let mut counts: Vec<_> = counts.map(|(code, count)| ((*code).to_owned(), count)).collect();
        counts.sort_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then_with(|| a.cmp(b)));
        counts
    }
}

/// The pass over one segment.
pub(crate) struct Pass<'a, 'f> {
    sieve: &'a Sieve,
    segment: usize,
    roll: &'a Roll,
    present: &'a Present,
    rolls: &'a [Option<Arc<Roll>>],
    after: Option<&'a Cursor>,
    /// Candidates to keep.
    keep: usize,
    /// Those of the parts before too.
    best: &'a mut Best<'f>,
    tallies: &'a mut [Tally; FAMILIES],
    into: &'a mut Sifted,
    /// By class, then by place among [`FRESH`].
    fresh: Vec<[u64; FRESH.len()]>,
    total: u64,
}

/// The best candidates that one thread found so far.
#[derive(Debug)]
pub(crate) struct Best<'a> {
    pub(crate) found: Vec<Candidate>,
    floor: &'a Floor,
}

impl<'a> Best<'a> {
    /// None yet.
    pub(crate) fn new(floor: &'a Floor) -> Best<'a> {
        Best { found: Vec::new(), floor }
    }
}

/// The worst score of the best that any thread found, once it has enough: what is below is not looked at any more.
#[derive(Debug, Default)]
pub(crate) struct Floor(AtomicU32);

impl Floor {
    fn score(&self) -> f32 {
        f32::from_bits(self.0.load(Relaxed))
    }

    /// Scores are never negative, so their bits are in the same order.
    fn raise(&self, score: f32) {
        self.0.fetch_max(score.to_bits(), Relaxed);
    }
}

impl<'a, 'f> Pass<'a, 'f> {
    /// Before the first record of a part of a segment; nothing where the segment holds none.
    pub(crate) fn new(
        sieve: &'a Sieve,
        (segment, edition): (usize, &'a Edition),
        (after, keep): (Option<&'a Cursor>, usize),
        tallies: &'a mut [Tally; FAMILIES],
        best: &'a mut Best<'f>,
        into: &'a mut Sifted,
    ) -> Option<Pass<'a, 'f>> {
        let rolls = &edition.rolls;
        let roll = rolls.get(segment)?.as_ref()?;
        let present = edition.present.get(segment)?.as_ref()?;
        if sieve.is_open() {
            into.passed.get_mut(segment)?.resize(present.shown.len(), 0);
        } else {
            for (tally, rows) in tallies.iter_mut().zip(&roll.rows) {
                tally.begin(rows.count(), sieve.groups.len());
            }
        }
        let fresh = vec![[0; FRESH.len()]; sieve.groups.len() + 1];
        Some(Pass { sieve, segment, roll, present, rolls, after, keep, best, tallies, into, fresh, total: 0 })
    }

    /// Holds the records of the stretch from `from` on against the filters and counts them; those that pass are left.
    pub(crate) fn sieve(&mut self, from: DocId, met: &mut Bits) {
        if self.sieve.is_open() {
            met.meet(bits::stretch(&self.present.shown, from as usize));
            let passed = self.into.passed.get_mut(self.segment).map_or(&mut [][..], Vec::as_mut_slice);
            let own = passed.get_mut(from as usize / u64::BITS as usize..).unwrap_or_default();
            own.iter_mut().zip(met.words()).for_each(|(own, met)| *own = *met);
        } else {
            met.meet(bits::stretch(&self.present.standing, from as usize));
            met.retain(|doc| self.passes(from + doc));
        }
    }

    /// Holds a record against the filters and counts it.
    fn passes(&mut self, doc: DocId) -> bool {
        if !self.in_days(doc) {
            return false;
        }
        let (sieve, roll) = (self.sieve, self.roll);
        let Some(line) = roll.line(doc) else { return false };
        let of_line = || line.rows.iter().map(|row| *row as usize).zip(&roll.rows);
        let tallies = self.tallies.iter_mut().zip(of_line());
        let roles = tallies.map(|(tally, (row, rows))| tally.role(row, || sieve.role(rows.codes(row))));
        let role = roles.fold(0, |all, role| all | role);
        if role & HIDDEN != 0 {
            return false;
        }
        let mut satisfied = role & (HIDDEN - 1);
        let fresh = sieve.now.map(|now| now.freshness(line.issued, line.valid_until));
        if let Some((group, wanted)) = &sieve.fresh
            && fresh.and_then(|fresh| wanted.get(fresh)).is_some_and(|wanted| *wanted)
        {
            satisfied |= 1u32.checked_shl(*group as u32).unwrap_or(0);
        }
        // Class 0 passes; class n fails in group n - 1 only, so it counts among the codes of that facet.
        let class = match sieve.groups.len() as u32 - satisfied.count_ones() {
            0 => 0,
            1 => satisfied.trailing_ones() as usize + 1,
            _ => return false,
        };
        self.tallies.iter_mut().zip(of_line()).for_each(|(tally, (row, _))| tally.count(class, row));
        if let Some(count) = fresh.and_then(|fresh| self.fresh.get_mut(class)?.get_mut(fresh)) {
            *count += 1;
        }
        self.total += u64::from(class == 0);
        class == 0
    }

    /// After the last record of the part: adds what was found.
    pub(crate) fn done(self) {
        if !self.sieve.is_open() {
            self.count_classes();
        }
    }

    /// Adds what passed and what failed in one filter only.
    fn count_classes(self) {
        let (sieve, into) = (self.sieve, self.into);
        // Of a class that fails in one facet, only that facet counts.
        let mut add = |class: usize, code: u32, count: u32| {
            let only = class.checked_sub(1).and_then(|group| sieve.groups.get(group));
            if (class == 0 || sieve.facets.get(code as usize) == only)
                && let Some(sum) = into.counts.get_mut(code as usize)
            {
                *sum += count;
            }
        };
        self.tallies.iter_mut().zip(&self.roll.rows).for_each(|(tally, rows)| tally.end(rows, &mut add));
        let freshness = |group: &u8| FACETS.get(usize::from(*group)) == Some(&FRESHNESS);
        for (class, counts) in self.fresh.iter().enumerate() {
            if class.checked_sub(1).is_none_or(|group| sieve.groups.get(group).is_some_and(freshness)) {
                into.fresh.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            }
        }
        into.total += self.total;
    }

    fn in_days(&self, doc: DocId) -> bool {
        if self.sieve.from.is_none() && self.sieve.until.is_none() {
            return true;
        }
        let Some((first, last)) = self.roll.days(doc) else { return false };
        self.sieve.from.is_none_or(|from| last >= from) && self.sieve.until.is_none_or(|until| first <= until)
    }

    /// How many of the best are wanted.
    pub(crate) fn wanted(&self) -> usize {
        self.keep
    }

    /// How long the texts are of the records from one on.
    pub(crate) fn lengths(&self, from: DocId) -> &'a [Lengths] {
        self.roll.lengths(from)
    }

    /// The score below which a record is not among the best any more.
    pub(crate) fn floor(&self) -> f32 {
        self.best.floor.score()
    }

    /// Keeps a record that passed if it is among the best.
    pub(crate) fn keep(&mut self, doc: DocId, score: f32, words: u32) {
        if score < self.floor() {
            return;
        }
        let by_score = self.sieve.order == Order::Best && self.sieve.has_words;
        let (rank, second) = match self.sieve.order {
            Order::Best if by_score => (rank(score), self.roll.issued(doc)),
            Order::Best | Order::Newest => (0, self.roll.issued(doc)),
            Order::Soonest => (0, self.roll.days(doc).map_or(0, |(first, _)| u64::MAX - first)),
        };
        let candidate = Candidate { rank, second, segment: self.segment, doc, words };
        if self.after.is_some_and(|cursor| !self.is_behind(&candidate, cursor)) {
            return;
        }
        self.best.found.push(candidate);
        if self.best.found.len() > 2 * self.keep + SLACK {
            self.prune();
        }
    }

    fn is_behind(&self, candidate: &Candidate, cursor: &Cursor) -> bool {
        match cursor.rank.cmp(&candidate.rank).then_with(|| cursor.second.cmp(&candidate.second)) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => cursor.is_before(self.roll.name(candidate.doc)),
        }
    }

    /// Lets all but the best go.
    pub(crate) fn prune(&mut self) {
        let Best { found, floor } = &mut *self.best;
        if found.len() > self.keep {
            let name = |one: &Candidate| name(one, self.rolls);
            found.select_nth_unstable_by(self.keep, |a, b| a.falling(b).then_with(|| name(a).cmp(&name(b))));
            found.truncate(self.keep);
            // A step less than the score, so that rounding lets none go that would have the same rank.
            let least = found.iter().map(|kept| kept.rank).min().unwrap_or_default();
            floor.raise(score(least.saturating_sub(1)));
        }
    }
}

/// Orders candidates of all segments, of which the rolls are given.
pub(crate) fn in_order(best: &mut [Candidate], rolls: &[Option<Arc<Roll>>]) {
    let name = |one: &Candidate| name(one, rolls);
    best.sort_by(|a, b| a.falling(b).then_with(|| name(a).cmp(&name(b))));
}

fn name<'a>(one: &Candidate, rolls: &'a [Option<Arc<Roll>>]) -> Option<(&'a str, RecordId)> {
    let roll = rolls.get(one.segment).and_then(Option::as_ref);
    roll.map(|roll| roll.name(one.doc))
}
