//! What an attestation says that answers a request.

use crate::request::Request;
use record::attestation::Attestation;
use record::moment::Moment;
use record::name::Name;
use replica::trust::Trust;
use replica::trust::Vouched;

/// How far back a first attestation begins, in seconds: the town's clock may run behind that of its Land.
const BEGINS_BEFORE_SECONDS: u64 = 60;

/// Why nothing can be said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum VouchError {
    #[error("{own} cannot vouch for {subject}: only a name above it can.")]
    NotBelow { own: Name, subject: Name },
    #[error("no epoch can follow the newest one of {0}; its count is at an end.")]
    LastEpoch(Name),
}

/// What `own` says of who asks: the next epoch where the key is new, else the same epoch with the new name.
/// The right to vouch for others stays with who has it: without it all that was vouched for would fall.
pub(crate) fn vouch(
    own: &Name,
    trust: &Trust,
    request: &Request,
    may_attest: bool,
    now: Moment,
) -> Result<Attestation, VouchError> {
    let subject = request.publisher.clone();
    if !own.is_above(&subject) {
        return Err(VouchError::NotBelow { own: own.clone(), subject });
    }
    let standing = trust.standing(&subject);
    let known = standing.and_then(|standing| {
        let has = |vouched: &&Vouched| vouched.attestation.keys.contains(&request.key);
        standing.epochs().values().rev().find(has).map(|vouched| &vouched.attestation)
    });
    let newest = standing.and_then(|standing| standing.newest()).map(|vouched| vouched.attestation.epoch);
    let (epoch, not_before) = match (known, newest) {
        (Some(known), _) => (known.epoch, known.not_before),
        (None, newest) => {
            let next = newest.unwrap_or_default().checked_add(1);
            let next = next.ok_or_else(|| VouchError::LastEpoch(subject.clone()))?;
            (next, now.minus(BEGINS_BEFORE_SECONDS))
        }
    };
    Ok(Attestation {
        subject,
        name: request.name.clone(),
        org_type: request.org_type.clone(),
        ars: request.ars.clone(),
        keys: known.map_or_else(|| vec![request.key], |known| known.keys.clone()),
        epoch,
        floor: standing.map_or(1, |standing| standing.floor()),
        may_attest: may_attest || known.is_some_and(|known| known.may_attest),
        not_before,
        not_after: known.and_then(|known| known.not_after),
    })
}

#[cfg(test)]
mod tests {
    use crate::attesting::VouchError;
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
        // A new key is a new epoch and has what it is given.
        let next = vouch(&th(), &believing(&[first]), &asks("th.shk", 3), false, now()).unwrap();
        assert_eq!((next.epoch, next.may_attest), (2, false));
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
}
