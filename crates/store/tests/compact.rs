//! Compaction gives room back, forgets what was to be forgotten, and can be killed at any step.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where its story breaks")]

#[path = "../examples/sample/mod.rs"]
mod sample;
mod town;

use replica::keeper::Keeper;
use replica::keeper::Step;
use replica::memory::MemoryKeeper;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::Path;
use store::compact::Progress;
use store::compact::Purpose;
use store::disk::Disk;

const MARKER: &str = "Aktenzeichen-4711-Personendaten";
/// How each frame of zstd begins (RFC 8878, section 3.1.1).
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// The files in which the marker is found, raw or in anything that unpacks.
fn found(folder: &Path) -> Vec<String> {
    let dictionary = include_bytes!("../dictionaries/1.zdict");
    let holds = |bytes: &[u8]| bytes.windows(MARKER.len()).any(|part| part == MARKER.as_bytes());
    let unpacks = |from: &[u8]| {
        let mut text = Vec::new();
        let reader = zstd::stream::read::Decoder::with_dictionary(from, dictionary).unwrap();
        // What is no frame, or only the first half of one, is looked at as far as it goes.
        let _ = reader.single_frame().take(1 << 20).read_to_end(&mut text);
        holds(&text)
    };
    let mut found = Vec::new();
    for file in town::files(folder) {
        let bytes = std::fs::read(&file).unwrap();
        let packed = || (0..bytes.len()).filter(|at| bytes[*at..].starts_with(&ZSTD_MAGIC));
        if holds(&bytes) || packed().any(|at| unpacks(&bytes[at..])) {
            found.push(file.display().to_string());
        }
    }
    found
}

#[test]
fn what_was_erased_is_found_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = town::open(folder.path());
    town::settle(&mut disk, 60, 500);
    let marked: Vec<_> = (0..4).map(|number| town::record(number, 2, &MARKER.repeat(3), 500)).collect();
    disk.apply(&marked.iter().map(town::stand).collect::<Vec<_>>()).unwrap();
    disk.flush().unwrap();
    assert_eq!(found(folder.path()).len(), 1, "the search finds what is there");
    let heads: Vec<_> = marked.iter().map(sample::head).collect();
    let last = town::stand(&town::record(0, 3, "withdrawn", 0));
    disk.apply(&[last, Step::Drop(heads[1].key.clone()), Step::Blank(heads[2].clone())]).unwrap();
    disk.apply(&[Step::Blank(heads[3].clone()), town::stand(&marked[3]), Step::Blank(heads[3].clone())])
        .unwrap();
    disk.flush().unwrap();
    assert_eq!(found(folder.path()).len(), 1, "to drop it is not enough");
    let told = town::told(&disk);
    disk.compact(Purpose::Erase, &mut go_on).unwrap();
    assert_eq!(found(folder.path()), Vec::<String>::new());
    assert_eq!(town::told(&disk), told, "nothing else went");
    drop(disk);
    assert_eq!(found(folder.path()), Vec::<String>::new(), "nor does closing bring it back");
    let disk = town::open(folder.path());
    assert_eq!((town::told(&disk), disk.mended()), (told, &[][..]));
    assert!(disk.look(1, &sample::network().unwrap()).unwrap().is_good());
}

/// A store of several segments, of which most of the first ones is dead.
fn worn(folder: &Path) -> Disk {
    let mut disk = town::open(folder);
    town::settle(&mut disk, 900, 50_000);
    for number in 0..700 {
        disk.apply(&[town::stand(&town::record(number, 2, "shorter", 8))]).unwrap();
    }
    disk.flush().unwrap();
    disk
}

#[test]
fn a_kill_at_any_step_leaves_everything() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = worn(folder.path());
    let (told, before) = (town::told(&disk), disk.size_on_disk().unwrap());
    let mut copies = Vec::new();
    let mut see = |_| {
        let copy = tempfile::tempdir().unwrap();
        town::copy(folder.path(), copy.path());
        copies.push(copy);
        ControlFlow::Continue(())
    };
    let compacted = disk.compact(Purpose::Erase, &mut see).unwrap();
    assert!(compacted.after_bytes * 2 < before, "{compacted:?}");
    assert_eq!(town::told(&disk), told);
    assert!(!copies.is_empty());
    for copy in &copies {
        // Between two runs: some segments are new, some are old. Beside that what a kill inside a run
        // leaves: half a new segment, and an old one whose frames stand in the one before already.
        let log = copy.path().join("log");
        std::fs::write(log.join("0000000000000001.new"), b"half of a segment").unwrap();
        let disk = town::open(copy.path());
        assert_eq!(town::told(&disk), told);
        assert!(disk.look(0, &sample::network().unwrap()).unwrap().is_good());
    }
}

