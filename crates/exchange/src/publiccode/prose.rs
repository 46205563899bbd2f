//! Names, summaries, descriptions and features, by language.

use crate::publiccode::address;
use crate::publiccode::clip;
use crate::publiccode::remark::Note;
use crate::publiccode::take;
use crate::publiccode::take::Take;
use crate::yaml::Content;
use crate::yaml::Node;
use record::value::Map;
use record::value::Value;

/// A summary where the kind says nothing else, in characters (publiccode.yml: shortDescription).
const SUMMARY_CHARS_MAX: usize = 150;
/// Languages of one file.
const LANGUAGES_MAX: usize = 12;
/// The language of what stands under none.
const LANGUAGE_UNKNOWN: &str = "en";

/// Whether a text has the form of a language tag that descriptions are filed under (BCP 47: language,
/// perhaps script and region).
pub(crate) fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    let fits = |part: &str| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    matches!(first.len(), 2 | 3) && first.bytes().all(|b| b.is_ascii_lowercase()) && parts.all(fits)
}

/// One language of the description: the key it stands under and the tag it means.
#[derive(Clone)]
struct Tongue<'a> {
    key: &'a str,
    tag: String,
    node: &'a Node,
}

/// Title, summary, description, features and the links among them.
pub(crate) fn write(take: &mut Take<'_>, url: &str) {
    let tongues = tongues(take);
    title(take, &tongues, url);
    let mut summaries = Map::new();
    let mut descriptions = Map::new();
    for tongue in &tongues {
        words(take, tongue, &mut summaries, &mut descriptions);
    }
    if tongues.is_empty() {
        flat(take, &mut summaries, &mut descriptions);
    }
    if summaries.is_empty() {
        take.remark("description", Note::Missing);
        if let Some(Value::Map(titles)) = take.body.get("title").cloned() {
            for (language, title) in &titles {
                take.remark("description", Note::SummaryMade { language: language.clone(), from: "name" });
                summaries.insert(language.clone(), title.clone());
            }
        }
    }
    take.put("summary", summaries);
    if !descriptions.is_empty() {
        take.put("description", descriptions);
    }
    features(take, &tongues);
    keywords(take, &tongues);
    links(take, &tongues);
}

/// The language of what stands under none: the first that the software speaks.
fn home_language(take: &Take<'_>) -> String {
    let tags = take.texts("localisation.availableLanguages");
    let tag = tags.first().map(|tag| language_tag(tag)).filter(|tag| is_language(tag));
    tag.unwrap_or_else(|| LANGUAGE_UNKNOWN.to_owned())
}

/// The languages of the description, German first, then English, then by tag.
fn tongues<'a>(take: &mut Take<'a>) -> Vec<Tongue<'a>> {
    let mut tongues: Vec<Tongue<'a>> = Vec::new();
    for entry in take.node("description").map_or(&[][..], Node::entries) {
        let tag = language_tag(&entry.key);
        if entry.node.is_null() {
            continue;
        }
        let spoken = entry.node.is_map() || entry.node.text().is_some();
        if !spoken || !is_language(&tag) {
            take.remark(&format!("description.{}", entry.key), Note::LanguageUnknown);
        } else if tongues.iter().all(|tongue| tongue.tag != tag) {
            tongues.push(Tongue { key: &entry.key, tag, node: &entry.node });
        }
    }
    tongues.sort_by_key(|tongue| (rank(&tongue.tag), tongue.tag.clone()));
    if tongues.len() > LANGUAGES_MAX {
        take.remark("description", Note::ItemsCut { count: tongues.len() - LANGUAGES_MAX });
        tongues.truncate(LANGUAGES_MAX);
    }
    tongues
}

/// The tag in the letter case of BCP 47: language small, region large.
pub(crate) fn language_tag(text: &str) -> String {
    let mut parts = text.trim().split(['-', '_']);
    let mut tag = parts.next().unwrap_or_default().to_lowercase();
    for part in parts {
        tag.push('-');
        match part.len() {
            2 => tag.push_str(&part.to_uppercase()),
            _ => tag.push_str(part),
        }
    }
    tag
}

fn rank(tag: &str) -> u8 {
    match tag.split('-').next() {
        Some("de") => 0,
        Some("en") => 1,
        _ => 2,
    }
}

