//! Limits on what others can make a replica keep or do, each with its unit.

/// Statements that wait for an attestation or for their hour, all together.
pub const WAITING_STATEMENTS_MAX: usize = 1_000;
/// The bytes of these statements, all together.
pub const WAITING_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Steps that are given to the keeper in one transaction.
pub const BATCH_STEPS_MAX: usize = 1_024;
/// Parts into which a peer may have a stretch divided.
pub const PARTS_MAX: u64 = 64;
/// Stretches that may be asked for at once, in one question and in all that are under way: about 16 bytes each, so
/// that a side which only writes does not wait for one which only writes.
pub const STRETCHES_MAX: usize = 4_096;
/// Statements asked for at once.
pub const PLACES_WANTED_MAX: usize = 512;
/// The statements of one bundle with their lengths, before they are compressed, in bytes: a frame of 1 MiB holds
/// them also where they do not get smaller.
pub const BUNDLE_BYTES_MAX: usize = 960 * 1024;
/// Statements of one bundle.
pub const BUNDLE_STATEMENTS_MAX: usize = 1_024;
/// Places of one segment.
pub const SEGMENT_PLACES_MAX: usize = 512;
/// Segments that are kept made, in bytes.
pub const SEGMENTS_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Statements that were refused and are remembered: about 100 bytes each.
pub const REFUSALS_MAX: usize = 65_536;
/// Parts in one answer of a talk: up to 50 bytes each, on average 10.
pub const ANSWER_PARTS_MAX: usize = 16_384;
/// Places that are listed in one answer: up to 26 bytes each, on average 18.
pub const ANSWER_PLACES_MAX: usize = 8_192;
/// Questions of one talk.
pub const ASKS_MAX: u64 = 100_000;
/// Statements that a peer may give in one talk.
pub const PUT_STATEMENTS_MAX: u64 = 4_096;
/// Places that are gathered before they are fetched; the last answers may bring some more.
pub const NEED_MAX: usize = 65_536;
/// Statements that are given in one talk.
pub const GIVE_MAX: usize = 4_096;
/// Statements that are asked for and have not come yet, over all buckets.
pub const FETCHING_MAX: usize = 2 * PLACES_WANTED_MAX;
/// Bundles that are being let in at once: more are not asked for until then.
pub const ADMITTING_MAX: usize = 6;
/// How far before the last agreement the window begins, in seconds: clocks differ, and statements are under way.
pub const WINDOW_TOLERANCE_SECONDS: u64 = 20 * 60;
/// Statements that a peer may give in segments beyond those it said it holds: new ones come in meanwhile.
pub const SEGMENTED_BEYOND_MAX: u64 = 100_000;
/// Statements of segments beyond those taken that may come in vain, known or refused; then the bucket is compared.
pub const SEGMENTED_IN_VAIN_MAX: u64 = 4_096;
/// Statements of one talk beyond those taken that may come in vain. Each costs a signature to check.
pub const IN_VAIN_MAX: u64 = 65_536;
/// Stretches of one bucket that are remembered as differing: 144 bytes each. The next talk finds the others.
pub const OPEN_STRETCHES_MAX: usize = 262_144;
/// Peers that are remembered after they left.
pub const PEERS_REMEMBERED_MAX: usize = 16_384;
