//! Traces of private and secret facts in running text: names of persons, addresses, numbers, versions, sums.
//!
//! Each rule asks for a sign beside the fact itself (a salutation, a currency, the word "Version"), because a
//! warning that is mostly wrong is soon ignored. How often they are wrong is measured on real texts by
//! `tests/private.rs`.

mod machine;
mod money;
mod people;

use crate::kind::form;
use crate::kind::shape::Private;
use crate::kind::trace::machine::address;
use crate::kind::trace::machine::host;
use crate::kind::trace::machine::version;
use crate::kind::trace::money::contract_end;
use crate::kind::trace::money::price;
use crate::kind::trace::people::mailbox;
use crate::kind::trace::people::person;
use crate::kind::trace::people::phone;

/// Traces told of one text; a text with more is known to need a look.
const TRACES_MAX: usize = 20;

/// One thing that a text should perhaps not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// What it looks like.
    pub what: Private,
    /// The words as they stand in the text.
    pub seen: String,
}

/// What looks private or secret in a text, in the order of the text for each sort; at most 20.
pub fn traces(text: &str) -> Vec<Trace> {
    let words = words(text);
    let mut found = Vec::new();
    for at in 0..words.len() {
        let around = Around { words: &words, at };
        let seen = [
            (Private::Person, person(&around)),
            (Private::Mailbox, mailbox(&around)),
            (Private::Phone, phone(&around)),
            (Private::Address, address(&around)),
            (Private::Host, host(&around)),
            (Private::Version, version(&around)),
            (Private::Price, price(&around)),
            (Private::ContractEnd, contract_end(&around)),
        ];
        let seen = seen.into_iter().filter_map(|(what, seen)| Some(Trace { what, seen: seen? }));
        found.extend(seen);
    }
    found.sort_by_key(|trace| trace.what);
    found.dedup();
    found.truncate(TRACES_MAX);
    found
}

/// A word without the marks around it.
pub(crate) struct Word<'a> {
    /// With inner marks, such as `v1.2` or `03641/49-0`.
    text: &'a str,
    /// Whether a mark that ends a sentence or a part of one stands behind it.
    stop: bool,
    /// Whether a sentence ends behind it.
    end: bool,
    /// Whether a mark that parts it from the words before stands before it.
    fresh: bool,
}

/// A dot behind a word of at most this many letters belongs to an abbreviation or a day: "ca.", "Tel.", "31.".
const ABBREVIATION_CHARS_MAX: usize = 3;

/// The words of a text; brackets and quotation marks part words, the address of a link is a word.
fn words(text: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    for paragraph in text.split("\n\n") {
        words_of(paragraph, &mut found);
        if let Some(last) = found.last_mut() {
            (last.stop, last.end) = (true, true);
        }
    }
    found
}

fn words_of<'a>(paragraph: &'a str, found: &mut Vec<Word<'a>>) {
    let parts = |c: char| c.is_whitespace() || "()[]{}<>\"„“”‚‘’»«|*`".contains(c);
    let mut fresh = true;
    for piece in paragraph.split(parts) {
        let left = piece.trim_start_matches([',', ';', ':', '!', '?', '.', '\'', '_', '-', '–', '#']);
        // A minus behind a number may belong to it, as in "1.200,-".
        let core = left.trim_end_matches([',', ';', ':', '!', '?', '.', '\'', '_', '–']);
        if core.is_empty() {
            fresh = fresh || !piece.is_empty();
            continue;
        }
        let long = core.chars().nth(ABBREVIATION_CHARS_MAX).is_some();
        let stop = left.len() > core.len() && !left.ends_with(':') && (long || !left.ends_with('.'));
        let end = stop && left.ends_with(['.', '!', '?']);
        found.push(Word { text: core, stop, end, fresh });
        fresh = false;
    }
}

/// A word and its neighbours.
pub(crate) struct Around<'a> {
    words: &'a [Word<'a>],
    pub(crate) at: usize,
}

