//! How the kind files are written, and reading them into kinds and vocabularies.

use crate::kind::shape::Field;
use crate::kind::shape::Kind;
use crate::kind::shape::Pattern;
use crate::kind::shape::Private;
use crate::kind::shape::Required;
use crate::kind::shape::Rule;
use crate::kind::shape::Section;
use crate::kind::shape::Sort;
use crate::kind::shape::Vocabulary;
use crate::kind::words::Words;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Everything the kind files say.
#[derive(Debug)]
pub(crate) struct Shelf {
    /// By name.
    pub(crate) kinds: Vec<Kind>,
    /// By name.
    pub(crate) vocabularies: Vec<Vocabulary>,
}

/// Why a kind file is not one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {why}")]
pub(crate) struct ShelfError {
    file: String,
    why: String,
}

/// What a kind file and a shared file have in common.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPart {
    #[serde(default)]
    section: Vec<Section>,
    #[serde(default)]
    field: Vec<RawField>,
    #[serde(default)]
    shape: Vec<RawShape>,
    #[serde(default)]
    vocabulary: Vec<Vocabulary>,
}

/// A kind file. `include` names shared files; `sections` is the order of the form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKind {
    name: String,
    version: u64,
    label: Words,
    plural: Words,
    help: Words,
    #[serde(default)]
    protocol: bool,
    #[serde(default)]
    include: Vec<String>,
    sections: Vec<String>,
    #[serde(default)]
    short: Vec<String>,
    #[serde(default)]
    adjust: Vec<RawAdjust>,
    #[serde(default)]
    rule: Vec<Rule>,
    #[serde(default)]
    forbids: Vec<Private>,
    #[serde(default)]
    spares: Vec<Private>,
    #[serde(default)]
    exports: BTreeMap<String, String>,
    // serde's flatten does not go together with deny_unknown_fields, so the parts stand here again.
    #[serde(default)]
    section: Vec<Section>,
    #[serde(default)]
    field: Vec<RawField>,
    #[serde(default)]
    shape: Vec<RawShape>,
    #[serde(default)]
    vocabulary: Vec<Vocabulary>,
}

/// What a kind changes about a field that it includes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAdjust {
    name: String,
    section: Option<String>,
    required: Option<RawRequired>,
    label: Option<Words>,
    help: Option<Words>,
    months_ahead_max: Option<u32>,
}

