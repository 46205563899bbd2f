//! Traces of machines: IP addresses, inner names, versions of software.

use crate::kind::trace::Around;
use crate::kind::trace::is_date;

/// The host of an address, or the word itself.
fn host_of(word: &str) -> &str {
    let rest = word.split_once("://").map_or(word, |(_, rest)| rest);
    rest.split(['/', '?', '#', '@']).next().unwrap_or(rest)
}

const VERSION_SIGNS: [&str; 10] =
    ["version", "versionen", "versionsnummer", "release", "rel", "build", "patchlevel", "ver", "v", "stand"];

pub(crate) fn address(around: &Around<'_>) -> Option<String> {
    let host = host_of(around.word());
    let sign = around.back(1).to_lowercase();
    let plain = host.split_once(':').map_or(host, |(plain, _)| plain);
    let octets: Vec<&str> = plain.split('.').collect();
    let is_octet = |octet: &&str| octet.parse::<u8>().is_ok_and(|number| number.to_string() == **octet);
    // Four single digits are a section or a version far more often than a computer.
    let four = octets.len() == 4
        && octets.iter().all(is_octet)
        && octets.iter().any(|octet| octet.len() > 1)
        && octets.first() != Some(&"0");
    if four && !VERSION_SIGNS.contains(&sign.as_str()) {
        return Some(host.to_owned());
    }
    is_ipv6(around.word()).then(|| around.word().to_owned())
}

/// Whether a word is an address of RFC 4291, section 2.2, that is long enough to be meant as one.
fn is_ipv6(word: &str) -> bool {
    let word = word.split_once('/').map_or(word, |(word, _)| word);
    let groups: Vec<&str> = word.split(':').collect();
    let hex = |group: &&str| group.len() <= 4 && group.bytes().all(|b| b.is_ascii_hexdigit());
    let filled = groups.iter().filter(|group| !group.is_empty()).count();
    let shortened = word.matches("::").count() == 1 && filled >= 3 && groups.len() <= 8;
    groups.iter().all(hex)
        && (groups.len() == 8 && filled == 8 || shortened)
        && groups.iter().any(|group| group.len() >= 3)
}

/// Last labels that only inner networks use (RFC 6762, appendix G, and ICANN's `internal`).
const INNER_ENDS: [&str; 8] =
    ["local", "localdomain", "lan", "intern", "internal", "intranet", "corp", "home"];
/// Beginnings of the names of machines, before a number.
const MACHINES: [&str; 18] = [
    "srv",
    "server",
    "vm",
    "esx",
    "db",
    "sql",
    "dc",
    "nas",
    "fileserver",
    "proxy",
    "fw",
    "switch",
    "dns",
    "ldap",
    "rds",
    "backup",
    "host",
    "exch",
];

/// A computer with an inner name, or with a number behind the word for a machine.
pub(crate) fn host(around: &Around<'_>) -> Option<String> {
    let word = around.word();
    if word.starts_with("\\\\") && word.len() > 3 {
        return Some(word.to_owned());
    }
    let name = host_of(word).to_ascii_lowercase();
    let name = name.split_once(':').map_or(name.as_str(), |(name, _)| name);
    let labels: Vec<&str> = name.split('.').collect();
    let is_label =
        |label: &&str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !labels.iter().all(is_label) || word.contains('@') {
        return None;
    }
    let inner = labels.len() >= 2
        && labels.last().is_some_and(|last| INNER_ENDS.contains(last))
        && labels.first().is_some_and(|first| first.len() >= 2);
    let first = labels.first().copied().unwrap_or_default();
    let stem = first.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = stem.len() < first.len() && first.len() - stem.len() <= 3;
    let machine = numbered
        && (labels.len() >= 2 || stem.contains('-'))
        && stem.split('-').any(|part| MACHINES.contains(&part))
        && labels.iter().skip(1).all(|label| label.bytes().any(|b| b.is_ascii_alphabetic()));
    (inner || machine).then(|| host_of(word).to_owned())
}

/// Words whose numbers are not versions of a software that somebody runs: standards, law, licences, sections.
const NUMBERED: [&str; 35] = [
    "abbildung",
    "abschnitt",
    "absatz",
    "anhang",
    "anlage",
    "apache",
    "art",
    "bitv",
    "bsi",
    "cc",
    "din",
    "en",
    "etsi",
    "eupl",
    "gpl",
    "agpl",
    "lgpl",
    "industrie",
    "inspire",
    "iso",
    "kapitel",
    "licence",
    "license",
    "lizenz",
    "norm",
    "nr",
    "nummer",
    "ozg",
    "punkt",
    "spezifikation",
    "standard",
    "tabelle",
    "wcag",
    "ziffer",
    "zero",
];

/// A number behind the word "Version", or one of three parts behind a name.
pub(crate) fn version(around: &Around<'_>) -> Option<String> {
    let word = around.word();
    let before = around.back(1);
    let plain = word.strip_prefix(['v', 'V']).unwrap_or(word);
    let parts: Vec<&str> = plain.split('.').collect();
    let digits =
        |part: &&str| !part.is_empty() && part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
    if !parts.iter().all(digits) || around.back(1).is_empty() && plain == word {
        return None;
    }
    let is_numbered = |by: usize| {
        let word = around.back(by).to_lowercase();
        word.split('-').any(|part| NUMBERED.contains(&part))
    };
    if (1..=3).any(is_numbered) {
        return None;
    }
    let signed =
        VERSION_SIGNS.contains(&before.to_lowercase().as_str()) && !before.eq_ignore_ascii_case("stand");
    let year = parts.len() == 1 && plain.len() == 4;
    if signed && !year {
        return Some(format!("{before} {word}"));
    }
    if plain.len() < word.len() && parts.len() >= 2 {
        return Some(word.to_owned());
    }
    let named = before.starts_with(char::is_uppercase) && before.chars().any(char::is_alphabetic);
    let grouped = parts.iter().skip(1).all(|part| part.len() == 3);
    (parts.len() == 3 && named && !is_date(word) && !grouped).then(|| format!("{before} {word}"))
}
