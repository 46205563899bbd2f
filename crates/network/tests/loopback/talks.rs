//! Two town halls talk: frames in both directions, whole, in order, and not too long.

use crate::hall::ANYWHERE;
use crate::hall::Hall;
use crate::hall::PATIENCE;
use crate::hall::settings;
use network::carrier::OpenError;
use network::event::Event;
use network::peer::PeerName;
use network::settings::Role;
use network::talk::FRAME_BYTES_MAX;
use network::talk::Talk;
use network::talk::TalkError;

async fn incoming(hall: &mut Hall, from: PeerName) -> Talk {
    hall.wait("a talk", |event| match event {
        Event::Talk { peer, talk } if peer == from => Some(talk),
        _ => None,
    })
    .await
}

/// A frame in which no two places are alike for long.
fn frame(length: usize, seed: u8) -> Vec<u8> {
    (0..length).map(|place| (place / 251 + place) as u8 ^ seed).collect()
}

async fn talks_over(listen: &str) {
    let mut listening = settings(Role::Relay);
    listening.listen = vec![listen.to_owned()];
    let mut kiel = Hall::open(1, listening).await;
    let mut husum = Hall::plain(2, &[&kiel]).await;
    husum.meets(kiel.name).await;

    let mut asking = husum.network.open(kiel.name).await.unwrap();
    // A frame this long is only taken while the other side reads: it is not kept on the way.
    let first = frame(FRAME_BYTES_MAX, 1);
    let answer = async {
        let mut talk = incoming(&mut kiel, husum.name).await;
        let received = talk.receive().await;
        (talk, received)
    };
    let (sent, (mut answering, received)) = tokio::join!(asking.send(&first), answer);
    sent.unwrap();
    assert!(received.unwrap() == Some(first));
    assert_eq!((asking.peer(), answering.peer()), (kiel.name, husum.name));

    let longest = frame(FRAME_BYTES_MAX, 2);
    let (sent, received) = tokio::join!(answering.send(&longest), asking.receive());
    sent.unwrap();
    assert!(received.unwrap() == Some(longest));

    let refused = asking.send(&frame(FRAME_BYTES_MAX + 1, 3)).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "a frame of 1048577 bytes cannot be sent: at most 1048576 fit; send it in parts"
    );
    asking.send(b"").await.unwrap();
    asking.send(b"bye").await.unwrap();
    asking.close().await.unwrap();
    assert_eq!(answering.receive().await.unwrap(), Some(Vec::new()));
    assert_eq!(answering.receive().await.unwrap(), Some(b"bye".to_vec()));
    assert_eq!(answering.receive().await.unwrap(), None);
}

#[tokio::test]
async fn a_talk_carries_a_mebibyte_both_ways_over_tcp() {
    talks_over(ANYWHERE).await;
}

#[cfg(feature = "quic")]
#[tokio::test]
async fn a_talk_carries_a_mebibyte_both_ways_over_quic() {
    talks_over("/ip4/127.0.0.1/udp/0/quic-v1").await;
}

#[cfg(feature = "websocket")]
#[tokio::test]
async fn a_talk_carries_a_mebibyte_both_ways_over_websocket() {
    talks_over("/ip4/127.0.0.1/tcp/0/ws").await;
}

#[tokio::test]
async fn a_third_talk_of_one_peer_ends_before_it_begins() {
    let mut kiel = Hall::plain(1, &[]).await;
    let mut husum = Hall::plain(2, &[&kiel]).await;
    husum.meets(kiel.name).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut talk = husum.network.open(kiel.name).await.unwrap();
        talk.send(b"hello").await.unwrap();
        held.push((talk, incoming(&mut kiel, husum.name).await));
    }
    let mut third = husum.network.open(kiel.name).await.unwrap();
    let _ = third.send(b"hello").await;
    let end = tokio::time::timeout(PATIENCE, third.receive()).await.unwrap();
    assert!(matches!(end, Ok(None) | Err(TalkError::Broken(_))), "{end:?}");

    drop(held);
    let mut again = husum.network.open(kiel.name).await.unwrap();
    again.send(b"hello again").await.unwrap();
    assert_eq!(incoming(&mut kiel, husum.name).await.receive().await.unwrap(), Some(b"hello again".to_vec()));
}

#[tokio::test]
async fn nobody_talks_with_a_peer_that_is_not_there() {
    let kiel = Hall::plain(1, &[]).await;
    let nobody: PeerName = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN".parse().unwrap();
    assert_eq!(kiel.network.open(nobody).await.err(), Some(OpenError::NotConnected { peer: nobody }));
}
