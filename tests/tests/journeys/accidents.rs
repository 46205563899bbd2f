//! A node survives the accidents of its owner: a backup of last week, a peer that keeps other Länder.

use harness::daemon::Daemon;
use harness::daemon::Federation;
use harness::daemon::draft;
use harness::daemon::until;
use serde_json::Value as Json;
use std::path::Path;

/// Copies a data folder as an operator's backup does, while the node is stopped.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

fn again(record: &Json, title: &str) -> String {
    format!("record = {}\n{}", record["record"], draft(title))
}

fn stands(node: &Daemon, published: &Json) -> Option<()> {
    let path = format!(
        "/api/v1/records/{}/{}",
        published["publisher"].as_str().unwrap(),
        published["record"].as_str().unwrap()
    );
    (node.json(&path).ok()?["id"] == published["id"]).then_some(())
}

#[test]
fn a_backup_of_last_week_reuses_no_version_and_loses_nothing() {
    let mut federation = Federation::found(&["th", "th.jena", "th.weimar"]).unwrap();
    federation.start_all().unwrap();
    let record = federation.publish("th.jena", &draft("Mängelmelder")).unwrap();
    federation.until_equal().unwrap();
    let folder = federation.node("th.jena").unwrap().folder().to_owned();
    let backup = federation.root().join("backup");
    federation.node_mut("th.jena").unwrap().stop().unwrap();
    copy(&folder, &backup);

    federation.start("th.jena").unwrap();
    let second = federation.publish("th.jena", &again(&record, "Mängelmelder mit Karte")).unwrap();
    let third = federation.publish("th.jena", &again(&record, "Mängelmelder mit Karte und App")).unwrap();
    let other = federation.publish("th.jena", &draft("Baumkataster")).unwrap();
    assert_eq!((&second["version"], &third["version"]), (&Json::from(2), &Json::from(3)));
    federation.until_equal().unwrap();
    federation.node_mut("th.jena").unwrap().stop().unwrap();
    std::fs::rename(&folder, federation.root().join("lost")).unwrap();
    copy(&backup, &folder);

    // Nobody is reached: then nothing is signed, and the sentence says what to do.
    let nowhere = "/ip4/127.0.0.1/tcp/1";
    federation.node_mut("th.jena").unwrap().start(&["--peer", nowhere]).unwrap();
    let file = federation.file("draft.toml", again(&record, "Mängelmelder, neu gedacht").as_bytes()).unwrap();
    let file = file.display().to_string();
    let told = federation.node("th.jena").unwrap().refuses(&["publish", &file]).unwrap();
    assert!(told.contains("no peer was") && told.contains("--offline"), "{told}");
    federation.node_mut("th.jena").unwrap().stop().unwrap();

    federation.start("th.jena").unwrap();
    let fourth = federation.publish("th.jena", &again(&record, "Mängelmelder, neu gedacht")).unwrap();
    assert_eq!(fourth["version"], 4, "no version is signed twice");
    federation.until_equal().unwrap();
    for node in &federation.nodes {
        until("everything of last week and today stands", || {
            stands(node, &fourth).and_then(|()| stands(node, &other))
        })
        .unwrap();
        assert_eq!(node.refused("equivocation").unwrap(), 0);
    }
    // What others brought back is no own copy: a thief's word could be among it, and republish would sign it again.
    let own = std::fs::read_dir(folder.join("own")).unwrap().count();
    assert_eq!(own, 1, "a copy of what was signed here");
}

#[test]
fn a_town_that_keeps_two_laender_agrees_with_those_that_keep_all() {
    let mut federation = Federation::found(&["th", "sh", "th.jena", "sh.husum"]).unwrap();
    let config = federation.node("th.jena").unwrap().folder().join("allmende.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    assert!(text.contains("\nreplicate = []"), "{text}");
    std::fs::write(&config, text.replace("\nreplicate = []", "\nreplicate = [\"bund\"]")).unwrap();
    for publisher in ["th", "sh", "th.jena", "sh.husum"] {
        federation.start(publisher).unwrap();
    }
    for publisher in ["th.jena", "sh.husum"] {
        federation.attest(publisher).unwrap();
    }
    let own = federation.publish("th.jena", &draft("Eigenes")).unwrap();
    let far = federation.publish("sh.husum", &draft("Fernes")).unwrap();
    let (jena, husum) = (federation.node("th.jena").unwrap(), federation.node("sh.husum").unwrap());
    for relay in ["th", "sh"] {
        let relay = federation.node(relay).unwrap();
        until("the relays hold both", || stands(relay, &own).and_then(|()| stands(relay, &far))).unwrap();
    }
    until("all hold what they keep", || {
        let (jena, husum) = (jena.fingerprints().ok()?, husum.fingerprints().ok()?);
        (jena.0 == husum.0 && jena.1["th"] == husum.1["th"]).then_some(())
    })
    .unwrap();
    assert_eq!(jena.fingerprints().unwrap().1["sh"], Json::Null, "what is not kept is not there");
    until("they agree", || {
        let status = jena.status().ok()?;
        let peers = status["peers"].as_array()?.clone();
        peers.iter().all(|peer| !peer["agreed"].is_null() && peer["lag"] == 0).then_some(())
    })
    .unwrap();
}
