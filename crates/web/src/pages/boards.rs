//! `/needs` and `/funding`: who looks for what, and what can be applied for, with their deadlines.

use crate::api::request::Asked;
use crate::day;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::labels;
use crate::pages::dated;
use crate::pages::looked;
use crate::pages::looked::Choice;
use crate::pages::looked::Looked;
use crate::port::Kept;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::boards::Boards;
use crate::words::fill;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::Date;
use record::value::Value;
use serde::Deserialize;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    field: String,
    #[serde(default)]
    land: String,
}

struct CardShown {
    link: String,
    title: String,
    lang: Option<String>,
    summary: Option<(String, Option<String>)>,
    who: String,
    /// What counts most: a deadline.
    when: String,
    /// How long there is left.
    left: Option<String>,
    tags: Vec<String>,
    /// What else counts, in one line; may be empty.
    more: String,
}

struct Group {
    id: &'static str,
    heading: &'static str,
    cards: Vec<CardShown>,
    /// Whether it is over: folded away.
    over: bool,
}

#[derive(Template)]
#[template(path = "board.html")]
struct Board<'a> {
    frame: Frame<'a>,
    action: &'static str,
    lead: &'static str,
    none: &'static str,
    fields: Vec<Choice>,
    lands: Vec<Choice>,
    groups: Vec<Group>,
    feed: String,
    table: String,
    all: String,
}

/// `GET /needs`
pub(crate) async fn needs(
    State(front): State<Front>,
    visit: Visit,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    let b = Boards::of(visit.lang);
    let looked = looked_for("need", &wanted);
    let records = dated::all(&front, &visit, &looked).await?;
    let today = (front.settings.clock)().day();
    let is_open = |kept: &&Kept| {
        !matches!(dated::text(kept.statement.content().body(), "status"), "solved" | "withdrawn")
    };
    let card = |kept: &Kept| need(kept, today, &visit);
    let groups = vec![
        Group {
            id: "open",
            heading: b.needs_open,
            cards: records.iter().filter(is_open).map(card).collect(),
            over: false,
        },
        Group {
            id: "solved",
            heading: b.needs_solved,
            cards: records.iter().filter(|kept| !is_open(kept)).map(card).collect(),
            over: true,
        },
    ];
    Ok(board(&front, &visit, &looked, ("/needs", b.needs_title, b.needs_lead, b.needs_none), groups))
}

/// `GET /funding`
pub(crate) async fn funding(
    State(front): State<Front>,
    visit: Visit,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    let b = Boards::of(visit.lang);
    let looked = looked_for("funding", &wanted);
    let records = dated::all(&front, &visit, &looked).await?;
    let today = (front.settings.clock)().day();
    let mut sorted: Vec<(Stand, String, &Kept)> = records
        .iter()
        .map(|kept| {
            let body = kept.statement.content().body();
            let until = dated::text(body, "open_until");
            // Programmes without an end come behind those with one.
            let order = if until.is_empty() { "9999".to_owned() } else { until.to_owned() };
            (stand(kept, today), order, kept)
        })
        .collect();
    sorted.sort_by(|a, b| a.1.cmp(&b.1));
    let of = |wanted: Stand| -> Vec<CardShown> {
        let of = sorted.iter().filter(|(stand, _, _)| *stand == wanted);
        of.map(|(_, _, kept)| programme(kept, today, &visit)).collect()
    };
    let groups = vec![
        Group { id: "now", heading: b.funding_now, cards: of(Stand::Now), over: false },
        Group { id: "later", heading: b.funding_later, cards: of(Stand::Later), over: false },
        Group { id: "over", heading: b.funding_over, cards: of(Stand::Over), over: true },
    ];
    Ok(board(&front, &visit, &looked, ("/funding", b.funding_title, b.funding_lead, b.funding_none), groups))
}

/// Whether a programme takes applications.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    Now,
    Later,
    Over,
}

fn stand(kept: &Kept, today: Date) -> Stand {
    let body = kept.statement.content().body();
    let day = |field: &str| dated::text(body, field).parse::<Date>().ok();
    match (day("open_from"), day("open_until")) {
        (_, Some(until)) if until < today => Stand::Over,
        (Some(from), _) if from > today => Stand::Later,
        _ if dated::text(body, "status") == "closed" => Stand::Over,
        _ => Stand::Now,
    }
}

