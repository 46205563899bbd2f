//! Any value of a body as one plain line: for comparisons, tables and the one-page paper.

use crate::day;
use crate::labels;
use crate::markdown;
use crate::pages::shown;
use crate::pages::spelled;
use crate::visit::Visit;
use record::kind::Field;
use record::kind::Pattern;
use record::kind::Sort;
use record::value::Map;
use record::value::Value;

/// Items of a list that are named; the rest is counted.
const ITEMS_MAX: usize = 8;

/// A field's value in one line, of at most so many characters; empty where there is nothing to say.
pub(crate) fn of(field: &Field, value: &Value, visit: &Visit, chars_max: usize) -> String {
    cut(&line(field, value, visit), chars_max)
}

/// The beginning of a text, cut between words.
pub(crate) fn cut(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let begun: String = text.chars().take(chars_max.saturating_sub(1)).collect();
    let whole = begun.rsplit_once(' ').map_or(begun.as_str(), |(whole, _)| whole);
    format!("{} …", whole.trim_end_matches([',', ';', '.', ':']))
}

fn line(field: &Field, value: &Value, visit: &Visit) -> String {
    match value {
        Value::List(items) => {
            let lines: Vec<String> =
                items.iter().map(|item| line(field, item, visit)).filter(|line| !line.is_empty()).collect();
            let short = lines.iter().all(|line| line.chars().count() < 40);
            let more = lines.len().saturating_sub(ITEMS_MAX);
            let shown = lines.get(..ITEMS_MAX).unwrap_or(&lines).join(if short { ", " } else { "; " });
            if more > 0 { format!("{shown} … (+{more})") } else { shown }
        }
        Value::Map(map) => match &field.sort {
            Sort::Texts { markdown, .. } => {
                let text = shown::spoken(map, visit.lang).map_or("", |(_, text)| text);
                if *markdown { markdown::plain(text) } else { text.to_owned() }
            }
            Sort::Group { fields } => grouped(fields, map, visit),
            _ => String::new(),
        },
        Value::Text(text) => match &field.sort {
            Sort::Code { vocabulary } => labels::term(vocabulary, text, visit.lang),
            Sort::Date => day::written(text, visit.lang),
            Sort::Pattern(Pattern::Language) => spelled::language(text, visit.lang),
            Sort::Pattern(Pattern::LocalTime) => spelled::local_time(text, visit.lang),
            Sort::Pattern(Pattern::Ars) => spelled::area(text),
            Sort::Pattern(Pattern::Uri) => spelled::standard(text).unwrap_or_else(|| text.clone()),
            _ => text.strip_prefix("mailto:").unwrap_or(text).to_owned(),
        },
        Value::Bool(truth) => if *truth { visit.words().yes } else { visit.words().no }.to_owned(),
        Value::Uint(number) => match &field.sort {
            Sort::Uint { min, max } => spelled::number(*number, (*min, *max), visit.lang),
            _ => day::number(*number, visit.lang),
        },
        Value::Nint(_) | Value::Bytes(_) => String::new(),
    }
}

fn grouped(fields: &[Field], map: &Map, visit: &Visit) -> String {
    // An organisation is its name.
    if let Some(name) = map.get("name").and_then(Value::as_text)
        && ["publisher", "url"].iter().all(|party| fields.iter().any(|field| field.name == *party))
    {
        return name.to_owned();
    }
    let parts: Vec<String> = fields
        .iter()
        .filter_map(|field| {
            let text = line(field, map.get(&field.name)?, visit);
            // Sentences and names speak for themselves; single words need their label.
            let speaks = matches!(field.sort, Sort::Texts { .. } | Sort::Url | Sort::Mail)
                || field.name.ends_with("name");
            let labelled = match speaks {
                true => text.trim_end_matches('.').to_owned(),
                false => format!("{}: {text}", field.label.say(visit.lang)),
            };
            (!text.is_empty()).then_some(labelled)
        })
        .collect();
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use crate::pages::gist::cut;

    #[test]
    fn texts_are_cut_between_words() {
        assert_eq!(cut("Bäume gießen", 20), "Bäume gießen");
        assert_eq!(cut("Bäume, die Wasser brauchen", 12), "Bäume, die …");
        assert_eq!(cut("Donaudampfschifffahrt", 6), "Donau …");
    }
}
