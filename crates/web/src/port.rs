//! What the pages and the API ask of the node that serves them; the node answers, the web knows no more.

use crate::cabinet::Cabinet;
use catalogue::alike::Alike;
use catalogue::found::Found;
use catalogue::found::Match;
use catalogue::found::Similar;
use catalogue::found::Used;
use catalogue::joined::Referrer;
use catalogue::query::Query;
use catalogue::register::Register;
use exchange::draft::Draft;
use record::envelope::Statement;
use record::key::PublicKey;
use record::kind::Finding;
use record::kind::Lang;
use record::moment::Moment;
use record::name::Name;
use record::statement::Code;
use record::statement::RecordId;
use record::statement::StatementId;
use record::value::Map;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// An answer that takes its time.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, PortError>> + Send + 'a>>;

/// The node as its pages see it. Reading works with no network at all; writing is durable when answered.
pub trait Port: Send + Sync + 'static {
    /// Finds records.
    fn search(&self, query: Query) -> Answer<'_, Found>;
    /// The number of the newest change that searches know of.
    fn indexed(&self) -> u64;
    /// Completes what is being typed: up to `limit` words or titles.
    fn suggest(&self, typed: String, limit: usize) -> Answer<'_, Vec<String>>;
    /// Records with the same telling words as this one, most alike first.
    fn similar(
        &self,
        publisher: Name,
        record: RecordId,
        lang: Lang,
        limit: usize,
    ) -> Answer<'_, Vec<Similar>>;
    /// What answers a need, or the needs that a record answers, best first, with the reasons.
    fn matches(&self, publisher: Name, record: RecordId, lang: Lang, limit: usize) -> Answer<'_, Vec<Match>>;
    /// The municipalities that are most like this publisher ("Kommunen wie wir").
    fn alike(&self, publisher: Name, limit: usize) -> Answer<'_, Vec<Alike>>;
    /// What these publishers have adopted, what most of them use first.
    fn used_by(&self, publishers: Vec<Name>, lang: Lang, limit: usize) -> Answer<'_, Vec<Used>>;
    /// The register of municipalities: names, keys, coordinates.
    fn register(&self) -> Arc<Register>;
    /// The standing statement of one record, retracted ones included.
    fn record(&self, publisher: Name, record: RecordId) -> Answer<'_, Option<Kept>>;
    /// All publishers that are attested here, in the order of their names.
    fn publishers(&self) -> Answer<'_, Vec<Publisher>>;
    /// The official names of these bodies, as far as they are attested here; costs next to nothing.
    fn called(&self, names: Vec<Name>) -> Answer<'_, BTreeMap<Name, String>>;
    /// Everybody who is attested here, in the order of the names; costs little.
    fn bodies(&self) -> Answer<'_, Vec<Body>>;
    /// Who was seen at this moment or later: whose standing record was signed since then, or whose node agreed with this
    /// one, as far as it has announced itself; this node's own publisher with them.
    fn seen(&self, since: Moment) -> Answer<'_, BTreeSet<Name>>;
    /// One publisher.
    fn publisher(&self, name: Name) -> Answer<'_, Option<Publisher>>;
    /// The standing attestation statements of all publishers (set T).
    fn attestations(&self) -> Answer<'_, Vec<Kept>>;
    /// What changed after change number `since`, oldest first, at most `limit`; waits up to `wait`
    /// when there is nothing yet.
    fn changes(&self, since: u64, limit: usize, wait: Duration) -> Answer<'_, Changes>;
    /// How the node is doing.
    fn status(&self) -> Answer<'_, Status>;
    /// The relays that have announced where they are reached, of the node's own Land first.
    fn relays(&self) -> Answer<'_, Vec<Relay>>;
    /// Signs, keeps and announces a draft. `expected` is the version that the writer has seen;
    /// another standing version refuses the draft with code `conflict`.
    fn publish(&self, draft: Draft, expected: Option<u64>) -> Answer<'_, Published>;
    /// Checks a draft as `publish` would, and publishes nothing.
    fn check(&self, draft: Draft) -> Answer<'_, Checked>;
    /// Who refers to a record, in the order of kind, publisher and record.
    fn referrers(&self, publisher: Name, record: RecordId) -> Answer<'_, Vec<Referrer>>;
    /// Publishes a version without body.
    fn retract(&self, record: RecordId, reason: Code) -> Answer<'_, Published>;
    /// Signs the own records again that stand under an older epoch or, because their key was given up, no more.
    fn republish(&self) -> Answer<'_, Vec<Published>>;
    /// Takes a ready-signed statement through the one door.
    fn submit(&self, bytes: Vec<u8>) -> Answer<'_, Published>;
    /// Vouches for a name below this node's own: a request text as `allmende request` prints it,
    /// and the code that was read out by phone.
    fn attest(&self, request: String, code: String, may_attest: bool) -> Answer<'_, Published>;
    /// Changes this publisher's key as planned: a new one is made beside it. An anchor says the link of its own chain,
    /// with `floor` giving up all that was signed before; everybody else has something to ask its attester.
    fn rotate(&self, floor: bool) -> Answer<'_, Rotated>;
    /// Takes trust back from a name below this node's own.
    fn revoke(&self, subject: Name, what: Revocation) -> Answer<'_, Vec<Published>>;
    /// Adds a static peer by its multiaddr and dials it from now on.
    fn dial(&self, address: String) -> Answer<'_, ()>;
    /// Keeps a peer away from now on, also after the next start: its id, and why.
    fn ban(&self, peer: String, reason: String) -> Answer<'_, ()>;
    /// Lifts a ban.
    fn pardon(&self, peer: String) -> Answer<'_, ()>;
    /// Erases a record here, physically and now: one of this publisher's own is withdrawn first, unless only this node is
    /// to forget it; another's is kept out until that is lifted.
    fn erase(&self, publisher: Name, record: RecordId, wish: Erasing) -> Answer<'_, Erased>;
    /// Takes an erasure back; peers bring the record again, where they still have it.
    fn lift(&self, publisher: Name, record: RecordId) -> Answer<'_, ()>;
    /// The erasure that holds for a record, if there is one.
    fn erasure(&self, publisher: &Name, record: RecordId) -> Option<Erasure>;
    /// Takes ready-signed statements of anybody through the one door, in order.
    fn admit(&self, statements: Vec<Vec<u8>>) -> Answer<'_, Admitted>;
    /// Whose this token is, if it may write.
    fn token(&self, token: &str) -> Option<Editor>;
    /// Where the papers of the desk lie.
    fn cabinet(&self) -> Arc<dyn Cabinet>;
    /// Counters in the Prometheus text format (version 0.0.4).
    fn metrics(&self) -> Answer<'_, String>;
    /// Whether the node has opened its store and catalogue and serves; if not, what it is doing.
    fn ready(&self) -> Result<(), String>;
}

