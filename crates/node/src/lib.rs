//! Who runs it: commands, configuration, keys and the one loop that owns replica and store.

mod announcing;
mod answering;
mod attesting;
pub mod cli;
mod client;
mod commands;
pub mod config;
mod counters;
mod courier;
mod daemon;
mod draft;
pub mod folder;
mod indexing;
mod keeper;
mod keyring;
mod membership;
mod metrics;
mod office;
mod offline;
mod own;
mod publishing;
mod pull;
mod relays;
mod request;
mod shelf;
mod tokens;
mod vouchers;
