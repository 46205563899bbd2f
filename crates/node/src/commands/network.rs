//! `allmende network`: makes and installs the network document.

use crate::commands::Call;
use crate::folder::Folder;
use anyhow::Context as _;
use anyhow::bail;
use record::bounds::PUBLISHER_RECORDS_MAX;
use record::document::Anchor;
use record::document::Document;
use record::key::PublicKey;
use record::name::LANDS;
use record::name::NetworkName;
use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::str::FromStr;

/// What can be done with the document.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Network {
    /// Print a new document.
    New {
        /// The network's name, such as allmende-de.
        name: NetworkName,
        /// An anchor and its public key, such as th=19bf44... (may be repeated).
        #[arg(long = "anchor", value_name = "LAND=KEY", required = true)]
        anchors: Vec<AnchorKey>,
    },
    /// Install a document into the data folder.
    Set {
        /// The file.
        file: PathBuf,
    },
}

/// `th=KEY`.
#[derive(Clone, Debug)]
pub(crate) struct AnchorKey {
    label: String,
    name: String,
    key: PublicKey,
}

impl FromStr for AnchorKey {
    type Err = String;

    fn from_str(text: &str) -> Result<AnchorKey, String> {
        let (label, key) = text.split_once('=').ok_or("write it like th=KEY")?;
        let land = LANDS.iter().find(|(land, _)| *land == label);
        let (label, name) = land.ok_or_else(|| format!("\"{label}\" is neither a Land nor bund"))?;
        let key = key.parse().map_err(|error: record::key::PublicKeyError| error.to_string())?;
        Ok(AnchorKey { label: (*label).to_owned(), name: (*name).to_owned(), key })
    }
}

impl Network {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        match self {
            Network::New { name, anchors } => {
                let mut by_label: BTreeMap<String, Anchor> = BTreeMap::new();
                for AnchorKey { label, name, key } in anchors {
                    by_label.entry(label).or_insert_with(|| Anchor { name, keys: Vec::new() }).keys.push(key);
                }
                let document = Document {
                    network: name,
                    anchors: by_label,
                    publisher_records_max: PUBLISHER_RECORDS_MAX,
                };
                let text = document.write();
                call.print(
                    &serde_json::json!({ "network": document.network.as_str(), "document": text }),
                    || text.clone(),
                );
                Ok(())
            }
            Network::Set { file } => {
                let document = install(&call.folder, &file)?;
                let name = document.network.to_string();
                call.print(&serde_json::json!({ "network": name }), || {
                    let done = call.say("Netzdokument eingespielt", "Network document installed");
                    let next = call.say("Es gilt ab dem nächsten Start.", "It holds from the next start on.");
                    format!("{done}: {name}. {next}")
                });
                Ok(())
            }
        }
    }
}

/// Checks a document and puts it into the folder.
pub(crate) fn install(folder: &Folder, file: &Path) -> anyhow::Result<Document> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let document = Document::read(&text).with_context(|| format!("{} is not usable", file.display()))?;
    if let Ok(old) = folder.read_network()
        && old.network != document.network
        && folder.store().exists()
    {
        bail!(
            "this folder belongs to the network {}; what it holds is not valid in {}. Make a new folder with \
             `allmende init` for the other network",
            old.network,
            document.network
        );
    }
    folder.create()?;
    Folder::write(&folder.network(), text.as_bytes())?;
    Ok(document)
}
