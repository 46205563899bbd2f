//! How fast the engine answers at N records, how fast it is rebuilt, and what memory it takes.

use catalogue::change::Change;
use catalogue::index::Catalogue;
use catalogue::query::Query;
use record::kind::Lang;
use record::moment::Moment;
use record::statement::Content;
use record::statement::RecordId;
use record::statement::Said;
use record::value::Map;
use record::value::Value;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

/// Changes that are taken in at once, as the node does.
const BATCH: usize = 4_096;
/// Searches that are timed.
const SEARCHES: usize = 600;
/// The bytes of one record's texts, about.
const TEXT_BYTES: usize = 2_000;
/// Records a second that a rebuild must reach.
const REBUILD_MIN: f64 = 20_000.0;
/// The 99th percentile of a search at 100,000 records and at 1,000,000.
const P99_MAX: [(u32, Duration); 2] =
    [(100_000, Duration::from_millis(3)), (1_000_000, Duration::from_millis(12))];

/// Words that titles and texts are made of: an artificial language with the frequencies of a real one (Zipf).
struct Words {
    state: u64,
    sums: Vec<f64>,
}

impl Words {
    fn new(count: u32) -> Words {
        let mut sum = 0.0;
        let sums = (1..=count)
            .map(|rank| {
                sum += 1.0 / f64::from(rank);
                sum
            })
            .collect();
        Words { state: 0x9e37_79b9_7f4a_7c15, sums }
    }

