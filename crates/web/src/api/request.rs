//! What comes in with a request, read into types; what cannot be read is answered in words.

use crate::front::Front;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::FromRequest;
use axum::extract::FromRequestParts;
use axum::extract::Path;
use axum::extract::Query;
use axum::extract::Request;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header;
use axum::http::request::Parts;
use record::name::Name;
use record::statement::RecordId;
use record::statement::StatementId;
use serde::de::DeserializeOwned;
use std::str::FromStr;

/// The parameters of a query.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Front> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, front: &Front) -> Result<Asked<T>, Problem> {
        match Query::from_request_parts(parts, front).await {
            Ok(Query(asked)) => Ok(Asked(asked)),
            Err(rejection) => Err(Problem::unreadable("query", &rejection.body_text())),
        }
    }
}

/// The host that the request came to, with its port; `guard::host` has already accepted it.
pub(crate) struct Host(pub(crate) String);

impl FromRequestParts<Front> for Host {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Front) -> Result<Host, Problem> {
        let named = parts.uri.authority().map(ToString::to_string);
        let header = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_owned);
        Ok(Host(named.or(header).unwrap_or_default()))
    }
}

/// The record that an address names: `{publisher}/{record}`. What is no name or no id names no record.
pub(crate) struct Named {
    pub(crate) publisher: Name,
    pub(crate) record: RecordId,
}

impl FromRequestParts<Front> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, front: &Front) -> Result<Named, Problem> {
        let path = Path::<(String, String)>::from_request_parts(parts, front).await;
        let Ok(Path((publisher, record))) = path else { return Err(Problem::no_record()) };
        match (publisher.parse(), record.parse()) {
            (Ok(publisher), Ok(record)) => Ok(Named { publisher, record }),
            _ => Err(Problem::no_record()),
        }
    }
}

/// A body of JSON, of any shape that `T` has.
pub(crate) struct Sent<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Front> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, front: &Front) -> Result<Sent<T>, Problem> {
        let media_type = media_type(request.headers());
        if media_type != "application/json" && !media_type.ends_with("+json") {
            return Err(Problem::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let bytes = bytes(request, front).await?;
        serde_json::from_slice(&bytes).map(Sent).map_err(|error| Problem::unreadable("json", &error))
    }
}

/// A body of bytes.
pub(crate) struct Raw(pub(crate) Vec<u8>);

impl FromRequest<Front> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, front: &Front) -> Result<Raw, Problem> {
        const READ: [&str; 4] = [
            "application/cose",
            "application/cbor",
            "application/octet-stream",
            record::envelope::CONTENT_TYPE,
        ];
        if !READ.contains(&media_type(request.headers()).as_str()) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media-type",
                "Eine unterschriebene Aussage kommt als application/cose.",
                "A signed statement comes as application/cose.",
            ));
        }
        Ok(Raw(bytes(request, front).await?.to_vec()))
    }
}

async fn bytes(request: Request, front: &Front) -> Result<Bytes, Problem> {
    Bytes::from_request(request, front).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(failed) if failed.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE)
        }
        other => Problem::unreadable("body", &other.body_text()),
    })
}

/// The media type of the body without its parameters, in lower case.
fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a list of entity tags names this statement (RFC 9110, sections 8.8.3 and 13.1).
pub(crate) fn names(headers: &HeaderMap, list: header::HeaderName, id: StatementId) -> Option<bool> {
    let value = headers.get(list)?.to_str().unwrap_or_default();
    let tag = id.to_string();
    Some(
        value
            .split(',')
            .map(str::trim)
            .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one).trim_matches('"') == tag),
    )
}

/// A word of a query that has a form of its own.
pub(crate) fn word<T: FromStr>(text: &str) -> Result<T, Problem>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| Problem::unreadable("query", &error))
}
