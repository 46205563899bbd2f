//! A draft as a form: shown, kept at every step, checked, published. Nothing that was typed is ever lost.

use crate::cabinet::Deed;
use crate::cabinet::Title;
use crate::desk::filled;
use crate::desk::form;
use crate::desk::form::Form;
use crate::desk::form::Shown;
use crate::desk::journal;
use crate::desk::keeping;
use crate::desk::login;
use crate::desk::sent::Sent;
use crate::desk::session;
use crate::desk::session::Staff;
use crate::desk::sheet;
use crate::desk::sheet::Sheet;
use crate::desk::words;
use crate::desk::words::Say;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::guard::answer::written_out;
use crate::joined::title_of;
use crate::pages::shown;
use crate::pages::shown::Eyes;
use crate::pages::shown::Row;
use crate::port::PortError;
use crate::port::Role;
use crate::problem::Problem;
use crate::visit::Visit;
use askama::Template;
use axum::extract::Path;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use record::kind;
use record::kind::Finding;
use record::kind::Grade;
use record::kind::Lang;
use record::value::Map;
use std::collections::BTreeMap;

/// References of one draft whose titles are looked up.
const REFERENCES_MAX: usize = 40;
/// A reason, in characters.
const REASON_CHARS_MAX: usize = 500;

#[derive(Template)]
#[template(path = "desk_form.html")]
struct FormPage<'a> {
    frame: Frame<'a>,
    d: &'static Say,
    key: String,
    action: String,
    heading: String,
    sheet: &'a Sheet,
    form: Form,
    kind_help: String,
    langs: String,
    more_langs: Vec<(&'static str, String)>,
    unknown: Vec<Row>,
    checked: bool,
    message: Option<(bool, String)>,
    reason: String,
    may_publish: bool,
    conflict: bool,
}

/// What a page of a draft has to tell besides the form.
#[derive(Default)]
struct Telling {
    /// What the check says, where it was asked.
    findings: Option<Vec<Finding>>,
    /// Whether it is bad, and the sentence.
    message: Option<(bool, String)>,
    reason: String,
    conflict: bool,
}

/// `GET /desk/drafts/{id}`
pub(crate) async fn show(
    State(front): State<Front>,
    visit: Visit,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let name = keeping::named(&id)?;
    let d = words::say(visit.lang);
    let asked = |key: &str| visit.query.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
    let Some(sheet) = sheet::load(&front, &name).await? else { return Err(Problem::no_draft()) };
    let findings = match asked("check") {
        Some(_) => Some(front.port.check(sheet.draft()?).await?.findings),
        None => None,
    };
    let message = match asked("said") {
        Some("saved") => Some((false, d.said_saved.to_owned())),
        Some("copied") => Some((true, d.said_copied.to_owned())),
        Some("again") => Some((true, d.said_again.to_owned())),
        Some("confirm") => Some((true, d.said_confirm.to_owned())),
        _ => None,
    };
    let telling = Telling { findings, message, ..Telling::default() };
    page(&front, &visit, &staff, &name, &sheet, telling).await
}

/// `POST /desk/drafts/{id}`
pub(crate) async fn receive(
    State(front): State<Front>,
    visit: Visit,
    Path(id): Path<String>,
    headers: HeaderMap,
    sent: Sent,
) -> Result<Response, Problem> {
    keeping::named(&id)?;
    // Whoever is not known, or no longer, keeps all that was typed: it goes along through the login.
    match session::staff(&front, &headers) {
        Some(staff) if staff.knows(sent.value("_key")) => act(&front, &visit, &staff, &id, &sent).await,
        _ => Ok(login::interrupted(&visit, &front, sent)),
    }
}

