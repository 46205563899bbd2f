//! Second implementations of SPEC.md, which share no code with ours, agree with it about every golden vector.

use harness::js_peer::JsPeer;
use harness::stamp::run;
use harness::stamp::workspace;
use record::envelope::Statement;
use record::key::SecretKey;
use serde_json::Value as Json;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

fn vectors() -> PathBuf {
    workspace().join("crates/record/vectors")
}

fn files(part: &str) -> u64 {
    fs::read_dir(vectors().join(part)).expect("the vectors are committed").count() as u64
}

/// Runs a checker over all vectors and demands that it looked at each and complained about none.
fn all_agree(mut checker: Command, needed: &'static str) {
    let printed = run(&mut checker, needed).unwrap_or_else(|error| unreachable!("{error}"));
    let counts: Json = serde_json::from_str(printed.lines().last().expect("it prints its counts"))
        .expect("its last line is JSON");
    let expected = serde_json::json!({"good": files("good"), "bad": files("bad"), "failures": 0});
    assert_eq!(counts, expected, "{printed}");
}

#[test]
fn python_agrees_about_every_vector() {
    let mut checker = harness::python::verify().unwrap();
    checker.arg("vectors").arg(vectors());
    all_agree(checker, "Python 3");
}

#[test]
fn javascript_agrees_about_every_vector() {
    let mut checker = Command::new("node");
    checker.arg(harness::js_peer::folder().join("vectors.mjs")).arg(vectors());
    all_agree(checker, "Node.js 20 or newer");
}

#[test]
fn python_complains_about_a_vector_that_lies() {
    let folder = tempfile::tempdir().unwrap();
    for (part, name) in [("good", "measure"), ("bad", "null")] {
        let text = fs::read_to_string(vectors().join(part).join(format!("{name}.json"))).unwrap();
        let lie = text.replace("\"id\": \"8", "\"id\": \"9").replace("cbor-simple", "cbor-float");
        assert_ne!(lie, text);
        fs::create_dir(folder.path().join(part)).unwrap();
        fs::write(folder.path().join(part).join("lie.json"), lie).unwrap();
    }
    let mut checker = harness::python::verify().unwrap();
    checker.arg("vectors").arg(folder.path());
    let complaint = run(&mut checker, "Python 3").unwrap_err().to_string();
    assert!(complaint.contains("\"failures\": 2"), "{complaint}");
}

/// Dice that fall the same way every time (xorshift64, Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap_or_default()
    }
}

/// The statement with one to three small damages: a byte changed, taken out, put in, or said twice.
fn damaged(whole: &[u8], dice: &mut Dice) -> Vec<u8> {
    // Heads that CBOR is sensitive to come more often than by chance.
    const HEADS: [u8; 14] =
        [0x00, 0x18, 0x1b, 0x1f, 0x38, 0x5f, 0x60, 0x78, 0x80, 0x9f, 0xa0, 0xc0, 0xf6, 0xff];
    let mut bytes = whole.to_vec();
    for _ in 0..=dice.below(3) {
        let at = dice.below(bytes.len() + 1);
        let head = HEADS.get(dice.below(HEADS.len() * 2)).copied();
        let byte = head.unwrap_or_else(|| u8::try_from(dice.below(256)).unwrap_or_default());
        let length = match dice.below(4) {
            0 => 0,
            1 | 2 => 1,
            _ => 1 + dice.below(12),
        };
        let end = (at + length).min(bytes.len());
        let new = if dice.below(4) == 0 { Vec::new() } else { vec![byte] };
        bytes.splice(at..end, new);
    }
    bytes
}

