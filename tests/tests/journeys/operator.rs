//! What goes wrong at an operator's desk ends with exit code 1 and a sentence that says what to do.

use harness::daemon::Daemon;
use harness::daemon::Federation;
use harness::daemon::draft;
use harness::daemon::finish;
use harness::daemon::refused;
use harness::daemon::until;
use serde_json::Value as Json;
use std::io::Read as _;
use std::io::Write as _;
use std::net::TcpListener;
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What a stop may take.
const STOP_MAX: Duration = Duration::from_secs(5);
const RUN: [&str; 3] = ["run", "--http", "127.0.0.1:0"];

/// Every one of the words stands in what was said.
fn says(told: &str, words: &[&str]) {
    for word in words {
        assert!(told.contains(word), "\"{word}\" is missing in: {told}");
    }
    assert!(!told.contains("panicked"), "{told}");
}

fn one(publisher: &str) -> Federation {
    Federation::found(&[publisher]).unwrap()
}

/// The command without root's right to read and write what it likes.
fn as_anybody(command: &Command) -> Command {
    let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    let program = Path::new(command.get_program());
    let mut plain = Command::new(if is_root { Path::new("setpriv") } else { program });
    if is_root {
        plain.arg("--bounding-set=-dac_override,-dac_read_search").arg("--").arg(program);
    }
    plain.args(command.get_args());
    plain
}

