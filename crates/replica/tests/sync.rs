//! Two replicas talk: what one lacks it fetches, what the other lacks it gives, and rubbish is refused in words.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests lie outside a #[test] function"
)]

mod town;

use proptest::prelude::any;
use proptest::prop_assert;
use proptest::prop_assert_eq;
use proptest::proptest;
use record::envelope::Statement;
use record::statement::StatementId;
use replica::admit::Replica;
use replica::admit::Verdict;
use replica::fingerprint::Fingerprint;
use replica::memory::MemoryKeeper;
use replica::order::Bucket;
use replica::order::Place;
use replica::sync::answerer::Answer;
use replica::sync::answerer::Answerer;
use replica::sync::answerer::Took;
use replica::sync::asker::Action;
use replica::sync::asker::Asker;
use replica::sync::bundle::Bundle;
use replica::sync::message::Ask;
use replica::sync::message::Piece;
use replica::sync::message::Reply;
use replica::sync::refusals::Refusals;
use replica::sync::report::Agreement;
use replica::sync::report::Report;
use replica::sync::segments::Segments;
use replica::sync::trouble::AskError;
use replica::tree::ShortPlace;
use replica::trust::Distrust;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use town::Town;
use town::attest;
use town::chronicle;
use town::document;
use town::network;
use town::now;
use town::replica;

/// One node: what it holds, and what it remembers of earlier talks.
struct Node {
    replica: Replica<MemoryKeeper>,
    refusals: Refusals,
    segments: Segments,
    instance: u8,
}

impl Node {
    fn new(instance: u8) -> Node {
        Node { replica: replica(), refusals: Refusals::default(), segments: Segments::default(), instance }
    }

    fn hears(mut self, statements: impl IntoIterator<Item = Statement>) -> Node {
        self.hear(statements);
        self
    }

    fn hear(&mut self, statements: impl IntoIterator<Item = Statement>) {
        self.replica.admit_many(statements.into_iter().collect(), now()).unwrap();
    }

    fn admit(&mut self, bytes: &[Vec<u8>]) -> Vec<(ShortPlace, Verdict)> {
        let opened: Vec<Statement> =
            bytes.iter().map(|bytes| Statement::open(bytes, &network()).unwrap()).collect();
        let places: Vec<ShortPlace> = opened
            .iter()
            .map(|opened| ShortPlace::of(&Place { issued: opened.content().issued, id: opened.id() }))
            .collect();
        let outcomes = self.replica.admit_many(opened, now()).unwrap();
        places.into_iter().zip(outcomes.into_iter().map(|outcome| outcome.verdict)).collect()
    }

    fn asks(&mut self, other: &mut Node, window: Option<Agreement>) -> Result<Report, AskError> {
        let (salt, ours) = ([7; 16], [self.instance; 8]);
        let mut asker = Asker::new(ours, self.replica.view(), salt, window, 4_096);
        let mut answerer = Answerer::new([other.instance; 8], other.replica.view());
        let (mut frames, mut batches) = (Vec::new(), Vec::new());
        loop {
            match asker.step(self.replica.keeper(), &self.refusals, now())? {
                Action::Send(frame) => {
                    if Answerer::is_greeting(&frame) {
                        answerer.look(other.replica.view());
                    }
                    let reply =
                        match answerer.answer(&frame, other.replica.keeper(), &other.segments).unwrap() {
                            Answer::Send(reply) => reply,
                            Answer::Admit(bytes) => {
                                let taken = other.admit(&bytes);
                                let took = Took::of(taken.iter().map(|(_, verdict)| verdict));
                                answerer.took(took)
                            }
                        };
                    assert!(reply.len() <= 1024 * 1024, "a reply fits into a frame");
                    frames.push(reply);
                }
                Action::Receive => asker.receive(&frames.remove(0))?,
                Action::Admit(bytes) => batches.push(bytes),
                Action::Settle => {
                    let taken = self.admit(&batches.remove(0));
                    asker.admitted(&taken, self.replica.view(), &mut self.refusals);
                }
                Action::Done => return Ok(asker.report().clone()),
            }
        }
    }
}

