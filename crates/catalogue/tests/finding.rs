//! What people type, and what they find.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where its story breaks")]

#[allow(dead_code, reason = "each story uses its own part of the town")]
mod town;

use catalogue::found::FACETS;
use catalogue::found::Piece;
use catalogue::index::Catalogue;
use catalogue::query::LIMIT_MAX;
use catalogue::query::Query;
use proptest::proptest;
use record::kind::Lang;
use record::value::Map;
use record::value::Value;
use std::sync::LazyLock;
use town::catalogue;
use town::find;
use town::german;
use town::list;
use town::measure;
use town::titles;

/// A small town's library.
fn library() -> Catalogue {
    catalogue(&[
        measure(1, "Baumkataster online")
            .with("description", german("Alle Straßenbäume auf einer Karte, gepflegt vom Grünflächenamt."))
            .with("action_fields", list(&["climate"]))
            .with("stage", vec![Value::Uint(2)].into()),
        measure(2, "Beteiligung der Bürger:innen")
            .by("sh.kiel")
            .with("summary", german("Eine Plattform für Vorschläge"))
            .with("action_fields", list(&["participation", "culture-tourism"]))
            .with("stage", vec![Value::Uint(1), Value::Uint(2)].into()),
        measure(3, "Offene Daten im Rathaus").by("sh.kiel").with("action_fields", list(&["culture-tourism"])),
        measure(4, "Daten zum Radverkehr").with("description", german("Zählstellen, offene Schnittstellen")),
        measure(5, "Sensoren gesucht").kind("need").by("th.weimar").later(60),
    ])
}

fn sorted(mut titles: Vec<String>) -> Vec<String> {
    titles.sort();
    titles
}

#[test]
fn umlauts_plurals_and_compounds_meet() {
    let library = library();
    for typed in
        ["Bäume", "Baeume", "baum", "BAUM", "Baumkataster", "Baumkatasters", "Strassenbaeume", "Straßenbaum"]
    {
        assert_eq!(titles(&library, typed), ["Baumkataster online"], "{typed}");
    }
    assert_eq!(titles(&library, "Gruenflaechenamt"), titles(&library, "Grünflächenamt"));
    // Without the end of the word being open, the stem alone does not stand for compounds.
    assert_eq!(titles(&library, "Bäume "), Vec::<String>::new());
}

#[test]
fn gender_forms_meet() {
    let library = library();
    for typed in
        ["Bürger", "Bürgerinnen", "Bürger:innen", "Bürger*innen", "BürgerInnen", "Buerger_innen", "Bürgern"]
    {
        assert_eq!(titles(&library, typed), ["Beteiligung der Bürger:innen"], "{typed}");
    }
}

#[test]
fn records_with_more_of_the_words_come_first() {
    let library = library();
    assert_eq!(titles(&library, "offene Daten")[0], "Offene Daten im Rathaus");
    assert_eq!(sorted(titles(&library, "Daten")), ["Daten zum Radverkehr", "Offene Daten im Rathaus"]);
    assert_eq!(titles(&library, "Radverkehr Rathaus Daten Zählstellen")[0], "Daten zum Radverkehr");
}

#[test]
fn a_phrase_must_stand_as_it_is() {
    let library = library();
    assert_eq!(titles(&library, "\"offene Daten\""), ["Offene Daten im Rathaus"]);
    assert_eq!(titles(&library, "\"Daten Rathaus\""), Vec::<String>::new());
    assert_eq!(titles(&library, "\"Daten im Rathaus\""), ["Offene Daten im Rathaus"]);
    assert_eq!(titles(&library, "\"Radverkehr\" Rathaus"), ["Daten zum Radverkehr"]);
}

#[test]
fn a_minus_excludes() {
    let library = library();
    assert_eq!(titles(&library, "Daten -Radverkehr"), ["Offene Daten im Rathaus"]);
    assert_eq!(titles(&library, "Daten -\"offene Daten\""), ["Daten zum Radverkehr"]);
    assert_eq!(find(&library, "-Daten").total, 3);
}

