//! What programs read and write.

use crate::call::Answer;
use crate::call::fetch;
use crate::call::over;
use crate::call::send;
use crate::call::settings;
use crate::call::site;
use crate::call::write;
use crate::samples;
use crate::town::NOW;
use crate::town::TOKEN;
use crate::town::Town;
use axum::body::Body;
use axum::http::StatusCode;
use record::statement::RecordId;
use record::statement::Said;
use record::value::Map;
use serde_json::json;

fn draft() -> serde_json::Value {
    let mut draft = samples::trees("");
    draft["kind"] = json!("measure");
    draft
}

fn is_problem(answer: &Answer, status: StatusCode, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["code"], code, "{problem}");
    assert_eq!(problem["status"], status.as_u16());
    assert_eq!(problem["type"], format!("/api#{code}"));
    assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()));
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10));
}

#[tokio::test]
async fn searching_finds_counts_and_goes_on() {
    let (site, samples) = site();
    let found = fetch(&site, "/api/v1/records?q=M%C3%A4ngelmelder").await.json();
    assert_eq!(found["hits"][0]["record"], samples.reporter.to_string());
    assert_eq!(found["hits"][0]["publisher"], "sh.kiel");
    assert_eq!(found["hits"][0]["kind"], "solution");
    let all = fetch(&site, "/api/v1/records?limit=2").await.json();
    assert_eq!((all["total"].as_u64(), all["hits"].as_array().unwrap().len()), (Some(5), 2));
    assert!(all["facets"]["land"].as_array().unwrap().contains(&json!({"code": "th", "count": 3})));
    let mut seen = Vec::new();
    let mut next = Some("/api/v1/records?limit=2".to_owned());
    while let Some(path) = next {
        let page = fetch(&site, &path).await.json();
        seen.extend(page["hits"].as_array().unwrap().iter().map(|hit| hit["record"].to_string()));
        next = page["next"].as_str().map(str::to_owned);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5);
    let narrowed =
        fetch(&site, "/api/v1/records?land=sh&kind=solution&field=participation&stage=2").await.json();
    assert_eq!(narrowed["total"], 1);
    is_problem(&fetch(&site, "/api/v1/records?limit=viele").await, StatusCode::BAD_REQUEST, "query");
}

