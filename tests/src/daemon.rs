//! Real daemons on loopback: the program itself, started, asked over its API, stopped, and killed.
#![allow(clippy::indexing_slicing, reason = "a missing field of a JSON value reads as null and never panics")]

use crate::stamp::InstallError;
use crate::stamp::once;
use crate::stamp::run;
use crate::stamp::target;
use crate::stamp::workspace;
use serde_json::Value as Json;
use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Read as _;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::channel;
use std::thread::park_timeout;
use std::time::Duration;
use std::time::Instant;
use tempfile::TempDir;

/// How long anything may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// Why a daemon did not do what was asked of it; the text has its own words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DaemonError(String);

impl DaemonError {
    /// Something went wrong, in these words.
    pub fn new(words: String) -> DaemonError {
        DaemonError(words)
    }
}

fn failed(error: impl std::fmt::Display) -> DaemonError {
    DaemonError(error.to_string())
}

/// The program: the one that the variable ALLMENDE_PROGRAM names, else built once before it is needed.
pub fn program() -> Result<PathBuf, InstallError> {
    if let Some(program) = std::env::var_os("ALLMENDE_PROGRAM") {
        return Ok(program.into());
    }
    let program = target().join("debug/allmende");
    // The one that is running, else the one that is installed: cargo's own binary without rustup before it would
    // let a dependency's rust-toolchain.toml choose another compiler for itself.
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace()).args(["build", "--quiet", "-p", "allmende-node", "--bin", "allmende"]);
    // Each test is a process of its own: the run's id makes one of them build for all.
    let run_id = std::env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| std::process::id().to_string());
    once("program", &run_id, &program, || run(&mut cargo, "cargo").map(drop))?;
    Ok(program)
}

/// Looks again and again until something holds.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> Result<T, DaemonError> {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        if Instant::now() > end {
            return Err(DaemonError(format!(
                "in {} seconds it did not happen that {what}",
                PATIENCE.as_secs()
            )));
        }
        park_timeout(LOOK);
    }
}

/// Runs a program to its end; one that does not end by itself is ended, and that is an error.
pub fn finish(command: &mut Command) -> Result<Output, DaemonError> {
    let mut process =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let (sender, ends) = channel();
    let mut pipes: Vec<Box<dyn std::io::Read + Send>> = Vec::new();
    pipes.extend(process.stdout.take().map(|pipe| Box::new(pipe) as _));
    pipes.extend(process.stderr.take().map(|pipe| Box::new(pipe) as _));
    let readers: Vec<_> = pipes
        .into_iter()
        .map(|mut pipe| {
            let sender = sender.clone();
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                let _ = pipe.read_to_end(&mut bytes);
                let _ = sender.send(());
                bytes
            })
        })
        .collect();
    for _ in &readers {
        if ends.recv_timeout(PATIENCE).is_err() {
            let _ = process.kill();
        }
    }
    let status = process.wait().map_err(failed)?;
    let mut printed = readers.into_iter().map(|reader| reader.join().unwrap_or_default());
    let (stdout, stderr) = (printed.next().unwrap_or_default(), printed.next().unwrap_or_default());
    match status.code() {
        Some(_) => Ok(Output { status, stdout, stderr }),
        None => Err(DaemonError(format!(
            "{command:?} did not end by itself ({status}): {}{}",
            String::from_utf8_lossy(&stdout),
            String::from_utf8_lossy(&stderr)
        ))),
    }
}

/// Runs a program that has to end with this exit code, and answers what it said on standard error.
pub fn refused(command: &mut Command, code: i32) -> Result<String, DaemonError> {
    let output = finish(command)?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.code() {
        Some(ended) if ended == code => Ok(told),
        ended => Err(DaemonError(format!("{command:?} ended with {ended:?}, not {code}: {told}"))),
    }
}

/// A data folder with a program that may run on it.
#[derive(Debug)]
pub struct Daemon {
    folder: PathBuf,
    /// What stands before the program in each of its commands.
    prefix: Vec<String>,
    process: Option<Child>,
    /// What `run` printed: `{http, listen[], peer_id, pid}`.
    pub about: Json,
}

impl Daemon {
    /// A folder where no node was made yet.
    pub fn at(folder: &Path) -> Daemon {
        Daemon { folder: folder.to_owned(), prefix: Vec::new(), process: None, about: Json::Null }
    }

