//! The same queries asked of PostgreSQL and SQLite, in a script beside this file that only starts and asks them.

use crate::cases::Cases;
use crate::cases::TAGS;
use serde_json::Value as Json;
use serde_json::json;
use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

/// Orders of hits: set, query, ids.
type Orders = Vec<Vec<Vec<String>>>;

/// PostgreSQL's text search configuration `german` over title (weight A) and text, with all words and with any; empty
/// where PostgreSQL is not installed.
pub(crate) fn postgres(cases: &Cases) -> Result<Vec<Orders>, Box<dyn Error>> {
    let answer = ask("postgres", cases)?;
    if let Some(missing) = answer.get("missing").and_then(Json::as_str) {
        println!("without PostgreSQL: {missing}");
        return Ok(Vec::new());
    }
    Ok(vec![orders(answer.get("and")), orders(answer.get("or"))])
}

/// SQLite FTS5 with its best tokenizer for German (`unicode61`) and BM25, any of the words.
pub(crate) fn sqlite(cases: &Cases) -> Result<Option<Orders>, Box<dyn Error>> {
    let answer = ask("sqlite", cases)?;
    if let Some(missing) = answer.get("missing").and_then(Json::as_str) {
        println!("without SQLite: {missing}");
        return Ok(None);
    }
    Ok(Some(orders(answer.get("or"))))
}

fn ask(what: &str, cases: &Cases) -> Result<Json, Box<dyn Error>> {
    let docs: Vec<Json> = cases
        .docs
        .iter()
        .map(|doc| json!({ "id": doc.id, "title": doc.title, "text": doc.text, "tags": doc.tags.join(". ") }))
        .collect();
    let sets: Vec<Json> = cases
        .sets()
        .iter()
        .enumerate()
        .map(|(at, (_, queries))| {
            let texts: Vec<&str> = queries.iter().map(|query| query.text.as_str()).collect();
            json!({ "queries": texts, "tags": at != TAGS })
        })
        .collect();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/search/others.py");
    let mut child =
        Command::new("python3").arg(script).arg(what).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().ok_or("the script has no input")?;
    stdin.write_all(json!({ "docs": docs, "sets": sets }).to_string().as_bytes())?;
    drop(stdin);
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("others.py {what} ended with {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn orders(sets: Option<&Json>) -> Orders {
    let list = |json: &Json| json.as_array().cloned().unwrap_or_default();
    let ids = |query: &Json| list(query).iter().filter_map(Json::as_str).map(str::to_owned).collect();
    sets.map(list).unwrap_or_default().iter().map(|set| list(set).iter().map(ids).collect()).collect()
}
