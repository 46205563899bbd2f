//! Records with a date of their own: events, funding programmes and needs, read once for each state of the node.

use crate::day;
use crate::front::Front;
use crate::pages::looked::Looked;
use crate::pages::shown;
use crate::pages::spelled;
use crate::port::Kept;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::boards::Boards;
use crate::words::fill;
use catalogue::query::Days;
use catalogue::query::LIMIT_MAX;
use catalogue::query::Order;
use catalogue::query::Query;
use jiff::civil::Date;
use record::kind::Lang;
use record::value::Map;
use record::value::Value;
use std::sync::Arc;

/// Records of one board that are looked at; beyond it a filter helps.
const RECORDS_MAX: usize = 400;

/// How long what is over is still listed, in seconds: a year.
const PAST_SECONDS: u64 = 365 * 86_400;

/// One line of a short list of dates.
pub(crate) struct Due {
    pub(crate) link: String,
    pub(crate) title: String,
    /// The language of the title, where it is not the reader's.
    pub(crate) lang: Option<String>,
    pub(crate) when: String,
}

/// The standing records of a kind, newest first; `looked` says which kind, Land and action field.
pub(crate) async fn all(front: &Front, visit: &Visit, looked: &Looked) -> Result<Arc<Vec<Kept>>, Problem> {
    let newest = front.port.indexed();
    let board = (looked.kind.clone(), looked.land.clone(), looked.field.clone());
    if let Some(records) = front.boards.recall(&board, newest) {
        return Ok(records);
    }
    let records = Arc::new(read(front, visit, looked).await?);
    front.boards.keep(board, newest, Arc::clone(&records));
    Ok(records)
}

async fn read(front: &Front, visit: &Visit, looked: &Looked) -> Result<Vec<Kept>, Problem> {
    let past = (front.settings.clock)().minus(PAST_SECONDS).day().to_string();
    let days = Days { from: Some(past), until: None };
    let (mut records, mut read_so_far) = (Vec::new(), 0);
    loop {
        let query = looked.stretch(visit, read_so_far, LIMIT_MAX);
        // What is long over is left out, and what comes next comes first; needs have no day of their own.
        let query = match looked.kind == "need" {
            true => query,
            false => Query { order: Order::Soonest, days: days.clone(), ..query },
        };
        let found = front.port.search(query).await?;
        read_so_far += found.hits.len();
        let last = found.hits.len() < LIMIT_MAX;
        for hit in found.hits {
            // What was withdrawn between the search and now is left out.
            records.extend(front.port.record(hit.publisher, hit.record).await?);
        }
        if last || records.len() >= RECORDS_MAX {
            return Ok(records.into_iter().filter(|kept| !kept.statement.content().is_retracted()).collect());
        }
    }
}

/// What comes next of a kind: events by their beginning, programmes by their end, needs that are open.
pub(crate) async fn coming(
    front: &Front,
    visit: &Visit,
    kind: &str,
    limit: usize,
) -> Result<Vec<Due>, Problem> {
    let looked = Looked { kind: kind.to_owned(), ..Looked::default() };
    let records = all(front, visit, &looked).await?;
    let today = (front.settings.clock)().day().to_string();
    let mut due: Vec<(String, &Kept)> = records
        .iter()
        .filter_map(|kept| {
            let body = kept.statement.content().body();
            let order = match kind {
                "event" => Some(span(body)?.0).filter(|_| text(body, "status") != "CANCELLED"),
                "funding" => Some(text(body, "open_until").to_owned()),
                _ => matches!(text(body, "status"), "open" | "exploring" | "procuring").then(String::new),
            }?;
            (kind == "need" || order.as_str() >= today.as_str()).then_some((order, kept))
        })
        .collect();
    due.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(due.into_iter().take(limit).map(|(_, kept)| line(kept, kind, visit)).collect())
}

fn line(kept: &Kept, kind: &str, visit: &Visit) -> Due {
    let (b, lang) = (Boards::of(visit.lang), visit.lang);
    let body = kept.statement.content().body();
    let (title, foreign) = title(kept, visit);
    let when = match kind {
        "event" => span(body).map_or_else(String::new, |(start, _)| spelled::local_time(&start, lang)),
        "funding" => fill(b.funding_until, &[("day", &day::written(text(body, "open_until"), lang))]),
        _ => kept.voucher.display_name.clone(),
    };
    Due { link: link(kept, visit), title, lang: foreign, when }
}

/// The page of a record.
pub(crate) fn link(kept: &Kept, visit: &Visit) -> String {
    let content = kept.statement.content();
    visit.link(&format!("/records/{}/{}", content.publisher, content.record))
}

/// A record's title, and its language where it is not the reader's.
pub(crate) fn title(kept: &Kept, visit: &Visit) -> (String, Option<String>) {
    spoken(kept.statement.content().body(), "title", visit)
        .unwrap_or_else(|| (visit.words().record_untitled.to_owned(), None))
}

/// A text of a body, and its language where it is not the reader's.
pub(crate) fn spoken(body: &Map, field: &str, visit: &Visit) -> Option<(String, Option<String>)> {
    let (tag, text) = shown::spoken(body.get(field)?.as_map()?, visit.lang)?;
    let foreign = (Lang::parse(tag) != Some(visit.lang)).then(|| tag.to_owned());
    Some((text.to_owned(), foreign))
}

/// The text of a plain field; empty where there is none.
pub(crate) fn text<'a>(body: &'a Map, field: &str) -> &'a str {
    body.get(field).and_then(Value::as_text).unwrap_or_default()
}

/// Beginning and end of an event as they were written, such as `2027-03-31T09:30`.
pub(crate) fn span(body: &Map) -> Option<(String, Option<String>)> {
    let start = text(body, "dtstart");
    parsed(start)?;
    let end = text(body, "dtend");
    Some((start.to_owned(), parsed(end).map(|_| end.to_owned())))
}

/// The day of a date or time by the clock on the wall.
pub(crate) fn parsed(text: &str) -> Option<Date> {
    text.split('T').next()?.parse().ok()
}

/// How many days there are left until a day, in words; nothing when it has passed or is far off.
pub(crate) fn left(until: Date, today: Date, lang: Lang) -> Option<String> {
    /// Days before an end from which on they are counted.
    const COUNTED_DAYS: i32 = 60;
    let b = Boards::of(lang);
    match (until - today).get_days() {
        0 => Some(b.days_left_none.to_owned()),
        1 => Some(b.days_left_one.to_owned()),
        n @ 2..=COUNTED_DAYS => Some(fill(b.days_left, &[("n", &n.to_string())])),
        _ => None,
    }
}
