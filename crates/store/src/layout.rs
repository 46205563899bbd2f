//! How keys and heads are written, byte for byte. All numbers are big endian, so that sled's order of keys
//! is the order we read in.
//!
//! | what        | bytes                                                                      |
//! |-------------|----------------------------------------------------------------------------|
//! | head key    | set, publisher, 0, record (16)                                             |
//! | head        | epoch (8), version (8), issued (8), id (32)                                |
//! | order key   | bucket, 0, issued (8), id (32)                                             |
//! | index entry | change (8), bytes of its frame (4, the highest bit set where a head stands) |

use record::moment::Moment;
use record::statement::RecordId;
use record::statement::StatementId;
use replica::order::Bucket;
use replica::order::Head;
use replica::order::HeadKey;
use replica::order::Place;
use replica::order::Rank;
use replica::order::Set;

/// The bytes of a head.
pub(crate) const HEAD_BYTES: usize = 56;

/// The bytes of an index entry.
const ENTRY_BYTES: usize = 12;
const STANDS: u32 = 1 << 31;

/// What the index says about one key. The head itself stands in the log and nowhere else: sled writes each
/// byte about three times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The number of the change that brought it.
    pub(crate) number: u64,
    /// The bytes of the frame in the log that says so.
    pub(crate) bytes: u32,
    /// Whether a head stands; false where one stood and went.
    pub(crate) stands: bool,
}

fn set_byte(set: Set) -> u8 {
    match set {
        Set::Trust => b'T',
        Set::Records => b'R',
    }
}

/// The start of all head keys of one publisher in one set.
pub(crate) fn publisher_prefix(set: Set, publisher: &str) -> Vec<u8> {
    [&[set_byte(set)], publisher.as_bytes(), &[0]].concat()
}

pub(crate) fn head_key(key: &HeadKey) -> Vec<u8> {
    let mut bytes = publisher_prefix(key.set, key.publisher.as_str());
    bytes.extend_from_slice(key.record.as_bytes());
    bytes
}

pub(crate) fn read_head_key(bytes: &[u8]) -> Option<HeadKey> {
    let (set, rest) = bytes.split_first()?;
    let (name, record) = rest.split_last_chunk::<16>()?;
    let (zero, publisher) = name.split_last()?;
    let publisher = std::str::from_utf8(publisher).ok()?.parse().ok().filter(|_| *zero == 0)?;
    let set = match set {
        b'T' => Set::Trust,
        b'R' => Set::Records,
        _ => return None,
    };
    Some(HeadKey { set, publisher, record: RecordId::from_bytes(*record) })
}

pub(crate) fn head(head: &Head) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD_BYTES);
    for number in [head.rank.epoch, head.rank.version, head.issued.seconds()] {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    bytes.extend_from_slice(head.rank.id.as_bytes());
    bytes
}

pub(crate) fn read_head(key: HeadKey, bytes: &[u8]) -> Option<Head> {
    let (epoch, rest) = number(bytes)?;
    let (version, rest) = number(rest)?;
    let (issued, rest) = number(rest)?;
    let id = StatementId::from_bytes(rest.try_into().ok()?);
    Some(Head { key, rank: Rank { epoch, version, id }, issued: Moment::from_seconds(issued)? })
}

pub(crate) fn entry(entry: &Entry) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(ENTRY_BYTES);
    bytes.extend_from_slice(&entry.number.to_be_bytes());
    bytes.extend_from_slice(&(entry.bytes | if entry.stands { STANDS } else { 0 }).to_be_bytes());
    bytes
}

pub(crate) fn read_entry(value: &[u8]) -> Option<Entry> {
    let (number, rest) = number(value)?;
    let bytes = u32::from_be_bytes(rest.try_into().ok()?);
    Some(Entry { number, bytes: bytes & !STANDS, stands: bytes & STANDS != 0 })
}

/// The number in front, and the rest.
pub(crate) fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*number), rest))
}

/// The start of all order keys of one bucket.
pub(crate) fn bucket_prefix(bucket: &Bucket) -> Vec<u8> {
    [bucket.as_str().as_bytes(), &[0]].concat()
}

pub(crate) fn order_key(bucket: &Bucket, place: Place) -> Vec<u8> {
    let mut bytes = bucket_prefix(bucket);
    bytes.extend_from_slice(&place.issued.seconds().to_be_bytes());
    bytes.extend_from_slice(place.id.as_bytes());
    bytes
}

pub(crate) fn read_order_key(bytes: &[u8]) -> Option<(Bucket, Place)> {
    let (rest, id) = bytes.split_last_chunk::<32>()?;
    let (rest, issued) = rest.split_last_chunk::<8>()?;
    let (zero, label) = rest.split_last()?;
    let bucket = std::str::from_utf8(label).ok().and_then(Bucket::parse).filter(|_| *zero == 0)?;
    let issued = Moment::from_seconds(u64::from_be_bytes(*issued))?;
    Some((bucket, Place { issued, id: StatementId::from_bytes(*id) }))
}
