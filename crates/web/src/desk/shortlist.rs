//! Shortlists: which records are in a choice, which are out, and why. Kept here only.

use crate::cabinet::Title;
use crate::day;
use crate::desk::overlay;
use crate::desk::overlay::Shortlist;
use crate::desk::sent::Sent;
use crate::desk::session::Staff;
use crate::desk::sheet;
use crate::desk::words;
use crate::desk::words::Say;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::joined::title_of;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::fill;
use askama::Template;
use axum::extract::Path;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use record::moment::Moment;

/// The name of a list, in characters.
const NAME_CHARS_MAX: usize = 120;
/// Records of one list whose titles are looked up.
const TITLES_MAX: usize = 100;

#[derive(Template)]
#[template(path = "desk_shortlists.html")]
struct ListsPage<'a> {
    frame: Frame<'a>,
    d: &'static Say,
    key: String,
    action: String,
    lists: Vec<(String, String, String)>,
}

#[derive(Template)]
#[template(path = "desk_shortlist.html")]
struct ListPage<'a> {
    frame: Frame<'a>,
    d: &'static Say,
    key: String,
    action: String,
    rows: Vec<ListRow>,
}

struct ListRow {
    number: usize,
    record: String,
    link: String,
    title: String,
    stays: bool,
    reason: String,
}

/// `GET /desk/shortlists`
pub(crate) async fn list(
    State(front): State<Front>,
    visit: Visit,
    staff: Staff,
) -> Result<Response, Problem> {
    let d = words::say(visit.lang);
    let lists = overlay::shortlists(&front).await?;
    let row = |(title, list): (Title, Shortlist)| {
        let when = Moment::from_seconds(list.at).map(|at| day::time(at, visit.lang)).unwrap_or_default();
        let meta = fill(d.draft_meta, &[("who", &list.by), ("when", &when)]);
        let count = fill(d.list_count, &[("n", &list.entries.len().to_string())]);
        (visit.link(&format!("/desk/shortlists/{title}")), list.name, format!("{count} · {meta}"))
    };
    let page = ListsPage {
        frame: Frame::new(&visit, &front.settings.node_name, d.shortlists_title),
        d,
        key: staff.form_key.clone(),
        action: visit.link("/desk/shortlists"),
        lists: lists.into_iter().map(row).collect(),
    };
    Ok(frame::page(&page, visit.lang))
}

/// `POST /desk/shortlists`
pub(crate) async fn make(
    State(front): State<Front>,
    visit: Visit,
    staff: Staff,
    sent: Sent,
) -> Result<Response, Problem> {
    staff.demand(&sent)?;
    let name: String = sent.value("name").trim().chars().take(NAME_CHARS_MAX).collect();
    if name.is_empty() {
        return Ok(Redirect::to(&visit.link("/desk/shortlists")).into_response());
    }
    let now = (front.settings.clock)();
    let (title, by) = (sheet::fresh(now)?, staff.editor.name.clone());
    let list = Shortlist { name, entries: Vec::new(), by, at: now.seconds() };
    overlay::keep_shortlist(&front, &title, &list).await?;
    Ok(Redirect::to(&visit.link(&format!("/desk/shortlists/{title}"))).into_response())
}

async fn named(front: &Front, name: &str) -> Result<(Title, Shortlist), Problem> {
    let title: Title = name.parse().map_err(|_| Problem::no_page())?;
    let list = overlay::shortlist(front, &title).await?.ok_or_else(Problem::no_page)?;
    Ok((title, list))
}

/// `GET /desk/shortlists/{name}`
pub(crate) async fn show(
    State(front): State<Front>,
    visit: Visit,
    staff: Staff,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let (title, list) = named(&front, &name).await?;
    let mut rows = Vec::new();
    for (number, entry) in list.entries.iter().enumerate() {
        let named = entry.record.split_once('/').filter(|_| number < TITLES_MAX);
        let named =
            named.and_then(|(publisher, record)| Some((publisher.parse().ok()?, record.parse().ok()?)));
        let kept = match named {
            Some((publisher, record)) => front.port.record(publisher, record).await?,
            None => None,
        };
        rows.push(ListRow {
            number,
            link: visit.link(&format!("/desk/records/{}", entry.record)),
            title: kept.map_or_else(|| entry.record.clone(), |kept| title_of(&kept, visit.lang)),
            record: entry.record.clone(),
            stays: entry.stays,
            reason: entry.reason.clone(),
        });
    }
    let page = ListPage {
        frame: Frame::new(&visit, &front.settings.node_name, &list.name),
        d: words::say(visit.lang),
        key: staff.form_key.clone(),
        action: visit.link(&format!("/desk/shortlists/{title}")),
        rows,
    };
    Ok(frame::page(&page, visit.lang))
}

/// `POST /desk/shortlists/{name}`
pub(crate) async fn act(
    State(front): State<Front>,
    visit: Visit,
    staff: Staff,
    Path(name): Path<String>,
    sent: Sent,
) -> Result<Response, Problem> {
    staff.demand(&sent)?;
    let (title, mut list) = named(&front, &name).await?;
    let here = visit.link(&format!("/desk/shortlists/{title}"));
    match sent.value("do").split_once(':').unwrap_or((sent.value("do"), "")) {
        ("discard", _) => {
            overlay::discard_shortlist(&front, &title).await?;
            return Ok(Redirect::to(&visit.link("/desk/shortlists")).into_response());
        }
        ("remove", record) => list.entries.retain(|entry| entry.record != record),
        _ => {
            let entries = list.entries.clone();
            for (number, entry) in entries.iter().enumerate() {
                if let Some(reason) = sent.find(&format!("reason-{number}")) {
                    let stays = sent.value(&format!("stays-{number}")) != "no";
                    list.put(&entry.record, stays, reason);
                }
            }
        }
    }
    list.by.clone_from(&staff.editor.name);
    list.at = (front.settings.clock)().seconds();
    overlay::keep_shortlist(&front, &title, &list).await?;
    Ok(Redirect::to(&here).into_response())
}
