//! What people type, and what they find.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where its story breaks")]

#[allow(dead_code, reason = "each story uses its own part of the town")]
mod town;

use catalogue::found::Piece;
use catalogue::found::Reason;
use catalogue::index::Catalogue;
use catalogue::query::Days;
use catalogue::query::FACETS;
use catalogue::query::Filters;
use catalogue::query::LIMIT_MAX;
use catalogue::query::Order;
use catalogue::query::Query;
use catalogue::register::Register;
use proptest::proptest;
use record::kind::Lang;
use record::moment::Moment;
use record::name::Name;
use record::value::Map;
use record::value::Value;
use std::sync::LazyLock;
use std::time::Duration;
use std::time::Instant;
use town::catalogue;
use town::find;
use town::german;
use town::list;
use town::measure;
use town::numbered;
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
    for typed in [
        "Bäume",
        "Bäume ",
        "Baeume",
        "baum",
        "BAUM",
        "Kataster ",
        "Baumkataster",
        "Baumkatasters",
        "Strassenbaeume",
        "Straßenbaum",
    ] {
        assert_eq!(titles(&library, typed), ["Baumkataster online"], "{typed}");
    }
    assert_eq!(titles(&library, "Gruenflaechenamt"), titles(&library, "Grünflächenamt"));
}

#[test]
fn what_a_town_hall_calls_by_other_words_is_found() {
    let library = catalogue(&[
        measure(1, "Baumbewässerung mit Sensoren"),
        measure(2, "Schadensmeldung per App"),
        measure(3, "Haushaltsplan verständlich"),
    ]);
    assert_eq!(titles(&library, "Bäume bewässern")[0], "Baumbewässerung mit Sensoren");
    assert_eq!(titles(&library, "Mängelmelder")[0], "Schadensmeldung per App");
    assert_eq!(titles(&library, "irrigation")[0], "Baumbewässerung mit Sensoren");
}

#[test]
fn what_is_mistyped_is_looked_for_as_it_was_meant() {
    let library = catalogue(&[
        measure(1, "Baumkataster online"),
        measure(2, "Mängelmelder"),
        measure(3, "Haushaltsdaten offen"),
    ]);
    for (typed, title, instead) in [
        ("Baumkattaster", "Baumkataster online", "Baumkataster"),
        ("Mängelmledre", "Mängelmelder", "Mängelmelder"),
        ("Haushlatsdaten", "Haushaltsdaten offen", "Haushaltsdaten"),
    ] {
        let found = find(&library, typed);
        assert_eq!(found.hits[0].title, title, "{typed}");
        let correction = found.correction.unwrap();
        assert_eq!((correction.typed.as_str(), correction.instead.as_str()), (typed, instead));
        assert_eq!(found.words, [instead]);
        let query = Query { text: typed.to_owned(), verbatim: true, ..Query::default() };
        let as_typed = library.find(&query).unwrap();
        assert_eq!((as_typed.correction, as_typed.words), (None, vec![typed.to_owned()]));
    }
    assert_eq!(find(&library, "Baumkataster").correction, None);
    assert_eq!(find(&library, "Quastenflosser").total, 0);
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
    let closed = Query { text: "Radv ".to_owned(), verbatim: true, ..Query::default() };
    assert_eq!(library.find(&closed).unwrap().total, 0);
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

    let filters =
        Filters::none().with("action_field", "culture-tourism").with("land", "sh").with("stage", "1");
    let narrowed = library.find(&Query { filters, ..Query::default() }).unwrap();
    assert_eq!(narrowed.total, 1);
    assert_eq!(narrowed.hits[0].title, "Beteiligung der Bürger:innen");
    let count = |code: &str, count| (code.to_owned(), count);
    assert_eq!(narrowed.facets["stage"], [count("1", 1), count("2", 1)]);
    assert_eq!(narrowed.facets["land"], [count("sh", 1)]);
    assert_eq!(narrowed.facets["kind"], [count("measure", 1)]);

    let by = |publisher: &str, kind: &str| Query {
        text: "Daten".to_owned(),
        filters: Filters::none().with("publisher", publisher).with("kind", kind),
        ..Query::default()
    };
    assert_eq!(library.find(&by("th.jena", "measure")).unwrap().total, 1);
    assert_eq!(library.find(&by("th.jena", "need")).unwrap().total, 0);
    assert_eq!(library.find(&by("", "x\"y")).unwrap().total, 0);
    let unheard_of = Query { filters: Filters::none().with("colour", "green"), ..Query::default() };
    assert_eq!(library.find(&unheard_of).unwrap().total, 0);
}

