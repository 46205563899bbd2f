//! Stories at the one door: who is believed, which version stands, what is refused and why.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests lie outside a #[test] function"
)]

mod town;

use proptest::prelude::any;
use proptest::prop_assert_eq;
use proptest::proptest;
use record::envelope::Statement;
use record::moment::Moment;
use replica::admit::Refused;
use replica::admit::Replica;
use replica::admit::Verdict;
use replica::erasure::Reach;
use replica::keeper::Keeper;
use replica::memory::MemoryKeeper;
use replica::order::Bucket;
use replica::order::HeadKey;
use replica::order::Set;
use replica::trust::Distrust;
use std::collections::BTreeSet;
use town::Town;
use town::attest;
use town::document;
use town::now;
use town::replica;

fn code(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Admitted => "admitted",
        Verdict::Known => "known",
        Verdict::Passed => "passed",
        Verdict::Held(why) | Verdict::Refused(why) => why.code(),
    }
}

#[test]
fn jena_publishes_once_thueringen_vouches_for_it() {
    let (th, jena) = (Town::of("th"), Town::of("th.jena"));
    let mut replica = replica();
    let record = jena.says(1, 1);
    let early = replica.admit(record.clone(), now()).unwrap();
    assert_eq!(early.verdict, Verdict::Held(Refused::Distrust(Distrust::Unattested(jena.name.clone()))));
    assert_eq!(replica.waiting(), 1);
    let vouch = replica.admit(attest(&th, &jena, |_| {}), now()).unwrap();
    assert_eq!(vouch.verdict, Verdict::Admitted);
    assert_eq!(vouch.released, [(record.id(), Verdict::Admitted)], "who waited is let in");
    assert_eq!(replica.admit(record.clone(), now()).unwrap().verdict, Verdict::Known);
    assert_eq!((replica.waiting(), replica.count(Set::Records, &jena.name)), (0, 1));
}

#[test]
fn a_delegate_vouches_below_its_own_name_only() {
    let (th, shk, dornburg) = (Town::of("th"), Town::of("th.shk"), Town::of("th.shk.dornburg"));
    let mut replica = replica();
    let below = attest(&shk, &dornburg, |_| {});
    assert_eq!(code(&replica.admit(below.clone(), now()).unwrap().verdict), "unattested-publisher");
    replica.admit(attest(&th, &shk, |a| a.may_attest = false), now()).unwrap();
    assert_eq!(code(&replica.admit(below.clone(), now()).unwrap().verdict), "may-not-attest");
    replica.admit(attest(&th, &shk, |a| a.epoch = 2), now()).unwrap();
    let below = attest(&shk.clone().epoch(2), &dornburg, |_| {});
    assert_eq!(replica.admit(below, now()).unwrap().verdict, Verdict::Admitted);
    assert_eq!(replica.admit(dornburg.says(1, 1), now()).unwrap().verdict, Verdict::Admitted);
    let beside = attest(&shk.epoch(2), &Town::of("th.jena"), |_| {});
    assert_eq!(code(&replica.admit(beside, now()).unwrap().verdict), "attestation-prefix");
    let itself = attest(&dornburg, &dornburg, |_| {});
    assert_eq!(code(&replica.admit(itself, now()).unwrap().verdict), "attestation-prefix");
}

#[test]
fn a_stolen_key_is_given_up_with_all_that_it_signed() {
    let (th, jena) = (Town::of("th"), Town::of("th.jena"));
    let mut replica = replica();
    replica.admit(attest(&th, &jena, |_| {}), now()).unwrap();
    for record in 1..=5 {
        replica.admit(jena.says(record, 1 << 63), now()).unwrap();
    }
    let fresh = jena.clone().epoch(2).key(77);
    let revoke = attest(&th, &fresh, |a| a.floor = 2);
    let outcome = replica.admit(revoke, now()).unwrap();
    assert_eq!((outcome.verdict, outcome.dropped), (Verdict::Admitted, 5));
    assert_eq!(replica.count(Set::Records, &jena.name), 0);
    assert_eq!(code(&replica.admit(jena.says(1, u64::MAX), now()).unwrap().verdict), "below-floor");
    assert_eq!(
        replica.admit(fresh.says(1, 1), now()).unwrap().verdict,
        Verdict::Admitted,
        "the name is unchanged"
    );
}

