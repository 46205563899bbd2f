//! Every command once, with the documents that programs read.

use harness::daemon::Daemon;
use harness::daemon::Federation;
use harness::daemon::draft;
use harness::daemon::finish;
use harness::daemon::refused;
use harness::daemon::until;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;

/// Words of the documents that DESIGN.md, section 7, promises.
fn has(document: &Json, fields: &[&str]) {
    for field in fields {
        assert!(document.get(field).is_some(), "\"{field}\" is missing in {document:#}");
    }
}

fn word<'a>(document: &'a Json, field: &str) -> &'a str {
    document[field].as_str().unwrap_or_else(|| panic!("\"{field}\" is no text in {document:#}"))
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What a command printed for people.
fn prints(node: &Daemon, lang: &str, arguments: &[&str]) -> String {
    let mut command = std::process::Command::new(harness::daemon::program().unwrap());
    command.arg("--dir").arg(node.folder()).args(["--lang", lang]).args(arguments);
    let output = finish(&mut command).unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_node_is_made_and_attested() {
    let root = tempfile::tempdir().unwrap();
    let (th, jena) = (Daemon::at(&root.path().join("th")), Daemon::at(&root.path().join("th.jena")));
    let made = th
        .does(&[
            "init",
            "--publisher",
            "th",
            "--name",
            "Freistaat Thüringen",
            "--ars",
            "16",
            "--role",
            "relay",
        ])
        .unwrap();
    assert_eq!(made["publisher"], "th");
    assert!(
        is_hex(word(&made, "public_key"), 64) && word(&made, "peer_id").starts_with("12D3KooW"),
        "{made}"
    );
    for (secret, mode) in [("key.pem", 0o600), ("peer.pem", 0o600), ("api.token", 0o600), (".", 0o700)] {
        let about = std::fs::metadata(th.folder().join(secret)).unwrap();
        assert_eq!(about.permissions().mode() & 0o777, mode, "{secret}");
    }
    let openssl = std::process::Command::new("openssl")
        .args(["pkey", "-noout", "-text", "-in"])
        .arg(th.folder().join("key.pem"))
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&openssl.stdout).contains("ED25519"), "{openssl:?}");

    let anchor = format!("th={}", word(&made, "public_key"));
    let document = th.does(&["network", "new", "allmende-test", "--anchor", &anchor]).unwrap();
    assert_eq!(document["network"], "allmende-test");
    let file = root.path().join("network.toml");
    std::fs::write(&file, word(&document, "document")).unwrap();
    let file = file.display().to_string();
    assert_eq!(th.does(&["network", "set", &file]).unwrap()["network"], "allmende-test");
    jena.does(&["init", "--publisher", "th.jena", "--name", "Stadt \"Jena\"", "--network", &file]).unwrap();
    let asked = jena.does(&["request"]).unwrap();
    assert!(word(&asked, "request").starts_with("allmende-request-1."), "{asked}");
    assert_eq!(word(&asked, "code").len(), 19);
    assert_eq!(jena.does(&["request"]).unwrap(), asked, "it needs no daemon and is always the same");
    let told = prints(&jena, "de", &["request"]);
    assert!(told.contains(word(&asked, "request")) && told.contains(word(&asked, "code")), "{told}");

    let mut th = th;
    th.start(&["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    has(&th.about, &["http", "listen", "peer_id", "pid"]);
    assert_eq!(th.about["pid"], th.pid());
    let run: Json = serde_json::from_slice(&std::fs::read(th.folder().join("run.json")).unwrap()).unwrap();
    assert_eq!(run, th.about);
    let request = root.path().join("request.txt");
    std::fs::write(&request, word(&asked, "request")).unwrap();
    let attested =
        th.does(&["attest", &request.display().to_string(), "--code", word(&asked, "code")]).unwrap();
    has(&attested, &["publisher", "record", "version", "id"]);
    let publishers = th.json("/api/v1/publishers").unwrap();
    let names: Vec<_> =
        publishers["publishers"].as_array().unwrap().iter().map(|one| word(one, "name")).collect();
    assert_eq!(names, ["Thüringen", "Stadt \"Jena\""]);
}

#[test]
fn a_record_is_published_found_shown_and_withdrawn() {
    let mut federation = Federation::found(&["th", "th.jena"]).unwrap();
    federation.start_all().unwrap();
    let jena = federation.node("th.jena").unwrap();
    let file = federation.file("draft.toml", draft("Gießwagen für Stadtbäume").as_bytes()).unwrap();
    let file = file.display().to_string();
    let checked = jena.does(&["publish", "--check", &file]).unwrap();
    assert_eq!(checked[0]["publishable"], true, "{checked}");
    assert_eq!(jena.status().unwrap()["buckets"], serde_json::json!({}), "a check publishes nothing");
    let published = jena.does(&["publish", &file]).unwrap();
    let [one] = published.as_array().unwrap().as_slice() else { panic!("{published}") };
    assert_eq!((word(one, "publisher"), one["version"].as_u64()), ("th.jena", Some(1)));
    assert!(is_hex(word(one, "id"), 64), "{one}");
    let record = format!("th.jena/{}", word(one, "record"));
    // The same again under its id says nothing new.
    let again = format!("record = {}\n{}", one["record"], draft("Gießwagen für Stadtbäume"));
    let again = federation.publish("th.jena", &again).unwrap();
    assert_eq!((&again["id"], &again["changed"]), (&one["id"], &Json::from(false)));

    for form in ["yaml", "json"] {
        let body = serde_json::json!({ "kind": "note", "title": format!("Notiz als {form}") }).to_string();
        let file = federation.file(&format!("note.{form}"), body.as_bytes()).unwrap();
        assert_eq!(jena.does(&["publish", &file.display().to_string()]).unwrap()[0]["version"], 1);
    }
    federation.until_equal().unwrap();
    let th = federation.node("th").unwrap();
    let found = until("th finds it", || {
        let found =
            th.does(&["search", "Baum gießen", "--kind", "measure", "--land", "th", "--limit", "5"]).ok()?;
        (found["total"] == 1).then_some(found)
    })
    .unwrap();
    has(&found, &["total", "hits", "facets"]);
    has(&found["hits"][0], &["publisher", "record", "kind", "title", "summary"]);
    assert_eq!(found["hits"][0]["title"], "Gießwagen für Stadtbäume");
    for (option, value) in [("--kind", "solution"), ("--land", "sh"), ("--field", "mobility")] {
        assert_eq!(
            th.does(&["search", "Baum gießen", option, value]).unwrap()["total"],
            0,
            "{option} {value}"
        );
    }
    assert!(prints(th, "de", &["search", "gießen"]).contains("1 Treffer"));
    let shown = th.does(&["show", &record]).unwrap();
    assert_eq!((&shown["id"], &shown["body"]["title"]["de"]), (&one["id"], &found["hits"][0]["title"]));
    assert_eq!(shown["vouched_by"]["attester"], "th");

    let withdrawn = jena.does(&["retract", &record, "--reason", "duplicate"]).unwrap();
    assert_eq!((withdrawn[0]["version"].as_u64(), &withdrawn[0]["record"]), (Some(2), &one["record"]));
    federation.until_equal().unwrap();
    let shown = th.does(&["show", &record]).unwrap();
    assert_eq!((&shown["retracted"], shown.get("body")), (&Json::from("duplicate"), None));
    until("nobody finds it any more", || {
        (th.does(&["search", "Baum gießen"]).ok()?["total"] == 0).then_some(())
    })
    .unwrap();
    let own = format!("th.jena/{}", "01920000-0000-7000-8000-000000000000");
    assert!(jena.refuses(&["retract", &own]).unwrap().contains("no record"));
    assert!(th.refuses(&["retract", &record]).unwrap().contains("th"), "only its own");
    assert!(th.refuses(&["show", &own]).unwrap().contains("does not know this record"));
    assert_eq!(jena.does(&["republish"]).unwrap(), serde_json::json!([]), "there is no new epoch");
}

#[test]
fn status_and_peers_tell_how_it_stands() {
    let mut federation = Federation::found(&["th", "sh", "th.jena"]).unwrap();
    // Jena knows only th at first.
    federation.start("th").unwrap();
    federation.start("th.jena").unwrap();
    federation.start("sh").unwrap();
    federation.attest("th.jena").unwrap();
    federation.publish("th.jena", &draft("Ein Eintrag")).unwrap();
    federation.until_equal().unwrap();
    let jena = federation.node("th.jena").unwrap();
    let agreed = |count: usize| {
        until("all peers are agreed with", || {
            let status = jena.does(&["status"]).ok()?;
            let peers = status["peers"].as_array()?;
            let agreed = peers.iter().filter(|peer| peer["agreed"].is_string() && peer["connected"] == true);
            (agreed.count() == count && peers.len() == count).then(|| status.clone())
        })
        .unwrap()
    };
    let status = agreed(1);
    has(&status, &["network", "publisher", "heads", "trust_root", "buckets", "change", "peers", "refused"]);
    assert_eq!((word(&status, "network"), word(&status, "publisher")), ("allmende-test", "th.jena"));
    assert_eq!((&status["heads"], &status["buckets"]["th"]["count"]), (&Json::from(2), &Json::from(1)));
    assert!(
        is_hex(word(&status, "trust_root"), 64) && is_hex(word(&status["buckets"]["th"], "fingerprint"), 64)
    );
    let peer = &status["peers"][0];
    has(peer, &["peer_id", "address", "role", "agreed", "lag"]);
    assert_eq!((word(peer, "role"), peer["lag"].as_u64()), ("relay", Some(0)));
    assert_eq!(jena.does(&["peers"]).unwrap()[0]["peer_id"], peer["peer_id"]);

    let sh = federation.node("sh").unwrap().address().to_owned();
    assert_eq!(jena.does(&["peers", "add", &sh]).unwrap()["address"], sh.as_str());
    agreed(2);
    let told = jena.refuses(&["peers", "add", "relay.example:4480"]).unwrap();
    assert!(told.contains("not a multiaddress") && told.contains("/dns4/"), "{told}");
    // The added one is dialled after the next start as well.
    let jena = federation.node_mut("th.jena").unwrap();
    jena.stop().unwrap();
    jena.start(&[]).unwrap();
    let jena = federation.node("th.jena").unwrap();
    let peers = until("sh is connected again", || {
        let peers = jena.does(&["peers"]).ok()?;
        (peers[0]["connected"] == true).then_some(peers)
    })
    .unwrap();
    assert_eq!(peers.as_array().unwrap().len(), 1, "{peers}");
    assert!(prints(jena, "de", &["peers"]).contains("verbunden"));
    assert!(prints(jena, "de", &["status"]).contains("Geltende Erklärungen: 2"));
}

#[test]
fn tokens_open_the_api_until_they_are_removed() {
    let mut federation = Federation::found(&["th"]).unwrap();
    federation.start_all().unwrap();
    let th = federation.node("th").unwrap();
    let post = |token: &str, title: &str| {
        let note = serde_json::json!({ "kind": "note", "body": { "title": title } }).to_string();
        th.post_with(token, "/api/v1/records", "application/json", note.as_bytes()).unwrap()
    };
    let added = th.does(&["token", "add", "Fachverfahren"]).unwrap();
    assert_eq!(added["name"], "Fachverfahren");
    let token = word(&added, "token").to_owned();
    assert_eq!(post(&token, "Mit Token").0, 201);
    let listed = th.does(&["token", "list"]).unwrap();
    assert_eq!((listed.as_array().unwrap().len(), word(&listed[0], "name")), (1, "Fachverfahren"));
    has(&listed[0], &["created"]);
    let kept = std::fs::read_to_string(th.folder().join("tokens.toml")).unwrap();
    assert!(!kept.contains(&token) && !listed.to_string().contains(&token), "only its hash is kept");
    assert!(th.refuses(&["token", "add", "Fachverfahren"]).unwrap().contains("token remove"));
    let second = word(&th.does(&["token", "add", "Zweites"]).unwrap(), "token").to_owned();
    assert_ne!(second, token);

    th.does(&["token", "remove", "Fachverfahren"]).unwrap();
    for token in [token.as_str(), "", "allmende_erfunden"] {
        let (status, problem) = post(token, "Ohne Token");
        assert_eq!((status, &problem["code"]), (401, &Json::from("token")), "{problem}");
    }
    assert_eq!(post(&second, "Mit dem zweiten").0, 201);
    assert!(th.refuses(&["token", "remove", "Fachverfahren"]).unwrap().contains("token list"));
    assert_eq!(th.status().unwrap()["heads"], 2);
}

#[test]
fn own_copies_verify_and_a_flipped_byte_does_not() {
    let mut federation = Federation::found(&["th"]).unwrap();
    federation.start_all().unwrap();
    for title in ["Eins", "Zwei"] {
        federation.publish("th", &draft(title)).unwrap();
    }
    let th = federation.node("th").unwrap();
    let own = th.folder().join("own");
    let verified = th.does(&["verify", &own.display().to_string()]).unwrap();
    let ids: BTreeSet<&str> = verified.as_array().unwrap().iter().map(|one| word(one, "id")).collect();
    assert_eq!(ids.len(), 2);
    for one in verified.as_array().unwrap() {
        has(one, &["file", "publisher", "record", "kind", "version", "issued", "key", "title"]);
        assert_eq!(one["valid"], true);
    }
    let mut copies: Vec<_> = std::fs::read_dir(&own).unwrap().map(|entry| entry.unwrap().path()).collect();
    copies.sort();
    let mut bytes = std::fs::read(&copies[0]).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    let forged = federation.file("forged.cose", &bytes).unwrap().display().to_string();
    let output = th.call(&["verify", &forged, &copies[1].display().to_string()]).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let documents: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&documents[0]["valid"], &documents[0]["code"]),
        (&Json::from(false), &Json::from("signature"))
    );
    assert_eq!(documents[1]["valid"], true);
    assert!(String::from_utf8_lossy(&output.stderr).contains("1 / 2 files are invalid"));
    // Without a folder the network has to be named; under another name nothing holds.
    let nowhere = Daemon::at(&federation.root().join("nowhere"));
    let good = copies[1].display().to_string();
    nowhere.does(&["verify", "--network", "allmende-test", &good]).unwrap();
    nowhere.refuses(&["verify", "--network", "elsewhere", &good]).unwrap();
    nowhere.refuses(&["verify", &good]).unwrap();
}

