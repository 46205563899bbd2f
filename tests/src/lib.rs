//! What the tests share: real daemons on loopback and the values they are asked with.

pub mod daemon;
pub mod internet;
pub mod js_peer;
pub mod library;
pub mod marker;
pub mod python;
pub mod rehearsal;
pub mod signer;
pub mod stamp;
