//! What one town hall says, the others hear, if those between them find it good.

use std::collections::BTreeSet;

use crate::hall::Hall;
use crate::hall::settings;
use crate::hall::until;
use network::command::Announced;
use network::event::Event;
use network::event::Verdict;
use network::settings::Role;
use tokio::task::JoinHandle;

#[tokio::test]
async fn kiel_tells_husum_and_husum_passes_on_only_what_it_accepts() {
    let mut husum = Hall::plain(1, &[]).await;
    let kiel = Hall::plain(2, &[&husum]).await;
    let mut flensburg = Hall::plain(3, &[&husum]).await;
    kiel.greets(&mut husum).await;
    husum.greets(&mut flensburg).await;

    for said in ["forged", "known", "good"] {
        assert_eq!(kiel.network.announce(said.into()).await, Announced::Sent);
    }
    let verdict = |bytes: &[u8]| match bytes {
        b"forged" => Verdict::Reject,
        b"known" => Verdict::Ignore,
        _ => Verdict::Accept,
    };
    let mut heard = BTreeSet::new();
    for _ in 0..3 {
        heard.insert(String::from_utf8(husum.hears(verdict).await).unwrap());
    }
    assert_eq!(heard, ["forged", "good", "known"].map(str::to_owned).into());
    assert_eq!(flensburg.hears(verdict).await, b"good");

    assert_eq!(kiel.network.announce(b"last".to_vec()).await, Announced::Sent);
    husum.hears(verdict).await;
    assert_eq!(flensburg.hears(verdict).await, b"last", "nothing came between");
    assert_eq!(kiel.network.announce(b"last".to_vec()).await, Announced::Known);

    until("kiel is blamed for the forgery, and flensburg is not", async || {
        let peers = husum.network.peers().await;
        let score = |name| peers.iter().find(|peer| peer.name == name).and_then(|peer| peer.score);
        score(kiel.name).is_some_and(|blame| blame < 0.0)
            && score(flensburg.name).is_some_and(|none| none >= 0.0)
    })
    .await;
}

#[tokio::test]
async fn a_burst_of_five_hundred_messages_arrives_whole_at_both_ends_of_a_chain() {
    const MESSAGES: u16 = 500;
    let mut husum = Hall::plain(1, &[]).await;
    let kiel = Hall::plain(2, &[&husum]).await;
    let mut flensburg = Hall::plain(3, &[&husum]).await;
    kiel.greets(&mut husum).await;
    husum.greets(&mut flensburg).await;
    let hear = async |hall: &mut Hall| {
        let mut heard = BTreeSet::new();
        while heard.len() < usize::from(MESSAGES) {
            heard.insert(hall.hears(|_| Verdict::Accept).await);
        }
        heard
    };
    let message = |number: u16| [number.to_be_bytes().to_vec(), vec![7; 2046]].concat();
    let say = async {
        for number in 0..MESSAGES {
            assert_eq!(kiel.network.announce(message(number)).await, Announced::Sent);
        }
    };
    let ((), at_husum, at_flensburg) = tokio::join!(say, hear(&mut husum), hear(&mut flensburg));
    let said: BTreeSet<Vec<u8>> = (0..MESSAGES).map(message).collect();
    assert_eq!((at_husum == said, at_flensburg == said), (true, true));
}

#[cfg(feature = "websocket")]
#[tokio::test]
async fn gossip_and_longest_messages_pass_over_websocket() {
    let mut listening = settings(Role::Relay);
    listening.listen = vec!["/ip4/127.0.0.1/tcp/0/ws".to_owned()];
    let mut relay = Hall::open(1, listening).await;
    assert!(relay.address().contains("/ws/p2p/"), "{}", relay.address());
    let mut jena = Hall::plain(2, &[&relay]).await;
    jena.greets(&mut relay).await;
    relay.greets(&mut jena).await;
    let long = vec![9; 128 * 1024];
    assert_eq!(jena.network.announce(long.clone()).await, Announced::Sent);
    assert!(relay.hears(|_| Verdict::Accept).await == long);
    assert_eq!(relay.network.announce(b"from the relay".to_vec()).await, Announced::Sent);
    assert_eq!(jena.hears(|_| Verdict::Accept).await, b"from the relay");
}

