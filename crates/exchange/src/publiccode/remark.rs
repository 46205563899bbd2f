//! What an import noticed in a publiccode.yml that it took all the same.

use record::kind::Words;

/// One thing that was noticed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// The key in the file, such as `legal.license`.
    pub key: String,
    /// The line, from 1; none where something is missing.
    pub line: Option<usize>,
    /// What it is.
    pub note: Note,
}

/// The sorts of remarks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// The key is spelt otherwise than the standard has it, and was understood.
    KeyRespelled {
        /// The standard's spelling.
        meant: String,
    },
    /// The key stands twice; the last one counts.
    KeyTwice,
    /// The file is not written in UTF-8; its letters were read by this encoding.
    Encoding {
        /// The encoding.
        name: &'static str,
    },
    /// `publiccodeYmlVersion` is none of the standard's versions.
    VersionUnknown {
        /// What stands there.
        text: String,
    },
    /// The address looks like one from an example.
    UrlExample,
    /// A field that the standard demands is missing.
    Missing,
    /// A value was put in place of a missing one.
    Assumed {
        /// The value.
        value: String,
    },
    /// The short description was longer than the summary may be; the whole stands in the description.
    SummaryCut {
        /// The language.
        language: String,
    },
    /// The summary was made from another text of the file.
    SummaryMade {
        /// The language.
        language: String,
        /// The key it was made from.
        from: &'static str,
    },
    /// A part of the description is not filed under a language.
    LanguageUnknown,
    /// A code was mended to the listed one.
    CodeRespelled {
        /// What stood there.
        from: String,
        /// The listed code.
        to: String,
    },
    /// A value is in no list and was not taken over as a code.
    CodeUnlisted {
        /// What stands there.
        text: String,
    },
    /// A value is not in the list, which others keep and extend; it was taken over as it is.
    CodeNew {
        /// What stands there.
        text: String,
    },
    /// A licence was mended to its SPDX identifier.
    LicenceRespelled {
        /// What stood there.
        from: String,
        /// The SPDX expression.
        to: String,
    },
    /// A licence that SPDX does not list.
    LicenceUnknown {
        /// What stands there.
        text: String,
    },
    /// No day of the calendar.
    DateUnreadable {
        /// What stands there.
        text: String,
    },
    /// No web address.
    LinkUnreadable {
        /// What stands there.
        text: String,
    },
    /// Contact persons stay behind.
    ContactsLeftOut {
        /// How many.
        count: usize,
    },
    /// Names of contact persons, mail addresses or phone numbers were taken out of the texts.
    PersonsRemoved {
        /// How often.
        count: usize,
    },
    /// The owner may be a person; somebody should look before it is published.
    PersonPossible {
        /// The name.
        text: String,
    },
    /// A text was shortened.
    TextCut {
        /// To how many characters.
        chars: usize,
    },
    /// A list was shortened.
    ItemsCut {
        /// How many items stayed behind.
        count: usize,
    },
    /// Entries without a field of their own are kept as they are.
    Kept {
        /// How many top-level keys.
        count: usize,
    },
    /// Entries were too large to be kept.
    Dropped {
        /// How many top-level keys.
        count: usize,
    },
    /// A value does not fit its field and was left out of it.
    Unfit {
        /// Why, in the words of the check.
        why: Words,
    },
}

impl Remark {
    /// What was noticed, where, and what became of it.
    pub fn words(&self) -> Words {
        let Words { de, en } = self.note.words(&self.key);
        match self.line {
            Some(line) => Words { de: format!("Zeile {line}: {de}"), en: format!("Line {line}: {en}") },
            None => Words { de, en },
        }
    }
}

