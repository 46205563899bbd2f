//! What the tests share: real daemons on loopback and the values they are asked with.
