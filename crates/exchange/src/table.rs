//! Writes tables as CSV (RFC 4180) that German spreadsheets open and that run no formula.

/// The media type.
pub const MEDIA_TYPE: &str = "text/csv; charset=utf-8; header=present";
/// Between cells: German spreadsheets take the comma for the decimal sign.
const BETWEEN: char = ';';
/// By these first characters a spreadsheet takes a cell for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Writes rows of cells, the first row being the heading. A byte order mark says that it is UTF-8.
pub fn write<'a>(rows: impl Iterator<Item = Vec<&'a str>>) -> String {
    let mut out = String::from('\u{feff}');
    for row in rows {
        for (at, text) in row.into_iter().enumerate() {
            if at > 0 {
                out.push(BETWEEN);
            }
            cell(&mut out, text);
        }
        out.push_str("\r\n");
    }
    out
}

fn cell(out: &mut String, text: &str) {
    let guarded = text.trim_start_matches(' ').starts_with(FORMULA);
    let quoted = guarded || text.contains([BETWEEN, '"', '\n', '\r', '\t']) || text != text.trim();
    if !quoted {
        out.push_str(text);
        return;
    }
    out.push('"');
    if guarded {
        out.push('\'');
    }
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use crate::table::write;

    #[test]
    fn formulas_become_text() {
        let rows = [
            vec!["Titel", "Stelle"],
            vec!["=HYPERLINK(\"https://x\")", "+49"],
            vec!["@SUM(A1)", " -1"],
            vec!["Wort; Wort", "zwei\nZeilen"],
            vec!["schlicht", ""],
        ];
        assert_eq!(
            write(rows.into_iter()),
            "\u{feff}Titel;Stelle\r\n\"'=HYPERLINK(\"\"https://x\"\")\";\"'+49\"\r\n\"'@SUM(A1)\";\"' -1\"\r\n\
             \"Wort; Wort\";\"zwei\nZeilen\"\r\nschlicht;\r\n"
        );
    }
}
