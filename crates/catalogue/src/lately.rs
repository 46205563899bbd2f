//! Who has signed something lately, read from the columns of the index.

use crate::codes::code_term;
use crate::fields::CODES;
use crate::fields::ISSUED;
use crate::index::Catalogue;
use crate::index::FindError;
use record::moment::Moment;
use record::name::Name;
use std::collections::BTreeSet;
use tantivy::TantivyError;

impl Catalogue {
    /// The publishers of standing records that were signed at this moment or later.
    pub fn publishers_since(&self, since: Moment) -> Result<BTreeSet<Name>, FindError> {
        let publisher = code_term("publisher", "");
        let (mut publishers, mut term) = (BTreeSet::new(), String::new());
        for segment in self.searcher().segment_readers() {
            let issued = segment.fast_fields().u64(ISSUED)?;
            let Some(codes) = segment.fast_fields().str(CODES)? else { continue };
            let mut ords = BTreeSet::new();
            for doc in segment.doc_ids_alive() {
                if issued.first(doc).is_some_and(|issued| issued >= since.seconds()) {
                    ords.extend(codes.term_ords(doc));
                }
            }
            for ord in ords {
                term.clear();
                if codes.ord_to_str(ord, &mut term).map_err(TantivyError::from)?
                    && let Some(name) = term.strip_prefix(&publisher)
                {
                    publishers.extend(name.parse::<Name>());
                }
            }
        }
        Ok(publishers)
    }
}
