//! Hits and filters as they stand on a page of results.

use crate::day;
use crate::front::Front;
use crate::labels;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::fill;
use catalogue::found::Found;
use catalogue::found::Hit;
use catalogue::found::Piece;
use jiff::civil::Date;
use record::name::Name;
use std::collections::BTreeMap;

/// Codes of one facet that are offered.
const CODES_SHOWN: usize = 12;

/// A hit on the page.
pub(crate) struct HitShown {
    pub(crate) link: String,
    pub(crate) kind: String,
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) snippet: Vec<Piece>,
    pub(crate) published: String,
    pub(crate) action_fields: Vec<String>,
    pub(crate) overdue: Option<String>,
}

/// A facet with the codes one can narrow by.
pub(crate) struct FacetShown {
    pub(crate) heading: &'static str,
    pub(crate) codes: Vec<CodeShown>,
}

/// One code of a facet.
pub(crate) struct CodeShown {
    pub(crate) link: String,
    pub(crate) label: String,
    pub(crate) count: String,
    pub(crate) count_text: String,
}

/// The filters of an address: its parameters by facet.
pub(crate) const PARAMETERS: [(&str, &str); 5] = [
    ("kind", "kind"),
    ("action_field", "field"),
    ("land", "land"),
    ("stage", "stage"),
    ("publisher", "publisher"),
];

/// The official names of publishers that occur on a page.
pub(crate) async fn names(
    front: &Front,
    publishers: impl Iterator<Item = &Name>,
) -> Result<BTreeMap<Name, String>, Problem> {
    let mut names = BTreeMap::new();
    for name in publishers {
        if !names.contains_key(name) {
            let known = front.port.publisher(name.clone()).await?;
            names.insert(name.clone(), known.map_or_else(|| name.to_string(), |known| known.display_name));
        }
    }
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
    let (w, lang) = (visit.words(), visit.lang);
    let who = names.get(&hit.publisher).map_or(hit.publisher.as_str(), String::as_str);
    let day = day::moment(hit.issued, lang);
    let overdue = hit.valid_until.as_deref().filter(|until| day::is_past(until, today));
    HitShown {
        link: visit.link(&format!("/records/{}/{}", hit.publisher, hit.record)),
        kind: labels::kind_one(&hit.kind, lang),
        title: if hit.title.is_empty() { w.record_untitled.to_owned() } else { hit.title.clone() },
        summary: hit.summary.clone(),
        snippet: hit.snippet.clone(),
        published: fill(w.hit_published, &[("who", who), ("day", &day)]),
        action_fields: hit.action_fields.iter().map(|code| labels::action_field(code, lang)).collect(),
        overdue: overdue.map(|until| fill(w.hit_overdue, &[("day", &day::written(until, lang))])),
    }
}

/// The parameter of a facet.
fn parameter(facet: &str) -> &'static str {
    PARAMETERS.iter().find(|(known, _)| *known == facet).map_or("", |(_, parameter)| parameter)
}

/// What people call a facet.
fn heading(facet: &str, visit: &Visit) -> &'static str {
    let w = visit.words();
    match facet {
        "kind" => w.facet_kind,
        "action_field" => w.facet_action_field,
        "land" => w.facet_land,
        "stage" => w.facet_stage,
        _ => w.facet_publisher,
    }
}

/// What people call a code of a facet.
pub(crate) fn code_label(facet: &str, code: &str, names: &BTreeMap<Name, String>, visit: &Visit) -> String {
    match facet {
        "kind" => labels::kind_many(code, visit.lang),
        "action_field" => labels::action_field(code, visit.lang),
        "land" => labels::land(code).to_owned(),
        "stage" => labels::stage(code, visit.words()),
        _ => code
            .parse::<Name>()
            .ok()
            .and_then(|name| names.get(&name).cloned())
            .unwrap_or_else(|| code.to_owned()),
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
        shown.push(FacetShown { heading: heading(facet, visit), codes: codes.collect() });
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

#[cfg(test)]
mod tests {
    use crate::pages::results::PARAMETERS;
    use catalogue::query::FACETS;

    #[test]
    fn every_parameter_is_a_facet_of_the_catalogue() {
        for (facet, _) in PARAMETERS {
            assert!(FACETS.contains(&facet), "{facet}");
        }
    }
}
