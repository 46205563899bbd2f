//! Rust sources as the rules read them: without comments and texts, and without the tests at their end.

use crate::circle::module_of;

/// The code with comments, texts and letters blanked out, line by line as before.
pub(crate) fn code(source: &str) -> String {
    let letters: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while let Some(letter) = letters.get(at).copied() {
        let end = match (letter, letters.get(at + 1)) {
            ('/', Some('/')) => until(&letters, at, |rest| rest.starts_with(&['\n'])),
            ('/', Some('*')) => end_of_block(&letters, at),
            ('"', _) => end_of_text(&letters, at),
            ('r', Some('"' | '#')) if !in_word(&letters, at) => end_of_raw(&letters, at),
            ('\'', _) => end_of_letter(&letters, at),
            _ => at,
        };
        if end == at {
            out.push(letter);
            at += 1;
        } else {
            let blanked = letters.get(at..end).unwrap_or_default().iter();
            out.extend(blanked.map(|letter| if *letter == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

fn in_word(letters: &[char], at: usize) -> bool {
    // `br"..."` is a text too, `color"` is nothing that compiles.
    let before = at.checked_sub(1).and_then(|before| letters.get(before));
    before.is_some_and(|letter| letter.is_alphanumeric() && *letter != 'b' || *letter == '_')
}

fn until(letters: &[char], from: usize, stop: impl Fn(&[char]) -> bool) -> usize {
    (from..letters.len()).find(|at| letters.get(*at..).is_some_and(&stop)).unwrap_or(letters.len())
}

fn end_of_block(letters: &[char], from: usize) -> usize {
    let (mut depth, mut at) = (0_usize, from);
    while let Some(rest) = letters.get(at..).filter(|rest| !rest.is_empty()) {
        match rest {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] if depth == 1 => return at + 2,
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    at
}

fn end_of_text(letters: &[char], from: usize) -> usize {
    let mut at = from + 1;
    while let Some(letter) = letters.get(at) {
        match letter {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    letters.len()
}

fn end_of_raw(letters: &[char], from: usize) -> usize {
    let hashes = letters.iter().skip(from + 1).take_while(|letter| **letter == '#').count();
    if letters.get(from + 1 + hashes) != Some(&'"') {
        return from; // A raw identifier such as r#type.
    }
    let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let end = until(letters, from + 2 + hashes, |rest| rest.starts_with(&close));
    (end + close.len()).min(letters.len())
}

fn end_of_letter(letters: &[char], from: usize) -> usize {
    match letters.get(from + 1..) {
        Some(['\\', _, rest @ ..]) => {
            from + 3 + rest.iter().position(|letter| *letter == '\'').map_or(0, |close| close + 1)
        }
        Some([_, '\'', ..]) => from + 3,
        _ => from, // A lifetime.
    }
}

/// The code in front of `#[cfg(test)]` and behind it: what runs, and what tests it.
pub(crate) fn split_tests(code: &str) -> (&str, &str) {
    code.split_once("#[cfg(test)]").unwrap_or((code, ""))
}

/// Every `use` of the code, as one line without blanks at its ends.
pub(crate) fn uses(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let (before, from) = code.split_at(at);
        let line = before.rsplit('\n').next().unwrap_or_default().trim();
        let opens = line.is_empty() || line.ends_with(['{', ';']) || line.starts_with("pub");
        if opens && let Some((statement, _)) = from.split_once(';') {
            let path = statement.trim_start_matches("use ").split_whitespace().collect::<Vec<_>>().join(" ");
            found.push(if line.starts_with("pub") { format!("{line} {path}") } else { path });
        }
    }
    found
}

/// Whether the word stands in the code as a word of its own.
pub(crate) fn names(code: &str, word: &str) -> bool {
    let part_of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(word).any(|(at, _)| {
        let (before, from) = code.split_at(at);
        let after = from.strip_prefix(word).unwrap_or_default();
        !before.ends_with(part_of_word) && !after.starts_with(part_of_word)
    })
}

/// Imports that are not one path a line from where the name is defined.
pub(crate) fn crooked_imports(place: &str, code: &str, own_crates: &[&str]) -> Vec<String> {
    let mut breaches = Vec::new();
    for path in uses(code) {
        let ours = |path: &str| {
            let first = path.split("::").next().unwrap_or_default();
            ["crate", "super", "self"].contains(&first) || own_crates.contains(&first)
        };
        if path.contains('*') {
            breaches.push(format!("{place}: `use {path}` is a glob"));
        } else if path.starts_with("pub") && gives_second_path(place, &path) {
            breaches.push(format!("{place}: `{path}` gives a name a second path"));
        } else if ours(&path) && path.contains('{') {
            breaches.push(format!("{place}: `use {path}` holds more than one path"));
        } else if ours(&path)
            && path.split("::").nth(1).is_some_and(|second| second.starts_with(char::is_uppercase))
            && !path.starts_with("super")
        {
            breaches.push(format!("{place}: `use {path}` goes through lib.rs"));
        }
    }
    breaches
}

/// Whether a `pub use` lets a name of ours be had from a file that neither defines it nor is made of the file
/// that does: a room may show what its own parts hold, lib.rs and neighbours may not.
fn gives_second_path(place: &str, path: &str) -> bool {
    let Some((_, path)) = path.split_once(' ') else { return false };
    let module = place.split_once("/src/").and_then(|(_, inside)| module_of(inside));
    match module {
        None => true,
        Some(module) if path.starts_with("crate::") => !path.starts_with(&format!("crate::{module}::")),
        Some(_) => path.starts_with("super::"),
    }
}

#[cfg(test)]
mod tests {
    use crate::source::code;
    use crate::source::crooked_imports;
    use crate::source::names;
    use crate::source::split_tests;
    use crate::source::uses;

    #[test]
    fn comments_and_texts_are_no_code() {
        let source = "a // HashMap\n/* b /* c */ d */ e \"f\\\" g\" r#\"h\" i\"# 'j' '\\'' k<'l> br\"m\" r#n '\\u{1}' o";
        let kept: String = code(source).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(kept, "a e k<'l> b r#n o");
        assert_eq!(code("\"a\nb\"\nc").lines().count(), 3);
    }

    #[test]
    fn a_word_is_found_only_whole() {
        assert!(names("let map: HashMap<u8, u8>;", "HashMap"));
        assert!(!names("let map: MyHashMap<u8, u8>;", "HashMap"));
        assert!(!names("operand.rand_like()", "rand"));
        assert!(names("rand::random()", "rand"));
        assert!(names("std :: x; std::fs::read(a)", "std::fs"));
    }

    #[test]
    fn imports_are_read_over_several_lines() {
        let source =
            "use a::{\n    b,\n    c,\n};\npub(crate) use d::e;\nfn f() { use g::h; }\nlet reuse = 1;\n";
        assert_eq!(uses(source), ["a::{ b, c, }", "pub(crate) d::e", "g::h"]);
        assert_eq!(split_tests("a\n#[cfg(test)]\nmod tests {}").0, "a\n");
    }

    #[test]
    fn crooked_imports_are_seen() {
        let crooked = |source: &str| crooked_imports("crates/web/src/lib.rs", source, &["record"]).len();
        assert_eq!(crooked("use super::*;"), 1);
        assert_eq!(crooked("use std::io::*;"), 1);
        assert_eq!(crooked("use crate::a::{B, C};"), 1);
        assert_eq!(crooked("use crate::Statement;"), 1);
        assert_eq!(crooked("use record::Statement;"), 1);
        assert_eq!(crooked("pub use crate::a::B;"), 1);
        let shown = |source: &str| crooked_imports("crates/web/src/pages.rs", source, &[]).len();
        assert_eq!(shown("pub use crate::frame::Frame;"), 1);
        assert_eq!(shown("pub(crate) use super::frame::Frame;"), 1);
        assert_eq!(shown("pub use crate::pages::record::Page;"), 0);
        assert_eq!(
            crooked("use crate::a::B;\nuse std::{io, fs};\nuse super::B;\nuse record::name::Name;"),
            0
        );
    }
}
