//! One golden vector: statement bytes and what opening them must give, as a JSON file.

use crate::bytes::NETWORK;
use record::envelope::Statement;
use record::json;
use record::statement::Said;
use record::statement::sha256;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Statement bytes and what they are good for.
#[derive(Clone, Debug)]
pub(crate) struct Vector {
    /// The file's name without its ending.
    pub(crate) name: String,
    /// One sentence: what is shown, or what is wrong.
    pub(crate) why: String,
    /// The network in which they are opened.
    pub(crate) network: String,
    /// The statement.
    pub(crate) bytes: Vec<u8>,
    /// The seed of the signing key where there is one, so that a stranger can check signing as well.
    pub(crate) seed: Option<[u8; 32]>,
    /// The code of the refusal; `None` where the statement opens.
    pub(crate) code: Option<&'static str>,
}

impl Vector {
    /// A statement of [`NETWORK`] that opens.
    pub(crate) fn good(name: &str, why: &str, seed: [u8; 32], bytes: Vec<u8>) -> Vector {
        Vector {
            name: name.to_owned(),
            why: why.to_owned(),
            network: NETWORK.to_owned(),
            bytes,
            seed: Some(seed),
            code: None,
        }
    }

    /// Bytes that are refused in [`NETWORK`] with this code.
    pub(crate) fn bad(name: &str, code: &'static str, why: &str, bytes: Vec<u8>) -> Vector {
        Vector {
            name: name.to_owned(),
            why: why.to_owned(),
            network: NETWORK.to_owned(),
            bytes,
            seed: None,
            code: Some(code),
        }
    }

    /// The path of its file below `vectors/`.
    pub(crate) fn path(&self) -> String {
        let folder = if self.code.is_none() { "good" } else { "bad" };
        format!("{folder}/{}.json", self.name)
    }

    /// The text of its file. What a good statement says is read from it by `Statement::open`.
    pub(crate) fn to_json(&self) -> String {
        let mut file = BTreeMap::from([
            ("name", Json::from(self.name.as_str())),
            ("why", Json::from(self.why.as_str())),
            ("network", Json::from(self.network.as_str())),
            ("hex", Json::from(hex::encode(&self.bytes))),
        ]);
        match self.code {
            Some(code) => {
                file.insert("code", Json::from(code));
            }
            None => {
                let network = self.network.parse().expect("the vectors name networks as they should");
                match Statement::open(&self.bytes, &network) {
                    Ok(statement) => file.extend(opened(&statement)),
                    Err(error) => {
                        file.insert("code", Json::from(format!("this should open: {error}")));
                    }
                }
                if let Some(seed) = self.seed {
                    file.insert("seed", Json::from(hex::encode(seed)));
                }
            }
        }
        serde_json::to_string_pretty(&file).expect("texts and numbers always become JSON") + "\n"
    }
}

/// What a statement says, as it stands in the file of a good vector.
pub(crate) fn opened(statement: &Statement) -> BTreeMap<&'static str, Json> {
    let content = statement.content();
    let mut payload = BTreeMap::from([
        ("publisher", Json::from(content.publisher.as_str())),
        ("record", Json::from(content.record.to_string())),
        ("kind", Json::from(content.kind.as_str())),
        ("schema", Json::from(content.schema)),
        ("epoch", Json::from(content.epoch)),
        ("version", Json::from(content.version)),
        ("issued", Json::from(content.issued.seconds())),
    ]);
    match &content.said {
        Said::Body(body) => payload.insert("body", Json::Object(json::from_map(body))),
        Said::Retracted(reason) => payload.insert("retracted", Json::from(reason.as_str())),
    };
    let payload = payload.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let message_id: String = hex::encode(sha256(&[statement.bytes()])).chars().take(40).collect();
    BTreeMap::from([
        ("id", Json::from(statement.id().to_string())),
        ("key", Json::from(statement.key().to_string())),
        ("message_id", Json::from(message_id)),
        ("payload", Json::Object(payload)),
    ])
}
