//! A request to be attested: a text to send, and a short code to read out by phone.

use crate::config::Node;
use data_encoding::BASE32_NOPAD;
use data_encoding::BASE64URL_NOPAD;
use record::ars::Ars;
use record::cbor;
use record::key::PublicKey;
use record::key::SecretKey;
use record::kind::vocabulary;
use record::name::Name;
use record::statement::sha256;
use record::value::Map;
use record::value::Value;

/// What the text begins with.
const PREFIX: &str = "allmende-request-1.";
/// A request's text, in characters; white space not counted.
const TEXT_CHARS_MAX: usize = 4_096;
/// Bytes of the hash that are read out by phone: 80 bits, 16 letters. Who asks chooses the name, and could try
/// names until a shorter code came out as wanted.
const CODE_BYTES: usize = 10;
/// Letters of the code that are read out in one breath.
const CODE_GROUP_CHARS: usize = 4;
/// The official name, in characters.
const NAME_CHARS_MAX: usize = 200;
/// The vocabulary of sorts of bodies.
const ORG_TYPES: &str = "org-type";

/// Who asks to be vouched for, and with which key. It is signed with that key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) publisher: Name,
    pub(crate) name: String,
    pub(crate) org_type: String,
    pub(crate) ars: Option<Ars>,
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
        "the name in the attestation request is empty or has more than {NAME_CHARS_MAX} characters. Have it sent \
         again with the official name"
    )]
    NameLength,
    #[error(
        "the name in the attestation request holds invisible characters and may look like another name. Have it \
         sent again with the plain official name"
    )]
    NameInvisible,
    #[error(
        "the sort of body in the attestation request is no code of the vocabulary {ORG_TYPES}; \
         /api/v1/kinds/organisation lists them. Have it sent again"
    )]
    OrgType,
    #[error(
        "the regional key in the attestation request is none: 2, 3, 5, 9 or 12 digits, the first two from 01 to 16. \
         Have it sent again"
    )]
    Ars,
    #[error(
        "the signature of the attestation request does not hold: it was changed on its way. Have it sent again"
    )]
    Signature,
}

impl Request {
    /// What the body of this configuration asks for its key.
    pub(crate) fn of(node: &Node, key: PublicKey) -> Result<Request, RequestError> {
        let ars = (!node.ars.is_empty()).then(|| node.ars.parse());
        Ok(Request {
            publisher: node.publisher.parse().map_err(|_| RequestError::Content)?,
            name: node.name.clone(),
            org_type: node.org_type.clone(),
            ars: ars.transpose().map_err(|_| RequestError::Ars)?,
            key,
        })
    }

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

