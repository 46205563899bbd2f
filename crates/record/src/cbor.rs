//! Deterministic CBOR (RFC 8949, section 4.2.1): one writer, and a reader that takes nothing else.
//!
//! The reader checks form while it reads: shortest heads, definite lengths, sorted and unique text
//! keys, NFC text, no floats, tags, null or undefined, bounded depth, no trailing bytes. So what was
//! read encodes to the very bytes it was read from, and no second pass is needed to prove it.

use crate::bounds::DEPTH_MAX;
use crate::value::Map;
use crate::value::Value;
use ciborium_ll::Decoder;
use ciborium_ll::Encoder;
use ciborium_ll::Header;
use std::fmt;

/// Items of a list that room is made for before they are read.
const ITEMS_RESERVED_MAX: usize = 64;

/// Why bytes are not the deterministic encoding of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("byte {offset}: {form}")]
pub struct DecodeError {
    /// Where it was noticed, in bytes from the start of what was read.
    pub offset: usize,
    /// What is wrong there.
    pub form: Form,
}

/// The forms of CBOR that are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// The bytes end in the middle of an item, or a length points beyond their end.
    Truncated,
    /// A head that no CBOR item has (reserved additional information), or a lone break.
    Malformed,
    /// A number or length not written in its shortest form.
    NotShortest,
    /// An indefinite length.
    Indefinite,
    /// Map keys out of order (bytewise by their encoding).
    Unsorted,
    /// The same map key twice.
    DuplicateKey,
    /// A map key that is no text.
    KeyNotText,
    /// A floating point number.
    Float,
    /// A tag inside the payload.
    Tag,
    /// Null, undefined or another simple value.
    Simple,
    /// Text that is not UTF-8.
    NotUtf8,
    /// Text that is not in Unicode normalisation form C.
    NotNfc,
    /// More containers inside each other than [`DEPTH_MAX`].
    TooDeep,
    /// Bytes after the end of the value.
    Trailing,
    /// Another type of item than the place demands.
    Unexpected,
}

impl Form {
    /// The stable code that vectors, counters and the API use.
    pub fn code(self) -> &'static str {
        match self {
            Form::Truncated => "cbor-truncated",
            Form::Malformed => "cbor-malformed",
            Form::NotShortest => "cbor-not-shortest",
            Form::Indefinite => "cbor-indefinite",
            Form::Unsorted => "cbor-unsorted",
            Form::DuplicateKey => "cbor-duplicate-key",
            Form::KeyNotText => "cbor-key-not-text",
            Form::Float => "cbor-float",
            Form::Tag => "cbor-tag",
            Form::Simple => "cbor-simple",
            Form::NotUtf8 => "cbor-not-utf8",
            Form::NotNfc => "cbor-not-nfc",
            Form::TooDeep => "cbor-too-deep",
            Form::Trailing => "cbor-trailing",
            Form::Unexpected => "cbor-unexpected",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Form::Truncated => "the bytes end in the middle of an item",
            Form::Malformed => "no CBOR item begins like this",
            Form::NotShortest => "a number or length is not written in its shortest form",
            Form::Indefinite => "an indefinite length is used",
            Form::Unsorted => "map keys are not sorted by their encoding",
            Form::DuplicateKey => "a map key occurs twice",
            Form::KeyNotText => "a map key is not a text",
            Form::Float => "a floating point number is used; write decimals as text",
            Form::Tag => "a tag is used inside the payload",
            Form::Simple => "null, undefined or another simple value is used; leave the field out",
            Form::NotUtf8 => "a text is not valid UTF-8",
            Form::NotNfc => "a text is not in Unicode normalisation form C",
            Form::TooDeep => "more than 16 lists and maps stand inside each other",
            Form::Trailing => "bytes follow after the end",
            Form::Unexpected => "another type of item is expected here",
        })
    }
}

/// The head of one item; the contents of texts and byte strings follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    Uint(u64),
    Nint(u64),
    Bytes(usize),
    Text(usize),
    Array(usize),
    Map(usize),
    Tag(u64),
    Bool(bool),
}