#[test]
fn the_counts_of_a_facet_leave_its_own_filter_aside() {
    let library = library();
    let filters = Filters::none().with("land", "sh").with("action_field", "participation");
    let found = library.find(&Query { filters, ..Query::default() }).unwrap();
    assert_eq!(found.total, 1);
    let of =
        |facet: &str| found.facets[facet].iter().map(|(code, n)| (code.as_str(), *n)).collect::<Vec<_>>();
    assert_eq!(of("action_field"), [("culture-tourism", 2), ("participation", 1)]);
    assert_eq!(of("land"), [("sh", 1)]);
    let two = Filters::none().with("land", "sh").with("land", "th");
    assert_eq!(library.find(&Query { filters: two, ..Query::default() }).unwrap().total, 5);
    assert_eq!(titles(&library, "art:Bedarf"), ["Sensoren gesucht"]);
    assert_eq!(find(&library, "land:Schleswig-Holstein Daten").total, 1);
}

#[test]
fn events_are_found_by_their_days() {
    let event = |number, title: &str, from: &str, to: &str| {
        measure(number, title).kind("event").with("dtstart", from.into()).with("dtend", to.into())
    };
    let library = catalogue(&[
        event(1, "Auftakt", "2027-02-10T09:30", "2027-02-10T15:00"),
        event(2, "Woche", "2027-03-01", "2027-03-05"),
        measure(3, "Förderung").kind("funding").with("open_until", "2027-04-30".into()),
        measure(4, "Radweg"),
    ]);
    let within = |from: Option<&str>, until: Option<&str>| {
        let days = Days { from: from.map(str::to_owned), until: until.map(str::to_owned) };
        let query = Query { days, order: Order::Soonest, ..Query::default() };
        let hits = library.find(&query).unwrap().hits;
        hits.into_iter().map(|hit| hit.title).collect::<Vec<_>>()
    };
    assert_eq!(within(Some("2027-02-11"), None), ["Woche", "Förderung"]);
    assert_eq!(within(Some("2027-03-03"), Some("2027-03-04")), ["Woche"]);
    assert_eq!(within(None, None), ["Auftakt", "Woche", "Förderung", "Radweg"]);
    assert_eq!(within(Some("nonsense"), Some("2027-02-10")), ["Auftakt"]);
}

