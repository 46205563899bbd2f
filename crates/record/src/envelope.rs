//! The signed envelope: COSE_Sign1 (RFC 9052) in the one form that SPEC.md allows.

use crate::bounds::STATEMENT_BYTES_MAX;
use crate::cbor::DecodeError;
use crate::cbor::Head;
use crate::cbor::Reader;
use crate::cbor::Writer;
use crate::key::PublicKey;
use crate::key::SecretKey;
use crate::name::NetworkName;
use crate::statement::Content;
use crate::statement::ContentError;
use crate::statement::StatementId;
use crate::statement::sha256;
use std::sync::Arc;

/// The media type in header 3.
pub const CONTENT_TYPE: &str = "application/vnd.allmende.statement+cbor";

/// COSE_Sign1 (RFC 9052, section 2).
const COSE_SIGN1_TAG: u64 = 18;

/// The protected header up to the key, byte for byte: `{1: -19, 3: CONTENT_TYPE, 4: bytes .size 32}`.
/// -19 is Ed25519 (RFC 9864).
const PROTECTED_HEAD: &[u8] = b"\xa3\x01\x32\x03\x78\x27application/vnd.allmende.statement+cbor\x04\x58\x20";

/// A statement whose form and signature were checked; there is no other way to have one.
/// Whether its publisher's key is attested is the replica's question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    id: StatementId,
    key: PublicKey,
    content: Content,
    bytes: Arc<[u8]>,
}

/// Why bytes are not a statement of this network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Too many bytes.
    #[error("the statement has {0} bytes, at most {STATEMENT_BYTES_MAX} are allowed")]
    Oversize(usize),
    /// Not deterministic CBOR around the payload.
    #[error("the envelope is not deterministic CBOR, {0}")]
    Cbor(#[from] DecodeError),
    /// Not a tagged COSE_Sign1 with an empty unprotected header and a 64 byte signature.
    #[error("the envelope is no COSE_Sign1 as SPEC.md demands it: {0}")]
    Envelope(&'static str),
    /// Another protected header than the one allowed.
    #[error(
        "the protected header is not {{1: -19, 3: \"{CONTENT_TYPE}\", 4: key of 32 bytes}} in this order"
    )]
    Header,
    /// The payload is not that of a statement.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The signature is not the key's over this statement in this network.
    #[error(
        "the signature does not hold in the network \"{0}\": forged, changed, or made for another network"
    )]
    Signature(NetworkName),
}

impl OpenError {
    /// The stable code that vectors, counters and the API use.
    pub fn code(&self) -> &'static str {
        match self {
            OpenError::Oversize(_) => "oversize",
            OpenError::Cbor(error) => error.form.code(),
            OpenError::Envelope(_) => "envelope",
            OpenError::Header => "header",
            OpenError::Content(error) => error.code(),
            OpenError::Signature(_) => "signature",
        }
    }
}

/// Why a content cannot be sealed: the result would be a statement that nobody opens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record cannot be published: {0}")]
pub struct SealError(#[from] OpenError);

/// What a statement says that this node has kept: it came in through [`Statement::open`], and is read again without
/// another look at its signature, which would be most of the work. The answer is no [`Statement`], and nothing that
/// leaves the node is made of it.
pub fn kept(bytes: &[u8]) -> Result<Content, OpenError> {
    if bytes.len() > STATEMENT_BYTES_MAX {
        return Err(OpenError::Oversize(bytes.len()));
    }
    Ok(Content::decode(Parts::read(bytes)?.payload)?)
}

impl Statement {
    /// Signs a content for a network.
    pub fn seal(content: &Content, key: &SecretKey, network: &NetworkName) -> Result<Statement, SealError> {
        let payload = content.encode();
        let protected = [PROTECTED_HEAD, key.public().as_bytes()].concat();
        let signature = key.sign(&sig_structure(&protected, &network.external_aad(), &payload));
        let mut envelope = Writer::new();
        envelope.tag(COSE_SIGN1_TAG);
        envelope.array(4);
        envelope.bytes(&protected);
        envelope.empty_map();
        envelope.bytes(&payload);
        envelope.bytes(&signature);
        // Opened by the same door as everybody else's, so that we cannot sign what others refuse.
        Ok(Statement::open(&envelope.done(), network)?)
    }

    /// Checks size, form and signature of received bytes, never of re-encoded ones.
    pub fn open(bytes: &[u8], network: &NetworkName) -> Result<Statement, OpenError> {
        Statement::read(bytes, network, |key, signed, signature| match key.verifies(signed, signature) {
            true => Ok(()),
            false => Err(OpenError::Signature(network.clone())),
        })
    }

    /// Reads bytes again that were opened when they came and were kept under a checksum since: all is checked but
    /// the signature, which costs more than everything else. For the own store only, never for what others hand in.
    pub fn reopen(bytes: &[u8], network: &NetworkName) -> Result<Statement, OpenError> {
        Statement::read(bytes, network, |_, _, _| Ok(()))
    }

    fn read(
        bytes: &[u8],
        network: &NetworkName,
        check: impl FnOnce(&PublicKey, &[u8], &[u8; 64]) -> Result<(), OpenError>,
    ) -> Result<Statement, OpenError> {
        if bytes.len() > STATEMENT_BYTES_MAX {
            return Err(OpenError::Oversize(bytes.len()));
        }
        let parts = Parts::read(bytes)?;
        let key: [u8; 32] = parts
            .protected
            .strip_prefix(PROTECTED_HEAD)
            .and_then(|key| key.try_into().ok())
            .ok_or(OpenError::Header)?;
        let key = PublicKey::from_bytes(key);
        let content = Content::decode(parts.payload)?;
        let signed = sig_structure(parts.protected, &network.external_aad(), parts.payload);
        check(&key, &signed, parts.signature)?;
        let id = StatementId::from_bytes(sha256(&[&signed]));
        Ok(Statement { id, key, content, bytes: bytes.into() })
    }

    /// SHA-256 of the Sig_structure: no relay can mint a second id for the same statement.
    pub fn id(&self) -> StatementId {
        self.id
    }

    /// The key that signed it.
    pub fn key(&self) -> PublicKey {
        self.key
    }

    /// What it says.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// The bytes as they came and as they travel on.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }
}

/// The four parts of the envelope, borrowed from the received bytes.
struct Parts<'a> {
    protected: &'a [u8],
    payload: &'a [u8],
    signature: &'a [u8; 64],
}

