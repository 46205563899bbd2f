//! `allmende new`: a commented draft to fill in.

use crate::commands::Call;
use anyhow::Context as _;
use anyhow::bail;
use exchange::template::template;
use record::kind;
use std::io::Write as _;
use std::path::PathBuf;

/// What to write about.
#[derive(Debug, clap::Args)]
pub(crate) struct New {
    /// The kind of record, such as measure or adoption.
    kind: String,
    /// Where to write the draft; KIND.toml in this folder unless said otherwise, - for standard output.
    file: Option<PathBuf>,
}

impl New {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        let Some(kind) = kind::kind(&self.kind).filter(|kind| !kind.protocol) else {
            let known: Vec<String> = kind::kinds()
                .iter()
                .filter(|kind| !kind.protocol)
                .map(|kind| format!("{} ({})", kind.name, kind.label.say(call.lang)))
                .collect();
            bail!(
                "„{}“ {}: {}",
                self.kind,
                call.say("ist keine Art von Eintrag; es gibt", "is no kind of record; there are"),
                known.join(", ")
            );
        };
        let text = template(kind, call.lang);
        let file = self.file.unwrap_or_else(|| PathBuf::from(format!("{}.toml", kind.name)));
        if file.as_os_str() == "-" {
            print!("{text}");
            return Ok(());
        }
        let made = std::fs::OpenOptions::new().write(true).create_new(true).open(&file);
        let mut made = match made {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => bail!(
                "{} {}",
                file.display(),
                call.say(
                    "gibt es schon; nennen Sie eine andere Datei, damit nichts überschrieben wird",
                    "is there already; name another file, so that nothing is overwritten"
                )
            ),
            made => made.with_context(|| format!("{} cannot be written", file.display()))?,
        };
        made.write_all(text.as_bytes()).with_context(|| format!("{} cannot be written", file.display()))?;
        let shown = file.display().to_string();
        call.print(&serde_json::json!({ "kind": kind.name, "file": shown }), || {
            let then = call.say(
                "Füllen Sie die Datei aus; dann prüfen Sie mit „allmende publish --check“.",
                "Fill the file in, then check it with `allmende publish --check`.",
            );
            format!("{shown}\n{then}")
        });
        Ok(())
    }
}
