//! What two replicas say to each other: maps in the same deterministic CBOR as statements, their bulk packed.

use crate::bounds::PARTS_MAX;
use crate::bounds::PLACES_WANTED_MAX;
use crate::bounds::STRETCHES_MAX;
use crate::fingerprint::Fingerprint;
use crate::fingerprint::SALTED_BYTES;
use crate::order::Bucket;
use crate::order::Place;
use crate::sync::packing::Packer;
use crate::sync::packing::Unpacker;
use crate::sync::trouble::MessageError;
use crate::tree::ShortPlace;
use crate::tree::Stretch;
use record::cbor;
use record::value::Map;
use record::value::Value;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// The version of these messages; another one is refused in words.
pub const SYNC_VERSION: u64 = 2;

/// How the asker introduces itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Who it is, apart from what it holds.
    pub who: Who,
    /// One fingerprint over all buckets that it keeps.
    pub root: [u8; 32],
    /// Drawn for this talk: goes into the short fingerprints of the answers.
    pub salt: [u8; 16],
}

/// Who speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The version of the messages.
    pub version: u64,
    /// The name of the network.
    pub network: String,
    /// SHA-256 over the text of the network document.
    pub document: [u8; 32],
    /// Drawn when the store was made: a store that was begun anew is another one.
    pub instance: [u8; 8],
    /// The buckets of R that it keeps; `None` for all.
    pub kept: Option<BTreeSet<Bucket>>,
}

/// Count and fingerprint of each bucket that has heads.
pub type Roots = BTreeMap<Bucket, (u64, Fingerprint)>;

/// What the asker says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Who are you, and do you hold the same?
    Hello(Hello),
    /// Divide these stretches of a bucket, ascending, into so many parts each; where there are no more than
    /// `list` places, or `parts` is 0, list them.
    Split {
        /// Which bucket.
        bucket: Bucket,
        /// Parts of each stretch; 0 asks for lists only.
        parts: u64,
        /// The most places that are listed where parts are asked for.
        list: u64,
        /// Which stretches.
        stretches: Vec<Stretch>,
    },
    /// Give me the statements at these places, ascending.
    Get(Bucket, Vec<ShortPlace>),
    /// Here are statements that you lack, as a bundle.
    Put(Vec<u8>),
    /// Give me the segment of a bucket that begins here.
    Segment(Bucket, Option<Place>),
}

/// One stretch, divided or listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The places in it, up to this bound where they are not all.
    List(Vec<ShortPlace>, Option<Place>),
    /// Its parts: where each ends (the last ends with the stretch), its count and its salted fingerprint.
    Parts(Vec<(Option<Place>, u64, [u8; SALTED_BYTES])>),
}

/// What the asked side answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// This is me; no roots where both hold the same.
    Hello(Who, Option<Roots>),
    /// The first of the stretches, as many as one frame takes.
    Split(Vec<Piece>),
    /// A bundle with the statements at the first `served` places, and which of these (by their number) are erased here.
    Statements {
        /// How many of the places were looked at.
        served: u64,
        /// The numbers of those that are known here without their bytes.
        erased: Vec<u64>,
        /// The statements.
        bundle: Vec<u8>,
    },
    /// What became of the statements that were put.
    Took {
        /// They stand now.
        admitted: u64,
        /// They are known, or older than what stands.
        known: u64,
        /// They are held back or refused.
        refused: u64,
    },
    /// A bundle, and where the next segment begins.
    Segment(Vec<u8>, Option<Place>),
    /// I do not talk with you, and why.
    No(String),
}

