//! What an operator lays beside the records: a newer register of municipalities, and words of the same meaning.

use crate::folder::Folder;
use anyhow::Context as _;
use catalogue::gazette;
use catalogue::register::Register;
use catalogue::synonyms::Synonyms;
use std::io::ErrorKind;
use std::path::Path;

/// An official register is smaller, in bytes.
const REGISTER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The register that is built in, renewed by the one in the folder.
pub(crate) fn register(folder: &Folder) -> anyhow::Result<Register> {
    let path = folder.register();
    let Some(text) = read(&path)? else { return Ok(Register::built_in().clone()) };
    let newer = Register::read(&text).with_context(|| {
        format!("{} is no register; run `allmende import register FILE` again, or delete it", path.display())
    })?;
    Ok(newer)
}

/// Our own synonyms and those in the folder.
pub(crate) fn synonyms(folder: &Folder) -> anyhow::Result<Synonyms> {
    let path = folder.synonyms();
    let Some(text) = read(&path)? else { return Ok(Synonyms::default()) };
    Synonyms::with(&text).with_context(|| format!("{} cannot be used", path.display()))
}

/// Takes an official register into the folder; the node reads it when it starts. Answers with how many
/// municipalities there are now.
pub(crate) fn import(folder: &Folder, file: &Path) -> anyhow::Result<usize> {
    let bytes = std::fs::metadata(file).with_context(|| format!("{} cannot be read", file.display()))?.len();
    anyhow::ensure!(
        bytes <= REGISTER_BYTES_MAX,
        "{} has {bytes} bytes, a register at most {REGISTER_BYTES_MAX}",
        file.display()
    );
    let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let official = gazette::read(&bytes).with_context(|| format!("{} is not taken", file.display()))?;
    let renewed = register(folder)?.renewed(official);
    let path = folder.register();
    // Beside and swapped in, so that a full disk leaves the old one whole.
    let beside = path.with_extension("new");
    std::fs::write(&beside, renewed.write())
        .and_then(|()| std::fs::rename(&beside, &path))
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(renewed.len())
}

fn read(path: &Path) -> anyhow::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}
