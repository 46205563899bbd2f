//! The stored card of a record: what a hit shows, and nothing else.

use crate::wording::Wording;
use record::kind::Lang;
use record::kind::texts;
use record::statement::Content;
use record::value::Value;
use serde::Deserialize;
use serde::Serialize;

/// Action fields and stages of one record that are taken up, at most.
const CODES_MAX: usize = 16;
/// One such code in bytes; longer ones are passed over.
const CODE_BYTES_MAX: usize = 64;
/// `YYYY-MM-DD` in bytes.
const DATE_BYTES: usize = 10;

/// The same text in both languages; where one is missing, both hold what there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Both {
    de: String,
    en: String,
}

impl Both {
    fn of(content: &Content, field: &str) -> Both {
        let say = |lang| texts(content.body(), field, lang).unwrap_or_default().to_owned();
        Both { de: say(Lang::De), en: say(Lang::En) }
    }

    /// The text for a reader of this language.
    pub(crate) fn say(&self, lang: Lang) -> &str {
        match lang {
            Lang::De => &self.de,
            Lang::En => &self.en,
        }
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
    pub(crate) action_fields: Vec<String>,
    /// When the standing version was signed, in seconds.
    pub(crate) issued: u64,
    /// Until when it is valid.
    pub(crate) valid_until: Option<String>,
}

impl Card {
    /// Fills in the card of a record.
    pub(crate) fn of(content: &Content, wording: &Wording) -> Card {
        let valid_until = content.body().get("valid_until").and_then(Value::as_text);
        Card {
            publisher: content.publisher.to_string(),
            record: content.record.to_string(),
            kind: content.kind.to_string(),
            title: Both::of(content, "title"),
            summary: Both::of(content, "summary"),
            body: Both { de: wording.body.de.join("\n"), en: wording.body.en.join("\n") },
            action_fields: codes(content.body().get("action_fields")),
            issued: content.issued.seconds(),
            valid_until: valid_until.filter(|date| date.len() == DATE_BYTES).map(str::to_owned),
        }
    }
}

/// The codes of a list, or the one code, without doubles; whole numbers count as codes.
pub(crate) fn codes(value: Option<&Value>) -> Vec<String> {
    let items = match value {
        Some(Value::List(items)) => items.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let mut codes: Vec<String> = Vec::new();
    for item in items {
        let code = match item {
            Value::Text(text) if (1..=CODE_BYTES_MAX).contains(&text.len()) => text.clone(),
            Value::Uint(number) => number.to_string(),
            _ => continue,
        };
        if !codes.contains(&code) {
            codes.push(code);
        }
        if codes.len() == CODES_MAX {
            break;
        }
    }
    codes
}
