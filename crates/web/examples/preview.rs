//! Serves the pages over sample records, so that one can look at them: `cargo run -p allmende-web --example preview`.

#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "it belongs to the tests, which use more of it"
)]
#[path = "../tests/web/condition.rs"]
mod condition;
#[path = "../tests/web/counter.rs"]
mod counter;
#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "it belongs to the tests, which use more of it"
)]
#[path = "../tests/web/papers.rs"]
mod papers;
#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "it belongs to the tests, which use more of it"
)]
#[path = "../tests/web/samples.rs"]
mod samples;
#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "it belongs to the tests, which use more of it"
)]
#[path = "../tests/web/town.rs"]
mod town;

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use web::router::router;
use web::settings::Settings;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (town, samples) = samples::town();
    for number in 20..75 {
        let mut body = samples::trees("");
        let title = serde_json::json!({"de": format!("Straßenbäume im Viertel {number} bewässern")});
        body.as_object_mut().map(|body| body.insert("title".to_owned(), title));
        town.say("th.jena", number, "measure", body);
    }
    let settings =
        Settings { node_name: "Stadt Jena (th.jena)".to_owned(), clock: town::clock, ..Settings::default() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    println!("/records/th.jena/{}", samples.trees);
    println!("/records/th.shk.dornburg/{}", samples.overdue);
    println!("/records/th.jena/{}", samples.withdrawn);
    println!("/records/sh.kiel/{}", samples.unknown);
    println!("/records/th.shk/{}", samples.harmful);
    let app = router(Arc::new(town), settings).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}
