//! The forms that single texts must have: dates, addresses, licences, language tags, keys.

use crate::ars::Ars;
use crate::kind::shape::Pattern;
use crate::name::Name;
use crate::statement::RecordId;
use jiff::civil::Date;

/// An address, in characters.
pub(crate) const URL_CHARS_MAX: usize = 2_000;
/// A mail address, in characters (RFC 5321, section 4.5.3.1.3, path).
pub(crate) const MAIL_CHARS_MAX: usize = 254;
/// A language tag, in characters (RFC 5646, section 4.4.1).
pub(crate) const LANGUAGE_CHARS_MAX: usize = 35;
/// A licence expression, in characters.
const SPDX_CHARS_MAX: usize = 400;
/// A phone number, in characters.
const PHONE_CHARS_MAX: usize = 40;
/// A media type, in characters (RFC 6838, section 4.2: two names of 127 and a slash).
const MEDIA_TYPE_CHARS_MAX: usize = 255;
/// A key inside one record, in characters.
const KEY_CHARS_MAX: usize = 40;

/// The day of a text such as `2027-03-31`; no other form is read.
pub(crate) fn date(text: &str) -> Option<Date> {
    let plain = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
    if plain { text.parse().ok() } else { None }
}

/// Whether the text is an absolute http or https address with a host.
pub(crate) fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let Some(rest) = rest else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_fits = host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'))
        && host.chars().any(char::is_alphanumeric);
    host_fits && within(text, URL_CHARS_MAX) && is_unbroken(text)
}

/// Whether the text has the form of a mail address: one `@`, something before it, a dotted host after it.
pub(crate) fn is_mail(text: &str) -> bool {
    let Some((mailbox, host)) = text.split_once('@') else { return false };
    let host_fits = host.contains('.')
        && host
            .split('.')
            .all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'));
    !mailbox.is_empty() && host_fits && within(text, MAIL_CHARS_MAX) && is_unbroken(text)
}

/// Words that stand in the mailboxes of offices and not in the names of persons: whole, at the beginning of
/// a word, at its end.
const OFFICE_WORDS: [&str; 12] =
    ["ags", "data", "dsb", "edv", "info", "it", "land", "mail", "open", "post", "rat", "team"];
const OFFICE_STARTS: [&str; 30] = [
    "allgemein",
    "anfrage",
    "bauhof",
    "beauftragte",
    "beteiligung",
    "buerger",
    "buero",
    "bürger",
    "büro",
    "contact",
    "daten",
    "digital",
    "gemeinde",
    "gruen",
    "hello",
    "innovation",
    "kommun",
    "kontakt",
    "kreis",
    "leitung",
    "offene",
    "ordnung",
    "poststelle",
    "presse",
    "projekt",
    "referat",
    "service",
    "smart",
    "stadt",
    "verwaltung",
];
const OFFICE_ENDS: [&str; 14] = [
    "abteilung",
    "amt",
    "beratung",
    "buero",
    "büro",
    "center",
    "dienst",
    "dienste",
    "labor",
    "service",
    "stelle",
    "support",
    "verwaltung",
    "zentrum",
];

/// Whether a mailbox looks like a person's (`vorname.nachname@`, `v_nachname@`) rather than an office's
/// (`digital@`, `smart.city@`, `info.bauamt@`).
pub(crate) fn looks_personal(mail: &str) -> bool {
    let mailbox = mail.split('@').next().unwrap_or_default().to_lowercase();
    let parts: Vec<&str> = mailbox.split(['.', '_']).collect();
    let is_office = |part: &str| {
        OFFICE_WORDS.contains(&part)
            || OFFICE_STARTS.iter().any(|word| part.starts_with(word))
            || OFFICE_ENDS.iter().any(|word| part.ends_with(word))
    };
    let is_name = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_alphabetic() || c == '-');
    (2..=3).contains(&parts.len()) && parts.iter().all(is_name) && !parts.into_iter().any(is_office)
}

/// Whether the text is a language tag (BCP 47): a primary subtag of 2 or 3 letters, then subtags of 1 to 8.
pub(crate) fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let primary = parts.next().unwrap_or_default();
    (2..=3).contains(&primary.len())
        && primary.bytes().all(|b| b.is_ascii_lowercase())
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
        && within(text, LANGUAGE_CHARS_MAX)
}

/// Whether the text names a record: `publisher/record`.
pub(crate) fn is_reference(text: &str) -> bool {
    text.split_once('/').is_some_and(|(publisher, record)| {
        publisher.parse::<Name>().is_ok() && record.parse::<RecordId>().is_ok()
    })
}

