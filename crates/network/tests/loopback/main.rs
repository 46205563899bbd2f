//! Town halls on the loopback interface, with real sockets: what they say, how they talk, who may come.

// Clippy knows helpers of tests by this attribute.
#[cfg(test)]
mod conduct;
#[cfg(test)]
mod gossip;
#[cfg(test)]
mod hall;
#[cfg(test)]
mod learned;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod talks;
