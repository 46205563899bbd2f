//! Looking for the record that a field is to name, without knowing its id.

use crate::desk::editing;
use crate::desk::keeping;
use crate::desk::session::Staff;
use crate::desk::sheet;
use crate::desk::words;
use crate::desk::words::Say;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::labels;
use crate::problem::Problem;
use crate::visit::Visit;
use askama::Template;
use axum::extract::Path;
use axum::extract::State;
use axum::response::Response;
use catalogue::found::Foreign;
use catalogue::query::Filters;
use catalogue::query::Query;
use record::kind;
use record::kind::Field;
use record::kind::Sort;

/// Records of one answer.
const HITS: usize = 20;

#[derive(Template)]
#[template(path = "desk_find.html")]
struct FindPage<'a> {
    frame: Frame<'a>,
    d: &'static Say,
    key: String,
    label: String,
    wanted: String,
    q: String,
    path: String,
    here: String,
    form: String,
    hits: Vec<Hit>,
}

struct Hit {
    target: String,
    title: String,
    kind: String,
    summary: String,
    /// The languages of these, where they are not the reader's.
    foreign: Foreign,
    publisher: String,
}

/// `GET /desk/drafts/{id}/find?path=..&q=..`
pub(crate) async fn show(
    State(front): State<Front>,
    visit: Visit,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let name = keeping::named(&id)?;
    let sheet = sheet::load(&front, &name).await?.ok_or_else(Problem::no_draft)?;
    let asked =
        |key: &str| visit.query.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value.as_str());
    let path = asked("path").to_owned();
    let kind = kind::kind(&sheet.kind).ok_or_else(Problem::no_kind)?;
    let field = at(&kind.fields, &editing::plain_path(&path)).ok_or_else(Problem::no_page)?;
    let mut hits = Vec::new();
    // Each kind is asked about by itself, so that none of them hides the others.
    let kinds: Vec<Option<String>> = match field.refers_to.is_empty() {
        true => vec![None],
        false => field.refers_to.iter().cloned().map(Some).collect(),
    };
    for kind in kinds {
        let filters = kind.map_or_else(Filters::none, |kind| Filters::none().with("kind", &kind));
        let text = asked("q").to_owned();
        let query = Query { text, filters, lang: visit.lang, limit: HITS, ..Query::default() };
        hits.extend(front.port.search(query).await?.hits);
    }
    let hit = |hit: catalogue::found::Hit| Hit {
        target: format!("{}/{}", hit.publisher, hit.record),
        title: hit.title,
        kind: labels::kind_one(&hit.kind, visit.lang),
        summary: hit.summary,
        foreign: hit.foreign,
        publisher: hit.publisher.to_string(),
    };
    let d = words::say(visit.lang);
    let wanted: Vec<String> =
        field.refers_to.iter().map(|kind| labels::kind_many(kind, visit.lang)).collect();
    let page = FindPage {
        frame: Frame::new(&visit, &front.settings.node_name, d.find_title),
        d,
        key: staff.form_key.clone(),
        label: field.label.say(visit.lang).to_owned(),
        wanted: wanted.join(", "),
        q: asked("q").to_owned(),
        path,
        here: format!("/desk/drafts/{name}/find"),
        form: visit.link(&format!("/desk/drafts/{name}")),
        hits: hits.into_iter().map(hit).collect(),
    };
    Ok(frame::page(&page, visit.lang))
}

/// The field at a path without the numbers of rows.
fn at<'a>(fields: &'a [Field], path: &str) -> Option<&'a Field> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let field = fields.iter().find(|field| field.name == first)?;
    match (rest, &field.sort) {
        (None, Sort::Reference) => Some(field),
        (Some(rest), Sort::Group { fields }) => at(fields, rest),
        _ => None,
    }
}
