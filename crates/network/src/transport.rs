//! How connections are made: over the Internet, or within one process.

use std::io;

use libp2p::PeerId;
use libp2p::Transport as _;
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::Boxed;
use libp2p::core::transport::MemoryTransport;
use libp2p::core::upgrade::Version;
use libp2p::dns;
use libp2p::noise;
#[cfg(feature = "quic")]
use libp2p::quic;
use libp2p::tcp;
#[cfg(feature = "websocket")]
use libp2p::websocket;
use libp2p::yamux;

use crate::identity::PeerKey;
use crate::settings::Carriage;

#[cfg(feature = "quic")]
const QUIC_STREAM_BYTES_MAX: u32 = 1024 * 1024;
#[cfg(feature = "quic")]
const QUIC_CONNECTION_BYTES_MAX: u32 = 4 * 1024 * 1024;
/// One WebSocket frame, which carries one write of Noise: 64 KiB and a little. The default is 256 MiB.
#[cfg(feature = "websocket")]
const WEBSOCKET_FRAME_BYTES_MAX: usize = 256 * 1024;

/// What every connection becomes: encrypted, with many streams, its other end known by its key.
pub(crate) type Transport = Boxed<(PeerId, StreamMuxerBox)>;

/// The transport of a carriage; on failure, why it cannot be built.
pub(crate) fn transport(carriage: Carriage, key: &PeerKey) -> Result<Transport, String> {
    match carriage {
        Carriage::Internet => internet(key),
        Carriage::Memory => Ok(MemoryTransport::new()
            .upgrade(Version::V1Lazy)
            .authenticate(encryption(key)?)
            .multiplex(yamux::Config::default())
            .boxed()),
    }
}

fn encryption(key: &PeerKey) -> Result<noise::Config, String> {
    noise::Config::new(key.keypair()).map_err(|error| error.to_string())
}

fn tcp() -> tcp::tokio::Transport {
    tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
}

fn internet(key: &PeerKey) -> Result<Transport, String> {
    let encryption = encryption(key)?;
    let plain = || {
        let tcp = tcp()
            .upgrade(Version::V1Lazy)
            .authenticate(encryption.clone())
            .multiplex(yamux::Config::default())
            .map(|(peer, connection), _| (peer, StreamMuxerBox::new(connection)));
        #[cfg(feature = "quic")]
        let tcp = quic::tokio::Transport::new(quic_config(key))
            .map(|(peer, connection), _| (peer, StreamMuxerBox::new(connection)))
            .or_transport(tcp)
            .map(|either, _| either.into_inner());
        tcp
    };
    let plain = named(plain);
    #[cfg(feature = "websocket")]
    let plain = {
        let mut frames = websocket::Config::new(named(tcp));
        frames.set_max_data_size(WEBSOCKET_FRAME_BYTES_MAX);
        // It stands first: the others would take its addresses for theirs and stumble.
        frames
            .upgrade(Version::V1Lazy)
            .authenticate(encryption)
            .multiplex(yamux::Config::default())
            .map(|(peer, connection), _| (peer, StreamMuxerBox::new(connection)))
            .or_transport(plain)
            .map(|either, _| either.into_inner())
    };
    Ok(plain.boxed())
}

#[cfg(feature = "quic")]
fn quic_config(key: &PeerKey) -> quic::Config {
    let mut config = quic::Config::new(key.keypair());
    config.max_stream_data = QUIC_STREAM_BYTES_MAX;
    config.max_connection_data = QUIC_CONNECTION_BYTES_MAX;
    config
}

/// Gives a transport the names of the system's name servers. Without one, names from the hosts file still
/// work; no foreign one is asked.
fn named<T>(inner: impl Fn() -> T) -> dns::tokio::Transport<T> {
    dns::tokio::Transport::system(inner()).unwrap_or_else(|error: io::Error| {
        tracing::warn!(%error, "no name server is configured: only addresses with numbers can be dialled");
        let servers = dns::ResolverConfig::from_parts(None, Vec::new(), Vec::new());
        dns::tokio::Transport::custom(inner(), servers, dns::ResolverOpts::default())
    })
}
