//! The codes of a record: what it is filtered and counted by, and what it is looked up by.

use crate::stem::stem;
use crate::word::words;
use record::kind::Field;
use record::kind::Kind;
use record::kind::Lang;
use record::kind::Sort;
use record::kind::Words;
use record::kind::kind;
use record::kind::kinds;
use record::kind::links;
use record::kind::vocabularies;
use record::name::LANDS;
use record::statement::Content;
use record::value::Map;
use record::value::Value;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Codes of one facet of one record that are taken up, at most.
const CODES_MAX: usize = 20;
/// One such code in bytes; longer ones are passed over.
const CODE_BYTES_MAX: usize = 64;
/// Marks of one record, at most.
const MARKS_MAX: usize = 200;
/// The digits of a regional key that name the district.
const DISTRICT_DIGITS: usize = 5;
/// Marks that one word of a query may stand for, at most.
const LABELLED_MAX: usize = 24;

/// What a publisher says of itself in its profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traits {
    pub(crate) population_class: Option<String>,
    pub(crate) settlement_type: Option<String>,
}

impl Traits {
    /// What a record says of the settlement of its publisher; only a profile does.
    pub(crate) fn of(content: &Content) -> Option<Traits> {
        let code = |field| codes_at(content.body(), field).next();
        (content.kind.as_str() == "organisation").then(|| Traits {
            population_class: code("population_class"),
            settlement_type: code("settlement_type"),
        })
    }
}

/// Where a code of a facet is read from: facet, then paths in the body.
const READ: [(&str, &[&str]); 7] = [
    ("action_field", &["action_fields"]),
    ("stage", &["stage"]),
    ("population_class", &["population_class", "eligible.population_class"]),
    ("settlement_type", &["settlement_type"]),
    ("phase", &["phase", "development_status"]),
    ("deployment_model", &["deployment_models", "deployment"]),
    ("licence", &["licence"]),
];

/// What a record says by codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Codes {
    /// `facet=code`.
    pub(crate) codes: BTreeSet<String>,
    /// Codes of other vocabularies, names, references.
    pub(crate) marks: BTreeSet<String>,
    /// 0: claimed, 1: measured, 2: evaluated.
    pub(crate) evidence: u64,
}

/// The term of a code.
pub(crate) fn code_term(facet: &str, code: &str) -> String {
    [facet, "=", code].concat()
}

/// The mark of records of this kind that refer to a record.
pub(crate) fn reference_mark(kind: &str, target: &str) -> String {
    ["ref:", kind, ">", target].concat()
}

/// The kind of records that say who uses what.
pub(crate) const ADOPTION: &str = "adoption";
/// The place of an adoption in [`reference_mark`], where its publisher uses what it names, for good or on trial; others
/// look at it, have left it or decided against it.
pub(crate) const USE: &str = "use";
/// What an adoption says of itself in that case.
const USED: [&str; 2] = ["in-use", "piloting"];

/// Whether a record says that its publisher uses something.
pub(crate) fn is_in_use(content: &Content) -> bool {
    let status = content.body().get("status").and_then(Value::as_text);
    content.kind.as_str() == ADOPTION && status.is_some_and(|status| USED.contains(&status))
}

/// The mark of a label of a publisher's name.
pub(crate) fn name_mark(folded: &str) -> String {
    ["name:", folded].concat()
}

/// The mark of a service, law or standard.
pub(crate) fn support_mark(uri: &str) -> String {
    ["supports:", uri].concat()
}

/// The mark of a code of a vocabulary that is no facet.
fn vocabulary_mark(vocabulary: &str, code: &str) -> String {
    ["code:", vocabulary, ":", code].concat()
}

impl Codes {
    /// Reads a record.
    pub(crate) fn of(content: &Content) -> Codes {
        let body = content.body();
        let mut codes = Codes::default();
        let mut put = |facet: &str, code: &str| {
            codes.codes.insert(code_term(facet, code));
        };
        put("kind", content.kind.as_str());
        put("land", content.publisher.land());
        put("publisher", content.publisher.as_str());
        for (facet, paths) in READ {
            for code in paths.iter().flat_map(|path| codes_at(body, path)).take(CODES_MAX) {
                put(facet, &code);
            }
        }
        for area in area(body) {
            if let Some(district) = area.get(..DISTRICT_DIGITS) {
                put("district", district);
            }
        }
        for lamp in lamps(body) {
            put("lamp", lamp);
        }
        codes.evidence = match body.get("evidence_level").and_then(Value::as_text) {
            Some("evaluated") => 2,
            Some("measured") => 1,
            _ => 0,
        };
        codes.mark(content);
        codes
    }

