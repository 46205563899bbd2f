//! Keeping persons out: everything published is public for ever, so names, mail addresses and phone
//! numbers of contact persons stay behind.

use crate::yaml::Node;
use record::value::Map;
use record::value::Value;
use std::collections::BTreeSet;

/// What stands where something was taken out.
const GONE: &str = "[…]";
/// Words that show that a "name" is a body and no person.
const BODIES: [&str; 40] = [
    "gmbh",
    "ggmbh",
    "ag",
    "e.v.",
    "ev",
    "kg",
    "ug",
    "srl",
    "s.r.l.",
    "s.r.l",
    "spa",
    "s.p.a.",
    "s.p.a",
    "b.v",
    "b.v.",
    "bv",
    "ltd",
    "inc",
    "inc.",
    "stadt",
    "gemeinde",
    "kreis",
    "landkreis",
    "amt",
    "comune",
    "gemeente",
    "regione",
    "provincia",
    "ufficio",
    "agenzia",
    "università",
    "team",
    "support",
    "helpdesk",
    "community",
    "foundation",
    "office",
    "bureau",
    "direction",
    "redazione",
];
/// Keys under which people stand; what is below them is not taken over.
const PERSON_KEYS: [&str; 5] = ["contacts", "contact", "authors", "maintainers", "authorslist"];
/// Keys whose value reaches a person.
const REACH_KEYS: [&str; 5] = ["email", "e-mail", "mail", "phone", "telephone"];

/// The persons that a file names.
#[derive(Debug, Default)]
pub(crate) struct Persons {
    /// Entries in lists of contact persons.
    pub(crate) contacts: usize,
    names: BTreeSet<String>,
    phones: BTreeSet<String>,
}

/// How often something was taken out of the texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Removed {
    pub(crate) names: usize,
    pub(crate) reaches: usize,
}

impl Persons {
    /// Finds them in the whole file. `bodies` are names known to be no person's, such as the software's.
    pub(crate) fn of(root: &Node, bodies: &[&str]) -> Persons {
        let mut persons = Persons::default();
        let mut known: Vec<String> = bodies.iter().map(|body| body.to_lowercase()).collect();
        for contractor in child(child(Some(root), "maintenance"), "contractors").map_or(&[][..], Node::items)
        {
            known.extend(child(Some(contractor), "name").and_then(Node::text).map(str::to_lowercase));
        }
        persons.gather(root, &known);
        persons
    }

    fn gather(&mut self, node: &Node, bodies: &[String]) {
        for entry in node.entries() {
            if is_person_key(&entry.key) {
                self.contact_list(&entry.node, bodies);
            } else {
                self.gather(&entry.node, bodies);
            }
        }
        for item in node.items() {
            self.gather(item, bodies);
        }
    }

    fn contact_list(&mut self, node: &Node, bodies: &[String]) {
        let one = [node.clone()];
        for contact in if node.items().is_empty() { &one[..] } else { node.items() } {
            let field = |name| child(Some(contact), name).and_then(Node::text);
            let name = field("name").or_else(|| contact.text());
            if name.is_none() && field("email").is_none() && field("phone").is_none() {
                continue;
            }
            self.contacts += 1;
            let affiliation = field("affiliation").map(str::to_lowercase);
            if let Some(name) = name.filter(|name| is_person(name, affiliation.as_deref(), bodies)) {
                self.names.insert(name.to_owned());
            }
            if let Some(phone) = field("phone").filter(|phone| phone.len() >= 6) {
                self.phones.insert(phone.to_owned());
            }
        }
    }

    /// Whether the text is the name of one of them.
    pub(crate) fn are(&self, text: &str) -> bool {
        let text = text.trim().to_lowercase();
        self.names.iter().any(|name| name.to_lowercase() == text)
    }

    /// Takes names, mail addresses and phone numbers out of every text.
    pub(crate) fn scrub(&self, map: Map, removed: &mut Removed) -> Map {
        map.into_iter().map(|(key, value)| (key, self.scrub_value(value, removed))).collect()
    }

    fn scrub_value(&self, value: Value, removed: &mut Removed) -> Value {
        match value {
            Value::Text(text) => Value::Text(self.scrub_text(text, removed)),
            Value::List(items) => {
                Value::List(items.into_iter().map(|item| self.scrub_value(item, removed)).collect())
            }
            Value::Map(map) => Value::Map(self.scrub(map, removed)),
            other => other,
        }
    }

