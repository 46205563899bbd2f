//! `allmende backup`: everything that a node cannot get again elsewhere, in one file, while the node runs on.

use crate::backup::ErasedHead;
use crate::backup::FORMAT;
use crate::backup::Header;
use crate::backup::files;
use crate::backup::keys;
use crate::backup::keys::PASSPHRASE_CHARS_MIN;
use crate::backup::writing::Writing;
use crate::client::Client;
use crate::commands::Call;
use crate::commands::passphrase::Passphrase;
use crate::commands::publish::progress;
use crate::commands::text;
use crate::config::Config;
use crate::keeper::now;
use crate::vault::Vault;
use anyhow::Context as _;
use anyhow::bail;
use record::cbor;
use record::value::Value;
use replica::keeper::Keeper as _;
use replica::order::HeadKey;
use serde_json::Value as Json;
use std::path::Path;
use std::path::PathBuf;

/// Changes asked for at once.
const PAGE: u64 = 500;
/// Answers of a node that is written to all the time before it is given up.
const PAGES_BEHIND_MAX: u64 = 10_000;

/// Where to.
#[derive(Debug, clap::Args)]
pub(crate) struct Backup {
    /// The file to write; one that is there already is left alone.
    file: PathBuf,
    /// Put the node's keys into it as well, sealed under a passphrase.
    #[arg(long)]
    with_keys: bool,
    #[command(flatten)]
    passphrase: Passphrase,
}

impl Backup {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        if self.file.exists() {
            bail!(
                "{} {}",
                self.file.display(),
                call.say(
                    "gibt es schon; wählen Sie einen anderen Namen.",
                    "is there already; choose another name."
                )
            );
        }
        let passphrase = match self.with_keys {
            true => Some(self.passphrase.ask(call, PASSPHRASE_CHARS_MIN)?),
            false => None,
        };
        let config = Config::load(&call.folder.config())?;
        let header = Header {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            network: call.folder.read_network()?.network.to_string(),
            publisher: config.node.publisher,
            made: now().to_string(),
        };
        let mut writing = Writing::begin(&self.file, &header)?;
        let written = fill(call, &mut writing, passphrase.as_deref());
        let (erased, change) = match written {
            Ok(written) => written,
            Err(error) => {
                writing.give_up();
                return Err(error);
            }
        };
        let (statements, bytes) = writing.finish(&erased, change)?;
        let made = serde_json::json!({
            "file": self.file, "statements": statements, "change": change, "bytes": bytes, "keys": self.with_keys,
        });
        call.print(&made, || {
            let mut lines = vec![format!(
                "{}: {} ({statements} {}, {bytes} Byte)",
                call.say("Gesichert in", "Backed up in"),
                self.file.display(),
                call.say("Erklärungen", "statements")
            )];
            if !self.with_keys {
                lines.push(
                    call.say(
                        "Die Schlüssel (key.pem, peer.pem) sind nicht darin; sichern Sie sie getrennt, oder mit --with-keys.",
                        "The keys (key.pem, peer.pem) are not in it; keep them elsewhere, or add --with-keys.",
                    )
                    .to_owned(),
                );
            }
            lines.join("\n")
        });
        Ok(())
    }
}

/// Writes all that belongs to a backup but its end. Own copies and the ledger come after the statements: what is
/// published meanwhile is then in one of both at least, and nothing comes in that was erased meanwhile.
fn fill(
    call: &Call,
    writing: &mut Writing,
    passphrase: Option<&str>,
) -> anyhow::Result<(Vec<ErasedHead>, u64)> {
    let network = call.folder.network();
    let document =
        std::fs::read(&network).with_context(|| format!("{} cannot be read", network.display()))?;
    writing.file("network.toml", &document)?;
    let told = match call.folder.is_in_use()? {
        true => from_node(&call.client()?, writing)?,
        false => from_folder(call, writing)?,
    };
    for (name, path) in files(&call.folder)? {
        match std::fs::read(&path) {
            Ok(_) if name == "network.toml" => {}
            Ok(content) => writing.file(&name, &content)?,
            // An own copy that a newer one replaced meanwhile.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
        }
    }
    if let Some(passphrase) = passphrase {
        writing.keys(&keys::seal(&call.folder, passphrase)?)?;
    }
    Ok(told)
}

