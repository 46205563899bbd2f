//! What a new draft begins with: a copy, a claim, the next version, or an answer to a record of others.

use crate::desk::filled;
use crate::desk::sheet::Sheet;
use crate::front::Front;
use crate::joined::name_of;
use crate::joined::text;
use crate::joined::title_of;
use crate::labels;
use crate::port::Kept;
use crate::problem::Problem;
use crate::visit::Visit;
use catalogue::query::Filters;
use catalogue::query::Query;
use jiff::ToSpan as _;
use jiff::civil::Date;
use record::kind;
use record::kind::Field;
use record::kind::Kind;
use record::kind::Lang;
use record::kind::Sort;
use record::value::Map;
use record::value::Value;

/// Months that a record is valid where nobody says until when.
const VALID_MONTHS: u32 = 12;
/// A title, in characters, as the kind files allow it.
const TITLE_CHARS_MAX: usize = 120;
/// What belongs to one record and is not copied to another.
const NOT_COPIED: [&str; 5] = ["valid_until", "same_as", "source", "reconfirmed", "uid"];
/// What an own profile says that other records of the same body say as well.
const FROM_PROFILE: [&str; 2] = ["population_class", "contact_point"];

/// What somebody wants to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// A new record of a kind, perhaps about another one.
    Fresh,
    /// The next version of an own record.
    Revise,
    /// A new record with the words of another one.
    Copy,
    /// The own record in the place of a stub that somebody else wrote.
    Claim,
}

impl Wish {
    pub(crate) fn parse(text: &str) -> Wish {
        match text {
            "revise" => Wish::Revise,
            "copy" => Wish::Copy,
            "claim" => Wish::Claim,
            _ => Wish::Fresh,
        }
    }
}

/// The day until which a record is valid from today on, as far as its kind allows.
pub(crate) fn valid_until(kind: &Kind, today: Date) -> Option<Value> {
    let months = kind.field("valid_until")?.months_ahead_max.unwrap_or(VALID_MONTHS).min(VALID_MONTHS);
    Some(today.saturating_add(i64::from(months).months()).to_string().into())
}

/// The fields of a kind that may name a record of another kind.
pub(crate) fn pointers<'a>(kind: &'a Kind, to: &'a str) -> impl Iterator<Item = &'a Field> {
    kind.fields.iter().filter(move |field| {
        let is_about = field.refers_to.is_empty() && field.required == kind::Required::Always;
        field.sort == Sort::Reference && (is_about || field.refers_to.iter().any(|known| known == to))
    })
}

/// Kinds by which somebody answers to a record of this kind: those whose point is to name it.
pub(crate) fn answers(to: &str) -> Vec<&'static Kind> {
    let names =
        |kind: &&Kind| pointers(kind, to).any(|field| field.repeated.is_none() && kind.is_in_front(field));
    kind::kinds().iter().filter(|kind| !kind.protocol && kind.name != to).filter(names).collect()
}

/// A sheet for this wish. `about` is the record it begins with.
pub(crate) async fn sheet(
    front: &Front,
    visit: &Visit,
    who: &str,
    kind: &'static Kind,
    wish: Wish,
    about: Option<&Kept>,
) -> Result<Sheet, Problem> {
    let now = (front.settings.clock)();
    let own = front.port.status().await?.publisher;
    let content = about.map(|kept| kept.statement.content());
    let body = match (wish, about, content) {
        (Wish::Revise, Some(_), Some(content)) => {
            let mut sheet = Sheet::new(&kind.name, who, now, content.body().clone());
            sheet.record = Some(content.record);
            sheet.expected = Some(content.version);
            return Ok(sheet);
        }
        (Wish::Copy, Some(kept), Some(content)) => {
            let mut body = copied(content.body());
            if content.publisher != own {
                relate(kind, &mut body, "based-on", &name_of(kept));
            }
            body
        }
        (Wish::Claim, Some(kept), Some(content)) => {
            let mut body = copied(content.body());
            body.insert("entry_status".to_owned(), "claimed".into());
            relate(kind, &mut body, "supersedes", &name_of(kept));
            body
        }
        (_, Some(kept), Some(content)) => about_it(kind, kept, content.kind.as_str(), visit.lang),
        _ => Map::new(),
    };
    let mut body = body;
    if wish == Wish::Fresh {
        from_profile(front, kind, own.as_str(), &mut body).await?;
    }
    if let Some(until) = valid_until(kind, now.day()) {
        body.insert("valid_until".to_owned(), until);
    }
    // The node knows its area and the usual licence; the form shows what it fills in.
    let checked = front.port.check(Sheet::new(&kind.name, who, now, body.clone()).draft()?).await?;
    for field in ["area", "content_licence"] {
        if let (Some(value), false) = (checked.body.get(field), body.contains_key(field)) {
            body.insert(field.to_owned(), value.clone());
        }
    }
    Ok(Sheet::new(&kind.name, who, now, body))
}

