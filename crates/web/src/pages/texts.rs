//! Pages that mostly explain: verifying, ordering, and the texts a public body owes its readers.

use crate::assets;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::link;
use crate::markdown;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::Say;
use crate::words::fill;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "verify.html")]
struct Verify<'a> {
    frame: Frame<'a>,
    /// The name of the network, for the command.
    name: String,
    network: String,
}

/// `GET /verify`
pub(crate) async fn verify(State(front): State<Front>, visit: Visit) -> Result<Response, Problem> {
    let status = front.port.status().await?;
    let w = visit.words();
    let network = fill(w.verify_network, &[("name", &status.network)]);
    let frame = Frame::new(&visit, &front.settings.node_name, w.verify_title);
    Ok(frame::page(&Verify { frame, name: status.network, network }, visit.lang))
}

#[derive(Template)]
#[template(path = "sorting.html")]
struct Sorting<'a> {
    frame: Frame<'a>,
}

/// `GET /sortierung`
pub(crate) async fn sorting(State(front): State<Front>, visit: Visit) -> Response {
    let frame = Frame::new(&visit, &front.settings.node_name, visit.words().sorting_title);
    frame::page(&Sorting { frame }, visit.lang)
}

/// A page with the operator's text and what we know of ourselves.
#[derive(Template)]
#[template(path = "owed.html")]
struct Owed<'a> {
    frame: Frame<'a>,
    /// The operator's text as safe HTML.
    text: Option<String>,
    facts_title: &'static str,
    facts: Vec<&'static str>,
    barrier: Option<Barrier>,
}

/// Where barriers are reported.
enum Barrier {
    Mail(String),
    Web(String),
    Missing,
}

fn owed(
    front: &Front,
    visit: &Visit,
    text: Option<&String>,
    title: fn(&Say) -> &'static str,
    facts: (&'static str, Vec<&'static str>),
    barrier: Option<Barrier>,
) -> Response {
    let frame = Frame::new(visit, &front.settings.node_name, title(visit.words()));
    let text = text.filter(|text| !text.trim().is_empty()).map(|text| markdown::html(text));
    let (facts_title, facts) = facts;
    frame::page(&Owed { frame, text, facts_title, facts, barrier }, visit.lang)
}

/// `GET /impressum`
pub(crate) async fn imprint(State(front): State<Front>, visit: Visit) -> Response {
    let text = front.settings.texts.imprint.as_ref();
    owed(&front, &visit, text, |w| w.imprint_title, ("", Vec::new()), None)
}

/// `GET /datenschutz`
pub(crate) async fn privacy(State(front): State<Front>, visit: Visit) -> Response {
    let w = visit.words();
    let facts = vec![w.privacy_fact_1, w.privacy_fact_2, w.privacy_fact_3];
    let text = front.settings.texts.privacy.as_ref();
    owed(&front, &visit, text, |w| w.privacy_title, (w.privacy_facts_title, facts), None)
}

/// `GET /barrierefreiheit`
pub(crate) async fn accessibility(State(front): State<Front>, visit: Visit) -> Response {
    let w = visit.words();
    let facts = vec![w.accessibility_fact_1, w.accessibility_fact_2, w.accessibility_fact_3];
    let texts = &front.settings.texts;
    let barrier = match texts.barrier_contact.as_deref() {
        Some(contact) if link::safe(contact).is_some() => Barrier::Web(contact.trim().to_owned()),
        Some(contact) if link::is_mail(contact.trim()) => Barrier::Mail(contact.trim().to_owned()),
        _ => Barrier::Missing,
    };
    let title = |w: &Say| w.accessibility_title;
    owed(
        &front,
        &visit,
        texts.accessibility.as_ref(),
        title,
        (w.accessibility_facts_title, facts),
        Some(barrier),
    )
}

#[derive(Template)]
#[template(path = "licences.html")]
struct Licences<'a> {
    frame: Frame<'a>,
    font: &'static str,
}

/// `GET /lizenzen`
pub(crate) async fn licences(State(front): State<Front>, visit: Visit) -> Response {
    let frame = Frame::new(&visit, &front.settings.node_name, visit.words().licences_title);
    frame::page(&Licences { frame, font: assets::FONT_LICENCE }, visit.lang)
}
