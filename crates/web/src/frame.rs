//! What stands around every page: head, navigation, language switch, footer.

use crate::assets;
use crate::guard::headers::Scripted;
use crate::visit::Visit;
use crate::words::Say;
use crate::words::boards::Boards;
use crate::words::reading::Reading;
use crate::words::texts::Texts;
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
    /// The sentences in the visitor's language: the frame, the search and the network.
    pub(crate) w: &'static Say,
    /// Those of records.
    pub(crate) r: &'static Reading,
    /// Those of map, calendar, boards and comparison.
    pub(crate) b: &'static Boards,
    /// Those of the pages that explain.
    pub(crate) t: &'static Texts,
    /// The same content in other forms, for programs that look for it.
    pub(crate) alternates: Vec<Alternate>,
    /// A script that makes the page more comfortable; the page is whole without it.
    pub(crate) script: Option<&'static str>,
    visit: &'a Visit,
    node_name: &'a str,
}

/// The page's content in another form.
pub(crate) struct Alternate {
    pub(crate) href: String,
    pub(crate) media_type: &'static str,
    pub(crate) title: String,
}

impl<'a> Frame<'a> {
    pub(crate) fn new(visit: &'a Visit, node_name: &'a str, title: &str) -> Frame<'a> {
        Frame {
            title: title.to_owned(),
            w: visit.words(),
            r: Reading::of(visit.lang),
            b: Boards::of(visit.lang),
            t: Texts::of(visit.lang),
            alternates: Vec::new(),
            script: None,
            visit,
            node_name,
        }
    }

    /// Names the same content in another form.
    pub(crate) fn and(mut self, href: String, media_type: &'static str, title: &str) -> Frame<'a> {
        self.alternates.push(Alternate { href, media_type, title: title.to_owned() });
        self
    }

    /// Adds a script of ours.
    pub(crate) fn with_script(self, name: &'static str) -> Frame<'a> {
        Frame { script: Some(name), ..self }
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

    /// The list of everything.
    pub(crate) fn everything(&self) -> String {
        self.visit.everything()
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

/// A finished page that may load scripts of ours.
pub(crate) fn scripted_page(template: &impl Template, lang: Lang) -> Response {
    let mut response = page(template, lang);
    response.extensions_mut().insert(Scripted);
    response
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