    /// Puts words before each of its commands from now on, such as those that enter a network namespace. Its
    /// pages can then be out of our reach; what the commands answer is not.
    pub fn settle(&mut self, prefix: Vec<String>) {
        self.prefix = prefix;
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The program with this folder and JSON output; arguments are still to come.
    pub fn command(&self) -> Result<Command, DaemonError> {
        let program = program().map_err(failed)?;
        let mut command = match self.prefix.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.arg("--dir").arg(&self.folder).args(["--json", "--lang", "en"]).stdin(Stdio::null());
        Ok(command)
    }

    /// Runs a command to its end, whatever comes out of it.
    pub fn call(&self, arguments: &[&str]) -> Result<Output, DaemonError> {
        finish(self.command()?.args(arguments))
    }

    /// Runs a command that has to work, and reads its JSON document.
    pub fn does(&self, arguments: &[&str]) -> Result<Json, DaemonError> {
        let output = self.call(arguments)?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(DaemonError(format!("allmende {}: {told}", arguments.join(" "))));
        }
        serde_json::from_slice(&output.stdout).map_err(failed)
    }

    /// Runs a command that has to fail with exit code 1, and answers what it said.
    pub fn refuses(&self, arguments: &[&str]) -> Result<String, DaemonError> {
        refused(self.command()?.args(arguments), 1)
    }

    /// Starts the daemon on a free port and waits until it is ready.
    pub fn start(&mut self, arguments: &[&str]) -> Result<(), DaemonError> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log_file());
        let mut command = self.command()?;
        command.args(["run", "--http", "127.0.0.1:0"]).args(arguments);
        command.stdout(Stdio::piped()).stderr(log.map_err(failed)?);
        let mut process = command.spawn().map_err(failed)?;
        let output = process.stdout.take().ok_or_else(|| failed("the daemon has no output"))?;
        self.process = Some(process);
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            if BufReader::new(output).read_line(&mut line).is_ok() {
                let _ = sender.send(line);
            }
        });
        let line = lines.recv_timeout(PATIENCE).map_err(|error| match error {
            RecvTimeoutError::Timeout => failed("the daemon is not ready in time"),
            RecvTimeoutError::Disconnected => failed("the daemon's output broke off"),
        })?;
        self.about = serde_json::from_str(&line)
            .map_err(|_| DaemonError(format!("it did not start: {}", self.log())))?;
        Ok(())
    }

    /// All that it logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// Beside the folder. Publishers' names have dots, so the ending is put behind the whole name.
    fn log_file(&self) -> PathBuf {
        let mut name = self.folder.clone().into_os_string();
        name.push(".log");
        name.into()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.as_ref().map(Child::id).unwrap_or_default()
    }

    /// Where its pages are.
    pub fn http(&self) -> &str {
        self.about["http"].as_str().unwrap_or_default()
    }

    /// Its first address for peers.
    pub fn address(&self) -> &str {
        self.about["listen"][0].as_str().unwrap_or_default()
    }

    /// The token of the commands on this machine.
    pub fn token(&self) -> Result<String, DaemonError> {
        let token = std::fs::read_to_string(self.folder.join("api.token")).map_err(failed)?;
        Ok(token.trim().to_owned())
    }

    /// Reads a path of its pages or its API: status code and body.
    pub fn read(&self, path: &str) -> Result<(u16, String), DaemonError> {
        let mut answer = agent().get(format!("{}{path}", self.http())).call().map_err(failed)?;
        let mut body = String::new();
        answer.body_mut().as_reader().read_to_string(&mut body).map_err(failed)?;
        Ok((answer.status().as_u16(), body))
    }

    /// Reads a JSON document of its API.
    pub fn json(&self, path: &str) -> Result<Json, DaemonError> {
        let (status, body) = self.read(path)?;
        match status {
            200 => serde_json::from_str(&body).map_err(failed),
            other => Err(DaemonError(format!("{path} answered {other}: {body}"))),
        }
    }

    /// Posts bytes with its token: status code and JSON answer.
    pub fn post(&self, path: &str, media_type: &str, body: &[u8]) -> Result<(u16, Json), DaemonError> {
        self.post_with(&self.token()?, path, media_type, body)
    }

    /// The same with another token.
    pub fn post_with(
        &self,
        token: &str,
        path: &str,
        media_type: &str,
        body: &[u8],
    ) -> Result<(u16, Json), DaemonError> {
        let request = agent().post(format!("{}{path}", self.http())).header("Content-Type", media_type);
        let request = request.header("Authorization", format!("Bearer {token}"));
        let mut answer = request.header("Accept-Language", "en").send(body).map_err(failed)?;
        let text = answer.body_mut().read_to_string().map_err(failed)?;
        Ok((answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Json::String(text))))
    }

    /// Sends a form as a browser does, and follows nowhere: status code, headers `set-cookie` and `location`, page.
    pub fn send_form(
        &self,
        path: &str,
        cookie: &str,
        pairs: &[(&str, &str)],
    ) -> Result<(u16, [String; 2], String), DaemonError> {
        let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let body: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let request = agent().post(format!("{}{path}", self.http())).config().max_redirects(0).build();
        let request =
            request.header("Content-Type", "application/x-www-form-urlencoded").header("Cookie", cookie);
        let mut answer = request.send(body.join("&")).map_err(failed)?;
        let header = |name: &str| {
            let value = answer.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let headers = [header("set-cookie"), header("location")];
        let page = answer.body_mut().read_to_string().map_err(failed)?;
        Ok((answer.status().as_u16(), headers, page))
    }

    /// Reads a page with a cookie.
    pub fn page(&self, path: &str, cookie: &str) -> Result<(u16, String), DaemonError> {
        let request = agent().get(format!("{}{path}", self.http())).config().max_redirects(0).build();
        let mut answer = request.header("Cookie", cookie).call().map_err(failed)?;
        let page = answer.body_mut().read_to_string().map_err(failed)?;
        Ok((answer.status().as_u16(), page))
    }

    /// How it is doing.
    pub fn status(&self) -> Result<Json, DaemonError> {
        match self.prefix.is_empty() {
            true => self.json("/api/v1/status"),
            false => self.does(&["status"]),
        }
    }

    /// The fingerprints that are equal exactly where the heads are.
    pub fn fingerprints(&self) -> Result<(Json, Json), DaemonError> {
        let status = self.status()?;
        Ok((status["trust_root"].clone(), status["buckets"].clone()))
    }

    /// How often it refused (or held back) something for this reason.
    pub fn refused(&self, code: &str) -> Result<u64, DaemonError> {
        Ok(self.status()?["refused"][code].as_u64().unwrap_or(0))
    }

    /// Ends it as an operator does, and answers how long it took.
    pub fn stop(&mut self) -> Result<Duration, DaemonError> {
        let Some(mut process) = self.process.take() else { return Ok(Duration::ZERO) };
        let began = Instant::now();
        let pid = process.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().map_err(failed)?;
        if !told.success() {
            return Err(failed("the signal could not be sent"));
        }
        let ended = until("the daemon ends", || process.try_wait().ok().flatten())?;
        match ended.success() {
            true => Ok(began.elapsed()),
            false => Err(DaemonError(format!("it ended with {ended}: {}", self.log()))),
        }
    }

    /// Ends it at once, as a power failure of the machine's owner does (SIGKILL).
    pub fn kill(&mut self) -> Result<(), DaemonError> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        process.kill().map_err(failed)?;
        process.wait().map(drop).map_err(failed)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

fn agent() -> ureq::Agent {
    let config =
        ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).proxy(None);
    config.build().new_agent()
}

