//! Erasing here alone: into the ledger first, then out of the replica, the store and the own copies.

use crate::erasures::Entry;
use crate::erasures::Holding;
use crate::erasures::What;
use crate::keeper::Clerk;
use crate::keeper::now;
use crate::publishing::Refusal;
use replica::keeper::KeepError;
use replica::keeper::Keeper as _;
use replica::order::HeadKey;
use std::sync::Arc;

impl Clerk {
    /// Erases what stands of a record, with `keep_out` also what is still to come. A version without body stays as it
    /// is: with `keep_out` unset everything before it is erased. Nothing is physically gone yet; that is the
    /// tidying's work.
    pub(super) fn erase(&mut self, key: &HeadKey, keep_out: bool, reason: &str) -> Result<(), Refusal> {
        let head = self.replica.keeper().head(key)?;
        let what = match (keep_out, head) {
            (true, _) => What::Blocked,
            (false, None) => return Err(Refusal::NoRecord(key.record)),
            (false, Some(head)) => What::Erased(head.rank.epoch, head.rank.version),
        };
        // Known before it is done: a start after a crash does the rest.
        self.ledger.add(&Entry::new(key, what, reason, now())).map_err(Refusal::of_disk)?;
        self.take_ledger(key)?;
        self.show_ledger();
        self.erased = true;
        Ok(())
    }

    /// Takes an erasure back: peers bring the record again, where they still have it.
    pub(super) fn lift(&mut self, key: &HeadKey) -> Result<bool, Refusal> {
        if !self.ledger.holding().contains_key(key) {
            return Ok(false);
        }
        self.ledger.add(&Entry::new(key, What::Lifted, "", now())).map_err(Refusal::of_disk)?;
        if let Some(head) =
            self.replica.keeper().head(key)?.filter(|_| key.publisher == *self.publisher.name())
        {
            // Its head goes with it; until peers have brought it again nothing else knows its version.
            self.own.remember(key, head.rank.epoch, head.rank.version);
        }
        self.replica.lift(key)?;
        self.show_ledger();
        // The peers are compared with, so that they bring it.
        self.released = true;
        Ok(true)
    }

    /// Does once more what the ledger says: after a crash, a rebuild or a restore.
    pub(super) fn replay_ledger(&mut self) {
        if self.ledger.damaged > 0 {
            tracing::error!(
                lines = self.ledger.damaged,
                "the ledger of erasures has lines that cannot be read; bring erasures.txt back from a backup, or erase again"
            );
        }
        let keys: Vec<HeadKey> = self.ledger.holding().keys().cloned().collect();
        for key in keys {
            if let Err(error) = self.take_ledger(&key) {
                tracing::error!(publisher = %key.publisher, record = %key.record, %error, "an erasure could not be repeated");
            }
        }
        if let Err(error) = self.replica.flush() {
            tracing::error!(%error, "what was erased could not be brought to the disk");
        }
        self.show_ledger();
    }

    /// Lets one record of the ledger go out of replica, store and own copies.
    fn take_ledger(&mut self, key: &HeadKey) -> Result<(), KeepError> {
        let Some(Holding { reach, .. }) = self.ledger.holding().get(key) else { return Ok(()) };
        let reach = *reach;
        self.replica.erase(key, reach)?;
        self.own.forget_erased(key, reach, &self.replica.document().network.clone());
        Ok(())
    }

    fn show_ledger(&mut self) {
        self.held_back = Arc::new(self.ledger.holding().clone());
    }
}
