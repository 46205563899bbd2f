//! How fast a fresh node takes everything from a relay over loopback, beside what the store alone takes in bulk.
//!
//! The store alone: signatures checked by two threads, admitted in bundles, brought to the disk. The newcomer: the real
//! daemon, which fetches, checks, admits, stores and indexes for search what a relay of this process gives; both share
//! the machine. `--records N` (100,000 of 2 KiB unless given); `--check` takes 5,000 and fails where less than a third of
//! the store's rate is reached.

use harness::daemon::Daemon;
use harness::daemon::until;
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

/// The share of the store's rate that the check demands; the newcomer indexes as well, on the same cores.
const SHARE_MIN: f64 = 0.33;
/// How long the newcomer may take in all.
const PATIENCE: Duration = Duration::from_secs(600);

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
    let newcomer = runtime.block_on(serve(giving))?;
    let file = folder.path().join("network.toml");
    std::fs::write(&file, document.write())?;
    let mut node = Daemon::at(&folder.path().join("th.jena"));
    let file = file.display().to_string();
    node.does(&["init", "--publisher", "th.jena", "--name", "Jena", "--network", &file])?;
    let began = Instant::now();
    node.start(&["--peer", &newcomer])?;
    let (newborn, relay) = (spent(node.pid()), spent(std::process::id()));
    let mut told = 0;
    while began.elapsed() < PATIENCE && told < total as u64 {
        told = until("the newcomer answers", || node.status().ok()?.get("heads")?.as_u64())?;
        std::thread::park_timeout(Duration::from_millis(20));
    }
    let (took, newcomer) = (began.elapsed(), spent(node.pid()) - newborn);
    println!(
        "{:.1} s; processor time: newcomer {newcomer:.1} s, relay {:.1} s",
        took.as_secs_f64(),
        spent(std::process::id()) - relay
    );
    node.stop()?;
    // Once more, because the speed of a shared machine moves; the faster one counts.
    let (after, _) = alone(&document, &statements, &folder.path().join("again"))?;
    let rate = told as f64 / took.as_secs_f64();
    let share = rate / before.max(after);
    println!(
        "a fresh node takes {rate:.0} a second over loopback, indexed on the way: {share:.2} of the store alone"
    );
    Ok(if told == total as u64 { share } else { 0.0 })
}

/// What the store alone takes in a second, checked and durable; and the store with its picture.
fn alone(
    document: &Document,
    statements: &[Vec<u8>],
    folder: &Path,
) -> Result<(f64, (Disk, View)), Box<dyn Error>> {
    let disk = Disk::open(folder, &store::disk::Settings::default())?;
    let mut replica = Replica::open(document.clone(), disk.clone())?;
    let began = Instant::now();
    ingest(&mut replica, &document.network, statements)?;
    let rate = statements.len() as f64 / began.elapsed().as_secs_f64();
    println!("the store alone takes {rate:.0} a second, checked and durable");
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
