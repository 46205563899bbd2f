//! Sessions of the desk: begun with a token, ended by time, and never more than a bounded number.

use crate::problem::Problem;
use record::moment::Moment;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

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
pub(crate) struct Session {
    /// Asked about at each request, so that a removed token ends its sessions.
    pub(crate) token: String,
    pub(crate) form_key: String,
    begun: Moment,
    used: Moment,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("open", &self.held().len()).finish()
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

    pub(crate) fn end(&self, name: &str) {
        self.held().remove(name);
    }

    /// The open session of this name; it counts as used now.
    pub(crate) fn of(&self, name: &str, now: Moment) -> Option<Session> {
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

/// A long word that nobody can guess, in hexadecimal.
fn dice() -> Result<String, Problem> {
    let mut bytes = [0; DICE_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "the system gives no random numbers");
        Problem::broken()
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use crate::sessions::IDLE_SECONDS_MAX;
    use crate::sessions::SESSION_SECONDS_MAX;
    use crate::sessions::SESSIONS_MAX;
    use crate::sessions::Sessions;
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
    }
}
