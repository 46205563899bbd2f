//! Who takes part: the Länder with their anchors, the towns in their true proportions, and who publishes.

use crate::signer::now;
use record::attestation::Attestation;
use record::attestation::KIND;
use record::document::Anchor;
use record::document::Document;
use record::envelope::SealError;
use record::envelope::Statement;
use record::key::SecretKey;
use record::name::LANDS;
use record::name::Name;
use record::name::NetworkName;
use record::statement::Content;
use record::statement::RecordId;
use record::statement::Said;
use record::statement::sha256;
use record::value::Map;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Municipalities by Land, rounded figures of the Gemeindeverzeichnis (Destatis, 2021); only the proportions count.
const MUNICIPALITIES: [(&str, usize); 16] = [
    ("bb", 416),
    ("be", 1),
    ("bw", 1_101),
    ("by", 2_056),
    ("hb", 2),
    ("he", 422),
    ("hh", 1),
    ("mv", 726),
    ("ni", 941),
    ("nw", 396),
    ("rp", 2_301),
    ("sh", 1_106),
    ("sl", 52),
    ("sn", 419),
    ("st", 218),
    ("th", 631),
];
/// Records that one publisher may hold.
const PUBLISHER_RECORDS_MAX: u64 = 20_000;
/// How far back attestations begin, in seconds.
const BEGUN_SECONDS: u64 = 3_600;
/// The text of a record, in characters.
const TEXT_CHARS: usize = 1_000;

/// Somebody who signs.
#[derive(Debug)]
pub(crate) struct Signatory {
    pub(crate) name: Name,
    key: SecretKey,
    said: u32,
}

impl Signatory {
    /// A name whose key follows from it.
    pub(crate) fn of(name: &str) -> Signatory {
        let key = SecretKey::from_seed(sha256(&[b"rehearsal", name.as_bytes()]));
        Signatory { name: name.parse().expect("it is made of a Land and plain letters"), key, said: 0 }
    }

    fn seal(&self, content: &Content, network: &NetworkName) -> Result<Statement, SealError> {
        Statement::seal(content, &self.key, network)
    }

    fn content(&self, record: RecordId, kind: &str, body: Map) -> Content {
        Content {
            publisher: self.name.clone(),
            record,
            kind: kind.parse().expect("it is a code"),
            schema: 1,
            epoch: 1,
            version: 1,
            issued: now(),
            said: Said::Body(body),
        }
    }

    /// The next record of this publisher, about a kilobyte of text.
    pub(crate) fn record(&mut self, network: &NetworkName) -> Result<Statement, SealError> {
        self.said += 1;
        let title = format!("Mängelmelder, Eintrag {}", self.said);
        let mut text = String::new();
        while text.len() < TEXT_CHARS {
            let _ = write!(text, "{} hat im Abschnitt {} etwas gelernt. ", self.name, text.len());
        }
        let body = Map::from([
            ("title".to_owned(), title.as_str().into()),
            ("summary".to_owned(), text.as_str().into()),
        ]);
        let record = RecordId::derived(&[self.name.as_str().as_bytes(), &self.said.to_be_bytes()]);
        self.seal(&self.content(record, "note", body), network)
    }

    /// Vouches for a name below.
    pub(crate) fn attest(&self, subject: &Signatory, network: &NetworkName) -> Result<Statement, SealError> {
        let attestation = Attestation {
            subject: subject.name.clone(),
            name: format!("Gemeinde {}", subject.name),
            org_type: "municipality".to_owned(),
            ars: None,
            keys: vec![subject.key.public()],
            epoch: 1,
            floor: 1,
            may_attest: false,
            not_before: now().minus(BEGUN_SECONDS),
            not_after: None,
        };
        let record = Attestation::record_id(&attestation.subject, attestation.epoch);
        self.seal(&self.content(record, KIND, attestation.to_body()), network)
    }
}

/// The document of a network whose anchors are all Länder and the federation.
pub(crate) fn document(network: &NetworkName) -> Document {
    let anchor = |(label, name): (&str, &str)| {
        let keys = vec![Signatory::of(label).key.public()];
        (label.to_owned(), Anchor { name: name.to_owned(), keys })
    };
    Document {
        network: network.clone(),
        anchors: LANDS.into_iter().map(anchor).collect::<BTreeMap<_, _>>(),
        publisher_records_max: PUBLISHER_RECORDS_MAX,
    }
}

/// The Land of each of so many towns, in the proportions of the country.
pub(crate) fn lands(towns: usize) -> Vec<&'static str> {
    let all: usize = MUNICIPALITIES.iter().map(|(_, count)| count).sum();
    let mut lands = Vec::with_capacity(towns);
    let mut before = 0;
    for (land, count) in MUNICIPALITIES {
        before += count;
        lands.resize(towns * before / all, land);
    }
    lands
}

#[cfg(test)]
mod tests {
    use crate::rehearsal::country::lands;

    #[test]
    fn the_towns_are_spread_over_the_laender_as_they_are() {
        let all = lands(10_789);
        let count = |land| all.iter().filter(|of| **of == land).count();
        assert_eq!([count("rp"), count("th"), count("hh")], [2_301, 631, 1]);
        assert_eq!(lands(300).len(), 300);
    }
}