    fn mark(&mut self, content: &Content) {
        let body = content.body();
        for label in content.publisher.as_str().split('.').flat_map(|label| label.split('-')) {
            self.marks.insert(name_mark(label));
        }
        self.marks.extend(supports(body).map(|uri| support_mark(&uri)));
        if let Some(kind) = kind(content.kind.as_str()) {
            for link in links(kind, body) {
                self.marks.insert(reference_mark(&kind.name, &link.target));
                if is_in_use(content) {
                    self.marks.insert(reference_mark(USE, &link.target));
                }
            }
            vocabulary_codes(&kind.fields, body, &mut self.marks);
        }
        while self.marks.len() > MARKS_MAX {
            self.marks.pop_last();
        }
    }
}

/// The services, laws and standards that a record supports or asks for.
pub(crate) fn supports(body: &Map) -> impl Iterator<Item = String> + use<'_> {
    ["supports", "supports_required", "leika"]
        .into_iter()
        .flat_map(|field| codes_at(body, field))
        .take(CODES_MAX)
}

/// Beginnings of regional keys that a record is about, as it orders them.
pub(crate) fn area(body: &Map) -> Vec<String> {
    let mut area: Vec<String> = codes_at(body, "area").collect();
    if area.is_empty() {
        area.extend(codes_at(body, "ars").take(1));
    }
    area.retain(|key| key.len() <= 12 && key.bytes().all(|digit| digit.is_ascii_digit()));
    area.truncate(CODES_MAX);
    area
}

/// What a record says of privacy, security and accessibility: that it says something, or that somebody tested it.
fn lamps(body: &Map) -> Vec<&'static str> {
    let mut lamps = Vec::new();
    let group = |name: &str| match body.get(name) {
        Some(Value::Map(map)) if !map.is_empty() => Some(map),
        _ => None,
    };
    let given = |map: &Map, names: &[&str]| names.iter().any(|name| map.contains_key(*name));
    if let Some(privacy) = group("privacy") {
        lamps.push("privacy");
        if privacy.get("dpia").and_then(Value::as_text).is_some_and(|dpia| dpia.starts_with("done")) {
            lamps.push("privacy-tested");
        }
    }
    if let Some(security) = group("security") {
        lamps.push("security");
        if given(security, &["certificates", "pen_test"]) {
            lamps.push("security-tested");
        }
    }
    if let Some(accessibility) = group("accessibility") {
        lamps.push("accessibility");
        if given(accessibility, &["tested_by"]) {
            lamps.push("accessibility-tested");
        }
    }
    lamps
}

/// The codes at a path of the body, without doubles; whole numbers count as codes.
pub(crate) fn codes_at<'a>(body: &'a Map, path: &str) -> impl Iterator<Item = String> + use<'a> {
    let value = match path.split_once('.') {
        None => body.get(path),
        Some((group, name)) => match body.get(group) {
            Some(Value::Map(map)) => map.get(name),
            _ => None,
        },
    };
    let items = match value {
        Some(Value::List(items)) => items.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    items.iter().filter_map(|item| match item {
        Value::Text(text) if (1..=CODE_BYTES_MAX).contains(&text.len()) => Some(text.clone()),
        Value::Uint(number) => Some(number.to_string()),
        _ => None,
    })
}

