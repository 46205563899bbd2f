//! A form made from a kind file: parts, fields with help, and what the check has to say beside each.

use crate::desk::control::Control;
use crate::desk::control::Maker;
use crate::desk::words;
use crate::visit::Visit;
use record::kind::Field;
use record::kind::Finding;
use record::kind::Grade;
use record::kind::Kind;
use record::value::Map;
use std::collections::BTreeMap;

/// Warnings that only say what would be nice; they ask for no reason.
const HINTS: [&str; 2] = ["recommended", "few-items"];

/// Whether somebody has to say why it is published all the same.
pub(crate) fn asks_why(finding: &Finding) -> bool {
    finding.grade == Grade::Warning && !HINTS.contains(&finding.code)
}

/// A form, ready to be shown.
pub(crate) struct Form {
    pub(crate) parts: Vec<Part>,
    /// Errors, each with the control that they are about.
    pub(crate) errors: Vec<(String, String)>,
    /// Warnings that ask for a reason, likewise.
    pub(crate) warnings: Vec<(String, String)>,
}

/// A part of a form under its own heading.
pub(crate) struct Part {
    pub(crate) id: String,
    pub(crate) heading: String,
    pub(crate) help: String,
    /// Asked for at once.
    pub(crate) front: Vec<Control>,
    /// Folded away.
    pub(crate) more: Vec<Control>,
    /// What is folded away is open, because something in it has to be looked at.
    pub(crate) open: bool,
    /// The heading of what is folded away.
    pub(crate) more_heading: String,
}

/// What a form shows.
pub(crate) struct Shown<'a> {
    pub(crate) kind: &'static Kind,
    pub(crate) body: &'a Map,
    pub(crate) langs: &'a [String],
    /// Titles of records that are referred to.
    pub(crate) titles: &'a BTreeMap<String, String>,
    pub(crate) findings: &'a [Finding],
}

impl Form {
    pub(crate) fn of(shown: &Shown<'_>, visit: &Visit) -> Form {
        let mut maker = Maker::new(visit.lang, shown.langs, shown.titles, needed(shown.kind));
        let mut parts = match shown.kind.short.is_empty() {
            true => by_section(shown, &mut maker, visit),
            false => short_first(shown, &mut maker, visit),
        };
        let mut said: BTreeMap<String, Vec<(bool, String)>> = BTreeMap::new();
        let (mut errors, mut warnings) = (Vec::new(), Vec::new());
        for finding in shown.findings {
            let (control, target) = maker.anchor(&finding.path);
            let message = finding.message.say(visit.lang).to_owned();
            match finding.grade {
                Grade::Error => errors.push((target, message.clone())),
                Grade::Warning if asks_why(finding) => warnings.push((target, message.clone())),
                Grade::Warning => {}
            }
            said.entry(control).or_default().push((finding.grade == Grade::Error, message));
        }
        for part in &mut parts {
            let mut found = false;
            part.front.iter_mut().for_each(|control| {
                control.hear(&mut said);
            });
            for control in &mut part.more {
                found |= control.hear(&mut said);
            }
            part.open |= found;
        }
        Form { parts, errors, warnings }
    }
}

fn controls<'a>(
    fields: impl Iterator<Item = &'a Field>,
    shown: &Shown<'_>,
    maker: &mut Maker<'_>,
) -> Vec<Control> {
    fields.map(|field| maker.control(field, shown.body.get(&field.name), &field.name, false)).collect()
}

/// The fields that a rule may ask for.
fn needed(kind: &Kind) -> Vec<&str> {
    let strict = kind.rules.iter().filter(|rule| rule.grade == Grade::Error);
    strict.flat_map(|rule| rule.needs.iter().map(String::as_str)).collect()
}

fn by_section(shown: &Shown<'_>, maker: &mut Maker<'_>, visit: &Visit) -> Vec<Part> {
    let (kind, lang, w) = (shown.kind, visit.lang, words::say(visit.lang));
    let parts = kind.sections.iter().map(|section| {
        let heading = section.label.say(lang);
        let name = section.name.as_str();
        let of = |is_front: bool| {
            kind.fields
                .iter()
                .filter(move |field| field.section == name && kind.is_in_front(field) == is_front)
        };
        let (front, more) = (of(true), of(false));
        Part {
            id: format!("part-{name}"),
            heading: heading.to_owned(),
            help: section.help.say(lang).to_owned(),
            front: controls(front, shown, maker),
            open: more.clone().any(|field| shown.body.contains_key(&field.name)),
            more: controls(more, shown, maker),
            more_heading: crate::words::fill(w.form_more_of, &[("part", heading)]),
        }
    });
    let parts: Vec<Part> = parts.collect();
    parts.into_iter().filter(|part| !part.front.is_empty() || !part.more.is_empty()).collect()
}

/// The few fields of the kind first, in their own order; the parts with all others behind them, folded.
fn short_first(shown: &Shown<'_>, maker: &mut Maker<'_>, visit: &Visit) -> Vec<Part> {
    let (kind, lang, w) = (shown.kind, visit.lang, words::say(visit.lang));
    let few = kind.short.iter().filter_map(|name| kind.field(name));
    let mut parts = vec![Part {
        id: "part-short".to_owned(),
        heading: w.form_short.to_owned(),
        help: String::new(),
        front: controls(few, shown, maker),
        more: Vec::new(),
        open: false,
        more_heading: String::new(),
    }];
    for section in &kind.sections {
        let rest =
            kind.fields.iter().filter(|field| field.section == section.name && !kind.is_in_front(field));
        let rest = controls(rest, shown, maker);
        if !rest.is_empty() {
            parts.push(Part {
                id: format!("part-{}", section.name),
                heading: String::new(),
                help: section.help.say(lang).to_owned(),
                front: Vec::new(),
                more: rest,
                open: false,
                more_heading: crate::words::fill(w.form_more_of, &[("part", section.label.say(lang))]),
            });
        }
    }
    parts
}