/// Reads heads and contents from a slice, in shortest form only.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn over(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    fn fail<T>(&self, form: Form) -> Result<T, DecodeError> {
        Err(DecodeError { offset: self.at, form })
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Reads one head and moves behind it.
    pub(crate) fn head(&mut self) -> Result<Head, DecodeError> {
        let rest = self.rest();
        let mut decoder = Decoder::from(rest);
        let header = match decoder.pull() {
            Ok(header) => header,
            Err(ciborium_ll::Error::Io(_)) => return self.fail(Form::Truncated),
            Err(ciborium_ll::Error::Syntax(_)) => return self.fail(Form::Malformed),
        };
        let used = decoder.offset();
        let (head, number) = match header {
            Header::Positive(n) => (Head::Uint(n), n),
            Header::Negative(n) => (Head::Nint(n), n),
            Header::Tag(n) => (Head::Tag(n), n),
            Header::Bytes(Some(n)) => (Head::Bytes(n), n as u64),
            Header::Text(Some(n)) => (Head::Text(n), n as u64),
            Header::Array(Some(n)) => (Head::Array(n), n as u64),
            Header::Map(Some(n)) => (Head::Map(n), n as u64),
            Header::Bytes(None) | Header::Text(None) | Header::Array(None) | Header::Map(None) => {
                return self.fail(Form::Indefinite);
            }
            Header::Float(_) => return self.fail(Form::Float),
            Header::Break => return self.fail(Form::Malformed),
            Header::Simple(20) => (Head::Bool(false), 20),
            Header::Simple(21) => (Head::Bool(true), 21),
            Header::Simple(_) => return self.fail(Form::Simple),
        };
        if used != head_bytes(number) {
            return self.fail(Form::NotShortest);
        }
        self.at += used;
        Ok(head)
    }

    /// Takes the contents that a text or byte string head announced.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        match self.rest().get(..count) {
            Some(contents) => {
                self.at += count;
                Ok(contents)
            }
            None => self.fail(Form::Truncated),
        }
    }

    /// Reads a byte string, head and contents.
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let start = self.at;
        match self.head()? {
            Head::Bytes(count) => self.take(count),
            _ => Err(DecodeError { offset: start, form: Form::Unexpected }),
        }
    }

    /// Demands that nothing follows.
    pub(crate) fn end(&self) -> Result<(), DecodeError> {
        if self.rest().is_empty() { Ok(()) } else { self.fail(Form::Trailing) }
    }

    fn text(&mut self, count: usize) -> Result<&'a str, DecodeError> {
        let start = self.at;
        let contents = self.take(count)?;
        let Ok(text) = std::str::from_utf8(contents) else {
            return Err(DecodeError { offset: start, form: Form::NotUtf8 });
        };
        if !unicode_normalization::is_nfc(text) {
            return Err(DecodeError { offset: start, form: Form::NotNfc });
        }
        Ok(text)
    }

    fn value(&mut self, depth: usize) -> Result<Value, DecodeError> {
        let start = self.at;
        Ok(match self.head()? {
            Head::Uint(number) => Value::Uint(number),
            Head::Nint(number) => Value::Nint(number),
            Head::Bool(truth) => Value::Bool(truth),
            Head::Bytes(count) => Value::Bytes(self.take(count)?.to_vec()),
            Head::Text(count) => Value::Text(self.text(count)?.to_owned()),
            Head::Array(count) => {
                self.fits(start, depth, count)?;
                // What is announced is not believed before it is there: 16 levels could each announce much.
                let mut items = Vec::with_capacity(count.min(ITEMS_RESERVED_MAX));
                for _ in 0..count {
                    items.push(self.value(depth + 1)?);
                }
                Value::List(items)
            }
            Head::Map(count) => {
                self.fits(start, depth, count)?;
                Value::Map(self.map(count, depth)?)
            }
            Head::Tag(_) => return Err(DecodeError { offset: start, form: Form::Tag }),
        })
    }

    fn fits(&self, start: usize, depth: usize, count: usize) -> Result<(), DecodeError> {
        if depth >= DEPTH_MAX {
            return Err(DecodeError { offset: start, form: Form::TooDeep });
        }
        if count > self.rest().len() {
            return Err(DecodeError { offset: start, form: Form::Truncated });
        }
        Ok(())
    }

    fn map(&mut self, count: usize, depth: usize) -> Result<Map, DecodeError> {
        let mut map = Map::new();
        let mut last: Option<&str> = None;
        for _ in 0..count {
            let start = self.at;
            let Head::Text(length) = self.head()? else {
                return Err(DecodeError { offset: start, form: Form::KeyNotText });
            };
            let key = self.text(length)?;
            if let Some(last) = last {
                match encoded_order(last).cmp(&encoded_order(key)) {
                    std::cmp::Ordering::Less => {}
                    std::cmp::Ordering::Equal => {
                        return Err(DecodeError { offset: start, form: Form::DuplicateKey });
                    }
                    std::cmp::Ordering::Greater => {
                        return Err(DecodeError { offset: start, form: Form::Unsorted });
                    }
                }
            }
            last = Some(key);
            map.insert(key.to_owned(), self.value(depth + 1)?);
        }
        Ok(map)
    }
}

