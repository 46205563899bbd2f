//! Rules on the text of single files: their length, their first line, and words that must not stand there.

use crate::source::code;
use crate::source::names;
use crate::source::split_tests;

/// Lines of a Rust file.
const LINES_MAX: usize = 600;

/// Whether the file is too long to be one thing.
pub(crate) fn too_long(place: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > LINES_MAX).then(|| format!("{place} has {lines} lines, at most {LINES_MAX} are allowed"))
}

/// Whether the file opens with its sentence.
pub(crate) fn unopened(place: &str, text: &str) -> Option<String> {
    (!text.starts_with("//! ")).then(|| format!("{place} does not open with a `//!` sentence"))
}

/// Words for work that was not done, and tests that do not run.
pub(crate) fn unfinished(place: &str, text: &str) -> Vec<String> {
    // Put together here, so that this file does not break its own rule.
    let words = [["TO", "DO"], ["FIX", "ME"], ["XX", "X"]].map(|parts| parts.concat());
    let mut found: Vec<String> = words.into_iter().filter(|word| names(text, word)).collect();
    if place.ends_with(".rs") {
        let calls = ["todo!", "unimplemented!", "#[ignore"];
        let code = code(text);
        found.extend(calls.into_iter().filter(|call| code.contains(call)).map(str::to_owned));
    }
    found.into_iter().map(|word| format!("{place} contains \"{word}\"")).collect()
}

/// Whether a test waits for a time. All of a file below a `tests` folder is test code.
pub(crate) fn sleeping(place: &str, text: &str) -> Option<String> {
    let all_test = place.split('/').any(|part| part == "tests");
    let code = code(text);
    let tests = if all_test { code.as_str() } else { split_tests(&code).1 };
    let call = ["sleep", "sleep_until"]
        .into_iter()
        .find(|call| names(tests, call) && tests.contains(&format!("{call}(")));
    call.map(|call| format!("{place} calls {call}() in a test"))
}

/// Words of the pure centre that name time, chance, the disk, the network, or an order that is not the same twice.
pub(crate) fn impure(place: &str, text: &str) -> Vec<String> {
    let words = [
        "tokio",
        "std::net",
        "std::fs",
        "std::thread",
        "std::env",
        "std::process",
        "SystemTime",
        "Instant::now",
        "Timestamp::now",
        "rand",
        "getrandom",
        "HashMap",
        "HashSet",
    ];
    let code = code(text);
    let found = words.into_iter().filter(|word| names(&code, word));
    found.map(|word| format!("{place} names {word}")).collect()
}

/// Paths of the machine it was written on, and hosts that packages came from.
pub(crate) fn machine_traces(place: &str, text: &str) -> Vec<String> {
    let mut traces = vec![
        ["/wor", "k/"].concat(),
        ["/ro", "ot/"].concat(),
        ["/tm", "p/bash"].concat(),
        ["artif", "actory"].concat(),
    ];
    let is_lock = place.ends_with("package-lock.json") || place.ends_with("Cargo.lock");
    if is_lock {
        traces.extend([["local", "host:"].concat(), ["\"res", "olved\""].concat()]);
    } else {
        for scheme in ["http://", "https://"] {
            traces.extend(["index.", "registry.", "files.", "deb."].map(|host| [scheme, host].concat()));
        }
    }
    let mut breaches = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if let Some(trace) = traces.iter().find(|trace| line.contains(trace.as_str())) {
            breaches.push(format!("{place}, line {}: contains \"{trace}\"", number + 1));
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use crate::text::impure;
    use crate::text::machine_traces;
    use crate::text::sleeping;
    use crate::text::too_long;
    use crate::text::unfinished;
    use crate::text::unopened;

    #[test]
    fn a_long_file_is_seen() {
        assert!(too_long("a.rs", &"\n".repeat(601)).is_some());
        assert!(too_long("a.rs", &"\n".repeat(600)).is_none());
    }

    #[test]
    fn a_file_without_a_sentence_is_seen() {
        assert!(unopened("a.rs", "use std::io;").is_some());
        assert!(unopened("a.rs", "\n//! Late.").is_some());
        assert!(unopened("a.rs", "//! What it is.\n").is_none());
    }

    #[test]
    fn unfinished_work_is_seen() {
        let word = ["TO", "DO"].concat();
        assert_eq!(unfinished("a.py", &format!("# {word}: later")).len(), 1);
        assert_eq!(unfinished("a.rs", "#[ignore]\nfn a() { todo!() }").len(), 2);
        assert_eq!(unfinished("a.rs", "#[ignore = \"slow\"]").len(), 1);
        assert_eq!(unfinished("a.rs", "// Nothing is ignored here: \"todo!\"").len(), 0);
    }

    #[test]
    fn a_sleeping_test_is_seen() {
        assert!(sleeping("crates/web/tests/a.rs", "std::thread::sleep(pause)").is_some());
        assert!(sleeping("crates/web/src/a.rs", "#[cfg(test)]\nmod tests { sleep(pause).await }").is_some());
        assert!(sleeping("crates/web/src/a.rs", "tokio::time::sleep(pause).await").is_none());
        assert!(sleeping("crates/web/tests/a.rs", "// sleep() is not for us").is_none());
    }

    #[test]
    fn impurity_is_seen() {
        assert_eq!(impure("a.rs", "use std::collections::HashMap;\nlet now = Instant::now();").len(), 2);
        assert_eq!(impure("a.rs", "// a HashMap would do\nlet operand = brand::new();").len(), 0);
    }

    #[test]
    fn traces_of_a_machine_are_seen() {
        let path = ["cd /wor", "k/x"].concat();
        assert_eq!(machine_traces("a.sh", &path).len(), 1);
        assert_eq!(machine_traces("a.md", &["https://regi", "stry.example.org"].concat()).len(), 1);
        let lock = ["\"res", "olved\": \"x\""].concat();
        assert_eq!(machine_traces("a/package-lock.json", &lock).len(), 1);
        assert_eq!(machine_traces("a.md", "https://www.destatis.de/ and homework/a").len(), 0);
    }
}
