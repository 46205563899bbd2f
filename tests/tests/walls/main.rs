//! The walls of the house: what crates/README.md says about arrows, names and files is read from the sources.

mod circle;
mod house;
mod rule;
mod source;
mod text;

use crate::circle::circles;
use crate::circle::graph;
use crate::circle::module_of;
use crate::rule::Rule;
use crate::rule::demand;
use crate::source::code;
use crate::source::crooked_imports;
use crate::source::split_tests;
use harness::stamp::run;
use harness::stamp::workspace;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::process::Command;

/// Folders of data that follow other rules than sources do.
const DATA: [&str; 5] = ["vectors", "fixtures", "snapshots", "target", "node_modules"];

/// The paths that git tracks or would add, from the root of the workspace.
fn paths() -> Vec<String> {
    let mut git = Command::new("git");
    git.arg("-C").arg(workspace()).args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
    let listed =
        run(&mut git, "git, and a clone of the repository").unwrap_or_else(|error| unreachable!("{error}"));
    let paths: BTreeSet<&str> = listed.split('\0').filter(|path| !path.is_empty()).collect();
    paths.into_iter().map(str::to_owned).collect()
}

/// The texts of these files; a file that is listed and gone is no file, and one that is no text has no words.
fn texts(wanted: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
    let read = |path: String| Some((path.clone(), std::fs::read_to_string(workspace().join(&path)).ok()?));
    paths().into_iter().filter(|path| wanted(path)).filter_map(read).collect()
}

fn is_source(path: &str) -> bool {
    path.ends_with(".rs") && !path.split('/').any(|part| DATA.contains(&part))
}

fn sources() -> BTreeMap<String, String> {
    let sources = texts(is_source);
    assert!(sources.len() > 30, "the walls test finds no sources; is this a clone of the repository?");
    sources
}

/// The manifests of the crates, by the crate's folder name.
fn manifests() -> BTreeMap<String, toml::Table> {
    let is_manifest = |path: &str| path.starts_with("crates/") && path.ends_with("/Cargo.toml");
    let manifests: BTreeMap<_, _> = texts(is_manifest)
        .into_iter()
        .filter_map(|(path, text)| {
            let name = path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?.to_owned();
            Some((name, text.parse().expect("cargo has read this manifest before us")))
        })
        .collect();
    assert_eq!(manifests.len(), house::ARROWS.len(), "each crate has a row, each row a crate");
    manifests
}

fn demand_of_sources(rule: &Rule, breach: impl Fn(&str, &str) -> Vec<String>) {
    let breaches: Vec<String> = sources().iter().flat_map(|(place, text)| breach(place, text)).collect();
    demand(rule, &breaches);
}

#[test]
fn arrows_fall() {
    let breaches: Vec<_> =
        manifests().iter().flat_map(|(name, manifest)| house::wrong_arrows(name, manifest)).collect();
    demand(&rule::ARROWS, &breaches);
}

#[test]
fn each_library_has_one_namer() {
    let breaches: Vec<_> =
        manifests().iter().flat_map(|(name, manifest)| house::wrong_names(name, manifest)).collect();
    demand(&rule::ONE_NAMER, &breaches);
}

#[test]
fn versions_lints_and_profiles_stand_once() {
    let root: toml::Table = std::fs::read_to_string(workspace().join("Cargo.toml")).unwrap().parse().unwrap();
    let members = texts(|path| path.ends_with("/Cargo.toml"));
    let mut breaches: Vec<_> = members
        .iter()
        .map(|(place, text)| (place, text.parse::<toml::Table>().expect("a manifest is TOML")))
        // What stands outside the workspace, to be measured beside it, has to say all of that itself.
        .filter(|(_, manifest)| !manifest.contains_key("workspace"))
        .flat_map(|(place, manifest)| house::own_ways(place, &manifest))
        .collect();
    if !house::forbids_unsafe(&root) {
        breaches.push("Cargo.toml does not forbid unsafe code".to_owned());
    }
    demand(&rule::ONE_MANIFEST, &breaches);
}

#[test]
fn the_centre_is_pure() {
    demand_of_sources(&rule::PURE_CENTRE, |place, text| {
        let pure = place.starts_with("crates/record/src/") || place.starts_with("crates/replica/src/");
        if pure { text::impure(place, text) } else { Vec::new() }
    });
}

#[test]
fn imports_are_one_path_a_line() {
    let own_crates = house::ARROWS.map(|(name, _)| name);
    demand_of_sources(&rule::ONE_PATH, |place, text| crooked_imports(place, &code(text), &own_crates));
}

#[test]
fn no_crate_imports_in_a_circle() {
    let mut crates: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (path, text) in sources() {
        if let Some((house, inside)) = path.split_once("/src/")
            && let Some(module) = module_of(inside)
        {
            let own = split_tests(&code(&text)).0.to_owned();
            crates.entry(house.to_owned()).or_default().insert(module, own);
        }
    }
    let in_crate = |(house, files): (&String, &BTreeMap<String, String>)| {
        circles(&graph(files)).into_iter().map(|circle| format!("{house}: {circle}")).collect::<Vec<_>>()
    };
    let breaches: Vec<String> = crates.iter().flat_map(in_crate).collect();
    demand(&rule::NO_CIRCLE, &breaches);
}

#[test]
fn every_file_opens_with_a_sentence() {
    demand_of_sources(&rule::READ_DOWN, |place, text| text::unopened(place, text).into_iter().collect());
}

#[test]
fn no_file_is_too_long() {
    demand_of_sources(&rule::ONE_THING, |place, text| text::too_long(place, text).into_iter().collect());
}

#[test]
fn nothing_is_unfinished() {
    let written = |path: &str| {
        let ours =
            [".rs", ".py", ".mjs", ".sh", ".toml", ".html", ".css"].iter().any(|end| path.ends_with(end));
        (ours || path.starts_with("scripts/") || path.starts_with(".ci/"))
            && !path.split('/').any(|part| DATA.contains(&part))
    };
    let breaches: Vec<_> =
        texts(written).iter().flat_map(|(place, text)| text::unfinished(place, text)).collect();
    demand(&rule::NOTHING_UNFINISHED, &breaches);
}

#[test]
fn no_test_sleeps() {
    demand_of_sources(&rule::NO_WAITING, |place, text| text::sleeping(place, text).into_iter().collect());
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    let breaches: Vec<_> =
        texts(|_| true).iter().flat_map(|(place, text)| text::machine_traces(place, text)).collect();
    demand(&rule::NO_MACHINE, &breaches);
}

#[test]
fn every_rule_stands_on_the_map() {
    let map = std::fs::read_to_string(workspace().join("crates/README.md")).unwrap();
    let rules = [
        &rule::ARROWS,
        &rule::ONE_NAMER,
        &rule::PURE_CENTRE,
        &rule::ONE_MANIFEST,
        &rule::ONE_PATH,
        &rule::NO_CIRCLE,
        &rule::READ_DOWN,
        &rule::ONE_THING,
        &rule::NOTHING_UNFINISHED,
        &rule::NO_WAITING,
        &rule::NO_MACHINE,
    ];
    for rule in rules {
        assert!(
            map.contains(&format!("**{}**", rule.name)),
            "crates/README.md does not explain \"{}\"",
            rule.name
        );
    }
}

#[test]
#[should_panic(expected = "crates/README.md is broken")]
fn a_breach_fails_the_test() {
    demand(&rule::ARROWS, &["crates/record uses node".to_owned()]);
}
