//! The index through its life: fed, restarted, broken, erased.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where its story breaks")]

#[allow(dead_code, reason = "each story uses its own part of the town")]
mod town;

use catalogue::change::ApplyError;
use catalogue::change::Change;
use catalogue::home::OpenError;
use catalogue::index::Catalogue;
use catalogue::query::Filters;
use catalogue::query::Query;
use record::moment::Moment;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;
use town::catalogue;
use town::find;
use town::german;
use town::measure;
use town::numbered;
use town::titles;

const DAY_SECONDS: u64 = 86_400;
/// So many segments of a size become one.
const SEGMENTS_MERGED: usize = 6;
/// How long a test waits for anything.
const END: Duration = Duration::from_secs(30);

#[test]
fn who_signed_something_lately_is_known_while_it_stands() {
    let library = catalogue(&[
        measure(1, "Alt").by("th.gera"),
        measure(2, "Neu").by("sh.kiel").later(DAY_SECONDS),
        measure(3, "Auch neu").by("sh.kiel").later(2 * DAY_SECONDS),
        measure(4, "Gleich alt").by("th.weimar").later(DAY_SECONDS),
    ]);
    let since = |days: u64| -> Vec<String> {
        let since = Moment::from_seconds(1_790_000_000 + days * DAY_SECONDS).unwrap();
        library.publishers_since(since).unwrap().iter().map(ToString::to_string).collect()
    };
    assert_eq!(since(0), ["sh.kiel", "th.gera", "th.weimar"]);
    assert_eq!(since(1), ["sh.kiel", "th.weimar"]);
    assert_eq!(since(2), ["sh.kiel"]);
    library.apply(&[measure(3, "Auch neu").by("sh.kiel").gone()], 2).unwrap();
    assert_eq!(since(2), [""; 0]);
}

#[test]
fn a_new_version_replaces_the_old_one() {
    let library = catalogue(&[measure(1, "Baumkataster"), measure(2, "Radweg")]);
    library.apply(&[measure(1, "Grünflächenkarte").stands()], 2).unwrap();
    assert_eq!(library.count(), 2);
    assert_eq!(titles(&library, "Baumkataster"), Vec::<String>::new());
    assert_eq!(titles(&library, "Grünflächenkarte"), ["Grünflächenkarte"]);
    assert_eq!(library.suggest("Baumk", 5), Vec::<String>::new());
    assert_eq!(find(&library, "").facets["kind"], [("measure".to_owned(), 2)]);
    library.apply(&[measure(1, "Grünflächenkarte").stands()], 2).unwrap();
    assert_eq!(library.count(), 2, "saying it again changes nothing");
}

#[test]
fn a_bulk_is_one_commit_and_the_last_word_on_each_record_counts() {
    let library = catalogue(&[measure(1, "Stand 0"), measure(2, "Stand 0")]);
    // As many records as fill a group by themselves, so that versions of one record meet different writers.
    let version = |version: u64| (1..=200).map(move |number| measure(number, &format!("Stand {version}")));
    let bulk = || -> Vec<Result<(Vec<Change>, u64), ApplyError>> {
        let gone = version(3).step_by(2).map(|draft| draft.gone());
        vec![
            Ok((version(1).map(|draft| draft.stands()).collect(), 2)),
            Ok((version(2).map(|draft| draft.stands()).chain(gone).collect(), 3)),
        ]
    };
    let broken = || Err(ApplyError::Folder(std::io::ErrorKind::StorageFull.into()));
    assert!(library.apply_all(bulk().into_iter().chain([broken()])).is_err());
    assert_eq!((library.checkpoint(), library.count()), (1, 2), "half a bulk is none");
    assert_eq!(find(&library, "Stand 0").total, 2);
    library.apply_all(bulk()).unwrap();
    assert_eq!((library.checkpoint(), library.count()), (3, 100));
    assert_eq!(find(&library, "Stand").hits[0].title, "Stand 2");
    assert_eq!(find(&library, "").facets["kind"], [("measure".to_owned(), 100)]);
    library.apply_all::<ApplyError>([]).unwrap();
    assert_eq!(library.checkpoint(), 3, "nothing came");
}