/// Fields of a group that several fields share.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawShape {
    name: String,
    fields: Vec<RawField>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawField {
    name: String,
    label: Words,
    #[serde(default)]
    help: Words,
    #[serde(default)]
    section: String,
    #[serde(default)]
    required: RawRequired,
    #[serde(default)]
    facet: bool,
    #[serde(default)]
    search: bool,
    items_max: Option<usize>,
    #[serde(default)]
    items_recommended: usize,
    months_ahead_max: Option<u32>,
    not_before: Option<String>,
    #[serde(default)]
    not_after_today: bool,
    unique_by: Option<String>,
    #[serde(default)]
    refers_to: Vec<String>,
    #[serde(default)]
    spares: Vec<Private>,
    #[serde(default)]
    exports: BTreeMap<String, String>,
    default: Option<String>,
    sort: RawSort,
    max_chars: Option<usize>,
    #[serde(default)]
    multiline: bool,
    #[serde(default)]
    markdown: bool,
    vocabulary: Option<String>,
    min: Option<u64>,
    max: Option<u64>,
    pattern: Option<Pattern>,
    shape: Option<String>,
    #[serde(default)]
    fields: Vec<RawField>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawSort {
    Text,
    Texts,
    Code,
    Uint,
    Bool,
    Date,
    Moment,
    Url,
    Mail,
    Pattern,
    Reference,
    Bytes,
    Group,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum RawRequired {
    Word(RawRequiredWord),
    When { field: String, codes: Vec<String> },
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawRequiredWord {
    Always,
    Never,
    Recommended,
}

impl Default for RawRequired {
    fn default() -> RawRequired {
        RawRequired::Word(RawRequiredWord::Never)
    }
}

impl From<RawRequired> for Required {
    fn from(raw: RawRequired) -> Required {
        match raw {
            RawRequired::Word(RawRequiredWord::Always) => Required::Always,
            RawRequired::Word(RawRequiredWord::Never) => Required::Never,
            RawRequired::Word(RawRequiredWord::Recommended) => Required::Recommended,
            RawRequired::When { field, codes } => Required::When { field, codes },
        }
    }
}

/// Group fields by the name of their shape.
type Shapes = BTreeMap<String, Vec<RawField>>;

impl Shelf {
    /// Reads all files, each as (file name, text). A shared file is included by its name without `.toml`.
    pub(crate) fn read(kinds: &[(&str, &str)], shared: &[(&str, &str)]) -> Result<Shelf, ShelfError> {
        let mut parts = BTreeMap::new();
        let mut vocabularies = BTreeMap::new();
        let mut shapes = Shapes::new();
        for (file, text) in shared {
            let mut part: RawPart = toml::from_str(text).map_err(|error| wrong(file, &error))?;
            gather(file, &mut part.vocabulary, &mut part.shape, &mut vocabularies, &mut shapes)?;
            parts.insert(file.trim_end_matches(".toml").to_owned(), part);
        }
        let mut raws = Vec::new();
        for (file, text) in kinds {
            let mut raw: RawKind = toml::from_str(text).map_err(|error| wrong(file, &error))?;
            gather(file, &mut raw.vocabulary, &mut raw.shape, &mut vocabularies, &mut shapes)?;
            raws.push((*file, raw));
        }
        let mut shelf = Vec::new();
        for (file, raw) in raws {
            let kind = assemble(raw, &parts, &shapes).map_err(|why| wrong(file, &why))?;
            shelf.push(kind);
        }
        shelf.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Shelf { kinds: shelf, vocabularies: vocabularies.into_values().collect() })
    }
}

fn wrong(file: &str, why: &dyn std::fmt::Display) -> ShelfError {
    ShelfError { file: file.to_owned(), why: why.to_string() }
}

/// Moves vocabularies and shapes of one file to the common pile; a name may stand only once.
fn gather(
    file: &str,
    vocabulary: &mut Vec<Vocabulary>,
    shape: &mut Vec<RawShape>,
    vocabularies: &mut BTreeMap<String, Vocabulary>,
    shapes: &mut Shapes,
) -> Result<(), ShelfError> {
    for vocabulary in vocabulary.drain(..) {
        let name = vocabulary.name.clone();
        if vocabularies.insert(name.clone(), vocabulary).is_some() {
            return Err(wrong(file, &format!("the vocabulary \"{name}\" stands twice")));
        }
    }
    for RawShape { name, fields } in shape.drain(..) {
        if shapes.insert(name.clone(), fields).is_some() {
            return Err(wrong(file, &format!("the shape \"{name}\" stands twice")));
        }
    }
    Ok(())
}

/// Puts a kind together from its own file and the shared files it includes.
fn assemble(raw: RawKind, parts: &BTreeMap<String, RawPart>, shapes: &Shapes) -> Result<Kind, String> {
    let mut known = Vec::new();
    let mut fields = Vec::new();
    for include in &raw.include {
        let part = parts.get(include).ok_or_else(|| format!("there is no shared/{include}.toml"))?;
        known.extend(part.section.iter().cloned());
        fields.extend(part.field.iter().cloned());
    }
    known.extend(raw.section);
    fields.extend(raw.field);
    for adjust in raw.adjust {
        let field = fields
            .iter_mut()
            .find(|field| field.name == adjust.name)
            .ok_or_else(|| format!("\"{}\" is adjusted but not included", adjust.name))?;
        field.section = adjust.section.unwrap_or_else(|| field.section.clone());
        field.required = adjust.required.unwrap_or_else(|| field.required.clone());
        field.label = adjust.label.unwrap_or_else(|| field.label.clone());
        field.help = adjust.help.unwrap_or_else(|| field.help.clone());
        field.months_ahead_max = adjust.months_ahead_max.or(field.months_ahead_max);
    }
    let mut sections = Vec::new();
    let mut ordered = Vec::new();
    for name in raw.sections {
        let section = known.iter().find(|section| section.name == name);
        sections.push(section.cloned().ok_or_else(|| format!("there is no section \"{name}\""))?);
        for field in fields.iter().filter(|field| field.section == name) {
            ordered.push(finish(field.clone(), shapes)?);
        }
    }
    if let Some(lost) = fields.iter().find(|field| ordered.iter().all(|known| known.name != field.name)) {
        return Err(format!("\"{}\" stands in the unlisted section \"{}\"", lost.name, lost.section));
    }
    let RawKind {
        name,
        version,
        label,
        plural,
        help,
        protocol,
        short,
        rule: rules,
        forbids,
        spares,
        exports,
        ..
    } = raw;
    if let Some(lost) = short.iter().find(|name| ordered.iter().all(|known| known.name != **name)) {
        return Err(format!("\"{lost}\" stands in `short` and is no field"));
    }
    let fields = ordered;
    Ok(Kind {
        name,
        version,
        label,
        plural,
        help,
        protocol,
        sections,
        fields,
        short,
        rules,
        forbids,
        spares,
        exports,
    })
}

/// Makes a field of what its file says.
fn finish(raw: RawField, shapes: &Shapes) -> Result<Field, String> {
    let lacks = |what: &str| format!("the field \"{}\" needs {what}", raw.name);
    let length = || raw.max_chars.ok_or_else(|| lacks("max_chars"));
    let sort = match raw.sort {
        RawSort::Text => Sort::Text { max_chars: length()?, multiline: raw.multiline },
        RawSort::Texts => Sort::Texts { max_chars: length()?, markdown: raw.markdown },
        RawSort::Code => {
            Sort::Code { vocabulary: raw.vocabulary.clone().ok_or_else(|| lacks("a vocabulary"))? }
        }
        RawSort::Uint => Sort::Uint { min: raw.min.unwrap_or(0), max: raw.max.ok_or_else(|| lacks("max"))? },
        RawSort::Bool => Sort::Bool,
        RawSort::Date => Sort::Date,
        RawSort::Moment => Sort::Moment,
        RawSort::Url => Sort::Url,
        RawSort::Mail => Sort::Mail,
        RawSort::Pattern => Sort::Pattern(raw.pattern.ok_or_else(|| lacks("a pattern"))?),
        RawSort::Reference => Sort::Reference,
        RawSort::Bytes => Sort::Bytes,
        RawSort::Group => {
            let inner = match &raw.shape {
                Some(shape) => shapes
                    .get(shape)
                    .cloned()
                    .ok_or_else(|| lacks(&format!("a shape; \"{shape}\" is none")))?,
                None => raw.fields.clone(),
            };
            let fields =
                inner.into_iter().map(|field| finish(field, shapes)).collect::<Result<Vec<_>, _>>()?;
            if fields.is_empty() {
                return Err(lacks("fields or a shape"));
            }
            Sort::Group { fields }
        }
    };
    Ok(Field {
        name: raw.name,
        label: raw.label,
        help: raw.help,
        section: raw.section,
        sort,
        required: raw.required.into(),
        facet: raw.facet,
        search: raw.search,
        repeated: raw.items_max,
        items_recommended: raw.items_recommended,
        months_ahead_max: raw.months_ahead_max,
        not_before: raw.not_before,
        not_after_today: raw.not_after_today,
        unique_by: raw.unique_by,
        refers_to: raw.refers_to,
        spares: raw.spares,
        exports: raw.exports,
        default: raw.default,
    })
}