#[test]
fn all_agree_about_damaged_statements() {
    const DAMAGED: u64 = 1_500;
    const SHORT: usize = 1_000;
    let folder = tempfile::tempdir().unwrap();
    let network = "allmende-vectors".parse().unwrap();
    let mut wholes = Vec::new();
    for part in ["good", "bad"] {
        fs::create_dir(folder.path().join(part)).unwrap();
        for entry in fs::read_dir(vectors().join(part)).unwrap() {
            let vector: Json =
                serde_json::from_str(&fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
            let bytes = hex::decode(vector["hex"].as_str().unwrap()).unwrap();
            if vector["network"] == "allmende-vectors" && (1..SHORT).contains(&bytes.len()) {
                wholes.push(bytes);
            }
        }
    }
    wholes.sort();
    fs::copy(vectors().join("good/measure.json"), folder.path().join("good/measure.json")).unwrap();
    let mut dice = Dice(0x616c_6c6d_656e_6465);
    let mut codes = std::collections::BTreeSet::new();
    for number in 0..DAMAGED {
        let (bytes, error) = loop {
            let bytes = damaged(&wholes[dice.below(wholes.len())], &mut dice);
            if let Err(error) = Statement::open(&bytes, &network) {
                break (bytes, error);
            }
        };
        codes.insert(error.code());
        let vector = serde_json::json!({
            "network": "allmende-vectors", "hex": hex::encode(bytes), "code": error.code(),
            "why": error.to_string(),
        });
        fs::write(folder.path().join(format!("bad/{number:04}.json")), vector.to_string()).unwrap();
    }
    assert!(codes.len() > 20, "the damages are too much alike: {codes:?}");
    let expected = serde_json::json!({"good": 1, "bad": DAMAGED, "failures": 0});
    let mut python = harness::python::verify().unwrap();
    python.arg("vectors");
    let mut javascript = Command::new("node");
    javascript.arg(harness::js_peer::folder().join("vectors.mjs"));
    for mut checker in [python, javascript] {
        let printed =
            run(checker.arg(folder.path()), "the checker").unwrap_or_else(|error| panic!("{error}"));
        let counts: Json = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
        assert_eq!(counts, expected, "{printed}");
    }
}

/// The bytes of a golden vector as a file, and its id where it is a good one.
fn file_of(folder: &tempfile::TempDir, vector: &str) -> (PathBuf, String) {
    let text = fs::read_to_string(vectors().join(format!("{vector}.json"))).expect("the vector is committed");
    let vector: Json = serde_json::from_str(&text).expect("a vector is JSON");
    let field = |key: &str| vector.get(key).and_then(Json::as_str).unwrap_or_default();
    let path = folder.path().join(field("name")).with_extension("cose");
    fs::write(&path, hex::decode(field("hex")).expect("hex is hexadecimal"))
        .expect("there is room for a file");
    (path, field("id").to_owned())
}

#[test]
fn python_opens_what_we_seal_and_names_what_is_forged() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = file_of(&folder, "good/measure-umlauts");
    let vectors = "allmende-vectors".parse().unwrap();
    let content = Statement::open(&fs::read(path).unwrap(), &vectors).unwrap().content().clone();
    let network = "elsewhere".parse().unwrap();
    let sealed = Statement::seal(&content, &SecretKey::from_seed([9; 32]), &network).unwrap();
    let file = folder.path().join("sealed.cose");
    fs::write(&file, sealed.bytes()).unwrap();
    let open = |network: &str| {
        let mut command = harness::python::verify().unwrap();
        run(command.args(["open", network]).arg(&file), "Python 3")
    };
    let said: Json = serde_json::from_str(&open("elsewhere").unwrap()).unwrap();
    assert_eq!(said["id"], sealed.id().to_string());
    assert!(open("allmende-vectors").unwrap_err().to_string().contains("{\"code\": \"signature\"}"));
}

#[test]
fn two_javascript_peers_hear_each_other_and_refuse_what_is_forged() {
    let folder = tempfile::tempdir().unwrap();
    let network = "allmende-vectors";
    let mut jena = JsPeer::start(network, &["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    let listening = jena.wait_for("listening", PATIENCE, |_| true).unwrap();
    let address = listening["addresses"][0].as_str().unwrap();
    let mut gera = JsPeer::start(network, &["--dial", address]).unwrap();
    let identified = gera.wait_for("identified", PATIENCE, |_| true).unwrap();
    assert_eq!(identified["protocol_version"], "/allmende/1/allmende-vectors");
    let (forged, _) = file_of(&folder, "bad/signature-flipped");
    let (right, id) = file_of(&folder, "good/measure");
    gera.send(&forged).unwrap();
    jena.wait_for("refused", PATIENCE, |said| said["code"] == "signature").unwrap();
    gera.send(&right).unwrap();
    jena.wait_for("heard", PATIENCE, |said| said["id"] == id.as_str()).unwrap();
    let words = gera.end(PATIENCE).unwrap();
    assert_eq!(words.iter().filter(|said| said["event"] == "sent").count(), 2);
    assert_eq!(jena.end(PATIENCE).unwrap().last().unwrap()["heard"], 1);
}
