//! kill -9 while indexing: a child takes in a feed, is killed at random moments, and after each death the index must
//! hold exactly what the feed says up to the index's own checkpoint.

use catalogue::change::Change;
use catalogue::index::Catalogue;
use catalogue::query::LIMIT_MAX;
use catalogue::query::Query;
use record::moment::Moment;
use record::statement::Content;
use record::statement::RecordId;
use record::statement::Said;
use record::value::Map;
use record::value::Value;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::BufRead as _;
use std::io::BufReader;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

/// The word by which this program is told to be the child.
pub(crate) const FEED: &str = "--feed";
/// Records that the feed is about; each change is a new version of one of them, or removes it.
const RECORDS: u64 = 300;
/// Changes of one batch, at most.
const BATCH_MAX: u64 = 40;
/// Batches that a child takes in before it may be killed.
const BATCHES_MAX: u64 = 12;
/// How long after the last word of a child it is killed, at most.
const DELAY_MAX_MICROSECONDS: u64 = 60_000;

/// A number that follows from another one and looks like none (splitmix64).
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What change `number` is about, and the title that it gives; nothing where it removes the record.
fn said(number: u64) -> (u64, Option<String>) {
    let about = mixed(number) % RECORDS;
    let removes = mixed(number ^ 0xabcd).is_multiple_of(5);
    (about, (!removes).then(|| format!("Radweg Stand {number}")))
}

fn change(number: u64) -> Result<Change, Box<dyn Error>> {
    let (about, title) = said(number);
    let (publisher, record) = ("th.jena".parse()?, RecordId::v7(about + 1, [3; 10]));
    let Some(title) = title else { return Ok(Change::Gone { publisher, record }) };
    let german = |text: &str| Value::Map(Map::from([("de".to_owned(), text.into())]));
    let body = Map::from([
        ("title".to_owned(), german(&title)),
        ("description".to_owned(), german(&"Zählstellen und Brücken ".repeat(40))),
    ]);
    Ok(Change::Stands(Arc::new(Content {
        publisher,
        record,
        kind: "measure".parse()?,
        schema: 1,
        epoch: 1,
        version: number,
        issued: Moment::from_seconds(1_700_000_000 + number).ok_or("beyond the year 9999")?,
        said: Said::Body(body),
    })))
}

/// The child: takes in the feed from where the index stands, until it is killed.
pub(crate) fn feed(folder: &Path) -> Result<bool, Box<dyn Error>> {
    let catalogue = Catalogue::open(folder)?;
    loop {
        let from = catalogue.checkpoint();
        let upto = from + 1 + mixed(from) % BATCH_MAX;
        println!("{upto}");
        // Now and then in portions, as a bulk comes.
        let portion = if mixed(upto ^ 0x11).is_multiple_of(2) { upto } else { 1 + BATCH_MAX / 3 };
        let begins = (from..upto).step_by(usize::try_from(portion)?);
        catalogue.apply_all(begins.map(|from| {
            let upto = upto.min(from + portion);
            let changes = (from + 1..=upto).map(change).collect::<Result<Vec<_>, _>>()?;
            Ok::<_, Box<dyn Error>>((changes, upto))
        }))?;
        if mixed(upto).is_multiple_of(4) {
            catalogue.purge()?;
        }
        catalogue.adopt_merged()?;
    }
}

pub(crate) fn campaign(kills: u64) -> Result<bool, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut rebuilt = 0;
    for kill in 0..kills {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(FEED)
            .arg(folder.path())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("the child has no output")?).lines();
        for _ in 0..=mixed(kill) % BATCHES_MAX {
            if lines.next().transpose()?.is_none() {
                return Err("the child ended by itself".into());
            }
        }
        // A moment within a commit is wanted, which nothing outside of the child can wait for.
        let end = Instant::now() + Duration::from_micros(mixed(kill ^ 0x77) % DELAY_MAX_MICROSECONDS);
        while Instant::now() < end {
            std::hint::spin_loop();
        }
        child.kill()?;
        child.wait()?;
        let catalogue = Catalogue::open(folder.path())?;
        rebuilt += u64::from(catalogue.rebuilt().is_some());
        if let Err(wrong) = compare(&catalogue) {
            println!("after kill {kill}: {wrong}");
            return Ok(false);
        }
    }
    println!("{kills} kills while indexing: no record missing, doubled or stale; {rebuilt} times begun anew");
    Ok(rebuilt == 0)
}

/// Whether the index holds what the feed says up to its checkpoint.
fn compare(catalogue: &Catalogue) -> Result<(), Box<dyn Error>> {
    let mut expected: BTreeMap<RecordId, String> = BTreeMap::new();
    for number in 1..=catalogue.checkpoint() {
        let (about, title) = said(number);
        let record = RecordId::v7(about + 1, [3; 10]);
        match title {
            Some(title) => expected.insert(record, title),
            None => expected.remove(&record),
        };
    }
    for text in ["", "Radweg"] {
        let mut found: BTreeMap<RecordId, String> = BTreeMap::new();
        let mut after = None;
        loop {
            let query = Query { text: text.to_owned(), limit: LIMIT_MAX, after, ..Query::default() };
            let page = catalogue.find(&query)?;
            for hit in page.hits {
                if found.insert(hit.record, hit.title).is_some() {
                    return Err(format!("{} stands twice", hit.record).into());
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if found != expected {
            let (has, wants) = (found.len(), expected.len());
            return Err(
                format!("\"{text}\" finds {has} records, the feed has {wants}, or other versions").into()
            );
        }
    }
    Ok(())
}
