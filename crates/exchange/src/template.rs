//! A fresh draft to fill in: every field of a kind with its help and its words, as commented TOML.

use record::kind;
use record::kind::Field;
use record::kind::Kind;
use record::kind::Lang;
use record::kind::Required;
use record::kind::Sort;
use std::fmt::Write as _;

/// Characters of a comment line.
const LINE_CHARS: usize = 96;

/// A draft of a kind, in the reader's language. Fields that must be filled in stand there empty, all others behind a
/// `#` without a blank: take it away in order to use them. As it is, it can be read and checked, and the check says
/// what is missing.
pub fn template(kind: &Kind, lang: Lang) -> String {
    let mut sheet = Sheet { text: String::new(), lang };
    sheet.remark(kind.label.say(lang));
    sheet.remark(kind.help.say(lang));
    sheet.remark(match lang {
        Lang::De => {
            "Zeilen mit „#“ ohne Leerzeichen dahinter sind freiwillig: Nehmen Sie das Zeichen weg, um sie zu nutzen."
        }
        Lang::En => "Lines with \"#\" and no blank behind it are optional: take the sign away in order to use them.",
    });
    let _ = writeln!(sheet.text, "\nkind = \"{}\"", kind.name);
    let simple = |field: &&Field| !matches!(field.sort, Sort::Group { .. });
    // TOML wants single values before tables, so groups come last, each with the name of its section.
    for (is_simple, section) in [true, false]
        .into_iter()
        .flat_map(|is_simple| kind.sections.iter().map(move |section| (is_simple, section)))
    {
        let fields = kind.fields.iter().filter(|field| field.section == section.name);
        let fields: Vec<&Field> = fields.filter(|field| simple(field) == is_simple).collect();
        if fields.is_empty() {
            continue;
        }
        sheet.heading(section.label.say(lang));
        if !section.help.say(lang).is_empty() {
            sheet.remark(section.help.say(lang));
        }
        for field in fields {
            sheet.field(field, "", false);
        }
    }
    sheet.text
}

struct Sheet {
    text: String,
    lang: Lang,
}

