//! The passphrase under which keys are sealed: from a file, or from the terminal without showing it.

use crate::commands::Call;
use anyhow::Context as _;
use anyhow::bail;
use rustix::termios::LocalModes;
use rustix::termios::OptionalActions;
use rustix::termios::tcgetattr;
use rustix::termios::tcsetattr;
use std::io::BufRead as _;
use std::io::IsTerminal as _;
use std::path::PathBuf;

/// Where the passphrase comes from.
#[derive(Debug, clap::Args)]
pub(crate) struct Passphrase {
    /// A file whose first line is the passphrase of the keys; without it the terminal is asked.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Passphrase {
    /// A passphrase of at least so many characters; 0 where one is only read again.
    pub(crate) fn ask(&self, call: &Call, chars_min: usize) -> anyhow::Result<String> {
        let passphrase = match &self.passphrase_file {
            Some(file) => {
                let text = std::fs::read_to_string(file)
                    .with_context(|| format!("the passphrase in {} cannot be read", file.display()))?;
                text.lines().next().unwrap_or_default().to_owned()
            }
            None if std::io::stdin().is_terminal() => {
                let passphrase = hidden(call.say("Passphrase der Schlüssel: ", "Passphrase of the keys: "))?;
                let twice = chars_min > 0;
                if twice && hidden(call.say("Noch einmal: ", "Once more: "))? != passphrase {
                    bail!("{}", call.say("Die beiden Eingaben sind verschieden.", "The two differ."));
                }
                passphrase
            }
            None => bail!(
                "{}",
                call.say(
                    "Nennen Sie mit --passphrase-file eine Datei, deren erste Zeile die Passphrase ist.",
                    "Name a file whose first line is the passphrase with --passphrase-file."
                )
            ),
        };
        if passphrase.chars().count() < chars_min {
            bail!(
                "{} {chars_min}",
                call.say(
                    "Die Passphrase ist zu kurz; Zeichen mindestens:",
                    "The passphrase is too short; characters at least:"
                )
            );
        }
        Ok(passphrase)
    }
}

/// Asks without showing what is typed.
fn hidden(question: &str) -> anyhow::Result<String> {
    eprint!("{question}");
    let stdin = std::io::stdin();
    let shown = tcgetattr(&stdin).context("the terminal cannot be asked")?;
    let mut silent = shown.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Flush, &silent).context("the terminal cannot be asked")?;
    let mut line = String::new();
    let read = stdin.lock().read_line(&mut line);
    let restored = tcsetattr(&stdin, OptionalActions::Flush, &shown);
    eprintln!();
    read.context("the terminal cannot be read")?;
    restored.context("the terminal could not be put back")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
