//! The part of a record's page on which others speak: lamps, assessments, adoptions, notices.

use crate::day;
use crate::joined;
use crate::joined::LAMPS;
use crate::joined::name_of;
use crate::joined::text;
use crate::joined::title_of;
use crate::labels;
use crate::pages::dated;
use crate::port::Kept;
use crate::sayings::Assessment;
use crate::sayings::Joined;
use crate::sayings::Light;
use crate::sayings::Outcome;
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
    /// What to click for seeing them.
    assessments_show: String,
    /// The same question to all assessments.
    answers: Vec<(String, Vec<Cell>)>,
    others: Vec<(String, Vec<Entry>)>,
    others_more: Option<String>,
}

/// A record in a list: its page, its title, who says it and when.
struct Entry {
    link: String,
    title: String,
    /// The language of the title, where it is not the reader's.
    lang: Option<String>,
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
    /// The language of the text, where it is not the reader's.
    lang: Option<String>,
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
    who: String,
    who_link: String,
    own: bool,
    stands: bool,
}

/// What one assessment says to one question.
#[derive(Default)]
struct Cell {
    /// Its class and word.
    badge: Option<(&'static str, &'static str)>,
    link: Option<String>,
    text: String,
}

/// What others say, as HTML, with the ids and headings of its parts.
pub(crate) struct JoinedShown {
    /// What a reader has to know before the record's own words.
    pub(crate) first: String,
    /// What stands behind them.
    pub(crate) then: String,
    pub(crate) before: Vec<(&'static str, &'static str)>,
    pub(crate) behind: Vec<(&'static str, &'static str)>,
}

/// What others say about a record; empty where nobody says anything and there are no lamps. `size` is the population
/// class of the municipality that reads.
pub(crate) fn html(about: &Kept, joined: &Joined, size: Option<&str>, visit: &Visit) -> JoinedShown {
    let w = visit.words();
    let lamps: Vec<Lamp> = LAMPS.iter().filter_map(|name| lamp(name, about, joined, visit)).collect();
    let mut others: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for other in &joined.others {
        let kind = labels::kind_many(other.statement.content().kind.as_str(), visit.lang);
        others.entry(kind).or_default().push(entry(other, visit));
    }
    let shown = joined.others.len();
    let mut part = JoinedHtml {
        w,
        first: true,
        claims: joined.claims.iter().map(|claim| entry(claim, visit)).collect(),
        lamps,
        notices: joined.notices.iter().map(|kept| notice(kept, visit)).collect(),
        uses: (joined.uses.total > 0).then(|| uses(joined, size, visit)),
        assessments: joined.assessments.iter().map(|one| check(one, visit)).collect(),
        assessments_show: match joined.assessments.len() {
            1 => w.joined_assessment_show.to_owned(),
            n => fill(w.joined_assessments_show, &[("n", &n.to_string())]),
        },
        answers: answers(joined, visit),
        others: others.into_iter().collect(),
        others_more: (joined.others_total > shown)
            .then(|| fill(w.joined_more, &[("n", &(joined.others_total - shown).to_string())])),
    };
    let present = |parts: &[(bool, &'static str, &'static str)]| {
        parts.iter().filter(|(there, _, _)| *there).map(|(_, id, heading)| (*id, *heading)).collect()
    };
    let before = present(&[
        (!part.notices.is_empty(), "notices", w.joined_notices),
        (!part.lamps.is_empty(), "lamps", w.lamps_title),
    ]);
    let behind = present(&[
        (!part.assessments.is_empty(), "assessments", w.joined_assessments),
        (part.uses.is_some(), "uses", w.joined_uses),
        (!part.others.is_empty(), "referrers", w.joined_others),
    ]);
    let first = part.render().unwrap_or_default();
    part.first = false;
    JoinedShown { first, then: part.render().unwrap_or_default(), before, behind }
}

/// What others say about a record, for a paper or a table.
pub(crate) struct InShort {
    /// Who uses it; empty where nobody says so.
    pub(crate) users: String,
    /// Family, and who came to what result.
    pub(crate) checks: Vec<(String, String)>,
    /// Whether anybody has checked anything.
    pub(crate) checked: bool,
}

/// The users and the checks that count now, one line each.
pub(crate) fn in_short(about: &Kept, joined: &Joined, size: Option<&str>, visit: &Visit) -> InShort {
    /// Users that are named.
    const NAMED_MAX: usize = 5;
    let w = visit.words();
    let uses = |kept: &&Kept| matches!(text(kept, "status"), Some("in-use" | "piloting"));
    let named = joined.uses.read.iter().filter(uses).take(NAMED_MAX);
    let named: Vec<&str> = named.map(|kept| kept.voucher.display_name.as_str()).collect();
    let users = match (joined.uses.total, named.is_empty()) {
        (0, _) => String::new(),
        (_, true) => self::uses(joined, size, visit).sentence,
        (_, false) => format!("{} ({})", self::uses(joined, size, visit).sentence, named.join(", ")),
    };
    let checks = LAMPS.iter().filter_map(|name| {
        let lamp = lamp(name, about, joined, visit)?;
        let said = joined.assessments.iter().filter(|one| one.stands).filter_map(|one| {
            let (_, word) = light(one.families.get(*name)?.light(), w);
            let who = &one.kept.voucher.display_name;
            Some(match one.is_own {
                true => format!("{word} ({who}, {})", w.lamp_own),
                false => format!("{word} ({who})"),
            })
        });
        let said: Vec<String> = said.collect();
        Some((lamp.name, if said.is_empty() { w.lamp_unchecked.to_owned() } else { said.join(", ") }))
    });
    let checked = joined.assessments.iter().any(|one| one.stands);
    InShort { users, checks: checks.collect(), checked }
}

