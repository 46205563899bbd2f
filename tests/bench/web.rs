//! How soon the first byte of a page comes from a warm node that holds many records, at 200 requests a second.
//!
//! The real daemon on this machine, its store filled beforehand; requests over loopback on connections that stay
//! open, each at its planned moment, so that a slow answer delays no other one's clock. Beside each page stands
//! `/healthz`, which asks nothing of the store: the reference. `--records N` (100,000 unless given), `--seconds N`
//! (10). At the end as many records as fit into three seconds are asked for once each, and then searches that nobody has
//! asked before, one after the other: what a page costs that nobody has asked for since the last change. `--check` takes
//! 3,000 records and 3 seconds and fails where the p99 of all pages is over 15 ms, or that of searches over 12 ms. A machine
//! that is busy with other things is forgiven up to 20 times the reference, but never beyond 100 ms: there a reader waits,
//! whatever the reason.

use harness::daemon::Daemon;
use harness::daemon::PATIENCE;
use harness::library::ingest;
use harness::library::key;
use harness::library::library;
use record::document::Anchor;
use record::document::Document;
use replica::admit::Replica;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::Read as _;
use std::io::Write as _;
use std::net::TcpStream;
use std::process::ExitCode;
use std::thread::park_timeout;
use std::time::Duration;
use std::time::Instant;
use store::disk::Disk;

/// Requests in a second, all connections together.
const RATE: u32 = 200;
/// Connections that stay open.
const CONNECTIONS: u32 = 8;
/// The first byte may take this long at the 99th percentile.
const FIRST_BYTE_MAX: Duration = Duration::from_millis(15);
/// The first byte of what a search found may take this long.
const SEARCH_MAX: Duration = Duration::from_millis(12);
/// And on a busy machine this many times what `/healthz` takes,
const REFERENCE_MAX: f64 = 20.0;
/// but no more than this, however slow the reference itself is.
const CEILING: Duration = Duration::from_millis(100);
/// How long records are asked for that nobody has looked at yet, in seconds.
const FRESH_SECONDS: u32 = 3;
/// Words of which most records have some.
const WORDS: [&str; 10] =
    ["Schule", "Verkehr", "Wasser", "Energie", "Karte", "App", "Plan", "Daten", "Park", "Stadt"];
/// What asks nothing of the store.
const REFERENCE: &str = "/healthz";
/// An error that threads can hand on.
type Trouble = Box<dyn Error + Send + Sync>;

/// How long the catalogue may take to be built.
const INDEXED_MAX: Duration = Duration::from_secs(600);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let check = words.iter().any(|word| word == "--check");
    let given = |name: &str| -> Option<u32> {
        let at = words.iter().position(|word| word == name)?;
        words.get(at + 1)?.parse().ok()
    };
    let records = given("--records").unwrap_or(if check { 3_000 } else { 100_000 });
    let seconds = given("--seconds").unwrap_or(if check { 3 } else { 10 });
    match measure(records, seconds) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) if !check => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(records: u32, seconds: u32) -> Result<bool, Trouble> {
    let folder = tempfile::tempdir()?;
    let anchor = Anchor { name: "Thüringen".to_owned(), keys: vec![key("th").public()] };
    let document = Document {
        network: "bench-web".parse()?,
        anchors: BTreeMap::from([("th".to_owned(), anchor)]),
        publisher_records_max: u64::from(records) + 1,
    };
    let file = folder.path().join("network.toml");
    std::fs::write(&file, document.write())?;
    let home = folder.path().join("th.jena");
    let mut node = Daemon::at(&home);
    node.does(&[
        "init",
        "--publisher",
        "th.jena",
        "--name",
        "Jena",
        "--network",
        &file.display().to_string(),
    ])?;
    fill(&home.join("store"), document, records)?;
    node.start(&["--offline"])?;
    let began = Instant::now();
    loop {
        let found = node.json("/api/v1/records?limit=1")?;
        if found.get("total").and_then(serde_json::Value::as_u64) == Some(u64::from(records)) {
            break;
        }
        if began.elapsed() > INDEXED_MAX {
            return Err("the catalogue is not ready in time".into());
        }
        park_timeout(Duration::from_millis(50));
    }
    let host = node.http().trim_start_matches("http://").to_owned();
    let paths = paths(&node)?;
    // Warm: each page once before.
    for path in &paths {
        ask(&mut connect(&host)?, &host, path)?;
    }
    let took = load(&host, &paths, seconds)?;
    let fresh = fresh(&node)?;
    let firsts = load(&host, &fresh, FRESH_SECONDS.min(fresh.len() as u32 / RATE).max(1))?;
    let mut searches = Vec::new();
    let mut stream = connect(&host)?;
    for path in unasked() {
        searches.push(ask(&mut stream, &host, &path)?);
    }
    node.stop()?;
    let (half, search) = (percentile(&mut searches, 0.5), percentile(&mut searches, 0.99));
    println!(
        "{:>7.2} ms p50  {:>7.2} ms p99  searches that nobody asked before, one after the other; limit {} ms",
        ms(half),
        ms(search),
        SEARCH_MAX.as_millis()
    );
    let mut firsts: Vec<Duration> = firsts.into_values().flatten().collect();
    let (half, most) = (percentile(&mut firsts, 0.5), percentile(&mut firsts, 0.99));
    println!("{:>7.2} ms p50  {:>7.2} ms p99  records at their first visit", ms(half), ms(most));
    Ok(report(&took, search, records))
}

