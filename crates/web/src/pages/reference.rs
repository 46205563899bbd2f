//! `/api`: the description of the API as a page, made from the OpenAPI document.

use crate::api::openapi;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::Say;
use crate::words::fill;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

const METHODS: [&str; 4] = ["get", "post", "put", "delete"];

struct Group {
    name: String,
    text: String,
    operations: Vec<OperationShown>,
}

struct OperationShown {
    method: String,
    path: String,
    summary: String,
    token: bool,
    parameters: Vec<ParameterShown>,
    parameters_caption: String,
    /// Status and meaning.
    answers: Vec<(String, String)>,
    answers_caption: String,
}

struct ParameterShown {
    name: String,
    place: String,
    text: String,
}

#[derive(Template)]
#[template(path = "api.html")]
struct Reference<'a> {
    frame: Frame<'a>,
    groups: Vec<Group>,
    /// Code, status and meaning.
    problems: Vec<(String, u16, String)>,
}

/// `GET /api`
pub(crate) async fn show(State(front): State<Front>, visit: Visit) -> Response {
    let document = serde_json::to_value(openapi::document()).unwrap_or_default();
    let frame = Frame::new(&visit, &front.settings.node_name, visit.words().api_title);
    let problems = Problem::known().into_iter().map(|problem| {
        let meaning = problem.detail.say(visit.lang).to_owned();
        (problem.code, problem.status.as_u16(), meaning)
    });
    let groups = groups(&document, visit.words());
    frame::page(&Reference { frame, groups, problems: problems.collect() }, visit.lang)
}

/// The operations by tag, in the order of the document.
fn groups(document: &Value, w: &Say) -> Vec<Group> {
    let tags = document.get("tags").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let group = |tag: &Value| {
        let name = text(tag, "name");
        let operations =
            operations(document, w).filter(|(of, _)| *of == name).map(|(_, operation)| operation);
        Group { operations: operations.collect(), text: text(tag, "description"), name }
    };
    tags.iter().map(group).collect()
}

/// Every operation with its tag.
fn operations<'a>(document: &'a Value, w: &'a Say) -> impl Iterator<Item = (String, OperationShown)> + 'a {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    paths.flat_map(move |(path, item)| {
        METHODS.into_iter().filter_map(move |method| {
            let operation = item.get(method)?;
            let tag = operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or_default();
            Some((tag.to_owned(), shown(method, path, operation, w)))
        })
    })
}

fn shown(method: &str, path: &str, operation: &Value, w: &Say) -> OperationShown {
    let method = method.to_uppercase();
    let what = format!("{method} {path}");
    let parameters = operation.get("parameters").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let parameter = |parameter: &Value| ParameterShown {
        name: text(parameter, "name"),
        place: text(parameter, "in"),
        text: text(parameter, "description"),
    };
    let answers = operation.get("responses").and_then(Value::as_object).into_iter().flatten();
    OperationShown {
        path: path.to_owned(),
        summary: [text(operation, "summary"), text(operation, "description")].join(" ").trim().to_owned(),
        token: operation.get("security").is_some(),
        parameters: parameters.iter().map(parameter).collect(),
        parameters_caption: fill(w.api_parameters_of, &[("what", &what)]),
        answers: answers.map(|(status, answer)| (status.clone(), meaning(status, answer))).collect(),
        answers_caption: fill(w.api_answers_of, &[("what", &what)]),
        method,
    }
}

/// What an answer means: its description, else what its status is called (RFC 9110, section 15).
fn meaning(status: &str, answer: &Value) -> String {
    let described = text(answer, "description");
    let called = status.parse::<StatusCode>().ok().and_then(|status| status.canonical_reason());
    if described.is_empty() { called.unwrap_or_default().to_owned() } else { described }
}

/// A text of the document without the marks that tools show as code.
fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().replace('`', "")
}
