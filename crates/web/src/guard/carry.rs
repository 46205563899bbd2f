//! How answers travel: an entity tag for every page, 304 where the reader has it already, gzip where it pays.

use axum::body::Body;
use axum::body::Bytes;
use axum::body::HttpBody as _;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::header;
use axum::middleware::Next;
use axum::response::IntoResponse as _;
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use record::statement::sha256;
use std::io::Write as _;

/// Smaller answers are not worth packing, in bytes.
const PACKED_BYTES_MIN: usize = 1_024;
/// Larger ones would hold a thread for too long, in bytes; the largest of ours are packed beforehand.
const PACKED_BYTES_MAX: usize = 512 * 1_024;
/// How hard dynamic answers are packed; more costs much time for few bytes.
const LEVEL: u32 = 4;
/// Digits of an entity tag.
const TAG_BYTES: usize = 12;

/// Tags, compares and packs.
pub(crate) async fn carry(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let unpacks = unpacks(request.headers());
    let response = next.run(request).await;
    if !reads || response.headers().contains_key(header::CONTENT_ENCODING) || !is_text(response.headers()) {
        return response;
    }
    // What has no known length is a stream and passes as it is.
    let Some(length) = response.body().size_hint().exact().and_then(|length| usize::try_from(length).ok())
    else {
        return response;
    };
    if length == 0 || length > PACKED_BYTES_MAX {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, PACKED_BYTES_MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let tagged = parts.headers.contains_key(header::ETAG);
    if parts.status == StatusCode::OK && !tagged {
        let tag = tag(&bytes, &parts.headers);
        let same =
            known.as_ref().and_then(|known| known.to_str().ok()).is_some_and(|known| names(known, &tag));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            parts.headers.insert(header::ETAG, tag);
        }
        if same {
            parts.status = StatusCode::NOT_MODIFIED;
            parts.headers.remove(header::CONTENT_LENGTH);
            parts.headers.remove(header::CONTENT_TYPE);
            return Response::from_parts(parts, Body::empty());
        }
    }
    // A strong tag that an answer came with names its very bytes, so they stay as they are.
    if !tagged && unpacks && length >= PACKED_BYTES_MIN {
        parts.headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
        parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::from(packed(&bytes, LEVEL)));
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// The bytes as gzip.
pub(crate) fn packed(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 3), Compression::new(level));
    // Writing into memory cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// Whether the reader can unpack gzip (RFC 9110, section 12.5.3).
pub(crate) fn unpacks(headers: &HeaderMap) -> bool {
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        matches!(name.trim(), "gzip" | "*")
            && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

fn is_text(headers: &HeaderMap) -> bool {
    let media_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type.starts_with("text/")
        || ["json", "xml", "javascript", "turtle", "yaml"].iter().any(|word| media_type.contains(word))
}

/// A weak tag, because the packed and the plain answer share it (RFC 9110, section 8.8.1).
fn tag(bytes: &Bytes, headers: &HeaderMap) -> String {
    let lang = headers.get(header::CONTENT_LANGUAGE).map_or(&[][..], HeaderValue::as_bytes);
    let hash = sha256(&[bytes, lang]);
    let digits: String = hash.iter().take(TAG_BYTES).map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{digits}\"")
}

fn names(known: &str, tag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    known.trim() == "*" || known.split(',').any(|one| bare(one) == bare(tag))
}

#[cfg(test)]
mod tests {
    use crate::guard::carry::names;
    use crate::guard::carry::unpacks;
    use axum::http::HeaderMap;
    use axum::http::HeaderValue;
    use axum::http::header;

    #[test]
    fn only_who_can_unpack_gets_it_packed() {
        let with = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(text));
            unpacks(&headers)
        };
        assert!(with("gzip, deflate, br") && with("br;q=1, gzip;q=0.5") && with("*"));
        assert!(!with("br") && !with("gzip;q=0") && !with(""));
        assert!(!unpacks(&HeaderMap::new()));
    }

    #[test]
    fn tags_are_compared_weakly() {
        assert!(names("\"a\", W/\"b\"", "W/\"a\"") && names("*", "W/\"a\""));
        assert!(!names("\"c\"", "W/\"a\""));
    }
}
