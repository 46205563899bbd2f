//! Erasing at the one door: what was erased here stands without its bytes, whenever it comes.

use crate::admit::Replica;
use crate::erasure::Erasures;
use crate::erasure::Reach;
use crate::keeper::KeepError;
use crate::keeper::Keeper;
use crate::keeper::Step;
use crate::order::Head;
use crate::order::HeadKey;
use crate::order::Set;
use record::envelope::Statement;

impl<K: Keeper> Replica<K> {
    /// What the operator erased here.
    pub fn erasures(&self) -> &Erasures {
        &self.erasures
    }

    /// Erases versions of a record here alone: the bytes go, the head keeps its place, so that fingerprints stay
    /// equal and it is not fetched again. Answers whether bytes went from the keeper; [`Replica::flush`] follows.
    ///
    /// Attestations are not erased: what hangs on them would fall.
    pub fn erase(&mut self, key: &HeadKey, reach: Reach) -> Result<bool, KeepError> {
        self.waiting.forget_record(key);
        self.erasures.add(key.clone(), reach);
        let standing = self.keeper.head(key)?.filter(|_| key.set == Set::Records);
        let standing = standing.filter(|head| self.erasures.cover(key, head.rank.epoch, head.rank.version));
        let (Some(head), Some(statement)) = (standing, self.opened(key)?) else { return Ok(false) };
        if statement.content().is_retracted() {
            return Ok(false);
        }
        self.apply(&[Step::Blank(head)]).map(|()| true)
    }

    /// Takes an erasure back. A head that stands without bytes goes, so that peers bring the statement again.
    pub fn lift(&mut self, key: &HeadKey) -> Result<bool, KeepError> {
        let lifted = self.erasures.lift(key);
        let standing = self.keeper.statement(key)?;
        if standing.is_some_and(|change| change.statement.is_none()) {
            self.apply(&[Step::Drop(key.clone())])?;
        }
        Ok(lifted)
    }

    /// Lets a head stand whose bytes were erased, as a backup remembers it. Only what is erased here can come so, and only
    /// where its publisher is believed and nothing newer stands; answers whether it came.
    pub fn keep_blank(&mut self, head: Head) -> Result<bool, KeepError> {
        let (epoch, version) = (head.rank.epoch, head.rank.version);
        let stands = self.keeper.head(&head.key)?.is_some_and(|old| old.rank >= head.rank);
        if stands || !self.erasures.cover(&head.key, epoch, version) || self.trust.judge_head(&head).is_err()
        {
            return Ok(false);
        }
        let full = self.count(head.key.set, &head.key.publisher) >= self.document.publisher_records_max;
        if full && self.keeper.head(&head.key)?.is_none() {
            return Ok(false);
        }
        self.apply(&[Step::Blank(head)]).map(|()| true)
    }

    /// How a statement comes to stand: with its bytes, unless they were erased here.
    pub(super) fn step(&self, statement: &Statement, head: Head) -> Step {
        match head.key.set == Set::Records && self.erasures.hold(statement.content()) {
            true => Step::Blank(head),
            false => Step::Stand(head, statement.bytes().clone()),
        }
    }
}
