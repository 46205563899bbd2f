//! `allmende doctor`: looks the data folder over and says in words what is wrong and what to do.

use crate::commands::Call;
use crate::config::Config;
use crate::own::Own;
use anyhow::Context as _;
use anyhow::bail;
use record::envelope::Statement;
use replica::admit::Replica;
use replica::keeper::Keeper as _;
use serde_json::Value as Json;
use std::os::unix::fs::PermissionsExt as _;
use store::disk::Disk;
use store::disk::OpenError;
use store::disk::Settings;

/// Statements that are opened at once.
const BATCH: usize = 500;

/// Looks at everything, and fails when something is wrong.
pub(crate) fn run(call: &Call) -> anyhow::Result<()> {
    let looks: [(&str, &str, Look); 6] = [
        ("Konfiguration", "configuration", configuration),
        ("Schlüssel", "keys", keys),
        ("Netzdokument", "network document", network_document),
        ("Eigene Kopien", "own copies", own_copies),
        ("Datenbank", "database", database),
        ("Laufender Knoten", "running node", running),
    ];
    let (mut documents, mut lines, mut wrong) = (Vec::new(), Vec::new(), 0);
    for (de, en, look) in looks {
        let found = look(call);
        let good = found.is_ok();
        let words = found.unwrap_or_else(|error| format!("{error:#}"));
        wrong += usize::from(!good);
        documents.push(serde_json::json!({ "what": en, "good": good, "words": words }));
        let mark = if good { "✓" } else { "✗" };
        lines.push(format!("{mark} {}: {words}", call.say(de, en)));
    }
    call.print(&Json::Array(documents), || lines.join("\n"));
    match wrong {
        0 => Ok(()),
        wrong => bail!("{wrong} {}", call.say("Punkte sind nicht in Ordnung", "points are not in order")),
    }
}

type Look = fn(&Call) -> anyhow::Result<String>;

fn configuration(call: &Call) -> anyhow::Result<String> {
    let config = Config::load(&call.folder.config())?;
    Ok(format!("{} ({})", config.node.publisher, config.node.role.as_str()))
}

fn keys(call: &Call) -> anyhow::Result<String> {
    let key = call.folder.read_key()?;
    call.folder.read_peer_key()?;
    call.folder.read_next_key()?;
    for path in [call.folder.key(), call.folder.next_key(), call.folder.peer_key(), call.folder.api_token()] {
        let Ok(about) = std::fs::metadata(&path) else { continue };
        let mode = about.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            bail!(
                "{} may be read by others (rights {mode:o}). Close it: chmod 600 {}",
                path.display(),
                path.display()
            );
        }
    }
    Ok(key.public().to_string())
}

fn network_document(call: &Call) -> anyhow::Result<String> {
    let document = call.folder.read_network()?;
    let anchors: Vec<_> = document.anchors.keys().map(String::as_str).collect();
    Ok(format!("{} ({})", document.network, anchors.join(", ")))
}

fn own_copies(call: &Call) -> anyhow::Result<String> {
    let network = call.folder.read_network()?.network;
    let folder = call.folder.own();
    if !folder.exists() {
        return Ok(call.say("noch keine", "none yet").to_owned());
    }
    let files = std::fs::read_dir(&folder)?.flatten();
    let files = files.filter(|file| file.path().extension().is_some_and(|ending| ending == "cose")).count();
    let opened = Own::open(&folder, &network)?.statements(&network)?.len();
    if opened < files {
        bail!(
            "{} of {files} files in {} no longer open; bring them back from a backup",
            files - opened,
            folder.display()
        );
    }
    Ok(opened.to_string())
}

fn database(call: &Call) -> anyhow::Result<String> {
    let document = call.folder.read_network()?;
    if !call.folder.store().exists() {
        return Ok(call.say("noch keine", "none yet").to_owned());
    }
    let disk = match Disk::open(&call.folder.store(), &Settings::default()) {
        Err(OpenError::InUse(_)) => return Ok(call.say("in Benutzung", "in use").to_owned()),
        Err(OpenError::Damaged { why, .. }) => {
            bail!("{why}. The next `allmende run` sets it aside and rebuilds it from own copies and peers")
        }
        opened => opened?,
    };
    let mut since = 0;
    loop {
        let changes = disk.changes(since, BATCH)?;
        let Some(last) = changes.last() else { break };
        since = last.number;
        for bytes in changes.iter().filter_map(|change| change.statement.as_ref()) {
            Statement::open(bytes, &document.network).context("a kept statement no longer opens")?;
        }
    }
    let replica = Replica::open(document, disk)?;
    let heads: u64 = replica.summaries().values().map(|summary| summary.count()).sum();
    let changes = replica.keeper().newest();
    Ok(match call.lang {
        record::kind::Lang::De => {
            format!("{heads} Erklärungen, alle Unterschriften gültig, Änderung Nr. {changes}")
        }
        record::kind::Lang::En => format!("{heads} statements, all signatures hold, change no. {changes}"),
    })
}

fn running(call: &Call) -> anyhow::Result<String> {
    if !call.folder.run().exists() {
        return Ok(call.say("läuft nicht", "not running").to_owned());
    }
    let client = call.client()?;
    let status = client.read("/api/v1/status").context(
        "run.json says that a node is running, and it does not answer; after a crash `allmende run` simply starts it again",
    )?;
    let peers = status.get("peers").and_then(Json::as_array).map_or(0, Vec::len);
    Ok(format!("{} ({peers} {})", client.base(), call.say("Nachbarn", "peers")))
}
