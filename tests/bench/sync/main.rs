//! What it costs two replicas to find out how they differ, beside crate `negentropy` on the same sets.
//!
//! Prints bytes, round trips and processor time of each side for 100,000 and 1,000,000 heads in all seventeen
//! Länder, then what the index costs. With `--check` it looks at 100,000 heads only and fails where a limit of
//! `limit.rs` is passed.

mod cost;
mod index;
mod library;
mod limit;
mod reference;
mod talk;

use crate::cost::Cost;
use crate::cost::cpu;
use crate::library::Library;
use crate::library::agreed;
use crate::library::stand;
use crate::limit::Limits;
use crate::talk::Side;
use negentropy::NegentropyStorageVector;
use record::envelope::Statement;
use replica::memory::MemoryKeeper;
use replica::sync::report::Agreement;
use std::process::ExitCode;
use std::time::Duration;

/// Heads that are compared, where nothing else is said.
const HEADS: [usize; 2] = [100_000, 1_000_000];
/// Heads that `--check` compares.
const CHECKED_HEADS: [usize; 1] = [100_000];
/// Updates that one side missed.
const MISSED: usize = 1_000;
/// Heads that only one side has, and whether there is a limit for them; what has none is not measured by `--check`.
const SCATTERED: [(usize, bool); 2] = [(1_000, true), (10_000, false)];
/// Of the scattered heads every so many-th is here only, the others are at the peer only.
const HERE_EVERY: usize = 4;
/// Talks without a difference that are timed together.
const EQUAL_TALKS: u32 = 500;
/// How often anything is measured; the best counts.
const TIMES: usize = 3;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (sizes, times) = match arguments.next().as_deref() {
        Some(index::INDEX) => {
            index::told(arguments);
            return ExitCode::SUCCESS;
        }
        Some("--check") => (CHECKED_HEADS.as_slice(), 1),
        None => (HEADS.as_slice(), TIMES),
        Some(other) => {
            eprintln!("{other} is not known: give --check or nothing");
            return ExitCode::from(2);
        }
    };
    let mut broken = Vec::new();
    for heads in sizes {
        broken.extend(measure(*heads, times).unwrap_or_else(|error| vec![error]));
    }
    broken.iter().for_each(|broken| eprintln!("{broken}"));
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn measure(heads: usize, times: usize) -> Result<Vec<String>, String> {
    let library = Library::new(heads);
    let mut limits = Limits::of(heads);
    println!("{heads} heads at both sides");
    println!("{HEADING}");
    let cost = equal(&library, times)?;
    limits.equal(&cost);
    let (ours, theirs) = library.both(&[], &library.updates(MISSED));
    let missed = |what, window| Pair { what, ours: &ours, theirs: &theirs, window };
    let cost = missed("1,000 missed, window", true).compare(&library, times)?;
    limits.missed(&cost);
    missed("1,000 missed, none known", false).compare(&library, times)?;
    for (count, judged) in SCATTERED.into_iter().filter(|(_, judged)| *judged || times > 1) {
        let (mut here, mut there) = (Vec::new(), Vec::new());
        for (at, statement) in library.scattered(count).into_iter().enumerate() {
            if at % HERE_EVERY == 0 { &mut here } else { &mut there }.push(statement);
        }
        let (ours, theirs) = library.both(&here, &there);
        let what = format!("{count} scattered");
        let cost =
            Pair { what: &what, ours: &ours, theirs: &theirs, window: false }.compare(&library, times)?;
        if judged {
            limits.scattered(&cost);
        }
    }
    indexed(&library, &mut limits)?;
    Ok(limits.broken())
}

/// Two sides that are to become equal.
struct Pair<'a> {
    what: &'a str,
    ours: &'a MemoryKeeper,
    theirs: &'a MemoryKeeper,
    /// Whether both know when they last agreed.
    window: bool,
}

impl Pair<'_> {
    /// Lets them talk, and the reference compare the same heads; prints both.
    fn compare(&self, library: &Library, times: usize) -> Result<Cost, String> {
        let mut least: Option<Cost> = None;
        for _ in 0..times {
            let mut ours = Side::open(&library.document, self.ours.clone(), 1);
            let mut theirs = Side::open(&library.document, self.theirs.clone(), 2);
            let agreement = Agreement { instance: theirs.instance(), at: agreed() };
            let told = ours.asks(&mut theirs, self.window.then_some(agreement));
            let (report, cost) = told.map_err(|error| error.to_string())?;
            if !report.equal || ours.replica.summaries() != theirs.replica.summaries() {
                return Err(format!("{}: the two are not equal after a talk: {report:?}", self.what));
            }
            least = Some(least.map_or(cost, |least| least.least(cost)));
        }
        let least = least.unwrap_or_default();
        let (ours, theirs) = (reference::vector(self.ours), reference::vector(self.theirs));
        let (ours, theirs) = (ours.map_err(in_words)?, theirs.map_err(in_words)?);
        print(self.what, &least, &reference_of(&ours, &theirs, times)?);
        Ok(least)
    }
}

