//! `allmende demo`: a small federation of real nodes on this machine, with records that tell one story.

use crate::client::Client;
use crate::commands::Call;
use crate::commands::cast;
use crate::commands::cast::Member;
use crate::commands::overdue::signed;
use crate::commands::publish::files_below;
use crate::commands::text;
use crate::folder::Folder;
use anyhow::Context as _;
use anyhow::bail;
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

/// A federation of real nodes: Länder as relays and anchors, and towns below them.
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// A folder with the list of the nodes (nodes.toml), and for each of them a folder of drafts.
    #[arg(long, value_name = "DIR")]
    records: PathBuf,
    /// A folder of publiccode.yml files that the first Land describes.
    #[arg(long, value_name = "DIR")]
    publiccode: Option<PathBuf>,
    /// Check that all nodes hold the same and find the same, and end.
    #[arg(long)]
    check: bool,
}

/// One node of the federation.
struct Town {
    member: Member,
    folder: Folder,
    process: Child,
    http: String,
    listen: Vec<String>,
}

impl Demo {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        let clock = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let root = std::env::temp_dir().join(format!("allmende-demo-{}", std::process::id()));
        let members = cast::read(&self.records)?;
        let mut federation = Federation { call, root, members, towns: Vec::new() };
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

/// Lets a relay tell where it is reached, as the operator of a real one does in its configuration; then its name is
/// known to all, and whoever lost the other relay finds this one.
fn announce(folder: &Folder, address: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(folder.config())?;
    let mut told = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        match line.starts_with("announce = ") {
            true => {
                lines.push(format!("announce = [\"{address}\"]\n"));
                told = true;
            }
            false => lines.push(format!("{line}\n")),
        }
    }
    if !told {
        bail!("{} has no line \"announce = []\"", folder.config().display());
    }
    Folder::write(&folder.config(), lines.concat().as_bytes())
}

struct Federation<'a> {
    call: &'a Call,
    root: PathBuf,
    members: Vec<Member>,
    /// Those that have been started.
    towns: Vec<Town>,
}

