//! What a search writes on and the next one takes again: room that need not be asked for each time.

use crate::scan::Sheets;
use crate::sift::Candidate;
use crate::tally::Tally;

/// Empty between two searches.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) sheets: Sheets,
    pub(crate) tallies: [Tally; 2],
    pub(crate) best: Vec<Candidate>,
}
