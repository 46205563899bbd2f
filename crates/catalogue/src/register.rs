//! The register of municipalities: names, regional keys, Länder, coordinates; also under keys that are no more.
//!
//! Built in from the boundaries of the BKG (© GeoBasis-DE / BKG 2017, data changed); an operator refreshes it with the
//! register of the statistical offices, which brings inhabitants and new keys.

use crate::word::words;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

const BUILT_IN: &str = include_str!(concat!(env!("OUT_DIR"), "/towns.tsv"));
/// Towns and districts of one register, at most.
const TOWNS_MAX: usize = 100_000;
/// Names that are offered for what somebody types, at most.
pub const NAMED_MAX: usize = 50;
/// The mean radius of the earth in kilometres.
const EARTH_KM: f64 = 6_371.0;
/// The first two digits of a key and the Land that they mean.
const LANDS: [(&str, &str); 16] = [
    ("01", "sh"),
    ("02", "hh"),
    ("03", "ni"),
    ("04", "hb"),
    ("05", "nw"),
    ("06", "he"),
    ("07", "rp"),
    ("08", "bw"),
    ("09", "by"),
    ("10", "sl"),
    ("11", "be"),
    ("12", "bb"),
    ("13", "mv"),
    ("14", "sn"),
    ("15", "st"),
    ("16", "th"),
];
/// Inhabitants from which on the next class begins, and the class below.
const CLASSES: [(u32, &str); 6] = [
    (2_000, "under-2k"),
    (5_000, "2k-5k"),
    (10_000, "5k-10k"),
    (20_000, "10k-20k"),
    (50_000, "20k-50k"),
    (100_000, "50k-100k"),
];

static REGISTER: LazyLock<Register> =
    LazyLock::new(|| Register::read(BUILT_IN).expect("the register that is built in is read by a test"));

/// A municipality.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Town {
    /// Amtlicher Regionalschlüssel, 12 digits.
    pub ars: String,
    /// Its name, such as `Jena`; not unique.
    pub name: String,
    /// What it is: `Stadt`, `Gemeinde` and so on.
    pub form: String,
    /// Latitude and longitude of its middle in degrees (WGS 84).
    pub place: Option<(f64, f64)>,
    /// Inhabitants.
    pub population: Option<u32>,
    /// Degree of urbanisation: `densely`, `medium` or `thinly` populated.
    pub settlement: Option<String>,
    /// Whether it is no more: merged, or under another key.
    pub former: bool,
}

/// A line of a register that is none of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// A line that does not say what it should.
    #[error("line {line}: {what}")]
    Line {
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// Nothing of use.
    #[error(
        "there is no municipality in it: take the text file GV100AD, or the quarterly extract saved as CSV, \
         of the statistical offices"
    )]
    Empty,
    /// More than Germany has.
    #[error("there are more than {TOWNS_MAX} lines: this is no register of municipalities")]
    Many,
}

/// All municipalities and districts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Register {
    /// By AGS, 8 digits.
    towns: BTreeMap<String, Town>,
    /// By the first five digits.
    districts: BTreeMap<String, String>,
}

impl Town {
    /// Amtlicher Gemeindeschlüssel, 8 digits.
    pub fn ags(&self) -> String {
        ags(&self.ars)
    }

    /// The code of its Land, such as `th`.
    pub fn land(&self) -> &'static str {
        land(&self.ars)
    }

    /// The first five digits of its key.
    pub fn district(&self) -> &str {
        self.ars.get(..5).unwrap_or_default()
    }

    /// The class of its population, such as `5k-10k`.
    pub fn population_class(&self) -> Option<&'static str> {
        self.population.map(population_class)
    }

    /// Kilometres to another one, as the crow flies.
    pub fn distance_km(&self, other: &Town) -> Option<u32> {
        let ((lat, lon), (other_lat, other_lon)) = self.place.zip(other.place)?;
        let half = |a: f64, b: f64| ((a - b).to_radians() / 2.0).sin().powi(2);
        let chord = half(lat, other_lat)
            + lat.to_radians().cos() * other_lat.to_radians().cos() * half(lon, other_lon);
        Some((2.0 * EARTH_KM * chord.sqrt().min(1.0).asin()).round() as u32)
    }
}

/// The class of a number of inhabitants.
pub fn population_class(inhabitants: u32) -> &'static str {
    CLASSES.iter().find(|(below, _)| inhabitants < *below).map_or("over-100k", |(_, class)| class)
}

