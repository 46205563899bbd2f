//! A relay says in a signed record where it is reached, and every node knows it.

use harness::daemon::Daemon;
use harness::daemon::Federation;
use harness::daemon::draft;
use harness::daemon::until;
use record::statement::RecordId;
use serde_json::Value as Json;

fn announce(node: &Daemon, addresses: &str) {
    let file = node.folder().join("allmende.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let lines = text.lines().map(|line| match line.starts_with("announce = ") {
        true => format!("announce = [{addresses}]\n"),
        false => format!("{line}\n"),
    });
    std::fs::write(&file, lines.collect::<String>()).unwrap();
}

fn again(federation: &mut Federation, addresses: &str) {
    federation.node_mut("th").unwrap().stop().unwrap();
    announce(federation.node("th").unwrap(), addresses);
    federation.start("th").unwrap();
}

fn version(node: &Daemon, path: &str) -> Option<u64> {
    node.json(path).ok()?["version"].as_u64()
}

#[test]
fn what_a_relay_announces_is_known_everywhere_until_it_takes_it_back() {
    let mut federation = Federation::found(&["th", "sh", "th.jena"]).unwrap();
    announce(federation.node("th").unwrap(), "\"/dns4/relay.th.example/tcp/4480\"");
    federation.start_all().unwrap();
    federation.publish("th.jena", &draft("Ein Eintrag")).unwrap();
    let peer_id = federation.node("th").unwrap().about["peer_id"].as_str().unwrap().to_owned();
    let record = RecordId::derived(&[b"node", peer_id.as_bytes()]);
    let path = format!("/api/v1/records/th/{record}");
    let place = format!("/dns4/relay.th.example/tcp/4480/p2p/{peer_id}");
    let lists = |federation: &Federation, place: &str, listed: bool| {
        for node in &federation.nodes {
            until(&format!("{place} is listed: {listed}"), || {
                (node.read("/network").ok()?.1.contains(place) == listed).then_some(())
            })
            .unwrap();
        }
    };
    lists(&federation, &place, true);
    let jena = federation.node("th.jena").unwrap();
    let shown = jena.json(&path).unwrap();
    assert_eq!((&shown["kind"], &shown["body"]["role"]), (&Json::from("node"), &Json::from("relay")));
    assert_eq!(jena.read(&format!("/records/th/{record}")).unwrap().0, 200);
    // Readers who look for something do not meet it.
    until("the entry is found", || (jena.json("/api/v1/records?q=").ok()?["total"] == 1).then_some(()))
        .unwrap();

    // Started again it says nothing new; a change is a new version of the same record.
    again(&mut federation, "\"/dns4/relay.th.example/tcp/4480\"");
    again(&mut federation, "\"/dns4/moved.th.example/tcp/443\"");
    lists(&federation, "/dns4/moved.th.example/tcp/443/p2p/", true);
    lists(&federation, &place, false);
    assert_eq!(version(federation.node("sh").unwrap(), &path), Some(2));
    again(&mut federation, "");
    lists(&federation, "/dns4/moved.th.example/tcp/443/p2p/", false);
    let sh = federation.node("sh").unwrap();
    until("it is withdrawn", || (version(sh, &path)? == 3).then_some(())).unwrap();
    assert_eq!(sh.json(&path).unwrap()["retracted"], "withdrawn");
}

#[test]
fn an_address_that_nobody_can_dial_is_told_before_it_is_published() {
    let federation = Federation::found(&["th"]).unwrap();
    let th = federation.node("th").unwrap();
    announce(th, "\"relay.th.example:4480\"");
    let told = th.refuses(&["run", "--http", "127.0.0.1:0"]).unwrap();
    assert!(told.contains("network.announce") && told.contains("/dns4/relay"), "{told}");
}

#[test]
fn a_town_whose_relay_died_finds_another_by_itself() {
    let mut federation = Federation::found(&["th", "sh", "th.jena", "sh.husum"]).unwrap();
    federation.start_all().unwrap();
    // Where Schleswig-Holstein's relay listens it knows only now: it says so, and Jena hears it from Thüringen's.
    let place = federation.node("sh").unwrap().address().split("/p2p/").next().unwrap().to_owned();
    federation.node_mut("sh").unwrap().stop().unwrap();
    announce(federation.node("sh").unwrap(), &format!("\"{place}\""));
    federation.start("sh").unwrap();
    let th = federation.node("th").unwrap().address().to_owned();
    let jena = federation.node_mut("th.jena").unwrap();
    jena.stop().unwrap();
    jena.start(&["--peer", &th]).unwrap();
    until("jena knows of the other relay", || {
        (federation.node("th.jena").unwrap().read("/network").ok()?.1.contains(&place)).then_some(())
    })
    .unwrap();

    federation.node_mut("th").unwrap().kill().unwrap();
    let news = federation.publish("sh.husum", &draft("Neues von der Küste")).unwrap();
    let own = federation.publish("th.jena", &draft("Neues aus Jena")).unwrap();
    let stands = |node: &str, published: &Json| {
        let path = format!(
            "/api/v1/records/{}/{}",
            published["publisher"].as_str().unwrap(),
            published["record"].as_str().unwrap()
        );
        let node = federation.node(node).unwrap();
        until("it came over the other relay", || {
            (node.json(&path).ok()?["id"] == published["id"]).then_some(())
        })
        .unwrap();
    };
    stands("th.jena", &news);
    stands("sh.husum", &own);
}
