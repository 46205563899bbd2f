//! The configuration of a node: one TOML file in which every key has a comment, a default and a unit.

use crate::relays::PEER_MARK;
use crate::relays::RECORD_ADDRESSES_MAX;
use record::ars::Ars;
use record::kind::Lang;
use record::name::Name;
use replica::order::Bucket;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

/// Words that are offered in place of a misspelt key must be at least this similar (Jaro-Winkler).
const SIMILARITY_MIN: f64 = 0.75;
/// What is logged where nothing else is said: our own sentences; of libp2p only what needs an operator.
const FILTER: &str = "info,libp2p_gossipsub=error,libp2p_swarm=warn";
/// What environment variables begin with that override a key: `ALLMENDE_HTTP_LISTEN`.
const VARIABLE_PREFIX: &str = "ALLMENDE";

/// An announced address, in characters; the peer id comes behind it.
const ANNOUNCE_CHARS_MAX: usize = 200;

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Who this node is.
    pub node: Node,
    /// The page and the API.
    pub http: Http,
    /// The other nodes.
    pub network: Network,
    /// The disk.
    pub store: Store,
    /// The log.
    pub log: Log,
    /// Texts that only the operator can write.
    pub page: Page,
}

/// Who this node is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Node {
    /// The publisher's name, such as `th.jena`.
    pub publisher: String,
    /// The official name, such as "Stadt Jena".
    pub name: String,
    /// The regional key, where there is one.
    pub ars: String,
    /// The sort of body, a code of the vocabulary org-type.
    pub org_type: String,
    /// Municipality or relay.
    pub role: Role,
}

/// What the node is for others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Dials two or three relays and needs no incoming connection.
    #[default]
    Municipality,
    /// Is reachable, always on, stores and forwards everything.
    Relay,
}

impl Role {
    /// As written in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Municipality => "municipality",
            Role::Relay => "relay",
        }
    }
}

/// The page and the API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Address and port.
    pub listen: String,
    /// Where people reach it from outside.
    pub public_base: String,
    /// Further host names.
    pub hosts: Vec<String>,
    /// The language of a reader who asks for none.
    pub lang: String,
}

impl Default for Http {
    fn default() -> Http {
        Http {
            listen: "127.0.0.1:8480".to_owned(),
            public_base: String::new(),
            hosts: Vec::new(),
            lang: "de".to_owned(),
        }
    }
}

/// The other nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// Where to listen, as multiaddrs.
    pub listen: Vec<String>,
    /// Whom to dial for ever, as multiaddrs.
    pub peers: Vec<String>,
    /// Where others reach this node from outside, as multiaddrs without a peer id; published as a record.
    pub announce: Vec<String>,
    /// The operator's mailbox in that record.
    pub mailbox: String,
    /// How often to compare fingerprints with every peer, in seconds.
    pub catch_up_seconds: u64,
    /// The first labels whose records are kept; empty for all.
    pub replicate: Vec<String>,
}

impl Default for Network {
    fn default() -> Network {
        Network {
            listen: Vec::new(),
            peers: Vec::new(),
            announce: Vec::new(),
            mailbox: String::new(),
            catch_up_seconds: 60,
            replicate: Vec::new(),
        }
    }
}

impl Network {
    /// What others could not dial is told before it is published.
    fn announced(&self) -> Result<(), String> {
        if self.announce.len() > RECORD_ADDRESSES_MAX {
            return Err(format!("at most {RECORD_ADDRESSES_MAX} addresses are announced"));
        }
        for address in &self.announce {
            let example = "write it like \"/dns4/relay.land.example/tcp/4480\"";
            if !address.starts_with('/') || address.ends_with('/') || address.contains(char::is_whitespace) {
                return Err(format!("\"{address}\" is no multiaddr; {example}"));
            }
            if address.contains(PEER_MARK) {
                return Err(format!(
                    "\"{address}\": leave out /p2p/ and what follows, the node adds its own"
                ));
            }
            if address.starts_with("/ip4/0.0.0.0/") || address.starts_with("/ip6/::/") {
                return Err(format!("nobody can dial \"{address}\"; {example}"));
            }
            if address.chars().count() > ANNOUNCE_CHARS_MAX {
                return Err(format!("\"{address}\" has more than {ANNOUNCE_CHARS_MAX} characters"));
            }
        }
        Ok(())
    }
}

/// The disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// What the database may take of the memory for its index, in MiB, about.
    pub cache_mib: u64,
    /// How long after a retraction its body may still be in files on the disk, in seconds.
    pub forget_after_seconds: u64,
}

impl Default for Store {
    fn default() -> Store {
        Store { cache_mib: 64, forget_after_seconds: 600 }
    }
}

/// The log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `pretty` for people, `json` for programs.
    pub format: Format,
    /// What is logged, in tracing's words.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Log {
        Log { format: Format::Pretty, filter: FILTER.to_owned() }
    }
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Lines for people.
    #[default]
    Pretty,
    /// One JSON object a line.
    Json,
}

