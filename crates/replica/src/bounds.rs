//! Limits on what others can make a replica keep or do, each with its unit.

/// Statements that wait for an attestation or for their hour, all together.
pub const WAITING_STATEMENTS_MAX: usize = 1_000;
/// The bytes of these statements, all together.
pub const WAITING_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Ids in one answer of a talk. 40 bytes each, so well below a frame of 1 MiB.
pub const TALK_IDS_MAX: usize = 16_384;
/// Statements asked for at once in a talk.
pub const TALK_WANTED_MAX: usize = 512;
/// The statements of one answer of a talk, in bytes; a frame of 1 MiB holds them with their heads.
pub const TALK_BYTES_MAX: usize = 960 * 1024;
/// Buckets that a greeting may name: one per first label, and one for the attestations.
pub const TALK_BUCKETS_MAX: usize = 18;
/// Steps that are given to the keeper in one transaction.
pub const BATCH_STEPS_MAX: usize = 1_024;
