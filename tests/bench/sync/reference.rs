//! The crate `negentropy` on the same sets: range-based reconciliation over a sorted vector, as Nostr relays do it.

use crate::cost::Cost;
use crate::cost::Sort;
use negentropy::Error;
use negentropy::Id;
use negentropy::Negentropy;
use negentropy::NegentropyStorageVector;
use replica::keeper::Keeper;
use replica::memory::MemoryKeeper;
use replica::order::Place;

/// All heads of a keeper in one sorted vector.
pub(crate) fn vector(keeper: &MemoryKeeper) -> Result<NegentropyStorageVector, Error> {
    let mut places = Vec::new();
    keeper.visit(&mut |_, place, _| places.push(place)).expect("memory is read without failure");
    sealed(&places)
}

/// These places in one sorted vector.
pub(crate) fn sealed(places: &[Place]) -> Result<NegentropyStorageVector, Error> {
    let mut vector = NegentropyStorageVector::with_capacity(places.len());
    for place in places {
        vector.insert(place.issued.seconds(), Id::from_byte_array(*place.id.as_bytes()))?;
    }
    vector.seal()?;
    Ok(vector)
}

/// Finds the difference. That the ids which are lacking are asked for afterwards is not counted.
pub(crate) fn compare(
    ours: &NegentropyStorageVector,
    theirs: &NegentropyStorageVector,
) -> Result<Cost, Error> {
    let mut cost = Cost::default();
    let (mut have, mut need) = (Vec::new(), Vec::new());
    let mut asker = Negentropy::borrowed(ours, 0)?;
    let mut answerer = Negentropy::borrowed(theirs, 0)?;
    let mut next = Some(cost.asker(Sort::Compare, || asker.initiate())?);
    while let Some(ask) = next {
        cost.rounds += 1;
        cost.asked += ask.len() as u64;
        let reply = cost.answerer(Sort::Compare, || answerer.reconcile(&ask))?;
        cost.answered += reply.len() as u64;
        next = cost.asker(Sort::Compare, || asker.reconcile_with_ids(&reply, &mut have, &mut need))?;
    }
    cost.compared = cost.asked + cost.answered;
    Ok(cost)
}