impl Federation<'_> {
    fn tell(&self, de: &str, en: &str) {
        eprintln!("→ {}", self.call.say(de, en));
    }

    async fn play(&mut self, demo: &Demo) -> anyhow::Result<()> {
        self.found()?;
        let members = self.members.clone();
        let (all, relays) = (members.len(), members.iter().filter(|member| member.is_land()).count());
        self.tell(
            &format!("{all} Knoten starten: Länder als Relais: {relays}, Kommunen: {}.", all - relays),
            &format!("{all} nodes start: Länder as relays: {relays}, towns: {}.", all - relays),
        );
        for (at, member) in members.iter().enumerate() {
            self.start(at, member).await?;
        }
        self.tell(
            "Die Kommunen bitten ihre Länder um Beglaubigung; der Code wird „am Telefon“ verglichen.",
            "The towns ask their Länder to be attested; the code is compared \"by phone\".",
        );
        self.attest()?;
        for town in &self.towns {
            self.until_attested(town).await?;
        }
        self.tell(
            "Alle veröffentlichen, was sie zu sagen haben, unterschrieben mit dem eigenen Schlüssel.",
            "All publish what they have to say, signed with their own keys.",
        );
        let mut published = 0;
        for member in &members {
            published += self.publish(member, &demo.records.join(member.publisher.as_str()))?;
            tokio::task::yield_now().await;
        }
        if let (Some(files), Some(land)) = (&demo.publiccode, members.first()) {
            self.tell(
                &format!("{} nimmt öffentliche publiccode.yml-Dateien auf.", land.name),
                &format!("{} takes in public publiccode.yml files.", land.name),
            );
            self.import(land, files)?;
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

    /// Makes the folders, and the network document that the Länder anchor.
    fn found(&self) -> anyhow::Result<()> {
        let mut anchors = Vec::new();
        for member in &self.members {
            let role = if member.is_land() { "relay" } else { "municipality" };
            let (publisher, ars) = (member.publisher.as_str(), member.ars.to_string());
            let init =
                ["init", "--publisher", publisher, "--name", &member.name, "--ars", &ars, "--role", role];
            let made = self.allmende(publisher, &init)?;
            if member.is_land() {
                anchors.push(format!("{publisher}={}", text(&made, "public_key")));
            }
        }
        let Some(first) = self.members.first() else { return Ok(()) };
        let anchors: Vec<&str> = anchors.iter().flat_map(|anchor| ["--anchor", anchor]).collect();
        let new = [&["network", "new", "allmende-demo"], anchors.as_slice()].concat();
        let document = self.allmende(first.publisher.as_str(), &new)?;
        let file = self.root.join("network.toml");
        std::fs::write(&file, text(&document, "document"))?;
        for member in &self.members {
            let set = ["network", "set", &file.display().to_string()];
            self.allmende(member.publisher.as_str(), &set)?;
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

    async fn start(&mut self, at: usize, member: &Member) -> anyhow::Result<()> {
        let publisher = member.publisher.as_str();
        let port = FIRST_PORT + u16::try_from(at).unwrap_or_default();
        let http = match std::net::TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => format!("127.0.0.1:{port}"),
            Err(_) => "127.0.0.1:0".to_owned(),
        };
        let folder = Folder::at(&self.root.join(publisher));
        let log = std::fs::File::create(self.root.join(format!("{publisher}.log")))?;
        let mut command = self.command(publisher)?;
        command.args(["run", "--http", &http]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        if member.is_land() {
            let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            let address = format!("/ip4/127.0.0.1/tcp/{port}");
            announce(&folder, &address)?;
            command.args(["--listen", &address]);
        }
        for relay in self.towns.iter().filter_map(|town| town.listen.first()) {
            command.args(["--peer", relay]);
        }
        let mut process = command.spawn().context("a node could not be started")?;
        let output = process.stdout.take().context("a node has no output")?;
        let (http, listen) = (String::new(), Vec::new());
        self.towns.push(Town { member: member.clone(), folder, process, http, listen });
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
        for member in self.members.iter().filter(|member| !member.is_land()) {
            let request = self.allmende(member.publisher.as_str(), &["request"])?;
            let attest = ["attest", text(&request, "request"), "--code", text(&request, "code")];
            self.allmende(member.publisher.land(), &attest)?;
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
        self.until(&format!("{} is not attested", town.member.publisher), || {
            let status = client.read("/api/v1/status")?;
            Ok(status.get("attested").and_then(Json::as_bool).filter(|attested| *attested).map(drop))
        })
        .await
    }

    fn publish(&self, member: &Member, drafts: &Path) -> anyhow::Result<usize> {
        let files = files_below(&[drafts.to_owned()], &["toml"])?;
        if files.is_empty() {
            return Ok(0);
        }
        let publisher = member.publisher.as_str();
        let folder = Folder::at(&self.root.join(publisher));
        let mut arguments = vec!["publish".to_owned()];
        for file in &files {
            let overdue = signed(file, &member.publisher, &folder)?;
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

    fn import(&self, land: &Member, files: &Path) -> anyhow::Result<()> {
        let import = ["import", "publiccode", &files.display().to_string()];
        let report = self.allmende(land.publisher.as_str(), &import)?;
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
            let publisher = town.member.publisher.as_str();
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
            .map(|town| {
                let (publisher, name) = (town.member.publisher.as_str(), town.member.name.as_str());
                serde_json::json!({ "publisher": publisher, "name": name, "http": town.http })
            })
            .collect();
        let document = serde_json::json!({ "heads": heads, "published": published, "nodes": towns });
        self.call.print(&document, || {
            let mut lines = vec![format!(
                "{}: {}. {} {heads} {}",
                self.call.say("Knoten", "Nodes"),
                self.towns.len(),
                self.call.say("Alle halten dieselben", "All hold the same"),
                self.call.say(
                    "unterschriebenen Erklärungen und finden sie über ihre eigene Suche:",
                    "signed statements and find them by their own search:"
                ),
            )];
            for town in &self.towns {
                lines.push(format!("  {:<26} {}", town.member.name, town.http));
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
