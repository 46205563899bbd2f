//! How refusals are answered: a stable code, and a sentence in German and in English.

use crate::attesting::VouchError;
use crate::publishing::Refusal;
use crate::shelf::ReadError;
use web::port::PortError;

pub(crate) fn broken(error: &dyn std::fmt::Display) -> PortError {
    PortError::Broken(error.to_string())
}

pub(crate) fn refused(code: &str, de: String, en: String) -> PortError {
    PortError::Refused { code: code.to_owned(), de, en, findings: Vec::new() }
}

impl From<Refusal> for PortError {
    fn from(refusal: Refusal) -> PortError {
        let en = refusal.to_string();
        let de = match &refusal {
            Refusal::NotAttested(name) => format!(
                "Der Schlüssel dieses Knotens ist für {name} noch nicht beglaubigt. Rufen Sie „allmende request“ auf, \
                 senden Sie den Text an Ihr Land oder Ihren Verband und lesen Sie den Code am Telefon vor."
            ),
            Refusal::GivenUp(name) => format!(
                "Die Schlüssel, die dieser Knoten für {name} hat, sind abgelaufen oder aufgegeben. Rufen Sie „allmende rotate“ \
                 auf, senden Sie den Text an die Stelle, die Sie beglaubigt, und lesen Sie den Code am Telefon vor; danach \
                 bringt „allmende republish“ zurück, was nicht mehr gilt."
            ),
            Refusal::Behind { name, epoch, newest } => format!(
                "Dieser Knoten unterschreibt in Epoche {epoch}; {name} ist aber schon bei Epoche {newest}, mit einem Schlüssel, \
                 der hier nicht liegt. Holen Sie die neueste key.pem aus der Sicherung, oder wechseln Sie dort, wo sie liegt."
            ),
            Refusal::NoAnchor(name) => format!(
                "{name} ist kein Anker: Schlüssel gibt die Stelle auf, die {name} beglaubigt, mit „allmende revoke {name} \
                 --floor“. Lassen Sie --floor weg."
            ),
            Refusal::LastEpoch(name) => format!(
                "Nach der neuesten Epoche von {name} kann keine weitere kommen; die Zählung ist zu Ende."
            ),
            Refusal::Conflict { standing, expected } => format!(
                "Inzwischen gilt Version {standing} des Eintrags; der Entwurf beruht auf Version {expected}. \
                 Bitte laden Sie den Eintrag neu."
            ),
            Refusal::NoRecord(record) => {
                format!("Einen Eintrag {record} gibt es hier nicht.")
            }
            Refusal::Erased(record) => format!(
                "Der Eintrag {record} wurde hier gelöscht und wird ferngehalten. Heben Sie das zuerst mit „allmende erase \
                 --lift“ auf, oder veröffentlichen Sie ihn als neuen Eintrag."
            ),
            Refusal::Kind(kind) => {
                format!(
                    "Der Eintrag hat die Art {kind}; sie ändert sich nicht. Ohne „record“ entsteht ein neuer Eintrag."
                )
            }
            Refusal::Seal(error) => format!("Der Eintrag lässt sich so nicht unterschreiben: {error}"),
            Refusal::Refused(why) => format!("Der Eintrag wird nicht angenommen ({}): {why}", why.code()),
            Refusal::Locked => "Vor der ersten Unterschrift nach einem Start wird ein anderer Knoten gefragt, ob er neuere \
                 Einträge dieser Stelle kennt; noch ist keiner erreichbar. „allmende peers“ zeigt die Verbindungen. Ist dieser \
                 Ordner sicher der neueste Stand, starten Sie den Knoten mit --offline."
                .to_owned(),
            Refusal::Keep(_) | Refusal::Disk(_) | Refusal::Dice(_) | Refusal::Stopping => String::new(),
        };
        match refusal {
            Refusal::Stopping => PortError::Unavailable("the node is stopping".to_owned()),
            Refusal::Keep(replica::keeper::KeepError::Full(_)) | Refusal::Disk(_) => {
                PortError::Unavailable(en)
            }
            Refusal::Keep(_) | Refusal::Dice(_) => PortError::Broken(en),
            _ => refused(refusal.code(), de, en),
        }
    }
}

impl From<VouchError> for PortError {
    fn from(error: VouchError) -> PortError {
        let en = error.to_string();
        let (code, de) = match error {
            VouchError::NotBelow { own, subject } => (
                "attestation-prefix",
                format!(
                    "{own} kann {subject} nicht beglaubigen: das kann nur eine Stelle, deren Name darüber steht."
                ),
            ),
            VouchError::LastEpoch(subject) => (
                "attestation-epoch",
                format!(
                    "Nach der neuesten Epoche von {subject} kann keine weitere kommen; die Zählung ist zu Ende."
                ),
            ),
            VouchError::GivenUp { subject, epoch } => (
                "keys-given-up",
                format!(
                    "Dieser Antrag nennt einen Schlüssel von {subject}, der aufgegeben oder abgelaufen ist (Epoche {epoch}). \
                     Lassen Sie dort mit „allmende rotate“ einen neuen Schlüssel anlegen und sich dessen Antrag senden."
                ),
            ),
            VouchError::Outranked { attester, subject, epoch } => (
                "attester-outranked",
                format!(
                    "Für Epoche {epoch} von {subject} bürgt {attester}, und der kürzere Name zählt. Bitten Sie {attester}, \
                     das zu ändern."
                ),
            ),
            VouchError::Unknown(subject) => (
                "not-found",
                format!(
                    "{subject} ist von niemandem beglaubigt; es gibt nichts zu widerrufen. Die Seite „Wer ist dabei“ nennt \
                     alle Namen."
                ),
            ),
            VouchError::Ended(subject) => (
                "keys-ended",
                format!(
                    "Die Schlüssel von {subject} sind schon abgelaufen oder aufgegeben. Damit die Stelle wieder \
                     veröffentlichen kann, beglaubigen Sie einen Antrag mit neuem Schlüssel."
                ),
            ),
            VouchError::NoRight(subject) => (
                "may-not-attest",
                format!("{subject} hat kein Recht, andere zu beglaubigen, das entzogen werden könnte."),
            ),
            VouchError::Other { subject, asks } => (
                "request-subject",
                format!(
                    "Der Antrag ist von {asks}, nicht von {subject}. Nennen Sie die Stelle, von der der Antrag ist."
                ),
            ),
            VouchError::Anchor(name) => (
                "anchor",
                format!(
                    "{name} ist ein Anker und hat niemanden über sich: ihn kann niemand widerrufen. Sein eigener Knoten geht mit \
                     „allmende rotate“ zu einem neuen Schlüssel über und gibt mit „allmende rotate --floor“ auf, was vorher \
                     unterschrieben wurde."
                ),
            ),
        };
        refused(code, de, en)
    }
}

impl From<ReadError> for PortError {
    fn from(error: ReadError) -> PortError {
        broken(&error)
    }
}
