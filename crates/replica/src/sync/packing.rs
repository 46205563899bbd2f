//! Numbers, bounds and short places as few bytes, for the bulk of the messages.

use crate::order::Place;
use crate::sync::trouble::MessageError;
use crate::tree::ShortPlace;
use record::moment::Moment;
use record::statement::StatementId;

/// Writes one packed byte string. Moments are written as the difference to the one before, so places and bounds
/// have to ascend.
#[derive(Debug, Default)]
pub(crate) struct Packer {
    bytes: Vec<u8>,
    issued: u64,
}

impl Packer {
    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// LEB128: seven bits a byte, the lowest first, the highest bit says that more follow.
    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(u8::try_from(number & 0x7f).unwrap_or_default() | 0x80);
            number >>= 7;
        }
        self.bytes.push(u8::try_from(number).unwrap_or_default());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// 0 for the open end; else 1 + the bytes of the id that are not trailing zeros, the moment, and these bytes.
    pub(crate) fn bound(&mut self, bound: Option<Place>) {
        let Some(place) = bound else { return self.number(0) };
        let id = place.id.as_bytes();
        let kept = id.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        self.number(kept as u64 + 1);
        self.moment(place.issued);
        self.bytes.extend(id.iter().take(kept));
    }

    pub(crate) fn place(&mut self, place: ShortPlace) {
        self.moment(place.issued);
        self.bytes(&place.id);
    }

    fn moment(&mut self, moment: Moment) {
        // What does not ascend would be read as something else; our own lists do.
        debug_assert!(moment.seconds() >= self.issued, "places are packed in order");
        self.number(moment.seconds().saturating_sub(self.issued));
        self.issued = moment.seconds();
    }
}

/// Reads one packed byte string of a peer.
#[derive(Debug)]
pub(crate) struct Unpacker<'a> {
    bytes: &'a [u8],
    issued: u64,
}

impl<'a> Unpacker<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Unpacker<'a> {
        Unpacker { bytes, issued: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn number(&mut self) -> Result<u64, MessageError> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.bytes.split_first().ok_or(MessageError::Short)?;
            self.bytes = rest;
            let bits = u64::from(byte & 0x7f);
            number |=
                bits.checked_shl(shift).filter(|moved| moved >> shift == bits).ok_or(MessageError::Number)?;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(MessageError::Number)
    }

    /// A count of items of at least so many bytes each; more than can follow is refused before room is made.
    pub(crate) fn count(&mut self, bytes_each: usize) -> Result<usize, MessageError> {
        let count = usize::try_from(self.number()?).map_err(|_| MessageError::Number)?;
        if count > self.bytes.len() / bytes_each.max(1) {
            return Err(MessageError::Short);
        }
        Ok(count)
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], MessageError> {
        let (bytes, rest) = self.bytes.split_first_chunk::<N>().ok_or(MessageError::Short)?;
        self.bytes = rest;
        Ok(*bytes)
    }

    pub(crate) fn bound(&mut self) -> Result<Option<Place>, MessageError> {
        let Some(kept) = self.number()?.checked_sub(1) else { return Ok(None) };
        let issued = self.moment()?;
        let kept = usize::try_from(kept).map_err(|_| MessageError::Number)?;
        let (bytes, rest) = self.bytes.split_at_checked(kept).ok_or(MessageError::Short)?;
        let mut id = [0; 32];
        if kept > id.len() {
            return Err(MessageError::Number);
        }
        id.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        self.bytes = rest;
        Ok(Some(Place { issued, id: StatementId::from_bytes(id) }))
    }

    pub(crate) fn place(&mut self) -> Result<ShortPlace, MessageError> {
        Ok(ShortPlace { issued: self.moment()?, id: self.bytes()? })
    }

    fn moment(&mut self) -> Result<Moment, MessageError> {
        let issued = self.issued.checked_add(self.number()?).ok_or(MessageError::Number)?;
        self.issued = issued;
        Moment::from_seconds(issued).ok_or(MessageError::Number)
    }
}

#[cfg(test)]
mod tests {
    use crate::order::Place;
    use crate::sync::packing::Packer;
    use crate::sync::packing::Unpacker;
    use crate::tree::ShortPlace;
    use proptest::prelude::any;
    use proptest::prop_assert;
    use proptest::prop_assert_eq;
    use proptest::proptest;
    use record::moment::Moment;
    use record::statement::StatementId;

    proptest! {
        #[test]
        fn what_is_packed_is_read_again(
            numbers in any::<Vec<u64>>(),
            mut places in proptest::collection::vec((0..record::bounds::MOMENT_MAX, any::<[u8; 32]>(), 0..33_usize), 0..20),
        ) {
            places.sort();
            let mut packer = Packer::default();
            numbers.iter().for_each(|number| packer.number(*number));
            packer.bound(None);
            let place = |(issued, mut id, zeros): (u64, [u8; 32], usize)| {
                id[zeros..].fill(0);
                Place { issued: Moment::from_seconds(issued).unwrap(), id: StatementId::from_bytes(id) }
            };
            for place in places.iter().copied().map(place) {
                packer.bound(Some(place));
                packer.place(ShortPlace::of(&place));
            }
            let bytes = packer.finish();
            let mut unpacker = Unpacker::new(&bytes);
            for number in &numbers {
                prop_assert_eq!(unpacker.number(), Ok(*number));
            }
            prop_assert_eq!(unpacker.bound(), Ok(None));
            for place in places.iter().copied().map(place) {
                prop_assert_eq!(unpacker.bound(), Ok(Some(place)));
                prop_assert_eq!(unpacker.place(), Ok(ShortPlace::of(&place)));
            }
            prop_assert!(unpacker.is_empty());
        }

        #[test]
        fn rubbish_never_panics(bytes in any::<Vec<u8>>()) {
            let mut unpacker = Unpacker::new(&bytes);
            while unpacker.bound().is_ok() && unpacker.number().is_ok() && unpacker.place().is_ok() {}
        }
    }
}
