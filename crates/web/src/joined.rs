//! What others say about a record, joined onto it: who uses it, who assessed it and how, who objects, who took it over.

use crate::front::Front;
use crate::port::Kept;
use crate::problem::Problem;
use crate::sayings::Assessment;
use crate::sayings::Joined;
use crate::sayings::Outcome;
use crate::sayings::Uses;
use catalogue::joined::Referrer;
use jiff::civil::Date;
use record::kind;
use record::kind::Lang;
use record::kind::texts;
use record::name::Name;
use record::statement::RecordId;
use record::value::Map;
use record::value::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Adoptions of one page that are read in full; all are counted.
const ADOPTIONS_READ_MAX: usize = 60;
/// Assessments of one page.
const ASSESSMENTS_READ_MAX: usize = 20;
/// Notices of one page.
const NOTICES_READ_MAX: usize = 20;
/// Other records of one page that refer to this one.
const OTHERS_READ_MAX: usize = 40;
/// Criteria catalogues that are read for one page.
const CATALOGUES_MAX: usize = 8;
/// Stubs that one claimed record takes over.
const STUBS_MAX: usize = 10;

/// The families of criteria that have a lamp. Their names are fields of solutions as well.
pub(crate) const LAMPS: [&str; 3] = ["privacy", "security", "accessibility"];
/// The kinds that say something about another record, and the fields that name it.
const SAYINGS: [(&str, &[&str]); 3] =
    [("adoption", &["solution", "measure"]), ("assessment", &["subject"]), ("notice", &["subject"])];
/// In the order in which adoptions are read: what runs first.
const STATUSES: [&str; 6] = ["in-use", "piloting", "evaluating", "interested", "left", "rejected"];

/// What others say about a record, read once while nothing changes.
pub(crate) async fn joined(front: &Front, about: &Kept) -> Result<Arc<Joined>, Problem> {
    let content = about.statement.content();
    let today = (front.settings.clock)().day();
    let (asked, newest) = ((content.publisher.clone(), content.record, today), front.port.indexed());
    if let Some(joined) = front.joined.recall(&asked, newest) {
        return Ok(joined);
    }
    let joined = Arc::new(all(front, about, today).await?);
    front.joined.keep(asked, newest, Arc::clone(&joined));
    Ok(joined)
}

async fn all(front: &Front, about: &Kept, today: Date) -> Result<Joined, Problem> {
    let content = about.statement.content();
    let mut referrers = front.port.referrers(content.publisher.clone(), content.record).await?;
    for (publisher, record) in taken_over(front, about).await? {
        referrers.extend(front.port.referrers(publisher, record).await?);
    }
    let mut joined = Joined { uses: uses(&referrers), ..Joined::default() };
    let adoptions = in_order(&referrers);
    joined.uses.read = read(front, adoptions.into_iter(), ADOPTIONS_READ_MAX).await?;
    let of = |kind: &'static str| referrers.iter().filter(move |referrer| says(referrer, kind));
    let assessments = read(front, of("assessment"), ASSESSMENTS_READ_MAX).await?;
    joined.assessments = judged(front, assessments, content.publisher.clone(), today).await?;
    let (claims, notices): (Vec<Kept>, Vec<Kept>) = read(front, of("notice"), NOTICES_READ_MAX)
        .await?
        .into_iter()
        .partition(|kept| text(kept, "notice_type") == Some("claim"));
    joined.notices = notices;
    joined.notices.sort_by_key(|kept| std::cmp::Reverse(kept.statement.content().issued));
    let is_stub = text(about, "entry_status") == Some("stub");
    joined.claims = claims;
    let is_joined = |referrer: &Referrer| SAYINGS.iter().any(|(kind, _)| says(referrer, kind));
    let others: Vec<&Referrer> = referrers.iter().filter(|referrer| !is_joined(referrer)).collect();
    joined.others_total = others.len();
    let others = read(front, others.into_iter(), OTHERS_READ_MAX).await?;
    let (claiming, others) =
        others.into_iter().partition(|other| is_stub && claims_it(other, &name_of(about)));
    joined.claims.extend::<Vec<Kept>>(claiming);
    joined.others = others;
    Ok(joined)
}

/// Whether a record says what its kind is there to say about another one, and does not only mention it.
fn says(referrer: &Referrer, kind: &str) -> bool {
    let fields = SAYINGS.iter().find(|(of, _)| *of == kind).map_or(&[][..], |(_, fields)| fields);
    referrer.kind == kind && referrer.via.iter().any(|via| fields.contains(via))
}

/// `publisher/record`.
pub(crate) fn name_of(kept: &Kept) -> String {
    let content = kept.statement.content();
    format!("{}/{}", content.publisher, content.record)
}

