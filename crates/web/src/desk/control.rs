//! One field of a form: its label, help, what was typed, what is wrong with it, and the widget that takes it.

use crate::desk::filled::below;
use crate::desk::filled::empty_row;
use crate::desk::filled::is_checks;
use crate::desk::filled::name;
use crate::desk::words;
use crate::desk::words::Say;
use crate::labels;
use crate::words::fill;
use askama::Template;
use jiff::civil::Date;
use record::kind;
use record::kind::Field;
use record::kind::Lang;
use record::kind::Pattern;
use record::kind::Required;
use record::kind::Sort;
use record::value::Map;
use record::value::Value;
use std::collections::BTreeMap;

/// Terms up to this many are offered side by side, more in a list to open.
const RADIOS_MAX: usize = 7;
/// A text that may be longer gets several lines.
const LINE_CHARS_MAX: usize = 160;
/// Lines of a text with more than this many characters.
const LONG_CHARS: usize = 1_500;

/// A field, ready to be shown.
#[derive(Debug)]
pub(crate) struct Control {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) help: String,
    pub(crate) demand: &'static str,
    /// Whether it is an error, and the sentence.
    pub(crate) said: Vec<(bool, String)>,
    pub(crate) widget: Widget,
    w: &'static Say,
}

/// How a value is taken.
#[derive(Debug)]
pub(crate) enum Widget {
    /// One line.
    Line {
        name: String,
        value: String,
        sort: &'static str,
        lang: Option<String>,
        list: Vec<(String, String)>,
    },
    /// A reference to a record, with its title where it is known, and a button that looks for one.
    Reference { name: String, value: String, path: String, title: Option<String> },
    /// Several lines.
    Area { name: String, value: String, rows: usize, lang: Option<String> },
    /// One of few.
    Radios { name: String, options: Vec<Choice> },
    /// One of many.
    Select { name: String, options: Vec<Choice> },
    /// Some of several.
    Checks { name: String, options: Vec<Choice> },
    /// A text in several languages, or the fields of a group.
    Group(Vec<Control>),
    /// A list: its rows, each with the path to take it out, and the path to add one.
    Rows { rows: Vec<(Control, String)>, add: String },
}

/// Something to choose.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) id: String,
    pub(crate) code: String,
    pub(crate) label: String,
    pub(crate) help: String,
    pub(crate) chosen: bool,
}

#[derive(Template)]
#[template(path = "desk_control.html")]
struct ControlHtml<'a> {
    control: &'a Control,
    w: &'static Say,
}

impl Control {
    /// The HTML; everything in it is escaped.
    pub(crate) fn html(&self) -> String {
        ControlHtml { control: self, w: self.w }.render().unwrap_or_default()
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.said.iter().any(|(is_error, _)| *is_error)
    }

    /// The ids of what belongs to the control and is to be read out with it.
    pub(crate) fn described(&self) -> String {
        let parts = [(!self.help.is_empty(), "help"), (!self.said.is_empty(), "said")];
        let ids =
            parts.iter().filter(|(is_there, _)| *is_there).map(|(_, part)| format!("{}-{part}", self.id));
        ids.collect::<Vec<_>>().join(" ")
    }

    /// Takes what is said about it and what is in it; whether there was anything.
    pub(crate) fn hear(&mut self, said: &mut BTreeMap<String, Vec<(bool, String)>>) -> bool {
        self.said = said.remove(&self.id).unwrap_or_default();
        let mut found = !self.said.is_empty();
        match &mut self.widget {
            Widget::Group(controls) => {
                for control in controls {
                    found |= control.hear(said);
                }
            }
            Widget::Rows { rows, .. } => {
                for (control, _) in rows {
                    found |= control.hear(said);
                }
            }
            _ => {}
        }
        found
    }
}

/// Makes controls, and remembers where each field is found.
pub(crate) struct Maker<'a> {
    lang: Lang,
    w: &'static Say,
    langs: &'a [String],
    titles: &'a BTreeMap<String, String>,
    /// Paths of fields that a rule may ask for.
    needed: Vec<&'a str>,
    /// Path, control, and the element to go to.
    anchors: Vec<(String, String, String)>,
}

/// The id of the control at a path: stable, and free of characters that selectors take for their own.
pub(crate) fn id(path: &str) -> String {
    let plain = path.replace(']', "").replace(['[', '.'], "-");
    format!("f-{plain}")
}