impl<'a> Around<'a> {
    pub(crate) fn word(&self) -> &'a str {
        self.ahead(0)
    }

    /// The word this many places further on; empty beyond the end.
    pub(crate) fn ahead(&self, by: usize) -> &'a str {
        self.words.get(self.at + by).map_or("", |word| word.text)
    }

    /// The word this many places before; empty where a sentence ends in between.
    pub(crate) fn back(&self, by: usize) -> &'a str {
        let Some(from) = self.at.checked_sub(by) else { return "" };
        let mut between = self.words.iter().skip(from).take(by);
        if between.any(|word| word.end) {
            return "";
        }
        self.words.get(from).map_or("", |word| word.text)
    }

    /// Whether a sentence, or a part of one, ends with the word this many places further on.
    pub(crate) fn stops(&self, by: usize) -> bool {
        self.words.get(self.at + by).is_none_or(|word| word.stop)
    }

    /// Whether a dash or the like stands before the word this many places further on.
    pub(crate) fn is_fresh(&self, by: usize) -> bool {
        self.words.get(self.at + by).is_none_or(|word| word.fresh)
    }

    /// Whether the word goes on behind a hyphen, as in "Dr.-Schmidt-Straße"; words keep inner hyphens, so this
    /// is only so for a street of three parts.
    pub(crate) fn is_hyphened(&self, by: usize) -> bool {
        self.ahead(by + 1).contains("Straße") || self.ahead(by + 2).contains("Straße")
    }

    pub(crate) fn seen(&self, count: usize) -> String {
        let words = self.words.iter().skip(self.at).take(count);
        words.map(|word| word.text).collect::<Vec<_>>().join(" ")
    }
}

/// Whether a word is a day such as `31.12.2027`, `31.12.27`, `12/2027` or `2027-12-31`.
pub(crate) fn is_date(word: &str) -> bool {
    let number = |part: &str, most: u16| {
        (1..=4).contains(&part.len()) && part.parse::<u16>().is_ok_and(|number| (1..=most).contains(&number))
    };
    let year = |part: &str| matches!(part.len(), 2 | 4) && part.bytes().all(|b| b.is_ascii_digit());
    let split: Vec<&str> = word.split('.').collect();
    let german =
        matches!(split.as_slice(), [day, month, last] if number(day, 31) && number(month, 12) && year(last));
    let month =
        word.split_once('/').is_some_and(|(month, last)| number(month, 12) && year(last) && last.len() == 4);
    german || month || form::date(word).is_some()
}

#[cfg(test)]
mod tests {
    use crate::kind::shape::Private;
    use crate::kind::trace::traces;

    /// What is seen of one sort.
    fn seen(what: Private, text: &str) -> Vec<String> {
        traces(text).into_iter().filter(|trace| trace.what == what).map(|trace| trace.seen).collect()
    }