fn fill(store: &std::path::Path, document: Document, records: u32) -> Result<(), Trouble> {
    let statements = library(&document, records).map_err(|error| error.to_string())?;
    let disk = Disk::open(store, &store::disk::Settings::default())?;
    let network = document.network.clone();
    let mut replica = Replica::open(document, disk)?;
    Ok(ingest(&mut replica, &network, &statements).map_err(|error| error.to_string())?)
}

/// What people look at: the start, searches, single records, the map, a feed.
fn paths(node: &Daemon) -> Result<Vec<String>, Trouble> {
    let found = node.json("/api/v1/records?limit=3&q=Baum")?;
    let hits = found.get("hits").and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
    let text = |hit: &serde_json::Value, key: &str| {
        hit.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    };
    let records =
        hits.iter().map(|hit| format!("/records/{}/{}", text(hit, "publisher"), text(hit, "record")));
    let fixed = [
        REFERENCE,
        "/",
        "/?q=Baum",
        "/?q=B%C3%BCrgermeldung+Stra%C3%9Fe",
        "/?q=&field=climate",
        "/?q=Verkehr&land=th&page=3",
        "/map",
        "/feed.atom?q=Schule",
        "/api/v1/records?q=Baum",
        "/api/v1/records?q=Verkehr+Daten+Karte&land=th",
    ];
    Ok(fixed.iter().map(|path| (*path).to_owned()).chain(records).collect())
}

/// Records that nobody has looked at yet.
fn fresh(node: &Daemon) -> Result<Vec<String>, Trouble> {
    let mut paths = std::collections::BTreeSet::new();
    for word in WORDS {
        let found = node.json(&format!("/api/v1/records?limit=100&q={word}"))?;
        for hit in found.get("hits").and_then(serde_json::Value::as_array).into_iter().flatten() {
            let text = |key: &str| hit.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
            paths.insert(format!("/records/{}/{}", text("publisher"), text("record")));
        }
    }
    Ok(paths.into_iter().collect())
}

/// Searches of one to three words with count, facets and snippets, some of them filtered.
fn unasked() -> Vec<String> {
    let mut paths = Vec::new();
    for (at, word) in WORDS.into_iter().enumerate() {
        let others = || WORDS.into_iter().skip(at + 1);
        paths.push(format!("/api/v1/records?q={word}"));
        paths.extend(others().map(|other| format!("/api/v1/records?q={word}+{other}")));
        paths.extend(others().map(|other| format!("/api/v1/records?q={other}+{word}+digital")));
        paths.extend(others().map(|other| format!("/api/v1/records?q={word}+{other}&land=th&kind=measure")));
    }
    paths
}

fn connect(host: &str) -> Result<TcpStream, Trouble> {
    let stream = TcpStream::connect(host)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Asks for a page, reads all of it, and says how long its first byte took.
fn ask(stream: &mut TcpStream, host: &str, path: &str) -> Result<Duration, Trouble> {
    let began = Instant::now();
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\nAccept-Language: de\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    let mut answer = vec![0; 64 * 1_024];
    let mut held = stream.read(&mut answer)?;
    let took = began.elapsed();
    loop {
        let text = String::from_utf8_lossy(answer.get(..held).unwrap_or_default()).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            if !head.starts_with("HTTP/1.1 200") {
                return Err(format!("{path}: {}", head.lines().next().unwrap_or_default()).into());
            }
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .and_then(|(_, value)| value.trim().parse::<usize>().ok());
            let whole = length.map(|length| head.len() + 4 + length).ok_or("an answer without length")?;
            if answer.len() < whole {
                answer.resize(whole, 0);
            }
            if held >= whole {
                return Ok(took);
            }
        }
        match stream.read(answer.get_mut(held..).unwrap_or_default())? {
            0 => return Err(format!("{path}: the answer broke off").into()),
            more => held += more,
        }
    }
}

