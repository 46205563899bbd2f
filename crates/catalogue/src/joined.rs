//! Who refers to a record: the reverse of all references, kept in memory from the change feed.
//!
//! One fact has one signer: the adopter says that it adopts, the assessor what it found, whoever objects that it
//! objects. Here they are joined onto the record that they are about.

use crate::change::Change;
use record::kind;
use record::kind::Kind;
use record::kind::Sort;
use record::name::Name;
use record::statement::Content;
use record::statement::RecordId;
use record::value::Map;
use record::value::Value;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::RwLockReadGuard;

/// References of one record that are followed, at most.
const LINKS_MAX: usize = 200;

/// A record's name.
type Key = (Name, RecordId);

/// Who refers: kind, publisher and record.
type Speaker = (&'static str, Name, RecordId);
/// By which fields, and what it says besides.
type Saying = (Vec<&'static str>, Facts);

/// A record that refers to another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referrer {
    /// Its kind.
    pub kind: &'static str,
    /// Whose record it is.
    pub publisher: Name,
    /// Which record.
    pub record: RecordId,
    /// Its fields that hold the reference, such as `solution` or `related`.
    pub via: Vec<&'static str>,
    /// What it says in single codes and truth values that searches can be narrowed by: field to code, such as
    /// `status` to `in-use`. Words that the kind file does not know are left out.
    pub facts: Facts,
}

/// Field to code. Both stand in the kind files, so a fact costs two pointers.
pub type Facts = Vec<(&'static str, &'static str)>;

impl Referrer {
    /// What it says in a field.
    pub fn fact(&self, field: &str) -> Option<&'static str> {
        self.facts.iter().find(|(name, _)| *name == field).map(|(_, code)| *code)
    }
}

/// The reverse of all references. Looking and feeding may go on at the same time.
#[derive(Debug, Default)]
pub struct Joined {
    held: RwLock<Held>,
}

#[derive(Debug, Default)]
struct Held {
    checkpoint: u64,
    /// Who refers to a record, in the order of kind, publisher and record.
    to: BTreeMap<Key, BTreeMap<Speaker, Saying>>,
    /// The kind of a record and to whom it refers.
    from: BTreeMap<Key, (&'static str, BTreeSet<Key>)>,
}

impl Joined {
    /// An empty one, to be fed from change 0.
    pub fn new() -> Joined {
        Joined::default()
    }

    /// The number of the newest change taken in.
    pub fn checkpoint(&self) -> u64 {
        self.look().checkpoint
    }

    /// Takes in changes in their order; `upto` is the number of the last. Saying a change twice changes nothing.
    pub fn apply(&self, changes: &[Change], upto: u64) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            match change {
                Change::Stands(content) => held.take(content),
                Change::Gone { publisher, record } => held.forget(&(publisher.clone(), *record)),
            }
        }
        held.checkpoint = held.checkpoint.max(upto);
    }

    /// Everybody who refers to the record, in the order of kind, publisher and record.
    pub fn of(&self, publisher: &Name, record: RecordId) -> Vec<Referrer> {
        let held = self.look();
        let Some(referrers) = held.to.get(&(publisher.clone(), record)) else { return Vec::new() };
        referrers
            .iter()
            .map(|((kind, publisher, record), (via, facts))| Referrer {
                kind,
                publisher: publisher.clone(),
                record: *record,
                via: via.clone(),
                facts: facts.clone(),
            })
            .collect()
    }

    /// How many records of a kind refer to this one.
    pub fn count(&self, publisher: &Name, record: RecordId, kind: &str) -> usize {
        let held = self.look();
        let referrers = held.to.get(&(publisher.clone(), record));
        referrers.map_or(0, |referrers| referrers.keys().filter(|(of, _, _)| *of == kind).count())
    }

    fn look(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn take(&mut self, content: &Content) {
        let key = (content.publisher.clone(), content.record);
        self.forget(&key);
        let Some(kind) = kind::kind(content.kind.as_str()).filter(|_| !content.is_retracted()) else {
            return;
        };
        let mut targets = targets(kind, content.body());
        targets.remove(&key);
        if targets.is_empty() {
            return;
        }
        let facts = facts(kind, content.body());
        for (target, via) in &targets {
            let of = (kind.name.as_str(), key.0.clone(), key.1);
            let via = via.iter().copied().collect();
            self.to.entry(target.clone()).or_default().insert(of, (via, facts.clone()));
        }
        self.from.insert(key, (kind.name.as_str(), targets.into_keys().collect()));
    }

    fn forget(&mut self, key: &Key) {
        let Some((kind, targets)) = self.from.remove(key) else { return };
        for target in targets {
            if let Some(referrers) = self.to.get_mut(&target) {
                referrers.remove(&(kind, key.0.clone(), key.1));
                if referrers.is_empty() {
                    self.to.remove(&target);
                }
            }
        }
    }
}

