//! What every keeper promises, as one suite that runs on each of them.

use crate::keeper::Change;
use crate::keeper::Keeper;
use crate::keeper::Step;
use crate::order::Bucket;
use crate::order::Head;
use crate::order::HeadKey;
use crate::order::Place;
use crate::order::Rank;
use crate::order::Set;
use record::moment::Moment;
use record::statement::RecordId;
use record::statement::StatementId;
use std::sync::Arc;

fn key(set: Set, publisher: &str, record: u8) -> HeadKey {
    let publisher = publisher.parse().expect("the suite writes good names");
    HeadKey { set, publisher, record: RecordId::from_bytes([record; 16]) }
}

fn head(key: HeadKey, version: u64, issued: u64, id: u8) -> Head {
    let rank = Rank { epoch: 1, version, id: StatementId::from_bytes([id; 32]) };
    Head { key, rank, issued: Moment::from_seconds(issued).expect("the suite writes near moments") }
}

fn stand(head: &Head, bytes: &[u8]) -> Step {
    Step::Stand(head.clone(), Arc::from(bytes))
}

fn land(label: &str) -> Bucket {
    Bucket::land(label).expect("the suite names Länder")
}

/// Runs the suite. `open` opens the keeper, the first time empty; then it is handed the keeper that was
/// flushed, and opens what that one kept: a keeper on disk drops it and opens the folder again.
///
/// # Panics
/// When the keeper breaks a promise.
pub fn run<K: Keeper>(mut open: impl FnMut(Option<K>) -> K) {
    let jena = head(key(Set::Records, "th.jena", 1), 1, 100, 0x11);
    let weimar = head(key(Set::Records, "th.weimar", 2), 1, 90, 0x22);
    let husum = head(key(Set::Records, "sh.husum", 3), 1, 80, 0x33);
    let vouch = head(key(Set::Trust, "th", 4), 1, 70, 0x44);
    let mut keeper = open(None);
    starts_empty(&keeper);
    let steps =
        [stand(&jena, b"jena"), stand(&weimar, b"weimar"), stand(&husum, b"husum"), stand(&vouch, b"vouch")];
    assert_eq!(keeper.apply(&steps), Ok(4), "changes are counted from 1");
    keeper.flush().expect("a healthy keeper flushes");
    holds(&keeper, &[&jena, &weimar, &husum, &vouch]);
    let mut keeper = open(Some(keeper));
    assert_eq!(keeper.newest(), 4, "the number of changes survives");
    holds(&keeper, &[&jena, &weimar, &husum, &vouch]);
    replaces(&mut keeper, &jena);
    drops(&mut keeper, &weimar);
    keeper.flush().expect("a healthy keeper flushes");
    let keeper = open(Some(keeper));
    assert_eq!(keeper.head(&weimar.key), Ok(None));
    let numbers: Vec<u64> =
        keeper.changes(0, 10).expect("reads").iter().map(|change| change.number).collect();
    assert_eq!(numbers, [3, 4, 5, 11, 12], "a head has one entry in the feed, and so has what is gone");
    let mut keeper = keeper;
    blanks(&mut keeper, &husum);
    keeper.flush().expect("a healthy keeper flushes");
    let mut keeper = open(Some(keeper));
    is_blank(&keeper, &husum, 13);
    fills_again(&mut keeper, &husum);
}

/// What is shown place by place is what stands there, until enough is seen.
fn shows(keeper: &impl Keeper, bucket: Bucket, places: &[Place]) {
    let standing = |place: &Place| {
        let key = keeper.at(&bucket, *place).expect("reads")?;
        let statement = keeper.statement(&key).expect("reads").and_then(|change| change.statement)?;
        Some((*place, statement.to_vec()))
    };
    let standing: Vec<_> = places.iter().filter_map(standing).collect();
    for enough in 1..=places.len() {
        let mut shown = Vec::new();
        let see = &mut |place, statement: &[u8]| {
            shown.push((place, statement.to_vec()));
            shown.len() < enough
        };
        keeper.statements(&bucket, places, see).expect("reads");
        assert_eq!(shown.as_slice(), standing.get(..enough).unwrap_or(&standing), "the first {enough}");
    }
}

/// The bytes go, and head, place and record stay.
fn is_blank(keeper: &impl Keeper, head: &Head, number: u64) {
    let blank = Change { number, key: head.key.clone(), statement: None };
    assert_eq!(keeper.head(&head.key).as_ref(), Ok(&Some(head.clone())), "the head stays");
    assert_eq!(keeper.statement(&head.key), Ok(Some(blank.clone())), "its bytes are gone");
    assert_eq!(keeper.changes(number - 1, 1), Ok(vec![blank]), "and the feed says so");
    assert_eq!(keeper.at(&head.key.bucket(), head.place()), Ok(Some(head.key.clone())), "the place stays");
    assert_eq!(keeper.places(&head.key.bucket(), None, 10), Ok(vec![head.place()]));
    shows(keeper, head.key.bucket(), &[head.place()]);
    assert_eq!(keeper.records(head.key.set, &head.key.publisher), Ok(vec![head.key.record]));
}

fn blanks(keeper: &mut impl Keeper, husum: &Head) {
    assert_eq!(keeper.apply(&[Step::Blank(husum.clone())]), Ok(13));
    is_blank(keeper, husum, 13);
    assert!(keeper.changes(0, 10).expect("reads").iter().all(|change| change.number != 3));
}

