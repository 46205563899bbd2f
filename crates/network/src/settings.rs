//! What an operator chooses about the network, with defaults by role.

use std::fmt;

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

use crate::peer::PeerName;

/// The name of a network, in bytes.
const NETWORK_BYTES_MAX: usize = 64;
/// The first major version of everything that travels: topic, introduction and talk carry it.
pub(crate) const PROTOCOL_MAJOR: u32 = 1;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;
const GIB: usize = 1024 * MIB;

/// What a node is for its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Dials two or three relays and needs no incoming connection.
    Municipality,
    /// Is reachable, always on, and tells everyone about everything.
    Relay,
}

impl Role {
    /// The word that stands at the end of the agent version.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Municipality => "municipality",
            Role::Relay => "relay",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What carries the connections of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carriage {
    /// TCP, and QUIC and WebSocket as far as they are built in; addresses with `/memory` are refused.
    #[default]
    Internet,
    /// Channels within this process, for rehearsals with thousands of nodes. All addresses read
    /// `/memory/NUMBER` (0 to listen on a free number), and no others are taken.
    Memory,
}

/// How much gossip one peer may send. What is over it is ignored, and fetched by whoever catches up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Messages a second, in the long run.
    pub messages_per_second: u32,
    /// Messages at once, after silence.
    pub messages_burst: u32,
    /// Bytes a second, in the long run.
    pub bytes_per_second: u32,
    /// Bytes at once, after silence.
    pub bytes_burst: u32,
}

/// A town hall that publishes a whole import at once stays within it.
const RATE: Rate = Rate {
    messages_per_second: 200,
    messages_burst: 5_000,
    bytes_per_second: 4 * MIB as u32,
    bytes_burst: 64 * MIB as u32,
};
/// A relay passes on what hundreds say.
const RATE_DIALLED: Rate = Rate {
    messages_per_second: 2_000,
    messages_burst: 50_000,
    bytes_per_second: 32 * MIB as u32,
    bytes_burst: 512 * MIB as u32,
};

/// What a node allows others to use up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time, in and out together.
    pub connections_max: u32,
    /// Incoming connections that have not finished their handshake.
    pub pending_in_max: u32,
    /// Outgoing connections that have not finished their handshake.
    pub pending_out_max: u32,
    /// Addresses that are dialled for ever.
    pub static_peers_max: usize,
    /// Messages heard that wait for a verdict.
    pub heard_max: usize,
    /// Bytes of the messages that wait for a verdict.
    pub heard_bytes_max: usize,
    /// How much gossip a peer may send that came by itself.
    pub rate: Rate,
    /// How much gossip a peer may send that this node dials (it was named or learned): relays.
    pub rate_dialled: Rate,
    /// Talks at a time that peers began.
    pub talks_max: usize,
    /// Talks at a time that one peer began.
    pub talks_per_peer_max: usize,
    /// Memory of the whole process, in bytes (index files that are mapped count as well), above which
    /// no further connection is made or taken. `usize::MAX` switches the limit off.
    pub memory_bytes_max: usize,
}

impl Limits {
    /// The limits that suit a role.
    pub fn of(role: Role) -> Limits {
        match role {
            Role::Municipality => Limits {
                connections_max: 64,
                pending_in_max: 16,
                pending_out_max: 16,
                static_peers_max: 64,
                heard_max: 2_048,
                heard_bytes_max: 32 * MIB,
                rate: RATE,
                rate_dialled: RATE_DIALLED,
                talks_max: 32,
                talks_per_peer_max: 2,
                memory_bytes_max: GIB,
            },
            Role::Relay => Limits {
                connections_max: 4_096,
                pending_in_max: 256,
                pending_out_max: 16,
                static_peers_max: 256,
                heard_max: 4_096,
                heard_bytes_max: 64 * MIB,
                rate: RATE,
                rate_dialled: RATE_DIALLED,
                talks_max: 256,
                talks_per_peer_max: 2,
                memory_bytes_max: 4 * GIB,
            },
        }
    }
}

