//! `allmende revoke`: trust is taken back, on the node of who gave it.

use crate::attesting::Loss;
use crate::attesting::Successor;
use crate::attesting::revoke;
use crate::commands::Call;
use crate::commands::attest::code_of;
use crate::commands::attest::text_of;
use crate::commands::signing::Signing;
use crate::commands::told;
use crate::keeper::now;
use crate::keyring::fresh;
use crate::office::compared;
use crate::publishing::Saying;
use record::name::Name;
use serde_json::Value as Json;

/// From whom, and how much.
#[derive(Debug, clap::Args)]
pub(crate) struct Revoke {
    /// The name that trust is taken back from, such as th.jena. Without a flag its keys end now: what was said stays,
    /// nothing new counts.
    subject: Name,
    /// Its key was stolen: everything it said so far falls at once everywhere.
    #[arg(long)]
    floor: bool,
    /// With --floor: the text (or a file with it) that `allmende rotate` printed there, so that its new key signs at
    /// once. Without it nobody signs until you attest such a request.
    #[arg(long, requires = "floor")]
    request: Option<String>,
    /// The code of that request, read out by phone.
    #[arg(long, requires = "request")]
    code: Option<String>,
    /// Take only the right to vouch for others away.
    #[arg(long, conflicts_with = "floor")]
    may_attest: bool,
    #[command(flatten)]
    signing: Signing,
}

impl Revoke {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        let successor = match &self.request {
            None => None,
            Some(request) => {
                let text = text_of(request)?;
                let code = code_of(call, &text, self.code.clone())?;
                Some((text, code))
            }
        };
        let published = match &self.signing.out {
            None => self.by_node(call, successor.as_ref())?,
            Some(_) => self.offline(call, successor.as_ref())?,
        };
        call.print(&published, || self.follows(call, successor.is_some()));
        Ok(())
    }

    fn by_node(&self, call: &Call, successor: Option<&(String, String)>) -> anyhow::Result<Json> {
        let what = match (self.floor, self.may_attest) {
            (true, _) => "everything",
            (_, true) => "may-attest",
            _ => "keys",
        };
        let mut body = serde_json::json!({ "subject": self.subject.to_string(), "what": what });
        if let (Some((request, code)), Some(body)) = (successor, body.as_object_mut()) {
            body.insert("request".to_owned(), request.as_str().into());
            body.insert("code".to_owned(), code.as_str().into());
        }
        call.client()?.post("/api/v1/revoke", &body)
    }

    fn offline(&self, call: &Call, successor: Option<&(String, String)>) -> anyhow::Result<Json> {
        let loss = match (self.floor, self.may_attest, successor) {
            (true, _, Some((request, code))) => {
                let request = compared(request, code).map_err(|error| told(call, error))?;
                Loss::Everything(Successor::Asks(Box::new(request)))
            }
            // The secret half is wiped when this line ends.
            (true, _, None) => Loss::Everything(Successor::Nobody(fresh()?.public())),
            (_, true, _) => Loss::Right,
            _ => Loss::Keys,
        };
        let mut offline = self.signing.open(call)?;
        let said = revoke(offline.publisher().name(), &offline.trust(), &self.subject, &loss, now());
        let said = said.map_err(|error| told(call, error))?;
        let sayings = said.iter().map(Saying::attestation).collect();
        Ok(Json::Array(self.signing.write(call, &mut offline, sayings)?))
    }

    /// What follows for everybody, and what to do next.
    fn follows(&self, call: &Call, asked: bool) -> String {
        let subject = &self.subject;
        let sent = self.signing.hint(call);
        let text = match (self.floor, asked, self.may_attest) {
            (true, true, _) => call.say(
                "Alles, was {x} bisher gesagt hat, gilt nicht mehr; ab jetzt zählt nur der neue Schlüssel.\n\
                 Als Nächstes ruft {x} „allmende republish“ auf: damit stehen die eigenen Einträge und Beglaubigungen wieder, \
                 unter denselben Namen.",
                "Everything that {x} has said so far counts no more; from now on only the new key does.\n\
                 Next, {x} runs `allmende republish`: its own records and attestations stand again, under the same names.",
            ),
            (true, false, _) => call.say(
                "Alles, was {x} bisher gesagt hat, gilt nicht mehr. Die neue Epoche ist versiegelt: niemand hält ihren Schlüssel.\n\
                 Als Nächstes legt {x} mit „allmende rotate“ einen neuen Schlüssel an und sendet Ihnen den Text; Sie rufen \
                 „allmende attest“ auf und lassen sich den Code am Telefon vorlesen; dann ruft {x} „allmende republish“ auf.",
                "Everything that {x} has said so far counts no more. The new epoch is sealed: nobody holds its key.\n\
                 Next, {x} makes a new key with `allmende rotate` and sends you the text; you run `allmende attest` and have \
                 the code read out by phone; then {x} runs `allmende republish`.",
            ),
            (_, _, true) => call.say(
                "{x} darf niemanden mehr beglaubigen und veröffentlicht selbst weiter. Wen {x} beglaubigt hat, der zählt nicht \
                 mehr, bis ihn eine andere Stelle darüber beglaubigt.\n\
                 Als Nächstes beglaubigen Sie diese Stellen selbst: „allmende request“ dort, „allmende attest“ hier.",
                "{x} may vouch for nobody any more and goes on publishing itself. Whoever {x} vouched for counts no more until \
                 another body above attests it.\n\
                 Next, attest those bodies yourself: `allmende request` there, `allmende attest` here.",
            ),
            _ => call.say(
                "Die Schlüssel von {x} enden jetzt. Was damit gesagt wurde, bleibt; Neues zählt nicht mehr.\n\
                 Ist ein Schlüssel in fremden Händen, genügt das nicht, denn damit lässt sich zurückdatieren: rufen Sie dann \
                 „allmende revoke {x} --floor“ auf. Soll {x} weiter veröffentlichen: „allmende rotate“ dort, „allmende attest“ hier.",
                "The keys of {x} end now. What was said with them stays; nothing new counts.\n\
                 If a key is in strange hands this is not enough, because it can date back: run `allmende revoke {x} --floor` \
                 then. If {x} is to go on publishing: `allmende rotate` there, `allmende attest` here.",
            ),
        };
        format!("{}{sent}", text.replace("{x}", subject.as_str()))
    }
}
