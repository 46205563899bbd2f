//! `allmende erase`: makes a record physically gone here and now, and takes that back.

use crate::commands::Call;
use crate::commands::text;
use crate::vault::Vault;
use anyhow::Context as _;
use anyhow::bail;
use record::name::Name;
use record::statement::RecordId;
use replica::order::HeadKey;
use replica::order::Set;
use serde_json::Value as Json;

/// What to erase.
#[derive(Debug, clap::Args)]
pub(crate) struct Erase {
    /// PUBLISHER/RECORD, this node's own or another's.
    record: String,
    /// Why, in words; shown to everybody at the record's address on this node.
    #[arg(long, value_name = "TEXT", required_unless_present = "lift")]
    reason: Option<String>,
    /// Forget one of this node's own records here alone, without withdrawing it from all others.
    #[arg(long, conflicts_with = "lift")]
    only_here: bool,
    /// Take an erasure back: the record comes again, where peers still have it.
    #[arg(long, conflicts_with = "reason")]
    lift: bool,
}

impl Erase {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        let key = key(&self.record)?;
        let runs = call.folder.is_in_use()?;
        if self.lift {
            return lift(call, &key, runs);
        }
        let reason = self.reason.as_deref().unwrap_or_default().trim();
        if reason.is_empty() {
            bail!("{}", call.say("Nennen Sie einen Grund.", "Give a reason."));
        }
        let erased = match runs {
            true => call.client()?.post(
                "/api/v1/erasures",
                &serde_json::json!({
                    "publisher": key.publisher.to_string(), "record": key.record.to_string(),
                    "reason": reason, "only_here": self.only_here,
                }),
            )?,
            false => self.offline(call, &key, reason)?,
        };
        call.print(&erased, || told(call, &erased));
        Ok(())
    }

    fn offline(&self, call: &Call, key: &HeadKey, reason: &str) -> anyhow::Result<Json> {
        let mut vault = Vault::open(&call.folder)?;
        if vault.config.publisher() == key.publisher && !self.only_here {
            bail!(
                "{}",
                call.say(
                    "Ein eigener Eintrag wird zuerst bei allen zurückgezogen, und dafür muss der Knoten laufen (`allmende run`). \
                     Soll ihn nur dieser Knoten vergessen, rufen Sie den Befehl mit --only-here auf.",
                    "One's own record is withdrawn from all others first, and for that the node has to run (`allmende run`). \
                     To have it forgotten by this node alone, add --only-here.",
                )
            );
        }
        vault.erase(key, reason)?;
        Ok(serde_json::json!({
            "publisher": key.publisher.to_string(), "record": key.record.to_string(),
            "withdrawn": null, "kept_out": true, "gone": true,
        }))
    }
}

fn lift(call: &Call, key: &HeadKey, runs: bool) -> anyhow::Result<()> {
    if runs {
        call.client()?.delete(&format!("/api/v1/erasures/{}/{}", key.publisher, key.record))?;
    } else if !Vault::open(&call.folder)?.lift(key)? {
        bail!("{}", call.say("Dieser Eintrag ist hier nicht gelöscht.", "This record was not erased here."));
    }
    let lifted = serde_json::json!({
        "publisher": key.publisher.to_string(), "record": key.record.to_string(), "lifted": true,
    });
    call.print(&lifted, || {
        let done = call.say(
            "Nicht mehr ferngehalten; der Eintrag kommt wieder, sobald ein Nachbar ihn hat:",
            "No longer kept out; the record comes again as soon as a peer has it:",
        );
        format!("{done} {}/{}", key.publisher, key.record)
    });
    Ok(())
}

fn key(text: &str) -> anyhow::Result<HeadKey> {
    let shape =
        || format!("\"{text}\" names no record; write PUBLISHER/RECORD, as the address of its page ends");
    let (publisher, record) = text.split_once('/').with_context(shape)?;
    let publisher: Name = publisher.parse().with_context(shape)?;
    let record: RecordId = record.parse().with_context(shape)?;
    Ok(HeadKey { set: Set::Records, publisher, record })
}

fn told(call: &Call, erased: &Json) -> String {
    let is = |field: &str| erased.get(field).and_then(Json::as_bool).unwrap_or_default();
    let mut lines = vec![format!(
        "{}: {}/{}",
        call.say("Hier gelöscht", "Erased here"),
        text(erased, "publisher"),
        text(erased, "record")
    )];
    if erased.get("withdrawn").is_some_and(Json::is_object) {
        lines.push(call.say("Bei allen anderen zurückgezogen.", "Withdrawn from all others.").to_owned());
    }
    if is("kept_out") {
        lines.push(
            call.say("Auch neuere Fassungen werden ferngehalten.", "Newer versions are kept out as well.")
                .to_owned(),
        );
    }
    lines.push(
        match is("gone") {
            true => call.say(
                "Kein Byte davon ist mehr im Datenordner. Sicherungen, die vorher entstanden, enthalten es noch.",
                "No byte of it is left in the data folder. Backups that were made before still hold it.",
            ),
            false => call.say(
                "Die Dateien werden im Hintergrund noch umgeschrieben; rufen Sie den Befehl später noch einmal auf.",
                "Files are still being rewritten in the background; call the command again later.",
            ),
        }
        .to_owned(),
    );
    lines.join("\n")
}