    fn scrub_text(&self, text: String, removed: &mut Removed) -> String {
        let mut text = text;
        for name in &self.names {
            removed.names += text.matches(name.as_str()).count();
            text = text.replace(name.as_str(), GONE);
        }
        for phone in &self.phones {
            removed.reaches += text.matches(phone.as_str()).count();
            text = text.replace(phone.as_str(), GONE);
        }
        if !text.contains('@') {
            return text;
        }
        let mut out = String::with_capacity(text.len());
        for piece in text.split_inclusive(is_around_mail) {
            let word = piece.trim_end_matches(is_around_mail);
            if is_mail(word) {
                removed.reaches += 1;
                out.push_str(GONE);
                out.push_str(piece.get(word.len()..).unwrap_or_default());
            } else {
                out.push_str(piece);
            }
        }
        out
    }
}

/// Whether the entries below the key are persons, or the value reaches one.
pub(crate) fn is_personal(key: &str) -> bool {
    is_person_key(key) || REACH_KEYS.contains(&key.to_lowercase().as_str())
}

fn is_person_key(key: &str) -> bool {
    PERSON_KEYS.contains(&key.to_lowercase().as_str())
}

fn is_person(name: &str, affiliation: Option<&str>, bodies: &[String]) -> bool {
    let lower = name.to_lowercase();
    let mut words = lower.split_whitespace();
    words.clone().count() >= 2
        && affiliation != Some(lower.as_str())
        && !bodies.contains(&lower)
        && !words.any(|word| BODIES.contains(&word))
}

/// Whether a name looks like a person's: two or three capitalised words of letters alone, none of which
/// belongs to the names of bodies. Only good for asking somebody to look.
pub(crate) fn may_be_person(name: &str) -> bool {
    let words: Vec<&str> = name.split_whitespace().collect();
    let plain = |word: &&str| {
        word.chars().next().is_some_and(char::is_uppercase)
            && word.chars().skip(1).all(char::is_lowercase)
            && word.chars().count() > 1
            && !BODIES.contains(&word.to_lowercase().as_str())
    };
    (2..=3).contains(&words.len()) && words.iter().all(plain)
}

/// Characters that stand before and after a mail address in a text.
fn is_around_mail(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '<' | '>'
                | '('
                | ')'
                | '['
                | ']'
                | '{'
                | '}'
                | ','
                | ';'
                | ':'
                | '"'
                | '\''
                | '|'
                | '/'
                | '`'
                | '*'
        )
}

fn is_mail(word: &str) -> bool {
    let Some((local, domain)) = word.rsplit_once('@') else { return false };
    let domain = domain.trim_end_matches('.');
    let top = domain.rsplit_once('.').map(|(_, top)| top).unwrap_or_default();
    !local.is_empty() && !domain.starts_with('.') && top.len() >= 2 && top.chars().all(char::is_alphabetic)
}

fn child<'a>(node: Option<&'a Node>, key: &str) -> Option<&'a Node> {
    node?.entries().iter().rev().find(|entry| entry.key.eq_ignore_ascii_case(key)).map(|entry| &entry.node)
}

#[cfg(test)]
mod tests {
    use crate::publiccode::privacy::Persons;
    use crate::publiccode::privacy::Removed;
    use crate::publiccode::privacy::may_be_person;
    use crate::yaml;
    use record::value::Map;
    use record::value::Value;

    const FILE: &str = "name: Termin Lotse\nmaintenance:\n  contacts:\n    - name: Erika Mustermann\n      email: erika@jena.de\n      \
        phone: '+49 3641 490'\n    - name: Stadt Jena\n    - name: Termin Lotse\n    - name: Jenaer Bund\n      affiliation: Jenaer Bund\n    - {}\n";

    #[test]
    fn persons_are_told_from_bodies() {
        let persons = Persons::of(&yaml::read(FILE).unwrap(), &["Termin Lotse"]);
        assert_eq!(persons.contacts, 4);
        assert!(persons.are("erika mustermann "));
        assert!(
            may_be_person("Erika Mustermann")
                && !may_be_person("Stadt Jena")
                && !may_be_person("ARPA Piemonte")
        );
        assert!(!persons.are("Stadt Jena") && !persons.are("Termin Lotse") && !persons.are("Jenaer Bund"));
    }

    #[test]
    fn texts_are_scrubbed() {
        let persons = Persons::of(&yaml::read(FILE).unwrap(), &[]);
        let text = "Fragen an Erika Mustermann <erika@jena.de>, Tel. +49 3641 490, oder info@jena.de. Siehe @jena und a@b";
        let mut removed = Removed::default();
        let map = persons.scrub(Map::from([("x".to_owned(), Value::List(vec![text.into()]))]), &mut removed);
        let expected = "Fragen an […] <[…]>, Tel. […], oder […] Siehe @jena und a@b";
        assert_eq!(map.get("x"), Some(&Value::List(vec![expected.into()])));
        assert_eq!(removed, Removed { names: 1, reaches: 3 });
    }
}
