//! Heads by the million for two sides, and what one of them missed.

use record::attestation::Attestation;
use record::document::Anchor;
use record::document::Document;
use record::envelope::Statement;
use record::key::SecretKey;
use record::moment::Moment;
use record::name::LANDS;
use record::name::Name;
use record::statement::Content;
use record::statement::RecordId;
use record::statement::Said;
use record::statement::StatementId;
use record::statement::sha256;
use record::value::Map;
use replica::keeper::Keeper;
use replica::keeper::Step;
use replica::memory::MemoryKeeper;
use replica::order::Bucket;
use replica::order::Head;
use replica::order::HeadKey;
use replica::order::Place;
use replica::order::Rank;
use replica::order::Set;
use std::sync::Arc;

/// Municipalities of each Land by the tens, so that Länder are of the sizes they are; the order is that of `LANDS`.
const TOWNS: [usize; 17] = [41, 1, 2, 110, 206, 1, 42, 1, 73, 94, 40, 230, 111, 5, 42, 22, 62];
/// When both sides last agreed.
const AGREED: u64 = 1_793_606_400;
/// Over how long what both hold was issued, in seconds: five years.
const SPAN_SECONDS: u64 = 5 * 365 * 24 * 60 * 60;
/// How long ago both agreed, in seconds: over a long weekend.
const AWAY_SECONDS: u64 = 3 * 24 * 60 * 60;
/// One head in so many belongs to a burst.
const BURST_EVERY: u64 = 10;
/// Heads of a burst, which all share a second.
const BURST_HEADS: u64 = 50;
/// Steps in one transaction.
const STEPS: usize = 10_000;

/// What both sides hold.
#[derive(Debug)]
pub(crate) struct Library {
    towns: Vec<(Name, SecretKey)>,
    /// The document of the network.
    pub(crate) document: Document,
    /// A keeper with all of it.
    pub(crate) keeper: MemoryKeeper,
    keys: Vec<HeadKey>,
}

/// When both sides last agreed.
pub(crate) fn agreed() -> Moment {
    Moment::from_seconds(AGREED).expect("the moment is near")
}

/// The time on both clocks.
pub(crate) fn now() -> Moment {
    agreed().plus(AWAY_SECONDS)
}