#[test]
fn merged_segments_are_searched_without_a_change() {
    let folder = tempfile::tempdir().unwrap();
    let library = Catalogue::open(folder.path()).unwrap();
    assert!(!library.adopt_merged().unwrap(), "where nothing is nothing was merged");
    let (mut number, began) = (0, Instant::now());
    // A merge that ends before its change is shown is seen with it.
    while library.segments() < SEGMENTS_MERGED {
        assert!(began.elapsed() < END, "segments are always merged at once");
        number += 1;
        library.apply(&[numbered(number, "Radweg").stands()], u64::from(number)).unwrap();
    }
    while !library.adopt_merged().unwrap() {
        assert!(began.elapsed() < END, "segments are never merged");
        std::thread::park_timeout(Duration::from_millis(10));
    }
    while library.adopt_merged().unwrap() {
        assert!(began.elapsed() < END, "what was adopted is not searched");
    }
    assert!(library.segments() < SEGMENTS_MERGED);
    assert_eq!(find(&library, "Radweg").total, u64::from(number));
    assert_eq!([library.checkpoint(), library.shown()], [u64::from(number); 2]);
    std::fs::remove_file(folder.path().join("meta.json")).unwrap();
    assert!(library.adopt_merged().is_err() && library.is_damaged());
    assert_eq!(find(&library, "Radweg").total, u64::from(number), "reading goes on");
}

#[test]
fn what_is_retracted_or_gone_is_not_found() {
    let library = catalogue(&[measure(1, "Baumkataster"), measure(2, "Radweg"), measure(3, "Rufbus")]);
    library.apply(&[measure(1, "Baumkataster").retracted().stands(), measure(2, "").gone()], 2).unwrap();
    assert_eq!(titles(&library, ""), ["Rufbus"]);
    assert_eq!(library.count(), 1);
    // The last word in one batch counts.
    library.apply(&[measure(3, "").gone(), measure(3, "Bürgerbus").stands()], 3).unwrap();
    library.apply(&[measure(2, "Radweg").stands(), measure(2, "").gone()], 4).unwrap();
    assert_eq!(titles(&library, ""), ["Bürgerbus"]);
    // The same record id of another publisher is another record.
    library.apply(&[measure(3, "").by("sh.kiel").gone()], 5).unwrap();
    assert_eq!(library.count(), 1);
}

#[test]
fn the_records_of_a_publisher_are_counted() {
    let library =
        catalogue(&[measure(1, "Baumkataster"), measure(2, "Radweg"), measure(3, "Rufbus").by("sh.kiel")]);
    let counts = || ["th.jena", "sh.kiel", "sh"].map(|name| library.count_of(name).unwrap());
    assert_eq!(counts(), [2, 1, 0]);
    library
        .apply(&[measure(1, "Baumkataster").retracted().stands(), measure(2, "Radwege").stands()], 2)
        .unwrap();
    assert_eq!(counts(), [1, 1, 0]);
}

#[test]
fn what_nodes_say_to_each_other_is_found_only_when_asked_for() {
    let library = catalogue(&[measure(1, "Verteiler").kind("node"), measure(2, "Radweg")]);
    let all = library.find(&Query::default()).unwrap();
    assert_eq!((all.total, all.hits[0].title.as_str()), (1, "Radweg"));
    assert!(all.facets.values().flatten().all(|(code, _)| code != "node"), "{:?}", all.facets);
    assert_eq!(titles(&library, "Verteiler"), Vec::<String>::new());
    assert_eq!(library.count_of("th.jena").unwrap(), 1);
    let asked = Query { filters: Filters::none().with("kind", "node"), ..Query::default() };
    assert_eq!(library.find(&asked).unwrap().total, 1);
}

#[test]
fn attestations_are_no_records() {
    let library = catalogue(&[measure(1, "Stadt Jena").kind("attestation"), measure(2, "Radweg")]);
    assert_eq!(titles(&library, ""), ["Radweg"]);
}

#[test]
fn the_checkpoint_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let library = Catalogue::open(folder.path()).unwrap();
    assert_eq!((library.checkpoint(), library.rebuilt()), (0, None));
    library.apply(&[measure(1, "Radweg").stands()], 41).unwrap();
    library.apply(&[], 42).unwrap();
    assert_eq!(library.checkpoint(), 42);
    drop(library);
    let library = Catalogue::open(folder.path()).unwrap();
    assert_eq!((library.checkpoint(), library.rebuilt()), (42, None));
    assert_eq!(titles(&library, "Radweg"), ["Radweg"]);
    library.apply(&[measure(2, "Rufbus").stands()], 43).unwrap();
    assert_eq!(library.count(), 2);
}

