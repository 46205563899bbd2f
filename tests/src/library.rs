//! A large library for benches: attested towns and their practice records, signed, and how a store takes them in bulk.

use record::attestation::Attestation;
use record::document::Document;
use record::envelope::Statement;
use record::key::SecretKey;
use record::moment::Moment;
use record::name::NetworkName;
use record::statement::Content;
use record::statement::RecordId;
use record::statement::Said;
use record::statement::sha256;
use record::value::Map;
use record::value::Value;
use replica::admit::Replica;
use std::error::Error;
use std::time::SystemTime;
use store::disk::Disk;

/// Statements that are admitted together.
const BUNDLE: usize = 512;
/// Towns that the records belong to.
const TOWNS: u32 = 20;
/// The bytes of one record, about.
const RECORD_BYTES: usize = 2_048;

/// Checks the statements with two threads, admits them in bundles, and brings them to the disk.
pub fn ingest(
    replica: &mut Replica<Disk>,
    network: &NetworkName,
    statements: &[Vec<u8>],
) -> Result<(), Box<dyn Error>> {
    let opened = |chunk: &[Vec<u8>]| -> Result<Vec<Statement>, record::envelope::OpenError> {
        chunk.iter().map(|bytes| Statement::open(bytes, network)).collect()
    };
    // Two threads check the next bundle while this one is admitted.
    std::thread::scope(|scope| -> Result<(), Box<dyn Error>> {
        let (sender, bundles) = std::sync::mpsc::sync_channel(2);
        scope.spawn(move || {
            for bundle in statements.chunks(BUNDLE) {
                let (one, other) = bundle.split_at(bundle.len() / 2);
                let both = std::thread::scope(|scope| {
                    let other = scope.spawn(|| opened(other));
                    let one = opened(one);
                    (one, other.join())
                });
                let (Ok(mut one), Ok(Ok(other))) = both else { return };
                one.extend(other);
                if sender.send(one).is_err() {
                    return;
                }
            }
        });
        for bundle in bundles {
            replica.admit_many(bundle, now())?;
        }
        Ok(replica.flush()?)
    })
}

/// The key of a body of these benches.
pub fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(sha256(&[name.as_bytes()]))
}

/// The moment of asking.
pub fn now() -> Moment {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Moment::from_seconds(seconds).expect("the clock shows a time before the year 10000")
}

/// The attestations of a few towns, and their records in the order of their issue.
pub fn library(document: &Document, records: u32) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let mut statements = Vec::new();
    let begin = now().minus(u64::from(records) + 100_000);
    let town = |number: u32| format!("th.town-{}", number % TOWNS);
    for number in 0..TOWNS {
        let name = town(number);
        let attestation = Attestation {
            subject: name.parse()?,
            name: name.clone(),
            org_type: "municipality".to_owned(),
            ars: None,
            keys: vec![key(&name).public()],
            epoch: 1,
            floor: 1,
            may_attest: false,
            not_before: begin,
            not_after: None,
        };
        let content = Content {
            publisher: "th".parse()?,
            record: Attestation::record_id(&attestation.subject, 1),
            kind: record::attestation::KIND.parse()?,
            schema: 1,
            epoch: 1,
            version: 1,
            issued: begin,
            said: Said::Body(attestation.to_body()),
        };
        statements.push(Statement::seal(&content, &key("th"), &document.network)?.bytes().to_vec());
    }
    let words =
        ["Baum", "Bewässerung", "Sensor", "Bürger", "Meldung", "Straße", "Haushalt", "Schule", "Verkehr"];
    for number in 0..records {
        let name = town(number);
        let mut text = String::new();
        let mut dice = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        while text.len() < RECORD_BYTES - 300 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = usize::try_from(dice >> 33).unwrap_or(0);
            text.push_str(words.get(at % words.len()).copied().unwrap_or_default());
            text.push_str(&format!("{} ", (dice >> 40) % 997));
        }
        let content = Content {
            publisher: name.parse()?,
            record: RecordId::derived(&[&number.to_be_bytes()]),
            kind: "measure".parse()?,
            schema: 1,
            epoch: 1,
            version: 1,
            issued: begin.plus(u64::from(number)),
            said: Said::Body(Map::from([
                ("title".to_owned(), format!("Maßnahme {number}").into()),
                ("summary".to_owned(), "Was die Stadt damit erreicht hat, in einem Satz gesagt.".into()),
                ("action_fields".to_owned(), Value::List(vec![fields_of(number).into()])),
                ("approach".to_owned(), text.into()),
            ])),
        };
        statements.push(Statement::seal(&content, &key(&name), &document.network)?.bytes().to_vec());
    }
    Ok(statements)
}

/// An action field, another one for each record.
fn fields_of(number: u32) -> &'static str {
    ["administration", "climate", "mobility", "education"]
        .get(number as usize % 4)
        .copied()
        .unwrap_or("administration")
}
