//! Traces of persons: names, mail addresses, phone numbers.

use crate::kind::form;
use crate::kind::trace::Around;

/// Words before the name of one person.
const SALUTATIONS: [&str; 9] = ["Herr", "Herrn", "Frau", "Hr", "Fr", "Mr", "Mrs", "Ms", "Miss"];
const TITLES: [&str; 8] = ["Dr", "Prof", "Professor", "Professorin", "Dipl.-Ing", "Dr.-Ing", "Dipl", "Ing"];
/// Offices that are held by one person, as they stand before a name.
const OFFICES: [&str; 22] = [
    "Ansprechpartner",
    "Ansprechpartnerin",
    "Ansprechperson",
    "Amtsleiter",
    "Amtsleiterin",
    "Beigeordneter",
    "Bürgermeister",
    "Bürgermeisterin",
    "Datenschutzbeauftragte",
    "Datenschutzbeauftragter",
    "Geschäftsführer",
    "Geschäftsführerin",
    "Kontakt",
    "Landrat",
    "Landrätin",
    "Leiter",
    "Leiterin",
    "Oberbürgermeister",
    "Oberbürgermeisterin",
    "Projektleiter",
    "Projektleiterin",
    "Sachbearbeiterin",
];
/// Given names that are no other word; they tell "Bürgermeisterin Petra K." from "Bürgermeister Stadt K.".
const GIVEN_NAMES: [&str; 96] = [
    "Alexander",
    "Alexandra",
    "Andrea",
    "Andreas",
    "Angela",
    "Anja",
    "Anke",
    "Anna",
    "Anne",
    "Annette",
    "Antje",
    "Barbara",
    "Bastian",
    "Bernd",
    "Bettina",
    "Birgit",
    "Björn",
    "Britta",
    "Carsten",
    "Christian",
    "Christiane",
    "Christina",
    "Christine",
    "Christoph",
    "Claudia",
    "Cornelia",
    "Daniel",
    "Daniela",
    "Dieter",
    "Dirk",
    "Doris",
    "Elke",
    "Erika",
    "Eva",
    "Fabian",
    "Felix",
    "Florian",
    "Franziska",
    "Friederike",
    "Gabriele",
    "Gerhard",
    "Hans",
    "Heike",
    "Heinz",
    "Helmut",
    "Holger",
    "Ingrid",
    "Jan",
    "Jens",
    "Joachim",
    "Johanna",
    "Johannes",
    "Jonas",
    "Julia",
    "Jürgen",
    "Karin",
    "Katharina",
    "Katja",
    "Katrin",
    "Kerstin",
    "Klaus",
    "Lars",
    "Laura",
    "Lena",
    "Lisa",
    "Manfred",
    "Maria",
    "Markus",
    "Martin",
    "Martina",
    "Matthias",
    "Max",
    "Michael",
    "Monika",
    "Nicole",
    "Nina",
    "Oliver",
    "Peter",
    "Petra",
    "Ralf",
    "Sabine",
    "Sandra",
    "Sarah",
    "Sebastian",
    "Simone",
    "Stefan",
    "Stefanie",
    "Stephan",
    "Susanne",
    "Thomas",
    "Torsten",
    "Ulrike",
    "Ute",
    "Uwe",
    "Wolfgang",
    "Yvonne",
];

/// A name after a salutation, a title or an office.
pub(crate) fn person(around: &Around<'_>) -> Option<String> {
    let first = around.word();
    let salutation = SALUTATIONS.contains(&first);
    let title = TITLES.contains(&first);
    if (salutation || title) && !around.is_hyphened(0) {
        let mut by = 1;
        while by < 5
            && (is_prefix(around.ahead(by), around.ahead(by - 1)) || OFFICES.contains(&around.ahead(by)))
        {
            by += 1;
        }
        // "Herr" and "Frau" may end a sentence or a part of one; "Dr." and "Fr." only look as if they did.
        let abbreviated = title || first.len() <= 3;
        let whole = abbreviated || !around.stops(0);
        return (whole && is_name(around.ahead(by)) && !around.is_fresh(by)).then(|| around.seen(by + 1));
    }
    let office =
        OFFICES.contains(&first) || OFFICES.iter().any(|office| first.strip_suffix(":in") == Some(office));
    (office && !around.stops(0) && GIVEN_NAMES.contains(&around.ahead(1)) && is_name(around.ahead(2)))
        .then(|| around.seen(3))
}

/// What may stand between a salutation and a name: a title, "von", and "der" only behind "von".
fn is_prefix(word: &str, before: &str) -> bool {
    TITLES.contains(&word)
        || ["von", "van", "med", "phil", "jur", "rer", "nat"].contains(&word)
        || (["der", "dem", "den", "de", "zu"].contains(&word) && ["von", "van"].contains(&before))
}

/// Whether a word has the form of a family name and is none of the nouns that follow a salutation.
fn is_name(word: &str) -> bool {
    let mut letters = word.chars();
    let capital = letters.next().is_some_and(char::is_uppercase);
    let rest = letters.as_str();
    capital
        && rest.chars().any(char::is_lowercase)
        && rest.chars().all(|c| c.is_lowercase() || c == '-' || c.is_uppercase())
        && !["Und", "Oder", "Gott", "Kollegin", "Kollege", "Mann", "Informatik", "Straße"].contains(&word)
}

pub(crate) fn mailbox(around: &Around<'_>) -> Option<String> {
    let word = around.word();
    let mail = word.strip_prefix("mailto:").unwrap_or(word);
    (form::is_mail(mail) && form::looks_personal(mail)).then(|| mail.to_owned())
}

const PHONE_SIGNS: [&str; 12] = [
    "Tel",
    "Telefon",
    "Tel.-Nr",
    "Telefonnummer",
    "Fon",
    "Phone",
    "Mobil",
    "Mobile",
    "Handy",
    "Durchwahl",
    "Rufnummer",
    "Fax",
];
/// Beginnings of numbers that are nobody's own.
const SERVICE_NUMBERS: [&str; 4] = ["0800", "0180", "0900", "0700"];

/// A number that begins with `+` or an area code, or stands behind a word for phones.
pub(crate) fn phone(around: &Around<'_>) -> Option<String> {
    let starts = |word: &str| word.starts_with(|c: char| c.is_ascii_digit() || c == '+');
    let is_piece = |word: &str| {
        word.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '/' | '-' | '–')) && !word.is_empty()
    };
    let signed = PHONE_SIGNS.contains(&around.back(1));
    if !starts(around.word()) || !is_piece(around.word()) || (is_piece(around.back(1)) && around.at > 0) {
        return None;
    }
    let mut count = 1;
    while !around.stops(count - 1) && is_piece(around.ahead(count)) {
        count += 1;
    }
    let seen = around.seen(count);
    let digits: String = seen.chars().filter(char::is_ascii_digit).collect();
    let area = seen.chars().take_while(char::is_ascii_digit).count();
    let abroad = seen.starts_with('+') || (digits.starts_with("00") && !digits.starts_with("000"));
    let national = digits.starts_with('0')
        && !digits.starts_with("00")
        && (3..=6).contains(&area)
        && area < digits.len()
        && (7..=13).contains(&digits.len());
    let service = SERVICE_NUMBERS.iter().any(|start| digits.starts_with(start));
    let fits = (abroad && (9..=15).contains(&digits.len())) || national || (signed && digits.len() >= 5);
    (fits && !service).then_some(seen)
}
