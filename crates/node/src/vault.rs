//! A data folder on which no daemon runs, opened whole by a command.

use crate::config::Config;
use crate::erasures;
use crate::erasures::Entry;
use crate::erasures::Ledger;
use crate::erasures::What;
use crate::folder::Folder;
use crate::keeper::now;
use crate::opening::Opened;
use crate::opening::Opening;
use crate::own::Own;
use anyhow::Context as _;
use record::document::Document;
use record::envelope::Statement;
use replica::admit::Outcome;
use replica::admit::Replica;
use replica::keeper::Keeper as _;
use replica::order::HeadKey;
use std::fs::File;
use std::ops::ControlFlow;
use store::compact::Purpose;
use store::disk::Disk;

/// Everything of a node that a command may need, and no daemon beside it.
#[derive(Debug)]
pub(crate) struct Vault {
    pub(crate) folder: Folder,
    pub(crate) config: Config,
    pub(crate) document: Document,
    pub(crate) disk: Disk,
    pub(crate) replica: Replica<Disk>,
    ledger: Ledger,
    own: Own,
    /// As long as this lives no daemon starts on the folder.
    _lock: File,
}

impl Vault {
    /// Opens the folder, and does what its ledger of erasures says.
    pub(crate) fn open(folder: &Folder) -> anyhow::Result<Vault> {
        let lock = folder.lock()?;
        let config = Config::load(&folder.config())?;
        let document = folder.read_network()?;
        let own = Own::open(&folder.own(), &document.network)?;
        let ledger = erasures::of(folder)?;
        let opening = Opening { folder, config: &config, document: &document, tell: &|_| {} };
        let Opened { disk, mut replica, .. } = opening.run()?;
        for (key, reach) in ledger.erasures().iter() {
            replica.erase(key, reach)?;
        }
        replica.flush()?;
        let folder = folder.clone();
        Ok(Vault { folder, config, document, disk, replica, ledger, own, _lock: lock })
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Lets statements in through the one door, in order.
    pub(crate) fn admit(&mut self, statements: Vec<Statement>) -> anyhow::Result<Vec<Outcome>> {
        Ok(self.replica.admit_many(statements, now())?)
    }

    /// Brings the own copies in that the store lacks.
    pub(crate) fn bring_own(&mut self) -> anyhow::Result<()> {
        let own = self.own.statements(&self.document.network)?;
        self.replica.admit_many(own, now())?;
        Ok(self.replica.flush()?)
    }

    /// Erases a record here, physically and now, and keeps it out.
    pub(crate) fn erase(&mut self, key: &HeadKey, reason: &str) -> anyhow::Result<()> {
        let entry = Entry::new(key, What::Blocked, reason, now());
        self.ledger.add(&entry)?;
        let reach = self.ledger.holding().get(key).context("what was just written is there")?.reach;
        self.replica.erase(key, reach)?;
        self.own.forget_erased(key, reach, &self.document.network);
        self.replica.flush()?;
        erasures::remove_drafts(&self.folder, key.record)
            .context("a draft of the record cannot be removed")?;
        self.disk.compact(Purpose::Erase, &mut |_| ControlFlow::Continue(()))?;
        // Derived from the store, and made anew at the next start.
        for gone in self.folder.set_aside().into_iter().chain([self.folder.catalogue()]) {
            match std::fs::remove_dir_all(&gone) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("{} cannot be removed", gone.display()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes an erasure back; answers whether there was one.
    pub(crate) fn lift(&mut self, key: &HeadKey) -> anyhow::Result<bool> {
        if !self.ledger.holding().contains_key(key) {
            return Ok(false);
        }
        self.ledger.add(&Entry::new(key, What::Lifted, "", now()))?;
        self.replica.lift(key)?;
        self.replica.flush()?;
        Ok(true)
    }

    /// The number of the newest change.
    pub(crate) fn change(&self) -> u64 {
        self.disk.newest()
    }
}
