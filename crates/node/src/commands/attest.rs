//! `allmende request` and `allmende attest`: how a municipality becomes known, in two minutes by phone.

use crate::commands::Call;
use crate::config::Config;
use crate::request::Request;
use anyhow::Context as _;
use std::path::Path;

/// Prints the request of this node. It needs no running daemon.
pub(crate) fn request(call: &Call) -> anyhow::Result<()> {
    let config = Config::load(&call.folder.config())?;
    let key = call.folder.read_key()?;
    let request = Request {
        publisher: config.publisher(),
        name: config.node.name.clone(),
        org_type: config.node.org_type.clone(),
        ars: config.ars().and_then(Result::ok),
        key: key.public(),
    };
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
}

impl Attest {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        let text = match Path::new(&self.request).is_file() {
            true => std::fs::read_to_string(&self.request)
                .with_context(|| format!("{} cannot be read", self.request))?,
            false => self.request.clone(),
        };
        let request = Request::read(&text)?;
        let code = match self.code {
            Some(code) => code,
            None => confirmed(call, &request)?,
        };
        let body = serde_json::json!({ "request": text, "code": code, "may_attest": self.may_attest });
        let published = call.client()?.post("/api/v1/attestations", &body)?;
        call.print(&published, || {
            format!("{} {} ({}).", call.say("Beglaubigt:", "Attested:"), request.name, request.publisher)
        });
        Ok(())
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
