//! Where statements are kept: the replica's keeper on the disk, a log with an index in sled.

mod blocks;
pub mod compact;
pub mod disk;
mod format1;
mod frame;
mod index;
mod layout;
mod log;
pub mod look;
pub mod open;
mod pack;
mod running;
mod segment;
mod settle;
