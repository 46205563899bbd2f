//! A town hall on the loopback interface, as the tests beside this file open them.

use std::time::Duration;

use network::carrier::Network;
use network::carrier::start;
use network::command::Announced;
use network::event::Event;
use network::event::Events;
use network::event::Verdict;
use network::identity::PeerKey;
use network::peer::PeerName;
use network::settings::Role;
use network::settings::Settings;

/// A test that waits longer than this has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);
/// An address with a free port.
pub(crate) const ANYWHERE: &str = "/ip4/127.0.0.1/tcp/0";
/// How greetings begin, which tests do not count.
const GREETING: &[u8] = b"moin ";

/// A node and what it hears.
pub(crate) struct Hall {
    pub(crate) network: Network,
    pub(crate) events: Events,
    pub(crate) name: PeerName,
}

pub(crate) fn settings(role: Role) -> Settings {
    let mut settings = Settings::new("test", role);
    settings.listen = vec![ANYWHERE.to_owned()];
    settings
}

impl Hall {
    pub(crate) async fn open(seed: u8, settings: Settings) -> Hall {
        let key = PeerKey::from_seed([seed; 32]);
        let name = key.peer_id();
        let (network, events) = start(settings, key).await.unwrap();
        Hall { network, events, name }
    }

    /// A municipality on a free port that dials these.
    pub(crate) async fn plain(seed: u8, peers: &[&Hall]) -> Hall {
        let mut settings = settings(Role::Municipality);
        settings.peers = peers.iter().map(|peer| peer.address()).collect();
        Hall::open(seed, settings).await
    }

    /// The first address it listens on.
    pub(crate) fn address(&self) -> String {
        self.network.listen().first().unwrap().clone()
    }

    /// Waits for an event that `pick` takes; the others are dropped, messages among them unjudged.
    pub(crate) async fn wait<T>(&mut self, what: &str, mut pick: impl FnMut(Event) -> Option<T>) -> T {
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                let event = self.events.next().await.expect("the network has not stopped");
                if let Some(found) = pick(event) {
                    return found;
                }
            }
        });
        found.await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
    }

    pub(crate) async fn meets(&mut self, other: PeerName) {
        self.wait("a connection", |event| match event {
            Event::Connected { peer } if peer == other => Some(()),
            _ => None,
        })
        .await;
    }

    pub(crate) async fn loses(&mut self, other: PeerName) {
        self.wait("a disconnection", |event| match event {
            Event::Disconnected { peer } if peer == other => Some(()),
            _ => None,
        })
        .await;
    }

    /// The next message that is no greeting, judged.
    pub(crate) async fn hears(&mut self, verdict: impl Fn(&[u8]) -> Verdict) -> Vec<u8> {
        let (message, bytes) = self
            .wait("a message", |event| match event {
                Event::Heard { message, bytes, .. } if !bytes.starts_with(GREETING) => Some((message, bytes)),
                _ => None,
            })
            .await;
        self.network.judge(message, verdict(&bytes)).await;
        bytes
    }

    /// Says hello until the other has heard it, so that gossip is known to flow in this direction.
    pub(crate) async fn greets(&self, other: &mut Hall) {
        let greeting = async {
            for number in 0.. {
                let words = [GREETING, format!("{} {number}", other.name).as_bytes()].concat();
                let sent = self.network.announce(words.clone()).await;
                let heard = other.heard_within(Duration::from_millis(50), &words).await;
                if sent == Announced::Sent && heard {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, greeting).await.expect("greetings arrive");
    }

    async fn heard_within(&mut self, time: Duration, words: &[u8]) -> bool {
        let heard = async {
            loop {
                match self.events.next().await {
                    Some(Event::Heard { message, bytes, .. }) => {
                        self.network.judge(message, Verdict::Ignore).await;
                        if bytes == words {
                            return;
                        }
                    }
                    Some(_) => {}
                    None => panic!("the network has stopped"),
                }
            }
        };
        tokio::time::timeout(time, heard).await.is_ok()
    }
}

/// Waits until something that can only be asked for is so.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        while !is_so().await {
            tick.tick().await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("waited in vain until {what}"));
}