#[test]
fn an_index_that_was_never_fed_is_not_called_broken() {
    let folder = tempfile::tempdir().unwrap();
    drop(Catalogue::open(folder.path()).unwrap());
    assert_eq!(Catalogue::open(folder.path()).unwrap().rebuilt(), None);
}

fn filled(folder: &Path) {
    let library = Catalogue::open(folder).unwrap();
    library.apply(&[measure(1, "Radweg").stands()], 7).unwrap();
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Opens a folder that something happened to: it begins anew, says so, and works again.
fn begins_anew(folder: &Path, what: &str) {
    let library = Catalogue::open(folder).unwrap();
    assert!(library.rebuilt().is_some(), "{what}");
    assert_eq!((library.checkpoint(), library.count()), (0, 0), "{what}");
    library.apply(&[measure(1, "Radweg").stands()], 7).unwrap();
    library.settle().unwrap();
    assert_eq!(titles(&library, "Radweg"), ["Radweg"], "{what}");
    drop(library);
    assert_eq!(Catalogue::open(folder).unwrap().checkpoint(), 7, "{what}");
}

#[test]
fn whatever_file_breaks_the_index_is_built_anew() {
    let whole = tempfile::tempdir().unwrap();
    filled(whole.path());
    for file in files(whole.path()) {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".lock") || name == ".managed.json" {
            continue;
        }
        for damage in ["missing", "empty", "short", "flipped", "rubbish"] {
            let folder = tempfile::tempdir().unwrap();
            for file in files(whole.path()) {
                std::fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
            }
            let target = folder.path().join(&name);
            let mut bytes = std::fs::read(&target).unwrap();
            match damage {
                "missing" => std::fs::remove_file(&target).unwrap(),
                "empty" => std::fs::write(&target, b"").unwrap(),
                "short" => std::fs::write(&target, &bytes[..6]).unwrap(),
                "rubbish" => std::fs::write(&target, [0xff; 999]).unwrap(),
                _ => {
                    let middle = bytes.len() / 3;
                    bytes[middle] ^= 0x55;
                    std::fs::write(&target, &bytes).unwrap();
                }
            }
            if name == "meta.json" && damage == "missing" {
                // Without it there is no index to speak of: begun anew without a word.
                assert_eq!(Catalogue::open(folder.path()).unwrap().checkpoint(), 0);
                continue;
            }
            begins_anew(folder.path(), &format!("{name} {damage}"));
        }
    }
}

#[test]
fn an_index_of_another_form_is_built_anew() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let meta = folder.path().join("meta.json");
    let text = std::fs::read_to_string(&meta).unwrap();
    let at = text.find("\"payload\":").unwrap();
    let (head, tail) = text.split_at(at);
    let other = tail.replacen(|digit: char| digit.is_ascii_hexdigit() && digit.is_ascii_digit(), "x", 1);
    std::fs::write(&meta, format!("{head}{other}")).unwrap();
    let library = Catalogue::open(folder.path()).unwrap();
    assert!(library.rebuilt().is_some());
    assert_eq!((library.checkpoint(), library.count()), (0, 1), "the old one is searched meanwhile");
    library.apply(&[measure(2, "Rufbus").stands()], 7).unwrap();
    assert_eq!(titles(&library, ""), ["Radweg"]);
    library.settle().unwrap();
    assert_eq!((library.checkpoint(), titles(&library, "")), (7, vec!["Rufbus".to_owned()]));
    library.apply(&[measure(3, "Radweg").stands()], 8).unwrap();
    drop(library);
    let library = Catalogue::open(folder.path()).unwrap();
    assert_eq!((library.rebuilt(), library.checkpoint(), library.count()), (None, 8, 2));
}

