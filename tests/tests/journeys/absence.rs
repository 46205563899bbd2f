//! Who was away, came late or heard things in the wrong order has everything in the end.

use harness::daemon::Federation;
use harness::daemon::draft;
use harness::daemon::until;
use harness::js_peer::JsPeer;
use harness::signer::Signer;
use serde_json::Value as Json;
use std::time::Duration;
use std::time::Instant;

/// What a node may take from its start until it holds what it missed.
const CATCH_UP_MAX: Duration = Duration::from_secs(5);
/// Records that are published while somebody is away.
const MISSED: usize = 60;

/// Publishes a folder of drafts with one command; the answers stand in the order of the titles.
fn publish_all(federation: &Federation, publisher: &str, drafts: &[String]) -> Vec<Json> {
    let folder = format!("{publisher}.drafts.{}", drafts.len());
    for (at, draft) in drafts.iter().enumerate() {
        federation.file(&format!("{folder}/{at:03}.toml"), draft.as_bytes()).unwrap();
    }
    let folder = federation.root().join(folder).display().to_string();
    let published = federation.node(publisher).unwrap().does(&["publish", &folder]).unwrap();
    let published = published.as_array().unwrap().clone();
    assert_eq!(published.len(), drafts.len());
    published
}

fn titles(word: &str, count: usize) -> Vec<String> {
    (0..count).map(|at| draft(&format!("{word} {at:03}"))).collect()
}

fn hits(federation: &Federation, publisher: &str, query: &str) -> u64 {
    let node = federation.node(publisher).unwrap();
    node.json(&format!("/api/v1/records?q={query}")).unwrap()["total"].as_u64().unwrap()
}

#[test]
fn who_was_off_has_everything_within_five_seconds() {
    let mut federation = Federation::found(&["th", "th.jena", "th.weimar"]).unwrap();
    federation.start_all().unwrap();
    let before = publish_all(&federation, "th.jena", &titles("Laubbläser", 12));
    federation.until_equal().unwrap();
    until("weimar finds what it heard", || {
        (hits(&federation, "th.weimar", "Laubbl%C3%A4ser") == 12).then_some(())
    })
    .unwrap();
    federation.node_mut("th.weimar").unwrap().stop().unwrap();

    publish_all(&federation, "th.jena", &titles("Schneepflug", MISSED));
    let updates: Vec<String> = before[..10]
        .iter()
        .map(|old| format!("record = {}\n{}", old["record"], draft("Besenwagen statt Bläser")))
        .collect();
    let updated = publish_all(&federation, "th.jena", &updates);
    assert!(updated.iter().all(|new| new["version"] == 2), "{updated:?}");
    let gone = format!("th.jena/{}", before[11]["record"].as_str().unwrap());
    federation.node("th.jena").unwrap().does(&["retract", &gone, "--reason", "wrong"]).unwrap();
    let expected = federation.node("th.jena").unwrap().fingerprints().unwrap();

    let began = Instant::now();
    federation.start("th.weimar").unwrap();
    let weimar = federation.node("th.weimar").unwrap();
    until("weimar holds what jena holds", || (weimar.fingerprints().ok()? == expected).then_some(()))
        .unwrap();
    let took = began.elapsed();
    assert!(took < CATCH_UP_MAX, "{took:?}");
    println!("{} statements were caught up with in {took:?} from the start of the process", MISSED + 11);
    until("weimar finds it all", || {
        let found =
            ["Schneepflug", "Besenwagen", "Laubbl%C3%A4ser"].map(|word| hits(&federation, "th.weimar", word));
        (found == [MISSED as u64, 10, 1]).then_some(())
    })
    .unwrap();
    let record = weimar.json(&format!("/api/v1/records/{gone}")).unwrap();
    assert_eq!((&record["retracted"], &record["body"]), (&Json::from("wrong"), &Json::Null), "{record}");
}

