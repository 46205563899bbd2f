//! Signed records of about 2 KiB as towns write them, made of given sentences.

#![allow(dead_code, reason = "each program that shares this file uses a part of it")]

use record::envelope::Statement;
use record::key::SecretKey;
use record::moment::Moment;
use record::name::LANDS;
use record::name::Name;
use record::name::NetworkName;
use record::statement::Code;
use record::statement::Content;
use record::statement::RecordId;
use record::statement::Said;
use record::statement::sha256;
use record::value::Map;
use record::value::Value;
use replica::order::Head;
use replica::order::HeadKey;
use replica::order::Rank;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Publishers among whom the records are spread; about as many municipalities as there are.
pub(crate) const PUBLISHERS: u64 = 11_000;

/// What stands in for them where the folder is absent.
const WORDS: &str = "Gemeinde Rathaus Straße Antrag Bürgerin Bauhof Sensor Wasser Schule Haushalt Beschluss \
    Verwaltung Karte Daten Termin Bericht Ergebnis Förderung Stelle Kosten Zeitraum Anleitung Beteiligung \
    Klima Verkehr Energie Pflege Spielplatz Bibliothek Leitstelle Formular Zugang Betrieb Wartung Partner";

/// Sentences to make records of.
pub(crate) struct Texts(Vec<String>);

impl Texts {
    /// These sentences.
    pub(crate) fn of(sentences: Vec<String>) -> Texts {
        Texts(sentences)
    }

    /// A few words of our own, the same on every machine.
    pub(crate) fn words() -> Texts {
        Texts(WORDS.split_whitespace().map(str::to_owned).collect())
    }

    fn pick(&self, dice: &mut Dice) -> &str {
        let at = usize::try_from(dice.throw()).unwrap_or_default() % self.0.len().max(1);
        self.0.get(at).map_or("", String::as_str)
    }
}

/// The same throws on every machine (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) >> 1
    }
}

pub(crate) fn network() -> Result<NetworkName, Failure> {
    Ok("allmende-sample".parse()?)
}

/// The publisher of the record with this number.
pub(crate) fn publisher(number: u64) -> Result<Name, Failure> {
    let number = Dice(number).throw() % PUBLISHERS;
    let land = LANDS.get(usize::try_from(number)? % LANDS.len()).map_or("th", |(land, _)| *land);
    Ok(format!("{land}.ort-{number:05}").parse()?)
}

/// The signed record with this number, in this version; higher numbers are issued later.
pub(crate) fn statement(texts: &Texts, number: u64, version: u64) -> Result<Statement, Failure> {
    sealed(number, version, Said::Body(body(texts, number, version)))
}

/// What the record with this number says in this version.
pub(crate) fn body(texts: &Texts, number: u64, version: u64) -> Map {
    let mut dice = Dice(number.wrapping_mul(31).wrapping_add(version));
    let mut sentences = |bytes: usize| {
        let mut text = String::new();
        while text.len() < bytes {
            text.push_str(texts.pick(&mut dice));
            text.push(' ');
        }
        text
    };
    Map::from([
        ("title".to_owned(), Map::from([("de".to_owned(), sentences(40).into())]).into()),
        ("summary".to_owned(), Map::from([("de".to_owned(), sentences(120).into())]).into()),
        ("challenge".to_owned(), sentences(220).into()),
        ("approach".to_owned(), sentences(360).into()),
        ("results".to_owned(), sentences(300).into()),
        ("lessons".to_owned(), sentences(180).into()),
        ("phase".to_owned(), "permanent".into()),
        ("measure_type".to_owned(), Value::List(vec!["data".into(), "process".into()])),
        ("action_fields".to_owned(), Value::List(vec!["climate".into()])),
        ("evidence_level".to_owned(), "measured".into()),
    ])
}

/// Signs what is said in a version of the record with this number.
pub(crate) fn sealed(number: u64, version: u64, said: Said) -> Result<Statement, Failure> {
    let kind: Code = "measure".parse()?;
    let name = publisher(number)?;
    let seed = sha256(&[b"sample", name.as_str().as_bytes()]);
    let hash = sha256(&[&number.to_be_bytes()]);
    let record = RecordId::v7(1_760_000_000_000 + number * 977, *hash.first_chunk().ok_or("32 bytes")?);
    let issued = Moment::from_seconds(1_760_000_000 + number + version).ok_or("a near moment")?;
    let content = Content { publisher: name, record, kind, schema: 1, epoch: 1, version, issued, said };
    Ok(Statement::seal(&content, &SecretKey::from_seed(seed), &network()?)?)
}

/// The head that a statement makes where it stands.
pub(crate) fn head(statement: &Statement) -> Head {
    let content = statement.content();
    let rank = Rank { epoch: content.epoch, version: content.version, id: statement.id() };
    Head { key: HeadKey::of(content), rank, issued: content.issued }
}
