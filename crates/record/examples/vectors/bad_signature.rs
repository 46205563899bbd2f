//! Vectors in which everything is as it should be except the signature.

use crate::bytes::Envelope;
use crate::bytes::JENA;
use crate::bytes::NETWORK;
use crate::bytes::Payload;
use crate::bytes::THUERINGEN;
use crate::bytes::bytes;
use crate::bytes::external_aad;
use crate::bytes::list;
use crate::bytes::protected;
use crate::bytes::sig_structure;
use crate::bytes::text;
use crate::bytes::uint;
use crate::torsion;
use crate::vector::Vector;
use record::key::SecretKey;

/// The order L of the base point, little endian (RFC 8032, section 5.1).
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// All bad vectors of this sort.
pub(crate) fn vectors() -> Vec<Vector> {
    let mut all = forged();
    all.extend(lax());
    all
}

fn bad(name: &str, why: &str, bytes: Vec<u8>) -> Vector {
    Vector::bad(name, "signature", why, bytes)
}

fn header() -> Vec<u8> {
    protected(SecretKey::from_seed(JENA).public().as_bytes())
}

fn signature_over(message: &[u8]) -> [u8; 64] {
    SecretKey::from_seed(JENA).sign(message)
}

fn forged() -> Vec<Vector> {
    let payload = Payload::plain().encode();
    let changed = Payload::plain().with("version", uint(2)).encode();
    let right = signature_over(&sig_structure(&header(), &external_aad(NETWORK), &payload));
    let mut flipped = right;
    if let Some(first) = flipped.first_mut() {
        *first ^= 1;
    }
    let around = |signature: [u8; 64]| Envelope::with_signature(&header(), &payload, &signature).encode();
    let over = |message: &[u8]| around(signature_over(message));
    let other_header = protected(SecretKey::from_seed(THUERINGEN).public().as_bytes());
    let context =
        |word: &str| list(&[text(word), bytes(&header()), bytes(&external_aad(NETWORK)), bytes(&payload)]);
    vec![
        bad("signature-flipped", "one bit of the signature is changed", around(flipped)),
        bad("signature-of-zeros", "64 zero bytes", around([0; 64])),
        bad("signature-of-ones", "64 bytes of 0xff", around([0xff; 64])),
        bad(
            "signature-of-another-statement",
            "the payload was changed after signing",
            Envelope::with_signature(&header(), &changed, &right).encode(),
        ),
        bad(
            "signature-of-another-key",
            "the header names another key than the one that signed",
            Envelope::with_header(&JENA, &other_header, &external_aad(NETWORK), &payload).encode(),
        ),
        bad(
            "signature-of-another-network",
            "made for the network \"elsewhere\"",
            Envelope::signed(&JENA, "elsewhere", &payload).encode(),
        ),
        bad(
            "signature-without-network",
            "made with empty external data",
            Envelope::with_header(&JENA, &header(), b"", &payload).encode(),
        ),
        bad("signature-of-another-format", "made with the external data of a format allmende/2", {
            let aad = [b"allmende/2\0".as_slice(), NETWORK.as_bytes()].concat();
            Envelope::with_header(&JENA, &header(), &aad, &payload).encode()
        }),
        bad(
            "signature-of-the-payload-alone",
            "made over the payload, not over the Sig_structure",
            over(&payload),
        ),
        bad(
            "signature-of-another-context",
            "made over a Sig_structure with the context \"Signature\"",
            over(&context("Signature")),
        ),
    ]
}

/// Signatures that some verifiers accept; two nodes must never differ about one.
fn lax() -> Vec<Vector> {
    let payload = Payload::plain().encode();
    let right = signature_over(&sig_structure(&header(), &external_aad(NETWORK), &payload));
    let around = |key: &[u8; 32], signature: &[u8; 64]| {
        Envelope::with_signature(&protected(key), &payload, signature).encode()
    };
    let jena = *SecretKey::from_seed(JENA).public().as_bytes();
    let mut no_point = [0; 32];
    no_point[0] = 2;
    let mut beyond = [0xff; 32];
    beyond[0] = 0xf0;
    vec![
        bad(
            "signature-s-plus-order",
            "S + L in place of S: the equation holds, but S is not canonical",
            around(&jena, &plus_order(right)),
        ),
        bad(
            "signature-small-order-key",
            "the key has small order; the equation holds",
            around(&torsion::SMALL_ORDER_KEY, &torsion::HOLDS_FOR_SMALL_ORDER_KEY),
        ),
        bad(
            "signature-small-order-r",
            "R is the neutral element; the equation holds",
            around(&jena, &torsion::HOLDS_WITH_SMALL_ORDER_R),
        ),
        bad(
            "signature-cofactor-key",
            "the equation holds only when both sides are multiplied by 8; the key has torsion",
            around(&torsion::KEY, &torsion::HOLDS_ONLY_WITH_COFACTOR),
        ),
        bad(
            "signature-cofactor-r",
            "the equation holds only when both sides are multiplied by 8; R has torsion",
            around(&jena, &torsion::R_HOLDS_ONLY_WITH_COFACTOR),
        ),
        bad(
            "signature-key-is-no-point",
            "the key (y = 2) is no point of the curve",
            around(&no_point, &right),
        ),
        bad("signature-key-not-canonical", "the key's y is above the prime", around(&beyond, &right)),
    ]
}

/// Adds L to the second half of a signature, little endian.
fn plus_order(mut signature: [u8; 64]) -> [u8; 64] {
    let mut carry = 0;
    for (byte, order) in signature.iter_mut().skip(32).zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum.to_be_bytes()[1];
        carry = sum >> 8;
    }
    signature
}