#[test]
fn who_joins_late_gets_everything() {
    let mut federation = Federation::found(&["th", "sh", "th.jena"]).unwrap();
    federation.start_all().unwrap();
    publish_all(&federation, "th.jena", &titles("Ratsinformation", 20));
    federation.publish("sh", &draft("Deichschau mit Drohnen")).unwrap();
    federation.until_equal().unwrap();

    federation.join("sh.husum").unwrap();
    federation.start("sh.husum").unwrap();
    federation.until_equal().unwrap();
    let husum = federation.node("sh.husum").unwrap();
    assert_eq!(husum.status().unwrap()["attested"], false);
    federation.attest("sh.husum").unwrap();
    let record = federation.publish("sh.husum", &draft("Krabbenbrötchen")).unwrap();
    federation.until_equal().unwrap();
    for (publisher, query, count) in
        [("sh.husum", "Ratsinformation", 20), ("th.jena", "Krabbenbr%C3%B6tchen", 1)]
    {
        until("it is found", || (hits(&federation, publisher, query) == count).then_some(())).unwrap();
    }
    let path = format!("/api/v1/records/sh.husum/{}", record["record"].as_str().unwrap());
    let jena = federation.node("th.jena").unwrap().json(&path).unwrap();
    assert_eq!(jena["vouched_by"]["attester"], "sh", "{jena}");
}

#[test]
fn a_relay_that_restarts_or_dies_holds_nobody_up() {
    let mut federation = Federation::found(&["th", "th.jena", "th.weimar"]).unwrap();
    federation.start_all().unwrap();
    // Who started has to ask a peer before anything is signed, and this relay is the only one.
    for town in ["th.jena", "th.weimar"] {
        federation.publish(town, &draft("Mit Relais")).unwrap();
    }
    for (round, word) in ["Feierabend", "Stromausfall"].into_iter().enumerate() {
        let relay = federation.node_mut("th").unwrap();
        match round {
            0 => drop(relay.stop().unwrap()),
            _ => relay.kill().unwrap(),
        }
        federation.publish("th.jena", &draft(&format!("{word} ohne Relais"))).unwrap();
        federation.publish("th.weimar", &draft(&format!("{word} in Weimar"))).unwrap();
        federation.start("th").unwrap();
        // The municipalities are not restarted: they dial again by themselves.
        federation.until_equal().unwrap();
        let word = word.to_lowercase();
        for publisher in ["th", "th.jena", "th.weimar"] {
            until("both are found", || (hits(&federation, publisher, &word) == 2).then_some(())).unwrap();
        }
        let began = Instant::now();
        federation.publish("th.jena", &draft(&format!("Danach {round}"))).unwrap();
        federation.until_equal().unwrap();
        assert!(began.elapsed() < CATCH_UP_MAX, "gossip flows again: {:?}", began.elapsed());
    }
}

#[test]
fn a_record_before_its_attestation_ends_up_everywhere() {
    let mut federation = Federation::found(&["th", "th.jena", "th.weimar"]).unwrap();
    federation.start_all().unwrap();
    let th = Signer::of(federation.node("th").unwrap(), "th", federation.network()).unwrap();
    let fingerprints = federation.node("th").unwrap().fingerprints().unwrap();

    // By gossip, from a stranger who speaks only of what others signed.
    let gera = Signer::new("th.gera", 11, federation.network());
    let record = federation.file("record.cose", &gera.seal(&gera.content(1))).unwrap();
    let attestation = federation.file("attestation.cose", &th.vouch(&gera.attestation(1))).unwrap();
    let relay = federation.node("th").unwrap();
    let mut stranger = JsPeer::start(federation.network(), &["--dial", relay.address()]).unwrap();
    stranger.wait_for("subscribed", CATCH_UP_MAX, |_| true).unwrap();
    stranger.send(&record).unwrap();
    until("the record waits at the relay", || (relay.status().ok()?["held"] == 1).then_some(())).unwrap();
    assert_eq!(relay.fingerprints().unwrap(), fingerprints);
    assert_eq!(federation.node("th.jena").unwrap().status().unwrap()["held"], 0, "it is not passed on");
    stranger.send(&attestation).unwrap();
    let stand = |count: u64| {
        federation.until_equal().unwrap();
        until("it stands", || (relay.status().ok()?["buckets"]["th"]["count"] == count).then_some(()))
            .unwrap();
        federation.until_equal().unwrap();
        for node in &federation.nodes {
            assert_eq!(node.status().unwrap()["held"], 0);
        }
    };
    stand(1);

    // As files, in the wrong order and at different nodes.
    let suhl = Signer::new("th.suhl", 12, federation.network());
    let weimar = federation.node("th.weimar").unwrap();
    let (status, problem) =
        weimar.post("/api/v1/statements", "application/cose", &suhl.seal(&suhl.content(1))).unwrap();
    assert_eq!((status, &problem["code"]), (422, &Json::from("unattested-publisher")), "{problem}");
    let (status, _) =
        relay.post("/api/v1/statements", "application/cose", &th.vouch(&suhl.attestation(1))).unwrap();
    assert_eq!(status, 201);
    stand(2);
}
