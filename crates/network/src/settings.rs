//! What an operator chooses about the network, with defaults by role.

use std::fmt;

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

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
    /// Memory of the whole process, in bytes (index files that are mapped count as well), above which
    /// no further connection is made or taken.
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
                memory_bytes_max: GIB,
            },
            Role::Relay => Limits {
                connections_max: 4_096,
                pending_in_max: 256,
                pending_out_max: 16,
                static_peers_max: 256,
                heard_max: 4_096,
                heard_bytes_max: 64 * MIB,
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
    /// Multiaddresses to listen on; none is fine, a port may be 0.
    pub listen: Vec<String>,
    /// Multiaddresses to dial for ever, with or without `/p2p/ID` at the end.
    pub peers: Vec<String>,
    /// What others may use up.
    pub limits: Limits,
}

impl Settings {
    /// Settings with the limits of the role, listening nowhere and knowing no peer.
    pub fn new(network: impl Into<String>, role: Role) -> Settings {
        Settings {
            network: network.into(),
            role,
            listen: Vec::new(),
            peers: Vec::new(),
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
    #[error("\"{address}\" cannot be used: this node speaks {TRANSPORTS}")]
    Transport {
        /// What was given.
        address: String,
    },
}

#[cfg(feature = "quic")]
const TRANSPORTS: &str = "TCP (/tcp/PORT) and QUIC (/udp/PORT/quic-v1)";
#[cfg(not(feature = "quic"))]
const TRANSPORTS: &str = "TCP (/tcp/PORT)";

/// Reads an address and makes sure that one of our transports serves it.
pub(crate) fn address(text: &str) -> Result<Multiaddr, AddressError> {
    let address: Multiaddr = text
        .parse()
        .map_err(|error| AddressError::Form { address: text.to_owned(), reason: format!("{error}") })?;
    let mut parts = address.iter();
    let host = matches!(
        parts.next(),
        Some(Protocol::Ip4(_) | Protocol::Ip6(_) | Protocol::Dns(_) | Protocol::Dns4(_) | Protocol::Dns6(_))
    );
    let transport = match parts.next() {
        Some(Protocol::Tcp(_)) => true,
        Some(Protocol::Udp(_)) => cfg!(feature = "quic") && matches!(parts.next(), Some(Protocol::QuicV1)),
        _ => false,
    };
    let end = match parts.next() {
        None => true,
        Some(Protocol::P2p(_)) => parts.next().is_none(),
        Some(_) => false,
    };
    if host && transport && end {
        Ok(address)
    } else {
        Err(AddressError::Transport { address: text.to_owned() })
    }
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
    use crate::settings::address;
    use crate::settings::names_network;

    #[test]
    fn an_address_needs_a_host_and_a_transport_that_we_speak() {
        let key = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";
        for good in [
            "/ip4/127.0.0.1/tcp/0".to_owned(),
            "/ip6/::1/tcp/4480".to_owned(),
            format!("/dns4/relay.example/tcp/4480/p2p/{key}"),
        ] {
            assert_eq!(address(&good).map(|found| found.to_string()), Ok(good));
        }
        for bad in ["", "relay.example:4480", "/ip4/127.0.0.1", "/memory/7", "/ip4/127.0.0.1/tcp/1/ws"] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_network_is_named_in_plain_letters() {
        assert!(names_network("allmende.de-1"));
        for bad in ["", "Allmende", "a/b", "a b", &"a".repeat(65)] {
            assert!(!names_network(bad), "{bad}");
        }
    }
}
