//! One record as staff see it: what to do with it, the private note, and the choices it is in.

use crate::cabinet::Deed;
use crate::cabinet::Title;
use crate::day;
use crate::desk::form;
use crate::desk::journal;
use crate::desk::overlay;
use crate::desk::overlay::Note;
use crate::desk::seed;
use crate::desk::sent::Sent;
use crate::desk::session::Staff;
use crate::desk::sheet;
use crate::desk::sheet::Sheet;
use crate::desk::words;
use crate::desk::words::Say;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::joined::text;
use crate::joined::title_of;
use crate::labels;
use crate::pages::shown::Eyes;
use crate::pages::shown::Row;
use crate::port::Kept;
use crate::port::PortError;
use crate::port::Role;
use crate::problem::Problem;
use crate::visit::Visit;
use askama::Template;
use axum::extract::Path;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use exchange::draft::Draft;
use record::kind;
use record::kind::Grade;
use record::kind::Lang;
use record::moment::Moment;
use record::name::Name;
use record::statement::RecordId;
use record::value::Value;

/// Reasons for withdrawing, as they stand in statements.
const REASONS: [&str; 7] =
    ["withdrawn", "outdated", "error", "duplicate", "superseded", "personal-data", "legal"];

#[derive(Template)]
#[template(path = "desk_record.html")]
struct RecordPage<'a> {
    frame: Frame<'a>,
    d: &'static Say,
    key: String,
    action: String,
    drafts: String,
    kind: String,
    name: String,
    publisher: String,
    public: String,
    message: Option<(bool, String)>,
    is_ours: bool,
    is_gone: bool,
    is_known: bool,
    is_stub: bool,
    may_publish: bool,
    until: String,
    late: bool,
    reasons: Vec<(&'static str, &'static str)>,
    answers: Vec<(String, String)>,
    note: Note,
    note_tags: String,
    note_meta: String,
    lists: Vec<(String, String, String)>,
    rows: Vec<Row>,
}

/// The record of an address.
async fn named(front: &Front, publisher: &str, record: &str) -> Result<Kept, Problem> {
    let (Ok(publisher), Ok(record)) = (publisher.parse(), record.parse()) else {
        return Err(Problem::no_record());
    };
    front.port.record(publisher, record).await?.ok_or_else(Problem::no_record)
}

