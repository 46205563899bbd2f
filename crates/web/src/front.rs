//! What every page and answer is made with: the node behind it, the settings, and the limits in use.

use crate::guard::pace::Pace;
use crate::port::Port;
use crate::settings::Settings;
use axum::extract::FromRef;
use std::sync::Arc;
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
            in_flight: Arc::new(Semaphore::new(limits.in_flight_max)),
            waiting: Arc::new(Semaphore::new(limits.waiting_max)),
            settings: Arc::new(settings),
        }
    }
}

impl FromRef<Front> for Arc<dyn Port> {
    fn from_ref(front: &Front) -> Arc<dyn Port> {
        Arc::clone(&front.port)
    }
}
