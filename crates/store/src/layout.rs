//! How heads and statements lie in the three trees, byte for byte. All numbers are big endian, so that
//! sled's order of keys is the order we read in.
//!
//! | tree    | key                                   | value                                            |
//! |---------|---------------------------------------|--------------------------------------------------|
//! | heads   | set, publisher, 0, record (16)        | epoch, version, issued, id (32), change          |
//! | order   | bucket, 0, issued (8), id (32)        | the key of the head                              |
//! | feed    | change (8)                            | length of the key (1), key, zstd of the statement |
//!
//! A feed entry without statement says that nothing stands at the key any more.

use record::bounds::STATEMENT_BYTES_MAX;
use record::moment::Moment;
use record::statement::RecordId;
use record::statement::StatementId;
use replica::keeper::Change;
use replica::order::Bucket;
use replica::order::Head;
use replica::order::HeadKey;
use replica::order::Place;
use replica::order::Rank;
use replica::order::Set;
use std::sync::Arc;

/// zstd's default level: most of the gain at little cost.
const ZSTD_LEVEL: i32 = 3;

/// Why stored bytes cannot be read: which tree they lie in.
#[derive(Debug)]
pub(crate) struct Unreadable(pub(crate) &'static str);

const HEADS: Unreadable = Unreadable("heads");
const ORDER: Unreadable = Unreadable("order");
const FEED: Unreadable = Unreadable("feed");

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

pub(crate) fn read_head_key(bytes: &[u8]) -> Result<HeadKey, Unreadable> {
    let (set, rest) = bytes.split_first().ok_or(HEADS)?;
    let (name, record) = rest.split_last_chunk::<16>().ok_or(HEADS)?;
    let publisher = name.split_last().filter(|(zero, _)| **zero == 0).map(|(_, name)| name).ok_or(HEADS)?;
    let publisher = std::str::from_utf8(publisher).ok().and_then(|name| name.parse().ok()).ok_or(HEADS)?;
    let set = match set {
        b'T' => Set::Trust,
        b'R' => Set::Records,
        _ => return Err(HEADS),
    };
    Ok(HeadKey { set, publisher, record: RecordId::from_bytes(*record) })
}

pub(crate) fn head_value(head: &Head, change: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    for number in [head.rank.epoch, head.rank.version, head.issued.seconds()] {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    bytes.extend_from_slice(head.rank.id.as_bytes());
    bytes.extend_from_slice(&change.to_be_bytes());
    bytes
}

pub(crate) fn read_head(key: HeadKey, value: &[u8]) -> Result<(Head, u64), Unreadable> {
    let (epoch, rest) = number(value).ok_or(HEADS)?;
    let (version, rest) = number(rest).ok_or(HEADS)?;
    let (issued, rest) = number(rest).ok_or(HEADS)?;
    let (id, rest) = rest.split_first_chunk::<32>().ok_or(HEADS)?;
    let (change, rest) = number(rest).ok_or(HEADS)?;
    let issued = Moment::from_seconds(issued).filter(|_| rest.is_empty()).ok_or(HEADS)?;
    let rank = Rank { epoch, version, id: StatementId::from_bytes(*id) };
    Ok((Head { key, rank, issued }, change))
}

fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
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

pub(crate) fn read_order_key(bytes: &[u8]) -> Result<(Bucket, Place), Unreadable> {
    let (rest, id) = bytes.split_last_chunk::<32>().ok_or(ORDER)?;
    let (rest, issued) = rest.split_last_chunk::<8>().ok_or(ORDER)?;
    let label = rest.split_last().filter(|(zero, _)| **zero == 0).map(|(_, label)| label).ok_or(ORDER)?;
    let bucket = std::str::from_utf8(label).ok().and_then(Bucket::parse).ok_or(ORDER)?;
    let issued = Moment::from_seconds(u64::from_be_bytes(*issued)).ok_or(ORDER)?;
    Ok((bucket, Place { issued, id: StatementId::from_bytes(*id) }))
}

pub(crate) fn feed_value(key: &[u8], statement: Option<&[u8]>) -> Vec<u8> {
    let length = u8::try_from(key.len()).expect("a name of 96 bytes and a record id fit 255");
    let mut bytes = [&[length], key].concat();
    if let Some(statement) = statement {
        bytes.extend(
            zstd::bulk::compress(statement, ZSTD_LEVEL).expect("compressing into memory takes any bytes"),
        );
    }
    bytes
}

pub(crate) fn read_change(number: u64, value: &[u8]) -> Result<Change, Unreadable> {
    let (length, rest) = value.split_first().ok_or(FEED)?;
    let (key, packed) = rest.split_at_checked(usize::from(*length)).ok_or(FEED)?;
    let statement = match packed {
        [] => None,
        packed => Some(Arc::from(zstd::bulk::decompress(packed, STATEMENT_BYTES_MAX).map_err(|_| FEED)?)),
    };
    Ok(Change { number, key: read_head_key(key)?, statement })
}
