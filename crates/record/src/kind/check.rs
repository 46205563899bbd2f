//! The check before publishing: every rule of a kind against a body.

use crate::kind::finding::Finding;
use crate::kind::finding::Place;
use crate::kind::finding::expected;
use crate::kind::form;
use crate::kind::near::choice;
use crate::kind::near::nearest;
use crate::kind::near::quoted;
use crate::kind::private;
use crate::kind::rule;
use crate::kind::rule::holds;
use crate::kind::rule::is_empty;
use crate::kind::shape::Field;
use crate::kind::shape::Kind;
use crate::kind::shape::Required;
use crate::kind::shape::Sort;
use crate::kind::shelf::vocabulary;
use crate::kind::words::Words;
use crate::value::Map;
use crate::value::Value;
use jiff::Span;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Findings of one check; a body with more is beyond mending by list.
const FINDINGS_MAX: usize = 500;

/// Everything there is to mend in a body, at most 500 findings: the single fields in the order of the form,
/// then what hangs on several fields, then what free text should not make public.
///
/// It is the duty of whoever publishes; no node refuses a record of another for it. The body is taken as [`crate::kind::normalise`] leaves it. Unknown fields are warned of, never refused.
pub fn check(kind: &Kind, body: &Map, today: Date) -> Vec<Finding> {
    let mut walk = Walk { today, findings: Vec::new() };
    walk.group(&kind.fields, body, &Place::default());
    walk.findings.extend(rule::breaches(kind, body));
    walk.findings.extend(private::look(kind, body));
    walk.findings.truncate(FINDINGS_MAX);
    walk.findings
}

struct Walk {
    today: Date,
    findings: Vec<Finding>,
}

impl Walk {
    fn error(&mut self, place: &Place, code: &'static str, de: &str, en: &str) {
        self.findings.push(place.error(code, de, en));
    }

    fn warn(&mut self, place: &Place, code: &'static str, de: &str, en: &str) {
        self.findings.push(place.warning(code, de, en));
    }

    fn group(&mut self, fields: &[Field], body: &Map, place: &Place) {
        for field in fields {
            let place = place.field(&field.name, &field.label);
            match body.get(&field.name) {
                Some(value) if !is_empty(value) => {
                    self.field(field, value, &place);
                    self.deadline(field, value, &place);
                    self.order(field, fields, body, &place);
                }
                _ => self.missing(field, fields, body, &place),
            }
        }
        for name in body.keys().filter(|name| fields.iter().all(|field| field.name != **name)) {
            if self.findings.len() > FINDINGS_MAX {
                return;
            }
            self.unknown(name, fields, place);
        }
    }

    fn missing(&mut self, field: &Field, siblings: &[Field], body: &Map, place: &Place) {
        match &field.required {
            Required::Always => self.error(
                place,
                "required",
                "fehlt. Bitte füllen Sie dieses Feld aus.",
                "is missing. Please fill in this field.",
            ),
            Required::Recommended => self.warn(
                place,
                "recommended",
                "ist leer. Die Angabe ist freiwillig, hilft anderen Kommunen aber sehr.",
                "is empty. It is optional, but helps other municipalities a great deal.",
            ),
            Required::When { field, codes } if body.get(field).is_some_and(|value| holds(value, codes)) => {
                let Words { de, en } = label(siblings, field);
                self.error(
                    place,
                    "required-when",
                    &format!(
                        "fehlt. Bitte füllen Sie dieses Feld aus; Ihre Angabe im Feld „{de}“ verlangt es."
                    ),
                    &format!("is missing. Please fill it in; your answer in “{en}” asks for it."),
                );
            }
            Required::When { .. } | Required::Never => {}
        }
    }

    fn unknown(&mut self, name: &str, fields: &[Field], place: &Place) {
        let seen = if name.is_empty() { "\"\"".to_owned() } else { quoted(name) };
        let place = place.field(&seen, &Words { de: seen.clone(), en: seen.clone() });
        match nearest(name, fields.iter().map(|field| field.name.as_str())) {
            Some(near) => {
                let Words { de, en } = label(fields, near);
                self.warn(
                    &place,
                    "unknown-field",
                    &format!("ist als Feld nicht bekannt. Meinten Sie {near} („{de}“)?"),
                    &format!("is not a known field. Did you mean {near} (“{en}”)?"),
                );
            }
            None => self.warn(
                &place,
                "unknown-field",
                "ist als Feld nicht bekannt. Es wird unverändert veröffentlicht; entfernen Sie es, wenn es ein Versehen ist.",
                "is not a known field. It is published as it is; remove it if it stands there by mistake.",
            ),
        }
    }

