//! Why a publiccode.yml is not taken, in words for the people who keep the file.

use crate::publiccode::address::AddressFault;
use crate::yaml::Fault;
use crate::yaml::YamlError;
use record::kind::Words;

/// Why a file is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It cannot be read as YAML.
    Yaml(YamlError),
    /// It is a list or a single value.
    NotMap {
        /// Where it begins, from 1.
        line: usize,
    },
    /// It has no `url`: without it the entry would have no lasting identity.
    UrlMissing,
    /// Its `url` names no repository.
    Url {
        /// The line of the key, from 1.
        line: usize,
        /// What stands there.
        text: String,
        /// What is wrong with it.
        fault: AddressFault,
    },
    /// It says neither a name nor anything about the software.
    Nothing,
    /// Even shortened it does not fit into a statement.
    TooLarge {
        /// The length that was reached, in bytes.
        bytes: usize,
    },
}

impl Refusal {
    /// For an address that names no repository.
    pub(crate) fn url(line: usize, text: &str, fault: AddressFault) -> Refusal {
        Refusal::Url { line, text: text.chars().take(200).collect(), fault }
    }

    /// The stable code for counters and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Yaml(_) => "yaml",
            Refusal::NotMap { .. } => "not-map",
            Refusal::UrlMissing => "url-missing",
            Refusal::Url { .. } => "url",
            Refusal::Nothing => "nothing",
            Refusal::TooLarge { .. } => "too-large",
        }
    }

    /// The line to look at, from 1; none where something is missing.
    pub fn line(&self) -> Option<usize> {
        match self {
            Refusal::Yaml(error) => Some(error.line),
            Refusal::NotMap { line } | Refusal::Url { line, .. } => Some(*line),
            _ => None,
        }
    }

    /// What is wrong, where, and how to mend it.
    pub fn words(&self) -> Words {
        let (de, en) = match self {
            Refusal::Yaml(error) => return yaml_words(error),
            Refusal::NotMap { line } => (
                format!(
                    "Zeile {line}: Die Datei enthält keine Angaben der Form „Schlüssel: Wert“. Eine \
                     publiccode.yml beginnt zum Beispiel mit „publiccodeYmlVersion: 0.5“ und „name: …“."
                ),
                format!(
                    "Line {line}: the file holds no \"key: value\" entries. A publiccode.yml begins for \
                     example with \"publiccodeYmlVersion: 0.5\" and \"name: ...\"."
                ),
            ),
            Refusal::UrlMissing => (
                "Der Schlüssel „url“ fehlt. Tragen Sie die Adresse des Repositorys ein, zum Beispiel \
                 „url: https://gitlab.opencode.de/stadt/projekt“; an ihr wird der Eintrag wiedererkannt."
                    .to_owned(),
                "The key \"url\" is missing. Add the address of the repository, for example \"url: \
                 https://gitlab.opencode.de/city/project\"; the entry is recognised by it."
                    .to_owned(),
            ),
            Refusal::Url { line, text, fault } => {
                let (de, en) = address_words(*fault);
                (
                    format!("Zeile {line}: „url: {text}“ ist keine Adresse eines Repositorys: {de}."),
                    format!("Line {line}: \"url: {text}\" is no address of a repository: {en}."),
                )
            }
            Refusal::Nothing => (
                "Die Datei nennt weder einen Namen noch eine Beschreibung. Ergänzen Sie „name“ und \
                 „description: de: shortDescription: …“."
                    .to_owned(),
                "The file gives neither a name nor a description. Add \"name\" and \"description: de: \
                 shortDescription: ...\"."
                    .to_owned(),
            ),
            Refusal::TooLarge { bytes } => (
                format!(
                    "Die Angaben sind auch gekürzt zu lang ({bytes} Bytes). Kürzen Sie „longDescription“ und \
                     lange Listen."
                ),
                format!(
                    "Even shortened the entries are too long ({bytes} bytes). Shorten \"longDescription\" \
                     and long lists."
                ),
            ),
        };
        Words { de, en }
    }
}

impl std::fmt::Display for Refusal {
    /// The English words.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.words().en)
    }
}

impl std::error::Error for Refusal {}

fn address_words(fault: AddressFault) -> (&'static str, &'static str) {
    match fault {
        AddressFault::Scheme => ("sie muss mit https:// beginnen", "it must begin with https://"),
        AddressFault::Host => (
            "nach https:// muss ein Rechnername wie opencode.de folgen",
            "a host such as opencode.de must follow https://",
        ),
        AddressFault::Characters => (
            "sie enthält Leerzeichen oder unzulässige Zeichen oder ist zu lang",
            "it holds spaces or characters that are not allowed, or is too long",
        ),
        AddressFault::Credentials => {
            ("entfernen Sie Benutzername und Passwort daraus", "take user name and password out of it")
        }
    }
}

fn yaml_words(error: &YamlError) -> Words {
    let line = error.line;
    let de = match &error.fault {
        Fault::Length => "Die Datei ist zu groß; gelesen wird höchstens 1 MiB. Kürzen Sie sie.".to_owned(),
        Fault::Syntax(words) => format!(
            "Zeile {line}: Das ist kein gültiges YAML. Häufig ist der Text nach „|“ oder „>“ nicht eingerückt, \
             oder ein Anführungszeichen fehlt; prüfen Sie diese Zeile und die davor. (Meldung: {words})"
        ),
        Fault::Depth => format!("Zeile {line}: Zu viele Listen und Angaben sind ineinander verschachtelt."),
        Fault::Size => format!(
            "Zeile {line}: Mit allen Verweisen (*Name) ausgeschrieben ist die Datei zu groß. Schreiben Sie die \
             Angaben aus und kürzen Sie sie."
        ),
        Fault::Key => format!("Zeile {line}: Ein Schlüssel muss ein Wort sein, keine Liste."),
        Fault::Cycle => {
            format!("Zeile {line}: Ein Verweis (*Name) wiederholt die Angabe, in der er selbst steht.")
        }
        Fault::Documents => format!(
            "Zeile {line}: Hier beginnt mit „---“ ein zweites Dokument. Legen Sie für jedes eine eigene Datei an."
        ),
        Fault::Empty => "Die Datei ist leer.".to_owned(),
    };
    let mut en = error.to_string();
    en.push('.');
    Words { de, en: en.replacen("line", "Line", 1) }
}

#[cfg(test)]
mod tests {
    use crate::publiccode::address::AddressFault;
    use crate::publiccode::refusal::Refusal;
    use crate::yaml;

    #[test]
    fn every_refusal_says_where_and_what_to_do() {
        let yaml = Refusal::Yaml(yaml::read("a: 1\nb: [\n").unwrap_err());
        assert!(yaml.words().de.starts_with("Zeile "), "{:?}", yaml.words());
        assert!(yaml.line().is_some());
        let url = Refusal::url(7, "example", AddressFault::Scheme);
        assert!(url.words().de.contains("Zeile 7") && url.words().en.contains("https://"));
        for refusal in [yaml, url, Refusal::UrlMissing, Refusal::Nothing, Refusal::NotMap { line: 1 }] {
            assert!(refusal.words().de.len() > 20 && refusal.words().en.len() > 20, "{refusal}");
        }
    }
}
