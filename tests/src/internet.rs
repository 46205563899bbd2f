//! A small internet on this machine: hosts in network namespaces, and delay, loss, cuts and NAT between them.

use crate::daemon::DaemonError;
use crate::daemon::PATIENCE;
use crate::stamp::workspace;
use serde_json::Value as Json;
use serde_json::json;
use std::fs::File;
use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::process::Child;
use std::process::ChildStdin;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::channel;

/// The way between any two hosts, in one direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// How long a packet is on its way, in milliseconds.
    pub delay_ms: f64,
    /// By how much that varies at most, in milliseconds.
    pub jitter_ms: f64,
    /// The share of packets that never arrive, between 0 and 1.
    pub loss: f64,
}

/// A host: a network namespace of its own.
#[derive(Clone, Debug)]
pub struct Host {
    namespace: String,
    /// Its address, which behind a NAT is private.
    pub address: String,
    /// The address by which the others see it.
    pub outside: String,
}

impl Host {
    /// What stands before a command so that it runs on this host.
    pub fn prefix(&self) -> Vec<String> {
        ["ip", "netns", "exec", &self.namespace].map(str::to_owned).to_vec()
    }

    /// A program that runs on this host; its arguments are still to come.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace, program]);
        command
    }
}

/// Hosts and the switch between them. All of it is gone soon after it is dropped.
#[derive(Debug)]
pub struct Internet {
    switch: Child,
    input: Option<ChildStdin>,
    answers: Receiver<String>,
}

/// A program of the folder `tests/python` that needs nothing but Python itself.
pub fn script(name: &str) -> PathBuf {
    workspace().join("tests/python").join(name)
}

impl Internet {
    /// Why there can be none on this machine; `None` where there can.
    pub fn missing() -> Option<&'static str> {
        let runs = |program: &str, arguments: &[&str]| {
            let mut command = Command::new(program);
            let done =
                command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            done.status().is_ok_and(|status| status.success())
        };
        if !std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
            return Some("only root may make network namespaces");
        }
        if File::options().read(true).write(true).open("/dev/net/tun").is_err() {
            return Some("/dev/net/tun cannot be opened");
        }
        if !runs("ip", &["-Version"]) {
            return Some("the command ip is missing (package iproute2)");
        }
        if !runs("unshare", &["--net", "true"]) {
            return Some("this machine does not let us make network namespaces");
        }
        (!runs("python3", &["--version"])).then_some("python3 is missing")
    }

    /// An internet without a host.
    pub fn build(line: Line) -> Result<Internet, DaemonError> {
        let mut command = Command::new("python3");
        command.env("PYTHONDONTWRITEBYTECODE", "1").arg(script("internet.py"));
        let mut switch = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
        let input = switch.stdin.take();
        let output = switch.stdout.take().ok_or_else(|| failed("the switch has no output"))?;
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut internet = Internet { switch, input, answers };
        internet.stretch(line)?;
        Ok(internet)
    }

    /// Makes all lines like this one.
    pub fn stretch(&mut self, line: Line) -> Result<(), DaemonError> {
        let Line { delay_ms, jitter_ms, loss } = line;
        self.tell(json!({ "do": "line", "delay_ms": delay_ms, "jitter_ms": jitter_ms, "loss": loss }))
            .map(drop)
    }

    /// A new host that all can reach.
    pub fn host(&mut self, name: &str) -> Result<Host, DaemonError> {
        self.settle(json!({ "do": "host", "name": name }))
    }

    /// A new host behind a NAT: it reaches others, and they cannot reach it by themselves.
    pub fn host_behind(&mut self, nat: &str, name: &str) -> Result<Host, DaemonError> {
        self.settle(json!({ "do": "host", "name": name, "behind": nat }))
    }

    /// Only hosts of the same group reach each other from now on; who is in none reaches nobody.
    pub fn split(&mut self, groups: &[Vec<&str>]) -> Result<(), DaemonError> {
        self.tell(json!({ "do": "split", "groups": groups })).map(drop)
    }

    /// All reach each other again.
    pub fn heal(&mut self) -> Result<(), DaemonError> {
        self.tell(json!({ "do": "heal" })).map(drop)
    }

    /// Packets by what became of them: `{carried, lost, cut, kept_out, astray, overflow}`.
    pub fn counts(&mut self) -> Result<Json, DaemonError> {
        self.tell(json!({ "do": "counts" }))
    }

    /// The process of the switch.
    pub fn pid(&self) -> u32 {
        self.switch.id()
    }

    fn settle(&mut self, command: Json) -> Result<Host, DaemonError> {
        let made = self.tell(command)?;
        let word = |field: &str| made.get(field).and_then(Json::as_str).unwrap_or_default().to_owned();
        Ok(Host { namespace: word("namespace"), address: word("address"), outside: word("outside") })
    }

    fn tell(&mut self, command: Json) -> Result<Json, DaemonError> {
        let input = self.input.as_mut().ok_or_else(|| failed("the switch has no input"))?;
        writeln!(input, "{command}").map_err(failed)?;
        let line = self
            .answers
            .recv_timeout(PATIENCE)
            .map_err(|error| failed(format!("the switch does not answer: {error}")))?;
        let mut said: Json = serde_json::from_str(&line).map_err(failed)?;
        match said.get_mut("ok") {
            Some(answer) => Ok(answer.take()),
            None => Err(failed(format!("the switch was told {command} and answered {said}"))),
        }
    }
}

impl Drop for Internet {
    fn drop(&mut self) {
        // The end of its input is what it ends by, bounded in time; nobody reads its exit code.
        drop(self.input.take());
        let _ = self.switch.wait();
    }
}

fn failed(error: impl std::fmt::Display) -> DaemonError {
    DaemonError::new(error.to_string())
}