    fn field(&mut self, field: &Field, value: &Value, place: &Place) {
        match (field.repeated, value) {
            (None, value) => self.single(&field.sort, value, place),
            (Some(max), Value::List(items)) => {
                if items.len() > max {
                    let (has, max) = (items.len(), max);
                    self.error(
                        place,
                        "too-many",
                        &format!("hat {has} Einträge; erlaubt sind höchstens {max}. Bitte wählen Sie aus."),
                        &format!("has {has} items; at most {max} are allowed. Please choose."),
                    );
                } else if items.len() < field.items_recommended {
                    let (has, want) = (items.len(), field.items_recommended);
                    self.warn(
                        place,
                        "few-items",
                        &format!("hat nur {has} Einträge; empfohlen sind mindestens {want}."),
                        &format!("has only {has} items; at least {want} are recommended."),
                    );
                }
                for (at, item) in items.iter().enumerate().take(max) {
                    self.single(&field.sort, item, &place.item(at));
                }
                self.twice(field, items, place);
            }
            (Some(_), _) => self.error(
                place,
                "list",
                "muss eine Liste sein. Bitte schreiben Sie die Angaben als Liste.",
                "must be a list. Please write the values as a list.",
            ),
        }
    }

    fn single(&mut self, sort: &Sort, value: &Value, place: &Place) {
        let form = match (sort, value) {
            (Sort::Text { max_chars, multiline }, Value::Text(text)) => {
                return self.text(text, *max_chars, *multiline, place);
            }
            (Sort::Texts { max_chars, markdown }, Value::Map(map)) => {
                return self.texts(map, *max_chars, *markdown, place);
            }
            (Sort::Code { vocabulary: name }, Value::Text(code)) => return self.code(name, code, place),
            (Sort::Group { fields }, Value::Map(map)) => return self.group(fields, map, place),
            (Sort::Uint { min, max }, Value::Uint(number)) => return self.number(*number, *min, *max, place),
            (Sort::Mail, Value::Text(text)) if form::is_mail(text) => return self.mailbox(text, place),
            (Sort::Bool, Value::Bool(_)) | (Sort::Bytes, Value::Bytes(_)) => true,
            (Sort::Moment, Value::Uint(seconds)) => *seconds <= crate::bounds::MOMENT_MAX,
            (Sort::Date, Value::Text(text)) => form::date(text).is_some(),
            (Sort::Url, Value::Text(text)) => form::is_url(text),
            (Sort::Pattern(pattern), Value::Text(text)) => form::fits(*pattern, text),
            (Sort::Reference, Value::Text(text)) => form::is_reference(text),
            _ => false,
        };
        if !form {
            let (de, en) = expected(sort);
            let seen = value.as_text().map(|text| format!(" („{}“)", quoted(text))).unwrap_or_default();
            self.error(
                place,
                "form",
                &format!("hat nicht die richtige Form{seen}. Erwartet wird {de}."),
                &format!("does not have the right form{seen}. Expected: {en}."),
            );
        }
    }

    fn text(&mut self, text: &str, max_chars: usize, multiline: bool, place: &Place) {
        let chars = text.chars().count();
        if chars > max_chars {
            self.error(
                place,
                "too-long",
                &format!(
                    "ist mit {chars} Zeichen zu lang; erlaubt sind {max_chars}. Bitte kürzen Sie den Text."
                ),
                &format!("is too long with {chars} characters; {max_chars} are allowed. Please shorten it."),
            );
        }
        let unwritable = |c: char| c.is_control() && !(multiline && matches!(c, '\n' | '\t'));
        if text.chars().any(unwritable) {
            self.error(
                place,
                "control-characters",
                "enthält einen Zeilenumbruch oder ein Steuerzeichen. Bitte schreiben Sie den Text in eine Zeile.",
                "contains a line break or control character. Please write it in one line.",
            );
        }
    }

    fn texts(&mut self, map: &Map, max_chars: usize, markdown: bool, place: &Place) {
        for (tag, value) in map {
            if !form::is_language(tag) {
                let tag = quoted(tag);
                self.error(
                    place,
                    "language",
                    &format!("nennt die Sprache „{tag}“. Bitte verwenden Sie ein Kürzel wie de oder en."),
                    &format!("names the language “{tag}”. Please use a tag such as de or en."),
                );
                continue;
            }
            let place = place.language(tag);
            match value {
                Value::Text(text) if text.trim().is_empty() => self.error(
                    &place,
                    "empty",
                    "ist leer. Bitte schreiben Sie einen Text oder lassen Sie die Sprache weg.",
                    "is empty. Please write a text or leave the language out.",
                ),
                Value::Text(text) => self.text(text, max_chars, markdown, &place),
                _ => self.error(
                    &place,
                    "form",
                    "hat nicht die richtige Form. Erwartet wird ein Text.",
                    "does not have the right form. Expected: a text.",
                ),
            }
        }
    }