#[test]
fn segments_that_were_joined_are_not_read_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = worn(folder.path());
    let (told, log) = (town::told(&disk), folder.path().join("log"));
    let before = tempfile::tempdir().unwrap();
    town::copy(&log, before.path());
    disk.compact(Purpose::Erase, &mut go_on).unwrap();
    drop(disk);
    // The kill came after the rename of the joined segment and before the others were removed.
    let old: Vec<_> =
        town::files(before.path()).into_iter().map(|file| file.file_name().unwrap().to_owned()).collect();
    let gone: Vec<_> = old.iter().filter(|name| !log.join(name).exists()).collect();
    assert!(!gone.is_empty(), "segments were joined");
    for name in &gone {
        std::fs::copy(before.path().join(name), log.join(name)).unwrap();
    }
    let disk = town::open(folder.path());
    assert_eq!(town::told(&disk), told);
    assert!(gone.iter().all(|name| !log.join(name).exists()), "what was joined is removed");
}

/// The folders of indexes.
fn indexes(folder: &Path) -> Vec<String> {
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("index-")).collect()
}

/// Everything that a reader can ask of two keepers; equal answers.
fn same(disk: &Disk, model: &MemoryKeeper, records: u64) {
    assert_eq!(town::told(disk), town::told(model));
    for number in 0..records {
        let first = sample::head(&town::record(number, 1, "hello", 0));
        let (set, publisher, bucket) = (first.key.set, &first.key.publisher, first.key.bucket());
        assert_eq!(disk.records(set, publisher), model.records(set, publisher));
        assert_eq!(disk.last_record(set, publisher), model.last_record(set, publisher));
        assert_eq!(disk.at(&bucket, first.place()), model.at(&bucket, first.place()), "where it stood first");
        let Some(head) = model.head(&first.key).unwrap() else { continue };
        assert_eq!(disk.at(&bucket, head.place()), Ok(Some(head.key.clone())));
        let after = disk.places(&bucket, Some(head.place()), 3);
        assert_eq!(after, model.places(&bucket, Some(head.place()), 3));
        let (mut one, mut other) = (Vec::new(), Vec::new());
        let places = [vec![head.place()], after.unwrap()].concat();
        disk.statements(&bucket, &places, &mut |place, bytes| {
            one.push((place, bytes.to_vec()));
            true
        })
        .unwrap();
        model
            .statements(&bucket, &places, &mut |place, bytes| {
                other.push((place, bytes.to_vec()));
                true
            })
            .unwrap();
        assert_eq!(one, other);
    }
}

#[test]
fn a_settled_index_tells_what_memory_tells() {
    const RECORDS: u64 = 700;
    let folder = tempfile::tempdir().unwrap();
    let (mut disk, mut model) = (town::open(folder.path()), MemoryKeeper::default());
    let mut settled = BTreeSet::new();
    for round in 1..6 {
        let mut dice = sample::Dice(round);
        for _ in 0..60 {
            let steps: Vec<Step> = (0..7)
                .map(|_| {
                    let record = town::record(dice.throw() % RECORDS, round, "hello", 8);
                    match dice.throw() % 6 {
                        0 => Step::Drop(sample::head(&record).key),
                        1 => Step::Blank(sample::head(&record)),
                        _ => town::stand(&record),
                    }
                })
                .collect();
            assert_eq!(disk.apply(&steps), model.apply(&steps));
        }
        same(&disk, &model, RECORDS);
        assert!(disk.is_loose(), "so many changes are worth it");
        disk.compact(Purpose::Room, &mut go_on).unwrap();
        assert!(!disk.is_loose());
        same(&disk, &model, RECORDS);
        settled.extend(indexes(folder.path()));
        assert_eq!(settled.len() as u64, round, "a new one each time, and the old one is gone");
        if round % 2 == 0 {
            drop(disk);
            disk = town::open(folder.path());
            assert_eq!(disk.mended(), &[] as &[String]);
            same(&disk, &model, RECORDS);
        }
        assert!(disk.look(9, &sample::network().unwrap()).unwrap().is_good());
    }
}