/// Reads what stands from the running node until nothing newer is there. A head that is replaced while it is read comes
/// once more under its new number, so that in the end all heads up to the last number are written.
fn from_node(client: &Client, writing: &mut Writing) -> anyhow::Result<(Vec<ErasedHead>, u64)> {
    let (mut since, mut behind) = (0, 0);
    let first = client.read("/api/v1/status")?.get("change").and_then(Json::as_u64).unwrap_or_default();
    let progress = progress(usize::try_from(first).unwrap_or(usize::MAX));
    loop {
        let bytes =
            client.read_bytes(&format!("/api/v1/bundles?since={since}&limit={PAGE}"), "application/cbor")?;
        let answer = cbor::decode(&bytes).context("the node answered with something else than a bundle")?;
        let number = |field: &str| answer.as_map().and_then(|map| map.get(field)).and_then(Value::as_uint);
        let (next, newest) = (number("next"), number("newest"));
        let (next, newest) = next.zip(newest).context("the node's bundle has no numbers")?;
        let statements = answer.as_map().and_then(|map| map.get("statements")).and_then(Value::as_list);
        for statement in statements.unwrap_or_default() {
            writing.statement(statement.as_bytes().context("the node's bundle holds no statement")?)?;
        }
        progress.set_position(next);
        if next == since && since < first {
            bail!("the node's store cannot be read beyond change {since}; `allmende doctor` looks it over");
        }
        if next >= newest {
            progress.finish_and_clear();
            return Ok((erased_at(client)?, next));
        }
        behind += u64::from(since >= first);
        if behind > PAGES_BEHIND_MAX {
            bail!("the node is written to faster than it can be read; try again later");
        }
        since = next;
    }
}

fn erased_at(client: &Client) -> anyhow::Result<Vec<ErasedHead>> {
    let status = client.read("/api/v1/status")?;
    let erasures = status.get("erasures").and_then(Json::as_array).cloned().unwrap_or_default();
    let erased = erasures.iter().filter_map(|erasure| {
        let head = erasure.get("head").filter(|head| head.is_object())?;
        let number = |field: &str| head.get(field).and_then(Json::as_u64);
        Some(ErasedHead {
            publisher: text(erasure, "publisher").to_owned(),
            record: text(erasure, "record").to_owned(),
            epoch: number("epoch")?,
            version: number("version")?,
            id: text(head, "id").to_owned(),
            issued: number("issued")?,
        })
    });
    Ok(erased.collect())
}

fn from_folder(call: &Call, writing: &mut Writing) -> anyhow::Result<(Vec<ErasedHead>, u64)> {
    let vault = Vault::open(&call.folder)?;
    let mut since = 0;
    loop {
        let changes = vault.disk.changes(since, usize::try_from(PAGE).unwrap_or(usize::MAX))?;
        let Some(last) = changes.last() else { break };
        since = last.number;
        for statement in changes.iter().filter_map(|change| change.statement.as_ref()) {
            writing.statement(statement)?;
        }
    }
    let blank = |key: &HeadKey| -> anyhow::Result<Option<ErasedHead>> {
        let statement = vault.disk.statement(key)?;
        let head =
            vault.disk.head(key)?.filter(|_| statement.is_some_and(|change| change.statement.is_none()));
        Ok(head.map(|head| ErasedHead {
            publisher: key.publisher.to_string(),
            record: key.record.to_string(),
            epoch: head.rank.epoch,
            version: head.rank.version,
            id: head.rank.id.to_string(),
            issued: head.issued.seconds(),
        }))
    };
    let erased = vault.ledger().holding().keys().map(blank).collect::<anyhow::Result<Vec<_>>>()?;
    Ok((erased.into_iter().flatten().collect(), vault.change()))
}

/// Whether a path ends like a file that can be written beside.
pub(crate) fn is_empty_or_absent(folder: &Path) -> anyhow::Result<bool> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", folder.display())),
    }
}
