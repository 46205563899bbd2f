//! What was erased here answers with its reason, and signed statements go out and come in many at a time.

use crate::call::fetch;
use crate::call::over;
use crate::call::send;
use crate::call::settings;
use crate::call::site;
use crate::call::write;
use crate::samples;
use crate::town::NOW;
use crate::town::TOKEN;
use axum::http::StatusCode;
use record::cbor;
use record::statement::RecordId;
use record::statement::Said;
use record::value::Map;
use record::value::Value;
use serde_json::json;

#[tokio::test]
async fn an_erased_record_answers_with_its_reason_until_that_is_lifted() {
    let (site, samples) = site();
    let (page, api) =
        (format!("/records/th.jena/{}", samples.trees), format!("/api/v1/records/th.jena/{}", samples.trees));
    let record = samples.trees.to_string();
    let wish = json!({"publisher": "th.jena", "record": record, "reason": "Beschluss <7 O 12/26>"});
    let erased = write(&site, "POST", "/api/v1/erasures", &wish).await;
    assert_eq!((erased.status, erased.json()["gone"].clone()), (StatusCode::CREATED, json!(true)));
    let shown = fetch(&site, &page).await;
    assert_eq!(shown.status, StatusCode::GONE);
    assert!(shown.text().contains("Beschluss &#60;7 O 12/26&#62;"), "{}", shown.text());
    for path in [api.clone(), format!("{page}.json"), format!("{page}.cose")] {
        let problem = fetch(&site, &path).await;
        assert_eq!(
            (problem.status, problem.header("cache-control")),
            (StatusCode::GONE, "no-store"),
            "{path}"
        );
        assert_eq!(problem.json()["code"], "erased", "{path}");
    }
    let status = fetch(&site, "/api/v1/status").await.json();
    assert_eq!(status["erasures"][0]["record"], json!(record));
    let place = format!("/api/v1/erasures/th.jena/{record}");
    assert_eq!(write(&site, "DELETE", &place, &json!({})).await.status, StatusCode::NO_CONTENT);
    assert_eq!(write(&site, "DELETE", &place, &json!({})).await.status, StatusCode::NOT_FOUND);
    assert_eq!(fetch(&site, &api).await.status, StatusCode::NOT_FOUND);
    for wrong in [json!({"publisher": "Jena", "record": record, "reason": "x"}), json!({"record": record})] {
        assert_eq!(write(&site, "POST", "/api/v1/erasures", &wrong).await.status, StatusCode::BAD_REQUEST);
    }
    let nobody = send(&site, "POST", "/api/v1/erasures", &[("content-type", "application/json")], "{}").await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn bundles_go_out_and_come_in() {
    let (site, _) = site();
    let bundle = fetch(&site, "/api/v1/bundles?limit=3").await;
    assert_eq!(bundle.header("content-type"), "application/cbor");
    let bundle = cbor::decode(&bundle.bytes).unwrap();
    let statements = bundle.as_map().unwrap()["statements"].as_list().unwrap();
    assert_eq!((statements.len(), &bundle.as_map().unwrap()["next"]), (3, &Value::Uint(3)));
    let end = cbor::decode(&fetch(&site, "/api/v1/bundles?since=1000000").await.bytes).unwrap();
    assert_eq!(end.as_map().unwrap()["next"], Value::Uint(1_000_000));

    let (town, _) = samples::town();
    let record = RecordId::v7(NOW * 1_000, [78; 10]);
    let said = Said::Body(Map::from([("title".to_owned(), "Vom Stick".into())]));
    let signed = town.sealed("sh.kiel", record, "measure", 1, NOW, said);
    let (site, token) = (over(town, settings()), format!("Bearer {TOKEN}"));
    let headers = [("authorization", token.as_str()), ("content-type", "application/cbor")];
    let post = async |bytes: Vec<u8>| send(&site, "POST", "/api/v1/bundles", &headers, bytes).await;
    let bytes = Value::Bytes(signed.bytes().to_vec());
    let taken = post(cbor::encode(&Value::List(vec![bytes, Value::Bytes(b"rubbish".to_vec())]))).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.text());
    let taken = taken.json();
    assert_eq!(taken["admitted"], 1);
    assert_eq!(taken["refused"].as_object().unwrap().values().next(), Some(&json!(1)));
    assert_eq!(fetch(&site, &format!("/api/v1/records/sh.kiel/{record}")).await.status, StatusCode::OK);
    for rubbish in [b"rubbish".to_vec(), cbor::encode(&Value::Uint(7)), Vec::new()] {
        assert_eq!(post(rubbish).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(post(vec![0; 5 * 1024 * 1024]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}
