//! Web addresses: which texts are one, and the one spelling under which a repository is known here.

/// An address, in characters.
pub(crate) const ADDRESS_CHARS_MAX: usize = 2_000;

/// Why a text names no repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressFault {
    /// No scheme, or one that no browser opens.
    Scheme,
    /// No host with a dot in it.
    Host,
    /// A space, a control character or a quote inside, or too long.
    Characters,
    /// A user name or password before the host.
    Credentials,
}

/// Whether the text is an absolute http(s) address that may be shown as a link.
pub(crate) fn is_web(text: &str) -> bool {
    split(text).is_ok()
}

/// The spelling under which a repository is known, so that the same one is the same record:
/// `https` for `http`, `git` and `ssh`; scheme and host in lower case; no `www.`; no default port; no
/// `.git`, slash, query or fragment at the end. The path keeps its case, because hosts may tell
/// `/A` from `/a`.
pub(crate) fn repository(text: &str) -> Result<String, AddressFault> {
    let text = text.trim();
    let rewritten = match text.strip_prefix("git@").and_then(|rest| rest.split_once(':')) {
        Some((host, path)) => format!("https://{host}/{path}"),
        None => match text.split_once("://") {
            Some((scheme, rest)) => {
                let scheme = scheme.to_ascii_lowercase();
                let scheme = scheme.trim_start_matches("git+");
                let rest = if scheme == "ssh" { rest.trim_start_matches("git@") } else { rest };
                match scheme {
                    "git" | "ssh" => format!("https://{rest}"),
                    scheme => format!("{scheme}://{rest}"),
                }
            }
            None => text.to_owned(),
        },
    };
    let Parts { host, path } = split(&rewritten)?;
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix(":443").or_else(|| host.strip_suffix(":80")).unwrap_or(&host);
    let host = host.strip_prefix("www.").unwrap_or(host);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut path = path.trim_end_matches('/');
    while let Some(shorter) = path.strip_suffix(".git") {
        path = shorter.trim_end_matches('/');
    }
    Ok(format!("https://{host}{path}"))
}

/// Whether the address is one of those that examples use (RFC 2606) or still has a word to be replaced.
pub(crate) fn is_example(address: &str) -> bool {
    let host = address.trim_start_matches("https://").split('/').next().unwrap_or_default();
    let reserved = ["example.com", "example.org", "example.net"];
    reserved.iter().any(|name| host == *name || host.ends_with(&format!(".{name}")))
        || [".example", ".invalid", ".test"].iter().any(|ending| host.ends_with(ending))
        || address
            .to_ascii_uppercase()
            .split('/')
            .any(|part| part == "TUO_USERNAME" || part == "YOUR_USERNAME")
}

struct Parts<'a> {
    host: &'a str,
    path: &'a str,
}

fn split(text: &str) -> Result<Parts<'_>, AddressFault> {
    let (scheme, rest) = text.split_once("://").ok_or(AddressFault::Scheme)?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(AddressFault::Scheme);
    }
    let odd = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '\\' | '`' | '{' | '}')
    };
    if text.contains(odd) || text.chars().count() > ADDRESS_CHARS_MAX {
        return Err(AddressFault::Characters);
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    if host.contains('@') {
        return Err(AddressFault::Credentials);
    }
    let name = host.split(':').next().unwrap_or_default();
    let labels = name.split('.');
    let fits = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    if labels.clone().count() < 2 || !labels.clone().all(fits) {
        return Err(AddressFault::Host);
    }
    Ok(Parts { host, path })
}

#[cfg(test)]
mod tests {
    use crate::publiccode::address;
    use crate::publiccode::address::AddressFault;

    #[test]
    fn one_repository_has_one_spelling() {
        for text in [
            "https://github.com/digitalfabrik/entitlementcard",
            "http://github.com/digitalfabrik/entitlementcard.git",
            " https://GitHub.com/digitalfabrik/entitlementcard/ ",
            "HTTPS://www.github.com:443/digitalfabrik/entitlementcard.git/",
            "git://github.com/digitalfabrik/entitlementcard.git",
            "git@github.com:digitalfabrik/entitlementcard.git",
            "ssh://git@github.com/digitalfabrik/entitlementcard",
            "git+https://github.com/digitalfabrik/entitlementcard?tab=readme#top",
        ] {
            assert_eq!(
                address::repository(text).as_deref(),
                Ok("https://github.com/digitalfabrik/entitlementcard"),
                "{text}"
            );
        }
        assert_eq!(
            address::repository("https://gitlab.opencode.de/A/b"),
            Ok("https://gitlab.opencode.de/A/b".into())
        );
        assert_eq!(address::repository("https://opencode.de:8443"), Ok("https://opencode.de:8443".into()));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        assert_eq!(address::repository("github.com/a/b"), Err(AddressFault::Scheme));
        assert_eq!(address::repository("javascript://x.y/"), Err(AddressFault::Scheme));
        assert_eq!(address::repository("https:///a"), Err(AddressFault::Host));
        assert_eq!(address::repository("https://localhost/a"), Err(AddressFault::Host));
        assert_eq!(address::repository("https://a.de/b c"), Err(AddressFault::Characters));
        assert_eq!(address::repository("https://me:secret@a.de/b"), Err(AddressFault::Credentials));
        assert_eq!(address::repository(""), Err(AddressFault::Scheme));
    }

    #[test]
    fn examples_are_noticed() {
        assert!(address::is_example("https://example.com/italia/medusa"));
        assert!(address::is_example("https://github.com/TUO_USERNAME/x"));
        assert!(!address::is_example("https://github.com/example/x"));
    }
}
