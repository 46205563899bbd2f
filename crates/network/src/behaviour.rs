//! The protocols a node speaks and their settings, which were measured before they were chosen.

use std::collections::HashSet;
use std::time::Duration;

use libp2p::Swarm;
use libp2p::allow_block_list;
use libp2p::connection_limits;
use libp2p::core::upgrade::Version;
use libp2p::gossipsub;
use libp2p::identify;
use libp2p::memory_connection_limits;
use libp2p::ping;
use libp2p::swarm;
use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::behaviour::toggle::Toggle;
use sha2::Digest;
use sha2::Sha256;

use crate::identity::PeerKey;
use crate::settings::Limits;
use crate::settings::Role;
use crate::settings::Settings;
use crate::settings::agent;
use crate::settings::protocol;
use crate::table::Table;
use crate::transport::transport;

/// What gossip reads at a time. It must hold several messages: gossipsub 0.50 checks the whole read
/// buffer against it, and with 64 KiB a burst of legal messages lost three quarters.
const TRANSMIT_BYTES_MAX: usize = 256 * 1024;
/// What one control message may weigh: 5,000 message ids, which is what gossipsub sends at a time.
const CONTROL_BYTES_MAX: usize = 128 * 1024;
/// A message waits so long for a slow line. The defaults of 1 and 5 seconds lose whole bursts.
const QUEUE_PATIENCE: Duration = Duration::from_secs(30);
/// So long a message is recognised as heard already: longer than it is kept for others.
const DUPLICATE_MEMORY: Duration = Duration::from_secs(120);
/// So long may a peer take to send what it offered before it counts against it.
const PROMISE_PATIENCE: Duration = Duration::from_secs(10);
/// How often a connection is tried whether somebody answers on it, and how long an answer may take.
const PING_EVERY: Duration = Duration::from_secs(15);
const PING_PATIENCE: Duration = Duration::from_secs(10);
/// One gossip heartbeat.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// Bytes of a message id: the beginning of the SHA-256 of the message.
const MESSAGE_ID_BYTES: usize = 20;
/// Subscriptions that a peer may send at a time; there is one topic.
const SUBSCRIPTIONS_MAX: usize = 8;
/// Connections with one peer: two, since both may dial at the same time.
const CONNECTIONS_PER_PEER_MAX: u32 = 2;
/// A connection that carries nothing is kept this long.
const CONNECTION_IDLE_MAX: Duration = Duration::from_secs(10 * 60);
/// An invalid message is held against its senders this long.
const BLAME_MEMORY: Duration = Duration::from_secs(10 * 60);
/// Scores below which a peer is told less, told nothing of ours, and not heard: after about 10, 31 and 63
/// invalid messages. The last stands behind the ban that comes first, which has a reason and can be lifted.
const THRESHOLDS: [f64; 3] = [-100.0, -1_000.0, -4_000.0];
/// Broken promises that are forgiven: a peer that is merely slow breaks some.
const PROMISES_FORGIVEN: f64 = 6.0;

type Filter = gossipsub::MaxCountSubscriptionFilter<gossipsub::WhitelistSubscriptionFilter>;
type Gossip = gossipsub::Behaviour<gossipsub::IdentityTransform, Filter>;

/// Everything a node speaks. What may refuse a connection stands first, so that the others never count a
/// connection that is refused.
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    pub(crate) limits: connection_limits::Behaviour,
    pub(crate) memory: Toggle<memory_connection_limits::Behaviour>,
    pub(crate) banned: allow_block_list::Behaviour<allow_block_list::BlockedPeers>,
    pub(crate) identify: identify::Behaviour,
    pub(crate) ping: ping::Behaviour,
    pub(crate) gossip: Gossip,
    pub(crate) table: Table,
}

/// Heartbeats that a message is kept, and so the time within which it must be judged.
fn history(role: Role) -> usize {
    match role {
        Role::Municipality => 30,
        Role::Relay => 60,
    }
}

