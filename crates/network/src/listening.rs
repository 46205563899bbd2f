//! Addresses to listen on, and whether they are free.

use std::io;
use std::net::IpAddr;
use std::net::TcpListener;
use std::net::UdpSocket;

use libp2p::Multiaddr;
use libp2p::TransportError;
use libp2p::multiaddr::Protocol;

use crate::settings::AddressError;

/// Why a node cannot listen on an address.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// It is not an address we can use.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Another program has the port.
    #[error(
        "cannot listen on {address}: its port is taken by another program; stop that program (is this node \
         running already?) or choose another port"
    )]
    Busy {
        /// The address.
        address: String,
    },
    /// It would need a certificate.
    #[error(
        "cannot listen on {address}: this node has no certificate; listen on /ip4/127.0.0.1/tcp/PORT/ws and \
         let a proxy that has one pass the port 443 on to it"
    )]
    Tls {
        /// The address.
        address: String,
    },
    /// The system refuses.
    #[error(
        "cannot listen on {address}: {reason}; choose an address of this machine and a port that this \
         user may open (1024 or higher)"
    )]
    Refused {
        /// The address.
        address: String,
        /// What the system says.
        reason: String,
    },
}

impl ListenError {
    pub(crate) fn of_system(address: &str, error: &io::Error) -> ListenError {
        let address = address.to_owned();
        match error.kind() {
            io::ErrorKind::AddrInUse => ListenError::Busy { address },
            _ => ListenError::Refused { address, reason: error.to_string() },
        }
    }

    /// Only the proxy in front of a node has its certificate.
    pub(crate) fn of_tls(address: &str) -> ListenError {
        ListenError::Tls { address: address.to_owned() }
    }

    pub(crate) fn of_transport(address: &str, error: TransportError<io::Error>) -> ListenError {
        match error {
            // Within a process nothing else can go wrong, and libp2p says it in other words.
            TransportError::Other(_) if address.starts_with("/memory/") => {
                ListenError::Busy { address: address.to_owned() }
            }
            TransportError::Other(error) => ListenError::of_system(address, &error),
            TransportError::MultiaddrNotSupported(_) => ListenError::Refused {
                address: address.to_owned(),
                reason: "it is not an address with numbers".to_owned(),
            },
        }
    }
}

/// Looks whether a port is free. libp2p shares the TCP ports it listens on (SO_REUSEPORT), so that a
/// second node would silently take half of the first one's connections; and of QUIC's errors it keeps
/// only the words, not the kind.
pub(crate) fn probe(text: &str, address: &Multiaddr) -> Result<(), ListenError> {
    let mut parts = address.iter();
    let host = match parts.next() {
        Some(Protocol::Ip4(host)) => IpAddr::V4(host),
        Some(Protocol::Ip6(host)) => IpAddr::V6(host),
        _ => return Ok(()),
    };
    let bound = match parts.next() {
        Some(Protocol::Tcp(port)) if port != 0 => TcpListener::bind((host, port)).map(drop),
        Some(Protocol::Udp(port)) if port != 0 => UdpSocket::bind((host, port)).map(drop),
        _ => Ok(()),
    };
    bound.map_err(|error| ListenError::of_system(text, &error))
}
