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
            Token::Add { name } => {
                let token = tokens::add(&call.folder, &name, now())?;
                call.print(&serde_json::json!({ "name": name, "token": token }), || {
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
                    .map(|(name, kept)| serde_json::json!({ "name": name, "created": kept.created }))
                    .collect();
                call.print(&serde_json::Value::Array(list), || {
                    let lines: Vec<_> =
                        all.iter().map(|(name, kept)| format!("{name}  ({})", kept.created)).collect();
                    lines.join("\n")
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
