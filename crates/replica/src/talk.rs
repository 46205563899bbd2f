//! What two replicas say to each other when one asks for what it lacks: messages, and the answers to them.
//!
//! Messages are maps in the same deterministic CBOR as statements; the asker drives. It greets, compares
//! fingerprints, asks for ids of buckets that differ (attestations first), and for the statements it lacks.

use crate::admit::Replica;
use crate::bounds::TALK_BUCKETS_MAX;
use crate::bounds::TALK_BYTES_MAX;
use crate::bounds::TALK_IDS_MAX;
use crate::bounds::TALK_WANTED_MAX;
use crate::fingerprint::Fingerprint;
use crate::keeper::KeepError;
use crate::keeper::Keeper;
use crate::order::Bucket;
use crate::order::Place;
use record::cbor;
use record::document::Document;
use record::moment::Moment;
use record::statement::StatementId;
use record::statement::sha256;
use record::value::Map;
use record::value::Value;
use std::collections::BTreeMap;

/// The version of these messages; another one is refused in words.
pub const TALK_VERSION: u64 = 1;

/// How one side introduces itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// The version of the messages.
    pub version: u64,
    /// The name of the network.
    pub network: String,
    /// SHA-256 over the text of the network document: equal anchors, equal quota.
    pub document: [u8; 32],
    /// Count and fingerprint of every bucket that has heads.
    pub buckets: BTreeMap<Bucket, (u64, Fingerprint)>,
}

/// What the asker says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Who are you, and what do you hold?
    Greet(Greeting),
    /// Which places do you hold in this bucket, after this one?
    Places(Bucket, Option<Place>),
    /// Give me the statements at these places.
    Statements(Bucket, Vec<Place>),
}

/// What the asked side answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// This is what I hold.
    Greet(Greeting),
    /// The next places, and whether there are more.
    Places(Vec<Place>, bool),
    /// As many of the statements, from the first, as one frame takes.
    Statements(Vec<Vec<u8>>),
    /// I do not talk with you, and why.
    No(String),
}

/// Why a message cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the peer's message cannot be read: {0}")]
pub struct TalkError(String);

impl Greeting {
    /// The greeting of a replica.
    pub fn of<K: Keeper>(replica: &Replica<K>) -> Greeting {
        let buckets = replica
            .summaries()
            .into_iter()
            .map(|(bucket, summary)| (bucket, (summary.count(), summary.fingerprint())))
            .collect();
        let document: &Document = replica.document();
        Greeting {
            version: TALK_VERSION,
            network: document.network.to_string(),
            document: sha256(&[document.write().as_bytes()]),
            buckets,
        }
    }

    /// Whether these two can talk; if not, why, in words for both operators.
    pub fn suits(&self, other: &Greeting) -> Result<(), String> {
        if self.network != other.network {
            return Err(format!("one is in the network {}, the other in {}", self.network, other.network));
        }
        if self.version != other.version {
            let (one, two) = (self.version, other.version);
            return Err(format!(
                "one speaks version {one} of the catch-up protocol, the other version {two}"
            ));
        }
        if self.document != other.document {
            return Err("the network documents differ: compare anchors and quota, \
                        and install the same document with `allmende network set FILE`"
                .to_owned());
        }
        Ok(())
    }

    /// The buckets in which the other side holds something else, attestations first.
    pub fn differing(&self, other: &Greeting) -> Vec<Bucket> {
        let differs =
            |(bucket, theirs): &(&Bucket, &(u64, Fingerprint))| self.buckets.get(*bucket) != Some(*theirs);
        // "*" sorts before every label, so T comes first.
        other.buckets.iter().filter(differs).map(|(bucket, _)| *bucket).collect()
    }
}

