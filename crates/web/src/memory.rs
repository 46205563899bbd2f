//! Boards that were read before, so that a visit costs nothing while nothing changes.

use crate::port::Kept;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

/// Boards that are remembered.
const BOARDS_MAX: usize = 64;

/// What a board shows: kind, Land, action field.
pub(crate) type Board = (String, String, String);

/// Boards with the number of the node's newest change when they were read.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    held: Mutex<BTreeMap<Board, (u64, Arc<Vec<Kept>>)>>,
}

impl Memory {
    /// What was read, if nothing has changed since.
    pub(crate) fn recall(&self, board: &Board, newest: u64) -> Option<Arc<Vec<Kept>>> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(board).filter(|(change, _)| *change == newest).map(|(_, records)| Arc::clone(records))
    }

    /// Remembers what was read.
    pub(crate) fn keep(&self, board: Board, newest: u64, records: Arc<Vec<Kept>>) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= BOARDS_MAX {
            held.clear();
        }
        held.insert(board, (newest, records));
    }
}