impl Sheet {
    fn remark(&mut self, text: &str) {
        let mut line = String::new();
        for word in text.split_whitespace() {
            if !line.is_empty() && line.chars().count() + word.chars().count() >= LINE_CHARS {
                let _ = writeln!(self.text, "# {line}");
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        if !line.is_empty() {
            let _ = writeln!(self.text, "# {line}");
        }
    }

    fn heading(&mut self, text: &str) {
        let _ = writeln!(self.text, "\n# == {text} ==");
    }

    fn demand(&self, field: &Field) -> String {
        let (de, en) = match &field.required {
            Required::Always => ("Pflichtangabe".to_owned(), "required".to_owned()),
            Required::Recommended => ("empfohlen".to_owned(), "recommended".to_owned()),
            Required::Never => ("freiwillig".to_owned(), "optional".to_owned()),
            Required::When { field, codes } => {
                let codes = codes.join(", ");
                (format!("nötig, wenn {field} = {codes}"), format!("required where {field} = {codes}"))
            }
        };
        match self.lang {
            Lang::De => de,
            Lang::En => en,
        }
    }

    /// A field; `below` is the path of the table it stands in, `hidden` whether that table is commented out.
    fn field(&mut self, field: &Field, below: &str, hidden: bool) {
        let _ = writeln!(self.text);
        let label = format!("{} ({})", field.label.say(self.lang), self.demand(field));
        self.remark(&label);
        self.remark(field.help.say(self.lang));
        let hidden = hidden || field.required != Required::Always;
        let sign = if hidden { "#" } else { "" };
        if let Sort::Group { fields } = &field.sort {
            return self.group(field, fields, below, hidden);
        }
        self.words(field);
        let value = self.value(field);
        let name = &field.name;
        let _ = match &field.sort {
            Sort::Texts { .. } if field.repeated.is_none() => {
                writeln!(self.text, "{sign}{name}.de = \"\"\n#{name}.en = \"\"")
            }
            _ => writeln!(self.text, "{sign}{name} = {value}"),
        };
    }

    fn group(&mut self, field: &Field, fields: &[Field], below: &str, hidden: bool) {
        let path = if below.is_empty() { field.name.clone() } else { format!("{below}.{}", field.name) };
        let sign = if hidden { "#" } else { "" };
        let _ = match field.repeated {
            Some(_) => writeln!(self.text, "{sign}[[{path}]]"),
            None => writeln!(self.text, "{sign}[{path}]"),
        };
        let is_group = |field: &&Field| matches!(field.sort, Sort::Group { .. });
        for one in fields.iter().filter(|field| !is_group(field)).chain(fields.iter().filter(is_group)) {
            self.field(one, &path, hidden);
        }
    }

    /// What may stand in the field.
    fn words(&mut self, field: &Field) {
        match &field.sort {
            Sort::Code { vocabulary } => {
                for term in kind::vocabulary(vocabulary).map_or(&[][..], |known| &known.terms) {
                    let (label, help) = (term.label.say(self.lang), term.help.say(self.lang));
                    let more = if help.is_empty() { String::new() } else { format!(". {help}") };
                    self.remark(&format!("- {}: {label}{more}", term.code));
                }
            }
            Sort::Text { max_chars, .. } | Sort::Texts { max_chars, .. } => {
                let max = max_chars.to_string();
                if !field.help.say(self.lang).contains(&max) {
                    self.remark(&match self.lang {
                        Lang::De => format!("Höchstens {max} Zeichen."),
                        Lang::En => format!("At most {max} characters."),
                    });
                }
            }
            Sort::Uint { min, max } => self.remark(&match self.lang {
                Lang::De => format!("Eine ganze Zahl von {min} bis {max}."),
                Lang::En => format!("A whole number from {min} to {max}."),
            }),
            Sort::Reference => {
                let kinds: Vec<&str> = field
                    .refers_to
                    .iter()
                    .map(|name| kind::kind(name).map_or(name.as_str(), |kind| kind.label.say(self.lang)))
                    .collect();
                let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
                self.remark(&match self.lang {
                    Lang::De => format!("Ein Eintrag{kinds} in der Form herausgeber/kennung."),
                    Lang::En => format!("A record{kinds} as publisher/record."),
                });
            }
            _ => {}
        }
    }

    fn value(&self, field: &Field) -> String {
        let default = field.default.as_deref().unwrap_or_default();
        let one = match &field.sort {
            Sort::Uint { min, .. } => min.to_string(),
            Sort::Moment => "0".to_owned(),
            Sort::Bool => "false".to_owned(),
            Sort::Texts { .. } => "{ de = \"\" }".to_owned(),
            _ => format!("\"{default}\""),
        };
        if field.repeated.is_some() { format!("[{one}]") } else { one }
    }
}

#[cfg(test)]
mod tests {
    use crate::draft::Draft;
    use crate::draft::Form;
    use crate::template::template;
    use record::kind;
    use record::kind::Lang;
    use record::kind::Sort;

    #[test]
    fn every_kind_has_a_draft_that_can_be_read_with_and_without_what_is_optional() {
        for kind in kind::kinds().iter().filter(|kind| !kind.protocol) {
            for lang in [Lang::De, Lang::En] {
                let text = template(kind, lang);
                let draft =
                    Draft::read(&text, Form::Toml).unwrap_or_else(|error| panic!("{}: {error}", kind.name));
                assert_eq!(draft.kind.as_str(), kind.name);
                let whole: Vec<String> = text
                    .lines()
                    .map(|line| match line.strip_prefix('#') {
                        Some(rest) if !rest.starts_with(' ') => rest.to_owned(),
                        _ => line.to_owned(),
                    })
                    .collect();
                let whole = Draft::read(&whole.join("\n"), Form::Toml).unwrap_or_else(|error| {
                    panic!("{} uncommented: {error}\n{}", kind.name, whole.join("\n"))
                });
                for field in &kind.fields {
                    assert!(whole.body.contains_key(&field.name), "{} lacks {}", kind.name, field.name);
                    let Sort::Code { vocabulary } = &field.sort else { continue };
                    for term in &kind::vocabulary(vocabulary).unwrap().terms {
                        assert!(
                            text.contains(&format!("# - {}: ", term.code)),
                            "{}: {}",
                            kind.name,
                            term.code
                        );
                    }
                }
            }
        }
    }
}
