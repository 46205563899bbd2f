//! A stranger's peer, js-libp2p with its own reading of SPEC.md, on one topic with our own network crate.

use harness::js_peer::JsPeer;
use harness::stamp::workspace;
use network::carrier::Network;
use network::carrier::start;
use network::command::Announced;
use network::event::Event;
use network::event::Events;
use network::event::Verdict;
use network::identity::PeerKey;
use network::settings::Role;
use network::settings::Settings;
use record::envelope::Statement;
use serde_json::Value as Json;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::timeout;

const NETWORK: &str = "allmende-vectors";
const PATIENCE: Duration = Duration::from_secs(60);

/// The bytes of a golden vector, and its id where it is a good one.
fn vector(path: &str) -> (Vec<u8>, String) {
    let file = workspace().join("crates/record/vectors").join(path).with_extension("json");
    let text = std::fs::read_to_string(file).expect("the vector is committed");
    let vector: Json = serde_json::from_str(&text).expect("a vector is JSON");
    let field = |key: &str| vector.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    (hex::decode(field("hex")).expect("hex is hexadecimal"), field("id"))
}

/// Kiel, listening on the loopback interface with our network crate.
async fn kiel(role: Role) -> (Network, Events, String) {
    let mut settings = Settings::new(NETWORK, role);
    settings.listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned()];
    let (network, events) = start(settings, PeerKey::from_seed([4; 32])).await.expect("a port is free");
    let address = network.listen().first().expect("it listens").clone();
    (network, events, address)
}

/// Waits for the next message, judges it as a node judges the form of a statement, and returns the verdict
/// with the statement's id or the code of the refusal.
async fn hear(network: &Network, events: &mut Events) -> (Verdict, String) {
    loop {
        let event = timeout(PATIENCE, events.next()).await.expect("a message comes in time");
        if let Event::Heard { message, bytes, .. } = event.expect("the network runs") {
            let opened = Statement::open(&bytes, &NETWORK.parse().expect("it is a network's name"));
            let (verdict, word) = match opened {
                Ok(statement) => (Verdict::Accept, statement.id().to_string()),
                Err(error) => (Verdict::Reject, error.code().to_owned()),
            };
            network.judge(message, verdict).await;
            return (verdict, word);
        }
    }
}

// Several threads: the tests wait for the stranger's lines without yielding, and the network runs on meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_and_our_network_hear_each_other() {
    let (network, mut events, address) = kiel(Role::Relay).await;
    let folder = tempfile::tempdir().unwrap();
    let file = |path: &str| -> PathBuf {
        let file = folder.path().join(path.replace('/', "-"));
        std::fs::write(&file, vector(path).0).expect("there is room for a file");
        file
    };
    let mut stranger = JsPeer::start(NETWORK, &["--dial", &address]).unwrap();
    let identified = stranger.wait_for("identified", PATIENCE, |_| true).unwrap();
    assert_eq!(identified["protocol_version"], format!("/allmende/1/{NETWORK}"));
    stranger.wait_for("subscribed", PATIENCE, |_| true).unwrap();

    // Forged first, so that the stranger's good name is at its worst when the good statement comes.
    stranger.send(&file("bad/signature-flipped")).unwrap();
    assert_eq!(hear(&network, &mut events).await, (Verdict::Reject, "signature".to_owned()));
    stranger.send(&file("bad/rubbish")).unwrap();
    assert_eq!(hear(&network, &mut events).await, (Verdict::Reject, "envelope".to_owned()));
    stranger.send(&file("good/attestation")).unwrap();
    assert_eq!(hear(&network, &mut events).await, (Verdict::Accept, vector("good/attestation").1));

    for path in ["good/measure", "good/measure-umlauts", "good/size-65536"] {
        let (bytes, id) = vector(path);
        assert_eq!(network.announce(bytes).await, Announced::Sent, "{path}");
        stranger.wait_for("heard", PATIENCE, |said| said["id"] == id.as_str()).unwrap();
    }
    assert_eq!(network.announce(vector("bad/null").0).await, Announced::Sent);
    stranger.wait_for("refused", PATIENCE, |said| said["code"] == "cbor-simple").unwrap();
    network.stop().await;
    stranger.wait_for("disconnected", PATIENCE, |_| true).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_from_another_network_is_turned_away() {
    let (_network, mut events, address) = kiel(Role::Municipality).await;
    let mut stranger = JsPeer::start("elsewhere", &["--dial", &address]).unwrap();
    let reason = loop {
        let event = timeout(PATIENCE, events.next()).await.expect("the stranger comes in time");
        if let Event::Stranger { reason, .. } = event.expect("the network runs") {
            break reason;
        }
    };
    assert!(reason.contains("elsewhere") && reason.contains(NETWORK), "{reason}");
    stranger.wait_for("disconnected", PATIENCE, |_| true).unwrap();
}
