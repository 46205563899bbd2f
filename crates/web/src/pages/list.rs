//! The results of a search: what was found, how it divides, and how to go on.

use crate::day;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::pages::looked::Form;
use crate::pages::looked::Looked;
use crate::pages::looked::PAGE_HITS;
use crate::pages::looked::PARAMETERS;
use crate::pages::results;
use crate::pages::results::FacetShown;
use crate::pages::results::HitShown;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::fill;
use crate::words::reading::Reading;
use askama::Template;
use axum::response::Response;
use catalogue::found::Found;
use catalogue::query::OFFSET_MAX;
use record::name::Name;

/// A filter in use.
struct Filter {
    name: String,
    remove: String,
    remove_text: String,
}

#[derive(Template)]
#[template(path = "results.html")]
struct Results<'a> {
    frame: Frame<'a>,
    form: Form,
    count: String,
    part: String,
    order: &'static str,
    order_link: String,
    hits: Vec<HitShown>,
    filters: Vec<Filter>,
    remove_all: String,
    facets: Vec<FacetShown>,
    page: String,
    previous: Option<String>,
    next: Option<String>,
    feed: String,
    table: String,
    /// What was looked for instead of what was typed, and the link that looks for just that.
    correction: Option<(String, String, String)>,
    /// Whether the hits can be compared with each other.
    comparable: bool,
}

/// The page with what a search found.
pub(crate) async fn found(front: &Front, visit: &Visit, looked: &Looked) -> Result<Response, Problem> {
    let (w, lang) = (visit.words(), visit.lang);
    let found = front.search(looked.query(visit)).await?;
    let names = results::names(front, found.hits.iter().map(|hit| &hit.publisher)).await?;
    let q = looked.words();
    let title = match q {
        "" => w.results_title.to_owned(),
        q => fill(w.results_title_for, &[("q", q)]),
    };
    let (part, page) = part(&found, looked, visit);
    let at = |page: usize| looked.at(visit, "/", &if page == 1 { String::new() } else { page.to_string() });
    let (feed, table) = (looked.at(visit, "/feed.atom", ""), looked.at(visit, "/export.csv", ""));
    let frame = Frame::new(visit, &front.settings.node_name, &title)
        .and(feed.clone(), "application/atom+xml", Reading::of(lang).feed)
        .with_script("suggest.js");
    let reach = looked.page() * PAGE_HITS;
    let more = !found.hits.is_empty() && (reach as u64) < found.total && reach < OFFSET_MAX;
    let results = Results {
        frame,
        form: Form::of(visit, looked, Vec::new()),
        count: match found.total {
            0 => w.results_none.to_owned(),
            1 => w.results_one.to_owned(),
            n => fill(w.results_many, &[("n", &day::number(n, lang))]),
        },
        part,
        order: if q.is_empty() { w.results_order_newest } else { w.results_order_best },
        order_link: visit.link("/sortierung"),
        hits: results::hits(&found, &names, visit, (front.settings.clock)().day()),
        filters: filters(front, visit, looked).await?,
        remove_all: visit.link_with("/", &[("q", q)]),
        facets: results::facets(front, &found, visit).await?,
        page,
        previous: (looked.page() > 1).then(|| at(looked.page() - 1)),
        next: more.then(|| at(looked.page() + 1)),
        feed,
        table,
        correction: found.correction.as_ref().map(|correction| {
            let r = Reading::of(lang);
            let sentence =
                fill(r.corrected, &[("instead", &correction.instead), ("typed", &correction.typed)]);
            let verbatim = Looked { verbatim: "1".to_owned(), page: String::new(), ..looked.clone() };
            let only = fill(r.corrected_only, &[("typed", &correction.typed)]);
            (sentence, verbatim.at(visit, "/", ""), only)
        }),
        comparable: looked.kind == "solution" && found.hits.len() > 1,
    };
    Ok(frame::scripted_page(&results, lang))
}

/// Which part of the list this is, and which page of how many; both empty when one page shows all.
fn part(found: &Found, looked: &Looked, visit: &Visit) -> (String, String) {
    let (w, lang) = (visit.words(), visit.lang);
    let number = |n: usize| day::number(n as u64, lang);
    let shown = found.hits.len();
    if found.total <= shown as u64 || shown == 0 {
        return (String::new(), String::new());
    }
    let before = (looked.page() - 1) * PAGE_HITS;
    let total = day::number(found.total, lang);
    let part = fill(
        w.results_part,
        &[("from", &number(before + 1)), ("to", &number(before + shown)), ("n", &total)],
    );
    let pages = found.total.div_ceil(PAGE_HITS as u64).min((OFFSET_MAX / PAGE_HITS) as u64);
    let page = fill(w.page_of, &[("n", &number(looked.page())), ("all", &day::number(pages, lang))]);
    (part, page)
}

async fn filters(front: &Front, visit: &Visit, looked: &Looked) -> Result<Vec<Filter>, Problem> {
    let w = visit.words();
    let publisher: Option<Name> = looked.publisher.parse().ok();
    let names = results::names(front, publisher.iter()).await?;
    let mut filters = Vec::new();
    for (facet, parameter) in PARAMETERS {
        let Some((_, code)) = visit.query.iter().find(|(key, value)| key == parameter && !value.is_empty())
        else {
            continue;
        };
        let name = results::code_label(facet, code, &names, visit);
        let kept: Vec<(&str, &str)> = visit
            .query
            .iter()
            .filter(|(key, _)| key != parameter && key != "page")
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        filters.push(Filter {
            remove: match kept.is_empty() {
                true => visit.everything(),
                false => visit.link_with("/", &kept),
            },
            remove_text: fill(w.filter_remove, &[("name", &name)]),
            name,
        });
    }
    Ok(filters)
}
