//! Every limit on what may be said, with its unit, in one place; SPEC.md repeats them for strangers.

/// A whole statement, envelope and signature included, in bytes.
pub const STATEMENT_BYTES_MAX: usize = 64 * 1024;
/// Containers (arrays and maps) that may stand inside each other in a payload, the payload map included.
pub const DEPTH_MAX: usize = 16;
/// A publisher name, dots included, in bytes.
pub const NAME_BYTES_MAX: usize = 96;
/// Labels of a publisher name.
pub const NAME_LABELS_MAX: usize = 4;
/// One label of a publisher name, in bytes.
pub const LABEL_BYTES_MAX: usize = 32;
/// The name of a network, in bytes.
pub const NETWORK_BYTES_MAX: usize = 64;
/// The name of a kind or the reason code of a retraction, in bytes.
pub const CODE_BYTES_MAX: usize = 32;
/// The latest moment that can be written: 9999-12-31T23:59:59Z, in seconds since 1970.
pub const MOMENT_MAX: u64 = 253_402_300_799;
/// Keys that one attestation may list.
pub const ATTESTED_KEYS_MAX: usize = 16;
/// How far ahead of the reader's clock a statement may be issued before it is held back, in seconds.
pub const CLOCK_AHEAD_SECONDS_MAX: u64 = 600;
/// Record ids a publisher may hold where the network document says nothing else.
pub const PUBLISHER_RECORDS_MAX: u64 = 20_000;
/// Anchors of a network document: one per first label.
pub const ANCHORS_MAX: usize = 17;
