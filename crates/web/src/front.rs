//! What every page and answer is made with: the node behind it, the settings, and the limits in use.

use crate::cabinet::Cabinet;
use crate::cabinet::CabinetError;
use crate::guard::pace::Pace;
use crate::memory::Memory;
use crate::port::Kept;
use crate::port::Port;
use crate::problem::Problem;
use crate::sessions::Sessions;
use crate::settings::Settings;
use crate::tally::Tally;
use axum::extract::FromRef;
use catalogue::found::Found;
use catalogue::found::Used;
use catalogue::query::Query;
use record::kind::Lang;
use record::name::Name;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::sync::OnceCell;
use tokio::sync::Semaphore;

/// Records of a board, by kind, Land and action field.
type Boards = Memory<(String, String, String), Arc<Vec<Kept>>>;

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
    /// Boards that were read before, by kind, Land and action field.
    pub(crate) boards: Arc<Boards>,
    /// Answers of the catalogue, by the query.
    pub(crate) found: Arc<Memory<String, Arc<Found>>>,
    /// What municipalities like this one use, by language.
    pub(crate) used: Arc<Memory<Lang, Arc<Vec<Used>>>>,
    /// Statements by day, for the network page.
    pub(crate) pulse: Arc<Tally>,
    itself: Arc<OnceCell<Itself>>,
}

/// What of a node never changes while it runs.
#[derive(Clone, Debug)]
pub(crate) struct Itself {
    /// Its publisher.
    pub(crate) publisher: Name,
    /// Its network.
    pub(crate) network: String,
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
            boards: Arc::default(),
            found: Arc::default(),
            used: Arc::default(),
            pulse: Arc::default(),
            itself: Arc::default(),
            settings: Arc::new(settings),
        }
    }

    /// Finds records. Who asks the same before the catalogue has changed gets the same answer.
    pub(crate) async fn search(&self, query: Query) -> Result<Arc<Found>, Problem> {
        // Read before the search: what is indexed meanwhile makes the answer count for nothing.
        let (asked, indexed) = (format!("{query:?}"), self.port.indexed());
        if let Some(found) = self.found.recall(&asked, indexed) {
            return Ok(found);
        }
        let found = Arc::new(self.port.search(query).await?);
        self.found.keep(asked, indexed, Arc::clone(&found));
        Ok(found)
    }

    /// The number of the node's newest change.
    pub(crate) async fn newest(&self) -> Result<u64, Problem> {
        Ok(self.port.changes(u64::MAX, 1, Duration::ZERO).await?.newest)
    }

    /// Whose node this is, asked once.
    pub(crate) async fn itself(&self) -> Result<&Itself, Problem> {
        let ask = async || {
            let status = self.port.status().await?;
            Ok(Itself { publisher: status.publisher, network: status.network })
        };
        self.itself.get_or_try_init(ask).await
    }

    /// An address of ours as the world outside writes it, such as in feeds and mails.
    pub(crate) fn outside(&self, host: &str, path: &str) -> String {
        match self.settings.public_base.as_deref() {
            Some(base) => format!("{}{path}", base.trim_end_matches('/')),
            None => format!("http://{host}{path}"),
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