/// First bytes by path. Each connection has its share of the rate; what it is late by counts as waiting.
fn load(host: &str, paths: &[String], seconds: u32) -> Result<BTreeMap<String, Vec<Duration>>, Trouble> {
    let step = Duration::from_secs(1) * CONNECTIONS / RATE;
    let each = RATE * seconds / CONNECTIONS;
    let began = Instant::now();
    let one = |number: u32| -> Result<Vec<(String, Duration)>, Trouble> {
        let mut stream = connect(host)?;
        let mut took = Vec::new();
        for at in 0..each {
            let due = began + step * at + step * number / CONNECTIONS;
            while let Some(early) =
                due.checked_duration_since(Instant::now()).filter(|early| !early.is_zero())
            {
                park_timeout(early);
            }
            let path =
                paths.get((at * CONNECTIONS + number) as usize % paths.len()).map_or("/", String::as_str);
            let late = due.elapsed();
            took.push((path.to_owned(), late + ask(&mut stream, host, path)?));
        }
        Ok(took)
    };
    let all: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS).map(|number| scope.spawn(move || one(number))).collect();
        threads.into_iter().map(|thread| thread.join()).collect()
    });
    let mut by_path: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
    for took in all {
        let took = took.map_err(|_| "a connection's thread ended")??;
        for (path, first_byte) in took {
            by_path.entry(path).or_default().push(first_byte);
        }
    }
    Ok(by_path)
}

fn percentile(took: &mut [Duration], share: f64) -> Duration {
    took.sort_unstable();
    let at = ((took.len() as f64 * share).ceil() as usize).saturating_sub(1);
    took.get(at).copied().unwrap_or_default()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn report(by_path: &BTreeMap<String, Vec<Duration>>, unasked: Duration, records: u32) -> bool {
    for (path, took) in by_path {
        let mut took = took.clone();
        let (half, most) = (percentile(&mut took, 0.5), percentile(&mut took, 0.99));
        println!("{:>7.2} ms p50  {:>7.2} ms p99  {path}", ms(half), ms(most));
    }
    let mut reference = by_path.get(REFERENCE).cloned().unwrap_or_default();
    let reference = percentile(&mut reference, 0.99);
    let most_of = |takes: fn(&str) -> bool| {
        let pages = by_path.iter().filter(|(path, _)| takes(path));
        percentile(&mut pages.flat_map(|(_, took)| took.iter().copied()).collect::<Vec<_>>(), 0.99)
    };
    let (most, search) = (most_of(|path| path != REFERENCE), most_of(|path| path.contains("q=")));
    let times = ms(most) / ms(reference).max(0.01);
    println!(
        "{records} records, {RATE} requests/s: first byte p99 {:.1} ms, limit {} ms; {times:.1} times {REFERENCE}",
        ms(most),
        FIRST_BYTE_MAX.as_millis()
    );
    let search = search.max(unasked);
    if most > CEILING {
        println!(
            "over the ceiling of {} ms, which no other load of the machine excuses",
            CEILING.as_millis()
        );
    }
    is_held(most, search, times)
}

/// Whether these first bytes at the 99th percentile, all pages and searches alone, are quick enough; `times` is how many
/// times the reference the pages took.
fn is_held(most: Duration, search: Duration, times: f64) -> bool {
    let is_quick = most <= FIRST_BYTE_MAX && search <= SEARCH_MAX;
    is_quick || (times <= REFERENCE_MAX && most <= CEILING)
}

#[cfg(test)]
mod tests {
    use crate::is_held;
    use std::time::Duration;

    #[test]
    fn a_busy_machine_excuses_much_and_not_everything() {
        let ms = Duration::from_millis;
        assert!(is_held(ms(14), ms(11), 90.0), "quick pages need no excuse");
        assert!(is_held(ms(60), ms(50), 3.0), "the reference was slow as well");
        assert!(!is_held(ms(60), ms(50), 21.0), "the machine was idle and the pages were slow");
        assert!(!is_held(ms(14), ms(13), 21.0), "searches have a limit of their own");
        assert!(!is_held(ms(101), ms(50), 1.0), "everything was slow, /healthz too");
    }
}
