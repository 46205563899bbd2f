//! Whether what a draft refers to is here: a sentence for each reference that leads nowhere.

use crate::shelf::ReadError;
use crate::shelf::Shelf;
use record::kind;
use record::kind::Finding;
use record::kind::Held;
use record::kind::Kind;
use record::kind::Link;
use record::value::Map;
use replica::order::HeadKey;
use replica::order::Set;

/// References of one draft that are looked up; more are not judged.
const LOOKED_UP_MAX: usize = 200;

/// Warnings about references to what this node does not hold, or holds as something else. A record may still be on its
/// way, so none of them stands against publishing.
pub(crate) fn look(shelf: &Shelf, kind: &Kind, body: &Map) -> Result<Vec<Finding>, ReadError> {
    let mut findings = Vec::new();
    for link in kind::links(kind, body).into_iter().take(LOOKED_UP_MAX) {
        findings.extend(judged(shelf, &link)?);
    }
    Ok(findings)
}

fn judged(shelf: &Shelf, link: &Link) -> Result<Option<Finding>, ReadError> {
    let Some((publisher, record)) = link.target.split_once('/') else {
        let is_known = link.target.parse().is_ok_and(|name| shelf.trust.standing(&name).is_some());
        return Ok(link.finding(if is_known { Held::Publisher } else { Held::Nothing }));
    };
    let (Ok(publisher), Ok(record)) = (publisher.parse(), record.parse()) else {
        return Ok(link.finding(Held::Nothing));
    };
    let kept = shelf.at(&HeadKey { set: Set::Records, publisher, record })?;
    let content = kept.as_ref().map(|kept| kept.statement.content());
    Ok(link.finding(match content {
        None => Held::Nothing,
        Some(content) if content.is_retracted() => Held::Withdrawn,
        Some(content) => Held::Record(content.kind.as_str()),
    }))
}
