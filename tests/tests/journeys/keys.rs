//! Keys change as planned, end, and lose rights: what was said keeps its name, and nobody signs it again.

use harness::daemon::Daemon;
use harness::daemon::Federation;
use harness::daemon::draft;
use harness::daemon::refused;
use harness::daemon::until;
use serde_json::Value as Json;
use std::os::unix::fs::PermissionsExt as _;

/// Text and code that a command printed.
pub(crate) fn asked(printed: &Json) -> (String, String) {
    let word = |field: &str| printed[field].as_str().unwrap().to_owned();
    (word("request"), word("code"))
}

pub(crate) fn until_epoch(node: &Daemon, epoch: impl Into<Json>) {
    let epoch = epoch.into();
    let look = || (node.status().ok()?["epoch"] == epoch).then_some(());
    until(&format!("it signs in epoch {epoch}: {}", node.folder().display()), look).unwrap();
}

/// The ids of the statements that are found here, by record; none while a page of results is behind.
fn heads(node: &Daemon) -> Option<Vec<(String, String)>> {
    let found = node.json("/api/v1/records?q=&limit=100").ok()?;
    let mut heads = Vec::new();
    for hit in found["hits"].as_array()? {
        let word = |field: &str| hit[field].as_str().unwrap_or_default().to_owned();
        let path = format!("/api/v1/records/{}/{}", word("publisher"), word("record"));
        heads.push((word("record"), node.json(&path).ok()?["id"].as_str()?.to_owned()));
    }
    heads.sort();
    Some(heads)
}

/// The same once there are so many; what stands is found a moment later.
fn until_found(node: &Daemon, records: usize) -> Vec<(String, String)> {
    until(&format!("{records} records are found"), || heads(node).filter(|all| all.len() == records)).unwrap()
}

fn attest(attester: &Daemon, printed: &Json) -> Json {
    let (request, code) = asked(printed);
    attester.does(&["attest", &request, "--code", &code]).unwrap()
}

fn key_file(node: &Daemon, name: &str) -> Option<String> {
    std::fs::read_to_string(node.folder().join(name)).ok()
}

