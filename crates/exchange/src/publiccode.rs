//! publiccode.yml, versions 0.1 to 0.7, read leniently into the body of a `solution`.
//!
//! The file is described by somebody who does not own the software, so the record is a stub. What has no
//! field of its own is kept word for word in the field `publiccode`; contact persons are never taken over.
//! Source of the format: <https://yml.publiccode.tools/>.

pub mod address;
mod clip;
mod facts;
pub mod fit;
mod kept;
mod licence;
mod parties;
mod privacy;
mod prose;
pub mod refusal;
pub mod remark;
mod spelling;
mod take;
mod topics;
pub mod written;

use crate::publiccode::privacy::Persons;
use crate::publiccode::privacy::Removed;
use crate::publiccode::refusal::Refusal;
use crate::publiccode::remark::Note;
use crate::publiccode::remark::Remark;
use crate::publiccode::take::Take;
use crate::yaml;
use crate::yaml::Fault;
use crate::yaml::YamlError;
use record::name::Name;
use record::statement::RecordId;
use record::value::Map;
use std::collections::BTreeSet;

/// The kind of record that a publiccode.yml becomes.
pub const KIND: &str = "solution";
/// The first word of what a record id is derived from.
const ID_LABEL: &str = "publiccode";
/// Remarks on one file.
const REMARKS_MAX: usize = 200;

/// A file that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The body of a `solution`, as its kind expects it; only `valid_until` is left to be added.
    pub body: Map,
    /// The repository's address in its one spelling: the identity of the record.
    pub url: String,
    /// What was noticed, in the order in which it was; at most 200.
    pub remarks: Vec<Remark>,
}

/// The record in which a publisher describes the software of this repository (an address as
/// [`Taken::url`] has it), so that importing again says it anew and never twice.
pub fn record_id(publisher: &Name, url: &str) -> RecordId {
    // Neither names nor addresses hold a zero byte, so no two triples run together into the same bytes.
    RecordId::derived(&[ID_LABEL.as_bytes(), b"\0", publisher.as_str().as_bytes(), b"\0", url.as_bytes()])
}

