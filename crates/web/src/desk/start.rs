//! `/desk`: what is being written, what is due for review, and how to begin something new.

use crate::cabinet::Title;
use crate::day;
use crate::desk::journal;
use crate::desk::journal::Line;
use crate::desk::seed;
use crate::desk::seed::Wish;
use crate::desk::sent::Sent;
use crate::desk::session::Staff;
use crate::desk::sheet;
use crate::desk::sheet::Sheet;
use crate::desk::words;
use crate::desk::words::Say;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::labels;
use crate::port::Kept;
use crate::port::Role;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::fill;
use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use catalogue::found::Hit;
use catalogue::query::Filters;
use catalogue::query::LIMIT_MAX;
use catalogue::query::Query;
use jiff::ToSpan as _;
use record::kind;

/// Own records that are looked through for what is due.
const OWN_MAX: usize = 1_000;
/// Own records that the page shows.
const OWN_SHOWN: usize = 50;
/// Days before its end from which a record is due for review.
const DUE_DAYS: i64 = 30;
/// Lines of the journal on this page.
const DEEDS_SHOWN: usize = 8;

#[derive(Template)]
#[template(path = "desk_start.html")]
struct StartPage<'a> {
    frame: Frame<'a>,
    d: &'static Say,
    key: String,
    editor: String,
    role: &'static str,
    message: Option<String>,
    drafts: Vec<DraftRow>,
    due: Vec<OwnRow>,
    own: Vec<OwnRow>,
    own_more: Option<(String, String)>,
    lines: Vec<Line>,
    may_publish: bool,
}

struct DraftRow {
    link: String,
    title: String,
    kind: String,
    meta: String,
}

/// An own record.
struct OwnRow {
    link: String,
    action: String,
    title: String,
    /// The language of the title, where it is not the reader's.
    lang: Option<String>,
    kind: String,
    until: String,
    late: bool,
}

/// `GET /desk`
pub(crate) async fn show(
    State(front): State<Front>,
    visit: Visit,
    staff: Staff,
) -> Result<Response, Problem> {
    let (d, today) = (words::say(visit.lang), (front.settings.clock)().day());
    let soon = today.saturating_add(DUE_DAYS.days()).to_string();
    let own = front.port.status().await?.publisher;
    let mut hits: Vec<Hit> = Vec::new();
    let mut total = 0;
    while hits.len() < OWN_MAX {
        let query = Query {
            filters: Filters::none().with("publisher", own.as_str()),
            lang: visit.lang,
            limit: LIMIT_MAX,
            offset: hits.len(),
            ..Query::default()
        };
        let found = front.port.search(query).await?;
        total = found.total;
        if found.hits.is_empty() {
            break;
        }
        hits.extend(found.hits);
    }
    let mut due: Vec<&Hit> =
        hits.iter().filter(|hit| hit.valid_until.as_ref().is_some_and(|until| *until <= soon)).collect();
    due.sort_by(|a, b| a.valid_until.cmp(&b.valid_until));
    let row = |hit: &Hit| {
        let place = format!("/desk/records/{}/{}", hit.publisher, hit.record);
        let until = hit.valid_until.clone().unwrap_or_default();
        OwnRow {
            link: visit.link(&place),
            action: visit.link(&place),
            title: hit.title.clone(),
            lang: hit.foreign.title.clone(),
            kind: labels::kind_one(&hit.kind, visit.lang),
            late: day::is_past(&until, today),
            until: day::written(&until, visit.lang),
        }
    };
    let said = visit.query.iter().find(|(key, _)| key == "said").map(|(_, said)| said.as_str());
    let more = visit.link_with("/", &[("publisher", own.as_str())]);
    let drafts = sheet::all(&front).await?;
    let page = StartPage {
        frame: Frame::new(&visit, &front.settings.node_name, d.desk_title),
        d,
        key: staff.form_key.clone(),
        editor: staff.editor.name.clone(),
        role: if staff.editor.role == Role::Editor { d.role_editor } else { d.role_author },
        message: (said == Some("discarded")).then(|| d.said_discarded.to_owned()),
        drafts: drafts.iter().map(|(title, sheet)| draft_row(title, sheet, &visit)).collect(),
        due: due.into_iter().map(row).collect(),
        own: hits.iter().take(OWN_SHOWN).map(row).collect(),
        own_more: (total > OWN_SHOWN as u64)
            .then(|| (more, fill(d.own_more, &[("n", &day::number(total, visit.lang))]))),
        lines: journal::newest(&front, &visit, DEEDS_SHOWN).await?,
        may_publish: staff.editor.role >= Role::Editor,
    };
    Ok(frame::page(&page, visit.lang))
}

fn draft_row(title: &Title, sheet: &Sheet, visit: &Visit) -> DraftRow {
    let d = words::say(visit.lang);
    let when = day::time(sheet.changed, visit.lang);
    DraftRow {
        link: visit.link(&format!("/desk/drafts/{title}")),
        title: sheet.title(visit.lang).unwrap_or(visit.words().record_untitled).to_owned(),
        kind: labels::kind_one(&sheet.kind, visit.lang),
        meta: fill(d.draft_meta, &[("who", &sheet.changed_by), ("when", &when)]),
    }
}

#[derive(Template)]
#[template(path = "desk_new.html")]
struct NewPage<'a> {
    frame: Frame<'a>,
    d: &'static Say,
    key: String,
    action: String,
    kinds: Vec<(String, String, String)>,
}

/// `GET /desk/new`
pub(crate) async fn choose(State(front): State<Front>, visit: Visit, staff: Staff) -> Response {
    let (d, lang) = (words::say(visit.lang), visit.lang);
    let kind = |kind: &'static kind::Kind| {
        (kind.name.clone(), kind.label.say(lang).to_owned(), kind.help.say(lang).to_owned())
    };
    let page = NewPage {
        frame: Frame::new(&visit, &front.settings.node_name, d.new_title),
        d,
        key: staff.form_key.clone(),
        action: visit.link("/desk/drafts"),
        kinds: seed::written(lang).into_iter().map(kind).collect(),
    };
    frame::page(&page, visit.lang)
}

/// `POST /desk/drafts`
pub(crate) async fn begin(
    State(front): State<Front>,
    visit: Visit,
    staff: Staff,
    sent: Sent,
) -> Result<Response, Problem> {
    staff.demand(&sent)?;
    let about = about(&front, sent.value("about")).await?;
    let wish = Wish::parse(sent.value("wish"));
    let named = match (sent.value("kind"), &about) {
        ("", Some(kept)) => kept.statement.content().kind.as_str().to_owned(),
        (kind, _) => kind.to_owned(),
    };
    let kind = kind::kind(&named).filter(|kind| !kind.protocol).ok_or_else(Problem::no_kind)?;
    let mut sheet = seed::sheet(&front, &visit, &staff.editor.name, kind, wish, about.as_ref()).await?;
    let name = sheet::fresh((front.settings.clock)())?;
    sheet.keep(&front, &name, &staff.editor.name).await?;
    Ok(Redirect::to(&visit.link(&format!("/desk/drafts/{name}"))).into_response())
}

/// The record that something new is about, where one is named.
async fn about(front: &Front, text: &str) -> Result<Option<Kept>, Problem> {
    let Some((publisher, record)) = text.split_once('/') else { return Ok(None) };
    let (Ok(publisher), Ok(record)) = (publisher.parse(), record.parse()) else {
        return Err(Problem::no_record());
    };
    let kept = front.port.record(publisher, record).await?.ok_or_else(Problem::no_record)?;
    Ok(Some(kept))
}
