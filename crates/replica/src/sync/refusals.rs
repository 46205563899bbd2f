//! What was fetched and did not come to stand: remembered, so that it is not fetched again at every talk.

use crate::admit::Refused;
use crate::admit::Verdict;
use crate::bounds::REFUSALS_MAX;
use crate::fingerprint::Fingerprint;
use crate::tree::ShortPlace;
use record::moment::Moment;
use std::collections::BTreeMap;

/// A bounded memory. A refusal holds as long as the trust is the same: another attestation may change the verdict.
#[derive(Debug, Default)]
pub struct Refusals {
    refused: BTreeMap<ShortPlace, Refusal>,
    /// By age, so that the oldest is forgotten first.
    order: BTreeMap<u64, ShortPlace>,
    count: u64,
}

#[derive(Clone, Copy, Debug)]
struct Refusal {
    age: u64,
    under: Fingerprint,
    /// Until when, for what only waits for its hour.
    until: Option<Moment>,
}

impl Refusals {
    /// Remembers what became of a statement that a peer gave.
    pub fn note(&mut self, place: ShortPlace, verdict: &Verdict, under: Fingerprint) {
        let until = match verdict {
            Verdict::Admitted | Verdict::Known => return,
            Verdict::Held(Refused::Future { issued, .. }) => {
                Some(issued.minus(record::bounds::CLOCK_AHEAD_SECONDS_MAX))
            }
            Verdict::Passed | Verdict::Held(_) | Verdict::Refused(_) => None,
        };
        self.count += 1;
        let refusal = Refusal { age: self.count, under, until };
        if let Some(old) = self.refused.insert(place, refusal) {
            self.order.remove(&old.age);
        }
        self.order.insert(refusal.age, place);
        while self.refused.len() > REFUSALS_MAX {
            let Some((_, oldest)) = self.order.pop_first() else { return };
            self.refused.remove(&oldest);
        }
    }

    /// Whether this was refused under the same trust, so that asking for it again would bring nothing.
    pub fn hold(&self, place: &ShortPlace, under: Fingerprint, now: Moment) -> bool {
        let same =
            |refusal: &Refusal| refusal.under == under && refusal.until.is_none_or(|until| now < until);
        self.refused.get(place).is_some_and(same)
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.refused.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.refused.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use crate::admit::Refused;
    use crate::admit::Verdict;
    use crate::bounds::REFUSALS_MAX;
    use crate::fingerprint::Summary;
    use crate::sync::refusals::Refusals;
    use crate::tree::ShortPlace;
    use record::moment::Moment;
    use record::statement::StatementId;

    fn place(number: u64) -> ShortPlace {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&number.to_be_bytes());
        ShortPlace { issued: Moment::from_seconds(number).unwrap(), id }
    }

    #[test]
    fn a_refusal_holds_under_the_trust_it_was_made_with() {
        let (now, before) = (Moment::from_seconds(1_000).unwrap(), Summary::default().fingerprint());
        let after = Summary::of(&StatementId::from_bytes([1; 32])).fingerprint();
        let mut refusals = Refusals::default();
        refusals.note(place(1), &Verdict::Refused(Refused::Quota(1)), before);
        refusals.note(place(2), &Verdict::Known, before);
        let future = Refused::Future { issued: now.plus(700), now };
        refusals.note(place(3), &Verdict::Held(future), before);
        assert!(refusals.hold(&place(1), before, now) && !refusals.hold(&place(1), after, now));
        assert!(!refusals.hold(&place(2), before, now));
        assert!(refusals.hold(&place(3), before, now) && !refusals.hold(&place(3), before, now.plus(100)));
    }

    #[test]
    fn the_oldest_is_forgotten_first() {
        let root = Summary::default().fingerprint();
        let mut refusals = Refusals::default();
        for number in 0..=REFUSALS_MAX as u64 {
            refusals.note(place(number), &Verdict::Refused(Refused::Quota(1)), root);
            refusals.note(place(number), &Verdict::Refused(Refused::Quota(1)), root);
        }
        let now = Moment::from_seconds(0).unwrap();
        assert_eq!((refusals.len(), refusals.order.len()), (REFUSALS_MAX, REFUSALS_MAX));
        assert!(!refusals.hold(&place(0), root, now) && refusals.hold(&place(1), root, now));
    }
}