#[test]
fn the_word_being_typed_is_found_by_its_beginning() {
    let library = library();
    assert_eq!(titles(&library, "Radv"), ["Daten zum Radverkehr"]);
    assert_eq!(titles(&library, "Beteiligu"), ["Beteiligung der Bürger:innen"]);
    assert_eq!(titles(&library, "Radv "), Vec::<String>::new());
    assert_eq!(titles(&library, "Radv Kataster "), Vec::<String>::new());
}

#[test]
fn fill_words_alone_find_nothing_and_nothing_finds_everything() {
    let library = library();
    assert_eq!(find(&library, "und der").total, 0);
    assert_eq!(find(&library, "???").total, 0);
    let everything = find(&library, "");
    assert_eq!(everything.total, 5);
    assert_eq!(everything.hits[0].title, "Sensoren gesucht", "newest first");
    assert!(everything.hits.iter().all(|hit| hit.score == 0.0 && hit.snippet.is_empty()));
}

#[test]
fn publisher_and_land_are_words_too() {
    let library = library();
    assert_eq!(sorted(titles(&library, "Kiel")), ["Beteiligung der Bürger:innen", "Offene Daten im Rathaus"]);
    assert_eq!(find(&library, "Thüringen").total, 3);
}

#[test]
fn action_fields_are_found_by_their_names() {
    let bus = measure(1, "Rufbus").with("action_fields", list(&["mobility"]));
    let library = catalogue(&[bus, measure(2, "Stadtarchiv").with("action_fields", list(&["climate"]))]);
    assert_eq!(titles(&library, "Mobilität"), ["Rufbus"]);
    assert_eq!(titles(&library, "mobility"), ["Rufbus"]);
}

#[test]
fn facets_count_what_matches_and_filters_combine() {
    let library = library();
    let all = find(&library, "");
    assert_eq!(all.facets.keys().map(String::as_str).collect::<Vec<_>>(), FACETS);
    let counts =
        |facet: &str| all.facets[facet].iter().map(|(code, n)| (code.as_str(), *n)).collect::<Vec<_>>();
    assert_eq!(counts("kind"), [("measure", 4), ("need", 1)]);
    assert_eq!(counts("action_field"), [("culture-tourism", 2), ("climate", 1), ("participation", 1)]);
    assert_eq!(counts("land"), [("th", 3), ("sh", 2)]);
    assert_eq!(counts("publisher"), [("sh.kiel", 2), ("th.jena", 2), ("th.weimar", 1)]);
    assert_eq!(counts("stage"), [("2", 2), ("1", 1)]);

    let narrowed = library
        .find(&Query {
            action_field: Some("culture-tourism".to_owned()),
            land: Some("sh".to_owned()),
            stage: Some(1),
            ..Query::default()
        })
        .unwrap();
    assert_eq!(narrowed.total, 1);
    assert_eq!(narrowed.hits[0].title, "Beteiligung der Bürger:innen");
    assert_eq!(narrowed.facets["stage"], [("1".to_owned(), 1), ("2".to_owned(), 1)]);
    assert_eq!(narrowed.facets["land"], [("sh".to_owned(), 1)]);

    let by = |publisher: &str, kind: &str| Query {
        text: "Daten".to_owned(),
        publisher: Some(publisher.to_owned()),
        kind: Some(kind.to_owned()),
        ..Query::default()
    };
    assert_eq!(library.find(&by("th.jena", "measure")).unwrap().total, 1);
    assert_eq!(library.find(&by("th.jena", "need")).unwrap().total, 0);
    assert_eq!(library.find(&by("", "x\"y")).unwrap().total, 0);
}

#[test]
fn pages_follow_each_other_without_gap_or_double() {
    let drafts: Vec<_> = (0..50).map(|number| measure(number, "Gleicher Titel")).collect();
    let library = catalogue(&drafts);
    let page = |text: &str, offset: usize, limit: usize| {
        library.find(&Query { text: text.to_owned(), offset, limit, ..Query::default() }).unwrap()
    };
    for text in ["", "Titel"] {
        let whole = page(text, 0, LIMIT_MAX).hits;
        assert_eq!(whole.len(), 50);
        assert!(whole.is_sorted_by_key(|hit| hit.record), "equals stand in the order of their keys");
        let paged: Vec<_> = (0..8).flat_map(|n| page(text, n * 7, 7).hits).collect();
        assert_eq!(paged, whole);
    }
    assert_eq!(page("Titel", 0, 0).hits, []);
    assert_eq!(page("Titel", 0, 0).total, 50);
    assert_eq!(page("Titel", usize::MAX, usize::MAX).hits, []);
}

