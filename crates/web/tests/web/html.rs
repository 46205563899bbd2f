//! Whether a page is well-formed and accessible as far as a program can see.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Elements without content and end.
const VOID: [&str; 6] = ["meta", "link", "input", "img", "br", "hr"];

/// One start tag.
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
}

/// Takes a page apart; panics where it is not well-formed.
pub(crate) fn tags(html: &str) -> Vec<Tag> {
    let mut rest = html.strip_prefix("<!doctype html>").expect("a page begins with its doctype");
    let (mut tags, mut open) = (Vec::new(), Vec::new());
    while let Some((_, behind)) = rest.split_once('<') {
        if let Some(end) = behind.strip_prefix('/') {
            let (name, after) = end.split_once('>').unwrap();
            assert_eq!(open.pop().as_deref(), Some(name), "wrong end near {}", near(behind));
            rest = after;
            continue;
        }
        let (tag, after, closed) = start(behind);
        if !VOID.contains(&tag.name.as_str()) && !closed {
            open.push(tag.name.clone());
        }
        tags.push(tag);
        rest = after;
    }
    assert!(open.is_empty(), "never closed: {open:?}");
    tags
}

fn near(text: &str) -> String {
    text.chars().take(60).collect()
}

/// The start tag behind a `<`, and what stands behind it.
pub(crate) fn element(text: &str) -> (Tag, &str) {
    let (tag, rest, _) = start(text);
    (tag, rest)
}

fn start(text: &str) -> (Tag, &str, bool) {
    let name: String = text.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
    assert!(!name.is_empty(), "a bare < near {}", near(text));
    let mut rest = text[name.len()..].trim_start();
    let mut attributes = BTreeMap::new();
    loop {
        if let Some(after) = rest.strip_prefix("/>") {
            return (Tag { name, attributes }, after, true);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (Tag { name, attributes }, after, false);
        }
        let key: String =
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-:".contains(*c)).collect();
        assert!(!key.is_empty(), "no attribute near {}", near(rest));
        rest = &rest[key.len()..];
        let value = match rest.strip_prefix("=\"") {
            None => String::new(),
            Some(quoted) => {
                let (value, after) = quoted.split_once('"').unwrap();
                rest = after;
                value.to_owned()
            }
        };
        assert!(attributes.insert(key.clone(), value).is_none(), "{key} stands twice near {}", near(rest));
        rest = rest.trim_start();
    }
}

/// What every page must keep.
pub(crate) fn check(path: &str, html: &str) {
    let tags = tags(html);
    let count = |name: &str| tags.iter().filter(|tag| tag.name == name).count();
    let of = |name: &str| tags.iter().filter(|tag| tag.name == name).collect::<Vec<_>>();
    for (name, expected) in [("h1", 1), ("main", 1), ("header", 1), ("footer", 1), ("title", 1)] {
        assert_eq!(count(name), expected, "{path}: <{name}>");
    }
    for script in of("script") {
        assert!(script.attributes["src"].starts_with("/assets/"), "{path}: a script of somebody else");
    }
    for banned in ["style", "iframe", "object", "embed", "base"] {
        assert_eq!(count(banned), 0, "{path}: <{banned}>");
    }
    let html_tag = &of("html")[0].attributes;
    assert!(["de", "en"].contains(&html_tag["lang"].as_str()), "{path}: lang");
    let mut ids = BTreeSet::new();
    for tag in &tags {
        for (key, value) in &tag.attributes {
            assert!(key != "style" && !key.starts_with("on"), "{path}: {key} on <{}>", tag.name);
            if key == "id" {
                assert!(ids.insert(value.clone()), "{path}: id {value} stands twice");
            }
            if ["href", "src", "action"].contains(&key.as_str()) {
                let low = value.to_lowercase();
                let known = low.starts_with('/') || low.starts_with('#') || low.starts_with("mailto:");
                let foreign = low.starts_with("https://") || low.starts_with("http://");
                assert!(known || (foreign && tag.name == "a"), "{path}: <{} {key}={value}>", tag.name);
                assert!(!low.starts_with("//"), "{path}: {value}");
            }
        }
    }
    for key in ["aria-labelledby", "aria-describedby", "for"] {
        for id in tags.iter().filter_map(|tag| tag.attributes.get(key)).flat_map(|ids| ids.split(' ')) {
            assert!(ids.contains(id), "{path}: {key} names {id}, which is not there");
        }
    }
    labelled(path, &tags);
    for tag in of("img") {
        assert!(tag.attributes.contains_key("alt"), "{path}: a picture without alt");
    }
    assert_eq!(count("table"), count("caption"), "{path}: a table without caption");
    for tag in of("th") {
        assert!(tag.attributes.contains_key("scope"), "{path}: th without scope");
    }
    headings(path, &tags);
    assert!(
        tags.iter().any(|tag| tag.attributes.get("class").is_some_and(|class| class == "skip")),
        "{path}"
    );
}

fn labelled(path: &str, tags: &[Tag]) {
    let labels: BTreeSet<&str> = tags
        .iter()
        .filter(|tag| tag.name == "label")
        .filter_map(|tag| tag.attributes.get("for").map(String::as_str))
        .collect();
    for tag in tags.iter().filter(|tag| ["input", "select", "textarea"].contains(&tag.name.as_str())) {
        if tag.attributes.get("type").is_some_and(|sort| sort == "hidden") {
            continue;
        }
        let id = tag.attributes.get("id").unwrap_or_else(|| panic!("{path}: a field without id"));
        assert!(labels.contains(id.as_str()), "{path}: the field {id} has no label");
    }
}

/// No level of headings is left out on the way down.
fn headings(path: &str, tags: &[Tag]) {
    let mut last = 0;
    for tag in tags {
        let Some(level) = tag.name.strip_prefix('h').and_then(|level| level.parse::<u8>().ok()) else {
            continue;
        };
        assert!(level <= last + 1 || level >= 4, "{path}: h{level} after h{last}");
        last = level;
    }
}
