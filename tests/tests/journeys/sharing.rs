//! Jena publishes, and everybody finds and reads it on a node of their own.

use harness::daemon::Daemon;
use harness::daemon::Federation;
use harness::daemon::draft;
use harness::daemon::until;
use std::io::Read as _;

#[test]
fn what_jena_publishes_is_read_on_every_node() {
    let mut federation = Federation::found(&["th", "sh", "th.jena", "th.weimar", "sh.husum"]).unwrap();
    federation.start_all().unwrap();
    let file = federation.root().join("draft.toml");
    std::fs::write(&file, draft("Bäume wässern mit Sensoren")).unwrap();
    let published =
        federation.node("th.jena").unwrap().does(&["publish", &file.display().to_string()]).unwrap();
    let record = format!("th.jena/{}", published[0]["record"].as_str().unwrap());
    for node in &federation.nodes {
        let found = until("the record is found", || {
            let found = node.json("/api/v1/records?q=Baum%20w%C3%A4ssern").ok()?;
            found["hits"].as_array().filter(|hits| !hits.is_empty()).map(|hits| hits[0].clone())
        })
        .unwrap();
        assert_eq!(found["title"], "Bäume wässern mit Sensoren");
        let (status, page) = node.read(&format!("/records/{record}")).unwrap();
        assert_eq!(status, 200);
        assert!(page.contains("Bäume wässern mit Sensoren") && page.contains("th.jena"), "{page}");
        let (_, results) = node.read("/?q=B%C3%A4ume").unwrap();
        assert!(results.contains(&record), "{results}");
    }
    federation.until_equal().unwrap();
    let took = federation.node_mut("th.weimar").unwrap().stop().unwrap();
    assert!(took < std::time::Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_stranger_follows_the_page_on_verifying_on_a_machine_of_her_own() {
    let mut federation = Federation::found(&["th"]).unwrap();
    federation.start_all().unwrap();
    let published = federation.publish("th", &draft("Echt")).unwrap();
    let node = federation.node("th").unwrap();
    let (_, page) = node.read("/verify").unwrap();
    assert!(page.contains("allmende verify --network allmende-test record.cose"), "{page}");
    let mut cose = Vec::new();
    let record = format!("{}/records/th/{}.cose", node.http(), published["record"].as_str().unwrap());
    ureq::get(&record).call().unwrap().body_mut().as_reader().read_to_end(&mut cose).unwrap();
    let file = federation.file("record.cose", &cose).unwrap().display().to_string();
    let elsewhere = Daemon::at(&federation.root().join("elsewhere"));
    let told = elsewhere.does(&["verify", "--network", "allmende-test", &file]).unwrap();
    assert_eq!((&told[0]["valid"], &told[0]["id"]), (&true.into(), &published["id"]));
    assert!(elsewhere.refuses(&["verify", "--network", "another", &file]).unwrap().contains("1 / 1"));
    assert!(!elsewhere.folder().exists(), "it needs no data folder");
}
