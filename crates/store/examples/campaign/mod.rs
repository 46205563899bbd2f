//! A writer whose every change follows from a seed, and the judge who knows what must be there after it
//! was killed.

#![allow(dead_code, reason = "each program that shares this file uses a part of it")]

use crate::sample;
use crate::sample::Dice;
use crate::sample::Failure;
use record::statement::Said;
use record::value::Map;
use record::value::Value;
use replica::keeper::Change;
use replica::keeper::Keeper;
use replica::keeper::Step;
use replica::memory::MemoryKeeper;
use replica::order::HeadKey;
use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Child;
use std::time::Duration;
use std::time::Instant;
use store::compact::Purpose;
use store::disk::Disk;
use store::disk::Settings;

/// Records that are written over and over.
const RECORDS: u64 = 300;
/// The largest body, of bytes that cannot be packed, so that segments fill up and follow each other.
const BODY_BYTES_MAX: u64 = 40_000;
/// Every so many statements the judge opens one.
const OPENED_EVERY: u64 = 5;

pub(crate) fn settings() -> Settings {
    Settings { cache_bytes: 8 * 1024 * 1024 }
}

fn below(dice: &mut Dice, bound: u64) -> u64 {
    dice.throw() % bound.max(1)
}

/// The key of a record of the campaign.
fn key(number: u64) -> Result<HeadKey, Failure> {
    Ok(sample::head(&sample::sealed(number, 1, Said::Retracted("campaign".parse()?))?).key)
}

/// What is done next: the same for the same seed and the same change.
fn next_steps(seed: u64, keeper: &impl Keeper) -> Result<Vec<Step>, Failure> {
    let newest = keeper.newest();
    let mut dice = Dice(seed.wrapping_mul(0x5851_f42d).wrapping_add(newest));
    let many = match below(&mut dice, 4) {
        0 => 1,
        1 => 40,
        _ => 8,
    };
    let mut steps = Vec::new();
    for at in 0..1 + below(&mut dice, many) {
        let number = below(&mut dice, RECORDS);
        let fate = below(&mut dice, 20);
        steps.push(match fate {
            0 => Step::Drop(key(number)?),
            1 => match keeper.head(&key(number)?)? {
                Some(head) => Step::Blank(head),
                None => Step::Drop(key(number)?),
            },
            _ => {
                let length = if fate < 12 { 300 } else { BODY_BYTES_MAX };
                let body: Vec<u8> =
                    (0..below(&mut dice, length) / 8).flat_map(|_| dice.throw().to_le_bytes()).collect();
                let body = Map::from([("bytes".to_owned(), Value::Bytes(body))]);
                let statement = sample::sealed(number, newest + at + 1, Said::Body(body))?;
                Step::Stand(sample::head(&statement), statement.bytes().clone())
            }
        });
    }
    Ok(steps)
}

/// Writes until it is killed, or for so many rounds; tells on stdout up to which change all is on the disk.
pub(crate) fn write(folder: &Path, seed: u64, rounds: u64) -> Result<(), Failure> {
    let mut disk = Disk::open(folder, &settings())?;
    println!("acknowledged {}", disk.newest());
    let mut dice = Dice(seed ^ disk.newest());
    for _ in 0..rounds {
        disk.apply(&next_steps(seed, &disk)?)?;
        if below(&mut dice, 3) == 0 {
            disk.flush()?;
            let mut out = std::io::stdout().lock();
            writeln!(out, "acknowledged {}", disk.newest())?;
            out.flush()?;
        }
        match below(&mut dice, 60) {
            0 => drop(disk.compact(Purpose::Erase, &mut |_| ControlFlow::Continue(()))?),
            1 => drop(disk.compact(Purpose::Room, &mut |_| ControlFlow::Continue(()))?),
            _ => {}
        }
    }
    Ok(())
}

/// What must be in the store.
#[derive(Default)]
pub(crate) struct Judge {
    seed: u64,
    model: MemoryKeeper,
}

impl Judge {
    pub(crate) fn new(seed: u64) -> Judge {
        Judge { seed, model: MemoryKeeper::default() }
    }