/// The records that a body refers to, each with the fields that do.
fn targets(kind: &'static Kind, body: &Map) -> BTreeMap<Key, BTreeSet<&'static str>> {
    let mut targets: BTreeMap<Key, BTreeSet<&'static str>> = BTreeMap::new();
    let links = kind::links(kind, body);
    for link in links.iter().filter(|link| !link.names_publisher()).take(LINKS_MAX) {
        let Some((publisher, record)) = link.target.split_once('/') else { continue };
        let (Ok(publisher), Ok(record)) = (publisher.parse(), record.parse()) else { continue };
        let field = link.path().split(['.', '[']).next().and_then(|name| kind.field(name));
        targets.entry((publisher, record)).or_default().extend(field.map(|field| field.name.as_str()));
    }
    targets
}

fn facts(kind: &'static Kind, body: &Map) -> Facts {
    let facets = kind.fields.iter().filter(|field| field.facet && field.repeated.is_none());
    facets
        .filter_map(|field| {
            let code = match (&field.sort, body.get(&field.name)?) {
                (Sort::Code { vocabulary }, Value::Text(code)) => {
                    kind::vocabulary(vocabulary)?.term(code)?.code.as_str()
                }
                (Sort::Bool, Value::Bool(true)) => "true",
                (Sort::Bool, Value::Bool(false)) => "false",
                _ => return None,
            };
            Some((field.name.as_str(), code))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::change::Change;
    use crate::joined::Joined;
    use record::moment::Moment;
    use record::statement::Content;
    use record::statement::RecordId;
    use record::statement::Said;
    use serde_json::json;
    use std::sync::Arc;

    fn solution() -> RecordId {
        RecordId::from_bytes([1; 16])
    }

    fn says(publisher: &str, number: u8, version: u64, kind: &str, body: serde_json::Value) -> Change {
        let said = match body.as_object() {
            Some(body) => Said::Body(record::json::to_map(body.clone()).unwrap()),
            None => Said::Retracted("withdrawn".parse().unwrap()),
        };
        let content = Content {
            publisher: publisher.parse().unwrap(),
            record: RecordId::from_bytes([number; 16]),
            kind: kind.parse().unwrap(),
            schema: 1,
            epoch: 1,
            version,
            issued: Moment::from_seconds(1_790_000_000).unwrap(),
            said,
        };
        Change::Stands(Arc::new(content))
    }

    fn kinds(joined: &Joined) -> Vec<(&'static str, String)> {
        let referrers = joined.of(&"sh.kiel".parse().unwrap(), solution());
        referrers.into_iter().map(|referrer| (referrer.kind, referrer.publisher.to_string())).collect()
    }

    #[test]
    fn kiel_is_told_who_uses_its_solution_until_they_say_otherwise() {
        let (joined, solution) = (Joined::new(), format!("sh.kiel/{}", solution()));
        let kiel = "sh.kiel".parse().unwrap();
        let adoption = json!({
            "solution": solution, "status": "in-use", "willing_to_advise": true, "population_class": "no-such-class"
        });
        joined.apply(
            &[
                says("th.jena", 2, 1, "adoption", adoption.clone()),
                says("th.shk", 3, 1, "notice", json!({"subject": solution, "notice_type": "correction"})),
                says("th.weimar", 4, 1, "weather-report", json!({"solution": solution})),
                // Its own word about itself joins nothing.
                says(
                    "sh.kiel",
                    1,
                    1,
                    "solution",
                    json!({"related": [{"type": "part-of", "record": solution}]}),
                ),
            ],
            4,
        );
        assert_eq!(kinds(&joined), [("adoption", "th.jena".to_owned()), ("notice", "th.shk".to_owned())]);
        let jena = joined.of(&kiel, self::solution()).remove(0);
        assert_eq!(jena.via, ["solution"]);
        assert_eq!(jena.facts, [("status", "in-use"), ("willing_to_advise", "true")]);
        assert_eq!(jena.fact("status"), Some("in-use"));

        let left = json!({"solution": solution, "status": "left"});
        joined.apply(&[says("th.jena", 2, 2, "adoption", left)], 5);
        assert_eq!(joined.of(&kiel, self::solution()).remove(0).fact("status"), Some("left"));
        assert_eq!(joined.count(&kiel, self::solution(), "adoption"), 1);
        joined.apply(&[says("th.jena", 2, 3, "adoption", json!(null))], 6);
        joined.apply(
            &[Change::Gone { publisher: "th.shk".parse().unwrap(), record: RecordId::from_bytes([3; 16]) }],
            7,
        );
        assert_eq!(kinds(&joined), []);
        assert_eq!(joined.checkpoint(), 7);
        assert!(joined.look().to.is_empty() && joined.look().from.is_empty(), "nothing is left over");
    }
}