/// So long gossip waits for a verdict.
pub(crate) fn verdict_patience(role: Role) -> Duration {
    HEARTBEAT * u32::try_from(history(role)).unwrap_or(u32::MAX)
}

/// The one topic of a network.
pub(crate) fn topic(network: &str) -> gossipsub::IdentTopic {
    gossipsub::IdentTopic::new(protocol(network))
}

/// A swarm that listens nowhere yet; on failure, why it cannot be built.
pub(crate) fn swarm(settings: &Settings, key: &PeerKey, table: Table) -> Result<Swarm<Behaviour>, String> {
    let transport = transport(settings.carriage, key)?;
    let config = swarm::Config::with_tokio_executor()
        .with_idle_connection_timeout(CONNECTION_IDLE_MAX)
        // Talks say at once what they have to say, instead of waiting for a round trip first.
        .with_substream_upgrade_protocol_override(Version::V1Lazy);
    let name = key.keypair().public().to_peer_id();
    Ok(Swarm::new(transport, behaviour(settings, key, table)?, name, config))
}

fn behaviour(settings: &Settings, key: &PeerKey, table: Table) -> Result<Behaviour, String> {
    let introduction = identify::Config::new(protocol(&settings.network), key.keypair().public())
        .with_agent_version(agent(settings.role))
        .with_hide_listen_addrs(settings.role == Role::Municipality)
        .with_push_listen_addr_updates(settings.role == Role::Relay)
        // Addresses come from the operator or from signed records, never from what a peer says of itself.
        .with_cache_size(0);
    Ok(Behaviour {
        limits: connection_limits::Behaviour::new(connection_limits(&settings.limits)),
        memory: Toggle::from(memory_limit(settings.limits.memory_bytes_max)),
        banned: allow_block_list::Behaviour::default(),
        identify: identify::Behaviour::new(introduction),
        ping: ping::Behaviour::new(ping::Config::new().with_interval(PING_EVERY).with_timeout(PING_PATIENCE)),
        gossip: gossip(settings)?,
        table,
    })
}

/// None where memory is not watched: a process of thousands of nodes cannot tell whose it is.
fn memory_limit(bytes_max: usize) -> Option<memory_connection_limits::Behaviour> {
    (bytes_max != usize::MAX).then(|| memory_connection_limits::Behaviour::with_max_bytes(bytes_max))
}

fn connection_limits(limits: &Limits) -> connection_limits::ConnectionLimits {
    connection_limits::ConnectionLimits::default()
        .with_max_pending_incoming(Some(limits.pending_in_max))
        .with_max_pending_outgoing(Some(limits.pending_out_max))
        .with_max_established(Some(limits.connections_max))
        .with_max_established_per_peer(Some(CONNECTIONS_PER_PEER_MAX))
}

fn gossip(settings: &Settings) -> Result<Gossip, String> {
    // Municipalities that know only relays are in no mesh: a relay tells all of them what it has, else
    // 7 % of them never hear of a message.
    let (gossip_factor, history_gossip) = match settings.role {
        Role::Municipality => (0.25, 5),
        Role::Relay => (1.0, 10),
    };
    let config = gossipsub::ConfigBuilder::default()
        .validation_mode(gossipsub::ValidationMode::Anonymous)
        .validate_messages()
        .message_id_fn(|message: &gossipsub::Message| message_id(&message.data))
        .max_transmit_size(TRANSMIT_BYTES_MAX)
        .max_control_message_size(CONTROL_BYTES_MAX)
        .mesh_n(8)
        .mesh_n_low(6)
        .mesh_n_high(12)
        .gossip_factor(gossip_factor)
        .history_length(history(settings.role))
        .history_gossip(history_gossip)
        .heartbeat_interval(HEARTBEAT)
        .heartbeat_initial_delay(HEARTBEAT)
        .forward_queue_duration(QUEUE_PATIENCE)
        .publish_queue_duration(QUEUE_PATIENCE)
        .duplicate_cache_time(DUPLICATE_MEMORY)
        .iwant_followup_time(PROMISE_PATIENCE)
        .build()
        .map_err(|error| error.to_string())?;
    let topic = topic(&settings.network);
    let filter = gossipsub::MaxCountSubscriptionFilter {
        filter: gossipsub::WhitelistSubscriptionFilter(HashSet::from([topic.hash()])),
        max_subscribed_topics: 1,
        max_subscriptions_per_request: SUBSCRIPTIONS_MAX,
    };
    let anonymous = gossipsub::MessageAuthenticity::Anonymous;
    let mut gossip = Gossip::new_with_subscription_filter(anonymous, config, filter)?;
    let [gossip_threshold, publish_threshold, graylist_threshold] = THRESHOLDS;
    let thresholds = gossipsub::PeerScoreThresholds {
        gossip_threshold,
        publish_threshold,
        graylist_threshold,
        ..gossipsub::PeerScoreThresholds::default()
    };
    gossip.with_peer_score(scores(&topic), thresholds)?;
    gossip.subscribe(&topic).map_err(|error| error.to_string())?;
    Ok(gossip)
}

