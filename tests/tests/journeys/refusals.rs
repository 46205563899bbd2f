//! What must not count is refused with its reason, by the API and by gossip, and leaves no trace.

use harness::daemon::Daemon;
use harness::daemon::Federation;
use harness::daemon::draft;
use harness::daemon::until;
use harness::js_peer::JsPeer;
use harness::signer::Signer;
use harness::signer::now;
use harness::stamp::workspace;
use record::attestation::Attestation;
use record::bounds::STATEMENT_BYTES_MAX;
use record::moment::Moment;
use record::statement::Content;
use record::statement::Said;
use record::value::Map;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Messages of one stranger: who passes on more than 50 invalid ones within ten minutes is banned.
const FORGERIES_MAX: usize = 40;
/// Strangers at a time; each is a process of its own.
const STRANGERS: usize = 3;
/// How long a stranger may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Hours that a clock runs ahead here.
const AHEAD_SECONDS: u64 = 2 * 3_600;

/// Bytes that are to be refused, and with which code.
#[derive(Debug)]
struct Forgery {
    name: String,
    code: String,
    bytes: Vec<u8>,
    file: PathBuf,
}

/// What a node holds: nothing of this may change by what is refused.
fn held(node: &Daemon) -> (Json, Json, Json, Json) {
    let status = node.status().unwrap();
    let part = |field: &str| status[field].clone();
    (part("heads"), part("change"), part("trust_root"), part("buckets"))
}

fn counters(node: &Daemon) -> BTreeMap<String, u64> {
    serde_json::from_value(node.status().unwrap()["refused"].clone()).unwrap()
}

/// The counters after each of these was refused once more.
fn counted(before: &BTreeMap<String, u64>, forgeries: &[Forgery]) -> BTreeMap<String, u64> {
    let mut after = before.clone();
    for forgery in forgeries {
        *after.entry(forgery.code.clone()).or_default() += 1;
    }
    after
}

fn submit(node: &Daemon, bytes: &[u8]) -> (u16, Json) {
    node.post("/api/v1/statements", "application/cose", bytes).unwrap()
}

