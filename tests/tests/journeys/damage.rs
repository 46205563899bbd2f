//! Rot: wherever a bit flips or a file ends too early, the node says so in words or is as it was, and own words come back.

use harness::daemon::Daemon;
use harness::daemon::Federation;
use harness::daemon::draft;
use harness::daemon::finish;
use harness::daemon::until;
use harness::marker::files;
use serde_json::Value as Json;
use std::path::Path;
use std::path::PathBuf;

/// Places that are damaged in the check; the variable ALLMENDE_DAMAGES asks for more.
const DAMAGES: u64 = 30;
/// Records of the node.
const RECORDS: usize = 12;

/// A small generator (splitmix64), so that what a number damaged it damages again.
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below.max(1)
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// Flips a bit of a file, or cuts it off; answers what was done.
fn damage(folder: &Path, dice: &mut Dice) -> (PathBuf, String) {
    // What is larger is no more likely: small files matter as much.
    let candidates: Vec<PathBuf> = files(folder)
        .unwrap()
        .into_iter()
        .filter(|file| std::fs::metadata(file).unwrap().len() > 0)
        .collect();
    let file = candidates[dice.next(candidates.len() as u64) as usize].clone();
    let mut bytes = std::fs::read(&file).unwrap();
    let at = dice.next(bytes.len() as u64) as usize;
    let told = match dice.next(3) {
        0 => {
            bytes.truncate(at);
            format!("cut off at byte {at}")
        }
        _ => {
            let bit = dice.next(8);
            bytes[at] ^= 1 << bit;
            format!("bit {bit} of byte {at} flipped")
        }
    };
    std::fs::write(&file, bytes).unwrap();
    let name = file.strip_prefix(folder).unwrap().to_owned();
    (name, told)
}

fn stands(node: &Daemon, record: &Json) -> bool {
    let name = format!("{}/{}", record["publisher"].as_str().unwrap(), record["record"].as_str().unwrap());
    node.json(&format!("/api/v1/records/{name}")).is_ok_and(|found| found["id"] == record["id"])
}

/// Starts the node, if it starts; what it said otherwise.
fn starts(node: &mut Daemon) -> Result<(), String> {
    let _ = std::fs::remove_file(node.folder().with_extension("log"));
    node.start(&["--offline"]).map_err(|error| error.to_string())
}

#[test]
fn wherever_rot_strikes_nothing_is_silently_wrong() {
    let mut federation = Federation::found(&["th"]).unwrap();
    federation.start("th").unwrap();
    let records: Vec<Json> =
        (0..RECORDS).map(|at| federation.publish("th", &draft(&format!("Eintrag {at}"))).unwrap()).collect();
    let node = federation.node_mut("th").unwrap();
    until("all are found", || (node.json("/api/v1/records").ok()?["total"] == RECORDS).then_some(()))
        .unwrap();
    // An erasure leaves a sealed segment behind: rot is found there, too, and not only where is written.
    let extra = federation.publish("th", &draft("Zuviel")).unwrap();
    let extra = format!("th/{}", extra["record"].as_str().unwrap());
    let node = federation.node_mut("th").unwrap();
    node.does(&["erase", &extra, "--reason", "Probe", "--only-here"]).unwrap();
    // Half of them are damaged after a kill, half after a clean end.
    let (closed, killed) = (federation.root().join("closed"), federation.root().join("killed"));
    federation.node_mut("th").unwrap().kill().unwrap();
    copy(federation.node("th").unwrap().folder(), &killed);
    federation.start("th").unwrap();
    federation.node_mut("th").unwrap().stop().unwrap();
    copy(federation.node("th").unwrap().folder(), &closed);

    let wanted = std::env::var("ALLMENDE_DAMAGES").ok().and_then(|wanted| wanted.parse().ok());
    let first = std::env::var("ALLMENDE_DAMAGES_FROM").ok().and_then(|first| first.parse().ok()).unwrap_or(0);
    for seed in first..first + wanted.unwrap_or(DAMAGES) {
        let whole = if seed % 2 == 0 { &closed } else { &killed };
        let place = federation.root().join(format!("seed-{seed}"));
        copy(whole, &place);
        let mut dice = Dice(seed);
        let (file, what) = damage(&place, &mut dice);
        let case = format!("seed {seed}: {}: {what}", file.display());
        strike(&mut Daemon::at(&place), &case, (whole, &file), &records);
        std::fs::remove_dir_all(&place).unwrap();
    }
}

/// One damaged folder: looked over, started, mended as an operator would, started again.
fn strike(node: &mut Daemon, case: &str, (whole, file): (&Path, &Path), records: &[Json]) {
    let looked = finish(node.command().unwrap().arg("doctor")).unwrap();
    let looked = [looked.stdout, looked.stderr].concat();
    let doctor = String::from_utf8_lossy(&looked).into_owned();
    assert!(!doctor.contains("panicked"), "{case}: {doctor}");
    let started = starts(node);
    let log = node.log();
    if started.is_ok() {
        // Own copies come in just after the node is ready, so what is missing is asked for anew each time.
        let missing = || records.iter().filter(|record| !stands(node, record)).count();
        let found = until("catalogue and store tell the same", || {
            let total = node.json("/api/v1/records").ok()?["total"].as_u64()?;
            (total as usize + missing() == records.len()).then_some(())
        });
        assert!(found.is_ok(), "{case}: {:?}: {}", node.json("/api/v1/records"), node.log());
        let is_told = log.contains("WARN") || log.contains("ERROR");
        assert!(missing() == 0 || is_told, "{case}: {} records are silently gone: {log}", missing());
        let listed = node.json("/api/v1/records?limit=100").unwrap();
        for hit in listed["hits"].as_array().unwrap() {
            assert!(hit["title"].as_str().unwrap().starts_with("Eintrag "), "{case}: {hit}");
        }
        node.stop().unwrap_or_else(|error| panic!("{case}: {error}"));
    } else {
        assert!(log.contains("error:") && !log.contains("panicked"), "{case}: {log}");
    }
    // What the operator keeps elsewhere is brought back: configuration and keys. Everything else mends itself, but for a bit
    // that makes of this format one of a later program, which is told.
    if file.parent() == Some(Path::new("")) || log.contains("Install the newer program") {
        std::fs::copy(whole.join(file), node.folder().join(file)).unwrap();
    }
    starts(node).unwrap_or_else(|error| panic!("{case}: {error}"));
    let back =
        until("own words are back", || records.iter().all(|record| stands(node, record)).then_some(()));
    assert!(back.is_ok(), "{case}: {} {log} {}", back.unwrap_err(), node.log());
    node.stop().unwrap_or_else(|error| panic!("{case}: {error}"));
}
