//! `allmende import backup`: another node's backup as a snapshot, to catch up from without a network.

use crate::backup::BUNDLE_STATEMENTS;
use crate::backup::reading::Checked;
use crate::client::Client;
use crate::commands::Call;
use crate::commands::publish::progress;
use crate::commands::restore::attestations;
use crate::commands::restore::take_in;
use crate::vault::Vault;
use anyhow::bail;
use record::cbor;
use record::envelope::Statement;
use record::value::Value;
use replica::order::Set;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::Path;

/// The bytes that are sent at once, less than a node takes.
const SENT_BYTES_MAX: usize = 3 * 1024 * 1024;

/// Takes the statements of a backup in, and nothing else of it, through the same door as everything that peers bring.
pub(crate) fn run(call: &Call, file: &Path) -> anyhow::Result<()> {
    let checked = Checked::read(file)?;
    let network = call.folder.read_network()?.network;
    if network != checked.network {
        bail!(
            "{} {}, {} {network}",
            call.say("Die Sicherung ist aus dem Netz", "The backup is of the network"),
            checked.network,
            call.say("dieser Ordner gehört zum Netz", "this folder belongs to")
        );
    }
    let (before, refused, after) = match call.folder.is_in_use()? {
        true => {
            let client = call.client()?;
            let before = heads(&client)?;
            let refused = send(&client, &checked)?;
            (before, refused, heads(&client)?)
        }
        false => {
            let mut vault = Vault::open(&call.folder)?;
            let count =
                |vault: &Vault| vault.replica.summaries().values().map(|summary| summary.count()).sum();
            let before: u64 = count(&vault);
            let refused = take_in(&checked, &mut vault)?;
            (before, refused, count(&vault))
        }
    };
    let taken = serde_json::json!({
        "statements": checked.end.statements, "heads_before": before, "heads": after, "refused": refused,
    });
    call.print(&taken, || {
        let mut lines = vec![format!(
            "{} {}: {before} -> {after} {}",
            checked.end.statements,
            call.say("Erklärungen gelesen", "statements read"),
            call.say("geltende", "standing")
        )];
        for (reason, count) in &refused {
            lines.push(format!("{} {reason}: {count}", call.say("abgewiesen", "refused")));
        }
        lines.join("\n")
    });
    Ok(())
}

fn heads(client: &Client) -> anyhow::Result<u64> {
    Ok(client.read("/api/v1/status")?.get("heads").and_then(Json::as_u64).unwrap_or_default())
}

/// Sends everything to the running node, attestations first.
fn send(client: &Client, checked: &Checked) -> anyhow::Result<BTreeMap<String, u64>> {
    let mut sending = Sending { client, bundle: Vec::new(), bytes: 0, refused: BTreeMap::new() };
    for attestation in attestations(checked)? {
        sending.add(&attestation)?;
    }
    let progress = progress(usize::try_from(checked.end.statements).unwrap_or(usize::MAX));
    checked.statements(&mut |bundle| {
        progress.inc(bundle.len() as u64);
        let mut records = bundle.iter().filter(|statement| Set::of(statement.content()) == Set::Records);
        records.try_for_each(|statement| sending.add(statement))
    })?;
    sending.flush()?;
    progress.finish_and_clear();
    // What the node holds is newer.
    sending.refused.remove("superseded");
    Ok(sending.refused)
}

struct Sending<'a> {
    client: &'a Client,
    bundle: Vec<Value>,
    bytes: usize,
    refused: BTreeMap<String, u64>,
}

impl Sending<'_> {
    fn add(&mut self, statement: &Statement) -> anyhow::Result<()> {
        if self.bytes + statement.bytes().len() > SENT_BYTES_MAX || self.bundle.len() >= 4 * BUNDLE_STATEMENTS
        {
            self.flush()?;
        }
        self.bytes += statement.bytes().len();
        self.bundle.push(Value::Bytes(statement.bytes().to_vec()));
        Ok(())
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        let bundle = std::mem::take(&mut self.bundle);
        self.bytes = 0;
        if bundle.is_empty() {
            return Ok(());
        }
        let bytes = cbor::encode(&Value::List(bundle));
        let answer = self.client.post_bytes("/api/v1/bundles", "application/cbor", &bytes)?;
        for (reason, count) in answer.get("refused").and_then(Json::as_object).into_iter().flatten() {
            *self.refused.entry(reason.clone()).or_default() += count.as_u64().unwrap_or_default();
        }
        Ok(())
    }
}
