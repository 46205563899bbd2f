//! Vectors whose payload is deterministic CBOR but not that of a statement; the signature holds.

use crate::bytes::Envelope;
use crate::bytes::Payload;
use crate::bytes::RECORD;
use crate::bytes::bytes;
use crate::bytes::head;
use crate::bytes::list;
use crate::bytes::text;
use crate::bytes::uint;
use crate::vector::Vector;
use record::bounds::MOMENT_MAX;

/// All bad vectors of this sort.
pub(crate) fn vectors() -> Vec<Vector> {
    let mut all = shapes();
    all.extend(counters());
    all.extend(publishers());
    all.extend(codes());
    all
}

fn bad(name: &str, code: &'static str, why: &str, payload: &Payload) -> Vector {
    Vector::bad(name, code, why, Envelope::around(&payload.encode()).encode())
}

/// The plain payload with one field changed.
fn with(name: &str, code: &'static str, why: &str, key: &str, value: Vec<u8>) -> Vector {
    bad(name, code, why, &Payload::plain().with(key, value))
}

fn shapes() -> Vec<Vector> {
    let item = |name: &str, why: &str, payload: &[u8]| {
        Vector::bad(name, "payload-not-map", why, Envelope::around(payload).encode())
    };
    let mut all = vec![
        item("payload-is-list", "the payload is a list", &list(&[])),
        item("payload-holds-text", "the payload is one text", &text("th.jena")),
        item("payload-is-number", "the payload is a number", &uint(1)),
        item("payload-is-true", "the payload is a truth value", &head(7, 21)),
        with(
            "field-unknown",
            "payload-unknown",
            "a field beside body that the format does not know",
            "previous",
            bytes(&[7; 32]),
        ),
        with("field-empty-key", "payload-unknown", "a field with an empty key", "", uint(1)),
        with("body-and-retracted", "payload-said", "a body and a retraction", "retracted", text("outdated")),
        bad("body-missing", "payload-said", "neither body nor retraction", &Payload::plain().without("body")),
        with("body-is-list", "payload-field", "the body is a list", "body", list(&[])),
        with("record-of-15-bytes", "payload-field", "a record id of 15 bytes", "record", bytes(&[7; 15])),
        with("record-of-17-bytes", "payload-field", "a record id of 17 bytes", "record", bytes(&[7; 17])),
        with(
            "record-is-text",
            "payload-field",
            "the record id written as UUID",
            "record",
            text("01a19b45-b800-7a5a-9a5a-5a5a5a5a5a5a"),
        ),
        with(
            "publisher-is-bytes",
            "payload-field",
            "the publisher's name as byte string",
            "publisher",
            bytes(b"th.jena"),
        ),
        with("kind-is-number", "payload-field", "the kind is a number", "kind", uint(1)),
        bad(
            "retracted-is-true",
            "payload-field",
            "the reason of the retraction is a truth value",
            &Payload::plain().without("body").with("retracted", head(7, 21)),
        ),
    ];
    for key in ["publisher", "record", "kind", "schema", "epoch", "version", "issued"] {
        all.push(bad(
            &format!("{key}-missing"),
            "payload-missing",
            &format!("no field \"{key}\""),
            &Payload::plain().without(key),
        ));
    }
    all
}

fn counters() -> Vec<Vector> {
    let mut all = Vec::new();
    for key in ["schema", "epoch", "version", "issued"] {
        let field = |end: &str, why: String, value: Vec<u8>| {
            with(&format!("{key}-{end}"), "payload-field", &why, key, value)
        };
        all.push(field("0", format!("{key} is 0; it counts from 1"), uint(0)));
        all.push(field("negative", format!("{key} is -1"), head(1, 0)));
        all.push(field("is-text", format!("{key} is a text"), text("1")));
    }
    all.push(with(
        "issued-in-year-10000",
        "payload-field",
        "a moment after the year 9999",
        "issued",
        uint(MOMENT_MAX + 1),
    ));
    all.push(with(
        "record-is-list",
        "payload-field",
        "the record id as list of numbers",
        "record",
        list(&RECORD.map(|byte| uint(byte.into()))),
    ));
    all
}

fn publishers() -> Vec<Vector> {
    let label = "a".repeat(32);
    let too_long = format!("th.{label}.{label}.{}", "a".repeat(28));
    [
        ("publisher-empty", "an empty name", ""),
        ("publisher-upper-case", "an upper-case letter in a name", "th.Jena"),
        ("publisher-umlaut", "an umlaut in a name", "th.köthen"),
        ("publisher-blank", "a blank in a name", "th.jena "),
        ("publisher-unknown-land", "a first label that is no Land", "xx.jena"),
        ("publisher-land-last", "the Land stands last", "jena.th"),
        ("publisher-leading-dot", "an empty first label", ".th.jena"),
        ("publisher-trailing-dot", "an empty last label", "th.jena."),
        ("publisher-two-dots", "an empty label in the middle", "th..jena"),
        ("publisher-5-labels", "five labels", "th.a.b.c.d"),
        ("publisher-label-of-33", "a label of 33 characters", &format!("th.{}", "a".repeat(33))),
        ("publisher-of-97-bytes", "a name of 97 bytes", &too_long),
    ]
    .into_iter()
    .map(|(name, why, publisher)| with(name, "payload-publisher", why, "publisher", text(publisher)))
    .collect()
}

fn codes() -> Vec<Vector> {
    let kinds = [
        ("kind-empty", "an empty kind", ""),
        ("kind-upper-case", "an upper-case letter in a kind", "Measure"),
        ("kind-digit-first", "a kind that begins with a digit", "3d-model"),
        ("kind-hyphen-first", "a kind that begins with a hyphen", "-measure"),
        ("kind-underscore", "an underscore in a kind", "heat_plan"),
        ("kind-of-33-bytes", "a kind of 33 bytes", &"k".repeat(33)),
    ];
    let reasons = [
        ("retracted-empty", "an empty reason", ""),
        ("retracted-sentence", "a sentence as reason; a code is wanted", "no longer true"),
        ("retracted-umlaut", "an umlaut in a reason", "überholt"),
    ];
    let kinds = kinds.map(|(name, why, kind)| with(name, "payload-code", why, "kind", text(kind)));
    let reasons = reasons.map(|(name, why, reason)| {
        bad(name, "payload-code", why, &Payload::plain().without("body").with("retracted", text(reason)))
    });
    kinds.into_iter().chain(reasons).collect()
}
