//! Who may speak: the walk down the names from the anchors, over the attestations that are held.
//!
//! Everything here follows from the set of attestations and never from the order they came in.

use crate::order::Head;
use record::attestation::Attestation;
use record::document::Document;
use record::envelope::Statement;
use record::key::PublicKey;
use record::moment::Moment;
use record::name::Name;
use record::statement::StatementId;
use std::collections::BTreeMap;

/// One epoch of a publisher that is vouched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// What is vouched for.
    pub attestation: Attestation,
    /// By whom; `None` for an anchor's first epoch, which stands in the network document.
    pub attester: Option<Name>,
    /// In which statement.
    pub statement: Option<StatementId>,
}

/// What a publisher's word is worth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    floor: u64,
    epochs: BTreeMap<u64, Vouched>,
}

impl Standing {
    /// Statements of lower epochs count no more.
    pub fn floor(&self) -> u64 {
        self.floor
    }

    /// Every epoch that is vouched for.
    pub fn epochs(&self) -> &BTreeMap<u64, Vouched> {
        &self.epochs
    }

    /// The newest epoch that is vouched for.
    pub fn newest(&self) -> Option<&Vouched> {
        self.epochs.values().next_back()
    }

    fn new(epochs: BTreeMap<u64, Vouched>) -> Standing {
        let floor = epochs.values().map(|vouched| vouched.attestation.floor).max().unwrap_or(1);
        Standing { floor, epochs }
    }

    /// Whether whatever this standing allows is still allowed by the other.
    fn is_within(&self, other: &Standing) -> bool {
        other.floor <= self.floor
            && self.epochs.iter().all(|(epoch, Vouched { attestation: old, .. })| {
                other.epochs.get(epoch).is_some_and(|Vouched { attestation: new, .. }| {
                    old.keys.iter().all(|key| new.keys.contains(key))
                        && new.not_before <= old.not_before
                        && new.not_after.is_none_or(|end| old.not_after.is_some_and(|old| old <= end))
                        && (new.may_attest || !old.may_attest)
                })
            })
    }
}

/// Why a statement's publisher is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// Nobody vouches for the publisher, as far as is known here.
    #[error("nobody vouches for {0} yet: its Land or association has to attest it")]
    Unattested(Name),
    /// Nobody vouches for this epoch of the publisher.
    #[error("nobody vouches for epoch {epoch} of {publisher} yet")]
    Epoch {
        /// Whose.
        publisher: Name,
        /// Which.
        epoch: u64,
    },
    /// The key is not among those attested.
    #[error("the key {key} is not attested for {publisher} in epoch {epoch}")]
    Key {
        /// Whose.
        publisher: Name,
        /// Which epoch.
        epoch: u64,
        /// The key that signed.
        key: PublicKey,
    },
    /// The epoch was given up, for instance after a theft.
    #[error("epoch {epoch} of {publisher} counts no more, its floor is {floor}")]
    Floor {
        /// Whose.
        publisher: Name,
        /// The statement's.
        epoch: u64,
        /// The lowest that counts.
        floor: u64,
    },
    /// Issued before the keys were attested to begin.
    #[error("it was issued at {issued}, the keys of {publisher} hold from {from}")]
    NotYet {
        /// Whose.
        publisher: Name,
        /// When.
        issued: Moment,
        /// The beginning.
        from: Moment,
    },
    /// Issued after the keys ended.
    #[error("it was issued at {issued}, the keys of {publisher} ended at {until}")]
    Expired {
        /// Whose.
        publisher: Name,
        /// When.
        issued: Moment,
        /// The end.
        until: Moment,
    },
    /// The attester may sign records but vouch for nobody.
    #[error("{0} is not entitled to vouch for others")]
    MayNotAttest(Name),
}

impl Distrust {
    /// The stable code that counters and the API use.
    pub fn code(&self) -> &'static str {
        match self {
            Distrust::Unattested(_) => "unattested-publisher",
            Distrust::Epoch { .. } => "unattested-epoch",
            Distrust::Key { .. } => "unattested-key",
            Distrust::Floor { .. } => "below-floor",
            Distrust::NotYet { .. } => "not-yet-valid",
            Distrust::Expired { .. } => "expired",
            Distrust::MayNotAttest(_) => "may-not-attest",
        }
    }

    /// Whether an attestation that is still on its way can cure it.
    pub fn may_pass(&self) -> bool {
        matches!(self, Distrust::Unattested(_) | Distrust::Epoch { .. } | Distrust::Key { .. })
    }
}

