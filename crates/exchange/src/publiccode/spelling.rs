//! Bringing the keys of a publiccode.yml into the standard's spelling, whatever its version and typing.

use crate::publiccode::remark::Note;
use crate::publiccode::remark::Remark;
use crate::yaml::Content;
use crate::yaml::Entry;
use crate::yaml::Node;
use std::collections::BTreeSet;

/// Keys at the top of the file, versions 0.1 to 0.7.
const TOP: [&str; 29] = [
    "publiccodeYmlVersion",
    "name",
    "applicationSuite",
    "url",
    "landingURL",
    "isBasedOn",
    "softwareVersion",
    "releaseDate",
    "logo",
    "monochromeLogo",
    "inputTypes",
    "outputTypes",
    "platforms",
    "categories",
    "usedBy",
    "fundedBy",
    "roadmap",
    "developmentStatus",
    "softwareType",
    "intendedAudience",
    "description",
    "legal",
    "maintenance",
    "localisation",
    "dependsOn",
    "organisation",
    "supports",
    "features",
    "shortDescription",
];
/// Keys below one of those.
const BELOW: [(&str, &[&str]); 7] = [
    ("intendedAudience", &["countries", "unsupportedCountries", "scope"]),
    ("legal", &["license", "mainCopyrightOwner", "repoOwner", "authorsFile"]),
    ("maintenance", &["type", "contractors", "contacts"]),
    ("localisation", &["localisationReady", "availableLanguages"]),
    ("dependsOn", &["open", "proprietary", "hardware"]),
    ("organisation", &["name", "uri"]),
    (
        "description.*",
        &[
            "localisedName",
            "genericName",
            "shortDescription",
            "longDescription",
            "documentation",
            "apiDocumentation",
            "features",
            "screenshots",
            "videos",
            "awards",
        ],
    ),
];
/// Other words that people use.
const ALIASES: [(&str, &str); 6] = [
    ("landingpage", "landingURL"),
    ("localization", "localisation"),
    ("localizationready", "localisationReady"),
    ("organization", "organisation"),
    ("licence", "license"),
    ("localizedname", "localisedName"),
];
/// A typing error is looked for only in keys from this length on, in characters.
const TYPO_CHARS_MIN: usize = 8;
/// Letters that may be wrong, missing or too many.
const TYPO_LETTERS_MAX: usize = 2;

/// The file with standard keys. What is too far from any key stays as it is.
pub(crate) fn mend(root: Node, remarks: &mut Vec<Remark>) -> Node {
    level(root, "", &TOP, remarks)
}

fn level(node: Node, path: &str, known: &[&str], remarks: &mut Vec<Remark>) -> Node {
    let Node { line, content: Content::Map(entries) } = node else { return node };
    let present: BTreeSet<String> = entries.iter().map(|entry| entry.key.clone()).collect();
    let mut mended: Vec<Entry> = Vec::new();
    for mut entry in entries {
        if let Some(meant) = meant(&entry.key, known).filter(|meant| !present.contains(*meant)) {
            let note = Note::KeyRespelled { meant: join(path, meant) };
            remarks.push(Remark { key: join(path, &entry.key), line: Some(entry.line), note });
            entry.key = meant.to_owned();
        }
        if let Some(earlier) = mended.iter().position(|other| other.key == entry.key) {
            remarks.push(Remark {
                key: join(path, &entry.key),
                line: Some(entry.line),
                note: Note::KeyTwice,
            });
            mended.remove(earlier);
        }
        let below = join(path, &entry.key);
        entry.node = match BELOW
            .iter()
            .find(|(name, _)| *name == below || (path == "description" && *name == "description.*"))
        {
            Some((_, keys)) => level(entry.node, &below, keys, remarks),
            None => level(entry.node, &below, &[], remarks),
        };
        mended.push(entry);
    }
    Node { line, content: Content::Map(mended) }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The standard's key that another spelling means.
fn meant<'a>(key: &str, known: &[&'a str]) -> Option<&'a str> {
    if known.contains(&key) {
        return None;
    }
    let lower = key.trim().to_lowercase();
    let alias = ALIASES.iter().find(|(word, _)| *word == lower).map(|(_, key)| *key);
    let same = |name: &&&'a str| name.to_lowercase() == lower || alias == Some(**name);
    let close = |name: &&&'a str| {
        lower.chars().count() >= TYPO_CHARS_MIN && distance(&lower, &name.to_lowercase()) <= TYPO_LETTERS_MAX
    };
    known.iter().find(same).or_else(|| known.iter().find(close)).copied()
}

/// Letters to insert, delete or replace between two words (Levenshtein); large where the lengths differ much.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > TYPO_LETTERS_MAX {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, letter) in a.iter().enumerate() {
        let mut before = row.first().copied().unwrap_or_default();
        let mut next = vec![at + 1];
        for (other, above) in b.iter().zip(row.iter().skip(1)) {
            let left = next.last().copied().unwrap_or_default();
            next.push((before + usize::from(letter != other)).min(above + 1).min(left + 1));
            before = *above;
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::publiccode::spelling;
    use crate::publiccode::spelling::distance;
    use crate::yaml;

    fn keys(text: &str) -> (Vec<String>, Vec<&'static str>) {
        let mut remarks = Vec::new();
        let node = spelling::mend(yaml::read(text).unwrap(), &mut remarks);
        let keys = node.entries().iter().map(|entry| entry.key.clone()).collect();
        (keys, remarks.iter().map(|remark| remark.note.code()).collect())
    }

    #[test]
    fn other_spellings_are_understood() {
        let (found, notes) =
            keys("intendedaudience: 1\nlandingUrl: 2\ndevelopmnentStatus: 3\nlocalization: 4\nIT: 5\n");
        assert_eq!(found, ["intendedAudience", "landingURL", "developmentStatus", "localisation", "IT"]);
        assert_eq!(notes, ["key-respelled"; 4]);
    }

    #[test]
    fn the_right_spelling_is_never_overruled_and_the_last_value_counts() {
        let (found, notes) = keys("landingURL: 1\nlandingUrl: 2\nname: a\nname: b\n");
        assert_eq!(found, ["landingURL", "landingUrl", "name"]);
        assert_eq!(notes, ["key-twice"]);
    }

    #[test]
    fn distances_are_counted_in_letters() {
        assert_eq!(distance("licens", "license"), 1);
        assert_eq!(distance("kitten", "sittin"), 2);
        assert_eq!(distance("a", "abcd"), usize::MAX);
    }
}
