//! Who sits at the desk: a session named by a cookie that only the desk receives.

use crate::desk::sent::Sent;
use crate::front::Front;
use crate::link;
use crate::port::Editor;
use crate::port::Role;
use crate::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::Method;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::Redirect;

/// The cookie's name.
const COOKIE: &str = "allmende_desk";
/// Where the cookie is sent: nowhere else than to the desk.
const COOKIE_PATH: &str = "/desk";
/// A request by staff.
#[derive(Clone, Debug)]
pub(crate) struct Staff {
    pub(crate) editor: Editor,
    /// What each form must send back, because a foreign page cannot know it.
    pub(crate) form_key: String,
    session: String,
}

impl Staff {
    /// Refuses authors.
    pub(crate) fn may_publish(&self) -> Result<(), Problem> {
        if self.editor.role < Role::Editor { Err(Problem::no_role()) } else { Ok(()) }
    }

    /// Refuses a form that was not made for this session.
    pub(crate) fn demand(&self, sent: &Sent) -> Result<(), Problem> {
        if self.knows(sent.value("_key")) { Ok(()) } else { Err(Problem::stale_form()) }
    }

    /// Whether a form was made for this session. The comparison takes as long whatever is sent.
    pub(crate) fn knows(&self, form_key: &str) -> bool {
        let (ours, sent) = (self.form_key.as_bytes(), form_key.as_bytes());
        ours.len() == sent.len() && ours.iter().zip(sent).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
    }
}

impl Staff {
    /// Ends the session.
    pub(crate) fn leave(&self, front: &Front) {
        front.sessions.end(&self.session);
    }
}

/// Who asks, if it is staff.
pub(crate) fn staff(front: &Front, headers: &HeaderMap) -> Option<Staff> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let name = pairs.find_map(|(name, value)| (name == COOKIE).then_some(value))?;
    let session = front.sessions.of(name, (front.settings.clock)())?;
    let editor = front.port.token(&session.token)?;
    Some(Staff { editor, form_key: session.form_key, session: name.to_owned() })
}

/// The cookie of a session: kept from scripts and from other sites, gone with the browser's window.
pub(crate) fn cookie(session: &str, is_https: bool) -> String {
    let secure = if is_https { "; Secure" } else { "" };
    format!("{COOKIE}={session}; Path={COOKIE_PATH}; HttpOnly; SameSite=Strict{secure}")
}

/// The cookie that takes it back.
pub(crate) const NO_COOKIE: &str = "allmende_desk=; Path=/desk; HttpOnly; SameSite=Strict; Max-Age=0";

impl FromRequestParts<Front> for Staff {
    type Rejection = Redirect;

    async fn from_request_parts(parts: &mut Parts, front: &Front) -> Result<Staff, Redirect> {
        let asked = parts.uri.path_and_query().map_or("/desk", |asked| asked.as_str());
        let next = if parts.method == Method::GET { asked } else { "/desk" };
        let lang = link::pairs(parts.uri.query().unwrap_or_default());
        let lang =
            lang.iter().filter(|(key, _)| key == "lang").map(|(key, value)| (key.as_str(), value.as_str()));
        let login = link::address("/desk/login", [("next", next)].into_iter().chain(lang));
        staff(front, &parts.headers).ok_or_else(|| Redirect::to(&login))
    }
}

#[cfg(test)]
mod tests {
    use crate::desk::session::cookie;

    #[test]
    fn the_cookie_is_for_the_desk_and_safe_where_the_way_is() {
        assert_eq!(cookie("a", false), "allmende_desk=a; Path=/desk; HttpOnly; SameSite=Strict");
        assert!(cookie("a", true).ends_with("; Secure"));
    }
}
