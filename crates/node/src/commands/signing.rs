//! Where a signature is made: by the running node, or here and into a file, with a key that stays offline.

use crate::commands::Call;
use crate::commands::publish::files_below;
use crate::commands::told;
use crate::folder::Folder;
use crate::offline::Offline;
use crate::publishing::Saying;
use serde_json::Value as Json;
use std::path::Path;
use std::path::PathBuf;

/// Options of commands that can sign into a file.
#[derive(Debug, clap::Args)]
pub(crate) struct Signing {
    /// Sign here, with the key of this data folder, and write the statement to a file, for a key that stays offline: no
    /// node runs on the folder. What the folder signed before is known from its own/; any node takes the file in with
    /// `allmende publish FILE`, and `allmende verify FILE` checks it. Further statements become FILE-2.cose and so on.
    #[arg(long, value_name = "FILE.cose", value_parser = cose)]
    pub(crate) out: Option<PathBuf>,
    /// With --out: what others have attested, as statement files or folders of them; `allmende export --attestations DIR`
    /// writes them on a running node. Needed where this folder has not signed every attestation itself.
    #[arg(long, value_name = "PATH", requires = "out")]
    from: Vec<PathBuf>,
}

fn cose(text: &str) -> Result<PathBuf, String> {
    match text.ends_with(".cose") {
        true => Ok(text.into()),
        false => Err("the name of a statement file ends in .cose".to_owned()),
    }
}

impl Signing {
    pub(crate) fn open(&self, call: &Call) -> anyhow::Result<Offline> {
        Offline::open(&call.folder, &files_below(&self.from, &["cose"])?)
    }

    /// Signs and writes; the answer is one document a statement, with the place of its file.
    pub(crate) fn write(
        &self,
        call: &Call,
        offline: &mut Offline,
        sayings: Vec<Saying>,
    ) -> anyhow::Result<Vec<Json>> {
        let mut written = Vec::new();
        for (place, saying) in sayings.into_iter().enumerate() {
            let statement = offline.say(saying).map_err(|error| told(call, error))?;
            let file = numbered(self.out.as_deref().unwrap_or(Path::new("")), place + 1);
            Folder::write(&file, statement.bytes())?;
            let content = statement.content();
            written.push(serde_json::json!({
                "publisher": content.publisher.to_string(), "record": content.record.to_string(),
                "version": content.version, "id": statement.id().to_string(), "file": file,
            }));
        }
        Ok(written)
    }

    /// What is still to be done with the file; empty where the node has said it already.
    pub(crate) fn hint(&self, call: &Call) -> String {
        let Some(file) = &self.out else { return String::new() };
        let next = call.say(
            "Es gilt, sobald die Datei an einem laufenden Knoten eingeht: allmende publish",
            "It holds as soon as a running node takes the file in: allmende publish",
        );
        format!("\n{next} {}", file.display())
    }
}

/// The file itself, then FILE-2.cose and so on.
fn numbered(file: &Path, number: usize) -> PathBuf {
    if number == 1 {
        return file.to_owned();
    }
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    file.with_file_name(format!("{stem}-{number}.cose"))
}

#[cfg(test)]
mod tests {
    use crate::commands::signing::numbered;
    use std::path::Path;

    #[test]
    fn further_files_stand_beside_the_first() {
        let file = Path::new("usb/jena.cose");
        assert_eq!(numbered(file, 1), file);
        assert_eq!(numbered(file, 2), Path::new("usb/jena-2.cose"));
    }
}
