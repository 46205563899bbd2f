//! A request to be attested: a text to send, and a short code to read out by phone.

use data_encoding::BASE32_NOPAD;
use data_encoding::BASE64URL_NOPAD;
use record::cbor;
use record::key::PublicKey;
use record::key::SecretKey;
use record::name::Name;
use record::statement::sha256;
use record::value::Map;
use record::value::Value;

/// What the text begins with.
const PREFIX: &str = "allmende-request-1.";
/// A request's text, in characters; white space not counted.
const TEXT_CHARS_MAX: usize = 4_096;
/// Bytes of the hash that are read out by phone: 40 bits, 8 letters.
const CODE_BYTES: usize = 5;

/// Who asks to be vouched for, and with which key. It is signed with that key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) publisher: Name,
    pub(crate) name: String,
    pub(crate) org_type: String,
    pub(crate) ars: Option<String>,
    pub(crate) key: PublicKey,
}

/// Why a text is no request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RequestError {
    #[error(
        "this is no attestation request: it begins with \"{PREFIX}\" and is one line without gaps. Copy it whole"
    )]
    Text,
    #[error("the attestation request is damaged. Copy it whole, or have it sent again")]
    Content,
    #[error(
        "the signature of the attestation request does not hold: it was changed on its way. Have it sent again"
    )]
    Signature,
}

impl Request {
    fn encode(&self) -> Vec<u8> {
        let mut map = Map::new();
        map.insert("publisher".to_owned(), self.publisher.as_str().into());
        map.insert("name".to_owned(), self.name.as_str().into());
        map.insert("org_type".to_owned(), self.org_type.as_str().into());
        map.insert("key".to_owned(), Value::Bytes(self.key.as_bytes().to_vec()));
        if let Some(ars) = &self.ars {
            map.insert("ars".to_owned(), ars.as_str().into());
        }
        cbor::encode(&Value::Map(map).to_nfc())
    }

    fn decode(bytes: &[u8]) -> Option<Request> {
        let Ok(Value::Map(map)) = cbor::decode(bytes) else { return None };
        let text = |field: &str| map.get(field).and_then(Value::as_text);
        Some(Request {
            publisher: text("publisher")?.parse().ok()?,
            name: text("name")?.to_owned(),
            org_type: text("org_type")?.to_owned(),
            ars: text("ars").map(str::to_owned),
            key: PublicKey::from_bytes(map.get("key")?.as_bytes()?.try_into().ok()?),
        })
    }

    /// The text to send.
    pub(crate) fn write(&self, key: &SecretKey) -> String {
        let content = self.encode();
        let signed = [key.sign(&signed_part(&content)).as_slice(), &content].concat();
        format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&signed))
    }

    /// Reads a text that was sent; line breaks that a mail program put in are passed over.
    pub(crate) fn read(text: &str) -> Result<Request, RequestError> {
        let text: String = text.split_whitespace().collect();
        let coded =
            text.strip_prefix(PREFIX).filter(|_| text.len() <= TEXT_CHARS_MAX).ok_or(RequestError::Text)?;
        let bytes = BASE64URL_NOPAD.decode(coded.as_bytes()).map_err(|_| RequestError::Text)?;
        let (signature, content) = bytes.split_first_chunk::<64>().ok_or(RequestError::Content)?;
        let request = Request::decode(content).ok_or(RequestError::Content)?;
        match request.key.verifies(&signed_part(content), signature) {
            true => Ok(request),
            false => Err(RequestError::Signature),
        }
    }

    /// The code that both sides compare by phone: 8 letters and digits over everything that is asked.
    pub(crate) fn code(&self) -> String {
        let hash = sha256(&[b"allmende-request-code\0", &self.encode()]);
        let letters = BASE32_NOPAD.encode(hash.get(..CODE_BYTES).unwrap_or_default());
        let (first, second) = letters.split_at_checked(4).unwrap_or_default();
        format!("{first}-{second}")
    }

    /// Whether this is the code, however it was written down.
    pub(crate) fn has_code(&self, code: &str) -> bool {
        let bare = |text: &str| -> String {
            text.chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|letter| letter.to_ascii_uppercase())
                .collect()
        };
        bare(code) == bare(&self.code())
    }
}

/// So that a signature under a request can never be one under a statement.
fn signed_part(content: &[u8]) -> Vec<u8> {
    [b"allmende-request\0".as_slice(), content].concat()
}

#[cfg(test)]
mod tests {
    use crate::request::Request;
    use crate::request::RequestError;
    use record::key::SecretKey;

    #[test]
    fn a_request_survives_the_mail() {
        let key = SecretKey::from_seed([3; 32]);
        let request = Request {
            publisher: "th.jena".parse().unwrap(),
            name: "Stadt Jena".to_owned(),
            org_type: "municipality".to_owned(),
            ars: Some("160530000000".to_owned()),
            key: key.public(),
        };
        let text = request.write(&key);
        let broken_lines =
            text.as_bytes().chunks(40).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\r\n> ");
        assert_eq!(Request::read(&broken_lines.replace("> ", "")), Ok(request.clone()));
        assert!(request.has_code(&request.code().to_lowercase().replace('-', " ")));
        assert!(!request.has_code("AAAA-AAAA"));
        assert_eq!(Request::read("hallo"), Err(RequestError::Text));
        let forged = request.write(&SecretKey::from_seed([4; 32]));
        assert_eq!(Request::read(&forged), Err(RequestError::Signature));
    }
}
