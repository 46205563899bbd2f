//! `allmende init`: makes the data folder of a node.

use crate::cli::RoleArgument;
use crate::commands::Call;
use crate::commands::network::install;
use crate::config::Config;
use crate::folder::Folder;
use crate::keyring::fresh;
use crate::tokens;
use anyhow::bail;
use network::identity::PeerKey;
use record::ars::Ars;
use record::name::Name;
use std::path::PathBuf;

/// The configuration that a new folder gets, by role.
const MUNICIPALITY: &str = include_str!("../../../../node-config/municipality.toml");
const RELAY: &str = include_str!("../../../../node-config/relay.toml");

/// Makes keys and configuration; an existing folder is left alone.
#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    /// The publisher's name, such as th.jena: the Land (ISO 3166-2:DE), then the place.
    #[arg(long)]
    publisher: Name,
    /// The official name, such as "Stadt Jena".
    #[arg(long)]
    name: String,
    /// The Regionalschlüssel (ARS) of 2 to 12 digits.
    #[arg(long)]
    ars: Option<Ars>,
    /// The sort of body, such as municipality, district, state-body (vocabulary org-type).
    #[arg(long, value_name = "CODE")]
    org_type: Option<String>,
    /// What the node is for others.
    #[arg(long, value_enum, default_value = "municipality")]
    role: RoleArgument,
    /// The network document to install.
    #[arg(long, value_name = "FILE")]
    network: Option<PathBuf>,
}

impl Init {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        let folder = &call.folder;
        if folder.key().exists() || folder.config().exists() {
            bail!(
                "{} {}",
                folder.root().display(),
                call.say(
                    "enthält schon einen Knoten; es wurde nichts geändert. Wählen Sie mit --dir einen anderen Ordner.",
                    "holds a node already; nothing was changed. Choose another folder with --dir.",
                )
            );
        }
        folder.create()?;
        let config = self.config()?;
        let key = fresh()?;
        let peer_key = fresh()?;
        if let Some(document) = &self.network {
            install(folder, document)?;
        }
        Folder::write_secret(&folder.peer_key(), peer_key.to_pem().as_bytes())?;
        tokens::ensure_local(folder)?;
        Folder::write(&folder.config(), config.as_bytes())?;
        // Last, because a folder with a key counts as made.
        Folder::write_secret(&folder.key(), key.to_pem().as_bytes())?;
        let peer_id = PeerKey::from_seed(peer_key.seed()).peer_id().to_string();
        let made = serde_json::json!({
            "publisher": self.publisher.to_string(),
            "public_key": key.public().to_string(),
            "peer_id": peer_id,
        });
        call.print(&made, || {
            let folder = folder.root().display();
            let next = match (&self.network, self.publisher.depth()) {
                (None, _) => call.say(
                    "Als Nächstes: das Netzdokument Ihres Landes einspielen (`allmende network set DATEI`), dann `allmende run`.",
                    "Next: install your Land's network document (`allmende network set FILE`), then `allmende run`.",
                ),
                (Some(_), 1) => call.say("Als Nächstes: `allmende run`.", "Next: `allmende run`."),
                (Some(_), _) => call.say(
                    "Als Nächstes: `allmende run` starten und mit `allmende request` die Beglaubigung anfordern.",
                    "Next: start `allmende run`, and ask to be attested with `allmende request`.",
                ),
            };
            format!(
                "{} {} ({})\n{}: {}\n{}: {}\n{}: {peer_id}\n{next}",
                call.say("Knoten angelegt für", "Node made for"),
                self.publisher,
                self.name,
                call.say("Ordner", "Folder"),
                folder,
                call.say("Öffentlicher Schlüssel", "Public key"),
                key.public(),
                call.say("Kennung im Netz", "Peer id"),
            )
        });
        Ok(())
    }

    /// The template of the role with this node's own values in place; its comments stay.
    fn config(&self) -> anyhow::Result<String> {
        let org_type = match (&self.org_type, self.publisher.depth()) {
            (Some(code), _) => code.clone(),
            (None, 1) => "state-body".to_owned(),
            (None, _) => "municipality".to_owned(),
        };
        let known = record::kind::vocabulary("org-type");
        if known.is_some_and(|known| known.term(&org_type).is_none()) {
            bail!(
                "\"{org_type}\" is no code of the vocabulary org-type; /api/v1/kinds/organisation lists them"
            );
        }
        let template = match self.role {
            RoleArgument::Municipality => MUNICIPALITY,
            RoleArgument::Relay => RELAY,
        };
        let values = [
            ("publisher", self.publisher.to_string()),
            ("name", self.name.clone()),
            ("ars", self.ars.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("org_type", org_type),
        ];
        let mut text = String::new();
        for line in template.lines() {
            let own = values.iter().find(|(key, _)| {
                line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
            });
            match own {
                Some((key, value)) => {
                    text.push_str(&format!("{key} = {}", toml::Value::from(value.as_str())))
                }
                None => text.push_str(line),
            }
            text.push('\n');
        }
        Config::read(&text, "the new configuration")?;
        Ok(text)
    }
}
