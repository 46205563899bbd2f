//! One change of the store's feed, as the catalogue takes it.

use record::name::Name;
use record::statement::Content;
use record::statement::RecordId;
use std::sync::Arc;

/// What happened to one record. Saying the same change again changes nothing.
#[derive(Clone, Debug)]
pub enum Change {
    /// This is what the standing statement says. It replaces every earlier one of its record; when it
    /// retracts the record or is an attestation, the record is not found any more.
    Stands(Arc<Content>),
    /// The record stands no more (erased, its key revoked, or over its publisher's quota).
    Gone {
        /// Whose record.
        publisher: Name,
        /// Which record.
        record: RecordId,
    },
}
