//! Trains the dictionary that statements are packed with, from the demo records, and tells what it gains
//! on records that it has not seen. A dictionary repeats pieces of what it was trained on, so only our own
//! texts go in; real publiccode.yml files beside them made it weaker (1,141 for 1,091 bytes a record).
//! `cargo run --release -p allmende-store --example dictionary -- FILE [BYTES]`

mod sample;
mod texts;

use exchange::draft::Draft;
use exchange::draft::Form;
use record::statement::Said;
use record::value::Map;
use sample::Failure;
use std::path::Path;
use std::path::PathBuf;

/// Twice the size gained 7 bytes a record more.
const DICTIONARY_BYTES: usize = 32 * 1024;
const LEVELS: [i32; 4] = [1, 3, 5, 9];
const UNSEEN: u64 = 2_000;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let to = PathBuf::from(arguments.next().ok_or("name the file to write")?);
    let bytes = arguments.next().map_or(Ok(DICTIONARY_BYTES), |text| text.parse())?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let bodies = demo(&root.join("node-config/demo"))?;
    let mut statements = Vec::new();
    for (number, body) in (0..).zip(bodies) {
        statements.push(sample::sealed(number, 1, Said::Body(body))?.bytes().to_vec());
    }
    println!("{} statements, {} bytes", statements.len(), statements.iter().map(Vec::len).sum::<usize>());
    let dictionary = zstd::dict::from_samples(&statements, bytes)?;
    std::fs::write(&to, &dictionary)?;
    println!("{}: {} bytes", to.display(), dictionary.len());

    let sentences = texts::load()?;
    let unseen: Result<Vec<_>, Failure> =
        (0..UNSEEN).map(|number| Ok(sample::statement(&sentences, number, 1)?.bytes().clone())).collect();
    let unseen = unseen?;
    let plain: usize = unseen.iter().map(|bytes| bytes.len()).sum();
    for level in LEVELS {
        for (name, dictionary) in [("without", &[][..]), ("with", &dictionary)] {
            let mut packer = zstd::bulk::Compressor::with_dictionary(level, dictionary)?;
            let began = std::time::Instant::now();
            let packed: Result<Vec<_>, _> = unseen.iter().map(|bytes| packer.compress(bytes)).collect();
            let took = began.elapsed().as_secs_f64() * 1e6 / UNSEEN as f64;
            let packed: usize = packed?.iter().map(Vec::len).sum();
            let ratio = plain as f64 / packed as f64;
            println!(
                "level {level} {name:>7}: {} bytes each, ratio {ratio:.2}, {took:.1} us",
                packed as u64 / UNSEEN
            );
        }
    }
    Ok(())
}

/// The files below a folder, sorted, so that the same input gives the same dictionary.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { files.extend(self::files(&path)?) } else { files.push(path) }
    }
    files.sort();
    Ok(files)
}

fn demo(folder: &Path) -> Result<Vec<Map>, Failure> {
    let mut bodies = Vec::new();
    for path in files(folder)?.iter().filter(|path| path.extension().is_some_and(|ending| ending == "toml")) {
        if let Ok(draft) = Draft::read(&std::fs::read_to_string(path)?, Form::Toml) {
            bodies.push(draft.body);
        }
    }
    Ok(bodies)
}
