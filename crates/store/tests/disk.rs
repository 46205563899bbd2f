//! The keeper on disk keeps the same contract as the one in memory, and tells in words what is wrong.

use replica::keeper::Keeper;
use store::disk::Disk;
use store::disk::OpenError;
use store::disk::Settings;

fn small() -> Settings {
    Settings { cache_bytes: 8 * 1024 * 1024 }
}

#[test]
fn the_disk_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    replica::contract::run(|flushed| {
        drop(flushed);
        Disk::open(folder.path(), &small()).unwrap()
    });
}

#[test]
fn a_second_daemon_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let first = Disk::open(folder.path(), &small()).unwrap();
    let second = Disk::open(folder.path(), &small()).unwrap_err();
    assert!(matches!(second, OpenError::InUse(_)), "{second}");
    drop(first);
    Disk::open(folder.path(), &small()).unwrap();
}

#[test]
fn a_newer_format_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("FORMAT"), "allmende store 9\n").unwrap();
    let error = Disk::open(folder.path(), &small()).unwrap_err();
    assert!(error.to_string().contains("has the format \"allmende store 9\""), "{error}");
    assert!(!folder.path().join("sled").exists());
}

#[test]
fn an_empty_store_answers() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::open(folder.path(), &small()).unwrap();
    assert_eq!((disk.newest(), disk.changes(0, 5)), (0, Ok(Vec::new())));
}