/// `GET /desk/records/{publisher}/{record}`
pub(crate) async fn show(
    State(front): State<Front>,
    visit: Visit,
    staff: Staff,
    Path((publisher, record)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let kept = named(&front, &publisher, &record).await?;
    let content = kept.statement.content();
    let (d, lang) = (words::say(visit.lang), visit.lang);
    let own = front.port.status().await?.publisher;
    let note = overlay::note(&front, &content.publisher, content.record).await?;
    let name = format!("{}/{}", content.publisher, content.record);
    let lists = overlay::shortlists(&front).await?;
    let said = visit.query.iter().find(|(key, _)| key == "said").map(|(_, said)| said.as_str());
    let until = text(&kept, "valid_until").unwrap_or_default().to_owned();
    let when = Moment::from_seconds(note.at).map(|at| day::time(at, lang)).unwrap_or_default();
    let known = kind::kind(content.kind.as_str()).filter(|kind| !kind.protocol);
    let eyes = Eyes { visit: &visit, titles: &Default::default() };
    let page = RecordPage {
        frame: Frame::new(&visit, &front.settings.node_name, &title_of(&kept, lang)),
        d,
        key: staff.form_key.clone(),
        action: visit.link(&format!("/desk/records/{name}")),
        drafts: visit.link("/desk/drafts"),
        kind: labels::kind_one(content.kind.as_str(), lang),
        publisher: kept.voucher.display_name.clone(),
        public: visit.link(&format!("/records/{name}")),
        message: words::said(said.unwrap_or_default(), d).map(|(bad, text)| (bad, text.to_owned())),
        is_ours: content.publisher == own,
        is_gone: content.is_retracted(),
        is_known: known.is_some(),
        is_stub: content.publisher != own && text(&kept, "entry_status") == Some("stub"),
        may_publish: staff.editor.role >= Role::Editor,
        late: day::is_past(&until, (front.settings.clock)().day()),
        until: day::written(&until, lang),
        reasons: REASONS.map(|code| (code, words::reason(code, visit.words()))).to_vec(),
        answers: seed::answers(content.kind.as_str())
            .into_iter()
            .map(|kind| (kind.name.clone(), kind.label.say(lang).to_owned()))
            .collect(),
        note_tags: note.tags.join(", "),
        note_meta: match note.is_empty() {
            true => String::new(),
            false => crate::words::fill(d.draft_meta, &[("who", &note.by), ("when", &when)]),
        },
        note,
        lists: lists
            .iter()
            .map(|(title, list)| {
                let entry = list.entries.iter().find(|entry| entry.record == name);
                let state = entry.map_or("", |entry| if entry.stays { d.list_in } else { d.list_out });
                (title.to_string(), list.name.clone(), state.to_owned())
            })
            .collect(),
        rows: match known {
            Some(_) => Vec::new(),
            None => eyes.unknown(None, content.body(), &[]),
        },
        name,
    };
    Ok(frame::page(&page, visit.lang))
}

/// `POST /desk/records/{publisher}/{record}`
pub(crate) async fn act(
    State(front): State<Front>,
    visit: Visit,
    staff: Staff,
    Path((publisher, record)): Path<(String, String)>,
    sent: Sent,
) -> Result<Response, Problem> {
    staff.demand(&sent)?;
    let kept = named(&front, &publisher, &record).await?;
    let content = kept.statement.content();
    let place = format!("/desk/records/{}/{}", content.publisher, content.record);
    let back = |said: &str| Ok(Redirect::to(&visit.link_with(&place, &[("said", said)])).into_response());
    match sent.value("do") {
        "note" => {
            let now = (front.settings.clock)();
            let note = Note::of(sent.value("note"), sent.value("tags"), &staff.editor.name, now);
            overlay::keep_note(&front, &content.publisher, content.record, &note).await?;
            back("noted")
        }
        "list" => {
            let title: Title = sent.value("list").parse().map_err(|_| Problem::no_page())?;
            let mut list = overlay::shortlist(&front, &title).await?.ok_or_else(Problem::no_page)?;
            let name = format!("{}/{}", content.publisher, content.record);
            list.put(&name, sent.value("stays") != "no", sent.value("reason"));
            list.by.clone_from(&staff.editor.name);
            list.at = (front.settings.clock)().seconds();
            overlay::keep_shortlist(&front, &title, &list).await?;
            back("listed")
        }
        "confirm" => {
            staff.may_publish()?;
            confirm(&front, &visit, &staff, &kept).await
        }
        "retract" => {
            staff.may_publish()?;
            crate::api::record::ours(&front, &content.publisher).await?;
            let code = sent.value("reason");
            let reason = REASONS.iter().find(|known| **known == code).copied().unwrap_or("withdrawn");
            let reason = reason.parse().map_err(|error| Problem::unreadable("reason", &error))?;
            let published = front.port.retract(content.record, reason).await?;
            tracing::info!(editor = staff.editor.name, record = %published.record, "withdrawn at the desk");
            let deed = deed(&front, &staff, "withdrawn", &published.publisher, published.record);
            let (title, reason) = (title_of(&kept, Lang::De), code.to_owned());
            journal::note(&front, Deed { title, reason, ..deed }).await;
            back("withdrawn")
        }
        _ => back(""),
    }
}

fn deed(front: &Front, staff: &Staff, what: &str, publisher: &Name, record: RecordId) -> Deed {
    Deed::of((front.settings.clock)(), &staff.editor.name, what).to(publisher, record)
}

/// Says an own record again as it is, valid for another year. Where the kind asks for more by now, it becomes a draft.
async fn confirm(front: &Front, visit: &Visit, staff: &Staff, kept: &Kept) -> Result<Response, Problem> {
    let content = kept.statement.content();
    crate::api::record::ours(front, &content.publisher).await?;
    let kind = kind::kind(content.kind.as_str()).ok_or_else(Problem::no_kind)?;
    let now = (front.settings.clock)();
    let mut body = content.body().clone();
    if let Some(until) = seed::valid_until(kind, now.day()) {
        body.insert("valid_until".to_owned(), until);
    }
    if kind.field("reconfirmed").is_some() {
        body.insert("reconfirmed".to_owned(), Value::from(now.day().to_string()));
    }
    let draft = Draft { kind: content.kind.clone(), record: Some(content.record), body: body.clone() };
    let findings = front.port.check(draft.clone()).await?.findings;
    let place = format!("/desk/records/{}/{}", content.publisher, content.record);
    if findings.iter().any(|finding| finding.grade == Grade::Error) {
        let mut sheet = Sheet::new(&kind.name, &staff.editor.name, now, body);
        (sheet.record, sheet.expected) = (Some(content.record), Some(content.version));
        let name = sheet::fresh(now)?;
        sheet.keep(front, &name, &staff.editor.name).await?;
        let draft = format!("/desk/drafts/{name}");
        let query = [("check", "1"), ("said", "confirm")];
        return Ok(Redirect::to(&visit.link_with(&draft, &query)).into_response());
    }
    // What was warned of when it was published is not asked about once more; the journal keeps the reason.
    let warned = findings.iter().filter(|finding| form::asks_why(finding)).count();
    match front.port.publish(draft, Some(content.version)).await {
        Ok(published) => {
            tracing::info!(editor = staff.editor.name, record = %published.record, warned, "confirmed at the desk");
            let deed = deed(front, staff, "confirmed", &published.publisher, published.record);
            journal::note(front, Deed { title: title_of(kept, Lang::De), ..deed }).await;
            Ok(Redirect::to(&visit.link_with(&place, &[("said", "confirmed")])).into_response())
        }
        Err(PortError::Refused { code, .. }) if code == "conflict" => {
            Ok(Redirect::to(&visit.link_with(&place, &[("said", "conflict")])).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
