//! `allmende demo`: a small federation of real nodes on this machine, with records that tell one story.

use crate::client::Client;
use crate::commands::Call;
use crate::commands::overdue::signed;
use crate::commands::publish::files_below;
use crate::commands::text;
use crate::folder::Folder;
use anyhow::Context as _;
use anyhow::bail;
use record::name::Name;
use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::kill_process;
use serde_json::Value as Json;
use std::io::BufRead as _;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

/// How long a node may take to start, and all of them to hold the same.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked again.
const LOOK: Duration = Duration::from_millis(100);
/// How long a node may take to stop.
const STOP_MAX: Duration = Duration::from_secs(6);
/// The pages of the nodes are at these ports where they are free.
const FIRST_PORT: u16 = 8481;
/// What every node has to find at the end.
const PROBE: &str = "Baumbewässerung";

/// Who takes part: publisher, official name, regional key, role.
const TOWNS: [(&str, &str, &str, &str); 5] = [
    ("th", "Freistaat Thüringen", "16", "relay"),
    ("sh", "Land Schleswig-Holstein", "01", "relay"),
    ("th.jena", "Stadt Jena", "160530000000", "municipality"),
    ("th.dornburg-camburg", "Stadt Dornburg-Camburg", "160745015011", "municipality"),
    ("sh.husum", "Stadt Husum", "010540056056", "municipality"),
];

/// A federation of five: two Länder as relays and anchors, and three towns.
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// A folder with a folder of drafts for each of the five publishers.
    #[arg(long, value_name = "DIR")]
    records: PathBuf,
    /// A folder of publiccode.yml files that Thüringen describes.
    #[arg(long, value_name = "DIR")]
    publiccode: Option<PathBuf>,
    /// Check that all nodes hold the same and find the same, and end.
    #[arg(long)]
    check: bool,
}

/// One node of the federation.
struct Town {
    publisher: &'static str,
    name: &'static str,
    folder: Folder,
    process: Child,
    http: String,
    listen: Vec<String>,
}

impl Demo {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        let clock = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let root = std::env::temp_dir().join(format!("allmende-demo-{}", std::process::id()));
        let mut federation = Federation { call, root, towns: Vec::new() };
        let played = clock.block_on(async {
            tokio::select! {
                played = federation.play(&self) => played,
                () = interrupted() => Ok(()),
            }
        });
        federation.end();
        played
    }
}

