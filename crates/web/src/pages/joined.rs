//! The part of a record's page on which others speak: lamps, assessments, adoptions, notices.

use crate::day;
use crate::joined;
use crate::joined::Assessment;
use crate::joined::Joined;
use crate::joined::LAMPS;
use crate::joined::Light;
use crate::joined::Outcome;
use crate::joined::name_of;
use crate::joined::text;
use crate::joined::title_of;
use crate::labels;
use crate::port::Kept;
use crate::visit::Visit;
use crate::words::Say;
use crate::words::fill;
use askama::Template;
use record::kind::texts;
use record::value::Value;
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "joined.html")]
struct JoinedHtml {
    w: &'static Say,
    /// The part before the record's own words, or the one behind them.
    first: bool,
    claims: Vec<Entry>,
    lamps: Vec<Lamp>,
    notices: Vec<Notice>,
    uses: Option<Uses>,
    assessments: Vec<Check>,
    others: Vec<(String, Vec<Entry>)>,
    others_more: Option<String>,
}

/// A record in a list: its page, its title, who says it and when.
struct Entry {
    link: String,
    title: String,
    meta: String,
}

struct Lamp {
    name: String,
    own: Option<Vec<(String, String)>>,
    signs: Vec<Sign>,
}

/// What one assessor says about one lamp.
struct Sign {
    badge: &'static str,
    word: &'static str,
    link: String,
    meta: String,
    stands: bool,
}

struct Notice {
    entry: Entry,
    sort: String,
    severity: Option<String>,
    text: String,
    grave: bool,
}

struct Uses {
    sentence: String,
    by_class: Vec<(String, usize)>,
    by_land: Vec<(String, usize)>,
    rows: Vec<User>,
    more: Option<String>,
}

struct User {
    who: String,
    who_link: String,
    entry: Entry,
    status: String,
    since: String,
    class: String,
    again: String,
    advises: bool,
}

