//! Who may write: requests with a token that the operator gave out, at a pace that is bounded.

use crate::front::Front;
use crate::port::Role;
use crate::problem::Problem;
use axum::extract::ConnectInfo;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use std::net::SocketAddr;
use std::time::Duration;
use std::time::Instant;

/// A request that may write.
#[derive(Debug)]
pub(crate) struct Bearer {
    /// The name of its token.
    pub(crate) name: String,
}

impl FromRequestParts<Front> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, front: &Front) -> Result<Bearer, Problem> {
        let now = Instant::now();
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.split_once(' ')).and_then(|(scheme, token)| {
            let token = token.trim();
            (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
        });
        let Some(token) = token else { return Err(Problem::no_token()) };
        match front.port.token(token) {
            Some(editor) if editor.role < Role::Editor => Err(Problem::no_role()),
            Some(editor) => {
                front
                    .writes
                    .take(&editor.name, now)
                    .map_err(|wait| Problem::too_fast(whole_seconds(wait)))?;
                Ok(Bearer { name: editor.name })
            }
            None => {
                let from = parts.extensions.get::<ConnectInfo<SocketAddr>>();
                let from = from.map_or_else(String::new, |ConnectInfo(address)| address.ip().to_string());
                front.refusals.take(&from, now).map_err(|wait| Problem::too_fast(whole_seconds(wait)))?;
                Err(Problem::no_token())
            }
        }
    }
}

/// Rounded up: who waits that long is served.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + 1
}