#[test]
fn freshness_is_counted_from_the_moment_of_asking() {
    let library = catalogue(&[
        measure(1, "Alt"),
        measure(2, "Neu").later(86_400 * 400),
        measure(3, "Abgelaufen").with("valid_until", "2027-01-01".into()),
    ]);
    let now = Moment::from_seconds(1_790_000_000 + 86_400 * 410);
    let found = library.find(&Query { now, ..Query::default() }).unwrap();
    let counts: Vec<_> = found.facets["freshness"].iter().map(|(code, n)| (code.as_str(), *n)).collect();
    assert_eq!(counts, [("month", 1), ("older", 1), ("overdue", 1)]);
    let filters = Filters::none().with("freshness", "overdue");
    let overdue = library.find(&Query { now, filters, ..Query::default() }).unwrap();
    assert_eq!((overdue.total, overdue.hits[0].title.as_str()), (1, "Abgelaufen"));
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
    for text in ["", "Titel"] {
        let whole = page(text, 0, LIMIT_MAX).hits;
        let mut walked = Vec::new();
        let mut after = None;
        loop {
            let query = Query { text: text.to_owned(), limit: 7, after, ..Query::default() };
            let found = library.find(&query).unwrap();
            walked.extend(found.hits);
            after = found.next;
            if after.is_none() {
                break;
            }
            // What comes meanwhile shifts nothing.
            library.apply(&[measure(200, "Gleicher Titel").stands()], 2).unwrap();
            library.apply(&[measure(200, "").gone()], 3).unwrap();
        }
        assert_eq!(walked, whole, "{text}");
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
        // First another version, and records that fall away again: nothing of them may show.
        let before = measure(number as u8 + 100, "Radweg Brücke Fähre Brücke").stands();
        let older = measure(39 - number as u8, "Fähre Radweg").stands();
        one_by_one.apply(&[older, before], number as u64 * 2 + 1).unwrap();
        one_by_one
            .apply(&[draft.stands(), measure(number as u8 + 100, "").gone()], number as u64 * 2 + 2)
            .unwrap();
    }
    for text in ["Radweg Brücke", "Rad", "", "Brücke -Radweg", "Brükce", "Fähre", "Radwege Brü"] {
        assert_eq!(find(&at_once, text), find(&one_by_one, text), "{text}");
    }
    let (publisher, record) = drafts[0].name();
    let alike = |library: &Catalogue| library.similar(&publisher, record, Lang::De, 10).unwrap();
    assert_eq!(alike(&at_once), alike(&one_by_one));
}

#[test]
fn what_was_removed_from_a_large_segment_does_not_count() {
    let draft = |number: u16| {
        let title = match (number % 100, number % 3) {
            (7 | 8, _) => "Radweg zur Fähre",
            (_, 0) => "Radweg und Brücke",
            _ => "Radweg",
        };
        numbered(number, title)
    };
    // As many as have the ferry, and many fewer than have the cycle path.
    let is_removed = |number: &u16| number % 50 == 7;
    let changed = catalogue(&(0..600).map(draft).collect::<Vec<_>>());
    let gone: Vec<_> = (0..600).filter(is_removed).map(|number| draft(number).gone()).collect();
    changed.apply(&gone, 2).unwrap();
    let fresh = catalogue(&(0..600).filter(|number| !is_removed(number)).map(draft).collect::<Vec<_>>());
    for text in ["Radweg", "Fähre Radweg", "Brücke Radweg", "Fähr", "Rdaweg", ""] {
        assert_eq!(find(&changed, text), find(&fresh, text), "{text}");
    }
}

#[test]
fn what_meets_a_need_does_not_depend_on_what_came_first() {
    let mut drafts = vec![
        measure(1, "Schäden auf einer Karte melden")
            .kind("need")
            .with("action_fields", list(&["administration"]))
            .with("population_class", "5k-10k".into()),
    ];
    for number in 2..30 {
        let title =
            ["Mängelmelder mit Karte", "Schadensmeldung", "Karte der Schäden"][usize::from(number % 3)];
        let fields = list(&[["administration", "mobility"][usize::from(number % 2)]]);
        drafts.push(measure(number, title).kind("solution").with("action_fields", fields));
    }
    let solution = format!("th.jena/{}", drafts[4].name().1);
    drafts.push(
        measure(40, "Wir nutzen ihn")
            .kind("adoption")
            .by("th.weimar")
            .with("solution", solution.as_str().into())
            .with("population_class", "5k-10k".into()),
    );
    let kiel = catalogue(&drafts);
    let husum = Catalogue::in_memory();
    for (at, draft) in drafts.iter().rev().enumerate() {
        husum.apply(&[draft.stands()], at as u64 + 1).unwrap();
    }
    for draft in &drafts[..6] {
        let (publisher, record) = draft.name();
        let matches = |library: &Catalogue| library.matches(&publisher, record, Lang::De, 10).unwrap();
        assert_eq!(matches(&kiel), matches(&husum));
        assert_ne!(matches(&kiel), []);
    }
    for text in ["Mängelmelder", "Karte Schäden", "Mängelmledre", "Verwaltung", ""] {
        assert_eq!(find(&kiel, text), find(&husum, text), "{text}");
    }
}