/// Texts that only the operator can write, in Markdown; empty ones are said to be missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Page {
    /// Impressum.
    pub imprint: String,
    /// Datenschutzerklärung.
    pub privacy: String,
    /// Erklärung zur Barrierefreiheit.
    pub accessibility: String,
    /// Where barriers are reported.
    pub barrier_contact: String,
    /// More in easy-to-read German.
    pub easy: String,
    /// Where weaknesses are reported.
    pub security_contact: String,
}

/// Why there is no usable configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error(
        "the configuration {path} cannot be read: {error}. Run `allmende init` first, or name the file with --config"
    )]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The text is not as demanded.
    #[error("{place}: {why}")]
    Text {
        /// File and line, or the environment variable.
        place: String,
        /// What is wrong, and what was perhaps meant.
        why: String,
    },
    /// A value has the right type and makes no sense.
    #[error("the configuration key {key} is wrong: {why}")]
    Value {
        /// Section and key.
        key: &'static str,
        /// What is wrong.
        why: String,
    },
}

impl Config {
    /// Reads a file and lets environment variables override it.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), error })?;
        let config = Config::read(&text, &path.display().to_string())?;
        let config = config.overridden(|variable| std::env::var(variable).ok())?;
        config.sound()?;
        Ok(config)
    }

    /// Reads the text of a file; `place` names it in errors.
    pub fn read(text: &str, place: &str) -> Result<Config, ConfigError> {
        toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map(|before| before.matches('\n').count() + 1);
            let place = line.map_or(place.to_owned(), |line| format!("{place}, line {line}"));
            ConfigError::Text { place, why: with_suggestion(error.message()) }
        })
    }

    /// Puts the values of environment variables, such as `ALLMENDE_STORE_CACHE_MIB=64`, in place.
    pub fn overridden(self, variable: impl Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
        let mut config = self;
        let table = toml::Table::try_from(&config).expect("a configuration is a table");
        for (section, keys) in &table {
            for key in keys.as_table().into_iter().flat_map(|keys| keys.keys()) {
                let name = format!("{VARIABLE_PREFIX}_{section}_{key}").to_uppercase();
                let Some(text) = variable(&name) else { continue };
                let mut changed = toml::Table::try_from(&config).expect("a configuration is a table");
                if let Some(keys) = changed.get_mut(section).and_then(toml::Value::as_table_mut) {
                    let plain = toml::Value::String(text.clone());
                    let value = match keys.get(key) {
                        Some(toml::Value::String(_)) => plain,
                        _ => format!("value = {text}")
                            .parse::<toml::Table>()
                            .ok()
                            .and_then(|mut table| table.remove("value"))
                            .unwrap_or(plain),
                    };
                    keys.insert(key.clone(), value);
                }
                config = changed.try_into().map_err(|error: toml::de::Error| ConfigError::Text {
                    place: format!("the environment variable {name}"),
                    why: error.message().to_owned(),
                })?;
            }
        }
        Ok(config)
    }

    fn sound(&self) -> Result<(), ConfigError> {
        let wrong = |key, why: &dyn std::fmt::Display| Err(ConfigError::Value { key, why: why.to_string() });
        if let Err(error) = self.node.publisher.parse::<Name>() {
            return wrong("node.publisher", &error);
        }
        if let Err(error) = self.ars().transpose() {
            return wrong("node.ars", &error);
        }
        if self.node.name.trim().is_empty() {
            return wrong("node.name", &"it is empty; write the official name, such as \"Stadt Jena\"");
        }
        if Lang::parse(&self.http.lang).is_none() {
            return wrong("http.lang", &"only \"de\" and \"en\" are spoken");
        }
        if let Err(why) = self.network.announced() {
            return wrong("network.announce", &why);
        }
        let mailbox = &self.network.mailbox;
        let is_mail = mailbox.contains('@') && mailbox.chars().all(|sign| sign.is_ascii_graphic());
        if !(mailbox.is_empty() || is_mail) {
            return wrong("network.mailbox", &"it is no mail address, such as \"betrieb@land.example\"");
        }
        if !(1..=86_400).contains(&self.network.catch_up_seconds) {
            return wrong("network.catch_up_seconds", &"1 to 86400 seconds are allowed");
        }
        if let Some(label) = self.network.replicate.iter().find(|label| Bucket::land(label).is_none()) {
            let known: Vec<&str> = record::name::LANDS.iter().map(|(label, _)| *label).collect();
            let why = format!("\"{label}\" is no Land; known are {}", known.join(", "));
            return wrong("network.replicate", &why);
        }
        if self.node.role == Role::Relay && !self.network.replicate.is_empty() {
            return wrong("network.replicate", &"a relay keeps everything; leave the list empty");
        }
        if !(1..=65_536).contains(&self.store.cache_mib) {
            return wrong("store.cache_mib", &"1 to 65536 MiB are allowed");
        }
        if !(1..=86_400).contains(&self.store.forget_after_seconds) {
            return wrong("store.forget_after_seconds", &"1 to 86400 seconds are allowed");
        }
        Ok(())
    }

    /// The publisher's name.
    pub fn publisher(&self) -> Name {
        self.node.publisher.parse().expect("a loaded configuration was checked")
    }

    /// The buckets of records that are kept, the own one always among them; `None` for all.
    pub fn kept(&self) -> Option<BTreeSet<Bucket>> {
        if self.network.replicate.is_empty() {
            return None;
        }
        let publisher = self.publisher();
        let labels = self.network.replicate.iter().map(String::as_str);
        Some(labels.chain([publisher.land()]).filter_map(Bucket::land).collect())
    }

    /// The regional key, if one is given.
    pub fn ars(&self) -> Option<Result<Ars, record::ars::ArsError>> {
        (!self.node.ars.is_empty()).then(|| self.node.ars.parse())
    }
}

