//! The daemon: opens what the folder holds, joins the network, serves the pages, and ends cleanly.

use crate::agreements::Agreements;
use crate::announcing;
use crate::announcing::Announcement;
use crate::bans::Bans;
use crate::cabinet::Files;
use crate::config::Config;
use crate::config::Role;
use crate::counters::Counters;
use crate::courier::Courier;
use crate::courier::Habits;
use crate::door::Door;
use crate::erasures;
use crate::folder::Folder;
use crate::gazetteer;
use crate::indexing;
use crate::keeper;
use crate::keeper::Charge;
use crate::keeper::Keeper;
use crate::keeper::now;
use crate::keyring::Keyring;
use crate::learning;
use crate::membership;
use crate::office::Office;
use crate::opening::Opened;
use crate::opening::Opening;
use crate::own::Own;
use crate::publishing::Publisher;
use crate::tidying::Tidy;
use crate::tokens::Tokens;
use anyhow::Context as _;
use anyhow::bail;
use catalogue::joined::Joined;
use network::identity::PeerKey;
use record::document::Document;
use record::kind::Lang;
use replica::order::Bucket;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::Signal;
use tokio::signal::unix::SignalKind;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use web::gate::Gate;

/// What the whole stop may take, in all; then the process ends anyway, and nothing acknowledged is lost.
const STOP_MAX: Duration = Duration::from_secs(4);
/// What open pages may take of it to finish.
const PAGES_STOP_MAX: Duration = Duration::from_millis(1_500);
/// Threads that carry bytes and serve pages.
const WORKERS: usize = 2;
/// Threads for checks and searches, at most.
const BLOCKING_MAX: usize = 8;

/// What the command line adds to the configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extra {
    pub(crate) http: Option<String>,
    pub(crate) listen: Vec<String>,
    pub(crate) peers: Vec<String>,
    pub(crate) offline: bool,
}

/// Runs until the process is told to stop.
pub(crate) fn run(
    folder: &Folder,
    config: Config,
    extra: Extra,
    ready: impl FnOnce(&serde_json::Value),
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(BLOCKING_MAX)
        .enable_all()
        .build()
        .context("the system gives no threads")?;
    let done = runtime.block_on(serve(folder, config, extra, ready));
    runtime.shutdown_timeout(Duration::from_millis(200));
    done
}

async fn serve(
    folder: &Folder,
    config: Config,
    extra: Extra,
    ready: impl FnOnce(&serde_json::Value),
) -> anyhow::Result<()> {
    let _lock = folder.lock()?;
    let mut asked = Asked::listen()?;
    let document = folder.read_network()?;
    let listener = listen(extra.http.as_ref().unwrap_or(&config.http.listen)).await?;
    let address = listener.local_addr().context("the page's address is not known")?;
    owed(&config, address)?;
    let (stop, stopped) = watch::channel(false);
    // The pages answer before there is anything behind them: to open a large store takes seconds.
    let gate = Gate::new(page_settings(&config, address.ip().is_loopback()));
    let mut pages = tokio::spawn(web::server::serve(listener, gate.clone(), told(stopped)));
    let beginning = Running::begin(folder.clone(), config, extra, document, gate.clone());
    let mut running = tokio::select! {
        // What was opened so far is left as a kill leaves it, which costs the next start nothing.
        () = asked.wish() => return Ok(()),
        begun = tokio::spawn(beginning) => begun.context("opening was given up")??,
    };
    gate.open(running.office.clone());

    let network = running.office.network.as_ref().map(|(network, _)| network);
    let about = serde_json::json!({
        "http": format!("http://{address}"),
        "listen": network.map_or_else(Vec::new, |network| network.listen()),
        "peer_id": network.map(|network| network.peer_id().to_string()),
        "pid": std::process::id(),
    });
    Folder::write(&folder.run(), format!("{about:#}\n").as_bytes())?;
    ready(&about);
    tracing::info!(publisher = %running.office.publisher.name(), http = %address, "the node is ready");

    let ended = tokio::select! {
        () = asked.wish() => Ok(()),
        () = running.ended() => Err(anyhow::anyhow!(
            "the node's inner loop ended; the log says why. Start the node again: what was acknowledged is kept"
        )),
        _ = &mut pages => Err(anyhow::anyhow!("the pages ended; the log says why. Start the node again")),
    };
    tracing::info!("the node stops");
    let ending = async {
        let _ = stop.send(true);
        if !pages.is_finished() {
            let _ = tokio::time::timeout(PAGES_STOP_MAX, pages).await;
        }
        running.end().await;
    };
    if tokio::time::timeout(STOP_MAX, ending).await.is_err() {
        tracing::warn!("not everything ended in time; nothing that was acknowledged is lost");
    }
    let _ = std::fs::remove_file(folder.run());
    ended
}

