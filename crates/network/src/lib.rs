//! How bytes travel: libp2p gossip and streams, knowing no rule of the records.
//!
//! One task, the switchboard, owns the libp2p swarm. A [`carrier::Network`] sends it commands over a
//! bounded channel, and it answers with [`event::Event`]s. Gossip is a hint and may be lost: whoever
//! uses this crate repairs over [`talk::Talk`]s, at the latest when told of [`event::Event::Trouble`].
//!
//! # On the wire
//! TCP with Noise and Yamux, the same over WebSocket, or QUIC. Let `P` be `/allmende/1/NETWORK`.
//! - identify: protocol version `P`, agent version `allmende/VERSION ROLE`. Who says another `P` is parted from.
//! - gossipsub 1.1 (or newer): one topic `P`, messages without author, sequence number and signature, message
//!   id = the first 20 bytes of the SHA-256 of the message.
//! - talks: stream protocol `P/talk`; a frame is its length (32 bits, big endian, at most 1 MiB) and its bytes.
//! - ping.

pub mod ban;
pub mod carrier;
pub mod command;
pub mod event;
pub mod identity;
pub mod listening;
pub mod neighbour;
pub mod peer;
pub mod settings;
pub mod talk;

mod behaviour;
mod conduct;
mod dialler;
mod outbox;
mod pending;
mod roster;
mod seats;
mod switchboard;
mod table;
mod transport;
mod words;