/// One assessment as a column.
struct Check {
    entry: Entry,
    who: String,
    who_link: String,
    own: bool,
    stands: bool,
    rows: Vec<(&'static str, String)>,
    /// Family and what came out.
    results: Vec<(String, String)>,
    criteria: Option<(String, String)>,
}

/// What a reader has to know before the record's own words, and what stands behind them, as HTML; empty where nobody
/// says anything and there are no lamps.
pub(crate) fn html(about: &Kept, joined: &Joined, visit: &Visit) -> (String, String) {
    let w = visit.words();
    let lamps: Vec<Lamp> = LAMPS.iter().filter_map(|name| lamp(name, about, joined, visit)).collect();
    let mut others: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for other in &joined.others {
        let kind = labels::kind_many(other.statement.content().kind.as_str(), visit.lang);
        others.entry(kind).or_default().push(entry(other, visit));
    }
    let families = families(joined);
    let shown = joined.others.len();
    let mut part = JoinedHtml {
        w,
        first: true,
        claims: joined.claims.iter().map(|claim| entry(claim, visit)).collect(),
        lamps,
        notices: joined.notices.iter().map(|kept| notice(kept, visit)).collect(),
        uses: (joined.uses.total > 0).then(|| uses(joined, visit)),
        assessments: joined.assessments.iter().map(|one| check(one, &families, visit)).collect(),
        others: others.into_iter().collect(),
        others_more: (joined.others_total > shown)
            .then(|| fill(w.joined_more, &[("n", &(joined.others_total - shown).to_string())])),
    };
    let first = part.render().unwrap_or_default();
    part.first = false;
    (first, part.render().unwrap_or_default())
}

fn entry(kept: &Kept, visit: &Visit) -> Entry {
    let day = day::moment(kept.statement.content().issued, visit.lang);
    Entry {
        link: visit.link(&format!("/records/{}", name_of(kept))),
        title: title_of(kept, visit.lang),
        meta: fill(visit.words().hit_published, &[("who", &kept.voucher.display_name), ("day", &day)]),
    }
}

fn who(kept: &Kept, visit: &Visit) -> (String, String) {
    let publisher = &kept.statement.content().publisher;
    (kept.voucher.display_name.clone(), visit.link(&format!("/publishers/{publisher}")))
}

fn lamp(name: &str, about: &Kept, joined: &Joined, visit: &Visit) -> Option<Lamp> {
    let own = joined::own_words(about, name, visit.lang);
    let signs: Vec<Sign> =
        joined.assessments.iter().filter_map(|one| Some(sign(one, one.families.get(name)?, visit))).collect();
    let lamp = Lamp { name: labels::term("criteria-family", name, visit.lang), own, signs };
    (lamp.own.is_some() || !lamp.signs.is_empty()).then_some(lamp)
}

fn light(light: Light, w: &Say) -> (&'static str, &'static str) {
    match light {
        Light::Met => ("badge-good", w.light_met),
        Light::Partly => ("badge-warn", w.light_partly),
        Light::NotMet => ("badge-bad", w.light_not_met),
        Light::Unknown => ("badge-plain", w.light_unknown),
    }
}

fn sign(one: &Assessment, outcome: &Outcome, visit: &Visit) -> Sign {
    let w = visit.words();
    let (badge, word) = light(outcome.light(), w);
    let (name, _) = who(&one.kept, visit);
    let day = text(&one.kept, "assessed_on").map(|day| day::written(day, visit.lang)).unwrap_or_default();
    let said = if one.is_own { w.lamp_own_by } else { w.lamp_checked_by };
    let mut meta = fill(said, &[("who", &name), ("day", &day)]);
    if !one.stands {
        meta = format!("{meta} {}", w.assessment_past);
    }
    let badge = if one.stands { badge } else { "badge-plain" };
    let link = visit.link(&format!("/records/{}", name_of(&one.kept)));
    Sign { badge, word, link, meta, stands: one.stands }
}

fn notice(kept: &Kept, visit: &Visit) -> Notice {
    let lang = visit.lang;
    let severity = text(kept, "severity");
    Notice {
        entry: entry(kept, visit),
        sort: labels::term("notice-type", text(kept, "notice_type").unwrap_or_default(), lang),
        severity: severity.map(|code| labels::term("severity", code, lang)),
        text: texts(kept.statement.content().body(), "summary", lang).unwrap_or_default().to_owned(),
        grave: matches!(severity, Some("high" | "critical")),
    }
}

fn uses(joined: &Joined, visit: &Visit) -> Uses {
    let (w, lang, uses) = (visit.words(), visit.lang, &joined.uses);
    let statuses: Vec<String> = uses
        .by_status
        .iter()
        .map(|(status, number)| format!("{number} {}", labels::term("adoption-status", status, lang)))
        .collect();
    let advisers = uses.advisers.to_string();
    let mut sentence = statuses.join(" · ");
    if uses.advisers > 0 {
        sentence = format!("{sentence} · {}", fill(w.uses_advise, &[("n", &advisers)]));
    }
    let class = |code: &str| match code {
        "" => w.nothing.to_owned(),
        code => labels::term("population-class", code, lang),
    };
    let order = |code: &str| {
        let terms = record::kind::vocabulary("population-class").map_or(&[][..], |known| &known.terms);
        terms.iter().position(|term| term.code == code).unwrap_or(usize::MAX)
    };
    let mut by_class: Vec<_> = uses.by_class.iter().collect();
    by_class.sort_by_key(|(code, _)| order(code));
    let read = uses.read.len();
    Uses {
        sentence,
        by_class: by_class.into_iter().map(|(code, number)| (class(code), *number)).collect(),
        by_land: uses.by_land.iter().map(|(land, number)| (labels::land(land).to_owned(), *number)).collect(),
        rows: uses.read.iter().map(|kept| user(kept, visit)).collect(),
        more: (uses.total > read).then(|| fill(w.joined_more, &[("n", &(uses.total - read).to_string())])),
    }
}

fn user(kept: &Kept, visit: &Visit) -> User {
    let lang = visit.lang;
    let body = kept.statement.content().body();
    let code = |field: &str, vocabulary: &str| {
        text(kept, field).map(|code| labels::term(vocabulary, code, lang)).unwrap_or_default()
    };
    let (who, who_link) = who(kept, visit);
    User {
        who,
        who_link,
        entry: entry(kept, visit),
        status: code("status", "adoption-status"),
        since: body
            .get("since_year")
            .and_then(Value::as_uint)
            .map_or_else(String::new, |year| year.to_string()),
        class: code("population_class", "population-class"),
        again: code("would_do_again", "would-do-again"),
        advises: body.get("willing_to_advise").and_then(Value::as_bool) == Some(true),
    }
}

/// All families that some assessment says something about, those with a lamp first.
fn families(joined: &Joined) -> Vec<String> {
    let mut families: Vec<String> = LAMPS.iter().map(|name| (*name).to_owned()).collect();
    for family in joined.assessments.iter().flat_map(|one| one.families.keys()) {
        if !families.contains(family) {
            families.push(family.clone());
        }
    }
    families.retain(|family| joined.assessments.iter().any(|one| one.families.contains_key(family)));
    families
}

fn check(one: &Assessment, families: &[String], visit: &Visit) -> Check {
    let (w, lang, kept) = (visit.words(), visit.lang, &one.kept);
    let code = |field: &str, vocabulary: &str| {
        text(kept, field).map(|code| labels::term(vocabulary, code, lang)).unwrap_or_default()
    };
    let day = |field: &str| text(kept, field).map(|day| day::written(day, lang)).unwrap_or_default();
    let body = kept.statement.content().body();
    let interest = body.get("interest_disclosure").and_then(Value::as_map);
    let interest = interest.and_then(|block| block.get("code")?.as_text());
    let (who, who_link) = who(kept, visit);
    let outcome = |family: &String| match one.families.get(family) {
        None => "–".to_owned(),
        Some(outcome) => {
            let (_, word) = light(outcome.light(), w);
            let number = |number: usize| number.to_string();
            let (yes, partial) = (number(outcome.yes), number(outcome.partial));
            let (no, unknown) = (number(outcome.no), number(outcome.unknown));
            let counts = [("yes", yes.as_str()), ("partial", &partial), ("no", &no), ("unknown", &unknown)];
            format!("{word} ({})", fill(w.assessment_counts, &counts))
        }
    };
    Check {
        entry: entry(kept, visit),
        who,
        who_link,
        own: one.is_own,
        stands: one.stands,
        rows: vec![
            (w.assessment_role, code("assessor_role", "assessor-role")),
            (
                w.assessment_interest,
                interest.map(|code| labels::term("interest", code, lang)).unwrap_or_default(),
            ),
            (w.assessment_method, code("method", "assessment-method")),
            (w.assessment_day, day("assessed_on")),
            (w.assessment_until, day("valid_until")),
            (w.assessment_version, text(kept, "subject_version").unwrap_or_default().to_owned()),
            (w.assessment_overall, code("overall", "assessment-overall")),
        ],
        results: families
            .iter()
            .map(|family| (labels::term("criteria-family", family, lang), outcome(family)))
            .collect(),
        criteria: one.criteria.as_ref().map(|criteria| {
            let edition = body.get("criteria_version").and_then(Value::as_uint).unwrap_or_default();
            let title = title_of(criteria, lang);
            let title = fill(w.assessment_edition, &[("title", &title), ("n", &edition.to_string())]);
            (visit.link(&format!("/records/{}", name_of(criteria))), title)
        }),
    }
}