/// An attestation as it was signed.
#[derive(Clone, Debug)]
struct Claim {
    attestation: Attestation,
    attester: Name,
    epoch: u64,
    key: PublicKey,
    issued: Moment,
    id: StatementId,
}

/// The attestations that are held, and what follows from them.
#[derive(Clone, Debug)]
pub struct Trust {
    /// By subject, then by epoch and by the attester's number of labels: the shorter name comes first
    /// and wins, and of all prefixes of a name each has another length.
    claims: BTreeMap<Name, BTreeMap<(u64, usize), Claim>>,
    anchors: BTreeMap<Name, Vouched>,
    standings: BTreeMap<Name, Standing>,
}

impl Trust {
    /// The trust that the network document alone gives.
    pub fn new(document: &Document) -> Trust {
        let mut anchors = BTreeMap::new();
        for (label, anchor) in &document.anchors {
            let name: Name = label.parse().expect("a document holds only labels that are Länder");
            let attestation = Attestation {
                subject: name.clone(),
                name: anchor.name.clone(),
                org_type: "state-body".to_owned(),
                ars: None,
                keys: anchor.keys.clone(),
                epoch: 1,
                floor: 1,
                may_attest: true,
                not_before: Moment::from_seconds(0).expect("1970 is a moment"),
                not_after: None,
            };
            anchors.insert(name, Vouched { attestation, attester: None, statement: None });
        }
        let mut trust = Trust { claims: BTreeMap::new(), anchors, standings: BTreeMap::new() };
        trust.settle_all();
        trust
    }

    /// Everybody who is vouched for, by name.
    pub fn standings(&self) -> &BTreeMap<Name, Standing> {
        &self.standings
    }

    /// The standing of one publisher.
    pub fn standing(&self, name: &Name) -> Option<&Standing> {
        self.standings.get(name)
    }

    /// Who vouches for the keys of this publisher's epoch.
    pub fn vouched(&self, name: &Name, epoch: u64) -> Option<&Vouched> {
        self.standings.get(name)?.epochs.get(&epoch)
    }

    /// Whether a statement of set R is believed.
    pub fn judge(&self, statement: &Statement) -> Result<(), Distrust> {
        let content = statement.content();
        self.believes(&content.publisher, content.epoch, statement.key(), content.issued)?;
        self.is_above_floor(&content.publisher, content.epoch)
    }

    /// Whether a head of set R whose bytes are not kept is still believed: by publisher, epoch and moment. Which of
    /// the epoch's keys had signed it is no longer known, so that any of them will do.
    pub(crate) fn judge_head(&self, head: &Head) -> Result<(), Distrust> {
        let publisher = &head.key.publisher;
        let key =
            self.vouched(publisher, head.rank.epoch).and_then(|vouched| vouched.attestation.keys.first());
        let key =
            key.ok_or_else(|| Distrust::Epoch { publisher: publisher.clone(), epoch: head.rank.epoch })?;
        self.believes(publisher, head.rank.epoch, *key, head.issued)?;
        self.is_above_floor(publisher, head.rank.epoch)
    }

    /// Whether a statement of set T is believed.
    pub fn judge_attestation(
        &self,
        statement: &Statement,
        attestation: &Attestation,
    ) -> Result<(), Distrust> {
        self.judge_claim(&claim(statement, attestation.clone()))
    }

    fn judge_claim(&self, claim: &Claim) -> Result<(), Distrust> {
        let vouched = self.believes(&claim.attester, claim.epoch, claim.key, claim.issued)?;
        if claim.attester == claim.attestation.subject {
            // A link in an anchor's own chain of epochs. The floor does not touch it: the chain has
            // to stay verifiable for a newcomer who only holds the network document.
            return Ok(());
        }
        self.is_above_floor(&claim.attester, claim.epoch)?;
        if vouched.attestation.may_attest {
            Ok(())
        } else {
            Err(Distrust::MayNotAttest(claim.attester.clone()))
        }
    }

    fn believes(
        &self,
        name: &Name,
        epoch: u64,
        key: PublicKey,
        issued: Moment,
    ) -> Result<&Vouched, Distrust> {
        let publisher = || name.clone();
        let standing = self.standings.get(name).ok_or_else(|| Distrust::Unattested(publisher()))?;
        let Some(vouched) = standing.epochs.get(&epoch) else {
            return Err(match epoch < standing.floor {
                true => Distrust::Floor { publisher: publisher(), epoch, floor: standing.floor },
                false => Distrust::Epoch { publisher: publisher(), epoch },
            });
        };
        let attestation = &vouched.attestation;
        if !attestation.keys.contains(&key) {
            return Err(Distrust::Key { publisher: publisher(), epoch, key });
        }
        if issued < attestation.not_before {
            return Err(Distrust::NotYet { publisher: publisher(), issued, from: attestation.not_before });
        }
        match attestation.not_after {
            Some(until) if issued > until => Err(Distrust::Expired { publisher: publisher(), issued, until }),
            _ => Ok(vouched),
        }
    }