/// The code of the Land that a key begins with; empty for what is none.
pub fn land(key: &str) -> &'static str {
    LANDS.iter().find(|(digits, _)| key.starts_with(digits)).map_or("", |(_, land)| land)
}

/// 8 of the 12 digits: without those of the association.
fn ags(ars: &str) -> String {
    format!("{}{}", ars.get(..5).unwrap_or_default(), ars.get(9..12).unwrap_or_default())
}

impl Register {
    /// The register that is built into the program.
    pub fn built_in() -> &'static Register {
        &REGISTER
    }

    /// Reads a register as [`Register::write`] writes it.
    pub fn read(text: &str) -> Result<Register, RegisterError> {
        let mut register = Register::default();
        for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.starts_with('#')) {
            if line > TOWNS_MAX {
                return Err(RegisterError::Many);
            }
            let wrong = |what| RegisterError::Line { line, what };
            let cells: Vec<&str> = text.split('\t').collect();
            let [key, name, form, lat, lon, population, settlement, state] = cells.as_slice() else {
                return Err(wrong("eight columns are expected, with a tab between them"));
            };
            if !key.bytes().all(|digit| digit.is_ascii_digit()) || land(key).is_empty() {
                return Err(wrong("the first column is no regional key"));
            }
            let place = lat.parse().ok().zip(lon.parse().ok());
            match key.len() {
                5 => {
                    register.districts.insert((*key).to_owned(), district(name, form));
                }
                12 => register.put(Town {
                    ars: (*key).to_owned(),
                    name: (*name).to_owned(),
                    form: (*form).to_owned(),
                    place: place.filter(|(lat, lon): &(f64, f64)| lat.is_finite() && lon.is_finite()),
                    population: population.parse().ok(),
                    settlement: Some((*settlement).to_owned()).filter(|code| !code.is_empty()),
                    former: *state == "former",
                }),
                _ => return Err(wrong("a regional key has 12 digits, that of a district 5")),
            }
        }
        Ok(register)
    }

    /// Writes it as lines of eight columns.
    pub fn write(&self) -> String {
        let mut text = String::from("# key\tname\tform\tlat\tlon\tpopulation\tsettlement\tstate\n");
        for (key, name) in &self.districts {
            // A String takes whatever is written.
            let _ = writeln!(text, "{key}\t{name}\t\t\t\t\t\t");
        }
        for town in self.towns.values() {
            let Town { ars, name, form, place, population, settlement, former } = town;
            let (lat, lon) =
                place.map_or_else(Default::default, |(lat, lon)| (lat.to_string(), lon.to_string()));
            let population = population.map(|count| count.to_string()).unwrap_or_default();
            let settlement = settlement.as_deref().unwrap_or_default();
            let state = if *former { "former" } else { "" };
            let _ =
                writeln!(text, "{ars}\t{name}\t{form}\t{lat}\t{lon}\t{population}\t{settlement}\t{state}");
        }
        text
    }

    /// A newer register over this one: what it does not name any more is kept as former, and coordinates stay.
    pub fn renewed(&self, newer: Register) -> Register {
        let mut renewed = newer;
        for (key, known) in &self.towns {
            match renewed.towns.get_mut(key) {
                Some(town) => {
                    town.place = town.place.or(known.place);
                    town.settlement = town.settlement.take().or_else(|| known.settlement.clone());
                    if town.form.is_empty() {
                        town.form.clone_from(&known.form);
                    }
                }
                None => {
                    renewed.towns.insert(key.clone(), Town { former: true, ..known.clone() });
                }
            }
        }
        for (key, name) in &self.districts {
            renewed.districts.entry(key.clone()).or_insert_with(|| name.clone());
        }
        renewed
    }

    pub(crate) fn put(&mut self, town: Town) {
        self.towns.insert(ags(&town.ars), town);
    }

    pub(crate) fn put_district(&mut self, key: &str, name: &str) {
        self.districts.insert(key.to_owned(), name.to_owned());
    }

    /// How many municipalities there are, former ones not counted.
    pub fn len(&self) -> usize {
        self.towns.values().filter(|town| !town.former).count()
    }

    /// How many municipalities each Land has, former ones not counted, by the code of the Land.
    pub fn towns_by_land(&self) -> BTreeMap<&'static str, u64> {
        let mut lands = BTreeMap::new();
        for town in self.towns.values().filter(|town| !town.former) {
            *lands.entry(town.land()).or_default() += 1;
        }
        lands
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.towns.is_empty()
    }

    /// The municipality of an ARS (12 digits) or AGS (8 digits), former ones included. Where only the association of
    /// an ARS has changed, it is found as well.
    pub fn find(&self, key: &str) -> Option<&Town> {
        match key.len() {
            12 => self.towns.get(&ags(key)),
            8 => self.towns.get(key),
            _ => None,
        }
    }

    /// The name of a district by the first five digits of a key.
    pub fn district(&self, key: &str) -> Option<&str> {
        self.districts.get(key.get(..5)?).map(String::as_str)
    }

    /// Municipalities whose name begins with what was typed, former ones last, larger ones first.
    pub fn named(&self, typed: &str, limit: usize) -> Vec<&Town> {
        let folded =
            |text: &str| words(text).into_iter().map(|word| word.folded).collect::<Vec<_>>().join(" ");
        let sought = folded(typed);
        if sought.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<&Town> =
            self.towns.values().filter(|town| folded(&town.name).starts_with(&sought)).collect();
        found.sort_by_key(|town| {
            let is_whole = folded(&town.name) == sought;
            // Where nobody says how many live there, the name that is nearest to what is typed comes first.
            let more = town.name.chars().count();
            (town.former, !is_whole, std::cmp::Reverse(town.population), more, town.ars.clone())
        });
        found.truncate(limit.min(NAMED_MAX));
        found
    }
}

