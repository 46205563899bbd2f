//! The last look at a body: what its kind would refuse is left out, and all of it fits into a statement.

use crate::publiccode::clip;
use crate::publiccode::kept::KEPT_FIELD;
use crate::publiccode::refusal::Refusal;
use crate::publiccode::remark::Note;
use crate::publiccode::take::Take;
use record::cbor;
use record::kind::Grade;
use record::value::Map;
use record::value::Value;

/// A body, in bytes of its encoding; a statement of 64 KiB has signature and header beside it.
pub const BODY_BYTES_MAX: usize = 56 * 1024;
/// Lengths to which descriptions are cut, one after the other, until the body fits, in characters.
const CUTS_CHARS: [usize; 3] = [4_000, 1_500, 400];
/// How often the check is asked anew; each time at least one value goes.
const ROUNDS_MAX: usize = 20;
/// The day that the check is told. It looks at the day only for `valid_until`, which the node adds, so the
/// same file gives the same body on every day.
const DAY: jiff::civil::Date = jiff::civil::date(2026, 1, 1);

/// Brings the body into the form of its kind and takes out what the check refuses.
pub(crate) fn form(take: &mut Take<'_>) {
    for _ in 0..ROUNDS_MAX {
        take.body = record::kind::normalise(take.kind, std::mem::take(&mut take.body));
        let findings = record::kind::check(take.kind, &take.body, DAY);
        let mut removed = false;
        for finding in findings {
            if finding.grade == Grade::Error && remove(&mut take.body, &finding.path) {
                removed = true;
                take.remark(&finding.path, Note::Unfit { why: finding.message });
                // What follows may count from an item that is gone.
                break;
            }
        }
        if !removed {
            return;
        }
    }
}

/// Shortens the body until it fits.
pub(crate) fn size(take: &mut Take<'_>) -> Result<(), Refusal> {
    if bytes(&take.body) > BODY_BYTES_MAX
        && let Some(Value::Map(kept)) = take.body.remove(KEPT_FIELD)
    {
        take.remark("", Note::Dropped { count: kept.len() });
    }
    for chars in CUTS_CHARS {
        if bytes(&take.body) <= BODY_BYTES_MAX {
            return Ok(());
        }
        take.remark("description", Note::TextCut { chars });
        if let Some(Value::Map(texts)) = take.body.get_mut("description") {
            for text in texts.values_mut() {
                if let Value::Text(text) = text {
                    *text = clip::to(text, chars);
                }
            }
        }
    }
    match bytes(&take.body) {
        fits if fits <= BODY_BYTES_MAX => Ok(()),
        bytes => Err(Refusal::TooLarge { bytes }),
    }
}

fn bytes(body: &Map) -> usize {
    cbor::encode(&Value::Map(body.clone())).len()
}

/// Takes out the value at a path such as `effort.months`, `steps[2]` or `title.de`.
fn remove(body: &mut Map, path: &str) -> bool {
    let (first, rest) = match path.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    };
    let (name, at) = match first.strip_suffix(']').and_then(|first| first.split_once('[')) {
        Some((name, at)) => (name, at.parse::<usize>().ok()),
        None => (first, None),
    };
    match (body.get_mut(name), at, rest) {
        (None, _, _) => false,
        (Some(_), None, None) => body.remove(name).is_some(),
        (Some(Value::Map(map)), None, Some(rest)) => remove(map, rest),
        (Some(Value::List(items)), Some(at), None) if at < items.len() => {
            items.remove(at);
            true
        }
        (Some(Value::List(items)), Some(at), Some(rest)) => match items.get_mut(at) {
            Some(Value::Map(map)) => remove(map, rest),
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::publiccode::fit::remove;
    use record::value::Map;
    use record::value::Value;

    #[test]
    fn values_are_found_by_the_paths_of_findings() {
        let inner = Map::from([("de".to_owned(), Value::from("x")), ("en".to_owned(), Value::from("y"))]);
        let mut body = Map::from([
            ("title".to_owned(), Value::Map(inner.clone())),
            ("steps".to_owned(), Value::List(vec![Value::Map(inner), Value::from("z")])),
        ]);
        assert!(remove(&mut body, "title.de"));
        assert!(remove(&mut body, "steps[0].en"));
        assert!(remove(&mut body, "steps[1]"));
        assert!(
            !remove(&mut body, "steps[7]") && !remove(&mut body, "gone") && !remove(&mut body, "title[0]")
        );
        assert_eq!(
            format!("{body:?}"),
            r#"{"steps": List([Map({"de": Text("x")})]), "title": Map({"en": Text("y")})}"#
        );
    }
}
