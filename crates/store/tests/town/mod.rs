//! A store with records of towns in it, for the stories of the tests.
#![allow(clippy::unwrap_used, dead_code, reason = "each story uses its own part, and stops where it breaks")]

use crate::sample;
use record::envelope::Statement;
use record::statement::Said;
use record::value::Map;
use record::value::Value;
use replica::keeper::Keeper;
use replica::keeper::Step;
use std::path::Path;
use store::disk::Disk;
use store::disk::Settings;

pub(crate) fn settings() -> Settings {
    Settings { cache_bytes: 8 * 1024 * 1024 }
}

pub(crate) fn open(folder: &Path) -> Disk {
    Disk::open(folder, &settings()).unwrap()
}

/// A signed record that says this, and beside it so many bytes that cannot be packed.
pub(crate) fn record(number: u64, version: u64, says: &str, bytes: u64) -> Statement {
    let mut dice = sample::Dice(number ^ version << 32);
    let filling: Vec<u8> = (0..bytes / 8).flat_map(|_| dice.throw().to_le_bytes()).collect();
    let body = Map::from([("says".to_owned(), says.into()), ("filling".to_owned(), Value::Bytes(filling))]);
    sample::sealed(number, version, Said::Body(body)).unwrap()
}

pub(crate) fn stand(statement: &Statement) -> Step {
    Step::Stand(sample::head(statement), statement.bytes().clone())
}

/// Records from 0 on, in version 1, in changes of fifty.
pub(crate) fn settle(disk: &mut Disk, records: u64, bytes: u64) {
    for from in (0..records).step_by(50) {
        let numbers = from..records.min(from + 50);
        let steps: Vec<Step> = numbers.map(|number| stand(&record(number, 1, "hello", bytes))).collect();
        disk.apply(&steps).unwrap();
    }
    disk.flush().unwrap();
}

/// Everything that a keeper holds, in one text.
pub(crate) fn told(keeper: &impl Keeper) -> Vec<String> {
    let mut told = Vec::new();
    keeper.visit(&mut |bucket, place, key| told.push(format!("{bucket:?} {place:?} {key:?}"))).unwrap();
    for change in keeper.changes(0, usize::MAX).unwrap() {
        let head = keeper.head(&change.key).unwrap();
        let id =
            change.statement.map(|bytes| Statement::open(&bytes, &sample::network().unwrap()).unwrap().id());
        told.push(format!("{} {:?} {head:?} {id:?}", change.number, change.key));
    }
    told
}

/// All files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

/// Copies a folder as it stands, as a kill at this moment would leave it.
pub(crate) fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&file, target).unwrap();
    }
}