/// A text of a kept body.
pub(crate) fn text<'a>(kept: &'a Kept, field: &str) -> Option<&'a str> {
    kept.statement.content().body().get(field)?.as_text()
}

/// The title of a record, or its name.
pub(crate) fn title_of(kept: &Kept, lang: Lang) -> String {
    let body = kept.statement.content().body();
    let title = texts(body, "title", lang).or_else(|| texts(body, "name", lang));
    title.map_or_else(|| name_of(kept), str::to_owned)
}

/// The records that a body says it takes the place of.
fn superseded(body: &Map) -> impl Iterator<Item = &str> {
    let related = body.get("related").and_then(Value::as_list).unwrap_or_default();
    related
        .iter()
        .filter_map(Value::as_map)
        .filter(|entry| entry.get("type").and_then(Value::as_text) == Some("supersedes"))
        .filter_map(|entry| entry.get("record")?.as_text())
}

fn claims_it(other: &Kept, stub: &str) -> bool {
    text(other, "entry_status") == Some("claimed")
        && superseded(other.statement.content().body()).any(|target| target == stub)
}

/// The stubs that a claimed record took over: what was said about them is said about it.
async fn taken_over(front: &Front, about: &Kept) -> Result<Vec<(Name, RecordId)>, Problem> {
    let mut stubs = Vec::new();
    if text(about, "entry_status") != Some("claimed") {
        return Ok(stubs);
    }
    for target in superseded(about.statement.content().body()).take(STUBS_MAX) {
        let Some((publisher, record)) = target.split_once('/') else { continue };
        let (Ok(publisher), Ok(record)) = (publisher.parse::<Name>(), record.parse::<RecordId>()) else {
            continue;
        };
        let kept = front.port.record(publisher.clone(), record).await?;
        if kept.is_some_and(|kept| text(&kept, "entry_status") == Some("stub")) {
            stubs.push((publisher, record));
        }
    }
    Ok(stubs)
}

fn uses(referrers: &[Referrer]) -> Uses {
    let mut uses = Uses::default();
    let adoptions = referrers.iter().filter(|referrer| says(referrer, "adoption"));
    let mut by_status: BTreeMap<&'static str, usize> = BTreeMap::new();
    for adoption in adoptions {
        uses.total += 1;
        let status = adoption.fact("status").unwrap_or_default();
        *by_status.entry(status).or_default() += 1;
        if matches!(status, "in-use" | "piloting") {
            *uses.by_class.entry(adoption.fact("population_class").unwrap_or_default()).or_default() += 1;
            *uses.by_land.entry(adoption.publisher.land().to_owned()).or_default() += 1;
        }
        uses.advisers += usize::from(adoption.fact("willing_to_advise") == Some("true"));
    }
    uses.by_status =
        STATUSES.iter().filter_map(|status| by_status.get(status).map(|number| (*status, *number))).collect();
    uses
}

/// Adoptions, what runs first, then in the order of the names.
fn in_order(referrers: &[Referrer]) -> Vec<&Referrer> {
    let mut adoptions: Vec<&Referrer> =
        referrers.iter().filter(|referrer| says(referrer, "adoption")).collect();
    let place = |referrer: &Referrer| {
        STATUSES.iter().position(|status| referrer.fact("status") == Some(status)).unwrap_or(STATUSES.len())
    };
    adoptions.sort_by(|a, b| (place(a), &a.publisher).cmp(&(place(b), &b.publisher)));
    adoptions
}

async fn read<'a>(
    front: &Front,
    referrers: impl Iterator<Item = &'a Referrer>,
    limit: usize,
) -> Result<Vec<Kept>, Problem> {
    let mut read = Vec::new();
    for Referrer { publisher, record, .. } in referrers.take(limit) {
        let kept = front.port.record(publisher.clone(), *record).await?;
        // It may have been withdrawn since the references were looked at.
        read.extend(kept.filter(|kept| !kept.statement.content().is_retracted()));
    }
    Ok(read)
}

