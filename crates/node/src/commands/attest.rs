//! `allmende request` and `allmende attest`: how a municipality becomes known, in two minutes by phone.

use crate::attesting::vouch;
use crate::commands::Call;
use crate::commands::signing::Signing;
use crate::commands::told;
use crate::config::Config;
use crate::keeper::now;
use crate::office::compared;
use crate::publishing::Saying;
use crate::request::Request;
use anyhow::Context as _;
use serde_json::Value as Json;
use std::path::Path;

/// Prints the request of this node. It needs no running daemon.
pub(crate) fn request(call: &Call) -> anyhow::Result<()> {
    let config = Config::load(&call.folder.config())?;
    let key = call.folder.read_key()?;
    let request = Request::of(&config.node, key.public())?;
    let (text, code) = (request.write(&key), request.code());
    // What the other side would refuse is told here, where it can be mended.
    Request::read(&text).with_context(|| {
        format!("no request can be made of the configuration {}", call.folder.config().display())
    })?;
    call.print(&serde_json::json!({ "request": text, "code": code }), || {
        let send = call.say(
            "Senden Sie diesen Text an Ihr Land oder Ihren Verband (E-Mail genügt):",
            "Send this text to your Land or association (mail will do):",
        );
        let read = call.say(
            "Und lesen Sie am Telefon diesen Code vor; er muss dort derselbe sein:",
            "And read out this code by phone; it has to be the same there:",
        );
        format!("{send}\n\n{text}\n\n{read} {code}")
    });
    Ok(())
}

/// Whom to vouch for.
#[derive(Debug, clap::Args)]
pub(crate) struct Attest {
    /// The request's text, or a file that holds it.
    request: String,
    /// The code that the municipality read out by phone.
    #[arg(long)]
    code: Option<String>,
    /// Let the subject vouch for names below its own. Who may do so already keeps that right.
    #[arg(long)]
    may_attest: bool,
    #[command(flatten)]
    signing: Signing,
}

impl Attest {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        let text = text_of(&self.request)?;
        let request = Request::read(&text)?;
        let code = code_of(call, &text, self.code.clone())?;
        let published = match &self.signing.out {
            None => {
                let body =
                    serde_json::json!({ "request": text, "code": code, "may_attest": self.may_attest });
                call.client()?.post("/api/v1/attestations", &body)?
            }
            Some(_) => self.offline(call, &text, &code)?,
        };
        call.print(&published, || {
            let done = match &self.signing.out {
                None => call.say("Beglaubigt:", "Attested:"),
                Some(_) => call.say("Beglaubigung unterschrieben für", "Attestation signed for"),
            };
            format!("{done} {} ({}).{}", request.name, request.publisher, self.signing.hint(call))
        });
        Ok(())
    }

    fn offline(&self, call: &Call, text: &str, code: &str) -> anyhow::Result<Json> {
        let request = compared(text, code).map_err(|error| told(call, error))?;
        let mut offline = self.signing.open(call)?;
        let said = vouch(offline.publisher().name(), &offline.trust(), &request, self.may_attest, now());
        let said = said.map_err(|error| told(call, error))?;
        let written = self.signing.write(call, &mut offline, vec![Saying::attestation(&said)])?;
        Ok(written.into_iter().next().unwrap_or_default())
    }
}

/// A request's text, or what the file of this name holds.
pub(crate) fn text_of(request: &str) -> anyhow::Result<String> {
    match Path::new(request).is_file() {
        true => std::fs::read_to_string(request).with_context(|| format!("{request} cannot be read")),
        false => Ok(request.to_owned()),
    }
}

/// The code that was given, or else the one that a person at the terminal has compared.
pub(crate) fn code_of(call: &Call, text: &str, given: Option<String>) -> anyhow::Result<String> {
    match given {
        Some(code) => Ok(code),
        None => confirmed(call, &Request::read(text)?),
    }
}

/// Without `--code` a person has to compare: the code is shown, and a yes is needed.
fn confirmed(call: &Call, request: &Request) -> anyhow::Result<String> {
    use std::io::IsTerminal as _;
    let code = request.code();
    if !std::io::stdin().is_terminal() {
        anyhow::bail!(
            "{}",
            call.say(
                "Der am Telefon vorgelesene Code fehlt: geben Sie ihn mit --code an.",
                "The code read out by phone is missing: give it with --code.",
            )
        );
    }
    eprintln!("{} ({}): {code}", request.name, request.publisher);
    eprint!(
        "{} ",
        call.say("Ist das der vorgelesene Code? (ja/nein)", "Is this the code that was read out? (yes/no)")
    );
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    match line.trim() {
        "ja" | "yes" | "j" | "y" => Ok(code),
        _ => anyhow::bail!("{}", call.say("Nicht beglaubigt.", "Not attested.")),
    }
}
