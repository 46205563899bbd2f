//! The daemon: opens what the folder holds, joins the network, serves the pages, and ends cleanly.

use crate::config::Config;
use crate::config::Role;
use crate::counters::Counters;
use crate::courier::Courier;
use crate::folder::Folder;
use crate::indexing;
use crate::keeper;
use crate::keeper::now;
use crate::office::Office;
use crate::own::Own;
use crate::publishing::Publisher;
use crate::tokens::Tokens;
use anyhow::Context as _;
use network::identity::PeerKey;
use record::document::Document;
use record::kind::Lang;
use replica::admit::Replica;
use replica::admit::Verdict;
use replica::keeper::Keeper as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use store::disk::Disk;
use tokio::net::TcpListener;
use tokio::sync::watch;
use web::port::Port;

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
    let document = folder.read_network()?;
    let key = folder.read_key()?;
    let peer_key = PeerKey::from_seed(folder.read_peer_key()?.seed());
    let http = extra.http.clone().unwrap_or_else(|| config.http.listen.clone());
    let listener = listen(&http).await?;
    let address = listener.local_addr().context("the page's address is not known")?;
    let tokens = Tokens::open(folder)?;
    let own = Own::open(&folder.own(), &document.network)?;
    let disk = open_store(folder, &config)?;
    let replica = open_replica(&document, disk.clone(), &own)?;
    let catalogue = indexing::open(folder, &disk)?;

    let counters = Arc::new(Counters::default());
    let publisher = Publisher::new(config.publisher(), Arc::new(key));
    let (keeper, announcements) = keeper::start(replica, own, publisher.clone(), counters.clone())?;
    let indexer = indexing::start(catalogue.clone(), disk.clone(), document.network.clone(), keeper.watch())?;

    let configured = peers(folder, &config, &extra);
    let joined = match extra.offline {
        true => None,
        false => Some(
            network::carrier::start(network_settings(&config, &extra, &document, &configured), peer_key)
                .await?,
        ),
    };
    let mut courier = None;
    let network = joined.map(|(network, events)| {
        let name = document.network.clone();
        let catch_up = Duration::from_secs(config.network.catch_up_seconds);
        let go_between = Courier::new(keeper.clone(), network.clone(), name, counters.clone(), catch_up);
        let peers = go_between.peers();
        courier = Some(tokio::spawn(go_between.run(events, announcements)));
        (network, peers)
    });
    let office = Arc::new(Office {
        folder: folder.clone(),
        network_name: document.network.clone(),
        publisher,
        ars: config.ars().and_then(Result::ok).map(|ars| ars.to_string()),
        role: config.node.role.as_str(),
        disk,
        catalogue,
        keeper: keeper.clone(),
        standing: keeper.watch(),
        counters,
        tokens,
        network: network.clone(),
        configured,
        started: now(),
    });
    let (stop, stopped) = watch::channel(false);
    let settings = page_settings(&config, address.ip().is_loopback());
    let port: Arc<dyn Port> = office.clone();
    let pages = tokio::spawn(web::server::serve(listener, port, settings, told(stopped)));

    let about = serde_json::json!({
        "http": format!("http://{address}"),
        "listen": network.as_ref().map_or_else(Vec::new, |(network, _)| network.listen()),
        "peer_id": network.as_ref().map(|(network, _)| network.peer_id().to_string()),
        "pid": std::process::id(),
    });
    Folder::write(&folder.run(), format!("{about:#}\n").as_bytes())?;
    ready(&about);
    tracing::info!(publisher = %office.publisher.name(), http = %address, "the node is ready");

    signal().await?;
    tracing::info!("the node stops");
    let ending = async {
        let _ = stop.send(true);
        let _ = tokio::time::timeout(PAGES_STOP_MAX, pages).await;
        if let Some((network, _)) = network {
            network.stop().await;
        }
        keeper.stop().await;
    };
    if tokio::time::timeout(STOP_MAX, ending).await.is_err() {
        tracing::warn!("not everything ended in time; nothing that was acknowledged is lost");
    }
    if let Some(courier) = courier {
        courier.abort();
    }
    drop((office, keeper));
    let _ = tokio::task::spawn_blocking(move || indexer.is_finished()).await;
    let _ = std::fs::remove_file(folder.run());
    Ok(())
}

async fn told(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn signal() -> anyhow::Result<()> {
    use tokio::signal::unix::SignalKind;
    let mut terminate =
        tokio::signal::unix::signal(SignalKind::terminate()).context("no signals are to be had")?;
    tokio::select! {
        _ = terminate.recv() => {}
        done = tokio::signal::ctrl_c() => done.context("no signals are to be had")?,
    }
    Ok(())
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

/// Opens the store. One that is damaged is set aside with the time in its name, and begun anew.
fn open_store(folder: &Folder, config: &Config) -> anyhow::Result<Disk> {
    let settings = store::disk::Settings { cache_bytes: config.store.cache_mib * 1024 * 1024 };
    match Disk::open(&folder.store(), &settings) {
        Err(store::disk::OpenError::Damaged { why, .. }) => {
            let aside = set_aside(folder)?;
            tracing::error!(
                aside = %aside.display(), why,
                "the database was damaged and is set aside; it is rebuilt from the own copies and from the peers"
            );
            Ok(Disk::open(&folder.store(), &settings)?)
        }
        other => Ok(other?),
    }
}

fn set_aside(folder: &Folder) -> anyhow::Result<PathBuf> {
    let place = |seconds: u64| folder.root().join(format!("store-damaged-{seconds}"));
    let mut seconds = now().seconds();
    // Two in one second happen when a node is started again and again; neither may stop the next start.
    while place(seconds).exists() {
        seconds += 1;
    }
    let aside = place(seconds);
    std::fs::rename(folder.store(), &aside)
        .with_context(|| format!("the damaged store cannot be set aside as {}", aside.display()))?;
    Ok(aside)
}

/// Opens the replica, and brings in own copies that the store does not hold (attestations first).
fn open_replica(document: &Document, disk: Disk, own: &Own) -> anyhow::Result<Replica<Disk>> {
    let mut replica = Replica::open(document.clone(), disk)?;
    let mut brought = 0;
    for statement in own.statements(&document.network)? {
        let (id, record) = (statement.id(), statement.content().record);
        match replica.admit(statement, now())?.verdict {
            Verdict::Admitted => brought += 1,
            Verdict::Known => {}
            Verdict::Held(why) | Verdict::Refused(why) => {
                tracing::debug!(statement = %id, %record, "an own copy does not stand now: {why}");
            }
        }
    }
    if brought > 0 {
        replica.flush()?;
        tracing::warn!(brought, "own copies were brought back into the store");
    }
    tracing::info!(
        heads = replica.summaries().values().map(|s| s.count()).sum::<u64>(),
        change = replica.keeper().newest(),
        "the store is open"
    );
    Ok(replica)
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
        },
        ..web::settings::Settings::default()
    }
}