#[tokio::test]
async fn a_record_is_read_as_json_and_as_signed_bytes() {
    let (site, samples) = site();
    let path = format!("/api/v1/records/th.jena/{}", samples.trees);
    let answer = fetch(&site, &path).await;
    let record = answer.json();
    assert_eq!(record["body"]["title"]["de"], "Bäume gießen mit Sensordaten");
    assert_eq!(record["vouched_by"]["attester"], "th");
    let tag = format!("\"{}\"", record["id"].as_str().unwrap());
    assert_eq!(answer.header("etag"), tag);
    for accept in ["application/cose", "application/vnd.allmende.statement+cbor"] {
        let signed = send(&site, "GET", &path, &[("accept", accept)], Body::empty()).await;
        assert!(signed.header("content-type").starts_with("application/cose"));
        let network = "allmende-probe".parse().unwrap();
        let statement = record::envelope::Statement::open(&signed.bytes, &network).unwrap();
        assert_eq!(format!("\"{}\"", statement.id()), tag);
        assert_eq!(signed.header("etag"), tag);
    }
    let known = send(&site, "GET", &path, &[("if-none-match", &tag)], Body::empty()).await;
    assert_eq!((known.status, known.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
    let other = send(&site, "GET", &path, &[("if-none-match", "\"0\"")], Body::empty()).await;
    assert_eq!(other.status, StatusCode::OK);
    let page = format!("/records/th.jena/{}", samples.trees);
    assert_eq!(fetch(&site, &format!("{page}.json")).await.json(), record);
    assert_eq!(fetch(&site, &format!("{page}.cose")).await.header("etag"), tag);
    let gone = fetch(&site, &format!("/api/v1/records/th.jena/{}", samples.withdrawn)).await.json();
    assert_eq!((gone["retracted"].as_str(), gone.get("body")), (Some("personal-data"), None));
    let nowhere = "/api/v1/records/th.jena/00000000-0000-7000-8000-000000000000";
    is_problem(&fetch(&site, nowhere).await, StatusCode::NOT_FOUND, "not-found");
    is_problem(&fetch(&site, "/api/v1/records/xx/y").await, StatusCode::NOT_FOUND, "not-found");
}

#[tokio::test]
async fn a_draft_is_published_changed_and_withdrawn() {
    let (site, _) = site();
    let published = write(&site, "POST", "/api/v1/records", &draft()).await;
    assert_eq!(published.status, StatusCode::CREATED, "{}", published.text());
    let shape = published.json();
    assert_eq!((shape["publisher"].as_str(), shape["version"].as_u64()), (Some("th.jena"), Some(1)));
    let path = format!("/api/v1/records/th.jena/{}", shape["record"].as_str().unwrap());
    assert_eq!(published.header("location"), path);
    assert_eq!(fetch(&site, &path).await.json()["id"], shape["id"]);

    let again = write(&site, "PUT", &path, &draft()).await;
    assert_eq!((again.status, again.json()["changed"].as_bool()), (StatusCode::OK, Some(false)));
    let mut other = draft();
    other["title"]["de"] = json!("Bäume gießen, zweite Fassung");
    let token = format!("Bearer {TOKEN}");
    let tag = published.header("etag").to_owned();
    let headers = |tag: &str| {
        vec![
            ("authorization".to_owned(), token.clone()),
            ("content-type".to_owned(), "application/json".to_owned()),
            ("if-match".to_owned(), tag.to_owned()),
        ]
    };
    let put = async |tag: &str| {
        let headers = headers(tag);
        let headers: Vec<_> = headers.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        send(&site, "PUT", &path, &headers, other.to_string()).await
    };
    let second = put(&tag).await;
    assert_eq!((second.status, second.json()["version"].as_u64()), (StatusCode::CREATED, Some(2)));
    is_problem(&put(&tag).await, StatusCode::PRECONDITION_FAILED, "conflict");

    let gone = write(&site, "DELETE", &format!("{path}?reason=outdated"), &json!({})).await;
    assert_eq!((gone.status, gone.json()["version"].as_u64()), (StatusCode::OK, Some(3)));
    assert_eq!(fetch(&site, &path).await.json()["retracted"], "outdated");
    let found = fetch(&site, "/api/v1/records?q=%22zweite+Fassung%22").await.json();
    assert_eq!(found["total"], 0);
}

#[tokio::test]
async fn a_wrong_draft_is_refused_field_by_field() {
    let (site, _) = site();
    let mut wrong = draft();
    wrong.as_object_mut().unwrap().remove("phase");
    let refused = write(&site, "POST", "/api/v1/records", &wrong).await;
    is_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    let findings = refused.json()["findings"].clone();
    let phase =
        findings.as_array().unwrap().iter().find(|finding| finding["path"] == "phase").unwrap().clone();
    assert_eq!((phase["grade"].as_str(), phase["code"].as_str()), (Some("error"), Some("required")));
    assert!(refused.json()["detail"].as_str().unwrap().starts_with("Abgelehnt"));

    let checked = write(&site, "POST", "/api/v1/check", &wrong).await.json();
    assert_eq!(checked["publishable"], false);
    assert_eq!(write(&site, "POST", "/api/v1/check", &draft()).await.json()["publishable"], true);
    let english = write(&site, "POST", "/api/v1/records?lang=en", &wrong).await.json();
    assert!(english["detail"].as_str().unwrap().starts_with("Refused"));
}

#[tokio::test]
async fn what_cannot_be_read_is_a_problem() {
    let (site, samples) = site();
    let token = format!("Bearer {TOKEN}");
    let with = |sort: &'static str| vec![("authorization", token.as_str()), ("content-type", sort)];
    let post = async |path: &str, sort: &'static str, body: &'static str| {
        send(&site, "POST", path, &with(sort), body).await
    };
    let json = "application/json";
    is_problem(&post("/api/v1/records", json, "{kein json").await, StatusCode::BAD_REQUEST, "json");
    is_problem(&post("/api/v1/records", json, "[1]").await, StatusCode::BAD_REQUEST, "json");
    is_problem(&post("/api/v1/records", json, "{}").await, StatusCode::BAD_REQUEST, "draft");
    is_problem(
        &post("/api/v1/records", "text/plain", "{}").await,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "media-type",
    );
    is_problem(
        &post("/api/v1/statements", json, "{}").await,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "media-type",
    );
    is_problem(&post("/api/v1/peers", json, "{\"adresse\": \"x\"}").await, StatusCode::BAD_REQUEST, "json");
    is_problem(&post("/api/v1/kinds", json, "{}").await, StatusCode::METHOD_NOT_ALLOWED, "method");
    is_problem(&fetch(&site, "/api/v1/nirgends").await, StatusCode::NOT_FOUND, "not-found");
    is_problem(&fetch(&site, "/api/v1/records?q=kaputt!").await, StatusCode::INTERNAL_SERVER_ERROR, "broken");
    is_problem(
        &fetch(&site, "/api/v1/records?q=voll!").await,
        StatusCode::SERVICE_UNAVAILABLE,
        "unavailable",
    );
    let foreign = format!("/api/v1/records/sh.kiel/{}", samples.reporter);
    is_problem(&write(&site, "PUT", &foreign, &draft()).await, StatusCode::FORBIDDEN, "not-ours");
    is_problem(&write(&site, "DELETE", &foreign, &draft()).await, StatusCode::FORBIDDEN, "not-ours");
}

#[tokio::test]
async fn writing_needs_a_token() {
    let (site, samples) = site();
    let record = format!("/api/v1/records/th.jena/{}", samples.trees);
    let writes = [
        ("POST", "/api/v1/records"),
        ("PUT", &record),
        ("DELETE", &record),
        ("POST", "/api/v1/check"),
        ("POST", "/api/v1/statements"),
        ("POST", "/api/v1/attestations"),
        ("POST", "/api/v1/rotate"),
        ("POST", "/api/v1/revoke"),
        ("POST", "/api/v1/peers"),
        ("POST", "/api/v1/bans"),
        ("DELETE", "/api/v1/bans/12D3KooWNord"),
        ("POST", "/api/v1/erasures"),
        ("DELETE", "/api/v1/erasures/th.jena/0192f0c1-7c1e-7a60-9d7c-2f6f3c8f2b11"),
        ("POST", "/api/v1/bundles"),
    ];
    for (method, path) in writes {
        for value in ["", "Bearer falsch", "Basic Zm9v", "Bearer "] {
            let headers = [("authorization", value), ("content-type", "application/json")];
            let answer = send(&site, method, path, &headers, "{}").await;
            if answer.status == StatusCode::TOO_MANY_REQUESTS {
                continue;
            }
            is_problem(&answer, StatusCode::UNAUTHORIZED, "token");
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{method} {path}");
        }
    }
    assert!(fetch(&site, &record).await.json().get("body").is_some());
}

#[tokio::test]
async fn a_signed_statement_enters_by_the_same_door() {
    let (town, _) = samples::town();
    let record = RecordId::v7(NOW * 1_000, [77; 10]);
    let said = || Said::Body(Map::from([("title".to_owned(), "Von Kiel unterschrieben".into())]));
    let signed = town.sealed("sh.kiel", record, "measure", 1, NOW, said());
    let site = over(town, settings());
    let token = format!("Bearer {TOKEN}");
    let headers = [("authorization", token.as_str()), ("content-type", "application/cose")];
    let taken = send(&site, "POST", "/api/v1/statements", &headers, signed.bytes().to_vec()).await;
    assert_eq!(
        (taken.status, taken.json()["id"].clone()),
        (StatusCode::CREATED, json!(signed.id().to_string()))
    );
    let mut forged = signed.bytes().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    let refused = send(&site, "POST", "/api/v1/statements", &headers, forged).await;
    is_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, "signature");
    let large = send(&site, "POST", "/api/v1/statements", &headers, vec![0; 70_000]).await;
    is_problem(&large, StatusCode::PAYLOAD_TOO_LARGE, "oversize");
}

#[tokio::test]
async fn changes_are_followed_and_waited_for() {
    let (town, _) = samples::town();
    let town = std::sync::Arc::new(town);
    let site = web::router::router(town.clone(), settings());
    let all = fetch(&site, "/api/v1/changes?limit=1000").await.json();
    let newest = all["newest"].as_u64().unwrap();
    assert_eq!(all["changes"].as_array().unwrap().len() as u64, newest);
    let part = fetch(&site, "/api/v1/changes?since=2&limit=3").await.json();
    let numbers: Vec<_> =
        part["changes"].as_array().unwrap().iter().map(|one| one["change"].as_u64().unwrap()).collect();
    assert_eq!((numbers, part["next"].as_u64()), (vec![3, 4, 5], Some(5)));
    let none = fetch(&site, &format!("/api/v1/changes?since={newest}")).await.json();
    assert_eq!((none["changes"].as_array().unwrap().len(), none["next"].as_u64()), (0, Some(newest)));
    let waiting = tokio::spawn({
        let site = site.clone();
        async move { fetch(&site, &format!("/api/v1/changes?since={newest}&wait=20")).await.json() }
    });
    tokio::task::yield_now().await;
    town.say("sh.kiel", 99, "measure", json!({"title": {"de": "Neu"}}));
    let news = waiting.await.unwrap();
    assert_eq!(news["changes"][0]["statement"]["body"]["title"]["de"], "Neu");
}

#[tokio::test]
async fn publishers_attestations_kinds_and_status_are_listed() {
    let (site, _) = site();
    let publishers = fetch(&site, "/api/v1/publishers").await.json();
    let names: Vec<_> =
        publishers["publishers"].as_array().unwrap().iter().map(|one| one["publisher"].clone()).collect();
    assert_eq!(names, ["sh", "sh.kiel", "th", "th.jena", "th.shk", "th.shk.dornburg"]);
    let jena = fetch(&site, "/api/v1/publishers/th.jena").await.json();
    assert_eq!(
        (jena["name"].as_str(), jena["epochs"][0]["attester_name"].as_str()),
        (Some("Stadt Jena"), Some("Freistaat Thüringen"))
    );
    is_problem(&fetch(&site, "/api/v1/publishers/th.nirgends").await, StatusCode::NOT_FOUND, "not-found");
    let attestations = fetch(&site, "/api/v1/attestations").await.json();
    assert_eq!(attestations["attestations"].as_array().unwrap().len(), 4);
    let kinds = fetch(&site, "/api/v1/kinds").await.json();
    assert!(kinds["kinds"].as_array().unwrap().iter().any(|kind| kind["kind"] == "measure"));
    let schema = fetch(&site, "/api/v1/kinds/measure").await;
    assert_eq!(schema.header("content-type"), "application/schema+json");
    assert!(schema.json().is_object());
    is_problem(&fetch(&site, "/api/v1/kinds/nichts").await, StatusCode::NOT_FOUND, "not-found");
    let suggestions = fetch(&site, "/api/v1/suggest?q=M%C3%A4ngel").await.json();
    assert!(suggestions["suggestions"].as_array().is_some_and(|list| !list.is_empty()));
    insta::assert_json_snapshot!("status", fetch(&site, "/api/v1/status").await.json());
}

#[tokio::test]
async fn attesting_and_dialling_pass_on_what_was_sent() {
    let (site, _) = site();
    let request = json!({"request": "th.shk", "code": "1234", "may_attest": true});
    assert_eq!(write(&site, "POST", "/api/v1/attestations", &request).await.status, StatusCode::OK);
    let wrong = json!({"request": "th.shk", "code": "9999"});
    is_problem(
        &write(&site, "POST", "/api/v1/attestations", &wrong).await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "code",
    );
    let uncompared = write(&site, "POST", "/api/v1/attestations", &json!({"request": "th.shk"})).await;
    is_problem(&uncompared, StatusCode::BAD_REQUEST, "json");
    let peer = json!({"address": "/dns4/relay.example/tcp/4480"});
    assert_eq!(write(&site, "POST", "/api/v1/peers", &peer).await.status, StatusCode::CREATED);
    assert!(fetch(&site, "/network").await.text().contains("/dns4/relay.example/tcp/4480"));
    let wrong = write(&site, "POST", "/api/v1/peers", &json!({"address": "relay"})).await;
    is_problem(&wrong, StatusCode::UNPROCESSABLE_ENTITY, "address");
    let ban = json!({"peer_id": "12D3KooWNord", "reason": "<b>schickt Gefälschtes</b>"});
    assert_eq!(write(&site, "POST", "/api/v1/bans", &ban).await.status, StatusCode::CREATED);
    let shown = fetch(&site, "/network").await.text();
    assert!(shown.contains("12D3KooWNord") && shown.contains("&#60;b&#62;schickt"), "{shown}");
    assert_eq!(fetch(&site, "/api/v1/status").await.json()["bans"], json!([ban]));
    let (place, nothing) = ("/api/v1/bans/12D3KooWNord", json!({}));
    assert_eq!(write(&site, "DELETE", place, &nothing).await.status, StatusCode::NO_CONTENT);
    let again = write(&site, "DELETE", place, &nothing).await;
    is_problem(&again, StatusCode::UNPROCESSABLE_ENTITY, "no-ban");
    let wrong = write(&site, "POST", "/api/v1/bans", &json!({"peer_id": "Nord", "reason": ""})).await;
    is_problem(&wrong, StatusCode::UNPROCESSABLE_ENTITY, "peer-id");
}

#[tokio::test]
async fn keys_are_changed_and_trust_is_taken_back() {
    let (site, _) = site();
    let asked = write(&site, "POST", "/api/v1/rotate", &json!({})).await;
    assert_eq!(asked.status, StatusCode::OK);
    let asked = asked.json();
    assert_eq!(
        (&asked["request"], &asked["code"], &asked["link"]),
        (&json!("antrag"), &json!("AAAA"), &json!(null))
    );
    assert_eq!(asked["public_key"].as_str().unwrap().len(), 64);
    let refused = write(&site, "POST", "/api/v1/rotate", &json!({"floor": true})).await;
    is_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, "no-anchor");

    let revoke = async |body: serde_json::Value| write(&site, "POST", "/api/v1/revoke", &body).await;
    let unreadable = [
        (json!({"subject": "Jena"}), "name"),
        (json!({"subject": "th.jena", "what": "everything", "request": "antrag"}), "request"),
        (json!({"subject": "th.jena", "what": "everything", "code": "AAAA"}), "request"),
        (json!({"subject": "th.jena", "request": "antrag", "code": "AAAA"}), "request"),
        (json!({"subject": "th.jena", "what": "all"}), "json"),
    ];
    for (body, code) in unreadable {
        is_problem(&revoke(body).await, StatusCode::BAD_REQUEST, code);
    }
    is_problem(&revoke(json!({"subject": "th.nichts"})).await, StatusCode::NOT_FOUND, "not-found");
    let page = || async { fetch(&site, "/publishers/th.jena").await.text() };
    assert!(!page().await.contains("badge-bad"));
    let ended = revoke(json!({"subject": "th.jena"})).await;
    assert_eq!(ended.status, StatusCode::OK);
    assert_eq!(ended.json()[0]["publisher"], "th");
    assert!(page().await.contains("beendet: das Gesagte bleibt"));
    revoke(json!({"subject": "th.jena", "what": "everything"})).await;
    let page = page().await;
    for sentence in ["aufgegeben: zählt nicht mehr", "versiegelt: niemand hält", "2: Was in früheren Epochen"]
    {
        assert!(page.contains(sentence), "{sentence}");
    }
}

