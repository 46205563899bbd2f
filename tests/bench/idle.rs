//! What a node costs while nothing happens: resident memory and processor time with 1,000 records.
//!
//! Two nodes on loopback, a relay and a town; the town publishes 1,000 records and both come to rest.
//! With `--check` it fails where a node takes 80 MiB or more, or 1 % of a core or more.
#![allow(clippy::indexing_slicing, reason = "a missing field of a JSON value reads as null and never panics")]

use harness::daemon::Daemon;
use harness::daemon::DaemonError;
use harness::daemon::Federation;
use harness::daemon::draft;
use harness::daemon::until;
use std::process::ExitCode;
use std::time::Duration;
use std::time::Instant;

/// Records that both nodes hold.
const RECORDS: usize = 1_000;
/// How long is measured.
const MEASURED: Duration = Duration::from_secs(10);
/// Resident memory that a node may take, in MiB.
const RESIDENT_MIB_MAX: f64 = 80.0;
/// The share of one core that a node may take.
const CORE_SHARE_MAX: f64 = 0.01;
/// Clock ticks a second in /proc/PID/stat; Linux has shown 100 to programs since 2.6.
const TICKS_PER_SECOND: f64 = 100.0;

fn main() -> ExitCode {
    match measure() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => match std::env::args().any(|argument| argument == "--check") {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        },
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<bool, DaemonError> {
    let mut federation = Federation::found(&["th", "th.jena"])?;
    federation.start_all()?;
    let town = federation.node("th.jena")?;
    for at in 0..RECORDS {
        let table: toml::Table = toml::from_str(&draft(&format!("Eintrag Nummer {at}"))).unwrap_or_default();
        let body = serde_json::to_string(&table).unwrap_or_default();
        let (status, told) = town.post("/api/v1/records", "application/json", body.as_bytes())?;
        if status != 201 {
            return Err(DaemonError::new(format!("the publish was answered with {status}: {told}")));
        }
    }
    federation.until_equal()?;
    for node in &federation.nodes {
        until("the catalogue has all records", || {
            let found = node.json("/api/v1/records?q=Eintrag&limit=1").ok()?;
            (found["total"] == RECORDS).then_some(())
        })?;
    }
    let began = Instant::now();
    let before: Vec<f64> = federation.nodes.iter().map(core_seconds).collect();
    while began.elapsed() < MEASURED {
        std::thread::park_timeout(MEASURED.saturating_sub(began.elapsed()));
    }
    let mut good = true;
    println!(
        "idle for {} s with {RECORDS} records (limits: {RESIDENT_MIB_MAX} MiB, {CORE_SHARE_MAX} of a core):",
        MEASURED.as_secs()
    );
    for (node, before) in federation.nodes.iter().zip(before) {
        let share = (core_seconds(node) - before) / began.elapsed().as_secs_f64();
        let resident = resident_mib(node);
        good &= share < CORE_SHARE_MAX && resident < RESIDENT_MIB_MAX;
        let name = node.folder().file_name().unwrap_or_default().display().to_string();
        println!(
            "  {name:<8} {resident:6.1} MiB ({:.2} of the limit)   {share:.4} of a core ({:.2} of the limit)",
            resident / RESIDENT_MIB_MAX,
            share / CORE_SHARE_MAX
        );
    }
    Ok(good)
}

/// User and system time so far (proc(5), fields 14 and 15 of stat; the name in field 2 ends with a bracket).
fn core_seconds(node: &Daemon) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", node.pid())).unwrap_or_default();
    let fields = stat.rsplit_once(") ").map(|(_, fields)| fields).unwrap_or_default();
    let ticks = fields.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS_PER_SECOND
}

fn resident_mib(node: &Daemon) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", node.pid())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(f64::MAX) / 1024.0
}
