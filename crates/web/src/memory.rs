//! What was read before and cost much, so that a visit costs little while nothing changes.
//!
//! It is kept with the number of the newest change that the catalogue knew and forgotten with the next one, so that
//! nothing that was withdrawn is shown from memory.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

/// Answers that are remembered.
const ANSWERS_MAX: usize = 256;

/// Answers by what was asked, each with the number of the newest change when it was given.
#[derive(Debug)]
pub(crate) struct Memory<K, V> {
    held: Mutex<BTreeMap<K, (u64, V)>>,
}

impl<K, V> Default for Memory<K, V> {
    fn default() -> Memory<K, V> {
        Memory { held: Mutex::default() }
    }
}

impl<K: Ord, V: Clone> Memory<K, V> {
    /// The answer, if nothing has changed since it was given.
    pub(crate) fn recall(&self, asked: &K, newest: u64) -> Option<V> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(asked).filter(|(change, _)| *change == newest).map(|(_, answer)| answer.clone())
    }

    /// Remembers an answer.
    pub(crate) fn keep(&self, asked: K, newest: u64, answer: V) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= ANSWERS_MAX {
            held.clear();
        }
        held.insert(asked, (newest, answer));
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
