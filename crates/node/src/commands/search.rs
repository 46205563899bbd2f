//! `allmende search` and `allmende show`: reading, as on the page.

use crate::commands::Call;
use crate::commands::text;
use serde_json::Value as Json;

/// What to look for.
#[derive(Debug, clap::Args)]
pub(crate) struct Search {
    /// The words, as on the page.
    query: String,
    /// Only this kind, such as measure or solution.
    #[arg(long)]
    kind: Option<String>,
    /// Only this action field, such as mobility.
    #[arg(long)]
    field: Option<String>,
    /// Only this Land, such as th.
    #[arg(long)]
    land: Option<String>,
    /// How many.
    #[arg(long, default_value_t = 20)]
    limit: usize,
}

impl Search {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        let mut path = format!("/api/v1/records?q={}&limit={}", encoded(&self.query), self.limit);
        for (name, value) in [("kind", &self.kind), ("field", &self.field), ("land", &self.land)] {
            if let Some(value) = value {
                path.push_str(&format!("&{name}={}", encoded(value)));
            }
        }
        let found = call.client()?.read(&path)?;
        call.print(&found, || {
            let total = found.get("total").and_then(Json::as_u64).unwrap_or_default();
            let mut lines = format!("{total} {}\n", call.say("Treffer", "found"));
            for hit in found.get("hits").and_then(Json::as_array).into_iter().flatten() {
                lines.push_str(&format!(
                    "\n{}\n  {}/{}\n  {}\n",
                    text(hit, "title"),
                    text(hit, "publisher"),
                    text(hit, "record"),
                    text(hit, "summary"),
                ));
            }
            lines
        });
        Ok(())
    }
}

/// A record to show.
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// PUBLISHER/RECORD.
    record: String,
}

impl Show {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        let record = call.client()?.read(&format!("/api/v1/records/{}", self.record))?;
        call.print(&record, || serde_json::to_string_pretty(&record).unwrap_or_default());
        Ok(())
    }
}

/// Percent-encodes everything but letters, digits and a few signs (RFC 3986, section 2.3).
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte))
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}
