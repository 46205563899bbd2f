//! Every file in node-config loads, says all there is to say, and tells the true defaults.
#![allow(clippy::unwrap_used, reason = "helpers of tests lie outside a #[test] function")]

use node::config::Config;
use node::config::Role;
use record::document::Document;
use std::path::Path;
use std::path::PathBuf;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../node-config").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap()
}

/// `section.key` of every key in a table of tables, sorted.
fn keys(table: &toml::Table) -> Vec<String> {
    let sections = table.iter().filter_map(|(section, keys)| Some((section, keys.as_table()?)));
    let mut all: Vec<_> =
        sections.flat_map(|(section, keys)| keys.keys().map(move |key| format!("{section}.{key}"))).collect();
    all.sort();
    all
}

#[test]
fn both_configurations_load_and_name_every_key_with_a_comment() {
    let all = keys(&toml::Table::try_from(Config::default()).unwrap());
    for (name, role) in [("municipality.toml", Role::Municipality), ("relay.toml", Role::Relay)] {
        let config = Config::load(&file(name)).unwrap();
        assert_eq!(config.node.role, role);
        let text = text(name);
        assert_eq!(keys(&text.parse().unwrap()), all, "{name}");
        let mut before = "";
        for line in text.lines() {
            assert!(
                !line.contains(" = ") || line.starts_with('#') || before.starts_with('#'),
                "{name}: {line}"
            );
            before = line;
        }
    }
}

#[test]
fn what_the_municipality_file_says_are_the_defaults() {
    let config = Config::load(&file("municipality.toml")).unwrap();
    let default = Config::default();
    let parts = |config: Config| (config.http, config.network, config.store, config.log, config.page);
    assert_eq!(parts(config), parts(default));
}

#[test]
fn the_network_document_reads() {
    let document = Document::read(&text("network.toml")).unwrap();
    assert!(document.anchors.contains_key("th"));
}

#[test]
fn the_unit_runs_the_daemon_as_its_own_user() {
    let unit = text("allmende.service");
    for line in
        ["ExecStart=/usr/bin/allmende --dir /var/lib/allmende run", "User=allmende", "NoNewPrivileges=yes"]
    {
        assert!(unit.lines().any(|one| one == line), "{line}");
    }
}
