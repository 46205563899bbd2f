//! How fast a fresh node takes everything from a relay over loopback, beside what the store alone takes in bulk.
//!
//! The store alone: signatures checked by two threads, admitted in bundles, brought to the disk. The newcomer: the real
//! daemon, which is started, connects, fetches, checks, admits and stores what a relay of this process gives, and then
//! indexes it for search; both share the machine. `--records N` (100,000 of 2 KiB unless given); `--check` takes 5,000
//! and fails where less than a third of the store's rate is reached.

use harness::daemon::Daemon;
use harness::library::ingest;
use harness::library::key;
use harness::library::library;
use network::carrier::start;
use network::identity::PeerKey;
use network::settings::Role;
use network::settings::Settings;
use node::counters::Counters;
use node::courier::Courier;
use node::courier::Habits;
use node::desk::Desk;
use record::document::Anchor;
use record::document::Document;
use record::envelope::Statement;
use record::name::NetworkName;
use replica::admit::Outcome;
use replica::admit::Replica;
use replica::view::View;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;
use store::disk::Disk;
use tokio::sync::mpsc;

/// The one of the program `allmende`, so that the store alone is measured as it runs there.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The share of the store's rate that the check demands: of so few records the start is a large part.
const SHARE_MIN: f64 = 0.33;
/// How long the newcomer may take in all.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long one question for a change waits for its answer, in seconds.
const CHANGE_WAIT_SECONDS: u64 = 20;
/// How often it is asked how far search is.
const LOOK: Duration = Duration::from_millis(200);

/// A desk that gives and takes nothing.
#[derive(Clone, Debug)]
struct Giving {
    network: NetworkName,
    view: View,
    disk: Disk,
}

impl Desk for Giving {
    type Reading = Disk;

    fn network(&self) -> &NetworkName {
        &self.network
    }

    fn instance(&self) -> [u8; 8] {
        [1; 8]
    }

    fn view(&self) -> View {
        self.view.clone()
    }

    fn reading(&self) -> Disk {
        self.disk.clone()
    }

    async fn admit(&self, _: Vec<Statement>) -> anyhow::Result<(Vec<Outcome>, View)> {
        Ok((Vec::new(), self.view.clone()))
    }