impl Note {
    /// The stable code for counters and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Note::KeyRespelled { .. } => "key-respelled",
            Note::KeyTwice => "key-twice",
            Note::Encoding { .. } => "encoding",
            Note::VersionUnknown { .. } => "version-unknown",
            Note::UrlExample => "url-example",
            Note::Missing => "missing",
            Note::Assumed { .. } => "assumed",
            Note::SummaryCut { .. } => "summary-cut",
            Note::SummaryMade { .. } => "summary-made",
            Note::LanguageUnknown => "language-unknown",
            Note::CodeRespelled { .. } => "code-respelled",
            Note::CodeUnlisted { .. } => "code-unlisted",
            Note::CodeNew { .. } => "code-new",
            Note::LicenceRespelled { .. } => "licence-respelled",
            Note::LicenceUnknown { .. } => "licence-unknown",
            Note::DateUnreadable { .. } => "date-unreadable",
            Note::LinkUnreadable { .. } => "link-unreadable",
            Note::ContactsLeftOut { .. } => "contacts-left-out",
            Note::PersonsRemoved { .. } => "persons-removed",
            Note::PersonPossible { .. } => "person-possible",
            Note::TextCut { .. } => "text-cut",
            Note::ItemsCut { .. } => "items-cut",
            Note::Kept { .. } => "kept",
            Note::Dropped { .. } => "dropped",
            Note::Unfit { .. } => "unfit",
        }
    }

    fn words(&self, key: &str) -> Words {
        let (de, en) = match self {
            Note::Kept { .. }
            | Note::Dropped { .. }
            | Note::ContactsLeftOut { .. }
            | Note::PersonsRemoved { .. } => self.count_words(),
            Note::KeyRespelled { .. }
            | Note::KeyTwice
            | Note::LanguageUnknown
            | Note::VersionUnknown { .. } => self.key_words(key),
            Note::Encoding { name } => (
                format!(
                    "Die Datei ist nicht in UTF-8 gespeichert und wurde als {name} gelesen. Bitte prüfen Sie die Umlaute."
                ),
                format!(
                    "The file is not stored in UTF-8 and was read as {name}. Please check the accented letters."
                ),
            ),
            Note::UrlExample => (
                format!("Die Adresse unter „{key}“ stammt wohl aus einem Beispiel. Bitte prüfen Sie sie."),
                format!("The address in \"{key}\" seems to come from an example. Please check it."),
            ),
            Note::Missing => (
                format!("„{key}“ fehlt. Bitte ergänzen Sie die Angabe."),
                format!("\"{key}\" is missing. Please add it."),
            ),
            Note::Assumed { value } => (
                format!("„{key}“ fehlt; angenommen wurde „{value}“. Bitte prüfen Sie das."),
                format!("\"{key}\" is missing; \"{value}\" was assumed. Please check."),
            ),
            Note::SummaryCut { language } => (
                format!(
                    "Die Kurzbeschreibung ({language}) wurde gekürzt; vollständig steht sie in der Beschreibung."
                ),
                format!("The short description ({language}) was cut; the whole stands in the description."),
            ),
            Note::SummaryMade { language, from } => (
                format!("Die Kurzbeschreibung ({language}) fehlt; sie wurde aus „{from}“ gebildet."),
                format!("The short description ({language}) is missing; it was made from \"{from}\"."),
            ),
            Note::TextCut { chars } => (
                format!("Der Text unter „{key}“ wurde auf {chars} Zeichen gekürzt."),
                format!("The text in \"{key}\" was cut to {chars} characters."),
            ),
            Note::ItemsCut { count } => (
                format!("Die Liste „{key}“ ist zu lang; nicht übernommen: {count}."),
                format!("The list \"{key}\" is too long; entries left out: {count}."),
            ),
            Note::Unfit { why } => (
                format!("„{key}“ wurde nicht übernommen: {}", why.de),
                format!("\"{key}\" was not taken over: {}", why.en),
            ),
            _ => self.value_words(key),
        };
        Words { de, en }
    }

    fn key_words(&self, key: &str) -> (String, String) {
        match self {
            Note::KeyRespelled { meant } => (
                format!("„{key}“ heißt im Standard „{meant}“ und wurde so verstanden."),
                format!("\"{key}\" is called \"{meant}\" in the standard and was understood as such."),
            ),
            Note::KeyTwice => (
                format!("„{key}“ steht mehrfach in der Datei; der letzte Wert gilt."),
                format!("\"{key}\" stands several times in the file; the last value counts."),
            ),
            Note::VersionUnknown { text } => (
                format!(
                    "„{key}: {text}“ ist keine Version des Standards (0.1 bis 0.7); gelesen wurde wie 0.7."
                ),
                format!(
                    "\"{key}: {text}\" is no version of the standard (0.1 to 0.7); it was read like 0.7."
                ),
            ),
            _ => (
                format!("„{key}“ steht unter keiner Sprache. Schreiben Sie „description: de: …“."),
                format!("\"{key}\" stands under no language. Write \"description: en: ...\"."),
            ),
        }
    }

    fn value_words(&self, key: &str) -> (String, String) {
        match self {
            Note::CodeRespelled { from, to } | Note::LicenceRespelled { from, to } => (
                format!("„{key}: {from}“ wurde als „{to}“ übernommen."),
                format!("\"{key}: {from}\" was taken over as \"{to}\"."),
            ),
            Note::LicenceUnknown { text } => (
                format!(
                    "Die Lizenz „{text}“ steht nicht in der SPDX-Liste. Tragen Sie eine Kennung wie „EUPL-1.2“ ein."
                ),
                format!(
                    "The licence \"{text}\" is not on the SPDX list. Use an identifier such as \"EUPL-1.2\"."
                ),
            ),
            Note::DateUnreadable { text } => (
                format!(
                    "„{key}: {text}“ ist kein Datum. Schreiben Sie Jahr-Monat-Tag, zum Beispiel 2026-05-31."
                ),
                format!("\"{key}: {text}\" is no date. Write year-month-day, for example 2026-05-31."),
            ),
            Note::LinkUnreadable { text } => (
                format!("„{key}: {text}“ ist keine Webadresse; sie muss mit https:// beginnen."),
                format!("\"{key}: {text}\" is no web address; it must begin with https://."),
            ),
            Note::CodeUnlisted { text } => (
                format!(
                    "„{text}“ steht für „{key}“ in keiner Liste des Standards und wurde nicht als Wert übernommen."
                ),
                format!(
                    "\"{text}\" is in none of the standard's lists for \"{key}\" and was not taken over as a value."
                ),
            ),
            Note::PersonPossible { text } => (
                format!(
                    "„{text}“ unter „{key}“ könnte der Name einer Person sein. Bitte prüfen Sie das vor dem Veröffentlichen."
                ),
                format!("\"{text}\" in \"{key}\" may be a person's name. Please check before publishing."),
            ),
            Note::CodeNew { text } => (
                format!(
                    "„{text}“ steht für „{key}“ nicht in der Liste des Standards; der Wert wurde trotzdem übernommen."
                ),
                format!(
                    "\"{text}\" is not in the standard's list for \"{key}\"; it was taken over all the same."
                ),
            ),
            _ => (key.to_owned(), key.to_owned()),
        }
    }

    fn count_words(&self) -> (String, String) {
        match self {
            Note::ContactsLeftOut { count: 1 } => (
                "Eine Ansprechperson wurde nicht übernommen.".to_owned(),
                "One contact person was not taken over.".to_owned(),
            ),
            Note::ContactsLeftOut { count } => (
                format!("{count} Ansprechpersonen wurden nicht übernommen."),
                format!("{count} contact persons were not taken over."),
            ),
            Note::PersonsRemoved { count: 1 } => (
                "An einer Stelle wurde ein Name, eine Mailadresse oder eine Telefonnummer aus den Texten entfernt.".to_owned(),
                "A name, mail address or phone number was taken out of the texts in one place.".to_owned(),
            ),
            Note::PersonsRemoved { count } => (
                format!(
                    "An {count} Stellen wurden Namen, Mailadressen oder Telefonnummern aus den Texten entfernt."
                ),
                format!(
                    "Names, mail addresses or phone numbers were taken out of the texts in {count} places."
                ),
            ),
            Note::Kept { count } => (
                format!("Angaben ohne eigenes Feld, im Wortlaut erhalten: {count}."),
                format!("Entries without a field of their own, kept as they are: {count}."),
            ),
            Note::Dropped { count } => (
                format!("Angaben ohne eigenes Feld, die zu lang waren und nicht übernommen wurden: {count}."),
                format!(
                    "{count} entries without a field of their own were too long and were not taken over."
                ),
            ),
            _ => (String::new(), String::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::publiccode::remark::Note;
    use crate::publiccode::remark::Remark;

    #[test]
    fn remarks_are_sentences_in_both_languages() {
        let remark = Remark {
            key: "maintenance.contacts".into(),
            line: Some(9),
            note: Note::ContactsLeftOut { count: 2 },
        };
        assert_eq!(remark.words().de, "Zeile 9: 2 Ansprechpersonen wurden nicht übernommen.");
        let remark = Remark { key: "url".into(), line: None, note: Note::UrlExample };
        assert!(remark.words().en.ends_with("Please check it."));
    }
}
