//! `allmende import`: foreign files become records; importing again updates, never duplicates.

use crate::client::Client;
use crate::client::Refused;
use crate::commands::Call;
use crate::commands::publish::as_json;
use crate::commands::publish::files_below;
use crate::commands::publish::progress;
use crate::commands::text;
use crate::config::Config;
use exchange::draft::Draft;
use exchange::publiccode;
use exchange::publiccode::KIND;
use exchange::publiccode::Taken;
use record::kind::Lang;
use record::kind::texts;
use record::name::Name;
use record::statement::RecordId;
use serde_json::Value as Json;
use std::collections::BTreeMap;
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
        let Import::Publiccode { paths } = self;
        let client = call.client()?;
        let publisher = Config::load(&call.folder.config())?.publisher();
        let files = files_below(&paths, &["yml", "yaml"])?;
        let progress = progress(files.len());
        let mut seen = BTreeMap::new();
        let mut reports = Vec::new();
        for file in &files {
            let report = take(&client, &publisher, file, &mut seen, call.lang);
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
    seen: &mut BTreeMap<RecordId, String>,
    lang: Lang,
) -> Report {
    let place = file.display().to_string();
    let refused = |why: String| Report {
        file: place.clone(),
        result: "refused",
        record: None,
        remarks: Vec::new(),
        why: Some(why),
    };
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) => return refused(error.to_string()),
    };
    let taken = match publiccode::read_bytes(&bytes) {
        Ok(taken) => taken,
        Err(refusal) => return refused(refusal.words().say(lang).to_owned()),
    };
    let record = match place_of(client, publisher, &taken, seen) {
        Ok(record) => record,
        Err(other) => return refused(same(lang, &other)),
    };
    seen.insert(record, place.clone());
    let mut remarks: Vec<Json> = taken
        .remarks
        .iter()
        .map(|remark| {
            serde_json::json!({
                "key": remark.key, "line": remark.line, "code": remark.note.code(),
                "message": remark.words().say(lang),
            })
        })
        .collect();
    if record != publiccode::record_id(publisher, &taken.url) {
        remarks.push(serde_json::json!({ "key": "url", "code": "shared-repository", "message": shared(lang, &taken.url) }));
    }
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
            Report { file: place.clone(), result, record, remarks, why: None }
        }
        Err(error) => refused(match error.downcast_ref::<Refused>() {
            Some(problem) => problem.to_string(),
            None => format!("{error:#}"),
        }),
    }
}

/// The record of a file: by its repository. Several files of one repository are told apart by their name;
/// the same name twice is refused, with the file that was first.
fn place_of(
    client: &Client,
    publisher: &Name,
    taken: &Taken,
    seen: &BTreeMap<RecordId, String>,
) -> Result<RecordId, String> {
    let name = texts(&taken.body, "title", Lang::De).unwrap_or_default();
    let alone = publiccode::record_id(publisher, &taken.url);
    let named = publiccode::record_id(publisher, &format!("{}#{name}", taken.url));
    let known = |record: &RecordId| client.read(&format!("/api/v1/records/{publisher}/{record}")).is_ok();
    if let Some(other) = seen.get(&named) {
        return Err(other.clone());
    }
    match seen.get(&alone) {
        None if !known(&named) => Ok(alone),
        _ => Ok(named),
    }
}

fn same(lang: Lang, other: &str) -> String {
    match lang {
        Lang::De => {
            format!("dieselbe Software aus demselben Repository wie in {other}; eine der Dateien genügt")
        }
        Lang::En => {
            format!("the same software of the same repository as in {other}; one of the files is enough")
        }
    }
}

fn shared(lang: Lang, url: &str) -> String {
    match lang {
        Lang::De => format!(
            "Das Repository {url} enthält mehrere Dateien; dieser Eintrag wird an seinem Namen wiedererkannt."
        ),
        Lang::En => {
            format!("The repository {url} holds several files; this record is recognised by its name.")
        }
    }
}
