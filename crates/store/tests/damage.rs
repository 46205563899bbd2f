//! Flipped bits and truncated files: an error in words, a finding, or the right answer, and never a panic.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where its story breaks")]

#[path = "../examples/sample/mod.rs"]
mod sample;
mod town;

use replica::keeper::Keeper as _;
use std::path::Path;
use store::disk::Disk;
use store::disk::OpenError;

/// Places damaged in each file, in the test; a campaign takes more: `ALLMENDE_DAMAGES=500`.
const DAMAGES: u64 = 12;

fn damages() -> u64 {
    std::env::var("ALLMENDE_DAMAGES").map_or(DAMAGES, |text| text.parse().unwrap())
}

/// What became of a damaged store: how often it was refused, found out, mended, or not touched by it.
#[derive(Debug, Default)]
struct Tally {
    refused: u64,
    found: u64,
    mended: u64,
    right: u64,
}

/// Opens the store and reads everything. Wrong answers are those that nobody tells of.
fn judge(folder: &Path, told: &[String], what: &str, tally: &mut Tally) {
    let disk = match Disk::open(folder, &town::settings()) {
        Ok(disk) => disk,
        Err(error) => {
            assert!(error.to_string().len() > 20, "{what}: {error}");
            tally.refused += 1;
            return;
        }
    };
    let look = disk.look(1, &sample::network().unwrap());
    let is_good = look.as_ref().is_ok_and(store::look::Look::is_good);
    // Reading may fail in words; that is for `told` to panic about, and no panic of the store.
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| town::told(&disk)));
    match (is_good, read) {
        (true, Ok(read)) if read == told && disk.mended().is_empty() => tally.right += 1,
        (true, Ok(_)) if !disk.mended().is_empty() => tally.mended += 1,
        (true, read) => {
            unreachable!("{what}: a look finds nothing, and {} entries are read", read.unwrap().len())
        }
        (false, Ok(read)) => {
            assert!(read.iter().all(|line| told.contains(line)), "{what}: something wrong was read");
            tally.found += 1;
        }
        (false, Err(_)) => tally.found += 1,
    }
}

fn campaign(is_killed: bool, seed: u64) -> Tally {
    let (origin, mut tally, mut dice) = (tempfile::tempdir().unwrap(), Tally::default(), sample::Dice(seed));
    let mut disk = town::open(origin.path());
    town::settle(&mut disk, 300, 100);
    // Some of the index lies in blocks, and some before them.
    disk.compact(store::compact::Purpose::Room, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    assert!(!disk.is_loose());
    disk.apply(&[town::stand(&town::record(3, 2, "again", 300))]).unwrap();
    let told = town::told(&disk);
    let folder = tempfile::tempdir().unwrap();
    if is_killed {
        town::copy(origin.path(), folder.path());
    } else {
        drop(disk);
        town::copy(origin.path(), folder.path());
    }
    let empty = ["LOCK", "whole", "RUNNING"];
    for file in
        town::files(folder.path()).iter().filter(|file| !empty.iter().any(|name| file.ends_with(name)))
    {
        let name = file.strip_prefix(folder.path()).unwrap();
        let bytes = std::fs::read(file).unwrap();
        for damage in 0..damages() {
            let mut damaged = bytes.clone();
            let at = usize::try_from(dice.throw()).unwrap() % bytes.len().max(1);
            match damage % 3 {
                0 => damaged.truncate(at),
                _ => damaged[at] ^= 1 << (dice.throw() % 8),
            }
            let copy = tempfile::tempdir().unwrap();
            town::copy(folder.path(), copy.path());
            std::fs::write(copy.path().join(name), damaged).unwrap();
            judge(copy.path(), &told, &format!("{} at {at}, damage {damage}", name.display()), &mut tally);
        }
    }
    println!("killed: {is_killed}, {tally:?}");
    tally
}

#[test]
fn damage_to_a_closed_store_is_told() {
    let tally = campaign(false, 1);
    assert!(tally.refused > 0 && tally.mended > 0, "{tally:?}");
}

#[test]
fn damage_to_a_killed_store_is_told() {
    let tally = campaign(true, 2);
    // What rots in the newest segment after a kill looks like its unfinished end: it is cut off, and that is told.
    assert!(tally.mended > 0, "{tally:?}");
}

#[test]
fn a_lost_index_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = town::open(folder.path());
    town::settle(&mut disk, 120, 300);
    let told = town::told(&disk);
    drop(disk);
    std::fs::remove_dir_all(folder.path().join("index-1")).unwrap();
    let disk = town::open(folder.path());
    assert_eq!(town::told(&disk), told);
    assert!(disk.mended().iter().any(|what| what.contains("made anew")), "{:?}", disk.mended());
}

#[test]
fn a_torn_first_change_is_no_damage() {
    let folder = tempfile::tempdir().unwrap();
    drop(town::open(folder.path()));
    let log = folder.path().join("log/0000000000000001.log");
    // A power cut kept the length of the file and lost its bytes.
    let bytes = [std::fs::read(&log).unwrap(), vec![0; 10_000]].concat();
    std::fs::write(&log, bytes).unwrap();
    let mut disk = town::open(folder.path());
    assert!(disk.mended().iter().any(|what| what.contains("10000 bytes")), "{:?}", disk.mended());
    town::settle(&mut disk, 10, 100);
}

#[test]
fn a_lost_segment_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = town::open(folder.path());
    town::settle(&mut disk, 800, 50_000);
    drop(disk);
    let segments = town::files(&folder.path().join("log"));
    assert!(segments.len() >= 3, "{segments:?}");
    for segment in segments {
        let bytes = std::fs::read(&segment).unwrap();
        std::fs::remove_file(&segment).unwrap();
        for look in ["the doctor's", "the daemon's after it"] {
            let error = Disk::open(folder.path(), &town::settings()).unwrap_err();
            assert!(matches!(error, OpenError::Damaged { .. }), "{look}: {error}");
        }
        std::fs::write(&segment, bytes).unwrap();
    }
    assert_eq!(town::told(&town::open(folder.path())).len(), 1600);
}

#[test]
fn rot_in_a_sealed_segment_is_found_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = town::open(folder.path());
    town::settle(&mut disk, 120, 300);
    // Sealed, because what was replaced is to be forgotten.
    disk.apply(&[town::stand(&town::record(3, 2, "again", 300))]).unwrap();
    disk.compact(store::compact::Purpose::Erase, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    drop(disk);
    let sealed = folder.path().join("log/0000000000000001.log");
    let bytes = std::fs::read(&sealed).unwrap();
    for at in [28, 40, bytes.len() / 2, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 4;
        std::fs::write(&sealed, damaged).unwrap();
        let error = Disk::open(folder.path(), &town::settings()).unwrap_err();
        assert!(matches!(error, OpenError::Damaged { .. }), "byte {at}: {error}");
    }
    std::fs::write(&sealed, bytes).unwrap();
    assert!(Disk::open(folder.path(), &town::settings()).unwrap().mended().is_empty());
}
