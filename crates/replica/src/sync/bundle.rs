//! Statements that travel together: each with its length before it, all of them compressed (zstd).

use crate::bounds::BUNDLE_BYTES_MAX;
use crate::bounds::BUNDLE_STATEMENTS_MAX;
use crate::sync::trouble::MessageError;
use record::bounds::STATEMENT_BYTES_MAX;

/// zstd's default level: most of the gain at little cost.
const ZSTD_LEVEL: i32 = 3;
/// The bytes of a statement's length.
const HEAD_BYTES: usize = 4;

/// Statements until no more fit.
#[derive(Debug, Default)]
pub struct Bundle {
    raw: Vec<u8>,
    statements: usize,
}

impl Bundle {
    /// Adds a statement; false if it no longer fits.
    pub fn push(&mut self, statement: &[u8]) -> bool {
        let grown = self.raw.len() + HEAD_BYTES + statement.len();
        let Ok(length) = u32::try_from(statement.len()) else { return false };
        if grown > BUNDLE_BYTES_MAX || self.statements == BUNDLE_STATEMENTS_MAX {
            return false;
        }
        self.raw.extend_from_slice(&length.to_be_bytes());
        self.raw.extend_from_slice(statement);
        self.statements += 1;
        true
    }

    /// How many statements it holds.
    pub fn len(&self) -> usize {
        self.statements
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.statements == 0
    }

    /// The bytes that travel.
    pub fn pack(&self) -> Vec<u8> {
        zstd::bulk::compress(&self.raw, ZSTD_LEVEL).expect("compressing into memory takes any bytes")
    }

    /// The statements in bytes that came from a peer, in their order.
    pub fn unpack(packed: &[u8]) -> Result<Vec<Vec<u8>>, MessageError> {
        let raw = zstd::bulk::decompress(packed, BUNDLE_BYTES_MAX).map_err(|_| MessageError::Bundle)?;
        let mut rest = raw.as_slice();
        let mut statements = Vec::new();
        while let Some((length, bytes)) = rest.split_first_chunk::<HEAD_BYTES>() {
            let length = u32::from_be_bytes(*length) as usize;
            let statement = bytes.split_at_checked(length).filter(|_| length <= STATEMENT_BYTES_MAX);
            let (statement, after) = statement.ok_or(MessageError::Bundle)?;
            if statements.len() == BUNDLE_STATEMENTS_MAX {
                return Err(MessageError::Bundle);
            }
            statements.push(statement.to_vec());
            rest = after;
        }
        if rest.is_empty() { Ok(statements) } else { Err(MessageError::Bundle) }
    }
}

#[cfg(test)]
mod tests {
    use crate::bounds::BUNDLE_BYTES_MAX;
    use crate::sync::bundle::Bundle;
    use proptest::prelude::any;
    use proptest::prop_assert_eq;
    use proptest::proptest;

    proptest! {
        #[test]
        fn a_bundle_is_read_as_it_was_packed(statements in any::<Vec<Vec<u8>>>()) {
            let mut bundle = Bundle::default();
            for statement in &statements {
                assert!(bundle.push(statement));
            }
            prop_assert_eq!(Bundle::unpack(&bundle.pack()), Ok(statements));
        }

        #[test]
        fn rubbish_is_no_bundle(bytes in any::<Vec<u8>>(), at in any::<usize>()) {
            let _ = Bundle::unpack(&bytes).is_err();
            let mut bundle = Bundle::default();
            bundle.push(&bytes);
            let mut packed = bundle.pack();
            let at = at % packed.len();
            packed[at] ^= 1;
            let _ = Bundle::unpack(&packed).is_err();
        }
    }

    #[test]
    fn a_bundle_that_bursts_when_it_is_opened_is_refused() {
        let bomb = zstd::bulk::compress(&vec![0; 64 * BUNDLE_BYTES_MAX], 3).unwrap();
        assert!(bomb.len() < 10_000 && Bundle::unpack(&bomb).is_err());
    }

    #[test]
    fn what_does_not_fit_waits_for_the_next() {
        let large = vec![1; 64 * 1024];
        let mut bundle = Bundle::default();
        let fit = (0..100).take_while(|_| bundle.push(&large)).count();
        assert_eq!(fit, BUNDLE_BYTES_MAX / (large.len() + 4));
    }
}