    /// xorshift64*, seeded: the same records in every run.
    fn dice(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn word(&mut self) -> String {
        let all = self.sums.last().copied().unwrap_or(1.0);
        let at = (self.dice() >> 11) as f64 / (1u64 << 53) as f64 * all;
        spelled(self.sums.partition_point(|sum| *sum < at))
    }

    fn text(&mut self, bytes: usize) -> String {
        let mut text = String::new();
        while text.len() < bytes {
            text.push_str(&self.word());
            text.push(' ');
        }
        text
    }
}

/// A word of the artificial language: every fourth is a compound of listed words.
fn spelled(rank: usize) -> String {
    const FIRST: [&str; 16] = [
        "Baum", "Stadt", "Verkehrs", "Bürger", "Schul", "Wasser", "Energie", "Daten", "Rad", "Kultur",
        "Sport", "Wohn", "Klima", "Jugend", "Markt", "Straßen",
    ];
    const SECOND: [&str; 16] = [
        "plan",
        "amt",
        "meldung",
        "kataster",
        "beteiligung",
        "förderung",
        "portal",
        "karte",
        "verwaltung",
        "projekt",
        "dienst",
        "beratung",
        "messung",
        "schutz",
        "entwicklung",
        "zentrum",
    ];
    const SOUNDS: [&str; 16] =
        ["ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "ru", "sa", "te", "vi", "wo", "zu", "par"];
    let pick = |from: &[&str; 16], at: usize| from.get(at % 16).copied().unwrap_or_default().to_owned();
    if rank % 4 == 3 {
        return pick(&FIRST, rank / 4) + &pick(&SECOND, rank / 64);
    }
    let mut word = String::new();
    let mut left = rank + 16;
    while left > 0 {
        word.push_str(&pick(&SOUNDS, left));
        left /= 16;
    }
    word
}

fn content(number: u32, words: &mut Words) -> Result<Content, Box<dyn Error>> {
    let german = |text: String| Value::Map(Map::from([("de".to_owned(), text.into())]));
    let fields = ["mobility", "climate", "energy", "education", "open-data"];
    let pick =
        |list: &[&str], at: u32| Value::from(list.get(at as usize % list.len()).copied().unwrap_or_default());
    let body = Map::from([
        ("title".to_owned(), german(words.text(40))),
        ("summary".to_owned(), german(words.text(100))),
        ("description".to_owned(), german(words.text(TEXT_BYTES - 300))),
        ("keywords".to_owned(), vec![Value::from(words.word()), Value::from(words.word())].into()),
        ("action_fields".to_owned(), vec![pick(&fields, number), pick(&fields, number / 7)].into()),
        ("stage".to_owned(), vec![Value::Uint(u64::from(number % 4) + 1)].into()),
        ("phase".to_owned(), pick(&["pilot", "permanent", "idea"], number)),
        ("area".to_owned(), vec![Value::from("16053")].into()),
        ("valid_until".to_owned(), "2028-01-31".into()),
    ]);
    Ok(Content {
        publisher: format!("th.ort-{}", number % 2_000).parse()?,
        record: RecordId::v7(u64::from(number) + 1, [7; 10]),
        kind: "measure".parse()?,
        schema: 1,
        epoch: 1,
        version: 1,
        issued: Moment::from_seconds(1_700_000_000 + u64::from(number) * 60).ok_or("beyond the year 9999")?,
        said: Said::Body(body),
    })
}

pub(crate) fn measure(records: u32, check: bool) -> Result<bool, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let catalogue = Catalogue::open(folder.path())?;
    let mut words = Words::new(200_000);
    let mut taken = Duration::ZERO;
    let mut cpu = Duration::ZERO;
    let mut number = 0;
    while number < records {
        let mut changes = Vec::new();
        while number < records && changes.len() < BATCH {
            changes.push(Change::Stands(Arc::new(content(number, &mut words)?)));
            number += 1;
        }
        let (began, began_cpu) = (Instant::now(), processor());
        catalogue.apply(&changes, u64::from(number))?;
        taken += began.elapsed();
        cpu += processor().saturating_sub(began_cpu);
    }
    let rate = f64::from(records) / taken.as_secs_f64();
    let each = cpu.as_secs_f64() * 1e6 / f64::from(records);
    println!(
        "{records} records of {TEXT_BYTES} bytes: {rate:.0} records/s, {each:.0} us of processor time each"
    );
    let (mut times, mut busy) = (Vec::new(), Vec::new());
    for at in 0..SEARCHES {
        let text = (0..=at % 3).map(|_| words.word()).collect::<Vec<_>>().join(" ");
        let query =
            Query { text, lang: Lang::De, now: Moment::from_seconds(1_800_000_000), ..Query::default() };
        let (began, began_cpu) = (Instant::now(), of_thread());
        let found = catalogue.find(&query)?;
        times.push((began.elapsed(), query.text, found.total));
        busy.push(of_thread().saturating_sub(began_cpu));
    }
    times.sort();
    busy.sort();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).cloned().unwrap_or_default();
    let (p50, p99) = (at(0.5).0, at(0.99).0);
    let slowest = times.last().cloned().unwrap_or_default();
    println!(
        "1 to 3 words with count, facets, snippets: p50 {p50:.1?}, p99 {p99:.1?}; slowest {slowest:.1?}"
    );
    let busy_at = |share: f64| busy.get((busy.len() as f64 * share) as usize).copied().unwrap_or_default();
    println!("  of that its processor was busy: p50 {:.1?}, p99 {:.1?}", busy_at(0.5), busy_at(0.99));
    println!("private memory: {} MiB", private_bytes()? / 1024 / 1024);
    let limit = P99_MAX.iter().find(|(count, _)| records <= *count).map(|(_, limit)| *limit);
    let good = rate >= REBUILD_MIN && limit.is_none_or(|limit| p99 <= limit);
    Ok(good || !check)
}

/// What all threads have computed; other programs of the machine are no part of it.
fn processor() -> Duration {
    clock(rustix::time::ClockId::ProcessCPUTime)
}

/// What this thread has computed.
fn of_thread() -> Duration {
    clock(rustix::time::ClockId::ThreadCPUTime)
}

fn clock(of: rustix::time::ClockId) -> Duration {
    let time = rustix::time::clock_gettime(of);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Resident memory that is shared with no file (RssAnon of /proc/self/status).
fn private_bytes() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or_default();
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap_or(0) * 1024)
}
