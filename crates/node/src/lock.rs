//! The lock on signing after a start: a restored backup must not sign a version that was signed before.
//!
//! What this publisher said last may be known to others and not to this folder. So whoever wants to sign waits until a
//! talk with a peer has brought what that peer knows.

use std::time::Duration;
use std::time::Instant;

/// How long somebody waits for a peer before being refused in words.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many may wait.
const WAITING_MAX: usize = 256;

/// Those who wait to sign.
#[derive(Debug)]
pub(crate) struct Lock<T> {
    open: bool,
    waiting: Vec<(Instant, T)>,
}

impl<T> Lock<T> {
    /// A lock that stays closed until [`Lock::open`].
    pub(crate) fn closed() -> Lock<T> {
        Lock { open: false, waiting: Vec::new() }
    }

    /// For a node that knows nobody to ask, or was told not to.
    pub(crate) fn opened() -> Lock<T> {
        Lock { open: true, waiting: Vec::new() }
    }

    /// Lets it through, or keeps it; what finds no room comes back as the error.
    pub(crate) fn pass(&mut self, item: T, now: Instant) -> Result<Option<T>, T> {
        if self.open {
            return Ok(Some(item));
        }
        if self.waiting.len() >= WAITING_MAX {
            return Err(item);
        }
        self.waiting.push((now, item));
        Ok(None)
    }

    /// Opens for good, and gives back who waited, in order.
    pub(crate) fn open(&mut self) -> Vec<T> {
        self.open = true;
        std::mem::take(&mut self.waiting).into_iter().map(|(_, item)| item).collect()
    }

    /// Who has waited long enough.
    pub(crate) fn overdue(&mut self, now: Instant) -> Vec<T> {
        let is_overdue = |since: &Instant| now.saturating_duration_since(*since) >= PATIENCE;
        let overdue = self.waiting.iter().take_while(|(since, _)| is_overdue(since)).count();
        self.waiting.drain(..overdue).map(|(_, item)| item).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::lock::Lock;
    use crate::lock::PATIENCE;
    use crate::lock::WAITING_MAX;
    use std::time::Duration;
    use std::time::Instant;

    #[test]
    fn who_signs_waits_for_a_peer_but_not_for_ever() {
        let (mut lock, now) = (Lock::closed(), Instant::now());
        assert_eq!(lock.pass(1, now), Ok(None));
        assert_eq!(lock.pass(2, now + Duration::from_secs(1)), Ok(None));
        assert!(lock.overdue(now).is_empty());
        assert_eq!(lock.overdue(now + PATIENCE), [1]);
        assert_eq!(lock.open(), [2]);
        assert_eq!(lock.pass(3, now), Ok(Some(3)));
    }

    #[test]
    fn the_waiting_are_counted() {
        let (mut lock, now) = (Lock::closed(), Instant::now());
        for item in 0..WAITING_MAX {
            assert_eq!(lock.pass(item, now), Ok(None));
        }
        assert_eq!(lock.pass(7, now), Err(7));
    }
}
