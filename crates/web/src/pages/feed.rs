//! `/feed.atom`: every search as a feed.

use crate::api::request::Asked;
use crate::api::request::Host;
use crate::front::Front;
use crate::labels;
use crate::pages::looked::Looked;
use crate::pages::looked::PARAMETERS;
use crate::pages::results;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::fill;
use crate::words::reading::Reading;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header;
use axum::response::IntoResponse as _;
use axum::response::Response;
use catalogue::query::Order;
use catalogue::query::Query;
use exchange::atom;
use exchange::atom::Entry;
use exchange::atom::Feed;
use record::moment::Moment;
use record::statement::sha256;

/// Entries of a feed.
const ENTRIES: usize = 50;

/// `GET /feed.atom`
pub(crate) async fn show(
    State(front): State<Front>,
    visit: Visit,
    host: Host,
    Asked(looked): Asked<Looked>,
) -> Result<Response, Problem> {
    let (r, lang) = (Reading::of(visit.lang), visit.lang);
    // Whoever subscribes waits for what is new, however well it fits.
    let newest = Query { order: Order::Newest, ..looked.stretch(&visit, 0, ENTRIES) };
    let found = front.search(newest).await?;
    let names = results::names(&front, found.hits.iter().map(|hit| &hit.publisher)).await?;
    let entries = found.hits.iter().map(|hit| Entry {
        id: format!("urn:uuid:{}", hit.record),
        title: if hit.title.is_empty() {
            visit.words().record_untitled.to_owned()
        } else {
            hit.title.clone()
        },
        page: front.outside(&host.0, &format!("/records/{}/{}", hit.publisher, hit.record)),
        author: names.get(&hit.publisher).cloned().unwrap_or_else(|| hit.publisher.to_string()),
        updated: hit.issued,
        summary: hit.summary.clone(),
        categories: std::iter::once((hit.kind.clone(), labels::kind_one(&hit.kind, lang)))
            .chain(hit.action_fields.iter().map(|code| (code.clone(), labels::action_field(code, lang))))
            .collect(),
    });
    let entries: Vec<Entry> = entries.collect();
    let title = match title(&front, &looked, &visit).await? {
        title if title.is_empty() => r.feed_new.to_owned(),
        title => title,
    };
    let page = match looked.is_unfiltered() && looked.words().is_empty() {
        true => visit.everything(),
        false => looked.at(&visit, "/", ""),
    };
    let itself = looked.at(&visit, "/feed.atom", "");
    let hash: String =
        sha256(&[itself.as_bytes()]).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let feed = Feed {
        id: format!("urn:allmende:{}:{hash}", front.itself().await?.network),
        title: fill(r.feed_title, &[("title", &title)]),
        itself: front.outside(&host.0, &itself),
        page: front.outside(&host.0, &page),
        lang: lang.as_str().to_owned(),
        updated: entries
            .first()
            .map_or(Moment::from_seconds(0).expect("1970 is a moment"), |entry| entry.updated),
        entries,
    };
    let mut response = ([(header::CONTENT_TYPE, atom::MEDIA_TYPE)], atom::write(&feed)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// Words and filters of a search in one line.
async fn title(front: &Front, looked: &Looked, visit: &Visit) -> Result<String, Problem> {
    let publisher = looked.publisher.parse().ok();
    let names = results::names(front, publisher.iter()).await?;
    let mut parts: Vec<String> = Vec::new();
    if !looked.words().is_empty() {
        parts.push(format!("„{}“", looked.words()));
    }
    for (facet, parameter) in PARAMETERS {
        let code = visit.query.iter().find(|(key, value)| key == parameter && !value.is_empty());
        parts.extend(code.map(|(_, code)| results::code_label(facet, code, &names, visit)));
    }
    Ok(parts.join(", "))
}
