//! How many talks without a difference a relay with a million heads answers in a second, over live loopback connections.
//!
//! Relay and municipalities share the process and its cores, so the figure holds both ends. The reference of the same
//! run is a relay that holds nothing: what a million heads cost is the ratio of the two.
//! `--heads N` (1,000,000 unless given), `--seconds N` a measurement; `--check` takes 100,000 heads and fails below the limit.

#[path = "sync/library.rs"]
#[expect(dead_code, reason = "the library knows more than one bench needs")]
mod library;

use library::Library;
use network::carrier::Network;
use network::carrier::start;
use network::event::Event;
use network::event::Events;
use network::identity::PeerKey;
use network::peer::PeerName;
use network::settings::Role;
use network::settings::Settings;
use node::counters::Counters;
use node::courier::Courier;
use node::courier::Habits;
use node::desk::Desk;
use record::document::Document;
use record::envelope::Statement;
use record::name::NetworkName;
use replica::admit::Outcome;
use replica::admit::Replica;
use replica::memory::MemoryKeeper;
use replica::sync::asker::Action;
use replica::sync::asker::Asker;
use replica::sync::refusals::Refusals;
use replica::view::View;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;
use tokio::sync::mpsc;

/// What a relay has to answer in a second.
const TALKS_MIN: f64 = 2_000.0;
/// Municipalities that talk at the same time.
const MUNICIPALITIES: u8 = 16;
/// Talks before the measurement begins.
const WARM_UP: u64 = 200;

/// A desk where nothing comes in: all hold the same, so no statement is ever read.
#[derive(Clone, Debug)]
struct Still {
    network: NetworkName,
    view: View,
}

impl Desk for Still {
    type Reading = MemoryKeeper;

    fn network(&self) -> &NetworkName {
        &self.network
    }

    fn instance(&self) -> [u8; 8] {
        [1; 8]
    }

    fn view(&self) -> View {
        self.view.clone()
    }

    fn reading(&self) -> MemoryKeeper {
        MemoryKeeper::default()
    }

    async fn admit(&self, _: Vec<Statement>) -> anyhow::Result<(Vec<Outcome>, View)> {
        Ok((Vec::new(), self.view.clone()))
    }

    async fn caught_up(&self) {}
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let check = words.iter().any(|word| word == "--check");
    let number = |name: &str| {
        let at = words.iter().position(|word| word == name)?;
        words.get(at + 1)?.parse::<u32>().ok()
    };
    let heads = number("--heads").unwrap_or(if check { 100_000 } else { 1_000_000 });
    let time = Duration::from_secs(number("--seconds").unwrap_or(if check { 2 } else { 5 }).into());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let done = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(measure(heads, time)));
    match done {
        Ok(rate) if check && rate < TALKS_MIN => {
            eprintln!("{rate:.0} talks a second are fewer than {TALKS_MIN}");
            ExitCode::FAILURE
        }
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(heads: u32, time: Duration) -> Result<f64, Box<dyn Error>> {
    let library = Library::new(heads as usize);
    let document = library.document.clone();
    let full = Replica::open(document.clone(), library.keeper)?.view();
    let empty = Replica::open(document.clone(), MemoryKeeper::default())?.view();
    let (reference, spent) = rate(&document, "empty", empty, time).await?;
    println!(
        "a relay with nothing:       {reference:>8.0} talks/s, {spent:.0} us of CPU a talk at both ends"
    );
    let (rate, spent) = rate(&document, "full", full, time).await?;
    println!(
        "a relay with {heads:>9} heads: {rate:>6.0} talks/s, {spent:.0} us of CPU a talk at both ends: {:.2} of the \
         reference, {:.1} times the limit of {TALKS_MIN}",
        rate / reference,
        rate / TALKS_MIN
    );
    Ok(rate)
}

/// Talks a second, and CPU microseconds a talk at both ends together.
async fn rate(
    document: &Document,
    name: &str,
    view: View,
    time: Duration,
) -> Result<(f64, f64), Box<dyn Error>> {
    let network = format!("bench-{name}");
    let mut settings = Settings::new(network.as_str(), Role::Relay);
    settings.listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned()];
    let (relay, events) = start(settings, PeerKey::from_seed([200; 32])).await?;
    let desk = Still { network: document.network.clone(), view: view.clone() };
    let habits = Habits { period: Duration::from_secs(3_600), own: None };
    let (_news, inbox) = mpsc::channel(1);
    let courier = Courier::new(desk, relay.clone(), Arc::new(Counters::default()), habits);
    let serving = tokio::spawn(courier.run(events, inbox));
    let talked = Arc::new(AtomicU64::new(0));
    let mut towns = Vec::new();
    for seed in 0..MUNICIPALITIES {
        let mut settings = Settings::new(network.as_str(), Role::Municipality);
        settings.peers = relay.listen();
        let (town, events) = start(settings, PeerKey::from_seed([seed; 32])).await?;
        towns.push(tokio::spawn(talk_on(town, events, view.clone(), talked.clone())));
    }
    while talked.load(Ordering::Relaxed) < WARM_UP {
        if towns.iter().any(tokio::task::JoinHandle::is_finished) {
            return Err("a municipality gave up".into());
        }
        tokio::task::yield_now().await;
    }
    let (before, cpu, began) = (talked.load(Ordering::Relaxed), cpu(), Instant::now());
    let _ = tokio::time::timeout(time, std::future::pending::<()>()).await;
    let talks = (talked.load(Ordering::Relaxed) - before) as f64;
    let rates = (talks / began.elapsed().as_secs_f64(), (self::cpu() - cpu).as_secs_f64() * 1e6 / talks);
    towns.iter().for_each(|town| town.abort());
    relay.stop().await;
    serving.await?;
    Ok(rates)
}

/// One municipality: talk after talk, each on a stream of its own.
async fn talk_on(town: Network, mut events: Events, view: View, talked: Arc<AtomicU64>) {
    let relay = loop {
        match events.next().await {
            Some(Event::Connected { peer }) => break peer,
            Some(_) => {}
            None => return,
        }
    };
    // The relay talks as well, once; whoever does not read events would be told of trouble.
    let reading = tokio::spawn(async move { while events.next().await.is_some() {} });
    let mut missed = 0;
    while missed < 100 {
        match talk_once(&town, relay, &view).await {
            Ok(()) => drop(talked.fetch_add(1, Ordering::Relaxed)),
            Err(_) => missed += 1,
        }
    }
    reading.abort();
}

async fn talk_once(town: &Network, relay: PeerName, view: &View) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut talk = town.open(relay).await?;
    let mut asker = Asker::new([2; 8], view.clone(), [3; 16], None, 0);
    let (keeper, refusals) = (MemoryKeeper::default(), Refusals::default());
    loop {
        match asker.step(&keeper, &refusals, library::now())? {
            Action::Send(frame) => talk.send(&frame).await?,
            Action::Receive => asker.receive(&talk.receive().await?.ok_or("no seat is free")?)?,
            Action::Done if asker.report().equal => return Ok(talk.close().await?),
            other => return Err(format!("equal ones have nothing to do: {other:?}").into()),
        }
    }
}

/// The CPU time of this process.
fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