/// Marks of all codes of vocabularies that are no facets of ours.
fn vocabulary_codes(fields: &[Field], body: &Map, marks: &mut BTreeSet<String>) {
    for field in fields.iter().filter(|field| field.search || field.facet || is_group(field)) {
        let Some(value) = body.get(&field.name) else { continue };
        let items = match value {
            Value::List(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        for item in items {
            match (&field.sort, item) {
                (Sort::Code { vocabulary }, Value::Text(code)) if code.len() <= CODE_BYTES_MAX => {
                    marks.insert(vocabulary_mark(vocabulary, code));
                }
                (Sort::Group { fields }, Value::Map(map)) => vocabulary_codes(fields, map, marks),
                _ => {}
            }
        }
    }
}

fn is_group(field: &Field) -> bool {
    matches!(field.sort, Sort::Group { .. })
}

/// The code that a typed value stands for: its label in one of the languages, or the value itself.
pub(crate) fn code_of(facet: &str, value: &str) -> String {
    let sought = fold_all(value);
    let is = |label: &Words| [Lang::De, Lang::En].iter().any(|lang| fold_all(label.say(*lang)) == sought);
    let vocabulary = |name: &str| {
        let terms = vocabularies().iter().find(|vocabulary| vocabulary.name == name)?.terms.iter();
        terms.into_iter().find(|term| is(&term.label)).map(|term| term.code.clone())
    };
    let found = match facet {
        "kind" => {
            kinds().iter().find(|kind| is(&kind.label) || is(&kind.plural)).map(|kind| kind.name.clone())
        }
        "land" => {
            let land = LANDS.iter().find(|(_, name)| fold_all(name) == sought);
            land.map(|(code, _)| (*code).to_owned())
        }
        "action_field" => vocabulary("action-field"),
        "phase" => vocabulary("phase").or_else(|| vocabulary("development-status")),
        "deployment_model" => vocabulary("deployment-model"),
        "population_class" => vocabulary("population-class"),
        _ => None,
    };
    found.unwrap_or_else(|| value.to_owned())
}

fn fold_all(text: &str) -> Vec<String> {
    words(text).into_iter().map(|word| word.folded).collect()
}

/// What a word may stand for besides itself: the terms of codes whose labels have it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Labelled {
    /// A term of the field of codes.
    Code(String),
    /// A term of the field of marks.
    Mark(String),
}

static LABELS: LazyLock<BTreeMap<(Lang, String), BTreeSet<Labelled>>> = LazyLock::new(labels);

/// The codes whose labels have a word with this stem.
pub(crate) fn labelled(lang: Lang, stem: &str) -> impl Iterator<Item = &'static Labelled> {
    LABELS.get(&(lang, stem.to_owned())).into_iter().flatten().take(LABELLED_MAX)
}

/// Labels are looked up when somebody asks, and not written into the index a hundred thousand times.
fn labels() -> BTreeMap<(Lang, String), BTreeSet<Labelled>> {
    let mut found: BTreeMap<(Lang, String), BTreeSet<Labelled>> = BTreeMap::new();
    let mut label = |label: &Words, means: &Labelled| {
        for lang in [Lang::De, Lang::En] {
            for stem in words(label.say(lang)).iter().filter_map(|word| stem(&word.folded, lang)) {
                found.entry((lang, stem)).or_default().insert(means.clone());
            }
        }
    };
    for Kind { name, label: one, plural, .. } in kinds() {
        let means = Labelled::Code(code_term("kind", name));
        label(one, &means);
        label(plural, &means);
    }
    for (code, name) in LANDS {
        let both = Words { de: name.to_owned(), en: name.to_owned() };
        label(&both, &Labelled::Code(code_term("land", code)));
    }
    for vocabulary in vocabularies() {
        for term in &vocabulary.terms {
            let means = match vocabulary.name.as_str() {
                "action-field" => Labelled::Code(code_term("action_field", &term.code)),
                name => Labelled::Mark(vocabulary_mark(name, &term.code)),
            };
            label(&term.label, &means);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::codes::Labelled;
    use crate::codes::labelled;
    use crate::stem::stem;
    use crate::word::fold;
    use record::kind::Lang;

    #[test]
    fn words_of_labels_lead_to_codes() {
        let meant = |word: &str| -> Vec<Labelled> {
            labelled(Lang::De, &stem(&fold(word), Lang::De).unwrap()).cloned().collect()
        };
        assert!(meant("Mobilität").contains(&Labelled::Code("action_field=mobility".to_owned())));
        assert!(meant("Thüringen").contains(&Labelled::Code("land=th".to_owned())));
        assert!(meant("Veranstaltungen").contains(&Labelled::Code("kind=event".to_owned())));
        assert!(meant("Xylophon").is_empty());
    }
}
