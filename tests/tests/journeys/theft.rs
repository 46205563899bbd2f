//! A key is stolen: everything that the thief said falls on every node, and the victim's own records stand again.

use crate::keys::asked;
use crate::keys::until_epoch;
use harness::daemon::Daemon;
use harness::daemon::Federation;
use harness::daemon::draft;
use harness::daemon::until;
use harness::signer::Signer;
use record::statement::Content;
use record::statement::RecordId;
use record::statement::Said;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::time::Duration;
use std::time::Instant;

/// Record ids that a publisher may hold in the network of this story.
const QUOTA: u64 = 200;
/// What the thief says beyond that.
const SPAM: u64 = 230;
/// How soon everything has fallen on every node that is online.
const FALLEN_MAX: Duration = Duration::from_secs(10);
const NODES: [&str; 4] = ["th", "sh", "th.jena", "sh.kiel"];

fn of_jena(node: &Daemon) -> Option<u64> {
    node.json("/api/v1/records?q=&publisher=th.jena&limit=1").ok()?["total"].as_u64()
}

fn submit(node: &Daemon, bytes: &[u8]) -> (u16, Json) {
    node.post("/api/v1/statements", "application/cose", bytes).unwrap()
}

/// A federation whose network document allows few records.
fn small() -> Federation {
    let mut federation = Federation::found(&NODES).unwrap();
    let file = federation.document();
    let text = std::fs::read_to_string(&file).unwrap();
    let small = text.replace("publisher_records_max = 20000", &format!("publisher_records_max = {QUOTA}"));
    assert_ne!(text, small);
    std::fs::write(&file, small).unwrap();
    for node in &federation.nodes {
        node.does(&["network", "set", &file.display().to_string()]).unwrap();
    }
    federation.start_all().unwrap();
    federation
}

/// What the thief does with the town's key, at a node far away.
fn rob(federation: &Federation, records: &BTreeMap<String, String>) {
    let far = federation.node("sh.kiel").unwrap();
    let thief = Signer::of(federation.node("th.jena").unwrap(), "th.jena", federation.network()).unwrap();
    let mut records = records.keys().map(|record| record.parse::<RecordId>().unwrap());
    let (spoilt, withdrawn) = (records.next().unwrap(), records.next().unwrap());
    let over =
        Content { record: spoilt, kind: "measure".parse().unwrap(), version: 1 << 63, ..thief.content(1) };
    let away = Content { record: withdrawn, said: Said::Retracted("error".parse().unwrap()), ..over.clone() };
    for content in [&over, &away] {
        let (status, answer) = submit(far, &thief.seal(content));
        assert_eq!(status, 201, "{answer}");
    }
    // Small ids come before those that the town made: at the quota the town's own records have to give way.
    let mut refused = 0;
    for number in 0..SPAM {
        let mut id = [0; 16];
        id[8..].copy_from_slice(&number.to_be_bytes());
        let content = Content { record: RecordId::from_bytes(id), ..thief.content(2) };
        refused += u64::from(submit(far, &thief.seal(&content)).0 != 201);
    }
    assert_eq!(refused, SPAM - QUOTA, "the quota holds the thief up");
}

#[test]
fn what_a_thief_said_falls_everywhere_and_the_victim_says_its_own_again() {
    let mut federation = small();
    let mut own = BTreeMap::new();
    for number in 0..6 {
        let published = federation.publish("th.jena", &draft(&format!("Eigenes {number}"))).unwrap();
        own.insert(published["record"].as_str().unwrap().to_owned(), format!("Eigenes {number}"));
    }
    // One that the town has withdrawn itself, which stays withdrawn.
    let gone = federation.publish("th.jena", &draft("Zurückgezogen")).unwrap();
    let gone = gone["record"].as_str().unwrap().to_owned();
    federation.node("th.jena").unwrap().does(&["retract", &format!("th.jena/{gone}")]).unwrap();
    federation.until_equal().unwrap();

    rob(&federation, &own);
    for publisher in NODES {
        let node = federation.node(publisher).unwrap();
        until("the spam is everywhere", || (of_jena(node)? == QUOTA).then_some(())).unwrap();
    }
    // One node sleeps through it all.
    federation.node_mut("sh.kiel").unwrap().stop().unwrap();

    let began = Instant::now();
    federation.node("th").unwrap().does(&["revoke", "th.jena", "--floor"]).unwrap();
    for publisher in ["th", "sh", "th.jena"] {
        let node = federation.node(publisher).unwrap();
        until("nothing of the thief stands", || {
            let standing = node.status().ok()?["buckets"]["th"]["count"].as_u64().unwrap_or(0);
            (standing == 0 && of_jena(node)? == 0).then_some(())
        })
        .unwrap();
    }
    assert!(began.elapsed() < FALLEN_MAX, "it took {:?}", began.elapsed());
    let (th, jena) = (federation.node("th").unwrap(), federation.node("th.jena").unwrap());
    // Neither the thief nor the town can go on with the stolen key, and it is not attested again.
    let thief = Signer::of(jena, "th.jena", federation.network()).unwrap();
    let (status, problem) = submit(th, &thief.seal(&thief.content(3)));
    assert_eq!((status, &problem["code"]), (422, &Json::from("below-floor")), "{problem}");
    assert!(jena.refuses(&["republish"]).unwrap().contains("allmende rotate"));
    let (request, code) = asked(&jena.does(&["request"]).unwrap());
    assert!(th.refuses(&["attest", &request, "--code", &code]).unwrap().contains("given up"));

    let (request, code) = asked(&jena.does(&["rotate"]).unwrap());
    th.does(&["attest", &request, "--code", &code]).unwrap();
    until_epoch(jena, 3);
    let again = jena.does(&["republish"]).unwrap();
    let again: Vec<_> =
        again.as_array().unwrap().iter().map(|one| one["record"].as_str().unwrap().to_owned()).collect();
    let mut sorted = again.clone();
    sorted.sort();
    assert_eq!(sorted, own.keys().cloned().collect::<Vec<_>>(), "its own records, under their names");
    assert_eq!(jena.does(&["republish"]).unwrap(), Json::Array(Vec::new()), "once is enough");
    federation.start("sh.kiel").unwrap();
    federation.until_equal().unwrap();
    for publisher in NODES {
        let node = federation.node(publisher).unwrap();
        until("the town's records are found again", || (of_jena(node)? == own.len() as u64).then_some(()))
            .unwrap();
        for (record, title) in &own {
            let shown = node.json(&format!("/api/v1/records/th.jena/{record}")).unwrap();
            assert_eq!((&shown["body"]["title"]["de"], &shown["epoch"]), (&title.as_str().into(), &3.into()));
        }
        assert_eq!(node.read(&format!("/api/v1/records/th.jena/{gone}")).unwrap().0, 404);
        assert_eq!(node.status().unwrap()["buckets"]["th"]["count"], own.len());
    }
    let page = federation.node("th").unwrap().read("/publishers/th.jena").unwrap().1;
    for sentence in ["aufgegeben: zählt nicht mehr", "2: Was in früheren Epochen"] {
        assert!(page.contains(sentence), "{sentence}");
    }
}

