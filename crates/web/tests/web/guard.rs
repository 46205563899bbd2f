//! What every request passes.

use crate::call::fetch;
use crate::call::over;
use crate::call::send;
use crate::call::settings;
use crate::call::site;
use crate::call::write;
use crate::samples;
use crate::town::TOKEN;
use axum::body::Body;
use axum::http::StatusCode;
use web::settings::Limits;
use web::settings::Settings;

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

#[tokio::test]
async fn every_answer_carries_the_headers_and_no_cookie() {
    let (site, samples) = site();
    let record = format!("/records/th.jena/{}", samples.trees);
    for path in ["/map", "/nirgends", "/api/v1/status", "/api/v1/nirgends", "/healthz", &record, "/api"] {
        let answer = fetch(&site, path).await;
        assert_eq!(answer.header("content-security-policy"), POLICY, "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
        assert!(!answer.headers.contains_key("set-cookie"), "{path}");
    }
}

#[tokio::test]
async fn assets_never_change_behind_their_address() {
    let (site, _) = site();
    let page = fetch(&site, "/").await.text();
    let assets: Vec<&str> = page.split('"').filter(|part| part.starts_with("/assets/")).collect();
    assert!(assets.len() >= 4, "{assets:?}");
    for path in assets {
        let asset = fetch(&site, path).await;
        assert_eq!(asset.status, StatusCode::OK, "{path}");
        assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable", "{path}");
        assert!(!asset.bytes.is_empty(), "{path}");
    }
    let css = page.split('"').find(|part| part.ends_with("/allmende.css")).unwrap();
    let font = css.replace("allmende.css", "FiraSans-Regular.woff2");
    assert_eq!(fetch(&site, &font).await.header("content-type"), "font/woff2");
    assert_eq!(fetch(&site, "/assets/0000000000000000/kern.css").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn stylesheets_load_nothing_from_elsewhere() {
    let (site, _) = site();
    let page = fetch(&site, "/").await.text();
    for path in page.split('"').filter(|part| part.ends_with(".css")) {
        let css = fetch(&site, path).await.text();
        for part in css.split("url(").skip(1) {
            let address = part.trim_start_matches(['"', '\'']);
            assert!(
                address.starts_with("data:") || address.starts_with("FiraSans"),
                "{path}: {}",
                &address[..40]
            );
        }
        assert!(!css.contains("@import"), "{path}");
    }
}

#[tokio::test]
async fn a_foreign_host_is_refused() {
    let (site, _) = site();
    let of = |host: &'static str| {
        let site = site.clone();
        async move { send(&site, "GET", "/api/v1/status", &[("host", host)], Body::empty()).await }
    };
    assert_eq!(of("rebound.example:8480").await.status, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(of("rebound.example").await.json()["code"], "host");
    assert_eq!(of("127.0.0.1:8480").await.status, StatusCode::OK);
    assert_eq!(of("[::1]:8480").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_foreign_page_cannot_write() {
    let (site, _) = site();
    let token = format!("Bearer {TOKEN}");
    let base = [("authorization", token.as_str()), ("content-type", "application/json")];
    let draft = samples::trees("").to_string();
    let with = |more: &[(&'static str, &'static str)]| [base.as_slice(), more].concat();
    let foreign =
        send(&site, "POST", "/api/v1/records", &with(&[("sec-fetch-site", "cross-site")]), draft.clone())
            .await;
    assert_eq!(
        (foreign.status, foreign.json()["code"].as_str()),
        (StatusCode::FORBIDDEN, Some("cross-site"))
    );
    let origin =
        send(&site, "POST", "/api/v1/records", &with(&[("origin", "https://evil.example")]), draft).await;
    assert_eq!(origin.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn too_much_is_refused_in_words() {
    let limits =
        Limits { body_bytes_max: 1_000, writes_burst_max: 2, writes_per_second: 1, ..Limits::default() };
    let site = over(samples::town().0, Settings { limits, ..settings() });
    let large =
        write(&site, "POST", "/api/v1/records", &serde_json::json!({"kind": "x".repeat(2_000)})).await;
    assert_eq!(
        (large.status, large.json()["code"].as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, Some("oversize"))
    );
    let small = serde_json::json!({"kind": "measure"});
    assert_eq!(write(&site, "POST", "/api/v1/check", &small).await.status, StatusCode::OK);
    let fast = write(&site, "POST", "/api/v1/check", &small).await;
    assert_eq!(fast.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!fast.header("retry-after").is_empty());
}

#[tokio::test]
async fn wrong_tokens_are_slowed_down() {
    let limits = Limits { refusals_burst_max: 2, refusals_per_second: 1, ..Limits::default() };
    let site = over(samples::town().0, Settings { limits, ..settings() });
    let mut last = StatusCode::OK;
    for _ in 0..3 {
        let headers = [("authorization", "Bearer geraten"), ("content-type", "application/json")];
        last = send(&site, "POST", "/api/v1/records", &headers, "{}").await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_slow_answer_is_given_up_and_a_full_node_says_so() {
    let slow = Limits { request_seconds_max: 1, ..Limits::default() };
    let site = over(samples::town().0, Settings { limits: slow, ..settings() });
    let answer = fetch(&site, "/api/v1/changes?since=10000&wait=20").await;
    assert_eq!(
        (answer.status, answer.json()["code"].as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, Some("timeout"))
    );
    let full = Limits { in_flight_max: 0, ..Limits::default() };
    let site = over(samples::town().0, Settings { limits: full, ..settings() });
    assert_eq!(fetch(&site, "/api/v1/status").await.json()["code"], "busy");
    assert_eq!(fetch(&site, "/healthz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn only_pages_with_a_script_of_ours_may_load_one() {
    let (site, _) = site();
    for path in ["/", "/?q=Baum", "/network", "/verify"] {
        let page = fetch(&site, path).await;
        assert!(
            page.header("content-security-policy").contains("script-src 'self'; connect-src 'self'"),
            "{path}"
        );
        assert!(!page.header("content-security-policy").contains("unsafe"), "{path}");
        assert_eq!(page.text().matches("<script ").count(), 1, "{path}");
    }
}

#[tokio::test]
async fn a_page_that_did_not_change_is_not_sent_again() {
    let (site, samples) = site();
    for path in ["/".to_owned(), "/map".to_owned(), format!("/records/th.jena/{}", samples.trees)] {
        let first = fetch(&site, &path).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{path}: {tag}");
        let again = send(&site, "GET", &path, &[("if-none-match", &tag)], Body::empty()).await;
        assert_eq!((again.status, again.bytes.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
        let english =
            send(&site, "GET", &path, &[("if-none-match", &tag), ("accept-language", "en")], Body::empty())
                .await;
        assert_eq!(english.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn answers_are_packed_for_those_who_can_unpack_them() {
    let (site, _) = site();
    let plain = fetch(&site, "/").await;
    let packed = send(&site, "GET", "/", &[("accept-encoding", "gzip, br")], Body::empty()).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.bytes.starts_with(&[0x1f, 0x8b]) && packed.bytes.len() * 2 < plain.bytes.len());
    assert!(packed.header("vary").contains("accept") && plain.header("content-encoding").is_empty());
    let css = plain.text().split('"').find(|part| part.ends_with("/kern.css")).unwrap().to_owned();
    let small = send(&site, "GET", &css, &[("accept-encoding", "gzip")], Body::empty()).await;
    assert!(small.bytes.len() < 45_000 && fetch(&site, &css).await.bytes.len() > 300_000);
}