/// So many records of a few towns, in the order of their issue.
fn library(count: u32) -> Vec<Statement> {
    let (th, sh) = (Town::of("th"), Town::of("sh"));
    let towns = ["th.jena", "th.gera", "sh.kiel"].map(Town::of);
    let mut all: Vec<Statement> =
        vec![attest(&th, &towns[0], |_| {}), attest(&th, &towns[1], |_| {}), attest(&sh, &towns[2], |_| {})];
    for number in 0..count {
        let town = towns[number as usize % 3].at(now().minus(u64::from(90_000 - number)));
        all.push(town.records(number, 1));
    }
    all
}

#[test]
fn equals_part_after_one_question() {
    let mut one = Node::new(1).hears(library(200));
    let mut other = Node::new(2).hears(library(200));
    let report = one.asks(&mut other, None).unwrap();
    assert!(report.agreed && report.equal);
    assert_eq!((report.asks, report.rounds, report.lacked, report.given), (1, 1, 0, 0));
    assert!(report.sent + report.received < 500, "{report:?}");
}

#[test]
fn a_newcomer_takes_segments_and_is_equal() {
    let mut full = Node::new(1).hears(library(3_000));
    let mut fresh = Node::new(2);
    let report = fresh.asks(&mut full, None).unwrap();
    assert!(report.equal, "{report:?}");
    assert_eq!(report.taken, 3_003);
    assert!(report.asks < 30, "segments, not lists: {report:?}");
    assert_eq!(fresh.replica.summaries(), full.replica.summaries());
    let mut second = Node::new(3);
    assert!(second.asks(&mut full, None).unwrap().equal);
}

#[test]
fn who_was_away_asks_for_the_window_and_nothing_else() {
    let all = library(2_000);
    let mut awake = Node::new(1).hears(all.clone());
    let mut asleep = Node::new(2).hears(all);
    let agreement = Agreement { instance: [1; 8], at: now().minus(50_000) };
    // A new version of every fourth record of Jena: each takes an old head away at a scattered place.
    for number in (0..2_000).step_by(12) {
        awake.hear([Town::of("th.jena").at(now()).records(number, 2)]);
    }
    let report = asleep.asks(&mut awake, Some(agreement)).unwrap();
    assert!(report.equal, "{report:?}");
    assert_eq!((report.lacked, report.taken, report.given), (167, 167, 0));
    assert!(report.rounds <= 4, "{report:?}");
    // The same the other way round: who is ahead gives.
    awake.hear((0..60).step_by(3).map(|number| Town::of("th.jena").at(now()).records(number, 3)));
    let agreement = Agreement { instance: [2; 8], at: now().minus(50_000) };
    let report = awake.asks(&mut asleep, Some(agreement)).unwrap();
    assert!(report.equal, "{report:?}");
    assert_eq!((report.taken, report.given), (0, 20));
}

#[test]
fn a_store_that_was_begun_anew_has_no_window() {
    let mut full = Node::new(1).hears(library(500));
    let mut behind = Node::new(2).hears(library(400));
    let stale = Agreement { instance: [9; 8], at: now() };
    assert!(behind.asks(&mut full, Some(stale)).unwrap().equal);
}

#[test]
fn what_the_window_missed_is_found_by_the_whole() {
    let all = library(600);
    let mut full = Node::new(1).hears(all.clone());
    let mut holey =
        Node::new(2).hears(all.into_iter().enumerate().filter(|(at, _)| at % 97 != 50).map(|(_, s)| s));
    let recent = Agreement { instance: [1; 8], at: now() };
    let report = holey.asks(&mut full, Some(recent)).unwrap();
    assert!(report.equal, "{report:?}");
    assert_eq!(report.taken, 6);
}

