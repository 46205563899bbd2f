//! A draft: what a person or a program wants to say, before it is checked, numbered and signed.

use crate::yaml;
use crate::yaml::Content;
use crate::yaml::Node;
use crate::yaml::YamlError;
use record::bounds::DEPTH_MAX;
use record::json;
use record::json::JsonError;
use record::kind::Words;
use record::statement::Code;
use record::statement::CodeError;
use record::statement::RecordId;
use record::statement::RecordIdError;
use record::value::Map;
use record::value::Value;

/// The text of a draft, in bytes; the statement made of it has at most 64 KiB.
pub const DRAFT_BYTES_MAX: usize = 512 * 1024;
/// Lists and maps inside each other in a body: those of a payload but the payload map itself.
pub const BODY_DEPTH_MAX: usize = DEPTH_MAX - 1;

/// What somebody wants to say about one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The kind of record, such as `measure`.
    pub kind: Code,
    /// The record to be said anew; none for a fresh one.
    pub record: Option<RecordId>,
    /// The fields of the kind, unchecked.
    pub body: Map,
}

/// The forms in which a draft is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// TOML 1.0 or 1.1.
    Toml,
    /// YAML 1.2: only `true` and `false` are truth values; digits with a leading zero and decimals
    /// stay text as they were written.
    Yaml,
    /// JSON (RFC 8259).
    Json,
}

impl Form {
    /// The form that a file name's ending stands for.
    pub fn of(name: &str) -> Option<Form> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "toml" => Some(Form::Toml),
            "yaml" | "yml" => Some(Form::Yaml),
            "json" => Some(Form::Json),
            _ => None,
        }
    }
}