#[test]
fn settling_makes_the_index_smaller_and_stops_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = town::open(folder.path());
    town::settle(&mut disk, 6_000, 8);
    let (told, before) = (town::told(&disk), disk.size_on_disk().unwrap());
    let stopped = disk.compact(Purpose::Room, &mut |_| ControlFlow::Break(())).unwrap();
    assert!(stopped.is_stopped && disk.is_loose(), "{stopped:?}");
    assert_eq!((indexes(folder.path()), town::told(&disk)), (vec!["index-1".to_owned()], told.clone()));
    let compacted = disk.compact(Purpose::Room, &mut go_on).unwrap();
    assert!(compacted.after_bytes < before && !compacted.is_stopped, "{compacted:?}");
    assert_eq!((indexes(folder.path()), town::told(&disk)), (vec!["index-2".to_owned()], told));
}

#[test]
fn it_stops_when_told_and_goes_on_later() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = worn(folder.path());
    let told = town::told(&disk);
    // Dead bytes are counted, not those on the disk: among these sled writes as it likes.
    let worn = disk.dead_bytes();
    let stopped = disk.compact(Purpose::Room, &mut |_| ControlFlow::Break(())).unwrap();
    let left = disk.dead_bytes();
    assert!(stopped.is_stopped && left < worn, "{stopped:?}: {left} of {worn} dead bytes are left");
    assert_eq!(town::told(&disk), told);
    let whole = disk.compact(Purpose::Room, &mut go_on).unwrap();
    assert!(!whole.is_stopped && disk.dead_bytes() <= left, "{whole:?}");
    assert_eq!(town::told(&disk), told);
    assert!(!disk.needs_compaction());
}

#[test]
fn readers_go_on_beside_writer_and_compaction() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = worn(folder.path());
    let reader = disk.clone();
    let (stop, network) = (std::sync::atomic::AtomicBool::new(false), sample::network().unwrap());
    std::thread::scope(|scope| {
        let (stop, network) = (&stop, &network);
        let reading = scope.spawn(move || {
            let mut read = 0u64;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let key = sample::head(&town::record(read % 900, 1, "hello", 0)).key;
                let change = reader.statement(&key).unwrap().expect("every record stands all the time");
                let statement =
                    record::envelope::Statement::open(&change.statement.unwrap(), network).unwrap();
                assert_eq!(replica::order::HeadKey::of(statement.content()), key);
                assert!(!reader.changes(read % 500, 3).unwrap().is_empty());
                read += 1;
            }
            read
        });
        for version in 3..9 {
            for number in 0..200 {
                disk.apply(&[town::stand(&town::record(number, version, "again", 8))]).unwrap();
            }
            disk.compact(Purpose::Erase, &mut go_on).unwrap();
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(reading.join().unwrap() > 100);
    });
}

#[test]
fn without_room_nothing_is_taken_in_and_reading_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = town::open(folder.path());
    town::settle(&mut disk, 10, 100);
    let told = town::told(&disk);
    disk.keep_free(u64::MAX);
    let full = disk.apply(&[town::stand(&town::record(11, 1, "more", 100))]).unwrap_err();
    assert!(matches!(full, replica::keeper::KeepError::Full(_)), "{full}");
    assert_eq!((town::told(&disk), disk.newest()), (told, 10));
    disk.keep_free(0);
    assert_eq!(disk.apply(&[town::stand(&town::record(11, 1, "more", 100))]), Ok(11));
}

#[test]
fn writing_and_reading_go_on_while_it_is_compacted() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = worn(folder.path());
    let (mut writer, reader) = (disk.clone(), disk.clone());
    let keys: Vec<_> =
        (0..900).map(|number| sample::head(&town::record(number, 1, "hello", 0)).key).collect();
    let is_done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut version = 3;
            while !is_done.load(std::sync::atomic::Ordering::Relaxed) {
                for number in (0..900).step_by(7) {
                    writer.apply(&[town::stand(&town::record(number, version, "newer", 800))]).unwrap();
                }
                version += 1;
            }
            writer.flush().unwrap();
        });
        scope.spawn(|| {
            while !is_done.load(std::sync::atomic::Ordering::Relaxed) {
                for key in &keys {
                    assert!(reader.statement(key).unwrap().unwrap().statement.is_some());
                }
                assert_eq!(reader.changes(0, usize::MAX).map(|changes| changes.is_empty()), Ok(false));
            }
        });
        for purpose in [Purpose::Erase, Purpose::Room, Purpose::Erase, Purpose::Erase] {
            disk.compact(purpose, &mut go_on).unwrap();
        }
        is_done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    drop(reader);
    let told = town::told(&disk);
    assert!(disk.look(1, &sample::network().unwrap()).unwrap().is_good());
    drop((disk, writer));
    let disk = town::open(folder.path());
    assert_eq!(town::told(&disk), told);
}
