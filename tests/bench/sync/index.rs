//! What the index costs: resident memory and the time to build it anew, in a process of its own.

use crate::cost::cpu;
use crate::library;
use replica::order::Bucket;
use replica::order::Place;
use replica::tree::Tree;
use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

/// The argument by which the bench calls itself for this.
pub(crate) const INDEX: &str = "--index";
/// Bytes of a page in /proc/self/statm: Linux on the machines this runs on.
const PAGE_BYTES: u64 = 4_096;

/// What an index of some heads costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Index {
    /// Resident bytes.
    pub(crate) bytes: u64,
    /// Processor time to build it.
    pub(crate) built: Duration,
}

/// Measures in fresh processes an index of so many heads, filled in order and in disorder.
pub(crate) fn measure(heads: usize) -> Result<(Index, Index), String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let run = |order: &str| {
        let told = Command::new(&program).args([INDEX, order, &heads.to_string()]).output();
        let told = told.map_err(|error| error.to_string())?.stdout;
        let told = String::from_utf8_lossy(&told).into_owned();
        let mut numbers = told.split_whitespace().map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(bytes)), Some(Ok(micros))) => Ok(Index { bytes, built: Duration::from_micros(micros) }),
            _ => Err(format!("the process that measures the index told {told:?}")),
        }
    };
    Ok((run("sorted")?, run("shuffled")?))
}

/// The process that measures: prints resident bytes and microseconds.
pub(crate) fn told(mut arguments: impl Iterator<Item = String>) {
    let shuffled = arguments.next().is_some_and(|order| order == "shuffled");
    let heads = arguments.next().and_then(|heads| heads.parse().ok()).unwrap_or_default();
    let mut places = library::places(heads);
    if shuffled {
        places.sort_unstable_by_key(|(_, place)| place.id);
    }
    let before = resident();
    let began = cpu();
    let trees = build(&places);
    let built = cpu() - began;
    let bytes = resident().saturating_sub(before);
    let count: u64 = trees.values().map(|tree| tree.summary().count()).sum();
    assert_eq!(count, heads as u64, "all of it is in the index");
    println!("{bytes} {}", built.as_micros());
}

fn build(places: &[(Bucket, Place)]) -> BTreeMap<Bucket, Tree> {
    let mut trees: BTreeMap<Bucket, Tree> = BTreeMap::new();
    for (bucket, place) in places {
        trees.entry(*bucket).or_default().insert(*place);
    }
    trees
}

fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or_default() * PAGE_BYTES
}
