//! What a form sends: names and values in their order, as browsers write them.

use crate::front::Front;
use crate::link;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::FromRequest;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header;
use std::collections::BTreeMap;

/// Names and values of one form: a kind with all its lists full has fewer.
const PAIRS_MAX: usize = 8_000;

/// The pairs of a posted form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent {
    pairs: Vec<(String, String)>,
    /// Where each name stands for the first time.
    first: BTreeMap<String, usize>,
}

impl Sent {
    pub(crate) fn of(pairs: Vec<(String, String)>) -> Sent {
        let mut first = BTreeMap::new();
        for (at, (name, _)) in pairs.iter().enumerate() {
            first.entry(name.clone()).or_insert(at);
        }
        Sent { pairs, first }
    }

    /// Everything that was sent.
    pub(crate) fn into_pairs(self) -> Vec<(String, String)> {
        self.pairs
    }

    /// The names that begin like this, in the order of the alphabet.
    pub(crate) fn names<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        let from = self.first.range(prefix.to_owned()..);
        from.map(|(name, _)| name.as_str()).take_while(move |name| name.starts_with(prefix))
    }

    /// The value of a name; empty where it was not sent.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// The value of a name, if it was sent.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.pairs.get(*self.first.get(name)?).map(|(_, value)| value.as_str())
    }

    /// All values of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(sent, _)| sent == name).map(|(_, value)| value.as_str())
    }

    fn read(body: &str) -> Result<Sent, Problem> {
        let mut pairs = Vec::new();
        for pair in body.split('&').filter(|pair| !pair.is_empty()) {
            if pairs.len() >= PAIRS_MAX {
                return Err(Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE));
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            pairs.push((link::decoded(name), link::decoded(value).replace("\r\n", "\n").replace('\r', "\n")));
        }
        Ok(Sent::of(pairs))
    }
}

impl FromRequest<Front> for Sent {
    type Rejection = Problem;

    async fn from_request(request: Request, front: &Front) -> Result<Sent, Problem> {
        let sort = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !sort.unwrap_or_default().starts_with("application/x-www-form-urlencoded") {
            return Err(Problem::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let bytes = Bytes::from_request(request, front)
            .await
            .map_err(|_| Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE))?;
        // A browser percent-encodes everything else; what is not UTF-8 was written by no browser.
        let body = String::from_utf8(bytes.to_vec()).map_err(|error| Problem::unreadable("form", &error))?;
        Sent::read(&body)
    }
}

#[cfg(test)]
mod tests {
    use crate::desk::sent::PAIRS_MAX;
    use crate::desk::sent::Sent;

    #[test]
    fn a_form_is_read_as_it_was_typed() {
        let sent = Sent::read("f.title.de=M%C3%A4ngel+%2B+%22Gr%C3%BCn%22&n=a%0D%0Ab&x=1&x=2&leer").unwrap();
        assert_eq!(sent.value("f.title.de"), "Mängel + \"Grün\"");
        assert_eq!(sent.value("n"), "a\nb");
        assert_eq!(sent.all("x").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!((sent.find("leer"), sent.find("fehlt")), (Some(""), None));
        assert!(Sent::read(&"a=1&".repeat(PAIRS_MAX + 1)).is_err());
    }
}
