//! `/`: the search with its four stages and action fields, or the results of a search.

use crate::api::request::Asked;
use crate::day;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::labels;
use crate::pages::dated;
use crate::pages::dated::Due;
use crate::pages::kin;
use crate::pages::kin::KinShown;
use crate::pages::list;
use crate::pages::looked::Form;
use crate::pages::looked::Looked;
use crate::pages::results;
use crate::pages::results::HitShown;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::fill;
use crate::words::reading::Reading;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use catalogue::query::Query;

/// Records that stand on the start page as the newest.
const NEWEST: usize = 5;
/// Dates that stand on the start page, of each sort.
const DUE: usize = 3;
/// Words that are offered before anything is typed.
const SUGGESTED: usize = 12;

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
    /// The Land whose newest records these are, and the list of all of them; nothing where they are from everywhere.
    near: Option<(String, String)>,
    hits: Vec<HitShown>,
    all: String,
    sum: Option<String>,
    events: Vec<Due>,
    funding: Vec<Due>,
    needs: Vec<Due>,
    /// What municipalities like ours use.
    alike: Vec<KinShown>,
    alike_title: &'static str,
}

/// `GET /`
pub(crate) async fn show(
    State(front): State<Front>,
    visit: Visit,
    Asked(looked): Asked<Looked>,
) -> Result<Response, Problem> {
    if looked.q.is_some() || !looked.is_unfiltered() {
        return list::found(&front, &visit, &looked).await;
    }
    let (w, r, lang) = (visit.words(), Reading::of(visit.lang), visit.lang);
    let land = front.itself().await?.publisher.land().to_owned();
    let everywhere = front.search(Query { lang, limit: NEWEST, ..Query::default() }).await?;
    let of_land = Looked { land: land.clone(), ..Looked::default() };
    let nearby = front.search(of_land.stretch(&visit, 0, NEWEST)).await?;
    let near = (!nearby.hits.is_empty()).then(|| {
        let land_name = labels::land(&land);
        (fill(r.near_title, &[("land", land_name)]), fill(r.near_all, &[("land", land_name)]))
    });
    let newest = if near.is_some() { &nearby } else { &everywhere };
    let names = results::names(&front, newest.hits.iter().map(|hit| &hit.publisher)).await?;
    let today = (front.settings.clock)().day();
    let bodies = everywhere.facets.get("publisher").map_or(0, Vec::len);
    let sum = (everywhere.total > 0).then(|| {
        let n = day::number(everywhere.total, lang);
        fill(r.sum_holdings, &[("n", &n), ("bodies", &day::number(bodies as u64, lang))])
    });
    let fields = labels::action_fields(lang).into_iter();
    let suggested = front.port.suggest(String::new(), SUGGESTED).await?;
    let frame = Frame::new(&visit, &front.settings.node_name, w.home_title)
        .and(visit.link("/feed.atom"), "application/atom+xml", r.feed_new)
        .with_script("suggest.js");
    let (alike_title, alike) = kin::used_by_alike(&front, &visit).await?;
    let home = Home {
        frame,
        form: Form::of(&visit, &looked, suggested),
        stages: stages(&visit),
        fields: fields.map(|(code, label)| (visit.link_with("/", &[("field", code)]), label)).collect(),
        all: match &near {
            Some(_) => visit.link_with("/", &[("land", &land)]),
            None => visit.everything(),
        },
        near,
        hits: results::hits(newest, &names, &visit, today),
        sum,
        events: dated::coming(&front, &visit, "event", DUE).await?,
        funding: dated::coming(&front, &visit, "funding", DUE).await?,
        needs: dated::coming(&front, &visit, "need", DUE).await?,
        alike,
        alike_title,
    };
    Ok(frame::scripted_page(&home, lang))
}

fn stages(visit: &Visit) -> Vec<StageShown> {
    let w = visit.words();
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
    (1..).zip(texts).map(stage).collect()
}