    async fn caught_up(&self) {}
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let check = words.iter().any(|word| word == "--check");
    let at = words.iter().position(|word| word == "--records");
    let records =
        at.and_then(|at| words.get(at + 1)?.parse().ok()).unwrap_or(if check { 5_000 } else { 100_000 });
    match measure(records) {
        Ok(share) if check && share < SHARE_MIN => {
            eprintln!("{share:.2} of the store's rate is less than {SHARE_MIN}");
            ExitCode::FAILURE
        }
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(records: u32) -> Result<f64, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let land = key("th");
    let anchor = Anchor { name: "Thüringen".to_owned(), keys: vec![land.public()] };
    let document = Document {
        network: "bench-newcomer".parse()?,
        anchors: BTreeMap::from([("th".to_owned(), anchor)]),
        publisher_records_max: u64::from(records) + 1,
    };
    let statements = library(&document, records)?;
    let total = statements.len();
    let bytes: usize = statements.iter().map(Vec::len).sum();
    println!("{records} records of {} bytes each", bytes / total);

    let (before, (disk, view)) = alone(&document, &statements, &folder.path().join("relay"))?;
    let giving = Giving { network: document.network.clone(), view, disk };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let relay = runtime.block_on(serve(giving))?;
    let file = folder.path().join("network.toml");
    std::fs::write(&file, document.write())?;
    let mut node = Daemon::at(&folder.path().join("th.jena"));
    let file = file.display().to_string();
    node.does(&["init", "--publisher", "th.jena", "--name", "Jena", "--network", &file])?;
    let rate = take(&mut node, &relay, total as u64)?;
    // Once more, because the speed of a shared machine moves; the faster one counts.
    let (after, _) = alone(&document, &statements, &folder.path().join("again"))?;
    let share = rate / before.max(after);
    println!("a fresh node takes {rate:.0} a second over loopback: {share:.2} of the store alone");
    Ok(share)
}

/// Starts the node and waits until it has everything, and finds everything; how many it took a second.
fn take(node: &mut Daemon, relay: &str, total: u64) -> Result<f64, Box<dyn Error>> {
    let (began, relay_before) = (Instant::now(), spent(std::process::id()));
    node.start(&["--peer", relay])?;
    let ready = began.elapsed();
    let first = change(node, began, 1)?;
    let took = change(node, began, total)?;
    let (newcomer, relay) = (spent(node.pid()), spent(std::process::id()) - relay_before);
    let each = |seconds: f64| seconds * 1e6 / total as f64;
    println!(
        "the newcomer: ready after {:.2} s, the first after {:.2} s, all after {:.1} s; {:.1} of the processors; processor time \
         of one: {:.0} us at the newcomer, {:.0} us at the relay",
        ready.as_secs_f64(),
        first.as_secs_f64(),
        took.as_secs_f64(),
        (newcomer + relay) / took.as_secs_f64(),
        each(newcomer),
        each(relay)
    );
    if node.status()?.get("heads").and_then(Json::as_u64) != Some(total) {
        return Err(format!("not all of {total} stand at the newcomer").into());
    }
    let found = indexed(node, began, total)?;
    println!(
        "search knows all of them after {:.1} s; {:.0} us more of each at the newcomer",
        found.as_secs_f64(),
        each(spent(node.pid()) - newcomer)
    );
    node.stop()?;
    Ok(total as f64 / took.as_secs_f64())
}

/// Waits for the node's change of this number, without asking again and again; how long it was since the beginning.
fn change(node: &Daemon, began: Instant, number: u64) -> Result<Duration, Box<dyn Error>> {
    let path = format!("/api/v1/changes?since={}&limit=1&wait={CHANGE_WAIT_SECONDS}", number - 1);
    loop {
        let changes = node.json(&path)?;
        if changes.get("changes").and_then(Json::as_array).is_some_and(|changes| !changes.is_empty()) {
            return Ok(began.elapsed());
        }
        in_time(began, &format!("the change {number} has not come"))?;
    }
}

/// Waits until search knows so many changes; how long it was since the beginning.
fn indexed(node: &Daemon, began: Instant, number: u64) -> Result<Duration, Box<dyn Error>> {
    while node.status()?.get("indexed").and_then(Json::as_u64).is_none_or(|indexed| indexed < number) {
        in_time(began, &format!("search does not know the change {number}"))?;
        std::thread::park_timeout(LOOK);
    }
    Ok(began.elapsed())
}

fn in_time(began: Instant, what: &str) -> Result<(), String> {
    match began.elapsed() > PATIENCE {
        true => Err(format!("after {} seconds {what}", PATIENCE.as_secs())),
        false => Ok(()),
    }
}

/// What the store alone takes in a second, checked and durable; and the store with its picture.
fn alone(
    document: &Document,
    statements: &[Vec<u8>],
    folder: &Path,
) -> Result<(f64, (Disk, View)), Box<dyn Error>> {
    let disk = Disk::open(folder, &store::disk::Settings::default())?;
    let mut replica = Replica::open(document.clone(), disk.clone())?;
    let (began, before) = (Instant::now(), spent(std::process::id()));
    ingest(&mut replica, &document.network, statements)?;
    let (took, spent) = (began.elapsed().as_secs_f64(), spent(std::process::id()) - before);
    let rate = statements.len() as f64 / took;
    println!(
        "the store alone takes {rate:.0} a second, checked and durable; {:.1} of the processors; processor time of one: {:.0} us",
        spent / took,
        spent * 1e6 / statements.len() as f64
    );
    Ok((rate, (disk, replica.view())))
}

/// A relay that gives what the desk holds; answers its address.
async fn serve(desk: Giving) -> Result<String, Box<dyn Error>> {
    let mut settings = Settings::new(desk.network.as_str(), Role::Relay);
    settings.listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned()];
    let (relay, events) = start(settings, PeerKey::from_seed([200; 32])).await?;
    let habits = Habits { period: Duration::from_secs(3_600), own: None };
    let (news, inbox) = mpsc::channel(1);
    let courier = Courier::new(desk, relay.clone(), Arc::new(Counters::default()), habits);
    tokio::spawn(async move {
        let _news = news;
        courier.run(events, inbox).await;
    });
    relay.listen().into_iter().next().ok_or_else(|| "the relay does not listen".into())
}

/// The processor time of a process, in seconds; Linux shows it in hundredths.
fn spent(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}
