//! Which of the scored records pass the filters, how all of them divide, and the best of them: in one pass.

use crate::card::number;
use crate::codebook::Codebook;
use crate::codebook::Codes;
use crate::codes::code_term;
use crate::cursor::Cursor;
use crate::fields::BEGINS;
use crate::fields::CODES;
use crate::fields::ENDS;
use crate::fields::ISSUED;
use crate::fields::KEY;
use crate::fields::VALID_UNTIL;
use crate::query::Days;
use crate::query::FACETS;
use crate::query::Filters;
use crate::query::Order;
use record::kind::kinds;
use record::moment::Moment;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use tantivy::DocId;
use tantivy::SegmentReader;
use tantivy::columnar::Column;
use tantivy::columnar::StrColumn;

/// Codes listed for one facet, at most; the most frequent stay.
const CODES_MAX: usize = 200;
/// Steps of rank in one unit of score.
const STEPS: f32 = 1024.0;
/// Candidates that wait beyond those asked for until the worse ones are let go.
const SLACK: usize = 1_024;
/// The role of a kind that readers are not shown.
const HIDDEN: u8 = u8::MAX;
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

/// Scores in whole steps. A cast from float saturates; scores are never negative.
pub(crate) fn rank(score: f32) -> u64 {
    (score * STEPS).round() as u64
}

/// A record in the order of hits: `rank` and `second` falling, then its key rising.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) rank: u64,
    pub(crate) second: u64,
    /// The place of its key among those of its segment.
    key: u64,
    pub(crate) segment: usize,
    pub(crate) doc: DocId,
    pub(crate) words: u32,
}

impl Candidate {
    /// A record by its place only.
    pub(crate) fn at(segment: usize, doc: DocId) -> Candidate {
        Candidate { rank: 0, second: 0, key: 0, segment, doc, words: 0 }
    }

    /// The order within one segment.
    fn beside(&self, other: &Candidate) -> Ordering {
        self.falling(other).then_with(|| self.key.cmp(&other.key))
    }

    fn falling(&self, other: &Candidate) -> Ordering {
        other.rank.cmp(&self.rank).then_with(|| other.second.cmp(&self.second))
    }
}

/// What was asked for besides words, ready to be held against records.
#[derive(Debug)]
pub(crate) struct Sieve {
    /// By number of a code: the group of the filter that it satisfies, counted from 1, or [`HIDDEN`], or 0.
    roles: Vec<u8>,
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

#[derive(Clone, Copy, Debug)]
struct Now {
    seconds: u64,
    day: u64,
}

impl Sieve {
    pub(crate) fn new(
        book: &Codebook,
        codes: &Codes,
        filters: &Filters,
        days: &Days,
        now: Option<Moment>,
        (order, has_words): (Order, bool),
    ) -> Sieve {
        let mut roles = vec![0; codes.count];
        let mut put = |code: &str, role: u8| {
            if let Some(place) = book.number(code).and_then(|number| roles.get_mut(number as usize)) {
                *place = role;
            }
        };
        let mut groups = Vec::new();
        let mut fresh = None;
        for (facet, wanted) in filters.iter() {
            // A facet that there is not is a group that nothing satisfies.
            let place = FACETS.iter().position(|known| *known == facet).map_or(u8::MAX, |at| at as u8);
            groups.push(place);
            let role = u8::try_from(groups.len()).unwrap_or(HIDDEN - 1);
            wanted.iter().for_each(|code| put(&code_term(facet, code), role));
            if facet == FRESHNESS {
                fresh = Some((groups.len() - 1, FRESH.map(|code| wanted.contains(code))));
            }
        }
        if filters.of("kind").next().is_none() {
            let protocol = kinds().iter().filter(|kind| kind.protocol);
            protocol.for_each(|kind| put(&code_term("kind", &kind.name), HIDDEN));
        }
        let day = |day: &Option<String>| day.as_deref().and_then(number);
        let now = now.and_then(|now| {
            let date = now.day().to_string();
            Some(Now { seconds: now.seconds(), day: number(&date)? })
        });
        let (from, until) = (day(&days.from), day(&days.until));
        let facets = book.with_names(|_, facets| facets.to_vec());
        Sieve { roles, facets, groups, fresh, from, until, now, order, has_words }
    }
}

/// What the pass over all segments found.
#[derive(Debug, Default)]
pub(crate) struct Sifted {
    pub(crate) total: u64,
    counts: Vec<u32>,
    fresh: [u64; FRESH.len()],
    pub(crate) best: Vec<Candidate>,
}

impl Sifted {
    pub(crate) fn new(codes: &Codes) -> Sifted {
        Sifted { counts: vec![0; codes.count], ..Sifted::default() }
    }

