//! Licences as SPDX writes them, found from what people write.

/// A licence text is not looked at beyond this length, in bytes.
const LICENCE_BYTES_MAX: usize = 200;

/// The SPDX expression (annex D of SPDX 2.3) that a text stands for: letter case is mended, names such as
/// "Apache License, Version 2.0" are looked up, `GPL-3.0` becomes `GPL-3.0-only` (as the SPDX list has it)
/// and `EUPL-1.2-or-later` becomes `EUPL-1.2+`. `None` where no listed licence is meant.
pub(crate) fn spdx(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > LICENCE_BYTES_MAX {
        return None;
    }
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let words: Option<Vec<String>> = spaced.split_whitespace().map(word).collect();
    if let Some(words) = words {
        let expression = words.join(" ").replace("( ", "(").replace(" )", ")");
        if spdx::Expression::parse(&expression).is_ok() {
            return Some(expression);
        }
    }
    let named = named(text);
    let listed = spdx::identifiers::LICENSES.iter().find(|licence| self::named(licence.full_name) == named);
    if let Some(licence) = listed.filter(|_| !named.is_empty()) {
        return Some(current(licence.name).to_owned());
    }
    let (licence, length) = spdx::imprecise_license_id(text)?;
    (length == text.len()).then(|| current(licence.name).to_owned())
}

/// The words of a licence's full name that tell it from others, in small letters.
fn named(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_alphanumeric() && c != '.').map(str::to_lowercase);
    words
        .map(|word| word.trim_start_matches('v').trim_end_matches('.').to_owned())
        .filter(|word| !matches!(word.as_str(), "" | "the" | "license" | "licence" | "ersion" | "version"))
        .collect()
}

/// One word of an expression.
fn word(word: &str) -> Option<String> {
    match word.to_ascii_uppercase().as_str() {
        operator @ ("AND" | "OR" | "WITH") => return Some(operator.to_owned()),
        bracket @ ("(" | ")") => return Some(bracket.to_owned()),
        _ => {}
    }
    if word.starts_with("LicenseRef-") {
        return Some(word.to_owned());
    }
    let listed = |name: &str| {
        spdx::identifiers::LICENSES
            .iter()
            .find(|licence| licence.name.eq_ignore_ascii_case(name))
            .map(|l| l.name)
    };
    let or_later = word.strip_suffix('+').or_else(|| ending(word, "-or-later"));
    if let Some(name) = or_later.and_then(listed) {
        // The GNU licences have identifiers of their own for it; `+` serves all others.
        let gnu = format!("{name}-or-later");
        return Some(listed(&gnu).map_or_else(|| format!("{name}+"), str::to_owned));
    }
    if let Some(name) = listed(word) {
        return Some(current(name).to_owned());
    }
    if let Some(name) = ending(word, "-only").and_then(listed) {
        return Some(name.to_owned());
    }
    spdx::identifiers::EXCEPTIONS
        .iter()
        .find(|exception| exception.name.eq_ignore_ascii_case(word))
        .map(|exception| exception.name.to_owned())
}

fn ending<'a>(word: &'a str, ending: &str) -> Option<&'a str> {
    let at = word.len().checked_sub(ending.len())?;
    let (head, tail) = word.split_at_checked(at)?;
    tail.eq_ignore_ascii_case(ending).then_some(head)
}

/// The identifier that the SPDX list names in place of a withdrawn one.
fn current(name: &'static str) -> &'static str {
    spdx::gnu_license_id(name, false).map_or(name, |licence| licence.name)
}

#[cfg(test)]
mod tests {
    use crate::publiccode::licence::spdx;

    #[test]
    fn licences_are_found_from_what_people_write() {
        for (written, meant) in [
            ("EUPL-1.2", "EUPL-1.2"),
            ("eupl-1.2", "EUPL-1.2"),
            ("mit", "MIT"),
            ("apache-2.0", "Apache-2.0"),
            ("Apache License, Version 2.0", "Apache-2.0"),
            ("agpl-3.0", "AGPL-3.0-only"),
            ("GPL-3.0", "GPL-3.0-only"),
            ("GPL-3.0+", "GPL-3.0-or-later"),
            ("gpl-2.0-OR-later", "GPL-2.0-or-later"),
            ("EUPL-1.2-or-later", "EUPL-1.2+"),
            ("MIT OR CECILL-B", "MIT OR CECILL-B"),
            (
                "(mit and Apache-2.0) or GPL-2.0-only with classpath-exception-2.0",
                "(MIT AND Apache-2.0) OR GPL-2.0-only WITH Classpath-exception-2.0",
            ),
            ("AGPL-1.0-or-later", "AGPL-1.0-or-later"),
            ("LicenseRef-proprietary", "LicenseRef-proprietary"),
        ] {
            assert_eq!(spdx(written).as_deref(), Some(meant), "{written}");
        }
        for none in [
            "",
            "proprietary",
            "MIT OR",
            "see LICENSE",
            "OR",
            "MIT MIT",
            "-only",
            "ü-only",
            &"(".repeat(9_999),
        ] {
            assert_eq!(spdx(none), None, "{none}");
        }
    }
}
