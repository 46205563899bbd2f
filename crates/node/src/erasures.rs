//! The ledger of erasures: what was erased here and why, a line each, on the disk before anything is erased.
//!
//! It outlives the database: it is replayed at every start and after a restore, so that no older copy brings back
//! what was to go. A line is a JSON document and its check (the first eight letters of its SHA-256), so that a
//! damaged line is told and never taken for another record.

use crate::folder::Folder;
use anyhow::Context as _;
use record::moment::Moment;
use record::name::Name;
use record::statement::RecordId;
use record::statement::sha256;
use replica::erasure::Erasures;
use replica::erasure::Reach;
use replica::order::HeadKey;
use replica::order::Set;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

/// The longest reason that is kept, in characters.
pub(crate) const REASON_CHARS_MAX: usize = 500;
/// Letters of the check of a line.
const CHECK_CHARS: usize = 8;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// When it was written, in seconds since 1970.
    pub(crate) at: u64,
    pub(crate) what: What,
    pub(crate) publisher: String,
    pub(crate) record: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) reason: String,
}

/// What a line does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum What {
    /// The versions up to this epoch and version are gone here.
    Erased(u64, u64),
    /// Every version is kept out, until it is lifted.
    Blocked,
    /// Both are taken back.
    Lifted,
}

/// An erasure that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) reach: Reach,
    pub(crate) reason: String,
    pub(crate) at: Moment,
}

/// The file, and what it says in the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    path: PathBuf,
    holding: BTreeMap<HeadKey, Holding>,
    /// Lines that cannot be read.
    pub(crate) damaged: usize,
}

impl Entry {
    pub(crate) fn new(key: &HeadKey, what: What, reason: &str, now: Moment) -> Entry {
        let plain = reason.trim().chars().map(|sign| if sign.is_control() { ' ' } else { sign });
        Entry {
            at: now.seconds(),
            what,
            publisher: key.publisher.to_string(),
            record: key.record.to_string(),
            reason: plain.take(REASON_CHARS_MAX).collect(),
        }
    }

    fn key(&self) -> Option<HeadKey> {
        let publisher: Name = self.publisher.parse().ok()?;
        let record: RecordId = self.record.parse().ok()?;
        Some(HeadKey { set: Set::Records, publisher, record })
    }

    fn write(&self) -> String {
        let text = serde_json::to_string(self).expect("plain words and numbers are JSON");
        format!("{} {text}\n", check(&text))
    }

    fn read(line: &str) -> Option<Entry> {
        let (said, text) = line.split_once(' ')?;
        let entry: Entry = serde_json::from_str(text).ok()?;
        (said == check(text) && entry.key().is_some()).then_some(entry)
    }
}

fn check(text: &str) -> String {
    let hash = data_encoding::HEXLOWER.encode(&sha256(&[text.as_bytes()]));
    hash.chars().take(CHECK_CHARS).collect()
}

impl Ledger {
    /// Reads the file. Lines that cannot be read are counted; the last one may be torn, it was never answered.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Ledger> {
        let mut ledger = Ledger { path: path.to_owned(), ..Ledger::default() };
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(ledger),
            Err(error) => {
                return Err(error).with_context(|| {
                    format!(
                        "the ledger of erasures {} cannot be read; check owner and rights",
                        path.display()
                    )
                });
            }
        };
        let text = String::from_utf8_lossy(&bytes);
        for line in text.split_inclusive('\n') {
            match Entry::read(line.trim_end_matches('\n')) {
                Some(entry) => ledger.take(&entry),
                None if line.ends_with('\n') => ledger.damaged += 1,
                None => {}
            }
        }
        Ok(ledger)
    }

    fn take(&mut self, entry: &Entry) {
        let (Some(key), Some(at)) = (entry.key(), Moment::from_seconds(entry.at)) else { return };
        let reach = match entry.what {
            What::Lifted => {
                self.holding.remove(&key);
                return;
            }
            What::Erased(epoch, version) => Reach::Upto(epoch, version),
            What::Blocked => Reach::All,
        };
        let reach = self.holding.get(&key).map_or(reach, |before| before.reach.max(reach));
        self.holding.insert(key, Holding { reach, reason: entry.reason.clone(), at });
    }

    /// Writes a line. When this returns, a power cut no longer loses it.
    pub(crate) fn add(&mut self, entry: &Entry) -> anyhow::Result<()> {
        let written = || -> std::io::Result<()> {
            let mut file = OpenOptions::new().create(true).append(true).read(true).open(&self.path)?;
            let mut line = entry.write();
            if ends_torn(&self.path)? {
                line.insert(0, '\n');
            }
            file.write_all(line.as_bytes())?;
            file.sync_all()?;
            match self.path.parent() {
                Some(folder) => std::fs::File::open(folder)?.sync_all(),
                None => Ok(()),
            }
        };
        written().with_context(|| {
            format!(
                "the ledger of erasures {} cannot be written; check the rights and the room on the disk",
                self.path.display()
            )
        })?;
        self.take(entry);
        Ok(())
    }

    /// Takes the lines of another ledger in that this one lacks: of two that speak of one record the later one counts.
    pub(crate) fn join(&mut self, other: &Ledger) -> anyhow::Result<()> {
        for (key, holding) in &other.holding {
            if self.holding.get(key).is_some_and(|ours| ours.reach >= holding.reach) {
                continue;
            }
            let what = match holding.reach {
                Reach::Upto(epoch, version) => What::Erased(epoch, version),
                Reach::All => What::Blocked,
            };
            self.add(&Entry::new(key, what, &holding.reason, holding.at))?;
        }
        Ok(())
    }

    /// What holds, by record.
    pub(crate) fn holding(&self) -> &BTreeMap<HeadKey, Holding> {
        &self.holding
    }

    /// What holds, as the replica has to know it.
    pub(crate) fn erasures(&self) -> Erasures {
        let mut erasures = Erasures::default();
        for (key, holding) in &self.holding {
            erasures.add(key.clone(), holding.reach);
        }
        erasures
    }
}

