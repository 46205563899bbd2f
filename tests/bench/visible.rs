//! How long it takes from a publish until the record can be read on every other node of a federation.
//!
//! Five nodes on loopback (two relays, three towns), 200 publishes one after the other at one town. The
//! reference of the same run is the publish itself: how long the publishing node takes to sign, to bring
//! the statement to the disk and to answer. With `--check` it fails where the 99th percentile passes 1 s.
#![allow(clippy::indexing_slicing, reason = "a missing field of a JSON value reads as null and never panics")]

use harness::daemon::Daemon;
use harness::daemon::DaemonError;
use harness::daemon::Federation;
use harness::daemon::draft;
use std::process::ExitCode;
use std::sync::mpsc::channel;
use std::time::Duration;
use std::time::Instant;

/// Publishes that are measured.
const PUBLISHES: usize = 200;
/// What the 99th percentile may be.
const VISIBLE_MAX: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    match measure() {
        Ok(visible) if visible > VISIBLE_MAX && std::env::args().any(|argument| argument == "--check") => {
            eprintln!("the 99th percentile is {visible:?}, at most {VISIBLE_MAX:?} is allowed");
            ExitCode::FAILURE
        }
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<Duration, DaemonError> {
    let mut federation = Federation::found(&["th", "sh", "th.jena", "th.weimar", "sh.husum"])?;
    federation.start_all()?;
    let town = federation.node("th.jena")?;
    let (mut answered, mut visible) = (Vec::new(), Vec::new());
    for at in 0..PUBLISHES {
        let body = json(&draft(&format!("Messung {at}")));
        let began = Instant::now();
        let (status, published) = town.post("/api/v1/records", "application/json", body.as_bytes())?;
        answered.push(began.elapsed());
        if status != 201 {
            return Err(DaemonError::new(format!("the publish was answered with {status}: {published}")));
        }
        let path = format!("/api/v1/records/th.jena/{}", published["record"].as_str().unwrap_or_default());
        visible.push(seen_everywhere(&federation, &path, began)?);
    }
    println!("{PUBLISHES} publishes, five nodes on loopback, in milliseconds:");
    let (own, others) = (Spread::of(answered), Spread::of(visible));
    println!("  answered by the publishing node  {own}");
    println!("  readable on all four others      {others}");
    println!("  ratio of the 99th percentiles    {:.1}", others.p99.as_secs_f64() / own.p99.as_secs_f64());
    Ok(others.p99)
}

/// When the last of the other nodes shows the record, each asked by a thread of its own.
fn seen_everywhere(federation: &Federation, path: &str, began: Instant) -> Result<Duration, DaemonError> {
    let (sender, times) = channel();
    std::thread::scope(|scope| {
        for node in federation.nodes.iter().filter(|node| !node.folder().ends_with("th.jena")) {
            let sender = sender.clone();
            scope.spawn(move || sender.send(seen(node, path, began)));
        }
    });
    drop(sender);
    times.iter().try_fold(Duration::ZERO, |latest, time| Ok(latest.max(time?)))
}

fn seen(node: &Daemon, path: &str, began: Instant) -> Result<Duration, DaemonError> {
    harness::daemon::until("the record is readable", || {
        let (status, _) = node.read(path).ok()?;
        (status == 200).then(|| began.elapsed())
    })
}

fn json(draft: &str) -> String {
    let table: toml::Table = toml::from_str(draft).unwrap_or_default();
    serde_json::to_string(&table).unwrap_or_default()
}

/// How measured times are spread.
struct Spread {
    p50: Duration,
    p90: Duration,
    p99: Duration,
    max: Duration,
}

impl Spread {
    fn of(mut times: Vec<Duration>) -> Spread {
        times.sort();
        let at = |share: usize| {
            times.get((times.len() * share / 100).min(times.len() - 1)).copied().unwrap_or_default()
        };
        Spread { p50: at(50), p90: at(90), p99: at(99), max: at(100) }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
        write!(
            f,
            "p50 {:.1}  p90 {:.1}  p99 {:.1}  max {:.1}",
            ms(self.p50),
            ms(self.p90),
            ms(self.p99),
            ms(self.max)
        )
    }
}
