//! The shape of a kind: sections, fields, what a field may hold, and vocabularies.

use crate::kind::words::Words;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A sort of record, such as `measure`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// As it stands in statements.
    pub name: String,
    /// The `schema` number of statements written after this file.
    pub version: u64,
    /// What people call one of them.
    pub label: Words,
    /// What people call several.
    pub plural: Words,
    /// What it is for, one or two sentences.
    pub help: Words,
    /// Whether it belongs to the protocol and is not written by hand in the editor.
    pub protocol: bool,
    /// In the order of the form and the page.
    pub sections: Vec<Section>,
    /// Ordered by section.
    pub fields: Vec<Field>,
    /// The fields that a form asks for first; the others are folded away. Empty where it is what is required,
    /// recommended or filled in already.
    pub short: Vec<String>,
    /// Rules that hang on more than one field.
    pub rules: Vec<Rule>,
    /// What no text of this kind may say; an error, not a warning.
    pub forbids: Vec<Private>,
    /// What texts of this kind may well say, such as versions of a product.
    pub spares: Vec<Private>,
    /// What one of them is in other formats: format (such as `schema-org`) to class there.
    pub exports: BTreeMap<String, String>,
}

impl Kind {
    /// The field of this name at the top of the body.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether a form shows the field at once, without being asked for more.
    pub fn is_in_front(&self, field: &Field) -> bool {
        match self.short.is_empty() {
            true => {
                let asked = |rule: &Rule| rule.grade == Grade::Error && rule.needs.contains(&field.name);
                field.required != Required::Never || self.rules.iter().any(asked)
            }
            false => self.short.contains(&field.name),
        }
    }
}

/// A part of the form under its own heading.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Named by fields.
    pub name: String,
    /// The heading.
    pub label: Words,
    /// One sentence under it; may be empty.
    #[serde(default)]
    pub help: Words,
}

/// One field of a body or of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The key in the body.
    pub name: String,
    /// What people call it.
    pub label: Words,
    /// What belongs in it; may be empty.
    pub help: Words,
    /// The section it stands in; empty inside groups.
    pub section: String,
    /// What it holds.
    pub sort: Sort,
    /// When it must be there.
    pub required: Required,
    /// Whether searches can be narrowed by it.
    pub facet: bool,
    /// Whether its text is searched.
    pub search: bool,
    /// The most items, where it is a list; nothing for a single value.
    pub repeated: Option<usize>,
    /// The fewest items that are recommended, where it is a list.
    pub items_recommended: usize,
    /// A date that is today or later and at most this many months after today.
    pub months_ahead_max: Option<u32>,
    /// The date or moment may not lie before this sibling field.
    pub not_before: Option<String>,
    /// A date that is today or earlier.
    pub not_after_today: bool,
    /// In a list of groups, the field of the group that differs from item to item.
    pub unique_by: Option<String>,
    /// The kinds of record that a reference leads to; empty where any will do.
    pub refers_to: Vec<String>,
    /// What the text of this field may well say, such as the version of a standard.
    pub spares: Vec<Private>,
    /// What it is called in other formats: format (such as `icalendar`) to name there.
    pub exports: BTreeMap<String, String>,
    /// What [`crate::kind::normalise`] writes where the field is missing.
    pub default: Option<String>,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Text in no particular language.
    Text {
        /// Length in characters.
        max_chars: usize,
        /// Whether line breaks are allowed.
        multiline: bool,
    },
    /// Text by language: a map from BCP 47 tag to text.
    Texts {
        /// Length in characters, each language.
        max_chars: usize,
        /// Whether limited Markdown (and so line breaks) is allowed.
        markdown: bool,
    },
    /// A code of a vocabulary.
    Code {
        /// The vocabulary's name.
        vocabulary: String,
    },
    /// A whole number.
    Uint {
        /// Smallest.
        min: u64,
        /// Largest.
        max: u64,
    },
    /// True or false.
    Bool,
    /// A day, as text: `2027-03-31`.
    Date,
    /// A moment in seconds since 1970.
    Moment,
    /// An absolute http(s) address.
    Url,
    /// A mail address; function mailboxes only.
    Mail,
    /// Text with a form of its own.
    Pattern(Pattern),
    /// Another record: `publisher/record`.
    Reference,
    /// A byte string.
    Bytes,
    /// A map with fields of its own.
    Group {
        /// Its fields, in order.
        fields: Vec<Field>,
    },
}