#[test]
fn the_order_of_changes_does_not_show() {
    let drafts: Vec<_> = (0..40)
        .map(|number| measure(number, ["Radweg", "Radweg Brücke", "Brücke"][usize::from(number % 3)]))
        .collect();
    let at_once = catalogue(&drafts);
    let one_by_one = Catalogue::in_memory();
    for (number, draft) in drafts.iter().rev().enumerate() {
        one_by_one.apply(&[draft.stands()], number as u64 + 1).unwrap();
    }
    for text in ["Radweg Brücke", "Rad", "", "Brücke -Radweg"] {
        assert_eq!(find(&at_once, text), find(&one_by_one, text), "{text}");
    }
}

#[test]
fn a_hit_shows_what_the_reader_understands() {
    let both = |de: &str, en: &str| {
        Value::Map(Map::from([("de".to_owned(), de.into()), ("en".to_owned(), en.into())]))
    };
    let library = catalogue(&[measure(1, "")
        .with("title", both("Mängelmelder", "Defect reporter"))
        .with("summary", german("Schäden melden"))
        .with("description", both("Schlaglöcher melden.", "Citizens report potholes."))
        .with("valid_until", "2027-03-31".into())]);
    let hit = |text: &str, lang| {
        let query = Query { text: text.to_owned(), lang, ..Query::default() };
        library.find(&query).unwrap().hits.remove(0)
    };
    let english = hit("citizen potholes", Lang::En);
    assert_eq!((english.title.as_str(), english.summary.as_str()), ("Defect reporter", "Schäden melden"));
    let piece = |text: &str, hit| Piece { text: text.to_owned(), hit };
    assert_eq!(
        english.snippet,
        [piece("Citizens", true), piece(" report ", false), piece("potholes", true), piece(".", false)]
    );
    let in_german = hit("Schlagloch", Lang::De);
    assert_eq!(in_german.title, "Mängelmelder");
    assert_eq!(in_german.snippet[0], piece("Schlaglöcher", true));
    assert_eq!(in_german.valid_until.as_deref(), Some("2027-03-31"));
}

#[test]
fn titles_complete_what_is_typed() {
    let library = catalogue(&[
        measure(1, "Bürgerbüro"),
        measure(2, "Bürgerhaushalt der Stadt"),
        measure(3, "Das Bürgerhaushalt-Portal"),
    ]);
    assert_eq!(library.suggest("Buerg", 10), ["Bürgerhaushalt", "Bürgerbüro"]);
    assert_eq!(library.suggest("digitales bürgerh", 10), ["digitales Bürgerhaushalt"]);
    assert_eq!(library.suggest("Bürg", 1), ["Bürgerhaushalt"]);
    for nothing in ["", "B", "Bürger ", "xyz", "der"] {
        assert_eq!(library.suggest(nothing, 10), Vec::<String>::new(), "{nothing}");
    }
}

static LIBRARY: LazyLock<Catalogue> = LazyLock::new(library);

proptest! {
    #[test]
    fn no_text_is_an_error(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..120), offset in 0usize..9) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        LIBRARY.suggest(&text, 5);
        LIBRARY.find(&Query { text, offset, ..Query::default() }).unwrap();
    }

    #[test]
    fn no_query_syntax_is_an_error(text in "([-+\"„“*:()~^\\[\\]{}/\\\\]|AND|OR|NOT|Daten|Bürger|title:| |\0){0,20}") {
        LIBRARY.find(&Query { text, ..Query::default() }).unwrap();
    }
}

#[test]
fn a_very_long_text_is_cut_and_no_error() {
    for text in ["Daten ".repeat(100_000), "ä".repeat(500_000), "\"".repeat(100_000), "- ".repeat(100_000)] {
        find(&LIBRARY, &text);
    }
    assert_eq!(find(&LIBRARY, &"Daten ".repeat(100_000)).total, 2);
}
