//! `allmende run`: the daemon.

use crate::commands::Call;
use crate::config::Config;
use crate::config::Format;
use crate::daemon;
use crate::daemon::Extra;
use anyhow::Context as _;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use tracing_subscriber::EnvFilter;

/// What the command line adds to the configuration.
#[derive(Debug, clap::Args)]
pub(crate) struct Run {
    /// The configuration, if it is not the folder's allmende.toml.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to serve the pages; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS")]
    http: Option<String>,
    /// Where to listen for peers, as multiaddr (may be repeated); port 0 takes a free one.
    #[arg(long, value_name = "MULTIADDR")]
    listen: Vec<String>,
    /// A peer to dial (may be repeated).
    #[arg(long = "peer", value_name = "MULTIADDR")]
    peers: Vec<String>,
    /// Join no network: read, search and write drafts of what will be announced later.
    #[arg(long)]
    offline: bool,
}

impl Run {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        let path = self.config.unwrap_or_else(|| call.folder.config());
        let config = Config::load(&path)?;
        log(&config)?;
        let extra = Extra { http: self.http, listen: self.listen, peers: self.peers, offline: self.offline };
        daemon::run(&call.folder, config, extra, |about| {
            call.print(about, || {
                let http = super::text(about, "http");
                format!(
                    "{} {http}\n{}",
                    call.say("Der Knoten läuft. Seite im Browser:", "The node is running. Its page:"),
                    call.say("Beenden mit Strg-C.", "Stop it with Ctrl-C."),
                )
            });
        })
    }
}

/// The log goes to standard error; standard output is for results.
fn log(config: &Config) -> anyhow::Result<()> {
    let filter =
        EnvFilter::try_new(&config.log.filter).context("the configuration key log.filter is wrong")?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match config.log.format {
        Format::Pretty => log.with_target(false).try_init(),
        Format::Json => log.json().flatten_event(true).try_init(),
    }
    .map_err(|error| anyhow::anyhow!("the log cannot be set up: {error}"))
}
