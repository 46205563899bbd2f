//! `allmende publish`, `retract` and `republish`: each answers when the statement is on the disk.

use crate::client::Client;
use crate::commands::Call;
use crate::commands::text;
use anyhow::Context as _;
use anyhow::bail;
use exchange::draft::Draft;
use exchange::draft::Form;
use serde_json::Value as Json;
use std::path::Path;
use std::path::PathBuf;

/// What to publish.
#[derive(Debug, clap::Args)]
pub(crate) struct Publish {
    /// Drafts (.toml, .yaml, .json), ready-signed statements (.cose), or folders of them.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Only check and explain.
    #[arg(long)]
    check: bool,
}

impl Publish {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        let client = call.client()?;
        let files = files_below(&self.files, &["toml", "yaml", "yml", "json", "cose"])?;
        let progress = progress(files.len());
        let mut done = Vec::new();
        let mut failed = 0;
        for file in &files {
            let result = match self.check {
                true => check(&client, file, call),
                false => publish(&client, file),
            };
            progress.inc(1);
            match result {
                Ok(published) => done.push(published),
                Err(error) => {
                    failed += 1;
                    progress.suspend(|| eprintln!("{}: {error:#}", file.display()));
                }
            }
        }
        progress.finish_and_clear();
        call.print(&Json::Array(done.clone()), || lines(call, &done));
        match failed {
            0 => Ok(()),
            failed => bail!(
                "{failed} / {} {}",
                files.len(),
                call.say("Dateien wurden nicht angenommen", "files were not taken")
            ),
        }
    }
}

fn check(client: &Client, file: &Path, call: &Call) -> anyhow::Result<Json> {
    let findings = client.post("/api/v1/check", &draft(file)?)?;
    let list = findings.get("findings").and_then(Json::as_array).cloned().unwrap_or_default();
    for finding in &list {
        eprintln!("{}: {}", file.display(), text(finding, "message"));
    }
    let is_error = |finding: &Json| text(finding, "grade") == "error";
    if list.iter().any(is_error) {
        bail!("{}", call.say("so nicht veröffentlichbar", "cannot be published like this"));
    }
    eprintln!(
        "{}: {}",
        file.display(),
        call.say("kann so veröffentlicht werden", "can be published like this")
    );
    Ok(findings)
}

/// Publishes one file; the answer is the node's.
pub(crate) fn publish(client: &Client, file: &Path) -> anyhow::Result<Json> {
    if file.extension().is_some_and(|ending| ending == "cose") {
        let bytes = std::fs::read(file)?;
        return client.post_bytes("/api/v1/statements", "application/cose", &bytes);
    }
    client.post("/api/v1/records", &draft(file)?)
}

/// Reads a draft and writes it as the API takes it.
fn draft(file: &Path) -> anyhow::Result<Json> {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let form = Form::of(name).context("drafts end in .toml, .yaml, .yml or .json")?;
    let text = std::fs::read_to_string(file).context("the file cannot be read")?;
    Ok(as_json(&Draft::read(&text, form)?))
}

/// A draft as the API takes it.
pub(crate) fn as_json(draft: &Draft) -> Json {
    let mut json = serde_json::Map::new();
    json.insert("kind".to_owned(), draft.kind.as_str().into());
    if let Some(record) = draft.record {
        json.insert("record".to_owned(), record.to_string().into());
    }
    json.insert("body".to_owned(), Json::Object(record::json::from_map(&draft.body)));
    Json::Object(json)
}

/// One line for each that was published.
pub(crate) fn lines(call: &Call, published: &[Json]) -> String {
    let mut lines = String::new();
    for one in published.iter().filter(|one| one.get("record").is_some()) {
        let changed = one.get("changed").and_then(Json::as_bool).unwrap_or(true);
        let version = one.get("version").and_then(Json::as_u64).unwrap_or_default();
        let state = match changed {
            true => call.say("veröffentlicht", "published"),
            false => call.say("unverändert", "unchanged"),
        };
        lines.push_str(&format!(
            "{}/{}  Version {version}  {state}\n",
            text(one, "publisher"),
            text(one, "record")
        ));
    }
    lines
}

/// The files named, and those with these endings in the folders named, sorted.
pub(crate) fn files_below(paths: &[PathBuf], endings: &[&str]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        let about = std::fs::metadata(path).with_context(|| format!("{} cannot be read", path.display()))?;
        if !about.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut below = Vec::new();
        for entry in std::fs::read_dir(path)? {
            let path = entry?.path();
            let ending =
                path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
            if path.is_dir() {
                below.push((path, true));
            } else if endings.contains(&ending.as_str()) {
                below.push((path, false));
            }
        }
        below.sort();
        for (path, is_folder) in below {
            match is_folder {
                true => files.extend(files_below(&[path], endings)?),
                false => files.push(path),
            }
        }
    }
    Ok(files)
}

/// A bar on standard error, where that is a terminal and there is something to wait for.
pub(crate) fn progress(total: usize) -> indicatif::ProgressBar {
    use std::io::IsTerminal as _;
    match total > 3 && std::io::stderr().is_terminal() {
        true => indicatif::ProgressBar::new(total as u64),
        false => indicatif::ProgressBar::hidden(),
    }
}

/// What to withdraw.
#[derive(Debug, clap::Args)]
pub(crate) struct Retract {
    /// PUBLISHER/RECORD, one of this node's own.
    record: String,
    /// Why: withdrawn, outdated, error, duplicate, superseded, personal-data, legal.
    #[arg(long, default_value = "withdrawn")]
    reason: String,
}

impl Retract {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        let path = format!("/api/v1/records/{}?reason={}", self.record, self.reason);
        let published = Json::Array(vec![call.client()?.delete(&path)?]);
        call.print(&published, || format!("{}: {}", call.say("Zurückgezogen", "Withdrawn"), self.record));
        Ok(())
    }
}

/// Signs the own records again.
pub(crate) fn republish(call: &Call) -> anyhow::Result<()> {
    let published = call.client()?.post("/api/v1/republish", &Json::Null)?;
    let list = published.as_array().cloned().unwrap_or_default();
    call.print(&published, || match list.is_empty() {
        true => call
            .say(
                "Alles ist schon unter dem neuesten Schlüssel veröffentlicht.",
                "Everything is published under the newest key already.",
            )
            .to_owned(),
        false => lines(call, &list),
    });
    Ok(())
}