#[tokio::test]
async fn a_node_that_opens_is_alive_and_not_ready() {
    let mut town = Town::new();
    town.opening = "Der Katalog wird aufgebaut (40 %).".to_owned();
    let site = over(town, settings());
    assert_eq!(fetch(&site, "/healthz").await.status, StatusCode::OK);
    let ready = fetch(&site, "/readyz").await;
    is_problem(&ready, StatusCode::SERVICE_UNAVAILABLE, "opening");
    assert!(ready.json()["detail"].as_str().unwrap().contains("40 %"));
    let (site, _) = crate::call::site();
    assert_eq!(fetch(&site, "/readyz").await.status, StatusCode::OK);
    let metrics = fetch(&site, "/metrics").await;
    assert!(metrics.header("content-type").starts_with("text/plain; version=0.0.4"));
    assert!(metrics.text().starts_with("allmende_heads "));
}

#[tokio::test]
async fn the_description_is_served_and_every_reading_operation_answers() {
    let (site, samples) = site();
    let document = fetch(&site, "/api/v1/openapi.json").await.json();
    insta::assert_json_snapshot!("openapi", document);
    let page = fetch(&site, "/api").await.text();
    for (path, item) in document["paths"].as_object().unwrap() {
        assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
        if item.get("get").is_some() {
            let path = path
                .replace("{publisher}", "th.jena")
                .replace("{record}", &samples.trees.to_string())
                .replace("{name}", "th.jena")
                .replace("{kind}", "measure");
            assert_eq!(fetch(&site, &path).await.status, StatusCode::OK, "{path}");
        }
    }
}

#[tokio::test]
async fn republishing_answers_with_every_record_that_was_signed_again() {
    let (site, _) = site();
    let before = fetch(&site, "/api/v1/status").await.json()["change"].as_u64().unwrap();
    let answer = write(&site, "POST", "/api/v1/republish", &json!(null)).await;
    assert_eq!(answer.status, StatusCode::OK);
    let again = answer.json();
    let again = again.as_array().unwrap();
    assert!(!again.is_empty() && again.iter().all(|one| one["publisher"] == "th.jena"));
    let after = fetch(&site, "/api/v1/status").await.json()["change"].as_u64().unwrap();
    assert_eq!(after - before, again.len() as u64);
}