#[test]
fn all_buckets_are_compared_in_the_same_round_trips() {
    let all = library(3_000);
    let mut full = Node::new(1).hears(all.clone());
    // Scattered heads are found deep down, the newest ones higher up, and all are asked for in one go.
    let lost = |at: usize| at % 151 == 50 || (1_000..1_100).contains(&at) || at > 2_900;
    let kept = all.into_iter().enumerate().filter(|(at, _)| !lost(*at)).map(|(_, statement)| statement);
    let mut holey = Node::new(2).hears(kept);
    let count = |node: &Node| node.replica.summaries().values().map(|summary| summary.count()).sum::<u64>();
    let lacking = count(&full) - count(&holey);
    let report = holey.asks(&mut full, None).unwrap();
    assert!(report.equal, "{report:?}");
    assert_eq!((report.lacked, report.taken, report.withheld, report.given), (lacking, lacking, 0, 0));
    assert!(report.rounds <= 6, "{report:?}");
}

#[test]
fn the_attestations_come_first() {
    let (sh, thief) = (Town::of("sh"), Town::of("sh.kiel").key(66));
    let mut one = Node::new(1).hears(chronicle());
    let mut other = Node::new(2).hears([attest(&sh, &Town::of("sh.kiel"), |_| {}), thief.says(9, 1)]);
    let report = other.asks(&mut one, None).unwrap();
    assert!(report.equal, "{report:?}");
}

#[test]
fn what_was_refused_is_not_fetched_again() {
    let mut honest = Node::new(1).hears(library(50));
    let mut odd = Node::new(2).hears(library(50));
    // A keeper with a head that nobody else takes: as if its program were wrong.
    let stranger = Town::of("th.suhl").says(1, 1);
    let head = replica::order::Head {
        key: replica::order::HeadKey::of(stranger.content()),
        rank: replica::order::Rank { epoch: 1, version: 1, id: stranger.id() },
        issued: stranger.content().issued,
    };
    let mut keeper = odd.replica.keeper().clone();
    replica::keeper::Keeper::apply(
        &mut keeper,
        &[replica::keeper::Step::Stand(head, stranger.bytes().clone())],
    )
    .unwrap();
    odd.replica = Replica::open(document(1_000), keeper).unwrap();
    let first = honest.asks(&mut odd, None).unwrap();
    assert!(!first.equal && first.agreed, "{first:?}");
    assert_eq!((first.lacked, first.taken, first.refused), (1, 0, 1));
    let second = honest.asks(&mut odd, None).unwrap();
    assert_eq!((second.lacked, second.refused), (0, 1), "remembered: {second:?}");
}

#[test]
fn two_that_keep_other_laender_agree_on_what_both_keep() {
    let mut all = Node::new(1).hears(library(300));
    let mut some = Node::new(2);
    some.replica.keep_only(Some(BTreeSet::from([Bucket::land("th").unwrap()]))).unwrap();
    let report = some.asks(&mut all, None).unwrap();
    assert!(report.equal && report.taken == 203, "{report:?}");
    some.hear([Town::of("th.gera").at(now()).records(9_000, 1)]);
    assert!(all.asks(&mut some, None).unwrap().equal);
    assert_eq!(some.replica.view().summary(Bucket::land("sh").unwrap()).count(), 0);
    let again = all.asks(&mut some, None).unwrap();
    assert!(again.equal && again.given == 0, "{again:?}");
}

#[test]
fn who_does_not_suit_is_told_why() {
    let mut one = Node::new(1);
    let mut other = Node::new(2);
    other.replica = Replica::open(document(7), MemoryKeeper::default()).unwrap();
    let Err(AskError::Refused(why)) = one.asks(&mut other, None) else { panic!("a refusal") };
    assert!(why.contains("network documents differ"), "{why}");
}

