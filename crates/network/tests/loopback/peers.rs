//! Town halls come, go, come back, and are turned away in words.

use crate::hall::Hall;
use crate::hall::settings;
use crate::hall::until;
use network::carrier::start;
use network::command::DialError;
use network::event::Event;
use network::identity::PeerKey;
use network::neighbour::Direction;
use network::settings::Role;
use network::settings::Settings;

async fn turned_away(hall: &mut Hall) -> String {
    hall.wait("a stranger", |event| match event {
        Event::Stranger { reason, .. } => Some(reason),
        Event::Connected { peer } => panic!("{peer} was taken for a member"),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn a_node_of_another_network_is_turned_away_in_words_on_both_sides() {
    let mut kiel = Hall::plain(1, &[]).await;
    let mut foreign = Settings::new("elsewhere", Role::Municipality);
    foreign.peers = vec![kiel.address()];
    let mut wien = Hall::open(2, foreign).await;
    let (at_kiel, at_wien) = tokio::join!(turned_away(&mut kiel), turned_away(&mut wien));
    assert_eq!(at_kiel, "it belongs to the network \"elsewhere\" and we belong to \"test\"");
    assert_eq!(at_wien, "it belongs to the network \"test\" and we belong to \"elsewhere\"");
    until("they have parted", async || kiel.network.peers().await.is_empty()).await;

    wien.network.dial(&kiel.address()).await.unwrap();
    until("it comes again", async || !kiel.network.peers().await.is_empty()).await;
    until("it is parted from again", async || kiel.network.peers().await.is_empty()).await;
    let husum = Hall::plain(3, &[&kiel]).await;
    let came = kiel.wait("a member", |event| match event {
        Event::Stranger { peer, .. } => panic!("{peer} was told of twice"),
        Event::Connected { peer } => Some(peer),
        _ => None,
    });
    assert_eq!(came.await, husum.name);
}

#[tokio::test]
async fn a_node_that_answers_in_place_of_another_is_not_taken_for_it() {
    let mut kiel = Hall::plain(1, &[]).await;
    let bare = kiel.address().split("/p2p/").next().unwrap().to_owned();
    let mut mistaken = settings(Role::Municipality);
    mistaken.peers = vec![format!("{bare}/p2p/{}", PeerKey::from_seed([9; 32]).peer_id())];
    let husum = Hall::open(2, mistaken).await;
    let flensburg = Hall::plain(3, &[&kiel]).await;
    kiel.meets(flensburg.name).await;
    assert!(husum.network.peers().await.is_empty());
}

#[tokio::test]
async fn a_peer_that_restarts_at_the_same_address_is_found_again_even_with_a_new_key() {
    let kiel = Hall::plain(1, &[]).await;
    let address = kiel.address();
    let bare = address.split("/p2p/").next().unwrap().to_owned();
    let mut dialling = settings(Role::Municipality);
    dialling.peers = vec![bare.clone()];
    let mut husum = Hall::open(2, dialling).await;
    husum.meets(kiel.name).await;

    let (old, new) = (kiel.name, PeerKey::from_seed([9; 32]).peer_id());
    let Hall { network, mut events, .. } = kiel;
    network.stop().await;
    while events.next().await.is_some() {}
    husum.loses(old).await;
    let mut again = settings(Role::Relay);
    again.listen = vec![bare.clone()];
    let mut kiel = Hall::open(9, again).await;
    assert_eq!(kiel.network.listen(), [format!("{bare}/p2p/{new}")]);
    husum.meets(new).await;
    kiel.meets(husum.name).await;

    let (of_husum, of_kiel) = (husum.network.peers().await, kiel.network.peers().await);
    let seen = &of_husum[0];
    assert_eq!((seen.name, seen.role, seen.member), (new, Some(Role::Relay), true));
    assert_eq!(seen.agent, Some(format!("allmende/{} relay", env!("CARGO_PKG_VERSION"))));
    assert_eq!((seen.direction, seen.addresses.clone()), (Direction::Outbound, vec![bare]));
    assert_eq!((of_kiel[0].direction, of_kiel[0].role), (Direction::Inbound, Some(Role::Municipality)));
    until("the round trip is measured", async || {
        husum.network.peers().await.first().is_some_and(|peer| peer.round_trip.is_some())
    })
    .await;
}

#[tokio::test]
async fn a_peer_can_be_added_later_and_a_banned_one_stays_away_until_pardoned() {
    let mut kiel = Hall::plain(1, &[]).await;
    let mut husum = Hall::plain(2, &[]).await;
    assert!(matches!(husum.network.dial("kiel:4480").await, Err(DialError::Address(_))));
    husum.network.dial(&kiel.address()).await.unwrap();
    husum.network.dial(&husum.address()).await.unwrap();
    kiel.meets(husum.name).await;
    kiel.network.ban(husum.name, "sends forged statements").await;
    kiel.loses(husum.name).await;
    husum.loses(kiel.name).await;
    assert!(kiel.network.peers().await.is_empty());
    kiel.network.pardon(husum.name).await;
    kiel.meets(husum.name).await;
    kiel.network.disconnect(husum.name).await;
    kiel.loses(husum.name).await;
    kiel.meets(husum.name).await;
}

#[tokio::test]
async fn a_node_whose_last_handle_is_dropped_leaves() {
    let mut kiel = Hall::plain(1, &[]).await;
    let husum = Hall::plain(2, &[&kiel]).await;
    kiel.meets(husum.name).await;
    let Hall { network, mut events, name } = husum;
    drop(network);
    kiel.loses(name).await;
    while events.next().await.is_some() {}
}

#[tokio::test]
async fn what_keeps_a_node_from_starting_is_said_in_a_sentence() {
    let kiel = Hall::plain(1, &[]).await;
    let taken = kiel.address().split("/p2p/").next().unwrap().to_owned();
    let refused =
        async |settings| start(settings, PeerKey::from_seed([2; 32])).await.unwrap_err().to_string();

    let mut busy = settings(Role::Municipality);
    busy.listen = vec![taken.clone()];
    assert_eq!(
        refused(busy).await,
        format!(
            "cannot listen on {taken}: its port is taken by another program; stop that program (is this node \
             running already?) or choose another port"
        )
    );
    let mut far = settings(Role::Municipality);
    far.listen = vec!["/ip4/192.0.2.1/tcp/4480".to_owned()];
    assert!(refused(far).await.starts_with("cannot listen on /ip4/192.0.2.1/tcp/4480: "));
    #[cfg(feature = "websocket")]
    {
        let mut secured = settings(Role::Relay);
        secured.listen = vec!["/ip4/127.0.0.1/tcp/0/tls/ws".to_owned()];
        assert!(refused(secured).await.contains("this node has no certificate; listen on"));
    }
    let mut unreadable = settings(Role::Municipality);
    unreadable.peers = vec!["relay.example:4480".to_owned()];
    assert!(refused(unreadable).await.contains("\"relay.example:4480\" is not a multiaddress"));
    let named = Settings::new("Not A Name", Role::Municipality);
    assert!(refused(named).await.starts_with("\"Not A Name\" is no network name"));
}

#[cfg(feature = "quic")]
#[tokio::test]
async fn a_busy_port_is_noticed_over_quic_as_well() {
    let mut first = settings(Role::Relay);
    first.listen = vec!["/ip4/127.0.0.1/udp/0/quic-v1".to_owned()];
    let kiel = Hall::open(1, first).await;
    let mut second = settings(Role::Relay);
    second.listen = vec![kiel.address().split("/p2p/").next().unwrap().to_owned()];
    let refused = start(second, PeerKey::from_seed([2; 32])).await.unwrap_err();
    assert!(refused.to_string().contains("its port is taken by another program"), "{refused}");
}
