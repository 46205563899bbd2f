//! One visit of a page: in which language, at which address, and how its links carry both on.

use crate::front::Front;
use crate::link;
use crate::words;
use crate::words::Say;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::Uri;
use axum::http::header;
use axum::http::request::Parts;
use record::kind::Lang;
use record::moment::Moment;
use std::convert::Infallible;

/// Languages of an Accept-Language header that are looked at.
const LANGUAGES_MAX: usize = 16;

/// An hour, in seconds.
const HOUR_SECONDS: u64 = 3_600;

/// How somebody looks at the pages.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    /// The language of the answer.
    pub(crate) lang: Lang,
    /// Whether the address itself names the language, so that links must go on naming it.
    pub(crate) chosen: bool,
    /// The path, such as `/network`.
    pub(crate) path: String,
    /// The query without `lang`.
    pub(crate) query: Vec<(String, String)>,
    /// The moment of the visit, where it counts.
    pub(crate) now: Option<Moment>,
}

impl Visit {
    /// Reads language and address: `?lang=` first, then Accept-Language, then the node's own.
    pub(crate) fn read(uri: &Uri, headers: &HeaderMap, default: Lang) -> Visit {
        let (named, query): (Vec<_>, Vec<_>) =
            link::pairs(uri.query().unwrap_or_default()).into_iter().partition(|(key, _)| key == "lang");
        let chosen = named.iter().find_map(|(_, tag)| Lang::parse(tag));
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| accepted(value.to_str().ok()?));
        Visit {
            lang: chosen.or(accepted).unwrap_or(default),
            chosen: chosen.is_some(),
            path: uri.path().to_owned(),
            query,
            now: None,
        }
    }

    /// The messages in the visitor's language.
    pub(crate) fn words(&self) -> &'static Say {
        words::say(self.lang)
    }

    /// An address of ours in the visitor's language.
    pub(crate) fn link(&self, path: &str) -> String {
        self.link_with(path, &[])
    }

    /// An address of ours with a query; pairs without a value are left out.
    pub(crate) fn link_with(&self, path: &str, query: &[(&str, &str)]) -> String {
        let lang = self.chosen.then_some(("lang", self.lang.as_str()));
        link::address(path, query.iter().copied().filter(|(_, value)| !value.is_empty()).chain(lang))
    }

    /// The list of everything: a search without words.
    pub(crate) fn everything(&self) -> String {
        let lang = self.chosen.then_some(("lang", self.lang.as_str()));
        link::address("/", [("q", "")].into_iter().chain(lang))
    }

    /// This very page in the other language.
    pub(crate) fn switched(&self) -> String {
        let query = self.query.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        link::address(&self.path, query.chain([("lang", self.lang.other().as_str())]))
    }
}

impl FromRequestParts<Front> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, front: &Front) -> Result<Visit, Infallible> {
        let visit = Visit::read(&parts.uri, &parts.headers, front.settings.lang_default);
        // By the hour: age makes no finer difference, and equal searches stay equal.
        let now = (front.settings.clock)();
        Ok(Visit { now: Some(now.minus(now.seconds() % HOUR_SECONDS)), ..visit })
    }
}

/// The language of ours that is preferred (RFC 9110, section 12.5.4).
fn accepted(header: &str) -> Option<Lang> {
    let mut best: Option<(Lang, f32)> = None;
    for range in header.split(',').take(LANGUAGES_MAX) {
        let (tag, quality) = match range.split_once(';') {
            None => (range, 1.0),
            Some((tag, rest)) => {
                (tag, rest.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).unwrap_or(0.0))
            }
        };
        if let Some(lang) = Lang::parse(tag)
            && quality > best.map_or(0.0, |(_, quality)| quality)
        {
            best = Some((lang, quality));
        }
    }
    best.map(|(lang, _)| lang)
}

#[cfg(test)]
mod tests {
    use crate::visit::Visit;
    use axum::http::HeaderMap;
    use axum::http::HeaderValue;
    use axum::http::header;
    use record::kind::Lang;

    fn visit(address: &str, accept: &str) -> Visit {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_str(accept).unwrap());
        Visit::read(&address.parse().unwrap(), &headers, Lang::De)
    }

    #[test]
    fn the_address_decides_before_the_browser_and_the_browser_before_the_node() {
        assert_eq!(visit("/?lang=de", "en").lang, Lang::De);
        assert_eq!(visit("/", "fr, en;q=0.7, de;q=0.3").lang, Lang::En);
        assert_eq!(visit("/", "fr;q=1, de-AT;q=0.5, en;q=0.2").lang, Lang::De);
        assert_eq!(visit("/?lang=fr", "fr, en;q=0").lang, Lang::De);
    }

    #[test]
    fn links_keep_a_chosen_language_and_the_switch_keeps_the_page() {
        let chosen = visit("/?q=Stra%C3%9Fe+%26+Weg&lang=en", "de");
        assert_eq!(chosen.link("/network"), "/network?lang=en");
        assert_eq!(chosen.switched(), "/?q=Stra%C3%9Fe%20%26%20Weg&lang=de");
        assert_eq!(visit("/", "en").link("/network"), "/network");
    }
}