async fn act(
    front: &Front,
    visit: &Visit,
    staff: &Staff,
    id: &str,
    sent: &Sent,
) -> Result<Response, Problem> {
    let _one = front.writing.lock().await;
    let wish = sent.value("do");
    let (name, mut sheet, said) = keeping::kept(front, &staff.editor, id, sent).await?;
    // What came from an old page is kept apart; nothing else is done with it before somebody has looked.
    if said != "saved" {
        return Ok(keeping::back(visit, &name, &[("said", said)], ""));
    }
    let (verb, path) = wish.split_once(':').unwrap_or((wish, ""));
    let kind = kind::kind(&sheet.kind).ok_or_else(Problem::no_kind)?;
    match verb {
        "add" | "remove" => {
            let takes_out = verb == "remove";
            filled::change_rows(&kind.fields, &mut sheet.body, path, takes_out);
            sheet.keep(front, &name, &staff.editor.name).await?;
            let list = path.rsplit_once('[').filter(|_| takes_out).map_or(path, |(list, _)| list);
            Ok(keeping::back(visit, &name, &[], &crate::desk::control::id(list)))
        }
        "speak" => {
            sheet.speak(sent.value("_lang"));
            sheet.keep(front, &name, &staff.editor.name).await?;
            Ok(keeping::back(visit, &name, &[], ""))
        }
        "find" => {
            let find = format!("/desk/drafts/{name}/find");
            Ok(Redirect::to(&visit.link_with(&find, &[("path", path)])).into_response())
        }
        "put" => {
            filled::put(&kind.fields, &mut sheet.body, path, sent.value("value"));
            sheet.keep(front, &name, &staff.editor.name).await?;
            Ok(keeping::back(visit, &name, &[], &crate::desk::control::id(path)))
        }
        "overtake" => {
            overtake(front, &mut sheet).await?;
            sheet.keep(front, &name, &staff.editor.name).await?;
            Ok(keeping::back(visit, &name, &[("check", "1")], ""))
        }
        "check" => Ok(keeping::back(visit, &name, &[("check", "1")], "")),
        "preview" => Ok(Redirect::to(&visit.link(&format!("/desk/drafts/{name}/preview"))).into_response()),
        "discard" => {
            sheet::discard(front, &name).await?;
            Ok(Redirect::to(&visit.link_with("/desk", &[("said", "discarded")])).into_response())
        }
        "publish" => publish(front, visit, staff, &name, &sheet, sent.value("reason").trim()).await,
        _ => Ok(keeping::back(visit, &name, &[("said", "saved")], "")),
    }
}

/// Goes on from the version that stands now.
async fn overtake(front: &Front, sheet: &mut Sheet) -> Result<(), Problem> {
    let Some(record) = sheet.record else { return Ok(()) };
    let own = front.port.status().await?.publisher;
    let standing = front.port.record(own, record).await?;
    sheet.expected = standing.map(|kept| kept.statement.content().version);
    Ok(())
}

async fn publish(
    front: &Front,
    visit: &Visit,
    staff: &Staff,
    name: &Title,
    sheet: &Sheet,
    reason: &str,
) -> Result<Response, Problem> {
    let d = words::say(visit.lang);
    let tell = |telling| async move {
        let response = page(front, visit, staff, name, sheet, telling).await?;
        Ok(written_out(StatusCode::UNPROCESSABLE_ENTITY, response))
    };
    if staff.editor.role < Role::Editor {
        return tell(Telling { message: Some((true, d.said_author.to_owned())), ..Telling::default() }).await;
    }
    let draft = sheet.draft()?;
    let findings = front.port.check(draft.clone()).await?.findings;
    let refused = findings.iter().any(|finding| finding.grade == Grade::Error);
    let unexplained = findings.iter().any(form::asks_why) && reason.is_empty();
    let too_long = reason.chars().count() > REASON_CHARS_MAX;
    if refused || unexplained || too_long {
        let message = too_long.then(|| (true, d.said_reason_long.to_owned()));
        let telling =
            Telling { findings: Some(findings), message, reason: reason.to_owned(), conflict: false };
        return tell(telling).await;
    }
    let published = match front.port.publish(draft, sheet.expected).await {
        Ok(published) => published,
        Err(PortError::Refused { code, de, en, findings }) => {
            let sentence = if visit.lang == Lang::De { de } else { en };
            let telling = Telling {
                findings: Some(findings),
                message: Some((true, sentence)),
                reason: reason.to_owned(),
                conflict: code == "conflict",
            };
            return tell(telling).await;
        }
        Err(PortError::Unavailable(why)) => {
            let sentence = crate::words::fill(d.said_unavailable, &[("why", &why)]);
            return tell(Telling { message: Some((true, sentence)), ..Telling::default() }).await;
        }
        Err(error) => return Err(error.into()),
    };
    sheet::discard(front, name).await?;
    tracing::info!(editor = staff.editor.name, record = %published.record, version = published.version, "published at the desk");
    let what = if sheet.record.is_some() { "revised" } else { "published" };
    let deed = Deed::of((front.settings.clock)(), &staff.editor.name, what)
        .to(&published.publisher, published.record);
    let title = sheet.title(Lang::De).unwrap_or_default().to_owned();
    journal::note(front, Deed { title, reason: reason.to_owned(), ..deed }).await;
    let place = format!("/desk/records/{}/{}", published.publisher, published.record);
    let said = if published.changed { "published" } else { "unchanged" };
    Ok(Redirect::to(&visit.link_with(&place, &[("said", said)])).into_response())
}

