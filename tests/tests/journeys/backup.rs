//! A backup of a running node is whole, restores elsewhere, and helps a node that has no network.

use harness::daemon::Daemon;
use harness::daemon::Federation;
use harness::daemon::draft;
use harness::daemon::refused;
use harness::daemon::until;
use harness::marker::files;
use harness::marker::holds;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

fn named(federation: &Federation, name: &str) -> String {
    federation.root().join(name).display().to_string()
}

/// A key without the rest: what stands of each record, by its address, with the number of the change that brought it.
fn standing(node: &Daemon) -> BTreeMap<String, (Json, u64)> {
    let (mut since, mut standing) = (0, BTreeMap::new());
    loop {
        let page = node.json(&format!("/api/v1/changes?since={since}&limit=1000")).unwrap();
        let changes = page["changes"].as_array().unwrap();
        if changes.is_empty() {
            return standing;
        }
        for change in changes {
            since = change["change"].as_u64().unwrap();
            let name =
                format!("{}/{}", change["publisher"].as_str().unwrap(), change["record"].as_str().unwrap());
            standing.insert(name, (change["statement"]["id"].clone(), since));
        }
    }
}

fn post(node: &Daemon, title: &str, record: Option<&str>) -> Option<String> {
    let mut json = serde_json::json!({ "kind": "note", "body": { "title": title } });
    if let Some(record) = record {
        json["record"] = record.into();
    }
    let (status, published) =
        node.post("/api/v1/records", "application/json", json.to_string().as_bytes()).ok()?;
    (status < 300).then(|| published["record"].as_str().unwrap().to_owned())
}

#[test]
fn a_backup_under_write_load_holds_all_heads_up_to_its_change() {
    let mut federation = Federation::found(&["th"]).unwrap();
    federation.start("th").unwrap();
    let node = federation.node("th").unwrap();
    let before: Vec<String> = (0..40).map(|at| post(node, &format!("Vorher {at}"), None).unwrap()).collect();
    let (file, stop) = (named(&federation, "th.backup"), AtomicBool::new(false));
    let made = std::thread::scope(|scope| {
        for writer in 0..3 {
            let (stop, before) = (&stop, &before);
            scope.spawn(move || {
                for at in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    // Some are new, some replace what the backup may just have read.
                    let old = (at % 2 == 0).then(|| before[at % before.len()].as_str());
                    post(node, &format!("Last {writer} {at}"), old);
                }
            });
        }
        let made = node.does(&["backup", &file]);
        stop.store(true, Ordering::Relaxed);
        made.unwrap()
    });
    let change = made["change"].as_u64().unwrap();
    assert!(change >= 40, "{made}");
    let told = node.refuses(&["backup", &file]).unwrap();
    assert!(told.contains("is there already"), "{told}");
    let last = standing(node);

    let elsewhere = Daemon::at(&federation.root().join("elsewhere"));
    let restored = elsewhere.does(&["restore", &file]).unwrap();
    assert_eq!((&restored["change"], &restored["refused"]), (&change.into(), &serde_json::json!({})));
    assert_eq!(restored["lacks"], serde_json::json!(["key.pem", "peer.pem"]));
    for key in ["key.pem", "peer.pem"] {
        std::fs::copy(node.folder().join(key), elsewhere.folder().join(key)).unwrap();
    }
    let mut elsewhere = elsewhere;
    elsewhere.start(&["--offline"]).unwrap();
    let restored = standing(&elsewhere);
    for (name, (id, number)) in &last {
        if *number <= change {
            let found = restored.get(name).map(|(id, _)| id);
            assert_eq!(found, Some(id), "{name}, change {number} of {change}");
        }
    }
    for (name, (id, _)) in &restored {
        let (now, number) = &last[name];
        assert!(now == id || *number > change, "{name} stands in another version than it did");
    }
    assert!(before.iter().all(|record| restored.contains_key(&format!("th/{record}"))));
    let told = Daemon::at(elsewhere.folder()).refuses(&["restore", &file]).unwrap();
    assert!(told.contains("not empty"), "{told}");
}

