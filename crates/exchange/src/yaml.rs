//! A YAML text as a bounded tree that keeps every scalar as it was written and the line it stands on.
//!
//! Scalars stay text here, because what they mean depends on who reads: the version `1.10` is no
//! number, the country `no` is no truth value, and the regional key `07331003` is not 7331003.

use serde_saphyr::granit_parser::Event;
use serde_saphyr::granit_parser::Options;
use serde_saphyr::granit_parser::Parser;
use serde_saphyr::granit_parser::ScalarStyle;
use serde_saphyr::granit_parser::ScanError;
use std::collections::BTreeMap;

/// A YAML text, in bytes.
pub const YAML_BYTES_MAX: usize = 1024 * 1024;
/// Lists and maps inside each other.
pub const YAML_DEPTH_MAX: usize = 24;
/// Scalars, lists and maps of one text, what aliases repeat included.
pub const YAML_NODES_MAX: usize = 20_000;
/// All scalars of one text together, what aliases repeat included, in bytes.
pub const YAML_SCALAR_BYTES_MAX: usize = 2 * 1024 * 1024;

/// A scalar, a list or a map, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The line, from 1.
    pub line: usize,
    /// What stands there.
    pub content: Content,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A scalar as it was written, quotes and escapes taken off.
    Scalar {
        /// The characters.
        text: String,
        /// Whether it stood without quotes and without `!!str`, so that it may mean a number.
        plain: bool,
        /// Whether it stood after `>`, so that each line that is left is a paragraph.
        folded: bool,
    },
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the text; a key may stand in it twice.
    Map(Vec<Entry>),
}

/// One entry of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The line of the key, from 1.
    pub line: usize,
    /// The value.
    pub node: Node,
}

/// Why a text cannot be read as YAML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct YamlError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong with a YAML text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The text is longer than [`YAML_BYTES_MAX`].
    #[error("the text is longer than {YAML_BYTES_MAX} bytes; shorten it")]
    Length,
    /// The form of YAML is broken; the reader's own words.
    #[error("this is not YAML ({0}); look at the indentation and the quotes on this line and the one above")]
    Syntax(String),
    /// More than [`YAML_DEPTH_MAX`] lists and maps inside each other.
    #[error("more than {YAML_DEPTH_MAX} lists and maps stand inside each other")]
    Depth,
    /// More than [`YAML_NODES_MAX`] values or [`YAML_SCALAR_BYTES_MAX`] bytes once aliases are written out.
    #[error(
        "the text is larger than it looks once its aliases (*name) are written out; write them out and shorten"
    )]
    Size,
    /// A list or a map as a key.
    #[error("a key must be a word, not a list or a map")]
    Key,
    /// An alias inside the very value that it names.
    #[error("an alias (*name) repeats the value that it stands in")]
    Cycle,
    /// A second document.
    #[error("a second document begins here (---); put each into its own file")]
    Documents,
    /// No value at all.
    #[error("the text is empty")]
    Empty,
}

impl Node {
    /// The scalar's text, unless it is empty or null (`~`, `null`).
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar { .. } if self.is_null() => None,
            Content::Scalar { text, .. } => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of a map; none for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Whether it is a map.
    pub fn is_map(&self) -> bool {
        matches!(self.content, Content::Map(_))
    }

