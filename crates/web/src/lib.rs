//! How records are read and edited: pages for people, an API for programs.
//!
//! [`router::router`] is the whole of it. What it shows and does it asks of a [`port::Port`].

mod api;
mod assets;
mod bearer;
pub mod cabinet;
mod day;
mod desk;
mod frame;
mod front;
pub mod gate;
mod guard;
mod joined;
mod labels;
mod link;
mod markdown;
mod memory;
mod pages;
pub mod port;
mod problem;
pub mod router;
mod sayings;
pub mod server;
mod sessions;
pub mod settings;
mod tally;
mod turnout;
mod visit;
mod words;