/// Whether the text has the form of the pattern.
pub(crate) fn fits(pattern: Pattern, text: &str) -> bool {
    let digits = |count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    match pattern {
        Pattern::Ars => text.parse::<Ars>().is_ok(),
        Pattern::Spdx => is_spdx(text),
        Pattern::Leika => digits(14),
        Pattern::Language => is_language(text),
        Pattern::Publisher => text.parse::<Name>().is_ok(),
        Pattern::Uri => is_uri(text),
        Pattern::Sha256 => text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')),
        Pattern::MediaType => is_media_type(text),
        Pattern::Phone => is_phone(text),
        Pattern::Year => digits(4),
        Pattern::Cpv => is_cpv(text),
        Pattern::Cve => is_cve(text),
        Pattern::LocalTime => is_local_time(text),
        Pattern::Key => {
            (1..=KEY_CHARS_MAX).contains(&text.len())
                && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        }
    }
}

/// The regular expression of a pattern for JSON Schema (ECMA 262); it may let more through than [`fits`].
pub(crate) fn expression(pattern: Pattern) -> &'static str {
    match pattern {
        Pattern::Ars => "^(0[1-9]|1[0-6])([0-9]{0,1}|[0-9]{3}|[0-9]{7}|[0-9]{10})$",
        Pattern::Spdx => "^[A-Za-z0-9.+:() -]+$",
        Pattern::Leika => "^[0-9]{14}$",
        Pattern::Language => "^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$",
        Pattern::Publisher => "^[a-z0-9-]{1,32}(\\.[a-z0-9-]{1,32}){0,3}$",
        Pattern::Uri => "^[A-Za-z][A-Za-z0-9+.-]*:\\S+$",
        Pattern::Sha256 => "^[0-9a-f]{64}$",
        Pattern::MediaType => "^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$",
        Pattern::Phone => "^[0-9+()/ -]+$",
        Pattern::Year => "^[0-9]{4}$",
        Pattern::Cpv => "^[0-9]{8}(-[0-9])?$",
        Pattern::Cve => "^CVE-[0-9]{4}-[0-9]{4,19}$",
        Pattern::LocalTime => "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2})?$",
        Pattern::Key => "^[a-z0-9-]{1,40}$",
    }
}

/// A code of Regulation (EC) 213/2008: at least the division, the first two digits, is not zero. The check
/// digit is taken as it is, because the regulation does not say how it is reckoned.
fn is_cpv(text: &str) -> bool {
    let (code, check) = text.split_once('-').map_or((text, None), |(code, check)| (code, Some(check)));
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    digits(code, 8) && !code.starts_with("00") && check.is_none_or(|check| digits(check, 1))
}

fn is_cve(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    text.strip_prefix("CVE-").and_then(|rest| rest.split_once('-')).is_some_and(|(year, number)| {
        year.len() == 4 && digits(year) && (4..=19).contains(&number.len()) && digits(number)
    })
}

/// Whether the text is a day, or a day and a minute of it (RFC 5545, section 3.3.5, form 3, as ISO 8601).
pub(crate) fn is_local_time(text: &str) -> bool {
    let Some((day, minute)) = text.split_once('T') else { return date(text).is_some() };
    let number = |text: &str, below: u8| {
        text.len() == 2
            && text.bytes().all(|b| b.is_ascii_digit())
            && text.parse::<u8>().is_ok_and(|n| n < below)
    };
    date(day).is_some() && minute.split_once(':').is_some_and(|(h, m)| number(h, 24) && number(m, 60))
}

fn within(text: &str, chars_max: usize) -> bool {
    text.chars().nth(chars_max).is_none()
}

fn is_unbroken(text: &str) -> bool {
    !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-'))
        && !rest.is_empty()
        && within(text, URL_CHARS_MAX)
        && is_unbroken(text)
}

fn is_media_type(text: &str) -> bool {
    let name = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
    };
    within(text, MEDIA_TYPE_CHARS_MAX) && text.split_once('/').is_some_and(|(a, b)| name(a) && name(b))
}

fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits >= 3
        && within(text, PHONE_CHARS_MAX)
        && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'+' | b'(' | b')' | b'/' | b'-'))
}

/// Licence expressions by their grammar (SPDX 2.3, annex D): ids joined by AND, OR and WITH, with brackets.
/// Whether an id stands on the SPDX list is not asked: the list grows faster than nodes are renewed.
fn is_spdx(text: &str) -> bool {
    if !within(text, SPDX_CHARS_MAX) || !text.is_ascii() {
        return false;
    }
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut open = 0usize;
    let mut id_is_due = true;
    let mut after_with = false;
    let mut with_may_follow = false;
    for word in spaced.split_whitespace() {
        match word {
            "(" if id_is_due && !after_with => open += 1,
            ")" if !id_is_due && open > 0 => {
                open -= 1;
                with_may_follow = false;
            }
            "AND" | "OR" if !id_is_due => id_is_due = true,
            "WITH" if with_may_follow => (id_is_due, after_with, with_may_follow) = (true, true, false),
            id if id_is_due && is_licence_id(id) => {
                with_may_follow = !after_with;
                (id_is_due, after_with) = (false, false);
            }
            _ => return false,
        }
    }
    !id_is_due && open == 0
}