    /// Opens the store, and holds it against what was acknowledged. Answers the newest change, what was
    /// mended, and how long opening took.
    pub(crate) fn judge(
        &mut self,
        folder: &Path,
        acknowledged: u64,
    ) -> Result<(u64, Vec<String>, Duration), Failure> {
        let began = Instant::now();
        let disk = Disk::open(folder, &settings())?;
        let took = began.elapsed();
        if disk.newest() < acknowledged {
            return Err(format!("{acknowledged} was acknowledged, {} is there", disk.newest()).into());
        }
        while self.model.newest() < disk.newest() {
            let steps = next_steps(self.seed, &self.model)?;
            self.model.apply(&steps)?;
        }
        if self.model.newest() != disk.newest() {
            return Err(format!("change {} is half of one", disk.newest()).into());
        }
        same("feed", &all(&self.model)?, &all(&disk)?)?;
        same("places", &visited(&self.model)?, &visited(&disk)?)?;
        for number in 0..RECORDS {
            let key = key(number)?;
            same("heads", &self.model.head(&key)?, &disk.head(&key)?)?;
            same("statements", &self.model.statement(&key)?, &disk.statement(&key)?)?;
        }
        let look = disk.look(OPENED_EVERY, &sample::network()?)?;
        if !look.is_good() {
            return Err(format!("a look finds: {}", look.findings.join("; ")).into());
        }
        Ok((disk.newest(), disk.mended().to_vec(), took))
    }
}

fn same<T: PartialEq>(what: &str, expected: &T, found: &T) -> Result<(), Failure> {
    if expected == found { Ok(()) } else { Err(format!("the {what} are not what they must be").into()) }
}

fn all(keeper: &impl Keeper) -> Result<Vec<Change>, Failure> {
    let mut changes: Vec<Change> = Vec::new();
    loop {
        let more = keeper.changes(changes.last().map_or(0, |last| last.number), 100)?;
        if more.is_empty() {
            return Ok(changes);
        }
        changes.extend(more);
    }
}

fn visited(keeper: &impl Keeper) -> Result<Vec<String>, Failure> {
    let mut seen = Vec::new();
    keeper.visit(&mut |bucket, place, key| seen.push(format!("{bucket:?} {place:?} {key:?}")))?;
    Ok(seen)
}

/// What a campaign came to.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) kills: u64,
    pub(crate) newest: u64,
    pub(crate) mended: u64,
    pub(crate) slowest: Duration,
}

/// Lets the writer run and kills it at random moments, so many times; after each, everything that was
/// acknowledged must be there, and nothing half.
pub(crate) fn campaign(
    folder: &Path,
    seed: u64,
    kills: u64,
    spawn: impl Fn() -> std::io::Result<Child>,
) -> Result<Tally, Failure> {
    let (mut judge, mut dice, mut tally) = (Judge::new(seed), Dice(seed), Tally::default());
    for kill in 0..kills {
        let mut child = spawn()?;
        let out = BufReader::new(child.stdout.take().ok_or("the writer has no stdout")?);
        let acknowledged = std::thread::spawn(move || {
            let lines = out.lines().map_while(Result::ok);
            let numbers = lines.filter_map(|line| line.rsplit_once("acknowledged ")?.1.parse::<u64>().ok());
            numbers.last().unwrap_or(0)
        });
        // Mostly while it writes, now and then while it opens.
        std::thread::sleep(Duration::from_micros(below(&mut dice, 250_000)));
        child.kill()?;
        child.wait()?;
        let acknowledged = acknowledged.join().map_err(|_| "the listener died")?.max(tally.newest);
        let judged = judge.judge(folder, acknowledged);
        let (newest, mended, took) = judged.map_err(|error| format!("seed {seed}, kill {kill}: {error}"))?;
        tally.kills += 1;
        tally.newest = newest;
        tally.mended += u64::from(!mended.is_empty());
        tally.slowest = tally.slowest.max(took);
    }
    Ok(tally)
}