    fn is_above_floor(&self, name: &Name, epoch: u64) -> Result<(), Distrust> {
        match self.standings.get(name) {
            Some(standing) if epoch < standing.floor => {
                Err(Distrust::Floor { publisher: name.clone(), epoch, floor: standing.floor })
            }
            _ => Ok(()),
        }
    }

    /// Takes an attestation in; [`Trust::settle`] draws the conclusions.
    pub(crate) fn put(&mut self, statement: &Statement, attestation: Attestation) {
        let claim = claim(statement, attestation);
        let place = (claim.attestation.epoch, claim.attester.depth());
        self.claims.entry(claim.attestation.subject.clone()).or_default().insert(place, claim);
    }

    /// Takes an attestation out; [`Trust::settle`] draws the conclusions.
    pub(crate) fn remove(&mut self, attester: &Name, attestation: &Attestation) {
        if let Some(claims) = self.claims.get_mut(&attestation.subject) {
            claims.remove(&(attestation.epoch, attester.depth()));
        }
    }

    /// Walks down from this name again and answers whose word is worth less than before.
    pub(crate) fn settle(&mut self, root: &Name) -> Vec<Name> {
        let mut below: Vec<Name> = vec![root.clone()];
        let known = self.claims.range(root.clone()..).map(|(name, _)| name);
        // Names between the root and those below it, such as th.jena-west after th.jena, are passed over.
        below.extend(
            known
                .take_while(|name| name.as_str().starts_with(root.as_str()))
                .filter(|name| root.is_above(name))
                .cloned(),
        );
        let mut shrunk = Vec::new();
        for name in below {
            // Taken out first: working out an anchor's chain puts unfinished standings in its place.
            let old = self.standings.remove(&name);
            match self.stand(&name) {
                Some(standing) => drop(self.standings.insert(name.clone(), standing)),
                None => drop(self.standings.remove(&name)),
            }
            let new = self.standings.get(&name);
            if old.is_some_and(|old| new.is_none_or(|new| !old.is_within(new))) {
                shrunk.push(name);
            }
        }
        shrunk
    }

    /// Walks down from all anchors.
    pub(crate) fn settle_all(&mut self) {
        for anchor in self.anchors.keys().cloned().collect::<Vec<_>>() {
            self.settle(&anchor);
        }
    }

    /// What the claims about this name amount to, given the standings of the names above it.
    fn stand(&mut self, name: &Name) -> Option<Standing> {
        if let Some(genesis) = self.anchors.get(name).cloned() {
            return Some(self.chain(name, genesis));
        }
        let mut epochs = BTreeMap::new();
        for ((epoch, _), claim) in self.claims.get(name)? {
            // The attester with the shorter name comes first, and the first believed one stays.
            if !epochs.contains_key(epoch) && self.judge_claim(claim).is_ok() {
                epochs.insert(*epoch, vouched(claim));
            }
        }
        (!epochs.is_empty()).then(|| Standing::new(epochs))
    }

    /// An anchor's epochs: each is signed with a key of the epoch before, back to the document.
    fn chain(&mut self, anchor: &Name, genesis: Vouched) -> Standing {
        let mut standing = Standing::new(BTreeMap::from([(1, genesis)]));
        let claims = self.claims.get(anchor).cloned().unwrap_or_default();
        for ((epoch, _), claim) in claims {
            self.standings.insert(anchor.clone(), standing.clone());
            if claim.epoch.checked_add(1) == Some(epoch) && self.judge_claim(&claim).is_ok() {
                standing.epochs.insert(epoch, vouched(&claim));
                standing = Standing::new(standing.epochs);
            }
        }
        standing
    }
}

fn claim(statement: &Statement, attestation: Attestation) -> Claim {
    let content = statement.content();
    Claim {
        attestation,
        attester: content.publisher.clone(),
        epoch: content.epoch,
        key: statement.key(),
        issued: content.issued,
        id: statement.id(),
    }
}

fn vouched(claim: &Claim) -> Vouched {
    Vouched {
        attestation: claim.attestation.clone(),
        attester: Some(claim.attester.clone()),
        statement: Some(claim.id),
    }
}
