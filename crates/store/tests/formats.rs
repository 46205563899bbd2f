//! A store that an older program wrote still opens, with the same numbers, heads and statements.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where its story breaks")]

#[path = "../examples/sample/mod.rs"]
mod sample;
mod town;

use record::statement::StatementId;
use record::statement::sha256;
use replica::keeper::Keeper;
use replica::keeper::Step;
use replica::order::Set;
use std::fmt::Write as _;
use std::path::Path;
use store::disk::Disk;
use store::disk::FORMAT;
use store::disk::Settings;

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format-1").join(name)
}

/// Lays the committed store of format 1 out in a folder.
fn lay_out(store: &Path) {
    let sled = store.join("sled");
    std::fs::create_dir_all(sled.join("blobs")).unwrap();
    std::fs::copy(fixture("FORMAT"), store.join("FORMAT")).unwrap();
    std::fs::copy(fixture("conf"), sled.join("conf")).unwrap();
    let packed = std::fs::read(fixture("db.zst")).unwrap();
    std::fs::write(sled.join("db"), zstd::stream::decode_all(&packed[..]).unwrap()).unwrap();
}

/// What a store holds, in the words of `expected.txt`: change, set, publisher, record, and the head with
/// the hash of its statement, or that it is gone.
fn told(disk: &Disk) -> String {
    let mut text = String::new();
    for change in disk.changes(0, 1000).unwrap() {
        let set = if change.key.set == Set::Trust { 'T' } else { 'R' };
        write!(text, "{} {set} {} {} ", change.number, change.key.publisher, change.key.record).unwrap();
        match (disk.head(&change.key).unwrap(), change.statement) {
            (Some(head), Some(bytes)) => {
                let (rank, sum) = (head.rank, StatementId::from_bytes(sha256(&[&bytes])));
                writeln!(text, "{} {} {} {} {sum}", rank.epoch, rank.version, head.issued.seconds(), rank.id)
            }
            _ => writeln!(text, "gone"),
        }
        .unwrap();
    }
    text
}

#[test]
fn a_store_of_format_1_opens() {
    let folder = tempfile::tempdir().unwrap();
    lay_out(folder.path());
    let expected = std::fs::read_to_string(fixture("expected.txt")).unwrap();
    let settings = Settings { cache_bytes: 8 << 20 };
    let mut disk = Disk::open(folder.path(), &settings).unwrap();
    assert_eq!((told(&disk), disk.newest()), (expected.clone(), 46));
    assert_eq!(std::fs::read_to_string(folder.path().join("FORMAT")).unwrap(), FORMAT);
    assert!(!folder.path().join("sled").exists(), "the copy took its place");
    let key = disk.changes(0, 1).unwrap()[0].key.clone();
    assert_eq!(disk.apply(&[Step::Drop(key)]), Ok(47), "numbers go on where they were");
    drop(disk);
    let disk = Disk::open(folder.path(), &settings).unwrap();
    assert!(disk.mended().is_empty(), "{:?}", disk.mended());
    assert_eq!(told(&disk).lines().count(), expected.lines().count());
}

#[test]
fn a_copy_that_was_killed_begins_again() {
    let expected = std::fs::read_to_string(fixture("expected.txt")).unwrap();
    // The stages a kill can leave: half a copy beside, a whole one in place, and old files after the new name.
    for stage in ["log.new", "log", "sled"] {
        let folder = tempfile::tempdir().unwrap();
        lay_out(folder.path());
        if stage == "sled" {
            drop(Disk::open(folder.path(), &Settings::default()).unwrap());
            lay_out(folder.path());
            std::fs::write(folder.path().join("FORMAT"), FORMAT).unwrap();
        } else {
            std::fs::create_dir(folder.path().join(stage)).unwrap();
            std::fs::write(folder.path().join(stage).join("0000000000000001.log"), b"half").unwrap();
        }
        let disk = Disk::open(folder.path(), &Settings::default()).unwrap();
        assert_eq!(told(&disk), expected, "{stage}");
        assert!(!folder.path().join("sled").exists() && !folder.path().join("log.new").exists());
    }
}

#[test]
fn a_damaged_store_of_format_1_is_an_error_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    lay_out(folder.path());
    let db = folder.path().join("sled/db");
    let size = std::fs::metadata(&db).unwrap().len();
    std::fs::write(&db, vec![0xa5; usize::try_from(size).unwrap()]).unwrap();
    for look in ["the doctor's", "the daemon's after it"] {
        let error = Disk::open(folder.path(), &Settings::default()).unwrap_err();
        assert!(matches!(error, store::disk::OpenError::Damaged { .. }), "{look}: {error}");
    }
}

/// Lays the committed store of format 2 out in a folder, with an index from before the blocks.
fn lay_out_2(store: &Path) {
    let from = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format-2").join(name);
    for folder in ["log", "index-1/blobs"] {
        std::fs::create_dir_all(store.join(folder)).unwrap();
    }
    std::fs::copy(from("FORMAT"), store.join("FORMAT")).unwrap();
    std::fs::copy(from("log"), store.join("log/0000000000000001.log")).unwrap();
    std::fs::copy(from("conf"), store.join("index-1/conf")).unwrap();
    std::fs::copy(from("db"), store.join("index-1/db")).unwrap();
    std::fs::write(store.join("index-1/whole"), "1").unwrap();
}

#[test]
fn an_index_of_an_older_form_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    lay_out_2(folder.path());
    let expected = std::fs::read_to_string(fixture("../format-2/expected.txt")).unwrap();
    let all = || {
        let disk = town::open(folder.path());
        (town::told(&disk).join("\n") + "\n", disk.mended().to_vec())
    };
    let (told, mended) = all();
    assert_eq!(told, expected);
    assert!(mended.iter().any(|what| what.contains("made anew from the log, up to change 48")), "{mended:?}");
    assert!(!folder.path().join("index-1").exists(), "the old one is gone");
    assert_eq!(all(), (expected, Vec::new()));
}
