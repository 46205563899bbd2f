//! Who takes part in the demo: the list of publishers that lies beside their drafts.

use record::ars::Ars;
use record::name::Name;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

/// The list, in the folder of the drafts.
pub(crate) const FILE: &str = "nodes.toml";
/// Nodes that one machine is asked to run at once.
const NODES_MAX: usize = 32;

/// One publisher with a node of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// The name, such as `th.jena`.
    pub(crate) publisher: Name,
    /// The official name.
    pub(crate) name: String,
    /// The regional key.
    pub(crate) ars: Ars,
}

impl Member {
    /// Whether it is a Land: relay and anchor of the demo's network.
    pub(crate) fn is_land(&self) -> bool {
        self.publisher.depth() == 1
    }
}

/// Why there is no cast.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CastError {
    /// The list could not be read.
    #[error(
        "{}: {error}. The folder of --records holds a file {FILE} that lists the nodes; node-config/demo has one",
        .path.display()
    )]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The list is not in the form of a list.
    #[error("{}: {error}", .path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        error: toml::de::Error,
    },
    /// The nodes do not make a network.
    #[error("{}: {why}", .path.display())]
    Unfit {
        /// Which file.
        path: PathBuf,
        /// What to mend.
        why: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    node: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    publisher: String,
    name: String,
    ars: String,
}

/// The nodes of the list beside the drafts, the Länder first, else in the order of the list.
pub(crate) fn read(records: &Path) -> Result<Vec<Member>, CastError> {
    let path = records.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => return Err(CastError::Unreadable { path, error }),
    };
    let list: List = match toml::from_str(&text) {
        Ok(list) => list,
        Err(error) => return Err(CastError::Malformed { path, error }),
    };
    members(list).map_err(|why| CastError::Unfit { path, why })
}

fn members(list: List) -> Result<Vec<Member>, String> {
    if list.node.len() > NODES_MAX {
        return Err(format!("{} nodes; one machine runs at most {NODES_MAX} of them here", list.node.len()));
    }
    let mut members = Vec::new();
    let mut names = BTreeSet::new();
    for Entry { publisher, name, ars } in list.node {
        let ars = ars.parse::<Ars>().map_err(|error| format!("{publisher}: ars: {error}"))?;
        let publisher = publisher.parse::<Name>().map_err(|error| format!("{publisher}: {error}"))?;
        if !names.insert(publisher.clone()) {
            return Err(format!("{publisher} stands twice"));
        }
        members.push(Member { publisher, name, ars });
    }
    for member in &members {
        if !members.iter().any(|land| land.is_land() && land.publisher.as_str() == member.publisher.land()) {
            let land = member.publisher.land();
            return Err(format!(
                "{} has nobody to vouch for it; add a node with publisher = \"{land}\"",
                member.publisher
            ));
        }
    }
    if members.is_empty() {
        return Err("no node; add at least a Land, such as publisher = \"th\"".to_owned());
    }
    members.sort_by_key(|member| !member.is_land());
    Ok(members)
}

#[cfg(test)]
mod tests {
    use crate::commands::cast::FILE;
    use crate::commands::cast::read;

    fn cast(text: &str) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), text).unwrap();
        let members = read(folder.path()).map_err(|error| error.to_string())?;
        Ok(members.into_iter().map(|member| member.publisher.to_string()).collect())
    }

    fn node(publisher: &str) -> String {
        format!("[[node]]\npublisher = \"{publisher}\"\nname = \"x\"\nars = \"16\"\n")
    }

    #[test]
    fn the_laender_come_first_whatever_the_order_of_the_list() {
        let text = ["th.jena", "th", "sh.husum", "sh"].map(node).concat();
        assert_eq!(cast(&text).unwrap(), ["th", "sh", "th.jena", "sh.husum"]);
    }

    #[test]
    fn what_makes_no_network_is_told() {
        let many: String =
            std::iter::once(node("th")).chain((0..32).map(|n| node(&format!("th.t{n}")))).collect();
        for (text, words) in [
            (node("th.jena"), "publisher = \"th\""),
            (["th", "th"].map(node).concat(), "th stands twice"),
            (node("Jena"), "Jena"),
            (node("th").replace("\"16\"", "\"sechzehn\""), "ars"),
            (node("th") + "port = 1\n", "port"),
            ("node = []".to_owned(), "at least a Land"),
            (String::new(), "node"),
            (many, "at most 32"),
        ] {
            let why = cast(&text).unwrap_err();
            assert!(why.contains(FILE) && why.contains(words), "{text}: {why}");
        }
        let nowhere = read(std::path::Path::new("nowhere")).unwrap_err().to_string();
        assert!(nowhere.contains("--records"), "{nowhere}");
    }
}
