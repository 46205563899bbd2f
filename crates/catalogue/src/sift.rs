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
use crate::roll::Roll;
use crate::roll::Rows;
use crate::roll::Span;
use crate::roll::Times;
use crate::tally::tally;
use crate::zeros::zeros;
use record::moment::Moment;
use record::statement::RecordId;
use std::cmp::Ordering;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
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
/// Facets that are filtered by at once; with more of them nothing passes.
const GROUPS_MAX: usize = 24;
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
    /// By number of a code: the place of its facet among [`FACETS`].
    facets: Vec<u8>,
    groups: Vec<Group>,
    /// Whether kinds are shown that only nodes have to do with.
    shows_all: bool,
    from: Option<u64>,
    until: Option<u64>,
    now: Option<Now>,
    order: Order,
    has_words: bool,
}

/// A facet that is filtered by.
#[derive(Debug)]
struct Group {
    /// Its place among [`FACETS`]; a facet that there is not lets nothing pass.
    facet: usize,
    /// The numbers of the codes of which a record must have one, in order.
    codes: Vec<u32>,
    /// Which places of [`FRESH`] are wanted, where that is the facet.
    fresh: Option<[bool; FRESH.len()]>,
}

/// What a group means in one segment.
enum Hold<'a> {
    /// By row of a family: whether it passes.
    Rows(&'a Rows, Vec<bool>),
    Fresh(&'a [bool; FRESH.len()]),
}

impl Hold<'_> {
    fn holds(&self, doc: DocId, roll: &Roll, now: Option<Now>) -> bool {
        match self {
            Hold::Rows(rows, passes) => passes.get(rows.of(doc)).is_some_and(|passes| *passes),
            Hold::Fresh(wanted) => {
                let place = now.zip(roll.times(doc)).map(|(now, times)| now.freshness(times));
                place.and_then(|place| wanted.get(place)).is_some_and(|wanted| *wanted)
            }
        }
    }
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
    fn freshness(self, Times { issued, valid_until }: &Times) -> usize {
        match *issued {
            _ if *valid_until < self.day => 3,
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
        for (word, (span, times)) in records.iter().zip(roll.spans()) {
            match self.same(&span) {
                Some(place) => add(place, word.count_ones()),
                None => bits::each([*word], |at| {
                    times.get(at as usize).into_iter().for_each(|times| add(self.freshness(times), 1));
                }),
            }
        }
    }

    /// The place of all records of a span, where it is the same and none is overdue.
    fn same(self, span: &Span) -> Option<usize> {
        let place = |issued| self.freshness(&Times { issued, valid_until: span.valid_until });
        let (first, last) = span.issued;
        (span.valid_until >= self.day && place(first) == place(last)).then(|| place(first))
    }
}

impl Sieve {
    pub(crate) fn new(
        book: &Codebook,
        filters: &Filters,
        days: &Days,
        now: Option<Moment>,
        (order, has_words): (Order, bool),
    ) -> Sieve {
        let group = |(facet, wanted): (&str, &BTreeSet<String>)| {
            let mut codes: Vec<u32> =
                wanted.iter().filter_map(|code| book.number(&code_term(facet, code))).collect();
            codes.sort_unstable();
            Group {
                facet: FACETS.iter().position(|known| *known == facet).unwrap_or(FACETS.len()),
                codes,
                fresh: (facet == FRESHNESS).then(|| FRESH.map(|code| wanted.contains(code))),
            }
        };
        let mut groups: Vec<Group> = filters.iter().take(GROUPS_MAX + 1).map(group).collect();
        if groups.len() > GROUPS_MAX {
            groups = vec![Group { facet: FACETS.len(), codes: Vec::new(), fresh: None }];
        }
        let shows_all = filters.of("kind").next().is_some();
        let day = |day: &Option<String>| day.as_deref().and_then(number);
        let now = now.and_then(Now::of);
        let (from, until) = (day(&days.from), day(&days.until));
        let facets = book.with_names(|_, facets| facets.to_vec());
        Sieve { facets, groups, shows_all, from, until, now, order, has_words }
    }

    /// Whether nothing is filtered but what readers are not shown.
    fn is_open(&self) -> bool {
        self.groups.is_empty() && self.from.is_none() && self.until.is_none()
    }

    /// What the groups mean in a segment.
    fn holds<'a>(&'a self, roll: &'a Roll) -> Vec<Hold<'a>> {
        let mut holds = Vec::new();
        for Group { facet, codes, fresh } in &self.groups {
            holds.push(match fresh {
                Some(wanted) => Hold::Fresh(wanted),
                None => {
                    let rows = roll.rows_of(FACETS.get(*facet).copied().unwrap_or_default());
                    let is_wanted = |code: &u32| codes.binary_search(code).is_ok();
                    let passes = |row| rows.codes(row).iter().any(is_wanted);
                    Hold::Rows(rows, (0..rows.count()).map(passes).collect())
                }
            });
        }
        holds
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
    /// By segment, then by class: the records that pass every filter, and those that fail in the n-th only. They are
    /// counted at the end.
    pub(crate) passed: Vec<Vec<Vec<u64>>>,
    pub(crate) best: Vec<Candidate>,
}

impl Sifted {
    /// Nothing yet.
    pub(crate) fn new(edition: &Edition) -> Sifted {
        Sifted { passed: vec![Vec::new(); edition.rolls.len()], ..Sifted::default() }
    }

    /// Adds what another thread found in other records.
    pub(crate) fn add(&mut self, other: Sifted) {
        self.total += other.total;
        if self.counts.is_empty() {
            self.counts = other.counts;
        } else {
            self.counts.iter_mut().zip(other.counts).for_each(|(sum, count)| *sum += count);
        }
        self.fresh.iter_mut().zip(other.fresh).for_each(|(sum, count)| *sum += count);
        self.best.extend(other.best);
        for (own, other) in self.passed.iter_mut().zip(other.passed) {
            if own.is_empty() {
                *own = other;
                continue;
            }
            let classes = own.iter_mut().zip(other);
            let words = classes.flat_map(|(own, other)| own.iter_mut().zip(other));
            words.for_each(|(own, other)| *own |= other);
        }
    }

    /// Counts what passed in one segment, and for each facet that is filtered by what passes all other filters.
    pub(crate) fn count(
        &mut self,
        (segment, classes): (usize, &[Vec<u64>]),
        (edition, side): (&Edition, Side),
        sieve: &Sieve,
        room: &mut Vec<u32>,
    ) {
        let (Some(Some(roll)), Some(Some(present))) =
            (edition.rolls.get(segment), edition.present.get(segment))
        else {
            return;
        };
        let Sifted { total, counts, fresh, .. } = self;
        if counts.is_empty() {
            *counts = zeros(edition.codes.len());
        }
        let mut add = |code: u32, count: u32| {
            counts.get_mut(code as usize).into_iter().for_each(|sum| *sum += count);
        };
        let passed = classes.first().map_or(&[][..], Vec::as_slice);
        *total += bits::count(passed);
        if let Some(now) = sieve.now {
            now.count(passed, roll, fresh);
        }
        let all = passed.iter().copied().chain(std::iter::repeat(0));
        let others = present.shown.iter().zip(all).map(|(shown, passed)| shown & !passed);
        for rows in &roll.rows {
            match side {
                Side::Passed => tally(rows, passed.iter().copied(), room, &mut add),
                Side::Others => tally(rows, others.clone(), room, &mut add),
            }
        }
        // Of what fails in one facet only that facet counts.
        for (failed, group) in classes.iter().skip(1).zip(&sieve.groups) {
            let Some(facet) = FACETS.get(group.facet) else { continue };
            if group.fresh.is_some() {
                if let Some(now) = sieve.now {
                    now.count(failed, roll, fresh);
                }
                continue;
            }
            tally(roll.rows_of(facet), failed.iter().copied(), room, |code, count| {
                if sieve.facets.get(code as usize).is_some_and(|own| usize::from(*own) == group.facet) {
                    add(code, count);
                }
            });
        }
    }

    /// Which records of all segments are to be tallied.
    pub(crate) fn side(&self, edition: &Edition, sieve: &Sieve) -> Side {
        if !sieve.is_open() {
            return Side::Passed;
        }
        let passed: u64 = self.passed.iter().flatten().map(|passed| bits::count(passed)).sum();
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
    into: &'a mut Sifted,
    /// What the filters mean here.
    holds: Vec<Hold<'a>>,
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
        best: &'a mut Best<'f>,
        into: &'a mut Sifted,
    ) -> Option<Pass<'a, 'f>> {
        let rolls = &edition.rolls;
        let roll = rolls.get(segment)?.as_ref()?;
        let present = edition.present.get(segment)?.as_ref()?;
        let passed = into.passed.get_mut(segment)?;
        if passed.is_empty() {
            *passed = (0..=sieve.groups.len()).map(|_| zeros(present.shown.len())).collect();
        }
        let holds = sieve.holds(roll);
        Some(Pass { sieve, segment, roll, present, rolls, after, keep, best, into, holds })
    }

    /// Holds the records of the stretch from `from` on against the filters and notes them; those that pass are left.
    pub(crate) fn sieve(&mut self, from: DocId, met: &mut Bits) {
        let present = if self.sieve.shows_all { &self.present.standing } else { &self.present.shown };
        met.meet(bits::stretch(present, from as usize));
        if self.sieve.from.is_some() || self.sieve.until.is_some() {
            met.retain(|doc| self.in_days(from + doc));
        }
        let mut classes = self.into.passed.get_mut(self.segment).into_iter().flatten();
        let passed = classes.next();
        if !self.holds.is_empty() {
            let mut others: Vec<&mut Vec<u64>> = classes.collect();
            met.retain(|doc| {
                let doc = from + doc;
                let holds = |hold: &Hold| hold.holds(doc, self.roll, self.sieve.now);
                let mut failed = (0..).zip(&self.holds).filter(|(_, hold)| !holds(hold));
                match (failed.next(), failed.next()) {
                    (None, _) => true,
                    (Some((only, _)), None) => {
                        others.get_mut::<usize>(only).into_iter().for_each(|own| bits::put(own, doc));
                        false
                    }
                    (Some(_), Some(_)) => false,
                }
            });
        }
        let own = passed
            .and_then(|passed| passed.get_mut(from as usize / u64::BITS as usize..))
            .unwrap_or_default();
        own.iter_mut().zip(met.words()).for_each(|(own, met)| *own = *met);
    }

    fn in_days(&self, doc: DocId) -> bool {
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
