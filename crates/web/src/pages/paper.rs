//! `/records/{publisher}/{record}/vorlage`: one page to print, on which a decision can be taken.

use crate::api::request::Host;
use crate::api::request::Named;
use crate::day;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::labels;
use crate::pages::dated;
use crate::pages::gist;
use crate::pages::joined;
use crate::pages::joined::InShort;
use crate::port::Kept;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::boards::Boards;
use crate::words::fill;
use crate::words::reading::Reading;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use record::kind;
use record::kind::Field;
use record::value::Value;

/// Characters of one paragraph, so that all of them fit on one sheet.
const TEXT_CHARS_MAX: usize = 280;
/// Characters of a line among several.
const LINE_CHARS_MAX: usize = 150;
/// Characters of a line beside which the results of checks stand.
const CHECKED_CHARS_MAX: usize = 110;

/// A paragraph under its heading.
struct PartShown {
    heading: &'static str,
    /// A line, or label and line.
    lines: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "paper.html")]
struct Paper<'a> {
    frame: Frame<'a>,
    title: String,
    lang: Option<String>,
    kind: String,
    summary: Option<(String, Option<String>)>,
    parts: Vec<PartShown>,
    source: String,
    printed: String,
    address: String,
    back: String,
}

/// `GET /records/{publisher}/{record}/vorlage`
pub(crate) async fn show(
    State(front): State<Front>,
    visit: Visit,
    host: Host,
    named: Named,
) -> Result<Response, Problem> {
    let (publisher, record) = (named.publisher, named.record);
    let kept = front.port.record(publisher, record).await?.ok_or_else(Problem::no_record)?;
    if kept.statement.content().is_retracted() {
        return Err(Problem::gone());
    }
    let r = Reading::of(visit.lang);
    let content = kept.statement.content();
    let size = front.size().await?;
    let others = joined::in_short(&kept, crate::joined::joined(&front, &kept).await?.as_ref(), size, &visit);
    let (title, lang) = dated::title(&kept, &visit);
    let back = dated::link(&kept, &visit);
    let today = day::day((front.settings.clock)().day(), visit.lang);
    let node = match front.settings.node_name.as_str() {
        "" => front.itself().await?.publisher.to_string(),
        name => name.to_owned(),
    };
    let page = Paper {
        frame: Frame::new(&visit, &front.settings.node_name, &fill(r.paper_of, &[("title", &title)])),
        title,
        lang,
        kind: labels::kind_one(content.kind.as_str(), visit.lang),
        summary: dated::spoken(content.body(), "summary", &visit),
        parts: parts(&kept, &others, &visit),
        source: provenance(&kept, &visit),
        printed: fill(r.paper_printed, &[("day", &today), ("node", &node)]),
        address: front.outside(&host.0, &format!("/records/{}/{}", content.publisher, content.record)),
        back,
    };
    Ok(frame::page(&page, visit.lang))
}

/// Who signed, who vouches, and which version this is, in one sentence.
pub(crate) fn provenance(kept: &Kept, visit: &Visit) -> String {
    let (r, content) = (Reading::of(visit.lang), kept.statement.content());
    let day = day::moment(content.issued, visit.lang);
    let version = content.version.to_string();
    let attester = match (&kept.voucher.attester_name, &kept.voucher.attester) {
        (Some(name), _) => name.clone(),
        (None, Some(name)) => name.to_string(),
        (None, None) => String::new(),
    };
    let sentence = if attester.is_empty() { r.provenance_anchor } else { r.provenance };
    let who = kept.voucher.display_name.as_str();
    fill(sentence, &[("who", who), ("attester", &attester), ("version", &version), ("day", &day)])
}

/// What a decision needs, in the order in which it is asked: headings with the fields that answer them.
fn parts(kept: &Kept, others: &InShort, visit: &Visit) -> Vec<PartShown> {
    let r = Reading::of(visit.lang);
    let asked: [(&'static str, &[&str], bool); 10] = [
        (r.paper_why, &["challenge", "problem"], false),
        (r.paper_how, &["approach", "features", "description", "must"], false),
        (r.paper_result, &["results", "evidence_level", "indicators", "development_status"], false),
        (r.paper_effort, &["effort", "operations", "maintenance", "licence", "budget_band"], true),
        (r.paper_fit, &["transferability", "deployment_models", "depends_on", "eligible"], false),
        (r.paper_risks, &["risks"], true),
        (r.paper_privacy, &["privacy", "security", "accessibility"], true),
        (r.paper_exit, &["data_export", "exit_data_extraction"], false),
        (r.paper_users, &["partners", "owner", "status", "would_do_again"], false),
        (r.paper_ask, &["contact_point"], true),
    ];
    let body = kept.statement.content().body();
    let kind = kind::kind(kept.statement.content().kind.as_str());
    let mut parts = Vec::new();
    for (heading, names, always) in asked {
        let known = names.iter().filter_map(|name| Some((kind?.field(name)?, body.get(*name)?)));
        let answers: Vec<(&Field, &Value)> = known.collect();
        let checked = heading == r.paper_privacy && others.checked;
        let chars = match answers.len() {
            // Where others have checked, their word counts more than the own one.
            _ if checked => CHECKED_CHARS_MAX,
            0 | 1 => TEXT_CHARS_MAX,
            _ => LINE_CHARS_MAX,
        };
        let mut lines: Vec<(String, String)> = answers
            .iter()
            .map(|(field, value)| {
                let label = if answers.len() > 1 { field.label.say(visit.lang) } else { "" };
                (label.to_owned(), gist::of(field, value, visit, chars))
            })
            .filter(|(_, text)| !text.is_empty())
            .collect();
        if heading == r.paper_users && !others.users.is_empty() {
            lines.insert(0, (String::new(), others.users.clone()));
        } else if heading == r.paper_privacy {
            lines.extend(others.checks.iter().map(|(family, said)| {
                let label = fill(Boards::of(visit.lang).compare_checked, &[("what", family)]);
                (label, gist::cut(said, LINE_CHARS_MAX))
            }));
        }
        if !lines.is_empty() {
            parts.push(PartShown { heading, lines });
        } else if always {
            parts.push(PartShown { heading, lines: vec![(String::new(), r.paper_missing.to_owned())] });
        }
    }
    parts
}
