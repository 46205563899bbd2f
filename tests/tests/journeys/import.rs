//! 129 publiccode.yml files of real repositories, taken in by one node, twice.

use harness::daemon::Federation;
use harness::stamp::workspace;
use serde_json::Value as Json;

/// Files of the collection that are no publiccode.yml at all or have no readable core.
const REFUSED_MAX: usize = 3;

#[test]
fn real_files_are_taken_in_once() {
    let files = workspace().join("../shared/data/publiccode");
    if !files.is_dir() {
        println!("left out: the collection of publiccode.yml files is not at {}", files.display());
        return;
    }
    let count = std::fs::read_dir(&files).unwrap().count();
    let mut federation = Federation::found(&["th"]).unwrap();
    federation.start_all().unwrap();
    let th = federation.node("th").unwrap();
    let arguments = ["import", "publiccode", &files.display().to_string()];
    let number = |report: &Json, field: &str| usize::try_from(report[field].as_u64().unwrap()).unwrap();

    let first = th.does(&arguments).unwrap();
    let taken = number(&first, "taken") + number(&first, "taken_with_remarks");
    let refused = number(&first, "refused");
    println!("{count} files: {taken} taken, {refused} refused");
    assert_eq!((first["files"].as_array().unwrap().len(), taken + refused), (count, count));
    assert!(refused <= REFUSED_MAX, "{first:#}");
    for file in first["files"].as_array().unwrap() {
        let why = file["why"].as_str().unwrap_or_default();
        match file["result"].as_str().unwrap() {
            "refused" => assert!(why.len() > 20, "a sentence says why: {file}"),
            _ => assert!(file["record"].as_str().unwrap().starts_with("th/"), "{file}"),
        }
    }
    let status = th.status().unwrap();
    assert_eq!(status["heads"], taken, "every file is a record of its own");

    let again = th.does(&arguments).unwrap();
    assert_eq!((number(&again, "unchanged"), number(&again, "refused")), (taken, refused), "{again:#}");
    let after = th.status().unwrap();
    assert_eq!((&after["change"], &after["buckets"]), (&status["change"], &status["buckets"]));
    assert!(!th.log().contains("panicked"), "{}", th.log());
}