fn rights(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn an_unknown_key_is_named_with_line_and_suggestion() {
    let federation = one("th");
    let node = &federation.nodes[0];
    let file = node.folder().join("allmende.toml");
    let config = std::fs::read_to_string(&file).unwrap();
    let line = config.lines().count() + 2;
    std::fs::write(&file, format!("{config}\n[netwrok]\n")).unwrap();
    let told = node.refuses(&RUN).unwrap();
    says(&told, &["allmende.toml", &format!("line {line}"), "netwrok", "was \"network\" meant?"]);
}

#[test]
fn a_missing_or_wrong_network_document_is_told() {
    let federation = one("th");
    let node = &federation.nodes[0];
    std::fs::remove_file(node.folder().join("network.toml")).unwrap();
    says(&node.refuses(&RUN).unwrap(), &["no network document", "allmende network set FILE"]);
    std::fs::write(node.folder().join("network.toml"), "network = 3\n").unwrap();
    says(&node.refuses(&RUN).unwrap(), &["network.toml", "not usable"]);
}

#[test]
fn busy_ports_are_told() {
    let mut federation = Federation::found(&["th", "sh"]).unwrap();
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap().to_string();
    let told = federation.nodes[0].refuses(&["run", "--http", &address]).unwrap();
    says(&told, &[&address, "in use by another program", "--http 127.0.0.1:0"]);
    federation.start("th").unwrap();
    let place = federation.nodes[0].address().split("/p2p/").next().unwrap().to_owned();
    let told = federation.nodes[1].refuses(&[RUN.as_slice(), &["--listen", &place]].concat()).unwrap();
    says(&told, &[&place, "taken by another program", "choose another port"]);
}

#[test]
fn pages_that_others_could_open_need_an_imprint() {
    let federation = one("th");
    let node = &federation.nodes[0];
    let told = node.refuses(&["run", "--http", "0.0.0.0:0"]).unwrap();
    says(&told, &["page.imprint", "Impressum", "127.0.0.1:8480"]);
}

#[test]
fn a_key_that_cannot_be_read_is_told() {
    let federation = one("th");
    let node = &federation.nodes[0];
    let key = node.folder().join("key.pem");
    let pem = std::fs::read_to_string(&key).unwrap();
    rights(&key, 0o000);
    let mut run = as_anybody(node.command().unwrap().args(RUN));
    says(&refused(&mut run, 1).unwrap(), &["key.pem", "cannot be read", "0600", "backup"]);
    rights(&key, 0o600);
    for damaged in [pem.replace("MC4C", "MC4D"), pem.chars().take(40).collect(), String::new()] {
        std::fs::write(&key, damaged).unwrap();
        says(&node.refuses(&RUN).unwrap(), &["key.pem", "damaged", "backup"]);
    }
    std::fs::remove_file(&key).unwrap();
    says(&node.refuses(&RUN).unwrap(), &["key.pem", "cannot be read", "backup"]);
}

#[test]
fn a_second_daemon_on_the_folder_is_told() {
    let mut federation = one("th");
    federation.start("th").unwrap();
    let node = &federation.nodes[0];
    let told = node.refuses(&RUN).unwrap();
    says(
        &told,
        &["another allmende is running", "Stop it first", "--dir", &node.folder().display().to_string()],
    );
    assert_eq!(node.status().unwrap()["publisher"], "th", "the first one runs on");
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let federation = one("th");
    let node = &federation.nodes[0];
    rights(node.folder(), 0o500);
    let mut run = as_anybody(node.command().unwrap().args(RUN));
    let told = refused(&mut run, 1).unwrap();
    rights(node.folder(), 0o700);
    says(&told, &["cannot be written", "owner", "rights"]);
}

/// Room of the small file system, in KiB.
const SMALL_KIB: u32 = 16 * 1_024;

/// Whether this user may mount in a name space of its own; some containers forbid it.
fn may_mount() -> bool {
    let mut mount = Command::new("unshare");
    mount.args(["--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "small", "/mnt"]);
    finish(&mut mount).is_ok_and(|output| output.status.success())
}

/// Runs the node on a copy of its folder on a small file system of its own that is full but for so much.
fn run_in_little_room(federation: &Federation, free_kib: u32) -> String {
    let place = federation.root().join("small");
    std::fs::create_dir_all(&place).unwrap();
    let script = "set -e; mount -t tmpfs -o size=\"$3k\" small \"$2\"; cp -a \"$1\" \"$2/node\"; \
                  free=$(df -k --output=avail \"$2\" | tail -n 1); \
                  head -c \"$(((free - $4) * 1024))\" /dev/zero > \"$2/other\"; shift 4; exec \"$@\"";
    let mut run = Command::new("unshare");
    run.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]);
    run.args([federation.nodes[0].folder(), &place]).args([SMALL_KIB.to_string(), free_kib.to_string()]);
    run_there(run, &place.join("node"))
}

/// Runs the node where no file may grow: the nearest to a full disk where nothing can be mounted.
fn run_without_room(federation: &Federation) -> String {
    let mut run = Command::new("sh");
    run.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"]);
    run_there(run, federation.nodes[0].folder())
}

fn run_there(mut run: Command, folder: &Path) -> String {
    run.arg(harness::daemon::program().unwrap()).arg("--dir").arg(folder);
    run.args(["--lang", "en"]).args(RUN).args(["--listen", "/ip4/127.0.0.1/tcp/0"]);
    refused(&mut run, 1).unwrap()
}

#[test]
fn a_full_disk_is_told() {
    let mut federation = one("th");
    let mounts = may_mount();
    let full = |federation: &Federation| match mounts {
        true => run_in_little_room(federation, 0),
        false => run_without_room(federation),
    };
    says(&full(&federation), &["room on the disk"]);
    if mounts {
        // There is room for a file or two, but not for the database; for the database, but not for the index.
        for free_kib in [8, 16] {
            says(&run_in_little_room(&federation, free_kib), &["room on the disk"]);
        }
    } else {
        println!("nothing can be mounted here: a limit on the size of files stands for the full disk");
    }
    federation.start("th").unwrap();
    federation.publish("th", &draft("Wertvoll")).unwrap();
    federation.nodes[0].stop().unwrap();
    let told = full(&federation);
    says(&told, &["room on the disk"]);
    assert!(!told.contains("set aside"), "a full disk is no damage: {told}");
    federation.start("th").unwrap();
    assert_eq!(federation.nodes[0].status().unwrap()["heads"], 1, "with room again everything is there");
}

#[test]
fn wrong_usage_ends_with_exit_code_2() {
    let federation = one("th");
    let node = &federation.nodes[0];
    let refuses = |arguments: &[&str]| refused(node.command().unwrap().args(arguments), 2).unwrap();
    let mut french = Command::new(harness::daemon::program().unwrap());
    says(&refused(french.args(["--lang", "fr", "status"]), 2).unwrap(), &["fr", "de", "en"]);
    for name in ["Jena", "th.Jena", "xx.jena", "th..jena", "th.jena.a.b.c"] {
        says(&refuses(&["init", "--publisher", name, "--name", "Stadt Jena"]), &[name]);
    }
    says(&refuses(&["init", "--publisher", "th.jena", "--name", "Jena", "--ars", "16x"]), &["16x"]);
    says(&refuses(&["network", "new", "x", "--anchor", "xx=00"]), &["xx", "Land"]);
    says(&refuses(&["publizieren"]), &["publizieren"]);
    let told = node.refuses(&["init", "--publisher", "th.jena", "--name", "Stadt Jena"]).unwrap();
    says(&told, &["holds a node already", "nothing was changed", "--dir"]);
}

#[test]
fn commands_without_a_running_node_say_how_to_start_it() {
    let mut federation = one("th");
    let draft = federation.file("draft.toml", draft("Wartet").as_bytes()).unwrap().display().to_string();
    let node = &federation.nodes[0];
    let commands: [&[&str]; 5] =
        [&["status"], &["search", "Baum"], &["publish", &draft], &["peers"], &["show", "th/x"]];
    for arguments in commands {
        says(&node.refuses(arguments).unwrap(), &["no node is running", "allmende --dir", "run"]);
    }
    let nowhere = Daemon::at(&federation.root().join("nowhere"));
    says(&nowhere.refuses(&["status"]).unwrap(), &["no node is running", "nowhere"]);
    says(&nowhere.refuses(&RUN).unwrap(), &["nowhere", "allmende init"]);

    // After a kill run.json is left over: nobody is asked at its address, and the next start puts a new one there.
    federation.start("th").unwrap();
    federation.nodes[0].kill().unwrap();
    assert!(federation.nodes[0].folder().join("run.json").exists());
    let told = federation.nodes[0].refuses(&["status"]).unwrap();
    says(&told, &["no node is running", "allmende --dir", "run"]);
    federation.start("th").unwrap();
    let about = federation.nodes[0].does(&["status"]).unwrap();
    assert_eq!(about["publisher"], "th");
    federation.nodes[0].stop().unwrap();
    assert!(!federation.nodes[0].folder().join("run.json").exists());
}

#[test]
fn attesting_and_publishing_out_of_turn_is_told() {
    let mut federation = Federation::found(&["th", "sh", "th.jena"]).unwrap();
    for publisher in ["th", "sh", "th.jena"] {
        federation.start(publisher).unwrap();
    }
    let draft = federation.file("draft.toml", draft("Zu früh").as_bytes()).unwrap().display().to_string();
    let jena = federation.node("th.jena").unwrap();
    says(&jena.refuses(&["publish", &draft]).unwrap(), &["not attested", "allmende request", "by phone"]);

    let asked = jena.does(&["request"]).unwrap();
    let (request, code) = (asked["request"].as_str().unwrap(), asked["code"].as_str().unwrap());
    let half: String = request.chars().take(60).collect();
    let th = federation.node("th").unwrap();
    let told = th.refuses(&["attest", request, "--code", "AAAA-AAAA"]).unwrap();
    says(&told, &["does not belong to this request", "read out again"]);
    says(&th.refuses(&["attest", request]).unwrap(), &["--code"]);
    says(&th.refuses(&["attest", &half, "--code", code]).unwrap(), &["request", "Copy it whole"]);
    let told = federation.node("sh").unwrap().refuses(&["attest", request, "--code", code]).unwrap();
    says(&told, &["sh cannot vouch for th.jena", "a name above it"]);
    assert_eq!(th.status().unwrap()["heads"], 0);
    th.does(&["attest", request, "--code", &code.to_lowercase()]).unwrap();
    until("jena is attested", || (jena.status().ok()?["attested"] == true).then_some(())).unwrap();
    assert_eq!(jena.does(&["publish", &draft]).unwrap()[0]["version"], 1);
}

#[test]
fn a_bad_draft_is_explained_field_by_field() {
    let mut federation = one("th");
    federation.start("th").unwrap();
    let node = &federation.nodes[0];
    let told_of = |name: &str, text: &str| {
        let file = federation.file(name, text.as_bytes()).unwrap();
        node.refuses(&["publish", &file.display().to_string()]).unwrap()
    };
    let good = draft("Guter Entwurf");
    let bad =
        good.replace("phase = \"idea\"", "phase = \"irgendwann\"").replace("challenge", "herausforderung");
    let told = told_of("bad.toml", &bad);
    says(&told, &["bad.toml", "irgendwann", "1 / 1 files were not taken"]);
    let (status, problem) = {
        let json =
            serde_json::json!({ "kind": "measure", "body": { "title": "Nur ein Titel", "phase": "x" } });
        node.post("/api/v1/records", "application/json", json.to_string().as_bytes()).unwrap()
    };
    assert_eq!((status, &problem["code"]), (422, &Json::from("invalid")));
    let findings = problem["findings"].as_array().unwrap();
    for path in ["summary", "phase", "action_fields"] {
        let finding = findings.iter().find(|finding| finding["path"] == path);
        let finding = finding.unwrap_or_else(|| panic!("{path} is not named in {problem}"));
        assert_eq!(finding["grade"], "error");
        assert!(finding["message"].as_str().unwrap().len() > 10, "{finding}");
    }
    says(&told_of("broken.toml", "kind = \"measure\ntitle = 3"), &["broken.toml", "line 1"]);
    says(&told_of("nokind.toml", "title = \"Ohne Art\"\n"), &["nokind.toml", "kind"]);
    says(&told_of("draft.docx", "PK"), &[".toml", ".yaml", ".json"]);
    says(&told_of("rubbish.cose", "keine Erklärung"), &["rubbish.cose"]);
    says(&node.refuses(&["publish", "/nirgends.toml"]).unwrap(), &["/nirgends.toml", "cannot be read"]);
    assert_eq!(node.status().unwrap()["heads"], 0);
}

#[test]
fn it_stops_within_five_seconds_under_load() {
    let mut federation = Federation::found(&["th", "th.jena"]).unwrap();
    federation.start_all().unwrap();
    let node = federation.node("th").unwrap();
    let http = node.http().trim_start_matches("http://").to_owned();
    let body = serde_json::json!({ "kind": "note", "body": { "title": "Last" } }).to_string();
    let (sender, answers) = std::sync::mpsc::channel();
    let mut clients = Vec::new();
    for _ in 0..4 {
        let (mut client, body, sender) = (Daemon::at(node.folder()), body.clone(), sender.clone());
        client.about = node.about.clone();
        clients.push(std::thread::spawn(move || {
            while let Ok((201, _)) = client.post("/api/v1/records", "application/json", body.as_bytes()) {
                let _ = sender.send(());
            }
        }));
    }
    // A reader that waits for news, one that never ends its request, and one that never reads its answer.
    let change = node.status().unwrap()["change"].as_u64().unwrap() + 1_000_000;
    let mut sockets = Vec::new();
    for request in [
        format!("GET /api/v1/changes?since={change}&wait=25 HTTP/1.1\r\nHost: {http}\r\n\r\n"),
        format!("POST /api/v1/records HTTP/1.1\r\nHost: {http}\r\nContent-Length: 100\r\n\r\n{{"),
        format!("GET /network HTTP/1.1\r\nHost: {http}\r\n\r\n"),
    ] {
        let mut socket = TcpStream::connect(&http).unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        sockets.push(socket);
    }
    answers.iter().take(40).for_each(drop);
    let took = federation.node_mut("th").unwrap().stop().unwrap();
    assert!(took < STOP_MAX, "{took:?}");
    for client in clients {
        client.join().unwrap();
    }
    let mut rest = Vec::new();
    let _ = sockets.remove(0).read_to_end(&mut rest);
    let count = federation.node("th").unwrap().log().matches("not everything ended in time").count();
    assert_eq!(count, 0, "{}", federation.node("th").unwrap().log());
    federation.start("th").unwrap();
    federation.until_equal().unwrap();
}