#[test]
fn an_anchor_goes_on_in_a_new_epoch_and_a_newcomer_can_follow() {
    let th = Town::of("th");
    let (second, third) = (th.clone().epoch(2).key(102), th.clone().epoch(3).key(103));
    let link = |old: &Town, new: &Town| attest(old, new, |a| a.floor = a.epoch);
    let mut replica = replica();
    let jena = Town::of("th.jena");
    let vouch = attest(&third, &jena, |_| {});
    assert_eq!(code(&replica.admit(vouch.clone(), now()).unwrap().verdict), "unattested-epoch");
    // The chain arrives in the wrong order, and still leads from the document to the newest key.
    assert_eq!(code(&replica.admit(link(&second, &third), now()).unwrap().verdict), "unattested-epoch");
    let outcome = replica.admit(link(&th, &second), now()).unwrap();
    assert_eq!(outcome.verdict, Verdict::Admitted);
    assert_eq!(outcome.released.len(), 2);
    assert!(outcome.released.iter().all(|(_, verdict)| *verdict == Verdict::Admitted));
    assert_eq!(replica.trust().standing(&th.name).unwrap().floor(), 3);
    assert_eq!(code(&replica.admit(th.says(1, 1), now()).unwrap().verdict), "below-floor");
    assert_eq!(replica.admit(jena.says(1, 1), now()).unwrap().verdict, Verdict::Admitted);
    let skip = attest(&th, &th.clone().epoch(5).key(105), |_| {});
    assert_eq!(code(&replica.admit(skip, now()).unwrap().verdict), "attestation-chain");
}

#[test]
fn an_anchor_that_names_another_key_gives_the_first_one_up() {
    let th = Town::of("th");
    let (first, second) = (th.clone().epoch(2).key(102), th.clone().epoch(2).key(103));
    let mut replica = replica();
    for statement in [attest(&th, &first, |_| {}), first.says(1, 1)] {
        assert_eq!(replica.admit(statement, now()).unwrap().verdict, Verdict::Admitted);
    }
    let outcome = replica.admit(town::attest_again(&th, &second), now()).unwrap();
    assert_eq!((outcome.verdict, outcome.dropped), (Verdict::Admitted, 1));
    assert_eq!(code(&replica.admit(first.says(2, 1), now()).unwrap().verdict), "unattested-key");
}

#[test]
fn two_attesters_and_the_shorter_name_wins() {
    let (th, shk) = (Town::of("th"), Town::of("th.shk"));
    let (mine, theirs) = (Town::of("th.shk.dornburg").key(50), Town::of("th.shk.dornburg").key(51));
    let mut replica = replica();
    for statement in [attest(&th, &shk, |_| {}), attest(&shk, &theirs, |_| {}), theirs.says(1, 1)] {
        assert_eq!(replica.admit(statement, now()).unwrap().verdict, Verdict::Admitted);
    }
    let outcome = replica.admit(attest(&th, &mine, |_| {}), now()).unwrap();
    assert_eq!((outcome.verdict, outcome.dropped), (Verdict::Admitted, 1), "the other key's record goes");
    assert_eq!(code(&replica.admit(theirs.says(1, 2), now()).unwrap().verdict), "unattested-key");
    assert_eq!(replica.admit(mine.says(1, 1), now()).unwrap().verdict, Verdict::Admitted);
}

#[test]
fn keys_hold_from_and_until() {
    let (th, jena) = (Town::of("th"), Town::of("th.jena"));
    let mut replica = replica();
    let (from, until) = (now().minus(1_000), now().minus(500));
    replica.admit(attest(&th, &jena, |a| (a.not_before, a.not_after) = (from, Some(until))), now()).unwrap();
    let mut at = |issued: Moment| code(&replica.admit(jena.at(issued).says(1, 1), now()).unwrap().verdict);
    assert_eq!(at(from.minus(1)), "not-yet-valid");
    assert_eq!(at(until.plus(1)), "expired");
    assert_eq!(at(until), "admitted");
}