    fn code(&mut self, name: &str, code: &str, place: &Place) {
        let Some(vocabulary) = vocabulary(name) else { return };
        if vocabulary.term(code).is_some() {
            return;
        }
        let seen = quoted(code);
        if vocabulary.open {
            return self.warn(
                place,
                "vocabulary-open",
                &format!(
                    "enthält „{seen}“; der Wert steht nicht in der Liste. Bitte prüfen Sie die Schreibweise."
                ),
                &format!("holds “{seen}”, which is not in the list. Please check the spelling."),
            );
        }
        let Words { de, en } = choice(vocabulary, code);
        self.error(
            place,
            "vocabulary",
            &format!("enthält „{seen}“; der Wert steht nicht in der Liste. {de}"),
            &format!("holds “{seen}”, which is not in the list. {en}"),
        );
    }

    fn number(&mut self, number: u64, min: u64, max: u64, place: &Place) {
        if !(min..=max).contains(&number) {
            self.error(
                place,
                "range",
                &format!(
                    "ist {number}; erlaubt sind ganze Zahlen von {min} bis {max}. Bitte prüfen Sie die Zahl."
                ),
                &format!("is {number}; whole numbers from {min} to {max} are allowed. Please check it."),
            );
        }
    }

    fn mailbox(&mut self, mail: &str, place: &Place) {
        if form::looks_personal(mail) {
            self.warn(
                place,
                "personal-mailbox",
                "sieht nach der Adresse einer Person aus. Bitte geben Sie ein Funktionspostfach an, denn der Eintrag ist öffentlich und lässt sich nicht zurückholen.",
                "looks like a person's address. Please give an office mailbox: the record is public and cannot be recalled.",
            );
        }
    }

    /// A day that is to lie ahead, but not too far; or one that is to have come.
    fn deadline(&mut self, field: &Field, value: &Value, place: &Place) {
        let day = value.as_text().and_then(form::date);
        if field.not_after_today && day.is_some_and(|day| day > self.today) {
            self.error(
                place,
                "future",
                "liegt in der Zukunft. Bitte geben Sie einen Tag an, der schon war.",
                "lies in the future. Please give a day that has come.",
            );
        }
        let Some(months) = field.months_ahead_max else { return };
        let Some(date) = value.as_text().and_then(form::date) else { return };
        let span = Span::new().try_months(i64::from(months));
        let latest = span.and_then(|span| self.today.checked_add(span));
        if date < self.today {
            self.error(
                place,
                "past",
                "liegt in der Vergangenheit. Bitte prüfen Sie den Eintrag und geben Sie einen neuen Tag an.",
                "lies in the past. Please review the record and give a new day.",
            );
        } else if let Some(latest) = latest.ok().filter(|latest| date > *latest) {
            self.error(
                place,
                "too-late",
                &format!(
                    "liegt zu weit in der Zukunft. Möglich ist höchstens der {latest} ({months} Monate)."
                ),
                &format!("lies too far ahead. The latest possible day is {latest} ({months} months)."),
            );
        }
    }

    /// Two days, moments or numbers of which the second is not to be the smaller.
    fn order(&mut self, field: &Field, siblings: &[Field], body: &Map, place: &Place) {
        let Some(first) = &field.not_before else { return };
        let Some((from, to)) = body.get(first).zip(body.get(&field.name)) else { return };
        let Words { de, en } = label(siblings, first);
        if from.as_uint().zip(to.as_uint()).is_some_and(|(from, to)| to < from)
            && matches!(field.sort, Sort::Uint { .. })
        {
            self.error(
                place,
                "number-order",
                &format!("ist kleiner als die Angabe im Feld „{de}“. Bitte prüfen Sie die Zahlen."),
                &format!("is smaller than the value of “{en}”. Please check the numbers."),
            );
        } else if comes_before(to, from) {
            self.error(
                place,
                "date-order",
                &format!("liegt vor der Angabe im Feld „{de}“. Bitte prüfen Sie die Reihenfolge."),
                &format!("lies before the value of “{en}”. Please check the order."),
            );
        }
    }