/// Adds to "unknown field" which known one was perhaps meant.
fn with_suggestion(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let (true, Some(unknown)) = (message.starts_with("unknown field"), quoted.next()) else {
        return message.to_owned();
    };
    let nearest = quoted
        .map(|known| (strsim::jaro_winkler(unknown, known), known))
        .filter(|(similarity, _)| *similarity >= SIMILARITY_MIN)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    match nearest {
        Some((_, known)) => format!("the key \"{unknown}\" is not known; was \"{known}\" meant?"),
        None => format!(
            "the key \"{unknown}\" is not known here; {}",
            message.split_once(", ").map_or("", |(_, rest)| rest)
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::config::ConfigError;

    const TEXT: &str = "[node]\npublisher = \"th.jena\"\nname = \"Stadt Jena\"\n[store]\ncache_mib = 64\n";

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_what_was_meant() {
        let text = TEXT.replace("cache_mib", "cache_mb");
        let error = Config::read(&text, "allmende.toml").unwrap_err().to_string();
        assert_eq!(
            error,
            "allmende.toml, line 5: the key \"cache_mb\" is not known; was \"cache_mib\" meant?"
        );
        let error = Config::read("[netwrok]\n", "x").unwrap_err().to_string();
        assert_eq!(error, "x, line 1: the key \"netwrok\" is not known; was \"network\" meant?");
    }

    #[test]
    fn the_own_land_is_always_kept() {
        let kept = |text: &str| {
            let config = Config::read(&format!("{TEXT}[network]\n{text}"), "x").unwrap();
            config.sound().map(|()| {
                config.kept().map(|kept| kept.iter().map(|bucket| bucket.as_str()).collect::<Vec<_>>())
            })
        };
        assert_eq!(kept("").unwrap(), None);
        assert_eq!(kept("replicate = [\"bund\", \"sn\"]").unwrap(), Some(vec!["bund", "sn", "th"]));
        let error = kept("replicate = [\"Thüringen\"]").unwrap_err().to_string();
        assert!(error.contains("\"Thüringen\" is no Land"), "{error}");
    }

    #[test]
    fn an_address_that_nobody_can_dial_is_told() {
        let told = |address: &str| {
            let text = format!("{TEXT}[network]\nannounce = [\"{address}\"]\n");
            Config::read(&text, "x").unwrap().sound().map_err(|error| error.to_string())
        };
        assert_eq!(told("/dns4/relay.example/tcp/4480"), Ok(()));
        for (address, words) in [
            ("relay.example:4480", "no multiaddr"),
            ("/dns4/relay.example/tcp/4480/", "no multiaddr"),
            ("/ip4/0.0.0.0/tcp/4480", "nobody can dial"),
            ("/dns4/relay.example/tcp/4480/p2p/12D3KooW", "leave out /p2p/"),
        ] {
            let why = told(address).unwrap_err();
            assert!(why.contains("network.announce") && why.contains(words), "{why}");
        }
    }

    #[test]
    fn variables_override_keys() {
        let set = |name: &str| match name {
            "ALLMENDE_STORE_CACHE_MIB" => Some("128".to_owned()),
            "ALLMENDE_NODE_ARS" => Some("160530000000".to_owned()),
            "ALLMENDE_NETWORK_PEERS" => Some("[\"/ip4/192.0.2.1/tcp/4480\"]".to_owned()),
            _ => None,
        };
        let config = Config::read(TEXT, "x").unwrap().overridden(set).unwrap();
        assert_eq!((config.store.cache_mib, config.node.ars.as_str()), (128, "160530000000"));
        assert_eq!(config.network.peers, ["/ip4/192.0.2.1/tcp/4480"]);
        let error = Config::read(TEXT, "x")
            .unwrap()
            .overridden(|name| (name == "ALLMENDE_STORE_CACHE_MIB").then(|| "viel".to_owned()));
        assert!(
            matches!(error, Err(ConfigError::Text { place, .. }) if place.contains("ALLMENDE_STORE_CACHE_MIB"))
        );
    }
}
