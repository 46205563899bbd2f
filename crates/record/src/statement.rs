//! What one statement says: who speaks, about which record, in which version, and the body.

use crate::bounds::CODE_BYTES_MAX;
use crate::cbor;
use crate::cbor::DecodeError;
use crate::moment::Moment;
use crate::name::Name;
use crate::name::NameError;
use crate::value::Map;
use crate::value::Value;
use std::fmt;
use std::str::FromStr;

/// The id of a record, 16 bytes, written like a UUID (RFC 9562). Together with the publisher's name
/// it names the record for ever.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId([u8; 16]);

/// Why a text is no record id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no record id: a UUID such as 0192f0c1-7c1e-7a60-9d7c-2f6f3c8f2b11 is expected")]
pub struct RecordIdError(String);

impl RecordId {
    /// From the 16 bytes of a payload.
    pub fn from_bytes(bytes: [u8; 16]) -> RecordId {
        RecordId(bytes)
    }

    /// A fresh id, UUID version 7: 48 bits of Unix milliseconds, then the caller's dice.
    pub fn v7(milliseconds: u64, dice: [u8; 10]) -> RecordId {
        let [_, _, time @ ..] = milliseconds.to_be_bytes();
        let mut bytes = [0; 16];
        let (head, tail) = bytes.split_at_mut(6);
        head.copy_from_slice(&time);
        tail.copy_from_slice(&dice);
        bytes[6] = 0x70 | (bytes[6] & 0x0f);
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        RecordId(bytes)
    }

    /// The id that follows from what the record is about: the first 16 bytes of SHA-256 over the
    /// parts, as they stand, one after the other. Used where saying it again must mean the same record.
    pub fn derived(parts: &[&[u8]]) -> RecordId {
        RecordId(first_16(sha256(parts)))
    }

    /// The 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

fn first_16(hash: [u8; 32]) -> [u8; 16] {
    let mut first = [0; 16];
    for (to, from) in first.iter_mut().zip(hash) {
        *to = from;
    }
    first
}

/// SHA-256 over the parts, one after the other.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    use sha2::Digest as _;
    let mut hasher = sha2::Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

impl FromStr for RecordId {
    type Err = RecordIdError;

