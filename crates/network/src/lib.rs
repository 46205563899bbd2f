//! How bytes travel: libp2p gossip and streams, knowing no rule of the records.
//!
//! One task, the switchboard, owns the libp2p swarm. A [`carrier::Network`] sends it commands over a
//! bounded channel, and it answers with [`event::Event`]s. Gossip is a hint and may be lost: whoever
//! uses this crate repairs over [`talk::Talk`]s, at the latest when told of [`event::Event::Trouble`].

pub mod carrier;
pub mod event;
pub mod identity;
pub mod peer;
pub mod settings;
pub mod talk;

mod behaviour;
mod command;
mod dialler;
mod outbox;
mod pending;
mod roster;
mod seats;
mod switchboard;
mod words;
