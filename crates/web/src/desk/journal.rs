//! Who did what at this node: written down here, shown to staff, bounded, and never sent anywhere.

use crate::cabinet::Deed;
use crate::day;
use crate::desk::session::Staff;
use crate::desk::words;
use crate::desk::words::Say;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::problem::Problem;
use crate::visit::Visit;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use record::moment::Moment;

/// Lines of the journal that one page shows.
const DEEDS_SHOWN: usize = 300;

/// A line of the journal, in words.
pub(crate) struct Line {
    pub(crate) when: String,
    pub(crate) who: String,
    pub(crate) what: String,
    pub(crate) link: Option<String>,
    pub(crate) title: String,
    pub(crate) reason: String,
}

#[derive(Template)]
#[template(path = "desk_journal.html")]
struct JournalPage<'a> {
    frame: Frame<'a>,
    d: &'static Say,
    lines: Vec<Line>,
}

/// Writes a line. A journal that cannot be written stops nobody, but the log says so.
pub(crate) async fn note(front: &Front, deed: Deed) {
    if front.papers(move |cabinet| cabinet.note(&deed)).await.is_err() {
        tracing::error!("the journal of the desk cannot be written");
    }
}

/// The newest lines.
pub(crate) async fn newest(front: &Front, visit: &Visit, limit: usize) -> Result<Vec<Line>, Problem> {
    let deeds = front.papers(move |cabinet| cabinet.deeds(limit)).await?;
    Ok(deeds.into_iter().map(|deed| line(deed, visit)).collect())
}

fn line(deed: Deed, visit: &Visit) -> Line {
    let when = Moment::from_seconds(deed.at).map(|at| day::time(at, visit.lang)).unwrap_or_default();
    let record = (!deed.record.is_empty()).then(|| visit.link(&format!("/desk/records/{}", deed.record)));
    let title = if deed.title.is_empty() { deed.record } else { deed.title };
    Line {
        when,
        who: deed.who,
        what: words::deed(&deed.what, words::say(visit.lang)).to_owned(),
        link: record,
        title,
        reason: deed.reason,
    }
}

/// `GET /desk/journal`
pub(crate) async fn show(
    State(front): State<Front>,
    visit: Visit,
    _staff: Staff,
) -> Result<Response, Problem> {
    let d = words::say(visit.lang);
    let page = JournalPage {
        frame: Frame::new(&visit, &front.settings.node_name, d.journal_title),
        d,
        lines: newest(&front, &visit, DEEDS_SHOWN).await?,
    };
    Ok(frame::page(&page, visit.lang))
}