/// Why a text is no draft.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// The text is too long.
    #[error("the draft has {0} bytes, at most {DRAFT_BYTES_MAX} are read; shorten it")]
    Length(usize),
    /// It is not TOML; the reader's own words, with line and column.
    #[error("the draft is not TOML: {0}")]
    Toml(String),
    /// It is not YAML, or a key stands twice.
    #[error("the draft is not YAML as demanded: {0}")]
    Yaml(#[from] YamlError),
    /// A key stands twice in a YAML map.
    #[error("line {line}: the field \"{key}\" stands here for the second time; keep one of them")]
    Twice {
        /// The line of the second, from 1.
        line: usize,
        /// The key.
        key: String,
    },
    /// It is not JSON; the reader's own words, with line and column.
    #[error("the draft is not JSON: {0}")]
    Json(String),
    /// It is a list or a single value.
    #[error("the draft must be a table of fields, with kind = \"..\" as one of them")]
    Table,
    /// It does not say its kind.
    #[error("the draft has no field \"kind\"; write for example kind = \"measure\"")]
    KindMissing,
    /// The kind or the record is no text.
    #[error("the field \"{0}\" must be a text, in quotes")]
    Text(&'static str),
    /// The kind is no code.
    #[error("field \"kind\": {0}")]
    Kind(#[from] CodeError),
    /// The record is no id.
    #[error("field \"record\": {0}; leave the field out to publish a new record")]
    Record(#[from] RecordIdError),
    /// Fields stand beside `body`.
    #[error("the field \"{0}\" stands beside \"body\"; put it into the body, or all fields beside \"kind\"")]
    Beside(String),
    /// A value that a body cannot hold.
    #[error("field \"{path}\": {why}")]
    Field {
        /// Where, such as `effort.months` or `links[2]`.
        path: String,
        /// What is wrong and how to write it.
        why: &'static str,
    },
    /// Lists and maps stand too deep inside each other.
    #[error("field \"{0}\": more than {BODY_DEPTH_MAX} lists and maps stand inside each other")]
    Depth(String),
}

impl From<JsonError> for DraftError {
    fn from(error: JsonError) -> DraftError {
        DraftError::Field { path: error.path, why: error.why }
    }
}

impl DraftError {
    /// What is wrong, where, and what to do, in both languages. Words of the readers for TOML, YAML and
    /// JSON are English in both.
    pub fn words(&self) -> Words {
        let de = match self {
            DraftError::Length(bytes) => {
                format!(
                    "Der Entwurf hat {bytes} Bytes; gelesen werden höchstens {DRAFT_BYTES_MAX}. Bitte kürzen Sie ihn."
                )
            }
            DraftError::Toml(words) => format!("Der Entwurf ist kein gültiges TOML: {words}"),
            DraftError::Yaml(error) => {
                format!("Der Entwurf ist kein gültiges YAML, Zeile {}: {}", error.line, error.fault)
            }
            DraftError::Json(words) => format!("Der Entwurf ist kein gültiges JSON: {words}"),
            DraftError::Twice { line, key } => {
                format!(
                    "Zeile {line}: Das Feld „{key}“ steht hier zum zweiten Mal. Bitte behalten Sie eines davon."
                )
            }
            DraftError::Table => {
                "Ein Entwurf besteht aus Feldern mit Namen; eines davon ist kind = \"..\".".to_owned()
            }
            DraftError::KindMissing => {
                "Im Entwurf fehlt das Feld „kind“. Schreiben Sie zum Beispiel kind = \"measure\".".to_owned()
            }
            DraftError::Text(field) => {
                format!("Das Feld „{field}“ muss ein Text sein, in Anführungszeichen.")
            }
            DraftError::Kind(_) => {
                "Das Feld „kind“ enthält keine Art von Eintrag, zum Beispiel „measure“.".to_owned()
            }
            DraftError::Record(_) => {
                "Das Feld „record“ enthält keine Kennung eines Eintrags. Lassen Sie es weg, um \
                einen neuen Eintrag zu veröffentlichen."
                    .to_owned()
            }
            DraftError::Beside(field) => format!(
                "Das Feld „{field}“ steht neben „body“. Schreiben Sie es hinein, oder alle Felder neben „kind“."
            ),
            DraftError::Field { path, why } if *why == DECIMALS => {
                format!(
                    "Feld „{path}“: Nur ganze Zahlen sind erlaubt. Schreiben Sie Kommazahlen als Text, in Anführungszeichen."
                )
            }
            DraftError::Field { path, .. } => {
                format!(
                    "Feld „{path}“: Ein leerer Eintrag ist in einer Liste nicht erlaubt. Lassen Sie ihn weg."
                )
            }
            DraftError::Depth(field) => {
                format!("Feld „{field}“: Mehr als {BODY_DEPTH_MAX} Listen und Gruppen stehen ineinander.")
            }
        };
        Words { de, en: self.to_string() }
    }
}

const DECIMALS: &str = "only whole numbers are allowed; write decimals as text, in quotes";
const NULL: &str = "an empty item is not allowed inside a list; leave it out";

impl Draft {
    /// Reads a draft: a table with `kind`, perhaps `record`, and the body's fields by name beside
    /// them, or in a table `body`. A byte order mark is passed over.
    pub fn read(text: &str, form: Form) -> Result<Draft, DraftError> {
        if text.len() > DRAFT_BYTES_MAX {
            return Err(DraftError::Length(text.len()));
        }
        let text = text.trim_start_matches('\u{feff}');
        match form {
            Form::Toml => {
                let table: toml::Table = text
                    .parse()
                    .map_err(|e: toml::de::Error| DraftError::Toml(e.to_string().trim().to_owned()))?;
                Draft::from_map(toml_map(table, "")?)
            }
            Form::Yaml => {
                let node = yaml::read(text)?;
                if !node.is_map() {
                    return Err(DraftError::Table);
                }
                Draft::from_map(yaml_map(node, "")?)
            }
            Form::Json => match serde_json::from_str(text).map_err(|e| DraftError::Json(e.to_string()))? {
                serde_json::Value::Object(object) => Draft::from_json(object),
                _ => Err(DraftError::Table),
            },
        }
    }

    /// The draft in a JSON object, as the API takes it.
    pub fn from_json(object: serde_json::Map<String, serde_json::Value>) -> Result<Draft, DraftError> {
        Draft::from_map(json::to_map(object)?)
    }

    /// A field named `body` is the envelope only when it is a map: some kinds have a text of that name.
    fn from_map(mut fields: Map) -> Result<Draft, DraftError> {
        let kind = text(&mut fields, "kind")?.ok_or(DraftError::KindMissing)?.parse()?;
        let record = match text(&mut fields, "record")? {
            Some(text) => Some(text.parse()?),
            None => None,
        };
        let body = match fields.remove("body") {
            Some(Value::Map(body)) => match fields.pop_first() {
                Some((key, _)) => return Err(DraftError::Beside(key)),
                None => body,
            },
            Some(other) => {
                fields.insert("body".to_owned(), other);
                fields
            }
            None => fields,
        };
        for (key, value) in &body {
            if depth(value) >= BODY_DEPTH_MAX {
                return Err(DraftError::Depth(key.clone()));
            }
        }
        Ok(Draft { kind, record, body: record::value::map_to_nfc(body) })
    }
}

fn text(fields: &mut Map, key: &'static str) -> Result<Option<String>, DraftError> {
    match fields.remove(key) {
        None => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text)),
        Some(_) => Err(DraftError::Text(key)),
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Map(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn toml_map(table: toml::Table, path: &str) -> Result<Map, DraftError> {
    let mut map = Map::new();
    for (key, value) in table {
        let value = toml_value(value, &below(path, &key))?;
        map.insert(key, value);
    }
    Ok(map)
}

fn toml_value(value: toml::Value, path: &str) -> Result<Value, DraftError> {
    Ok(match value {
        toml::Value::String(text) => Value::Text(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Boolean(truth) => Value::Bool(truth),
        toml::Value::Datetime(moment) => Value::Text(moment.to_string()),
        toml::Value::Float(_) => return Err(DraftError::Field { path: path.to_owned(), why: DECIMALS }),
        toml::Value::Array(items) => {
            let items = items.into_iter().enumerate();
            Value::List(
                items
                    .map(|(at, item)| toml_value(item, &format!("{path}[{at}]")))
                    .collect::<Result<_, _>>()?,
            )
        }
        toml::Value::Table(table) => Value::Map(toml_map(table, path)?),
    })
}

fn yaml_map(node: Node, path: &str) -> Result<Map, DraftError> {
    let mut map = Map::new();
    let Content::Map(entries) = node.content else { return Ok(map) };
    for entry in entries {
        if map.contains_key(&entry.key) {
            return Err(DraftError::Twice { line: entry.line, key: entry.key });
        }
        if !entry.node.is_null() {
            let value = yaml_value(entry.node, &below(path, &entry.key))?;
            map.insert(entry.key, value);
        }
    }
    Ok(map)
}

fn yaml_value(node: Node, path: &str) -> Result<Value, DraftError> {
    if node.is_null() {
        return Err(DraftError::Field { path: path.to_owned(), why: NULL });
    }
    if let Some(truth) = node.truth() {
        return Ok(Value::Bool(truth));
    }
    if let Some(number) = node.number() {
        return Ok(match (u64::try_from(number), i64::try_from(number)) {
            (Ok(number), _) => Value::Uint(number),
            (Err(_), Ok(number)) => Value::from(number),
            (Err(_), Err(_)) => Value::Text(number.to_string()),
        });
    }
    Ok(match node.content {
        Content::Scalar { text, .. } => Value::Text(text),
        Content::List(items) => {
            let items = items.into_iter().enumerate();
            Value::List(
                items
                    .map(|(at, item)| yaml_value(item, &format!("{path}[{at}]")))
                    .collect::<Result<_, _>>()?,
            )
        }
        Content::Map(_) => Value::Map(yaml_map(node, path)?),
    })
}

#[cfg(test)]
mod tests {
    use crate::draft::Draft;
    use crate::draft::DraftError;
    use crate::draft::Form;
    use record::value::Value;

    const TOML: &str = "kind = \"event\"\nrecord = \"0192f0c1-7c1e-7a60-9d7c-2f6f3c8f2b11\"\n\
        dtstart = 2026-11-02\ncapacity = 40\n[title]\nde = \"Themenwerkstatt\"\n";
    const YAML: &str = "kind: event\nrecord: 0192f0c1-7c1e-7a60-9d7c-2f6f3c8f2b11\n\
        dtstart: 2026-11-02\ncapacity: 40\ntitle:\n  de: Themenwerkstatt\n";
    const JSON: &str = r#"{"kind": "event", "record": "0192f0c1-7c1e-7a60-9d7c-2f6f3c8f2b11",
        "dtstart": "2026-11-02", "capacity": 40, "title": {"de": "Themenwerkstatt"}}"#;

    fn reason(text: &str, form: Form) -> String {
        Draft::read(text, form).unwrap_err().to_string()
    }

    #[test]
    fn the_three_forms_say_the_same() {
        let draft = Draft::read(TOML, Form::Toml).unwrap();
        assert_eq!(draft.kind.as_str(), "event");
        assert!(draft.record.is_some());
        assert_eq!(draft.body.get("dtstart"), Some(&Value::from("2026-11-02")));
        assert_eq!(draft.body.get("capacity"), Some(&Value::Uint(40)));
        assert!(!draft.body.contains_key("kind"));
        assert_eq!(Draft::read(YAML, Form::Yaml), Ok(draft.clone()));
        assert_eq!(Draft::read(JSON, Form::Json), Ok(draft.clone()));
        assert_eq!(Draft::read(&format!("\u{feff}{JSON}"), Form::Json), Ok(draft));
    }

    #[test]
    fn the_body_may_stand_in_its_own_table() {
        let inside = Draft::read(r#"{"kind": "need", "body": {"problem": "x"}}"#, Form::Json).unwrap();
        assert_eq!(inside, Draft::read("kind: need\nproblem: x", Form::Yaml).unwrap());
        let standard = Draft::read("kind = \"standard\"\nbody = \"DIN\"", Form::Toml).unwrap();
        assert_eq!(standard.body.get("body"), Some(&Value::from("DIN")));
        let both = reason(r#"{"kind": "need", "body": {}, "problem": "x"}"#, Form::Json);
        assert!(both.contains("\"problem\" stands beside"), "{both}");
    }

    #[test]
    fn yaml_values_mean_what_they_look_like() {
        let body = Draft::read(
            "kind: x\ncountry: no\nars: 07331003\nversion: 1.10\nn: -3\nopen: true\nday: 2026-01-31\nnone: ~\n",
            Form::Yaml,
        )
        .unwrap()
        .body;
        assert_eq!(body.get("country"), Some(&Value::from("no")));
        assert_eq!(body.get("ars"), Some(&Value::from("07331003")));
        assert_eq!(body.get("version"), Some(&Value::from("1.10")));
        assert_eq!(body.get("n"), Some(&Value::from(-3i64)));
        assert_eq!(body.get("open"), Some(&Value::Bool(true)));
        assert_eq!(body.get("day"), Some(&Value::from("2026-01-31")));
        assert_eq!(body.get("none"), None);
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        assert!(reason("kind = \"x\"\na = ", Form::Toml).contains("line 2"));
        assert!(reason("kind: x\na: [1", Form::Yaml).contains("line 2"));
        assert!(reason("kind: x\na: 1\na: 2", Form::Yaml).contains("line 3"));
        assert!(reason("{\"kind\": \"x\",\n }", Form::Json).contains("line 2"));
        assert!(reason("kind = \"x\"\n[effort]\nfte = [1, 0.5]", Form::Toml).contains("effort.fte[1]"));
        assert!(reason("kind: x\nlist: [1, ~]", Form::Yaml).contains("list[1]"));
        assert!(reason("title = \"x\"", Form::Toml).contains("kind = \"measure\""));
        assert!(reason("kind = 3", Form::Toml).contains("\"kind\" must be a text"));
        assert!(reason("kind = \"Groß\"", Form::Toml).contains("Groß"));
        assert!(reason("kind = \"x\"\nrecord = \"1\"", Form::Toml).contains("leave the field out"));
        assert_eq!(Draft::read("- x", Form::Yaml), Err(DraftError::Table));
        assert_eq!(Draft::read("[]", Form::Json), Err(DraftError::Table));
        let deep = format!("kind: x\na: {}{}", "[".repeat(16), "]".repeat(16));
        assert_eq!(Draft::read(&deep, Form::Yaml), Err(DraftError::Depth("a".to_owned())));
        let deep = format!("{{\"kind\": \"x\", \"a\": {}", "[".repeat(100_000));
        assert!(Draft::read(&deep, Form::Json).is_err());
        assert!(Draft::read(&format!("a = {}", "[".repeat(100_000)), Form::Toml).is_err());
        assert!(matches!(Draft::read(&" ".repeat(600_000), Form::Json), Err(DraftError::Length(_))));
    }

    #[test]
    fn mistakes_are_told_in_german_too() {
        let words = |text, form| Draft::read(text, form).unwrap_err().words().de;
        assert!(words("kind: x\na: 1\na: 2", Form::Yaml).starts_with("Zeile 3: Das Feld „a“"));
        assert!(words("kind = \"x\"\na = 0.5", Form::Toml).contains("Kommazahlen"));
        // The reader of JSON has its own constants; they must stay told apart.
        assert!(words("{\"kind\": \"x\", \"a\": 0.5}", Form::Json).contains("Kommazahlen"));
        assert!(words("{\"kind\": \"x\", \"a\": [null]}", Form::Json).contains("leerer Eintrag"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_a_reader_panic(text in proptest::prelude::any::<String>()) {
            for form in [Form::Toml, Form::Yaml, Form::Json] {
                let _ = Draft::read(&text, form);
                let _ = Draft::read(&format!("kind: x\n{text}"), form);
                let _ = Draft::read(&format!("kind = \"x\"\n{text}"), form);
            }
        }
    }

    #[test]
    fn forms_are_told_by_the_ending() {
        assert_eq!(Form::of("kiel/Mängelmelder.TOML"), Some(Form::Toml));
        assert_eq!(Form::of("publiccode.yml"), Some(Form::Yaml));
        assert_eq!(Form::of("a.json"), Some(Form::Json));
        assert_eq!(Form::of("a.cose"), None);
        assert_eq!(Form::of("toml"), None);
    }
}
