//! A draft as readers will see it.

use crate::desk::editing;
use crate::desk::keeping;
use crate::desk::session::Staff;
use crate::desk::sheet;
use crate::desk::words;
use crate::desk::words::Say;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::pages::shown::Eyes;
use crate::pages::shown::Row;
use crate::port::Role;
use crate::problem::Problem;
use crate::visit::Visit;
use askama::Template;
use axum::extract::Path;
use axum::extract::State;
use axum::response::Response;
use record::kind;
use record::kind::texts;

/// Fields that stand at the head of the page.
const AT_HEAD: [&str; 2] = ["title", "summary"];

#[derive(Template)]
#[template(path = "desk_preview.html")]
struct PreviewPage<'a> {
    frame: Frame<'a>,
    d: &'static Say,
    key: String,
    kind: String,
    title: String,
    summary: Option<String>,
    sections: Vec<(String, Vec<Row>)>,
    form: String,
    may_publish: bool,
}

/// `GET /desk/drafts/{id}/preview`
pub(crate) async fn show(
    State(front): State<Front>,
    visit: Visit,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let name = keeping::named(&id)?;
    let sheet = sheet::load(&front, &name).await?.ok_or_else(Problem::no_draft)?;
    let kind = kind::kind(&sheet.kind).ok_or_else(Problem::no_kind)?;
    let body = front.port.check(sheet.draft()?).await?.body;
    let titles = editing::titles(&front, &body, visit.lang).await?;
    let eyes = Eyes { visit: &visit, titles: &titles };
    let of = |section: &kind::Section| {
        (section.label.say(visit.lang).to_owned(), eyes.section(kind, &section.name, &body, &AT_HEAD))
    };
    let mut sections: Vec<(String, Vec<Row>)> = kind.sections.iter().map(of).collect();
    sections.push((visit.words().record_more.to_owned(), eyes.unknown(Some(kind), &body, &AT_HEAD)));
    sections.retain(|(_, rows)| !rows.is_empty());
    let d = words::say(visit.lang);
    let lang = visit.lang;
    let title = texts(&body, "title", lang).or_else(|| texts(&body, "name", lang));
    let page = PreviewPage {
        frame: Frame::new(&visit, &front.settings.node_name, d.preview_title),
        d,
        key: staff.form_key.clone(),
        kind: kind.label.say(lang).to_owned(),
        title: title.unwrap_or(visit.words().record_untitled).to_owned(),
        summary: texts(&body, "summary", lang).map(str::to_owned),
        sections,
        form: visit.link(&format!("/desk/drafts/{name}")),
        may_publish: staff.editor.role >= Role::Editor,
    };
    Ok(frame::page(&page, visit.lang))
}
