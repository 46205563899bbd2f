//! `allmende doctor`: looks the data folder over and says in words what is wrong and what to do.

use crate::commands::Call;
use crate::config::Config;
use crate::opening::set_aside;
use crate::own::Own;
use crate::vault::Vault;
use anyhow::Context as _;
use anyhow::bail;
use replica::admit::Replica;
use replica::keeper::Keeper as _;
use serde_json::Value as Json;
use std::os::unix::fs::PermissionsExt as _;
use store::disk::Disk;
use store::disk::OpenError;
use store::disk::Settings;

/// What to do.
#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {
    /// Set the database aside and begin it anew from the own copies; peers bring the rest at the next start. The node must
    /// not run.
    #[arg(long)]
    rebuild: bool,
}

impl Doctor {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        match self.rebuild {
            true => rebuild(call),
            false => look(call),
        }
    }
}

/// Sets the database aside and begins it anew.
fn rebuild(call: &Call) -> anyhow::Result<()> {
    let lock = call.folder.lock()?;
    // What a new database would need is looked at before the old one is put away.
    Config::load(&call.folder.config())?;
    call.folder.read_network()?;
    let aside = match call.folder.store().exists() {
        true => Some(set_aside(&call.folder)?),
        false => None,
    };
    match std::fs::remove_dir_all(call.folder.catalogue()) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).context("the catalogue cannot be removed");
        }
        _ => {}
    }
    drop(lock);
    let mut vault = Vault::open(&call.folder)?;
    vault.bring_own()?;
    let heads: u64 = vault.replica.summaries().values().map(|summary| summary.count()).sum();
    let aside = aside.map(|aside| aside.display().to_string()).unwrap_or_default();
    call.print(&serde_json::json!({ "set_aside": aside, "heads": heads }), || {
        format!(
            "{}: {aside}\n{heads} {}",
            call.say("Die Datenbank liegt jetzt beiseite", "The database is set aside"),
            call.say(
                "eigene Erklärungen gelten wieder; alles andere bringen die Nachbarn nach `allmende run`.",
                "own statements stand again; peers bring everything else after `allmende run`."
            )
        )
    });
    Ok(())
}

/// Looks at everything, and fails when something is wrong.
fn look(call: &Call) -> anyhow::Result<()> {
    let looks: [(&str, &str, Look); 8] = [
        ("Konfiguration", "configuration", configuration),
        ("Schlüssel", "keys", keys),
        ("Netzdokument", "network document", network_document),
        ("Eigene Kopien", "own copies", own_copies),
        ("Löschungen", "erasures", erasures),
        ("Datenbank", "database", database),
        ("Beiseite gelegt", "set aside", aside),
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

fn erasures(call: &Call) -> anyhow::Result<String> {
    let ledger = crate::erasures::of(&call.folder)?;
    if ledger.damaged > 0 {
        bail!(
            "{} lines of {} cannot be read. Bring it back from a backup, or erase those records again",
            ledger.damaged,
            call.folder.erasures().display()
        );
    }
    Ok(ledger.holding().len().to_string())
}

fn aside(call: &Call) -> anyhow::Result<String> {
    let names: Vec<String> = call
        .folder
        .set_aside()
        .iter()
        .map(|aside| aside.file_name().unwrap_or_default().to_string_lossy().into_owned())
        .collect();
    Ok(match names.is_empty() {
        true => call.say("nichts", "nothing").to_owned(),
        false => format!(
            "{} ({})",
            names.join(", "),
            call.say(
                "beschädigte Datenbanken, schon ersetzt; sie verschwinden nach sieben Tagen",
                "damaged databases, replaced already; they go after seven days"
            )
        ),
    })
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
    // Every frame, every entry of the index, and every signature.
    let look = disk.look(1, &document.network)?;
    if !look.is_good() {
        bail!(
            "{} ({} more). `allmende doctor --rebuild` sets it aside and begins it anew",
            look.findings.join("; "),
            look.more
        );
    }
    let replica = Replica::open(document, disk.clone())?;
    let heads: u64 = replica.summaries().values().map(|summary| summary.count()).sum();
    let changes = replica.keeper().newest();
    let mut words = match call.lang {
        record::kind::Lang::De => {
            format!("{heads} Erklärungen, alle Unterschriften gültig, Änderung Nr. {changes}")
        }
        record::kind::Lang::En => format!("{heads} statements, all signatures hold, change no. {changes}"),
    };
    for mended in disk.mended() {
        words.push_str(&format!("; {}: {mended}", call.say("behoben", "mended")));
    }
    Ok(words)
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
    let storage = status.get("storage").cloned().unwrap_or_default();
    if let Some(trouble) = storage.get("trouble").and_then(Json::as_str) {
        bail!("{trouble}");
    }
    if storage.get("full").and_then(Json::as_bool).unwrap_or_default() {
        bail!(
            "{}",
            call.say(
                "Der Datenträger ist voll: Neues wird nicht angenommen. Schaffen Sie Platz; es geht dann von selbst weiter.",
                "The disk is full: nothing new is taken. Make room; it then goes on by itself."
            )
        );
    }
    let mended = storage.get("mended").and_then(Json::as_array).cloned().unwrap_or_default();
    let mended: String = mended.iter().filter_map(Json::as_str).map(|what| format!("; {what}")).collect();
    Ok(format!("{} ({peers} {}){mended}", client.base(), call.say("Nachbarn", "peers")))
}
