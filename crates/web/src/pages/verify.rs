//! `/verify`: whether a signed file is genuine, checked here, in the browser, or on one's own computer.

use crate::day;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::fill;
use crate::words::texts::Texts;
use askama::Template;
use axum::extract::Multipart;
use axum::extract::State;
use axum::response::Response;
use data_encoding::BASE64_MIME_PERMISSIVE;
use data_encoding::BASE64URL_NOPAD;
use data_encoding::HEXLOWER_PERMISSIVE;
use record::bounds::STATEMENT_BYTES_MAX;
use record::envelope::Statement;
use record::kind::texts;

/// Parts of the form that are read.
const PARTS_MAX: usize = 4;

/// What the check found.
struct Verdict {
    good: bool,
    heading: &'static str,
    sentences: Vec<String>,
    /// The page of the record.
    open: Option<String>,
    /// For those who want to compare: label and value.
    facts: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "verify.html")]
struct Verify<'a> {
    frame: Frame<'a>,
    /// The name of the network, for the command.
    name: String,
    network: String,
    verdict: Option<Verdict>,
}

/// `GET /verify`
pub(crate) async fn show(State(front): State<Front>, visit: Visit) -> Result<Response, Problem> {
    page(&front, &visit, None).await
}

/// `POST /verify`: a file or a text; nothing of it is kept.
pub(crate) async fn check(
    State(front): State<Front>,
    visit: Visit,
    mut form: Multipart,
) -> Result<Response, Problem> {
    let mut bytes = Vec::new();
    for _ in 0..PARTS_MAX {
        let Ok(Some(part)) = form.next_field().await else { break };
        let name = part.name().unwrap_or_default().to_owned();
        let Ok(sent) = part.bytes().await else { break };
        match name.as_str() {
            "file" if !sent.is_empty() => bytes = sent.to_vec(),
            "text" if bytes.is_empty() => bytes = decoded(&sent),
            _ => {}
        }
    }
    let verdict = verdict(&front, &visit, &bytes).await?;
    page(&front, &visit, Some(verdict)).await
}

async fn page(front: &Front, visit: &Visit, verdict: Option<Verdict>) -> Result<Response, Problem> {
    let t = Texts::of(visit.lang);
    let name = front.itself().await?.network.clone();
    let network = fill(t.verify_network, &[("name", &name)]);
    let frame = Frame::new(visit, &front.settings.node_name, t.verify_title).with_script("verify.js");
    Ok(frame::scripted_page(&Verify { frame, name, network, verdict }, visit.lang))
}

/// The bytes of a pasted text: hexadecimal digits, or Base64 of either alphabet. What is neither stays as it is
/// and fails as a file.
fn decoded(text: &[u8]) -> Vec<u8> {
    let bare: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if bare.is_empty() {
        return Vec::new();
    }
    let unpadded: Vec<u8> = bare.iter().copied().filter(|byte| *byte != b'=').collect();
    HEXLOWER_PERMISSIVE
        .decode(&bare)
        .or_else(|_| BASE64URL_NOPAD.decode(&unpadded))
        .or_else(|_| BASE64_MIME_PERMISSIVE.decode(&bare))
        .unwrap_or(bare)
}

async fn verdict(front: &Front, visit: &Visit, bytes: &[u8]) -> Result<Verdict, Problem> {
    let t = Texts::of(visit.lang);
    let bad = |why: &str| Verdict {
        good: false,
        heading: t.verify_bad,
        sentences: vec![fill(t.verify_bad_why, &[("why", why)])],
        open: None,
        facts: Vec::new(),
    };
    if bytes.is_empty() {
        return Ok(bad(t.verify_bad_empty));
    }
    if bytes.len() > STATEMENT_BYTES_MAX {
        return Ok(bad(t.verify_bad_size));
    }
    let Ok(network) = front.itself().await?.network.parse() else { return Err(Problem::broken()) };
    match Statement::open(bytes, &network) {
        Ok(statement) => good(front, visit, &statement).await,
        Err(error) if error.code() == "signature" => Ok(bad(t.verify_bad_signature)),
        Err(_) => Ok(bad(t.verify_bad_unknown)),
    }
}

async fn good(front: &Front, visit: &Visit, statement: &Statement) -> Result<Verdict, Problem> {
    let (w, t, content) = (visit.words(), Texts::of(visit.lang), statement.content());
    let publisher = front.port.publisher(content.publisher.clone()).await?;
    let epoch = publisher.as_ref().and_then(|known| {
        known
            .epochs
            .iter()
            .find(|epoch| epoch.epoch == content.epoch && epoch.keys.contains(&statement.key()))
    });
    let day = day::moment(content.issued, visit.lang);
    let name = content.publisher.as_str();
    let signed = match epoch {
        Some(epoch) => {
            let attester = epoch.attester_name.clone().unwrap_or_else(|| w.attester_document.to_owned());
            let who = epoch.display_name.as_str();
            fill(
                t.verify_good_attested,
                &[("who", who), ("name", name), ("day", &day), ("attester", &attester)],
            )
        }
        None => fill(t.verify_good_unattested, &[("name", name), ("day", &day)]),
    };
    let standing = front.port.record(content.publisher.clone(), content.record).await?;
    let stands = match &standing {
        None => t.verify_elsewhere,
        Some(kept) if kept.statement.id() == statement.id() => t.verify_standing,
        Some(kept) if kept.statement.content().is_retracted() => t.verify_gone,
        Some(_) => t.verify_replaced,
    };
    let title = texts(content.body(), "title", visit.lang).map(|title| format!("„{title}“"));
    Ok(Verdict {
        good: epoch.is_some(),
        heading: t.verify_good,
        sentences: title.into_iter().chain([signed, stands.to_owned()]).collect(),
        open: standing.map(|_| visit.link(&format!("/records/{}/{}", content.publisher, content.record))),
        facts: vec![
            (w.fact_record, format!("{}/{}", content.publisher, content.record)),
            (w.fact_statement, statement.id().to_string()),
            (w.fact_key, statement.key().to_string()),
        ],
    })
}

#[cfg(test)]
mod tests {
    use crate::pages::verify::decoded;

    #[test]
    fn pasted_texts_are_read_in_every_usual_form() {
        for text in ["d28443", "D2 84\n43", "0oRD", "0oRD\n", "0oRD="] {
            assert_eq!(decoded(text.as_bytes()), [0xd2, 0x84, 0x43], "{text}");
        }
        assert_eq!(decoded(b"_-8="), [0xff, 0xef]);
        assert_eq!(decoded(b"/+8="), [0xff, 0xef]);
        assert_eq!(decoded("kein Code!".as_bytes()), b"keinCode!");
    }
}
