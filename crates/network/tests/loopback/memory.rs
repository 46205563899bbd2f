//! A whole region within one process, without a socket.

use crate::hall::Hall;
use crate::hall::PATIENCE;
use crate::hall::until;
use network::carrier::start;
use network::command::Announced;
use network::event::Event;
use network::event::Verdict;
use network::identity::PeerKey;
use network::settings::Carriage;
use network::settings::Role;
use network::settings::Settings;

fn settings(role: Role) -> Settings {
    let mut settings = Settings::new("test", role);
    settings.carriage = Carriage::Memory;
    settings.limits.memory_bytes_max = usize::MAX;
    if role == Role::Relay {
        settings.listen = vec!["/memory/0".to_owned()];
    }
    settings
}

/// Finds good what it hears, and returns when that was the message.
async fn hears(hall: &mut Hall, words: &[u8]) {
    let heard = async {
        while let Some(event) = hall.events.next().await {
            if let Event::Heard { message, bytes, .. } = event {
                hall.network.judge(message, Verdict::Accept).await;
                if bytes == words {
                    return;
                }
            }
        }
        panic!("the network has stopped");
    };
    tokio::time::timeout(PATIENCE, heard).await.unwrap_or_else(|_| panic!("{} heard nothing", hall.name));
}

#[tokio::test]
async fn fifty_nodes_in_one_process_all_hear_a_message() {
    const MUNICIPALITIES: u8 = 48;
    let mut halls =
        vec![Hall::open(1, settings(Role::Relay)).await, Hall::open(2, settings(Role::Relay)).await];
    let addresses: Vec<String> = halls.iter().map(Hall::address).collect();
    assert!(addresses.iter().all(|address| address.starts_with("/memory/")));
    for relay in &halls {
        relay.network.learn(addresses.clone()).await;
    }
    for seed in 3..3 + MUNICIPALITIES {
        let mut of_hall = settings(Role::Municipality);
        of_hall.peers = addresses.clone();
        halls.push(Hall::open(seed, of_hall).await);
    }
    for hall in &halls {
        let wanted = if hall.network.listen().is_empty() { 2 } else { usize::from(MUNICIPALITIES) + 1 };
        until("everyone is connected", async || {
            hall.network.peers().await.iter().filter(|peer| peer.member).count() == wanted
        })
        .await;
    }
    let speaker = halls.pop().unwrap();
    until("somebody listens", async || speaker.network.announce(b"moin".to_vec()).await == Announced::Sent)
        .await;
    let hearing = halls.iter_mut().map(|hall| hears(hall, b"moin"));
    futures::future::join_all(hearing).await;
}

#[tokio::test]
async fn addresses_of_one_carriage_are_refused_by_the_other() {
    let refused =
        async |settings| start(settings, PeerKey::from_seed([1; 32])).await.unwrap_err().to_string();
    let mut memory = settings(Role::Relay);
    memory.listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned()];
    assert!(refused(memory).await.contains("within its process only (/memory/NUMBER)"));
    let mut internet = Settings::new("test", Role::Municipality);
    internet.peers = vec!["/memory/7".to_owned()];
    assert!(refused(internet).await.contains("\"/memory/7\" cannot be used: this node speaks TCP"));

    let kiel = Hall::open(1, settings(Role::Relay)).await;
    let mut taken = settings(Role::Relay);
    taken.listen = vec![kiel.address().split("/p2p/").next().unwrap().to_owned()];
    assert!(refused(taken).await.contains("its port is taken"));
}