impl Who {
    /// Whether these two can talk; if not, why, in words for both operators.
    pub fn suits(&self, other: &Who) -> Result<(), String> {
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

    fn put_into(&self, fields: &mut Map) {
        fields.insert("version".to_owned(), self.version.into());
        fields.insert("network".to_owned(), self.network.as_str().into());
        fields.insert("document".to_owned(), Value::Bytes(self.document.to_vec()));
        fields.insert("instance".to_owned(), Value::Bytes(self.instance.to_vec()));
        if let Some(kept) = &self.kept {
            let labels: Vec<Value> = kept.iter().map(|bucket| bucket.as_str().into()).collect();
            fields.insert("kept".to_owned(), labels.into());
        }
    }

    fn read(fields: &Fields) -> Result<Who, MessageError> {
        let kept = match fields.0.get("kept") {
            None => None,
            Some(labels) => {
                let labels = labels.as_list().ok_or(MessageError::Field("kept"))?;
                let bucket = |label: &Value| label.as_text().and_then(Bucket::parse);
                let kept: Option<BTreeSet<Bucket>> = labels.iter().map(bucket).collect();
                Some(kept.ok_or(MessageError::Field("kept"))?)
            }
        };
        Ok(Who {
            version: fields.number("version")?,
            network: fields.text("network")?.chars().take(record::bounds::NETWORK_BYTES_MAX).collect(),
            document: fields.array("document")?,
            instance: fields.array("instance")?,
            kept,
        })
    }
}

impl Ask {
    /// The bytes of the message.
    pub fn encode(&self) -> Vec<u8> {
        let mut map = Map::new();
        let mut put = |key: &str, value: Value| drop(map.insert(key.to_owned(), value));
        match self {
            Ask::Hello(hello) => {
                put("ask", "hello".into());
                put("root", Value::Bytes(hello.root.to_vec()));
                put("salt", Value::Bytes(hello.salt.to_vec()));
                hello.who.put_into(&mut map);
            }
            Ask::Split { bucket, parts, list, stretches } => {
                put("ask", "split".into());
                put("bucket", bucket.as_str().into());
                put("parts", (*parts).into());
                put("list", (*list).into());
                let mut packer = Packer::default();
                for stretch in stretches {
                    packer.bound(stretch.from);
                    packer.bound(stretch.to);
                }
                put("stretches", Value::Bytes(packer.finish()));
            }
            Ask::Get(bucket, places) => {
                put("ask", "get".into());
                put("bucket", bucket.as_str().into());
                let mut packer = Packer::default();
                places.iter().for_each(|place| packer.place(*place));
                put("places", Value::Bytes(packer.finish()));
            }
            Ask::Put(bundle) => {
                put("ask", "put".into());
                put("bundle", Value::Bytes(bundle.clone()));
            }
            Ask::Segment(bucket, from) => {
                put("ask", "segment".into());
                put("bucket", bucket.as_str().into());
                put("from", packed_bound(*from));
            }
        }
        cbor::encode(&Value::Map(map))
    }

