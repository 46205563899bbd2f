//! What went wrong, in both languages, with a stable code; shown as a page or as problem details (RFC 9457).

use crate::cabinet::CabinetError;
use crate::port::PortError;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use record::kind::Finding;
use record::kind::Words;

/// One thing that went wrong. Its response is empty until `guard::answer` writes it out in the
/// reader's language and form.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    /// Stable, for programs.
    pub(crate) code: String,
    pub(crate) detail: Words,
    pub(crate) findings: Vec<Finding>,
    /// When asking again makes sense, in seconds.
    pub(crate) retry_after_seconds: Option<u64>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &str, de: &str, en: &str) -> Problem {
        let detail = Words { de: de.to_owned(), en: en.to_owned() };
        let later = matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
        Problem {
            status,
            code: code.to_owned(),
            detail,
            findings: Vec::new(),
            retry_after_seconds: later.then_some(1),
        }
    }

    /// The request itself is wrong; `why` is the sentence of the type that could not be read.
    pub(crate) fn unreadable(code: &str, why: &dyn std::fmt::Display) -> Problem {
        Problem::new(
            StatusCode::BAD_REQUEST,
            code,
            &format!("Die Anfrage ist so nicht lesbar: {why}"),
            &format!("The request cannot be read: {why}"),
        )
    }

    pub(crate) fn no_page() -> Problem {
        Problem::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "Diese Seite gibt es nicht. Vielleicht ist die Adresse unvollständig.",
            "There is no such page. Perhaps the address is incomplete.",
        )
    }

    pub(crate) fn no_record() -> Problem {
        Problem::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "Diesen Eintrag kennt dieser Knoten nicht. Vielleicht ist er noch nicht angekommen.",
            "This node does not know this record. Perhaps it has not arrived yet.",
        )
    }

    /// The operator erased the record here; the reason is in the operator's own words.
    pub(crate) fn erased(reason: &str) -> Problem {
        Problem::new(
            StatusCode::GONE,
            "erased",
            &format!("Dieser Eintrag wurde auf diesem Knoten gelöscht. Als Grund ist angegeben: {reason}"),
            &format!("This record was erased on this node. The reason given: {reason}"),
        )
    }

    pub(crate) fn gone() -> Problem {
        Problem::new(
            StatusCode::GONE,
            "gone",
            "Dieser Eintrag wurde zurückgezogen. Sein Inhalt steht hier nicht mehr.",
            "This record was withdrawn. Its content is no longer here.",
        )
    }

    pub(crate) fn no_publisher() -> Problem {
        Problem::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "Eine Stelle mit diesem Namen ist hier nicht beglaubigt.",
            "No body of this name is attested here.",
        )
    }

    pub(crate) fn no_cursor() -> Problem {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "after",
            "„after“ ist keine Stelle einer Liste. Nehmen Sie die Adresse unter „next“ der Antwort davor unverändert.",
            "\"after\" is no place in a list. Take the address under \"next\" of the answer before, unchanged.",
        )
    }

    pub(crate) fn no_kind() -> Problem {
        Problem::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "Diese Art von Einträgen kennt dieser Knoten nicht; die Liste steht unter /api/v1/kinds.",
            "This node does not know this kind of record; the list is at /api/v1/kinds.",
        )
    }

    pub(crate) fn no_token() -> Problem {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "token",
            "Zum Schreiben braucht es ein gültiges Token im Kopf „Authorization: Bearer …“. \
             Der Betreiber legt es mit „allmende token add NAME“ an.",
            "Writing needs a valid token in the header \"Authorization: Bearer ...\". \
             The operator creates one with \"allmende token add NAME\".",
        )
    }

    /// A draft that was published or thrown away.
    pub(crate) fn no_draft() -> Problem {
        Problem::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "Diesen Entwurf gibt es nicht mehr. Vielleicht wurde er schon veröffentlicht oder gelöscht; das Protokoll am Schreibtisch zeigt es.",
            "This draft is gone. Perhaps it was published or thrown away; the journal at the desk tells.",
        )
    }

    /// A form of the desk that was made for another session.
    pub(crate) fn stale_form() -> Problem {
        Problem::new(
            StatusCode::FORBIDDEN,
            "stale-form",
            "Dieses Formular gehört zu einer früheren Anmeldung. Bitte laden Sie die Seite neu und versuchen Sie es noch einmal.",
            "This form belongs to an earlier login. Please load the page again and try once more.",
        )
    }

    /// The token may write drafts only.
    pub(crate) fn no_role() -> Problem {
        Problem::new(
            StatusCode::FORBIDDEN,
            "role",
            "Mit diesem Token dürfen Sie Entwürfe und Notizen schreiben, aber nichts veröffentlichen. \
             Bitten Sie jemanden mit der Rolle „editor“ darum.",
            "This token may write drafts and notes, and publish nothing. Ask somebody with the role \"editor\".",
        )
    }

    pub(crate) fn too_fast(wait_seconds: u64) -> Problem {
        let problem = Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-fast",
            &format!(
                "Das waren zu viele Anfragen auf einmal. Bitte in {wait_seconds} s noch einmal versuchen."
            ),
            &format!("Those were too many requests at once. Please try again in {wait_seconds} s."),
        );
        Problem { retry_after_seconds: Some(wait_seconds), ..problem }
    }

    pub(crate) fn busy() -> Problem {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "Dieser Knoten ist gerade ausgelastet. Bitte versuchen Sie es gleich noch einmal.",
            "This node is busy right now. Please try again in a moment.",
        )
    }

    pub(crate) fn too_slow() -> Problem {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "timeout",
            "Die Antwort hat zu lange gedauert und wurde abgebrochen. Bitte versuchen Sie es noch einmal.",
            "The answer took too long and was given up. Please try again.",
        )
    }

    pub(crate) fn wrong_host() -> Problem {
        Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "host",
            "Unter diesem Namen antwortet dieser Knoten nicht. Der Betreiber kann den Namen in der \
             Konfiguration unter hosts ergänzen.",
            "This node does not answer under this name. The operator can add the name to hosts in the \
             configuration.",
        )
    }

    pub(crate) fn opening(doing: &str) -> Problem {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "opening",
            &format!("Dieser Knoten ist noch nicht bereit: {doing}"),
            &format!("This node is not ready yet: {doing}"),
        )
    }

    pub(crate) fn broken() -> Problem {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "broken",
            "Hier ist etwas schiefgegangen. Der Fehler liegt bei uns; Näheres steht im Protokoll des Knotens.",
            "Something went wrong here. The fault is ours; the node's log has more.",
        )
    }

    /// A problem for an error response that came without words, such as one of the framework's own.
    pub(crate) fn of_status(status: StatusCode) -> Problem {
        let (code, de, en) = match status {
            StatusCode::NOT_FOUND => return Problem::no_page(),
            StatusCode::FORBIDDEN => (
                "cross-site",
                "Diese Anfrage kam von einer fremden Seite und wurde deshalb nicht ausgeführt.",
                "This request came from a foreign page and was therefore not carried out.",
            ),
            StatusCode::METHOD_NOT_ALLOWED => (
                "method",
                "Diese Adresse gibt es, aber nicht für diese Art von Anfrage. Was geht, steht im Kopf „Allow“.",
                "This address exists, but not for this method. The header \"Allow\" says what works.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => (
                "oversize",
                "Die Anfrage ist zu groß. Eine unterschriebene Aussage hat höchstens 64 KiB, eine Anfrage \
                 höchstens so viel, wie der Betreiber erlaubt (üblich sind 256 KiB).",
                "The request is too large. A signed statement has at most 64 KiB, a request at most what the \
                 operator allows (256 KiB unless said otherwise).",
            ),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => (
                "media-type",
                "Dieses Format wird hier nicht gelesen. Entwürfe kommen als application/json.",
                "This format is not read here. Drafts come as application/json.",
            ),
            status if status.is_client_error() => {
                ("request", "Die Anfrage ist so nicht lesbar.", "The request cannot be read.")
            }
            _ => return Problem::broken(),
        };
        Problem::new(status, code, de, en)
    }

    /// The problems whose codes programs can rely on, in the order of the codes; the API page lists them.
    pub(crate) fn known() -> Vec<Problem> {
        let more = [
            (
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "Der Entwurf hat Fehler; findings nennt sie Feld für Feld.",
                "The draft has errors; findings names them field by field.",
            ),
            (
                StatusCode::CONFLICT,
                "conflict",
                "Der Eintrag hat sich geändert, seit er gelesen wurde (mit If-Match: 412).",
                "The record has changed since it was read (with If-Match: 412).",
            ),
            (
                StatusCode::FORBIDDEN,
                "not-ours",
                "Der Knoten unterschreibt nur für seine eigene Stelle.",
                "The node signs only for its own body.",
            ),
            (
                StatusCode::UNPROCESSABLE_ENTITY,
                "not-attested",
                "Der Schlüssel ist nicht beglaubigt.",
                "The key is not attested.",
            ),
            (
                StatusCode::UNPROCESSABLE_ENTITY,
                "signature",
                "Die Unterschrift stimmt nicht, oder sie gilt in einem anderen Netz.",
                "The signature does not hold, or it belongs to another network.",
            ),
            (
                StatusCode::BAD_REQUEST,
                "draft",
                "Der Entwurf ist nicht lesbar; detail nennt die Stelle.",
                "The draft cannot be read; detail names the place.",
            ),
            (
                StatusCode::BAD_REQUEST,
                "json",
                "Das ist kein JSON, wie es erwartet wird.",
                "This is not the JSON expected.",
            ),
            (
                StatusCode::BAD_REQUEST,
                "query",
                "Ein Parameter der Adresse ist nicht lesbar.",
                "A parameter of the address cannot be read.",
            ),
        ];
        let mut known = vec![
            Problem::no_page(),
            Problem::gone(),
            Problem::no_token(),
            Problem::no_role(),
            Problem::too_fast(1),
            Problem::busy(),
            Problem::too_slow(),
            Problem::wrong_host(),
            Problem::opening("…"),
            Problem::erased("…"),
            Problem::broken(),
            Problem::of_status(StatusCode::FORBIDDEN),
            Problem::of_status(StatusCode::METHOD_NOT_ALLOWED),
            Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE),
            Problem::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ];
        known.extend(more.map(|(status, code, de, en)| Problem::new(status, code, de, en)));
        known.sort_by(|a, b| a.code.cmp(&b.code));
        known
    }

    /// The name of this sort of problem (RFC 9457, section 3.1.4).
    pub(crate) fn title(&self) -> Words {
        let (de, en) = match self.status {
            StatusCode::NOT_FOUND => ("Nicht gefunden", "Not found"),
            StatusCode::GONE if self.code == "erased" => ("Hier gelöscht", "Erased here"),
            StatusCode::GONE => ("Zurückgezogen", "Withdrawn"),
            StatusCode::UNAUTHORIZED => ("Token fehlt", "Token missing"),
            StatusCode::FORBIDDEN => ("Nicht erlaubt", "Not allowed"),
            StatusCode::METHOD_NOT_ALLOWED => ("So nicht möglich", "Not possible like this"),
            StatusCode::CONFLICT => ("Inzwischen geändert", "Changed meanwhile"),
            StatusCode::PRECONDITION_FAILED => ("Inzwischen geändert", "Changed meanwhile"),
            StatusCode::PAYLOAD_TOO_LARGE => ("Zu groß", "Too large"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ("Falsches Format", "Wrong format"),
            StatusCode::MISDIRECTED_REQUEST => ("Falscher Name", "Wrong host"),
            StatusCode::UNPROCESSABLE_ENTITY => ("Nicht angenommen", "Not accepted"),
            StatusCode::TOO_MANY_REQUESTS => ("Zu schnell", "Too fast"),
            StatusCode::SERVICE_UNAVAILABLE => ("Gerade nicht möglich", "Not available right now"),
            status if status.is_client_error() => ("Anfrage nicht lesbar", "Request not readable"),
            _ => ("Fehler bei uns", "Our fault"),
        };
        Words { de: de.to_owned(), en: en.to_owned() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let demand = HeaderValue::from_static("Bearer realm=\"allmende\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, demand);
        }
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<PortError> for Problem {
    fn from(error: PortError) -> Problem {
        match error {
            PortError::Refused { code, de, en, findings } => {
                let status = match code.as_str() {
                    "conflict" => StatusCode::CONFLICT,
                    "not-found" => StatusCode::NOT_FOUND,
                    "oversize" => StatusCode::PAYLOAD_TOO_LARGE,
                    _ => StatusCode::UNPROCESSABLE_ENTITY,
                };
                Problem { findings, ..Problem::new(status, &code, &de, &en) }
            }
            PortError::Unavailable(why) => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                &format!("Das geht gerade nicht: {why}"),
                &format!("This is not possible right now: {why}"),
            ),
            PortError::Broken(why) => {
                tracing::error!(why, "an answer failed");
                Problem::broken()
            }
        }
    }
}

impl From<CabinetError> for Problem {
    fn from(error: CabinetError) -> Problem {
        let (status, de) = match &error {
            CabinetError::Full => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Hier liegen schon zu viele Entwürfe oder Notizen. Bitte löschen Sie, was Sie nicht mehr brauchen."
                    .to_owned(),
            ),
            CabinetError::Length(bytes) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("Der Text ist mit {bytes} Bytes zu lang zum Aufbewahren. Bitte kürzen Sie ihn."),
            ),
            CabinetError::Disk(_) => {
                tracing::error!(%error, "a paper could not be kept");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "Das konnte nicht gespeichert werden. Bitte gehen Sie in Ihrem Browser zurück, \
                     und sagen Sie dem Betreiber Bescheid."
                        .to_owned(),
                )
            }
        };
        let en = match &error {
            CabinetError::Disk(_) => {
                "This could not be stored. Please go back in your browser, and tell the operator.".to_owned()
            }
            other => other.to_string(),
        };
        Problem::new(status, "papers", &de, &en)
    }
}