/// Answers what another replica asks.
pub fn answer<K: Keeper>(replica: &Replica<K>, ask: &Ask) -> Result<Reply, KeepError> {
    Ok(match ask {
        Ask::Greet(theirs) => {
            let ours = Greeting::of(replica);
            match ours.suits(theirs) {
                Ok(()) => Reply::Greet(ours),
                Err(why) => Reply::No(why),
            }
        }
        Ask::Places(bucket, after) => {
            let places = replica.keeper().places(bucket, *after, TALK_IDS_MAX)?;
            let more = places.len() == TALK_IDS_MAX;
            Reply::Places(places, more)
        }
        Ask::Statements(bucket, places) => {
            let mut statements = Vec::new();
            let mut bytes = 0;
            for place in places {
                let Some(key) = replica.keeper().at(bucket, *place)? else { continue };
                let Some(statement) = replica.keeper().statement(&key)?.and_then(|change| change.statement)
                else {
                    continue;
                };
                bytes += statement.len();
                if bytes > TALK_BYTES_MAX {
                    break;
                }
                statements.push(statement.to_vec());
            }
            Reply::Statements(statements)
        }
    })
}

/// The places of a bucket that a replica does not hold.
pub fn lacking<K: Keeper>(
    replica: &Replica<K>,
    bucket: &Bucket,
    places: &[Place],
) -> Result<Vec<Place>, KeepError> {
    let mut lacking = Vec::new();
    for place in places {
        if replica.keeper().at(bucket, *place)?.is_none() {
            lacking.push(*place);
        }
    }
    Ok(lacking)
}

impl Ask {
    /// The bytes of the message.
    pub fn encode(&self) -> Vec<u8> {
        message(match self {
            Ask::Greet(greeting) => vec![("ask", "greet".into()), ("greeting", greeting.to_value())],
            Ask::Places(bucket, after) => {
                let mut fields = vec![("ask", "places".into()), ("bucket", bucket.as_str().into())];
                fields.extend(after.map(|after| ("after", pack(&[after]))));
                fields
            }
            Ask::Statements(bucket, places) => {
                vec![
                    ("ask", "statements".into()),
                    ("bucket", bucket.as_str().into()),
                    ("places", pack(places)),
                ]
            }
        })
    }

    /// Reads a message of another replica.
    pub fn decode(bytes: &[u8]) -> Result<Ask, TalkError> {
        let fields = Fields::read(bytes)?;
        Ok(match fields.text("ask")? {
            "greet" => Ask::Greet(Greeting::from_value(fields.value("greeting")?)?),
            "places" => {
                let after = match fields.0.contains_key("after") {
                    true => fields.places("after", 1)?.first().copied(),
                    false => None,
                };
                Ask::Places(fields.bucket()?, after)
            }
            "statements" => Ask::Statements(fields.bucket()?, fields.places("places", TALK_WANTED_MAX)?),
            other => return Err(TalkError(format!("nothing is known of asking for \"{other}\""))),
        })
    }
}

impl Reply {
    /// The bytes of the message.
    pub fn encode(&self) -> Vec<u8> {
        message(match self {
            Reply::Greet(greeting) => vec![("reply", "greet".into()), ("greeting", greeting.to_value())],
            Reply::Places(places, more) => {
                vec![("reply", "places".into()), ("places", pack(places)), ("more", (*more).into())]
            }
            Reply::Statements(statements) => {
                let statements: Vec<Value> = statements.iter().cloned().map(Value::Bytes).collect();
                vec![("reply", "statements".into()), ("statements", statements.into())]
            }
            Reply::No(why) => vec![("reply", "no".into()), ("why", why.as_str().into())],
        })
    }

    /// Reads a message of another replica.
    pub fn decode(bytes: &[u8]) -> Result<Reply, TalkError> {
        let fields = Fields::read(bytes)?;
        Ok(match fields.text("reply")? {
            "greet" => Reply::Greet(Greeting::from_value(fields.value("greeting")?)?),
            "places" => {
                let more = fields.value("more")?.as_bool().ok_or_else(|| wrong("more"))?;
                Reply::Places(fields.places("places", TALK_IDS_MAX)?, more)
            }
            "statements" => {
                let items = fields.value("statements")?.as_list().ok_or_else(|| wrong("statements"))?;
                let statement =
                    |item: &Value| item.as_bytes().map(<[u8]>::to_vec).ok_or_else(|| wrong("statements"));
                Reply::Statements(items.iter().map(statement).collect::<Result<_, _>>()?)
            }
            "no" => Reply::No(fields.text("why")?.chars().take(300).collect()),
            other => return Err(TalkError(format!("nothing is known of a reply \"{other}\""))),
        })
    }
}

