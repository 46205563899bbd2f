//! `/records/{publisher}/{record}`: one record as a page, or with a suffix such as `.json` or `.cose` as a file.

use crate::api;
use crate::api::request::Host;
use crate::day;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::guard::answer::written_out;
use crate::labels;
use crate::link;
use crate::pages::forms;
use crate::pages::forms::Form;
use crate::pages::gist;
use crate::pages::joined;
use crate::pages::joined::JoinedShown;
use crate::pages::kin;
use crate::pages::kin::KinShown;
use crate::pages::paper;
use crate::pages::shown;
use crate::pages::shown::Eyes;
use crate::pages::shown::Row;
use crate::pages::spelled;
use crate::port::Kept;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::Say;
use crate::words::fill;
use crate::words::reading::Reading;
use askama::Template;
use axum::extract::Path;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;
use record::ars::Ars;
use record::kind;
use record::kind::Lang;
use record::kind::texts;
use record::name::Name;
use record::statement::Content;
use record::statement::Said;
use record::value::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// References of one page whose titles are looked up.
const REFERENCES_MAX: usize = 40;
/// Parts from which on a page says at its head what stands on it.
const CONTENTS_MIN: usize = 5;
/// Parts that the facts box and the lamps sum up, so that their single facts are folded away
const FOLDED: [&str; 6] = ["classification", "reuse", "operation", "accessibility", "privacy", "security"];
/// where there are as many as this.
const FOLDED_ROWS_MIN: usize = 4;
/// Fields that stand at the head of the page.
const AT_HEAD: [&str; 3] = ["title", "summary", "action_fields"];

