//! `/events`: what takes place, as a list or as a month, and as a calendar to subscribe to.

use crate::api::request::Asked;
use crate::api::request::Host;
use crate::day;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::labels;
use crate::pages::appointment;
use crate::pages::dated;
use crate::pages::looked;
use crate::pages::looked::Choice;
use crate::pages::looked::Looked;
use crate::pages::spelled;
use crate::port::Kept;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::boards::Boards;
use crate::words::fill;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Events of the past that are still listed.
const PAST: usize = 10;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    field: String,
    #[serde(default)]
    land: String,
    /// `month`, or a list.
    #[serde(default)]
    view: String,
    /// Such as `2027-03`.
    #[serde(default)]
    month: String,
}

impl Wanted {
    fn looked(&self) -> Looked {
        Looked {
            kind: "event".to_owned(),
            field: self.field.clone(),
            land: self.land.clone(),
            ..Looked::default()
        }
    }

    fn link(&self, visit: &Visit, path: &str, more: &[(&str, &str)]) -> String {
        let chosen = [("field", self.field.as_str()), ("land", self.land.as_str())];
        visit.link_with(path, &[&chosen, more].concat())
    }
}

struct EventShown {
    link: String,
    title: String,
    lang: Option<String>,
    summary: Option<(String, Option<String>)>,
    when: String,
    place: String,
    who: String,
    tags: Vec<String>,
    until: Option<String>,
    /// What is unusual about it, and whether that is bad.
    state: Option<(&'static str, bool)>,
}

/// One day of the month.
struct DayShown {
    number: i8,
    inside: bool,
    today: bool,
    events: Vec<(String, String, Option<String>)>,
}

struct MonthShown {
    caption: String,
    title: String,
    days: Vec<&'static str>,
    weeks: Vec<Vec<DayShown>>,
    previous: String,
    next: String,
}

#[derive(Template)]
#[template(path = "events.html")]
struct Events<'a> {
    frame: Frame<'a>,
    fields: Vec<Choice>,
    lands: Vec<Choice>,
    as_month: bool,
    list: String,
    month_link: String,
    calendar: String,
    feed: String,
    month: Option<MonthShown>,
    coming: Vec<EventShown>,
    past: Vec<EventShown>,
}

/// `GET /events`
pub(crate) async fn show(
    State(front): State<Front>,
    visit: Visit,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    let b = Boards::of(visit.lang);
    let looked = wanted.looked();
    let records = dated::all(&front, &visit, &looked).await?;
    let today = (front.settings.clock)().day();
    let mut dates: Vec<(String, Option<String>, &Kept)> = records
        .iter()
        .filter_map(|kept| {
            let (start, end) = dated::span(kept.statement.content().body())?;
            Some((start, end, kept))
        })
        .collect();
    dates.sort_by(|a, b| a.0.cmp(&b.0));
    let is_over = |(start, end, _): &&(String, Option<String>, &Kept)| {
        dated::parsed(end.as_deref().unwrap_or(start)).is_some_and(|last| last < today)
    };
    let coming = dates.iter().filter(|date| !is_over(date));
    let past = dates.iter().rev().filter(is_over).take(PAST);
    let as_month = wanted.view == "month";
    let shown = |(start, end, kept): &(String, Option<String>, &Kept)| {
        event(kept, start, end.as_deref(), today, &visit)
    };
    let (feed, calendar) = (looked.at(&visit, "/feed.atom", ""), wanted.link(&visit, "/events.ics", &[]));
    let page = Events {
        frame: Frame::new(&visit, &front.settings.node_name, b.events_title)
            .and(feed.clone(), "application/atom+xml", b.board_feed)
            .and(calendar.clone(), "text/calendar", b.events_subscribe),
        fields: looked::terms("action-field", &wanted.field, &visit),
        lands: looked::lands(&wanted.land),
        as_month,
        list: wanted.link(&visit, "/events", &[]),
        month_link: wanted.link(&visit, "/events", &[("view", "month")]),
        calendar,
        feed,
        month: as_month.then(|| month(&wanted, &dates, today, &visit)),
        coming: coming.map(shown).collect(),
        past: past.map(shown).collect(),
    };
    Ok(frame::page(&page, visit.lang))
}

