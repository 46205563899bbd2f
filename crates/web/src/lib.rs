//! How records are read and edited: pages for people, an API for programs.
//!
//! [`router::router`] is the whole of it. What it shows and does it asks of a [`port::Port`].

mod api;
mod assets;
mod bearer;
mod day;
mod frame;
mod front;
pub mod gate;
mod guard;
mod labels;
mod link;
mod markdown;
mod pages;
pub mod port;
mod problem;
pub mod router;
pub mod server;
pub mod settings;
mod visit;
mod words;
