//! The internet of the tests is one: its lines delay and lose, a cut is a cut, a NAT lets out and not in.

use harness::daemon::until;
use harness::internet::Host;
use harness::internet::Internet;
use harness::internet::Line;
use harness::internet::script;
use serde_json::Value as Json;
use std::io::BufRead as _;
use std::io::BufReader;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

const FAST: Line = Line { delay_ms: 0.0, jitter_ms: 0.0, loss: 0.0 };
/// Far more than a few packets of a fast line need, far less than any delay that is set here.
const FAST_MS_MAX: f64 = 60.0;

/// A host that sends everything back.
struct Echo(Child);

impl Echo {
    fn on(host: &Host) -> Echo {
        let mut command = host.command("python3");
        let mut child = command
            .arg(script("probe.py"))
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Echo(child)
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a host finds when it asks an address: `{sent, answered, least_ms, median_ms, tcp_ms}`.
fn ask(host: &Host, address: &str, more: &[&str]) -> Json {
    let mut command = host.command("python3");
    command.arg(script("probe.py")).args(["ask", address]).args(more);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn reached(said: &Json) -> bool {
    said["answered"].as_u64().unwrap() > 0 && said["tcp_ms"].is_number()
}

/// Whether nothing comes back; over a fast line half a second shows it.
fn silent(host: &Host, address: &str) -> bool {
    let said = ask(host, address, &["--patience", "0.5"]);
    said["answered"] == 0 && said["tcp_ms"].is_null()
}

fn missing() -> bool {
    let missing = Internet::missing();
    if let Some(why) = missing {
        println!("skipped: {why}");
    }
    missing.is_some()
}

#[test]
fn a_line_delays_and_loses_as_it_is_told() {
    if missing() {
        return;
    }
    let mut internet = Internet::build(FAST).unwrap();
    let (jena, kiel) = (internet.host("jena").unwrap(), internet.host("kiel").unwrap());
    let _echo = Echo::on(&kiel);
    let fast = ask(&jena, &kiel.address, &["--bytes", "1000000"]);
    assert_eq!(fast["answered"], fast["sent"], "{fast}");
    assert!(fast["median_ms"].as_f64().unwrap() < FAST_MS_MAX && fast["tcp_ms"].is_number(), "{fast}");

    internet.stretch(Line { delay_ms: 80.0, jitter_ms: 10.0, loss: 0.0 }).unwrap();
    let far = ask(&jena, &kiel.address, &["--count", "50"]);
    let number = |field: &str| far[field].as_f64().unwrap();
    assert_eq!(far["answered"], 50, "{far}");
    // There and back, each 80 ms and 10 more or less.
    assert!(number("least_ms") >= 140.0 && number("median_ms") < 180.0 + FAST_MS_MAX, "{far}");
    assert!(number("tcp_ms") >= 280.0, "the handshake and the word are two round trips: {far}");

    internet.stretch(Line { loss: 0.1, ..FAST }).unwrap();
    let lossy = ask(&jena, &kiel.address, &["--count", "1000"]);
    // 0.9 of 0.9 come back: 810, give or take 5 standard deviations of 12.4.
    assert!((748..=872).contains(&lossy["answered"].as_u64().unwrap()), "{lossy}");
    let counts = internet.counts().unwrap();
    assert!(counts["lost"].as_u64().unwrap() > 100 && counts["overflow"] == 0, "{counts}");
}

#[test]
fn a_cut_line_is_silent_until_it_is_mended() {
    if missing() {
        return;
    }
    let mut internet = Internet::build(FAST).unwrap();
    let hosts = ["jena", "gera", "kiel"].map(|name| internet.host(name).unwrap());
    let [jena, gera, kiel] = &hosts;
    let _echoes = [Echo::on(gera), Echo::on(kiel)];
    internet.split(&[vec!["jena", "gera"], vec!["kiel"]]).unwrap();
    assert!(reached(&ask(jena, &gera.address, &[])));
    assert!(silent(jena, &kiel.address));
    assert!(internet.counts().unwrap()["cut"].as_u64().unwrap() >= 20);
    internet.heal().unwrap();
    assert!(reached(&ask(jena, &kiel.address, &[])));
    let told = internet.split(&[vec!["jena", "rom"]]).unwrap_err().to_string();
    assert!(told.contains("no such hosts: ['rom']"), "{told}");
}

#[test]
fn a_nat_lets_out_and_not_in() {
    if missing() {
        return;
    }
    let mut internet = Internet::build(FAST).unwrap();
    let kiel = internet.host("kiel").unwrap();
    let [jena, gera] = ["jena", "gera"].map(|name| internet.host_behind("router", name).unwrap());
    let rom = internet.host("rom").unwrap();
    assert_ne!(jena.address, jena.outside);
    assert_eq!((&jena.outside, &kiel.outside), (&gera.outside, &kiel.address));
    let _echoes = [Echo::on(&kiel), Echo::on(&jena)];
    // Both come out of the same address; that every byte comes back proves the checksums.
    for inside in [&jena, &gera] {
        let said = ask(inside, &kiel.address, &["--bytes", "200000"]);
        assert!(reached(&said) && said["answered"] == said["sent"], "{said}");
    }
    assert_eq!(internet.counts().unwrap()["kept_out"], 0);
    // Nobody comes in: not who was spoken with from there, not a stranger, not by the inner address.
    for (from, address) in [(&kiel, &jena.outside), (&rom, &jena.outside), (&rom, &jena.address)] {
        assert!(silent(from, address));
    }
    assert!(internet.counts().unwrap()["kept_out"].as_u64().unwrap() >= 40);
}

fn alive(process: u32) -> bool {
    // A process that has ended and that nobody took note of yet has no namespaces any more.
    std::fs::read_link(format!("/proc/{process}/ns/net")).is_ok()
}

#[test]
fn nothing_is_left_when_it_is_killed() {
    if missing() {
        return;
    }
    let mut internet = Internet::build(FAST).unwrap();
    let host = internet.host("jena").unwrap();
    let namespace = Path::new("/run/netns").join(&host.prefix()[3]);
    let echo = Echo::on(&host);
    assert!(namespace.exists() && alive(echo.0.id()));
    let killed = Command::new("kill").args(["-KILL", &internet.pid().to_string()]).status().unwrap();
    assert!(killed.success());
    until("the host is gone", || (!namespace.exists() && !alive(echo.0.id())).then_some(())).unwrap();
    assert!(internet.host("gera").is_err());
}
