//! Hits and filters as they stand on a page of results.

use crate::day;
use crate::front::Front;
use crate::labels;
use crate::pages::looked::PARAMETERS;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::fill;
use crate::words::reading::Reading;
use catalogue::found::Foreign;
use catalogue::found::Found;
use catalogue::found::Hit;
use catalogue::found::Piece;
use catalogue::register::Register;
use jiff::civil::Date;
use record::name::Name;
use std::collections::BTreeMap;

/// Facets that are not folded away.
const OPEN: [&str; 5] = ["kind", "action_field", "population_class", "land", "stage"];
/// Codes of one facet that are offered.
const CODES_SHOWN: usize = 12;

/// A hit on the page.
pub(crate) struct HitShown {
    pub(crate) link: String,
    /// `publisher/record`, to be chosen by.
    pub(crate) reference: String,
    pub(crate) kind: String,
    pub(crate) title: String,
    pub(crate) summary: String,
    /// The languages of these, where they are not the reader's.
    pub(crate) foreign: Foreign,
    pub(crate) snippet: Vec<Piece>,
    pub(crate) published: String,
    pub(crate) action_fields: Vec<String>,
    pub(crate) overdue: Option<String>,
    /// How many say that they use it.
    pub(crate) used: Option<String>,
}

/// A facet with the codes one can narrow by.
pub(crate) struct FacetShown {
    pub(crate) heading: &'static str,
    pub(crate) codes: Vec<CodeShown>,
    /// Less often needed, so folded away.
    pub(crate) folded: bool,
}

/// One code of a facet.
pub(crate) struct CodeShown {
    pub(crate) link: String,
    pub(crate) label: String,
    pub(crate) count: String,
    pub(crate) count_text: String,
}

/// The official names of publishers that occur on a page.
pub(crate) async fn names(
    front: &Front,
    publishers: impl Iterator<Item = &Name>,
) -> Result<BTreeMap<Name, String>, Problem> {
    let mut asked: Vec<Name> = publishers.cloned().collect();
    asked.sort();
    asked.dedup();
    let mut names: BTreeMap<Name, String> =
        asked.iter().map(|name| (name.clone(), name.to_string())).collect();
    names.extend(front.port.called(asked).await?);
    Ok(names)
}

/// The hits of an answer.
pub(crate) fn hits(
    found: &Found,
    names: &BTreeMap<Name, String>,
    visit: &Visit,
    today: Date,
) -> Vec<HitShown> {
    found.hits.iter().map(|hit| shown(hit, names, visit, today)).collect()
}

fn shown(hit: &Hit, names: &BTreeMap<Name, String>, visit: &Visit, today: Date) -> HitShown {
    let (w, r, lang) = (visit.words(), Reading::of(visit.lang), visit.lang);
    let who = names.get(&hit.publisher).map_or(hit.publisher.as_str(), String::as_str);
    let day = day::moment(hit.issued, lang);
    let overdue = hit.valid_until.as_deref().filter(|until| day::is_past(until, today));
    HitShown {
        reference: format!("{}/{}", hit.publisher, hit.record),
        link: visit.link(&format!("/records/{}/{}", hit.publisher, hit.record)),
        kind: labels::kind_one(&hit.kind, lang),
        title: if hit.title.is_empty() { w.record_untitled.to_owned() } else { hit.title.clone() },
        summary: hit.summary.clone(),
        foreign: hit.foreign.clone(),
        snippet: if repeats(&hit.snippet, &hit.summary) { Vec::new() } else { hit.snippet.clone() },
        published: fill(w.hit_published, &[("who", who), ("day", &day)]),
        action_fields: hit.action_fields.iter().map(|code| labels::action_field(code, lang)).collect(),
        used: match hit.users {
            0 => None,
            1 => Some(r.used_one.to_owned()),
            n => Some(fill(r.used_many, &[("n", &day::number(n, lang))])),
        },
        overdue: overdue.map(|until| fill(w.hit_overdue, &[("day", &day::written(until, lang))])),
    }
}

/// Whether a snippet says nothing that the summary above it does not say.
fn repeats(snippet: &[Piece], summary: &str) -> bool {
    let text: String = snippet.iter().map(|piece| piece.text.as_str()).collect();
    summary.contains(text.trim_matches(|c: char| c.is_whitespace() || c == '…' || c == '.'))
}

/// The parameter of a facet.
fn parameter(facet: &str) -> &'static str {
    PARAMETERS.iter().find(|(known, _)| *known == facet).map_or("", |(_, parameter)| parameter)
}

