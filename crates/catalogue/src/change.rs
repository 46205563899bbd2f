//! One change of the store's feed, as the catalogue takes it.

use record::envelope::Statement;
use record::name::Name;
use record::statement::RecordId;
use std::sync::Arc;

/// What happened to one record. Saying the same change again changes nothing.
#[derive(Clone, Debug)]
pub enum Change {
    /// The statement is the one that stands. It replaces every earlier one of its record; when it
    /// retracts the record or is an attestation, the record is not found any more.
    Stands(Arc<Statement>),
    /// The record stands no more (erased, its key revoked, or over its publisher's quota).
    Gone {
        /// Whose record.
        publisher: Name,
        /// Which record.
        record: RecordId,
    },
}
