//! Vectors whose envelope is not the one form that SPEC.md allows; the signature itself holds.

use crate::bytes::Envelope;
use crate::bytes::JENA;
use crate::bytes::NETWORK;
use crate::bytes::Payload;
use crate::bytes::bytes;
use crate::bytes::external_aad;
use crate::bytes::head;
use crate::bytes::map;
use crate::bytes::of_size;
use crate::bytes::protected;
use crate::bytes::text;
use crate::bytes::uint;
use crate::vector::Vector;
use record::bounds::STATEMENT_BYTES_MAX;
use record::key::SecretKey;

/// All bad vectors of this sort.
pub(crate) fn vectors() -> Vec<Vector> {
    let mut all = frames();
    all.extend(parts());
    all.extend(lengths());
    all.extend(headers());
    all
}

fn plain() -> Envelope {
    Envelope::around(&Payload::plain().encode())
}

fn frames() -> Vec<Vector> {
    let whole = plain().encode();
    let cut = |end: usize| whole.iter().copied().take(end).collect::<Vec<u8>>();
    let before = |prefix: &[u8]| [prefix, &whole].concat();
    let bad = Vector::bad;
    vec![
        bad("empty", "cbor-truncated", "no byte at all", Vec::new()),
        bad(
            "rubbish",
            "envelope",
            "a text that is no CBOR; its first byte is the head of another text",
            b"lorem ipsum".to_vec(),
        ),
        bad(
            "oversize",
            "oversize",
            "one byte more than a statement may have",
            of_size(STATEMENT_BYTES_MAX + 1),
        ),
        bad("truncated", "cbor-truncated", "the last byte of the signature is missing", cut(whole.len() - 1)),
        bad("truncated-after-tag", "cbor-truncated", "only the tag is there", cut(1)),
        bad(
            "trailing",
            "cbor-trailing",
            "a byte follows after the signature",
            [whole.as_slice(), &[0]].concat(),
        ),
        bad("twice", "cbor-trailing", "the statement stands there twice", before(&whole)),
        bad("tag-missing", "envelope", "an untagged COSE_Sign1", cut(whole.len()).split_off(1)),
        bad(
            "tag-17",
            "envelope",
            "tag 17 (COSE_Mac0) in place of 18",
            Envelope { tag: head(6, 17), ..plain() }.encode(),
        ),
        bad(
            "tag-98",
            "envelope",
            "tag 98 (COSE_Sign) in place of 18",
            Envelope { tag: head(6, 98), ..plain() }.encode(),
        ),
        bad("tag-twice", "envelope", "tag 18 twice", before(&head(6, 18))),
        bad(
            "tag-self-described",
            "envelope",
            "the tag 55799 (self-described CBOR) in front",
            before(&head(6, 55_799)),
        ),
        bad(
            "head-reserved",
            "cbor-malformed",
            "the head 0xdc has reserved additional information",
            before(&[0xdc]),
        ),
        bad(
            "array-of-3",
            "envelope",
            "an array of 3 in place of 4",
            Envelope { array: head(4, 3), ..plain() }.encode(),
        ),
        bad("array-of-5", "envelope", "an array of 5 in place of 4", {
            [Envelope { array: head(4, 5), ..plain() }.encode(), head(5, 0)].concat()
        }),
        bad(
            "array-is-map",
            "envelope",
            "a map of 2 in place of the array of 4",
            Envelope { array: head(5, 2), ..plain() }.encode(),
        ),
    ]
}

fn parts() -> Vec<Vector> {
    let bad = Vector::bad;
    let key = SecretKey::from_seed(JENA).public();
    let payload = Payload::plain().encode();
    let kid = map(&[(uint(4), bytes(b"jena"))]);
    vec![
        bad(
            "protected-is-map",
            "cbor-unexpected",
            "the protected header as a map, not inside a byte string",
            Envelope { protected: protected(key.as_bytes()), ..plain() }.encode(),
        ),
        bad(
            "unprotected-not-empty",
            "envelope",
            "a key id in the unprotected header, which no signature covers",
            Envelope { unprotected: kid, ..plain() }.encode(),
        ),
        bad(
            "unprotected-is-list",
            "envelope",
            "an empty list in place of the empty unprotected header",
            Envelope { unprotected: head(4, 0), ..plain() }.encode(),
        ),
        bad(
            "payload-detached",
            "cbor-simple",
            "nil in place of the payload (detached content)",
            Envelope { payload: vec![0xf6], ..plain() }.encode(),
        ),
        bad(
            "payload-is-text",
            "cbor-unexpected",
            "the payload as a text, not as a byte string",
            Envelope { payload: text("moin"), ..plain() }.encode(),
        ),
        bad(
            "payload-not-wrapped",
            "cbor-unexpected",
            "the payload map itself, not inside a byte string",
            Envelope { payload, ..plain() }.encode(),
        ),
        bad(
            "signature-of-63-bytes",
            "envelope",
            "a signature of 63 bytes",
            Envelope { signature: bytes(&[7; 63]), ..plain() }.encode(),
        ),
        bad(
            "signature-of-65-bytes",
            "envelope",
            "a signature of 65 bytes",
            Envelope { signature: bytes(&[7; 65]), ..plain() }.encode(),
        ),
        bad(
            "signature-is-text",
            "cbor-unexpected",
            "the signature as a text",
            Envelope { signature: text(&"7".repeat(64)), ..plain() }.encode(),
        ),
        bad(
            "signature-is-float",
            "cbor-float",
            "a floating point number in place of the signature",
            Envelope { signature: vec![0xf9, 0x3c, 0x00], ..plain() }.encode(),
        ),
    ]
}

