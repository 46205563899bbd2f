//! `allmende status`: how the node is doing.

use crate::commands::Call;
use crate::commands::text;
use serde_json::Value as Json;

/// Prints the node's status.
pub(crate) fn run(call: &Call) -> anyhow::Result<()> {
    let status = call.client()?.read("/api/v1/status")?;
    call.print(&status, || {
        let number = |field: &str| status.get(field).and_then(Json::as_u64).unwrap_or_default();
        let mut lines = vec![
            format!(
                "{}: {}  ({})",
                call.say("Netz", "Network"),
                text(&status, "network"),
                text(&status, "publisher")
            ),
            match status.get("epoch").and_then(Json::as_u64) {
                Some(epoch) => format!("{} {epoch}", call.say("Unterschreibt in Epoche", "Signs in epoch")),
                None => call
                    .say(
                        "Unterschreibt noch nicht: der Schlüssel ist nicht beglaubigt.",
                        "Does not sign yet: the key is not attested.",
                    )
                    .to_owned(),
            },
            format!(
                "{}: {}   {}: {}   {}: {}",
                call.say("Geltende Erklärungen", "Standing statements"),
                number("heads"),
                call.say("Änderung Nr.", "change no."),
                number("change"),
                call.say("wartend", "waiting"),
                number("held"),
            ),
            match number("change").saturating_sub(number("indexed")) {
                0 => call.say("Die Suche ist auf dem neuesten Stand.", "Search is up to date.").to_owned(),
                behind => {
                    format!("{}: {behind}", call.say("In der Suche fehlen noch", "Not in the search yet"))
                }
            },
            format!(
                "{}: {}",
                call.say("Prüfsumme der Beglaubigungen", "Trust root"),
                text(&status, "trust_root")
            ),
        ];
        for (label, bucket) in status.get("buckets").and_then(Json::as_object).into_iter().flatten() {
            let count = bucket.get("count").and_then(Json::as_u64).unwrap_or_default();
            lines.push(format!("  {label:<5} {count:>8}  {}", text(bucket, "fingerprint")));
        }
        lines.push(format!("{}:", call.say("Nachbarn", "Peers")));
        lines.extend(peer_lines(call, &status));
        for (reason, count) in status.get("refused").and_then(Json::as_object).into_iter().flatten() {
            lines.push(format!("{} {reason}: {count}", call.say("abgewiesen", "refused")));
        }
        lines.extend(storage_lines(call, &status));
        lines.join("\n")
    });
    Ok(())
}

/// What there is to say of the disk, and of what was erased here.
fn storage_lines(call: &Call, status: &Json) -> Vec<String> {
    let storage = status.get("storage").cloned().unwrap_or_default();
    let number = |field: &str| storage.get(field).and_then(Json::as_u64).unwrap_or_default();
    let mib = |field: &str| number(field) / (1024 * 1024);
    let mut lines = vec![format!(
        "{}: {} MiB   {}: {} MiB   {}: {} / {}",
        call.say("Datenbank", "Database"),
        mib("bytes"),
        call.say("frei", "free"),
        mib("free_bytes"),
        call.say("eigene Einträge", "own records"),
        number("own_records"),
        number("own_records_max"),
    )];
    if storage.get("full").and_then(Json::as_bool).unwrap_or_default() {
        lines.push(
            call.say(
                "Der Datenträger ist voll: Neues wird nicht angenommen, Lesen geht weiter. Schaffen Sie Platz.",
                "The disk is full: nothing new is taken, reading goes on. Make room.",
            )
            .to_owned(),
        );
    }
    for mended in storage.get("mended").and_then(Json::as_array).into_iter().flatten() {
        lines.push(format!(
            "{}: {}",
            call.say("Beim Start behoben", "Mended at the start"),
            mended.as_str().unwrap_or_default()
        ));
    }
    if let Some(trouble) = storage.get("trouble").and_then(Json::as_str) {
        lines.push(format!("{}: {trouble}", call.say("Aufräumen misslang", "Tidying failed")));
    }
    for erasure in status.get("erasures").and_then(Json::as_array).into_iter().flatten() {
        lines.push(format!(
            "{} {}/{}: {}",
            call.say("hier gelöscht", "erased here"),
            text(erasure, "publisher"),
            text(erasure, "record"),
            text(erasure, "reason")
        ));
    }
    lines
}

/// A line for each peer of a status.
pub(crate) fn peer_lines(call: &Call, status: &Json) -> Vec<String> {
    let peers = status.get("peers").and_then(Json::as_array).cloned().unwrap_or_default();
    let line = |peer: &Json| {
        let connected = peer.get("connected").and_then(Json::as_bool).unwrap_or_default();
        let state = match connected {
            true => call.say("verbunden", "connected"),
            false => call.say("nicht erreichbar", "not reachable"),
        };
        let agreed = peer.get("agreed").and_then(Json::as_str).unwrap_or("-");
        let lag = peer.get("lag").and_then(Json::as_u64).unwrap_or_default();
        format!(
            "  {:<12} {state:<16} {} {agreed}  {} {lag}  {}  {}",
            text(peer, "role"),
            call.say("gleich um", "equal at"),
            call.say("fehlend", "lacking"),
            text(peer, "address"),
            text(peer, "peer_id"),
        )
    };
    peers.iter().map(line).collect()
}
