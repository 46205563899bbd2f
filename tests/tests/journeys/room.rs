//! A disk that fills up while the node runs, and a start that takes its time.

use harness::daemon::Daemon;
use harness::daemon::Federation;
use harness::daemon::draft;
use harness::daemon::finish;
use harness::daemon::until;
use std::net::TcpListener;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

/// Room of the small file system, in MiB.
const SMALL_MIB: u64 = 128;
/// So much is left free, in MiB: less than the store demands for something new.
const LEFT_MIB: u64 = 20;
const MIB: u64 = 1024 * 1024;

/// Whether this user may mount in a name space of its own; some containers forbid it.
fn may_mount() -> bool {
    let mut mount = Command::new("unshare");
    mount.args(["--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "small", "/mnt"]);
    finish(&mut mount).is_ok_and(|output| output.status.success())
}

/// Where the running node sees a path that lies on the file system of its own.
fn inside(node: &Daemon, path: &Path) -> PathBuf {
    let path = path.strip_prefix("/").unwrap();
    Path::new("/proc").join(node.pid().to_string()).join("root").join(path)
}

fn fill(place: &Path) -> PathBuf {
    let room = rustix::fs::statvfs(place).unwrap();
    let free = room.f_bavail * room.f_frsize;
    let filler = place.join("filler");
    std::fs::write(&filler, vec![1; usize::try_from(free - LEFT_MIB * MIB).unwrap()]).unwrap();
    filler
}

#[test]
fn a_disk_that_fills_up_stops_writing_and_nothing_else() {
    if !may_mount() {
        println!("nothing can be mounted here, so no disk can be filled");
        return;
    }
    let mut federation = Federation::found(&["th"]).unwrap();
    federation.start("th").unwrap();
    let old = federation.publish("th", &draft("Von früher")).unwrap();
    federation.node_mut("th").unwrap().stop().unwrap();
    let place = federation.root().join("small");
    std::fs::create_dir_all(&place).unwrap();
    let script =
        "set -e; mount -t tmpfs -o size=\"$3m\" small \"$2\"; cp -a \"$1\" \"$2/node\"; shift 3; exec \"$@\"";
    let mut prefix: Vec<String> =
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
            .map(str::to_owned)
            .to_vec();
    let from = federation.node("th").unwrap().folder().display().to_string();
    prefix.extend([from, place.display().to_string(), SMALL_MIB.to_string()]);
    let mut node = Daemon::at(&place.join("node"));
    node.settle(prefix);
    node.start(&["--offline"]).unwrap();
    node.settle(Vec::new());
    let token = std::fs::read_to_string(inside(&node, &place).join("node/api.token")).unwrap();
    let publish = |title: &str| {
        let json = serde_json::json!({ "kind": "note", "body": { "title": title } }).to_string();
        node.post_with(token.trim(), "/api/v1/records", "application/json", json.as_bytes()).unwrap()
    };
    assert_eq!(publish("Platz genug").0, 201);
    assert_eq!(node.status().unwrap()["storage"]["full"], false);

    let filler = fill(&inside(&node, &place));
    let (status, told) = publish("Kein Platz");
    assert_eq!(status, 503, "{told}");
    assert!(told["detail"].as_str().unwrap().contains("disk is full"), "{told}");
    assert_eq!(node.status().unwrap()["storage"]["full"], true);
    let (status, page) = node.read("/network?lang=de").unwrap();
    assert!(status == 200 && page.contains("Datenträger ist voll"), "{page}");
    let name = format!("th/{}", old["record"].as_str().unwrap());
    assert_eq!(node.read(&format!("/records/{name}")).unwrap().0, 200, "reading goes on");
    assert_eq!(node.json("/api/v1/records?q=Platz").unwrap()["total"], 1, "and so does searching");
    assert_eq!(node.read("/readyz").unwrap().0, 200);

    std::fs::remove_file(filler).unwrap();
    assert_eq!(publish("Wieder Platz").0, 201, "it goes on by itself");
    until("it is found", || (node.json("/api/v1/records?q=Platz").ok()?["total"] == 2).then_some(()))
        .unwrap();
    assert_eq!(node.status().unwrap()["storage"]["full"], false);
    assert!(!node.log().contains("panicked"), "{}", node.log());
    node.stop().unwrap();
}

/// A daemon whose start waits until somebody writes into its list of peers.
struct Waiting {
    process: Child,
    base: String,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Waiting {
    fn begin(node: &Daemon) -> Waiting {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut command = node.command().unwrap();
        command
            .args(["run", "--offline", "--http", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Waiting { process: command.spawn().unwrap(), base: format!("http://{port}") }
    }

    fn read(&self, path: &str) -> Option<(u16, String)> {
        let asked = ureq::get(format!("{}{path}", self.base)).config().http_status_as_error(false).build();
        let mut answer = asked.header("Accept-Language", "en").call().ok()?;
        Some((answer.status().as_u16(), answer.body_mut().read_to_string().ok()?))
    }
}

#[test]
fn a_node_that_is_still_opening_says_what_it_is_doing() {
    let federation = Federation::found(&["th"]).unwrap();
    let node = federation.node("th").unwrap();
    let peers = node.folder().join("peers.txt");
    finish(Command::new("mkfifo").arg(&peers)).unwrap();
    let waiting = Waiting::begin(node);
    let told = until("it says what it is doing", || {
        waiting.read("/readyz").filter(|(_, told)| told.contains("catalogue"))
    });
    let (status, told) = told.unwrap();
    assert!(status == 503 && told.contains("not ready yet"), "{status} {told}");
    assert_eq!(waiting.read("/healthz").unwrap(), (200, "alive\n".to_owned()));
    let (status, page) = waiting.read("/").unwrap();
    assert!(status == 503 && page.contains("<html") && page.contains("not ready yet"), "{page}");
    std::fs::write(&peers, "").unwrap();
    until("it is ready", || waiting.read("/readyz").filter(|(status, _)| *status == 200)).unwrap();
    drop(waiting);

    // Who wants it to stop need not wait until it is open.
    let mut waiting = Waiting::begin(node);
    until("it is opening", || waiting.read("/readyz").filter(|(status, _)| *status == 503)).unwrap();
    let began = Instant::now();
    finish(Command::new("kill").args(["-TERM", &waiting.process.id().to_string()])).unwrap();
    let ended = until("it ends", || waiting.process.try_wait().ok().flatten()).unwrap();
    assert!(
        ended.success() && began.elapsed() < Duration::from_secs(5),
        "{ended} after {:?}",
        began.elapsed()
    );
}
