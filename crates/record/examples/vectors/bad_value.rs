//! Vectors whose payload is not deterministic CBOR; the signature over it holds.

use crate::bytes::Envelope;
use crate::bytes::Payload;
use crate::bytes::bytes;
use crate::bytes::fields;
use crate::bytes::head;
use crate::bytes::list;
use crate::bytes::map;
use crate::bytes::text;
use crate::bytes::uint;
use crate::vector::Vector;

/// All bad vectors of this sort.
pub(crate) fn vectors() -> Vec<Vector> {
    let mut all = ends();
    all.extend(not_shortest());
    all.extend(indefinite());
    all.extend(keys());
    all.extend(strange_items());
    all.extend(texts());
    all.extend(too_deep());
    all
}

/// A payload that is signed as it stands.
fn bad(name: &str, code: &'static str, why: &str, payload: Vec<u8>) -> Vector {
    Vector::bad(name, code, why, Envelope::around(&payload).encode())
}

/// A payload whose body has this value in its field "x".
fn saying(name: &str, code: &'static str, why: &str, value: &[u8]) -> Vector {
    bad(name, code, why, Payload::plain().saying(value.to_vec()).encode())
}

/// A payload with this body.
fn body(name: &str, code: &'static str, why: &str, body: Vec<u8>) -> Vector {
    bad(name, code, why, Payload::plain().with("body", body).encode())
}

fn ends() -> Vec<Vector> {
    let whole = Payload::plain().encode();
    let cut = |by: usize| whole.iter().copied().take(whole.len() - by).collect::<Vec<u8>>();
    let lying = |head: Vec<u8>| Payload::plain().saying(head).encode();
    vec![
        bad("payload-empty", "cbor-truncated", "a payload of no bytes", Vec::new()),
        bad("payload-truncated", "cbor-truncated", "the payload's last byte is missing", cut(1)),
        bad(
            "payload-trailing",
            "cbor-trailing",
            "a byte follows after the payload's map",
            [whole.as_slice(), &[0]].concat(),
        ),
        bad("payload-list-lies", "cbor-truncated", "a list announces 2^40 items", lying(head(4, 1 << 40))),
        bad("payload-map-lies", "cbor-truncated", "a map announces 2^40 entries", lying(head(5, 1 << 40))),
        bad("payload-text-lies", "cbor-truncated", "a text announces 2^64-1 bytes", lying(head(3, u64::MAX))),
        bad(
            "payload-bytes-lie",
            "cbor-truncated",
            "a byte string announces 2^63 bytes",
            lying(head(2, 1 << 63)),
        ),
        saying(
            "value-reserved-28",
            "cbor-malformed",
            "the head 0x1c has reserved additional information",
            &[0x1c],
        ),
        saying(
            "value-reserved-30",
            "cbor-malformed",
            "the head 0x7e has reserved additional information",
            &[0x7e],
        ),
        saying(
            "value-number-indefinite",
            "cbor-malformed",
            "the head 0x1f: numbers have no indefinite form",
            &[0x1f],
        ),
        saying("value-lone-break", "cbor-malformed", "a break where nothing is open", &[0xff]),
    ]
}

