//! Writes a record, or a catalogue of records, as RDF in Turtle, made from the DCAT and ADMS names in its kind file.

use record::kind::Field;
use record::kind::Kind;
use record::kind::Pattern;
use record::kind::Sort;
use record::statement::Content;
use record::value::Map;
use record::value::Value;

/// The media type.
pub const MEDIA_TYPE: &str = "text/turtle; charset=utf-8";
/// The vocabularies' keys in kind files.
const NAMED: [&str; 2] = ["dcat", "adms"];
/// Themes of data.europa.eu, by the codes of the crosswalk.
const THEMES: &str = "http://publications.europa.eu/resource/authority/data-theme/";
/// Schemes of addresses that nobody is harmed by; others are said as text.
const SCHEMES: [&str; 5] = ["https", "http", "urn", "mailto", "alias"];
const PREFIXES: [(&str, &str); 9] = [
    ("adms", "http://www.w3.org/ns/adms#"),
    ("dcat", "http://www.w3.org/ns/dcat#"),
    ("dcatde", "http://dcat-ap.de/def/dcatde/"),
    ("dct", "http://purl.org/dc/terms/"),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("schema", "https://schema.org/"),
    ("vcard", "http://www.w3.org/2006/vcard/ns#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];

/// A record; `address` is its page, `publisher` the official name of who signed.
pub fn write(kind: &Kind, content: &Content, address: &str, publisher: &str) -> String {
    let class = NAMED.iter().find_map(|key| kind.exports.get(*key)).map_or("dcat:Resource", String::as_str);
    let mut lines = vec![format!("a {class}")];
    for field in &kind.fields {
        let (Some(name), Some(value)) = (named(field), content.body().get(&field.name)) else { continue };
        lines.extend(objects(field, value).into_iter().map(|object| format!("{name} {object}")));
    }
    lines.push(format!("dct:identifier {}", literal(&content.record.to_string())));
    lines.push(format!("dct:modified {}^^xsd:dateTime", literal(&content.issued.to_string())));
    lines.push(format!("dct:publisher [ a foaf:Agent ; foaf:name {} ]", literal(publisher)));
    format!("{}{}", prefixes(), subject(address, &lines))
}

/// A node's holdings as one dataset of a catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holdings<'a> {
    /// The address of the start page.
    pub home: &'a str,
    /// Who runs the node.
    pub publisher: &'a str,
    /// How the catalogue is called.
    pub title: &'a str,
    /// One sentence on what is in it.
    pub description: &'a str,
    /// Address and media type of each form in which it can be had.
    pub distributions: &'a [(String, &'static str)],
}

/// The catalogue of a node (DCAT-AP.de 3).
pub fn catalogue(holdings: &Holdings<'_>) -> String {
    let home = holdings.home;
    let (title, text) = (spoken(holdings.title, "de"), spoken(holdings.description, "de"));
    let agent = format!("dct:publisher [ a foaf:Agent ; foaf:name {} ]", literal(holdings.publisher));
    let dataset = format!("{home}#dataset");
    let licence = "dct:license <http://dcat-ap.de/def/licenses/cc-zero>".to_owned();
    let catalogue = [
        "a dcat:Catalog".to_owned(),
        format!("dct:title {title}"),
        format!("dct:description {text}"),
        agent.clone(),
        format!("dcat:dataset {}", iri(&dataset)),
    ];
    let mut lines = vec![
        "a dcat:Dataset".to_owned(),
        format!("dct:title {title}"),
        format!("dct:description {text}"),
        agent,
        format!("dcat:theme <{THEMES}GOVE>"),
    ];
    for (address, media_type) in holdings.distributions {
        let media = format!("dcat:mediaType <https://www.iana.org/assignments/media-types/{media_type}>");
        lines.push(format!(
            "dcat:distribution [ a dcat:Distribution ; dcat:accessURL {} ; {licence} ; {media} ]",
            iri(address)
        ));
    }
    format!("{}{}\n{}", prefixes(), subject(home, &catalogue), subject(&dataset, &lines))
}