/// The id of a message: its content, so that the same statement is the same message from whomever.
pub(crate) fn message_id(bytes: &[u8]) -> gossipsub::MessageId {
    let digest: Vec<u8> = Sha256::digest(bytes).iter().take(MESSAGE_ID_BYTES).copied().collect();
    gossipsub::MessageId::from(digest)
}

/// Blame for invalid messages and broken promises only. Many nodes share an address in a computing
/// centre, quiet topics make a peer look lazy, and a slow line is no crime.
fn scores(topic: &gossipsub::IdentTopic) -> gossipsub::PeerScoreParams {
    let of_topic = gossipsub::TopicScoreParams {
        topic_weight: 1.0,
        time_in_mesh_weight: 0.01,
        time_in_mesh_quantum: Duration::from_secs(1),
        time_in_mesh_cap: 600.0,
        first_message_deliveries_weight: 0.1,
        first_message_deliveries_decay: 0.9,
        first_message_deliveries_cap: 50.0,
        mesh_message_deliveries_weight: 0.0,
        mesh_failure_penalty_weight: 0.0,
        invalid_message_deliveries_weight: -1.0,
        invalid_message_deliveries_decay: gossipsub::score_parameter_decay(BLAME_MEMORY),
        ..gossipsub::TopicScoreParams::default()
    };
    gossipsub::PeerScoreParams {
        topics: [(topic.hash(), of_topic)].into(),
        ip_colocation_factor_weight: 0.0,
        slow_peer_weight: 0.0,
        behaviour_penalty_weight: -1.0,
        behaviour_penalty_threshold: PROMISES_FORGIVEN,
        behaviour_penalty_decay: 0.9,
        ..gossipsub::PeerScoreParams::default()
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use crate::behaviour::message_id;
    use crate::behaviour::swarm;
    use crate::identity::PeerKey;
    use crate::seats::Seats;
    use crate::settings::Carriage;
    use crate::settings::Role;
    use crate::settings::Settings;
    use crate::table::Table;
    use crate::table::talk_protocol;

    #[test]
    fn a_message_is_named_by_the_first_twenty_bytes_of_its_digest() {
        assert_eq!(message_id(b"abc").to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a3");
    }

    #[tokio::test]
    async fn the_settings_of_both_roles_are_taken_on_both_carriages() {
        for role in [Role::Municipality, Role::Relay] {
            for carriage in [Carriage::Internet, Carriage::Memory] {
                let settings = Settings { carriage, ..Settings::new("test", role) };
                let (talks, _) = mpsc::channel(1);
                let table = Table::new(talk_protocol("test").unwrap(), Seats::new(1, 1), talks);
                let swarm = swarm(&settings, &PeerKey::from_seed([1; 32]), table);
                assert_eq!(swarm.map(|_| ()), Ok(()));
            }
        }
    }
}
