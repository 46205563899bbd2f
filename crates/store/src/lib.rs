//! Where statements are kept: the replica's keeper on sled.

pub mod disk;
mod layout;
