//! The page that says what went wrong.

use crate::frame;
use crate::frame::Frame;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::fill;
use askama::Template;
use axum::response::Response;

#[derive(Template)]
#[template(path = "trouble.html")]
struct Trouble<'a> {
    frame: Frame<'a>,
    detail: &'a str,
    code: String,
}

/// The problem as a page.
pub(crate) fn page(problem: &Problem, visit: &Visit) -> Response {
    let frame = Frame::new(visit, "", problem.title().say(visit.lang));
    let code =
        fill(frame.w.trouble_code, &[("code", &format!("{} {}", problem.status.as_u16(), problem.code))]);
    frame::page(&Trouble { frame, detail: problem.detail.say(visit.lang), code }, visit.lang)
}
