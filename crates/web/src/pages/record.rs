//! `/records/{publisher}/{record}`: one record as a page, or with `.json` or `.cose` as a file.

use crate::api;
use crate::day;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::labels;
use crate::pages::shown;
use crate::pages::shown::Eyes;
use crate::pages::shown::Row;
use crate::port::Kept;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::Say;
use crate::words::fill;
use askama::Template;
use axum::extract::Path;
use axum::extract::State;
use axum::http::HeaderMap;
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

/// References of one page whose titles are looked up.
const REFERENCES_MAX: usize = 40;
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
    sections: Vec<SectionShown>,
    trust: Vec<String>,
    facts: Vec<(&'static str, String, bool)>,
    json: String,
    cose: String,
}

/// A part of the page under its own heading.
struct SectionShown {
    heading: String,
    help: String,
    rows: Vec<Row>,
}

/// What the last part of an address asks for.
enum Form {
    Page,
    Json,
    Cose,
}

/// `GET /records/{publisher}/{record}`
pub(crate) async fn show(
    State(front): State<Front>,
    visit: Visit,
    Path((publisher, record)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (record, form) = match record.rsplit_once('.') {
        Some((record, "json")) => (record, Form::Json),
        Some((record, "cose")) => (record, Form::Cose),
        Some(_) => return Err(Problem::no_page()),
        None => (record.as_str(), Form::Page),
    };
    let (Ok(publisher), Ok(record)) = (publisher.parse(), record.parse()) else {
        return Err(Problem::no_record());
    };
    let kept = front.port.record(Name::clone(&publisher), record).await?;
    let kept = kept.ok_or_else(|| api::erasures::missing(&front, &publisher, record))?;
    match form {
        Form::Json => Ok(api::record::statement(&kept, &headers, false)),
        Form::Cose => Ok(api::record::statement(&kept, &headers, true)),
        Form::Page => {
            let titles = titles(&front, &kept, visit.lang).await?;
            let today = (front.settings.clock)().day();
            let page = page(&kept, &visit, &front.settings.node_name, &titles, today);
            Ok(frame::page(&page, visit.lang))
        }
    }
}

/// The titles of records that this one refers to.
async fn titles(front: &Front, kept: &Kept, lang: Lang) -> Result<BTreeMap<String, String>, Problem> {
    let mut titles = BTreeMap::new();
    for text in shown::references(kept.statement.content().body(), REFERENCES_MAX) {
        let Some((publisher, record)) = shown::referred(&text) else { continue };
        if let Some(other) = front.port.record(publisher, record).await?
            && let Some(title) = kind::texts(other.statement.content().body(), "title", lang)
        {
            titles.insert(text, title.to_owned());
        }
    }
    Ok(titles)
}

fn page<'a>(
    kept: &Kept,
    visit: &'a Visit,
    node_name: &'a str,
    titles: &BTreeMap<String, String>,
    today: Date,
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
    RecordPage {
        frame: Frame::new(visit, node_name, title),
        kind: kind_label(content, w, lang),
        publisher: kept.voucher.display_name.clone(),
        publisher_link: visit.link(&format!("/publishers/{}", content.publisher)),
        title_lang: foreign(content, "title", lang),
        summary: texts(body, "summary", lang)
            .map(|text| (text.to_owned(), foreign(content, "summary", lang))),
        action_fields: action_fields(content, visit),
        overdue: overdue(kept, w, lang, today),
        retracted: retracted(kept, w, lang),
        sections: sections(content, &eyes),
        trust: trust(kept, w, lang),
        facts: facts(kept, w, lang),
        json: format!("{path}.json"),
        cose: format!("{path}.cose"),
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
            heading: section.label.say(lang).to_owned(),
            help: String::new(),
            rows: eyes.section(kind, &section.name, body, &AT_HEAD),
        })
        .collect();
    sections.push(SectionShown {
        heading: w.record_more.to_owned(),
        help: w.record_more_help.to_owned(),
        rows: eyes.unknown(kind, body, &AT_HEAD),
    });
    sections.retain(|section| !section.rows.is_empty());
    sections
}

/// Signature and attestation in words.
fn trust(kept: &Kept, w: &Say, lang: Lang) -> Vec<String> {
    let (content, voucher) = (kept.statement.content(), &kept.voucher);
    let issued = day::moment(content.issued, lang);
    let name = content.publisher.as_str();
    let signed = fill(w.trust_signed, &[("who", &voucher.display_name), ("name", name), ("day", &issued)]);
    let vouched = match &voucher.attester {
        None => w.trust_anchor.to_owned(),
        Some(attester) => {
            let since = day::moment(voucher.not_before, lang);
            let who = voucher.attester_name.as_deref().unwrap_or(attester.as_str());
            let end = voucher.not_after.map(|end| day::moment(end, lang));
            let sentence = if end.is_some() { w.trust_vouched_until } else { w.trust_vouched };
            let end = end.unwrap_or_default();
            fill(sentence, &[("who", who), ("name", attester.as_str()), ("day", &since), ("end", &end)])
        }
    };
    vec![signed, vouched, w.trust_checked.to_owned()]
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