#[test]
fn what_a_peer_claims_to_have_taken_is_no_more_than_it_was_given() {
    let giving = Node::new(1).hears(chronicle());
    let mut asker = Asker::new([1; 8], giving.replica.view(), [7; 16], None, 4_096);
    let (answerer, nothing) = (Node::new(2), Segments::default());
    let mut poor = Answerer::new([2; 8], answerer.replica.view());
    let refusals = Refusals::default();
    let mut frames = Vec::new();
    loop {
        match asker.step(giving.replica.keeper(), &refusals, now()).unwrap() {
            Action::Send(frame) => frames.push(frame),
            Action::Receive => {
                let reply = match poor.answer(&frames.remove(0), answerer.replica.keeper(), &nothing).unwrap()
                {
                    Answer::Send(reply) => reply,
                    Answer::Admit(_) => {
                        poor.took(Took { admitted: u64::MAX, known: u64::MAX, refused: u64::MAX })
                    }
                };
                asker.receive(&reply).unwrap();
            }
            Action::Admit(_) | Action::Settle => unreachable!("the other has nothing"),
            Action::Done => break,
        }
    }
    let report = asker.report();
    assert!(!report.equal && report.given + report.unwanted < 200, "{report:?}");
}

/// Talks with a peer that claims to hold all heads of the world; `lie` answers what comes after its greeting. All that
/// it gives is held back here.
fn talks_with_a_liar(mut lie: impl FnMut(Ask) -> Reply) -> (Report, Result<(), AskError>) {
    let honest = Node::new(1).hears(library(10));
    let mut asker = Asker::new([1; 8], honest.replica.view(), [7; 16], None, 4_096);
    let mut refusals = Refusals::default();
    let (mut replies, mut batches) = (VecDeque::new(), VecDeque::new());
    let all = || (u64::MAX, Fingerprint::from_bytes([9; 32]));
    let mut talk = |asker: &mut Asker| -> Result<(), AskError> {
        loop {
            match asker.step(honest.replica.keeper(), &refusals, now())? {
                Action::Send(frame) => replies.push_back(match Ask::decode(&frame).unwrap() {
                    Ask::Hello(hello) => {
                        let labels = ["*", "th", "sh"].map(|label| Bucket::parse(label).unwrap());
                        Reply::Hello(hello.who, Some(labels.map(|bucket| (bucket, all())).into()))
                    }
                    Ask::Put(_) => Reply::Took { admitted: 0, known: 0, refused: 0 },
                    ask => lie(ask),
                }),
                Action::Receive => asker.receive(&replies.pop_front().unwrap().encode())?,
                Action::Admit(statements) => batches.push_back(statements.len()),
                Action::Settle => {
                    let place = ShortPlace { issued: now(), id: [5; 16] };
                    let held = Verdict::Held(Distrust::Unattested("th.nirgendwo".parse().unwrap()).into());
                    let taken = vec![(place, held); batches.pop_front().unwrap()];
                    asker.admitted(&taken, honest.replica.view(), &mut refusals);
                }
                Action::Done => return Ok(()),
            }
        }
    };
    let ended = talk(&mut asker);
    (asker.report().clone(), ended)
}

fn rubbish(count: usize) -> Vec<u8> {
    let mut bundle = Bundle::default();
    (0..count).for_each(|_| assert!(bundle.push(&[1, 2, 3])));
    bundle.pack()
}

#[test]
fn segments_that_never_end_are_not_taken_for_ever() {
    let bundle = rubbish(512);
    let (report, ended) = talks_with_a_liar(|ask| match ask {
        Ask::Segment(_, from) => {
            let issued = from.map_or(now(), |from| from.issued.plus(1));
            Reply::Segment(bundle.clone(), Some(Place { issued, id: StatementId::from_bytes([0; 32]) }))
        }
        Ask::Split { stretches, .. } => {
            Reply::Split(stretches.iter().map(|_| Piece::List(Vec::new(), None)).collect())
        }
        other => panic!("there is no reason for {other:?}"),
    });
    assert!(report.asks < 100, "{ended:?} after {report:?}");
}

