//! `allmende export`: everything that stands, out of the running node.

use crate::client::Client;
use crate::commands::Call;
use crate::commands::publish::files_below;
use crate::commands::publish::progress;
use crate::commands::text;
use crate::folder::Folder;
use anyhow::Context as _;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

/// Changes asked for at once.
const PAGE: u64 = 500;

/// Where to.
#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// The file to write, one JSON document a line; standard output where none is named.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write all attestations that stand, as signed statement files, into this folder, for a key that stays offline.
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    attestations: Option<PathBuf>,
    /// Write this node's private notes and shortlists as well, each as a line with its file under "overlay". They stand
    /// in no other export.
    #[arg(long, conflicts_with = "attestations")]
    overlay: bool,
}

impl Export {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        let client = call.client()?;
        if let Some(folder) = &self.attestations {
            return attestations(call, &client, folder);
        }
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
        if self.overlay {
            for (file, paper) in papers(&call.folder)? {
                writeln!(lines, "{}", serde_json::json!({ "overlay": file, "paper": paper }))?;
            }
        }
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

/// The private papers by their names below `overlay/`.
fn papers(folder: &Folder) -> anyhow::Result<BTreeMap<String, Json>> {
    let overlay = folder.overlay();
    let mut papers = BTreeMap::new();
    if !overlay.exists() {
        return Ok(papers);
    }
    for file in files_below(std::slice::from_ref(&overlay), &["json"])? {
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        let paper = serde_json::from_str(&text).with_context(|| format!("{} is damaged", file.display()))?;
        let name = file.strip_prefix(&overlay).unwrap_or(&file).display().to_string();
        papers.insert(name, paper);
    }
    Ok(papers)
}

/// Each attestation as a file of its own, named by attester and record.
fn attestations(call: &Call, client: &Client, folder: &Path) -> anyhow::Result<()> {
    let list = client.read("/api/v1/attestations")?;
    let list = list.get("attestations").and_then(Json::as_array).cloned().unwrap_or_default();
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let progress = progress(list.len());
    for attestation in &list {
        let (attester, record) = (text(attestation, "attester"), text(attestation, "record"));
        let bytes = client.read_bytes(&format!("/api/v1/records/{attester}/{record}"), "application/cose")?;
        Folder::write(&folder.join(format!("{attester}-{record}.cose")), &bytes)?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    call.print(&serde_json::json!({ "folder": folder, "attestations": list.len() }), || {
        let done = call.say("Beglaubigungen geschrieben nach", "attestations written to");
        format!("{} {done} {}", list.len(), folder.display())
    });
    Ok(())
}
