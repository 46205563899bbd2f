//! What a search writes on and the next one takes again: room that need not be asked for each time.

use crate::scan::Desk;

/// Empty between two searches.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) desk: Desk,
    /// By row.
    pub(crate) counts: Vec<u32>,
}
