//! What is withdrawn or erased is found nowhere afterwards: not in a file, not behind an address, not in what is written out.

use harness::daemon::Daemon;
use harness::daemon::Federation;
use harness::daemon::draft;
use harness::daemon::until;
use harness::marker::found;
use harness::marker::holds;
use serde_json::Value as Json;

/// One word that stands in nothing else; in lower case, as the catalogue writes its words.
const MARKER: &str = "zqaktenzeichen4711";
/// How it begins.
const BEGINNING: &str = "zqakte";

fn three() -> Federation {
    Federation::found(&["th", "th.jena", "th.weimar"]).unwrap()
}

/// A shorter time until a retracted body is off the disk.
fn forget_soon(node: &Daemon) {
    let file = node.folder().join("allmende.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("\nforget_after_seconds = 600"), "{text}");
    std::fs::write(&file, text.replace("\nforget_after_seconds = 600", "\nforget_after_seconds = 1"))
        .unwrap();
}

fn name(record: &Json) -> String {
    format!("{}/{}", record["publisher"].as_str().unwrap(), record["record"].as_str().unwrap())
}

fn marked(node: &Daemon) -> Vec<String> {
    let files = found(node.folder(), MARKER).unwrap();
    files.iter().map(|file| file.display().to_string()).collect()
}

fn is_found(node: &Daemon) -> bool {
    node.json(&format!("/api/v1/records?q={MARKER}")).unwrap()["total"] == 1
}

/// Nothing that the node tells holds the marker.
fn tells_nothing(federation: &Federation, node: &Daemon, record: &Json) {
    let (page, api) = (format!("/records/{}", name(record)), format!("/api/v1/records/{}", name(record)));
    let paths = [
        page.clone(),
        format!("{page}.json"),
        format!("{page}.cose"),
        api,
        format!("/?q={BEGINNING}"),
        format!("/api/v1/suggest?q={BEGINNING}"),
        "/api/v1/records?limit=100".to_owned(),
        "/api/v1/changes?limit=1000".to_owned(),
        "/api/v1/bundles?limit=1000".to_owned(),
    ];
    for path in paths {
        let mut answer = ureq::get(format!("{}{path}", node.http()))
            .config()
            .http_status_as_error(false)
            .build()
            .call()
            .unwrap();
        let body = answer.body_mut().read_to_vec().unwrap();
        assert!(!holds(&body, MARKER), "{path}");
    }
    assert!(!is_found(node));
    let out = federation.root().join("export.jsonl");
    node.does(&["export", "--out", &out.display().to_string()]).unwrap();
    assert!(!holds(&std::fs::read(&out).unwrap(), MARKER));
}

#[test]
fn what_is_withdrawn_leaves_every_disk_in_bounded_time() {
    let mut federation = three();
    federation.nodes.iter().for_each(forget_soon);
    federation.start_all().unwrap();
    let record = federation.publish("th.jena", &draft(MARKER)).unwrap();
    federation.publish("th.jena", &draft("Bleibt")).unwrap();
    federation.until_equal().unwrap();
    for node in &federation.nodes {
        until("it is found", || is_found(node).then_some(())).unwrap();
        let files = marked(node);
        for part in ["/store/log/", "/catalogue/"] {
            assert!(files.iter().any(|file| file.contains(part)), "{part} in {files:?}");
        }
    }
    assert!(marked(federation.node("th.jena").unwrap()).iter().any(|file| file.contains("/own/")));
    federation
        .node("th.jena")
        .unwrap()
        .does(&["retract", &name(&record), "--reason", "personal-data"])
        .unwrap();
    federation.until_equal().unwrap();
    for node in &federation.nodes {
        let gone = until("it is off the disk", || marked(node).is_empty().then_some(()));
        assert!(gone.is_ok(), "{:?} {}", marked(node), node.log());
        tells_nothing(&federation, node, &record);
    }
    for at in 0..federation.nodes.len() {
        federation.nodes[at].stop().unwrap();
        assert_eq!(marked(&federation.nodes[at]), Vec::<String>::new(), "nor does stopping bring it back");
    }
}

#[test]
fn ones_own_record_is_erased_at_once_and_withdrawn_from_all_others() {
    let mut federation = three();
    forget_soon(federation.node("th.weimar").unwrap());
    federation.start_all().unwrap();
    let record = federation.publish("th.jena", &draft(MARKER)).unwrap();
    federation.until_equal().unwrap();
    let jena = federation.node("th.jena").unwrap();
    let told = jena.refuses(&["erase", &name(&record), "--reason", " "]).unwrap();
    assert!(told.contains("reason"), "{told}");
    let erased = jena.does(&["erase", &name(&record), "--reason", "Namen standen darin"]).unwrap();
    assert_eq!(
        (&erased["gone"], &erased["kept_out"], &erased["withdrawn"]["version"]),
        (&true.into(), &false.into(), &2.into())
    );
    assert_eq!(marked(jena), Vec::<String>::new(), "{}", jena.log());
    tells_nothing(&federation, jena, &record);
    let (status, page) = jena.read(&format!("/records/{}", name(&record))).unwrap();
    assert!(status == 410 && page.contains("zurückgezogen"), "{status} {page}");
    federation.until_equal().unwrap();
    let weimar = federation.node("th.weimar").unwrap();
    until("weimar forgets as well", || marked(weimar).is_empty().then_some(())).unwrap();
    // The record goes on under its name, and no version is signed twice.
    let again = format!("record = {}\n{}", record["record"], draft("Ohne Namen"));
    let again = federation.publish("th.jena", &again).unwrap();
    assert_eq!(again["version"], 3);
}

#[test]
fn anothers_record_is_kept_out_until_that_is_lifted() {
    let mut federation = three();
    federation.start_all().unwrap();
    let record = federation.publish("th.jena", &draft(MARKER)).unwrap();
    federation.until_equal().unwrap();
    let weimar = federation.node("th.weimar").unwrap();
    until("it is found", || is_found(weimar).then_some(())).unwrap();
    weimar.does(&["erase", &name(&record), "--reason", "Beschluss 7 O 12/26"]).unwrap();
    let is_gone = |federation: &Federation| {
        let weimar = federation.node("th.weimar").unwrap();
        assert_eq!(marked(weimar), Vec::<String>::new(), "{}", weimar.log());
        tells_nothing(federation, weimar, &record);
        for path in [format!("/records/{}", name(&record)), format!("/api/v1/records/{}", name(&record))] {
            let (status, text) = weimar.read(&path).unwrap();
            assert!(status == 410 && text.contains("Beschluss 7 O 12/26"), "{path}: {status} {text}");
        }
        let status = weimar.status().unwrap();
        assert_eq!(status["erasures"][0]["record"], record["record"]);
    };
    is_gone(&federation);
    // A newer version is no way around it; fingerprints stay equal, so that nobody fetches for ever.
    let newer = format!("record = {}\n{}", record["record"], draft(&format!("{MARKER} neu")));
    let newer = federation.publish("th.jena", &newer).unwrap();
    federation.until_equal().unwrap();
    is_gone(&federation);
    federation.node_mut("th.weimar").unwrap().kill().unwrap();
    federation.start("th.weimar").unwrap();
    federation.until_equal().unwrap();
    is_gone(&federation);
    // Nor does a database that is lost with the memory of it.
    federation.node_mut("th.weimar").unwrap().stop().unwrap();
    std::fs::remove_dir_all(federation.node("th.weimar").unwrap().folder().join("store")).unwrap();
    federation.start("th.weimar").unwrap();
    federation.until_equal().unwrap();
    is_gone(&federation);
    let weimar = federation.node("th.weimar").unwrap();
    weimar.does(&["erase", &name(&record), "--lift"]).unwrap();
    let path = format!("/api/v1/records/{}", name(&record));
    until("it comes back", || (weimar.json(&path).ok()?["id"] == newer["id"]).then_some(())).unwrap();
    assert!(weimar.refuses(&["erase", &name(&record), "--lift"]).unwrap().contains("not erased"));
    federation.until_equal().unwrap();
}

#[test]
fn a_node_that_is_off_erases_as_well_and_own_words_do_not_come_back_from_copies() {
    let mut federation = three();
    federation.start_all().unwrap();
    let record = federation.publish("th.jena", &draft(MARKER)).unwrap();
    federation.until_equal().unwrap();
    for at in 0..3 {
        federation.nodes[at].stop().unwrap();
    }
    let jena = federation.node("th.jena").unwrap();
    let told = jena.refuses(&["erase", &name(&record), "--reason", "Urteil"]).unwrap();
    assert!(told.contains("--only-here"), "{told}");
    let weimar = federation.node("th.weimar").unwrap();
    // What a damaged database leaves behind holds it, too.
    let aside = weimar.folder().join("store-damaged-1");
    std::fs::create_dir(&aside).unwrap();
    std::fs::write(aside.join("old"), MARKER).unwrap();
    for node in [jena, weimar] {
        assert!(!marked(node).is_empty());
        node.does(&["erase", &name(&record), "--reason", "Urteil", "--only-here"]).unwrap();
        assert_eq!(marked(node), Vec::<String>::new());
    }
    for publisher in ["th", "th.jena", "th.weimar"] {
        federation.start(publisher).unwrap();
    }
    federation.until_equal().unwrap();
    for publisher in ["th.jena", "th.weimar"] {
        let node = federation.node(publisher).unwrap();
        assert_eq!(marked(node), Vec::<String>::new(), "{publisher}");
        assert_eq!(node.read(&format!("/records/{}", name(&record))).unwrap().0, 410);
    }
    let again =
        federation.file("again.toml", format!("record = {}\n{}", record["record"], draft("Neu")).as_bytes());
    let again = again.unwrap().display().to_string();
    let told = federation.node("th.jena").unwrap().refuses(&["publish", &again]).unwrap();
    assert!(told.contains("erased here") && told.contains("--lift"), "{told}");
}
