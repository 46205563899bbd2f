//! What free text should not make public: a look at every text of a body.

use crate::kind::finding::Finding;
use crate::kind::finding::Place;
use crate::kind::near::quoted;
use crate::kind::shape::Field;
use crate::kind::shape::Grade;
use crate::kind::shape::Kind;
use crate::kind::shape::Private;
use crate::kind::shape::Sort;
use crate::kind::trace::Trace;
use crate::kind::trace::traces;
use crate::value::Map;
use crate::value::Value;

/// Warnings about what looks as if it should not be public, and errors about what the kind forbids.
pub(crate) fn look(kind: &Kind, body: &Map) -> Vec<Finding> {
    let mut look = Look { kind, findings: Vec::new() };
    look.group(&kind.fields, body, &Place::default());
    look.findings
}

struct Look<'a> {
    kind: &'a Kind,
    findings: Vec<Finding>,
}

impl Look<'_> {
    fn group(&mut self, fields: &[Field], body: &Map, place: &Place) {
        for field in fields {
            let place = place.field(&field.name, &field.label);
            match body.get(&field.name) {
                Some(Value::List(items)) => {
                    for (at, item) in items.iter().enumerate() {
                        self.single(field, item, &place.item(at));
                    }
                }
                Some(value) => self.single(field, value, &place),
                None => {}
            }
        }
    }

    fn single(&mut self, field: &Field, value: &Value, place: &Place) {
        match (&field.sort, value) {
            (Sort::Text { .. }, Value::Text(text)) => self.text(field, text, place),
            (Sort::Texts { .. }, Value::Map(map)) => {
                for (tag, value) in map {
                    if let Value::Text(text) = value {
                        self.text(field, text, &place.language(tag));
                    }
                }
            }
            (Sort::Group { fields }, Value::Map(map)) => self.group(fields, map, place),
            _ => {}
        }
    }

    fn text(&mut self, field: &Field, text: &str, place: &Place) {
        for Trace { what, seen } in traces(text) {
            let grade = if self.kind.forbids.contains(&what) { Grade::Error } else { Grade::Warning };
            if field.spares.contains(&what) || self.kind.spares.contains(&what) {
                continue;
            }
            let seen = quoted(&seen);
            let (code, de, en) = sentence(what);
            self.findings.push(place.finding(
                grade,
                code,
                &de.replace("{}", &format!("„{seen}“")),
                &en.replace("{}", &format!("“{seen}”")),
            ));
        }
    }
}

/// The code of a finding and its sentences; `{}` is what was seen.
fn sentence(what: Private) -> (&'static str, &'static str, &'static str) {
    match what {
        Private::Person => (
            "private-person",
            "nennt offenbar eine Person ({}). Bitte nennen Sie die Dienststelle oder Funktion: Der Eintrag ist öffentlich und lässt sich nicht zurückholen.",
            "seems to name a person ({}). Please name the unit or role: the record is public and cannot be recalled.",
        ),
        Private::Mailbox => (
            "private-mailbox",
            "enthält offenbar die Adresse einer Person ({}). Bitte geben Sie ein Funktionspostfach an.",
            "seems to hold a person's mail address ({}). Please give an office mailbox.",
        ),
        Private::Phone => (
            "private-phone",
            "enthält eine Telefonnummer ({}). Bitte tragen Sie die Nummer der Dienststelle bei der Kontaktstelle ein und lassen Sie Durchwahlen und Mobilnummern weg.",
            "holds a phone number ({}). Please enter the number of the unit at the contact point, and leave out direct and mobile numbers.",
        ),
        Private::Address => (
            "private-address",
            "enthält eine IP-Adresse ({}). Bitte entfernen Sie sie: Sie hilft Angreifern und niemandem sonst.",
            "holds an IP address ({}). Please remove it: it helps attackers and nobody else.",
        ),
        Private::Host => (
            "private-host",
            "nennt einen internen Rechner ({}). Bitte entfernen Sie den Namen: Er hilft Angreifern und niemandem sonst.",
            "names an internal computer ({}). Please remove the name: it helps attackers and nobody else.",
        ),
        Private::Version => (
            "private-version",
            "nennt die Version einer Software ({}). Bitte lassen Sie sie weg: Wer sie kennt, kennt auch ihre Lücken.",
            "names the version of a software ({}). Please leave it out: whoever knows it knows its weak points.",
        ),
        Private::Price => (
            "private-price",
            "nennt einen genauen Betrag ({}). Bitte nennen Sie eine Spanne, zum Beispiel „unter 5.000 Euro“, oder nutzen Sie die Felder zum Aufwand.",
            "names an exact sum ({}). Please give a band such as “under 5,000 euros”, or use the fields about effort.",
        ),
        Private::ContractEnd => (
            "private-contract-end",
            "verrät, wann ein Vertrag endet ({}). Bitte lassen Sie den Zeitpunkt weg: Er gehört nicht in einen öffentlichen Eintrag.",
            "tells when a contract ends ({}). Please leave the date out: it does not belong in a public record.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::json;
    use crate::kind::private::look;
    use crate::kind::shape::Grade;
    use crate::kind::shelf::kind;
    use serde_json::json;

    fn found(name: &str, body: serde_json::Value) -> Vec<(String, &'static str, Grade)> {
        let body = json::to_map(body.as_object().unwrap().clone()).unwrap();
        let findings = look(kind(name).unwrap(), &body);
        findings.into_iter().map(|finding| (finding.path, finding.code, finding.grade)).collect()
    }

    #[test]
    fn what_an_adoption_must_not_say_is_an_error_and_elsewhere_a_warning() {
        let text = "Version 4.2 auf srv-db01.intern, 10.20.30.40, 11.900 Euro, Vertrag endet am 31.12.2027";
        let codes =
            ["private-version", "private-host", "private-address", "private-price", "private-contract-end"];
        for (name, field, grade) in
            [("adoption", "what_helped", Grade::Error), ("measure", "approach", Grade::Warning)]
        {
            let seen = found(name, json!({field: {"de": text}}));
            let mut seen: Vec<_> = seen.iter().map(|(_, code, at)| (*code, *at)).collect();
            let mut wanted: Vec<_> = codes.iter().map(|code| (*code, grade)).collect();
            seen.sort();
            wanted.sort();
            assert_eq!(seen, wanted, "{name}");
        }
    }

    #[test]
    fn every_text_is_looked_at_and_what_a_field_spares_is_let_through() {
        let body = json!({
            "challenge": {"de": "Bitte bei Frau Muster melden."},
            "steps": [{"de": "Anruf unter 03641 123456"}, {"de": "nichts"}],
            "contact_point": {"role": {"de": "Herr Muster"}, "phone": "03641 123456"},
        });
        let paths: Vec<_> = found("measure", body).into_iter().map(|(path, code, _)| (path, code)).collect();
        let wanted = [
            ("challenge.de", "private-person"),
            ("steps[0].de", "private-phone"),
            ("contact_point.role.de", "private-person"),
        ];
        let wanted: Vec<_> = wanted.into_iter().map(|(path, code)| (path.to_owned(), code)).collect();
        assert!(wanted.iter().all(|one| paths.contains(one)) && paths.len() == wanted.len(), "{paths:?}");
        assert_eq!(
            found(
                "solution",
                json!({"software_version": "Version 4.2.1", "features": [{"de": "Version 4.2.1"}]})
            ),
            []
        );
    }
}