/// What was blocked before it came is blank from the first; a newer version fills the place again.
fn fills_again(keeper: &mut impl Keeper, husum: &Head) {
    let kiel = head(key(Set::Records, "sh.kiel", 1), 1, 85, 0x77);
    let newer = head(husum.key.clone(), 2, 86, 0x78);
    assert_eq!(keeper.apply(&[Step::Blank(kiel.clone()), stand(&newer, b"husum again")]), Ok(15));
    assert_eq!(keeper.at(&husum.key.bucket(), husum.place()), Ok(None), "the old place is empty");
    let change = keeper.statement(&husum.key).expect("reads").expect("stands");
    assert_eq!(change.statement.as_deref(), Some(b"husum again".as_slice()));
    assert_eq!(
        keeper.statement(&kiel.key).map(|change| change.map(|change| change.statement)),
        Ok(Some(None))
    );
    assert_eq!(keeper.apply(&[Step::Drop(kiel.key.clone())]), Ok(16));
    assert_eq!(keeper.head(&kiel.key), Ok(None));
    assert_eq!(keeper.at(&kiel.key.bucket(), kiel.place()), Ok(None));
}

fn starts_empty(keeper: &impl Keeper) {
    assert_eq!(keeper.newest(), 0);
    assert_eq!(keeper.changes(0, 10), Ok(Vec::new()));
    assert_eq!(keeper.head(&key(Set::Records, "th.jena", 1)), Ok(None));
}

fn holds(keeper: &impl Keeper, heads: &[&Head]) {
    for head in heads {
        assert_eq!(keeper.head(&head.key).as_ref(), Ok(&Some((*head).clone())));
        assert_eq!(keeper.at(&head.key.bucket(), head.place()), Ok(Some(head.key.clone())));
        let change = keeper.statement(&head.key).expect("reads").expect("stands");
        assert_eq!(change.key, head.key);
        assert_eq!(keeper.changes(change.number - 1, 1), Ok(vec![change]));
    }
    let mut seen = Vec::new();
    keeper.visit(&mut |bucket, place, key| seen.push((*bucket, place, key.clone()))).expect("visits");
    assert!(seen.is_sorted(), "by bucket, then by place");
    let mut expected: Vec<_> =
        heads.iter().map(|head| (head.key.bucket(), head.place(), head.key.clone())).collect();
    expected.sort();
    assert_eq!(seen, expected);
    let places: Vec<Place> = keeper.places(&land("th"), None, 10).expect("reads");
    let [weimar, jena] = places.as_slice() else {
        unreachable!("weimar, then jena, and nobody from elsewhere")
    };
    assert!(weimar.issued < jena.issued);
    assert_eq!(keeper.places(&land("th"), None, 1), Ok(vec![*weimar]));
    assert_eq!(keeper.places(&land("th"), Some(*weimar), 10), Ok(vec![*jena]));
    shows(keeper, land("th"), &places);
    shows(keeper, land("th"), &[*jena]);
    shows(keeper, land("sh"), &places);
}

fn replaces(keeper: &mut impl Keeper, old: &Head) {
    let new = head(old.key.clone(), 2, 200, 0x55);
    assert_eq!(keeper.apply(&[stand(&new, b"jena again")]), Ok(5));
    assert_eq!(keeper.head(&old.key), Ok(Some(new.clone())));
    assert_eq!(keeper.at(&old.key.bucket(), old.place()), Ok(None), "the old place is empty");
    let change = keeper.statement(&old.key).expect("reads").expect("stands");
    assert_eq!((change.number, change.statement.as_deref()), (5, Some(b"jena again".as_slice())));
    assert_eq!(keeper.records(Set::Records, &old.key.publisher), Ok(vec![old.key.record]));
    let mut places = keeper.places(&land("th"), None, 10).expect("reads");
    places.push(old.place());
    places.sort();
    shows(keeper, land("th"), &places);
}

fn drops(keeper: &mut impl Keeper, weimar: &Head) {
    let more = head(key(Set::Records, "th.weimar", 9), 1, 95, 0x66);
    let publisher = &weimar.key.publisher;
    assert_eq!(keeper.apply(&[stand(&more, b"more")]), Ok(6));
    assert_eq!(keeper.records(Set::Records, publisher), Ok(vec![weimar.key.record, more.key.record]));
    assert_eq!(keeper.last_record(Set::Records, publisher), Ok(Some(more.key.record)));
    assert_eq!(keeper.apply(&[Step::Drop(more.key.clone())]), Ok(7));
    assert_eq!(keeper.last_record(Set::Records, publisher), Ok(Some(weimar.key.record)));
    assert_eq!(
        keeper.apply(&[Step::Drop(more.key.clone())]),
        Ok(8),
        "dropping twice changes nothing but the number"
    );
    assert_eq!(keeper.apply(&[stand(&more, b"more"), Step::Drop(more.key.clone())]), Ok(10));
    assert_eq!(keeper.apply(&[Step::Drop(weimar.key.clone()), stand(&more, b"x")]), Ok(12));
    let gone = keeper.changes(10, 1).expect("reads");
    assert_eq!(gone.first().map(|change| (change.number, change.statement.clone())), Some((11, None)));
    assert_eq!(keeper.statement(&weimar.key), Ok(None));
}

#[cfg(test)]
mod tests {
    use crate::memory::MemoryKeeper;

    #[test]
    fn the_memory_keeper_keeps_the_contract() {
        crate::contract::run(Option::<MemoryKeeper>::unwrap_or_default);
    }
}
