//! What was read before and cost much, so that a visit costs little while nothing changes.
//!
//! It is kept with the number of the newest change that the catalogue knew and forgotten with the next one, so that
//! nothing that was withdrawn is shown from memory.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

/// Answers that are remembered.
const ANSWERS_MAX: usize = 256;

/// Answers by what was asked, all of them given while the newest change was the same.
#[derive(Debug)]
pub(crate) struct Memory<K, V> {
    held: Mutex<Held<K, V>>,
}

#[derive(Debug)]
struct Held<K, V> {
    newest: u64,
    answers: BTreeMap<K, V>,
}

impl<K, V> Default for Memory<K, V> {
    fn default() -> Memory<K, V> {
        Memory { held: Mutex::new(Held { newest: 0, answers: BTreeMap::new() }) }
    }
}

impl<K: Ord, V: Clone> Memory<K, V> {
    /// The answer, if nothing has changed since it was given.
    pub(crate) fn recall(&self, asked: &K, newest: u64) -> Option<V> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.reach(newest);
        held.answers.get(asked).filter(|_| held.newest == newest).cloned()
    }

    /// Remembers an answer; one that was given before the newest change is dropped.
    pub(crate) fn keep(&self, asked: K, newest: u64, answer: V) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.reach(newest);
        if held.answers.len() >= ANSWERS_MAX {
            held.answers.clear();
        }
        if held.newest == newest {
            held.answers.insert(asked, answer);
        }
    }
}

impl<K: Ord, V> Held<K, V> {
    /// With a new change everything before it is forgotten, and not only passed over.
    fn reach(&mut self, newest: u64) {
        if newest > self.newest {
            self.newest = newest;
            self.answers.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::memory::ANSWERS_MAX;
    use crate::memory::Memory;

    #[test]
    fn the_next_change_makes_it_forget() {
        let memory = Memory::default();
        memory.keep("events", 7, "three");
        assert_eq!(memory.recall(&"events", 7), Some("three"));
        assert_eq!(memory.recall(&"events", 8), None);
        assert_eq!(memory.recall(&"needs", 7), None);
        assert_eq!(memory.recall(&"events", 7), None, "it is gone, not only passed over");
        memory.keep("events", 7, "two");
        assert_eq!(memory.recall(&"events", 8), None, "what was read before the change does not count");
    }

    #[test]
    fn it_is_bounded() {
        let memory = Memory::default();
        for number in 0..=ANSWERS_MAX {
            memory.keep(number, 1, ());
        }
        assert_eq!(memory.recall(&0, 1), None);
        assert_eq!(memory.recall(&ANSWERS_MAX, 1), Some(()));
    }
}