/// The length of the shortest head that carries this number (RFC 8949, section 3).
fn head_bytes(number: u64) -> usize {
    match number {
        0..=23 => 1,
        24..=0xff => 2,
        0x100..=0xffff => 3,
        0x1_0000..=0xffff_ffff => 5,
        _ => 9,
    }
}

/// Text keys sort bytewise by their encoding, which is: shorter first, then by their bytes.
fn encoded_order(key: &str) -> (usize, &[u8]) {
    (key.len(), key.as_bytes())
}

/// Reads one value that fills `bytes` to the end.
pub fn decode(bytes: &[u8]) -> Result<Value, DecodeError> {
    let mut reader = Reader::over(bytes);
    let value = reader.value(0)?;
    reader.end()?;
    Ok(value)
}

/// Writes heads and contents in shortest form.
pub(crate) struct Writer {
    out: Vec<u8>,
}

impl Writer {
    pub(crate) fn new() -> Writer {
        Writer { out: Vec::new() }
    }

    fn push(&mut self, header: Header) {
        Encoder::from(&mut self.out).push(header).expect("a Vec takes every byte");
    }

    pub(crate) fn tag(&mut self, number: u64) {
        self.push(Header::Tag(number));
    }

    pub(crate) fn array(&mut self, count: usize) {
        self.push(Header::Array(Some(count)));
    }

    pub(crate) fn empty_map(&mut self) {
        self.push(Header::Map(Some(0)));
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.push(Header::Bytes(Some(bytes.len())));
        self.out.extend_from_slice(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.push(Header::Text(Some(text.len())));
        self.out.extend_from_slice(text.as_bytes());
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Bool(truth) => self.push(Header::Simple(if *truth { 21 } else { 20 })),
            Value::Uint(number) => self.push(Header::Positive(*number)),
            Value::Nint(number) => self.push(Header::Negative(*number)),
            Value::Bytes(bytes) => self.bytes(bytes),
            Value::Text(text) => self.text(text),
            Value::List(items) => {
                self.array(items.len());
                for item in items {
                    self.value(item);
                }
            }
            Value::Map(map) => {
                self.push(Header::Map(Some(map.len())));
                let mut entries: Vec<_> = map.iter().collect();
                entries.sort_unstable_by(|a, b| encoded_order(a.0).cmp(&encoded_order(b.0)));
                for (key, value) in entries {
                    self.text(key);
                    self.value(value);
                }
            }
        }
    }

    pub(crate) fn done(self) -> Vec<u8> {
        self.out
    }
}

/// Writes the one deterministic encoding of a value.
pub fn encode(value: &Value) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.value(value);
    writer.done()
}

