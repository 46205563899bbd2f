//! The import graph between the files of one crate, and the circles in it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Modules by their path, such as `pages::record`, each with those it names.
pub(crate) type Graph = BTreeMap<String, BTreeSet<String>>;

/// The module path of a file below `src`; none for the roots, which only list their modules.
pub(crate) fn module_of(path_in_src: &str) -> Option<String> {
    let path = path_in_src.strip_suffix(".rs")?;
    let path = path.strip_suffix("/mod").unwrap_or(path);
    (!["lib", "main"].contains(&path)).then(|| path.replace('/', "::"))
}

/// Builds the graph of `(module, code without tests)`.
///
/// A file that names its own ancestor makes no arrow: the ancestor holds the words that its parts share, and
/// using one's parts is what a parent is for. Every other way round counts.
pub(crate) fn graph(files: &BTreeMap<String, String>) -> Graph {
    let mut graph = Graph::new();
    for (module, code) in files {
        let targets =
            named_paths(module, code).iter().filter_map(|path| resolve(path, files)).collect::<Vec<_>>();
        let is_own = |target: &String| target == module || module.starts_with(&format!("{target}::"));
        let targets = targets.into_iter().filter(|target| !is_own(target)).collect();
        graph.insert(module.clone(), targets);
    }
    graph
}

/// Every path in the code that begins with `crate::`, `super::` or `self::`, as seen from the crate's root.
fn named_paths(module: &str, code: &str) -> Vec<Vec<String>> {
    let own: Vec<String> = module.split("::").map(str::to_owned).collect();
    let mut paths = Vec::new();
    for first in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(first) {
            let (before, from) = code.split_at(at);
            if before.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':') {
                continue;
            }
            let words: Vec<&str> = from
                .split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':'))
                .next()
                .unwrap_or_default()
                .split("::")
                .collect();
            let ups = words.iter().take_while(|word| **word == "super").count();
            let base: &[String] = match first {
                "crate::" => &[],
                _ => own.get(..own.len().saturating_sub(ups)).unwrap_or_default(),
            };
            let rest = words.iter().skip(ups.max(1)).map(|word| (*word).to_owned());
            paths.push(base.iter().cloned().chain(rest).collect());
        }
    }
    paths
}

/// The longest beginning of the path that is a module.
fn resolve(path: &[String], files: &BTreeMap<String, String>) -> Option<String> {
    (1..=path.len())
        .rev()
        .filter_map(|end| Some(path.get(..end)?.join("::")))
        .find(|module| files.contains_key(module))
}

/// Every circle once, as the modules on the way, the first one again at the end.
pub(crate) fn circles(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    let mut done = BTreeSet::new();
    for start in graph.keys() {
        walk(graph, start, &mut Vec::new(), &mut done, &mut found);
    }
    found
}

fn walk<'a>(
    graph: &'a Graph,
    module: &'a str,
    way: &mut Vec<&'a str>,
    done: &mut BTreeSet<&'a str>,
    found: &mut Vec<String>,
) {
    if let Some(from) = way.iter().position(|step| *step == module) {
        let circle = way.iter().skip(from).chain([&module]);
        found.push(circle.copied().collect::<Vec<_>>().join(" -> "));
        return;
    }
    if done.contains(module) {
        return;
    }
    way.push(module);
    for target in graph.get(module).into_iter().flatten() {
        walk(graph, target, way, done, found);
    }
    way.pop();
    done.insert(module);
}

#[cfg(test)]
mod tests {
    use crate::circle::circles;
    use crate::circle::graph;
    use crate::circle::module_of;

    fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
        circles(&graph(&files.iter().map(|(module, code)| ((*module).into(), (*code).into())).collect()))
    }

    #[test]
    fn files_have_module_paths() {
        assert_eq!(module_of("pages/record.rs").as_deref(), Some("pages::record"));
        assert_eq!(module_of("pages/mod.rs").as_deref(), Some("pages"));
        assert_eq!(module_of("lib.rs"), None);
    }

    #[test]
    fn a_circle_is_seen_however_it_is_written() {
        let found =
            circles_of(&[("a", "use crate::b::B;"), ("b", "use crate::c::C;"), ("c", "crate::a::run()")]);
        assert_eq!(found, ["a -> b -> c -> a"]);
        assert_eq!(
            circles_of(&[("p::a", "use super::b::B;"), ("p::b", "use super::a::A;"), ("p", "")]).len(),
            1
        );
        assert_eq!(
            circles_of(&[("a", "use crate::p::q::Q;"), ("p", ""), ("p::q", "use super::super::a::A;")]).len(),
            1
        );
    }

    #[test]
    fn what_falls_is_no_circle() {
        assert!(
            circles_of(&[("a", "use crate::b::B;\nuse crate::c::C;"), ("b", "use crate::c::C;"), ("c", "")])
                .is_empty()
        );
    }

    #[test]
    fn a_parent_and_its_parts_are_one_room() {
        assert!(circles_of(&[("p", "use crate::p::q::Q;"), ("p::q", "use crate::p::P;")]).is_empty());
        let through_a_third =
            [("p", "use crate::p::q::Q;"), ("p::q", "use crate::x::X;"), ("x", "use crate::p::P;")];
        assert_eq!(circles_of(&through_a_third), ["p -> p::q -> x -> p"]);
    }
}
