//! What a publiccode.yml says and a solution has no field for: kept beside it, word for word.

use crate::publiccode::privacy;
use crate::publiccode::remark::Note;
use crate::publiccode::take::Take;
use crate::yaml::Content;
use crate::yaml::Node;
use record::cbor;
use record::value::Map;
use record::value::Value;

/// The field of the body that it stands in.
pub(crate) const KEPT_FIELD: &str = "publiccode";
/// All of it together, in bytes of its encoding.
const KEPT_BYTES_MAX: usize = 20 * 1024;
/// Lists and maps inside each other; deeper ones are not kept.
const KEPT_DEPTH_MAX: usize = 8;

/// Keeps what was not carried over in full. Persons and ways to reach them are never kept.
pub(crate) fn write(take: &mut Take<'_>) {
    let mut kept = map(take, take.root, "", 0);
    let mut dropped = 0;
    while bytes(&kept) > KEPT_BYTES_MAX {
        let sizes = kept.iter().map(|(key, value)| (cbor::encode(value).len(), key.clone()));
        let Some((_, largest)) = sizes.max() else { break };
        kept.remove(&largest);
        dropped += 1;
    }
    if dropped > 0 {
        take.remark("", Note::Dropped { count: dropped });
    }
    if !kept.is_empty() {
        take.remark("", Note::Kept { count: kept.len() });
        take.body.insert(KEPT_FIELD.to_owned(), kept.into());
    }
}

fn bytes(kept: &Map) -> usize {
    cbor::encode(&Value::Map(kept.clone())).len()
}

fn map(take: &Take<'_>, node: &Node, path: &str, depth: usize) -> Map {
    let mut map = Map::new();
    for entry in node.entries() {
        let path = if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
        if take.carried.contains(&path) || privacy::is_personal(&entry.key) {
            continue;
        }
        if let Some(value) = value(take, &entry.node, &path, depth + 1) {
            map.insert(entry.key.clone(), value);
        }
    }
    map
}

/// Scalars stay the text that they are in the file: what they mean, the standard says.
fn value(take: &Take<'_>, node: &Node, path: &str, depth: usize) -> Option<Value> {
    if node.is_null() || depth > KEPT_DEPTH_MAX {
        return None;
    }
    match &node.content {
        Content::Scalar { text, .. } => {
            let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
            Some(Value::Text(text.trim().to_owned())).filter(|value| value.as_text() != Some(""))
        }
        Content::List(items) => {
            let items: Vec<Value> =
                items.iter().filter_map(|item| value(take, item, path, depth + 1)).collect();
            (!items.is_empty()).then_some(Value::List(items))
        }
        Content::Map(_) => Some(map(take, node, path, depth)).filter(|map| !map.is_empty()).map(Value::Map),
    }
}
