//! `allmende export`: everything that stands, out of the running node.

use crate::commands::Call;
use crate::commands::publish::progress;
use crate::folder::Folder;
use anyhow::Context as _;
use serde_json::Value as Json;
use std::io::Write as _;
use std::path::PathBuf;

/// Changes asked for at once.
const PAGE: u64 = 500;

/// Where to.
#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// The file to write, one JSON document a line; standard output where none is named.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Export {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        let client = call.client()?;
        let newest = client.read("/api/v1/status")?.get("change").and_then(Json::as_u64).unwrap_or_default();
        let progress = progress(usize::try_from(newest).unwrap_or(usize::MAX));
        let mut lines = Vec::new();
        let (mut since, mut records) = (0, 0u64);
        loop {
            let page = client.read(&format!("/api/v1/changes?since={since}&limit={PAGE}"))?;
            let changes = page.get("changes").and_then(Json::as_array).cloned().unwrap_or_default();
            if changes.is_empty() {
                break;
            }
            for change in &changes {
                since = change
                    .get("change")
                    .and_then(Json::as_u64)
                    .context("the node's change feed has no numbers")?;
                let statement = change.get("statement").filter(|statement| statement.get("body").is_some());
                if let Some(statement) = statement {
                    writeln!(lines, "{statement}")?;
                    records += 1;
                }
            }
            progress.set_position(since);
        }
        progress.finish_and_clear();
        match &self.out {
            Some(file) => {
                Folder::write(file, &lines)?;
                call.print(&serde_json::json!({ "file": file, "records": records }), || {
                    format!(
                        "{records} {} {}",
                        call.say("Einträge geschrieben nach", "records written to"),
                        file.display()
                    )
                });
            }
            None => std::io::stdout().write_all(&lines)?,
        }
        Ok(())
    }
}