#[test]
fn keys_come_back_under_their_passphrase_and_no_version_is_signed_twice() {
    let mut federation = Federation::found(&["th", "th.jena"]).unwrap();
    federation.start_all().unwrap();
    let record = federation.publish("th.jena", &draft("Mängelmelder")).unwrap();
    federation.until_equal().unwrap();
    let jena = federation.node("th.jena").unwrap();
    std::fs::create_dir_all(jena.folder().join("overlay")).unwrap();
    std::fs::write(jena.folder().join("overlay/notiz.md"), "privat").unwrap();
    let (file, passphrase) = (named(&federation, "jena.backup"), named(&federation, "passphrase"));
    std::fs::write(&passphrase, "kurz\n").unwrap();
    let told = jena.refuses(&["backup", &file, "--with-keys", "--passphrase-file", &passphrase]).unwrap();
    assert!(told.contains("too short"), "{told}");
    std::fs::write(&passphrase, "korrekt pferd batterie\n").unwrap();
    jena.does(&["backup", &file, "--with-keys", "--passphrase-file", &passphrase]).unwrap();
    let secret = std::fs::read_to_string(jena.folder().join("key.pem")).unwrap();
    assert!(!holds(&std::fs::read(&file).unwrap(), secret.lines().nth(1).unwrap()), "no key in clear");
    let again = format!("record = {}\n{}", record["record"], draft("Mängelmelder mit Karte"));
    assert_eq!(federation.publish("th.jena", &again).unwrap()["version"], 2);
    federation.until_equal().unwrap();

    let folder = federation.node("th.jena").unwrap().folder().to_owned();
    federation.node_mut("th.jena").unwrap().stop().unwrap();
    std::fs::rename(&folder, federation.root().join("lost")).unwrap();
    let jena = federation.node("th.jena").unwrap();
    std::fs::write(&passphrase, "falsch\n").unwrap();
    let told = jena.refuses(&["restore", &file, "--passphrase-file", &passphrase]).unwrap();
    assert!(told.contains("passphrase") && !folder.exists(), "{told}");
    let damaged =
        federation.file("damaged", &std::fs::read(&file).unwrap()[..900]).unwrap().display().to_string();
    let told = jena.refuses(&["restore", &damaged, "--passphrase-file", &passphrase]).unwrap();
    assert!(told.contains("cannot be read") && !folder.exists(), "{told}");
    std::fs::write(&passphrase, "korrekt pferd batterie\n").unwrap();
    let restored = jena.does(&["restore", &file, "--passphrase-file", &passphrase]).unwrap();
    assert_eq!(restored["lacks"], serde_json::json!([]));
    assert_eq!(std::fs::read_to_string(folder.join("key.pem")).unwrap(), secret);
    assert_eq!(std::fs::read_to_string(folder.join("overlay/notiz.md")).unwrap(), "privat");
    assert!(!folder.join("tokens.toml").exists(), "tokens are made anew");
    federation.start("th.jena").unwrap();
    let again = format!("record = {}\n{}", record["record"], draft("Mängelmelder, neu"));
    assert_eq!(federation.publish("th.jena", &again).unwrap()["version"], 3, "no version is signed twice");
    federation.until_equal().unwrap();
}

#[test]
fn what_was_erased_is_in_no_later_backup_and_comes_back_from_no_earlier_one() {
    let marker = "zqaktenzeichen4711";
    let mut federation = Federation::found(&["th", "th.jena"]).unwrap();
    federation.start_all().unwrap();
    let record = federation.publish("th.jena", &draft(marker)).unwrap();
    federation.publish("th.jena", &draft("Bleibt")).unwrap();
    federation.until_equal().unwrap();
    let th = federation.node("th").unwrap();
    let (early, late) = (named(&federation, "early"), named(&federation, "late"));
    th.does(&["backup", &early]).unwrap();
    assert!(holds(&std::fs::read(&early).unwrap(), marker), "the search finds what is there");
    let name = format!("th.jena/{}", record["record"].as_str().unwrap());
    th.does(&["erase", &name, "--reason", "Beschluss"]).unwrap();
    let prints = th.fingerprints().unwrap();
    th.does(&["backup", &late]).unwrap();
    assert!(!holds(&std::fs::read(&late).unwrap(), marker));
    let ledger = th.folder().join("erasures.txt").display().to_string();
    let keys = ["key.pem", "peer.pem"].map(|key| th.folder().join(key));
    for (backup, more) in [(&late, vec![]), (&early, vec!["--erasures", &ledger])] {
        let mut back =
            Daemon::at(&federation.root().join(format!("from-{}", backup.rsplit('/').next().unwrap())));
        back.does(&[vec!["restore", backup], more].concat()).unwrap();
        for key in &keys {
            std::fs::copy(key, back.folder().join(key.file_name().unwrap())).unwrap();
        }
        back.start(&["--offline"]).unwrap();
        assert_eq!(back.fingerprints().unwrap(), prints, "the erased head keeps its place");
        assert_eq!(back.read(&format!("/records/{name}")).unwrap().0, 410);
        until("it is off the disk", || {
            let all = files(back.folder()).unwrap();
            all.iter().all(|file| !holds(&std::fs::read(file).unwrap_or_default(), marker)).then_some(())
        })
        .unwrap();
    }
}

#[test]
fn a_backup_on_a_stick_brings_a_node_without_network_up_to_date() {
    let mut federation = Federation::found(&["th", "th.jena"]).unwrap();
    federation.start_all().unwrap();
    for title in ["Eins", "Zwei", "Drei"] {
        federation.publish("th.jena", &draft(title)).unwrap();
    }
    federation.until_equal().unwrap();
    let (file, prints) =
        (named(&federation, "th.backup"), federation.node("th").unwrap().fingerprints().unwrap());
    federation.node("th").unwrap().does(&["backup", &file]).unwrap();
    federation.join("th.weimar").unwrap();
    federation.node_mut("th.weimar").unwrap().start(&["--offline"]).unwrap();
    let weimar = federation.node("th.weimar").unwrap();
    let taken = weimar.does(&["import", "backup", &file]).unwrap();
    assert_eq!((&taken["heads_before"], &taken["heads"]), (&0.into(), &4.into()), "{taken}");
    assert_eq!(weimar.fingerprints().unwrap(), prints);
    assert_eq!(weimar.does(&["import", "backup", &file]).unwrap()["heads"], 4, "twice changes nothing");
    federation.join("th.gera").unwrap();
    let gera = federation.node("th.gera").unwrap();
    assert_eq!(gera.does(&["import", "backup", &file]).unwrap()["heads"], 4, "also while it does not run");
    let mut other = federation.node("th").unwrap().command().unwrap();
    other.args(["import", "backup", "/nowhere"]);
    assert!(refused(&mut other, 1).unwrap().contains("/nowhere"));
}
