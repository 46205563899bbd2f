//! Kills a writer at random moments, and looks each time whether everything acknowledged is there.
//! `cargo run --release -p allmende-store --example crash -- [KILLS] [SEED]`
//!
//! `crash write FOLDER SEED ROUNDS` is the writer, `crash judge FOLDER SEED ACKNOWLEDGED` the judge alone;
//! `power.py` beside this file uses both.

mod campaign;
mod sample;

use sample::Failure;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| arguments.get(at).map_or(Ok(default), |text| text.parse());
    let folder = arguments.get(1).map(Path::new);
    match (arguments.first().map(String::as_str), folder) {
        (Some("write"), Some(folder)) => campaign::write(folder, number(2, 1)?, number(3, u64::MAX)?),
        (Some("judge"), Some(folder)) => {
            let (newest, mended, _) = campaign::Judge::new(number(2, 1)?).judge(folder, number(3, 0)?)?;
            println!("{newest} {}", mended.join("; "));
            Ok(())
        }
        _ => run(number(0, 200)?, number(1, 1)?),
    }
}

fn run(kills: u64, seed: u64) -> Result<(), Failure> {
    let folder = tempfile::tempdir_in(".")?;
    let program = std::env::current_exe()?;
    let tally = campaign::campaign(folder.path(), seed, kills, || {
        let mut writer = Command::new(&program);
        writer.arg("write").arg(folder.path()).arg(seed.to_string());
        writer.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
    })?;
    let (kills, newest, mended) = (tally.kills, tally.newest, tally.mended);
    println!("{kills} kills, {newest} changes, none acknowledged was lost, none is half");
    println!("mended at {mended} starts, the slowest start took {:.2} s", tally.slowest.as_secs_f64());
    Ok(())
}