impl<'a> Maker<'a> {
    pub(crate) fn new(
        lang: Lang,
        langs: &'a [String],
        titles: &'a BTreeMap<String, String>,
        needed: Vec<&'a str>,
    ) -> Maker<'a> {
        Maker { lang, w: words::say(lang), langs, titles, needed, anchors: Vec::new() }
    }

    /// The control and the element that a finding at this path is about: itself, else what is in it, else what it is in.
    pub(crate) fn anchor(&self, path: &str) -> (String, String) {
        let mut path = path;
        loop {
            let exact = self.anchors.iter().find(|(at, _, _)| at == path);
            let inside = || {
                self.anchors
                    .iter()
                    .find(|(at, _, _)| at.strip_prefix(path).is_some_and(|rest| rest.starts_with(['.', '['])))
            };
            if let Some((_, control, target)) = exact.or_else(inside) {
                return (control.clone(), target.clone());
            }
            match path.rfind(['.', '[']).and_then(|at| path.get(..at)) {
                Some(shorter) => path = shorter,
                None => return (String::new(), "content".to_owned()),
            }
        }
    }

    /// The control of a field. `inside` says that it stands in a group that may be left out as a whole.
    pub(crate) fn control(
        &mut self,
        field: &Field,
        value: Option<&Value>,
        path: &str,
        inside: bool,
    ) -> Control {
        let label = field.label.say(self.lang).to_owned();
        let demand = match demand(field, inside, self.w) {
            optional if optional == self.w.demand_never && self.needed.contains(&path) => self.w.demand_when,
            said => said,
        };
        let place = (label, self.help(field), demand);
        match field.repeated {
            None => self.single(field, value, path, place, inside),
            Some(_) if is_checks(field) => self.checks(field, value, path, place),
            Some(_) => self.rows(field, value, path, place),
        }
    }

    fn help(&self, field: &Field) -> String {
        let help = field.help.say(self.lang).to_owned();
        let max = match &field.sort {
            Sort::Text { max_chars, .. } | Sort::Texts { max_chars, .. } => max_chars.to_string(),
            _ => return help,
        };
        if help.contains(&max) {
            return help;
        }
        let markdown = match &field.sort {
            Sort::Texts { markdown: true, .. } => format!(" {}", self.w.form_markdown),
            _ => String::new(),
        };
        format!("{help} {}{markdown}", fill(self.w.form_chars, &[("n", &max)])).trim().to_owned()
    }

    fn finish(&self, path: &str, place: (String, String, &'static str), widget: Widget) -> Control {
        let (label, help, demand) = place;
        Control { id: id(path), label, help, demand, said: Vec::new(), widget, w: self.w }
    }

    fn remember(&mut self, path: &str, target: String) {
        self.anchors.push((path.to_owned(), id(path), target));
    }

    fn single(
        &mut self,
        field: &Field,
        value: Option<&Value>,
        path: &str,
        place: (String, String, &'static str),
        inside: bool,
    ) -> Control {
        match &field.sort {
            Sort::Group { fields } => {
                self.remember(path, id(path));
                let empty = Map::new();
                let map = value.and_then(Value::as_map).unwrap_or(&empty);
                let inside = inside || field.required != Required::Always;
                let controls = fields.iter().map(|field| {
                    self.control(field, map.get(&field.name), &below(path, &field.name), inside)
                });
                let controls = controls.collect();
                self.finish(path, place, Widget::Group(controls))
            }
            Sort::Texts { max_chars, markdown } => self.spoken(value, path, place, (*max_chars, *markdown)),
            Sort::Code { vocabulary } => self.choices(field, vocabulary, value, path, place),
            Sort::Bool => {
                let truth = [("true", self.w.yes), ("false", self.w.no)];
                let options = truth.map(|(code, label)| (code.to_owned(), label.to_owned(), String::new()));
                self.one_of(field, options.to_vec(), value, path, place)
            }
            Sort::Text { max_chars, multiline } => {
                self.remember(path, id(path));
                let widget = text_widget(path, typed(value), *max_chars, *multiline, None);
                self.finish(path, place, widget)
            }
            Sort::Reference => {
                self.remember(path, id(path));
                let value = typed(value);
                let title = self.titles.get(&value).cloned();
                let widget = Widget::Reference { name: name(path), value, path: path.to_owned(), title };
                self.finish(path, place, widget)
            }
            sort => {
                self.remember(path, id(path));
                let value = typed(value);
                let sort = input(sort, &value);
                let widget = Widget::Line { name: name(path), value, sort, lang: None, list: Vec::new() };
                self.finish(path, place, widget)
            }
        }
    }

    fn spoken(
        &mut self,
        value: Option<&Value>,
        path: &str,
        place: (String, String, &'static str),
        (max_chars, markdown): (usize, bool),
    ) -> Control {
        let empty = Map::new();
        let spoken = value.and_then(Value::as_map).unwrap_or(&empty);
        // A plain text, as a draft from elsewhere may have it, stands for German.
        let of = |lang: &str| match (spoken.get(lang), value) {
            (None, Some(Value::Text(text))) if lang == Lang::De.as_str() => text.clone(),
            (held, _) => typed(held),
        };
        if let [lang] = self.langs {
            let at = below(path, lang);
            self.anchors.push((at.clone(), id(path), id(path)));
            let mut widget = text_widget(&at, of(lang), max_chars, markdown, Some(lang.clone()));
            if let Widget::Line { sort, .. } = &mut widget {
                *sort = "text";
            }
            return self.finish(path, place, widget);
        }
        self.remember(path, id(path));
        let langs = self.langs;
        let controls = langs.iter().map(|lang| {
            let at = below(path, lang);
            self.remember(&at, id(&at));
            let widget = text_widget(&at, of(lang), max_chars, markdown, Some(lang.clone()));
            let label = words::language(lang, self.w);
            self.finish(&at, (label, String::new(), ""), widget)
        });
        let controls = controls.collect();
        self.finish(path, place, Widget::Group(controls))
    }

    fn choices(
        &mut self,
        field: &Field,
        vocabulary: &str,
        value: Option<&Value>,
        path: &str,
        place: (String, String, &'static str),
    ) -> Control {
        let known = kind::vocabulary(vocabulary);
        if known.is_some_and(|known| known.open) {
            self.remember(path, id(path));
            let list = self.terms(vocabulary).into_iter().map(|(code, label, _)| (code, label)).collect();
            let widget =
                Widget::Line { name: name(path), value: typed(value), sort: "text", lang: None, list };
            return self.finish(path, place, widget);
        }
        let terms = self.terms(vocabulary);
        self.one_of(field, terms, value, path, place)
    }

    fn terms(&self, vocabulary: &str) -> Vec<(String, String, String)> {
        let terms = kind::vocabulary(vocabulary).map_or(&[][..], |known| &known.terms);
        let term = |term: &kind::Term| {
            let (label, help) = (term.label.say(self.lang), term.help.say(self.lang));
            (term.code.clone(), label.to_owned(), help.to_owned())
        };
        terms.iter().map(term).collect()
    }

    /// One of some codes; what was chosen before and is none of them stays to be seen.
    fn one_of(
        &mut self,
        field: &Field,
        terms: Vec<(String, String, String)>,
        value: Option<&Value>,
        path: &str,
        place: (String, String, &'static str),
    ) -> Control {
        let chosen = typed(value);
        let mut terms = terms;
        if !chosen.is_empty() && terms.iter().all(|(code, _, _)| *code != chosen) {
            terms.push((chosen.clone(), chosen.clone(), String::new()));
        }
        let is_radios = terms.len() <= RADIOS_MAX;
        if is_radios && field.required == Required::Always {
            terms.retain(|(code, _, _)| !code.is_empty());
        } else {
            let nothing = if is_radios { self.w.form_nothing } else { self.w.form_choose };
            let at = if is_radios { terms.len() } else { 0 };
            terms.insert(at, (String::new(), nothing.to_owned(), String::new()));
        }
        let options: Vec<Choice> = terms
            .into_iter()
            .enumerate()
            .map(|(at, (code, label, help))| Choice {
                id: format!("{}-{at}", id(path)),
                chosen: code == chosen,
                code,
                label,
                help,
            })
            .collect();
        let first = options.first().map(|choice| choice.id.clone());
        let name = name(path);
        match is_radios {
            true => {
                self.remember(path, first.unwrap_or_else(|| id(path)));
                self.finish(path, place, Widget::Radios { name, options })
            }
            false => {
                self.remember(path, id(path));
                self.finish(path, place, Widget::Select { name, options })
            }
        }
    }

    fn checks(
        &mut self,
        field: &Field,
        value: Option<&Value>,
        path: &str,
        place: (String, String, &'static str),
    ) -> Control {
        let held: Vec<String> = match value {
            Some(Value::List(items)) => items.iter().map(|item| typed(Some(item))).collect(),
            one => one.map(|one| typed(Some(one))).into_iter().collect(),
        };
        let mut terms = match &field.sort {
            Sort::Code { vocabulary } => self.terms(vocabulary),
            Sort::Uint { min, max } => {
                let label = |number: &str| match field.name.as_str() {
                    "stage" => labels::stage(number, crate::words::say(self.lang)),
                    _ => number.to_owned(),
                };
                (*min..=*max).map(|n| (n.to_string(), label(&n.to_string()), String::new())).collect()
            }
            _ => Vec::new(),
        };
        for code in held.iter().filter(|code| !code.is_empty()) {
            if terms.iter().all(|(known, _, _)| known != code) {
                terms.push((code.clone(), code.clone(), String::new()));
            }
        }
        let options: Vec<Choice> = terms
            .into_iter()
            .enumerate()
            .map(|(at, (code, label, help))| Choice {
                id: format!("{}-{at}", id(path)),
                chosen: held.contains(&code),
                code,
                label,
                help,
            })
            .collect();
        self.remember(path, options.first().map_or_else(|| id(path), |choice| choice.id.clone()));
        self.finish(path, place, Widget::Checks { name: name(path), options })
    }

    fn rows(
        &mut self,
        field: &Field,
        value: Option<&Value>,
        path: &str,
        place: (String, String, &'static str),
    ) -> Control {
        let one = |value: &Value| vec![value.clone()];
        let mut items = match value {
            Some(Value::List(items)) => items.clone(),
            Some(other) => one(other),
            None => Vec::new(),
        };
        let is_group = matches!(field.sort, Sort::Group { .. });
        // Somebody who has to write something is not asked to press a button first.
        if items.is_empty() && (!is_group || field.required == Required::Always) {
            items.push(empty_row(field));
        }
        let first = if is_group { id(path) } else { id(&format!("{path}[0]")) };
        self.remember(path, first);
        let rows = items
            .iter()
            .enumerate()
            .map(|(at, item)| {
                let path = format!("{path}[{at}]");
                let number = (at + 1).to_string();
                let label = fill(self.w.form_row, &[("label", &place.0), ("n", &number)]);
                (self.single(field, Some(item), &path, (label, String::new(), ""), false), path)
            })
            .collect();
        self.finish(path, place, Widget::Rows { rows, add: path.to_owned() })
    }
}

/// When a field must be filled in, in words.
fn demand(field: &Field, inside: bool, w: &Say) -> &'static str {
    match field.required {
        Required::Always if inside => w.demand_inside,
        Required::Always => w.demand_always,
        Required::When { .. } => w.demand_when,
        Required::Recommended => w.demand_recommended,
        Required::Never => w.demand_never,
    }
}

/// What was typed, as it is shown again.
fn typed(value: Option<&Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Bool(truth)) => truth.to_string(),
        Some(Value::Uint(number)) => number.to_string(),
        Some(other) => match record::json::from_value(other) {
            serde_json::Value::String(text) => text,
            json => json.to_string(),
        },
    }
}

fn text_widget(path: &str, value: String, max_chars: usize, multiline: bool, lang: Option<String>) -> Widget {
    let name = name(path);
    if !multiline && max_chars <= LINE_CHARS_MAX && !value.contains('\n') {
        return Widget::Line { name, value, sort: "text", lang, list: Vec::new() };
    }
    let rows = match max_chars {
        chars if chars > LONG_CHARS => 8,
        chars if chars > 2 * LINE_CHARS_MAX => 4,
        _ => 2,
    };
    Widget::Area { name, value, rows, lang }
}

/// The type of an input. A browser would drop a day that is none, so what is none stays text.
fn input(sort: &Sort, value: &str) -> &'static str {
    match sort {
        Sort::Date if value.is_empty() || value.parse::<Date>().is_ok() => "date",
        Sort::Url => "url",
        Sort::Mail => "email",
        Sort::Pattern(Pattern::Phone) => "tel",
        Sort::Uint { .. } | Sort::Moment | Sort::Pattern(Pattern::Ars | Pattern::Leika | Pattern::Year) => {
            "numeric"
        }
        _ => "text",
    }
}
