//! Whole networks in virtual time: whatever goes wrong on the way, all honest nodes end with the same heads.
//!
//! `ALLMENDE_SEED=17` runs one seed and tells its story, `ALLMENDE_SEEDS=200..400` runs others than those of the
//! check; `scripts/campaign` runs ten thousand.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests lie outside a #[test] function"
)]

mod clock;
mod deeds;
mod dice;
mod faults;
mod gossip;
mod judgement;
mod liar;
mod mint;
mod node;
mod plan;
mod run;
mod story;
mod talk;
mod talks;
mod wires;
mod world;

use run::run;
use std::ops::Range;

/// Seeds of the check.
const SEEDS: Range<u64> = 0..200;
/// Tests that share them, so that they run side by side.
const SHARES: u64 = 4;
/// One seed in so many runs once more without any gossip.
const SILENT_EVERY: u64 = 4;

/// The seeds of one share, as the environment or the check wants them.
fn seeds(share: u64) -> Vec<u64> {
    let number = |text: &str| text.trim().parse::<u64>().unwrap_or_else(|_| panic!("\"{text}\" is no seed"));
    if let Ok(seed) = std::env::var("ALLMENDE_SEED") {
        return if share == 0 { vec![number(&seed)] } else { Vec::new() };
    }
    let range = match std::env::var("ALLMENDE_SEEDS") {
        Err(_) => SEEDS,
        Ok(text) => match text.split_once("..") {
            Some((from, to)) => number(from)..number(to),
            None => panic!("ALLMENDE_SEEDS is a range such as 200..400, not \"{text}\""),
        },
    };
    range.filter(|seed| seed % SHARES == share).collect()
}

fn run_share(share: u64) {
    let alone = std::env::var("ALLMENDE_SEED").is_ok();
    let mut failed = Vec::new();
    for seed in seeds(share) {
        for gossip in [None, Some(false)] {
            if gossip.is_some() && !seed.is_multiple_of(SILENT_EVERY) {
                continue;
            }
            let ending = run(seed, gossip, alone);
            if alone {
                println!("{}", ending.story);
            }
            println!(
                "seed {seed}{}: {} signed, {} talks ({} cut short), {} frames, equal after {} s; {} would have repeated a version",
                if gossip.is_some() { " without gossip" } else { "" },
                ending.tally.signed,
                ending.tally.talks,
                ending.tally.failed,
                ending.tally.frames,
                ending.converged / 1_000,
                ending.tally.repeated,
            );
            if let Some(what) = ending.broken {
                // The same seed once more, this time with its story.
                let story = run(seed, gossip, true).story;
                println!("{story}\nSEED {seed} FAILED: {what}");
                println!(
                    "alone: ALLMENDE_SEED={seed} cargo nextest run -p allmende-tests --test simulation --no-capture"
                );
                failed.push(format!("{seed}: {what}"));
            }
        }
    }
    assert!(failed.is_empty(), "seeds that failed: {failed:#?}");
}

#[test]
fn all_become_equal_1() {
    run_share(0);
}

#[test]
fn all_become_equal_2() {
    run_share(1);
}

#[test]
fn all_become_equal_3() {
    run_share(2);
}

#[test]
fn all_become_equal_4() {
    run_share(3);
}
