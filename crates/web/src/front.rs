//! What every page and answer is made with: the node behind it, the settings, and the limits in use.

use crate::cabinet::Cabinet;
use crate::cabinet::CabinetError;
use crate::guard::pace::Pace;
use crate::memory::Memory;
use crate::port::Kept;
use crate::port::Port;
use crate::problem::Problem;
use crate::sayings::Joined;
use crate::sessions::Sessions;
use crate::settings::Settings;
use crate::tally::Tally;
use crate::turnout::SEEN_DAYS;
use crate::turnout::Turnout;
use axum::extract::FromRef;
use catalogue::found::Found;
use catalogue::found::Match;
use catalogue::found::Similar;
use catalogue::found::Used;
use catalogue::query::Filters;
use catalogue::query::Query;
use catalogue::register::Town;
use jiff::civil::Date;
use record::kind;
use record::kind::Lang;
use record::name::Name;
use record::statement::RecordId;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::sync::OnceCell;
use tokio::sync::Semaphore;

/// The same as [`SEEN_DAYS`] in seconds.
const SEEN_SECONDS: u64 = SEEN_DAYS * 24 * 60 * 60;

/// Records of a board, by kind, Land and action field.
type Boards = Memory<(String, String, String), Arc<Vec<Kept>>>;
/// Titles of what a record refers to, and words for its short keys.
type Titles = Memory<(Name, RecordId, Lang), Arc<BTreeMap<String, String>>>;
/// Whether others are of this municipality's size, and what they use.
type Elsewhere = Memory<Lang, Arc<(bool, Vec<Used>)>>;
/// What stands near a record.
type Near = Memory<(Name, RecordId, Lang), Arc<(Vec<Similar>, Vec<Match>)>>;

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
    /// What other municipalities use, by language.
    pub(crate) used: Arc<Elsewhere>,
    /// What is like a record and what answers it, by record and language.
    pub(crate) near: Arc<Near>,
    /// What others say about a record, by record and day.
    pub(crate) joined: Arc<Memory<(Name, RecordId, Date), Arc<Joined>>>,
    /// What a record refers to, by record and language.
    pub(crate) titles: Arc<Titles>,
    /// The population class of the node's own municipality.
    size: Arc<Memory<(), Option<&'static str>>>,
    /// Statements by day, for the network page.
    pub(crate) pulse: Arc<Tally>,
    /// Who takes part, by the day on which it was counted.
    turnout: Arc<Memory<Date, Arc<Turnout>>>,
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
            near: Arc::default(),
            joined: Arc::default(),
            titles: Arc::default(),
            size: Arc::default(),
            turnout: Arc::default(),
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

    /// The population class of the municipality whose node this is; `None` for a Land and where nobody knows.
    pub(crate) async fn size(&self) -> Result<Option<&'static str>, Problem> {
        let newest = self.port.indexed();
        if let Some(size) = self.size.recall(&(), newest) {
            return Ok(size);
        }
        let own = &self.itself().await?.publisher;
        let body = self.port.bodies().await?.into_iter().find(|body| body.name == *own);
        let ars = body.and_then(|body| body.ars).unwrap_or_default();
        let size = match self.port.register().find(&ars).and_then(Town::population_class) {
            Some(size) => Some(size),
            None => self.said_size(own).await?,
        };
        self.size.keep((), newest, size);
        Ok(size)
    }

    /// The class that a body's own records name most often.
    async fn said_size(&self, own: &Name) -> Result<Option<&'static str>, Problem> {
        let filters = Filters::none().with("publisher", own.as_str());
        let found = self.search(Query { filters, limit: 1, ..Query::default() }).await?;
        let classes = found.facets.get("population_class").map_or(&[][..], Vec::as_slice);
        let Some((most, _)) = classes.iter().max_by_key(|(_, count)| *count) else { return Ok(None) };
        let terms = kind::vocabulary("population-class").map_or(&[][..], |known| &known.terms);
        Ok(terms.iter().map(|term| term.code.as_str()).find(|code| code == most))
    }

    /// Who takes part, counted once a day while nothing changes.
    pub(crate) async fn turnout(&self) -> Result<Arc<Turnout>, Problem> {
        let (newest, now) = (self.port.indexed(), (self.settings.clock)());
        if let Some(turnout) = self.turnout.recall(&now.day(), newest) {
            return Ok(turnout);
        }
        let (bodies, seen) = (self.port.bodies().await?, self.port.seen(now.minus(SEEN_SECONDS)).await?);
        let turnout = Arc::new(Turnout::count(&bodies, &seen, &self.port.register()));
        self.turnout.keep(now.day(), newest, Arc::clone(&turnout));
        Ok(turnout)
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
