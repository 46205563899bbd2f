//! The independent peer in JavaScript: js-libp2p, installed once, driven line by line.

use crate::stamp::InstallError;
use crate::stamp::once;
use crate::stamp::run;
use crate::stamp::text;
use crate::stamp::workspace;
use serde_json::Value as Json;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::ChildStdin;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc::Receiver;
use std::time::Duration;
use std::time::Instant;

const NEEDED: &str = "Node.js 20 or newer with npm";

/// How long a started peer may live, in seconds; it ends by itself after that.
const LIFE_SECONDS_MAX: u64 = 300;

/// A running peer. It ends when it is dropped.
#[derive(Debug)]
pub struct JsPeer {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    seen: Vec<Json>,
}

/// Why a peer did not do what was asked of it.
#[derive(Debug, thiserror::Error)]
pub enum JsPeerError {
    /// It is not installed.
    #[error(transparent)]
    Install(#[from] InstallError),
    /// It could not be started or spoken to.
    #[error("the JavaScript peer cannot be reached: {0}")]
    Io(#[from] std::io::Error),
    /// It printed something that is no JSON.
    #[error("the JavaScript peer printed \"{0}\", which is no event")]
    Line(String),
    /// What was waited for did not happen.
    #[error("the JavaScript peer did not say \"{event}\" as hoped {why}; it said:\n{seen}")]
    Silent {
        /// What was waited for.
        event: String,
        /// Whether time ran out or the peer ended.
        why: &'static str,
        /// All it said so far.
        seen: String,
    },
}

/// The folder with the peer's scripts.
pub fn folder() -> PathBuf {
    workspace().join("tests/js-peer")
}

/// Installs the peer's packages as its lock file names them, once.
pub fn install() -> Result<(), InstallError> {
    let node = run(Command::new("node").arg("--version"), NEEDED)?;
    let version = node + &text(&folder().join("package-lock.json"))?;
    once("js-peer", &version, &folder().join("node_modules/.package-lock.json"), || {
        let mut npm = Command::new("npm");
        npm.current_dir(folder()).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        run(&mut npm, NEEDED).map(drop)
    })
}

impl JsPeer {
    /// Starts a peer of the network with further arguments of `peer.mjs`, such as `["--dial", address]`.
    pub fn start(network: &str, arguments: &[&str]) -> Result<JsPeer, JsPeerError> {
        install()?;
        let mut command = Command::new("node");
        command.current_dir(folder()).args(["peer.mjs", "--network", network]).args(arguments);
        if !arguments.contains(&"--seconds") {
            command.args(["--seconds", &LIFE_SECONDS_MAX.to_string()]);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().expect("standard input is piped");
        let output = child.stdout.take().expect("standard output is piped");
        let (sender, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(JsPeer { child, input, lines, seen: Vec::new() })
    }

    /// Waits for the next event of this name that fits; events that come before it are kept in
    /// [`JsPeer::seen`].
    pub fn wait_for(
        &mut self,
        event: &str,
        patience: Duration,
        fits: impl Fn(&Json) -> bool,
    ) -> Result<Json, JsPeerError> {
        let end = Instant::now() + patience;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    let said: Json = serde_json::from_str(&line).map_err(|_| JsPeerError::Line(line))?;
                    self.seen.push(said.clone());
                    if said.get("event").and_then(Json::as_str) == Some(event) && fits(&said) {
                        return Ok(said);
                    }
                }
                Err(error) => {
                    let why = match error {
                        std::sync::mpsc::RecvTimeoutError::Timeout => "in time",
                        std::sync::mpsc::RecvTimeoutError::Disconnected => "before it ended",
                    };
                    let seen = self.seen.iter().map(|said| format!("{said}\n")).collect();
                    return Err(JsPeerError::Silent { event: event.to_owned(), why, seen });
                }
            }
        }
    }

    /// All events up to the last one that was waited for.
    pub fn seen(&self) -> &[Json] {
        &self.seen
    }

    /// Lets it send the bytes of a file to the topic; it then says `sent` or `failed`.
    pub fn send(&mut self, file: &Path) -> Result<(), JsPeerError> {
        writeln!(self.input, "send {}", file.display())?;
        Ok(self.input.flush()?)
    }

    /// Tells it to end and returns everything it said.
    pub fn end(mut self, patience: Duration) -> Result<Vec<Json>, JsPeerError> {
        // It may have ended by itself; then its last words wait in the pipe.
        let _ = writeln!(self.input, "end");
        self.wait_for("ended", patience, |_| true)?;
        Ok(std::mem::take(&mut self.seen))
    }
}

impl Drop for JsPeer {
    fn drop(&mut self) {
        // Both fail only where it ended by itself already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
