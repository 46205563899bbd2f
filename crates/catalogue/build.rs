//! Takes the register of municipalities, which scripts/setup makes, into the program.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

const REGISTER: &str = "register/towns.tsv";

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={REGISTER}");
    let (Some(here), Some(out)) = (env::var_os("CARGO_MANIFEST_DIR"), env::var_os("OUT_DIR")) else {
        println!("cargo::error=this program is run by cargo");
        return ExitCode::FAILURE;
    };
    let (from, to) = (PathBuf::from(here).join(REGISTER), PathBuf::from(out).join("towns.tsv"));
    match fs::copy(from, to) {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => {
            println!("cargo::error=the register of municipalities is missing: run `scripts/setup --build`");
            ExitCode::FAILURE
        }
    }
}