    /// Every facet with its codes, most frequent first, then in the order of the codes.
    pub(crate) fn facets(&self, book: &Codebook) -> BTreeMap<String, Vec<(String, u64)>> {
        let mut listed: BTreeMap<String, Vec<(String, u64)>> =
            FACETS.iter().map(|facet| ((*facet).to_owned(), Vec::new())).collect();
        book.with_names(|names, facets| {
            for ((name, facet), count) in names.iter().zip(facets).zip(&self.counts) {
                let Some(facet) = FACETS.get(usize::from(*facet)).filter(|_| *count > 0) else { continue };
                let code = name.split_once('=').map_or("", |(_, code)| code);
                if let Some(codes) = listed.get_mut(*facet) {
                    codes.push((code.to_owned(), u64::from(*count)));
                }
            }
        });
        if let Some(codes) = listed.get_mut(FRESHNESS) {
            let counts = FRESH.iter().zip(self.fresh).filter(|(_, count)| *count > 0);
            codes.extend(counts.map(|(code, count)| ((*code).to_owned(), count)));
        }
        for codes in listed.values_mut() {
            codes.sort_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then_with(|| a.cmp(b)));
            codes.truncate(CODES_MAX);
        }
        listed
    }
}

/// The columns of one segment.
pub(crate) struct Columns {
    codes: Option<StrColumn>,
    pub(crate) keys: StrColumn,
    pub(crate) issued: Column<u64>,
    begins: Option<Column<u64>>,
    ends: Option<Column<u64>>,
    valid_until: Option<Column<u64>>,
}

impl Columns {
    /// The columns of a segment; none where it holds no record at all.
    pub(crate) fn open(segment: &SegmentReader) -> tantivy::Result<Option<Columns>> {
        let fast = segment.fast_fields();
        let Some(keys) = fast.str(KEY)? else { return Ok(None) };
        let number = |name: &str| fast.column_opt::<u64>(name);
        let Some(issued) = number(ISSUED)? else { return Ok(None) };
        let (begins, ends, valid_until) = (number(BEGINS)?, number(ENDS)?, number(VALID_UNTIL)?);
        Ok(Some(Columns { codes: fast.str(CODES)?, keys, issued, begins, ends, valid_until }))
    }

    /// The key of a record.
    pub(crate) fn key(&self, doc: DocId) -> String {
        let mut key = String::new();
        if let Some(ord) = self.keys.ords().first(doc) {
            // Read from the same mapped file as everything else; an empty key only changes the order of equals.
            let _ = self.keys.ord_to_str(ord, &mut key);
        }
        key
    }

    fn day(column: &Option<Column<u64>>, doc: DocId) -> Option<u64> {
        column.as_ref().and_then(|column| column.first(doc))
    }
}

/// The pass over one segment.
pub(crate) struct Pass<'a> {
    pub(crate) sieve: &'a Sieve,
    pub(crate) columns: &'a Columns,
    /// The number of each code of this segment.
    pub(crate) numbers: &'a [u32],
    pub(crate) segment: usize,
    pub(crate) after: Option<&'a Cursor>,
    /// Candidates to keep.
    pub(crate) keep: usize,
    pub(crate) best: Vec<Candidate>,
    /// The worst rank of those kept, once there are enough: what is below is not looked at any more.
    pub(crate) floor: u64,
    /// The numbers of the codes of the record at hand.
    pub(crate) seen: Vec<u32>,
}

