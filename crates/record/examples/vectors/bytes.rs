//! CBOR and COSE written by hand, so that exactly one thing can be wrong in what is signed.

use record::key::SecretKey;

/// The network that all vectors belong to, unless a vector says otherwise.
pub(crate) const NETWORK: &str = "allmende-vectors";

/// The seed of the publisher th.jena: 32 bytes of 1.
pub(crate) const JENA: [u8; 32] = [1; 32];
/// The seed of the anchor th: 32 bytes of 2.
pub(crate) const THUERINGEN: [u8; 32] = [2; 32];

/// A head in its shortest form: major type and argument (RFC 8949, section 3).
pub(crate) fn head(major: u8, argument: u64) -> Vec<u8> {
    let major = major << 5;
    let [.., c3, c2, c1, c0] = argument.to_be_bytes();
    match argument {
        0..=23 => vec![major | c0],
        24..=0xff => vec![major | 24, c0],
        0x100..=0xffff => vec![major | 25, c1, c0],
        0x1_0000..=0xffff_ffff => vec![major | 26, c3, c2, c1, c0],
        _ => [[major | 27].as_slice(), &argument.to_be_bytes()].concat(),
    }
}

/// A whole number from 0 on.
pub(crate) fn uint(number: u64) -> Vec<u8> {
    head(0, number)
}

/// A byte string.
pub(crate) fn bytes(contents: &[u8]) -> Vec<u8> {
    [head(2, contents.len() as u64).as_slice(), contents].concat()
}

/// A text.
pub(crate) fn text(contents: &str) -> Vec<u8> {
    [head(3, contents.len() as u64).as_slice(), contents.as_bytes()].concat()
}

/// A list of items that are already encoded.
pub(crate) fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [head(4, items.len() as u64), items.concat()].concat()
}

/// A map whose keys and values are already encoded, in the order given.
pub(crate) fn map(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let contents: Vec<u8> =
        entries.iter().flat_map(|(key, value)| [key.as_slice(), value].concat()).collect();
    [head(5, entries.len() as u64), contents].concat()
}

/// A map of fields, sorted as SPEC.md demands: by the bytes of the encoded key.
pub(crate) fn fields(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut entries: Vec<_> = entries.iter().map(|(key, value)| (text(key), value.clone())).collect();
    entries.sort();
    map(&entries)
}

/// A payload as a table of encoded values, sorted when it is written.
#[derive(Clone, Debug)]
pub(crate) struct Payload(Vec<(Vec<u8>, Vec<u8>)>);

impl Payload {
    /// What th.jena says in every vector that wants nothing else.
    pub(crate) fn plain() -> Payload {
        Payload(Vec::new())
            .with("publisher", text("th.jena"))
            .with("record", bytes(&RECORD))
            .with("kind", text("measure"))
            .with("schema", uint(1))
            .with("epoch", uint(1))
            .with("version", uint(1))
            .with("issued", uint(ISSUED))
            .with("body", fields(&[("title", text("Moin"))]))
    }

    /// The same with this field set to encoded bytes.
    pub(crate) fn with(self, key: &str, value: Vec<u8>) -> Payload {
        let mut payload = self.without(key);
        payload.0.push((text(key), value));
        payload.0.sort();
        payload
    }

    /// The same without this field.
    pub(crate) fn without(mut self, key: &str) -> Payload {
        self.0.retain(|(name, _)| *name != text(key));
        self
    }

    /// The same with this body of one field.
    pub(crate) fn saying(self, value: Vec<u8>) -> Payload {
        self.with("body", fields(&[("x", value)]))
    }

    /// The encoded entries in their right order.
    pub(crate) fn entries(&self) -> &[(Vec<u8>, Vec<u8>)] {
        &self.0
    }

    /// The payload bytes.
    pub(crate) fn encode(&self) -> Vec<u8> {
        map(&self.0)
    }
}

/// 2026-11-02T08:00:00Z.
pub(crate) const ISSUED: u64 = 1_793_606_400;

/// A UUID of version 7: 2026-11-02T08:00:00Z in milliseconds, then 0x5a in every free bit.
pub(crate) const RECORD: [u8; 16] =
    [0x01, 0xa1, 0x9b, 0x45, 0xb8, 0x00, 0x7a, 0x5a, 0x9a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a];

/// The protected header with this public key, as SPEC.md demands it.
pub(crate) fn protected(key: &[u8]) -> Vec<u8> {
    let entries = [
        (uint(1), head(1, 18)),
        (uint(3), text("application/vnd.allmende.statement+cbor")),
        (uint(4), bytes(key)),
    ];
    map(&entries)
}

/// What a signature of the network covers beside header and payload.
pub(crate) fn external_aad(network: &str) -> Vec<u8> {
    [b"allmende/1\0".as_slice(), network.as_bytes()].concat()
}

/// What is signed (RFC 9052, section 4.4).
pub(crate) fn sig_structure(protected: &[u8], external_aad: &[u8], payload: &[u8]) -> Vec<u8> {
    list(&[text("Signature1"), bytes(protected), bytes(external_aad), bytes(payload)])
}

/// The four items of a COSE_Sign1 and what stands before them, each already encoded.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    /// The tag.
    pub(crate) tag: Vec<u8>,
    /// The head of the array of four.
    pub(crate) array: Vec<u8>,
    /// The protected header as a byte string.
    pub(crate) protected: Vec<u8>,
    /// The unprotected header.
    pub(crate) unprotected: Vec<u8>,
    /// The payload as a byte string.
    pub(crate) payload: Vec<u8>,
    /// The signature as a byte string.
    pub(crate) signature: Vec<u8>,
}

impl Envelope {
    /// Signed by th.jena for [`NETWORK`] as it should be, whatever the payload.
    pub(crate) fn around(payload: &[u8]) -> Envelope {
        Envelope::signed(&JENA, NETWORK, payload)
    }

    /// Signed as it should be.
    pub(crate) fn signed(seed: &[u8; 32], network: &str, payload: &[u8]) -> Envelope {
        let key = SecretKey::from_seed(*seed);
        let protected = protected(key.public().as_bytes());
        Envelope::with_header(seed, &protected, &external_aad(network), payload)
    }

    /// Signed over any header and any external data.
    pub(crate) fn with_header(seed: &[u8; 32], protected: &[u8], aad: &[u8], payload: &[u8]) -> Envelope {
        let signature = SecretKey::from_seed(*seed).sign(&sig_structure(protected, aad, payload));
        Envelope::with_signature(protected, payload, &signature)
    }

    /// With a signature that was made elsewhere.
    pub(crate) fn with_signature(protected: &[u8], payload: &[u8], signature: &[u8]) -> Envelope {
        Envelope {
            tag: head(6, 18),
            array: head(4, 4),
            protected: bytes(protected),
            unprotected: head(5, 0),
            payload: bytes(payload),
            signature: bytes(signature),
        }
    }

    /// The statement bytes.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let Envelope { tag, array, protected, unprotected, payload, signature } = self;
        [tag, array, protected, unprotected, payload, signature].into_iter().flatten().copied().collect()
    }
}

/// A statement of th.jena whose title is so long that the whole has this many bytes.
pub(crate) fn of_size(size: usize) -> Vec<u8> {
    let with = |letters: usize| {
        let body = fields(&[("title", text(&"x".repeat(letters)))]);
        Envelope::around(&Payload::plain().with("body", body).encode()).encode()
    };
    // With 60,000 letters the heads are as long as with a few thousand more.
    let frame = with(60_000).len() - 60_000;
    with(size - frame)
}
