//! What an attestation says that answers a request, and those that take trust back.

use crate::request::Request;
use record::attestation::Attestation;
use record::key::PublicKey;
use record::moment::Moment;
use record::name::Name;
use replica::trust::Standing;
use replica::trust::Trust;
use replica::trust::Vouched;

/// How far back a new epoch begins, in seconds: the town's clock may run behind that of its Land.
pub(crate) const BEGINS_BEFORE_SECONDS: u64 = 60;

/// Why nothing can be said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum VouchError {
    #[error("{own} cannot vouch for {subject}: only a name above it can.")]
    NotBelow { own: Name, subject: Name },
    #[error("no epoch can follow the newest one of {0}; its count is at an end.")]
    LastEpoch(Name),
    #[error(
        "this request asks for a key of {subject} that was given up or has ended (epoch {epoch}). Have a new key \
         made there with `allmende rotate`, and its request sent"
    )]
    GivenUp { subject: Name, epoch: u64 },
    #[error(
        "{attester} vouches for epoch {epoch} of {subject}, and the shorter name counts. Ask {attester} to change it"
    )]
    Outranked { attester: Name, subject: Name, epoch: u64 },
    #[error(
        "nobody vouches for {0}, so there is nothing to revoke. Look its name up on the page of all bodies"
    )]
    Unknown(Name),
    #[error(
        "the keys of {0} have ended or were given up already. To let it publish again, attest a request with a new key"
    )]
    Ended(Name),
    #[error("{0} has no right to vouch for others that could be taken away")]
    NoRight(Name),
    #[error("the request is of {asks}, not of {subject}. Name the body that the request is of")]
    Other { subject: Name, asks: Name },
    #[error(
        "{0} is an anchor and has no one above it: nobody can revoke it. Its own node goes on with a new key by \
         `allmende rotate`, and with `allmende rotate --floor` gives up what was signed before"
    )]
    Anchor(Name),
}

/// What is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// The keys end now; what was said stays.
    Keys,
    /// Everything said so far counts no more. The new epoch has the key of this request, or one that nobody holds.
    Everything(Successor),
    /// The right to vouch for others.
    Right,
}

/// Who signs after a stolen key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Successor {
    /// The victim, with the new key that it asks for.
    Asks(Box<Request>),
    /// Nobody: the secret half of this key was thrown away.
    Nobody(PublicKey),
}

/// What `own` says of who asks: the next epoch where the key is new, else the same epoch with the new name.
/// The right to vouch for others stays with who has it: a Kreis does not lose it by changing its key.
pub(crate) fn vouch(
    own: &Name,
    trust: &Trust,
    request: &Request,
    may_attest: bool,
    now: Moment,
) -> Result<Attestation, VouchError> {
    let subject = &request.publisher;
    is_below(own, subject)?;
    let standing = trust.standing(subject);
    let Some(known) = standing.and_then(|standing| holding(standing, &request.key)) else {
        let mut next = following(standing, subject, now)?;
        next.keys = vec![request.key];
        next.may_attest |= may_attest;
        return Ok(named(next, request));
    };
    let epoch = known.attestation.epoch;
    if standing.is_some_and(|standing| epoch < standing.floor()) || has_ended(known, now) {
        return Err(VouchError::GivenUp { subject: subject.clone(), epoch });
    }
    outranks(own, known)?;
    let mut same = known.attestation.clone();
    same.may_attest |= may_attest;
    same.floor = standing.map_or(1, Standing::floor).min(epoch);
    Ok(named(same, request))
}

/// What `own` says in order to take trust back from a name below it: one attestation for each epoch it concerns.
pub(crate) fn revoke(
    own: &Name,
    trust: &Trust,
    subject: &Name,
    loss: &Loss,
    now: Moment,
) -> Result<Vec<Attestation>, VouchError> {
    if subject.depth() == 1 {
        return Err(VouchError::Anchor(subject.clone()));
    }
    is_below(own, subject)?;
    let standing = trust.standing(subject).ok_or_else(|| VouchError::Unknown(subject.clone()))?;
    if let Loss::Everything(successor) = loss {
        return Ok(vec![give_up(standing, subject, successor, now)?]);
    }
    // An older epoch that stands open would let the same hands go on.
    let open = standing.epochs().range(standing.floor()..).map(|(_, vouched)| vouched);
    let (concerned, none): (Vec<&Vouched>, VouchError) = match loss {
        Loss::Right => (
            open.filter(|vouched| vouched.attestation.may_attest).collect(),
            VouchError::NoRight(subject.clone()),
        ),
        _ => (open.filter(|vouched| !has_ended(vouched, now)).collect(), VouchError::Ended(subject.clone())),
    };
    if concerned.is_empty() {
        return Err(none);
    }
    let mut said = Vec::new();
    for vouched in concerned {
        outranks(own, vouched)?;
        let mut less = vouched.attestation.clone();
        match loss {
            Loss::Right => less.may_attest = false,
            _ => less.not_after = Some(now),
        }
        said.push(less);
    }
    Ok(said)
}

