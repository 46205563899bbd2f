//! An operator keeps a peer away, and lets it come back.

use harness::daemon::Federation;
use harness::daemon::draft;
use harness::daemon::until;

#[test]
fn a_banned_node_is_left_until_it_is_pardoned_also_after_a_restart() {
    let mut federation = Federation::found(&["th", "th.jena", "th.gera"]).unwrap();
    federation.start_all().unwrap();
    let jena = federation.node("th.jena").unwrap().about["peer_id"].as_str().unwrap().to_owned();
    let connected = |federation: &Federation| {
        let status = federation.node("th").unwrap().status().unwrap();
        status["peers"].as_array().unwrap().iter().any(|peer| peer["peer_id"] == jena.as_str())
    };
    let th = federation.node("th").unwrap();
    assert!(connected(&federation));
    let told = th.refuses(&["peers", "ban", "jena", "--reason", "x"]).unwrap();
    assert!(told.contains("is not the id of a node"), "{told}");
    th.does(&["peers", "ban", &jena, "--reason", "schickt Gefälschtes"]).unwrap();
    until("the peer is gone", || (!connected(&federation)).then_some(())).unwrap();

    federation.node_mut("th").unwrap().stop().unwrap();
    federation.start("th").unwrap();
    until("gera is back", || {
        let status = federation.node("th").unwrap().status().ok()?;
        (status["peers"].as_array()?.len() == 1).then_some(())
    })
    .unwrap();
    let th = federation.node("th").unwrap();
    assert_eq!(th.status().unwrap()["bans"][0]["reason"], "schickt Gefälschtes");
    assert!(!connected(&federation), "a ban outlives a restart");
    federation.publish("th.gera", &draft("Ohne Jena")).unwrap();
    let th = federation.node("th").unwrap();
    th.does(&["peers", "pardon", &jena]).unwrap();
    let told = th.refuses(&["peers", "pardon", &jena]).unwrap();
    assert!(told.contains("is not banned"), "{told}");
    federation.until_equal().unwrap();
}