fn field<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    node.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.node)
}

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    field(node, key).and_then(Node::text)
}

fn title(take: &mut Take<'_>, tongues: &[Tongue<'_>], url: &str) {
    let most = take.chars_max("title");
    let named =
        take.text("name").map(|name| clip::to(&clip::line(name), most)).filter(|name| !name.is_empty());
    let mut titles = Map::new();
    for tongue in tongues {
        let own = text(tongue.node, "localisedName").map(|name| clip::to(&clip::line(name), most));
        if let Some(title) = own.or_else(|| named.clone()) {
            titles.insert(tongue.tag.clone(), title.into());
        }
    }
    if named.is_none() {
        take.remark("name", Note::Missing);
    }
    if titles.is_empty() {
        let title = named.unwrap_or_else(|| {
            let last = url.rsplit('/').find(|part| !part.is_empty()).unwrap_or(url);
            clip::to(last, most)
        });
        titles.insert(home_language(take), title.into());
        take.carried.insert("name".to_owned());
    } else if take.text("name").is_some_and(|name| titles.values().any(|title| title.as_text() == Some(name)))
    {
        take.carried.insert("name".to_owned());
    }
    take.put("title", titles);
}

/// Summary and description in one language.
fn words(take: &mut Take<'_>, tongue: &Tongue<'_>, summaries: &mut Map, descriptions: &mut Map) {
    let path = format!("description.{}", tongue.key);
    // Some write the text right under the language.
    let short = text(tongue.node, "shortDescription").or_else(|| tongue.node.text()).map(clip::line);
    let long = field(tongue.node, "longDescription").and_then(long_text);
    let generic = text(tongue.node, "genericName").map(clip::line);
    let (summary, made) = match (&short, &generic, &long) {
        (Some(short), _, _) => (short.clone(), None),
        (None, Some(generic), _) => (generic.clone(), Some("genericName")),
        (None, None, Some(long)) => (clip::line(long), Some("longDescription")),
        (None, None, None) => return,
    };
    if let Some(from) = made {
        take.remark(&path, Note::SummaryMade { language: tongue.tag.clone(), from });
    }
    let most = take.chars_max("summary").min(SUMMARY_CHARS_MAX);
    let cut = clip::to(&summary, most);
    let description = match (cut != summary && made.is_none(), long) {
        (true, long) => {
            take.remark(
                &format!("{path}.shortDescription"),
                Note::SummaryCut { language: tongue.tag.clone() },
            );
            Some(long.map_or_else(|| summary.clone(), |long| format!("{summary}\n\n{long}")))
        }
        (false, long) => long,
    };
    summaries.insert(tongue.tag.clone(), cut.into());
    take.carried.insert(if tongue.node.is_map() { format!("{path}.shortDescription") } else { path.clone() });
    if let Some(description) = description {
        let most = take.chars_max("description");
        let fitted = clip::to(&description, most);
        if fitted == description {
            take.carried.insert(format!("{path}.longDescription"));
        } else {
            take.remark(&format!("{path}.longDescription"), Note::TextCut { chars: most });
        }
        descriptions.insert(tongue.tag.clone(), fitted.into());
    }
}

/// A long text in Markdown. What YAML folded has one line for each paragraph; Markdown wants an empty line
/// between them.
fn long_text(node: &Node) -> Option<String> {
    let text = node.text()?;
    let folded = matches!(node.content, Content::Scalar { folded: true, .. });
    Some(clip::paragraphs(&if folded { text.replace('\n', "\n\n") } else { text.to_owned() }))
}

/// Descriptions that stand at the top of the file or under no language.
fn flat(take: &mut Take<'_>, summaries: &mut Map, descriptions: &mut Map) {
    let tag = home_language(take);
    let found = |paths: [&str; 2]| paths.into_iter().find_map(|path| take.text(path));
    let short =
        found(["shortDescription", "description.shortDescription"]).or_else(|| take.text("description"));
    let long =
        ["longDescription", "description.longDescription"].into_iter().find_map(|path| take.node(path));
    if let Some(short) = short.map(clip::line) {
        let cut = clip::to(&short, take.chars_max("summary").min(SUMMARY_CHARS_MAX));
        if cut != short && long.is_none() {
            descriptions.insert(tag.clone(), short.into());
        }
        summaries.insert(tag.clone(), cut.into());
        take.carried.insert("shortDescription".to_owned());
        take.remark("shortDescription", Note::LanguageUnknown);
    }
    if let Some(long) = long.and_then(long_text) {
        let most = take.chars_max("description");
        let fitted = clip::to(&long, most);
        if fitted == long {
            take.carried.insert("longDescription".to_owned());
        }
        descriptions.insert(tag, fitted.into());
    }
}

