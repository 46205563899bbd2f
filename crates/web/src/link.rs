//! Addresses: our own with a query, and foreign ones that are safe to follow.

use record::bounds::STATEMENT_BYTES_MAX;

/// Pairs of a query that are read.
const PAIRS_MAX: usize = 32;

/// The pairs of a query string (WHATWG URL, `application/x-www-form-urlencoded`).
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .take(PAIRS_MAX)
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(key), decoded(value))
        })
        .collect()
}

/// Percent-decodes; `+` is a blank.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let ahead = rest.clone();
                match (rest.next().and_then(digit), rest.next().and_then(digit)) {
                    (Some(high), Some(low)) => bytes.push(high << 4 | low),
                    _ => {
                        bytes.push(b'%');
                        rest = ahead;
                    }
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Percent-encodes what is not unreserved (RFC 3986, section 2.3).
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A path of ours with a query.
pub(crate) fn address<'a>(path: &str, query: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let query: Vec<String> =
        query.map(|(key, value)| format!("{}={}", encoded(key), encoded(value))).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

/// The address, if following it can do no harm: absolute http or https, without control characters.
/// A `javascript:` or `data:` address is never followed; it is shown as text.
pub(crate) fn safe(address: &str) -> Option<&str> {
    let trimmed = address.trim();
    let scheme = trimmed.split_once(':')?.0;
    let known = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    let host = trimmed.split_once("://")?.1;
    let plain = !trimmed.chars().any(|c| c.is_control() || c.is_whitespace());
    (known && plain && !host.is_empty() && trimmed.len() <= STATEMENT_BYTES_MAX).then_some(trimmed)
}

/// Whether this is a plain mail address that can stand in a `mailto:` link as it is.
pub(crate) fn is_mail(text: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'+'))
    };
    text.split_once('@').is_some_and(|(name, host)| plain(name) && plain(host) && host.contains('.'))
}

#[cfg(test)]
mod tests {
    use crate::link::encoded;
    use crate::link::is_mail;
    use crate::link::pairs;
    use crate::link::safe;

    #[test]
    fn queries_are_read_as_browsers_write_them() {
        let read = |query: &str| pairs(query).into_iter().next().unwrap();
        assert_eq!(read("q=M%C3%A4ngel+melder&x"), ("q".to_owned(), "Mängel melder".to_owned()));
        assert_eq!(read("q=100%"), ("q".to_owned(), "100%".to_owned()));
        assert_eq!(read("q=%zz1"), ("q".to_owned(), "%zz1".to_owned()));
        assert_eq!(pairs(&"a=1&".repeat(100)).len(), 32);
        assert_eq!(encoded("a b&ü"), "a%20b%26%C3%BC");
    }

    #[test]
    fn only_plain_mail_addresses_are_linked() {
        assert!(is_mail("smart-city@jena.de"));
        for bad in ["a@b", "a b@jena.de", "a@jena.de?bcc=x@y.de", "@jena.de", "a@x@jena.de"] {
            assert!(!is_mail(bad), "{bad}");
        }
    }

    #[test]
    fn only_web_addresses_are_followed() {
        assert_eq!(safe(" https://jena.de/a "), Some("https://jena.de/a"));
        for bad in ["javascript:alert(1)", "data:text/html,x", "java\nscript://x", "//jena.de", "https:", "x"]
        {
            assert_eq!(safe(bad), None, "{bad}");
        }
    }
}
