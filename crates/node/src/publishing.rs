//! Signing what this publisher says: which epoch, which version, and when there is nothing new to sign.

use crate::own::Own;
use record::envelope::SealError;
use record::envelope::Statement;
use record::key::SecretKey;
use record::moment::Moment;
use record::name::Name;
use record::statement::Code;
use record::statement::Content;
use record::statement::RecordId;
use record::statement::Said;
use replica::admit::Refused;
use replica::admit::Replica;
use replica::keeper::KeepError;
use replica::keeper::Keeper;
use replica::order::HeadKey;
use replica::order::Set;
use replica::trust::Trust;
use std::sync::Arc;

/// Who signs here.
#[derive(Clone, Debug)]
pub(crate) struct Publisher {
    name: Name,
    key: Arc<SecretKey>,
}

/// What this publisher wants to say.
#[derive(Debug)]
pub(crate) struct Saying {
    pub(crate) kind: Code,
    pub(crate) schema: u64,
    /// None for a fresh record.
    pub(crate) record: Option<RecordId>,
    pub(crate) said: Said,
    /// The version that the writer has seen, if it matters.
    pub(crate) expected: Option<u64>,
}

/// Why nothing was published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(
        "this node's key is not attested for {0} yet. Run `allmende request`, send the text to your Land or \
         association, and read the code out by phone; what you write until then can wait as drafts"
    )]
    NotAttested(Name),
    #[error(
        "version {standing} of the record stands; the draft was written for version {expected}. Read it again first"
    )]
    Conflict { standing: u64, expected: u64 },
    #[error("there is no record {0} of this publisher to retract")]
    NoRecord(RecordId),
    #[error(
        "the record is of the kind {0}; its kind does not change. Leave out \"record\" to publish a new one"
    )]
    Kind(record::statement::Code),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Keep(#[from] KeepError),
    #[error(
        "nothing is signed before a peer was asked whether it knows newer records of this publisher, and no peer was \
         reached yet. See `allmende peers`; where this folder is certainly the newest, start the node with --offline"
    )]
    Locked,
    #[error("the disk did not take it: {0}")]
    Disk(String),
    #[error("the system gives no random numbers: {0}")]
    Dice(String),
    #[error("the node is stopping")]
    Stopping,
}

impl Refusal {
    pub(crate) fn of_disk(error: anyhow::Error) -> Refusal {
        Refusal::Disk(format!("{error:#}"))
    }

    /// The stable code for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Refusal::NotAttested(_) => "not-attested",
            Refusal::Conflict { .. } => "conflict",
            Refusal::NoRecord(_) => "no-record",
            Refusal::Kind(_) => "kind-changed",
            Refusal::Seal(_) => "not-sealable",
            Refusal::Refused(why) => why.code(),
            Refusal::Keep(KeepError::Full(_)) => "disk-full",
            Refusal::Keep(KeepError::Broken(_)) => "store-broken",
            Refusal::Locked => "locked",
            Refusal::Disk(_) => "disk",
            Refusal::Dice(_) => "dice",
            Refusal::Stopping => "stopping",
        }
    }
}

impl Publisher {
    pub(crate) fn new(name: Name, key: Arc<SecretKey>) -> Publisher {
        Publisher { name, key }
    }

    pub(crate) fn name(&self) -> &Name {
        &self.name
    }

    /// Whether this node's key is attested, so that it can publish.
    pub(crate) fn is_attested(&self, trust: &Trust) -> bool {
        self.epoch(trust).is_some()
    }

    /// The newest epoch in which this node's key is attested.
    fn epoch(&self, trust: &Trust) -> Option<u64> {
        let standing = trust.standing(&self.name)?;
        let ours = |epoch: &u64| {
            let vouched = standing.epochs().get(epoch);
            *epoch >= standing.floor()
                && vouched.is_some_and(|vouched| vouched.attestation.keys.contains(&self.key.public()))
        };
        standing.epochs().keys().rev().copied().find(ours)
    }