#[test]
fn the_newest_version_stands_and_an_old_one_does_not_come_back() {
    let (th, jena) = (Town::of("th"), Town::of("th.jena"));
    let mut replica = replica();
    replica.admit(attest(&th, &jena, |_| {}), now()).unwrap();
    let (old, new) = (jena.says(1, 1), jena.says(1, 2));
    for (statement, expected) in
        [(&old, "admitted"), (&new, "admitted"), (&old, "superseded"), (&new, "known")]
    {
        assert_eq!(code(&replica.admit(statement.clone(), now()).unwrap().verdict), expected);
    }
    let twin = jena.titled("anders").says(1, 2);
    let outcome = replica.admit(twin.clone(), now()).unwrap();
    assert_eq!(outcome.equivocation, Some(new.id()), "two versions 2 are noticed");
    let winner = if twin.id() > new.id() { twin } else { new };
    let key = HeadKey::of(winner.content());
    let head = replica::keeper::Keeper::head(replica.keeper(), &key).unwrap().unwrap();
    assert_eq!(head.rank.id, winner.id());
}

#[test]
fn a_clock_only_delays() {
    let (th, jena) = (Town::of("th"), Town::of("th.jena"));
    let mut replica = replica();
    replica.admit(attest(&th, &jena, |_| {}), now()).unwrap();
    let ahead = jena.at(now().plus(601)).says(1, 1);
    assert_eq!(code(&replica.admit(ahead.clone(), now()).unwrap().verdict), "future");
    assert_eq!(replica.tick(now()).unwrap(), []);
    assert_eq!(replica.tick(now().plus(1)).unwrap(), [(ahead.id(), Verdict::Admitted)]);
}

#[test]
fn what_stands_survives_the_next_start() {
    let (th, jena) = (Town::of("th"), Town::of("th.jena"));
    let mut first = replica();
    for statement in [attest(&th, &jena, |_| {}), jena.says(1, 1), jena.says(2, 1)] {
        first.admit(statement, now()).unwrap();
    }
    let second = Replica::open(document(2), first.keeper().clone()).unwrap();
    assert_eq!(second.summaries(), first.summaries());
    assert_eq!(second.trust().standings(), first.trust().standings());
    assert_eq!(second.count(Set::Records, &jena.name), 2);
}

#[test]
fn another_document_is_judged_by_at_the_next_start() {
    let (th, sh, jena, kiel) = (Town::of("th"), Town::of("sh"), Town::of("th.jena"), Town::of("sh.kiel"));
    let mut first = replica();
    for statement in
        [attest(&th, &jena, |_| {}), attest(&sh, &kiel, |_| {}), jena.says(1, 1), kiel.says(1, 1)]
    {
        first.admit(statement, now()).unwrap();
    }
    first.admit(jena.says(2, 1), now()).unwrap();
    let mut other = document(1);
    other.anchors.get_mut("sh").unwrap().keys = vec![Town::of("sh").key(9).public()];
    let mut second = Replica::open(other, first.keeper().clone()).unwrap();
    assert_eq!(second.judge_again(), Ok(3), "kiel, its attestation, and jena's second record");
    assert_eq!((second.count(Set::Records, &jena.name), second.count(Set::Records, &kiel.name)), (1, 0));
    assert_eq!(second.judge_again(), Ok(0));
}

#[test]
fn the_quota_keeps_the_smallest_ids() {
    let (th, jena) = (Town::of("th"), Town::of("th.jena"));
    let mut replica = Replica::open(document(2), MemoryKeeper::default()).unwrap();
    replica.admit(attest(&th, &jena, |_| {}), now()).unwrap();
    for (record, expected) in
        [(5, "admitted"), (7, "admitted"), (9, "quota"), (3, "admitted"), (7, "quota"), (5, "admitted")]
    {
        let version = if record == 5 { replica.count(Set::Records, &jena.name) + 1 } else { 1 };
        assert_eq!(
            code(&replica.admit(jena.says(record, version), now()).unwrap().verdict),
            expected,
            "{record}"
        );
    }
}