/// A new epoch that is its own floor: all below it falls.
fn give_up(
    standing: &Standing,
    subject: &Name,
    successor: &Successor,
    now: Moment,
) -> Result<Attestation, VouchError> {
    let mut next = following(Some(standing), subject, now)?;
    next.floor = next.epoch;
    match successor {
        Successor::Nobody(key) => {
            next.keys = vec![*key];
            // No moment at all, so that everybody can see that nobody signs in it.
            next.not_after = Some(next.not_before);
            Ok(next)
        }
        Successor::Asks(request) => {
            if request.publisher != *subject {
                let asks = request.publisher.clone();
                return Err(VouchError::Other { subject: subject.clone(), asks });
            }
            if let Some(known) = holding(standing, &request.key) {
                let epoch = known.attestation.epoch;
                return Err(VouchError::GivenUp { subject: subject.clone(), epoch });
            }
            next.keys = vec![request.key];
            Ok(named(next, request))
        }
    }
}

/// The epoch after the newest one, with everything but keys as it was; of somebody new with empty names.
fn following(standing: Option<&Standing>, subject: &Name, now: Moment) -> Result<Attestation, VouchError> {
    let newest = standing.and_then(Standing::newest).map(|vouched| &vouched.attestation);
    let epoch = newest.map_or(0, |newest| newest.epoch).checked_add(1);
    let epoch = epoch.ok_or_else(|| VouchError::LastEpoch(subject.clone()))?;
    Ok(Attestation {
        subject: subject.clone(),
        name: newest.map_or_else(String::new, |newest| newest.name.clone()),
        org_type: newest.map_or_else(String::new, |newest| newest.org_type.clone()),
        ars: newest.and_then(|newest| newest.ars.clone()),
        keys: Vec::new(),
        epoch,
        floor: standing.map_or(1, Standing::floor),
        may_attest: newest.is_some_and(|newest| newest.may_attest),
        not_before: now.minus(BEGINS_BEFORE_SECONDS),
        not_after: None,
    })
}

fn named(attestation: Attestation, request: &Request) -> Attestation {
    let Request { name, org_type, ars, .. } = request.clone();
    Attestation { name, org_type, ars, ..attestation }
}

/// The newest epoch that lists the key.
fn holding<'a>(standing: &'a Standing, key: &PublicKey) -> Option<&'a Vouched> {
    standing.epochs().values().rev().find(|vouched| vouched.attestation.keys.contains(key))
}

fn has_ended(vouched: &Vouched, now: Moment) -> bool {
    vouched.attestation.not_after.is_some_and(|end| end <= now)
}

fn is_below(own: &Name, subject: &Name) -> Result<(), VouchError> {
    match own.is_above(subject) {
        true => Ok(()),
        false => Err(VouchError::NotBelow { own: own.clone(), subject: subject.clone() }),
    }
}