fn looked_for(kind: &str, wanted: &Wanted) -> Looked {
    let (field, land) = (wanted.field.clone(), wanted.land.clone());
    Looked { kind: kind.to_owned(), field, land, ..Looked::default() }
}

fn board(
    front: &Front,
    visit: &Visit,
    looked: &Looked,
    (action, title, lead, none): (&'static str, &str, &'static str, &'static str),
    groups: Vec<Group>,
) -> Response {
    let b = Boards::of(visit.lang);
    let feed = looked.at(visit, "/feed.atom", "");
    let page = Board {
        frame: Frame::new(visit, &front.settings.node_name, title).and(
            feed.clone(),
            "application/atom+xml",
            b.board_feed,
        ),
        action,
        lead,
        none,
        fields: looked::terms("action-field", &looked.field, visit),
        lands: looked::lands(&looked.land),
        groups: groups.into_iter().filter(|group| !group.cards.is_empty()).collect(),
        feed,
        table: looked.at(visit, "/export.csv", ""),
        all: looked.at(visit, "/", ""),
    };
    frame::page(&page, visit.lang)
}

fn card(kept: &Kept, visit: &Visit) -> CardShown {
    let body = kept.statement.content().body();
    let (title, lang) = dated::title(kept, visit);
    CardShown {
        link: dated::link(kept, visit),
        title,
        lang,
        summary: dated::spoken(body, "summary", visit),
        who: kept.voucher.display_name.clone(),
        when: String::new(),
        left: None,
        tags: Vec::new(),
        more: String::new(),
    }
}

/// The labels of the codes in a field, whether it holds one or several.
fn codes(kept: &Kept, field: &str, vocabulary: &str, visit: &Visit) -> Vec<String> {
    let label = |value: &Value| Some(labels::term(vocabulary, value.as_text()?, visit.lang));
    match kept.statement.content().body().get(field) {
        Some(Value::List(items)) => items.iter().filter_map(label).collect(),
        Some(value) => label(value).into_iter().collect(),
        None => Vec::new(),
    }
}

fn need(kept: &Kept, today: Date, visit: &Visit) -> CardShown {
    let (b, lang) = (Boards::of(visit.lang), visit.lang);
    let body = kept.statement.content().body();
    let mut tags = codes(kept, "need_type", "need-type", visit);
    tags.extend(codes(kept, "status", "need-status", visit));
    let mut more = Vec::new();
    for (field, vocabulary, sentence) in [
        ("time_horizon", "time-horizon", b.needs_horizon),
        ("population_class", "population-class", b.needs_size),
    ] {
        more.extend(
            codes(kept, field, vocabulary, visit).iter().map(|text| fill(sentence, &[("text", text)])),
        );
    }
    if body.get("open_to_joint").and_then(Value::as_bool) == Some(true) {
        more.push(b.needs_joint.to_owned());
    }
    let until = dated::text(body, "valid_until").parse::<Date>().ok();
    CardShown {
        when: until.map_or_else(String::new, |until| fill(b.needs_until, &[("day", &day::day(until, lang))])),
        left: until.and_then(|until| dated::left(until, today, lang)),
        tags,
        more: more.join(" · "),
        ..card(kept, visit)
    }
}

fn programme(kept: &Kept, today: Date, visit: &Visit) -> CardShown {
    let (b, lang) = (Boards::of(visit.lang), visit.lang);
    let body = kept.statement.content().body();
    let mut tags = codes(kept, "funding_type", "funding-type", visit);
    tags.extend(codes(kept, "funder_level", "funder-level", visit));
    tags.extend(codes(kept, "amount_band", "amount-band", visit));
    if let Some(rate) = body.get("rate_max").and_then(Value::as_uint) {
        tags.push(fill(b.funding_rate, &[("n", &rate.to_string())]));
    }
    let day = |field: &str| dated::text(body, field).parse::<Date>().ok();
    let when = match (stand(kept, today), day("open_from"), day("open_until")) {
        (Stand::Later, Some(from), _) => fill(b.funding_from, &[("day", &day::day(from, lang))]),
        (_, _, Some(until)) => fill(b.funding_until, &[("day", &day::day(until, lang))]),
        _ => b.funding_always.to_owned(),
    };
    let left = day("open_until").and_then(|until| dated::left(until, today, lang));
    CardShown { when, left, tags, ..card(kept, visit) }
}