impl Pass<'_> {
    /// Holds a record against the filters, counts it, and keeps it if it is among the best.
    pub(crate) fn see(&mut self, doc: DocId, score: f32, words: u32, into: &mut Sifted) {
        if !self.in_days(doc) {
            return;
        }
        let sieve = self.sieve;
        self.seen.clear();
        if let Some(codes) = &self.columns.codes {
            let number = |ord: u64| usize::try_from(ord).ok().and_then(|ord| self.numbers.get(ord));
            self.seen.extend(codes.ords().values_for_doc(doc).filter_map(number));
        }
        let mut satisfied = 0u32;
        for at in &self.seen {
            match sieve.roles.get(*at as usize) {
                Some(0) | None => {}
                Some(&HIDDEN) => return,
                Some(role) => satisfied |= 1u32.checked_shl(u32::from(*role) - 1).unwrap_or(0),
            }
        }
        let fresh = sieve.now.map(|now| self.freshness(doc, now));
        if let Some((group, wanted)) = &sieve.fresh
            && fresh.and_then(|fresh| wanted.get(fresh)).is_some_and(|wanted| *wanted)
        {
            satisfied |= 1u32.checked_shl(*group as u32).unwrap_or(0);
        }
        let all = sieve.groups.len() as u32;
        let missing = all - satisfied.count_ones();
        if missing > 1 {
            return;
        }
        // What fails in one facet only counts there, and nowhere else.
        let only =
            (missing == 1).then(|| sieve.groups.get(satisfied.trailing_ones() as usize).copied()).flatten();
        self.count(missing, only, fresh, into);
        if missing == 0 {
            into.total += 1;
            self.keep(doc, score, words);
        }
    }

    fn count(&self, missing: u32, only: Option<u8>, fresh: Option<usize>, into: &mut Sifted) {
        let facet_of = |at: u8| FACETS.get(usize::from(at)).copied();
        for number in &self.seen {
            if (missing == 0 || self.belongs(*number, only))
                && let Some(count) = into.counts.get_mut(*number as usize)
            {
                *count += 1;
            }
        }
        if (missing == 0 || only.and_then(facet_of) == Some(FRESHNESS))
            && let Some(count) = fresh.and_then(|fresh| into.fresh.get_mut(fresh))
        {
            *count += 1;
        }
    }

    fn belongs(&self, number: u32, only: Option<u8>) -> bool {
        only.is_some() && self.sieve.facets.get(number as usize).copied() == only
    }

    fn in_days(&self, doc: DocId) -> bool {
        if self.sieve.from.is_none() && self.sieve.until.is_none() {
            return true;
        }
        let (begins, ends) = (Columns::day(&self.columns.begins, doc), Columns::day(&self.columns.ends, doc));
        let (Some(first), Some(last)) = (begins.or(ends), ends.or(begins)) else { return false };
        self.sieve.from.is_none_or(|from| last >= from) && self.sieve.until.is_none_or(|until| first <= until)
    }

    /// The place among [`FRESH`].
    fn freshness(&self, doc: DocId, now: Now) -> usize {
        if Columns::day(&self.columns.valid_until, doc).is_some_and(|until| until < now.day) {
            return 3;
        }
        let issued = self.columns.issued.first(doc).unwrap_or_default();
        match now.seconds.saturating_sub(issued) / DAY_SECONDS {
            0..MONTH_DAYS => 0,
            MONTH_DAYS..YEAR_DAYS => 1,
            _ => 2,
        }
    }

    fn keep(&mut self, doc: DocId, score: f32, words: u32) {
        let by_score = self.sieve.order == Order::Best && self.sieve.has_words;
        if by_score && rank(score) < self.floor {
            return;
        }
        let issued = self.columns.issued.first(doc).unwrap_or_default();
        let (rank, second) = match self.sieve.order {
            Order::Best if by_score => (rank(score), issued),
            Order::Best | Order::Newest => (0, issued),
            Order::Soonest => {
                let (begins, ends) =
                    (Columns::day(&self.columns.begins, doc), Columns::day(&self.columns.ends, doc));
                (0, begins.or(ends).map_or(0, |day| u64::MAX - day))
            }
        };
        let key = self.columns.keys.ords().first(doc).unwrap_or_default();
        let candidate = Candidate { rank, second, key, segment: self.segment, doc, words };
        if self.after.is_some_and(|cursor| !self.is_behind(&candidate, cursor)) {
            return;
        }
        self.best.push(candidate);
        if self.best.len() > 2 * self.keep + SLACK {
            self.prune();
        }
    }

    fn is_behind(&self, candidate: &Candidate, cursor: &Cursor) -> bool {
        match cursor.rank.cmp(&candidate.rank).then_with(|| cursor.second.cmp(&candidate.second)) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => self.columns.key(candidate.doc) > cursor.key,
        }
    }

    /// Lets all but the best go.
    pub(crate) fn prune(&mut self) {
        if self.best.len() > self.keep {
            self.best.select_nth_unstable_by(self.keep, Candidate::beside);
            self.best.truncate(self.keep);
            self.floor = self.best.iter().map(|kept| kept.rank).min().unwrap_or_default();
        }
    }
}

/// Orders candidates of all segments, of which the columns are given.
pub(crate) fn in_order(best: &mut [Candidate], columns: &[Option<Columns>]) {
    let key = |one: &Candidate| {
        columns
            .get(one.segment)
            .and_then(Option::as_ref)
            .map(|columns| columns.key(one.doc))
            .unwrap_or_default()
    };
    best.sort_by(|a, b| a.falling(b).then_with(|| key(a).cmp(&key(b))));
}
