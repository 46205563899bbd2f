//! How fast the engine answers at N records, how fast it is rebuilt, and what memory it takes.

use crate::cases::Cases;
use crate::corpus::Corpus;
use crate::corpus::LONG_BYTES;
use catalogue::change::ApplyError;
use catalogue::index::Catalogue;
use catalogue::query::Query;
use record::kind::Lang;
use record::moment::Moment;
use std::error::Error;
use std::time::Duration;
use std::time::Instant;

/// Changes that are handed over at once, as the node does.
const BATCH: usize = 4_096;
/// Such batches that become one commit where much comes, as the node does.
const BATCHES: usize = 4;
/// Searches that are timed.
const SEARCHES: usize = 600;
/// How often it is looked whether anything is still being merged.
const LOOK_EACH: Duration = Duration::from_millis(500);
/// Records a second that a rebuild must reach.
const REBUILD_MIN: f64 = 20_000.0;
/// The 99th percentile of a search at 100,000 records and at 1,000,000.
const P99_MAX: [(u32, Duration); 2] =
    [(100_000, Duration::from_millis(3)), (1_000_000, Duration::from_millis(12))];

/// How it is measured.
pub(crate) struct Course<'a> {
    /// Gives every record texts of 2 KiB instead of the lengths of real ones.
    pub(crate) long: bool,
    /// Begins to ask while segments are still being merged.
    pub(crate) busy: bool,
    /// Asks one query instead of many.
    pub(crate) only: Option<&'a str>,
    /// Demands the limits.
    pub(crate) check: bool,
}

pub(crate) fn measure(records: u32, course: &Course) -> Result<bool, Box<dyn Error>> {
    let Course { long, busy, only, check } = *course;
    let Some(cases) = Cases::read()? else {
        println!("skipped: the folder ../shared/data/search is absent");
        return Ok(true);
    };
    let mut corpus = Corpus::read(&cases, long.then_some(LONG_BYTES))?;
    let folder = tempfile::tempdir()?;
    let catalogue = Catalogue::open(folder.path())?;
    let mut taken = Duration::ZERO;
    let mut cpu = Duration::ZERO;
    let mut number = 0;
    while number < records {
        let mut portions = Vec::new();
        while number < records && portions.len() < BATCHES {
            let mut changes = Vec::new();
            while number < records && changes.len() < BATCH {
                changes.extend(corpus.changes(number)?);
                number += 1;
            }
            portions.push(Ok::<_, ApplyError>((changes, u64::from(number))));
        }
        let (began, began_cpu) = (Instant::now(), processor());
        catalogue.apply_all(portions)?;
        taken += began.elapsed();
        cpu += processor().saturating_sub(began_cpu);
    }
    let rate = f64::from(records) / taken.as_secs_f64();
    let each = cpu.as_secs_f64() * 1e6 / f64::from(records);
    let length = if long { "2 KiB" } else { "as real ones are" };
    println!("{records} records, {length}: {rate:.0} records/s, {each:.0} us of processor time each");
    if !busy {
        rest(&catalogue)?;
    }
    println!("{} segments", catalogue.segments());
    if let Some(only) = only {
        search(&catalogue, only, vec![only.to_owned(); SEARCHES])?;
        return Ok(true);
    }
    let asked: Vec<String> = (0..SEARCHES).map(|at| corpus.query(at)).collect();
    let mistyped: Vec<String> = (0..SEARCHES).map(|_| corpus.mistyped()).collect();
    let p99 = search(&catalogue, "1 to 3 words with count, facets, snippets", asked)?;
    search(&catalogue, "the same with one typing error", mistyped)?;
    println!("private memory: {} MiB", private_bytes()? / 1024 / 1024);
    let limit = P99_MAX.iter().find(|(count, _)| records <= *count).map(|(_, limit)| *limit);
    let good = rate >= REBUILD_MIN && limit.is_none_or(|limit| p99 <= limit);
    Ok(good || !check)
}

/// Waits until everything is merged, and adopts what was, as the node does.
fn rest(catalogue: &Catalogue) -> Result<(), Box<dyn Error>> {
    loop {
        let before = processor();
        std::thread::park_timeout(LOOK_EACH);
        let is_idle = processor().saturating_sub(before) < LOOK_EACH / 20;
        if !catalogue.adopt_merged()? && is_idle {
            return Ok(());
        }
    }
}

/// Asks everything once, prints how long it took, and answers with the 99th percentile.
fn search(catalogue: &Catalogue, what: &str, asked: Vec<String>) -> Result<Duration, Box<dyn Error>> {
    let (mut times, mut busy) = (Vec::new(), Vec::new());
    for text in asked {
        let query =
            Query { text, lang: Lang::De, now: Moment::from_seconds(1_800_000_000), ..Query::default() };
        let (began, began_cpu) = (Instant::now(), of_thread());
        let found = catalogue.find(&query)?;
        times.push((began.elapsed(), query.text, found.total));
        busy.push(of_thread().saturating_sub(began_cpu));
    }
    times.sort();
    busy.sort();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).cloned().unwrap_or_default();
    let busy_at = |share: f64| busy.get((busy.len() as f64 * share) as usize).copied().unwrap_or_default();
    let (p50, p99) = (at(0.5).0, at(0.99).0);
    println!(
        "{what}: p50 {p50:.1?}, p99 {p99:.1?}; slowest {:.1?}",
        times.last().cloned().unwrap_or_default()
    );
    println!("  of that its processor was busy: p50 {:.1?}, p99 {:.1?}", busy_at(0.5), busy_at(0.99));
    Ok(p99)
}

/// What all threads have computed; other programs of the machine are no part of it.
fn processor() -> Duration {
    clock(rustix::time::ClockId::ProcessCPUTime)
}

/// What this thread has computed.
fn of_thread() -> Duration {
    clock(rustix::time::ClockId::ThreadCPUTime)
}

fn clock(of: rustix::time::ClockId) -> Duration {
    let time = rustix::time::clock_gettime(of);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Resident memory that is shared with no file (RssAnon of /proc/self/status).
fn private_bytes() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or_default();
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap_or(0) * 1024)
}
