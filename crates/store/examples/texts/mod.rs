//! Sentences that nobody here wrote, to make records of.

use crate::sample::Failure;
use crate::sample::Texts;
use std::path::Path;

/// Where they lie, from the root of the workspace.
const TEXTS: [&str; 2] = ["../shared/data/texts-de.jsonl", "../shared/data/search/docs.jsonl"];

/// The sentences of the test data, or a few words of our own where the folder is absent.
pub(crate) fn load() -> Result<Texts, Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sentences = Vec::new();
    for path in TEXTS.map(|path| root.join(path)) {
        if !path.exists() {
            eprintln!("{} is absent: the texts are made of a few words of our own", path.display());
            return Ok(Texts::words());
        }
        for line in std::fs::read_to_string(path)?.lines() {
            let row: serde_json::Value = serde_json::from_str(line)?;
            let text = row.get("text").and_then(serde_json::Value::as_str).unwrap_or_default();
            let whole = text.split_inclusive(['.', '?', '!', '\n']).map(str::trim);
            sentences.extend(whole.filter(|text| text.len() > 30 && text.len() < 400).map(str::to_owned));
        }
    }
    Ok(Texts::of(sentences))
}