/// Several nodes of one network in one temporary folder.
#[derive(Debug)]
pub struct Federation {
    root: TempDir,
    network: String,
    /// The nodes, by the order they were founded in.
    pub nodes: Vec<Daemon>,
}

impl Federation {
    /// Makes nodes of the network `allmende-test`; names of one label are relays and anchors. None runs yet.
    pub fn found(publishers: &[&str]) -> Result<Federation, DaemonError> {
        Federation::found_as("allmende-test", publishers)
    }

    /// The same with another name of the network.
    pub fn found_as(network: &str, publishers: &[&str]) -> Result<Federation, DaemonError> {
        let root = tempfile::tempdir().map_err(failed)?;
        let mut federation = Federation { root, network: network.to_owned(), nodes: Vec::new() };
        let mut anchors = Vec::new();
        for publisher in publishers {
            let made = federation.make(publisher, &[])?;
            if !publisher.contains('.') {
                anchors.push(format!("{publisher}={}", made["public_key"].as_str().unwrap_or_default()));
            }
        }
        let arguments: Vec<&str> = anchors.iter().flat_map(|anchor| ["--anchor", anchor]).collect();
        let first = federation.nodes.first().ok_or_else(|| failed("a federation has nodes"))?;
        let document = first.does(&[["network", "new", network].as_slice(), &arguments].concat())?;
        let file = federation.document();
        std::fs::write(&file, document["document"].as_str().unwrap_or_default()).map_err(failed)?;
        for node in &federation.nodes {
            node.does(&["network", "set", &file.display().to_string()])?;
        }
        Ok(federation)
    }

    /// Makes one more node of the network, long after the others; it does not run yet.
    pub fn join(&mut self, publisher: &str) -> Result<(), DaemonError> {
        let document = self.document().display().to_string();
        self.make(publisher, &["--network", &document]).map(drop)
    }

    fn make(&mut self, publisher: &str, more: &[&str]) -> Result<Json, DaemonError> {
        let node = Daemon::at(&self.root.path().join(publisher));
        let role = if publisher.contains('.') { "municipality" } else { "relay" };
        let arguments = ["init", "--publisher", publisher, "--name", publisher, "--role", role];
        let made = node.does(&[arguments.as_slice(), more].concat())?;
        self.nodes.push(node);
        Ok(made)
    }