proptest! {
    /// Promise 1 of the design, for one node: the heads follow from the set of statements. The set
    /// holds several publishers, versions, epochs, rotations, a delegation and a theft; statements may
    /// come repeatedly and in any order, and what was held back is let in when its time has come.
    #[test]
    fn heads_do_not_depend_on_the_order(order in proptest::collection::vec(any::<usize>(), 0..80)) {
        let all = town::chronicle();
        let (one, other) = (taken(&all, 1_000), taken(&shuffled(&all, &order), 1_000));
        prop_assert_eq!(one.summaries(), other.summaries());
        let (ours, theirs) = (one.trust(), other.trust());
        prop_assert_eq!(ours.standings(), theirs.standings());
        let reopened = Replica::open(document(1_000), other.keeper().clone()).unwrap();
        prop_assert_eq!(reopened.summaries(), other.summaries());
    }

    /// Many at once are let in, refused and held exactly as one by one.
    #[test]
    fn many_at_once_are_judged_like_one_by_one(
        order in proptest::collection::vec(any::<usize>(), 0..80),
        chunk in 1_usize..40,
        quota in 1_u64..6,
    ) {
        let all = shuffled(&town::chronicle(), &order);
        let (mut one, mut other) = (taken(&[], quota), taken(&[], quota));
        for chunk in all.chunks(chunk) {
            let together = other.admit_many(chunk.to_vec(), now()).unwrap();
            for (statement, outcome) in chunk.iter().zip(together) {
                let alone = one.admit(statement.clone(), now()).unwrap();
                prop_assert_eq!(alone.verdict, outcome.verdict);
                prop_assert_eq!(alone.equivocation, outcome.equivocation);
            }
            prop_assert_eq!(one.summaries(), other.summaries());
        }
    }

    /// The same for the quota, while trust stands still. (Where a publisher is at its quota and loses
    /// records because trust shrinks, the room is filled by repair, from whoever holds more.)
    #[test]
    fn the_quota_does_not_depend_on_the_order(order in proptest::collection::vec(any::<usize>(), 0..40)) {
        let (th, jena) = (Town::of("th"), Town::of("th.jena"));
        let mut all = vec![attest(&th, &jena, |_| {})];
        all.extend((1..=9).flat_map(|record| [jena.says(record, 1), jena.says(record, 2)]));
        let (one, other) = (taken(&all, 3), taken(&shuffled(&all, &order), 3));
        prop_assert_eq!(one.summaries(), other.summaries());
        prop_assert_eq!(one.count(Set::Records, &jena.name), 3);
    }
}

/// Some of them in this order, then all of them backwards.
fn shuffled(all: &[Statement], order: &[usize]) -> Vec<Statement> {
    order.iter().map(|at| &all[at % all.len()]).chain(all.iter().rev()).cloned().collect()
}

fn taken(statements: &[Statement], quota: u64) -> Replica<MemoryKeeper> {
    let mut replica = Replica::open(document(quota), MemoryKeeper::default()).unwrap();
    for statement in statements {
        replica.admit(statement.clone(), now()).unwrap();
    }
    replica
}

#[test]
fn a_town_that_keeps_two_laender_passes_the_others_on() {
    let mut all = taken(&town::chronicle(), 1_000);
    let mut some = Replica::open(document(1_000), MemoryKeeper::default()).unwrap();
    let th = Bucket::land("th").unwrap();
    some.keep_only(Some(BTreeSet::from([th]))).unwrap();
    let (sh, kiel) = (Town::of("sh"), Town::of("sh.kiel"));
    some.admit(attest(&sh, &kiel, |_| {}), now()).unwrap();
    assert_eq!(some.admit(kiel.says(1, 1), now()).unwrap().verdict, Verdict::Passed);
    for statement in town::chronicle() {
        some.admit(statement, now()).unwrap();
    }
    let before = all.summaries();
    assert!(all.keep_only(Some(BTreeSet::from([th]))).unwrap() > 0);
    assert_eq!(all.summaries(), some.summaries());
    assert_eq!(before.keys().filter(|bucket| !all.view().keeps(**bucket)).count(), 1);
}