    /// Reads a message of another replica.
    pub fn decode(bytes: &[u8]) -> Result<Ask, MessageError> {
        let fields = Fields::read(bytes)?;
        Ok(match fields.text("ask")? {
            "hello" => Ask::Hello(Hello {
                who: Who::read(&fields)?,
                root: fields.array("root")?,
                salt: fields.array("salt")?,
            }),
            "split" => Ask::Split {
                bucket: fields.bucket()?,
                parts: fields
                    .number("parts")
                    .ok()
                    .filter(|parts| *parts <= PARTS_MAX)
                    .ok_or(MessageError::Field("parts"))?,
                list: fields.number("list")?,
                stretches: fields.stretches()?,
            },
            "get" => {
                let mut unpacker = Unpacker::new(fields.bytes("places")?);
                let mut places = Vec::new();
                while !unpacker.is_empty() {
                    if places.len() == PLACES_WANTED_MAX {
                        return Err(MessageError::Field("places"));
                    }
                    places.push(unpacker.place()?);
                }
                Ask::Get(fields.bucket()?, places)
            }
            "put" => Ask::Put(fields.bytes("bundle")?.to_vec()),
            "segment" => Ask::Segment(fields.bucket()?, fields.bound("from")?),
            other => return Err(MessageError::Unknown(other.chars().take(40).collect())),
        })
    }
}

impl Reply {
    /// The bytes of the message.
    pub fn encode(&self) -> Vec<u8> {
        let mut map = Map::new();
        let mut put = |key: &str, value: Value| drop(map.insert(key.to_owned(), value));
        match self {
            Reply::Hello(who, roots) => {
                put("reply", "hello".into());
                if let Some(roots) = roots {
                    let root = |(bucket, (count, fingerprint)): (&Bucket, &(u64, Fingerprint))| {
                        let root = vec![Value::Uint(*count), Value::Bytes(fingerprint.as_bytes().to_vec())];
                        (bucket.as_str().to_owned(), Value::List(root))
                    };
                    put("roots", Value::Map(roots.iter().map(root).collect()));
                }
                who.put_into(&mut map);
            }
            Reply::Split(pieces) => {
                put("reply", "split".into());
                put("pieces", Value::Bytes(pack_pieces(pieces)));
            }
            Reply::Statements { served, erased, bundle } => {
                put("reply", "statements".into());
                put("served", (*served).into());
                put("erased", Value::List(erased.iter().map(|number| (*number).into()).collect()));
                put("bundle", Value::Bytes(bundle.clone()));
            }
            Reply::Took { admitted, known, refused } => {
                put("reply", "took".into());
                put("admitted", (*admitted).into());
                put("known", (*known).into());
                put("refused", (*refused).into());
            }
            Reply::Segment(bundle, next) => {
                put("reply", "segment".into());
                put("bundle", Value::Bytes(bundle.clone()));
                put("next", packed_bound(*next));
            }
            Reply::No(why) => {
                put("reply", "no".into());
                put("why", why.as_str().into());
            }
        }
        cbor::encode(&Value::Map(map))
    }

    /// Reads a message of another replica.
    pub fn decode(bytes: &[u8]) -> Result<Reply, MessageError> {
        let fields = Fields::read(bytes)?;
        Ok(match fields.text("reply")? {
            "hello" => Reply::Hello(Who::read(&fields)?, fields.roots()?),
            "split" => Reply::Split(unpack_pieces(fields.bytes("pieces")?)?),
            "statements" => {
                let erased = fields.value("erased")?.as_list().ok_or(MessageError::Field("erased"))?;
                let erased: Option<Vec<u64>> = erased.iter().map(Value::as_uint).collect();
                Reply::Statements {
                    served: fields.number("served")?,
                    erased: erased.ok_or(MessageError::Field("erased"))?,
                    bundle: fields.bytes("bundle")?.to_vec(),
                }
            }
            "took" => Reply::Took {
                admitted: fields.number("admitted")?,
                known: fields.number("known")?,
                refused: fields.number("refused")?,
            },
            "segment" => Reply::Segment(fields.bytes("bundle")?.to_vec(), fields.bound("next")?),
            "no" => Reply::No(fields.text("why")?.chars().take(WHY_CHARS_MAX).collect()),
            other => return Err(MessageError::Unknown(other.chars().take(40).collect())),
        })
    }
}

/// What is read of a peer's reason.
const WHY_CHARS_MAX: usize = 300;

fn packed_bound(bound: Option<Place>) -> Value {
    let mut packer = Packer::default();
    packer.bound(bound);
    Value::Bytes(packer.finish())
}

/// A list: 0 and its length, or 1, its bound and its length, then the places. Parts: 2 and their number, then for
/// each its count, its fingerprint and, but for the last, its end.
fn pack_pieces(pieces: &[Piece]) -> Vec<u8> {
    let mut packer = Packer::default();
    for piece in pieces {
        match piece {
            Piece::List(places, end) => {
                packer.number(if end.is_some() { 1 } else { 0 });
                packer.number(places.len() as u64);
                places.iter().for_each(|place| packer.place(*place));
                if end.is_some() {
                    packer.bound(*end);
                }
            }
            Piece::Parts(parts) => {
                packer.number(2);
                packer.number(parts.len() as u64);
                for (at, (end, count, fingerprint)) in parts.iter().enumerate() {
                    packer.number(*count);
                    packer.bytes(fingerprint);
                    if at + 1 < parts.len() {
                        packer.bound(*end);
                    }
                }
            }
        }
    }
    packer.finish()
}

fn unpack_pieces(bytes: &[u8]) -> Result<Vec<Piece>, MessageError> {
    let mut unpacker = Unpacker::new(bytes);
    let mut pieces = Vec::new();
    while !unpacker.is_empty() {
        let sort = unpacker.number()?;
        pieces.push(match sort {
            0 | 1 => {
                let count = unpacker.count(PLACE_BYTES_MIN)?;
                let places = (0..count).map(|_| unpacker.place()).collect::<Result<_, _>>()?;
                Piece::List(places, if sort == 1 { unpacker.bound()? } else { None })
            }
            2 => {
                let count = unpacker.count(PART_BYTES_MIN)?;
                let mut parts = Vec::with_capacity(count);
                for at in 0..count {
                    let (heads, fingerprint) = (unpacker.number()?, unpacker.bytes()?);
                    let end = if at + 1 < count { unpacker.bound()? } else { None };
                    parts.push((end, heads, fingerprint));
                }
                Piece::Parts(parts)
            }
            _ => return Err(MessageError::Number),
        });
    }
    Ok(pieces)
}

/// The fewest bytes that a place takes.
const PLACE_BYTES_MIN: usize = 17;
/// The fewest bytes that a part takes.
const PART_BYTES_MIN: usize = 1 + SALTED_BYTES;

struct Fields(Map);

impl Fields {
    fn read(bytes: &[u8]) -> Result<Fields, MessageError> {
        match cbor::decode(bytes)? {
            Value::Map(map) => Ok(Fields(map)),
            other => Err(MessageError::NotMap(other.sort())),
        }
    }