#[derive(Template)]
#[template(path = "record.html")]
struct RecordPage<'a> {
    frame: Frame<'a>,
    kind: String,
    publisher: String,
    publisher_link: String,
    summary: Option<(String, Option<String>)>,
    title_lang: Option<String>,
    action_fields: Vec<(String, String)>,
    overdue: Option<String>,
    retracted: Option<String>,
    glance: Vec<(String, String)>,
    sections: Vec<SectionShown>,
    provenance: String,
    /// What others say about it, before and behind its own words, as HTML.
    joined: (String, String),
    /// Ids and headings of what stands on the page; empty where it is short.
    contents: Vec<(String, String)>,
    similar: Vec<KinShown>,
    matches: Vec<KinShown>,
    matches_title: &'static str,
    /// Where staff work on it.
    desk: String,
    trust: Vec<String>,
    facts: Vec<(&'static str, String, bool)>,
    /// Address and name of each form in which it can be had.
    exports: Vec<(String, &'static str)>,
    /// Address and name of what can be done with it.
    actions: Vec<(String, &'static str)>,
    cite: String,
}

/// A part of the page under its own heading.
struct SectionShown {
    id: String,
    heading: String,
    help: String,
    rows: Vec<Row>,
    /// What to click for seeing the rows; nothing where they stand open.
    folded: Option<String>,
}

/// `GET /records/{publisher}/{record}`
pub(crate) async fn show(
    State(front): State<Front>,
    visit: Visit,
    host: Host,
    Path((publisher, record)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (record, form) = match record.rsplit_once('.') {
        Some((record, suffix)) => (record, Some(Form::of(suffix).ok_or_else(Problem::no_page)?)),
        None => (record.as_str(), None),
    };
    let (Ok(publisher), Ok(record)) = (publisher.parse(), record.parse()) else {
        return Err(Problem::no_record());
    };
    let kept = front.port.record(Name::clone(&publisher), record).await?;
    let kept = kept.ok_or_else(|| api::erasures::missing(&front, &publisher, record))?;
    let content = kept.statement.content();
    let address = front.outside(&host.0, &format!("/records/{}/{}", content.publisher, content.record));
    match form {
        Some(Form::Json) => Ok(api::record::statement(&kept, &headers, false)),
        Some(Form::Cose) => Ok(api::record::statement(&kept, &headers, true)),
        Some(form) => forms::write(form, &kept, &address, visit.lang),
        None => {
            let titles = titles(&front, &kept, visit.lang).await?;
            let today = (front.settings.clock)().day();
            let mut page = page(&kept, &visit, &front.settings.node_name, &titles, (today, &address));
            let size = front.size().await?;
            let said =
                joined::html(&kept, crate::joined::joined(&front, &kept).await?.as_ref(), size, &visit);
            if !content.is_retracted() {
                let kin = kin::of(&front, &visit, &content.publisher, content.record).await?;
                (page.similar, page.matches) = (kin.similar, kin.matches);
            }
            page.contents = contents(&page, &said, visit.lang);
            page.joined = (said.first, said.then);
            let response = frame::page(&page, visit.lang);
            Ok(match content.is_retracted() {
                true => written_out(StatusCode::GONE, response),
                false => response,
            })
        }
    }
}

/// The titles of records that this one refers to.
async fn titles(front: &Front, kept: &Kept, lang: Lang) -> Result<Arc<BTreeMap<String, String>>, Problem> {
    let content = kept.statement.content();
    let (asked, newest) = ((content.publisher.clone(), content.record, lang), front.port.indexed());
    if let Some(titles) = front.titles.recall(&asked, newest) {
        return Ok(titles);
    }
    let mut titles = BTreeMap::new();
    for text in shown::references(kept.statement.content().body(), REFERENCES_MAX) {
        let Some((publisher, record)) = shown::referred(&text) else { continue };
        if let Some(other) = front.port.record(publisher, record).await? {
            let body = other.statement.content().body();
            titles.extend(texts(body, "title", lang).map(|title| (text, title.to_owned())));
            titles.extend(shown::keys(body, lang));
        }
    }
    titles.extend(shown::keys(content.body(), lang));
    let titles = Arc::new(titles);
    front.titles.keep(asked, newest, Arc::clone(&titles));
    Ok(titles)
}

/// What stands on a page that is too long to be seen at once.
fn contents(page: &RecordPage<'_>, said: &JoinedShown, lang: Lang) -> Vec<(String, String)> {
    // What is folded is seen at a glance, and would only make the list long.
    let open = page.sections.iter().filter(|section| section.folded.is_none());
    let own = open.map(|section| (section.id.clone(), section.heading.clone()));
    let near = [
        (!page.matches.is_empty()).then_some(("matches", page.matches_title)),
        (!page.similar.is_empty()).then_some(("similar", Reading::of(lang).similar_title)),
    ];
    let plain = |(id, heading): &(&'static str, &'static str)| ((*id).to_owned(), (*heading).to_owned());
    let before = said.before.iter().map(plain);
    let behind = said.behind.iter().chain(near.iter().flatten()).map(plain);
    let all: Vec<(String, String)> = before.chain(own).chain(behind).collect();
    if all.len() < CONTENTS_MIN { Vec::new() } else { all }
}

fn page<'a>(
    kept: &Kept,
    visit: &'a Visit,
    node_name: &'a str,
    titles: &BTreeMap<String, String>,
    (today, address): (Date, &str),
) -> RecordPage<'a> {
    let content = kept.statement.content();
    let (w, lang, body) = (visit.words(), visit.lang, content.body());
    let title = match (&content.said, texts(body, "title", lang).or_else(|| texts(body, "name", lang))) {
        (Said::Retracted(_), _) => w.record_retracted_title,
        (_, Some(title)) => title,
        (_, None) => w.record_untitled,
    };
    let eyes = Eyes { visit, titles };
    let path = format!("/records/{}/{}", content.publisher, content.record);
    let mut frame = Frame::new(visit, node_name, title);
    let mut exports = Vec::new();
    for form in Form::all_of(content) {
        let href = format!("{path}.{}", form.suffix());
        frame = frame.and(href.clone(), form.media_type(), form.name(visit.lang));
        exports.push((href, form.name(visit.lang)));
    }
    RecordPage {
        frame,
        kind: kind_label(content, w, lang),
        publisher: kept.voucher.display_name.clone(),
        publisher_link: visit.link(&format!("/publishers/{}", content.publisher)),
        title_lang: foreign(content, "title", lang),
        summary: texts(body, "summary", lang)
            .map(|text| (text.to_owned(), foreign(content, "summary", lang))),
        action_fields: action_fields(content, visit),
        overdue: overdue(kept, w, lang, today),
        retracted: retracted(kept, w, lang),
        glance: glance(content, visit),
        sections: sections(content, &eyes),
        provenance: paper::provenance(kept, visit),
        joined: Default::default(),
        contents: Vec::new(),
        similar: Vec::new(),
        matches: Vec::new(),
        matches_title: match content.kind.as_str() {
            "need" => Reading::of(lang).matches_need,
            _ => Reading::of(lang).matches_offer,
        },
        desk: visit.link(&format!("/desk{path}")),
        trust: trust(kept, w, lang),
        facts: facts(kept, w, lang),
        exports,
        actions: if content.is_retracted() { Vec::new() } else { actions(kept, title, address, visit) },
        cite: cite(kept, title, address, visit),
    }
}

fn kind_label(content: &Content, w: &Say, lang: Lang) -> String {
    match kind::kind(content.kind.as_str()) {
        Some(kind) => kind.label.say(lang).to_owned(),
        None => fill(w.record_kind_unknown, &[("kind", content.kind.as_str())]),
    }
}

/// The language of a text, where it is not the reader's.
fn foreign(content: &Content, field: &str, lang: Lang) -> Option<String> {
    let (tag, _) = shown::spoken(content.body().get(field)?.as_map()?, lang)?;
    (Lang::parse(tag) != Some(lang)).then(|| tag.to_owned())
}

fn action_fields(content: &Content, visit: &Visit) -> Vec<(String, String)> {
    let codes = content.body().get("action_fields").and_then(Value::as_list).unwrap_or_default();
    let codes = codes.iter().filter_map(Value::as_text);
    codes
        .map(|code| (visit.link_with("/", &[("field", code)]), labels::action_field(code, visit.lang)))
        .collect()
}

fn overdue(kept: &Kept, w: &Say, lang: Lang, today: Date) -> Option<String> {
    let until = kept.statement.content().body().get("valid_until")?.as_text()?;
    let values = [("day", day::written(until, lang)), ("who", kept.voucher.display_name.clone())];
    let values = values.each_ref().map(|(key, value)| (*key, value.as_str()));
    day::is_past(until, today).then(|| fill(w.record_overdue_text, &values))
}

fn retracted(kept: &Kept, w: &Say, lang: Lang) -> Option<String> {
    let content = kept.statement.content();
    let Said::Retracted(reason) = &content.said else { return None };
    let reason = match reason.as_str() {
        "withdrawn" => w.reason_withdrawn,
        "outdated" => w.reason_outdated,
        "error" => w.reason_error,
        "duplicate" => w.reason_duplicate,
        "personal-data" => w.reason_personal_data,
        "superseded" => w.reason_superseded,
        "legal" => w.reason_legal,
        other => other,
    };
    let day = day::moment(content.issued, lang);
    Some(fill(
        w.record_retracted_text,
        &[("who", &kept.voucher.display_name), ("day", &day), ("reason", reason)],
    ))
}

fn sections(content: &Content, eyes: &Eyes<'_>) -> Vec<SectionShown> {
    let (w, lang, body) = (eyes.visit.words(), eyes.visit.lang, content.body());
    let kind = kind::kind(content.kind.as_str());
    let known = kind.into_iter().flat_map(|kind| kind.sections.iter().map(move |section| (kind, section)));
    let mut sections: Vec<SectionShown> = known
        .map(|(kind, section)| SectionShown {
            id: format!("part-{}", section.name),
            heading: section.label.say(lang).to_owned(),
            help: String::new(),
            folded: None,
            rows: eyes.section(kind, &section.name, body, &AT_HEAD),
        })
        .collect();
    sections.push(SectionShown {
        id: "part-more".to_owned(),
        heading: w.record_more.to_owned(),
        help: w.record_more_help.to_owned(),
        folded: None,
        rows: eyes.unknown(kind, body, &AT_HEAD),
    });
    sections.retain(|section| !section.rows.is_empty());
    // A short page hides nothing.
    if sections.len() >= CONTENTS_MIN {
        for section in &mut sections {
            let name = section.id.trim_start_matches("part-");
            if FOLDED.contains(&name) && section.rows.len() >= FOLDED_ROWS_MIN {
                let n = section.rows.len().to_string();
                section.folded = Some(fill(Reading::of(lang).part_folded, &[("n", &n)]));
            }
        }
    }
    sections
}

/// What sets it apart at first sight: the fields by which searches are narrowed.
fn glance(content: &Content, visit: &Visit) -> Vec<(String, String)> {
    /// Rows of the box.
    const ROWS_MAX: usize = 8;
    /// Characters of a row.
    const CHARS_MAX: usize = 90;
    let Some(kind) = kind::kind(content.kind.as_str()) else { return Vec::new() };
    let named = ["dtstart", "dtend", "location", "open_until", "valid_until"];
    kind.fields
        .iter()
        .filter(|field| field.facet || named.contains(&field.name.as_str()))
        .filter(|field| !AT_HEAD.contains(&field.name.as_str()) && field.name != "stage")
        .filter_map(|field| {
            let value = content.body().get(&field.name)?;
            let text = match value.as_text().filter(|_| field.name.starts_with("dt")) {
                Some(time) => spelled::local_time(time, visit.lang),
                None => gist::of(field, value, visit, CHARS_MAX),
            };
            (!text.is_empty()).then(|| (field.label.say(visit.lang).to_owned(), text))
        })
        .take(ROWS_MAX)
        .collect()
}

/// Mail, paper, comparison, and a question to who knows.
fn actions(kept: &Kept, title: &str, address: &str, visit: &Visit) -> Vec<(String, &'static str)> {
    let (r, content, body) =
        (Reading::of(visit.lang), kept.statement.content(), kept.statement.content().body());
    let path = format!("/records/{}/{}", content.publisher, content.record);
    let reference = format!("{}/{}", content.publisher, content.record);
    let day = day::moment(content.issued, visit.lang);
    let version = content.version.to_string();
    let values = [
        ("title", title),
        ("summary", texts(body, "summary", visit.lang).unwrap_or_default()),
        ("who", &kept.voucher.display_name),
        ("version", &version),
        ("day", &day),
        ("address", address),
    ];
    let mail = |to: &str, subject: &str, text: &str| {
        let (subject, text) = (fill(subject, &values), fill(text, &values).replace('\n', "\r\n"));
        format!("mailto:{to}?subject={}&body={}", link::encoded(&subject), link::encoded(&text))
    };
    let mut actions = vec![(visit.link(&format!("{path}/vorlage")), r.action_paper)];
    if content.kind.as_str() == "solution" {
        actions.push((visit.link_with("/compare", &[("r", &reference)]), r.action_compare));
    }
    let contact = body.get("contact_point").and_then(Value::as_map).and_then(|contact| contact.get("mail"));
    if let Some(contact) = contact.and_then(Value::as_text).filter(|contact| link::is_mail(contact)) {
        actions.push((mail(contact, r.ask_subject, r.ask_body), r.action_ask));
    }
    actions.push((mail("", r.mail_subject, r.mail_body), r.action_mail));
    actions
}

fn cite(kept: &Kept, title: &str, address: &str, visit: &Visit) -> String {
    let content = kept.statement.content();
    let (id, version) = (kept.statement.id().to_string(), content.version.to_string());
    let day = day::moment(content.issued, visit.lang);
    fill(
        Reading::of(visit.lang).cite,
        &[
            ("who", kept.voucher.display_name.as_str()),
            ("title", title),
            ("version", &version),
            ("day", &day),
            ("address", address),
            ("id", &id),
        ],
    )
}

/// Signature and attestation in words.
fn trust(kept: &Kept, w: &Say, lang: Lang) -> Vec<String> {
    let (r, voucher) = (Reading::of(lang), &kept.voucher);
    let since = day::moment(voucher.not_before, lang);
    let period = match (&voucher.attester, voucher.not_after) {
        (None, _) => None,
        (Some(_), None) => Some(fill(r.provenance_since, &[("day", &since)])),
        (Some(_), Some(end)) => {
            Some(fill(r.provenance_span, &[("day", &since), ("end", &day::moment(end, lang))]))
        }
    };
    period.into_iter().chain([w.trust_checked.to_owned()]).collect()
}

/// The bare facts: label, value, and whether it is for machines more than for people.
fn facts(kept: &Kept, w: &'static Say, lang: Lang) -> Vec<(&'static str, String, bool)> {
    let content = kept.statement.content();
    let (version, epoch) = (content.version.to_string(), content.epoch.to_string());
    let mut facts = vec![
        (w.fact_version, fill(w.fact_version_text, &[("version", &version), ("epoch", &epoch)]), false),
        (w.fact_issued, day::time(content.issued, lang), false),
    ];
    if let Some(ars) = &kept.voucher.ars {
        facts.push((w.publisher_ars, ars.clone(), true));
        let ags = ars.parse::<Ars>().ok().and_then(|ars| ars.ags());
        facts.extend(ags.map(|ags| (w.publisher_ags, ags, true)));
    }
    facts.push((w.fact_record, format!("{}/{}", content.publisher, content.record), true));
    facts.push((w.fact_statement, kept.statement.id().to_string(), true));
    facts.push((w.fact_key, kept.statement.key().to_string(), true));
    facts
}
