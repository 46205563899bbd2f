//! Codes, dates, links, licence and languages of a publiccode.yml.

use crate::publiccode::address;
use crate::publiccode::clip;
use crate::publiccode::licence;
use crate::publiccode::prose;
use crate::publiccode::remark::Note;
use crate::publiccode::take;
use crate::publiccode::take::Take;
use crate::yaml::Node;
use record::value::Map;
use record::value::Value;

/// Other words for software types.
const SOFTWARE_TYPES: [(&str, &str); 7] = [
    ("web", "standalone/web"),
    ("standalone/api", "standalone/backend"),
    ("api", "standalone/backend"),
    ("softwareAddon", "addon"),
    ("R package", "library"),
    ("standalone", "standalone/other"),
    ("standalone/utility", "standalone/other"),
];
/// Other words for platforms.
const PLATFORMS: [(&str, &str); 4] =
    [("macos", "mac"), ("osx", "mac"), ("win", "windows"), ("browser", "web")];
/// Other words for the development status.
const STATUSES: [(&str, &str); 6] = [
    ("production", "stable"),
    ("released", "stable"),
    ("alpha", "development"),
    ("planned", "concept"),
    ("deprecated", "obsolete"),
    ("archived", "obsolete"),
];
/// What a list says where nothing is known of it.
const OTHER: &str = "other";
/// A licence that the file does not name.
const LICENCE_UNKNOWN: &str = "LicenseRef-unknown";
/// The sixteen Länder by their regional keys: a software can be used anywhere.
const LANDS: [&str; 16] =
    ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16"];

/// Says them.
pub(crate) fn write(take: &mut Take<'_>, url: &str) {
    take.put("url", url);
    take.put("entry_status", "stub");
    let source =
        Map::from([("catalogue".to_owned(), "publiccode.yml".into()), ("id".to_owned(), url.into())]);
    take.put("source", vec![Value::Map(source)]);
    codes(take);
    version(take);
    for (key, field) in [("landingURL", "landing_url"), ("roadmap", "roadmap")] {
        let Some(link) = take.text(key) else { continue };
        if address::is_web(link) {
            take.carry(field, link, key);
        } else {
            take.remark(key, Note::LinkUnreadable { text: take::short(link) });
        }
    }
    bases(take);
    licences(take);
    languages(take);
    dependencies(take);
    standards(take);
    area(take);
    unknowns(take);
}

fn codes(take: &mut Take<'_>) {
    let software = take
        .text("softwareType")
        .and_then(|text| take.code("software_type", "softwareType", text, &SOFTWARE_TYPES));
    let software = software.unwrap_or_else(|| assume(take, "softwareType", "standalone/other"));
    let module = matches!(software.as_str(), "addon" | "library");
    take.put("solution_type", if module { "module" } else { "software" });
    let platform = if software == "standalone/web" { "web" } else { OTHER };
    say_word(take, "software_type", software, "softwareType");
    list_of_codes(take, "platforms", &PLATFORMS, platform);
    list_of_codes(take, "categories", &[], OTHER);
    let status = take
        .text("developmentStatus")
        .and_then(|text| take.code("development_status", "developmentStatus", text, &STATUSES));
    let status = status.unwrap_or_else(|| assume(take, "developmentStatus", "development"));
    say_word(take, "development_status", status, "developmentStatus");
}

/// Says a word; where the file has the very same one, that need not be kept.
fn say_word(take: &mut Take<'_>, field: &str, word: String, key: &str) {
    if take.text(key) == Some(word.as_str()) {
        take.carried.insert(key.to_owned());
    }
    take.put(field, word);
}

fn assume(take: &mut Take<'_>, key: &str, value: &str) -> String {
    take.remark(key, Note::Assumed { value: value.to_owned() });
    value.to_owned()
}

fn list_of_codes(take: &mut Take<'_>, key: &str, known: &[(&str, &str)], otherwise: &str) {
    let mut codes: Vec<String> = Vec::new();
    for text in take.texts(key) {
        if let Some(code) = take.code(key, key, text, known).filter(|code| !codes.contains(code)) {
            codes.push(code);
        }
    }
    if codes.is_empty() {
        codes.push(assume(take, key, otherwise));
    }
    let codes = take.fit_items(key, key, codes);
    say_list(take, key, codes, key);
}

/// Says a list; where the file has the very same one, that need not be kept.
fn say_list(take: &mut Take<'_>, field: &str, items: Vec<String>, key: &str) {
    if take.texts(key) == items {
        take.carried.insert(key.to_owned());
    }
    take.put(field, take::list(items));
}

fn version(take: &mut Take<'_>) {
    for key in ["softwareVersion", "latestRelease.version"] {
        let Some(text) = take.text(key) else { continue };
        let version = clip::to(&clip::line(text), take.chars_max("software_version"));
        say_word(take, "software_version", version, key);
        break;
    }
    for key in ["releaseDate", "latestRelease.date"] {
        let Some(text) = take.text(key) else { continue };
        match day(text) {
            Some(day) => return say_word(take, "release_date", day, key),
            None => take.remark(key, Note::DateUnreadable { text: take::short(text) }),
        }
    }
}

/// The day at the beginning of a date or a moment, as `2026-05-31`.
pub(crate) fn day(text: &str) -> Option<String> {
    let text = text.trim();
    let day = text.split(['T', ' ']).next()?;
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = day.split('-').collect();
    let [year, month, date] = parts[..] else { return None };
    let fits = digits(year, 4) && digits(month, 2) && digits(date, 2);
    (fits && day.parse::<jiff::civil::Date>().is_ok()).then(|| day.to_owned())
}

