//! The outlines of the Länder in the drawing's own units.

use std::sync::LazyLock;

/// Width and height of the drawing.
pub(crate) const SIZE: (u32, u32) = (580, 790);

/// What build.rs took in: AGS and path, one Land a line (© GeoBasis-DE / BKG 2017, data changed).
const OUTLINES: &str = include_str!(concat!(env!("OUT_DIR"), "/lands.tsv"));

/// A Land in the drawing.
#[derive(Debug)]
pub(crate) struct Land {
    /// The first label of its names, such as `th`.
    pub(crate) label: &'static str,
    /// The path data of SVG.
    pub(crate) path: &'static str,
    /// Where its count stands, chosen by hand so that it lies inside and touches no other.
    pub(crate) centre: (u32, u32),
}

/// First label, first two digits of the regional key, place of the count.
const PLACES: [(&str, &str, (u32, u32)); 16] = [
    ("sh", "01", (240, 82)),
    ("hh", "02", (264, 162)),
    ("ni", "03", (206, 262)),
    ("hb", "04", (186, 206)),
    ("nw", "05", (102, 366)),
    ("he", "06", (192, 456)),
    ("rp", "07", (92, 506)),
    ("bw", "08", (192, 664)),
    ("by", "09", (356, 632)),
    ("sl", "10", (72, 582)),
    ("be", "11", (478, 264)),
    ("bb", "12", (502, 316)),
    ("mv", "13", (420, 138)),
    ("sn", "14", (480, 414)),
    ("st", "15", (362, 316)),
    ("th", "16", (326, 420)),
];

static LANDS: LazyLock<Vec<Land>> = LazyLock::new(|| {
    let of =
        |ags: &str| OUTLINES.lines().filter_map(|line| line.split_once('\t')).find(|(key, _)| *key == ags);
    PLACES
        .iter()
        .filter_map(|(label, ags, centre)| Some(Land { label, path: of(ags)?.1, centre: *centre }))
        .collect()
});

/// Where a place on earth lies in the drawing; the projection of `lands.mjs`.
pub(crate) fn place(lat: f64, lon: f64) -> (u32, u32) {
    let within = |value: f64, most: u32| value.round().clamp(0.0, f64::from(most)) as u32;
    (within((lon - 5.8) * 62.66, SIZE.0), within((55.12 - lat) * 100.0, SIZE.1))
}

/// All sixteen.
pub(crate) fn lands() -> &'static [Land] {
    &LANDS
}

#[cfg(test)]
mod tests {
    use crate::pages::map::land::SIZE;
    use crate::pages::map::land::lands;
    use crate::pages::map::land::place;
    use record::name::LANDS;

    #[test]
    fn every_land_has_its_outline() {
        assert_eq!(lands().len(), 16);
        for land in lands() {
            assert!(LANDS.iter().any(|(label, _)| *label == land.label), "{}", land.label);
            assert!(land.path.starts_with('M') && land.path.ends_with('z'), "{}", land.label);
            assert!(land.centre.0 < SIZE.0 && land.centre.1 < SIZE.1);
        }
    }

    #[test]
    fn jena_lies_in_the_middle() {
        assert_eq!(place(50.927, 11.589), (363, 419));
        assert_eq!(place(90.0, -180.0), (0, 0));
    }
}