#[test]
fn an_index_is_built_anew_beside_the_one_that_is_searched() {
    let folder = tempfile::tempdir().unwrap();
    for library in [Catalogue::open(folder.path()).unwrap(), Catalogue::in_memory()] {
        library.apply(&[measure(1, "Radweg").stands()], 7).unwrap();
        library.begin_anew().unwrap();
        assert_eq!((library.checkpoint(), titles(&library, "")), (0, vec!["Radweg".to_owned()]));
        library.apply(&[measure(1, "Radweg").stands()], 7).unwrap();
        library.apply(&[measure(2, "Rufbus").stands()], 8).unwrap();
        assert_eq!((library.count(), library.shown()), (1, 7));
        library.settle().unwrap();
        assert_eq!((library.checkpoint(), library.shown(), library.count()), (8, 8, 2));
        library.settle().unwrap();
        library.purge().unwrap();
        assert_eq!(titles(&library, "Rufbus"), ["Rufbus"]);
    }
    // Killed before it was settled: the old one is opened again.
    let library = Catalogue::open(folder.path()).unwrap();
    library.begin_anew().unwrap();
    drop(library);
    let library = Catalogue::open(folder.path()).unwrap();
    assert_eq!((library.rebuilt(), library.checkpoint(), library.count()), (None, 8, 2));
}

#[test]
fn what_is_said_to_be_shown_is_found() {
    let library = Catalogue::in_memory();
    let feed = || {
        for number in 1..=60 {
            library.apply(&[measure(number, "Radweg").stands()], u64::from(number)).unwrap();
        }
    };
    std::thread::scope(|scope| {
        let feeding = scope.spawn(feed);
        while !feeding.is_finished() {
            let shown = library.shown();
            assert!(library.count() >= shown, "{shown} changes are said to be shown");
        }
    });
    assert_eq!((library.shown(), library.count()), (60, 60));
}

#[test]
fn other_files_in_the_folder_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    std::fs::write(folder.path().join("Notizen.txt"), "behalten").unwrap();
    std::fs::write(folder.path().join("meta.json"), "{").unwrap();
    begins_anew(folder.path(), "broken");
    assert_eq!(std::fs::read_to_string(folder.path().join("Notizen.txt")).unwrap(), "behalten");
}

#[test]
fn a_second_process_is_told_and_breaks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let library = Catalogue::open(folder.path()).unwrap();
    library.apply(&[measure(1, "Radweg").stands()], 7).unwrap();
    assert!(matches!(Catalogue::open(folder.path()), Err(OpenError::Busy)));
    assert_eq!(titles(&library, "Radweg"), ["Radweg"]);
}

#[test]
fn a_folder_that_is_none_is_an_error_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalogue");
    std::fs::write(&file, "text").unwrap();
    let error = Catalogue::open(&file).unwrap_err();
    assert!(error.to_string().contains("check that it is a folder"), "{error}");
}

#[test]
fn purged_words_are_in_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let library = Catalogue::open(folder.path()).unwrap();
    let secret = "zwiebelfisch";
    library
        .apply(
            &[
                measure(1, "Radweg").with("description", german(secret)).stands(),
                measure(2, "Rufbus").stands(),
            ],
            1,
        )
        .unwrap();
    let holds = || {
        files(folder.path())
            .iter()
            .filter(|file| {
                std::fs::read(file).unwrap().windows(secret.len()).any(|part| part == secret.as_bytes())
            })
            .count()
    };
    assert!(holds() > 0, "the test must be able to see the word");
    library.apply(&[measure(1, "").gone()], 2).unwrap();
    library.purge().unwrap();
    assert_eq!(holds(), 0);
    assert_eq!(titles(&library, ""), ["Rufbus"]);
    assert_eq!(library.checkpoint(), 2);
    drop(library);
    assert_eq!(Catalogue::open(folder.path()).unwrap().checkpoint(), 2, "a purge keeps the checkpoint");
}

#[test]
fn many_small_commits_stay_few_segments() {
    let folder = tempfile::tempdir().unwrap();
    let library = Catalogue::open(folder.path()).unwrap();
    for number in 0..60u8 {
        library.apply(&[measure(number, "Radweg").stands()], u64::from(number) + 1).unwrap();
    }
    library.purge().unwrap();
    assert_eq!(library.count(), 60);
    let segments =
        files(folder.path()).iter().filter(|file| file.extension().is_some_and(|end| end == "store")).count();
    assert!(segments <= 12, "{segments} segments");
}