fn bases(take: &mut Take<'_>) {
    let mut bases: Vec<String> = Vec::new();
    for text in take.texts("isBasedOn") {
        match address::repository(text) {
            Ok(base) if !bases.contains(&base) => bases.push(base),
            Ok(_) => {}
            Err(_) => take.remark("isBasedOn", Note::LinkUnreadable { text: take::short(text) }),
        }
    }
    if !bases.is_empty() {
        let bases = take.fit_items("is_based_on", "isBasedOn", bases);
        say_list(take, "is_based_on", bases, "isBasedOn");
    }
}

fn licences(take: &mut Take<'_>) {
    let key = "legal.license";
    let Some(text) = take.text(key) else {
        take.remark(key, Note::Assumed { value: LICENCE_UNKNOWN.to_owned() });
        take.put("licence", LICENCE_UNKNOWN);
        return;
    };
    match licence::spdx(text) {
        Some(expression) if expression == text => take.carry("licence", expression, key),
        Some(expression) => {
            take.remark(key, Note::LicenceRespelled { from: take::short(text), to: expression.clone() });
            take.put("licence", expression);
        }
        None => {
            take.remark(key, Note::LicenceUnknown { text: take::short(text) });
            take.put("licence", LICENCE_UNKNOWN);
        }
    }
}

fn languages(take: &mut Take<'_>) {
    let key = "localisation.availableLanguages";
    let mut tags: Vec<String> = Vec::new();
    for text in take.texts(key) {
        let tag = prose::language_tag(text);
        if !prose::is_language(&tag) {
            take.remark(key, Note::CodeUnlisted { text: take::short(text) });
        } else if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    if tags.is_empty() {
        let titles = take.body.get("title").and_then(Value::as_map);
        tags = titles.map(|titles| titles.keys().cloned().collect()).unwrap_or_default();
        take.remark(key, Note::Assumed { value: tags.join(", ") });
    }
    let tags = take.fit_items("available_languages", key, tags);
    say_list(take, "available_languages", tags, key);
}

/// What the software needs, by name; version ranges stay in what is kept.
fn dependencies(take: &mut Take<'_>) {
    let mut depends = Map::new();
    for sort in ["open", "proprietary", "hardware"] {
        let key = format!("dependsOn.{sort}");
        let most = take.chars_max(&format!("depends_on.{sort}"));
        let mut names: Vec<String> = Vec::new();
        for item in take.node(&key).map_or(&[][..], Node::items) {
            let named = item.entries().iter().find(|entry| entry.key == "name");
            let name = named.map_or(item, |entry| &entry.node).text();
            if let Some(name) =
                name.map(|name| clip::to(&clip::line(name), most)).filter(|n| !names.contains(n))
            {
                names.push(name);
            }
        }
        if !names.is_empty() {
            let names = take.fit_items(&format!("depends_on.{sort}"), &key, names);
            depends.insert(sort.to_owned(), take::list(names));
        }
    }
    if !depends.is_empty() {
        take.put("depends_on", depends);
    }
}

/// Standards and laws, and the keys of public services.
fn standards(take: &mut Take<'_>) {
    let mut uris: Vec<String> = Vec::new();
    for item in take.node("supports").map_or(&[][..], Node::items) {
        let named = item.entries().iter().find(|entry| entry.key == "uri");
        let Some(text) = named.map_or(item, |entry| &entry.node).text() else { continue };
        let is_uri = text.contains(':') && !text.contains(char::is_whitespace);
        if !is_uri {
            take.remark("supports", Note::LinkUnreadable { text: take::short(text) });
        } else if uris.iter().all(|uri| uri != text) {
            uris.push(text.to_owned());
        }
    }
    if !uris.is_empty() {
        let uris = take.fit_items("supports", "supports", uris);
        take.put("supports", take::list(uris));
    }
    let mut keys: Vec<String> = Vec::new();
    for path in ["de.leika", "DE.leika", "de.leikaId"] {
        for text in take.texts(path) {
            let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            if digits.len() != 14 || !digits.bytes().all(|b| b.is_ascii_digit()) {
                take.remark(path, Note::CodeUnlisted { text: take::short(text) });
            } else if !keys.contains(&digits) {
                keys.push(digits);
            }
        }
    }
    if !keys.is_empty() {
        let keys = take.fit_items("leika", "de.leika", keys);
        take.put("leika", take::list(keys));
    }
}

/// A publiccode.yml knows countries, no regions: what is not bound elsewhere can be used in every Land.
fn area(take: &mut Take<'_>) {
    let countries = take.texts("intendedAudience.countries");
    if !countries.is_empty() && !countries.iter().any(|country| country.eq_ignore_ascii_case("de")) {
        take.remark("intendedAudience.countries", Note::Assumed { value: "DE".to_owned() });
    }
    take.put("area", take::list(LANDS.to_vec()));
}

/// What a publiccode.yml does not say and a solution must: that it is not known.
fn unknowns(take: &mut Take<'_>) {
    let one = |key: &str, code: &str| Map::from([(key.to_owned(), Value::from(code))]);
    take.put("privacy", one("personal_data", "unknown"));
    take.put("security", one("claim_basis", "undisclosed"));
    take.put("accessibility", one("conformance", "unknown"));
    // Software with open source code can at least be run in one's own house.
    take.put("deployment_models", take::list(vec!["on-prem"]));
}