/// Who writes here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editor {
    /// The name of the token.
    pub name: String,
    /// What it may do.
    pub role: Role,
}

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Write drafts and notes at the desk, and publish nothing.
    Author,
    /// Everything.
    Editor,
}

impl Role {
    /// As it is written in files and commands.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Author => "author",
            Role::Editor => "editor",
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Role, String> {
        match text {
            "author" => Ok(Role::Author),
            "editor" => Ok(Role::Editor),
            other => Err(format!("\"{other}\" is no role; author and editor are")),
        }
    }
}

/// A draft as it would be published, and what the check has to say about it.
#[derive(Clone, Debug)]
pub struct Checked {
    /// In normal form, with what the node fills in.
    pub body: Map,
    /// What to mend; errors stand against publishing.
    pub findings: Vec<Finding>,
}

/// A statement as it is kept here.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The statement.
    pub statement: Arc<Statement>,
    /// The number of the change that brought it.
    pub change: u64,
    /// Who vouches for the key that signed it.
    pub voucher: Voucher,
}

/// One attested epoch of a publisher, in the words of the attestation.
#[derive(Clone, Debug)]
pub struct Voucher {
    /// Whom it is about.
    pub subject: Name,
    /// The official name, such as "Stadt Jena".
    pub display_name: String,
    /// The sort of body.
    pub org_type: String,
    /// The regional key, if any.
    pub ars: Option<String>,
    /// The epoch.
    pub epoch: u64,
    /// The keys that may sign in it.
    pub keys: Vec<PublicKey>,
    /// Whether the subject may vouch for others.
    pub may_attest: bool,
    /// From when.
    pub not_before: Moment,
    /// Until when, if there is an end.
    pub not_after: Option<Moment>,
    /// Who vouches; `None` for an anchor's first epoch, which stands in the network document.
    pub attester: Option<Name>,
    /// The official name of who vouches.
    pub attester_name: Option<String>,
    /// The attestation's own statement.
    pub statement: Option<StatementId>,
}

