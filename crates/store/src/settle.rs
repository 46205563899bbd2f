//! Settling the index: it is copied into blocks beside, and takes the place of the one that is there.
//!
//! **Why nothing is missed meanwhile.** Readers and the writer go on with the old index. The copy then lacks some
//! of the changes that came after it was begun, and has others: exactly as an index after a kill. So these
//! changes are done once more from the log, the last of them while the writer waits, and then the copy counts.
//! **Why a kill at any step leaves an index.** Until the copy is called whole, the next start finds the old one,
//! which had every change; afterwards it finds the copy, which has them, too. What is beside is removed.

use crate::disk::Shared;
use crate::index::Index;
use crate::index::Meta;
use crate::open::replay;
use replica::keeper::KeepError;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

impl Shared {
    /// Settles the index where that is worth it. Answers whether it was told to stop; then it is as before.
    /// The log must not be compacted meanwhile.
    pub(crate) fn settle(&self, go_on: &mut dyn FnMut() -> bool) -> Result<bool, KeepError> {
        let old = self.index();
        if !old.is_loose(self.newest()) {
            return Ok(false);
        }
        self.demand_room(old.bytes()?)?;
        // Two are open at once. In blocks the pairs take less than half of the room in the cache, too.
        let mut fresh = Index::fresh(&self.folder, self.cache_bytes / 2)?;
        let meta = self.meta();
        if fresh.settle(&old, meta, go_on)? {
            fresh.remove()?;
            return Ok(true);
        }
        // Most of it comes to the disk while the writer goes on.
        let meta = self.catch_up(&fresh, meta)?;
        fresh.sync()?;
        let writing = self.writer();
        self.demand_sound()?;
        self.catch_up(&fresh, meta)?;
        fresh.call_whole()?;
        let fresh = Arc::new(fresh);
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = fresh.clone();
        drop(writing);
        drop(old);
        fresh.remove_others()?;
        Ok(false)
    }

    fn meta(&self) -> Meta {
        Meta { newest: self.newest(), synced: self.synced.load(Ordering::Acquire) }
    }

    /// Does the changes after those that an index has, up to the newest one.
    fn catch_up(&self, index: &Index, had: Meta) -> Result<Meta, KeepError> {
        let meta = self.meta();
        replay(&self.log, index, had, meta.newest, &|_| {})?;
        index.put_meta(meta)?;
        Ok(meta)
    }

    /// Refuses when an earlier write failed half way.
    pub(crate) fn demand_sound(&self) -> Result<(), KeepError> {
        match self.is_behind.load(Ordering::Acquire) {
            true => Err(KeepError::Broken("an earlier write failed; start again".to_owned())),
            false => Ok(()),
        }
    }
}