#[test]
fn the_waiting_room_is_bounded() {
    let mut replica = replica();
    for record in 0..=255u8 {
        for stranger in ["th.gera", "th.suhl", "sh.kiel", "sh.ploen"] {
            replica.admit(Town::of(stranger).says(record, 1), now()).unwrap();
        }
    }
    assert_eq!(replica.waiting(), replica::bounds::WAITING_STATEMENTS_MAX);
}

#[test]
fn what_was_erased_here_keeps_its_place_and_does_not_come_back() {
    let (th, jena) = (Town::of("th"), Town::of("th.jena"));
    let (mut here, mut there) = (replica(), replica());
    let vouch = attest(&th, &jena, |_| {});
    for replica in [&mut here, &mut there] {
        replica.admit(vouch.clone(), now()).unwrap();
        replica.admit(jena.says(1, 1), now()).unwrap();
    }
    let key = HeadKey::of(jena.says(1, 1).content());
    let bytes = |replica: &Replica<MemoryKeeper>| {
        replica.keeper().statement(&key).unwrap().and_then(|change| change.statement)
    };
    assert!(here.erase(&key, Reach::All).unwrap() && bytes(&here).is_none());
    assert!(!here.erase(&key, Reach::All).unwrap(), "twice does nothing more");
    assert_eq!(here.summaries(), there.summaries(), "fingerprints stay equal");
    assert_eq!(code(&here.admit(jena.says(1, 1), now()).unwrap().verdict), "known");
    for replica in [&mut here, &mut there] {
        assert_eq!(code(&replica.admit(jena.says(1, 2), now()).unwrap().verdict), "admitted");
    }
    let many = here.admit_many(vec![jena.says(1, 3), jena.says(2, 1)], now()).unwrap();
    assert!(many.iter().all(|outcome| outcome.verdict == Verdict::Admitted));
    there.admit_many(vec![jena.says(1, 3), jena.says(2, 1)], now()).unwrap();
    assert!(bytes(&here).is_none() && bytes(&there).is_some(), "a newer version is no way around it");
    assert_eq!(here.summaries(), there.summaries());
    // What opens the same keeper again has to be told; then nothing has changed.
    let mut again = Replica::open(document(100), here.keeper().clone()).unwrap();
    assert!(!again.erase(&key, Reach::All).unwrap());
    assert!(again.lift(&key).unwrap());
    assert_eq!(
        code(&again.admit(jena.says(1, 3), now()).unwrap().verdict),
        "admitted",
        "peers bring it again"
    );
    assert!(bytes(&again).is_some());
    assert_eq!(again.summaries(), there.summaries());
}

#[test]
fn an_erased_version_is_forgotten_and_a_later_one_is_not() {
    let (th, jena) = (Town::of("th"), Town::of("th.jena"));
    let mut replica = replica();
    let key = HeadKey::of(jena.says(1, 1).content());
    replica.admit(jena.says(1, 2), now()).unwrap();
    assert_eq!(replica.waiting(), 1);
    replica.erase(&key, Reach::Upto(1, 2)).unwrap();
    assert_eq!(replica.waiting(), 0, "nor does it wait");
    replica.admit(attest(&th, &jena, |_| {}), now()).unwrap();
    replica.admit(jena.says(1, 2), now()).unwrap();
    let statement =
        |replica: &Replica<MemoryKeeper>| replica.keeper().statement(&key).unwrap().unwrap().statement;
    assert!(statement(&replica).is_none());
    replica.admit(jena.says(1, 3), now()).unwrap();
    assert!(statement(&replica).is_some());
    assert!(!replica.erase(&key, Reach::Upto(1, 2)).unwrap() && statement(&replica).is_some());
}
