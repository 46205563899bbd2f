//! Where statements are kept: the replica's keeper on sled.