async fn interrupted() {
    use tokio::signal::unix::SignalKind;
    let terminate = tokio::signal::unix::signal(SignalKind::terminate());
    match terminate {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

struct Federation<'a> {
    call: &'a Call,
    root: PathBuf,
    towns: Vec<Town>,
}

impl Federation<'_> {
    fn tell(&self, de: &str, en: &str) {
        eprintln!("→ {}", self.call.say(de, en));
    }

    async fn play(&mut self, demo: &Demo) -> anyhow::Result<()> {
        self.found()?;
        self.tell(
            "Fünf Knoten starten: zwei Länder als Relais, drei Städte.",
            "Five nodes start: two Länder as relays, three towns.",
        );
        for at in 0..TOWNS.len() {
            self.start(at).await?;
        }
        self.tell(
            "Die Städte bitten ihre Länder um Beglaubigung; der Code wird „am Telefon“ verglichen.",
            "The towns ask their Länder to be attested; the code is compared \"by phone\".",
        );
        self.attest()?;
        for town in &self.towns {
            self.until_attested(town).await?;
        }
        self.tell(
            "Alle fünf veröffentlichen, was sie zu sagen haben, unterschrieben mit dem eigenen Schlüssel.",
            "All five publish what they have to say, signed with their own keys.",
        );
        let mut published = 0;
        for (publisher, ..) in TOWNS {
            published += self.publish(publisher, &demo.records.join(publisher)).await?;
            tokio::task::yield_now().await;
        }
        if let Some(files) = &demo.publiccode {
            self.tell(
                "Thüringen nimmt öffentliche publiccode.yml-Dateien auf.",
                "Thüringen takes in public publiccode.yml files.",
            );
            self.import(files)?;
        }
        let heads = self.until_equal().await?;
        self.until_found().await?;
        self.report(heads, published);
        match demo.check {
            true => Ok(()),
            false => {
                self.tell(
                    "Beenden mit Strg-C; danach ist alles wieder weg.",
                    "Stop with Ctrl-C; everything is gone then.",
                );
                std::future::pending().await
            }
        }
    }

    /// Makes five folders and the network document that both Länder anchor.
    fn found(&self) -> anyhow::Result<()> {
        let mut anchors = Vec::new();
        for (publisher, name, ars, role) in TOWNS {
            let made = self.allmende(
                publisher,
                &["init", "--publisher", publisher, "--name", name, "--ars", ars, "--role", role],
            )?;
            if role == "relay" {
                anchors.push(format!("{publisher}={}", text(&made, "public_key")));
            }
        }
        let anchors: Vec<&str> = anchors.iter().flat_map(|anchor| ["--anchor", anchor]).collect();
        let document =
            self.allmende("th", &[&["network", "new", "allmende-demo"], anchors.as_slice()].concat())?;
        let file = self.root.join("network.toml");
        std::fs::write(&file, text(&document, "document"))?;
        for (publisher, ..) in TOWNS {
            self.allmende(publisher, &["network", "set", &file.display().to_string()])?;
        }
        Ok(())
    }

    fn command(&self, publisher: &str) -> anyhow::Result<Command> {
        let mut command =
            Command::new(std::env::current_exe().context("the program's own file is not known")?);
        command.arg("--dir").arg(self.root.join(publisher)).arg("--json");
        command.args(["--lang", self.call.lang.as_str()]);
        Ok(command)
    }

    /// Runs one command of the program, as an operator would.
    fn allmende(&self, publisher: &str, arguments: &[&str]) -> anyhow::Result<Json> {
        let output = self.command(publisher)?.args(arguments).stdin(Stdio::null()).output()?;
        if !output.status.success() {
            bail!("allmende {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        serde_json::from_slice(&output.stdout).with_context(|| format!("allmende {}", arguments.join(" ")))
    }

    async fn start(&mut self, at: usize) -> anyhow::Result<()> {
        let Some(&(publisher, name, _, role)) = TOWNS.get(at) else { return Ok(()) };
        let port = FIRST_PORT + u16::try_from(at).unwrap_or_default();
        let http = match std::net::TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => format!("127.0.0.1:{port}"),
            Err(_) => "127.0.0.1:0".to_owned(),
        };
        let log = std::fs::File::create(self.root.join(format!("{publisher}.log")))?;
        let mut command = self.command(publisher)?;
        command.args(["run", "--http", &http]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        if role == "relay" {
            command.args(["--listen", "/ip4/127.0.0.1/tcp/0"]);
        }
        for relay in self.towns.iter().filter_map(|town| town.listen.first()) {
            command.args(["--peer", relay]);
        }
        let mut process = command.spawn().context("a node could not be started")?;
        let output = process.stdout.take().context("a node has no output")?;
        let folder = Folder::at(&self.root.join(publisher));
        let town = Town { publisher, name, folder, process, http: String::new(), listen: Vec::new() };
        self.towns.push(town);
        let line = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            std::io::BufReader::new(output).read_line(&mut line).map(|_| line)
        });
        let line = tokio::time::timeout(PATIENCE, line).await.context("the node does not start")???;
        let about: Json = serde_json::from_str(&line).map_err(|_| {
            let log = std::fs::read_to_string(self.root.join(format!("{publisher}.log"))).unwrap_or_default();
            anyhow::anyhow!("{publisher} did not start: {}", log.trim())
        })?;
        if let Some(town) = self.towns.last_mut() {
            town.http = text(&about, "http").to_owned();
            let listen = about.get("listen").and_then(Json::as_array).cloned().unwrap_or_default();
            town.listen = listen.iter().filter_map(|address| address.as_str().map(str::to_owned)).collect();
        }
        Ok(())
    }

    fn client(&self, town: &Town) -> anyhow::Result<Client> {
        Client::of(&town.folder, self.call.lang)
    }

    fn attest(&self) -> anyhow::Result<()> {
        for (publisher, ..) in TOWNS {
            let Some((land, _)) = publisher.split_once('.') else { continue };
            let request = self.allmende(publisher, &["request"])?;
            self.allmende(land, &["attest", text(&request, "request"), "--code", text(&request, "code")])?;
        }
        Ok(())
    }

    /// Looks again and again until something holds; `what` tells what was waited for in vain.
    async fn until<T>(
        &self,
        what: &str,
        mut look: impl FnMut() -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        let began = Instant::now();
        loop {
            if let Some(found) = look()? {
                return Ok(found);
            }
            if began.elapsed() > PATIENCE {
                bail!("after {} seconds {what}. The logs are in {}", PATIENCE.as_secs(), self.root.display());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn until_attested(&self, town: &Town) -> anyhow::Result<()> {
        let client = self.client(town)?;
        self.until(&format!("{} is not attested", town.publisher), || {
            let status = client.read("/api/v1/status")?;
            Ok(status.get("attested").and_then(Json::as_bool).filter(|attested| *attested).map(drop))
        })
        .await
    }

    async fn publish(&self, publisher: &str, drafts: &Path) -> anyhow::Result<usize> {
        let files = files_below(&[drafts.to_owned()], &["toml"])?;
        if files.is_empty() {
            return Ok(0);
        }
        let name: Name = publisher.parse()?;
        let folder = Folder::at(&self.root.join(publisher));
        let mut arguments = vec!["publish".to_owned()];
        for file in &files {
            let overdue = signed(file, &name, &folder)?;
            arguments.push(overdue.as_ref().unwrap_or(file).display().to_string());
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let done = self.allmende(publisher, &arguments)?;
        let done = done.as_array().map_or(0, Vec::len);
        if done != files.len() {
            bail!("{publisher} published {done} of {} drafts", files.len());
        }
        Ok(done)
    }

    fn import(&self, files: &Path) -> anyhow::Result<()> {
        let report = self.allmende("th", &["import", "publiccode", &files.display().to_string()])?;
        let count = |field: &str| report.get(field).and_then(Json::as_u64).unwrap_or_default();
        let (taken, refused) = (count("taken") + count("taken_with_remarks"), count("refused"));
        self.tell(
            &format!("{taken} Dateien übernommen, {refused} mit Begründung abgelehnt."),
            &format!("{taken} files taken, {refused} refused with a reason."),
        );
        Ok(())
    }

    /// Waits until all nodes show the same fingerprints; answers how many statements stand.
    async fn until_equal(&self) -> anyhow::Result<u64> {
        self.until("the nodes do not hold the same", || {
            let mut all = Vec::new();
            for town in &self.towns {
                let status = self.client(town)?.read("/api/v1/status")?;
                let heads = status.get("heads").and_then(Json::as_u64).unwrap_or_default();
                all.push((status.get("trust_root").cloned(), status.get("buckets").cloned(), heads));
            }
            let first = all.first().cloned();
            Ok(first.filter(|first| all.iter().all(|one| one == first)).map(|(.., heads)| heads))
        })
        .await
    }

    /// Waits until every node finds the probe in its own catalogue.
    async fn until_found(&self) -> anyhow::Result<()> {
        for town in &self.towns {
            let publisher = town.publisher;
            self.until(&format!("{publisher} does not find \"{PROBE}\""), || {
                let found = self.allmende(publisher, &["search", PROBE])?;
                Ok(found.get("total").and_then(Json::as_u64).filter(|total| *total > 0).map(drop))
            })
            .await?;
        }
        Ok(())
    }

    fn report(&self, heads: u64, published: usize) {
        let towns: Vec<Json> = self
            .towns
            .iter()
            .map(|town| serde_json::json!({ "publisher": town.publisher, "name": town.name, "http": town.http }))
            .collect();
        let document = serde_json::json!({ "heads": heads, "published": published, "nodes": towns });
        self.call.print(&document, || {
            let mut lines = vec![format!(
                "{} {heads} {}",
                self.call.say("Alle fünf Knoten halten dieselben", "All five nodes hold the same"),
                self.call.say(
                    "unterschriebenen Erklärungen und finden sie über ihre eigene Suche:",
                    "signed statements and find them by their own search:"
                ),
            )];
            for town in &self.towns {
                lines.push(format!("  {:<26} {}", town.name, town.http));
            }
            lines.join("\n")
        });
    }

    /// Ends the nodes that were started, by their process ids, and clears the folder away.
    fn end(&mut self) {
        for town in &self.towns {
            if let Some(pid) = i32::try_from(town.process.id()).ok().and_then(Pid::from_raw) {
                let _ = kill_process(pid, Signal::TERM);
            }
        }
        for town in &mut self.towns {
            let began = Instant::now();
            while began.elapsed() < STOP_MAX && matches!(town.process.try_wait(), Ok(None)) {
                std::thread::sleep(LOOK);
            }
            if matches!(town.process.try_wait(), Ok(None)) {
                let _ = town.process.kill();
                let _ = town.process.wait();
            }
        }
        if let Err(error) = std::fs::remove_dir_all(&self.root)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            eprintln!("{}: {error}", self.root.display());
        }
    }
}
