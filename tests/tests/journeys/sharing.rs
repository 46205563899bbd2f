//! Jena publishes, and everybody finds and reads it on a node of their own.

use harness::daemon::Federation;
use harness::daemon::draft;
use harness::daemon::until;

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
