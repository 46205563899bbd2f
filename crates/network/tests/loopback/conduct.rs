//! Who sends too much is not heard, and who sends forgeries is kept away, except relays of our choice.

use crate::hall::Hall;
use crate::hall::settings;
use crate::hall::until;
use network::command::Announced;
use network::event::Event;
use network::event::Verdict;
use network::peer::PeerName;
use network::settings::Role;

/// One more than is borne.
const FORGERIES: u8 = 51;
const WHY: &str = "it passed on more than 50 invalid messages within 10 minutes";

async fn forge(kiel: &Hall, husum: &mut Hall) {
    for number in 0..FORGERIES {
        assert_eq!(kiel.network.announce(vec![number; 40]).await, Announced::Sent);
    }
    for _ in 0..FORGERIES {
        husum.hears(|_| Verdict::Reject).await;
    }
}

#[tokio::test]
async fn what_is_more_than_the_rate_allows_is_ignored_counted_and_told_as_trouble() {
    let mut narrow = settings(Role::Municipality);
    (narrow.limits.rate.messages_per_second, narrow.limits.rate.messages_burst) = (1, 1_000);
    narrow.limits.rate.bytes_per_second = 1;
    narrow.limits.rate.bytes_burst = 60_000;
    let mut husum = Hall::open(1, narrow).await;
    let kiel = Hall::plain(2, &[&husum]).await;
    kiel.greets(&mut husum).await;
    for number in 0..20 {
        assert_eq!(kiel.network.announce(vec![number; 10_000]).await, Announced::Sent);
    }
    let name = kiel.name;
    let mut heard = 0;
    husum
        .wait("trouble with kiel", |event| match event {
            Event::Heard { bytes, .. } if bytes.len() == 10_000 => {
                heard += 1;
                None
            }
            Event::Trouble { peer } if peer == name => Some(()),
            _ => None,
        })
        .await;
    until("all others are counted", async || {
        husum.network.peers().await.iter().any(|peer| peer.name == name && peer.over_rate == 20 - heard)
    })
    .await;
    assert_eq!(heard, 5, "the greeting took the rest of the sixth");
    assert!(husum.network.bans().await.is_empty(), "haste is no forgery");
}

#[tokio::test]
async fn who_passes_on_forgeries_is_banned_with_a_reason_that_outlives_a_restart() {
    let mut husum = Hall::plain(1, &[]).await;
    let mut kiel = Hall::plain(2, &[&husum]).await;
    kiel.greets(&mut husum).await;
    forge(&kiel, &mut husum).await;
    let told = husum
        .wait("a ban", |event| match event {
            Event::Banned { peer, reason } => Some((peer, reason)),
            _ => None,
        })
        .await;
    assert_eq!(told, (kiel.name, WHY.to_owned()));
    kiel.loses(husum.name).await;
    husum.loses(kiel.name).await;
    let bans = husum.network.bans().await;
    let kept: Vec<(PeerName, String)> = bans.into_iter().map(|ban| (ban.peer, ban.reason)).collect();
    assert_eq!(kept, [told]);

    let bare = husum.address().split("/p2p/").next().unwrap().to_owned();
    let Hall { network, mut events, .. } = husum;
    network.stop().await;
    while events.next().await.is_some() {}
    let mut again = settings(Role::Municipality);
    (again.listen, again.banned) = (vec![bare], kept);
    let mut husum = Hall::open(1, again).await;
    assert_eq!(husum.network.bans().await.len(), 1);
    kiel.network.dial(&husum.address()).await.unwrap();
    let flensburg = Hall::plain(3, &[&husum]).await;
    let came = husum
        .wait("somebody", |event| match event {
            Event::Connected { peer } => Some(peer),
            _ => None,
        })
        .await;
    assert_eq!(came, flensburg.name);
    husum.network.pardon(kiel.name).await;
    husum.meets(kiel.name).await;
    assert!(husum.network.bans().await.is_empty());
}

#[tokio::test]
async fn a_relay_that_the_operator_named_is_only_disconnected() {
    let kiel = Hall::plain(2, &[]).await;
    let mut husum = Hall::plain(1, &[&kiel]).await;
    kiel.greets(&mut husum).await;
    forge(&kiel, &mut husum).await;
    husum
        .wait("a disconnection", |event| match event {
            Event::Disconnected { peer } if peer == kiel.name => Some(()),
            Event::Banned { .. } => panic!("a town is cut off"),
            _ => None,
        })
        .await;
    husum.meets(kiel.name).await;
    assert!(husum.network.bans().await.is_empty());
    let peers = husum.network.peers().await;
    assert_eq!(peers[0].rejected, u64::from(FORGERIES));
}

#[tokio::test]
async fn talks_of_a_banned_peer_are_refused() {
    let mut kiel = Hall::plain(1, &[]).await;
    let mut husum = Hall::plain(2, &[&kiel]).await;
    husum.meets(kiel.name).await;
    kiel.meets(husum.name).await;
    kiel.network.ban(husum.name, "sends forged statements").await;
    assert!(kiel.network.open(husum.name).await.is_err(), "nor do we begin one");
    let talking = async {
        let mut talk = husum.network.open(kiel.name).await.map_err(|error| error.to_string())?;
        talk.send(b"hello").await.map_err(|error| error.to_string())?;
        talk.receive().await.map_err(|error| error.to_string())
    };
    assert!(matches!(talking.await, Err(_) | Ok(None)));
    let next = kiel
        .wait("its leave", |event| match event {
            Event::Talk { .. } => panic!("a banned peer has a seat"),
            Event::Disconnected { peer } => Some(peer),
            _ => None,
        })
        .await;
    assert_eq!(next, husum.name);
}
