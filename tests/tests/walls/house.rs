//! The table of the crates: who may use whom, and who alone may name which library.

use toml::Table;
use toml::Value;

/// Each crate and which of ours it may use; the order is from the bottom up.
pub(crate) const ARROWS: [(&str, &[&str]); 8] = [
    ("record", &[]),
    ("replica", &["record"]),
    ("store", &["record", "replica"]),
    ("network", &["record"]),
    ("catalogue", &["record", "replica"]),
    ("exchange", &["record"]),
    ("web", &["record", "catalogue", "exchange"]),
    ("node", &["record", "replica", "store", "network", "catalogue", "exchange", "web"]),
];

/// Libraries, by the beginning of their name, and the crates that may name them.
const NAMERS: [(&str, &[&str]); 15] = [
    ("ed25519-dalek", &["record"]),
    ("ciborium", &["record"]),
    ("coset", &["record"]),
    ("sled", &["store"]),
    ("libp2p", &["network"]),
    ("tantivy", &["catalogue"]),
    ("axum", &["web"]),
    ("askama", &["web"]),
    ("utoipa", &["web"]),
    ("clap", &["node"]),
    ("anyhow", &["node"]),
    ("toml", &["record", "exchange", "node"]),
    ("tokio", &["network", "web", "node"]),
    ("rand", &["network", "web", "node"]),
    ("getrandom", &["network", "web", "node"]),
];

/// The names under `dependencies` and `build-dependencies`, for every target; tests may know more.
fn dependencies(manifest: &Table) -> Vec<(&str, &Value)> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let tables = targets.into_iter().flat_map(Table::values).filter_map(Value::as_table).chain([manifest]);
    tables
        .flat_map(|table| [table.get("dependencies"), table.get("build-dependencies")])
        .filter_map(|table| table?.as_table())
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
        .collect()
}

/// Where the crate uses one of ours that stands above it or beside it.
pub(crate) fn wrong_arrows(name: &str, manifest: &Table) -> Vec<String> {
    let Some((_, allowed)) = ARROWS.iter().find(|(row, _)| *row == name) else {
        return vec![format!("crates/{name} has no row in the table")];
    };
    let is_ours = |used: &str| used.starts_with("allmende") || ARROWS.iter().any(|(ours, _)| *ours == used);
    dependencies(manifest)
        .into_iter()
        .filter(|(used, _)| is_ours(used) && !allowed.contains(used))
        .map(|(used, _)| format!("crates/{name}/Cargo.toml uses {used}; it may use {}", listed(allowed)))
        .collect()
}

/// Where the crate names a library that is another's alone.
pub(crate) fn wrong_names(name: &str, manifest: &Table) -> Vec<String> {
    let mut breaches = Vec::new();
    for (used, value) in dependencies(manifest) {
        // A renamed dependency is judged by what it is.
        let package = value.get("package").and_then(Value::as_str).unwrap_or(used);
        let owner = |(library, _): &&(&str, &[&str])| {
            package.strip_prefix(library).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
        };
        if let Some((library, namers)) = NAMERS.iter().find(owner)
            && !namers.contains(&name)
        {
            breaches.push(format!(
                "crates/{name}/Cargo.toml names {package}; only {} may name {library}",
                listed(namers)
            ));
        }
    }
    breaches
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() { "none of ours".to_owned() } else { names.join(", ") }
}

/// Where a member's manifest says for itself what the workspace says for all.
pub(crate) fn own_ways(place: &str, manifest: &Table) -> Vec<String> {
    let mut breaches = Vec::new();
    let inherits = |value: Option<&Value>| {
        value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
    };
    if !inherits(manifest.get("lints")) {
        breaches.push(format!("{place} does not inherit the workspace's lints"));
    }
    for table in ["profile", "patch", "replace", "workspace"] {
        if manifest.contains_key(table) {
            breaches.push(format!("{place} has a [{table}] of its own"));
        }
    }
    for part in ["dependencies", "dev-dependencies", "build-dependencies"] {
        for (name, value) in manifest.get(part).and_then(Value::as_table).into_iter().flatten() {
            if !inherits(Some(value)) {
                breaches.push(format!("{place} gives {name} a version or place of its own"));
            }
        }
    }
    breaches
}

/// Whether the workspace forbids unsafe code to all who inherit its lints.
pub(crate) fn forbids_unsafe(root: &Table) -> bool {
    let lints = root.get("workspace").and_then(|workspace| workspace.get("lints"));
    let rust = lints.and_then(|lints| lints.get("rust"));
    rust.and_then(|rust| rust.get("unsafe_code")).and_then(Value::as_str) == Some("forbid")
}

#[cfg(test)]
mod tests {
    use crate::house::forbids_unsafe;
    use crate::house::own_ways;
    use crate::house::wrong_arrows;
    use crate::house::wrong_names;

    fn manifest(text: &str) -> toml::Table {
        text.parse().unwrap()
    }

    #[test]
    fn an_arrow_that_points_up_is_seen() {
        let bad = manifest("[dependencies]\nrecord.workspace = true\nstore.workspace = true");
        assert_eq!(
            wrong_arrows("replica", &bad),
            ["crates/replica/Cargo.toml uses store; it may use record"]
        );
        assert_eq!(wrong_arrows("node", &bad), Vec::<String>::new());
        let renamed = manifest("[dependencies]\nallmende-web.workspace = true");
        assert_eq!(wrong_arrows("store", &renamed).len(), 1);
        let elsewhere = manifest("[target.'cfg(unix)'.build-dependencies]\nnode.workspace = true");
        assert_eq!(wrong_arrows("web", &elsewhere).len(), 1);
        assert_eq!(wrong_arrows("cellar", &manifest("")).len(), 1);
        assert_eq!(wrong_arrows("web", &manifest("[dev-dependencies]\nnode.workspace = true")).len(), 0);
    }

    #[test]
    fn a_library_in_the_wrong_crate_is_seen() {
        let bad = manifest("[dependencies]\nlibp2p-stream.workspace = true\nsha2.workspace = true");
        assert_eq!(
            wrong_names("store", &bad),
            ["crates/store/Cargo.toml names libp2p-stream; only network may name libp2p"]
        );
        assert_eq!(wrong_names("network", &bad), Vec::<String>::new());
        let hidden = manifest("[dependencies]\ntree = { package = \"sled\", version = \"1\" }");
        assert_eq!(wrong_names("replica", &hidden).len(), 1);
        assert_eq!(wrong_names("web", &manifest("[dependencies]\ntomlish = \"1\"")).len(), 0);
    }

    #[test]
    fn a_manifest_that_goes_its_own_way_is_seen() {
        let good = "[lints]\nworkspace = true\n[dependencies]\nsha2.workspace = true\n";
        assert_eq!(own_ways("x", &manifest(good)), Vec::<String>::new());
        assert_eq!(own_ways("x", &manifest("[lints.rust]\nunsafe_code = \"allow\"")).len(), 1);
        assert_eq!(own_ways("x", &manifest(&format!("{good}hex = \"0.4\""))).len(), 1);
        assert_eq!(own_ways("x", &manifest(&format!("{good}[profile.dev]\nopt-level = 3"))).len(), 1);
        assert!(!forbids_unsafe(&manifest("[workspace.lints.rust]\nunsafe_code = \"deny\"")));
        assert!(forbids_unsafe(&manifest("[workspace.lints.rust]\nunsafe_code = \"forbid\"")));
    }
}