impl<'a> Parts<'a> {
    fn read(bytes: &'a [u8]) -> Result<Parts<'a>, OpenError> {
        let mut reader = Reader::over(bytes);
        if reader.head()? != Head::Tag(COSE_SIGN1_TAG) {
            return Err(OpenError::Envelope("tag 18 is missing"));
        }
        if reader.head()? != Head::Array(4) {
            return Err(OpenError::Envelope("an array of 4 is expected"));
        }
        let protected = reader.bytes()?;
        if reader.head()? != Head::Map(0) {
            return Err(OpenError::Envelope("the unprotected header is not empty"));
        }
        let payload = reader.bytes()?;
        let signature =
            reader.bytes()?.try_into().map_err(|_| OpenError::Envelope("the signature has not 64 bytes"))?;
        reader.end()?;
        Ok(Parts { protected, payload, signature })
    }
}

/// What is signed and hashed: `["Signature1", protected, external_aad, payload]` (RFC 9052, 4.4).
fn sig_structure(protected: &[u8], external_aad: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(4);
    writer.text("Signature1");
    writer.bytes(protected);
    writer.bytes(external_aad);
    writer.bytes(payload);
    writer.done()
}

#[cfg(test)]
mod tests {
    use crate::envelope::CONTENT_TYPE;
    use crate::envelope::OpenError;
    use crate::envelope::PROTECTED_HEAD;
    use crate::envelope::Statement;
    use crate::key::SecretKey;
    use crate::moment::Moment;
    use crate::name::NetworkName;
    use crate::statement::Content;
    use crate::statement::RecordId;
    use crate::statement::Said;
    use crate::value::Map;
    use proptest::prelude::any;
    use proptest::prop_assert;
    use proptest::proptest;

    fn network() -> NetworkName {
        "allmende-test".parse().unwrap()
    }

    fn content(title: &str) -> Content {
        Content {
            publisher: "th.jena".parse().unwrap(),
            record: RecordId::v7(1, [2; 10]),
            kind: "measure".parse().unwrap(),
            schema: 1,
            epoch: 1,
            version: 1,
            issued: Moment::from_seconds(1_793_606_400).unwrap(),
            said: Said::Body(Map::from([("title".to_owned(), title.into())])),
        }
    }

    fn sealed(title: &str) -> Statement {
        Statement::seal(&content(title), &SecretKey::from_seed([1; 32]), &network()).unwrap()
    }

    #[test]
    fn the_protected_header_is_what_it_says() {
        assert!(PROTECTED_HEAD.windows(CONTENT_TYPE.len()).any(|part| part == CONTENT_TYPE.as_bytes()));
    }

    #[test]
    fn what_was_sealed_opens_and_says_the_same() {
        let statement = sealed("Baumbewässerung");
        assert_eq!(Statement::open(statement.bytes(), &network()), Ok(statement.clone()));
        assert_eq!(statement.content(), &content("Baumbewässerung"));
    }

    #[test]
    fn what_was_opened_once_is_read_again_as_the_same() {
        let statement = sealed("Bäume");
        assert_eq!(Statement::reopen(statement.bytes(), &network()), Ok(statement.clone()));
        let cut = &statement.bytes()[..statement.bytes().len() - 1];
        assert!(Statement::reopen(cut, &network()).is_err());
    }

    #[test]
    fn another_network_does_not_open_it() {
        let other: NetworkName = "elsewhere".parse().unwrap();
        assert_eq!(Statement::open(sealed("x").bytes(), &other), Err(OpenError::Signature(other)));
    }

    #[test]
    fn what_is_too_large_is_not_sealed() {
        let error =
            Statement::seal(&content(&"x".repeat(70_000)), &SecretKey::from_seed([1; 32]), &network());
        assert!(error.unwrap_err().to_string().contains("at most 65536"));
    }

    proptest! {
        #[test]
        fn no_changed_byte_opens(at in any::<usize>(), flip in 1u8..) {
            let mut bytes = sealed("Mängelmelder").bytes().to_vec();
            let at = at % bytes.len();
            bytes[at] ^= flip;
            prop_assert!(Statement::open(&bytes, &network()).is_err());
        }

        #[test]
        fn rubbish_is_refused_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(Statement::open(&bytes, &network()).is_err());
        }
    }
}
