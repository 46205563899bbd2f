//! Names of publishers and networks: dotted lower-case labels whose first label is the Land.

use crate::bounds::LABEL_BYTES_MAX;
use crate::bounds::NAME_BYTES_MAX;
use crate::bounds::NAME_LABELS_MAX;
use crate::bounds::NETWORK_BYTES_MAX;
use std::fmt;
use std::str::FromStr;

/// First labels: ISO 3166-2:DE in lower case, and `bund` for the federation, with their German names.
pub const LANDS: [(&str, &str); 17] = [
    ("bb", "Brandenburg"),
    ("be", "Berlin"),
    ("bund", "Bund"),
    ("bw", "Baden-Württemberg"),
    ("by", "Bayern"),
    ("hb", "Bremen"),
    ("he", "Hessen"),
    ("hh", "Hamburg"),
    ("mv", "Mecklenburg-Vorpommern"),
    ("ni", "Niedersachsen"),
    ("nw", "Nordrhein-Westfalen"),
    ("rp", "Rheinland-Pfalz"),
    ("sh", "Schleswig-Holstein"),
    ("sl", "Saarland"),
    ("sn", "Sachsen"),
    ("st", "Sachsen-Anhalt"),
    ("th", "Thüringen"),
];

/// A publisher's name, such as `th.jena`. It never changes, whatever happens to keys and borders.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(String);

/// Why a text is not a publisher name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Too long or empty.
    #[error("a publisher name has 1 to {NAME_BYTES_MAX} characters, this one has {0}")]
    Length(usize),
    /// Too many labels.
    #[error("a publisher name has 1 to {NAME_LABELS_MAX} labels joined by dots, this one has {0}")]
    Labels(usize),
    /// A label is empty, too long, or has a character outside `[a-z0-9-]`.
    #[error(
        "the label \"{0}\" is not made of 1 to {LABEL_BYTES_MAX} of the characters a-z, 0-9 and -; \
         write umlauts as ae, oe, ue, ss"
    )]
    Label(String),
    /// The first label is no Land.
    #[error("the first label \"{0}\" is neither a Land (ISO 3166-2:DE, such as th for Thüringen) nor bund")]
    Land(String),
}

fn is_label(label: &str) -> bool {
    (1..=LABEL_BYTES_MAX).contains(&label.len())
        && label.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

impl Name {
    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first label: the bucket that the publisher's records are kept in.
    pub fn land(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }

    /// How many labels the name has, 1 to 4.
    pub fn depth(&self) -> usize {
        self.0.split('.').count()
    }

    /// Whether this name is a strict prefix of the other, label by label, and so may vouch for it.
    pub fn is_above(&self, other: &Name) -> bool {
        other.0.strip_prefix(&self.0).is_some_and(|rest| rest.starts_with('.'))
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Name, NameError> {
        if text.is_empty() || text.len() > NAME_BYTES_MAX {
            return Err(NameError::Length(text.chars().count()));
        }
        let labels = text.split('.').count();
        if labels > NAME_LABELS_MAX {
            return Err(NameError::Labels(labels));
        }
        if let Some(label) = text.split('.').find(|label| !is_label(label)) {
            return Err(NameError::Label(label.to_owned()));
        }
        let name = Name(text.to_owned());
        if LANDS.iter().any(|(land, _)| *land == name.land()) {
            Ok(name)
        } else {
            Err(NameError::Land(name.land().to_owned()))
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a network; it is bound into every signature (COSE external_aad).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NetworkName(String);

/// Why a text is not the name of a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no network name: 1 to {NETWORK_BYTES_MAX} of the characters a-z, 0-9, - and .")]
pub struct NetworkNameError(String);

impl NetworkName {
    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What every signature of this network covers beside header and payload:
    /// `"allmende/1" || 0x00 || name` (RFC 9052, section 4.3).
    pub fn external_aad(&self) -> Vec<u8> {
        [b"allmende/1\0".as_slice(), self.0.as_bytes()].concat()
    }
}

impl FromStr for NetworkName {
    type Err = NetworkNameError;

    fn from_str(text: &str) -> Result<NetworkName, NetworkNameError> {
        let fits = (1..=NETWORK_BYTES_MAX).contains(&text.len())
            && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
        if fits { Ok(NetworkName(text.to_owned())) } else { Err(NetworkNameError(text.to_owned())) }
    }
}

impl fmt::Display for NetworkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use crate::name::Name;
    use crate::name::NameError;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_vouches_only_below_itself() {
        assert!(name("th").is_above(&name("th.jena")));
        assert!(name("th.shk").is_above(&name("th.shk.dornburg")));
        assert!(!name("th").is_above(&name("th")));
        assert!(!name("th.je").is_above(&name("th.jena")));
        assert!(!name("sh").is_above(&name("th.jena")));
    }

    #[test]
    fn what_is_no_name_is_refused_with_the_reason() {
        assert_eq!("".parse::<Name>(), Err(NameError::Length(0)));
        assert_eq!("th.Jena".parse::<Name>(), Err(NameError::Label("Jena".into())));
        assert_eq!("th..jena".parse::<Name>(), Err(NameError::Label("".into())));
        assert_eq!("th.köthen".parse::<Name>(), Err(NameError::Label("köthen".into())));
        assert_eq!("xx.jena".parse::<Name>(), Err(NameError::Land("xx".into())));
        assert_eq!("th.a.b.c.d".parse::<Name>(), Err(NameError::Labels(5)));
        assert!("a".repeat(97).parse::<Name>().is_err());
        assert!(format!("th.{}", "a".repeat(33)).parse::<Name>().is_err());
        assert_eq!(name("bund").land(), "bund");
    }
}