/// Everything that is chosen before a node joins a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The network's name: 1 to 64 of the characters a-z, 0-9, - and dot.
    pub network: String,
    /// Whether this node relays.
    pub role: Role,
    /// What carries its connections.
    pub carriage: Carriage,
    /// Multiaddresses to listen on; none is fine, a port may be 0.
    pub listen: Vec<String>,
    /// Multiaddresses to dial for ever, with or without `/p2p/ID` at the end.
    pub peers: Vec<String>,
    /// Peers to keep away from the start, and why: bans that were kept over a restart.
    pub banned: Vec<(PeerName, String)>,
    /// What others may use up.
    pub limits: Limits,
}

impl Settings {
    /// Settings with the limits of the role, listening nowhere and knowing no peer.
    pub fn new(network: impl Into<String>, role: Role) -> Settings {
        Settings {
            network: network.into(),
            role,
            carriage: Carriage::default(),
            listen: Vec::new(),
            peers: Vec::new(),
            banned: Vec::new(),
            limits: Limits::of(role),
        }
    }
}

/// Why a text is not an address that this node can use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is no multiaddress at all.
    #[error(
        "\"{address}\" is not a multiaddress ({reason}); it should read like /dns4/relay.example/tcp/4480 \
         or /ip4/192.0.2.1/tcp/4480"
    )]
    Form {
        /// What was given.
        address: String,
        /// What the parser stumbled over.
        reason: String,
    },
    /// It is a multiaddress of a transport that this node does not have.
    #[error("\"{address}\" cannot be used: this node speaks {transports}")]
    Transport {
        /// What was given.
        address: String,
        /// What it speaks.
        transports: String,
    },
}

/// What a carriage speaks, in words.
fn transports(carriage: Carriage) -> String {
    if carriage == Carriage::Memory {
        return "within its process only (/memory/NUMBER)".to_owned();
    }
    let mut words = vec!["TCP (/tcp/PORT)"];
    if cfg!(feature = "quic") {
        words.push("QUIC (/udp/PORT/quic-v1)");
    }
    if cfg!(feature = "websocket") {
        words.push("WebSocket (/tcp/PORT/ws, and to dial also /tcp/443/tls/ws or /tcp/443/wss)");
    }
    words.join(", ")
}

/// Reads an address and makes sure that the carriage serves it.
pub(crate) fn address(text: &str, carriage: Carriage) -> Result<Multiaddr, AddressError> {
    let address: Multiaddr = text
        .parse()
        .map_err(|error| AddressError::Form { address: text.to_owned(), reason: format!("{error}") })?;
    let mut parts: Vec<Protocol<'_>> = address.iter().collect();
    if matches!(parts.last(), Some(Protocol::P2p(_))) {
        parts.pop();
    }
    let served = match (carriage, parts.as_slice()) {
        (Carriage::Memory, [Protocol::Memory(_)]) => true,
        (Carriage::Memory, _) => false,
        (Carriage::Internet, [host, transport @ ..]) => names_host(host) && names_transport(transport),
        (Carriage::Internet, []) => false,
    };
    if served {
        Ok(address)
    } else {
        Err(AddressError::Transport { address: text.to_owned(), transports: transports(carriage) })
    }
}

fn names_host(part: &Protocol<'_>) -> bool {
    matches!(
        part,
        Protocol::Ip4(_) | Protocol::Ip6(_) | Protocol::Dns(_) | Protocol::Dns4(_) | Protocol::Dns6(_)
    )
}