fn event(kept: &Kept, start: &str, end: Option<&str>, today: Date, visit: &Visit) -> EventShown {
    let (b, lang) = (Boards::of(visit.lang), visit.lang);
    let body = kept.statement.content().body();
    let (title, foreign) = dated::title(kept, visit);
    let code = |field: &str, vocabulary: &str| {
        let code = dated::text(body, field);
        (!code.is_empty()).then(|| labels::term(vocabulary, code, lang))
    };
    let until = dated::text(body, "registration_until");
    EventShown {
        link: dated::link(kept, visit),
        title,
        lang: foreign,
        summary: dated::spoken(body, "summary", visit),
        when: when(start, end, visit),
        place: dated::text(body, "location").to_owned(),
        who: kept.voucher.display_name.clone(),
        tags: [code("event_type", "event-type"), code("mode", "event-mode")].into_iter().flatten().collect(),
        until: until
            .parse::<Date>()
            .ok()
            .filter(|until| *until >= today)
            .map(|until| fill(b.events_until, &[("day", &day::day(until, lang))])),
        state: match dated::text(body, "status") {
            "CANCELLED" => Some((b.events_cancelled, true)),
            "TENTATIVE" => Some((b.events_tentative, false)),
            _ => None,
        },
    }
}

/// Beginning and end in words; the end of one day is only its hour.
fn when(start: &str, end: Option<&str>, visit: &Visit) -> String {
    let from = spelled::local_time(start, visit.lang);
    match end {
        Some(end) if end != start => match (start.split_once('T'), end.split_once('T')) {
            (Some((first, _)), Some((last, time))) if first == last => {
                let time: String = time.chars().take(5).collect();
                format!("{from} – {time}")
            }
            _ => format!("{from} – {}", spelled::local_time(end, visit.lang)),
        },
        _ => from,
    }
}

fn month(
    wanted: &Wanted,
    dates: &[(String, Option<String>, &Kept)],
    today: Date,
    visit: &Visit,
) -> MonthShown {
    let b = Boards::of(visit.lang);
    let first = format!("{}-01", wanted.month).parse::<Date>().unwrap_or_else(|_| today.first_of_month());
    let mut by_day: BTreeMap<Date, Vec<(String, String, Option<String>)>> = BTreeMap::new();
    for (start, end, kept) in dates {
        let (Some(begins), last) = (dated::parsed(start), end.as_deref().and_then(dated::parsed)) else {
            continue;
        };
        let (title, lang) = dated::title(kept, visit);
        let mut on = begins.max(first.saturating_sub(7.days()));
        // No event fills more than the sheet that is shown.
        let last = last.unwrap_or(begins).min(first.saturating_add(45.days()));
        while on <= last {
            by_day.entry(on).or_default().push((dated::link(kept, visit), title.clone(), lang.clone()));
            on = on.saturating_add(1.day());
        }
    }
    let mut on = first.saturating_sub(i64::from(first.weekday().to_monday_zero_offset()).days());
    let mut weeks = Vec::new();
    while on <= first.last_of_month() {
        let mut week = Vec::new();
        for _ in 0..7 {
            let inside = on.month() == first.month();
            let events = if inside { by_day.remove(&on).unwrap_or_default() } else { Vec::new() };
            week.push(DayShown { number: on.day(), inside, today: on == today, events });
            on = on.saturating_add(1.day());
        }
        weeks.push(week);
    }
    let name = [("month", day::month(first, visit.lang)), ("year", &first.year().to_string())];
    let at = |date: Date| {
        let month = date.strftime("%Y-%m").to_string();
        wanted.link(visit, "/events", &[("view", "month"), ("month", &month)])
    };
    MonthShown {
        caption: fill(b.events_caption, &name),
        title: fill(b.events_month_of, &name),
        days: b.days.split(' ').collect(),
        weeks,
        previous: at(first.saturating_sub(1.month())),
        next: at(first.saturating_add(1.month())),
    }
}

/// `GET /events.ics`: the same dates as a calendar.
pub(crate) async fn calendar(
    State(front): State<Front>,
    visit: Visit,
    host: Host,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    let records = dated::all(&front, &visit, &wanted.looked()).await?;
    let mut appointments = Vec::new();
    for kept in records.iter() {
        let content = kept.statement.content();
        let page = front.outside(&host.0, &format!("/records/{}/{}", content.publisher, content.record));
        appointments.push(appointment::of(content, &page, visit.lang));
    }
    appointments.sort_by(|a, b| a.start.cmp(&b.start));
    let narrowed = [labels::action_field(&wanted.field, visit.lang), labels::land(&wanted.land).to_owned()];
    let narrowed: Vec<String> = narrowed.into_iter().filter(|text| !text.is_empty()).collect();
    let name =
        [vec![format!("allmende: {}", Boards::of(visit.lang).events_title)], narrowed].concat().join(", ");
    Ok(appointment::answer(&exchange::calendar::write(&name, &appointments)))
}
