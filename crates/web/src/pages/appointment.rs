//! A record as a calendar entry: an event with its hours, or a deadline as a day.

use axum::http::header;
use axum::response::IntoResponse as _;
use axum::response::Response;
use exchange::calendar;
use exchange::calendar::Appointment;
use record::kind;
use record::kind::Lang;
use record::kind::texts;
use record::statement::Content;
use record::value::Value;

/// The entry of an event; of a funding programme the day on which it closes. What has no date begins with nothing
/// and is left out by the calendar.
pub(crate) fn of(content: &Content, page: &str, lang: Lang) -> Appointment {
    let body = content.body();
    let text = |field: &str| body.get(field).and_then(Value::as_text).unwrap_or_default().to_owned();
    let is_event = content.kind.as_str() == "event";
    let uid = text("uid");
    let fields = body.get("action_fields").and_then(Value::as_list).unwrap_or_default();
    let label = |code: &Value| {
        let code = code.as_text()?;
        Some(kind::vocabulary("action-field")?.term(code)?.label.say(lang).to_owned())
    };
    Appointment {
        uid: if uid.is_empty() { format!("{}@{}", content.record, content.publisher) } else { uid },
        sequence: content.version,
        said: content.issued.seconds(),
        start: text(if is_event { "dtstart" } else { "open_until" }),
        end: Some(text("dtend")).filter(|end| !end.is_empty()),
        zone: text("tzid"),
        summary: texts(body, "title", lang).unwrap_or_default().to_owned(),
        description: texts(body, "summary", lang).unwrap_or_default().to_owned(),
        location: text("location"),
        url: page.to_owned(),
        conference: text("conference"),
        status: if is_event { text("status") } else { String::new() },
        categories: fields.iter().filter_map(label).collect(),
    }
}

/// A calendar as an answer.
pub(crate) fn answer(text: &str) -> Response {
    let headers = [(header::CONTENT_TYPE, calendar::MEDIA_TYPE), (header::CACHE_CONTROL, "no-cache")];
    (headers, text.to_owned()).into_response()
}
