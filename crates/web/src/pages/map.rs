//! `/map`: the Länder with what comes from them, as a drawing with a table beside it.

pub(crate) mod land;

use crate::api::request::Asked;
use crate::day;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::labels;
use crate::pages::cover;
use crate::pages::looked;
use crate::pages::looked::Choice;
use crate::pages::looked::Form;
use crate::pages::looked::Looked;
use crate::pages::map::land::SIZE;
use crate::pages::map::land::lands;
use crate::pages::map::land::place;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::boards::Boards;
use crate::words::fill;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use record::name::LANDS;
use std::collections::BTreeMap;

/// Shades beside the lightest one, which stands for nothing.
const SHADES: u64 = 4;
/// Places that are drawn; more would not be told apart.
const PLACES_MAX: usize = 2_000;

struct LandShown {
    link: String,
    label: String,
    path: &'static str,
    shade: u64,
    x: u32,
    y: u32,
    count: String,
}

struct RowShown {
    link: String,
    land: String,
    records: String,
    bodies: String,
    cover: String,
    seen: String,
}

#[derive(Template)]
#[template(path = "map.html")]
struct Map<'a> {
    frame: Frame<'a>,
    kinds: Vec<Choice>,
    fields: Vec<Choice>,
    size: (u32, u32),
    lands: Vec<LandShown>,
    legend: Vec<(u64, String)>,
    rows: Vec<RowShown>,
    places: Vec<(u32, u32)>,
    count: String,
    /// How many municipalities take part, and how many of them were seen lately.
    turnout: String,
}

/// `GET /map`
pub(crate) async fn show(
    State(front): State<Front>,
    visit: Visit,
    Asked(looked): Asked<Looked>,
) -> Result<Response, Problem> {
    let (w, b, lang) = (visit.words(), Boards::of(visit.lang), visit.lang);
    let narrowed =
        Looked { kind: looked.kind, field: looked.field, stage: looked.stage, ..Looked::default() };
    let found = front.search(narrowed.stretch(&visit, 0, 1)).await?;
    let counts: BTreeMap<&str, u64> = found
        .facets
        .get("land")
        .into_iter()
        .flatten()
        .map(|(label, count)| (label.as_str(), *count))
        .collect();
    let turnout = front.turnout().await?;
    let most = lands().iter().filter_map(|land| counts.get(land.label)).max().copied().unwrap_or(0);
    let link = |label: &str| Looked { land: label.to_owned(), ..narrowed.clone() }.at(&visit, "/", "");
    let shown = lands().iter().map(|land| {
        let count = counts.get(land.label).copied().unwrap_or(0);
        let n = match count {
            0 => w.results_none.to_owned(),
            1 => w.facet_count_one.to_owned(),
            n => fill(w.facet_count_many, &[("n", &day::number(n, lang))]),
        };
        LandShown {
            link: link(land.label),
            label: fill(b.map_land, &[("land", labels::land(land.label)), ("n", &n)]),
            path: land.path,
            shade: shade(count, most),
            x: land.centre.0,
            y: land.centre.1,
            count: if count == 0 { String::new() } else { day::number(count, lang) },
        }
    });
    let mut rows: Vec<(&str, &str)> = LANDS.to_vec();
    rows.sort_by_key(|(label, name)| (*label == "bund", *name));
    let rows = rows.into_iter().map(|(label, name)| {
        let (cover, seen) = cover::of(&turnout, label, &visit);
        RowShown {
            link: link(label),
            land: if label == "bund" { b.map_everywhere.to_owned() } else { name.to_owned() },
            records: day::number(counts.get(label).copied().unwrap_or(0), lang),
            bodies: day::number(turnout.bodies.get(label).copied().unwrap_or(0), lang),
            cover,
            seen,
        }
    });
    let form = Form::of(&visit, &narrowed, Vec::new());
    let page = Map {
        frame: Frame::new(&visit, &front.settings.node_name, b.map_title),
        kinds: form.kinds,
        fields: looked::terms("action-field", &narrowed.field, &visit),
        size: SIZE,
        lands: shown.collect(),
        legend: legend(most, &visit),
        rows: rows.collect(),
        places: turnout.places.iter().take(PLACES_MAX).map(|(lat, lon)| place(*lat, *lon)).collect(),
        count: match found.total {
            0 => w.results_none.to_owned(),
            1 => w.results_one.to_owned(),
            n => fill(w.results_many, &[("n", &day::number(n, lang))]),
        },
        turnout: cover::sum(&turnout, &visit),
    };
    Ok(frame::page(&page, lang))
}

/// From 0 for nothing to [`SHADES`] for the most, in equal steps.
fn shade(count: u64, most: u64) -> u64 {
    if count == 0 { 0 } else { (count * SHADES).div_ceil(most.max(1)).min(SHADES) }
}

/// The counts that each shade stands for; shades for which there is no count are left out.
fn legend(most: u64, visit: &Visit) -> Vec<(u64, String)> {
    let b = Boards::of(visit.lang);
    let mut legend = vec![(0, b.map_legend_none.to_owned())];
    for wanted in 1..=SHADES {
        let first = (wanted - 1) * most / SHADES + 1;
        let last = wanted * most / SHADES;
        let text = match last {
            last if last < first => continue,
            last if last == first => day::number(last, visit.lang),
            last => {
                let (first, last) = (day::number(first, visit.lang), day::number(last, visit.lang));
                fill(b.map_legend_span, &[("from", &first), ("to", &last)])
            }
        };
        legend.push((wanted, text));
    }
    legend
}

#[cfg(test)]
mod tests {
    use crate::pages::map::shade;

    #[test]
    fn shades_grow_with_the_count() {
        assert_eq!([0, 1, 25, 26, 75, 100].map(|count| shade(count, 100)), [0, 1, 1, 2, 3, 4]);
        assert_eq!(shade(1, 1), 4);
        assert_eq!(shade(0, 0), 0);
    }
}