    /// The name of the network.
    pub fn network(&self) -> &str {
        &self.network
    }

    /// Writes a file of the test's own, such as a draft; the answer is its path.
    pub fn file(&self, name: &str, contents: &[u8]) -> Result<PathBuf, DaemonError> {
        let file = self.root.path().join(name);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        std::fs::write(&file, contents).map_err(failed)?;
        Ok(file)
    }

    /// Publishes a draft at a node by the command line; the answer is `{publisher, record, version, id}`.
    pub fn publish(&self, publisher: &str, draft: &str) -> Result<Json, DaemonError> {
        let file = self.file(&format!("{publisher}.draft.toml"), draft.as_bytes())?;
        let published = self.node(publisher)?.does(&["publish", &file.display().to_string()])?;
        Ok(published[0].clone())
    }

    /// The network document as a file.
    pub fn document(&self) -> PathBuf {
        self.root.path().join("network.toml")
    }

    /// A folder for a test's own files.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// The node of a publisher.
    pub fn node(&self, publisher: &str) -> Result<&Daemon, DaemonError> {
        let mut nodes = self.nodes.iter();
        nodes
            .find(|node| node.folder.ends_with(publisher))
            .ok_or_else(|| DaemonError(format!("no node {publisher}")))
    }

    /// The node of a publisher, to be started or stopped.
    pub fn node_mut(&mut self, publisher: &str) -> Result<&mut Daemon, DaemonError> {
        let mut nodes = self.nodes.iter_mut();
        nodes
            .find(|node| node.folder.ends_with(publisher))
            .ok_or_else(|| DaemonError(format!("no node {publisher}")))
    }

    /// Starts one node: relays listen, again where they listened before; everyone dials the other relays.
    pub fn start(&mut self, publisher: &str) -> Result<(), DaemonError> {
        let others = self.nodes.iter().filter(|node| !node.folder.ends_with(publisher));
        let relays: Vec<String> = others.map(|node| node.address().to_owned()).collect();
        let mut arguments = Vec::new();
        for relay in relays.iter().filter(|relay| !relay.is_empty()) {
            arguments.extend(["--peer", relay]);
        }
        let before = self.node(publisher)?.address().to_owned();
        if !publisher.contains('.') {
            let place = before.split("/p2p/").next().filter(|place| !place.is_empty());
            arguments.extend(["--listen", place.unwrap_or("/ip4/127.0.0.1/tcp/0")]);
        }
        self.node_mut(publisher)?.start(&arguments)
    }

    /// Starts all nodes and has every town attested by its Land.
    pub fn start_all(&mut self) -> Result<(), DaemonError> {
        for at in 0..self.nodes.len() {
            let Some(publisher) = self.nodes.get(at).and_then(name) else { continue };
            self.start(&publisher)?;
        }
        for publisher in self.nodes.iter().filter_map(name).collect::<Vec<_>>() {
            self.attest(&publisher)?;
        }
        self.until_equal()
    }

    /// Has a town attested by its Land, by request and code, and waits until it knows.
    pub fn attest(&self, publisher: &str) -> Result<(), DaemonError> {
        let Some((land, _)) = publisher.split_once('.') else { return Ok(()) };
        let town = self.node(publisher)?;
        let asked = town.does(&["request"])?;
        let word = |field: &str| asked[field].as_str().unwrap_or_default().to_owned();
        self.node(land)?.does(&["attest", &word("request"), "--code", &word("code")])?;
        until(&format!("{publisher} is attested"), || {
            town.status().ok().filter(|status| status["attested"] == true).map(drop)
        })
    }

    /// Waits until all running nodes hold the same heads.
    pub fn until_equal(&self) -> Result<(), DaemonError> {
        let running = || self.nodes.iter().filter(|node| node.process.is_some());
        until("all nodes hold the same", || {
            let mut all = Vec::new();
            for node in running() {
                all.push(node.fingerprints().ok()?);
            }
            let first = all.first()?;
            all.iter().all(|one| one == first).then_some(())
        })
    }
}

fn name(node: &Daemon) -> Option<String> {
    node.folder.file_name().and_then(|name| name.to_str()).map(str::to_owned)
}

/// A draft of kind `measure` that passes every check, as TOML.
pub fn draft(title: &str) -> String {
    format!(
        "kind = \"measure\"\ntitle = \"{title}\"\nsummary = \"{title} in kurz\"\naction_fields = [\"administration\"]\n\
         area = [\"16\"]\nmeasure_type = [\"process\"]\nchallenge = \"Viel Arbeit\"\napproach = \"Gemeinsam\"\n\
         phase = \"idea\"\nevidence_level = \"claimed\"\n"
    )
}
