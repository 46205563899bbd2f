//! Who takes part, counted: bodies and municipalities by Land, who was seen lately, and where the municipalities lie.

use crate::port::Body;
use catalogue::register::Register;
use record::name::Name;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Digits of the regional key of a municipality.
const ARS_DIGITS: usize = 12;
/// How long ago a municipality may have been seen to count as present, in days.
pub(crate) const SEEN_DAYS: u64 = 30;

/// Counts by the first label of a Land.
#[derive(Debug, Default)]
pub(crate) struct Turnout {
    /// Attested bodies of every sort.
    pub(crate) bodies: BTreeMap<String, u64>,
    /// Those of them that are municipalities.
    pub(crate) municipalities: BTreeMap<String, u64>,
    /// Those of these that were seen within the last [`SEEN_DAYS`] days.
    pub(crate) seen: BTreeMap<String, u64>,
    /// All municipalities that there are.
    pub(crate) towns: BTreeMap<&'static str, u64>,
    /// Latitude and longitude of those that take part, as far as they are known.
    pub(crate) places: Vec<(f64, f64)>,
}

impl Turnout {
    /// `seen` names the bodies that were seen lately.
    pub(crate) fn count(bodies: &[Body], seen: &BTreeSet<Name>, register: &Register) -> Turnout {
        let mut turnout = Turnout { towns: register.towns_by_land(), ..Turnout::default() };
        for body in bodies {
            let land = body.name.land().to_owned();
            *turnout.bodies.entry(land.clone()).or_default() += 1;
            // Shorter keys are those of Länder and districts.
            let ars = body.ars.as_deref().filter(|ars| ars.len() == ARS_DIGITS);
            let Some(town) = ars.and_then(|ars| register.find(ars)) else { continue };
            if seen.contains(&body.name) {
                *turnout.seen.entry(land.clone()).or_default() += 1;
            }
            *turnout.municipalities.entry(land).or_default() += 1;
            turnout.places.extend(town.place);
        }
        turnout
    }
}

#[cfg(test)]
mod tests {
    use crate::port::Body;
    use crate::turnout::Turnout;
    use catalogue::register::Register;
    use record::name::Name;
    use std::collections::BTreeSet;

    #[test]
    fn only_municipalities_that_take_part_are_seen() {
        let body = |name: &str, ars: &str| Body {
            name: name.parse().unwrap(),
            display_name: name.to_owned(),
            ars: Some(ars.to_owned()),
        };
        let bodies = [
            body("th", "16"),
            body("th.jena", "160530000000"),
            body("th.weimar", "160550000000"),
            body("sh.husum", "010540056056"),
        ];
        let seen: BTreeSet<Name> =
            ["th", "th.weimar", "sh.kiel"].iter().map(|name| name.parse().unwrap()).collect();
        let turnout = Turnout::count(&bodies, &seen, Register::built_in());
        assert_eq!(turnout.bodies, [("sh".to_owned(), 1), ("th".to_owned(), 3)].into());
        assert_eq!(turnout.municipalities, [("sh".to_owned(), 1), ("th".to_owned(), 2)].into());
        assert_eq!(turnout.seen, [("th".to_owned(), 1)].into());
    }
}
