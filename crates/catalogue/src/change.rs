//! One change of the store's feed, as the catalogue takes it.

use record::name::Name;
use record::statement::Content;
use record::statement::RecordId;
use std::io;
use std::sync::Arc;
use tantivy::TantivyError;

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

/// Why changes were not taken in. The same call may be made again; saying a change twice changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The index could not be written.
    #[error("the catalogue could not be written: {0}; check that the disk has room")]
    Index(#[from] TantivyError),
    /// The folder could not be written.
    #[error("the catalogue's folder could not be written: {0}; check its rights, and that the disk has room")]
    Folder(#[from] io::Error),
    /// Our own fault.
    #[error("a record's card could not be written: {0}")]
    Card(#[from] serde_json::Error),
}
