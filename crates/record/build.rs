//! Lists `kinds/` and `kinds/shared/` and writes one `include_str!` per file, so that adding a kind is adding a file.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let home = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("kinds");
    let mut text = String::new();
    list(&mut text, "KIND_FILES", &home)?;
    list(&mut text, "SHARED_FILES", &home.join("shared"))?;
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("kind_files.rs"), text)?;
    Ok(())
}

/// Writes `const NAME: &[(&str, &str)]` with file name and text of every TOML file in the folder, sorted.
fn list(text: &mut String, name: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    writeln!(text, "const {name}: &[(&str, &str)] = &[")?;
    for path in paths {
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        println!("cargo::rerun-if-changed={}", path.display());
        writeln!(text, "    ({file:?}, include_str!({:?})),", path.display().to_string())?;
    }
    writeln!(text, "];")?;
    Ok(())
}
