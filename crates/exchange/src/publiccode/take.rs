//! A file on its way into a body: what was read, what was said, and what was noticed.

use crate::publiccode::clip;
use crate::publiccode::remark::Note;
use crate::publiccode::remark::Remark;
use crate::yaml::Entry;
use crate::yaml::Node;
use record::kind::Field;
use record::kind::Kind;
use record::kind::Sort;
use record::kind::Vocabulary;
use record::value::Map;
use record::value::Value;
use std::collections::BTreeSet;

/// Items of a list where the kind says nothing else.
const ITEMS_MAX: usize = 50;
/// A text where the kind says nothing else, in characters.
const TEXT_CHARS_MAX: usize = 500;
/// A code that is in no list, in characters.
const CODE_CHARS_MAX: usize = 60;
/// How much of a value a remark repeats, in characters.
const REMARK_CHARS_MAX: usize = 80;

/// A file and the body that comes of it.
#[derive(Debug)]
pub(crate) struct Take<'a> {
    /// The kind that the body is of.
    pub(crate) kind: &'static Kind,
    /// The file, keys in the standard's spelling.
    pub(crate) root: &'a Node,
    /// The body so far.
    pub(crate) body: Map,
    /// What was noticed.
    pub(crate) remarks: Vec<Remark>,
    /// Keys whose values stand in the body in full, so that they need not be kept beside it.
    pub(crate) carried: BTreeSet<String>,
}

impl<'a> Take<'a> {
    /// The entry at a path such as `legal.license`, unless nothing is said there.
    pub(crate) fn entry(&self, path: &str) -> Option<&'a Entry> {
        let mut node = self.root;
        let mut found = None;
        for key in path.split('.') {
            let entry = node.entries().iter().find(|entry| entry.key == key)?;
            node = &entry.node;
            found = Some(entry);
        }
        found.filter(|entry| !entry.node.is_null())
    }

    /// The node at a path.
    pub(crate) fn node(&self, path: &str) -> Option<&'a Node> {
        self.entry(path).map(|entry| &entry.node)
    }

    /// The text at a path, unless it is empty.
    pub(crate) fn text(&self, path: &str) -> Option<&'a str> {
        self.node(path).and_then(Node::text)
    }

    /// The texts at a path: a list's, or a single one.
    pub(crate) fn texts(&self, path: &str) -> Vec<&'a str> {
        self.node(path).map(texts).unwrap_or_default()
    }

    /// Notices something about a key.
    pub(crate) fn remark(&mut self, key: &str, note: Note) {
        let line = self.entry(key).map(|entry| entry.line);
        let remark = Remark { key: key.to_owned(), line, note };
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    /// Says something, if the kind has that field at all.
    pub(crate) fn put(&mut self, field: &str, value: impl Into<Value>) -> bool {
        let known = self.kind.field(field).is_some();
        if known {
            self.body.insert(field.to_owned(), value.into());
        }
        known
    }

    /// Says what stands at a path, word for word, so that it need not be kept.
    pub(crate) fn carry(&mut self, field: &str, value: impl Into<Value>, path: &str) {
        if self.put(field, value) {
            self.carried.insert(path.to_owned());
        }
    }

    /// The field of the kind, groups reached by dots: `maintenance.type`.
    pub(crate) fn field(&self, path: &str) -> Option<&'static Field> {
        let mut names = path.split('.');
        let mut field = self.kind.field(names.next()?)?;
        for name in names {
            let Sort::Group { fields } = &field.sort else { return None };
            field = fields.iter().find(|field| field.name == name)?;
        }
        Some(field)
    }

    /// How long a text in this field may be, in characters.
    pub(crate) fn chars_max(&self, path: &str) -> usize {
        match self.field(path).map(|field| &field.sort) {
            Some(Sort::Text { max_chars, .. } | Sort::Texts { max_chars, .. }) => *max_chars,
            _ => TEXT_CHARS_MAX,
        }
    }

    /// A list no longer than the field allows; the rest is noticed.
    pub(crate) fn fit_items<T>(&mut self, field: &str, key: &str, mut items: Vec<T>) -> Vec<T> {
        let most = self.field(field).and_then(|field| field.repeated).unwrap_or(ITEMS_MAX);
        if items.len() > most {
            self.remark(key, Note::ItemsCut { count: items.len() - most });
            items.truncate(most);
        }
        items
    }

    /// The field's vocabulary.
    pub(crate) fn vocabulary(&self, path: &str) -> Option<&'static Vocabulary> {
        match &self.field(path)?.sort {
            Sort::Code { vocabulary } => record::kind::vocabulary(vocabulary),
            _ => None,
        }
    }

    /// The listed code that a text means: itself, another letter case, or what `known` says of it.
    pub(crate) fn code(
        &mut self,
        field: &str,
        key: &str,
        text: &str,
        known: &[(&str, &str)],
    ) -> Option<String> {
        let vocabulary = self.vocabulary(field)?;
        if vocabulary.term(text).is_some() {
            return Some(text.to_owned());
        }
        let lower = text.to_lowercase();
        let other = known
            .iter()
            .find(|(word, _)| word.to_lowercase() == lower)
            .map_or(lower.as_str(), |(_, code)| code);
        match vocabulary.terms.iter().find(|term| term.code.eq_ignore_ascii_case(other)) {
            Some(term) => {
                self.remark(key, Note::CodeRespelled { from: short(text), to: term.code.clone() });
                Some(term.code.clone())
            }
            None if vocabulary.open && !text.contains(char::is_whitespace) => {
                self.remark(key, Note::CodeNew { text: short(text) });
                Some(clip::to(&clip::line(text), CODE_CHARS_MAX))
            }
            None => {
                self.remark(key, Note::CodeUnlisted { text: short(text) });
                None
            }
        }
    }
}

/// The texts of a node: a list's, or a single one.
pub(crate) fn texts(node: &Node) -> Vec<&str> {
    match node.text() {
        Some(text) => vec![text],
        None => node.items().iter().filter_map(Node::text).collect(),
    }
}

/// A value as a remark repeats it.
pub(crate) fn short(text: &str) -> String {
    clip::to(&clip::line(text), REMARK_CHARS_MAX)
}

/// A list of texts as a value.
pub(crate) fn list<T: Into<Value>>(items: Vec<T>) -> Value {
    Value::List(items.into_iter().map(Into::into).collect())
}
