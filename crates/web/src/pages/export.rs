//! `/export.csv`: every search as a table, and `/catalog.ttl`: what this node holds, for data catalogues.

use crate::api::request::Asked;
use crate::api::request::Host;
use crate::front::Front;
use crate::labels;
use crate::pages::looked::Looked;
use crate::pages::results;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::boards::Boards;
use crate::words::reading::Reading;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header;
use axum::response::IntoResponse as _;
use axum::response::Response;
use catalogue::query::LIMIT_MAX;
use exchange::table;
use exchange::turtle;
use exchange::turtle::Holdings;

/// Rows of a table; who needs all reads the change feed of the API.
const ROWS_MAX: usize = 2_000;

/// `GET /export.csv`
pub(crate) async fn csv(
    State(front): State<Front>,
    visit: Visit,
    host: Host,
    Asked(looked): Asked<Looked>,
) -> Result<Response, Problem> {
    let (w, b, r, lang) = (visit.words(), Boards::of(visit.lang), Reading::of(visit.lang), visit.lang);
    let headings = [
        w.facet_kind,
        r.col_title,
        r.col_summary,
        b.compare_by,
        w.col_name,
        w.facet_land,
        w.facet_action_field,
        b.compare_version,
        r.col_valid,
        r.col_address,
    ];
    let mut rows: Vec<Vec<String>> = vec![headings.map(str::to_owned).to_vec()];
    loop {
        let found = front.port.search(looked.stretch(&visit, rows.len() - 1, LIMIT_MAX)).await?;
        let names = results::names(&front, found.hits.iter().map(|hit| &hit.publisher)).await?;
        let last = found.hits.len() < LIMIT_MAX;
        for hit in found.hits {
            let fields: Vec<String> =
                hit.action_fields.iter().map(|code| labels::action_field(code, lang)).collect();
            rows.push(vec![
                labels::kind_one(&hit.kind, lang),
                hit.title,
                hit.summary,
                names.get(&hit.publisher).cloned().unwrap_or_default(),
                hit.publisher.to_string(),
                labels::land(hit.publisher.land()).to_owned(),
                fields.join(", "),
                hit.issued.day().to_string(),
                hit.valid_until.unwrap_or_default(),
                front.outside(&host.0, &format!("/records/{}/{}", hit.publisher, hit.record)),
            ]);
        }
        if last || rows.len() > ROWS_MAX {
            break;
        }
    }
    Ok(answer(&rows, "allmende.csv"))
}

/// A table as an answer that browsers keep as a file.
pub(crate) fn answer(rows: &[Vec<String>], name: &str) -> Response {
    let text = table::write(rows.iter().map(|row| row.iter().map(String::as_str).collect()));
    let mut response = ([(header::CONTENT_TYPE, table::MEDIA_TYPE)], text).into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// `GET /catalog.ttl`
pub(crate) async fn catalogue(State(front): State<Front>, host: Host) -> Result<Response, Problem> {
    let itself = front.itself().await?;
    let at = |path: &str| front.outside(&host.0, path);
    let name = &front.settings.node_name;
    let text = turtle::catalogue(&Holdings {
        home: &at("/"),
        publisher: if name.is_empty() { itself.publisher.as_str() } else { name },
        title: &format!("allmende: Einträge des Netzes {}", itself.network),
        description: "Praxisbeispiele, Lösungen, Bedarfe, Veranstaltungen, Förderprogramme und Leitfäden von Kommunen, \
                      jeder Eintrag von seiner Stelle unterschrieben.",
        distributions: &[
            (at("/export.csv"), "text/csv"),
            (at("/feed.atom"), "application/atom+xml"),
            (at("/api/v1/changes"), "application/json"),
        ],
    });
    Ok(([(header::CONTENT_TYPE, turtle::MEDIA_TYPE), (header::CACHE_CONTROL, "no-cache")], text)
        .into_response())
}
