//! Vectors that open: every sort of statement, and every limit from its good side.

use crate::bytes::Envelope;
use crate::bytes::ISSUED;
use crate::bytes::JENA;
use crate::bytes::NETWORK;
use crate::bytes::Payload;
use crate::bytes::THUERINGEN;
use crate::bytes::bytes;
use crate::bytes::fields;
use crate::bytes::head;
use crate::bytes::list;
use crate::bytes::map;
use crate::bytes::of_size;
use crate::bytes::protected;
use crate::bytes::text;
use crate::bytes::uint;
use crate::torsion;
use crate::vector::Vector;
use record::attestation::Attestation;
use record::bounds::MOMENT_MAX;
use record::bounds::STATEMENT_BYTES_MAX;
use record::key::SecretKey;

/// All good vectors.
pub(crate) fn vectors() -> Vec<Vector> {
    let mut all = sorts();
    all.extend(attestations());
    all.extend(limits());
    all.extend(values());
    all.extend(elsewhere());
    all
}

fn by_jena(name: &str, why: &str, payload: &Payload) -> Vector {
    Vector::good(name, why, JENA, Envelope::around(&payload.encode()).encode())
}

fn sorts() -> Vec<Vector> {
    let plain = Payload::plain;
    let titles = fields(&[
        ("de", text("Mängelmelder für Bürgerinnen und Bürger")),
        ("fr", text("Signalement de problèmes")),
        ("uk", text("Повідомлення про несправності")),
    ]);
    let unknown = fields(&[
        ("", text("the empty key")),
        ("b", uint(1)),
        ("aa", head(7, 21)),
        ("ß", head(7, 20)),
        ("title", text("\u{1f333} Stadtbäume")),
        ("x-soil-moisture", list(&[map(&[]), list(&[]), bytes(&[]), text("")])),
    ]);
    vec![
        by_jena("measure", "the statement that SPEC.md explains byte by byte", &plain()),
        by_jena(
            "measure-umlauts",
            "text beyond ASCII, in normalisation form C",
            &plain().with("body", fields(&[("title", titles)])),
        ),
        by_jena("body-empty", "a body without fields", &plain().with("body", map(&[]))),
        by_jena(
            "retraction",
            "a record is withdrawn: a reason code stands in place of the body",
            &plain().with("version", uint(2)).without("body").with("retracted", text("outdated")),
        ),
        by_jena(
            "kind-unknown",
            "a kind that no node knows yet is kept and relayed",
            &plain().with("kind", text("heat-plan-2031")).with("schema", uint(7)),
        ),
        by_jena(
            "fields-unknown",
            "body fields that no kind knows, every sort of value among them; keys sorted by their encoding",
            &plain().with("body", unknown),
        ),
    ]
}

fn attestations() -> Vec<Vector> {
    let of = |subject: &str, name: &str, org_type: &str, ars: &str, epoch: u64, key: &[u8; 32]| Attestation {
        subject: subject.parse().expect("the subject is a name"),
        name: name.to_owned(),
        org_type: org_type.to_owned(),
        ars: Some(ars.parse().expect("the ARS has 2 or 12 digits")),
        keys: vec![SecretKey::from_seed(*key).public()],
        epoch,
        floor: 1,
        may_attest: epoch == 2,
        not_before: record::moment::Moment::from_seconds(ISSUED).expect("2026 can be written"),
        not_after: None,
    };
    let by_th = |name: &str, why: &str, attestation: &Attestation| {
        let record = Attestation::record_id(&attestation.subject, attestation.epoch);
        let payload = Payload::plain()
            .with("publisher", text("th"))
            .with("kind", text("attestation"))
            .with("record", bytes(record.as_bytes()))
            .with("body", record::cbor::encode(&attestation.to_body().into()));
        Vector::good(
            name,
            why,
            THUERINGEN,
            Envelope::signed(&THUERINGEN, NETWORK, &payload.encode()).encode(),
        )
    };
    let jena = of("th.jena", "Stadt Jena", "municipality", "160530000000", 1, &JENA);
    let land = of("th", "Freistaat Thüringen", "state-body", "16", 2, &[3; 32]);
    vec![
        by_th(
            "attestation",
            "the anchor th vouches for th.jena; the record id follows from subject and epoch",
            &jena,
        ),
        by_th(
            "attestation-of-itself",
            "the anchor th binds the key of its second epoch, signed with that of its first",
            &land,
        ),
    ]
}