fn not_shortest() -> Vec<Vector> {
    let code = "cbor-not-shortest";
    let epoch = |name: &str, why: &str, number: &[u8]| {
        bad(name, code, why, Payload::plain().with("epoch", number.to_vec()).encode())
    };
    let mut entries = map(Payload::plain().entries());
    let payload_map = [vec![0xb8, 0x08], entries.split_off(1)].concat();
    vec![
        epoch("number-in-2-bytes", "1 written in two bytes", &[0x18, 0x01]),
        epoch("number-in-3-bytes", "255 written in three bytes", &[0x19, 0x00, 0xff]),
        epoch("number-in-5-bytes", "65535 written in five bytes", &[0x1a, 0x00, 0x00, 0xff, 0xff]),
        epoch(
            "number-in-9-bytes",
            "2^32-1 written in nine bytes",
            &[0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
        ),
        saying("number-negative-in-2-bytes", code, "-24 written in two bytes", &[0x38, 0x17]),
        saying("text-length-not-shortest", code, "a text's length written in two bytes", &[0x78, 0x01, b'a']),
        saying(
            "bytes-length-not-shortest",
            code,
            "a byte string's length written in three bytes",
            &[0x59, 0x00, 0x01, 7],
        ),
        saying("list-length-not-shortest", code, "a list's length written in two bytes", &[0x98, 0x01, 0x01]),
        saying("map-length-not-shortest", code, "a map's length written in two bytes", &[0xb8, 0x00]),
        saying("true-in-2-bytes", code, "true written in two bytes", &[0xf8, 0x15]),
        body(
            "key-length-not-shortest",
            code,
            "a key's length written in two bytes",
            map(&[([&[0x78, 0x05][..], b"title"].concat(), text("Moin"))]),
        ),
        bad("payload-map-not-shortest", code, "the payload map's length written in two bytes", payload_map),
    ]
}

fn indefinite() -> Vec<Vector> {
    let code = "cbor-indefinite";
    let mut entries = map(Payload::plain().entries());
    let payload_map = [vec![0xbf], entries.split_off(1), vec![0xff]].concat();
    vec![
        saying("text-indefinite", code, "a text in chunks", &[0x7f, 0x61, b'a', 0x61, b'b', 0xff]),
        saying("bytes-indefinite", code, "a byte string in chunks", &[0x5f, 0x41, 1, 0x41, 2, 0xff]),
        saying("list-indefinite", code, "a list with an indefinite length", &[0x9f, 0x01, 0x02, 0xff]),
        saying("map-indefinite", code, "a map with an indefinite length", &[0xbf, 0x61, b'a', 0x01, 0xff]),
        body(
            "key-indefinite",
            code,
            "a key in chunks",
            map(&[([&[0x7f, 0x65][..], b"title\xff"].concat(), text("Moin"))]),
        ),
        bad("payload-map-indefinite", code, "the payload map with an indefinite length", payload_map),
    ]
}

fn keys() -> Vec<Vector> {
    let one = || uint(1);
    let mut swapped = Payload::plain().entries().to_vec();
    swapped.swap(0, 1);
    let mut alphabetical = Payload::plain().entries().to_vec();
    alphabetical.sort_by_key(|(key, _)| key.iter().copied().skip(1).collect::<Vec<u8>>());
    let mut twice = Payload::plain().entries().to_vec();
    twice.extend(twice.last().cloned());
    vec![
        bad("payload-unsorted", "cbor-unsorted", "the payload's first two keys are swapped", map(&swapped)),
        bad(
            "payload-alphabetical",
            "cbor-unsorted",
            "the payload's keys in alphabetical order (body, epoch, issued ...)",
            map(&alphabetical),
        ),
        bad(
            "payload-duplicate-key",
            "cbor-duplicate-key",
            "the payload has its last field twice",
            map(&twice),
        ),
        body(
            "body-unsorted",
            "cbor-unsorted",
            "\"aa\" before \"b\": shorter keys come first",
            map(&[(text("aa"), one()), (text("b"), one())]),
        ),
        body(
            "body-duplicate-key",
            "cbor-duplicate-key",
            "a key of the body twice, with one value",
            map(&[(text("a"), one()), (text("a"), one())]),
        ),
        saying(
            "inner-unsorted",
            "cbor-unsorted",
            "a map inside the body is unsorted",
            &map(&[(text("b"), one()), (text("a"), one())]),
        ),
        saying(
            "inner-duplicate-key",
            "cbor-duplicate-key",
            "a map inside the body has a key twice, with two values",
            &map(&[(text("a"), one()), (text("a"), uint(2))]),
        ),
        body("key-is-number", "cbor-key-not-text", "a number as key", map(&[(one(), one())])),
        body("key-is-bytes", "cbor-key-not-text", "a byte string as key", map(&[(bytes(b"title"), one())])),
        body("key-is-list", "cbor-key-not-text", "a list as key", map(&[(list(&[]), one())])),
        bad(
            "payload-key-is-number",
            "cbor-key-not-text",
            "a payload map with numbers as keys",
            map(&[(one(), text("th.jena"))]),
        ),
    ]
}

fn strange_items() -> Vec<Vector> {
    let tagged = |number: u64, value: Vec<u8>| [head(6, number), value].concat();
    vec![
        saying("float-half", "cbor-float", "1.0 as half-precision number", &[0xf9, 0x3c, 0x00]),
        saying(
            "float-single",
            "cbor-float",
            "100000.0 as single-precision number",
            &[0xfa, 0x47, 0xc3, 0x50, 0x00],
        ),
        saying(
            "float-double",
            "cbor-float",
            "1.1 as double-precision number",
            &[0xfb, 0x3f, 0xf1, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a],
        ),
        saying("float-nan", "cbor-float", "not a number", &[0xf9, 0x7e, 0x00]),
        saying("tag-date", "cbor-tag", "tag 0 (a date as text)", &tagged(0, text("2026-11-02T08:00:00Z"))),
        saying(
            "tag-bignum",
            "cbor-tag",
            "tag 2 (2^64 as byte string)",
            &tagged(2, bytes(&[1, 0, 0, 0, 0, 0, 0, 0, 0])),
        ),
        saying(
            "tag-negative-bignum",
            "cbor-tag",
            "tag 3 (-1 - 2^64 as byte string)",
            &tagged(3, bytes(&[1, 0, 0, 0, 0, 0, 0, 0, 0])),
        ),
        bad(
            "payload-tagged",
            "cbor-tag",
            "the whole payload in a tag",
            tagged(55_799, Payload::plain().encode()),
        ),
        saying("null", "cbor-simple", "null; a field without a value is left out", &[0xf6]),
        saying("undefined", "cbor-simple", "undefined", &[0xf7]),
        saying("simple-0", "cbor-simple", "the unassigned simple value 0", &[0xe0]),
        saying("simple-255", "cbor-simple", "the unassigned simple value 255", &[0xf8, 0xff]),
        saying("null-in-list", "cbor-simple", "null inside a list", &list(&[vec![0xf6]])),
    ]
}

fn texts() -> Vec<Vector> {
    let raw = |contents: &[u8]| [head(3, contents.len() as u64).as_slice(), contents].concat();
    vec![
        saying(
            "text-not-utf8",
            "cbor-not-utf8",
            "the byte 0xfc (ü in ISO 8859-1) in a text",
            &raw(b"m\xfcde"),
        ),
        saying("text-overlong", "cbor-not-utf8", "an overlong encoding of /", &raw(b"\xc0\xaf")),
        saying("text-surrogate", "cbor-not-utf8", "half of a surrogate pair", &raw(b"\xed\xa0\x80")),
        saying("text-cut", "cbor-not-utf8", "a text that ends inside a character", &raw(b"M\xc3")),
        body("key-not-utf8", "cbor-not-utf8", "the byte 0xfc in a key", map(&[(raw(b"k\xfcche"), uint(1))])),
        saying("text-nfd", "cbor-not-nfc", "ü as u and U+0308", &text("Mu\u{308}hle")),
        saying(
            "text-singleton",
            "cbor-not-nfc",
            "the Ångström sign U+212B, whose composed form is U+00C5",
            &text("\u{212b}"),
        ),
        body("key-nfd", "cbor-not-nfc", "a key with u and U+0308", fields(&[("ku\u{308}che", uint(1))])),
    ]
}

fn too_deep() -> Vec<Vector> {
    let lists = |count: usize| (0..count).fold(uint(0), |inner, _| list(&[inner]));
    let maps = |count: usize| (0..count).fold(uint(0), |inner, _| fields(&[("x", inner)]));
    vec![
        saying(
            "depth-17",
            "cbor-too-deep",
            "17 maps and lists inside each other, the payload included",
            &lists(15),
        ),
        saying(
            "depth-17-maps",
            "cbor-too-deep",
            "17 maps inside each other, the payload included",
            &maps(15),
        ),
        saying(
            "depth-17-empty",
            "cbor-too-deep",
            "an empty list as the 17th container",
            &(0..14).fold(list(&[]), |inner, _| list(&[inner])),
        ),
        saying(
            "depth-10000",
            "cbor-too-deep",
            "10,000 lists inside each other",
            &[vec![0x81; 10_000], uint(0)].concat(),
        ),
    ]
}
