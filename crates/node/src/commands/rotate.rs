//! `allmende rotate`: a planned change of keys. Nothing is signed again, and no record changes its name.

use crate::commands::Call;
use crate::commands::signing::Signing;
use crate::commands::text;
use crate::commands::told;
use crate::keeper::now;
use anyhow::Context as _;
use serde_json::Value as Json;

/// How the keys are changed.
#[derive(Debug, clap::Args)]
pub(crate) struct Rotate {
    /// Anchors only, where the key was stolen: what was signed before counts no more until `allmende republish`.
    #[arg(long)]
    floor: bool,
    #[command(flatten)]
    signing: Signing,
}

impl Rotate {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        let rotated = match &self.signing.out {
            None => {
                let body = serde_json::json!({ "floor": self.floor });
                call.client()?.post("/api/v1/rotate", &body)?
            }
            Some(_) => self.offline(call)?,
        };
        call.print(&rotated, || self.follows(call, &rotated));
        Ok(())
    }

    fn offline(&self, call: &Call) -> anyhow::Result<Json> {
        let mut offline = self.signing.open(call)?;
        let link = offline.publisher().link(&offline.trust(), self.floor, now());
        let link = link.map_err(|error| told(call, error))?;
        let next = offline.publisher().keys().next().context("the next key was just made")?;
        let written = self.signing.write(call, &mut offline, vec![link])?;
        offline.follow();
        Ok(serde_json::json!({
            "public_key": next.public().to_string(), "link": written.into_iter().next(),
        }))
    }

    fn follows(&self, call: &Call, rotated: &Json) -> String {
        if rotated.get("request").is_some() {
            let made = call.say(
                "Der neue Schlüssel liegt als key.next.pem bereit. Senden Sie diesen Text an die Stelle, die Sie beglaubigt:",
                "The new key lies ready as key.next.pem. Send this text to the body that attests you:",
            );
            let read = call.say(
                "Und lesen Sie am Telefon diesen Code vor; er muss dort derselbe sein:",
                "And read out this code by phone; it has to be the same there:",
            );
            let then = call.say(
                "Sobald die Beglaubigung hier eintrifft, unterschreibt der Knoten von selbst mit dem neuen Schlüssel. Bis dahin \
                 bleibt alles, wie es ist.",
                "As soon as the attestation arrives here the node signs with the new key by itself. Until then everything \
                 stays as it is.",
            );
            return format!(
                "{made}\n\n{}\n\n{read} {}\n\n{then}",
                text(rotated, "request"),
                text(rotated, "code")
            );
        }
        let done = call.say(
            "Der neue Schlüssel unterschreibt ab jetzt; der alte liegt als key.old-….pem daneben. Sichern Sie key.pem.",
            "The new key signs from now on; the old one lies beside it as key.old-….pem. Back up key.pem.",
        );
        let floor = match self.floor {
            true => call.say(
                "\nWas vorher unterschrieben wurde, gilt nicht mehr, auch nicht die Beglaubigungen. Rufen Sie jetzt \
                 „allmende republish“ auf.",
                "\nWhat was signed before counts no more, nor do the attestations. Run `allmende republish` now.",
            ),
            false => "",
        };
        format!("{done}{floor}{}", self.signing.hint(call))
    }
}