/// What people call a district: "Landkreis Saale-Holzland-Kreis" is nobody's word.
fn district(name: &str, form: &str) -> String {
    match form {
        "" | "Kreisfreie Stadt" | "Stadtkreis" => name.to_owned(),
        _ if name.to_lowercase().contains("kreis") => name.to_owned(),
        form => format!("{form} {name}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Register;
    use crate::register::RegisterError;
    use crate::register::population_class;
    use proptest::proptest;

    #[test]
    fn the_register_of_the_build_is_whole() {
        let register = Register::built_in();
        assert!(register.len() > 10_000, "{}", register.len());
        let jena = register.find("160530000000").unwrap();
        assert_eq!((jena.name.as_str(), jena.land(), jena.ags().as_str()), ("Jena", "th", "16053000"));
        assert_eq!(register.find("16053000"), Some(jena));
        let (lat, lon) = jena.place.unwrap();
        assert!((50.8..51.1).contains(&lat) && (11.4..11.8).contains(&lon), "{lat} {lon}");
        assert_eq!(register.district("160745012116"), Some("Saale-Holzland-Kreis"));
        let weimar = register.find("160550000000").unwrap();
        assert!((15..25).contains(&jena.distance_km(weimar).unwrap()));
        assert!(register.named("Neuenkirchen", 20).len() > 8);
        assert_eq!(register.named("jen", 5)[0].name, "Jena");
    }

    #[test]
    fn a_newer_register_keeps_what_is_no_more() {
        let old = Register::read(
            "160530000000\tJena\tStadt\t50.9\t11.5\t\t\t\n160740000001\tAltdorf\t\t1\t2\t\t\t",
        )
        .unwrap();
        let new = Register::read("160530000000\tJena\t\t\t\t110000\t\t").unwrap();
        let renewed = old.renewed(new);
        let jena = renewed.find("160530000000").unwrap();
        assert_eq!((jena.place, jena.population_class()), (Some((50.9, 11.5)), Some("over-100k")));
        assert!(renewed.find("16074001").unwrap().former);
        assert_eq!(renewed.len(), 1);
        assert_eq!(Register::read(&renewed.write()), Ok(renewed));
    }

    #[test]
    fn classes_begin_where_they_say() {
        for (count, class) in [(0, "under-2k"), (1_999, "under-2k"), (2_000, "2k-5k"), (100_000, "over-100k")]
        {
            assert_eq!(population_class(count), class);
        }
    }

    #[test]
    fn a_wrong_line_is_named() {
        let error = Register::read("# x\nabc\td").unwrap_err();
        assert!(matches!(error, RegisterError::Line { line: 2, .. }), "{error}");
    }

    proptest! {
        #[test]
        fn every_text_is_a_register_or_none(text in "([0-9]{2,12}\t[a-z]{0,5}\t\t[0-9.]{0,4}\t\t\t\t\n){0,4}|\\PC{0,60}") {
            let _ = Register::read(&text);
        }
    }
}
