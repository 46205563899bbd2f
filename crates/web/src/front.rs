//! What every page and answer is made with: the node behind it, the settings, and the limits in use.

use crate::cabinet::Cabinet;
use crate::cabinet::CabinetError;
use crate::guard::pace::Pace;
use crate::port::Port;
use crate::problem::Problem;
use crate::sessions::Sessions;
use crate::settings::Settings;
use axum::extract::FromRef;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::sync::Semaphore;

/// Shared by all requests.
#[derive(Clone)]
pub(crate) struct Front {
    pub(crate) port: Arc<dyn Port>,
    pub(crate) settings: Arc<Settings>,
    /// How fast tokens write.
    pub(crate) writes: Arc<Pace>,
    /// How fast addresses show wrong tokens.
    pub(crate) refusals: Arc<Pace>,
    /// Who sits at the desk.
    pub(crate) sessions: Arc<Sessions>,
    /// One changes drafts at a time, so that nobody publishes twice or overwrites what another one wrote.
    pub(crate) writing: Arc<Mutex<()>>,
    /// Places for requests in work.
    pub(crate) in_flight: Arc<Semaphore>,
    /// Places for requests that wait for news.
    pub(crate) waiting: Arc<Semaphore>,
}

impl Front {
    pub(crate) fn new(port: Arc<dyn Port>, settings: Settings) -> Front {
        let limits = settings.limits;
        Front {
            port,
            writes: Arc::new(Pace::new(limits.writes_burst_max, limits.writes_per_second)),
            refusals: Arc::new(Pace::new(limits.refusals_burst_max, limits.refusals_per_second)),
            sessions: Arc::default(),
            writing: Arc::default(),
            in_flight: Arc::new(Semaphore::new(limits.in_flight_max)),
            waiting: Arc::new(Semaphore::new(limits.waiting_max)),
            settings: Arc::new(settings),
        }
    }

    /// Reads or writes papers, away from the threads that serve everybody else.
    pub(crate) async fn papers<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Cabinet) -> Result<T, CabinetError> + Send + 'static,
    ) -> Result<T, Problem> {
        let cabinet = self.port.cabinet();
        match tokio::task::spawn_blocking(move || work(cabinet.as_ref())).await {
            Ok(done) => Ok(done?),
            Err(error) => {
                tracing::error!(%error, "the cabinet panicked; this is our fault");
                Err(Problem::broken())
            }
        }
    }
}

impl FromRef<Front> for Arc<dyn Port> {
    fn from_ref(front: &Front) -> Arc<dyn Port> {
        Arc::clone(&front.port)
    }
}
