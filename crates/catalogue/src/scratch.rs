//! What a search writes on and the next one takes again: room that need not be asked for each time.

use crate::roll::FAMILIES;
use crate::scan::Desk;
use crate::tally::Tally;

/// Empty between two searches.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) desk: Desk,
    pub(crate) tallies: [Tally; FAMILIES],
}
