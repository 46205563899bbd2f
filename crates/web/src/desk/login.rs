//! Coming to the desk with a token, and leaving it. What somebody typed in a session that has ended comes along.

use crate::bearer::whole_seconds;
use crate::cabinet::Deed;
use crate::desk::journal;
use crate::desk::keeping;
use crate::desk::sent::Sent;
use crate::desk::session;
use crate::desk::session::Staff;
use crate::desk::words;
use crate::desk::words::Say;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::guard::answer::written_out;
use crate::problem::Problem;
use crate::visit::Visit;
use askama::Template;
use axum::extract::ConnectInfo;
use axum::extract::State;
use axum::http::Extensions;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use std::net::SocketAddr;
use std::time::Instant;

/// Names that are not carried over: what belongs to a session, and the token itself.
const NOT_CARRIED: [&str; 4] = ["_key", "token", "do", "next"];
/// Where drafts are sent to.
const DRAFTS: &str = "/desk/drafts/";

#[derive(Template)]
#[template(path = "desk_login.html")]
struct LoginPage<'a> {
    frame: Frame<'a>,
    d: &'static Say,
    next: String,
    refused: bool,
    carried: Vec<(String, String)>,
    /// Whether the session has ended while somebody was writing.
    ended: bool,
}

fn page(visit: &Visit, front: &Front, next: &str, sent: Sent, refused: bool) -> Response {
    let d = words::say(visit.lang);
    let carried: Vec<_> =
        sent.into_pairs().into_iter().filter(|(name, _)| !NOT_CARRIED.contains(&name.as_str())).collect();
    let page = LoginPage {
        frame: Frame::new(visit, &front.settings.node_name, d.login_title),
        d,
        next: next.to_owned(),
        refused,
        ended: !carried.is_empty(),
        carried,
    };
    let mut response = frame::page(&page, visit.lang);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A place of the desk to go on to; every other address leads to the desk itself.
fn inside(next: &str) -> &str {
    let plain = next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let is_desk =
        next.strip_prefix("/desk").is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    if plain && is_desk { next } else { "/desk" }
}

/// The login page instead of an answer to what was sent; everything typed stays in it.
pub(crate) fn interrupted(visit: &Visit, front: &Front, sent: Sent) -> Response {
    page(visit, front, &visit.path, sent, false)
}

/// `GET /desk/login`
pub(crate) async fn show(State(front): State<Front>, visit: Visit) -> Response {
    let next = visit.query.iter().find(|(key, _)| key == "next").map_or("/desk", |(_, next)| next.as_str());
    page(&visit, &front, inside(next), Sent::default(), false)
}

/// `POST /desk/login`
pub(crate) async fn enter(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    extensions: Extensions,
    sent: Sent,
) -> Result<Response, Problem> {
    let next = inside(sent.value("next")).to_owned();
    let token = sent.value("token").trim();
    let Some(editor) = front.port.token(token).filter(|_| !token.is_empty()) else {
        let from = extensions.get::<ConnectInfo<SocketAddr>>();
        let from = from.map_or_else(String::new, |ConnectInfo(address)| address.ip().to_string());
        front.refusals.take(&from, Instant::now()).map_err(|wait| Problem::too_fast(whole_seconds(wait)))?;
        let response = page(&visit, &front, &next, sent, true);
        return Ok(written_out(StatusCode::FORBIDDEN, response));
    };
    let now = (front.settings.clock)();
    let name = front.sessions.begin(token, now)?;
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let cookie = session::cookie(&name, origin.starts_with("https://"));
    tracing::info!(editor = editor.name, "somebody came to the desk");
    journal::note(&front, Deed::of(now, &editor.name, "login")).await;
    let mut response = match next.strip_prefix(DRAFTS).filter(|_| sent.find("_kind").is_some()) {
        Some(id) => keeping::take_over(&front, &visit, &editor, id, &sent).await?,
        None => Redirect::to(&next).into_response(),
    };
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// `POST /desk/logout`
pub(crate) async fn leave(
    State(front): State<Front>,
    visit: Visit,
    staff: Staff,
    sent: Sent,
) -> Result<Response, Problem> {
    staff.demand(&sent)?;
    staff.leave(&front);
    let mut response = Redirect::to(&visit.link("/")).into_response();
    response.headers_mut().insert(header::SET_COOKIE, HeaderValue::from_static(session::NO_COOKIE));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use crate::desk::login::inside;

    #[test]
    fn nobody_is_led_away_after_the_login() {
        assert_eq!(inside("/desk/new?lang=en"), "/desk/new?lang=en");
        assert_eq!(inside("/desk"), "/desk");
        for bad in
            ["//evil.example", "https://evil.example/desk", "/deskevil", "/desk\\evil", "/desk\n", "", "/"]
        {
            assert_eq!(inside(bad), "/desk", "{bad:?}");
        }
    }
}