#[cfg(test)]
mod tests {
    use crate::cbor::Form;
    use crate::cbor::decode;
    use crate::cbor::encode;
    use crate::value::Map;
    use crate::value::Value;
    use proptest::prelude::Strategy;
    use proptest::prelude::any;
    use proptest::prop_assert_eq;
    use proptest::proptest;

    fn refused(hex: &str) -> (usize, Form) {
        let error = decode(&hex::decode(hex).unwrap()).unwrap_err();
        (error.offset, error.form)
    }

    #[test]
    fn keys_sort_by_their_encoding() {
        let map: Map = [("aa", 1u64), ("b", 2)].into_iter().map(|(k, v)| (k.into(), v.into())).collect();
        assert_eq!(hex::encode(encode(&map.into())), "a2616202626161 01".replace(' ', ""));
    }

    #[test]
    fn every_other_form_is_refused() {
        assert_eq!(refused(""), (0, Form::Truncated));
        assert_eq!(refused("1c"), (0, Form::Malformed));
        assert_eq!(refused("ff"), (0, Form::Malformed));
        assert_eq!(refused("1817"), (0, Form::NotShortest));
        assert_eq!(refused("190017"), (0, Form::NotShortest));
        assert_eq!(refused("7801 61".replace(' ', "").as_str()), (0, Form::NotShortest));
        assert_eq!(refused("9f01ff"), (0, Form::Indefinite));
        assert_eq!(refused("bf616101ff"), (0, Form::Indefinite));
        assert_eq!(refused("7f6161ff"), (0, Form::Indefinite));
        assert_eq!(refused("5f4161ff"), (0, Form::Indefinite));
        assert_eq!(refused("a262616101616202"), (5, Form::Unsorted));
        assert_eq!(refused("a2616101616102"), (4, Form::DuplicateKey));
        assert_eq!(refused("a10101"), (1, Form::KeyNotText));
        assert_eq!(refused("f93c00"), (0, Form::Float));
        assert_eq!(refused("fb3ff199999999999a"), (0, Form::Float));
        assert_eq!(refused("c101"), (0, Form::Tag));
        assert_eq!(refused("f6"), (0, Form::Simple));
        assert_eq!(refused("f7"), (0, Form::Simple));
        assert_eq!(refused("61ff"), (1, Form::NotUtf8));
        assert_eq!(refused("6375cc88"), (1, Form::NotNfc));
        assert_eq!(refused("0101"), (1, Form::Trailing));
        assert_eq!(refused("9b0000010000000000"), (0, Form::Truncated));
        assert_eq!(refused("5b0000010000000000"), (9, Form::Truncated));
        assert_eq!(refused(&format!("{}01", "81".repeat(17))), (16, Form::TooDeep));
        assert!(decode(&hex::decode(format!("{}01", "81".repeat(16))).unwrap()).is_ok());
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = proptest::prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            any::<u64>().prop_map(Value::Uint),
            any::<u64>().prop_map(Value::Nint),
            any::<Vec<u8>>().prop_map(Value::Bytes),
            any::<String>().prop_map(|text| Value::Text(text).to_nfc()),
        ];
        leaf.prop_recursive(6, 64, 6, |inner| {
            proptest::prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
                proptest::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| Value::Map(map).to_nfc()),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(value in values()) {
            prop_assert_eq!(decode(&encode(&value)), Ok(value));
        }

        #[test]
        fn what_is_read_has_no_second_encoding(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(value) = decode(&bytes) {
                prop_assert_eq!(encode(&value), bytes);
            }
        }

        #[test]
        fn a_changed_byte_never_reads_as_the_same_value(value in values(), at in any::<usize>(), flip in 1u8..) {
            let mut bytes = encode(&value);
            let at = at % bytes.len();
            bytes[at] ^= flip;
            if let Ok(other) = decode(&bytes) {
                prop_assert_eq!(encode(&other), bytes);
            }
        }
    }
}
