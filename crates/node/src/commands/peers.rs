//! `allmende peers`: who is connected, and one more to dial.

use crate::commands::Call;
use crate::commands::status::peer_lines;
use serde_json::Value as Json;

/// What can be done with peers.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Peers {
    /// Dial an address from now on, also after the next start.
    Add {
        /// Such as /dns4/relay.example/tcp/4480/p2p/12D3KooW...
        address: String,
    },
    /// Keep a peer away from now on, also after the next start.
    Ban {
        /// Its id, as `allmende peers` shows it: 12D3KooW...
        peer: String,
        /// Why, for the log and for who looks later.
        #[arg(long)]
        reason: String,
    },
    /// Lift a ban.
    Pardon {
        /// The peer's id.
        peer: String,
    },
}

/// Lists or adds.
pub(crate) fn run(command: Option<Peers>, call: &Call) -> anyhow::Result<()> {
    let client = call.client()?;
    match command {
        None => {
            let status = client.read("/api/v1/status")?;
            let peers = status.get("peers").cloned().unwrap_or(Json::Array(Vec::new()));
            call.print(&peers, || peer_lines(call, &status).join("\n"));
        }
        Some(Peers::Add { address }) => {
            client.post("/api/v1/peers", &serde_json::json!({ "address": address }))?;
            call.print(&serde_json::json!({ "address": address }), || {
                format!("{}: {address}", call.say("Wird ab jetzt angewählt", "Dialled from now on"))
            });
        }
        Some(Peers::Ban { peer, reason }) => {
            let ban = serde_json::json!({ "peer_id": peer, "reason": reason });
            client.post("/api/v1/bans", &ban)?;
            call.print(&ban, || format!("{}: {peer}", call.say("Gesperrt", "Banned")));
        }
        Some(Peers::Pardon { peer }) => {
            client.delete(&format!("/api/v1/bans/{peer}"))?;
            call.print(&serde_json::json!({ "peer_id": peer }), || {
                format!("{}: {peer}", call.say("Die Sperre ist aufgehoben", "The ban is lifted"))
            });
        }
    }
    Ok(())
}