#[test]
fn a_planned_change_of_keys_signs_nothing_again() {
    let mut federation = Federation::found(&["th", "th.jena"]).unwrap();
    federation.start("th").unwrap();
    federation.start("th.jena").unwrap();
    let told = federation.node("th.jena").unwrap().refuses(&["rotate"]).unwrap();
    assert!(told.contains("allmende request"), "there is nothing to change yet: {told}");
    federation.attest("th.jena").unwrap();
    let first = federation.publish("th.jena", &draft("Vor dem Wechsel")).unwrap();
    federation.until_equal().unwrap();
    let (th, jena) = (federation.node("th").unwrap(), federation.node("th.jena").unwrap());
    let before = until_found(th, 1);
    let old = key_file(jena, "key.pem");

    let printed = jena.does(&["rotate"]).unwrap();
    assert_eq!(jena.does(&["rotate"]).unwrap(), printed, "asked again it is the same key");
    let mode = std::fs::metadata(jena.folder().join("key.next.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let next = key_file(jena, "key.next.pem");
    federation.publish("th.jena", &draft("Währenddessen")).unwrap();
    until_epoch(jena, 1);
    assert!(jena.refuses(&["rotate", "--floor"]).unwrap().contains("is no anchor"));

    attest(th, &printed);
    until_epoch(jena, 2);
    assert_eq!((key_file(jena, "key.pem"), key_file(jena, "key.old-1.pem")), (next, old));
    assert_eq!(key_file(jena, "key.next.pem"), None);
    federation.until_equal().unwrap();
    for node in [th, jena] {
        assert!(until_found(node, 2).contains(&before[0]), "what stood is not signed again");
    }
    // A new version keeps the record's name, and its count begins anew in the new epoch.
    let record = first["record"].as_str().unwrap();
    let newer = format!("record = \"{record}\"\n{}", draft("Nach dem Wechsel"));
    let second = federation.publish("th.jena", &newer).unwrap();
    assert_eq!((&second["record"], &second["version"]), (&first["record"], &Json::from(1)));
    federation.until_equal().unwrap();
    let shown = th.json(&format!("/api/v1/records/th.jena/{record}")).unwrap();
    assert_eq!(
        (&shown["epoch"], &shown["body"]["title"]["de"]),
        (&Json::from(2), &Json::from("Nach dem Wechsel"))
    );
    let page = th.read("/publishers/th.jena").unwrap().1;
    assert_eq!(
        page.matches("attestation").count() + page.matches("Beglaubigung ansehen").count(),
        2,
        "{page}"
    );

    // Restarted, it goes on with the new key.
    federation.node_mut("th.jena").unwrap().stop().unwrap();
    federation.start("th.jena").unwrap();
    until_epoch(federation.node("th.jena").unwrap(), 2);
    federation.publish("th.jena", &draft("Nach dem Neustart")).unwrap();
    federation.until_equal().unwrap();
}

#[test]
fn an_attestation_that_came_while_the_node_was_off_or_killed_counts_at_its_start() {
    let mut federation = Federation::found(&["th", "th.jena"]).unwrap();
    federation.start_all().unwrap();
    let printed = federation.node("th.jena").unwrap().does(&["rotate"]).unwrap();
    federation.node_mut("th.jena").unwrap().kill().unwrap();
    attest(federation.node("th").unwrap(), &printed);
    federation.start("th.jena").unwrap();
    until_epoch(federation.node("th.jena").unwrap(), 2);
    // Killed between the two steps: the old key was kept, the new one not yet in its place.
    federation.node_mut("th.jena").unwrap().kill().unwrap();
    let folder = federation.node("th.jena").unwrap().folder().to_owned();
    std::fs::rename(folder.join("key.pem"), folder.join("key.next.pem")).unwrap();
    std::fs::copy(folder.join("key.old-1.pem"), folder.join("key.pem")).unwrap();
    federation.start("th.jena").unwrap();
    let jena = federation.node("th.jena").unwrap();
    until_epoch(jena, 2);
    until("the files are in place", || (!folder.join("key.next.pem").exists()).then_some(())).unwrap();
    assert!(!folder.join("key.old-1-2.pem").exists());
    federation.publish("th.jena", &draft("Weiter")).unwrap();
}

#[test]
fn a_newcomer_with_the_genesis_key_follows_an_anchor_through_three_epochs() {
    let mut federation = Federation::found(&["th", "sh", "th.jena", "th.gera", "th.suhl"]).unwrap();
    for publisher in ["th", "sh", "th.jena", "th.gera", "th.suhl"] {
        federation.start(publisher).unwrap();
    }
    federation.attest("th.jena").unwrap();
    for (epoch, town) in [(2, "th.gera"), (3, "th.suhl")] {
        let th = federation.node("th").unwrap();
        let rotated = th.does(&["rotate"]).unwrap();
        assert_eq!((&rotated["link"]["publisher"], &rotated["request"]), (&Json::from("th"), &Json::Null));
        until_epoch(th, epoch);
        assert!(th.folder().join(format!("key.old-{}.pem", epoch - 1)).exists());
        federation.attest(town).unwrap();
    }
    for town in ["th.jena", "th.gera", "th.suhl"] {
        federation.publish(town, &draft(&format!("Aus {town}"))).unwrap();
    }
    let said = federation.publish("th", &draft("Mit dem neuesten Schlüssel")).unwrap();
    federation.until_equal().unwrap();

    federation.join("sh.husum").unwrap();
    federation.start("sh.husum").unwrap();
    federation.until_equal().unwrap();
    let husum = federation.node("sh.husum").unwrap();
    until("husum has them all", || (husum.json("/api/v1/records?q=").ok()?["total"] == 4).then_some(()))
        .unwrap();
    let record = said["record"].as_str().unwrap();
    let shown = husum.json(&format!("/api/v1/records/th/{record}")).unwrap();
    assert_eq!(shown["epoch"], 3);
    let th = husum.json("/api/v1/publishers/th").unwrap();
    assert_eq!(th["epochs"].as_array().unwrap().len(), 3, "{th}");
    assert_eq!(husum.json("/api/v1/publishers/th.suhl").unwrap()["epochs"][0]["attester"], "th");
}

#[test]
fn ended_keys_leave_what_was_said_and_say_nothing_new() {
    let mut federation = Federation::found(&["th", "sh", "th.jena"]).unwrap();
    federation.start_all().unwrap();
    let first = federation.publish("th.jena", &draft("Bleibt stehen")).unwrap();
    federation.until_equal().unwrap();
    let (th, jena) = (federation.node("th").unwrap(), federation.node("th.jena").unwrap());
    let ended = th.does(&["revoke", "th.jena"]).unwrap();
    assert_eq!((&ended[0]["publisher"], &ended[0]["version"]), (&Json::from("th"), &Json::from(2)));
    until_epoch(jena, Json::Null);
    let file = federation.file("new.toml", draft("Zu spät").as_bytes()).unwrap();
    let told = jena.refuses(&["publish", &file.display().to_string()]).unwrap();
    assert!(told.contains("have ended") && told.contains("allmende rotate"), "{told}");
    federation.until_equal().unwrap();
    let record = first["record"].as_str().unwrap();
    assert_eq!(until_found(federation.node("sh").unwrap(), 1)[0].0, record, "what was said stays everywhere");
    assert!(th.refuses(&["revoke", "th.jena"]).unwrap().contains("have ended"));
    // The ended key is not attested again, a new one is, and the record goes on under its name.
    let told = th
        .refuses(&[
            "attest",
            &asked(&jena.does(&["request"]).unwrap()).0,
            "--code",
            &asked(&jena.does(&["request"]).unwrap()).1,
        ])
        .unwrap();
    assert!(told.contains("allmende rotate"), "{told}");
    attest(th, &jena.does(&["rotate"]).unwrap());
    until_epoch(jena, 2);
    let newer = format!("record = \"{record}\"\n{}", draft("Geht weiter"));
    assert_eq!(federation.publish("th.jena", &newer).unwrap()["record"], record);
    federation.until_equal().unwrap();
}

#[test]
fn without_the_right_to_vouch_those_vouched_for_fall_and_stand_again_under_the_land() {
    let mut federation = Federation::found(&["th", "th.shk", "th.shk.dornburg"]).unwrap();
    for publisher in ["th", "th.shk", "th.shk.dornburg"] {
        federation.start(publisher).unwrap();
    }
    let node = |name: &str| federation.node(name).unwrap();
    let (request, code) = asked(&node("th.shk").does(&["request"]).unwrap());
    node("th").does(&["attest", &request, "--code", &code, "--may-attest"]).unwrap();
    until_epoch(node("th.shk"), 1);
    attest(node("th.shk"), &node("th.shk.dornburg").does(&["request"]).unwrap());
    until_epoch(node("th.shk.dornburg"), 1);
    let town = federation.publish("th.shk.dornburg", &draft("Mitfahrbank")).unwrap();
    federation.publish("th.shk", &draft("Vom Kreis")).unwrap();
    federation.until_equal().unwrap();
    // A planned change of keys does not cost the Kreis its right.
    attest(node("th"), &node("th.shk").does(&["rotate"]).unwrap());
    until_epoch(node("th.shk"), 2);
    federation.until_equal().unwrap();
    until_found(node("th"), 2);

    let less = node("th").does(&["revoke", "th.shk", "--may-attest"]).unwrap();
    assert_eq!(less.as_array().unwrap().len(), 2, "both of its epochs lose it");
    until_epoch(node("th.shk.dornburg"), Json::Null);
    federation.until_equal().unwrap();
    // The Kreis' own record stays.
    until_found(node("th"), 1);
    let (request, code) = asked(&node("th.shk.dornburg").does(&["request"]).unwrap());
    let told = node("th.shk").refuses(&["attest", &request, "--code", &code]).unwrap();
    assert!(told.contains("not entitled to vouch"), "{told}");
    assert!(node("th").refuses(&["revoke", "th.shk", "--may-attest"]).unwrap().contains("no right to vouch"));
    // The Land vouches itself, and the record stands again under its name, unsigned anew.
    node("th").does(&["attest", &request, "--code", &code]).unwrap();
    until_epoch(node("th.shk.dornburg"), 1);
    federation.until_equal().unwrap();
    let record = town["record"].as_str().unwrap();
    let path = format!("/api/v1/records/th.shk.dornburg/{record}");
    let shown = until("the record stands again", || node("th").json(&path).ok()).unwrap();
    assert_eq!((&shown["id"], &shown["vouched_by"]["attester"]), (&town["id"], &Json::from("th")));
}

#[test]
fn nobody_revokes_what_is_not_below_it() {
    let mut federation = Federation::found(&["th", "sh", "th.jena", "sh.kiel"]).unwrap();
    federation.start_all().unwrap();
    let (th, jena) = (federation.node("th").unwrap(), federation.node("th.jena").unwrap());
    let before = federation.nodes[1].fingerprints().unwrap();
    for (node, subject, words) in [
        (th, "sh.kiel", "only a name above it can"),
        (th, "th.weimar", "nobody vouches for th.weimar"),
        (th, "th", "allmende rotate --floor"),
        (th, "sh", "is an anchor"),
        (jena, "th.jena", "only a name above it can"),
        (jena, "th", "is an anchor"),
    ] {
        for more in [[].as_slice(), &["--floor"], &["--may-attest"]] {
            let told = node.refuses(&[["revoke", subject].as_slice(), more].concat()).unwrap();
            assert!(told.contains(words), "revoke {subject} {more:?}: {told}");
        }
    }
    let (request, code) = asked(&jena.does(&["rotate"]).unwrap());
    let kiel = asked(&federation.node("sh.kiel").unwrap().does(&["rotate"]).unwrap());
    let floor = ["revoke", "th.jena", "--floor", "--request"];
    let told =
        th.refuses(&[floor.as_slice(), &[&request, "--code", "AAAA-AAAA-AAAA-AAAA"]].concat()).unwrap();
    assert!(told.contains("does not belong to this request"), "{told}");
    let told = th.refuses(&[floor.as_slice(), &[&kiel.0, "--code", &kiel.1]].concat()).unwrap();
    assert!(told.contains("is of sh.kiel"), "{told}");
    let usage = |arguments: &[&str]| refused(th.command().unwrap().arg("revoke").args(arguments), 2).unwrap();
    usage(&["th.jena", "--floor", "--may-attest"]);
    usage(&["th.jena", "--request", &request, "--code", &code]);
    usage(&["Jena"]);
    assert_eq!(federation.nodes[1].fingerprints().unwrap(), before, "nothing was said");
}

#[test]
fn an_anchor_whose_key_stays_offline_signs_into_files() {
    let mut federation = Federation::found(&["th", "sh", "th.jena"]).unwrap();
    // The folder of th is the one that never runs; sh is the relay where its files enter.
    federation.start("sh").unwrap();
    federation.start("th.jena").unwrap();
    let (th, sh) = (federation.node("th").unwrap(), federation.node("sh").unwrap());
    let jena = federation.node("th.jena").unwrap();
    let place = |name: &str| federation.root().join(name).display().to_string();
    let carry = |file: &str| {
        let checked = th.does(&["verify", file]).unwrap();
        assert_eq!(
            (&checked[0]["valid"], &checked[0]["publisher"]),
            (&true.into(), &"th".into()),
            "{checked}"
        );
        sh.does(&["publish", file]).unwrap();
    };
    let (request, code) = asked(&jena.does(&["request"]).unwrap());
    let file = place("jena.cose");
    assert!(!th.refuses(&["attest", &request, "--code", "AAAA", "--out", &file]).unwrap().is_empty());
    let signed = th.does(&["attest", &request, "--code", &code, "--out", &file]).unwrap();
    assert_eq!((&signed["file"], &signed["version"]), (&Json::from(file.as_str()), &Json::from(1)));
    carry(&file);
    until_epoch(jena, 1);
    federation.publish("th.jena", &draft("Unter dem Dach")).unwrap();

    // The anchor goes on with a new key, and vouches with it for a new key of the town.
    let old = key_file(th, "key.pem");
    let link = place("link.cose");
    let rotated = th.does(&["rotate", "--out", &link]).unwrap();
    assert_eq!(rotated["link"]["file"], link.as_str());
    assert_eq!(key_file(th, "key.old-1.pem"), old);
    let (request, code) = asked(&jena.does(&["rotate"]).unwrap());
    let second = place("second.cose");
    th.does(&["attest", &request, "--code", &code, "--out", &second]).unwrap();
    // The second leans on the link: it is not taken in without it.
    assert!(sh.refuses(&["publish", &second]).unwrap().contains("epoch 2 of th"));
    carry(&link);
    carry(&second);
    until_epoch(jena, 2);
    let gone = place("gone.cose");
    th.does(&["revoke", "th.jena", "--floor", "--out", &gone]).unwrap();
    carry(&gone);
    until_epoch(jena, Json::Null);
    until_found(sh, 0);

    // A copy of the key that has not signed all of it learns what stands from an export.
    let other = Daemon::at(&federation.root().join("copy"));
    std::fs::create_dir(other.folder()).unwrap();
    for name in ["key.pem", "allmende.toml", "network.toml"] {
        std::fs::copy(th.folder().join(name), other.folder().join(name)).unwrap();
    }
    let (request, code) = asked(&jena.does(&["rotate"]).unwrap());
    let third = place("third.cose");
    let attest = ["attest", &request, "--code", &code, "--out", &third];
    assert!(other.refuses(&attest).unwrap().contains("not attested"), "it does not know of its own key");
    let export = place("attestations");
    let exported = sh.does(&["export", "--attestations", &export]).unwrap();
    assert_eq!(exported["attestations"], 4, "{exported}");
    other.does(&[attest.as_slice(), &["--from", &export]].concat()).unwrap();
    carry(&third);
    until_epoch(jena, 4);
    jena.does(&["republish"]).unwrap();
    until_found(sh, 1);

    // Where a node runs the key is not offline.
    let told = sh.refuses(&["attest", &request, "--code", &code, "--out", &third]).unwrap();
    assert!(told.contains("another allmende is running"), "{told}");
    refused(th.command().unwrap().args(["rotate", "--out", "link.txt"]), 2).unwrap();
}