/// The features: item by item in all languages that have the same number of them, otherwise in the first
/// language that has any (German before English before the others).
fn features(take: &mut Take<'_>, tongues: &[Tongue<'_>]) {
    let most = take.chars_max("features");
    let mut spoken: Vec<(String, String, Vec<String>)> = Vec::new();
    for tongue in tongues {
        let features = field(tongue.node, "features").map(|node| read(node, most)).unwrap_or_default();
        let path = format!("description.{}.features", tongue.key);
        if spoken.first().is_none_or(|(_, _, first)| first.len() == features.len()) && !features.is_empty() {
            spoken.push((tongue.tag.clone(), path, features));
        }
    }
    if spoken.is_empty() {
        let features = take.node("features").map(|node| read(node, most)).unwrap_or_default();
        if features.is_empty() {
            take.remark("description.*.features", Note::Missing);
            let summary = take.body.get("summary").cloned().unwrap_or(Value::Map(Map::new()));
            take.put("features", vec![summary]);
            return;
        }
        spoken.push((home_language(take), "features".to_owned(), features));
    }
    let Some((_, path, first)) = spoken.first().cloned() else { return };
    let mut items = vec![Map::new(); first.len()];
    for (language, _, features) in &spoken {
        for (item, feature) in items.iter_mut().zip(features) {
            item.insert(language.clone(), feature.as_str().into());
        }
    }
    let items = take.fit_items("features", &path, items);
    for (_, path, features) in spoken {
        if features.len() == items.len() && take.texts(&path) == features {
            take.carried.insert(path);
        }
    }
    take.put("features", take::list(items));
}

fn read(node: &Node, most: usize) -> Vec<String> {
    let mut features: Vec<String> = Vec::new();
    for text in list(node).map(|text| clip::to(&clip::line(text), most)) {
        if !text.is_empty() && !features.contains(&text) {
            features.push(text);
        }
    }
    features
}

/// What sort of software it is, in the words of the file, as keywords.
fn keywords(take: &mut Take<'_>, tongues: &[Tongue<'_>]) {
    let most = take.chars_max("keywords");
    let mut words: Vec<String> = Vec::new();
    for tongue in tongues {
        if let Some(name) = text(tongue.node, "genericName").map(clip::line) {
            let fits = name.chars().count() <= most && !name.is_empty();
            if fits && words.iter().all(|word| word.to_lowercase() != name.to_lowercase()) {
                words.push(name);
                take.carried.insert(format!("description.{}.genericName", tongue.key));
            }
        }
    }
    if !words.is_empty() {
        let words = take.fit_items("keywords", "description.*.genericName", words);
        take.put("keywords", take::list(words));
    }
}

/// The texts of a list, also of one that stands one map deeper (`features: description: [..]`) or as lines
/// of one text.
fn list(node: &Node) -> impl Iterator<Item = &str> {
    let deeper = node.entries().iter().flat_map(|entry| take::texts(&entry.node));
    let here = take::texts(node).into_iter().flat_map(|text| text.lines());
    here.chain(deeper).map(|text| text.trim().trim_start_matches(['-', '*', '•']).trim())
}

/// Documentation links: those of the first language that has one.
fn links(take: &mut Take<'_>, tongues: &[Tongue<'_>]) {
    for (key, name) in [("documentation", "documentation"), ("apiDocumentation", "api_documentation")] {
        for tongue in tongues {
            let path = format!("description.{}.{key}", tongue.key);
            let Some(link) = text(tongue.node, key) else { continue };
            if address::is_web(link) {
                take.carry(name, link, &path);
                break;
            }
            take.remark(&path, Note::LinkUnreadable { text: take::short(link) });
        }
    }
}
