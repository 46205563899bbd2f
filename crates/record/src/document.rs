//! The network document: the network's name, its anchors, and the quota that all nodes must agree on.

use crate::bounds::ANCHORS_MAX;
use crate::bounds::PUBLISHER_RECORDS_MAX;
use crate::key::PublicKey;
use crate::name::LANDS;
use crate::name::NetworkName;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// An anchor: the name that vouches for everything below one first label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// What people call it, such as "Freistaat Thüringen".
    pub name: String,
    /// The keys of its first epoch.
    pub keys: Vec<PublicKey>,
}

/// What makes two nodes members of the same network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Bound into every signature.
    pub network: NetworkName,
    /// By first label.
    pub anchors: BTreeMap<String, Anchor>,
    /// Record ids that one publisher may hold; the smallest stay.
    pub publisher_records_max: u64,
}

/// Why a text is no network document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no network document: {0}")]
pub struct DocumentError(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    network: String,
    publisher_records_max: Option<u64>,
    #[serde(default)]
    anchor: Vec<RawAnchor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAnchor {
    label: String,
    name: String,
    keys: Vec<String>,
}

impl Document {
    /// Reads the TOML text of a document.
    pub fn read(text: &str) -> Result<Document, DocumentError> {
        let wrong = |error: &dyn std::fmt::Display| DocumentError(error.to_string());
        let raw: Raw = toml::from_str(text).map_err(|error| wrong(&error))?;
        let network = raw.network.parse().map_err(|error| wrong(&error))?;
        let mut anchors = BTreeMap::new();
        for RawAnchor { label, name, keys } in raw.anchor {
            if !LANDS.iter().any(|(land, _)| *land == label) {
                return Err(DocumentError(format!(
                    "the anchor label \"{label}\" is neither a Land nor bund"
                )));
            }
            let keys = keys
                .iter()
                .map(|key| key.parse())
                .collect::<Result<Vec<PublicKey>, _>>()
                .map_err(|error| DocumentError(format!("anchor {label}: {error}")))?;
            if keys.is_empty() {
                return Err(DocumentError(format!("anchor {label} has no key")));
            }
            if anchors.insert(label.clone(), Anchor { name, keys }).is_some() {
                return Err(DocumentError(format!("the anchor {label} stands twice")));
            }
        }
        if anchors.is_empty() || anchors.len() > ANCHORS_MAX {
            return Err(DocumentError(format!("1 to {ANCHORS_MAX} anchors ([[anchor]]) are needed")));
        }
        let publisher_records_max = raw.publisher_records_max.unwrap_or(PUBLISHER_RECORDS_MAX).max(1);
        Ok(Document { network, anchors, publisher_records_max })
    }

    /// The TOML text; reading it gives the same document.
    pub fn write(&self) -> String {
        let mut text = String::from(
            "# The network document: who anchors the trust in this network. Every node of the network holds\n\
             # the same text; its name is bound into every signature.\n",
        );
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let mut line =
            |args: std::fmt::Arguments<'_>| writeln!(text, "{args}").expect("a String takes every text");
        line(format_args!("network = {}", quoted(self.network.as_str())));
        line(format_args!("# Record ids that one publisher may hold; the smallest stay."));
        line(format_args!("publisher_records_max = {}", self.publisher_records_max));
        for (label, anchor) in &self.anchors {
            line(format_args!("\n[[anchor]]\nlabel = {}\nname = {}", quoted(label), quoted(&anchor.name)));
            let keys: Vec<_> = anchor.keys.iter().map(|key| quoted(&key.to_string())).collect();
            line(format_args!("keys = [{}]", keys.join(", ")));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use crate::document::Document;

    const TEXT: &str = "network = \"allmende-test\"\n[[anchor]]\nlabel = \"th\"\nname = \"Thüringen\"\n\
        keys = [\"19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1\"]\n";

    #[test]
    fn a_document_survives_its_text() {
        let document = Document::read(TEXT).unwrap();
        assert_eq!(Document::read(&document.write()), Ok(document));
    }

    #[test]
    fn mistakes_are_named() {
        let reason = |from: &str, to: &str| Document::read(&TEXT.replace(from, to)).unwrap_err().to_string();
        assert!(reason("\"th\"", "\"xx\"").contains("\"xx\" is neither a Land"));
        assert!(reason("19bf", "zz").contains("no public key"));
        assert!(reason("label", "lable").contains("lable"));
        assert!(reason("[[anchor]]", "[[anker]]").contains("anker"));
        assert!(Document::read("network = \"x\"").unwrap_err().to_string().contains("1 to 17 anchors"));
    }
}
