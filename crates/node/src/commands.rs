//! The commands, one file each, and what they share.

pub(crate) mod attest;
pub(crate) mod backup;
pub(crate) mod cast;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod erase;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod network;
pub(crate) mod new;
pub(crate) mod overdue;
pub(crate) mod passphrase;
pub(crate) mod peers;
pub(crate) mod publish;
pub(crate) mod restore;
pub(crate) mod revoke;
pub(crate) mod rotate;
pub(crate) mod run;
pub(crate) mod search;
pub(crate) mod signing;
pub(crate) mod snapshot;
pub(crate) mod status;
pub(crate) mod token;
pub(crate) mod verify;

use crate::client::Client;
use crate::folder::Folder;
use record::kind::Lang;
use serde_json::Value as Json;
use web::port::PortError;

/// The global options of a command.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) folder: Folder,
    pub(crate) json: bool,
    pub(crate) lang: Lang,
}

impl Call {
    /// The sentence in the reader's language.
    pub(crate) fn say<'a>(&self, de: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::De => de,
            Lang::En => en,
        }
    }

    /// The node that runs on the folder.
    pub(crate) fn client(&self) -> anyhow::Result<Client> {
        Client::of(&self.folder, self.lang)
    }

    /// Prints the result: the document with `--json`, else what `tell` makes of it for people.
    pub(crate) fn print(&self, document: &Json, tell: impl FnOnce() -> String) {
        if self.json {
            println!("{document}");
        } else {
            let text = tell();
            if !text.is_empty() {
                println!("{}", text.trim_end());
            }
        }
    }
}

/// A text field of a JSON object, or nothing.
pub(crate) fn text<'a>(json: &'a Json, field: &str) -> &'a str {
    json.get(field).and_then(Json::as_str).unwrap_or_default()
}

/// A refusal that no node had to answer, in the reader's language.
pub(crate) fn told(call: &Call, error: impl Into<PortError>) -> anyhow::Error {
    match error.into() {
        PortError::Refused { de, en, .. } => anyhow::Error::msg(call.say(&de, &en).to_owned()),
        PortError::Unavailable(why) | PortError::Broken(why) => anyhow::Error::msg(why),
    }
}
