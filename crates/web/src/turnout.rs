//! Who takes part, counted: bodies and municipalities by Land, and where the municipalities lie.

use crate::port::Body;
use catalogue::register::Register;
use std::collections::BTreeMap;

/// Digits of the regional key of a municipality.
const ARS_DIGITS: usize = 12;

/// Counts by the first label of a Land.
#[derive(Debug, Default)]
pub(crate) struct Turnout {
    /// Attested bodies of every sort.
    pub(crate) bodies: BTreeMap<String, u64>,
    /// Those of them that are municipalities.
    pub(crate) municipalities: BTreeMap<String, u64>,
    /// All municipalities that there are.
    pub(crate) towns: BTreeMap<&'static str, u64>,
    /// Latitude and longitude of those that take part, as far as they are known.
    pub(crate) places: Vec<(f64, f64)>,
}

impl Turnout {
    pub(crate) fn count(bodies: &[Body], register: &Register) -> Turnout {
        let mut turnout = Turnout { towns: register.towns_by_land(), ..Turnout::default() };
        for body in bodies {
            let land = body.name.land().to_owned();
            *turnout.bodies.entry(land.clone()).or_default() += 1;
            // Shorter keys are those of Länder and districts.
            let ars = body.ars.as_deref().filter(|ars| ars.len() == ARS_DIGITS);
            let Some(town) = ars.and_then(|ars| register.find(ars)) else { continue };
            *turnout.municipalities.entry(land).or_default() += 1;
            turnout.places.extend(town.place);
        }
        turnout
    }
}
