//! The golden vectors: the committed files are what the generator makes, and opening them gives what they say.

#[path = "../examples/vectors/bad_content.rs"]
mod bad_content;
#[path = "../examples/vectors/bad_envelope.rs"]
mod bad_envelope;
#[path = "../examples/vectors/bad_signature.rs"]
mod bad_signature;
#[path = "../examples/vectors/bad_value.rs"]
mod bad_value;
#[path = "../examples/vectors/bytes.rs"]
mod bytes;
#[path = "../examples/vectors/good.rs"]
mod good;
#[path = "../examples/vectors/torsion.rs"]
mod torsion;
#[path = "../examples/vectors/vector.rs"]
mod vector;

use crate::vector::Vector;
use crate::vector::opened;
use record::attestation::Attestation;
use record::envelope::Statement;
use record::key::SecretKey;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

fn generated() -> Vec<Vector> {
    let mut vectors = good::vectors();
    vectors.extend(bad_envelope::vectors());
    vectors.extend(bad_value::vectors());
    vectors.extend(bad_content::vectors());
    vectors.extend(bad_signature::vectors());
    vectors
}

/// All committed files by their path below `vectors/`.
fn committed() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for part in ["good", "bad"] {
        for entry in std::fs::read_dir(folder().join(part)).expect("vectors/ has good/ and bad/") {
            let path = entry.expect("a folder lists its files").path();
            let name = path.file_name().and_then(|name| name.to_str()).expect("names are ASCII").to_owned();
            files.insert(format!("{part}/{name}"), std::fs::read_to_string(&path).expect("vectors are text"));
        }
    }
    files
}

fn read(path: &str, text: &str) -> serde_json::Map<String, Json> {
    serde_json::from_str(text)
        .unwrap_or_else(|error| unreachable!("vectors/{path} is no JSON object: {error}"))
}

fn open(file: &serde_json::Map<String, Json>) -> Result<Statement, record::envelope::OpenError> {
    let field = |key: &str| file.get(key).and_then(Json::as_str).expect("network and hex are texts");
    let bytes = hex::decode(field("hex")).expect("hex is hexadecimal");
    Statement::open(&bytes, &field("network").parse().expect("network is a network's name"))
}

#[test]
fn the_files_are_what_the_generator_makes() {
    let made: BTreeMap<String, String> =
        generated().iter().map(|vector| (vector.path(), vector.to_json())).collect();
    assert_eq!(made.len(), generated().len(), "two vectors have one name");
    let there = committed();
    let names: BTreeSet<_> = made.keys().chain(there.keys()).collect();
    let differing: Vec<_> = names.into_iter().filter(|path| made.get(*path) != there.get(*path)).collect();
    assert!(
        differing.is_empty(),
        "these vectors are not what the generator makes: {differing:?}\n\
         If the wire format was meant to change, run `cargo run -p allmende-record --example vectors` and \
         read the difference; otherwise the format was broken."
    );
}

#[test]
fn every_good_vector_opens_and_says_what_its_file_says() {
    for (path, text) in committed().iter().filter(|(path, _)| path.starts_with("good/")) {
        let file = read(path, text);
        let statement = open(&file).unwrap_or_else(|error| panic!("vectors/{path}: {error}"));
        for (key, value) in opened(&statement) {
            assert_eq!(file.get(key), Some(&value), "vectors/{path}, {key}");
        }
        if let Some(seed) = file.get("seed") {
            let seed = hex::decode(seed.as_str().unwrap()).unwrap().try_into().unwrap();
            let network = file["network"].as_str().unwrap().parse().unwrap();
            let again = Statement::seal(statement.content(), &SecretKey::from_seed(seed), &network);
            assert_eq!(again.as_ref(), Ok(&statement), "vectors/{path}, signed again");
        }
    }
}

#[test]
fn every_bad_vector_is_refused_with_its_code() {
    let mut wrong = Vec::new();
    for (path, text) in committed().iter().filter(|(path, _)| path.starts_with("bad/")) {
        let file = read(path, text);
        let code = open(&file).map(|_| "it opens").unwrap_or_else(|error| error.code());
        if file["code"] != code {
            wrong.push(format!("vectors/{path}: {} is expected, not {code}", file["code"]));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_code_of_a_refusal_has_a_vector() {
    let shown: BTreeSet<String> = committed()
        .iter()
        .filter_map(|(path, text)| read(path, text).get("code")?.as_str().map(str::to_owned))
        .collect();
    // The codes are those of the `code()` functions, as SPEC.md lists them in its table of refusals.
    let page = std::fs::read_to_string(folder().join("../SPEC.md")).unwrap();
    let listed: BTreeSet<String> = page
        .split("## Refusals")
        .nth(1)
        .expect("SPEC.md has a section Refusals")
        .split("\n## ")
        .next()
        .unwrap()
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| `")?.split('`').next()?.to_owned()))
        .collect();
    assert_eq!(shown, listed);
    let source = ["cbor", "envelope", "statement"]
        .map(|file| std::fs::read_to_string(folder().join(format!("../src/{file}.rs"))).unwrap());
    let written: BTreeSet<String> = source
        .iter()
        .flat_map(|text| {
            text.split("pub fn code(self) -> ").chain(text.split("pub fn code(&self) -> ")).skip(1)
        })
        .flat_map(|rest| rest.lines().take_while(|line| *line != "    }"))
        .filter_map(|line| Some(line.split("=> \"").nth(1)?.split('"').next()?.to_owned()))
        .collect();
    assert_eq!(written, listed);
}

#[test]
fn the_attestations_are_read_as_such() {
    for name in ["attestation", "attestation-of-itself"] {
        let path = format!("good/{name}.json");
        let statement = open(&read(&path, &committed()[&path])).unwrap();
        let attestation = Attestation::read(statement.content()).unwrap();
        assert_eq!(&attestation.to_body(), statement.content().body());
    }
}

#[test]
fn the_worked_example_of_the_page_is_the_vector() {
    let page = std::fs::read_to_string(folder().join("../SPEC.md")).unwrap();
    let example = page.split("## A worked example").nth(1).expect("SPEC.md has a worked example");
    let table = example.split("```").nth(1).expect("the example is a fenced block");
    let bytes: String = table
        .lines()
        .skip(1)
        .filter_map(|line| line.split("  ").next())
        .flat_map(|column| column.chars().filter(char::is_ascii_hexdigit))
        .collect();
    assert_eq!(bytes, read("measure", &committed()["good/measure.json"])["hex"].as_str().unwrap());
}
