//! A browser without scripts: it keeps cookies, reads forms, fills them in and presses buttons.

use crate::call::Answer;
use crate::call::send;
use crate::html;
use crate::html::Tag;
use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use record::value::Map;
use record::value::Value;

/// One window.
pub(crate) struct Browser {
    pub(crate) site: Router,
    pub(crate) cookie: String,
}

/// A form as a browser would send it: names and values in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filled {
    pub(crate) action: String,
    pub(crate) pairs: Vec<(String, String)>,
}

pub(crate) fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Text as it stood before it was escaped.
fn plain(html: &str) -> String {
    let mut parts = html.split('&');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';').unwrap();
        text.push(match name {
            "lt" | "#60" => '<',
            "gt" | "#62" => '>',
            "quot" | "#34" => '"',
            "#39" | "#x27" => '\'',
            "amp" | "#38" => '&',
            other => panic!("&{other};"),
        });
        text.push_str(rest);
    }
    text
}

impl Browser {
    pub(crate) fn new(site: Router) -> Browser {
        Browser { site, cookie: String::new() }
    }

    /// A window in which somebody has logged in.
    pub(crate) async fn logged_in(site: Router, token: &str) -> Browser {
        let mut browser = Browser::new(site);
        let answer = browser.post("/desk/login", &[("token", token)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        browser
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(&self.site, "GET", path, &[("cookie", &self.cookie)], Body::empty()).await
    }

    /// A page that must be there and be well made.
    pub(crate) async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        // A withdrawn record has a page as well.
        let there = matches!(answer.status, StatusCode::OK | StatusCode::GONE);
        assert!(there, "{path}: {} {}", answer.status, answer.text());
        html::check(path, &answer.text());
        answer.text()
    }

    pub(crate) async fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let body: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
        ];
        let answer = send(&self.site, "POST", path, &headers, body.join("&")).await;
        if let Some(cookie) = answer.headers.get("set-cookie") {
            self.cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        }
        answer
    }

    /// Sends a form by one of its buttons.
    pub(crate) async fn press(&mut self, form: &Filled, button: (&str, &str)) -> Answer {
        let pairs = form.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let pairs: Vec<_> = pairs.chain([button]).collect();
        self.post(&form.action, &pairs).await
    }

    /// Sends a form, and follows where it leads.
    pub(crate) async fn follow(&mut self, form: &Filled, button: (&str, &str)) -> (String, String) {
        let answer = self.press(form, button).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{button:?}: {}", answer.text());
        let place = answer.header("location").to_owned();
        let path = place.split('#').next().unwrap().to_owned();
        (self.page(&path).await, place)
    }

    /// Begins a draft; the answer is its form and its address.
    pub(crate) async fn begin(&mut self, pairs: &[(&str, &str)]) -> (Filled, String) {
        let key = self.key().await;
        let pairs: Vec<_> = [("_key", key.as_str())].into_iter().chain(pairs.iter().copied()).collect();
        let answer = self.post("/desk/drafts", &pairs).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let path = answer.header("location").to_owned();
        (form(&self.page(&path).await, &path), path)
    }

    /// What forms of this session send back.
    pub(crate) async fn key(&self) -> String {
        form(&self.page("/desk").await, "/desk/logout").value("_key").to_owned()
    }
}

impl Filled {
    pub(crate) fn value(&self, name: &str) -> &str {
        self.pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Writes into a field, or ticks one choice alone.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.pairs.retain(|(known, _)| known != name);
        self.pairs.push((name.to_owned(), value.to_owned()));
    }

    /// Writes a whole body into the fields; what stood there before is gone.
    pub(crate) fn fill(&mut self, body: &Map) {
        self.pairs.retain(|(name, _)| !name.starts_with("f."));
        for (key, value) in body {
            self.write(&format!("f.{key}"), value);
        }
    }

    fn write(&mut self, name: &str, value: &Value) {
        match value {
            Value::Map(map) => {
                map.iter().for_each(|(key, value)| self.write(&format!("{name}.{key}"), value));
            }
            Value::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.write(&format!("{name}[{at}]"), item);
                    // Where the list is ticked, the name stands alone.
                    if !matches!(item, Value::Map(_)) {
                        self.pairs.push((name.to_owned(), text(item)));
                    }
                }
            }
            one => self.pairs.push((name.to_owned(), text(one))),
        }
    }
}

fn text(value: &Value) -> String {
    match record::json::from_value(value) {
        serde_json::Value::String(text) => text,
        json => json.to_string(),
    }
}

/// The form of a page that is sent to this address, with what stands in it.
pub(crate) fn form(page: &str, action: &str) -> Filled {
    let begin = format!("action=\"{action}\"");
    let (_, behind) = page.split_once(&begin).unwrap_or_else(|| panic!("no form for {action}: {page}"));
    let inside = behind.split_once('>').unwrap().1.split_once("</form>").unwrap().0;
    let mut filled = Filled { action: action.to_owned(), pairs: Vec::new() };
    let mut rest = inside;
    let mut select = None;
    while let Some((_, behind)) = rest.split_once('<') {
        if behind.starts_with('/') {
            rest = behind.split_once('>').unwrap().1;
            continue;
        }
        let (tag, after) = html::element(behind);
        rest = after;
        take(&mut filled, &tag, &mut select, &mut rest);
    }
    filled
}

fn take(filled: &mut Filled, tag: &Tag, select: &mut Option<(String, bool)>, rest: &mut &str) {
    let attribute = |name: &str| plain(tag.attributes.get(name).map_or("", String::as_str));
    let has = |name: &str| tag.attributes.contains_key(name);
    match tag.name.as_str() {
        "input" if matches!(attribute("type").as_str(), "radio" | "checkbox") && !has("checked") => {}
        "input" => filled.pairs.push((attribute("name"), attribute("value"))),
        "textarea" => {
            let (value, after) = rest.split_once("</textarea>").unwrap();
            filled.pairs.push((attribute("name"), plain(value.strip_prefix('\n').unwrap_or(value))));
            *rest = after;
        }
        "select" => *select = Some((attribute("name"), false)),
        "option" => {
            if let Some((name, chosen)) = select {
                // The first option stands for a choice that nobody made.
                if has("selected") && *chosen {
                    filled.pairs.pop();
                }
                if has("selected") || !*chosen {
                    filled.pairs.push((name.clone(), attribute("value")));
                    *chosen = true;
                }
            }
        }
        _ => {}
    }
}