fn copied(body: &Map) -> Map {
    body.iter()
        .filter(|(field, _)| !NOT_COPIED.contains(&field.as_str()))
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect()
}

/// Adds a link to another record, if the kind has such links.
fn relate(kind: &Kind, body: &mut Map, how: &str, target: &str) {
    if kind.field("related").is_none() {
        return;
    }
    let link = Map::from([("type".to_owned(), Value::from(how)), ("record".to_owned(), Value::from(target))]);
    match body.get_mut("related") {
        Some(Value::List(links)) => links.push(Value::Map(link)),
        _ => {
            body.insert("related".to_owned(), Value::List(vec![Value::Map(link)]));
        }
    }
}

/// What can be said of a record before anybody writes: which one it is, and a title to begin with.
fn about_it(kind: &Kind, kept: &Kept, of: &str, lang: Lang) -> Map {
    let mut body = Map::new();
    if let Some(field) = pointers(kind, of).next() {
        let path = if field.repeated.is_some() { format!("{}[0]", field.name) } else { field.name.clone() };
        filled::put(&kind.fields, &mut body, &path, &name_of(kept));
    }
    if kind.field("title").is_some() {
        let title = format!("{}: {}", kind.label.say(Lang::De), title_of(kept, lang));
        let title: String = title.chars().take(TITLE_CHARS_MAX).collect();
        let spoken = Map::from([(Lang::De.as_str().to_owned(), Value::from(title))]);
        body.insert("title".to_owned(), Value::Map(spoken));
    }
    if let Some(fields) = kept.statement.content().body().get("action_fields")
        && kind.field("action_fields").is_some_and(|field| field.required == kind::Required::Always)
    {
        body.insert("action_fields".to_owned(), fields.clone());
    }
    if let Some(version) = text(kept, "software_version")
        && kind.field("subject_version").is_some()
    {
        body.insert("subject_version".to_owned(), version.into());
    }
    body
}

/// What the own profile says of the own body, so that nobody writes it twice.
async fn from_profile(front: &Front, kind: &Kind, own: &str, body: &mut Map) -> Result<(), Problem> {
    if !FROM_PROFILE.iter().any(|field| kind.field(field).is_some()) || kind.name == "organisation" {
        return Ok(());
    }
    let query = Query {
        filters: Filters::none().with("kind", "organisation").with("publisher", own),
        limit: 1,
        ..Query::default()
    };
    let Some(hit) = front.port.search(query).await?.hits.into_iter().next() else { return Ok(()) };
    let Some(profile) = front.port.record(hit.publisher, hit.record).await? else { return Ok(()) };
    for field in FROM_PROFILE {
        if let Some(value) = profile.statement.content().body().get(field)
            && kind.field(field).is_some()
            && !body.contains_key(field)
        {
            body.insert(field.to_owned(), value.clone());
        }
    }
    Ok(())
}

/// Kinds that are written by hand, in the order of their names for people.
pub(crate) fn written(lang: Lang) -> Vec<&'static Kind> {
    let mut kinds: Vec<&Kind> = kind::kinds().iter().filter(|kind| !kind.protocol).collect();
    kinds.sort_by_key(|kind| labels::kind_one(&kind.name, lang));
    kinds
}