async fn judged(
    front: &Front,
    assessments: Vec<Kept>,
    subject: Name,
    today: Date,
) -> Result<Vec<Assessment>, Problem> {
    let mut catalogues: BTreeMap<String, Option<Kept>> = BTreeMap::new();
    for kept in &assessments {
        let Some(criteria) = text(kept, "criteria") else { continue };
        if catalogues.contains_key(criteria) || catalogues.len() >= CATALOGUES_MAX {
            continue;
        }
        let named = criteria
            .split_once('/')
            .and_then(|(publisher, record)| Some((publisher.parse().ok()?, record.parse().ok()?)));
        let catalogue = match named {
            Some((publisher, record)) => front.port.record(publisher, record).await?,
            None => None,
        };
        catalogues
            .insert(criteria.to_owned(), catalogue.filter(|kept| !kept.statement.content().is_retracted()));
    }
    let replaced: Vec<(Name, String)> = assessments
        .iter()
        .filter_map(|kept| {
            Some((kept.statement.content().publisher.clone(), text(kept, "supersedes")?.to_owned()))
        })
        .collect();
    let mut judged: Vec<Assessment> = assessments
        .into_iter()
        .map(|kept| {
            let criteria = text(&kept, "criteria").and_then(|name| catalogues.get(name).cloned()).flatten();
            let publisher = kept.statement.content().publisher.clone();
            let is_own = publisher == subject
                || text(&kept, "assessor_role") == Some("provider")
                || text(&kept, "method") == Some("self-declaration");
            let until = text(&kept, "valid_until").and_then(|day| day.parse::<Date>().ok());
            let stands = until.is_some_and(|until| until >= today)
                && !kept.statement.content().body().contains_key("withdrawn_reason")
                && !replaced.contains(&(publisher, name_of(&kept)));
            let families = families(kept.statement.content().body(), criteria.as_ref());
            Assessment { kept, criteria, is_own, stands, families }
        })
        .collect();
    judged.sort_by(|a, b| {
        let place =
            |one: &Assessment| (!one.stands, one.is_own, text(&one.kept, "assessed_on").map(str::to_owned));
        let ((a_late, a_own, a_day), (b_late, b_own, b_day)) = (place(a), place(b));
        (a_late, a_own, b_day).cmp(&(b_late, b_own, a_day))
    });
    Ok(judged)
}

/// Sorts the results of an assessment by the families of its catalogue.
fn families(body: &Map, criteria: Option<&Kept>) -> BTreeMap<String, Outcome> {
    let list = |body: &Map, field: &str| -> Vec<Map> {
        let items = body.get(field).and_then(Value::as_list).unwrap_or_default();
        items.iter().filter_map(Value::as_map).cloned().collect()
    };
    let word =
        |map: &Map, field: &str| map.get(field).and_then(Value::as_text).unwrap_or_default().to_owned();
    let results: BTreeMap<String, String> =
        list(body, "results").iter().map(|result| (word(result, "item"), word(result, "result"))).collect();
    let mut families: BTreeMap<String, Outcome> = BTreeMap::new();
    let Some(criteria) = criteria else { return families };
    for item in list(criteria.statement.content().body(), "items") {
        // What was not asked in this assessment says nothing about its family.
        let Some(result) = results.get(&word(&item, "id")) else { continue };
        let outcome = families.entry(word(&item, "family")).or_default();
        let is_must = word(&item, "level") == "must";
        match result.as_str() {
            "yes" => outcome.yes += 1,
            "not-applicable" => {}
            "partial" => outcome.partial += 1,
            "no" => outcome.no += 1,
            _ => outcome.unknown += 1,
        }
        outcome.fails |= is_must && result == "no";
        outcome.doubts |= is_must && !matches!(result.as_str(), "yes" | "not-applicable");
    }
    families
}

/// What the publisher itself says about the family of a lamp: codes of the block, or nothing.
pub(crate) fn own_words(about: &Kept, lamp: &str, lang: Lang) -> Option<Vec<(String, String)>> {
    let content = about.statement.content();
    let field = kind::kind(content.kind.as_str())?.field(lamp)?;
    let kind::Sort::Group { fields } = &field.sort else { return None };
    let block = content.body().get(lamp).and_then(Value::as_map);
    let said = fields.iter().filter_map(|field| {
        let kind::Sort::Code { vocabulary } = &field.sort else { return None };
        let code = block?.get(&field.name)?.as_text()?;
        let label = kind::vocabulary(vocabulary)?.term(code).map_or(code, |term| term.label.say(lang));
        Some((field.label.say(lang).to_owned(), label.to_owned()))
    });
    Some(said.collect())
}

#[cfg(test)]
mod tests {
    use crate::sayings::Light;
    use crate::sayings::Outcome;

    #[test]
    fn one_unmet_demand_is_enough_and_silence_is_no_answer() {
        let light = |outcome: Outcome| outcome.light();
        assert_eq!(light(Outcome::default()), Light::Unknown);
        assert_eq!(light(Outcome { unknown: 3, doubts: true, ..Outcome::default() }), Light::Unknown);
        assert_eq!(light(Outcome { yes: 3, ..Outcome::default() }), Light::Met);
        assert_eq!(light(Outcome { yes: 3, unknown: 1, ..Outcome::default() }), Light::Partly);
        assert_eq!(light(Outcome { yes: 3, no: 1, ..Outcome::default() }), Light::Partly);
        assert_eq!(
            light(Outcome { yes: 9, no: 1, fails: true, doubts: true, ..Outcome::default() }),
            Light::NotMet
        );
    }
}