    /// Whether nothing is said: `~`, `null`, or nothing at all.
    pub fn is_null(&self) -> bool {
        match &self.content {
            Content::Scalar { text, plain: true, .. } => {
                matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }

    /// The truth value: only `true` and `false`, as YAML 1.2 has it, never `yes` and `no`.
    pub fn truth(&self) -> Option<bool> {
        match &self.content {
            Content::Scalar { text, plain: true, .. } => match text.as_str() {
                "true" | "True" | "TRUE" => Some(true),
                "false" | "False" | "FALSE" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The whole number, in decimal digits without a leading zero; `None` beyond 64 bits.
    pub fn number(&self) -> Option<i128> {
        let Content::Scalar { text, plain: true, .. } = &self.content else { return None };
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let leading_zero = digits.len() > 1 && digits.starts_with('0');
        if digits.is_empty() || leading_zero || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        text.parse().ok().filter(|n| (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(n))
    }
}

/// Reads one document. A byte order mark is passed over; aliases are written out within the limits.
pub fn read(text: &str) -> Result<Node, YamlError> {
    if text.len() > YAML_BYTES_MAX {
        return Err(YamlError { line: 1, fault: Fault::Length });
    }
    let mut options = Options::default();
    options.flow_nesting_limit = YAML_DEPTH_MAX;
    options.block_nesting_limit = YAML_DEPTH_MAX;
    let mut tree = Tree::default();
    for event in Parser::new_from_str_with_options(text.trim_start_matches('\u{feff}'), options) {
        let (event, span) = event.map_err(|error| syntax(&error))?;
        let line = span.start.line();
        tree.take(event, line).map_err(|fault| YamlError { line, fault })?;
    }
    tree.root.ok_or(YamlError { line: 1, fault: Fault::Empty })
}

fn syntax(error: &ScanError) -> YamlError {
    YamlError { line: error.marker().line(), fault: Fault::Syntax(error.info()) }
}

/// The tree while it grows.
#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    bytes: usize,
    root: Option<Node>,
    documents: usize,
}

/// A list or map whose end has not come yet.
struct Open {
    line: usize,
    anchor: usize,
    content: Content,
    key: Option<(String, usize)>,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), Fault> {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 { Err(Fault::Documents) } else { Ok(()) }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let text_tag = tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
                let plain = matches!(style, ScalarStyle::Plain) && !text_tag;
                let folded = matches!(style, ScalarStyle::Folded);
                let content = Content::Scalar { text: text.into_owned(), plain, folded };
                self.put(Node { line, content }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => self.begin(Content::List(Vec::new()), line, anchor),
            Event::MappingStart(_, anchor, _) => self.begin(Content::Map(Vec::new()), line, anchor),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(done) => self.place(Node { line: done.line, content: done.content }, done.anchor),
                None => Ok(()),
            },
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(node) => {
                    let node = Node { line, ..node.clone() };
                    self.put(node, 0)
                }
                None => Err(Fault::Cycle),
            },
            _ => Ok(()),
        }
    }

    fn begin(&mut self, content: Content, line: usize, anchor: usize) -> Result<(), Fault> {
        if self.open.len() >= YAML_DEPTH_MAX {
            return Err(Fault::Depth);
        }
        self.count(1, 0)?;
        self.open.push(Open { line, anchor, content, key: None });
        Ok(())
    }

    /// Counts a whole node, then puts it into its place.
    fn put(&mut self, node: Node, anchor: usize) -> Result<(), Fault> {
        let (nodes, bytes, depth) = extent(&node);
        if self.open.len() + depth > YAML_DEPTH_MAX {
            return Err(Fault::Depth);
        }
        self.count(nodes, bytes)?;
        self.place(node, anchor)
    }

    fn count(&mut self, nodes: usize, bytes: usize) -> Result<(), Fault> {
        self.nodes += nodes;
        self.bytes += bytes;
        if self.nodes > YAML_NODES_MAX || self.bytes > YAML_SCALAR_BYTES_MAX {
            return Err(Fault::Size);
        }
        Ok(())
    }

    fn place(&mut self, node: Node, anchor: usize) -> Result<(), Fault> {
        if anchor != 0 {
            // What is kept for aliases counts as well, so that anchors cannot double the text unseen.
            let (nodes, bytes, _) = extent(&node);
            self.count(nodes, bytes)?;
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut open.content {
            Content::List(items) => items.push(node),
            Content::Map(entries) => match open.key.take() {
                Some((key, line)) => entries.push(Entry { key, line, node }),
                None => match node.content {
                    Content::Scalar { text, .. } => open.key = Some((text, node.line)),
                    _ => return Err(Fault::Key),
                },
            },
            Content::Scalar { .. } => return Err(Fault::Key),
        }
        Ok(())
    }
}

/// Nodes, scalar bytes and depth of a whole node.
fn extent(node: &Node) -> (usize, usize, usize) {
    let children: Vec<&Node> = match &node.content {
        Content::Scalar { text, .. } => return (1, text.len(), 0),
        Content::List(items) => items.iter().collect(),
        Content::Map(entries) => entries.iter().map(|entry| &entry.node).collect(),
    };
    let keys: usize = node.entries().iter().map(|entry| entry.key.len()).sum();
    children
        .into_iter()
        .map(extent)
        .fold((1, keys, 1), |(nodes, bytes, depth), (n, b, d)| (nodes + n, bytes + b, depth.max(d + 1)))
}

#[cfg(test)]
mod tests {
    use crate::yaml;
    use crate::yaml::Content;
    use crate::yaml::Fault;
    use crate::yaml::Node;

    fn fault(text: &str) -> (usize, Fault) {
        let error = yaml::read(text).unwrap_err();
        (error.line, error.fault)
    }

    fn field(text: &str) -> Node {
        yaml::read(text).unwrap().entries()[0].node.clone()
    }

    #[test]
    fn scalars_stay_as_written() {
        assert_eq!(field("version: 1.10").text(), Some("1.10"));
        assert_eq!(field("country: no").text(), Some("no"));
        assert_eq!(field("country: no").truth(), None);
        assert_eq!(field("ready: true").truth(), Some(true));
        assert_eq!(field("ready: 'true'").truth(), None);
        assert_eq!(field("ars: 07331003").number(), None);
        assert_eq!(field("n: -42").number(), Some(-42));
        assert_eq!(field("n: !!str 42").number(), None);
        assert_eq!(field("n: 99999999999999999999").number(), None);
        assert!(field("n: ~").is_null());
        assert!(!field("n: 'null'").is_null());
    }

    #[test]
    fn lines_are_kept_and_line_ends_do_not_matter() {
        let node = yaml::read("\u{feff}a: 1\r\n\r\nb:\r\n  - x\r\n").unwrap();
        assert_eq!(node.entries()[1].key, "b");
        assert_eq!(node.entries()[1].line, 3);
        assert_eq!(node.entries()[1].node.items()[0].line, 4);
    }

    #[test]
    fn aliases_are_written_out() {
        let node = yaml::read("a: &x [1, 2]\nb: *x\n").unwrap();
        assert_eq!(node.entries()[1].node.items().len(), 2);
        assert!(matches!(node.entries()[1].node.content, Content::List(_)));
    }

    #[test]
    fn bombs_are_refused() {
        let mut laughs = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
        for at in 1..10 {
            let alias = vec![format!("*a{}", at - 1); 10].join(", ");
            laughs.push_str(&format!("a{at}: &a{at} [{alias}]\n"));
        }
        assert_eq!(fault(&laughs).1, Fault::Size);
        let long = format!("a: &x \"{}\"\nb: [{}]\n", "y".repeat(10_000), vec!["*x"; 1_000].join(","));
        assert_eq!(fault(&long).1, Fault::Size);
        assert!(yaml::read(&"[".repeat(10_000)).is_err());
        let steps: String = (0..200).map(|at| format!("{}a:\n", " ".repeat(at))).collect();
        assert!(yaml::read(&steps).is_err());
        assert_eq!(fault("a: &x [*x]").1, Fault::Cycle);
        assert_eq!(fault(&"a".repeat(yaml::YAML_BYTES_MAX + 1)).1, Fault::Length);
    }

    #[test]
    fn what_is_no_yaml_is_refused_with_its_line() {
        let (line, why) = fault("a: 1\nb: \"open\n");
        assert!(line >= 2, "{line}");
        assert!(matches!(why, Fault::Syntax(_)));
        assert_eq!(fault("").1, Fault::Empty);
        assert_eq!(fault("a: 1\n---\nb: 2\n"), (2, Fault::Documents));
        assert_eq!(fault("? [a]\n: b\n").1, Fault::Key);
    }
}