fn in_words(error: negentropy::Error) -> String {
    format!("negentropy: {error}")
}

fn reference_of(
    ours: &NegentropyStorageVector,
    theirs: &NegentropyStorageVector,
    times: usize,
) -> Result<Cost, String> {
    let mut least = reference::compare(ours, theirs).map_err(in_words)?;
    for _ in 1..times {
        least = least.least(reference::compare(ours, theirs).map_err(in_words)?);
    }
    Ok(least)
}

/// Two sides that hold the same: many talks are timed together, because one is over in no time.
fn equal(library: &Library, times: usize) -> Result<Cost, String> {
    let mut ours = Side::open(&library.document, library.keeper.clone(), 1);
    let mut theirs = Side::open(&library.document, library.keeper.clone(), 2);
    let mut least: Option<Cost> = None;
    for _ in 0..times.max(2) {
        let mut sum = Cost::default();
        for _ in 0..EQUAL_TALKS {
            let (report, cost) = ours.asks(&mut theirs, None).map_err(|error| error.to_string())?;
            if !report.equal {
                return Err(format!("two that hold the same found a difference: {report:?}"));
            }
            let (asker, answerer) = (sum.asker + cost.asker, sum.answerer + cost.answerer);
            sum = Cost { asker, answerer, ..cost };
        }
        let mean = Cost { asker: sum.asker / EQUAL_TALKS, answerer: sum.answerer / EQUAL_TALKS, ..sum };
        least = Some(least.map_or(mean, |least| least.least(mean)));
    }
    let least = least.unwrap_or_default();
    let vector = reference::vector(&library.keeper).map_err(in_words)?;
    print("no difference", &least, &reference_of(&vector, &vector, times)?);
    Ok(least)
}

/// What the index costs, and how long a replica takes to open.
fn indexed(library: &Library, limits: &mut Limits) -> Result<(), String> {
    let heads = library.heads();
    let (sorted, shuffled) = index::measure(heads)?;
    limits.index(&sorted, &shuffled);
    let keeper = library.keeper.clone();
    let began = cpu();
    let side = Side::open(&library.document, keeper, 1);
    let opened = cpu() - began;
    let places = library::places(heads);
    let places: Vec<_> = places.into_iter().map(|(_, place)| place).collect();
    let began = cpu();
    reference::sealed(&places).map_err(in_words)?;
    let vector = cpu() - began;
    let attestations = side.replica.view().summary(replica::order::Bucket::trust()).count();
    println!(
        "index: {:.1} MiB filled in order, {:.1} MiB in disorder; built from keys in {:.0} ms ({:.0} ms in disorder; \
         negentropy's vector {:.0} ms); replica opened over memory, {attestations} attestations verified: {:.0} ms\n",
        mib(sorted.bytes),
        mib(shuffled.bytes),
        millis(sorted.built),
        millis(shuffled.built),
        millis(vector),
        millis(opened),
    );
    Ok(())
}

const HEADING: &str = "                       |      asked   answered |  reconciled  of it ids  rounds     asker   answerer | negentropy  rounds     asker   answerer | bytes   time";

/// One line: our bytes and times, those of the reference, and how many times as much the reference needs.
fn print(what: &str, ours: &Cost, reference: &Cost) {
    println!(
        "{what:<22} | {:>9} B {:>9} B | {:>9} B {:>9} B {:>7} {:>9} {:>10} | {:>8} B {:>7} {:>9} {:>10} | {:>4.1}x {:>5.1}x",
        ours.asked,
        ours.answered,
        ours.payload(),
        ours.wanted,
        ours.rounds,
        told(ours.asker),
        told(ours.answerer),
        reference.payload(),
        reference.rounds,
        told(reference.asker),
        told(reference.answerer),
        reference.payload() as f64 / ours.payload() as f64,
        (reference.asker + reference.answerer).as_secs_f64() / (ours.asker + ours.answerer).as_secs_f64(),
    );
}

fn told(time: Duration) -> String {
    format!("{:.1} us", time.as_secs_f64() * 1e6)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}

impl Library {
    /// Two keepers with all of it, and each with more.
    fn both(&self, here: &[Statement], there: &[Statement]) -> (MemoryKeeper, MemoryKeeper) {
        let (mut ours, mut theirs) = (self.keeper.clone(), self.keeper.clone());
        stand(&mut ours, here);
        stand(&mut theirs, there);
        (ours, theirs)
    }
}
