//! What the check before publishing has to say, in sentences that name the field and how to mend it.

use crate::kind::shape::Grade;
use crate::kind::shape::Pattern;
use crate::kind::shape::Sort;
use crate::kind::words::Words;

/// One thing to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where: `effort.months`, `steps[2]` (counted from 0), `title.de`.
    pub path: String,
    /// What people call the field: `Aufwand: Dauer in Monaten`, `Prozessschritte (3. Eintrag)`.
    pub label: Words,
    /// How much it weighs.
    pub grade: Grade,
    /// The rule, for programs: `required`, `too-long`, `vocabulary` ..
    pub code: &'static str,
    /// A full sentence that names the field and says how to mend it.
    pub message: Words,
}

/// A place in a body, for programs and for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    path: String,
    label: Words,
}

impl Place {
    /// Where, for programs.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The place of a field inside this one.
    pub(crate) fn field(&self, name: &str, label: &Words) -> Place {
        if self.path.is_empty() {
            return Place { path: name.to_owned(), label: label.clone() };
        }
        Place {
            path: format!("{}.{name}", self.path),
            label: Words {
                de: format!("{}: {}", self.label.de, label.de),
                en: format!("{}: {}", self.label.en, label.en),
            },
        }
    }

    /// The place of an item of this list, counted from 0.
    pub(crate) fn item(&self, at: usize) -> Place {
        Place {
            path: format!("{}[{at}]", self.path),
            label: Words {
                de: format!("{} ({}. Eintrag)", self.label.de, at + 1),
                en: format!("{} (item {})", self.label.en, at + 1),
            },
        }
    }

    /// The place of one language of this text.
    pub(crate) fn language(&self, tag: &str) -> Place {
        Place {
            path: format!("{}.{tag}", self.path),
            label: Words {
                de: format!("{} ({tag})", self.label.de),
                en: format!("{} ({tag})", self.label.en),
            },
        }
    }

    /// An error here. The sentences go on after the label in quotation marks.
    pub(crate) fn error(&self, code: &'static str, de: &str, en: &str) -> Finding {
        self.finding(Grade::Error, code, de, en)
    }

    /// A warning here. The sentences go on after the label in quotation marks.
    pub(crate) fn warning(&self, code: &'static str, de: &str, en: &str) -> Finding {
        self.finding(Grade::Warning, code, de, en)
    }

    /// A finding of this grade here.
    pub(crate) fn finding(&self, grade: Grade, code: &'static str, de: &str, en: &str) -> Finding {
        let message = Words {
            de: format!("„{}“ {de}", self.label.de),
            en: format!("“{}” {en}", self.label.en),
        };
        Finding { path: self.path.clone(), label: self.label.clone(), grade, code, message }
    }
}

/// What a field holds, in the words of a sentence: "erwartet wird ..".
pub(crate) fn expected(sort: &Sort) -> (&'static str, &'static str) {
    match sort {
        Sort::Text { .. } => ("ein Text", "a text"),
        Sort::Texts { .. } => {
            ("ein Text je Sprache, zum Beispiel auf Deutsch (de)", "a text by language, such as de")
        }
        Sort::Code { .. } => ("ein Wert aus der Liste", "a code of the list"),
        Sort::Uint { .. } => ("eine ganze Zahl", "a whole number"),
        Sort::Bool => ("ja oder nein (true oder false)", "yes or no (true or false)"),
        Sort::Date => ("ein Datum in der Form 2027-03-31", "a date such as 2027-03-31"),
        Sort::Moment => ("ein Zeitpunkt in Sekunden seit 1970", "a moment in seconds since 1970"),
        Sort::Url => {
            ("eine Internetadresse, die mit https:// beginnt", "an address that begins with https://")
        }
        Sort::Mail => (
            "eine E-Mail-Adresse, zum Beispiel digital@stadt.example",
            "a mail address such as digital@town.example",
        ),
        Sort::Pattern(pattern) => expected_pattern(*pattern),
        Sort::Reference => (
            "ein Verweis auf einen Eintrag in der Form herausgeber/kennung",
            "a reference to a record: publisher/record",
        ),
        Sort::Bytes => ("eine Folge von Bytes", "a byte string"),
        Sort::Group { .. } => ("eine Gruppe von Angaben", "a group of fields"),
    }
}

fn expected_pattern(pattern: Pattern) -> (&'static str, &'static str) {
    match pattern {
        Pattern::Ars => (
            "ein Regionalschlüssel aus 2, 3, 5, 9 oder 12 Ziffern, die ersten beiden von 01 bis 16",
            "a regional key of 2, 3, 5, 9 or 12 digits, the first two from 01 to 16",
        ),
        Pattern::Spdx => (
            "eine SPDX-Lizenzangabe wie EUPL-1.2 oder LicenseRef-proprietary",
            "an SPDX licence expression such as EUPL-1.2 or LicenseRef-proprietary",
        ),
        Pattern::Leika => ("ein LeiKa-Schlüssel aus 14 Ziffern", "a LeiKa key of 14 digits"),
        Pattern::Language => ("ein Sprachkürzel wie de oder en", "a language tag such as de or en"),
        Pattern::Publisher => ("ein Name im Netz wie th.jena", "a name in the network such as th.jena"),
        Pattern::Uri => (
            "eine Kennung wie https://…, urn:… oder alias:gdpr",
            "a URI such as https://…, urn:… or alias:gdpr",
        ),
        Pattern::Sha256 => (
            "eine SHA-256-Prüfsumme aus 64 Zeichen (0-9, a-f)",
            "a SHA-256 checksum of 64 characters (0-9, a-f)",
        ),
        Pattern::MediaType => ("ein Dateityp wie application/pdf", "a media type such as application/pdf"),
        Pattern::Phone => ("eine Telefonnummer wie +49 3641 49-0", "a phone number such as +49 3641 49-0"),
        Pattern::Year => ("eine Jahreszahl mit vier Ziffern", "a year of four digits"),
        Pattern::Cpv => (
            "ein CPV-Code aus 8 Ziffern wie 48000000, mit oder ohne Prüfziffer",
            "a CPV code of 8 digits such as 48000000, with or without check digit",
        ),
        Pattern::Cve => ("eine CVE-Nummer wie CVE-2026-12345", "a CVE number such as CVE-2026-12345"),
        Pattern::LocalTime => (
            "ein Tag wie 2027-03-31 oder ein Tag mit Uhrzeit wie 2027-03-31T09:30",
            "a day such as 2027-03-31, or a day with the time such as 2027-03-31T09:30",
        ),
        Pattern::Key => (
            "eine kurze Kennung aus Kleinbuchstaben, Ziffern und Bindestrichen wie datenschutz-1",
            "a short key of lower-case letters, digits and hyphens such as privacy-1",
        ),
    }
}