    fn from_str(text: &str) -> Result<RecordId, RecordIdError> {
        let wrong = || RecordIdError(text.to_owned());
        let groups: Vec<&str> = text.split('-').collect();
        if groups.iter().map(|group| group.len()).ne([8, 4, 4, 4, 12]) {
            return Err(wrong());
        }
        let mut bytes = [0; 16];
        hex::decode_to_slice(groups.concat(), &mut bytes).map_err(|_| wrong())?;
        Ok(RecordId(bytes))
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The id of a statement: SHA-256 of its Sig_structure, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementId([u8; 32]);

/// Why a text is no statement id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no statement id: 64 hexadecimal digits are expected")]
pub struct StatementIdError(String);

impl StatementId {
    /// From 32 bytes that were such a hash when they were stored or sent.
    pub fn from_bytes(bytes: [u8; 32]) -> StatementId {
        StatementId(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for StatementId {
    type Err = StatementIdError;

    fn from_str(text: &str) -> Result<StatementId, StatementIdError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| StatementIdError(text.to_owned()))?;
        Ok(StatementId(bytes))
    }
}

impl fmt::Display for StatementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for StatementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A short code: the name of a kind or the reason of a retraction. `[a-z][a-z0-9-]*`, up to 32 bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code(String);

/// Why a text is no code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no code: 1 to {CODE_BYTES_MAX} of the characters a-z, 0-9 and -, a letter first")]
pub struct CodeError(String);

impl Code {
    /// The whole code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Code {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Code, CodeError> {
        let fits = (1..=CODE_BYTES_MAX).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if fits { Ok(Code(text.to_owned())) } else { Err(CodeError(text.to_owned())) }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is said of the record: its body, or that it is withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The fields of the record's kind.
    Body(Map),
    /// The record is withdrawn, for this reason; nothing of its body is repeated.
    Retracted(Code),
}

/// The payload of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Who speaks.
    pub publisher: Name,
    /// Which record of theirs.
    pub record: RecordId,
    /// The kind of record, such as `measure`.
    pub kind: Code,
    /// The version of the kind's fields that the writer knew, from 1.
    pub schema: u64,
    /// The epoch of the publisher's keys, from 1.
    pub epoch: u64,
    /// The version of the record within the epoch, from 1.
    pub version: u64,
    /// When it was signed.
    pub issued: Moment,
    /// What is said.
    pub said: Said,
}

/// Why a payload is not that of a statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// The payload is not deterministic CBOR.
    #[error("the payload is not deterministic CBOR, {0}")]
    Cbor(#[from] DecodeError),
    /// The payload is no map.
    #[error("the payload is a {0}, a map is expected")]
    NotMap(&'static str),
    /// A field is missing.
    #[error("the payload has no field \"{0}\"")]
    Missing(&'static str),
    /// A field is there that the format does not know.
    #[error("the payload has an unknown field \"{0}\"")]
    Unknown(String),
    /// A field has the wrong type or is out of range.
    #[error("the payload field \"{0}\" is not {1}")]
    Field(&'static str, &'static str),
    /// The publisher is no name.
    #[error("the publisher is not named as demanded: {0}")]
    Publisher(#[from] NameError),
    /// The kind or the reason of a retraction is no code.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// Body and retraction together, or neither.
    #[error("the payload needs either a body or a retraction, and not both")]
    BodyOrRetracted,
}

impl ContentError {
    /// The stable code that vectors, counters and the API use.
    pub fn code(&self) -> &'static str {
        match self {
            ContentError::Cbor(error) => error.form.code(),
            ContentError::NotMap(_) => "payload-not-map",
            ContentError::Missing(_) => "payload-missing",
            ContentError::Unknown(_) => "payload-unknown",
            ContentError::Field(..) => "payload-field",
            ContentError::Publisher(_) => "payload-publisher",
            ContentError::Code(_) => "payload-code",
            ContentError::BodyOrRetracted => "payload-said",
        }
    }
}

impl Content {
    /// The fields of the body; empty when the record is retracted.
    pub fn body(&self) -> &Map {
        static EMPTY: Map = Map::new();
        match &self.said {
            Said::Body(body) => body,
            Said::Retracted(_) => &EMPTY,
        }
    }

    /// Whether the record is withdrawn by this statement.
    pub fn is_retracted(&self) -> bool {
        matches!(self.said, Said::Retracted(_))
    }

    /// The deterministic bytes of the payload. Text is brought into normalisation form C.
    pub fn encode(&self) -> Vec<u8> {
        let mut map = Map::new();
        let mut put = |key: &str, value: Value| map.insert(key.to_owned(), value);
        put("publisher", self.publisher.as_str().into());
        put("record", Value::Bytes(self.record.as_bytes().to_vec()));
        put("kind", self.kind.as_str().into());
        put("schema", self.schema.into());
        put("epoch", self.epoch.into());
        put("version", self.version.into());
        put("issued", self.issued.seconds().into());
        match &self.said {
            Said::Body(body) => put("body", Value::Map(body.clone()).to_nfc()),
            Said::Retracted(reason) => put("retracted", reason.as_str().into()),
        };
        cbor::encode(&map.into())
    }

    /// Reads a payload; anything but its one encoding is refused.
    pub fn decode(bytes: &[u8]) -> Result<Content, ContentError> {
        let mut fields = match cbor::decode(bytes)? {
            Value::Map(map) => Fields(map),
            other => return Err(ContentError::NotMap(other.sort())),
        };
        let content = Content {
            publisher: fields.text("publisher")?.parse()?,
            record: fields.record()?,
            kind: fields.text("kind")?.parse()?,
            schema: fields.positive("schema")?,
            epoch: fields.positive("epoch")?,
            version: fields.positive("version")?,
            issued: Moment::from_seconds(fields.positive("issued")?)
                .ok_or(ContentError::Field("issued", "a moment before the year 10000"))?,
            said: fields.said()?,
        };
        match fields.0.pop_first() {
            None => Ok(content),
            Some((key, _)) => Err(ContentError::Unknown(key)),
        }
    }
}

/// The payload map while its fields are taken out of it.
struct Fields(Map);

impl Fields {
    fn take(&mut self, key: &'static str) -> Result<Value, ContentError> {
        self.0.remove(key).ok_or(ContentError::Missing(key))
    }

    fn text(&mut self, key: &'static str) -> Result<String, ContentError> {
        match self.take(key)? {
            Value::Text(text) => Ok(text),
            _ => Err(ContentError::Field(key, "a text")),
        }
    }

    fn positive(&mut self, key: &'static str) -> Result<u64, ContentError> {
        match self.take(key)? {
            Value::Uint(number) if number >= 1 => Ok(number),
            _ => Err(ContentError::Field(key, "a whole number from 1 on")),
        }
    }

    fn record(&mut self) -> Result<RecordId, ContentError> {
        let wrong = ContentError::Field("record", "16 bytes");
        match self.take("record")? {
            Value::Bytes(bytes) => bytes.try_into().map(RecordId).map_err(|_| wrong),
            _ => Err(wrong),
        }
    }

    fn said(&mut self) -> Result<Said, ContentError> {
        match (self.0.remove("body"), self.0.remove("retracted")) {
            (Some(Value::Map(body)), None) => Ok(Said::Body(body)),
            (Some(_), None) => Err(ContentError::Field("body", "a map")),
            (None, Some(Value::Text(reason))) => Ok(Said::Retracted(reason.parse()?)),
            (None, Some(_)) => Err(ContentError::Field("retracted", "a text")),
            _ => Err(ContentError::BodyOrRetracted),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::statement::RecordId;

    #[test]
    fn record_ids_are_written_as_uuids() {
        let id = RecordId::v7(0x0192_f0c1_7c1e, [0xff; 10]);
        assert_eq!(id.to_string(), "0192f0c1-7c1e-7fff-bfff-ffffffffffff");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("0192f0c17c1e7fffbfffffffffffffff".parse::<RecordId>().is_err());
        assert!("0192f0c1-7c1e-7fff-bfff-fffffffffffg".parse::<RecordId>().is_err());
    }
}
