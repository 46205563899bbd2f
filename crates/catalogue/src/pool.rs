//! Things that are dear to make, lent to one search after the other.

use std::sync::Mutex;
use std::sync::PoisonError;

/// Things that wait for the next searches, at most.
const WAITING_MAX: usize = 2;

/// What waits. A search that panics takes what it had with it.
#[derive(Debug)]
pub(crate) struct Pool<T>(Mutex<Vec<T>>);

impl<T> Default for Pool<T> {
    fn default() -> Pool<T> {
        Pool(Mutex::default())
    }
}

impl<T: Default> Pool<T> {
    /// Lends one, a new one where none waits.
    pub(crate) fn lend<A>(&self, search: impl FnOnce(&mut T) -> A) -> A {
        let waiting = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lent = waiting().pop().unwrap_or_default();
        let answer = search(&mut lent);
        let mut waiting = waiting();
        if waiting.len() < WAITING_MAX {
            waiting.push(lent);
        }
        answer
    }
}
