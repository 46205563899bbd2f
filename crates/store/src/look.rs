//! Looking a store over: whether log and index tell the same, and whether what is kept still opens.

use crate::disk::Disk;
use crate::disk::Shared;
use crate::frame::Frame;
use crate::index::Index;
use crate::index::unreadable;
use crate::layout;
use crate::pack;
use crate::segment::LogError;
use crate::segment::Segment;
use record::envelope::Statement;
use record::name::NetworkName;
use replica::keeper::KeepError;
use replica::order::Head;
use replica::order::HeadKey;
use std::sync::Arc;

/// Findings that are told in words; more are counted.
pub const FINDINGS_MAX: usize = 20;

/// What a look at the store found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Heads that stand with their statement.
    pub statements: u64,
    /// Heads that stand without bytes.
    pub blanks: u64,
    /// Keys at which nothing stands any more.
    pub gone: u64,
    /// Statements of the sample that were opened.
    pub opened: u64,
    /// What is wrong, in words; empty when all is well.
    pub findings: Vec<String>,
    /// What is wrong beyond these.
    pub more: u64,
}

impl Look {
    /// Whether nothing was found.
    pub fn is_good(&self) -> bool {
        self.findings.is_empty()
    }

    fn find(&mut self, finding: String) {
        match self.findings.len() {
            FINDINGS_MAX.. => self.more += 1,
            _ => self.findings.push(finding),
        }
    }
}

impl Disk {
    /// Looks at every frame of the log and every entry of the index, and opens each `every`th statement
    /// (1: all, 0: none). Writers wait meanwhile; 10^6 statements take some ten seconds, with all of them
    /// opened a minute more.
    pub fn look(&self, every: u64, network: &NetworkName) -> Result<Look, KeepError> {
        let live = self.shared.writer();
        let index = &self.shared.index();
        let mut looking =
            Looking { shared: &self.shared, index, every, network, look: Look::default(), seen: 0 };
        let mut number = 0;
        for segment in self.shared.log.segments() {
            let counted = looking.segment(&segment, &mut number)?;
            let expected = live.get(&segment.first()).copied().unwrap_or(0);
            if counted != expected {
                let path = segment.path().display();
                looking.look.find(format!("{path} has {counted} live bytes, {expected} are expected"));
            }
        }
        if number > self.shared.newest() {
            looking.look.find(format!("the log goes up to change {number}, which nobody knows of"));
        }
        looking.index()?;
        Ok(looking.look)
    }
}

struct Looking<'a> {
    shared: &'a Shared,
    index: &'a Index,
    every: u64,
    network: &'a NetworkName,
    look: Look,
    /// Frames that count.
    seen: u64,
}

impl Looking<'_> {
    /// Looks at the frames of a segment; answers with the bytes of those that count.
    fn segment(&mut self, segment: &Arc<Segment>, number: &mut u64) -> Result<u64, KeepError> {
        let mut live = 0;
        let mut walk = segment.walk(0).map_err(crate::index::broken)?;
        loop {
            match walk.next() {
                Ok(None) => return Ok(live),
                Ok(Some(frame)) => {
                    if frame.number <= *number {
                        self.look.find(format!("the change {} stands after change {number}", frame.number));
                    }
                    *number = frame.number;
                    if self.frame(&frame)? {
                        live += frame.bytes.len() as u64;
                    }
                }
                Err(LogError::Torn(why)) => {
                    self.look.find(why);
                    return Ok(live);
                }
                Err(LogError::Io(error)) => return Err(crate::index::disk(error)),
            }
        }
    }

    /// Looks at one frame; answers whether it counts.
    fn frame(&mut self, frame: &Frame<'_>) -> Result<bool, KeepError> {
        let number = frame.number;
        let Some(key) = frame.head_key() else {
            self.look.find(format!("the key of change {number} cannot be read"));
            return Ok(false);
        };
        let entry = self.index.entry(&key)?;
        let Some(entry) = entry.filter(|entry| entry.number >= number) else {
            self.look.find(format!("the index does not know change {number}"));
            return Ok(false);
        };
        if entry.number != number {
            return Ok(false);
        }
        self.seen += 1;
        if frame.head().is_some() != entry.stands || frame.bytes.len() as u64 != u64::from(entry.bytes) {
            self.look.find(format!("log and index tell different things of change {number}"));
        }
        match (frame.head(), frame.packed) {
            (None, _) => self.look.gone += 1,
            (Some(None), _) => self.look.find(format!("the head of change {number} cannot be read")),
            (Some(Some(head)), packed) => {
                if self.index.at(&layout::order_key(&key.bucket(), head.place()))?.as_ref() != Some(&key) {
                    self.look.find(format!("the head of change {number} is missing at its place"));
                }
                match packed {
                    None => self.look.blanks += 1,
                    Some(packed) => self.statement(number, &key, &head, packed),
                }
            }
        }
        Ok(true)
    }

    fn statement(&mut self, number: u64, key: &HeadKey, head: &Head, packed: &[u8]) {
        self.look.statements += 1;
        if self.every == 0 || !self.look.statements.is_multiple_of(self.every) {
            return;
        }
        let Some(bytes) = pack::unpack(packed) else {
            self.look.find(format!("the statement of change {number} cannot be unpacked"));
            return;
        };
        match Statement::open(&bytes, self.network) {
            Ok(statement) if statement.id() == head.rank.id && HeadKey::of(statement.content()) == *key => {
                self.look.opened += 1;
            }
            Ok(_) => {
                self.look.find(format!("the statement of change {number} is another than its head says"))
            }
            Err(error) => {
                self.look.find(format!("the statement of change {number} no longer opens: {error}"))
            }
        }
    }

    /// Every frame that counts was found in the index; now whether the index has nothing beyond.
    fn index(&mut self) -> Result<(), KeepError> {
        let (mut heads, mut entries, mut places) = (0u64, 0u64, 0u64);
        self.index.entries(&[], |_, value| {
            let entry = layout::read_entry(value).ok_or_else(|| unreadable("entry"))?;
            entries += 1;
            heads += u64::from(entry.stands);
            Ok(true)
        })?;
        self.index.places(&[], |_, _| {
            places += 1;
            Ok(true)
        })?;
        if entries != self.seen {
            let seen = self.seen;
            self.look.find(format!("the index has {entries} entries, the log has frames for {seen} of them"));
        }
        if heads != places {
            self.look.find(format!("{heads} heads stand, and there are {places} places"));
        }
        let newest = self.index.meta()?.map_or(0, |meta| meta.newest);
        if newest > self.shared.newest() {
            self.look.find(format!("the index goes up to change {newest}, which nobody knows of"));
        }
        Ok(())
    }
}
