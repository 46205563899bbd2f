//! Two replicas talk: what one lacks it asks for, and rubbish is refused in words.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests lie outside a #[test] function")]

mod town;

use proptest::prelude::any;
use proptest::proptest;
use record::envelope::Statement;
use replica::admit::Replica;
use replica::memory::MemoryKeeper;
use replica::talk::Ask;
use replica::talk::Greeting;
use replica::talk::Reply;
use replica::talk::answer;
use replica::talk::lacking;
use town::Town;
use town::attest;
use town::chronicle;
use town::document;
use town::network;
use town::now;
use town::replica;

/// Every message goes through its bytes, as on the wire.
fn say(replica: &Replica<MemoryKeeper>, ask: &Ask) -> Reply {
    let ask = Ask::decode(&ask.encode()).unwrap();
    Reply::decode(&answer(replica, &ask).unwrap().encode()).unwrap()
}

fn catch_up(behind: &mut Replica<MemoryKeeper>, ahead: &Replica<MemoryKeeper>) {
    let ours = Greeting::of(behind);
    let Reply::Greet(theirs) = say(ahead, &Ask::Greet(ours.clone())) else { panic!("a greeting") };
    for bucket in ours.differing(&theirs) {
        let Reply::Places(places, more) = say(ahead, &Ask::Places(bucket.clone(), None)) else {
            panic!("places")
        };
        assert!(!more);
        let wanted = lacking(behind, &bucket, &places).unwrap();
        let Reply::Statements(statements) = say(ahead, &Ask::Statements(bucket, wanted)) else {
            panic!("statements")
        };
        for bytes in statements {
            behind.admit(Statement::open(&bytes, &network()).unwrap(), now()).unwrap();
        }
    }
}

#[test]
fn flensburg_was_asleep_and_catches_up() {
    let mut awake = replica();
    for statement in chronicle() {
        awake.admit(statement, now()).unwrap();
    }
    let mut asleep = replica();
    catch_up(&mut asleep, &awake);
    assert_eq!(asleep.summaries(), awake.summaries());
    assert!(Greeting::of(&asleep).differing(&Greeting::of(&awake)).is_empty());
}

#[test]
fn both_sides_lack_something_and_end_equal() {
    let (th, jena, gera) = (Town::of("th"), Town::of("th.jena"), Town::of("th.gera"));
    let (mut one, mut other) = (replica(), replica());
    for statement in [attest(&th, &jena, |_| {}), jena.says(1, 1), jena.says(2, 2)] {
        one.admit(statement, now()).unwrap();
    }
    for statement in
        [attest(&th, &gera, |_| {}), attest(&th, &jena, |_| {}), jena.says(2, 1), gera.says(1, 1)]
    {
        other.admit(statement, now()).unwrap();
    }
    catch_up(&mut one, &other);
    catch_up(&mut other, &one);
    assert_eq!(one.summaries(), other.summaries());
}

#[test]
fn who_does_not_suit_is_told_why() {
    let ours = Greeting::of(&replica());
    let elsewhere = Greeting { network: "elsewhere".to_owned(), ..ours.clone() };
    let Reply::No(why) = say(&replica(), &Ask::Greet(elsewhere)) else { panic!("a refusal") };
    assert_eq!(why, "one is in the network allmende-test, the other in elsewhere");
    let other = Replica::open(document(7), MemoryKeeper::default()).unwrap();
    let Reply::No(why) = say(&other, &Ask::Greet(ours)) else { panic!("a refusal") };
    assert!(why.contains("network documents differ"), "{why}");
}

proptest! {
    #[test]
    fn rubbish_is_no_message(bytes in any::<Vec<u8>>(), at in any::<usize>(), flip in 1u8..) {
        let _ = (Ask::decode(&bytes).is_err(), Reply::decode(&bytes).is_err());
        let mut bent = Ask::Greet(Greeting::of(&replica())).encode();
        let at = at % bent.len();
        bent[at] ^= flip;
        if let Ok(ask) = Ask::decode(&bent) {
            answer(&replica(), &ask).unwrap();
        }
    }
}
