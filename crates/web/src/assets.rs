//! Stylesheets, fonts, scripts and the sign of these pages, compiled in and served under the hash of their content.

use crate::guard::carry;
use crate::problem::Problem;
use axum::extract::Path;
use axum::http::HeaderMap;
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

/// How hard assets are packed; it is done once.
const LEVEL: u32 = 9;

const ASSETS: [Asset; 9] = [
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
        name: "suggest.js",
        media_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/suggest.js"),
    },
    Asset {
        name: "live.js",
        media_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/live.js"),
    },
    Asset {
        name: "verify.js",
        media_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/verify.js"),
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

/// The assets as gzip, in their order; fonts are packed already.
static PACKED: LazyLock<Vec<Option<Vec<u8>>>> = LazyLock::new(|| {
    let pays = |asset: &Asset| asset.media_type != "font/woff2";
    ASSETS.iter().map(|asset| pays(asset).then(|| carry::packed(asset.bytes, LEVEL))).collect()
});

/// `GET /assets/{hash}/{name}`
pub(crate) async fn serve(
    Path((hash, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let known = ASSETS.iter().zip(PACKED.iter()).find(|(asset, _)| asset.name == name && hash == *HASH);
    let (asset, packed) = known.ok_or_else(Problem::no_page)?;
    let about = [
        (header::CONTENT_TYPE, asset.media_type),
        (header::CACHE_CONTROL, CACHE),
        (header::VARY, "accept-encoding"),
    ];
    Ok(match packed {
        Some(packed) if carry::unpacks(&headers) => {
            (about, [(header::CONTENT_ENCODING, "gzip")], packed.as_slice()).into_response()
        }
        // Said openly, so that nobody packs it once more for each visit.
        _ => (about, [(header::CONTENT_ENCODING, "identity")], asset.bytes).into_response(),
    })
}
