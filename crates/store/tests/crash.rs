//! A writer that is killed at random moments loses nothing that it has acknowledged.

#[path = "../examples/campaign/mod.rs"]
mod campaign;
#[path = "../examples/sample/mod.rs"]
mod sample;

use std::process::Command;
use std::process::Stdio;

const KILLS: u64 = 20;
const SEED: u64 = 20_261_122;
const FOLDER: &str = "ALLMENDE_STORE_CRASH_FOLDER";

#[test]
fn a_killed_writer_loses_nothing() {
    // The test starts itself as the writer: there is no other program of this crate in a test run.
    if let Some(folder) = std::env::var_os(FOLDER) {
        campaign::write(folder.as_ref(), SEED, u64::MAX).unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let tally = campaign::campaign(folder.path(), SEED, KILLS, || {
        let mut writer = Command::new(std::env::current_exe().unwrap());
        writer.args(["--exact", "a_killed_writer_loses_nothing", "--nocapture"]).env(FOLDER, folder.path());
        writer.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
    });
    let tally = tally.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(tally.kills, KILLS);
    assert!(tally.newest > 100, "the writer wrote {} changes only", tally.newest);
}
