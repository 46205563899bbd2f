//! How much of the country takes part, in words and figures: for the map and for the network page.

use crate::day;
use crate::turnout::SEEN_DAYS;
use crate::turnout::Turnout;
use crate::visit::Visit;
use crate::words::boards::Boards;
use crate::words::fill;
use std::collections::BTreeMap;

/// How many municipalities of a Land take part, of how many there are, and how many of them were seen lately; dashes
/// for what has no municipalities.
pub(crate) fn of(turnout: &Turnout, land: &str, visit: &Visit) -> (String, String) {
    let nothing = || "–".to_owned();
    let Some(all) = turnout.towns.get(land) else { return (nothing(), nothing()) };
    let number =
        |counts: &BTreeMap<String, u64>| day::number(counts.get(land).copied().unwrap_or(0), visit.lang);
    let (part, all) = (number(&turnout.municipalities), day::number(*all, visit.lang));
    (fill(Boards::of(visit.lang).map_cover_of, &[("n", &part), ("all", &all)]), number(&turnout.seen))
}

/// The same of all Länder together, as a sentence.
pub(crate) fn sum(turnout: &Turnout, visit: &Visit) -> String {
    let number = |counts: &BTreeMap<String, u64>| day::number(counts.values().sum(), visit.lang);
    let (part, seen, days) = (number(&turnout.municipalities), number(&turnout.seen), SEEN_DAYS.to_string());
    let all = day::number(turnout.towns.values().sum(), visit.lang);
    let values = [("n", part.as_str()), ("all", &all), ("seen", &seen), ("days", &days)];
    fill(Boards::of(visit.lang).map_seen_sum, &values)
}