/// A body that is attested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Its name, such as `th.jena`.
    pub name: Name,
    /// Its official name.
    pub display_name: String,
    /// Its newest regional key, if any.
    pub ars: Option<String>,
}

/// A publisher and its public history of keys.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// The name, such as `th.jena`.
    pub name: Name,
    /// The official name.
    pub display_name: String,
    /// Statements below this epoch count no more.
    pub floor: u64,
    /// Every attested epoch, oldest first.
    pub epochs: Vec<Voucher>,
    /// How many records stand, retracted ones not counted.
    pub records: u64,
}

/// A stretch of the change feed.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The changes, oldest first.
    pub changes: Vec<Change>,
    /// The number of the node's newest change.
    pub newest: u64,
}

/// One change.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every change is the large one; a box would only add a step"
)]
pub enum Change {
    /// A statement stands.
    Stands(Kept),
    /// A record stands no more (its publisher's key was revoked, or its quota ran out).
    Gone {
        /// The number of the change.
        change: u64,
        /// Whose record.
        publisher: Name,
        /// Which record.
        record: RecordId,
    },
}

/// What a publish answers with, after the statement is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Who signed.
    pub publisher: Name,
    /// Which record.
    pub record: RecordId,
    /// Which version.
    pub version: u64,
    /// The statement.
    pub id: StatementId,
    /// False when the same was said before and nothing new was signed.
    pub changed: bool,
}

/// A change of keys that has begun, or at an anchor is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The new key.
    pub key: PublicKey,
    /// The request text and its code, where somebody else has to attest the key.
    pub asks: Option<(String, String)>,
    /// The link of an anchor's own chain.
    pub link: Option<Published>,
}

/// What is taken back from a publisher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// Its keys end now. What it said stays.
    Keys,
    /// Everything it said so far falls at once everywhere, because its key was stolen.
    Everything {
        /// The request text and the code of the victim's new key; without them nobody signs until somebody asks.
        successor: Option<(String, String)>,
    },
    /// Its right to vouch for others.
    Right,
}

/// How a record is to be erased here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasing {
    /// Why, in words; shown at the record's address.
    pub reason: String,
    /// Whether one of this publisher's own is forgotten here alone, and not withdrawn everywhere.
    pub only_here: bool,
}

/// What an erasure came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// The withdrawal that was published for it, of a record of this publisher's own.
    pub withdrawn: Option<Published>,
    /// Whether later versions are kept out as well.
    pub kept_out: bool,
    /// Whether the bytes are off the disk already; otherwise that goes on in the background.
    pub gone: bool,
}

/// A record that was erased here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Whose.
    pub publisher: Name,
    /// Which record.
    pub record: RecordId,
    /// Why, in the operator's words.
    pub reason: String,
    /// When.
    pub at: Moment,
    /// Whether later versions are kept out as well, until that is lifted.
    pub kept_out: bool,
    /// The head that keeps its place without bytes, if one does: epoch, version, statement, and when it was issued.
    pub head: Option<(u64, u64, StatementId, Moment)>,
}

/// What became of statements that were taken in together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admitted {
    /// New ones that stand now.
    pub admitted: u64,
    /// Those that stood already, or that this node does not keep.
    pub known: u64,
    /// Those that wait for an attestation or for their hour.
    pub held: u64,
    /// What was refused, by reason code.
    pub refused: BTreeMap<String, u64>,
}