/// Of two who speak about one epoch the shorter name counts: what `own` says must not be said in vain.
fn outranks(own: &Name, vouched: &Vouched) -> Result<(), VouchError> {
    match &vouched.attester {
        Some(attester) if attester.is_above(own) => Err(VouchError::Outranked {
            attester: attester.clone(),
            subject: vouched.attestation.subject.clone(),
            epoch: vouched.attestation.epoch,
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::attesting::Loss;
    use crate::attesting::Successor;
    use crate::attesting::VouchError;
    use crate::attesting::revoke;
    use crate::attesting::vouch;
    use crate::request::Request;
    use record::attestation::Attestation;
    use record::attestation::KIND;
    use record::document::Anchor;
    use record::document::Document;
    use record::envelope::Statement;
    use record::key::SecretKey;
    use record::moment::Moment;
    use record::name::Name;
    use record::statement::Content;
    use record::statement::Said;
    use replica::admit::Replica;
    use replica::admit::Verdict;
    use replica::memory::MemoryKeeper;
    use replica::trust::Trust;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn now() -> Moment {
        Moment::from_seconds(1_793_606_400).unwrap()
    }

    fn th() -> Name {
        "th".parse().unwrap()
    }

    fn asks(publisher: &str, seed: u8) -> Request {
        Request {
            publisher: publisher.parse().unwrap(),
            name: format!("Kreis {publisher}"),
            org_type: "district".to_owned(),
            ars: None,
            key: SecretKey::from_seed([seed; 32]).public(),
        }
    }

    /// What is believed after the Land has said this.
    fn believing(attestations: &[Attestation]) -> Arc<Trust> {
        let land = SecretKey::from_seed([1; 32]);
        let document = Document {
            network: "allmende-test".parse().unwrap(),
            publisher_records_max: 100,
            anchors: BTreeMap::from([(
                "th".to_owned(),
                Anchor { name: "Freistaat Thüringen".to_owned(), keys: vec![land.public()] },
            )]),
        };
        let network = document.network.clone();
        let mut replica = Replica::open(document, MemoryKeeper::default()).unwrap();
        for attestation in attestations {
            let content = Content {
                publisher: th(),
                record: Attestation::record_id(&attestation.subject, attestation.epoch),
                kind: KIND.parse().unwrap(),
                schema: 1,
                epoch: 1,
                version: 1,
                issued: now().minus(30),
                said: Said::Body(attestation.to_body()),
            };
            let statement = Statement::seal(&content, &land, &network).unwrap();
            assert_eq!(replica.admit(statement, now()).unwrap().verdict, Verdict::Admitted);
        }
        replica.trust()
    }

    #[test]
    fn the_right_to_vouch_outlives_a_new_name() {
        let first = vouch(&th(), &believing(&[]), &asks("th.shk", 2), true, now()).unwrap();
        assert_eq!((first.epoch, first.may_attest), (1, true));
        let renamed = Request { name: "Saale-Holzland-Kreis".to_owned(), ..asks("th.shk", 2) };
        let again = vouch(&th(), &believing(std::slice::from_ref(&first)), &renamed, false, now()).unwrap();
        assert_eq!(again, Attestation { name: renamed.name, ..first.clone() });
        // A new key is a new epoch of the same Kreis.
        let next = vouch(&th(), &believing(&[first]), &asks("th.shk", 3), false, now()).unwrap();
        assert_eq!((next.epoch, next.may_attest), (2, true));
    }

    #[test]
    fn after_the_last_epoch_comes_none() {
        let first = vouch(&th(), &believing(&[]), &asks("th.shk", 2), false, now()).unwrap();
        let trust = believing(&[Attestation { epoch: u64::MAX, ..first }]);
        let refused = vouch(&th(), &trust, &asks("th.shk", 3), false, now());
        assert_eq!(refused, Err(VouchError::LastEpoch("th.shk".parse().unwrap())));
    }

    #[test]
    fn only_a_name_above_vouches() {
        let refused = vouch(&"sh".parse().unwrap(), &believing(&[]), &asks("th.shk", 2), false, now());
        assert!(matches!(refused, Err(VouchError::NotBelow { .. })));
    }

    fn shk() -> Name {
        "th.shk".parse().unwrap()
    }

    /// The Kreis in two epochs, both open, with the right to vouch.
    fn two_epochs() -> Vec<Attestation> {
        let first = vouch(&th(), &believing(&[]), &asks("th.shk", 2), true, now()).unwrap();
        let trust = believing(std::slice::from_ref(&first));
        let second = vouch(&th(), &trust, &asks("th.shk", 3), false, now()).unwrap();
        vec![first, second]
    }

    #[test]
    fn keys_end_in_every_epoch_that_is_open() {
        let both = two_epochs();
        let trust = believing(&both);
        let ended = revoke(&th(), &trust, &shk(), &Loss::Keys, now()).unwrap();
        let expected: Vec<_> =
            both.into_iter().map(|old| Attestation { not_after: Some(now()), ..old }).collect();
        assert_eq!(ended, expected);
        let over = revoke(&th(), &believing(&ended), &shk(), &Loss::Keys, now());
        assert_eq!(over, Err(VouchError::Ended(shk())));
        // The ended key does not come back, a new one does.
        let back = vouch(&th(), &believing(&ended), &asks("th.shk", 3), false, now());
        assert_eq!(back, Err(VouchError::GivenUp { subject: shk(), epoch: 2 }));
        let fresh = vouch(&th(), &believing(&ended), &asks("th.shk", 4), false, now()).unwrap();
        assert_eq!((fresh.epoch, fresh.floor, fresh.not_after), (3, 1, None));
    }

    #[test]
    fn the_right_to_vouch_is_taken_alone() {
        let both = two_epochs();
        let less = revoke(&th(), &believing(&both), &shk(), &Loss::Right, now()).unwrap();
        let expected: Vec<_> = both.into_iter().map(|old| Attestation { may_attest: false, ..old }).collect();
        assert_eq!(less, expected);
        let none = revoke(&th(), &believing(&less), &shk(), &Loss::Right, now());
        assert_eq!(none, Err(VouchError::NoRight(shk())));
    }

    #[test]
    fn after_a_theft_only_a_key_that_is_new_goes_on() {
        let both = two_epochs();
        let trust = believing(&both);
        let lost = |successor| revoke(&th(), &trust, &shk(), &Loss::Everything(successor), now());
        let asks_with = |seed| Successor::Asks(Box::new(asks("th.shk", seed)));
        let fresh = lost(asks_with(4)).unwrap();
        let said = (fresh[0].epoch, fresh[0].floor, fresh[0].may_attest, fresh[0].keys.clone());
        assert_eq!(said, (3, 3, true, vec![asks("th.shk", 4).key]));
        // The thief asks as well.
        assert_eq!(lost(asks_with(2)), Err(VouchError::GivenUp { subject: shk(), epoch: 1 }));
        let other = lost(Successor::Asks(Box::new(asks("th.jena", 4))));
        assert!(matches!(other, Err(VouchError::Other { .. })), "{other:?}");
        // Without a request nobody can sign, until somebody asks with a new key; the floor stays.
        let sealed = lost(Successor::Nobody(SecretKey::from_seed([9; 32]).public())).unwrap();
        assert_eq!((sealed[0].epoch, sealed[0].floor), (3, 3));
        assert_eq!(sealed[0].not_after, Some(sealed[0].not_before));
        let trust = believing(&[both, sealed].concat());
        let old = vouch(&th(), &trust, &asks("th.shk", 3), false, now());
        assert_eq!(old, Err(VouchError::GivenUp { subject: shk(), epoch: 2 }));
        let next = vouch(&th(), &trust, &asks("th.shk", 4), false, now()).unwrap();
        assert_eq!((next.epoch, next.floor, next.may_attest), (4, 3, true));
    }

    #[test]
    fn nobody_revokes_above_or_beside_itself() {
        let trust = believing(&two_epochs());
        let tried = |own: &str, subject: &str| {
            revoke(&own.parse().unwrap(), &trust, &subject.parse().unwrap(), &Loss::Keys, now())
        };
        assert_eq!(tried("th", "th"), Err(VouchError::Anchor(th())));
        assert!(matches!(tried("sh", "th.shk"), Err(VouchError::NotBelow { .. })));
        assert!(matches!(tried("th.shk", "th.shk"), Err(VouchError::NotBelow { .. })));
        assert_eq!(tried("th", "th.gera"), Err(VouchError::Unknown("th.gera".parse().unwrap())));
    }

    #[test]
    fn what_the_land_said_only_the_land_changes() {
        let kreis = vouch(&th(), &believing(&[]), &asks("th.shk", 2), true, now()).unwrap();
        let town = vouch(&th(), &believing(&[]), &asks("th.shk.dornburg", 5), false, now()).unwrap();
        let trust = believing(&[kreis, town.clone()]);
        let subject = town.subject;
        let tried = revoke(&shk(), &trust, &subject, &Loss::Keys, now());
        assert_eq!(tried, Err(VouchError::Outranked { attester: th(), subject, epoch: 1 }));
        let renamed = vouch(&shk(), &trust, &asks("th.shk.dornburg", 5), false, now());
        assert!(matches!(renamed, Err(VouchError::Outranked { .. })), "{renamed:?}");
    }
}