#[test]
fn everything_that_stands_is_exported() {
    let mut federation = Federation::found(&["th", "th.jena"]).unwrap();
    federation.start_all().unwrap();
    let kept = federation.publish("th.jena", &draft("Bleibt")).unwrap();
    let gone = federation.publish("th", &draft("Geht")).unwrap();
    federation.node("th").unwrap().does(&["retract", &format!("th/{}", word(&gone, "record"))]).unwrap();
    federation.until_equal().unwrap();
    let th = federation.node("th").unwrap();
    let file = federation.root().join("export.jsonl");
    let about = th.does(&["export", "--out", &file.display().to_string()]).unwrap();
    let lines = std::fs::read_to_string(&file).unwrap();
    let records: Vec<Json> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let shown: Vec<_> = records.iter().filter(|record| record["kind"] == "measure").collect();
    assert_eq!(about["records"], records.len(), "{lines}");
    let [one] = shown.as_slice() else { panic!("one measure stands: {lines}") };
    assert_eq!((&one["id"], &one["body"]["title"]["de"]), (&kept["id"], &Json::from("Bleibt")));
    assert_eq!(prints(th, "en", &["export"]), lines);
}

#[test]
fn the_doctor_says_what_is_wrong() {
    let mut federation = Federation::found(&["th"]).unwrap();
    let looks = |node: &Daemon| {
        let output = node.call(&["doctor"]).unwrap();
        let found: Json = serde_json::from_slice(&output.stdout).unwrap();
        let bad = found.as_array().unwrap().iter().filter(|look| look["good"] == false);
        (
            output.status.code(),
            bad.map(|look| format!("{}: {}", word(look, "what"), word(look, "words"))).collect::<Vec<_>>(),
        )
    };
    let healthy = (Some(0), Vec::<String>::new());
    assert_eq!(looks(&federation.nodes[0]), healthy, "before the first start");
    federation.start("th").unwrap();
    federation.publish("th", &draft("Gesund")).unwrap();
    assert_eq!(looks(&federation.nodes[0]), healthy, "while it runs");
    federation.nodes[0].stop().unwrap();
    let th = &federation.nodes[0];
    assert_eq!(looks(th), healthy, "afterwards");
    assert!(prints(th, "de", &["doctor"]).contains("alle Unterschriften gültig"));

    let rights = |mode: u32| {
        let key = th.folder().join("key.pem");
        std::fs::set_permissions(key, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    rights(0o644);
    std::fs::write(th.folder().join("own/record-x.00000000000000000001.00000000000000000001.cose"), b"x")
        .unwrap();
    let database = th.folder().join("store/log/0000000000000001.log");
    let length = std::fs::metadata(&database).unwrap().len();
    std::fs::write(&database, vec![0x5a; usize::try_from(length).unwrap()]).unwrap();
    let (code, bad) = looks(th);
    assert_eq!((code, bad.len()), (Some(1), 3), "{bad:#?}");
    for (look, words) in bad.iter().zip(["chmod 600", "no longer open", "allmende run"]) {
        assert!(look.contains(words), "{look}");
    }
}

#[test]
fn completions_and_the_manual_name_every_command() {
    let nowhere = Daemon::at(std::path::Path::new("nowhere"));
    let man = prints(&nowhere, "en", &["man"]);
    assert!(man.starts_with(".ie") || man.starts_with(".TH") || man.contains(".TH allmende"), "{man}");
    for shell in ["bash", "zsh", "fish"] {
        let completions = prints(&nowhere, "en", &["completions", shell]);
        for command in
            ["init", "network", "attest", "publish", "retract", "import", "verify", "doctor", "token"]
        {
            assert!(completions.contains(command), "{shell}: {command}");
            assert!(man.contains(command), "{command}");
        }
    }
    refused(nowhere.command().unwrap().args(["completions", "cmd.exe"]), 2).unwrap();
    assert!(prints(&nowhere, "de", &["--version"]).starts_with("allmende 0."));
}