/// What people call a facet.
fn heading(facet: &str, visit: &Visit) -> &'static str {
    let (w, r) = (visit.words(), Reading::of(visit.lang));
    match facet {
        "kind" => w.facet_kind,
        "action_field" => w.facet_action_field,
        "land" => w.facet_land,
        "stage" => w.facet_stage,
        "population_class" => r.facet_size,
        "district" => r.facet_district,
        "phase" => r.facet_phase,
        "deployment_model" => r.facet_deployment,
        "lamp" => r.facet_lamp,
        "licence" => r.facet_licence,
        "freshness" => r.facet_fresh,
        _ => w.facet_publisher,
    }
}

/// What people call a code of a facet.
pub(crate) fn code_label(facet: &str, code: &str, names: &BTreeMap<Name, String>, visit: &Visit) -> String {
    match facet {
        "kind" => labels::kind_many(code, visit.lang),
        "action_field" => labels::action_field(code, visit.lang),
        "land" => labels::land(code).to_owned(),
        "population_class" => labels::term("population-class", code, visit.lang),
        "deployment_model" => labels::term("deployment-model", code, visit.lang),
        "phase" => match labels::term("phase", code, visit.lang) {
            same if same == code => labels::term("development-status", code, visit.lang),
            label => label,
        },
        "lamp" => lamp(code, visit),
        "freshness" => fresh(code, visit).to_owned(),
        "district" => Register::built_in().district(code).unwrap_or(code).to_owned(),
        "licence" => code.to_owned(),
        "stage" => labels::stage(code, visit.words()),
        _ => code
            .parse::<Name>()
            .ok()
            .and_then(|name| names.get(&name).cloned())
            .unwrap_or_else(|| code.to_owned()),
    }
}

/// A lamp, and whether somebody else looked at it.
fn lamp(code: &str, visit: &Visit) -> String {
    let (family, tested) = match code.strip_suffix("-tested") {
        Some(family) => (family, true),
        None => (code, false),
    };
    let label = labels::term("criteria-family", family, visit.lang);
    let sentence =
        if tested { Reading::of(visit.lang).lamp_tested } else { Reading::of(visit.lang).lamp_said };
    fill(sentence, &[("what", &label)])
}

fn fresh<'a>(code: &'a str, visit: &Visit) -> &'a str {
    let r = Reading::of(visit.lang);
    match code {
        "month" => r.fresh_month,
        "year" => r.fresh_year,
        "older" => r.fresh_older,
        "overdue" => r.fresh_overdue,
        other => other,
    }
}

/// The facets that still divide the answer; those with a filter in use are left out.
pub(crate) async fn facets(front: &Front, found: &Found, visit: &Visit) -> Result<Vec<FacetShown>, Problem> {
    let mut shown = Vec::new();
    for (facet, parameter) in PARAMETERS {
        let codes = found.facets.get(facet).map_or(&[][..], Vec::as_slice);
        let in_use = visit.query.iter().any(|(key, value)| key == parameter && !value.is_empty());
        if in_use || codes.is_empty() {
            continue;
        }
        let codes = codes.get(..CODES_SHOWN).unwrap_or(codes);
        let publishers: Vec<Name> = match facet {
            "publisher" => codes.iter().filter_map(|(code, _)| code.parse().ok()).collect(),
            _ => Vec::new(),
        };
        let names = names(front, publishers.iter()).await?;
        let codes = codes.iter().map(|(code, count)| code_shown(facet, code, *count, &names, visit));
        let folded = !OPEN.contains(&facet);
        shown.push(FacetShown { heading: heading(facet, visit), codes: codes.collect(), folded });
    }
    Ok(shown)
}

fn code_shown(
    facet: &str,
    code: &str,
    count: u64,
    names: &BTreeMap<Name, String>,
    visit: &Visit,
) -> CodeShown {
    let (w, count) = (visit.words(), day::number(count, visit.lang));
    let kept = visit
        .query
        .iter()
        .filter(|(key, _)| key != "page")
        .map(|(key, value)| (key.as_str(), value.as_str()));
    let query: Vec<(&str, &str)> = kept.chain([(parameter(facet), code)]).collect();
    CodeShown {
        link: visit.link_with("/", &query),
        label: code_label(facet, code, names, visit),
        count_text: match count.as_str() {
            "1" => w.facet_count_one.to_owned(),
            n => fill(w.facet_count_many, &[("n", n)]),
        },
        count: format!("({count})"),
    }
}