fn limits() -> Vec<Vector> {
    let plain = Payload::plain;
    let nested = (0..14).fold(uint(0), |inner, _| list(&[inner]));
    let label = "a".repeat(32);
    let longest = format!("th.{label}.{label}.{}", "a".repeat(27));
    let mut counters = plain().with("issued", uint(MOMENT_MAX));
    for key in ["schema", "epoch", "version"] {
        counters = counters.with(key, uint(u64::MAX));
    }
    vec![
        by_jena(
            "depth-16",
            "16 maps and lists inside each other, the payload included",
            &plain().saying(nested),
        ),
        Vector::good(
            "size-65536",
            "exactly as many bytes as a statement may have",
            JENA,
            of_size(STATEMENT_BYTES_MAX),
        ),
        by_jena(
            "counters-highest",
            "the highest schema, epoch, version and moment that can be written",
            &counters,
        ),
        by_jena("issued-lowest", "the earliest moment that can be written", &plain().with("issued", uint(1))),
        by_jena(
            "publisher-longest",
            "a name of four labels and 96 bytes",
            &plain().with("publisher", text(&longest)),
        ),
        by_jena(
            "publisher-bund",
            "the federation stands beside the Länder",
            &plain().with("publisher", text("bund.x-1")),
        ),
        by_jena(
            "codes-longest",
            "a kind and a reason of 32 bytes",
            &plain()
                .with("kind", text(&"k".repeat(32)))
                .without("body")
                .with("retracted", text(&format!("r{}", "-0".repeat(15) + "z"))),
        ),
        by_jena(
            "record-of-any-bytes",
            "a record id is 16 bytes and nothing more is demanded of it here",
            &plain().with("record", bytes(&[0xff; 16])),
        ),
    ]
}

fn values() -> Vec<Vector> {
    let steps = [0, 23, 24, 0xff, 0x100, 0xffff, 0x1_0000, 0xffff_ffff, 0x1_0000_0000, u64::MAX];
    let numbers = fields(&[
        ("positive", list(&steps.map(uint))),
        ("negative", list(&steps.map(|step| head(1, step.min(u64::MAX >> 1))))),
    ]);
    let lengths = [0, 23, 24, 255, 256];
    let keys: Vec<(Vec<u8>, Vec<u8>)> =
        (10..34).map(|n: u8| (text(&n.to_string()), uint(n.into()))).collect();
    let heads = fields(&[
        ("list", list(&vec![uint(1); 24])),
        ("map", map(&keys)),
        ("texts", list(&lengths.map(|length| text(&"t".repeat(length))))),
        ("byte-strings", list(&lengths.map(|length| bytes(&vec![0xb5; length])))),
        (&"long key ".repeat(30), head(7, 21)),
    ]);
    let plain = Payload::plain;
    vec![
        by_jena(
            "numbers",
            "whole numbers at every step of the head's length",
            &plain().with("body", numbers),
        ),
        by_jena(
            "number-lowest",
            "-2^64, which JSON can only say as text",
            &plain().saying(head(1, u64::MAX)),
        ),
        by_jena(
            "lengths",
            "texts, byte strings, lists and maps at the steps of the head's length",
            &plain().with("body", heads),
        ),
    ]
}

fn elsewhere() -> Vec<Vector> {
    let longest = format!("{}.9", "n-".repeat(31));
    let payload = Payload::plain().encode();
    let with_torsion =
        Envelope::with_signature(&protected(&torsion::KEY), &payload, &torsion::HOLDS_WITHOUT_COFACTOR)
            .encode();
    vec![
        Vector {
            network: longest.clone(),
            ..Vector::good(
                "network-longest",
                "a statement of another network, whose name has 64 bytes",
                JENA,
                Envelope::signed(&JENA, &longest, &payload).encode(),
            )
        },
        Vector {
            seed: None,
            ..Vector::good(
                "key-with-torsion",
                "the key is no multiple of the base point, the equation without cofactor holds nevertheless: it opens",
                JENA,
                with_torsion,
            )
        },
    ]
}
