//! A place in a list of hits, as a text that can stand in an address.

use record::statement::RecordId;
use std::fmt;
use std::str::FromStr;

/// The key of a record in bytes: a publisher name, a slash and a record id.
const KEY_BYTES_MAX: usize = 96 + 1 + 36;

/// The place behind one hit: its rank, its second order, and its key. Hits that come later or earlier do not
/// move it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) rank: u64,
    pub(crate) second: u64,
    pub(crate) key: String,
}

/// A text that is no cursor of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no place in a list: take the address under `next` of the answer before, unchanged")]
pub struct CursorError;

impl Cursor {
    /// Whether a record of the same rank and second order, by publisher and id, comes behind.
    pub(crate) fn is_before(&self, (publisher, record): (&str, RecordId)) -> bool {
        let (own, id) = self.key.split_once('/').unwrap_or((&self.key, ""));
        (publisher, record.to_string().as_str()) > (own, id)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{:x}.{}", self.rank, self.second, self.key)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Cursor, CursorError> {
        let mut parts = text.splitn(3, '.');
        let mut number = || u64::from_str_radix(parts.next()?, 16).ok();
        let (rank, second) = number().zip(number()).ok_or(CursorError)?;
        let key = parts.next().filter(|key| (1..=KEY_BYTES_MAX).contains(&key.len())).ok_or(CursorError)?;
        Ok(Cursor { rank, second, key: key.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use crate::cursor::Cursor;
    use proptest::proptest;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let cursor = Cursor { rank: 4096, second: 7, key: "th.jena/0192f0c1".to_owned() };
        assert_eq!(cursor.to_string(), "1000.7.th.jena/0192f0c1");
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for wrong in ["", "1", "1.2", "1.2.", "x.2.k", "1.2"] {
            assert!(wrong.parse::<Cursor>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_text_is_a_cursor_or_none(text in "\\PC{0,20}") {
            let _ = text.parse::<Cursor>();
        }
    }
}