/// Titles of the records that a body refers to, and nothing where they are not here.
pub(crate) async fn titles(
    front: &Front,
    body: &Map,
    lang: Lang,
) -> Result<BTreeMap<String, String>, Problem> {
    let mut titles = BTreeMap::new();
    for text in shown::references(body, REFERENCES_MAX) {
        let Some((publisher, record)) = shown::referred(&text) else { continue };
        if let Some(kept) = front.port.record(publisher, record).await? {
            titles.insert(text, title_of(&kept, lang));
        }
    }
    Ok(titles)
}

async fn page(
    front: &Front,
    visit: &Visit,
    staff: &Staff,
    name: &Title,
    sheet: &Sheet,
    telling: Telling,
) -> Result<Response, Problem> {
    let kind = kind::kind(&sheet.kind).ok_or_else(Problem::no_kind)?;
    let d = words::say(visit.lang);
    let titles = titles(front, &sheet.body, visit.lang).await?;
    let findings = telling.findings.as_deref().unwrap_or_default();
    let shown = Shown { kind, body: &sheet.body, langs: &sheet.langs, titles: &titles, findings };
    let form = Form::of(&shown, visit);
    let eyes = Eyes { visit, titles: &titles };
    let heading = if sheet.record.is_some() { d.form_revise } else { d.form_new };
    let heading = crate::words::fill(heading, &[("kind", kind.label.say(visit.lang))]);
    let title = match form.errors.is_empty() {
        true => heading.clone(),
        false => format!("{}: {heading}", d.errors_prefix),
    };
    let path = format!("/desk/drafts/{name}");
    let page = FormPage {
        frame: Frame::new(visit, &front.settings.node_name, &title),
        d,
        key: staff.form_key.clone(),
        action: visit.link(&path),
        heading,
        sheet,
        kind_help: kind.help.say(visit.lang).to_owned(),
        langs: sheet.langs.join(","),
        more_langs: words::languages(d)
            .into_iter()
            .filter(|(tag, _)| !sheet.langs.iter().any(|known| known == tag))
            .collect(),
        unknown: eyes.unknown(Some(kind), &sheet.body, &[]),
        checked: telling.findings.is_some() && form.errors.is_empty() && form.warnings.is_empty(),
        form,
        message: telling.message,
        reason: telling.reason,
        may_publish: staff.editor.role >= Role::Editor,
        conflict: telling.conflict,
    };
    Ok(frame::page(&page, visit.lang))
}

/// The path without the numbers of rows: `related[0].record` becomes `related.record`.
pub(crate) fn plain_path(path: &str) -> String {
    path.split('.').map(|part| part.split('[').next().unwrap_or_default()).collect::<Vec<_>>().join(".")
}
