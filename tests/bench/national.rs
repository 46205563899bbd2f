//! How long a statement takes from one town to all: 34 relays and the municipalities in one process.
//!
//! The real network crate, gossip, talks and replicas over the memory transport (`harness::rehearsal` says what
//! differs from town halls). `--nodes N` (relays included, 300 unless given), `--single N` statements one after
//! the other, `--burst N` statements of 20 towns at once, `--period SECONDS` between talks, `--idle SECONDS`
//! measured at rest, `--patience SECONDS` for anything. With `--check` the burst is of 20 statements, and it fails
//! where a statement does not reach all or takes too long.

use harness::rehearsal::Plan;
use harness::rehearsal::RELAYS;
use harness::rehearsal::Rehearsal;
use harness::rehearsal::RehearsalError;
use harness::rehearsal::Spread;
use std::process::ExitCode;
use std::time::Duration;
use std::time::Instant;

/// The one of the program `allmende`: thousands of nodes that share another one wait for it, and it for them.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// One gossip heartbeat of the network crate, the reference for times: by gossip a statement reaches whoever is in
/// no mesh at the next heartbeat of one of its relays.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// Towns that publish in a burst.
const BURST_TOWNS: usize = 20;
/// What the time to all may be in the check.
const ALL_MAX: Duration = Duration::from_secs(40);
/// Statements of the burst in the check, where `--burst` says nothing else; the whole is 200.
const BURST_CHECKED: usize = 20;
/// Clock ticks a second in /proc/self/stat; Linux has shown 100 to programs since 2.6.
const TICKS_PER_SECOND: f64 = 100.0;
/// Threads for work that blocks, in the whole process: as on a machine that all nodes share.
const BLOCKING_THREADS_MAX: usize = 8;

/// What was asked for.
#[derive(Clone, Copy)]
struct Wish {
    nodes: usize,
    single: usize,
    burst: usize,
    period: Duration,
    idle: Duration,
    patience: Duration,
    check: bool,
}

fn main() -> ExitCode {
    let wish = match wish() {
        Ok(wish) => wish,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .enable_all()
        .build();
    let rehearsed = match runtime {
        Ok(runtime) => runtime.block_on(rehearse(wish)),
        Err(error) => {
            eprintln!("the threads cannot be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    match rehearsed {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) if !wish.check => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("not everything reached all nodes within {ALL_MAX:?}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn wish() -> Result<Wish, String> {
    let second = Duration::from_secs(1);
    let mut wish = Wish {
        nodes: 300,
        single: 3,
        burst: 200,
        period: 60 * second,
        idle: 3 * second,
        patience: 60 * second,
        check: false,
    };
    if std::env::args().any(|word| word == "--check") {
        wish = Wish { check: true, burst: BURST_CHECKED, idle: second, ..wish };
    }
    let mut words = std::env::args().skip(1).filter(|word| word != "--check");
    while let Some(word) = words.next() {
        let number = words.next().and_then(|number| number.parse::<u32>().ok());
        let number = number.ok_or_else(|| format!("{word} needs a number behind it"))?;
        match word.as_str() {
            "--nodes" => wish.nodes = number as usize,
            "--single" => wish.single = number as usize,
            "--burst" => wish.burst = number as usize,
            "--period" => wish.period = number * second,
            "--idle" => wish.idle = number * second,
            "--patience" => wish.patience = number * second,
            _ => return Err(format!("{word} is unknown; the head of tests/bench/national.rs names all")),
        }
    }
    match wish.nodes > RELAYS {
        true => Ok(wish),
        false => Err(format!("--nodes counts {RELAYS} relays, so it has to be more than {RELAYS}")),
    }
}

/// Whether all reached all, in time.
async fn rehearse(wish: Wish) -> Result<bool, RehearsalError> {
    let plan = Plan { towns: wish.nodes - RELAYS, period: wish.period, patience: wish.patience };
    println!("{} nodes, {RELAYS} of them relays; talks every {} s or so", wish.nodes, wish.period.as_secs());
    let mut meter = Meter::new();
    let mut rehearsal = Rehearsal::open("rehearsal", plan).await?;
    meter.tell("started");
    rehearsal.connected().await?;
    meter.tell("connected");
    let attested = rehearsal.attested().await?;
    meter.tell(&format!("attestations everywhere: {attested}"));
    meter.rest(wish.idle).await;
    let mut good = true;
    for _ in 0..wish.single {
        good &= publish(&mut rehearsal, 1, 1, &mut meter).await?;
    }
    if wish.burst > 0 {
        let towns = wish.burst.min(BURST_TOWNS);
        good &= publish(&mut rehearsal, towns, wish.burst / towns, &mut meter).await?;
    }
    meter.rest(wish.idle).await;
    let fingerprints = rehearsal.fingerprints();
    println!("{fingerprints} fingerprint over everything at {} nodes", rehearsal.nodes());
    let refused = rehearsal.counters().all();
    if !refused.is_empty() {
        println!("refused: {refused:?}");
    }
    Ok(good && fingerprints == 1)
}

/// Publishes and tells; whether it reached all in time.
async fn publish(
    rehearsal: &mut Rehearsal,
    towns: usize,
    each: usize,
    meter: &mut Meter,
) -> Result<bool, RehearsalError> {
    let (heard, fetched) = (rehearsal.counters().heard(), rehearsal.counters().fetched());
    let spread = rehearsal.publish(towns, each).await?;
    let spent = meter.tell(&format!("{} statements of {towns} towns: {spread}", towns * each));
    let heard = rehearsal.counters().heard() - heard;
    let fetched = rehearsal.counters().fetched() - fetched;
    let all = spread.at(100);
    println!(
        "    all after {} heartbeats; {:.2} ms of CPU a delivery; {:.1} % by gossip, {fetched} in talks",
        all.map_or("?".to_owned(), |all| format!("{:.1}", all.as_secs_f64() / HEARTBEAT.as_secs_f64())),
        1_000.0 * spent / spread.reached().max(1) as f64,
        100.0 * heard as f64 / (heard + fetched).max(1) as f64,
    );
    Ok(in_time(&spread))
}

fn in_time(spread: &Spread) -> bool {
    spread.at(100).is_some_and(|all| all <= ALL_MAX)
}

/// Time and processor time since the last look.
struct Meter {
    began: Instant,
    spent: f64,
}

impl Meter {
    fn new() -> Meter {
        Meter { began: Instant::now(), spent: core_seconds() }
    }

    /// Prints what happened, how long it took and what it cost; answers the processor time in seconds.
    fn tell(&mut self, what: &str) -> f64 {
        let (time, spent) = (self.began.elapsed().as_secs_f64(), core_seconds() - self.spent);
        println!("{what}\n    in {time:.1} s, {spent:.1} s of CPU, {:.0} MiB resident", resident_mib());
        *self = Meter::new();
        spent
    }

    /// Measures for a while what rest costs.
    async fn rest(&mut self, time: Duration) {
        *self = Meter::new();
        let _ = tokio::time::timeout(time, std::future::pending::<()>()).await;
        let spent = core_seconds() - self.spent;
        let share = spent / self.began.elapsed().as_secs_f64();
        println!("at rest: {share:.3} cores, {:.0} MiB resident", resident_mib());
        *self = Meter::new();
    }
}

/// User and system time so far (proc(5), fields 14 and 15 of stat; the name in field 2 ends with a bracket).
fn core_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(") ").map(|(_, fields)| fields).unwrap_or_default();
    let ticks = fields.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS_PER_SECOND
}

fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(f64::MAX) / 1024.0
}