impl Greeting {
    fn to_value(&self) -> Value {
        let bucket = |(bucket, (count, fingerprint)): (&Bucket, &(u64, Fingerprint))| {
            let summary = vec![Value::Uint(*count), Value::Bytes(fingerprint.as_bytes().to_vec())];
            (bucket.as_str().to_owned(), Value::List(summary))
        };
        Value::Map(Map::from([
            ("version".to_owned(), self.version.into()),
            ("network".to_owned(), self.network.as_str().into()),
            ("document".to_owned(), Value::Bytes(self.document.to_vec())),
            ("buckets".to_owned(), Value::Map(self.buckets.iter().map(bucket).collect())),
        ]))
    }

    fn from_value(value: &Value) -> Result<Greeting, TalkError> {
        let fields = Fields(value.as_map().ok_or_else(|| wrong("greeting"))?.clone());
        let mut buckets = BTreeMap::new();
        for (label, summary) in fields.value("buckets")?.as_map().ok_or_else(|| wrong("buckets"))? {
            let [count, fingerprint] = summary.as_list().unwrap_or_default() else {
                return Err(wrong("buckets"));
            };
            let fingerprint = fingerprint.as_bytes().and_then(|bytes| bytes.try_into().ok());
            let (Some(bucket), Some(count), Some(fingerprint)) =
                (Bucket::parse(label), count.as_uint(), fingerprint)
            else {
                return Err(wrong("buckets"));
            };
            buckets.insert(bucket, (count, Fingerprint::from_bytes(fingerprint)));
        }
        if buckets.len() > TALK_BUCKETS_MAX {
            return Err(wrong("buckets"));
        }
        let document = fields.value("document")?.as_bytes().and_then(|bytes| bytes.try_into().ok());
        Ok(Greeting {
            version: fields.value("version")?.as_uint().ok_or_else(|| wrong("version"))?,
            network: fields.text("network")?.chars().take(record::bounds::NETWORK_BYTES_MAX).collect(),
            document: document.ok_or_else(|| wrong("document"))?,
            buckets,
        })
    }
}

fn wrong(field: &str) -> TalkError {
    TalkError(format!("its field \"{field}\" is missing or has the wrong form"))
}

fn message(fields: Vec<(&str, Value)>) -> Vec<u8> {
    let map: Map = fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    cbor::encode(&Value::Map(map))
}

/// Places packed into one byte string: 8 bytes of seconds (big endian) and 32 bytes of id each.
fn pack(places: &[Place]) -> Value {
    let mut bytes = Vec::with_capacity(places.len() * 40);
    for place in places {
        bytes.extend_from_slice(&place.issued.seconds().to_be_bytes());
        bytes.extend_from_slice(place.id.as_bytes());
    }
    Value::Bytes(bytes)
}

struct Fields(Map);

impl Fields {
    fn read(bytes: &[u8]) -> Result<Fields, TalkError> {
        match cbor::decode(bytes) {
            Ok(Value::Map(map)) => Ok(Fields(map)),
            Ok(other) => Err(TalkError(format!("it is a {}, a map is expected", other.sort()))),
            Err(error) => Err(TalkError(error.to_string())),
        }
    }

    fn value(&self, field: &str) -> Result<&Value, TalkError> {
        self.0.get(field).ok_or_else(|| wrong(field))
    }

    fn text(&self, field: &str) -> Result<&str, TalkError> {
        self.value(field)?.as_text().ok_or_else(|| wrong(field))
    }

    fn bucket(&self) -> Result<Bucket, TalkError> {
        Bucket::parse(self.text("bucket")?).ok_or_else(|| wrong("bucket"))
    }

    fn places(&self, field: &str, max: usize) -> Result<Vec<Place>, TalkError> {
        let bytes = self.value(field)?.as_bytes().ok_or_else(|| wrong(field))?;
        let (chunks, rest) = bytes.as_chunks::<40>();
        if !rest.is_empty() || chunks.len() > max {
            return Err(wrong(field));
        }
        let place = |chunk: &[u8; 40]| {
            let (issued, id) = chunk.split_first_chunk::<8>()?;
            Some(Place {
                issued: Moment::from_seconds(u64::from_be_bytes(*issued))?,
                id: StatementId::from_bytes(id.try_into().ok()?),
            })
        };
        chunks.iter().map(|chunk| place(chunk).ok_or_else(|| wrong(field))).collect()
    }
}