#[test]
fn with_the_victims_request_the_new_key_signs_at_once() {
    let mut federation = Federation::found(&["th", "th.shk", "th.shk.dornburg"]).unwrap();
    for publisher in ["th", "th.shk", "th.shk.dornburg"] {
        federation.start(publisher).unwrap();
    }
    let node = |name: &str| federation.node(name).unwrap();
    let (request, code) = asked(&node("th.shk").does(&["request"]).unwrap());
    node("th").does(&["attest", &request, "--code", &code, "--may-attest"]).unwrap();
    until_epoch(node("th.shk"), 1);
    let (request, code) = asked(&node("th.shk.dornburg").does(&["request"]).unwrap());
    node("th.shk").does(&["attest", &request, "--code", &code]).unwrap();
    until_epoch(node("th.shk.dornburg"), 1);
    let town = federation.publish("th.shk.dornburg", &draft("Mitfahrbank")).unwrap();
    let kreis = federation.publish("th.shk", &draft("Kreisverkehr")).unwrap();
    federation.until_equal().unwrap();

    let (request, code) = asked(&node("th.shk").does(&["rotate"]).unwrap());
    let floor = ["revoke", "th.shk", "--floor", "--request", &request, "--code", &code];
    let revoked = node("th").does(&floor).unwrap();
    assert_eq!(revoked.as_array().unwrap().len(), 1);
    until_epoch(node("th.shk"), 2);
    // What the stolen key vouched for fell with it, until the Kreis vouches again with the new one.
    until_epoch(node("th.shk.dornburg"), Json::Null);
    let again = node("th.shk").does(&["republish"]).unwrap();
    assert_eq!(again.as_array().unwrap().len(), 2, "its record and its attestation: {again}");
    until_epoch(node("th.shk.dornburg"), 1);
    federation.until_equal().unwrap();
    for (publisher, published) in [("th.shk", &kreis), ("th.shk.dornburg", &town)] {
        let record = published["record"].as_str().unwrap();
        let path = format!("/api/v1/records/{publisher}/{record}");
        let shown = until("it stands at the Land", || node("th").json(&path).ok()).unwrap();
        assert_eq!(shown["id"] == published["id"], publisher == "th.shk.dornburg", "{shown}");
    }
}

#[test]
fn an_anchor_gives_up_a_stolen_key_by_its_own_chain() {
    let mut federation = Federation::found(&["th", "sh", "th.jena"]).unwrap();
    federation.start_all().unwrap();
    let town = federation.publish("th.jena", &draft("Vor dem Diebstahl")).unwrap();
    federation.until_equal().unwrap();
    let th = federation.node("th").unwrap();
    let thief = Signer::of(th, "th", federation.network()).unwrap();
    th.does(&["rotate", "--floor"]).unwrap();
    until_epoch(th, 2);
    let jena = federation.node("th.jena").unwrap();
    until_epoch(jena, Json::Null);
    let (status, problem) = submit(federation.node("sh").unwrap(), &thief.vouch(&thief.attestation(1)));
    assert_eq!(status, 422, "{problem}");
    assert_eq!(th.does(&["republish"]).unwrap().as_array().unwrap().len(), 1, "it vouches again");
    until_epoch(jena, 1);
    federation.until_equal().unwrap();
    let path = format!("/api/v1/records/th.jena/{}", town["record"].as_str().unwrap());
    for node in &federation.nodes {
        let shown = until("the record stands again", || node.json(&path).ok()).unwrap();
        assert_eq!(shown["id"], town["id"]);
    }
}
