//! Who runs it: commands, configuration, keys and the one loop that owns replica and store.

mod agreements;
mod attesting;
pub mod cli;
mod client;
mod commands;
pub mod config;
pub mod counters;
pub mod courier;
mod daemon;
pub mod desk;
mod door;
mod draft;
pub mod folder;
mod indexing;
mod keeper;
mod lock;
mod membership;
mod metrics;
mod office;
mod own;
mod publishing;
mod request;
mod shelf;
mod talks;
mod tokens;
mod vouchers;
