//! Files that programs look for: robots.txt, sitemap.xml, security.txt.

use crate::api::request::Host;
use crate::front::Front;
use crate::link;
use crate::problem::Problem;
use crate::visit::Visit;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse as _;
use axum::response::Response;
use catalogue::query::LIMIT_MAX;
use catalogue::query::Query;
use exchange::xml;

/// Days after which security.txt has to be read anew (RFC 9116, section 2.5.5, asks for less than a year).
const SECURITY_DAYS: u64 = 180;
/// Records of the sitemap, newest first; programs that want all of them have the API.
const SITEMAP_RECORDS_MAX: usize = 2_000;

/// `GET /robots.txt`: reading is welcome; searches of machines are not, they have the API.
pub(crate) async fn robots(State(front): State<Front>, host: Host) -> Response {
    let sitemap = front.outside(&host.0, "/sitemap.xml");
    let text = format!(
        "User-agent: *\nDisallow: /desk\nDisallow: /compare\nDisallow: /*?\nAllow: /\n\nSitemap: {sitemap}\n"
    );
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// `GET /sitemap.xml`
pub(crate) async fn sitemap(
    State(front): State<Front>,
    visit: Visit,
    host: Host,
) -> Result<Response, Problem> {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    let mut add = |path: &str, day: Option<String>| {
        let address = xml::escaped(&front.outside(&host.0, path));
        let day = day.map_or_else(String::new, |day| format!("<lastmod>{day}</lastmod>"));
        text.push_str(&format!("<url><loc>{address}</loc>{day}</url>\n"));
    };
    for path in ["/", "/map", "/events", "/needs", "/funding", "/publishers", "/network", "/sortierung"] {
        add(path, None);
    }
    let mut offset = 0;
    while offset < SITEMAP_RECORDS_MAX {
        let query = Query { lang: visit.lang, limit: LIMIT_MAX, offset, ..Query::default() };
        let hits = front.port.search(query).await?.hits;
        for hit in &hits {
            add(&format!("/records/{}/{}", hit.publisher, hit.record), Some(hit.issued.day().to_string()));
        }
        if hits.len() < LIMIT_MAX {
            break;
        }
        offset += LIMIT_MAX;
    }
    text.push_str("</urlset>\n");
    Ok(([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], text).into_response())
}

/// `GET /.well-known/security.txt` (RFC 9116); there is none while the operator names no contact.
pub(crate) async fn security(State(front): State<Front>, host: Host) -> Result<Response, Problem> {
    let contact = front.settings.texts.security_contact.as_deref().unwrap_or_default().trim();
    let contact = match contact {
        mail if link::is_mail(mail) => format!("mailto:{mail}"),
        page if link::safe(page).is_some() => page.to_owned(),
        _ => return Err(Problem::no_page()),
    };
    // Midnight, so that the text stays the same for a day.
    let now = (front.settings.clock)().plus(SECURITY_DAYS * 86_400);
    let expires = now.minus(now.seconds() % 86_400);
    let itself = front.outside(&host.0, "/.well-known/security.txt");
    let text =
        format!("Contact: {contact}\nExpires: {expires}\nPreferred-Languages: de, en\nCanonical: {itself}\n");
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}
