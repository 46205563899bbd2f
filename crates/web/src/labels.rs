//! What people call kinds, codes and Länder.

use crate::words::Say;
use crate::words::fill;
use record::kind;
use record::kind::Lang;
use record::name::LANDS;

/// The vocabulary of the action fields.
const ACTION_FIELDS: &str = "action-field";

/// What people call one record of a kind; an unknown kind stands for itself.
pub(crate) fn kind_one(name: &str, lang: Lang) -> String {
    kind::kind(name).map_or_else(|| name.to_owned(), |kind| kind.label.say(lang).to_owned())
}

/// What people call several records of a kind.
pub(crate) fn kind_many(name: &str, lang: Lang) -> String {
    kind::kind(name).map_or_else(|| name.to_owned(), |kind| kind.plural.say(lang).to_owned())
}

/// What people call a code of a vocabulary; an unknown code stands for itself.
pub(crate) fn term(vocabulary: &str, code: &str, lang: Lang) -> String {
    kind::vocabulary(vocabulary)
        .and_then(|vocabulary| vocabulary.term(code))
        .map_or_else(|| code.to_owned(), |term| term.label.say(lang).to_owned())
}

/// What people call an action field.
pub(crate) fn action_field(code: &str, lang: Lang) -> String {
    term(ACTION_FIELDS, code, lang)
}

/// All action fields, in the order of the vocabulary: code and name.
pub(crate) fn action_fields(lang: Lang) -> Vec<(&'static str, &'static str)> {
    let terms = kind::vocabulary(ACTION_FIELDS).map_or(&[][..], |vocabulary| &vocabulary.terms);
    terms.iter().map(|term| (term.code.as_str(), term.label.say(lang))).collect()
}

/// A stage by its number and name, as on the home page; what is no stage stands for itself.
pub(crate) fn stage(number: &str, w: &Say) -> String {
    let title = match number {
        "1" => w.stage_1,
        "2" => w.stage_2,
        "3" => w.stage_3,
        "4" => w.stage_4,
        other => return other.to_owned(),
    };
    format!("{}: {title}", fill(w.stage, &[("n", number)]))
}

/// The name of a Land by its first label.
pub(crate) fn land(label: &str) -> &str {
    LANDS.iter().find(|(known, _)| *known == label).map_or(label, |(_, name)| name)
}
