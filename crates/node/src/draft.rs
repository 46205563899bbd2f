//! From a draft to what is signed: normal form, defaults that the node knows, and the check of the kind.

use crate::publishing::Saying;
use exchange::draft::Draft;
use jiff::ToSpan as _;
use jiff::civil::Date;
use record::kind::Finding;
use record::kind::Grade;
use record::kind::check;
use record::kind::kind;
use record::kind::normalise;
use record::statement::Said;
use record::value::Map;
use record::value::Value;

/// Months that a record is valid where the draft does not say until when.
const VALID_MONTHS: i32 = 12;
/// The licence of the texts where the draft names none: they may be used by everybody.
const CONTENT_LICENCE: &str = "CC0-1.0";

/// What the node adds to a draft that leaves it out.
#[derive(Clone, Debug)]
pub(crate) struct Defaults {
    pub(crate) today: Date,
    /// The regional key of this publisher.
    pub(crate) ars: Option<String>,
    /// What the standing version of the record says, so that publishing it again unchanged stays unchanged.
    pub(crate) standing: Map,
}

/// A draft in normal form with what the check has to say about it.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    pub(crate) draft: Draft,
    pub(crate) schema: u64,
    pub(crate) findings: Vec<Finding>,
}

impl Checked {
    /// Brings a draft into normal form, fills in defaults, and checks it. Unknown kinds are not checked.
    pub(crate) fn of(draft: Draft, defaults: &Defaults) -> Checked {
        let Some(kind) = kind(draft.kind.as_str()) else {
            return Checked { draft, schema: 1, findings: Vec::new() };
        };
        let mut body = normalise(kind, draft.body);
        let mut default = |field: &str, value: Option<Value>| {
            if let (Some(_), Some(value), false) = (kind.field(field), value, body.contains_key(field)) {
                body.insert(field.to_owned(), value);
            }
        };
        default("valid_until", Some(defaults.valid_until()));
        default("content_licence", Some(CONTENT_LICENCE.into()));
        default("area", defaults.ars.as_deref().map(|ars| vec![Value::from(ars)].into()));
        let findings = check(kind, &body, defaults.today);
        Checked { draft: Draft { body, ..draft }, schema: kind.version, findings }
    }

    /// Whether an error stands against publishing.
    pub(crate) fn is_refused(&self) -> bool {
        self.findings.iter().any(|finding| finding.grade == Grade::Error)
    }

    /// What the keeper is asked to sign.
    pub(crate) fn saying(self, expected: Option<u64>) -> Saying {
        Saying {
            kind: self.draft.kind,
            schema: self.schema,
            record: self.draft.record,
            said: Said::Body(self.draft.body),
            expected,
        }
    }
}

impl Defaults {
    /// As long as the standing version says, if that is still to come; else a year from today.
    fn valid_until(&self) -> Value {
        let standing = self.standing.get("valid_until").and_then(Value::as_text);
        match standing.filter(|text| text.parse::<Date>().is_ok_and(|until| until >= self.today)) {
            Some(standing) => standing.into(),
            None => self.today.saturating_add(VALID_MONTHS.months()).to_string().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::draft::Checked;
    use crate::draft::Defaults;
    use exchange::draft::Draft;
    use exchange::draft::Form;
    use record::value::Map;

    const TEXT: &str = "kind = \"organisation\"\ntitle = \"Stadt Jena\"\nname = \"Stadt Jena\"\n";

    fn defaults(today: &str, standing: Map) -> Defaults {
        Defaults { today: today.parse().unwrap(), ars: Some("160530000000".to_owned()), standing }
    }

    #[test]
    fn publishing_the_same_again_next_month_says_the_same() {
        let draft = Draft::read(TEXT, Form::Toml).unwrap();
        let first = Checked::of(draft.clone(), &defaults("2026-11-02", Map::new()));
        let body = first.draft.body.clone();
        assert_eq!(body.get("valid_until").and_then(|until| until.as_text()), Some("2027-11-02"));
        let second = Checked::of(draft.clone(), &defaults("2026-12-02", body.clone()));
        assert_eq!(second.draft.body, body);
        let overdue = Checked::of(draft, &defaults("2028-01-01", body));
        assert_eq!(
            overdue.draft.body.get("valid_until").and_then(|until| until.as_text()),
            Some("2029-01-01")
        );
    }

    #[test]
    fn what_is_missing_stands_against_publishing() {
        let draft = Draft::read(TEXT, Form::Toml).unwrap();
        let checked = Checked::of(draft, &defaults("2026-11-02", Map::new()));
        assert!(checked.is_refused());
        assert!(
            checked.findings.iter().any(|finding| finding.path == "summary" && finding.code == "required")
        );
    }
}
