//! Keys that sign statements: Ed25519 (RFC 8032), kept as PKCS#8 (RFC 8410).

use ed25519_dalek::Signer as _;
use ed25519_dalek::SigningKey;
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::DecodePrivateKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use ed25519_dalek::pkcs8::KeypairBytes;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::PoisonError;
use std::sync::RwLock;

/// Unpacked keys that are remembered, about 200 bytes each; then it begins anew. There are 11,000 municipalities.
const UNPACKED_MAX: usize = 16_384;

/// Keys as points of the curve: to unpack one is a tenth of a verification, and few keys sign many statements.
static UNPACKED: RwLock<BTreeMap<PublicKey, VerifyingKey>> = RwLock::new(BTreeMap::new());

/// The public half: 32 bytes, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey([u8; 32]);

/// Why a text is no public key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no public key: 64 hexadecimal digits (an Ed25519 key) are expected")]
pub struct PublicKeyError(String);

impl PublicKey {
    /// From the 32 bytes of a header or an attestation. Whether they are a point on the curve shows
    /// at the first verification.
    pub fn from_bytes(bytes: [u8; 32]) -> PublicKey {
        PublicKey(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether the signature is this key's over the message. Strict (no small-order keys, canonical
    /// scalars), because two nodes must never differ about a signature.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.unpacked().is_some_and(|key| {
            // verify_strict and never the batch: a batch can accept what strict refuses, and then
            // two honest nodes would hold different heads.
            key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
        })
    }

    /// None for what is no point of the curve.
    fn unpacked(&self) -> Option<VerifyingKey> {
        let known = UNPACKED.read().unwrap_or_else(PoisonError::into_inner).get(self).copied();
        if known.is_some() {
            return known;
        }
        let key = VerifyingKey::from_bytes(&self.0).ok()?;
        let mut known = UNPACKED.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= UNPACKED_MAX {
            known.clear();
        }
        known.insert(*self, key);
        Some(key)
    }
}

impl FromStr for PublicKey {
    type Err = PublicKeyError;

    fn from_str(text: &str) -> Result<PublicKey, PublicKeyError> {
        let mut bytes = [0; 32];
        match hex::decode_to_slice(text, &mut bytes) {
            Ok(()) => Ok(PublicKey(bytes)),
            Err(_) => Err(PublicKeyError(text.to_owned())),
        }
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The secret half. It is wiped from memory when dropped and shows only its public half.
pub struct SecretKey(SigningKey);

/// Why a text is no secret key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no Ed25519 secret key in PKCS#8 PEM form (\"-----BEGIN PRIVATE KEY-----\"): {0}")]
pub struct SecretKeyError(String);

impl SecretKey {
    /// From 32 random bytes; the caller owns the dice.
    pub fn from_seed(seed: [u8; 32]) -> SecretKey {
        SecretKey(SigningKey::from_bytes(&seed))
    }

    /// From the PEM text of a PKCS#8 file, such as `openssl genpkey -algorithm ed25519` writes it.
    pub fn from_pem(pem: &str) -> Result<SecretKey, SecretKeyError> {
        SigningKey::from_pkcs8_pem(pem).map(SecretKey).map_err(|error| SecretKeyError(error.to_string()))
    }

    /// The PEM text of a PKCS#8 version 1 file (without the public half: OpenSSL reads no version 2).
    pub fn to_pem(&self) -> String {
        KeypairBytes { secret_key: self.0.to_bytes(), public_key: None }
            .to_pkcs8_pem(Default::default())
            .expect("32 bytes always fit the PKCS#8 frame")
            .to_string()
    }

    /// The 32 secret bytes, for a peer identity made from the same kind of file.
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs a message (pure Ed25519, deterministic).
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.public())
    }
}

#[cfg(test)]
mod tests {
    use crate::key::PublicKey;
    use crate::key::SecretKey;

    #[test]
    fn a_key_survives_its_file() {
        let key = SecretKey::from_seed([7; 32]);
        let again = SecretKey::from_pem(&key.to_pem()).unwrap();
        assert_eq!(again.public(), key.public());
        assert!(again.public().verifies(b"moin", &key.sign(b"moin")));
        assert!(!again.public().verifies(b"moin!", &key.sign(b"moin")));
    }

    #[test]
    fn an_openssl_file_is_read() {
        // RFC 8410, section 10.3.
        let pem = "-----BEGIN PRIVATE KEY-----\n\
                   MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
                   -----END PRIVATE KEY-----\n";
        let key = SecretKey::from_pem(pem).unwrap();
        assert_eq!(
            key.public().to_string(),
            "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"
        );
        assert_eq!(key.to_pem(), pem);
    }

    #[test]
    fn many_keys_are_told_apart() {
        let keys = || {
            (0..300_u16).map(|number| {
                let mut seed = [0; 32];
                seed[..2].copy_from_slice(&number.to_be_bytes());
                SecretKey::from_seed(seed)
            })
        };
        for _ in 0..2 {
            for (key, next) in keys().zip(keys().skip(1)) {
                let signature = key.sign(b"moin");
                assert!(
                    key.public().verifies(b"moin", &signature) && key.public().verifies(b"moin", &signature)
                );
                assert!(!next.public().verifies(b"moin", &signature));
            }
        }
    }

    #[test]
    fn a_small_order_key_verifies_nothing() {
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut signature = [0; 64];
        signature[0] = 1;
        assert!(!PublicKey::from_bytes(identity).verifies(b"anything", &signature));
    }
}
