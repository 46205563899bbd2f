//! Counters and gauges in the Prometheus text format, version 0.0.4.

use std::fmt::Write as _;
use web::port::Status;

/// Writes what a status says as metrics; `store_bytes` is the size of the database on the disk.
pub(crate) fn write(status: &Status, records: u64, store_bytes: u64) -> String {
    let mut text = String::new();
    let mut family = |name: &str, sort: &str, help: &str, samples: &[(String, u64)]| {
        let _ = writeln!(text, "# HELP allmende_{name} {help}\n# TYPE allmende_{name} {sort}");
        for (labels, value) in samples {
            let _ = writeln!(text, "allmende_{name}{labels} {value}");
        }
    };
    let one = |value: u64| vec![(String::new(), value)];
    let labelled =
        |label: &str, value: &str| format!("{{{label}=\"{}\"}}", value.replace(['"', '\\', '\n'], "_"));
    family("heads", "gauge", "Statements that stand, attestations included.", &one(status.heads));
    family("records", "gauge", "Records that can be found.", &one(records));
    family("change", "counter", "Number of the newest change.", &one(status.change));
    let indexed = one(status.indexed);
    family("indexed_change", "gauge", "Number of the newest change that search knows.", &indexed);
    family("held", "gauge", "Statements that wait for an attestation or for their hour.", &one(status.held));
    family("store_bytes", "gauge", "Size of the database on the disk in bytes.", &one(store_bytes));
    let buckets: Vec<_> =
        status.buckets.iter().map(|(label, bucket)| (labelled("land", label), bucket.count)).collect();
    family("bucket_heads", "gauge", "Statements that stand, by first label.", &buckets);
    let connected = status.peers.iter().filter(|peer| peer.connected).count() as u64;
    family("peers_connected", "gauge", "Peers that are connected.", &one(connected));
    let lag: Vec<_> = status
        .peers
        .iter()
        .filter(|peer| peer.connected)
        .map(|peer| (labelled("peer", &peer.peer_id), peer.lag))
        .collect();
    family("peer_lag", "gauge", "Statements still lacking here after the last talk with the peer.", &lag);
    let refused: Vec<_> =
        status.refused.iter().map(|(code, count)| (labelled("reason", code), *count)).collect();
    family("refused_total", "counter", "Refused or held statements since the start, by reason.", &refused);
    family(
        "start_time_seconds",
        "gauge",
        "When the node started, in seconds since 1970.",
        &one(status.started.seconds()),
    );
    let resident = resident_bytes().map_or_else(Vec::new, one);
    family("resident_memory_bytes", "gauge", "Resident memory of the process in bytes.", &resident);
    text
}

/// Resident memory of this process, where the system tells (Linux).
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}
