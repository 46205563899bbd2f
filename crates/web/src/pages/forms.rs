//! The forms in which a record leaves the node: suffixes of its address, media types, names.

use crate::pages::appointment;
use crate::port::Kept;
use crate::problem::Problem;
use crate::words::reading::Reading;
use axum::http::HeaderValue;
use axum::http::header;
use axum::response::IntoResponse as _;
use axum::response::Response;
use exchange::calendar;
use exchange::linked;
use exchange::publiccode::written;
use exchange::turtle;
use record::kind;
use record::kind::Kind;
use record::kind::Lang;
use record::statement::Content;

/// What the suffix of an address asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Cose,
    Json,
    JsonLd,
    Publiccode,
    Turtle,
    Calendar,
}

impl Form {
    /// The form of a suffix.
    pub(crate) fn of(suffix: &str) -> Option<Form> {
        let all = [Form::Cose, Form::Json, Form::JsonLd, Form::Publiccode, Form::Turtle, Form::Calendar];
        all.into_iter().find(|form| form.suffix() == suffix)
    }

    /// Every form that this record has.
    pub(crate) fn all_of(content: &Content) -> Vec<Form> {
        let mut forms = vec![Form::Cose, Form::Json];
        let Some(kind) = kind::kind(content.kind.as_str()).filter(|_| !content.is_retracted()) else {
            return forms;
        };
        if kind.protocol {
            return forms;
        }
        if is_software(kind) {
            forms.push(Form::Publiccode);
        }
        if !appointment::of(content, "", Lang::De).start.is_empty() {
            forms.push(Form::Calendar);
        }
        forms.extend([Form::JsonLd, Form::Turtle]);
        forms
    }

    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Form::Cose => "cose",
            Form::Json => "json",
            Form::JsonLd => "jsonld",
            Form::Publiccode => "yml",
            Form::Turtle => "ttl",
            Form::Calendar => "ics",
        }
    }

    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Form::Cose => "application/cose",
            Form::Json => "application/json",
            Form::JsonLd => "application/ld+json",
            Form::Publiccode => "application/yaml",
            Form::Turtle => "text/turtle",
            Form::Calendar => "text/calendar",
        }
    }

    pub(crate) fn name(self, lang: Lang) -> &'static str {
        let r = Reading::of(lang);
        match self {
            Form::Cose => r.export_cose,
            Form::Json => r.export_json,
            Form::JsonLd => r.export_jsonld,
            Form::Publiccode => r.export_yml,
            Form::Turtle => r.export_ttl,
            Form::Calendar => r.export_ics,
        }
    }
}

fn is_software(kind: &Kind) -> bool {
    kind.exports.get("publiccode").is_some_and(|file| file == "publiccode.yml")
}

/// A record in one of its forms; one that is withdrawn has none but its own statement.
pub(crate) fn write(form: Form, kept: &Kept, address: &str, lang: Lang) -> Result<Response, Problem> {
    let content = kept.statement.content();
    if content.is_retracted() {
        return Err(Problem::gone());
    }
    if !Form::all_of(content).contains(&form) {
        return Err(Problem::no_page());
    }
    let kind = kind::kind(content.kind.as_str()).ok_or_else(Problem::no_page)?;
    let who = kept.voucher.display_name.as_str();
    let (media_type, text) = match form {
        Form::JsonLd => (linked::MEDIA_TYPE, format!("{:#}\n", linked::write(kind, content, address, who))),
        Form::Turtle => (turtle::MEDIA_TYPE, turtle::write(kind, content, address, who)),
        Form::Publiccode => (written::MEDIA_TYPE, written::write(content.body(), who)),
        _ => {
            let entry = appointment::of(content, address, lang);
            (calendar::MEDIA_TYPE, calendar::write(&entry.summary.clone(), &[entry]))
        }
    };
    let mut response = ([(header::CONTENT_TYPE, media_type)], text).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}