fn names_transport(parts: &[Protocol<'_>]) -> bool {
    let (quic, websocket) = (cfg!(feature = "quic"), cfg!(feature = "websocket"));
    match parts {
        [Protocol::Tcp(_)] => true,
        [Protocol::Udp(_), Protocol::QuicV1] => quic,
        [Protocol::Tcp(_), Protocol::Ws(_) | Protocol::Wss(_)] => websocket,
        [Protocol::Tcp(_), Protocol::Tls, Protocol::Ws(_)] => websocket,
        _ => false,
    }
}

/// Whether an address asks for the TLS of WebSocket, which only the dialling side has.
pub(crate) fn wants_tls(address: &Multiaddr) -> bool {
    address.iter().any(|part| matches!(part, Protocol::Tls | Protocol::Wss(_)))
}

/// Whether a text may name a network.
pub(crate) fn names_network(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    !text.is_empty() && text.len() <= NETWORK_BYTES_MAX && text.bytes().all(plain)
}

/// The name of the topic, and what a node introduces itself with: network and major version.
pub(crate) fn protocol(network: &str) -> String {
    format!("/allmende/{PROTOCOL_MAJOR}/{network}")
}

/// How a node calls its software and role, `allmende/0.1.0 relay`.
pub(crate) fn agent(role: Role) -> String {
    format!("allmende/{} {role}", env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use crate::settings::Carriage;
    use crate::settings::address;
    use crate::settings::names_network;
    #[cfg(feature = "websocket")]
    use crate::settings::wants_tls;

    const KEY: &str = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";

    #[test]
    fn an_address_needs_a_host_and_a_transport_that_we_speak() {
        for good in [
            "/ip4/127.0.0.1/tcp/0".to_owned(),
            "/ip6/::1/tcp/4480".to_owned(),
            format!("/dns4/relay.example/tcp/4480/p2p/{KEY}"),
        ] {
            assert_eq!(address(&good, Carriage::Internet).map(|found| found.to_string()), Ok(good));
        }
        let pinned_twice = format!("/ip4/127.0.0.1/tcp/1/p2p/{KEY}/p2p/{KEY}");
        for bad in [
            "",
            "relay.example:4480",
            "/ip4/127.0.0.1",
            "/memory/7",
            "/tcp/1",
            "/ip4/127.0.0.1/udp/1",
            &pinned_twice,
        ] {
            assert!(address(bad, Carriage::Internet).is_err(), "{bad}");
        }
    }

    #[cfg(feature = "websocket")]
    #[test]
    fn websocket_stands_at_the_end_of_tcp_and_never_within() {
        for good in [
            "/ip4/127.0.0.1/tcp/4481/ws".to_owned(),
            "/dns4/relay.example/tcp/443/tls/ws".to_owned(),
            format!("/dns4/relay.example/tcp/443/wss/p2p/{KEY}"),
        ] {
            let found = address(&good, Carriage::Internet).unwrap();
            assert_eq!(found.to_string(), good);
            assert_eq!(wants_tls(&found), !good.ends_with("4481/ws"));
        }
        for bad in ["/ip4/127.0.0.1/tcp/1/tls", "/ip4/127.0.0.1/ws", "/ip4/127.0.0.1/udp/1/ws"] {
            let refused = address(bad, Carriage::Internet).unwrap_err().to_string();
            assert!(refused.contains("WebSocket (/tcp/PORT/ws"), "{refused}");
        }
    }

    #[test]
    fn within_a_process_only_numbers_are_addresses() {
        let pinned = format!("/memory/7/p2p/{KEY}");
        for good in ["/memory/0", &pinned] {
            assert!(address(good, Carriage::Memory).is_ok(), "{good}");
        }
        let refused = address("/ip4/127.0.0.1/tcp/1", Carriage::Memory).unwrap_err().to_string();
        assert_eq!(
            refused,
            "\"/ip4/127.0.0.1/tcp/1\" cannot be used: this node speaks within its process only (/memory/NUMBER)"
        );
    }

    #[test]
    fn a_network_is_named_in_plain_letters() {
        assert!(names_network("allmende.de-1"));
        for bad in ["", "Allmende", "a/b", "a b", &"a".repeat(65)] {
            assert!(!names_network(bad), "{bad}");
        }
    }
}
