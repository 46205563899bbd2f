//! Stylesheets, fonts and the sign of these pages, compiled in and served under the hash of their content.

use crate::problem::Problem;
use axum::extract::Path;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use record::statement::sha256;
use std::sync::LazyLock;

/// Digits of the hash that stand in addresses.
const HASH_DIGITS: usize = 16;
/// A year, in seconds: the content behind an address never changes.
const CACHE: &str = "public, max-age=31536000, immutable";

struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

const ASSETS: [Asset; 6] = [
    Asset {
        name: "kern.css",
        media_type: "text/css; charset=utf-8",
        bytes: include_bytes!(concat!(env!("OUT_DIR"), "/kern.css")),
    },
    Asset {
        name: "allmende.css",
        media_type: "text/css; charset=utf-8",
        bytes: include_bytes!("../assets/allmende.css"),
    },
    Asset {
        name: "desk.css",
        media_type: "text/css; charset=utf-8",
        bytes: include_bytes!("../assets/desk.css"),
    },
    Asset {
        name: "allmende.svg",
        media_type: "image/svg+xml",
        bytes: include_bytes!("../assets/allmende.svg"),
    },
    Asset {
        name: "FiraSans-Regular.woff2",
        media_type: "font/woff2",
        bytes: include_bytes!(concat!(env!("OUT_DIR"), "/FiraSans-Regular.woff2")),
    },
    Asset {
        name: "FiraSans-SemiBold.woff2",
        media_type: "font/woff2",
        bytes: include_bytes!(concat!(env!("OUT_DIR"), "/FiraSans-SemiBold.woff2")),
    },
];

/// The licence of the typeface, which must travel with it.
pub(crate) const FONT_LICENCE: &str = include_str!("../assets/OFL-1.1.txt");

/// One hash over all assets, so that a stylesheet can name its fonts by a relative address.
static HASH: LazyLock<String> = LazyLock::new(|| {
    let parts: Vec<&[u8]> = ASSETS.iter().map(|asset| asset.bytes).collect();
    sha256(&parts)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>()
        .chars()
        .take(HASH_DIGITS)
        .collect()
});

/// The address of an asset.
pub(crate) fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *HASH)
}

/// `GET /assets/{hash}/{name}`
pub(crate) async fn serve(Path((hash, name)): Path<(String, String)>) -> Result<Response, Problem> {
    let asset =
        ASSETS.iter().find(|asset| asset.name == name && hash == *HASH).ok_or_else(Problem::no_page)?;
    let headers = [(header::CONTENT_TYPE, asset.media_type), (header::CACHE_CONTROL, CACHE)];
    Ok((headers, asset.bytes).into_response())
}