/// Whether the last line has no end, because the machine died while it was written.
fn ends_torn(path: &Path) -> std::io::Result<bool> {
    Ok(std::fs::read(path)?.last().is_some_and(|last| *last != b'\n'))
}

/// Removes drafts that were begun for a record: its words stand in them. Answers how many went.
pub(crate) fn remove_drafts(folder: &Folder, record: RecordId) -> std::io::Result<u64> {
    let (drafts, record) = (folder.drafts(), record.to_string());
    let entries = match std::fs::read_dir(&drafts) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut removed = 0;
    for entry in entries {
        let path = entry?.path();
        if path.is_file() && String::from_utf8_lossy(&std::fs::read(&path)?).contains(&record) {
            std::fs::remove_file(&path)?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// The ledger of a data folder.
pub(crate) fn of(folder: &Folder) -> anyhow::Result<Ledger> {
    Ledger::open(&folder.erasures())
}

#[cfg(test)]
mod tests {
    use crate::erasures::Entry;
    use crate::erasures::Ledger;
    use crate::erasures::What;
    use crate::erasures::remove_drafts;
    use crate::folder::Folder;
    use record::moment::Moment;
    use record::statement::RecordId;
    use replica::erasure::Reach;
    use replica::order::HeadKey;
    use replica::order::Set;

    fn key(record: u8) -> HeadKey {
        let publisher = "th.jena".parse().unwrap();
        HeadKey { set: Set::Records, publisher, record: RecordId::from_bytes([record; 16]) }
    }

    fn entry(record: u8, what: What) -> Entry {
        Entry::new(
            &key(record),
            what,
            "Beschluss\nvom Amtsgericht ",
            Moment::from_seconds(1_793_606_400).unwrap(),
        )
    }

    #[test]
    fn the_ledger_says_at_the_next_start_what_it_said_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("erasures.txt");
        let mut ledger = Ledger::open(&path).unwrap();
        let lines =
            [(1, What::Erased(1, 4)), (2, What::Blocked), (1, What::Erased(1, 2)), (3, What::Blocked)];
        for (record, what) in lines {
            ledger.add(&entry(record, what)).unwrap();
        }
        ledger.add(&entry(3, What::Lifted)).unwrap();
        let again = Ledger::open(&path).unwrap();
        assert_eq!((again.holding(), again.damaged), (ledger.holding(), 0));
        let reaches: Vec<_> = again.erasures().iter().map(|(_, reach)| reach).collect();
        assert_eq!(reaches, [Reach::Upto(1, 4), Reach::All]);
        assert_eq!(again.holding()[&key(2)].reason, "Beschluss vom Amtsgericht");
        let mut other = Ledger::open(&folder.path().join("other.txt")).unwrap();
        other.add(&entry(1, What::Blocked)).unwrap();
        other.join(&again).unwrap();
        assert_eq!(
            other.holding().values().map(|held| held.reach).collect::<Vec<_>>(),
            [Reach::All, Reach::All]
        );
    }

    #[test]
    fn drafts_of_an_erased_record_go_and_others_stay() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::at(root.path());
        assert_eq!(remove_drafts(&folder, key(1).record).unwrap(), 0);
        std::fs::create_dir(root.path().join("drafts")).unwrap();
        for record in [1, 2] {
            let text = format!("{{\"record\":\"{}\"}}", key(record).record);
            std::fs::write(root.path().join(format!("drafts/{record}.json")), text).unwrap();
        }
        assert_eq!(remove_drafts(&folder, key(1).record).unwrap(), 1);
        assert!(root.path().join("drafts/2.json").exists());
    }

    #[test]
    fn no_flipped_bit_names_another_record_and_a_torn_end_is_written_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("erasures.txt");
        Ledger::open(&path).unwrap().add(&entry(1, What::Blocked)).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, &bytes).unwrap();
            let ledger = Ledger::open(&path).unwrap();
            assert!(ledger.holding().keys().all(|held| *held == key(1)), "bit {bit}");
        }
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let mut ledger = Ledger::open(&path).unwrap();
            ledger.add(&entry(2, What::Blocked)).unwrap();
            assert!(Ledger::open(&path).unwrap().holding().contains_key(&key(2)), "{length} bytes");
        }
    }
}
