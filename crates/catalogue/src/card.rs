//! The stored card of a record: what a hit shows, and nothing else.

use crate::codes::Traits;
use crate::codes::area;
use crate::codes::codes_at;
use crate::codes::is_in_use;
use crate::codes::supports;
use crate::wording::Wording;
use record::kind::Lang;
use record::kind::tagged;
use record::statement::Content;
use record::value::Map;
use record::value::Value;
use serde::Deserialize;
use serde::Serialize;

/// `YYYY-MM-DD` in bytes.
const DATE_BYTES: usize = 10;

/// The same text in both languages; where one is missing, what there is stands for both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Both {
    de: String,
    /// The English text, where it is not the German one: nearly all cards hold every text once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    en: Option<String>,
    /// The language (BCP 47) in which the record says the German text, where that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    de_in: Option<String>,
    /// The same of the English text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    en_in: Option<String>,
}

impl Both {
    fn of(content: &Content, field: &str) -> Both {
        let say = |lang| {
            let (tag, text) = tagged(content.body(), field, lang).unwrap_or_default();
            let other = tag.filter(|tag| Lang::parse(tag) != Some(lang));
            (text.to_owned(), other.map(str::to_owned))
        };
        let ((de, de_in), (en, en_in)) = (say(Lang::De), say(Lang::En));
        Both { en: (en != de).then_some(en), de, de_in, en_in }
    }

    /// The other texts of a record. What is in neither language stands with the German, and is taken to be in the
    /// language of the title.
    fn rest(wording: &Wording, title: &Both) -> Both {
        let say = |lang| wording.body.of(lang).join("\n");
        let strange = title.de_in.clone().filter(|tag| Lang::parse(tag).is_none());
        let (de, en) = (say(Lang::De), say(Lang::En));
        Both { en: (en != de).then_some(en), de, de_in: strange, en_in: None }
    }

    /// The text for a reader of this language.
    pub(crate) fn say(&self, lang: Lang) -> &str {
        match lang {
            Lang::De => &self.de,
            Lang::En => self.en.as_deref().unwrap_or(&self.de),
        }
    }

    /// The language of what [`Both::say`] says for `of`, where a reader of `reader` does not expect it.
    pub(crate) fn foreign(&self, of: Lang, reader: Lang) -> Option<&str> {
        let said = match of {
            Lang::De => self.de_in.as_deref(),
            Lang::En => self.en_in.as_deref(),
        };
        said.or((of != reader).then_some(of.as_str()))
    }
}

/// What a hit shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Card {
    /// Whose record.
    pub(crate) publisher: String,
    /// Which record.
    pub(crate) record: String,
    /// Its kind.
    pub(crate) kind: String,
    /// Its title.
    pub(crate) title: Both,
    /// Its summary.
    pub(crate) summary: Both,
    /// Its other texts, one paragraph each, to cut snippets from.
    pub(crate) body: Both,
    /// Codes of its action fields, as the record orders them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) action_fields: Vec<String>,
    /// When the standing version was signed, in seconds.
    pub(crate) issued: u64,
    /// Until when it is valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) valid_until: Option<String>,
    /// Beginnings of regional keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) area: Vec<String>,
    /// Its first day, where it has days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) begins: Option<String>,
    /// Its last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ends: Option<String>,
    /// Services, laws and standards that it supports or asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) supports: Vec<String>,
    /// The first population class that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) population_class: Option<String>,
    /// Population class and settlement type, where it is a profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) traits: Option<(Option<String>, Option<String>)>,
    /// What its publisher uses, where it is an adoption that says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) adopts: Vec<String>,
}

impl Card {
    /// Fills in the card of a record.
    pub(crate) fn of(content: &Content, wording: &Wording) -> Card {
        let (begins, ends) = days(content.body());
        let title = Both::of(content, "title");
        Card {
            publisher: content.publisher.to_string(),
            record: content.record.to_string(),
            kind: content.kind.to_string(),
            summary: Both::of(content, "summary"),
            body: Both::rest(wording, &title),
            title,
            action_fields: codes_at(content.body(), "action_fields").collect(),
            issued: content.issued.seconds(),
            valid_until: day(content.body(), "valid_until"),
            area: area(content.body()),
            begins,
            ends,
            supports: supports(content.body()).collect(),
            population_class: codes_at(content.body(), "population_class").next(),
            traits: Traits::of(content).map(|said| (said.population_class, said.settlement_type)),
            adopts: adopts(content),
        }
    }

    /// The name of the record.
    pub(crate) fn key(&self) -> String {
        format!("{}/{}", self.publisher, self.record)
    }

    /// As [`Card::texts`], but nothing where the record says it in the other language only.
    pub(crate) fn own_texts(&self, lang: Lang) -> [&str; 3] {
        let own = |both: &'_ Both| lang == Lang::De || both.en.is_some();
        let [title, summary, body] = self.texts(lang);
        [
            if own(&self.title) { title } else { "" },
            if own(&self.summary) { summary } else { "" },
            if own(&self.body) { body } else { "" },
        ]
    }

    /// Every text in this language, the title first.
    pub(crate) fn texts(&self, lang: Lang) -> [&str; 3] {
        [self.title.say(lang), self.summary.say(lang), self.body.say(lang)]
    }
}

/// The records that an adoption names, where they are in use.
fn adopts(content: &Content) -> Vec<String> {
    let is_in_use = is_in_use(content);
    let named = ["solution", "measure"].into_iter().filter(|_| is_in_use);
    named.filter_map(|field| content.body().get(field)?.as_text().map(str::to_owned)).collect()
}

/// The day in a field; what a clock adds is left out.
fn day(body: &Map, field: &str) -> Option<String> {
    let day = body.get(field).and_then(Value::as_text)?.get(..DATE_BYTES)?;
    number(day).map(|_| day.to_owned())
}

/// The first and the last day of a record that has days: an event, a call, a deadline.
fn days(body: &Map) -> (Option<String>, Option<String>) {
    let first = |fields: [&str; 2]| fields.into_iter().find_map(|field| day(body, field));
    let begins = first(["dtstart", "open_from"]);
    let ends =
        first(["dtend", "open_until"]).or_else(|| begins.clone().filter(|_| body.contains_key("dtstart")));
    (begins, ends)
}

/// A day as a number that sorts: 20270331.
pub(crate) fn number(day: &str) -> Option<u64> {
    let digits = |from: usize, to: usize| {
        day.get(from..to).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?.parse::<u64>().ok()
    };
    let whole = day.len() == DATE_BYTES && day.get(4..5) == Some("-") && day.get(7..8) == Some("-");
    let (year, month, day) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
    (whole && (1..=12).contains(&month) && (1..=31).contains(&day)).then(|| year * 10_000 + month * 100 + day)
}

#[cfg(test)]
mod tests {
    use crate::card::number;

    #[test]
    fn days_become_numbers_that_sort() {
        assert_eq!(number("2027-03-31"), Some(20_270_331));
        for wrong in ["", "2027-3-31", "2027-13-01", "2027-03-31T", "x027-03-31", "2027/03/31"] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }
}
