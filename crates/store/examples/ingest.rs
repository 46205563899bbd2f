//! How fast signed records are verified and kept, how much room they take, beside the ceiling of
//! verifying alone. `cargo run --release -p allmende-store --example ingest -- [RECORDS] [BATCH]`

mod sample;
mod texts;

use record::envelope::Statement;
use record::name::NetworkName;
use replica::fingerprint::Summary;
use replica::keeper::Keeper;
use replica::keeper::Step;
use replica::order::Bucket;
use sample::Failure;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::io::BufWriter;
use std::io::Read as _;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;
use store::compact::Purpose;
use store::disk::Disk;
use store::disk::Settings;

/// The one of the program `allmende`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Threads that verify, as on the machine with two cores that the goals are set for.
const VERIFIERS: usize = 2;
/// Clerks that publish at once.
const WRITERS: u64 = 8;
const SINGLE_SECONDS: u64 = 5;
const MIB: u64 = 1024 * 1024;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let records: u64 = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let batch: usize = arguments.next().map_or(Ok(2048), |text| text.parse())?;
    let folder = tempfile::tempdir_in(".")?;
    let input = folder.path().join("statements");
    let bytes = write_input(&input, records)?;
    println!("{records} records, {} bytes each, batches of {batch}", bytes / records.max(1));

    let (began, before) = (Instant::now(), cpu_micros()?);
    verify(&input, batch, |_| Ok(()))?;
    let (ceiling, used) = (rate(records, began.elapsed()), cpu_micros()? - before);
    println!(
        "verify only, {VERIFIERS} threads    {ceiling:>9.0}/s  {:.1} us of CPU each",
        used / records as f64
    );

    let settings = Settings { cache_bytes: 64 * MIB };
    let before = resident()?;
    let mut disk = Disk::open(&folder.path().join("store"), &settings)?;
    let (began, cpu) = (Instant::now(), cpu_micros()?);
    let mut summaries: BTreeMap<Bucket, Summary> = BTreeMap::new();
    let (mut taken, mut mark) = (0, Instant::now());
    verify(&input, batch, |statements| {
        let mut steps = Vec::with_capacity(statements.len());
        for statement in statements {
            let head = sample::head(&statement);
            if disk.head(&head.key)?.is_none() {
                summaries.entry(head.key.bucket()).or_default().add(&head.rank.id);
                steps.push(Step::Stand(head, statement.bytes().clone()));
            }
        }
        disk.apply(&steps)?;
        disk.flush()?;
        taken += steps.len();
        if taken % 100_000 < steps.len() && records > 100_000 {
            println!("  {taken:>8}: {:>7.0}/s", rate(100_000, mark.elapsed()));
            mark = Instant::now();
        }
        Ok(())
    })?;
    let took = began.elapsed();
    let (bulk, each) = (rate(records, took), (cpu_micros()? - cpu) / records as f64);
    println!(
        "bulk, durable              {bulk:>9.0}/s  {each:.1} us of CPU each; {:.2} of the ceiling",
        bulk / ceiling
    );
    println!("resident                   {:>9} MiB (before opening {before} MiB)", resident()?);
    report_size("disk after ingest", &folder.path().join("store"), records)?;
    drop(disk);
    let began = Instant::now();
    let mut disk = Disk::open(&folder.path().join("store"), &settings)?;
    let mut places = 0u64;
    disk.visit(&mut |_, _, _| places += 1)?;
    println!("open and visit {places:>10}  {:>9.2} s", began.elapsed().as_secs_f64());
    let (singles, groups) = publish_singly(&mut disk, records)?;
    let seconds = SINGLE_SECONDS;
    println!(
        "single, durable, {WRITERS} writers  {:>9}/s  in {} groups/s",
        singles / seconds,
        groups / seconds
    );
    let began = Instant::now();
    let compacted = disk.compact(Purpose::Erase, &mut |_| ControlFlow::Continue(()))?;
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "compacted in {seconds:.2} s: {} -> {} MiB",
        compacted.before_bytes / MIB,
        compacted.after_bytes / MIB
    );
    report_size("disk after compaction", &folder.path().join("store"), disk.newest())?;
    println!("resident at the end        {:>9} MiB", resident()?);
    Ok(())
}

fn rate(records: u64, took: Duration) -> f64 {
    records as f64 / took.as_secs_f64()
}

/// Signs the records into a file, so that neither signing nor their memory is measured.
fn write_input(path: &Path, records: u64) -> Result<u64, Failure> {
    let sentences = texts::load()?;
    let mut file = BufWriter::new(File::create(path)?);
    let mut total = 0;
    for from in (0..records).step_by(4096) {
        let numbers: Vec<u64> = (from..records.min(from + 4096)).collect();
        let halves = numbers.chunks(2048).map(<[u64]>::to_vec);
        let signed = std::thread::scope(|scope| {
            let sign = |half: Vec<u64>| -> Result<Vec<Statement>, Failure> {
                half.into_iter().map(|number| sample::statement(&sentences, number, 1)).collect()
            };
            let threads: Vec<_> = halves.map(|half| scope.spawn(move || sign(half))).collect();
            threads.into_iter().map(|thread| thread.join().map_err(|_| "a signer died")?).collect()
        });
        let signed: Result<Vec<Vec<Statement>>, Failure> = signed;
        for statement in signed?.iter().flatten() {
            file.write_all(&u32::try_from(statement.bytes().len())?.to_le_bytes())?;
            file.write_all(statement.bytes())?;
            total += statement.bytes().len() as u64;
        }
    }
    file.flush()?;
    Ok(total)
}

