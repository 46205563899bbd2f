//! Pages that explain: how results are ordered, and the texts a public body owes its readers.

use crate::assets;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::link;
use crate::markdown;
use crate::visit::Visit;
use crate::words::texts::Texts;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "sorting.html")]
struct Sorting<'a> {
    frame: Frame<'a>,
}

/// `GET /sortierung`
pub(crate) async fn sorting(State(front): State<Front>, visit: Visit) -> Response {
    let frame = Frame::new(&visit, &front.settings.node_name, Texts::of(visit.lang).sorting_title);
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
    title: fn(&Texts) -> &'static str,
    facts: (&'static str, Vec<&'static str>),
    barrier: Option<Barrier>,
) -> Response {
    let frame = Frame::new(visit, &front.settings.node_name, title(Texts::of(visit.lang)));
    let text = text.filter(|text| !text.trim().is_empty()).map(|text| markdown::html(text));
    let (facts_title, facts) = facts;
    frame::page(&Owed { frame, text, facts_title, facts, barrier }, visit.lang)
}

/// `GET /impressum`
pub(crate) async fn imprint(State(front): State<Front>, visit: Visit) -> Response {
    let text = front.settings.texts.imprint.as_ref();
    owed(&front, &visit, text, |t| t.imprint_title, ("", Vec::new()), None)
}

/// `GET /datenschutz`
pub(crate) async fn privacy(State(front): State<Front>, visit: Visit) -> Response {
    let t = Texts::of(visit.lang);
    let facts = vec![t.privacy_default, t.privacy_fact_1, t.privacy_fact_2, t.privacy_fact_3];
    let text = front.settings.texts.privacy.as_ref();
    owed(&front, &visit, text, |t| t.privacy_title, (t.privacy_facts_title, facts), None)
}

/// `GET /barrierefreiheit`
pub(crate) async fn accessibility(State(front): State<Front>, visit: Visit) -> Response {
    let t = Texts::of(visit.lang);
    let facts = vec![
        t.accessibility_default,
        t.accessibility_fact_1,
        t.accessibility_fact_2,
        t.accessibility_fact_3,
        t.accessibility_fact_4,
        t.accessibility_fact_5,
    ];
    let texts = &front.settings.texts;
    let barrier = match texts.barrier_contact.as_deref() {
        Some(contact) if link::safe(contact).is_some() => Barrier::Web(contact.trim().to_owned()),
        Some(contact) if link::is_mail(contact.trim()) => Barrier::Mail(contact.trim().to_owned()),
        _ => Barrier::Missing,
    };
    let title = |t: &Texts| t.accessibility_title;
    owed(
        &front,
        &visit,
        texts.accessibility.as_ref(),
        title,
        (t.accessibility_facts_title, facts),
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
    let frame = Frame::new(&visit, &front.settings.node_name, Texts::of(visit.lang).licences_title);
    frame::page(&Licences { frame, font: assets::FONT_LICENCE }, visit.lang)
}

#[derive(Template)]
#[template(path = "easy.html")]
struct Easy<'a> {
    frame: Frame<'a>,
    /// The operator's text as safe HTML.
    text: Option<String>,
}

/// `GET /leichte-sprache`
pub(crate) async fn easy(State(front): State<Front>, visit: Visit) -> Response {
    let frame = Frame::new(&visit, &front.settings.node_name, Texts::of(visit.lang).easy_title);
    let text = front.settings.texts.easy.as_ref().filter(|text| !text.trim().is_empty());
    frame::page(&Easy { frame, text: text.map(|text| markdown::html(text)) }, visit.lang)
}
