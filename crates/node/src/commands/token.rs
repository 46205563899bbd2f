//! `allmende token`: who may write over the API.

use crate::commands::Call;
use crate::keeper::now;
use crate::tokens;

/// What can be done with tokens.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Token {
    /// Make a token; it is shown this once only.
    Add {
        /// For whom or what.
        name: String,
        /// What it may do: an editor publishes, an author only writes drafts and notes at the desk.
        #[arg(long, default_value = "editor", value_parser = ["editor", "author"])]
        role: String,
    },
    /// List the names.
    List,
    /// Remove one; it stops working at once.
    Remove {
        /// Its name.
        name: String,
    },
}

impl Token {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        match self {
            Token::Add { name, role } => {
                let role = role.parse().map_err(anyhow::Error::msg)?;
                let token = tokens::add(&call.folder, &name, role, now())?;
                let made = serde_json::json!({ "name": name, "role": role.as_str(), "token": token });
                call.print(&made, || {
                    let once = call.say(
                        "Dieses Token wird nur jetzt gezeigt; bewahren Sie es wie ein Passwort auf:",
                        "This token is shown only now; keep it like a password:",
                    );
                    format!("{once}\n{token}")
                });
            }
            Token::List => {
                let all = tokens::list(&call.folder)?;
                let list: Vec<_> = all
                    .iter()
                    .map(|(name, kept)| serde_json::json!({ "name": name, "role": kept.role, "created": kept.created }))
                    .collect();
                call.print(&serde_json::Value::Array(list), || {
                    let line = |(name, kept): (&String, &tokens::Kept)| {
                        format!("{name}  ({}, {})", kept.role, kept.created)
                    };
                    all.iter().map(line).collect::<Vec<_>>().join("\n")
                });
            }
            Token::Remove { name } => {
                tokens::remove(&call.folder, &name)?;
                call.print(&serde_json::json!({ "name": name }), || {
                    format!("{}: {name}", call.say("Entfernt", "Removed"))
                });
            }
        }
        Ok(())
    }
}
