//! Relays that nobody named are found by what was learned, and left alone while they are not needed.

use crate::hall::Hall;
use crate::hall::settings;
use crate::hall::until;
use network::settings::Role;

async fn relay(seed: u8) -> Hall {
    Hall::open(seed, settings(Role::Relay)).await
}

#[tokio::test]
async fn a_municipality_whose_only_relay_died_goes_on_through_a_learned_one() {
    let named = relay(1).await;
    let (mut second, mut third) = (relay(2).await, relay(3).await);
    let mut jena = Hall::plain(4, &[&named]).await;
    jena.meets(named.name).await;
    let nonsense = "relay.example:4480".to_owned();
    jena.network.learn(vec![nonsense, second.address()]).await;
    jena.meets(second.name).await;
    second.meets(jena.name).await;
    // Two relays are connected: a third is left alone.
    jena.network.learn(vec![second.address(), third.address()]).await;

    let (first, mut events) = (named.name, named.events);
    named.network.stop().await;
    while events.next().await.is_some() {}
    jena.loses(first).await;
    jena.meets(third.name).await;
    third.meets(jena.name).await;
    let connected: Vec<_> = jena.network.peers().await.iter().map(|peer| peer.name).collect();
    assert!(connected.contains(&second.name) && connected.contains(&third.name));
}

#[tokio::test]
async fn an_address_that_is_not_learned_any_more_is_not_dialled() {
    let (mut kiel, mut husum) = (relay(1).await, relay(2).await);
    let mut jena = Hall::plain(3, &[]).await;
    jena.network.learn(vec![kiel.address()]).await;
    jena.meets(kiel.name).await;
    kiel.meets(jena.name).await;
    jena.network.learn(vec![husum.address()]).await;
    jena.meets(husum.name).await;
    husum.meets(jena.name).await;
    kiel.network.disconnect(jena.name).await;
    jena.loses(kiel.name).await;
    // Husum is still dialled whenever it is lost, and so it comes back; kiel would have come before.
    for _ in 0..2 {
        husum.network.disconnect(jena.name).await;
        jena.loses(husum.name).await;
        jena.meets(husum.name).await;
    }
    let connected: Vec<_> = jena.network.peers().await.iter().map(|peer| peer.name).collect();
    assert_eq!(connected, [husum.name]);
}

#[tokio::test]
async fn relays_learn_all_of_each_other() {
    let relays = [relay(1).await, relay(2).await, relay(3).await, relay(4).await, relay(5).await];
    let addresses: Vec<String> = relays.iter().map(Hall::address).collect();
    for relay in &relays {
        relay.network.learn(addresses.clone()).await;
    }
    for relay in &relays {
        until("a relay is connected with the four others", async || {
            relay.network.peers().await.iter().filter(|peer| peer.member).count() == 4
        })
        .await;
    }
}
