//! How fast nostr-lmdb takes in signed events with the texts of our sample records: bulk, singly, disk and memory.
//!
//! The same work as `crates/store/examples/ingest.rs`: two threads read and verify the bytes that would come over the
//! network (here JSON with a Schnorr signature), the store keeps them with its indexes, and nothing counts before it is
//! on the disk. `peer-ingest [RECORDS]`; `scripts/ingest` runs both and prints the ratio.

#[path = "../../../crates/store/examples/sample/mod.rs"]
mod sample;
#[path = "../../../crates/store/examples/texts/mod.rs"]
mod texts;

use nostr::event::Event;
use nostr::event::EventBuilder;
use nostr::event::FinalizeEvent;
use nostr::event::Kind;
use nostr::key::Keys;
use nostr::key::SecretKey;
use nostr::types::time::Timestamp;
use nostr_database::NostrDatabase;
use nostr_lmdb::NostrLmdb;
use record::statement::sha256;
use record::value::Value;
use sample::Failure;
use sample::Texts;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;
use tokio::sync::Semaphore;
use tokio::sync::mpsc;

/// Threads that verify, as beside our own store.
const VERIFIERS: usize = 2;
/// Events of one bundle of the verifiers, and events that wait for the store at once.
const BATCH: usize = 2_048;
/// Clerks that publish at once.
const WRITERS: u64 = 8;
const SINGLE_SECONDS: u64 = 5;
/// An event that no other replaces (NIP-01: 1000 to 9999).
const KIND: u16 = 4_711;
const MIB: u64 = 1024 * 1024;

fn main() -> Result<(), Failure> {
    let records: u64 = std::env::args().nth(1).map_or(Ok(100_000), |text| text.parse())?;
    let texts = texts::load()?;
    let events = signed(&texts, records)?;
    let bytes: usize = events.iter().map(String::len).sum();
    println!("nostr-lmdb: {records} events, {} bytes of JSON each", bytes as u64 / records.max(1));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for half in events.chunks(events.len().div_ceil(VERIFIERS)) {
            scope.spawn(move || half.iter().filter(|json| opened(json).is_ok()).count());
        }
    });
    println!("verify only, {VERIFIERS} threads    {:>9.0}/s", rate(records, began.elapsed()));

    let folder = tempfile::tempdir_in(".")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(VERIFIERS).enable_all().build()?;
    let before = resident()?;
    let store = Arc::new(runtime.block_on(NostrLmdb::open(folder.path()))?);
    let began = Instant::now();
    runtime.block_on(take_in(&store, &events))?;
    println!("bulk, durable              {:>9.0}/s", rate(records, began.elapsed()));
    println!("resident                   {:>9} MiB more than before opening, with what is mapped", resident()?.saturating_sub(before));
    println!("disk after ingest          {:>9} bytes a record", size(folder.path())? / records.max(1));
    let singles = runtime.block_on(publish_singly(&store, &Arc::new(texts), records))?;
    println!("single, durable, {WRITERS} writers  {:>9}/s", singles / SINGLE_SECONDS);
    Ok(())
}

/// The events as JSON, signed by as many keys as there are publishers.
fn signed(texts: &Texts, records: u64) -> Result<Vec<String>, Failure> {
    let mut keys = BTreeMap::new();
    (0..records).map(|number| Ok(event(texts, number, &mut keys)?.as_json())).collect()
}

fn event(texts: &Texts, number: u64, keys: &mut BTreeMap<String, Keys>) -> Result<Event, Failure> {
    let name = sample::publisher(number)?;
    let known = match keys.get(name.as_str()) {
        Some(known) => known.clone(),
        None => {
            let secret = SecretKey::from_slice(&sha256(&[b"peer", name.as_str().as_bytes()]))?;
            keys.entry(name.as_str().to_owned()).or_insert(Keys::new(secret)).clone()
        }
    };
    let mut said = String::new();
    spoken(&Value::Map(sample::body(texts, number, 1)), &mut said);
    let built = EventBuilder::new(Kind::from(KIND), said);
    Ok(built.custom_created_at(Timestamp::from(1_760_000_000 + number)).finalize(&known)?)
}

/// All texts of a body, one after the other.
fn spoken(value: &Value, said: &mut String) {
    match value {
        Value::Text(text) => said.push_str(text),
        Value::List(list) => list.iter().for_each(|one| spoken(one, said)),
        Value::Map(map) => map.iter().for_each(|(key, one)| {
            said.push_str(key);
            spoken(one, said);
        }),
        _ => {}
    }
}

fn opened(json: &str) -> Result<Event, Failure> {
    let event = Event::from_json(json)?;
    event.verify()?;
    Ok(event)
}

/// Verified on all workers; the store gathers what waits for it into transactions of its own.
async fn take_in(store: &Arc<NostrLmdb>, events: &[String]) -> Result<(), Failure> {
    let room = Arc::new(Semaphore::new(VERIFIERS * BATCH));
    let (failed, mut failures) = mpsc::unbounded_channel::<String>();
    let mut bundles = Vec::new();
    for bundle in events.chunks(BATCH) {
        let bundle = bundle.to_vec();
        let permits = room.clone().acquire_many_owned(BATCH as u32).await?;
        let (store, failed) = (store.clone(), failed.clone());
        bundles.push(tokio::spawn(async move {
            let opened: Result<Vec<Event>, Failure> = bundle.iter().map(|json| opened(json)).collect();
            match opened {
                Ok(opened) => {
                    let mut saving: Vec<_> = opened.iter().map(|event| store.save_event(event)).collect();
                    // Each future hands its event over when it is first asked, so all are asked before one is waited for.
                    std::future::poll_fn(|context| {
                        saving.retain_mut(|save| save.as_mut().poll(context).is_pending());
                        match saving.is_empty() {
                            true => std::task::Poll::Ready(()),
                            false => std::task::Poll::Pending,
                        }
                    })
                    .await;
                }
                Err(error) => drop(failed.send(error.to_string())),
            }
            drop(permits);
        }));
    }
    for bundle in bundles {
        bundle.await?;
    }
    drop(failed);
    match failures.recv().await {
        Some(failure) => Err(failure.into()),
        None => Ok(()),
    }
}

async fn publish_singly(store: &Arc<NostrLmdb>, texts: &Arc<Texts>, from: u64) -> Result<u64, Failure> {
    let (number, done) = (Arc::new(AtomicU64::new(from)), Arc::new(AtomicU64::new(0)));
    let end = Instant::now() + Duration::from_secs(SINGLE_SECONDS);
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (store, texts, number, done) = (store.clone(), texts.clone(), number.clone(), done.clone());
            tokio::spawn(async move {
                let mut keys = BTreeMap::new();
                while Instant::now() < end {
                    let event = event(&texts, number.fetch_add(1, Ordering::Relaxed), &mut keys)?;
                    let event = opened(&event.as_json())?;
                    store.save_event(&event).await?;
                    done.fetch_add(1, Ordering::Relaxed);
                }
                Ok::<(), Failure>(())
            })
        })
        .collect();
    for writer in writers {
        writer.await??;
    }
    Ok(done.load(Ordering::Relaxed))
}

fn rate(records: u64, took: Duration) -> f64 {
    records as f64 / took.as_secs_f64()
}

fn size(folder: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        bytes += match entry.file_type()?.is_dir() {
            true => size(&entry.path())?,
            false => entry.metadata()?.len(),
        };
    }
    Ok(bytes)
}

/// Resident memory of this process, in MiB.
fn resident() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? * 1024 / MIB)
}
