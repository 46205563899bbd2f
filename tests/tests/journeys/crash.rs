//! A node that is killed, or whose database is ruined, has lost nothing that it acknowledged.

use harness::daemon::Daemon;
use harness::daemon::Federation;
use harness::daemon::draft;
use harness::daemon::until;
use serde_json::Value as Json;
use std::path::PathBuf;

/// How often the node is killed.
const ROUNDS: u64 = 10;
/// Answers that are waited for under load before the node is killed.
const ANSWERS: usize = 20;

/// A draft as the API takes it.
fn measure(title: &str, record: Option<&str>) -> Json {
    let mut json = serde_json::json!({ "kind": "measure", "body": {
        "title": title, "summary": "Kurz gesagt", "action_fields": ["administration"], "area": ["16"],
        "measure_type": ["process"], "challenge": "Viel Arbeit", "approach": "Gemeinsam", "phase": "idea",
        "evidence_level": "claimed",
    }});
    if let Some(record) = record {
        json["record"] = record.into();
    }
    json
}

/// Publishes over the API, so that nothing lies between the answer and what the test does next.
fn publish(node: &Daemon, draft: &Json) -> Result<Json, String> {
    let posted = node.post("/api/v1/records", "application/json", draft.to_string().as_bytes());
    let (status, published) = posted.map_err(|error| error.to_string())?;
    if status < 300 { Ok(published) } else { Err(published.to_string()) }
}

fn standing(node: &Daemon, published: &Json) -> Json {
    let word = |field: &str| published[field].as_str().unwrap().to_owned();
    node.json(&format!("/api/v1/records/{}/{}", word("publisher"), word("record"))).unwrap()
}

#[test]
fn what_publish_answered_outlives_kill_9() {
    let mut federation = Federation::found(&["th"]).unwrap();
    federation.start("th").unwrap();
    let first = publish(federation.node("th").unwrap(), &measure("Runde 0", None)).unwrap();
    let record = first["record"].as_str().unwrap().to_owned();
    for round in 1..=ROUNDS {
        let node = federation.node_mut("th").unwrap();
        let fresh = publish(node, &measure(&format!("Neu in Runde {round}"), None)).unwrap();
        let updated = publish(node, &measure(&format!("Runde {round}"), Some(&record))).unwrap();
        node.kill().unwrap();
        assert_eq!(updated["version"], round + 1);
        federation.start("th").unwrap();
        let node = federation.node("th").unwrap();
        for published in [&fresh, &updated] {
            let stands = standing(node, published);
            assert_eq!((&stands["id"], &stands["version"]), (&published["id"], &published["version"]));
        }
    }
    let node = federation.node("th").unwrap();
    assert_eq!(node.status().unwrap()["heads"], ROUNDS + 1);
    until("all are found", || {
        (node.json("/api/v1/records?q=Runde").ok()?["total"] == ROUNDS + 1).then_some(())
    })
    .unwrap();
    assert!(!node.log().contains("panicked"), "{}", node.log());
}

#[test]
fn every_answer_under_load_outlives_kill_9() {
    let mut federation = Federation::found(&["th"]).unwrap();
    federation.start("th").unwrap();
    for round in 0..3 {
        let node = federation.node("th").unwrap();
        let (sender, answers) = std::sync::mpsc::channel();
        let pid = node.pid().to_string();
        let answered = std::thread::scope(|scope| {
            for writer in 0..4 {
                let sender = sender.clone();
                scope.spawn(move || {
                    for at in 0.. {
                        let draft = measure(&format!("Last {round} {writer} {at}"), None);
                        let Ok(published) = publish(node, &draft) else { return };
                        sender.send(published).unwrap();
                    }
                });
            }
            drop(sender);
            let mut answered: Vec<Json> = answers.iter().take(ANSWERS).collect();
            let killed = std::process::Command::new("kill").args(["-KILL", &pid]).status().unwrap();
            assert!(killed.success());
            answered.extend(answers.iter());
            answered
        });
        assert!(answered.len() >= ANSWERS);
        federation.node_mut("th").unwrap().kill().unwrap();
        federation.start("th").unwrap();
        let node = federation.node("th").unwrap();
        for published in &answered {
            assert_eq!(standing(node, published)["id"], published["id"]);
        }
    }
}

#[test]
fn a_ruined_database_is_set_aside_and_everything_comes_back() {
    let mut federation = Federation::found(&["th", "th.jena", "th.weimar"]).unwrap();
    federation.start_all().unwrap();
    let mut own = federation.publish("th.jena", &draft("Ulmen aus Jena")).unwrap();
    federation.publish("th.weimar", &draft("Wattwege aus Weimar")).unwrap();
    federation.until_equal().unwrap();
    type Ruin = fn(&[u8]) -> Vec<u8>;
    let ruins: [(&str, Ruin); 3] = [
        ("rubbish", |file| {
            file.iter().enumerate().map(|(at, byte)| byte ^ (at % 251) as u8 ^ 0x5a).collect()
        }),
        ("zeros", |file| vec![0; file.len()]),
        ("half of it", |file| file[..file.len() / 2].to_vec()),
    ];
    for (what, ruin) in ruins {
        let jena = federation.node_mut("th.jena").unwrap();
        jena.kill().unwrap();
        let database = jena.folder().join("store/log/0000000000000001.log");
        let ruined = ruin(&std::fs::read(&database).unwrap());
        std::fs::write(&database, ruined).unwrap();
        let aside_before = set_aside(jena);
        federation.start("th.jena").unwrap();
        federation.until_equal().unwrap();
        let jena = federation.node("th.jena").unwrap();
        assert_eq!(standing(jena, &own)["id"], own["id"], "{what}");
        if what != "half of it" {
            // sled may read on in a file that was only cut off; what was in the other half comes back as well.
            assert_eq!(set_aside(jena).len(), aside_before.len() + 1, "{what}: {}", jena.log());
            assert!(jena.log().contains("damaged and is set aside"), "{}", jena.log());
        }
        for (query, count) in [("Ulmen", 1), ("Wattwege", 1)] {
            let found = until("it is found", || {
                (jena.json(&format!("/api/v1/records?q={query}")).ok()?["total"] == count).then_some(())
            });
            let told = || (what, jena.json(&format!("/api/v1/records?q={query}")), jena.status(), jena.log());
            assert!(found.is_ok(), "{:#?}", told());
        }
        let version = own["version"].as_u64().unwrap();
        let title = format!("Ulmen nach {what}");
        own = publish(jena, &measure(&title, own["record"].as_str())).unwrap();
        assert_eq!(own["version"], version + 1, "no version is signed twice");
        federation.until_equal().unwrap();
        assert_eq!(standing(federation.node("th.weimar").unwrap(), &own)["id"], own["id"]);
    }
}

/// The databases that were set aside in a node's folder.
fn set_aside(node: &Daemon) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(node.folder()).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.to_string_lossy().contains("store-damaged-")).collect()
}
