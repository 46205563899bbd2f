//! Opening store and replica: what is damaged is set aside and begun anew, and what is being done is told meanwhile.

use crate::config::Config;
use crate::folder::Folder;
use crate::keeper::now;
use crate::membership;
use anyhow::Context as _;
use record::document::Document;
use replica::admit::Replica;
use replica::keeper::KeepError;
use replica::keeper::Keeper as _;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use store::disk::Disk;
use store::disk::OpenError;
use store::disk::Settings;
use store::open::Doing;

/// What is opened, with whom to tell.
pub(crate) struct Opening<'a> {
    pub(crate) folder: &'a Folder,
    pub(crate) config: &'a Config,
    pub(crate) document: &'a Document,
    /// Hears in words what is being done.
    pub(crate) tell: &'a (dyn Fn(&str) + Send + Sync),
}

/// Store and replica, and what had to be mended, in words.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) disk: Disk,
    pub(crate) replica: Replica<Disk>,
    pub(crate) mended: Vec<String>,
}

/// Why store and replica do not open.
enum Trouble {
    /// The database is damaged: begin anew from own copies and peers.
    Damaged(String),
    /// Something that the operator has to mend.
    Other(anyhow::Error),
}

impl Opening<'_> {
    /// Opens both. A database that is damaged is set aside with the time in its name, and begun anew; own copies and
    /// peers bring back what it held.
    pub(crate) fn run(&self) -> anyhow::Result<Opened> {
        membership::suits(self.folder, self.document)?;
        let mut mended = Vec::new();
        let opened = match self.once() {
            Err(Trouble::Damaged(why)) => {
                let aside = set_aside(self.folder)?;
                tracing::error!(
                    aside = %aside.display(), why,
                    "the database was damaged and is set aside; it is rebuilt from the own copies and from the peers"
                );
                let name = aside.file_name().unwrap_or_default().to_string_lossy().into_owned();
                mended.push(format!("the database was damaged ({why}) and is set aside as {name}"));
                self.once()
            }
            opened => opened,
        };
        let (disk, mut replica) = opened.map_err(|trouble| match trouble {
            Trouble::Damaged(why) => {
                anyhow::anyhow!("a fresh database cannot be opened either: {why}. Check the disk")
            }
            Trouble::Other(error) => error,
        })?;
        mended.extend(disk.mended().iter().cloned());
        membership::renew(self.folder, self.document, &mut replica)?;
        let gone = replica.keep_only(self.config.kept())?;
        if gone > 0 {
            replica.flush()?;
            tracing::warn!(gone, "records of Länder that network.replicate does not name were let go");
        }
        let heads: u64 = replica.summaries().values().map(|summary| summary.count()).sum();
        tracing::info!(heads, change = disk.newest(), "the store is open");
        Ok(Opened { disk, replica, mended })
    }

    fn once(&self) -> Result<(Disk, Replica<Disk>), Trouble> {
        if let Ok(why) = std::fs::read_to_string(self.folder.found_damaged()) {
            return Err(Trouble::Damaged(why.trim().to_owned()));
        }
        let settings = Settings { cache_bytes: self.config.store.cache_mib * 1024 * 1024 };
        let tell = |doing| match doing {
            Doing::Copying => (self.tell)("a store of an older format is copied"),
            Doing::Checking => (self.tell)("the store is opened"),
            Doing::Indexing { done, all } => {
                (self.tell)(&format!("the store is indexed anew, change {done} of {all}"));
            }
        };
        // sled reads its pages late and may panic over a torn one; what was opened so far is dropped then.
        let opened = std::panic::catch_unwind(AssertUnwindSafe(|| {
            let opened = Disk::open_telling(&self.folder.store(), &settings, &tell);
            let disk = opened.map_err(|error| match error {
                OpenError::Damaged { why, .. } => Trouble::Damaged(why),
                other => Trouble::Other(other.into()),
            })?;
            (self.tell)("the heads are read");
            let replica =
                Replica::open(self.document.clone(), disk.clone()).map_err(|error| match error {
                    KeepError::Broken(why) => Trouble::Damaged(why),
                    full @ KeepError::Full(_) => Trouble::Other(full.into()),
                })?;
            Ok((disk, replica))
        }));
        opened.unwrap_or_else(|_| Err(Trouble::Damaged("it cannot be read to its end".to_owned())))
    }
}

/// Sets the database aside, with the time in its name.
pub(crate) fn set_aside(folder: &Folder) -> anyhow::Result<PathBuf> {
    let aside = folder.fresh_aside(now().seconds());
    std::fs::rename(folder.store(), &aside)
        .with_context(|| format!("the damaged store cannot be set aside as {}", aside.display()))?;
    Ok(aside)
}