fn read_batch(input: &mut BufReader<File>, batch: usize) -> Result<Vec<Vec<u8>>, Failure> {
    let mut statements = Vec::with_capacity(batch);
    while statements.len() < batch {
        let mut length = [0; 4];
        match input.read_exact(&mut length) {
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => break,
            read => read?,
        }
        let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
        input.read_exact(&mut bytes)?;
        statements.push(bytes);
    }
    Ok(statements)
}

type Batch = Result<Vec<Statement>, Failure>;

/// Opens the statements of a file on two threads and hands them on in their order, batch by batch.
fn verify(
    path: &Path,
    batch: usize,
    mut take: impl FnMut(Vec<Statement>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let network = sample::network()?;
    let input = Mutex::new((0u64, BufReader::new(File::open(path)?)));
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel::<(u64, Batch)>(VERIFIERS);
        for _ in 0..VERIFIERS {
            let (sender, input, network) = (sender.clone(), &input, &network);
            scope.spawn(move || {
                while let Ok((number, bytes)) = next(input, batch) {
                    let opened = open_all(&bytes, network);
                    if bytes.is_empty() || sender.send((number, opened)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let (mut early, mut due) = (BTreeMap::new(), 0);
        for (number, opened) in receiver {
            early.insert(number, opened);
            while let Some(opened) = early.remove(&due) {
                take(opened?)?;
                due += 1;
            }
        }
        Ok(())
    })
}

fn next(input: &Mutex<(u64, BufReader<File>)>, batch: usize) -> Result<(u64, Vec<Vec<u8>>), Failure> {
    let mut input = input.lock().map_err(|_| "a reader died")?;
    let number = input.0;
    input.0 += 1;
    Ok((number, read_batch(&mut input.1, batch)?))
}

fn open_all(bytes: &[Vec<u8>], network: &NetworkName) -> Batch {
    bytes.iter().map(|bytes| Ok(Statement::open(bytes, network)?)).collect()
}

/// Many clerks publish one record after the other and wait until it is on the disk; who waits at the
/// same time shares one flush. Answers with records and flushes.
fn publish_singly(disk: &mut Disk, from: u64) -> Result<(u64, u64), Failure> {
    let sentences = texts::load()?;
    let (stop, numbers) = (AtomicBool::new(false), AtomicU64::new(from));
    let network = sample::network()?;
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel::<(Vec<u8>, mpsc::Sender<()>)>();
        for _ in 0..WRITERS {
            let (sender, stop, numbers, sentences) = (sender.clone(), &stop, &numbers, &sentences);
            scope.spawn(move || -> Result<(), Failure> {
                while !stop.load(Ordering::Relaxed) {
                    let number = numbers.fetch_add(1, Ordering::Relaxed);
                    let (done, durable) = mpsc::channel();
                    let statement = sample::statement(sentences, number, 1)?;
                    sender.send((statement.bytes().to_vec(), done)).map_err(|_| "the keeper died")?;
                    durable.recv()?;
                }
                Ok(())
            });
        }
        drop(sender);
        let (began, mut published, mut groups) = (Instant::now(), 0, 0);
        while let Ok(first) = receiver.recv() {
            let group: Vec<_> = std::iter::once(first).chain(receiver.try_iter()).collect();
            let mut steps = Vec::new();
            for (bytes, _) in &group {
                let statement = Statement::open(bytes, &network)?;
                let head = sample::head(&statement);
                if disk.head(&head.key)?.is_none() {
                    steps.push(Step::Stand(head, statement.bytes().clone()));
                }
            }
            disk.apply(&steps)?;
            disk.flush()?;
            (published, groups) = (published + steps.len() as u64, groups + 1);
            stop.store(began.elapsed() >= Duration::from_secs(SINGLE_SECONDS), Ordering::Relaxed);
            for (_, done) in group {
                done.send(()).map_err(|_| "a clerk left")?;
            }
        }
        Ok((published, groups))
    })
}

fn report_size(what: &str, folder: &Path, records: u64) -> Result<(), Failure> {
    let (bytes, log) = (size(folder)?, size(&folder.join("log"))?);
    let each = |bytes: u64| bytes / records.max(1);
    println!("{what:<26} {:>9} bytes a record, {} of them in the log", each(bytes), each(log));
    Ok(())
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

/// The time that all threads of this process have had a processor, in microseconds: what others do on the
/// machine changes it less than the clock on the wall.
fn cpu_micros() -> Result<f64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no name")?;
    let ticks = |at: usize| -> Result<f64, Failure> {
        Ok(fields.split_whitespace().nth(at).ok_or("no such field")?.parse()?)
    };
    // Fields 14 and 15 of proc(5), in hundredths of a second.
    Ok((ticks(11)? + ticks(12)?) * 10_000.0)
}

/// Resident memory of this process that is its own, in MiB.
fn resident() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? / 1024)
}