/// Reads a file as it lies on a disk: UTF-8, UTF-16 with its mark, or else ISO 8859-1, which is noticed.
pub fn read_bytes(bytes: &[u8]) -> Result<Taken, Refusal> {
    // Before anything is copied, so that a large file costs nothing.
    if bytes.len() > 2 * yaml::YAML_BYTES_MAX {
        return Err(Refusal::Yaml(YamlError { line: 1, fault: Fault::Length }));
    }
    let (text, name) = match (std::str::from_utf8(bytes), bytes) {
        (Ok(text), _) => return read(text),
        (Err(_), [0xff, 0xfe, rest @ ..]) => (utf_16(rest, u16::from_le_bytes), "UTF-16"),
        (Err(_), [0xfe, 0xff, rest @ ..]) => (utf_16(rest, u16::from_be_bytes), "UTF-16"),
        (Err(_), bytes) => (bytes.iter().copied().map(char::from).collect(), "ISO 8859-1"),
    };
    let mut taken = read(&text)?;
    taken.remarks.insert(0, Remark { key: String::new(), line: None, note: Note::Encoding { name } });
    Ok(taken)
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Reads a file. The same text gives the same body on every day and every node.
pub fn read(text: &str) -> Result<Taken, Refusal> {
    let root = yaml::read(text).map_err(Refusal::Yaml)?;
    if !root.is_map() {
        return Err(Refusal::NotMap { line: root.line });
    }
    let mut remarks = Vec::new();
    let root = spelling::mend(root, &mut remarks);
    let kind = record::kind::kind(KIND).expect("record ships the kind solution");
    let mut take = Take { kind, root: &root, body: Map::new(), remarks, carried: BTreeSet::new() };
    let url = url(&mut take)?;
    if take.node("name").is_none() && take.node("description").is_none() {
        return Err(Refusal::Nothing);
    }
    version(&mut take);
    let persons = Persons::of(&root, &take.text("name").into_iter().collect::<Vec<_>>());
    if persons.contacts > 0 {
        take.remark("maintenance.contacts", Note::ContactsLeftOut { count: persons.contacts });
    }
    prose::write(&mut take, &url);
    facts::write(&mut take, &url);
    parties::write(&mut take, &url, &persons);
    topics::write(&mut take);
    kept::write(&mut take);
    let mut removed = Removed::default();
    take.body = persons.scrub(std::mem::take(&mut take.body), &mut removed);
    if removed.names + removed.reaches > 0 {
        take.remark("", Note::PersonsRemoved { count: removed.names + removed.reaches });
    }
    fit::form(&mut take);
    fit::size(&mut take)?;
    let Take { body, mut remarks, .. } = take;
    remarks.truncate(REMARKS_MAX);
    Ok(Taken { body, url, remarks })
}

fn url(take: &mut Take<'_>) -> Result<String, Refusal> {
    let entry = take.entry("url").ok_or(Refusal::UrlMissing)?;
    let text = entry.node.text().ok_or(Refusal::UrlMissing)?;
    let url = address::repository(text).map_err(|fault| Refusal::url(entry.line, text, fault))?;
    if address::is_example(&url) {
        take.remark("url", Note::UrlExample);
    }
    if url == text {
        take.carried.insert("url".to_owned());
    }
    Ok(url)
}

/// Says when the file follows no version of the standard; it is read all the same.
fn version(take: &mut Take<'_>) {
    let key = "publiccodeYmlVersion";
    let Some(text) = take.text(key) else { return take.remark(key, Note::Missing) };
    let mut parts = text.split('.');
    let known = parts.next() == Some("0")
        && parts.next().is_none_or(|minor| matches!(minor.parse::<u8>(), Ok(1..=7)))
        && parts.next().is_none_or(|patch| patch.parse::<u8>().is_ok())
        && parts.next().is_none();
    if !known {
        take.remark(key, Note::VersionUnknown { text: take::short(text) });
    }
}

#[cfg(test)]
mod tests {
    use crate::publiccode;
    use crate::publiccode::Taken;
    use proptest::prelude::ProptestConfig;
    use proptest::prelude::any;
    use proptest::prelude::proptest;
    use record::value::Value;

    /// A file of our own with what goes wrong in real ones.
    const FILE: &str = r##"publiccodeYmlVersion: 0.4
name: Ausleihe
url: HTTP://GitHub.com/stadt-jena/ausleihe.git
landingUrl: https://ausleihe.example.de
softwareVersion: 1.10
releaseDate: t.b.d.
softwareType: web
platforms: [Web, macos]
categories: [document-management, leihe]
developmentStatus: stable
colour: blue
usedBy: [Stadt Husum]
legal:
  license: agpl-3.0
  repoOwner: Erika Mustermann
  mainCopyrightOwner: Stadt Jena
maintenance:
  type: commercial
  contractors:
    - name: Nordlicht GmbH
      email: post@nordlicht.example.de
      until: 2027-12-31
      website: https://nordlicht.example.de
  contacts:
    - name: Erika Mustermann
      email: erika@jena.example.de
    - name: Max Muster
intendedAudience:
  countries: [no, de]
  scope: [culture]
localisation:
  availableLanguages: [de, EN, zh-cn, Deutsch]
dependsOn:
  open:
    - name: PostgreSQL
      versionMin: 14
description:
  de:
    genericName: Verleihsystem
    shortDescription: Dinge leihen statt kaufen
    longDescription: |
      Fragen beantwortet Erika Mustermann (erika@jena.example.de).
    features: [Katalog, Warteliste]
  en:
    shortDescription: Borrow things
    features: [Catalogue, Waiting list]
de:
  leika: ["99012345678901", "99"]
"##;

    fn read(text: &str) -> Taken {
        publiccode::read(text).unwrap()
    }

    #[test]
    fn a_file_becomes_the_body_of_a_solution() {
        let taken = read(FILE);
        insta::assert_json_snapshot!("body", record::json::from_map(&taken.body));
        let words: Vec<String> = taken.remarks.iter().map(|remark| remark.words().de).collect();
        insta::assert_debug_snapshot!("remarks", words);
    }

    #[test]
    fn line_ends_and_marks_at_the_beginning_do_not_matter() {
        let plain = read(FILE);
        assert_eq!(read(&format!("\u{feff}{}", FILE.replace('\n', "\r\n"))), plain);
    }

    #[test]
    fn files_that_are_not_utf_8_are_read_and_noticed() {
        let text = "name: Mängelmelder\nurl: https://opencode.de/jena/x\n";
        let plain = publiccode::read_bytes(text.as_bytes()).unwrap();
        assert_eq!(plain, read(text));
        let latin: Vec<u8> = text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
        let wide: Vec<u8> =
            "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        for bytes in [latin, wide] {
            let taken = publiccode::read_bytes(&bytes).unwrap();
            assert_eq!(taken.body, plain.body);
            assert_eq!(taken.remarks.first().unwrap().note.code(), "encoding");
        }
        assert_eq!(publiccode::read_bytes(&[0xff; 4_000_000]).unwrap_err().code(), "yaml");
    }

    #[test]
    fn a_folded_text_keeps_its_paragraphs() {
        let text = "name: x\nurl: https://opencode.de/jena/x\ndescription:\n  de:\n    longDescription: >\n      Eins\n      und zwei.\n\n      Drei.\n";
        let body = read(text).body;
        let description = body.get("description").and_then(Value::as_map).and_then(|texts| texts.get("de"));
        assert_eq!(description, Some(&Value::from("Eins und zwei.\n\nDrei.")));
    }

    #[test]
    fn a_repository_is_one_record_for_each_publisher() {
        let id = |publisher: &str, url: &str| {
            publiccode::record_id(
                &publisher.parse().unwrap(),
                &read(&FILE.replace("HTTP://GitHub.com/stadt-jena/ausleihe.git", url)).url,
            )
        };
        let first = id("th.jena", "https://github.com/stadt-jena/ausleihe");
        assert_eq!(first, id("th.jena", "http://www.github.com/stadt-jena/ausleihe.git/"));
        assert_ne!(first, id("sh.husum", "https://github.com/stadt-jena/ausleihe"));
        assert_ne!(first, id("th.jena", "https://github.com/stadt-jena/Ausleihe"));
        // A vector: the id must not change when the program does.
        assert_eq!(first.to_string(), "bba6f0ae-333a-dbc8-cc1c-2593798ba1f9");
    }

    #[test]
    fn what_cannot_be_taken_is_refused() {
        let code = |text: &str| publiccode::read(text).unwrap_err().code();
        assert_eq!(code(""), "yaml");
        assert_eq!(code("a: ["), "yaml");
        assert_eq!(code("- a"), "not-map");
        assert_eq!(code("just words"), "not-map");
        assert_eq!(code("name: x"), "url-missing");
        assert_eq!(code("url: ~\nname: x"), "url-missing");
        assert_eq!(code("url: [https://a.de/b]\nname: x"), "url-missing");
        assert_eq!(code("url: ausleihe\nname: x"), "url");
        assert_eq!(code("url: https://a.de/b"), "nothing");
        assert_eq!(publiccode::read("name: x\nurl: ausleihe").unwrap_err().line(), Some(2));
    }

    #[test]
    fn little_is_enough_and_much_is_cut() {
        let little = read("url: https://opencode.de/jena/x\nname: X");
        assert_eq!(little.body.get("entry_status"), Some(&Value::from("stub")));
        let long = "sehr langer Text ".repeat(2_000);
        let tongues: String = ["de", "en", "fr", "it", "nl", "da"]
            .iter()
            .map(|tag| {
                format!(
                    "  {tag}:\n    shortDescription: x\n    longDescription: {long}\n    awards: [{long}]\n"
                )
            })
            .collect();
        let much = read(&format!(
            "url: https://opencode.de/jena/x\nname: X\ndescription:\n{tongues}usedBy: [{long}]\n"
        ));
        let codes: Vec<&str> = much.remarks.iter().map(|remark| remark.note.code()).collect();
        assert!(codes.contains(&"text-cut") && codes.contains(&"dropped"), "{codes:?}");
        let bytes = record::cbor::encode(&Value::Map(much.body)).len();
        assert!(bytes <= publiccode::fit::BODY_BYTES_MAX, "{bytes}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in any::<Vec<u8>>()) {
            let _ = publiccode::read_bytes(&bytes);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            let _ = publiccode::read(&text);
            let _ = publiccode::read(&format!("url: https://a.de/b\nname: x\n{text}"));
        }

        #[test]
        fn a_damaged_file_is_taken_or_refused(
            cuts in proptest::collection::vec((any::<proptest::sample::Index>(), 0usize..40, ".{0,6}"), 1..4)
        ) {
            let mut letters: Vec<char> = FILE.chars().collect();
            for (at, length, instead) in cuts {
                let at = at.index(letters.len());
                let end = (at + length).min(letters.len());
                letters.splice(at..end, instead.chars());
            }
            let text: String = letters.into_iter().collect();
            if let Ok(taken) = publiccode::read(&text) {
                assert_eq!(publiccode::read(&text), Ok(taken.clone()));
                let kind = record::kind::kind(publiccode::KIND).unwrap();
                for finding in record::kind::check(kind, &taken.body, jiff::civil::date(2026, 6, 1)) {
                    assert!(finding.grade != record::kind::Grade::Error || finding.path == "valid_until", "{finding:?}");
                }
                let encoded = record::cbor::encode(&Value::Map(taken.body.clone()));
                assert_eq!(record::cbor::decode(&encoded), Ok(Value::Map(taken.body)));
            }
        }
    }
}