/// A form that a text must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pattern {
    /// Regionalschlüssel or its beginning, 2 to 12 digits.
    Ars,
    /// SPDX licence expression, `LicenseRef-…` included (SPDX 2.3, annex D).
    Spdx,
    /// LeiKa key, 14 digits.
    Leika,
    /// Language tag (BCP 47), such as `de` or `de-DE`.
    Language,
    /// Publisher name, such as `th.jena`.
    Publisher,
    /// Absolute URI of any scheme, such as `urn:uuid:…`, `alias:gdpr` or `https://…`.
    Uri,
    /// SHA-256 as 64 hexadecimal digits.
    Sha256,
    /// Media type, such as `application/pdf`.
    MediaType,
    /// Phone number in digits, spaces and `+ ( ) / -`.
    Phone,
    /// A year, four digits.
    Year,
    /// Code of the Common Procurement Vocabulary: 8 digits, with or without the check digit.
    Cpv,
    /// Number of a known vulnerability, such as `CVE-2026-12345`.
    Cve,
    /// A day or a minute by the clock on the wall: `2027-03-31` or `2027-03-31T09:30`.
    LocalTime,
    /// A short key inside one record, such as `privacy-1`.
    Key,
}

/// A rule that hangs on more than one field: where all conditions hold, one of the named fields is needed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// All of them must hold.
    pub when: Vec<Condition>,
    /// Paths such as `offer.price`; one of them must have a value. The finding stands at the first.
    pub needs: Vec<String>,
    /// How much a breach weighs.
    #[serde(default = "error")]
    pub grade: Grade,
    /// The sentence after the label of the first needed field, in quotation marks.
    pub say: Words,
}

fn error() -> Grade {
    Grade::Error
}

/// What a rule asks of one field. Everything that is said must hold.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The path of the field.
    pub field: String,
    /// Whether it has a value.
    pub given: Option<bool>,
    /// It holds one of these codes.
    #[serde(default)]
    pub is: Vec<String>,
    /// It holds none of these codes; a field without a value holds none.
    #[serde(default)]
    pub is_not: Vec<String>,
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// The record is not published like this.
    Error,
    /// It may be published; someone should look.
    Warning,
}

/// What free text should not say, because a published record cannot be recalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Private {
    /// The name of a person, told by salutation, title or office.
    Person,
    /// The mail address of a person.
    Mailbox,
    /// A phone number.
    Phone,
    /// An IP address.
    Address,
    /// The name of a computer that is not meant for the public.
    Host,
    /// The version of a software.
    Version,
    /// An exact sum of money.
    Price,
    /// The day on which a contract ends.
    ContractEnd,
}

/// When a field must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Required {
    /// Without it the record is not published.
    Always,
    /// May be left out.
    Never,
    /// May be left out with a warning.
    Recommended,
    /// Must be there where a sibling field holds one of these codes (`true` and `false` for truth values).
    When {
        /// The sibling field.
        field: String,
        /// Its codes.
        codes: Vec<String>,
    },
}

/// A named list of codes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vocabulary {
    /// Named by fields.
    pub name: String,
    /// Where the codes come from, for readers; may be empty.
    #[serde(default)]
    pub source: String,
    /// Whether a code that is not listed is only a warning, because others keep the list.
    #[serde(default)]
    pub open: bool,
    /// In the order in which they are offered.
    #[serde(default, rename = "term")]
    pub terms: Vec<Term>,
}

impl Vocabulary {
    /// The term of this code.
    pub fn term(&self, code: &str) -> Option<&Term> {
        self.terms.iter().find(|term| term.code == code)
    }
}

/// One code of a vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// As it stands in bodies.
    pub code: String,
    /// What people call it.
    pub label: Words,
    /// What is meant, where the word alone does not say it; may be empty.
    #[serde(default)]
    pub help: Words,
    /// The same thing elsewhere: scheme (such as `eu-data-theme`) to codes or URIs.
    #[serde(default)]
    pub crosswalk: BTreeMap<String, Vec<String>>,
}
