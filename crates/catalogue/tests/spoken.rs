//! What a hit says of the languages it is in.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where its story breaks")]

#[allow(dead_code, reason = "each story uses its own part of the town")]
mod town;

use catalogue::found::Hit;
use catalogue::query::Query;
use record::kind::Lang;
use record::value::Map;
use record::value::Value;
use town::catalogue;
use town::german;
use town::measure;

#[test]
fn what_is_in_another_language_is_said() {
    let said = |tag: &str, text: &str| Value::Map(Map::from([(tag.to_owned(), text.into())]));
    let library = catalogue(&[
        measure(1, "Eschen")
            .with("summary", said("en-GB", "Ash trees"))
            .with("challenge", german("Die Eschen sterben.")),
        measure(2, "x")
            .with("title", said("dsb", "Eschen"))
            .with("description", said("dsb", "Eschen a lipy")),
        measure(3, "x").with("title", "Eschen".into()),
    ]);
    let foreign = |number: u8, lang: Lang| {
        let hits = library.find(&Query { text: "Eschen".to_owned(), lang, ..Query::default() }).unwrap().hits;
        let is_it = |hit: &&Hit| hit.record == measure(number, "").name().1;
        let foreign = hits.iter().find(is_it).unwrap().foreign.clone();
        [foreign.title, foreign.summary, foreign.snippet].map(|lang| lang.unwrap_or_default())
    };
    // English of any country is English; a summary without the word gives no snippet.
    assert_eq!(foreign(1, Lang::De), ["", "en-GB", ""]);
    assert_eq!(foreign(1, Lang::En), ["de", "", "de"]);
    assert_eq!(foreign(2, Lang::De), ["dsb", "", "dsb"]);
    assert_eq!(foreign(3, Lang::En), ["", "", ""], "a plain text says no language");
}