#[test]
fn who_types_a_title_finds_it_first() {
    let text =
        "Der Mängelmelder: Mängelmelder für Bürger. Mit dem Mängelmelder melden sie Mängel im Mängelmelder.";
    let about =
        |number: u8, title: &str, kind: &str| measure(number, title).kind(kind).with("summary", german(text));
    let library = catalogue(&[
        measure(1, "Mängelmelder").kind("solution"),
        about(2, "Stadtverwaltung Jena", "organisation"),
        about(3, "Beteiligung zum neuen Mängelmelder der Stadt und ihrer Ortsteile", "participation"),
        about(4, "Wie Jena den Mängelmelder einführte", "measure"),
        measure(5, "Digitale Dörfer").kind("solution"),
        about(6, "Dörfer, digitale Dörfer und noch mehr digitale Dörfer im ganzen Land", "measure"),
    ]);
    for typed in ["Mängelmelder", "mängelmelder", "Maengelmelder", "Mängelmedler"] {
        assert_eq!(titles(&library, typed)[0], "Mängelmelder", "{typed}");
    }
    assert_eq!(titles(&library, "digitale Dörfer")[0], "Digitale Dörfer");
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

#[test]
fn what_is_alike_is_found_with_the_words_that_both_have() {
    let text = |text: &str| german(text);
    let library = catalogue(&[
        measure(1, "Baumkataster")
            .with("description", text("Alle Straßenbäume mit Sensoren auf einer Karte")),
        measure(2, "Bäume am Fluss")
            .with("description", text("Sensoren messen, wie trocken Straßenbäume stehen")),
        measure(3, "Haushalt").with("description", text("Zahlen der Kämmerei")),
    ]);
    let (publisher, record) = measure(1, "").name();
    let similar = library.similar(&publisher, record, Lang::De, 5).unwrap();
    assert_eq!(similar.len(), 1);
    assert_eq!(similar[0].hit.title, "Bäume am Fluss");
    assert!(similar[0].shared.contains(&"Sensoren".to_owned()), "{:?}", similar[0].shared);
    let (nobody, nothing) = measure(9, "").name();
    assert_eq!(library.similar(&nobody, nothing, Lang::De, 5).unwrap(), []);
}

#[test]
fn needs_and_what_answers_them_meet_with_reasons() {
    let leika = |key: &str| list(&[key]);
    let solution = measure(1, "Mängelmelder mit Karte")
        .kind("solution")
        .with("action_fields", list(&["administration"]))
        .with("leika", leika("99108035012000"));
    let other = measure(2, "Karte der Spielplätze").kind("solution").by("sh.kiel");
    let need = measure(3, "Schäden auf einer Karte melden")
        .kind("need")
        .with("action_fields", list(&["administration"]))
        .with("population_class", "5k-10k".into())
        .with("leika", leika("99108035012000"));
    let target = format!("th.jena/{}", solution.name().1);
    let adoption = measure(4, "Wir nutzen den Mängelmelder")
        .kind("adoption")
        .by("th.weimar")
        .with("solution", target.as_str().into())
        .with("population_class", "5k-10k".into())
        .with("status", "in-use".into());
    // Who decided against it uses nothing.
    let against = measure(6, "Geprüft und verworfen")
        .kind("adoption")
        .by("th.gera")
        .with("solution", target.as_str().into())
        .with("population_class", "5k-10k".into())
        .with("status", "rejected".into());
    let library = catalogue(&[solution.clone(), other, need.clone(), adoption, against]);
    let (publisher, record) = need.name();
    let matches = library.matches(&publisher, record, Lang::De, 5).unwrap();
    assert_eq!(matches[0].hit.title, "Mängelmelder mit Karte");
    assert_eq!((matches[0].hit.adoptions, matches[0].hit.users), (2, 1));
    let reasons = &matches[0].reasons;
    assert_eq!(reasons[0], Reason::Supports(vec!["99108035012000".to_owned()]));
    assert!(reasons.contains(&Reason::ActionFields(vec!["administration".to_owned()])), "{reasons:?}");
    assert!(reasons.contains(&Reason::AdoptedByClass("5k-10k".to_owned(), 1)), "{reasons:?}");
    assert!(reasons.contains(&Reason::Land("th".to_owned())), "{reasons:?}");
    let (publisher, record) = solution.name();
    let back = library.matches(&publisher, record, Lang::De, 5).unwrap();
    assert_eq!(back[0].hit.title, "Schäden auf einer Karte melden");
    let used =
        library.used_by(&["sh.kiel".parse().unwrap(), "th.weimar".parse().unwrap()], Lang::De, 5).unwrap();
    assert_eq!((used.len(), used[0].hit.title.as_str()), (1, "Mängelmelder mit Karte"));
    assert_eq!(used[0].by, ["th.weimar".parse().unwrap()]);
}

#[test]
fn municipalities_like_ours_are_told_by_class_and_distance() {
    let profile = |number, name: &str, class: &str| {
        measure(number, name).kind("organisation").by(name).with("population_class", class.into())
    };
    let library = catalogue(&[
        profile(1, "th.jena", "over-100k"),
        profile(2, "th.weimar", "50k-100k"),
        profile(3, "sh.kiel", "over-100k"),
    ]);
    let towns: Vec<(Name, Option<String>)> = [
        ("th.jena", "160530000000"),
        ("th.weimar", "160550000000"),
        ("sh.kiel", "010020000000"),
        ("th.shk", "16074"),
    ]
    .map(|(name, ars)| (name.parse().unwrap(), Some(ars.to_owned())))
    .into();
    let alike = library.alike(Register::built_in(), &"th.jena".parse().unwrap(), &towns, 9).unwrap();
    let told: Vec<_> =
        alike.iter().map(|one| (one.publisher.as_str(), one.same_class, one.distance_km)).collect();
    assert_eq!(told.len(), 2, "a district is no municipality");
    assert_eq!((told[0].0, told[0].1), ("sh.kiel", true));
    assert_eq!((told[1].0, told[1].1), ("th.weimar", false));
    assert!(told[1].2.unwrap() < 25 && told[0].2.unwrap() > 300, "{told:?}");
}

/// What nobody types may take this long on a busy machine; what grew with the square of it would take minutes.
const HOSTILE_MAX: Duration = Duration::from_secs(2);

#[test]
fn hostile_queries_are_answered() {
    let library = library();
    let brackets = "(".repeat(5_000) + &")".repeat(5_000);
    let texts = [
        "x".repeat(10_000),
        (0..1_000).map(|n| format!("wort{n} ")).collect(),
        "(a+)+$ .*.*.* [a-z]{1,99}".to_owned(),
        "\u{0}\u{1}\u{7f}\u{202e}".repeat(50),
        brackets,
        "kind:".repeat(500),
        "a:b:c:d \"\" -\"\" -".to_owned(),
        "Bürgerbeteiligungsverfahrenskoordinierungsstelle ".repeat(200),
        (0..300).map(|n| format!("Verwalt{n:03}ung ")).collect(),
        (0..200).map(|n| format!("\"offene Daten {n}\" -\"Stadt {n}\" ")).collect(),
    ];
    for text in texts {
        let began = Instant::now();
        let found = find(&library, &text);
        let shown = text.chars().take(20).collect::<String>();
        assert!(found.total <= 5, "{shown}");
        assert!(began.elapsed() < HOSTILE_MAX, "{shown}: {:?}", began.elapsed());
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