/// Everything of a node but its pages.
struct Running {
    office: Arc<Office>,
    keeper: Keeper,
    courier: Option<JoinHandle<()>>,
    tidy: Tidy,
    /// The threads that index and tidy.
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Running {
    async fn begin(
        folder: Folder,
        config: Config,
        extra: Extra,
        document: Document,
        gate: Gate,
    ) -> anyhow::Result<Running> {
        let (folder, config, extra, document) = (&folder, &config, &extra, &document);
        let publisher = Publisher::new(config.publisher(), Keyring::open(folder)?);
        let peer_key = PeerKey::from_seed(folder.read_peer_key()?.seed());
        let tokens = Tokens::open(folder)?;
        let own = Own::open(&folder.own(), &document.network)?;
        let ledger = erasures::of(folder)?;
        let Opened { disk, replica, mended } =
            Opening { folder, config, document, tell: &|doing| gate.tell(doing) }.run()?;
        gate.tell("the catalogue is opened");
        let register = Arc::new(gazetteer::register(folder)?);
        let catalogue = indexing::open(folder, &disk)?;
        catalogue.set_synonyms(gazetteer::synonyms(folder)?);
        let counters = Arc::new(Counters::default());
        let instance = membership::instance(folder)?;
        let agreements = Agreements::at(folder.agreements(), instance);
        let configured = peers(folder, config, extra);
        // A node that knows nobody has nobody to ask.
        let knows_others = !configured.is_empty() || !agreements.read().is_empty();
        let tidy = Tidy::new(Duration::from_secs(config.store.forget_after_seconds));
        let (keeper, announcements) = keeper::start(Charge {
            replica,
            own,
            ledger,
            publisher: publisher.clone(),
            counters: counters.clone(),
            tidy: tidy.clone(),
            locked: knows_others && !extra.offline,
        })?;
        let name = document.network.clone();
        let announcement = Announcement::of(config, &peer_key.peer_id().to_string());
        let joined = Arc::new(Joined::new());
        let threads = vec![
            indexing::start(catalogue.clone(), joined.clone(), disk.clone(), keeper.watch())?,
            tidy.start(disk.clone(), catalogue.clone(), folder.clone(), name.clone(), now)?,
        ];
        let (mut network, mut courier) = (None, None);
        if !extra.offline {
            let mut settings = network_settings(config, extra, document, &configured);
            settings.banned = Bans::of(folder).read();
            let (carrier, events) = network::carrier::start(settings, peer_key).await?;
            let habits = Habits {
                period: Duration::from_secs(config.network.catch_up_seconds),
                own: Bucket::land(publisher.name().land()),
            };
            let door = Door { keeper: keeper.clone(), disk: disk.clone(), network: name, instance };
            let go_between = Courier::new(door, carrier.clone(), counters.clone(), habits)
                .remembering(agreements, Bans::of(folder));
            network = Some((carrier, go_between.peers()));
            courier = Some(tokio::spawn(go_between.run(events, announcements)));
            let (keeper, own, network) = (keeper.clone(), publisher.clone(), document.network.clone());
            tokio::spawn(announcing::run(announcement, keeper, own, disk.clone(), network));
        }
        let office = Arc::new(Office {
            folder: folder.clone(),
            network_name: document.network.clone(),
            publisher,
            ars: config.ars().and_then(Result::ok).map(|ars| ars.to_string()),
            node: config.node.clone(),
            disk,
            register,
            catalogue,
            joined,
            keeper: keeper.clone(),
            standing: keeper.watch(),
            counters,
            tokens,
            cabinet: Arc::new(Files::of(folder)),
            network,
            configured,
            started: now(),
            tidy: tidy.clone(),
            mended,
            records_max: document.publisher_records_max,
        });
        tokio::spawn(learning::run(office.clone()));
        Ok(Running { office, keeper, courier, tidy, threads })
    }

    /// Waits until the inner loop is no more.
    async fn ended(&mut self) {
        let mut standing = self.keeper.watch();
        while standing.changed().await.is_ok() {}
    }

    async fn end(self) {
        if let Some((network, _)) = &self.office.network {
            network.clone().stop().await;
        }
        self.keeper.stop().await;
        if let Some(courier) = self.courier {
            courier.abort();
        }
        self.tidy.stop();
        // The feed has ended with the keeper, and so does the indexer once it has taken in what is there.
        let join = move || self.threads.into_iter().for_each(|thread| drop(thread.join()));
        let _ = tokio::task::spawn_blocking(join).await;
    }
}

async fn told(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// The signals by which an operator asks the node to stop; they are heard from the first moment on.
struct Asked {
    terminate: Signal,
    interrupt: Signal,
}

impl Asked {
    fn listen() -> anyhow::Result<Asked> {
        let hear = |kind| tokio::signal::unix::signal(kind).context("the system gives no signals");
        Ok(Asked { terminate: hear(SignalKind::terminate())?, interrupt: hear(SignalKind::interrupt())? })
    }

    async fn wish(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

async fn listen(address: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "the address {address} is in use by another program. Stop it, or choose another port \
             (http.listen in the configuration, or --http 127.0.0.1:0 for a free one)"
        ),
        std::io::ErrorKind::PermissionDenied => {
            anyhow::anyhow!("the address {address} may not be used: ports below 1024 need a right of their own. Choose a higher one")
        }
        _ => anyhow::anyhow!("the pages cannot be served at {address}: {error}. Write it like 127.0.0.1:8480"),
    })
}

/// Refuses to show pages to others while nobody answers for them (§ 5 DDG).
fn owed(config: &Config, address: SocketAddr) -> anyhow::Result<()> {
    if address.ip().is_loopback() || !config.page.imprint.trim().is_empty() {
        return Ok(());
    }
    bail!(
        "the pages would be open to others at {address}, but the configuration key page.imprint is empty. Write your \
         Impressum there, or serve them only on this machine (http.listen = \"127.0.0.1:8480\")"
    )
}

/// The peers of the configuration, of the command line, and those added by `allmende peers add`.
fn peers(folder: &Folder, config: &Config, extra: &Extra) -> Vec<String> {
    let added = std::fs::read_to_string(folder.peers()).unwrap_or_default();
    let mut peers: Vec<String> = config.network.peers.iter().chain(&extra.peers).cloned().collect();
    peers.extend(added.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
    let mut seen = std::collections::BTreeSet::new();
    peers.retain(|peer| seen.insert(peer.clone()));
    peers
}

fn network_settings(
    config: &Config,
    extra: &Extra,
    document: &Document,
    peers: &[String],
) -> network::settings::Settings {
    let role = match config.node.role {
        Role::Municipality => network::settings::Role::Municipality,
        Role::Relay => network::settings::Role::Relay,
    };
    let mut settings = network::settings::Settings::new(document.network.as_str(), role);
    settings.listen = match extra.listen.is_empty() {
        true => config.network.listen.clone(),
        false => extra.listen.clone(),
    };
    settings.peers = peers.to_vec();
    settings
}

fn page_settings(config: &Config, loopback: bool) -> web::settings::Settings {
    let given = |text: &str| (!text.trim().is_empty()).then(|| text.to_owned());
    web::settings::Settings {
        node_name: config.node.name.clone(),
        public_base: given(&config.http.public_base),
        lang_default: Lang::parse(&config.http.lang).unwrap_or(Lang::De),
        loopback,
        hosts: config.http.hosts.clone(),
        texts: web::settings::Texts {
            imprint: given(&config.page.imprint),
            privacy: given(&config.page.privacy),
            accessibility: given(&config.page.accessibility),
            barrier_contact: given(&config.page.barrier_contact),
            easy: given(&config.page.easy),
            security_contact: given(&config.page.security_contact),
        },
        ..web::settings::Settings::default()
    }
}
