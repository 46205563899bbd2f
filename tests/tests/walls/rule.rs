//! The rules of the house, each with what it says and how a breach is mended.

use std::fmt::Write as _;

/// One rule, as the section "The walls" of crates/README.md names it.
#[derive(Debug)]
pub(crate) struct Rule {
    /// Its name there.
    pub(crate) name: &'static str,
    /// What to do about a breach.
    pub(crate) mend: &'static str,
}

pub(crate) const ARROWS: Rule = Rule {
    name: "Arrows fall",
    mend: "Take the dependency out. If two crates need the same thing, it belongs into the crate below both; if the \
           lower one needs to call the upper one, let it return what should happen instead.",
};
pub(crate) const ONE_NAMER: Rule = Rule {
    name: "One namer",
    mend: "Use what the crate that may name the library offers, or let it offer what is missing. A new library that \
           only one crate should know gets a line in the table and in the walls test.",
};
pub(crate) const PURE_CENTRE: Rule = Rule {
    name: "Pure centre",
    mend: "Take time, chance, bytes and files as arguments and return effects; use BTreeMap and BTreeSet.",
};
pub(crate) const ONE_MANIFEST: Rule = Rule {
    name: "One manifest",
    mend: "Write `workspace = true` for the dependency and under [lints]; versions, lints and profiles stand in the \
           root Cargo.toml.",
};
pub(crate) const ONE_PATH: Rule = Rule {
    name: "One path a line",
    mend: "Write `use crate::room::Name;`, one line a name, with the module that defines it; no glob, no braces, no \
           re-export in lib.rs.",
};
pub(crate) const NO_CIRCLE: Rule = Rule {
    name: "No circle",
    mend: "Move what both need into a third file below them, or hand it over as an argument.",
};
pub(crate) const READ_DOWN: Rule = Rule {
    name: "Read down",
    mend: "Let the file open with one `//!` sentence that a newcomer understands.",
};
pub(crate) const ONE_THING: Rule = Rule {
    name: "One thing",
    mend: "Over 600 lines a file is more than one noun: find the second one and give it a file.",
};
pub(crate) const NOTHING_UNFINISHED: Rule = Rule {
    name: "Nothing unfinished",
    mend: "Do it, or say in an issue what is missing; a test that cannot pass is mended or taken out.",
};
pub(crate) const NO_WAITING: Rule = Rule {
    name: "Wait for conditions",
    mend: "Wait for the event itself: a channel with a timeout, a child's line, the API's `wait`; never for a time.",
};
pub(crate) const NO_MACHINE: Rule = Rule {
    name: "No machine",
    mend: "Use paths relative to the workspace, temporary folders from `tempfile`, and lock files without hosts \
           (npm: omit-lockfile-registry-resolved).",
};

/// Fails with all breaches, the rule and the way to mend them, or does nothing where there are none.
pub(crate) fn demand(rule: &Rule, breaches: &[String]) {
    let mut message = format!("The rule \"{}\" of crates/README.md is broken:\n", rule.name);
    for breach in breaches {
        writeln!(message, "  - {breach}").expect("a String takes every text");
    }
    assert!(breaches.is_empty(), "{message}To mend it: {}", rule.mend);
}
