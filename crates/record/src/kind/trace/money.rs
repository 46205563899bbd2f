//! Traces of money and contracts: exact sums and the ends of contracts.

use crate::kind::trace::Around;
use crate::kind::trace::is_date;

/// Words between the word for a contract and its end.
const CONTRACT_WORDS_MAX: usize = 12;
const CURRENCIES: [&str; 5] = ["€", "euro", "euros", "eur", "t€"];
/// Words that make a sum a band or a guess.
const ROUNDINGS: [&str; 26] = [
    "unter",
    "über",
    "bis",
    "rund",
    "etwa",
    "ca",
    "circa",
    "knapp",
    "gut",
    "weniger",
    "mehr",
    "maximal",
    "max",
    "höchstens",
    "mindestens",
    "zwischen",
    "ab",
    "als",
    "von",
    "under",
    "over",
    "about",
    "around",
    "than",
    "up",
    "to",
];

/// A sum in euros that no word makes a band.
pub(crate) fn price(around: &Around<'_>) -> Option<String> {
    let word = around.word();
    let (number, glued) = match word.strip_suffix('€').or_else(|| word.strip_prefix('€')) {
        Some(number) => (number, true),
        None => (word, false),
    };
    let number = number.strip_suffix(",-").or_else(|| number.strip_suffix('-')).unwrap_or(number);
    let amount = number.starts_with(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '–'))
        && number.bytes().any(|b| matches!(b, b'1'..=b'9'));
    if !amount || number.contains(['–', '-']) {
        return None;
    }
    let is_currency = |word: &str| {
        let word = word.split('/').next().unwrap_or_default().to_lowercase();
        CURRENCIES.contains(&word.as_str())
    };
    let behind = !around.stops(0) && is_currency(around.ahead(1));
    // "Euro 7" is a norm for cars, "EUR 7" a sum.
    let before =
        ["€", "EUR"].contains(&around.back(1)) && !around.back(2).starts_with(|c: char| c.is_ascii_digit());
    let rounded = (1..=3).any(|by| ROUNDINGS.contains(&around.back(by).to_lowercase().as_str()));
    if rounded || !(glued || behind || before) {
        return None;
    }
    Some(match (glued, behind) {
        (true, _) => word.to_owned(),
        (false, true) => around.seen(2),
        (false, false) => format!("{} {word}", around.back(1)),
    })
}

const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

/// A day or year behind the word for a contract and a word for its end.
pub(crate) fn contract_end(around: &Around<'_>) -> Option<String> {
    let word = around.word().to_lowercase();
    let contract =
        ["vertrag", "vertrags", "vertrages", "laufzeit", "vertragslaufzeit", "kündigung", "kündbar"];
    let starts = contract.contains(&word.as_str())
        || word.ends_with("vertrag")
        || word.ends_with("vertrages")
        || word.starts_with("vertragsende");
    if !starts {
        return None;
    }
    let mut ending = word.starts_with("vertragsende");
    for by in 1..=CONTRACT_WORDS_MAX {
        let word = around.ahead(by);
        let lower = word.to_lowercase();
        ending |= ["bis", "endet", "ende", "endete", "ausläuft", "läuft", "until", "ends"]
            .contains(&lower.as_str());
        let year = word.len() == 4 && word.starts_with("20") && word.bytes().all(|b| b.is_ascii_digit());
        if ending
            && (is_date(word) || year || (MONTHS.contains(&word) && around.ahead(by + 1).starts_with("20")))
        {
            return Some(around.seen(by + 1));
        }
        if around.stops(by) && !is_date(word) {
            return None;
        }
    }
    None
}