fn named(field: &Field) -> Option<&str> {
    NAMED.iter().find_map(|key| field.exports.get(*key)).map(String::as_str)
}

fn prefixes() -> String {
    let lines = PREFIXES.map(|(prefix, address)| format!("@prefix {prefix}: <{address}> .\n"));
    format!("{}\n", lines.concat())
}

fn subject(address: &str, lines: &[String]) -> String {
    format!("{}\n    {} .\n", iri(address), lines.join(" ;\n    "))
}

fn objects(field: &Field, value: &Value) -> Vec<String> {
    match (&field.sort, value) {
        (_, Value::List(items)) => items.iter().flat_map(|item| objects(field, item)).collect(),
        (Sort::Texts { .. }, Value::Map(texts)) => {
            texts.iter().filter_map(|(tag, text)| Some(spoken(text.as_text()?, tag))).collect()
        }
        (Sort::Url | Sort::Pattern(Pattern::Uri), Value::Text(text)) => vec![address(text)],
        (Sort::Date, Value::Text(text)) => vec![format!("{}^^xsd:date", literal(text))],
        (Sort::Code { vocabulary }, Value::Text(code)) => coded(vocabulary, code),
        (Sort::Group { .. }, Value::Map(map)) => grouped(map),
        (_, Value::Text(text)) => vec![literal(text)],
        (_, Value::Uint(number)) => vec![number.to_string()],
        (_, Value::Bool(truth)) => vec![truth.to_string()],
        _ => Vec::new(),
    }
}

fn coded(vocabulary: &str, code: &str) -> Vec<String> {
    let term = record::kind::vocabulary(vocabulary).and_then(|vocabulary| vocabulary.term(code));
    match term.and_then(|term| term.crosswalk.get("eu-data-theme")) {
        Some(themes) => themes.iter().map(|theme| iri(&format!("{THEMES}{theme}"))).collect(),
        None => vec![term.map_or_else(|| literal(code), |term| spoken(&term.label.de, "de"))],
    }
}

/// A contact point (vCard); other groups have no common name.
fn grouped(map: &Map) -> Vec<String> {
    let text = |key: &str| map.get(key).and_then(Value::as_text);
    let mut lines = vec!["a vcard:Organization".to_owned()];
    lines.extend(text("mail").map(|mail| format!("vcard:hasEmail {}", address(&format!("mailto:{mail}")))));
    lines.extend(text("url").map(|url| format!("vcard:hasURL {}", address(url))));
    lines.extend(text("name").map(|name| format!("foaf:name {}", literal(name))));
    if lines.len() == 1 { Vec::new() } else { vec![format!("[ {} ]", lines.join(" ; "))] }
}

/// An address as one, where it can stand in angle brackets, else as text.
fn address(text: &str) -> String {
    let scheme = text.split_once(':').is_some_and(|(scheme, _)| SCHEMES.contains(&scheme));
    let plain = !text.chars().any(|c| c.is_control() || c.is_whitespace() || "<>\"{}|^`\\".contains(c));
    if scheme && plain { iri(text) } else { literal(text) }
}

fn iri(address: &str) -> String {
    let clean: String = address
        .chars()
        .filter(|c| !c.is_control() && !c.is_whitespace() && !"<>\"{}|^`\\".contains(*c))
        .collect();
    format!("<{clean}>")
}

fn spoken(text: &str, tag: &str) -> String {
    let known = !tag.is_empty() && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if known { format!("{}@{tag}", literal(text)) } else { literal(text) }
}

fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if letter.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(letter))),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use crate::turtle::address;
    use crate::turtle::literal;

    #[test]
    fn nothing_breaks_out_of_its_quotes() {
        assert_eq!(literal("\"\\\n\u{1}"), "\"\\\"\\\\\\n\\u0001\"");
        assert_eq!(address("https://a.example/x"), "<https://a.example/x>");
        assert_eq!(address("https://a.example/> . <x"), "\"https://a.example/> . <x\"");
        assert_eq!(address("kein"), "\"kein\"");
        assert_eq!(address("javascript:alert(1)"), "\"javascript:alert(1)\"");
    }
}
