//! Takes the stylesheet and fonts of the KERN design system into the program.

use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

const KERN: &str = "node_modules/@kern-ux/native/dist";
const FILES: [(&str, &str); 3] = [
    ("kern.min.css", "kern.css"),
    ("fonts/fira-sans/FiraSans-Regular.woff2", "FiraSans-Regular.woff2"),
    ("fonts/fira-sans/FiraSans-SemiBold.woff2", "FiraSans-SemiBold.woff2"),
];

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    let (Some(here), Some(out)) = (env::var_os("CARGO_MANIFEST_DIR"), env::var_os("OUT_DIR")) else {
        println!("cargo::error=this program is run by cargo");
        return ExitCode::FAILURE;
    };
    let (kern, out) = (PathBuf::from(here).join(KERN), PathBuf::from(out));
    for (from, to) in FILES {
        let from = kern.join(from);
        println!("cargo::rerun-if-changed={}", from.display());
        if !take(&from, &out.join(to)) {
            println!(
                "cargo::error=the KERN design system is missing: \
                 run `npm ci --prefix crates/web --ignore-scripts`"
            );
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn take(from: &Path, to: &Path) -> bool {
    fs::copy(from, to).is_ok()
}
