//! `allmende verify`: checks statement files on this machine alone, with no network and no daemon.

use crate::commands::Call;
use crate::commands::publish::files_below;
use anyhow::bail;
use record::envelope::Statement;
use record::kind::texts;
use record::name::NetworkName;
use std::path::PathBuf;

/// What to check.
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// Statement files (.cose), or folders of them.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The network's name, where the folder has no network document.
    #[arg(long, value_name = "NAME")]
    network: Option<NetworkName>,
}

impl Verify {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        let network = match self.network {
            Some(network) => network,
            None => call.folder.read_network()?.network,
        };
        let (mut documents, mut lines, mut failed) = (Vec::new(), Vec::new(), 0);
        for file in files_below(&self.files, &["cose"])? {
            let opened = Statement::open(&std::fs::read(&file)?, &network);
            let place = file.display().to_string();
            match opened {
                Ok(statement) => {
                    let content = statement.content();
                    let title = texts(content.body(), "title", call.lang).unwrap_or_default();
                    documents.push(serde_json::json!({
                        "file": place, "valid": true, "id": statement.id().to_string(),
                        "publisher": content.publisher.to_string(), "record": content.record.to_string(),
                        "kind": content.kind.as_str(), "epoch": content.epoch, "version": content.version,
                        "issued": content.issued.to_string(), "key": statement.key().to_string(), "title": title,
                    }));
                    lines.push(format!(
                        "{place}: {} {} {} {} {} {}\n  {title}\n  {}: {}\n  {}",
                        call.say("gültig unterschrieben als", "validly signed as"),
                        content.publisher,
                        call.say("am", "at"),
                        content.issued,
                        call.say("mit dem Schlüssel", "with the key"),
                        statement.key(),
                        call.say("Kennung der Aussage", "Statement id"),
                        statement.id(),
                        call.say(
                            "Ob der Schlüssel beglaubigt ist, sagt die Seite dieser Stelle auf einem laufenden Knoten.",
                            "Whether the key is attested is told by the publisher's page on a running node.",
                        ),
                    ));
                }
                Err(error) => {
                    failed += 1;
                    documents.push(serde_json::json!({
                        "file": place, "valid": false, "code": error.code(), "why": error.to_string(),
                    }));
                    lines.push(format!(
                        "{place}: {} ({}): {error}",
                        call.say("UNGÜLTIG", "INVALID"),
                        error.code()
                    ));
                }
            }
        }
        let total = documents.len();
        call.print(&serde_json::Value::Array(documents), || lines.join("\n"));
        match (failed, total) {
            (0, 1..) => Ok(()),
            (0, _) => bail!(
                "{}",
                call.say(
                    "Es wurden keine Dateien mit der Endung .cose gefunden.",
                    "No files ending in .cose were found."
                )
            ),
            (failed, total) => {
                bail!("{failed} / {total} {}", call.say("Dateien sind ungültig", "files are invalid"))
            }
        }
    }
}