    fn tells(what: Private, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(!seen(what, text).is_empty(), "{what:?} is not seen in: {text}");
        }
        for text in bad {
            assert_eq!(seen(what, text), [""; 0], "{what:?} is seen in: {text}");
        }
    }

    #[test]
    fn persons_have_a_salutation_a_title_or_an_office() {
        tells(
            Private::Person,
            &[
                "Fragen beantwortet Frau Müller-Lüdenscheidt.",
                "mit Herrn Dr. von Loewe besprochen",
                "Prof. Dr. Muster hat es begleitet",
                "Bürgermeisterin Petra Muster eröffnete",
                "Ansprechpartner: Max Muster",
                "Fr. Muster, Zimmer 3",
                "ask Mrs Sample",
            ],
            &[
                "Mann und Frau. Kinder zahlen nichts",
                "für Frauen und Herren",
                "Der Herr der Ringe",
                "Die Bürgermeisterin Stadt Musterhausen",
                "in der Dr.-Schmidt-Straße",
                "Ansprechpartner: Stadt Jena",
                "Frau und Mann",
            ],
        );
    }

    #[test]
    fn mailboxes_of_persons_differ_from_those_of_offices() {
        tells(
            Private::Mailbox,
            &["Mail an erika.muster@jena.example.", "[Mail](mailto:e.muster@jena.example)"],
            &["digital@jena.example", "smart.city@jena.example", "info.bauamt@jena.example", "@jena.example"],
        );
    }

    #[test]
    fn phone_numbers_have_an_area_code_or_a_sign() {
        tells(
            Private::Phone,
            &[
                "Tel.: 49-1234 5",
                "03641/49-0",
                "unter 0170 1234567 erreichbar",
                "+49 3641 490",
                "Durchwahl 12345",
            ],
            &[
                "von 01.02.2027 bis 2028",
                "Schlüssel 160530000000",
                "0800 1234567",
                "115 anrufen",
                "2027-03-31",
                "0,5 Stellen",
                "99108008001000",
                "08:30-12:00",
            ],
        );
    }

    #[test]
    fn addresses_and_inner_names_of_computers_are_seen() {
        tells(
            Private::Address,
            &[
                "auf 10.20.30.40",
                "http://192.168.0.10:8080/x",
                "10.0.0.0/16",
                "2001:db8:0:1::17",
                "fe80::1ff:fe23:4567:890a",
            ],
            &[
                "Kapitel 1.2.3.4",
                "Version 10.20.30.40",
                "10.20.30",
                "um 10:30:00 Uhr",
                "std::vector",
                "300.20.30.40",
            ],
        );
        tells(
            Private::Host,
            &[
                "srv-db01",
                "liegt auf sql03.jena.example",
                "portal.rathaus.local",
                "\\\\fileserver\\daten",
                "https://wiki.intern/x",
            ],
            &[
                "www.jena.de",
                "Web3",
                "z.B.",
                "extern/intern",
                "jena.example",
                "IPv6",
                "LoRaWAN-868",
                "COVID-19",
            ],
        );
    }

    #[test]
    fn versions_stand_behind_their_word_or_a_name() {
        tells(
            Private::Version,
            &["Version 4.2", "mit v3.1", "Nextcloud 28.0.4", "Release 12", "läuft mit Version 7"],
            &[
                "BITV 2.0",
                "EUPL Version 1.2",
                "Creative Commons Zero Version 1.0",
                "am 12.04.2023",
                "Stand 2.3.2024",
                "OZG 2.0",
                "Industrie 4.0",
                "Kapitel 3.2.1",
                "Kosten 1.200.000",
                "eine neue Version",
                "Version 2024",
            ],
        );
    }

    #[test]
    fn sums_are_exact_unless_a_word_makes_them_a_band() {
        tells(
            Private::Price,
            &["kostet 11.900 Euro", "49 € im Monat", "10.000 €/pro Jahr", "EUR 1.299,50", "1200€"],
            &[
                "unter 5.000 Euro",
                "5.000 bis 25.000 Euro",
                "0 Euro",
                "rund 12.000 Euro",
                "Euro 7",
                "5-Euro-Ticket",
                "100 Eurobonds",
            ],
        );
    }

    #[test]
    fn ends_of_contracts_are_seen() {
        tells(
            Private::ContractEnd,
            &[
                "Der Vertrag läuft bis 31.12.2027.",
                "Vertragsende ist der 30. Juni 2028",
                "Unser Wartungsvertrag endet 2029",
                "Laufzeit bis 06/2028",
            ],
            &[
                "Kooperationsvertrag von 2019",
                "Ein Vertrag ist nötig. Bis 2028 ist Zeit",
                "Der Vertrag läuft",
            ],
        );
    }

    #[test]
    fn a_text_of_nothing_but_traces_is_told_of_briefly() {
        let text = (0..200).map(|n| format!("Frau Muster{n}a 10.0.0.{n} ")).collect::<String>();
        assert_eq!(traces(&text).len(), super::TRACES_MAX);
        assert_eq!(traces(""), []);
    }
}