#[test]
fn rubbish_is_not_fetched_for_ever() {
    let mut drawn = 0_u64;
    let (report, ended) = talks_with_a_liar(|ask| match ask {
        Ask::Segment(..) => Reply::Segment(rubbish(0), None),
        // Other places at every look, as many as one answer takes.
        Ask::Split { stretches, .. } => {
            let stretch = stretches.first().unwrap();
            let places = (0..8_192).map(|_| {
                drawn += 1;
                let mut id = [0; 16];
                id[..8].copy_from_slice(&drawn.to_be_bytes());
                ShortPlace { issued: now().minus(1), id }
            });
            let places: Vec<ShortPlace> = places.filter(|place| stretch.holds(&place.lowest())).collect();
            Reply::Split(vec![Piece::List(places, None)])
        }
        Ask::Get(_, places) => Reply::Statements {
            served: places.len() as u64,
            erased: Vec::new(),
            bundle: rubbish(places.len()),
        },
        other => panic!("there is no reason for {other:?}"),
    });
    assert!(report.lacked < 200_000 && report.asks < 1_000, "{ended:?} after {report:?}");
}

proptest! {
    /// Promise 1, for two: whatever each has heard, after one talk they hold the same.
    #[test]
    fn any_two_become_equal(
        heard in proptest::collection::vec((any::<bool>(), any::<bool>()), 80),
        window in any::<Option<u16>>(),
    ) {
        let all: Vec<Statement> = chronicle().into_iter().chain(library(40)).collect();
        let part = |which: fn(&(bool, bool)) -> bool| {
            let some = all.iter().zip(heard.iter().cycle()).filter(move |(_, heard)| which(heard));
            some.map(|(statement, _)| statement.clone()).collect::<Vec<_>>()
        };
        let mut one = Node::new(1).hears(part(|heard| heard.0));
        let mut other = Node::new(2).hears(part(|heard| heard.1));
        let window = window.map(|ago| Agreement { instance: [2; 8], at: now().minus(u64::from(ago)) });
        let report = one.asks(&mut other, window).unwrap();
        prop_assert!(report.agreed, "{:?}", report);
        let report = one.asks(&mut other, None).unwrap();
        prop_assert!(report.agreed, "{:?}", report);
        prop_assert_eq!(one.replica.summaries(), other.replica.summaries());
    }

    #[test]
    fn rubbish_is_answered_in_words(bytes in any::<Vec<u8>>(), at in any::<usize>(), flip in 1u8..) {
        let _ = (Ask::decode(&bytes).is_err(), Reply::decode(&bytes).is_err());
        let mut node = Node::new(1).hears(library(30));
        let mut asker = Asker::new([1; 8], replica().view(), [7; 16], None, 100);
        let refusals = Refusals::default();
        let keeper = MemoryKeeper::default();
        let mut answerer = Answerer::new([2; 8], node.replica.view());
        // Each answer is bent at one place; whatever it says then, the asker goes on or ends in words.
        for _ in 0..100 {
            let frame = match asker.step(&keeper, &refusals, now()) {
                Ok(Action::Send(frame)) => frame,
                Ok(Action::Done) | Err(_) => return Ok(()),
                Ok(Action::Settle) => {
                    asker.admitted(&[], replica().view(), &mut Refusals::default());
                    continue;
                }
                Ok(_) => continue,
            };
            let mut bent = frame.clone();
            let at = at % bent.len();
            bent[at] ^= flip;
            let _ = answerer.answer(&bent, node.replica.keeper(), &node.segments).is_err();
            let Ok(Answer::Send(mut reply)) = answerer.answer(&frame, node.replica.keeper(), &node.segments) else {
                return Ok(());
            };
            let at = at % reply.len();
            reply[at] ^= flip;
            if asker.receive(&reply).is_err() {
                return Ok(());
            }
        }
        node.hear([]);
    }
}