/// The node's disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Storage {
    /// Bytes of the database.
    pub bytes: u64,
    /// Bytes that are free on the disk.
    pub free_bytes: u64,
    /// Whether the disk is so full that nothing new is taken; reading goes on.
    pub full: bool,
    /// What was mended when the node started, in words.
    pub mended: Vec<String>,
    /// Databases that were damaged and set aside.
    pub set_aside: u64,
    /// Why what was to leave the disk did not, if that failed last.
    pub trouble: Option<String>,
    /// Records of this publisher, retracted ones included, and how many the network allows.
    pub own_records: (u64, u64),
}

/// How the node is doing.
#[derive(Clone, Debug)]
pub struct Status {
    /// The name of the network.
    pub network: String,
    /// This node's publisher name.
    pub publisher: Name,
    /// `municipality` or `relay`.
    pub role: String,
    /// The version of the program.
    pub program: String,
    /// The epoch of its keys in which this node signs; `None` while it is not attested and cannot publish.
    pub epoch: Option<u64>,
    /// This node's peer id.
    pub peer_id: String,
    /// Where it listens, as multiaddrs.
    pub listen: Vec<String>,
    /// Standing statements, attestations included.
    pub heads: u64,
    /// The fingerprint of the attestations, in hexadecimal.
    pub trust_root: String,
    /// Count and fingerprint by first label. Equal fingerprints mean equal heads.
    pub buckets: BTreeMap<String, Bucket>,
    /// The number of the newest change.
    pub change: u64,
    /// The number of the newest change that search knows. It is behind `change` while much comes in at once.
    pub indexed: u64,
    /// Statements waiting for an attestation or for their hour.
    pub held: u64,
    /// The peers connected now and the configured ones that are not.
    pub peers: Vec<Peer>,
    /// Refusals since the start, by reason code.
    pub refused: BTreeMap<String, u64>,
    /// Peers that are kept away.
    pub bans: Vec<Ban>,
    /// Publishers that signed two statements with the same version, since the start.
    pub equivocations: Vec<Equivocation>,
    /// What was erased here, by record.
    pub erasures: Vec<Erasure>,
    /// The disk.
    pub storage: Storage,
    /// When the node started.
    pub started: Moment,
}

/// A peer that is kept away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    /// Its peer id.
    pub peer_id: String,
    /// Why.
    pub reason: String,
}

/// Two statements of one publisher about one record with the same version; one of them stands everywhere. Its key
/// may be in two places, or in wrong hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equivocation {
    /// Whose.
    pub publisher: Name,
    /// Which record.
    pub record: RecordId,
    /// One of the two statements.
    pub one: StatementId,
    /// The other.
    pub other: StatementId,
}

/// Count and fingerprint of one bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Standing statements.
    pub count: u64,
    /// SHA-256 over sum and count, in hexadecimal.
    pub fingerprint: String,
}

/// A peer.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its peer id; empty while a configured address was never reached.
    pub peer_id: String,
    /// Where it is reached.
    pub address: String,
    /// `municipality`, `relay` or `unknown`.
    pub role: String,
    /// Whether it is connected now.
    pub connected: bool,
    /// When both last held equal heads, if ever.
    pub agreed: Option<Moment>,
    /// How many of its statements were still missing here at the last talk.
    pub lag: u64,
    /// The last round trip in milliseconds.
    pub round_trip_ms: Option<u64>,
}

/// A relay by its own signed record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relay {
    /// Who runs it.
    pub publisher: Name,
    /// The official name of who runs it.
    pub display_name: String,
    /// Its peer id.
    pub peer_id: String,
    /// Where it is reached, as multiaddrs that end in the peer id.
    pub addresses: Vec<String>,
}

/// Why the node does not do what was asked.
#[derive(Clone, Debug)]
pub enum PortError {
    /// It was understood and refused; asking again unchanged changes nothing.
    Refused {
        /// A stable code, such as `signature`, `conflict`, `not-attested`, `invalid`.
        code: String,
        /// The sentence in German.
        de: String,
        /// The sentence in English.
        en: String,
        /// What is wrong with a draft, field by field.
        findings: Vec<Finding>,
    },
    /// Not now: starting, stopping, overloaded, disk full. The sentence says which.
    Unavailable(String),
    /// Our own fault; the log has more.
    Broken(String),
}
