//! What was refused does not come to stand later, and another network's folder is left alone.

use harness::daemon::Federation;
use harness::daemon::draft;
use harness::daemon::until;
use harness::signer::Signer;
use harness::signer::now;
use serde_json::Value as Json;

fn own_copies(federation: &Federation) -> usize {
    std::fs::read_dir(federation.node("th.jena").unwrap().folder().join("own")).unwrap().count()
}

fn path(federation: &Federation, name: &str, contents: &[u8]) -> String {
    federation.file(name, contents).unwrap().display().to_string()
}

#[test]
fn what_an_ended_key_signed_is_refused_and_stays_refused_after_a_restart() {
    let mut federation = Federation::found(&["th", "th.jena"]).unwrap();
    federation.start("th").unwrap();
    federation.start("th.jena").unwrap();
    let land = Signer::of(federation.node("th").unwrap(), "th", "allmende-test").unwrap();
    let jena = Signer::of(federation.node("th.jena").unwrap(), "th.jena", "allmende-test").unwrap();
    let mut vouch = jena.attestation(1);
    (vouch.not_before, vouch.not_after) = (now().minus(200), Some(now().minus(100)));
    let file = path(&federation, "vouch.cose", &land.vouch(&vouch));
    federation.node("th").unwrap().does(&["publish", &file]).unwrap();
    let node = federation.node("th.jena").unwrap();
    until("jena has its attestation", || node.json("/api/v1/publishers/th.jena").ok()).unwrap();
    assert_eq!(node.status().unwrap()["attested"], false, "it has ended");
    let draft = path(&federation, "draft.toml", draft("Zu spät").as_bytes());
    let told = node.refuses(&["publish", &draft]).unwrap();
    assert!(told.contains("ended"), "{told}");
    assert_eq!(own_copies(&federation), 0, "no copy waits to come to stand by itself");
    // The Land prolongs the key; the refused record does not appear, a new one does.
    vouch.not_after = None;
    let mut longer = land.vouching(&vouch);
    longer.version = 2;
    let file = path(&federation, "longer.cose", &land.seal(&longer));
    federation.node("th").unwrap().does(&["publish", &file]).unwrap();
    federation.until_equal().unwrap();
    let jena = federation.node_mut("th.jena").unwrap();
    jena.stop().unwrap();
    federation.start("th.jena").unwrap();
    let node = federation.node("th.jena").unwrap();
    assert_eq!(node.json("/api/v1/records?q=").unwrap()["total"], 0);
    let published: Json = until("the key holds again", || node.does(&["publish", &draft]).ok()).unwrap();
    assert_eq!(published[0]["version"], 1);
    assert_eq!(own_copies(&federation), 1);
}

#[test]
fn another_networks_document_in_the_folder_is_refused_and_nothing_is_lost() {
    let mut federation = Federation::found(&["th"]).unwrap();
    federation.start_all().unwrap();
    federation.publish("th", &draft("Bleibt")).unwrap();
    let node = federation.node_mut("th").unwrap();
    node.stop().unwrap();
    let document = node.folder().join("network.toml");
    let text = std::fs::read_to_string(&document).unwrap();
    std::fs::write(&document, text.replace("allmende-test", "anderswo")).unwrap();
    let told = node.refuses(&["run", "--http", "127.0.0.1:0"]).unwrap();
    assert!(told.contains("allmende-test") && told.contains("anderswo"), "{told}");
    std::fs::write(&document, text).unwrap();
    federation.start("th").unwrap();
    let node = federation.node("th").unwrap();
    until("the record is found", || {
        (node.json("/api/v1/records?q=Bleibt").ok()?["total"] == 1).then_some(())
    })
    .unwrap();
}