    /// Items of a list that should differ and do not.
    fn twice(&mut self, field: &Field, items: &[Value], place: &Place) {
        let Some(key) = &field.unique_by else { return };
        let mut seen = BTreeSet::new();
        for (at, item) in items.iter().enumerate() {
            let value = item.as_map().and_then(|map| map.get(key)).and_then(Value::as_text);
            if let Some(value) = value.filter(|value| !seen.insert(*value)) {
                let value = quoted(value);
                self.error(
                    &place.item(at),
                    "twice",
                    &format!(
                        "nennt „{value}“ ein zweites Mal. Bitte fassen Sie die beiden Einträge zusammen."
                    ),
                    &format!("names “{value}” a second time. Please make one item of the two."),
                );
            }
        }
    }
}

/// Whether one day, moment or minute comes before another. A day and a minute of it come together.
fn comes_before(one: &Value, other: &Value) -> bool {
    if let Some((one, other)) = one.as_uint().zip(other.as_uint()) {
        return one < other;
    }
    // ISO 8601 sorts like text, once both are as exact as each other.
    let time = |value: &'_ Value| value.as_text().filter(|text| form::is_local_time(text)).map(str::to_owned);
    time(one).zip(time(other)).is_some_and(|(one, other)| {
        let exact = one.len().min(other.len());
        one.get(..exact) < other.get(..exact)
    })
}

/// What people call the field of this name.
fn label(fields: &[Field], name: &str) -> Words {
    let field = fields.iter().find(|field| field.name == name);
    field.map_or_else(|| Words { de: name.to_owned(), en: name.to_owned() }, |field| field.label.clone())
}

#[cfg(test)]
mod tests {
    use crate::json;
    use crate::kind::check::check;
    use crate::kind::finding::Finding;
    use crate::kind::normal::normalise;
    use crate::kind::shape::Grade;
    use crate::kind::shelf::kind;
    use jiff::civil::date;
    use serde_json::Value as Json;
    use serde_json::json;

    fn idea() -> Json {
        json!({
            "title": "Baumbewässerung mit Sensoren", "summary": "Sensoren melden, welche Bäume Wasser brauchen.",
            "action_fields": ["climate"], "area": ["16"], "valid_until": "2027-11-30", "measure_type": "data",
            "phase": "idea", "challenge": "Dürre", "approach": "Messen", "lessons": "Früher fragen",
            "evidence_level": "claimed", "transferability": {"data": "Baumkataster"},
            "contact_point": {"role": "Stadtgrün", "mail": "gruen@jena.example"}
        })
    }

    fn findings(body: Json) -> Vec<Finding> {
        let Json::Object(object) = body else { panic!("an object") };
        let kind = kind("measure").unwrap();
        let body = normalise(kind, json::to_map(object).unwrap());
        check(kind, &body, date(2026, 11, 22))
    }

    /// Path and rule of each finding for an idea with some fields changed.
    fn with(changes: Json) -> Vec<(String, &'static str)> {
        let mut body = idea();
        for (key, value) in changes.as_object().unwrap() {
            body[key] = value.clone();
        }
        findings(body).into_iter().map(|finding| (finding.path, finding.code)).collect()
    }

    fn at(path: &str, code: &'static str) -> Vec<(String, &'static str)> {
        vec![(path.to_owned(), code)]
    }

    #[test]
    fn a_complete_idea_passes() {
        assert_eq!(findings(idea()), []);
    }

    #[test]
    fn an_empty_body_lacks_what_is_always_required() {
        let missing = findings(json!({}));
        let paths = missing
            .iter()
            .filter(|finding| finding.grade == Grade::Error)
            .map(|finding| finding.path.as_str());
        let expected = [
            "title",
            "summary",
            "measure_type",
            "phase",
            "challenge",
            "approach",
            "action_fields",
            "area",
            "evidence_level",
            "valid_until",
        ];
        assert_eq!(paths.collect::<Vec<_>>(), expected);
        assert_eq!(missing[0].message.de, "„Titel“ fehlt. Bitte füllen Sie dieses Feld aus.");
        assert_eq!(missing[0].message.en, "“Title” is missing. Please fill in this field.");
    }

