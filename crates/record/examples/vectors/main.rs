//! Writes the golden vectors into `crates/record/vectors`, or into the folder named as argument:
//! `cargo run -p allmende-record --example vectors [FOLDER]`.

mod bad_content;
mod bad_envelope;
mod bad_signature;
mod bad_value;
mod bytes;
mod good;
mod torsion;
mod vector;

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let folder = std::env::args_os().nth(1).map_or(beside, PathBuf::from);
    let mut vectors = good::vectors();
    vectors.extend(bad_envelope::vectors());
    vectors.extend(bad_value::vectors());
    vectors.extend(bad_content::vectors());
    vectors.extend(bad_signature::vectors());
    for part in ["good", "bad"] {
        let part = folder.join(part);
        if part.exists() {
            std::fs::remove_dir_all(&part)?;
        }
        std::fs::create_dir_all(&part)?;
    }
    for vector in &vectors {
        std::fs::write(folder.join(vector.path()), vector.to_json())?;
    }
    println!("{} vectors written to {}", vectors.len(), folder.display());
    Ok(())
}
