//! Whose software it is, who pays and who maintains it: organisations, never persons.

use crate::publiccode::address;
use crate::publiccode::clip;
use crate::publiccode::facts;
use crate::publiccode::privacy;
use crate::publiccode::privacy::Persons;
use crate::publiccode::remark::Note;
use crate::publiccode::take;
use crate::publiccode::take::Take;
use crate::yaml::Node;
use record::value::Map;
use record::value::Value;

/// A name of an organisation, in characters.
const NAME_CHARS_MAX: usize = 200;
/// Other words for the sort of maintenance.
const MAINTENANCE: [(&str, &str); 3] =
    [("commercial", "contract"), ("external", "contract"), ("contracted", "contract")];
/// The origin of a software whose owner's name tells nothing.
const ORIGIN_UNKNOWN: &str = "community";
/// Words in an owner's name that tell where a software comes from.
const ORIGINS: [(&str, &[&str]); 5] = [
    (
        "municipal",
        &[
            "stadt",
            "landeshauptstadt",
            "gemeinde",
            "landkreis",
            "kreis",
            "comune",
            "gemeente",
            "ville",
            "commune",
            "città",
        ],
    ),
    ("state", &["regione", "provincia", "provinz", "freistaat", "land"]),
    (
        "federal-programme",
        &["bund", "bundesamt", "bundesministerium", "ministero", "ministère", "ministerium", "zendis"],
    ),
    (
        "association",
        &[
            "e.v.",
            "ev",
            "verein",
            "verband",
            "consorzio",
            "consortium",
            "foundation",
            "stichting",
            "association",
        ],
    ),
    (
        "commercial",
        &["gmbh", "ag", "spa", "s.p.a.", "srl", "s.r.l.", "s.r.l", "ltd", "inc", "inc.", "b.v.", "b.v", "ab"],
    ),
];

/// Says owner, funders, maintenance and origin. Names of the file's contact persons are left out.
pub(crate) fn write(take: &mut Take<'_>, url: &str, persons: &Persons) {
    let owner = owner(take, url, persons);
    let commercial =
        take.text("maintenance.type").is_some_and(|text| text.eq_ignore_ascii_case("commercial"));
    origin(take, &owner, commercial);
    let mut party = party(&owner);
    if let Some(link) = take.text("organisation.uri").filter(|link| address::is_web(link)) {
        party.insert("url".to_owned(), link.into());
    }
    take.put("owner", vec![Value::Map(party)]);
    maintenance(take, persons);
    let funders = parties(take.node("fundedBy"), persons);
    if !funders.is_empty() {
        let funders = take.fit_items("funded_by", "fundedBy", funders);
        take.put("funded_by", funders);
    }
}

fn party(name: &str) -> Map {
    Map::from([("name".to_owned(), clip::to(&clip::line(name), NAME_CHARS_MAX).into())])
}

fn owner(take: &mut Take<'_>, url: &str, persons: &Persons) -> String {
    for key in ["organisation.name", "legal.repoOwner", "legal.mainCopyrightOwner"] {
        if let Some(name) = take.text(key).filter(|name| !persons.are(name) && *name != "legal/authorsFile") {
            if privacy::may_be_person(name) {
                take.remark(key, Note::PersonPossible { text: take::short(name) });
            }
            for same in ["organisation.name", "legal.repoOwner", "legal.mainCopyrightOwner"] {
                if take.text(same) == Some(name) {
                    take.carried.insert(same.to_owned());
                }
            }
            return name.to_owned();
        }
    }
    // Nobody is named: the account that holds the repository, which the address shows anyway.
    let path = url.trim_start_matches("https://");
    let mut parts = path.split('/');
    let host = parts.next().unwrap_or_default();
    let account = parts.next().filter(|_| parts.next().is_some());
    let name = account.map_or_else(|| host.to_owned(), |account| format!("{host}/{account}"));
    take.remark("legal.repoOwner", Note::Assumed { value: name.clone() });
    name
}

fn origin(take: &mut Take<'_>, owner: &str, commercial: bool) {
    let lower = owner.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '/')).collect();
    let told = ORIGINS.iter().find(|(_, signs)| words.iter().any(|word| signs.contains(word)));
    let origin = match told {
        Some((origin, _)) => origin,
        None if commercial => "commercial",
        None => {
            take.remark("organisation", Note::Assumed { value: format!("origin = {ORIGIN_UNKNOWN}") });
            ORIGIN_UNKNOWN
        }
    };
    take.put("origin", origin);
}

fn maintenance(take: &mut Take<'_>, persons: &Persons) {
    let key = "maintenance.type";
    let sort = take.text(key).and_then(|text| take.code("maintenance.type", key, text, &MAINTENANCE));
    let sort = sort.unwrap_or_else(|| {
        take.remark(key, Note::Assumed { value: "none".to_owned() });
        "none".to_owned()
    });
    if take.text(key) == Some(sort.as_str()) {
        take.carried.insert(key.to_owned());
    }
    let mut maintenance = Map::from([("type".to_owned(), sort.into())]);
    let key = "maintenance.contractors";
    let mut until: Option<String> = None;
    for contractor in take.node(key).map_or(&[][..], Node::items) {
        let Some(text) = field(contractor, "until").and_then(Node::text) else { continue };
        match facts::day(text) {
            Some(day) => until = until.max(Some(day)),
            None => take.remark(key, Note::DateUnreadable { text: text.to_owned() }),
        }
    }
    if let Some(until) = until {
        maintenance.insert("until".to_owned(), until.into());
    }
    let contractors = parties(take.node(key), persons);
    if !contractors.is_empty() {
        let contractors = take.fit_items("maintenance.contractors", key, contractors);
        maintenance.insert("contractors".to_owned(), contractors.into());
    }
    take.put("maintenance", maintenance);
}

/// The organisations of a list: name and web page.
fn parties(node: Option<&Node>, persons: &Persons) -> Vec<Value> {
    let mut parties: Vec<Value> = Vec::new();
    for item in node.map_or(&[][..], Node::items) {
        let name = field(item, "name").unwrap_or(item).text();
        let Some(name) = name.filter(|name| !persons.are(name)) else { continue };
        let mut party = party(name);
        let links = ["website", "url", "uri"].into_iter().filter_map(|key| field(item, key)?.text());
        if let Some(link) = links.into_iter().find(|link| address::is_web(link)) {
            party.insert("url".to_owned(), link.into());
        }
        if !parties.contains(&Value::Map(party.clone())) {
            parties.push(Value::Map(party));
        }
    }
    parties
}

fn field<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    node.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.node)
}