    #[test]
    fn the_phase_decides_what_else_is_required() {
        let paths: Vec<_> = with(json!({"phase": "permanent"})).into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["results", "risks", "privacy", "effort", "operations"]);
        let message =
            &findings(json!({"phase": "pilot"})).into_iter().find(|f| f.path == "effort").unwrap().message;
        assert!(message.de.contains("Ihre Angabe im Feld „Bearbeitungsstand“ verlangt es"), "{}", message.de);
    }

    #[test]
    fn groups_are_checked_inside() {
        let effort = json!({"fte_band": "0.2-0.5", "months": 900, "one_off_band": "5k-26k"});
        assert_eq!(
            with(json!({"effort": effort})),
            [("effort.months".to_owned(), "range"), ("effort.one_off_band".to_owned(), "vocabulary")]
        );
        let risks = json!([{"type": "none-known"}, {"type": "cost"}]);
        assert_eq!(with(json!({"risks": risks})), at("risks[1].text", "required-when"));
        assert_eq!(with(json!({"ai_use": {"used": true}})), at("ai_use.ai_act_class", "required-when"));
        let finding = &findings(json!({"risks": [{"type": "costs", "text": "x"}]}));
        let finding = finding.iter().find(|finding| finding.code == "vocabulary").unwrap();
        assert_eq!(
            finding.message.de,
            "„Risiken und Nebenwirkungen (1. Eintrag): Art des Risikos“ enthält „costs“; der Wert steht nicht \
             in der Liste. Meinten Sie cost (Kosten)?"
        );
    }

    #[test]
    fn lengths_and_lines_are_bounded() {
        assert_eq!(with(json!({"summary": {"de": "ä".repeat(150)}})), []);
        assert_eq!(with(json!({"summary": {"de": "ä".repeat(151)}})), at("summary.de", "too-long"));
        assert_eq!(with(json!({"title": "zwei\nZeilen"})), at("title.de", "control-characters"));
        assert_eq!(with(json!({"title": {"Deutsch": "x"}})), at("title", "language"));
        let many: Vec<_> = (0..13).map(|n| n.to_string()).collect();
        assert_eq!(with(json!({"keywords": many})), at("keywords", "too-many"));
    }

    #[test]
    fn days_have_a_form_an_order_and_an_end() {
        for (day, code) in [("2026-11-21", "past"), ("2028-11-23", "too-late"), ("30.11.2027", "form")] {
            assert_eq!(with(json!({"valid_until": day})), at("valid_until", code), "{day}");
        }
        assert_eq!(with(json!({"valid_until": "2028-11-22"})), []);
        let organisation = kind("organisation").unwrap();
        let body = json!({"ars_valid_from": "2020-01-01", "ars_valid_to": "2019-12-31"});
        let body = json::to_map(body.as_object().unwrap().clone()).unwrap();
        let found = check(organisation, &body, date(2026, 11, 22));
        assert!(found.iter().any(|finding| finding.code == "date-order" && finding.path == "ars_valid_to"));
    }

    #[test]
    fn single_values_keep_their_form() {
        assert_eq!(with(json!({"area": ["16053"]})), []);
        assert_eq!(with(json!({"area": ["1605"]})), at("area[0]", "form"));
        assert_eq!(with(json!({"solutions": ["th.jena/1"]})), at("solutions[0]", "form"));
        assert_eq!(with(json!({"stage": [1, 5]})), at("stage[1]", "range"));
        assert_eq!(with(json!({"phase": ["idea"]})), at("phase", "form"));
        let personal = json!({"role": "Amt", "mail": "erika.muster@jena.example"});
        assert_eq!(with(json!({"contact_point": personal})), at("contact_point.mail", "personal-mailbox"));
    }

    #[test]
    fn unknown_fields_are_warned_of_and_never_refused() {
        let found = findings(json!({"challange": "x"}));
        let finding = found.iter().find(|finding| finding.code == "unknown-field").unwrap();
        assert_eq!(finding.grade, Grade::Warning);
        assert_eq!(
            finding.message.de,
            "„challange“ ist als Feld nicht bekannt. Meinten Sie challenge („Ausgangslage“)?"
        );
        assert_eq!(with(json!({"wetter": {"heute": [1]}})), at("wetter", "unknown-field"));
        assert_eq!(with(json!({"": true})), at("\"\"", "unknown-field"));
    }

    #[test]
    fn codes_of_open_lists_are_only_warned_of() {
        let solution = kind("solution").unwrap();
        let body = json!({"categories": ["trasparenza"], "platforms": ["web"]});
        let body = json::to_map(body.as_object().unwrap().clone()).unwrap();
        let found = check(solution, &body, date(2026, 11, 22));
        let finding = found.iter().find(|finding| finding.path == "categories[0]").unwrap();
        assert_eq!((finding.code, finding.grade), ("vocabulary-open", Grade::Warning));
        assert!(found.iter().all(|finding| !finding.path.starts_with("platforms")));
    }
}
