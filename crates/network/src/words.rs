//! Words for what strangers say about themselves.

use crate::settings::PROTOCOL_MAJOR;

/// What a peer says about itself is kept up to this many characters.
const FOREIGN_CHARS_MAX: usize = 80;

/// Text from a peer, made safe to show: short and without control characters.
pub(crate) fn tame(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(FOREIGN_CHARS_MAX).collect()
}

/// Why a peer that introduces itself with `theirs` does not belong to `network`; none if it does.
pub(crate) fn strangeness(network: &str, theirs: &str) -> Option<String> {
    let mut parts = theirs.splitn(4, '/').skip(1);
    let (house, major, name) = (parts.next(), parts.next(), parts.next());
    let (Some("allmende"), Some(major), Some(name)) = (house, major, name) else {
        return Some(format!("it is no allmende node: it introduces itself as \"{}\"", tame(theirs)));
    };
    if major != PROTOCOL_MAJOR.to_string() {
        return Some(format!(
            "it speaks version {} of the protocol and we speak version {PROTOCOL_MAJOR}: one of the two must be updated",
            tame(major)
        ));
    }
    if name != network {
        return Some(format!("it belongs to the network \"{}\" and we belong to \"{network}\"", tame(name)));
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::words::strangeness;
    use crate::words::tame;

    #[test]
    fn a_stranger_is_told_apart_in_words() {
        assert_eq!(strangeness("jena", "/allmende/1/jena"), None);
        assert_eq!(
            strangeness("jena", "/allmende/1/gera").as_deref(),
            Some("it belongs to the network \"gera\" and we belong to \"jena\"")
        );
        assert_eq!(
            strangeness("jena", "/allmende/2/jena").as_deref(),
            Some(
                "it speaks version 2 of the protocol and we speak version 1: one of the two must be updated"
            )
        );
        assert_eq!(
            strangeness("jena", "ipfs/0.1.0\u{1b}[31m").as_deref(),
            Some("it is no allmende node: it introduces itself as \"ipfs/0.1.0[31m\"")
        );
        assert_eq!(tame(&"ä".repeat(500)).chars().count(), 80);
    }
}
