//! A frame: one step as it stands in the log, with a checksum over all of it.
//!
//! | part   | bytes | meaning                                                                      |
//! |--------|-------|------------------------------------------------------------------------------|
//! | length | 4     | of everything after the checksum                                             |
//! | crc    | 4     | CRC-32 over length and everything after the checksum                         |
//! | number | 8     | of the change, counted from 1                                                |
//! | flags  | 1     | 1: last frame of its change; 2: a head stands; 4: with its statement         |
//! | key    | 1 + n | length and bytes of the head key                                             |
//! | head   | 56    | where a head stands                                                          |
//! | packed | rest  | the statement, packed, where it is kept                                      |

use crate::layout;
use crate::layout::HEAD_BYTES;
use replica::order::Head;
use replica::order::HeadKey;

/// Length and checksum.
pub(crate) const PRELUDE_BYTES: usize = 8;
/// The most that a frame takes: a statement of 64 KiB that cannot be packed, and what stands around it.
pub(crate) const FRAME_BYTES_MAX: usize = 72 * 1024;
const BODY_BYTES_MIN: usize = 10;

const LAST: u8 = 1;
const STANDS: u8 = 2;
const KEPT: u8 = 4;

/// A frame as it was read; its checksum held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) number: u64,
    /// Whether the change ends with it: a change counts only when all its frames are there.
    pub(crate) is_last: bool,
    pub(crate) key: &'a [u8],
    head: Option<&'a [u8]>,
    /// The packed statement.
    pub(crate) packed: Option<&'a [u8]>,
    /// The whole frame as it lies in the log.
    pub(crate) bytes: &'a [u8],
}

/// Why no frame can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unframed {
    /// The bytes end before the frame does; it has so many bytes.
    Short(usize),
    /// It is no frame, or its checksum does not hold.
    Torn,
}

impl<'a> Frame<'a> {
    /// Reads the frame at the start of these bytes.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Frame<'a>, Unframed> {
        let whole = length(bytes)?;
        let bytes = bytes.get(..whole).ok_or(Unframed::Short(whole))?;
        let (prelude, body) = bytes.split_at_checked(PRELUDE_BYTES).ok_or(Unframed::Torn)?;
        let (length, crc) = prelude.split_at_checked(4).ok_or(Unframed::Torn)?;
        if checksum(length, body).to_be_bytes() != crc {
            return Err(Unframed::Torn);
        }
        Frame::parse(bytes, body).ok_or(Unframed::Torn)
    }

    fn parse(bytes: &'a [u8], body: &'a [u8]) -> Option<Frame<'a>> {
        let (number, rest) = layout::number(body)?;
        let ([flags, length], rest) = rest.split_first_chunk::<2>()?;
        let (key, rest) = rest.split_at_checked(usize::from(*length))?;
        let (head, packed) = match flags & STANDS {
            0 => (None, rest),
            _ => rest.split_at_checked(HEAD_BYTES).map(|(head, packed)| (Some(head), packed))?,
        };
        let packed = (flags & KEPT != 0).then_some(packed);
        Some(Frame { number, is_last: flags & LAST != 0, key, head, packed, bytes })
    }

    pub(crate) fn head_key(&self) -> Option<HeadKey> {
        layout::read_head_key(self.key)
    }

    /// The head that stands; `None` where nothing stands any more, `Some(None)` where it cannot be read.
    pub(crate) fn head(&self) -> Option<Option<Head>> {
        self.head.map(|bytes| layout::read_head(self.head_key()?, bytes))
    }
}

/// The length of the frame that begins here, by its own word; its checksum was not looked at.
pub(crate) fn length(bytes: &[u8]) -> Result<usize, Unframed> {
    let (length, _) =
        bytes.split_first_chunk::<4>().ok_or(Unframed::Short(PRELUDE_BYTES + BODY_BYTES_MIN))?;
    let length = u32::from_be_bytes(*length) as usize;
    if (BODY_BYTES_MIN..=FRAME_BYTES_MAX - PRELUDE_BYTES).contains(&length) {
        Ok(PRELUDE_BYTES + length)
    } else {
        Err(Unframed::Torn)
    }
}

/// The number of the frame that begins here, by its own word.
pub(crate) fn number(bytes: &[u8]) -> Option<u64> {
    layout::number(bytes.get(PRELUDE_BYTES..)?).map(|(number, _)| number)
}

/// Writes a frame behind what stands in `to`; answers with its length in bytes.
pub(crate) fn write(
    to: &mut Vec<u8>,
    (number, is_last): (u64, bool),
    key: &[u8],
    head: Option<&Head>,
    packed: Option<&[u8]>,
) -> u32 {
    let start = to.len();
    let length = BODY_BYTES_MIN + key.len() + head.map_or(0, |_| HEAD_BYTES) + packed.map_or(0, <[u8]>::len);
    let length = u32::try_from(length).expect("a frame holds one statement").to_be_bytes();
    to.extend_from_slice(&length);
    to.extend_from_slice(&[0; 4]);
    to.extend_from_slice(&number.to_be_bytes());
    let flag = |flag: u8, is_set: bool| if is_set { flag } else { 0 };
    to.push(flag(LAST, is_last) | flag(STANDS, head.is_some()) | flag(KEPT, packed.is_some()));
    to.push(u8::try_from(key.len()).expect("a name of 96 bytes and a record id fit 255"));
    to.extend_from_slice(key);
    to.extend(head.iter().flat_map(|head| layout::head(head)));
    to.extend_from_slice(packed.unwrap_or_default());
    let crc = checksum(&length, to.get(start + PRELUDE_BYTES..).unwrap_or_default()).to_be_bytes();
    if let Some(place) = to.get_mut(start + 4..start + PRELUDE_BYTES) {
        place.copy_from_slice(&crc);
    }
    u32::try_from(to.len() - start).expect("a frame holds one statement")
}

fn checksum(length: &[u8], body: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(length);
    crc.update(body);
    crc.finalize()
}

#[cfg(test)]
mod tests {
    use crate::frame::Frame;
    use crate::frame::Unframed;
    use crate::frame::write;

    fn frame() -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut bytes, (7, true), b"Rth.jena\x000123456789abcdef", None, Some(b"packed"));
        bytes
    }

    #[test]
    fn a_frame_survives_its_bytes() {
        let bytes = [frame(), frame()].concat();
        let frame = Frame::read(&bytes).unwrap();
        assert_eq!((frame.number, frame.is_last, frame.packed), (7, true, Some(b"packed".as_slice())));
        assert_eq!(frame.head_key().unwrap().publisher.as_str(), "th.jena");
        assert_eq!(frame.bytes.len() * 2, bytes.len());
    }

    #[test]
    fn no_flipped_bit_and_no_shortened_frame_is_read() {
        let whole = frame();
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Frame::read(&bytes).is_err(), "bit {bit}");
        }
        for length in 0..whole.len() {
            assert!(matches!(Frame::read(&whole[..length]), Err(Unframed::Short(_))), "{length} bytes");
        }
    }
}