    fn value(&self, field: &'static str) -> Result<&Value, MessageError> {
        self.0.get(field).ok_or(MessageError::Field(field))
    }

    fn text(&self, field: &'static str) -> Result<&str, MessageError> {
        self.value(field)?.as_text().ok_or(MessageError::Field(field))
    }

    fn number(&self, field: &'static str) -> Result<u64, MessageError> {
        self.value(field)?.as_uint().ok_or(MessageError::Field(field))
    }

    fn bytes(&self, field: &'static str) -> Result<&[u8], MessageError> {
        self.value(field)?.as_bytes().ok_or(MessageError::Field(field))
    }

    fn array<const N: usize>(&self, field: &'static str) -> Result<[u8; N], MessageError> {
        self.bytes(field)?.try_into().map_err(|_| MessageError::Field(field))
    }

    fn bucket(&self) -> Result<Bucket, MessageError> {
        Bucket::parse(self.text("bucket")?).ok_or(MessageError::Field("bucket"))
    }

    fn bound(&self, field: &'static str) -> Result<Option<Place>, MessageError> {
        Unpacker::new(self.bytes(field)?).bound()
    }

    fn stretches(&self) -> Result<Vec<Stretch>, MessageError> {
        let mut unpacker = Unpacker::new(self.bytes("stretches")?);
        let mut stretches = Vec::new();
        while !unpacker.is_empty() {
            if stretches.len() == STRETCHES_MAX {
                return Err(MessageError::Field("stretches"));
            }
            stretches.push(Stretch { from: unpacker.bound()?, to: unpacker.bound()? });
        }
        Ok(stretches)
    }

    fn roots(&self) -> Result<Option<Roots>, MessageError> {
        const WRONG: MessageError = MessageError::Field("roots");
        let Some(value) = self.0.get("roots") else { return Ok(None) };
        let mut roots = BTreeMap::new();
        for (label, root) in value.as_map().ok_or(WRONG)? {
            let [count, fingerprint] = root.as_list().unwrap_or_default() else { return Err(WRONG) };
            let fingerprint = fingerprint.as_bytes().and_then(|bytes| bytes.try_into().ok());
            let (Some(bucket), Some(count), Some(fingerprint)) =
                (Bucket::parse(label), count.as_uint(), fingerprint)
            else {
                return Err(WRONG);
            };
            roots.insert(bucket, (count, Fingerprint::from_bytes(fingerprint)));
        }
        Ok(Some(roots))
    }
}
