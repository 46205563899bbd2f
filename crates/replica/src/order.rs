//! The order of two versions of one record: the same winner everywhere, whatever came first.

use record::moment::Moment;
use record::name::Name;
use record::statement::Content;
use record::statement::RecordId;
use record::statement::StatementId;

/// The two sets that heads are split in; each is a last-writer-wins map of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Set {
    /// T: attestations.
    Trust,
    /// R: everything else.
    Records,
}

impl Set {
    /// The set that statements of this content belong to.
    pub fn of(content: &Content) -> Set {
        if content.kind.as_str() == record::attestation::KIND { Set::Trust } else { Set::Records }
    }
}

/// What a head is the head of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeadKey {
    /// T or R.
    pub set: Set,
    /// Whose record.
    pub publisher: Name,
    /// Which record.
    pub record: RecordId,
}

impl HeadKey {
    /// The key that statements of this content compete for.
    pub fn of(content: &Content) -> HeadKey {
        HeadKey { set: Set::of(content), publisher: content.publisher.clone(), record: content.record }
    }

    /// The bucket that the head is compared in.
    pub fn bucket(&self) -> Bucket {
        match self.set {
            Set::Trust => Bucket::trust(),
            Set::Records => Bucket::land(self.publisher.land()).expect("a name begins with a Land"),
        }
    }
}

/// A part of the heads with a fingerprint of its own: T whole, and R by first label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bucket(&'static str);

impl Bucket {
    /// All attestations. The name is no label, so no Land can have it.
    pub fn trust() -> Bucket {
        Bucket("*")
    }

    /// The records of one Land.
    pub fn land(label: &str) -> Option<Bucket> {
        record::name::LANDS.iter().find(|(land, _)| *land == label).map(|(land, _)| Bucket(land))
    }

    /// From the text of [`Bucket::as_str`].
    pub fn parse(text: &str) -> Option<Bucket> {
        if text == "*" { Some(Bucket::trust()) } else { Bucket::land(text) }
    }

    /// `*` for T, else the label.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// Whether this is T.
    pub fn is_trust(self) -> bool {
        self.0 == "*"
    }
}

/// How high a statement ranks among those for the same record: the highest wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// First the epoch, so that a thief's version 2^64-1 is beaten by the next epoch.
    pub epoch: u64,
    /// Then the version.
    pub version: u64,
    /// At last the id, so that an equivocation has one winner everywhere.
    pub id: StatementId,
}

/// The place of a head in its bucket: by time of issue, then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When it was issued.
    pub issued: Moment,
    /// Its id.
    pub id: StatementId,
}

/// What a replica remembers of a statement that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// What it is the head of.
    pub key: HeadKey,
    /// How high it ranks.
    pub rank: Rank,
    /// When it was issued.
    pub issued: Moment,
}

impl Head {
    /// The place of the head in its bucket.
    pub fn place(&self) -> Place {
        Place { issued: self.issued, id: self.rank.id }
    }
}