/// By the API: each is answered with its code, counted, and not kept.
fn refuse_by_api(node: &Daemon, forgeries: &[Forgery]) {
    let (before, expected) = (held(node), counted(&counters(node), forgeries));
    let mut wrong = Vec::new();
    for Forgery { name, code, bytes, .. } in forgeries {
        let (status, problem) = submit(node, bytes);
        let wanted = if code == "oversize" { 413 } else { 422 };
        let said = problem["detail"].as_str().unwrap_or_default();
        if status != wanted || problem["code"] != *code || said.len() < 20 {
            wrong.push(format!("{name}: {wanted} {code} is expected, not {status} {problem}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(counters(node), expected);
    assert_eq!(held(node), before);
}

/// A stranger that has sent all of these to the relay.
fn say_as_stranger(network: &str, address: &str, forgeries: &[Forgery]) -> JsPeer {
    let mut stranger = JsPeer::start(network, &["--dial", address]).unwrap();
    stranger.wait_for("subscribed", PATIENCE, |_| true).unwrap();
    for forgery in forgeries {
        stranger.send(&forgery.file).unwrap();
    }
    for _ in forgeries {
        stranger.wait_for("sent", PATIENCE, |_| true).unwrap();
    }
    stranger
}

/// By gossip from strangers: each is counted, not kept, and passed on to nobody.
fn refuse_by_gossip(federation: &Federation, forgeries: &[Forgery]) {
    let relay = federation.node("th").unwrap();
    let (before, expected) = (held(relay), counted(&counters(relay), forgeries));
    let sum = |counters: &BTreeMap<String, u64>| counters.values().sum::<u64>();
    for group in forgeries.chunks(FORGERIES_MAX * STRANGERS) {
        let seen = sum(&counters(relay)) + group.len() as u64;
        let send = |share| say_as_stranger(federation.network(), relay.address(), share);
        let strangers: Vec<JsPeer> = std::thread::scope(|scope| {
            let shares: Vec<_> =
                group.chunks(FORGERIES_MAX).map(|share| scope.spawn(move || send(share))).collect();
            shares.into_iter().map(|share| share.join().unwrap()).collect()
        });
        // Who leaves before its messages are read takes them along.
        until("all that was sent is judged", || (sum(&counters(relay)) >= seen).then_some(())).unwrap();
        for stranger in strangers {
            stranger.end(PATIENCE).unwrap();
        }
    }
    let counted = until("all are counted", || (counters(relay) == expected).then_some(()));
    assert!(counted.is_ok(), "{:?} and not {expected:?}", counters(relay));
    assert_eq!(held(relay), before);
    assert_quiet(federation, &["th.jena"]);
}

/// Something true goes round after the forgeries, and these nodes never heard of one of them.
fn assert_quiet(federation: &Federation, publishers: &[&str]) {
    federation.publish("th", &draft("Etwas Wahres danach")).unwrap();
    federation.until_equal().unwrap();
    for publisher in publishers {
        let node = federation.node(publisher).unwrap();
        let status = node.status().unwrap();
        // A true record may have come before its attestation; a forgery of that sort would wait here still.
        let refused = status["refused"].as_object().unwrap();
        let refused: Vec<&String> = refused.keys().filter(|code| !code.starts_with("unattested")).collect();
        assert_eq!((refused, &status["held"]), (Vec::new(), &Json::from(0)), "{publisher}");
    }
    for node in &federation.nodes {
        assert!(!node.log().contains("panicked"), "{}", node.log());
    }
}

/// The bad vectors, all of them.
fn vectors(federation: &Federation) -> Vec<Forgery> {
    let mut files: Vec<_> = std::fs::read_dir(workspace().join("crates/record/vectors/bad"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let read = |path: PathBuf| {
        let vector: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let word = |field: &str| vector[field].as_str().unwrap().to_owned();
        assert_eq!(word("network"), federation.network());
        forgery(federation, &word("name"), &word("code"), hex::decode(word("hex")).unwrap())
    };
    files.into_iter().map(read).collect()
}

fn forgery(federation: &Federation, name: &str, code: &str, bytes: Vec<u8>) -> Forgery {
    let file = federation.file(&format!("forgeries/{name}.cose"), &bytes).unwrap();
    Forgery { name: name.to_owned(), code: code.to_owned(), bytes, file }
}

#[test]
fn every_bad_form_is_refused_by_the_api() {
    let mut federation = Federation::found_as("allmende-vectors", &["th", "th.jena"]).unwrap();
    federation.start_all().unwrap();
    let forgeries = vectors(&federation);
    assert!(forgeries.len() > 150, "{}", forgeries.len());
    refuse_by_api(federation.node("th").unwrap(), &forgeries);
    assert_quiet(&federation, &["th.jena"]);
}

#[test]
fn every_bad_form_is_refused_by_gossip() {
    let mut federation = Federation::found_as("allmende-vectors", &["th", "th.jena"]).unwrap();
    federation.start_all().unwrap();
    let forgeries = vectors(&federation);
    refuse_by_gossip(&federation, &forgeries);
}

/// People whom the test signs for, and the forgeries that they make.
struct Forgers {
    th: Signer,
    gera: Signer,
    suhl: Signer,
    gotha: Signer,
}

impl Forgers {
    fn of(federation: &Federation) -> Forgers {
        let network = federation.network();
        Forgers {
            th: Signer::of(federation.node("th").unwrap(), "th", network).unwrap(),
            gera: Signer::new("th.gera", 21, network),
            suhl: Signer::new("th.suhl", 22, network),
            gotha: Signer::new("th.gotha", 23, network),
        }
    }

    /// Everything true that the forgeries lean on: gera is attested and said something twice, the keys of
    /// suhl ended, and gotha's first epoch was given up.
    fn truths(&self) -> Vec<Vec<u8>> {
        let ended =
            Attestation { not_before: past(2_000), not_after: Some(past(1_000)), ..self.suhl.attestation(1) };
        let raised = Attestation { floor: 2, ..self.gotha.attestation(2) };
        vec![
            self.th.vouch(&self.gera.attestation(1)),
            self.th.vouch(&ended),
            self.th.vouch(&self.gotha.attestation(1)),
            self.th.vouch(&raised),
            self.gera.seal(&Content { version: 2, ..self.gera.content(1) }),
            self.gotha.seal(&Content { epoch: 2, ..self.gotha.content(1) }),
        ]
    }

    fn forgeries(&self, federation: &Federation) -> Vec<Forgery> {
        let mut all = self.of_form();
        all.extend(self.of_trust(federation.network()));
        all.extend(self.of_attesters());
        all.into_iter().map(|(name, code, bytes)| forgery(federation, name, code, bytes)).collect()
    }

    fn of_form(&self) -> Vec<(&'static str, &'static str, Vec<u8>)> {
        let good = self.gera.seal(&self.gera.content(2));
        let mut flipped = good.clone();
        *flipped.last_mut().unwrap() ^= 1;
        let elsewhere = Signer::new("th.gera", 21, "elsewhere");
        vec![
            ("flipped", "signature", flipped),
            ("elsewhere", "signature", elsewhere.seal(&elsewhere.content(2))),
            ("trailing", "cbor-trailing", [good.as_slice(), &[0]].concat()),
            ("oversize", "oversize", [good.as_slice(), &vec![0; STATEMENT_BYTES_MAX]].concat()),
        ]
    }

    fn of_trust(&self, network: &str) -> Vec<(&'static str, &'static str, Vec<u8>)> {
        let nobody = Signer::new("th.nowhere", 24, network);
        let thief = Signer::new("th.gera", 25, network);
        let gera = || self.gera.content(3);
        vec![
            ("nobody", "unattested-publisher", nobody.seal(&nobody.content(1))),
            ("thief", "unattested-key", thief.seal(&thief.content(3))),
            ("epoch", "unattested-epoch", self.gera.seal(&Content { epoch: 2, ..gera() })),
            ("expired", "expired", self.suhl.seal(&self.suhl.content(1))),
            (
                "too-early",
                "not-yet-valid",
                self.suhl.seal(&Content { issued: past(3_000), ..self.suhl.content(1) }),
            ),
            ("given-up", "below-floor", self.gotha.seal(&self.gotha.content(2))),
            ("future", "future", self.gera.seal(&Content { issued: now().plus(AHEAD_SECONDS), ..gera() })),
            ("replayed", "superseded", self.gera.seal(&self.gera.content(1))),
        ]
    }

    fn of_attesters(&self) -> Vec<(&'static str, &'static str, Vec<u8>)> {
        let network = "allmende-test";
        let kiel = Signer::new("sh.kiel", 26, network);
        let west = Signer::new("th.gera.west", 27, network);
        let mine = self.gera.attestation(3);
        let content = self.th.vouching(&mine);
        let link = self.th.attestation(3);
        let without_keys = match &content.said {
            Said::Body(body) => {
                let mut body: Map = body.clone();
                body.remove("keys");
                Said::Body(body)
            }
            other => other.clone(),
        };
        vec![
            ("foreign-town", "attestation-prefix", self.th.vouch(&kiel.attestation(1))),
            ("itself", "attestation-prefix", self.gera.vouch(&mine)),
            ("not-entitled", "may-not-attest", self.gera.vouch(&west.attestation(1))),
            ("leap", "attestation-chain", self.th.vouch(&link)),
            (
                "other-record",
                "attestation-record",
                self.th.seal(&Content { record: self.th.content(9).record, ..content.clone() }),
            ),
            (
                "taken-back",
                "attestation-retracted",
                self.th.seal(&Content { said: Said::Retracted("wrong".parse().unwrap()), ..content.clone() }),
            ),
            ("no-keys", "attestation-field", self.th.seal(&Content { said: without_keys, ..content })),
        ]
    }
}

fn past(seconds: u64) -> Moment {
    now().minus(seconds)
}

#[test]
fn who_is_not_entitled_is_refused_by_the_api_and_by_gossip() {
    let mut federation = Federation::found(&["th", "sh", "th.jena"]).unwrap();
    federation.start_all().unwrap();
    let relay = federation.node("th").unwrap();
    let forgers = Forgers::of(&federation);
    for truth in forgers.truths() {
        let (status, answer) = submit(relay, &truth);
        assert_eq!(status, 201, "{answer}");
    }
    federation.until_equal().unwrap();
    let forgeries = forgers.forgeries(&federation);
    refuse_by_api(relay, &forgeries);
    assert_quiet(&federation, &["th.jena", "sh"]);
    refuse_by_gossip(&federation, &forgeries);
    assert_quiet(&federation, &["th.jena", "sh"]);
}

#[test]
fn a_forged_own_statement_leaves_no_copy() {
    let mut federation = Federation::found(&["th"]).unwrap();
    federation.start_all().unwrap();
    let record = federation.publish("th", &draft("Echtes")).unwrap();
    let node = federation.node("th").unwrap();
    let copies = || std::fs::read_dir(node.folder().join("own")).unwrap().count();
    let before = (copies(), held(node));
    let thief = Signer::new("th", 28, federation.network());
    let content = Content {
        record: record["record"].as_str().unwrap().parse().unwrap(),
        kind: "measure".parse().unwrap(),
        version: u64::MAX,
        ..thief.content(1)
    };
    let (status, problem) = submit(node, &thief.seal(&content));
    assert_eq!((status, &problem["code"]), (422, &Json::from("unattested-key")), "{problem}");
    assert_eq!((copies(), held(node)), before);
    let next = format!("record = {}\n{}", record["record"], draft("Echtes, zweite Fassung"));
    assert_eq!(federation.publish("th", &next).unwrap()["version"], 2);
}

#[test]
fn a_stranger_hears_and_verifies_what_a_node_publishes() {
    let mut federation = Federation::found(&["th", "th.jena"]).unwrap();
    federation.start_all().unwrap();
    let relay = federation.node("th").unwrap();
    let mut stranger = JsPeer::start(federation.network(), &["--dial", relay.address()]).unwrap();
    stranger.wait_for("subscribed", PATIENCE, |_| true).unwrap();
    for publisher in ["th", "th.jena"] {
        let published = federation.publish(publisher, &draft("Für alle Ohren")).unwrap();
        let heard = stranger.wait_for("heard", PATIENCE, |said| said["id"] == published["id"]).unwrap();
        assert_eq!(heard["payload"]["publisher"], publisher);
        assert_eq!(heard["payload"]["body"]["title"]["de"], "Für alle Ohren");
    }
    assert!(stranger.seen().iter().all(|said| said["event"] != "refused"), "{:?}", stranger.seen());
}