    /// Signs a saying under the next free version. The error is the standing statement that says the
    /// very same: then nothing is signed.
    pub(crate) fn seal<K: Keeper>(
        &self,
        replica: &Replica<K>,
        own: &Own,
        saying: Saying,
        now: Moment,
    ) -> Result<Result<Statement, Statement>, Refusal> {
        let epoch = self.epoch(&replica.trust()).ok_or_else(|| Refusal::NotAttested(self.name.clone()))?;
        let record = match saying.record {
            Some(record) => record,
            None => fresh(now)?,
        };
        let mut content = Content {
            publisher: self.name.clone(),
            record,
            kind: saying.kind,
            schema: saying.schema,
            epoch,
            version: 1,
            issued: now,
            said: saying.said,
        };
        let key = HeadKey::of(&content);
        let standing = self.standing(replica, &key)?;
        match (&standing, saying.expected) {
            (standing, Some(expected))
                if standing.as_ref().map_or(0, |old| old.content().version) != expected =>
            {
                let standing = standing.as_ref().map_or(0, |old| old.content().version);
                return Err(Refusal::Conflict { standing, expected });
            }
            (None, _) if content.is_retracted() => return Err(Refusal::NoRecord(record)),
            (Some(old), _) if old.content().kind != content.kind => {
                return Err(Refusal::Kind(old.content().kind.clone()));
            }
            _ => {}
        }
        if let Some(old) = standing.as_ref().filter(|old| says_the_same(old.content(), &content)) {
            return Ok(Err(old.clone()));
        }
        let standing = standing.map(|old| old.content().clone()).filter(|old| old.epoch == epoch);
        let used = standing.map(|old| old.version).max(own.version(&key, epoch));
        content.version = used.unwrap_or(0).saturating_add(1);
        Ok(Ok(Statement::seal(&content, &self.key, &replica.document().network)?))
    }

    /// What has to be said again after a new epoch: own records that stand under an older one or, because
    /// their key was given up, no more.
    pub(crate) fn again<K: Keeper>(
        &self,
        replica: &Replica<K>,
        own: &Statement,
    ) -> Result<Option<Saying>, Refusal> {
        let epoch = self.epoch(&replica.trust()).ok_or_else(|| Refusal::NotAttested(self.name.clone()))?;
        let content = own.content();
        let key = HeadKey::of(content);
        let standing = replica.keeper().head(&key)?;
        let is_link = key.set == Set::Trust
            && content.publisher.depth() == 1
            && record::attestation::Attestation::read(content)
                .is_ok_and(|link| link.subject == content.publisher);
        if content.publisher != self.name || is_link || standing.is_some_and(|head| head.rank.epoch >= epoch)
        {
            return Ok(None);
        }
        Ok(Some(Saying {
            kind: content.kind.clone(),
            schema: content.schema,
            record: Some(content.record),
            said: content.said.clone(),
            expected: None,
        }))
    }

    fn standing<K: Keeper>(&self, replica: &Replica<K>, key: &HeadKey) -> Result<Option<Statement>, Refusal> {
        let Some(bytes) = replica.keeper().statement(key)?.and_then(|change| change.statement) else {
            return Ok(None);
        };
        let opened = Statement::open(&bytes, &replica.document().network);
        let opened = opened
            .map_err(|error| KeepError::Broken(format!("a kept statement no longer opens: {error}")))?;
        Ok(Some(opened))
    }
}

fn says_the_same(old: &Content, new: &Content) -> bool {
    let normal = |said: &Said| match said {
        Said::Body(body) => Said::Body(record::value::map_to_nfc(body.clone())),
        other => other.clone(),
    };
    (old.epoch, old.schema, &old.said) == (new.epoch, new.schema, &normal(&new.said))
}

fn fresh(now: Moment) -> Result<RecordId, Refusal> {
    let mut dice = [0; 10];
    getrandom::fill(&mut dice).map_err(|error| Refusal::Dice(error.to_string()))?;
    Ok(RecordId::v7(now.seconds().saturating_mul(1_000), dice))
}