fn entry(kept: &Kept, visit: &Visit) -> Entry {
    let day = day::moment(kept.statement.content().issued, visit.lang);
    Entry {
        link: visit.link(&format!("/records/{}", name_of(kept))),
        title: title_of(kept, visit.lang),
        lang: foreign(kept, "title", visit),
        meta: fill(visit.words().hit_published, &[("who", &kept.voucher.display_name), ("day", &day)]),
    }
}

/// The language of a text, where it is not the reader's.
fn foreign(kept: &Kept, field: &str, visit: &Visit) -> Option<String> {
    dated::spoken(kept.statement.content().body(), field, visit).and_then(|(_, lang)| lang)
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
        lang: foreign(kept, "summary", visit),
        text: texts(kept.statement.content().body(), "summary", lang).unwrap_or_default().to_owned(),
        grave: matches!(severity, Some("high" | "critical")),
    }
}

fn uses(joined: &Joined, size: Option<&str>, visit: &Visit) -> Uses {
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
    let alike = size.and_then(|size| Some((size, uses.by_class.get(size)?)));
    if let Some((size, number)) = alike {
        let values = [("n", number.to_string()), ("class", labels::term("population-class", size, lang))];
        let values = values.each_ref().map(|(key, value)| (*key, value.as_str()));
        let alike = if *number == 1 { w.uses_alike_one } else { w.uses_alike };
        sentence = format!("{sentence} · {}", fill(alike, &values));
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

fn check(one: &Assessment, visit: &Visit) -> Check {
    let (who, who_link) = who(&one.kept, visit);
    Check { who, who_link, own: one.is_own, stands: one.stands }
}

/// The questions that every assessment answers, and what each of them says.
fn answers(joined: &Joined, visit: &Visit) -> Vec<(String, Vec<Cell>)> {
    let (w, lang) = (visit.words(), visit.lang);
    let all = |label: &str, say: &dyn Fn(&Assessment) -> Cell| {
        (label.to_owned(), joined.assessments.iter().map(say).collect::<Vec<Cell>>())
    };
    let code = |field: &'static str, vocabulary: &'static str| {
        move |one: &Assessment| {
            Cell::text(text(&one.kept, field).map(|code| labels::term(vocabulary, code, lang)))
        }
    };
    let day = |field: &'static str| {
        move |one: &Assessment| Cell::text(text(&one.kept, field).map(|day| day::written(day, lang)))
    };
    let interest = |one: &Assessment| {
        let block = one.kept.statement.content().body().get("interest_disclosure").and_then(Value::as_map);
        let code = block.and_then(|block| block.get("code")?.as_text());
        Cell::text(code.map(|code| labels::term("interest", code, lang)))
    };
    let mut answers = vec![
        all(w.assessment_overall, &code("overall", "assessment-overall")),
        all(w.assessment_role, &code("assessor_role", "assessor-role")),
        all(w.assessment_interest, &interest),
        all(w.assessment_method, &code("method", "assessment-method")),
        all(w.assessment_day, &day("assessed_on")),
        all(w.assessment_until, &day("valid_until")),
        all(w.assessment_version, &|one| Cell::text(text(&one.kept, "subject_version").map(str::to_owned))),
        all(w.assessment_criteria, &|one| catalogue(one, visit)),
    ];
    answers.extend(families(joined).iter().map(|family| {
        let result = |one: &Assessment| match one.families.get(family) {
            None => Cell::text(None),
            Some(outcome) => {
                let (badge, word) = light(outcome.light(), w);
                Cell { badge: Some((badge, word)), ..Cell::text(Some(counted(outcome, w))) }
            }
        };
        all(&labels::term("criteria-family", family, lang), &result)
    }));
    answers.push(all(w.assessment_whole, &|one| {
        let entry = entry(&one.kept, visit);
        Cell { link: Some(entry.link), ..Cell::text(Some(entry.title)) }
    }));
    answers.retain(|(_, cells)| cells.iter().any(|cell| !cell.text.is_empty() || cell.badge.is_some()));
    answers
}

fn catalogue(one: &Assessment, visit: &Visit) -> Cell {
    let (w, lang) = (visit.words(), visit.lang);
    let Some(criteria) = &one.criteria else {
        return Cell::text(Some(w.assessment_criteria_missing.to_owned()));
    };
    let edition = one.kept.statement.content().body().get("criteria_version").and_then(Value::as_uint);
    let edition = edition.unwrap_or_default().to_string();
    let title = title_of(criteria, lang);
    let title = fill(w.assessment_edition, &[("title", &title), ("n", &edition)]);
    Cell { link: Some(visit.link(&format!("/records/{}", name_of(criteria)))), ..Cell::text(Some(title)) }
}

/// How often which result came out.
fn counted(outcome: &Outcome, w: &Say) -> String {
    let counts = [
        (outcome.yes, w.count_yes),
        (outcome.partial, w.count_partial),
        (outcome.no, w.count_no),
        (outcome.unknown, w.count_unknown),
    ];
    let some = counts.iter().filter(|(number, _)| *number > 0);
    some.map(|(number, words)| fill(words, &[("n", &number.to_string())])).collect::<Vec<_>>().join(", ")
}

impl Cell {
    fn text(text: Option<String>) -> Cell {
        Cell { text: text.unwrap_or_default(), ..Cell::default() }
    }
}