#[tokio::test]
async fn a_receiver_that_does_not_read_is_told_of_trouble_and_holds_up_nobody() {
    const ROOM: usize = 8;
    let mut narrow = settings(Role::Municipality);
    narrow.limits.heard_max = ROOM;
    let mut husum = Hall::open(1, narrow).await;
    let mut kiel = Hall::plain(2, &[&husum]).await;
    kiel.greets(&mut husum).await;
    husum.greets(&mut kiel).await;

    for number in 0..100_u8 {
        assert_eq!(kiel.network.announce(vec![number; 64]).await, Announced::Sent);
    }
    assert_eq!(husum.network.announce(b"still speaking".to_vec()).await, Announced::Sent);
    assert_eq!(kiel.hears(|_| Verdict::Accept).await, b"still speaking");

    let name = kiel.name;
    let mut heard = 0;
    husum
        .wait("trouble with kiel", |event| match event {
            Event::Heard { .. } => {
                heard += 1;
                None
            }
            Event::Trouble { peer } if peer == name => Some(()),
            _ => None,
        })
        .await;
    assert!((1..=ROOM).contains(&heard), "{heard}");
}

/// Finds everything good that a relay hears.
fn relaying(mut relay: Hall) -> JoinHandle<()> {
    tokio::spawn(async move {
        while let Some(event) = relay.events.next().await {
            if let Event::Heard { message, .. } = event {
                relay.network.judge(message, Verdict::Accept).await;
            }
        }
    })
}

#[tokio::test]
async fn forty_municipalities_that_know_one_relay_all_hear_a_burst_of_long_messages() {
    const MESSAGES: u8 = 20;
    let relay = Hall::open(1, settings(Role::Relay)).await;
    let mut speaker = Hall::plain(2, &[&relay]).await;
    relay.greets(&mut speaker).await;
    let mut halls = Vec::new();
    for seed in 3..43 {
        let mut hall = Hall::plain(seed, &[&relay]).await;
        relay.greets(&mut hall).await;
        halls.push(hall);
    }
    let relaying = relaying(relay);
    let message = |number: u8| vec![number; 60 * 1024];
    for number in 0..MESSAGES {
        assert_eq!(speaker.network.announce(message(number)).await, Announced::Sent);
    }
    let said: BTreeSet<Vec<u8>> = (0..MESSAGES).map(message).collect();
    for hall in &mut halls {
        let mut heard = BTreeSet::new();
        while heard.len() < said.len() {
            heard.insert(hall.hears(|_| Verdict::Accept).await);
        }
        assert!(heard == said);
    }
    relaying.abort();
}

#[tokio::test]
async fn municipalities_behind_different_relays_hear_each_other() {
    let mut north = settings(Role::Relay);
    let south = Hall::open(1, settings(Role::Relay)).await;
    north.peers = vec![south.address()];
    let mut north = Hall::open(2, north).await;
    south.network.dial(&north.address()).await.unwrap();
    let mut jena = Hall::plain(3, &[&south]).await;
    let mut husum = Hall::plain(4, &[&north]).await;
    jena.meets(south.name).await;
    husum.meets(north.name).await;
    south.greets(&mut jena).await;
    north.greets(&mut husum).await;
    south.greets(&mut north).await;

    let relays = [relaying(south), relaying(north)];
    until("jena has somebody to speak to", async || {
        jena.network.announce(b"from jena".to_vec()).await != Announced::NoPeers
    })
    .await;
    assert_eq!(husum.hears(|_| Verdict::Accept).await, b"from jena");
    for relay in relays {
        relay.abort();
    }
}

#[tokio::test]
async fn nobody_to_hear_and_too_much_to_say_are_answers() {
    let alone = Hall::plain(1, &[]).await;
    assert_eq!(alone.network.announce(b"hello?".to_vec()).await, Announced::NoPeers);
    let long = alone.network.announce(vec![0; 128 * 1024 + 1]).await;
    assert_eq!(long, Announced::TooLong { bytes_max: 128 * 1024 });
    let copy = alone.network.clone();
    alone.network.stop().await;
    assert_eq!(copy.announce(b"hello?".to_vec()).await, Announced::Stopped);
}
