//! `/`: the search with its four stages and action fields, or the results of a search.

use crate::api::request::Asked;
use crate::day;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::labels;
use crate::pages::results;
use crate::pages::results::FacetShown;
use crate::pages::results::HitShown;
use crate::pages::results::PARAMETERS;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::fill;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use catalogue::found::Found;
use catalogue::query::Filters;
use catalogue::query::OFFSET_MAX;
use catalogue::query::Query;
use record::kind;
use record::name::LANDS;
use record::name::Name;
use serde::Deserialize;

/// Hits on one page of results.
const PAGE_HITS: usize = 20;
/// Records that stand on the home page as the newest.
const NEWEST: usize = 6;

/// What the address asks for. Numbers are text here: a search page that somebody mistyped is still a page.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Looked {
    q: Option<String>,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    field: String,
    #[serde(default)]
    land: String,
    #[serde(default)]
    publisher: String,
    #[serde(default)]
    stage: String,
    #[serde(default)]
    page: String,
}

/// The form at the top of both pages.
struct Form {
    q: String,
    kinds: Vec<Choice>,
    lands: Vec<Choice>,
    /// Filters in use that the form has no field for.
    hidden: Vec<(&'static str, String)>,
}

struct Choice {
    code: String,
    label: String,
    chosen: bool,
}

struct StageShown {
    link: String,
    number: String,
    title: &'static str,
    text: &'static str,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    frame: Frame<'a>,
    form: Form,
    stages: Vec<StageShown>,
    fields: Vec<(String, &'static str)>,
    newest: Vec<HitShown>,
}

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
}

/// `GET /`
pub(crate) async fn show(
    State(front): State<Front>,
    visit: Visit,
    Asked(looked): Asked<Looked>,
) -> Result<Response, Problem> {
    if looked.q.is_some() || !looked.is_unfiltered() {
        return found(&front, &visit, &looked).await;
    }
    let w = visit.words();
    let query = Query { lang: visit.lang, limit: NEWEST, ..Query::default() };
    let newest = front.port.search(query).await?;
    let names = results::names(&front, newest.hits.iter().map(|hit| &hit.publisher)).await?;
    let texts = [
        (w.stage_1, w.stage_1_text),
        (w.stage_2, w.stage_2_text),
        (w.stage_3, w.stage_3_text),
        (w.stage_4, w.stage_4_text),
    ];
    let stage = |(number, (title, text)): (u64, (&'static str, &'static str))| {
        let number = number.to_string();
        let link = visit.link_with("/", &[("stage", &number)]);
        StageShown { link, number: fill(w.stage, &[("n", &number)]), title, text }
    };
    let fields = labels::action_fields(visit.lang).into_iter();
    let today = (front.settings.clock)().day();
    let home = Home {
        frame: Frame::new(&visit, &front.settings.node_name, w.home_title),
        form: form(&visit, &looked),
        stages: (1..).zip(texts).map(stage).collect(),
        fields: fields.map(|(code, label)| (visit.link_with("/", &[("field", code)]), label)).collect(),
        newest: results::hits(&newest, &names, &visit, today),
    };
    Ok(frame::page(&home, visit.lang))
}

impl Looked {
    fn is_unfiltered(&self) -> bool {
        [&self.kind, &self.field, &self.land, &self.publisher, &self.stage]
            .into_iter()
            .all(|text| text.is_empty())
    }

    /// The page asked for, from 1.
    fn page(&self) -> usize {
        self.page.parse().unwrap_or(1).clamp(1, OFFSET_MAX / PAGE_HITS)
    }

    fn query(&self, visit: &Visit) -> Query {
        let mut filters = Filters::none();
        let chosen = [
            ("kind", &self.kind),
            ("action_field", &self.field),
            ("land", &self.land),
            ("publisher", &self.publisher),
            // What is no stage finds nothing, rather than everything.
            ("stage", &self.stage),
        ];
        for (facet, code) in chosen.into_iter().filter(|(_, code)| !code.is_empty()) {
            filters.add(facet, code);
        }
        Query {
            text: self.q.clone().unwrap_or_default(),
            filters,
            lang: visit.lang,
            limit: PAGE_HITS,
            offset: (self.page() - 1) * PAGE_HITS,
            ..Query::default()
        }
    }
}

fn form(visit: &Visit, looked: &Looked) -> Form {
    let kinds = kind::kinds().iter().filter(|kind| !kind.protocol).map(|kind| Choice {
        code: kind.name.clone(),
        label: kind.plural.say(visit.lang).to_owned(),
        chosen: kind.name == looked.kind,
    });
    let mut lands: Vec<Choice> = LANDS
        .iter()
        .map(|(code, name)| Choice {
            code: (*code).to_owned(),
            label: (*name).to_owned(),
            chosen: *code == looked.land,
        })
        .collect();
    lands.sort_by(|a, b| a.label.cmp(&b.label));
    let hidden = [("field", &looked.field), ("stage", &looked.stage), ("publisher", &looked.publisher)];
    Form {
        q: looked.q.clone().unwrap_or_default(),
        kinds: kinds.collect(),
        lands,
        hidden: hidden
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (key, value.clone()))
            .collect(),
    }
}

async fn found(front: &Front, visit: &Visit, looked: &Looked) -> Result<Response, Problem> {
    let (w, lang) = (visit.words(), visit.lang);
    let found = front.port.search(looked.query(visit)).await?;
    let names = results::names(front, found.hits.iter().map(|hit| &hit.publisher)).await?;
    let q = looked.q.clone().unwrap_or_default();
    let q = q.trim();
    let title = match q {
        "" => w.results_title.to_owned(),
        q => fill(w.results_title_for, &[("q", q)]),
    };
    let (part, page) = part(&found, looked, visit);
    let at = |page: usize| at(visit, looked, page);
    let reach = looked.page() * PAGE_HITS;
    let more = !found.hits.is_empty() && (reach as u64) < found.total && reach < OFFSET_MAX;
    let results = Results {
        frame: Frame::new(visit, &front.settings.node_name, &title),
        form: form(visit, looked),
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
    };
    Ok(frame::page(&results, lang))
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

/// The same search on another page.
fn at(visit: &Visit, looked: &Looked, page: usize) -> String {
    let number = page.to_string();
    let number = if page == 1 { "" } else { &number };
    visit.link_with(
        "/",
        &[
            ("q", looked.q.as_deref().unwrap_or_default()),
            ("kind", &looked.kind),
            ("field", &looked.field),
            ("land", &looked.land),
            ("stage", &looked.stage),
            ("publisher", &looked.publisher),
            ("page", number),
        ],
    )
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
                true => visit.link_with("/", &[("q", " ")]).replace("%20", ""),
                false => visit.link_with("/", &kept),
            },
            remove_text: fill(w.filter_remove, &[("name", &name)]),
            name,
        });
    }
    Ok(filters)
}
