//! References from one record to others, and what to say when they lead nowhere.

use crate::kind::finding::Finding;
use crate::kind::finding::Place;
use crate::kind::form;
use crate::kind::shape::Field;
use crate::kind::shape::Kind;
use crate::kind::shape::Pattern;
use crate::kind::shape::Sort;
use crate::kind::shelf;
use crate::kind::words::Lang;
use crate::value::Map;
use crate::value::Value;

/// What the asker holds under the name of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held<'a> {
    /// Nothing.
    Nothing,
    /// A record of this kind.
    Record(&'a str),
    /// A record that its publisher has withdrawn.
    Withdrawn,
    /// A publisher that is attested.
    Publisher,
}

/// One reference in a body.
#[derive(Clone, Debug)]
pub struct Link {
    /// The record it names, as `publisher/record`, or the publisher.
    pub target: String,
    /// The kinds of record that belong there; empty where any will do.
    pub refers_to: Vec<String>,
    place: Place,
}

impl Link {
    /// Where the reference stands: `solutions[0]`.
    pub fn path(&self) -> &str {
        self.place.path()
    }

    /// Whether it names a publisher and no record.
    pub fn names_publisher(&self) -> bool {
        !self.target.contains('/')
    }

    /// What to say, given what the asker holds under this name. Only a warning: the record may be on its way,
    /// or its kind may be newer than this build.
    pub fn finding(&self, held: Held<'_>) -> Option<Finding> {
        let (code, de, en) = match held {
            Held::Nothing if self.names_publisher() => (
                "publisher-not-here",
                "nennt eine Stelle, die hier nicht beglaubigt ist. Bitte prüfen Sie den Namen.",
                "names a body that is not attested here. Please check the name.",
            ),
            Held::Nothing => (
                "not-here",
                "verweist auf einen Eintrag, der hier nicht vorliegt. Bitte prüfen Sie den Verweis; vielleicht ist der Eintrag noch unterwegs.",
                "refers to a record that is not here. Please check the reference; the record may still be on its way.",
            ),
            Held::Withdrawn => (
                "withdrawn",
                "verweist auf einen Eintrag, der zurückgezogen wurde. Bitte prüfen Sie, ob der Verweis noch passt.",
                "refers to a record that was withdrawn. Please check whether the reference still makes sense.",
            ),
            Held::Record(kind)
                if !self.refers_to.is_empty() && self.refers_to.iter().all(|wanted| wanted != kind) =>
            {
                return Some(self.of_another_kind());
            }
            Held::Record(_) | Held::Publisher => return None,
        };
        Some(self.place.warning(code, de, en))
    }

    fn of_another_kind(&self) -> Finding {
        let say = |lang: Lang, or: &str| {
            let name = |kind: &String| {
                shelf::kind(kind).map_or_else(|| kind.clone(), |kind| kind.label.say(lang).to_owned())
            };
            self.refers_to.iter().map(name).collect::<Vec<_>>().join(or)
        };
        let (de, en) = (say(Lang::De, " oder "), say(Lang::En, " or "));
        self.place.warning(
            "wrong-kind",
            &format!(
                "verweist auf einen Eintrag anderer Art. Erwartet wird: {de}. Bitte prüfen Sie den Verweis."
            ),
            &format!("refers to a record of another kind. Expected: {en}. Please check the reference."),
        )
    }
}

/// Every well-formed reference of a body to a record or a publisher, in the order of the form.
pub fn links(kind: &Kind, body: &Map) -> Vec<Link> {
    let mut found = Vec::new();
    group(&kind.fields, body, &Place::default(), &mut found);
    found
}

fn group(fields: &[Field], body: &Map, place: &Place, found: &mut Vec<Link>) {
    // Naming a place costs much more than seeing that no reference can stand there.
    for field in fields.iter().filter(|field| may_refer(&field.sort)) {
        let Some(value) = body.get(&field.name) else { continue };
        let place = place.field(&field.name, &field.label);
        match value {
            Value::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    single(field, item, &place.item(at), found);
                }
            }
            value => single(field, value, &place, found),
        }
    }
}

/// Whether a field of this sort can hold a reference, itself or in a field of its own.
fn may_refer(sort: &Sort) -> bool {
    match sort {
        Sort::Reference | Sort::Pattern(Pattern::Publisher) => true,
        Sort::Group { fields } => fields.iter().any(|field| may_refer(&field.sort)),
        _ => false,
    }
}

fn single(field: &Field, value: &Value, place: &Place, found: &mut Vec<Link>) {
    match (&field.sort, value) {
        (Sort::Reference, Value::Text(target)) if form::is_reference(target) => found.push(Link {
            target: target.clone(),
            refers_to: field.refers_to.clone(),
            place: place.clone(),
        }),
        (Sort::Pattern(Pattern::Publisher), Value::Text(target))
            if form::fits(Pattern::Publisher, target) =>
        {
            found.push(Link { target: target.clone(), refers_to: Vec::new(), place: place.clone() });
        }
        (Sort::Group { fields }, Value::Map(map)) => group(fields, map, place, found),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::json;
    use crate::kind::link::Held;
    use crate::kind::link::links;
    use crate::kind::shelf::kind;
    use serde_json::json;

    #[test]
    fn references_are_found_wherever_they_stand_and_judged_by_what_is_there() {
        let id = "01910000-0000-7000-8000-000000000001";
        let body = json!({
            "solution": format!("th.jena/{id}"), "measure": "th.jena/17",
            "provider": {"name": "Stadtwerke", "publisher": "th.jena"},
            "related": [{"type": "based-on", "record": format!("sh/{id}")}]
        });
        let body = json::to_map(body.as_object().unwrap().clone()).unwrap();
        let found = links(kind("adoption").unwrap(), &body);
        let paths: Vec<&str> = found.iter().map(|link| link.path()).collect();
        assert_eq!(paths, ["solution", "provider.publisher", "related[0].record"]);
        assert_eq!(found[0].target, format!("th.jena/{id}"));
        let code = |at: usize, held| found[at].finding(held).map(|finding| finding.code);
        assert_eq!(code(0, Held::Record("solution")), None);
        assert_eq!(code(0, Held::Nothing), Some("not-here"));
        assert_eq!(code(0, Held::Withdrawn), Some("withdrawn"));
        let wrong = found[0].finding(Held::Record("event")).unwrap();
        assert_eq!(wrong.code, "wrong-kind");
        assert!(wrong.message.de.contains("Erwartet wird: Lösung."), "{}", wrong.message.de);
        assert_eq!(code(1, Held::Nothing), Some("publisher-not-here"));
        assert_eq!(code(1, Held::Publisher), None);
        assert_eq!(code(2, Held::Record("event")), None);
    }
}