fn lengths() -> Vec<Vector> {
    let bad = Vector::bad;
    let payload = Payload::plain().encode();
    let chunked = [&[0x5f][..], &bytes(&payload), &[0xff]].concat();
    vec![
        bad(
            "tag-not-shortest",
            "cbor-not-shortest",
            "tag 18 written in two bytes",
            Envelope { tag: vec![0xd8, 0x12], ..plain() }.encode(),
        ),
        bad(
            "array-not-shortest",
            "cbor-not-shortest",
            "the array's length written in two bytes",
            Envelope { array: vec![0x98, 0x04], ..plain() }.encode(),
        ),
        bad(
            "unprotected-not-shortest",
            "cbor-not-shortest",
            "the empty map's length written in two bytes",
            Envelope { unprotected: vec![0xb8, 0x00], ..plain() }.encode(),
        ),
        bad(
            "payload-length-not-shortest",
            "cbor-not-shortest",
            "the payload's length written in five bytes",
            {
                let length = [&[0x5a][..], &(payload.len() as u32).to_be_bytes()].concat();
                Envelope { payload: [length, payload.clone()].concat(), ..plain() }.encode()
            },
        ),
        bad("array-indefinite", "cbor-indefinite", "the array of 4 with an indefinite length", {
            [Envelope { array: vec![0x9f], ..plain() }.encode(), vec![0xff]].concat()
        }),
        bad(
            "unprotected-indefinite",
            "cbor-indefinite",
            "the empty map with an indefinite length",
            Envelope { unprotected: vec![0xbf, 0xff], ..plain() }.encode(),
        ),
        bad(
            "payload-indefinite",
            "cbor-indefinite",
            "the payload in chunks",
            Envelope { payload: chunked, ..plain() }.encode(),
        ),
        bad(
            "payload-length-lies",
            "cbor-truncated",
            "the payload announces 2^40 bytes",
            Envelope { payload: [head(2, 1 << 40), payload].concat(), ..plain() }.encode(),
        ),
    ]
}

/// Each header is signed as it stands, so that nothing but the header is wrong.
fn headers() -> Vec<Vector> {
    let key = SecretKey::from_seed(JENA).public();
    let media = || text("application/vnd.allmende.statement+cbor");
    let alg = |value: Vec<u8>| (uint(1), value);
    let typ = |value: Vec<u8>| (uint(3), value);
    let kid = |value: &[u8]| (uint(4), bytes(value));
    let ed25519 = || alg(head(1, 18));
    let bad = |name: &str, why: &str, header: Vec<u8>| {
        let payload = Payload::plain().encode();
        let envelope = Envelope::with_header(&JENA, &header, &external_aad(NETWORK), &payload);
        Vector::bad(name, "header", why, envelope.encode())
    };
    let right = [ed25519(), typ(media()), kid(key.as_bytes())];
    let [first, second, third] = right.clone();
    vec![
        bad("header-empty", "an empty protected header", Vec::new()),
        bad(
            "header-eddsa",
            "algorithm -8 (EdDSA), which RFC 9864 deprecates, in place of -19",
            map(&[alg(head(1, 7)), typ(media()), kid(key.as_bytes())]),
        ),
        bad(
            "header-es256",
            "algorithm -7 (ES256) in place of -19",
            map(&[alg(head(1, 6)), typ(media()), kid(key.as_bytes())]),
        ),
        bad("header-without-algorithm", "no algorithm", map(&[second.clone(), third.clone()])),
        bad("header-without-type", "no content type", map(&[first.clone(), third.clone()])),
        bad(
            "header-other-type",
            "the content type application/cbor",
            map(&[ed25519(), typ(text("application/cbor")), kid(key.as_bytes())]),
        ),
        bad("header-without-key", "no key", map(&[first.clone(), second.clone()])),
        bad(
            "header-key-of-31-bytes",
            "a key of 31 bytes",
            map(&[
                ed25519(),
                typ(media()),
                kid(&key.as_bytes().iter().copied().take(31).collect::<Vec<_>>()),
            ]),
        ),
        bad(
            "header-unsorted",
            "the same header with the key before the content type",
            map(&[first, third, second]),
        ),
        bad("header-critical", "one header more (2, crit)", {
            let [alg, typ, kid] = right.clone();
            map(&[alg, (uint(2), head(4, 0)), typ, kid])
        }),
        bad("header-trailing", "a byte follows after the header's map", [map(&right), vec![0]].concat()),
        bad("header-not-shortest", "the map's length written in two bytes", {
            let entries: Vec<u8> = map(&right).split_off(1);
            [vec![0xb8, 0x03], entries].concat()
        }),
    ]
}
