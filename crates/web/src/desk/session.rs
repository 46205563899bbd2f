//! Who sits at the desk: a session begun with a token, named by a cookie that only the desk receives.

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
use record::moment::Moment;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// The cookie's name.
const COOKIE: &str = "allmende_desk";
/// Where the cookie is sent: nowhere else than to the desk.
const COOKIE_PATH: &str = "/desk";
/// Bytes of chance in a session's name and in its form key.
const DICE_BYTES: usize = 32;
/// A session that nobody used ends after this many seconds.
const IDLE_SECONDS_MAX: u64 = 2 * 60 * 60;
/// And in any case after this many.
const SESSION_SECONDS_MAX: u64 = 12 * 60 * 60;
/// Sessions at the same time; the one used longest ago makes room.
const SESSIONS_MAX: usize = 500;

/// The sessions of one node. They end with it; drafts do not.
#[derive(Default)]
pub(crate) struct Sessions {
    held: Mutex<BTreeMap<String, Session>>,
}

#[derive(Clone)]
struct Session {
    /// Asked about at each request, so that a removed token ends its sessions.
    token: String,
    form_key: String,
    begun: Moment,
    used: Moment,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("open", &self.held().len()).finish()
    }
}

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

impl Sessions {
    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Session>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a session; the answer is its name, for the cookie.
    pub(crate) fn begin(&self, token: &str, now: Moment) -> Result<String, Problem> {
        let (name, form_key) = (dice()?, dice()?);
        let mut held = self.held();
        held.retain(|_, session| session.is_open(now));
        if held.len() >= SESSIONS_MAX
            && let Some(oldest) =
                held.iter().min_by_key(|(_, session)| session.used).map(|(name, _)| name.clone())
        {
            held.remove(&oldest);
        }
        let session = Session { token: token.to_owned(), form_key, begun: now, used: now };
        held.insert(name.clone(), session);
        Ok(name)
    }

    pub(crate) fn end(&self, staff: &Staff) {
        self.held().remove(&staff.session);
    }

    fn of(&self, name: &str, now: Moment) -> Option<Session> {
        let mut held = self.held();
        let session = held.get_mut(name).filter(|session| session.is_open(now))?;
        session.used = now;
        Some(session.clone())
    }
}

impl Session {
    fn is_open(&self, now: Moment) -> bool {
        now.seconds() < self.used.seconds() + IDLE_SECONDS_MAX
            && now.seconds() < self.begun.seconds() + SESSION_SECONDS_MAX
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

/// A long word that nobody can guess, in hexadecimal.
fn dice() -> Result<String, Problem> {
    let mut bytes = [0; DICE_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "the system gives no random numbers");
        Problem::broken()
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

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
    use crate::desk::session::IDLE_SECONDS_MAX;
    use crate::desk::session::SESSION_SECONDS_MAX;
    use crate::desk::session::SESSIONS_MAX;
    use crate::desk::session::Sessions;
    use crate::desk::session::cookie;
    use record::moment::Moment;

    fn at(seconds: u64) -> Moment {
        Moment::from_seconds(1_793_606_400 + seconds).unwrap()
    }

    #[test]
    fn a_session_ends_when_nobody_uses_it_and_in_the_evening() {
        let sessions = Sessions::default();
        let name = sessions.begin("token", at(0)).unwrap();
        assert!(sessions.of(&name, at(IDLE_SECONDS_MAX - 1)).is_some());
        assert!(sessions.of(&name, at(2 * IDLE_SECONDS_MAX - 2)).is_some());
        assert!(sessions.of(&name, at(4 * IDLE_SECONDS_MAX)).is_none());
        let name = sessions.begin("token", at(0)).unwrap();
        for seconds in (0..SESSION_SECONDS_MAX).step_by(3_600) {
            assert!(sessions.of(&name, at(seconds)).is_some());
        }
        assert!(sessions.of(&name, at(SESSION_SECONDS_MAX)).is_none());
    }

    #[test]
    fn sessions_are_bounded_and_never_alike() {
        let sessions = Sessions::default();
        let first = sessions.begin("token", at(0)).unwrap();
        for second in 0..SESSIONS_MAX as u64 {
            sessions.begin("token", at(second + 1)).unwrap();
        }
        assert!(sessions.of(&first, at(600)).is_none(), "the one used longest ago made room");
        assert_eq!(sessions.held().len(), SESSIONS_MAX);
        assert!(!format!("{sessions:?}").contains("token"), "tokens stay out of logs");
        assert!(cookie("a", true).ends_with("Path=/desk; HttpOnly; SameSite=Strict; Secure"));
    }
}