fn is_licence_id(word: &str) -> bool {
    let reference = word.rsplit(':').next().and_then(|last| last.strip_prefix("LicenseRef-"));
    let body = match reference {
        Some(name) if !name.is_empty() => word.replacen(':', "-", 1),
        Some(_) => return false,
        None => word.strip_suffix('+').unwrap_or(word).to_owned(),
    };
    let plain =
        !body.is_empty() && body.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    plain && !matches!(word, "AND" | "OR" | "WITH") && body.starts_with(|c: char| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use crate::kind::form;
    use crate::kind::shape::Pattern;

    #[test]
    fn licence_expressions_follow_the_grammar() {
        for good in [
            "EUPL-1.2",
            "GPL-2.0-or-later WITH Classpath-exception-2.0",
            "(MIT OR Apache-2.0) AND CC-BY-4.0",
            "LicenseRef-proprietary",
            "DocumentRef-a:LicenseRef-b",
            "GPL-2.0+",
        ] {
            assert!(form::fits(Pattern::Spdx, good), "{good}");
        }
        for bad in [
            "",
            "EUPL 1.2",
            "MIT OR",
            "(MIT",
            "MIT)",
            "WITH MIT",
            "LicenseRef-",
            "MIT WITH (A)",
            "MIT/Apache",
        ] {
            assert!(!form::fits(Pattern::Spdx, bad), "{bad}");
        }
    }

    #[test]
    fn only_real_days_are_dates() {
        assert!(form::date("2028-02-29").is_some());
        for bad in ["2027-02-29", "31.12.2027", "2027-1-01", "2027-13-01", "20270101", "2027-01-01T00"] {
            assert!(form::date(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn addresses_have_a_scheme_and_a_host() {
        assert!(form::is_url("https://jena.example/baum?x=1#y"));
        for bad in
            ["jena.example", "ftp://jena.example", "https://", "https:///x", "https://a b", "javascript:x"]
        {
            assert!(!form::is_url(bad), "{bad}");
        }
        assert!(form::is_mail("digital@jena.example"));
        for bad in ["digital", "@jena.example", "digital@jena", "a@b@c.de", "a b@c.de"] {
            assert!(!form::is_mail(bad), "{bad}");
        }
        assert!(form::looks_personal("erika.muster-frau@jena.example"));
        for office in ["digital@jena.example", "smart.city@jena.example", "info.bauamt@jena.example"] {
            assert!(!form::looks_personal(office), "{office}");
        }
        assert!(form::looks_personal("e_muster@jena.example"));
        assert!(form::fits(Pattern::Uri, "alias:gdpr"));
        assert!(!form::fits(Pattern::Uri, "gdpr"));
    }

    #[test]
    fn references_name_publisher_and_record() {
        assert!(form::is_reference("th.jena/01910000-0000-7000-8000-000000000001"));
        for bad in ["th.jena", "xx.jena/01910000-0000-7000-8000-000000000001", "th.jena/17", "/"] {
            assert!(!form::is_reference(bad), "{bad}");
        }
    }

    #[test]
    fn keys_and_tags_keep_their_form() {
        assert!(form::fits(Pattern::Leika, "99108008001000"));
        assert!(!form::fits(Pattern::Leika, "9910800800100"));
        assert!(form::fits(Pattern::Language, "de-x-ls"));
        assert!(!form::fits(Pattern::Language, "Deutsch"));
        assert!(form::fits(Pattern::Phone, "+49 3641 49-0"));
        assert!(!form::fits(Pattern::Phone, "ruf an"));
        assert!(form::fits(Pattern::MediaType, "application/pdf"));
        assert!(!form::fits(Pattern::MediaType, "pdf"));
        for good in ["48000000", "72210000-0"] {
            assert!(form::fits(Pattern::Cpv, good), "{good}");
        }
        for bad in ["4800000", "00210000", "48000000-", "48000000-12", "CPV 48000000"] {
            assert!(!form::fits(Pattern::Cpv, bad), "{bad}");
        }
        assert!(form::fits(Pattern::Cve, "CVE-2026-12345"));
        assert!(!form::fits(Pattern::Cve, "cve-2026-1"));
        for good in ["2027-03-31", "2027-03-31T09:30", "2027-03-31T23:59"] {
            assert!(form::fits(Pattern::LocalTime, good), "{good}");
        }
        for bad in
            ["2027-03-31T24:00", "2027-02-30T09:30", "2027-03-31 09:30", "2027-03-31T9:30", "T", "morgen"]
        {
            assert!(!form::fits(Pattern::LocalTime, bad), "{bad}");
        }
        assert!(form::fits(Pattern::Key, "datenschutz-1") && !form::fits(Pattern::Key, "Datenschutz 1"));
    }
}
