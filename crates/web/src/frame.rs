//! What stands around every page: head, navigation, language switch, footer.

use crate::assets;
use crate::visit::Visit;
use crate::words::Say;
use askama::Template;
use axum::http::HeaderValue;
use axum::http::header;
use axum::response::Html;
use axum::response::IntoResponse;
use axum::response::Response;
use record::kind::Lang;

/// The frame of one page.
pub(crate) struct Frame<'a> {
    /// In the browser's title bar, before the name of the program.
    pub(crate) title: String,
    /// The sentences in the visitor's language.
    pub(crate) w: &'static Say,
    visit: &'a Visit,
    node_name: &'a str,
}

impl<'a> Frame<'a> {
    pub(crate) fn new(visit: &'a Visit, node_name: &'a str, title: &str) -> Frame<'a> {
        Frame { title: title.to_owned(), w: visit.words(), visit, node_name }
    }

    pub(crate) fn lang(&self) -> &'static str {
        self.visit.lang.as_str()
    }

    pub(crate) fn other_lang(&self) -> &'static str {
        self.visit.lang.other().as_str()
    }

    /// The language to send along with a form, where the address names it.
    pub(crate) fn chosen_lang(&self) -> Option<&'static str> {
        self.visit.chosen.then(|| self.visit.lang.as_str())
    }

    pub(crate) fn link(&self, path: &str) -> String {
        self.visit.link(path)
    }

    pub(crate) fn switched(&self) -> String {
        self.visit.switched()
    }

    pub(crate) fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// `page` where this is the page the link leads to.
    pub(crate) fn current(&self, path: &str) -> bool {
        self.visit.path == path
    }

    /// The sentence in the footer that names this node; empty while it has no name.
    pub(crate) fn node(&self) -> String {
        match self.node_name {
            "" => String::new(),
            name => crate::words::fill(self.w.footer_node, &[("name", name)]),
        }
    }
}

/// A finished page. Pages are made anew for each visit, because what they show may be withdrawn.
pub(crate) fn page(template: &impl Template, lang: Lang) -> Response {
    match template.render() {
        Ok(html) => {
            let mut response = Html(html).into_response();
            let headers = response.headers_mut();
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.as_str()));
            headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
            response
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
