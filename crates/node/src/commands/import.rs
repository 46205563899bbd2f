//! `allmende import`: foreign files become records; importing again updates, never duplicates.

use crate::client::Client;
use crate::client::Refused;
use crate::commands::Call;
use crate::commands::publish::as_json;
use crate::commands::publish::files_below;
use crate::commands::publish::progress;
use crate::commands::snapshot;
use crate::commands::text;
use crate::config::Config;
use crate::gazetteer;
use exchange::draft::Draft;
use exchange::publiccode;
use exchange::publiccode::KIND;
use exchange::publiccode::remark::Remark;
use record::kind::Lang;
use record::name::Name;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

/// The formats.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Import {
    /// publiccode.yml, versions 0.1 to 0.7: each becomes a solution described by this node.
    Publiccode {
        /// Files, or folders of .yml and .yaml files.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// The statements of any node's backup, as a snapshot to catch up from without a network.
    Backup {
        /// The file that `allmende backup` wrote.
        file: PathBuf,
    },
    /// The register of municipalities: GV100AD (text), or the quarterly extract saved as CSV. Restart the node then.
    Register {
        /// The file of the statistical offices.
        file: PathBuf,
    },
}

/// What became of one file.
#[derive(Debug)]
struct Report {
    file: String,
    /// `taken`, `taken-with-remarks`, `unchanged` or `refused`.
    result: &'static str,
    record: Option<String>,
    remarks: Vec<Json>,
    why: Option<String>,
}

impl Import {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        match self {
            Import::Publiccode { paths } => publiccode(call, &paths),
            Import::Backup { file } => snapshot::run(call, &file),
            Import::Register { file } => register(call, &file),
        }
    }
}

fn publiccode(call: &Call, paths: &[PathBuf]) -> anyhow::Result<()> {
    let client = call.client()?;
    let publisher = Config::load(&call.folder.config())?.publisher();
    let files = files_below(paths, &["yml", "yaml"])?;
    let progress = progress(files.len());
    let mut repositories = BTreeSet::new();
    let mut reports = Vec::new();
    for file in &files {
        let report = take(&client, &publisher, file, &place_in(file, paths), &mut repositories, call.lang);
        progress.inc(1);
        if !call.json {
            progress.suspend(|| tell(call, &report));
        }
        reports.push(report);
    }
    progress.finish_and_clear();
    let count = |result: &str| reports.iter().filter(|report| report.result == result).count();
    let summary = serde_json::json!({
        "files": reports.iter().map(Report::to_json).collect::<Vec<_>>(),
        "taken": count("taken"), "taken_with_remarks": count("taken-with-remarks"),
        "unchanged": count("unchanged"), "refused": count("refused"),
    });
    call.print(&summary, || {
        let line = [
            (call.say("übernommen", "taken"), count("taken")),
            (call.say("mit Anmerkungen übernommen", "taken with remarks"), count("taken-with-remarks")),
            (call.say("unverändert", "unchanged"), count("unchanged")),
            (call.say("abgelehnt", "refused"), count("refused")),
        ];
        line.map(|(word, count)| format!("{count} {word}")).join(", ")
    });
    Ok(())
}

fn register(call: &Call, file: &Path) -> anyhow::Result<()> {
    let towns = gazetteer::import(&call.folder, file)?;
    call.print(&serde_json::json!({ "municipalities": towns }), || {
        let told = call.say(
            "Gemeinden stehen jetzt im Verzeichnis. Starten Sie den Knoten neu, damit er es liest.",
            "municipalities are in the register now. Restart the node so that it reads it.",
        );
        format!("{towns} {told}")
    });
    Ok(())
}

impl Report {
    fn to_json(&self) -> Json {
        serde_json::json!({
            "file": self.file, "result": self.result, "record": self.record,
            "remarks": self.remarks, "why": self.why,
        })
    }
}

fn tell(call: &Call, report: &Report) {
    let word = match report.result {
        "refused" => call.say("abgelehnt", "refused"),
        "unchanged" => call.say("unverändert", "unchanged"),
        "taken" => call.say("übernommen", "taken"),
        _ => call.say("mit Anmerkungen übernommen", "taken with remarks"),
    };
    println!(
        "{}: {word}{}",
        report.file,
        report.why.as_ref().map_or_else(String::new, |why| format!(" - {why}"))
    );
    for remark in &report.remarks {
        println!("    {}", text(remark, "message"));
    }
}

fn take(
    client: &Client,
    publisher: &Name,
    file: &Path,
    place: &str,
    repositories: &mut BTreeSet<String>,
    lang: Lang,
) -> Report {
    let refused = |why: String| {
        let file = file.display().to_string();
        Report { file, result: "refused", record: None, remarks: Vec::new(), why: Some(why) }
    };
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) => return refused(error.to_string()),
    };
    let taken = match publiccode::read_bytes(&bytes) {
        Ok(taken) => taken,
        Err(refusal) => return refused(refusal.words().say(lang).to_owned()),
    };
    let remark = |remark: &Remark| {
        let (key, code) = (remark.key.as_str(), remark.note.code());
        serde_json::json!({ "key": key, "line": remark.line, "code": code, "message": remark.words().say(lang) })
    };
    let mut remarks: Vec<Json> = taken.remarks.iter().map(remark).collect();
    // The record is recognised by its repository. Where one repository holds several files, the first
    // keeps that name and the others are told apart by their place in it.
    let record = match repositories.insert(taken.url.clone()) {
        true => publiccode::record_id(publisher, &taken.url),
        false => {
            let message = shared(lang, &taken.url, place);
            remarks
                .push(serde_json::json!({ "key": "url", "code": "shared-repository", "message": message }));
            publiccode::record_id(publisher, &format!("{}#{place}", taken.url))
        }
    };
    let kind = KIND.parse().expect("the kind's name is a code");
    let draft = Draft { kind, record: Some(record), body: taken.body };
    match client.post("/api/v1/records", &as_json(&draft)) {
        Ok(published) => {
            let changed = published.get("changed").and_then(Json::as_bool).unwrap_or(true);
            let result = match (changed, remarks.is_empty()) {
                (false, _) => "unchanged",
                (true, true) => "taken",
                (true, false) => "taken-with-remarks",
            };
            let record = Some(format!("{publisher}/{record}"));
            Report { file: file.display().to_string(), result, record, remarks, why: None }
        }
        Err(error) => refused(match error.downcast_ref::<Refused>() {
            Some(problem) => problem.to_string(),
            None => format!("{error:#}"),
        }),
    }
}

/// The path of a file below the folder that was named, or its own name.
fn place_in(file: &Path, paths: &[PathBuf]) -> String {
    let below = paths.iter().filter(|path| path.is_dir()).find_map(|path| file.strip_prefix(path).ok());
    let place = below.or_else(|| file.file_name().map(Path::new)).unwrap_or(file);
    place.to_string_lossy().into_owned()
}

fn shared(lang: Lang, url: &str, place: &str) -> String {
    match lang {
        Lang::De => format!(
            "Das Repository {url} enthält mehrere Dateien; dieser Eintrag wird an seinem Platz darin \
             wiedererkannt ({place})."
        ),
        Lang::En => format!(
            "The repository {url} holds several files; this record is recognised by its place in it ({place})."
        ),
    }
}