/// A number that looks drawn and is the same each time.
fn draw(what: &str, number: u64) -> u64 {
    let hash = sha256(&[what.as_bytes(), &number.to_be_bytes()]);
    hash.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

/// Where the heads of a library stand, by bucket; for what needs no keeper.
pub(crate) fn places(count: usize) -> Vec<(Bucket, Place)> {
    let towns: Vec<Name> = names().collect();
    // One piece of memory, made once: what is freed here would be used by what is measured afterwards.
    let mut places: Vec<(Bucket, Place)> = Vec::with_capacity(count);
    places.extend((0..count as u64).filter_map(|number| {
        let town = towns.get(pick("town", number, towns.len()))?;
        Some((Bucket::land(town.land())?, place(number)))
    }));
    places.sort_unstable();
    places
}

fn pick(what: &str, number: u64, among: usize) -> usize {
    usize::try_from(draw(what, number) % among.max(1) as u64).unwrap_or_default()
}

fn place(number: u64) -> Place {
    let moment = match number % BURST_EVERY {
        0 => draw("burst", number / BURST_EVERY / BURST_HEADS),
        _ => draw("moment", number),
    };
    let id = StatementId::from_bytes(sha256(&[b"head", &number.to_be_bytes()]));
    Place { issued: agreed().minus(1 + moment % SPAN_SECONDS), id }
}

fn names() -> impl Iterator<Item = Name> {
    LANDS.iter().zip(TOWNS).flat_map(|((land, _), towns)| {
        (0..towns).filter_map(move |town| format!("{land}.ort-{town}").parse().ok())
    })
}

fn key_of(name: &str) -> SecretKey {
    SecretKey::from_seed(sha256(&[name.as_bytes()]))
}

impl Library {
    /// A library of so many heads and the attestations of all towns. The attestations are signed; the heads are made
    /// up, because they are only compared.
    pub(crate) fn new(count: usize) -> Library {
        let towns: Vec<(Name, SecretKey)> =
            names().map(|name| (name.clone(), key_of(name.as_str()))).collect();
        let anchor = |(land, name): &(&str, &str)| {
            ((*land).to_owned(), Anchor { name: (*name).to_owned(), keys: vec![key_of(land).public()] })
        };
        let document = Document {
            network: "allmende-bench".parse().expect("it is a good name"),
            anchors: LANDS.iter().map(anchor).collect(),
            publisher_records_max: 1_000_000,
        };
        let made_up: Arc<[u8]> = Arc::from(b"made up".as_slice());
        let keys: Vec<HeadKey> = (0..count as u64)
            .filter_map(|number| {
                let (publisher, _) = towns.get(pick("town", number, towns.len()))?;
                let record = RecordId::derived(&[&number.to_be_bytes()]);
                Some(HeadKey { set: Set::Records, publisher: publisher.clone(), record })
            })
            .collect();
        let mut library = Library { towns, document, keeper: MemoryKeeper::default(), keys };
        let attested: Vec<Statement> = library.towns.iter().map(|town| library.attest(town)).collect();
        stand(&mut library.keeper, &attested);
        let heads = library.keys.iter().zip(0..).map(|(key, number)| {
            let Place { issued, id } = place(number);
            Step::Stand(
                Head { key: key.clone(), rank: Rank { epoch: 1, version: 1, id }, issued },
                made_up.clone(),
            )
        });
        apply(&mut library.keeper, &heads.collect::<Vec<_>>());
        library
    }

    /// How many heads, without the attestations.
    pub(crate) fn heads(&self) -> usize {
        self.keys.len()
    }

    fn attest(&self, (name, key): &(Name, SecretKey)) -> Statement {
        let attestation = Attestation {
            subject: name.clone(),
            name: name.to_string(),
            org_type: "municipality".to_owned(),
            ars: None,
            keys: vec![key.public()],
            epoch: 1,
            floor: 1,
            may_attest: false,
            not_before: agreed().minus(2 * SPAN_SECONDS),
            not_after: None,
        };
        let content = Content {
            publisher: name.land().parse().expect("a Land is a name"),
            record: Attestation::record_id(name, 1),
            kind: record::attestation::KIND.parse().expect("it is a code"),
            schema: 1,
            epoch: 1,
            version: 1,
            issued: agreed().minus(SPAN_SECONDS),
            said: Said::Body(attestation.to_body()),
        };
        self.seal(&content, &key_of(name.land()))
    }

    fn seal(&self, content: &Content, key: &SecretKey) -> Statement {
        Statement::seal(content, key, &self.document.network).expect("the content has a form")
    }

    fn say(&self, key: &HeadKey, version: u64, issued: Moment) -> Statement {
        let title = format!("Mängelmelder, {version}. Fassung");
        let content = Content {
            publisher: key.publisher.clone(),
            record: key.record,
            kind: "note".parse().expect("it is a code"),
            schema: 1,
            epoch: 1,
            version,
            issued,
            said: Said::Body(Map::from([("title".to_owned(), title.as_str().into())])),
        };
        self.seal(&content, &key_of(key.publisher.as_str()))
    }

    /// So many records that got a new version since both agreed.
    pub(crate) fn updates(&self, count: usize) -> Vec<Statement> {
        let step = self.keys.len() / count;
        let keys = self.keys.iter().skip(pick("first", 0, step)).step_by(step).take(count);
        keys.zip(0..)
            .map(|(key, number)| self.say(key, 2, agreed().plus(draw("update", number) % AWAY_SECONDS)))
            .collect()
    }

    /// So many records that were issued at any time.
    pub(crate) fn scattered(&self, count: usize) -> Vec<Statement> {
        let made = (0..count as u64).filter_map(|number| {
            let (publisher, _) = self.towns.get(pick("scattered", number, self.towns.len()))?;
            let record = RecordId::derived(&[b"scattered", &number.to_be_bytes()]);
            let key = HeadKey { set: Set::Records, publisher: publisher.clone(), record };
            Some(self.say(&key, 1, agreed().minus(1 + draw("anytime", number) % SPAN_SECONDS)))
        });
        made.collect()
    }
}

/// Lets signed statements stand.
pub(crate) fn stand(keeper: &mut MemoryKeeper, statements: &[Statement]) {
    let step = |statement: &Statement| {
        let content = statement.content();
        let rank = Rank { epoch: content.epoch, version: content.version, id: statement.id() };
        let head = Head { key: HeadKey::of(content), rank, issued: content.issued };
        Step::Stand(head, statement.bytes().clone())
    };
    apply(keeper, &statements.iter().map(step).collect::<Vec<_>>());
}

fn apply(keeper: &mut MemoryKeeper, steps: &[Step]) {
    for steps in steps.chunks(STEPS) {
        keeper.apply(steps).expect("memory takes all of it");
    }
}
