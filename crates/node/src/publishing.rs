//! Signing what this publisher says: which epoch, which version, and when there is nothing new to sign.

use crate::attesting::BEGINS_BEFORE_SECONDS;
use crate::keyring::Keyring;
use crate::own::Own;
use record::attestation::Attestation;
use record::attestation::KIND;
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
use replica::trust::Vouched;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who signs here.
#[derive(Clone, Debug)]
pub(crate) struct Publisher {
    name: Name,
    keys: Arc<Keyring>,
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

impl Saying {
    /// By this attestation its attester vouches.
    pub(crate) fn attestation(attestation: &Attestation) -> Saying {
        Saying {
            kind: KIND.parse().expect("the kind's name is a code"),
            schema: 1,
            record: Some(Attestation::record_id(&attestation.subject, attestation.epoch)),
            said: Said::Body(attestation.to_body()),
            expected: None,
        }
    }
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
        "the keys that this node has for {0} have ended or were given up. Run `allmende rotate`, send the text to who \
         attests you, and read the code out by phone; then `allmende republish` brings back what fell"
    )]
    GivenUp(Name),
    #[error(
        "this node signs in epoch {epoch}, but {name} has got as far as epoch {newest}, with a key that is not here. \
         Bring the newest key.pem back from your backup, or rotate where it lies"
    )]
    Behind { name: Name, epoch: u64, newest: u64 },
    #[error(
        "{0} is no anchor: its keys are given up by who attests it, with `allmende revoke {0} --floor`. Leave out --floor"
    )]
    NoAnchor(Name),
    #[error("no epoch can follow the newest one of {0}; its count is at an end")]
    LastEpoch(Name),
    #[error(
        "version {standing} of the record stands; the draft was written for version {expected}. Read it again first"
    )]
    Conflict { standing: u64, expected: u64 },
    #[error("there is no record {0} here")]
    NoRecord(RecordId),
    #[error(
        "the record {0} was erased here and is kept out. Take that back first with `allmende erase --lift`, or publish \
         it as a new record"
    )]
    Erased(RecordId),
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
            Refusal::GivenUp(_) => "keys-given-up",
            Refusal::Behind { .. } => "epoch-behind",
            Refusal::NoAnchor(_) => "no-anchor",
            Refusal::LastEpoch(_) => "attestation-epoch",
            Refusal::Conflict { .. } => "conflict",
            Refusal::NoRecord(_) => "no-record",
            Refusal::Erased(_) => "erased",
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
    pub(crate) fn new(name: Name, keys: Keyring) -> Publisher {
        Publisher { name, keys: Arc::new(keys) }
    }

    pub(crate) fn name(&self) -> &Name {
        &self.name
    }

    pub(crate) fn keys(&self) -> &Keyring {
        &self.keys
    }

    /// The epoch in which this node signs now, where its key is attested, so that it can publish.
    pub(crate) fn epoch(&self, trust: &Trust, now: Moment) -> Option<u64> {
        self.signing(trust, now).ok().map(|(epoch, _)| epoch)
    }

    /// The newest epoch in which one of this node's keys is attested, and that key.
    fn signing(&self, trust: &Trust, now: Moment) -> Result<(u64, Arc<SecretKey>), Refusal> {
        let ours = [Some(self.keys.current()), self.keys.next()];
        let Some(standing) = trust.standing(&self.name) else {
            return Err(Refusal::NotAttested(self.name.clone()));
        };
        let mut refusal = Refusal::NotAttested(self.name.clone());
        let mut later = None;
        for (epoch, Vouched { attestation, .. }) in standing.epochs().iter().rev() {
            let held = ours.iter().flatten().find(|key| attestation.keys.contains(&key.public()));
            let Some(key) = held else { continue };
            if *epoch < standing.floor() || attestation.not_after.is_some_and(|end| end < now) {
                refusal = Refusal::GivenUp(self.name.clone());
            } else if attestation.not_before <= now {
                return Ok((*epoch, key.clone()));
            } else {
                // Where nothing else is left the attempt says from when the key holds.
                later = later.or(Some((*epoch, key.clone())));
            }
        }
        later.ok_or(refusal)
    }

    /// Puts the next key in the place of the current one as soon as it signs.
    pub(crate) fn follow(&self, trust: &Trust, now: Moment) {
        let Some(next) = self.keys.next() else { return };
        let Ok((epoch, key)) = self.signing(trust, now) else { return };
        if key.public() != next.public() {
            return;
        }
        let old = self.keys.current().public();
        let holds = |epochs: &BTreeMap<u64, Vouched>| {
            let mut listed = epochs.iter().rev();
            listed.find(|(_, vouched)| vouched.attestation.keys.contains(&old)).map(|(epoch, _)| *epoch)
        };
        let old_epoch = trust.standing(&self.name).and_then(|standing| holds(standing.epochs()));
        match self.keys.follow(old_epoch.unwrap_or(0)) {
            Ok(()) => {
                tracing::info!(epoch, key = %next.public(), "the new key is attested and signs from now on")
            }
            Err(error) => tracing::error!(
                error = format!("{error:#}"),
                "the new key signs, but the files cannot be moved; it is tried again"
            ),
        }
    }

    /// What an anchor says in order to go on with its next key: the link in its own chain of epochs. With `floor`
    /// all that was signed before counts no more. The next key is on the disk when this returns.
    pub(crate) fn link(&self, trust: &Trust, floor: bool, now: Moment) -> Result<Saying, Refusal> {
        if self.name.depth() != 1 {
            return Err(Refusal::NoAnchor(self.name.clone()));
        }
        let (epoch, key) = self.signing(trust, now)?;
        let standing = trust.standing(&self.name).ok_or_else(|| Refusal::NotAttested(self.name.clone()))?;
        let newest = standing.newest().ok_or_else(|| Refusal::NotAttested(self.name.clone()))?;
        let newest = &newest.attestation;
        if newest.epoch != epoch {
            return Err(Refusal::Behind { name: self.name.clone(), epoch, newest: newest.epoch });
        }
        let following = epoch.checked_add(1).ok_or_else(|| Refusal::LastEpoch(self.name.clone()))?;
        let next = self.keys.prepare().map_err(Refusal::of_disk)?;
        // Others may hold further keys of the anchor; theirs go on.
        let mut keys = newest.keys.clone();
        keys.retain(|old| *old != key.public());
        keys.insert(0, next.public());
        let link = Attestation {
            keys,
            epoch: following,
            floor: if floor { following } else { standing.floor() },
            not_before: now.minus(BEGINS_BEFORE_SECONDS),
            not_after: None,
            ..newest.clone()
        };
        Ok(Saying::attestation(&link))
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
        let (epoch, key) = self.signing(&replica.trust(), now)?;
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
        let place = HeadKey::of(&content);
        let standing = self.standing(replica, &place)?;
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
        // By the head: of what was erased here nothing else is left, and its version is used all the same.
        let head = replica.keeper().head(&place)?.filter(|head| head.rank.epoch == epoch);
        let used = head.map(|head| head.rank.version).max(own.version(&place, epoch));
        content.version = used.unwrap_or(0).saturating_add(1);
        if replica.erasures().hold(&content) {
            return Err(Refusal::Erased(record));
        }
        Ok(Ok(Statement::seal(&content, &key, &replica.document().network)?))
    }

    /// What has to be said again after a new epoch: own records that stand under an older one or, because
    /// their key was given up, no more.
    pub(crate) fn again<K: Keeper>(
        &self,
        replica: &Replica<K>,
        own: &Statement,
        now: Moment,
    ) -> Result<Option<Saying>, Refusal> {
        let (epoch, _) = self.signing(&replica.trust(), now)?;
        let content = own.content();
        let key = HeadKey::of(content);
        let standing = replica.keeper().head(&key)?;
        let is_link = key.set == Set::Trust
            && content.publisher.depth() == 1
            && Attestation::read(content).is_ok_and(|link| link.subject == content.publisher);
        // What was withdrawn and stands no more needs no withdrawal.
        let is_gone = content.is_retracted() && standing.is_none();
        let is_said = standing.is_some_and(|head| head.rank.epoch >= epoch);
        if content.publisher != self.name || is_link || is_gone || is_said {
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
