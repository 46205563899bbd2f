//! Under which names this node answers: a foreign page must not reach it through a name of its own.

use crate::front::Front;
use crate::problem::Problem;
use crate::settings::Settings;
use axum::extract::Request;
use axum::extract::State;
use axum::http::header;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;
use std::net::IpAddr;

/// Refuses requests for hosts that are not this node.
pub(crate) async fn check(State(front): State<Front>, request: Request, next: Next) -> Response {
    let host = match (request.uri().host(), request.headers().get(header::HOST)) {
        (Some(host), _) => Some(host),
        (None, Some(host)) => host.to_str().ok().map(without_port),
        (None, None) => None,
    };
    match host {
        Some(host) if answers(&front.settings, host) => next.run(request).await,
        _ => Problem::wrong_host().into_response(),
    }
}

/// Whether this is one of the node's names.
fn answers(settings: &Settings, host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    if bare.eq_ignore_ascii_case("localhost") {
        return true;
    }
    // An address cannot be rebound; on loopback only loopback addresses can be meant.
    if let Ok(address) = bare.parse::<IpAddr>() {
        return address.is_loopback() || !settings.loopback;
    }
    let base = settings.public_base.as_deref().and_then(host_of);
    let mut names = settings.hosts.iter().map(String::as_str).chain(base);
    let open = !settings.loopback && settings.hosts.is_empty() && base.is_none();
    open || names.any(|name| name.eq_ignore_ascii_case(bare))
}

fn host_of(base: &str) -> Option<&str> {
    let rest = base.split_once("://")?.1;
    rest.split('/').next().map(without_port)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use crate::guard::host::answers;
    use crate::guard::host::without_port;
    use crate::settings::Settings;

    #[test]
    fn a_loopback_node_answers_only_to_its_own_names() {
        let settings = Settings {
            hosts: vec!["wissen.rathaus.local".to_owned()],
            public_base: Some("https://allmende.jena.de:8443/".to_owned()),
            ..Settings::default()
        };
        for host in
            ["localhost", "127.0.0.1", "127.0.0.5", "[::1]", "Wissen.Rathaus.local", "allmende.jena.de"]
        {
            assert!(answers(&settings, host), "{host}");
        }
        for host in ["evil.example", "192.0.2.1", "localhost.evil.example", ""] {
            assert!(!answers(&settings, host), "{host}");
        }
    }

    #[test]
    fn a_public_node_without_names_answers_to_all() {
        let settings = Settings { loopback: false, ..Settings::default() };
        assert!(answers(&settings, "irgendwo.example"));
        let named = Settings { hosts: vec!["a.example".to_owned()], ..settings };
        assert!(answers(&named, "192.0.2.1"));
        assert!(!answers(&named, "b.example"));
    }

    #[test]
    fn ports_are_left_out() {
        assert_eq!(without_port("localhost:8480"), "localhost");
        assert_eq!(without_port("[::1]:8480"), "[::1]");
        assert_eq!(without_port("jena.de"), "jena.de");
    }
}