    fn decode(bytes: &[u8]) -> Result<Request, RequestError> {
        let Ok(Value::Map(map)) = cbor::decode(bytes) else { return Err(RequestError::Content) };
        let text = |field: &str| map.get(field).and_then(Value::as_text).ok_or(RequestError::Content);
        let key = map.get("key").and_then(Value::as_bytes).and_then(|key| key.try_into().ok());
        let ars = map.contains_key("ars").then(|| text("ars")).transpose()?;
        Ok(Request {
            publisher: text("publisher")?.parse().map_err(|_| RequestError::Content)?,
            name: readable(text("name")?)?.to_owned(),
            org_type: sort_of_body(text("org_type")?)?.to_owned(),
            ars: ars.map(str::parse).transpose().map_err(|_| RequestError::Ars)?,
            key: PublicKey::from_bytes(key.ok_or(RequestError::Content)?),
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
        let request = Request::decode(content)?;
        match request.key.verifies(&signed_part(content), signature) {
            true => Ok(request),
            false => Err(RequestError::Signature),
        }
    }

    /// The code that both sides compare by phone: 16 letters and digits over everything that is asked.
    pub(crate) fn code(&self) -> String {
        let hash = sha256(&[b"allmende-request-code\0", &self.encode()]);
        let letters = BASE32_NOPAD.encode(hash.get(..CODE_BYTES).unwrap_or_default());
        let mut code = String::new();
        for (place, letter) in letters.chars().enumerate() {
            if place > 0 && place.is_multiple_of(CODE_GROUP_CHARS) {
                code.push('-');
            }
            code.push(letter);
        }
        code
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

/// The name, if a person sees all of it and nothing else: it is what is compared, printed and signed.
fn readable(name: &str) -> Result<&str, RequestError> {
    if name.trim().is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(RequestError::NameLength);
    }
    match name.chars().any(is_invisible) {
        true => Err(RequestError::NameInvisible),
        false => Ok(name),
    }
}

/// Control characters, and those that take no room or turn the direction of what stands beside them.
fn is_invisible(sign: char) -> bool {
    sign.is_control()
        || matches!(sign,
            '\u{AD}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{2069}'
            | '\u{FEFF}'
            | '\u{E0000}'..='\u{E007F}')
}

fn sort_of_body(code: &str) -> Result<&str, RequestError> {
    let known = vocabulary(ORG_TYPES).and_then(|known| known.term(code));
    known.map(|_| code).ok_or(RequestError::OrgType)
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

    fn jena(key: &SecretKey) -> Request {
        Request {
            publisher: "th.jena".parse().unwrap(),
            name: "Stadt Jena".to_owned(),
            org_type: "municipality".to_owned(),
            ars: Some("160530000000".parse().unwrap()),
            key: key.public(),
        }
    }

    #[test]
    fn a_request_survives_the_mail() {
        let key = SecretKey::from_seed([3; 32]);
        let request = jena(&key);
        let text = request.write(&key);
        let broken_lines =
            text.as_bytes().chunks(40).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\r\n> ");
        assert_eq!(Request::read(&broken_lines.replace("> ", "")), Ok(request.clone()));
        assert!(request.has_code(&request.code().to_lowercase().replace('-', " ")));
        assert!(!request.has_code("AAAA-AAAA-AAAA-AAAA"));
        assert_eq!(Request::read("hallo"), Err(RequestError::Text));
        let forged = request.write(&SecretKey::from_seed([4; 32]));
        assert_eq!(Request::read(&forged), Err(RequestError::Signature));
    }

    #[test]
    fn the_code_has_four_groups_and_nothing_less_will_do() {
        let request = jena(&SecretKey::from_seed([3; 32]));
        let code = request.code();
        let groups: Vec<_> = code.split('-').collect();
        assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [4, 4, 4, 4]);
        assert!(!request.has_code(&groups[..2].join("-")));
        assert!(!request.has_code(""));
    }

    #[test]
    fn a_name_shows_all_that_is_signed() {
        let key = SecretKey::from_seed([3; 32]);
        let named = |name: &str| {
            let request = Request { name: name.to_owned(), ..jena(&key) };
            Request::read(&request.write(&key)).map(|request| request.name)
        };
        assert_eq!(named(&"ä".repeat(200)), Ok("ä".repeat(200)));
        for name in ["", "  ", &"a".repeat(201)] {
            assert_eq!(named(name), Err(RequestError::NameLength), "{name:?}");
        }
        for sign in ['\0', '\n', '\u{1b}', '\u{9b}', '\u{ad}', '\u{200d}', '\u{202e}', '\u{2066}', '\u{feff}']
        {
            assert_eq!(named(&format!("Stadt{sign}Jena")), Err(RequestError::NameInvisible), "{sign:?}");
        }
        assert_eq!(named("Stadt Jena\u{e0041}"), Err(RequestError::NameInvisible));
    }

    #[test]
    fn the_sort_of_body_and_the_regional_key_are_known_ones() {
        let key = SecretKey::from_seed([3; 32]);
        let other = Request { org_type: "kingdom".to_owned(), ..jena(&key) };
        assert_eq!(Request::read(&other.write(&key)), Err(RequestError::OrgType));
        let mut content = record::cbor::decode(&jena(&key).encode()).unwrap();
        let record::value::Value::Map(map) = &mut content else { panic!("a request is a map") };
        map.insert("ars".to_owned(), "99".into());
        assert_eq!(Request::decode(&record::cbor::encode(&content.to_nfc())), Err(RequestError::Ars));
    }
}
