//! The official registers of municipalities as the statistical offices give them out.
//!
//! GV100AD: lines of 220 characters, positions counted from 1 (record description of Destatis): record type 1-2 (40
//! district, 60 municipality), key 11-18, association 19-22, name 23-72, inhabitants 140-150. The quarterly extract
//! (AuszugGV), saved as CSV: record type, text mark, Land, Regierungsbezirk, Kreis, Verband, Gemeinde, name, area,
//! inhabitants, men, women, density, post code, longitude, latitude, two of travel areas, degree of urbanisation.

use crate::register::Register;
use crate::register::RegisterError;
use crate::register::Town;

/// The shortest line of GV100AD that says something of use, in characters.
const LINE_CHARS_MIN: usize = 72;
/// Degrees of urbanisation by their code.
const SETTLEMENTS: [(&str, &str); 3] = [("01", "densely"), ("02", "medium"), ("03", "thinly")];

/// Reads an official register: GV100AD or the quarterly extract as CSV, in UTF-8 or ISO 8859-1.
pub fn read(bytes: &[u8]) -> Result<Register, RegisterError> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        // Every byte of ISO 8859-1 is the character of that number.
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    let mut register = Register::default();
    for (line, text) in (1..).zip(text.lines()) {
        if text.contains(';') {
            extract(text, line, &mut register)?;
        } else {
            gv100ad(text, line, &mut register)?;
        }
    }
    if register.is_empty() { Err(RegisterError::Empty) } else { Ok(register) }
}

fn digits(text: &str, count: usize) -> Option<String> {
    let text = text.trim();
    let all = !text.is_empty() && text.len() <= count && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| format!("{text:0>count$}"))
}

fn gv100ad(text: &str, line: usize, register: &mut Register) -> Result<(), RegisterError> {
    let letters: Vec<char> = text.chars().collect();
    let cell = |from: usize, to: usize| -> String {
        letters
            .get(from - 1..to.min(letters.len()))
            .unwrap_or_default()
            .iter()
            .collect::<String>()
            .trim()
            .to_owned()
    };
    let wrong = |what| RegisterError::Line { line, what };
    if letters.len() < LINE_CHARS_MIN {
        return if text.trim().is_empty() { Ok(()) } else { Err(wrong("the line is too short for GV100AD")) };
    }
    let name = plain(&cell(23, 72));
    match cell(1, 2).as_str() {
        "40" => {
            let key = digits(&cell(11, 15), 5)
                .ok_or_else(|| wrong("positions 11 to 15 are no key of a district"))?;
            register.put_district(&key, &name);
        }
        "60" => {
            let key = cell(11, 18);
            let association = cell(19, 22);
            let (Some(key), Some(association)) = (digits(&key, 8), digits(&association, 4)) else {
                return Err(wrong("positions 11 to 22 are no key of a municipality"));
            };
            let (head, tail) =
                key.split_at_checked(5).ok_or_else(|| wrong("positions 11 to 18 are no key"))?;
            register.put(Town {
                ars: format!("{head}{association}{tail}"),
                name,
                population: cell(140, 150).parse().ok(),
                ..Town::default()
            });
        }
        _ => {}
    }
    Ok(())
}

fn extract(text: &str, line: usize, register: &mut Register) -> Result<(), RegisterError> {
    let cells: Vec<&str> = text.split(';').map(|cell| cell.trim().trim_matches('"').trim()).collect();
    let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
    let wrong = |what| RegisterError::Line { line, what };
    let number = |at: usize| cell(at).replace(['\u{a0}', ' ', '.'], "").parse::<u32>().ok();
    let degrees =
        |at: usize| cell(at).replace(',', ".").parse::<f64>().ok().filter(|degrees| degrees.is_finite());
    let district = || Some(format!("{}{}{}", digits(cell(2), 2)?, digits(cell(3), 1)?, digits(cell(4), 2)?));
    match cell(0) {
        "40" => {
            let key = district().ok_or_else(|| wrong("columns 3 to 5 are no key of a district"))?;
            register.put_district(&key, &plain(cell(7)));
        }
        "60" => {
            let key = || Some(format!("{}{}{}", district()?, digits(cell(5), 4)?, digits(cell(6), 3)?));
            let degree = SETTLEMENTS.iter().find(|(code, _)| digits(cell(18), 2).as_deref() == Some(code));
            register.put(Town {
                ars: key().ok_or_else(|| wrong("columns 3 to 7 are no key of a municipality"))?,
                name: plain(cell(7)),
                place: degrees(15).zip(degrees(14)),
                population: number(9),
                settlement: degree.map(|(_, name)| (*name).to_owned()),
                ..Town::default()
            });
        }
        _ => {}
    }
    Ok(())
}

/// The name without what the lists add behind a comma: "Jena, Stadt".
fn plain(name: &str) -> String {
    name.split(',').next().unwrap_or_default().replace('\t', " ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use crate::gazette::read;
    use crate::register::RegisterError;
    use proptest::proptest;

    fn line(kind: &str, key: &str, name: &str, inhabitants: &str) -> String {
        format!("{kind}20260930{key:<12}{name:<50}{:<67}{inhabitants:>11}{:<70}", "", "")
    }

    #[test]
    fn gv100ad_is_read_by_position() {
        let text = [
            line("40", "16074", "Saale-Holzland-Kreis", ""),
            line("60", "160530000000", "Jena, Stadt", "00000110731"),
            line("60", "160741165012", "Dornburg-Camburg, Stadt", "00000005368"),
        ]
        .join("\r\n");
        let register = read(text.as_bytes()).unwrap();
        let dornburg = register.find("16074116").unwrap();
        assert_eq!((dornburg.ars.as_str(), dornburg.name.as_str()), ("160745012116", "Dornburg-Camburg"));
        assert_eq!(dornburg.population_class(), Some("5k-10k"));
        assert_eq!(register.district("16074"), Some("Saale-Holzland-Kreis"));
        let latin: Vec<u8> = line("60", "010510440441", "B\u{fc}sum", "1").chars().map(|c| c as u8).collect();
        assert_eq!(read(&latin).unwrap().named("Buesum", 1)[0].name, "Büsum");
    }

    #[test]
    fn the_quarterly_extract_is_read_by_column() {
        let text = "x;;;\n40;43;16;0;74;;;Saale-Holzland-Kreis;\n\
            60;61;16;0;74;5012;116;Dornburg-Camburg, Stadt;63,1;5 368;2600;2700;85;07774;11,66;51,01;1;x;03;gering\n";
        let register = read(text.as_bytes()).unwrap();
        let town = register.find("160745012116").unwrap();
        assert_eq!((town.population, town.place), (Some(5_368), Some((51.01, 11.66))));
        assert_eq!(town.settlement.as_deref(), Some("thinly"));
    }

    #[test]
    fn what_is_no_register_is_refused() {
        assert_eq!(read(b""), Err(RegisterError::Empty));
        assert!(matches!(read(b"60 nonsense"), Err(RegisterError::Line { line: 1, .. })));
        let wrong = line("60", "16x530000000", "Jena", "1");
        assert!(matches!(read(wrong.as_bytes()), Err(RegisterError::Line { line: 1, .. })));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = read(&bytes);
        }
    }
}
