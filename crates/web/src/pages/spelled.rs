//! Keys and tags that other offices keep, spelled out for readers: regional keys, languages, standards, times, years.

use crate::day;
use crate::desk;
use crate::words::boards::Boards;
use crate::words::fill;
use catalogue::register::Register;
use catalogue::register::land;
use record::kind::Lang;
use record::name::LANDS;

/// Numbers of a field with such bounds are years, which people write without a mark between the thousands.
const YEARS: std::ops::RangeInclusive<u64> = 1_000..=2_999;
/// A name of at most so many characters is an abbreviation, such as `gdpr`.
const ABBREVIATED_CHARS: usize = 5;

/// A whole number of a field with these bounds.
pub(crate) fn number(number: u64, (min, max): (u64, u64), lang: Lang) -> String {
    match YEARS.contains(&min) && YEARS.contains(&max) {
        true => number.to_string(),
        false => day::number(number, lang),
    }
}

/// An area by its regional key: `Jena (160530000000)`; an unknown key stands for itself.
pub(crate) fn area(key: &str) -> String {
    let register = Register::built_in();
    let named = || LANDS.iter().find(|(code, _)| *code == land(key)).map(|(_, name)| *name);
    let name = match key.len() {
        2 => named(),
        5 => register.district(key),
        _ => register.find(key).map(|town| town.name.as_str()),
    };
    name.map_or_else(|| key.to_owned(), |name| format!("{name} ({key})"))
}

/// A language by its tag.
pub(crate) fn language(tag: &str, lang: Lang) -> String {
    desk::words::language(tag, desk::words::say(lang))
}

/// The name of a standard that is meant by `alias:gdpr`: abbreviations in capitals, other names with a capital.
pub(crate) fn standard(uri: &str) -> Option<String> {
    let alias = uri.strip_prefix("alias:")?;
    Some(match alias.split_at_checked(1) {
        Some((first, rest)) if alias.chars().count() > ABBREVIATED_CHARS => {
            format!("{}{rest}", first.to_uppercase())
        }
        _ => alias.to_uppercase(),
    })
}

/// A day or a minute by the clock on the wall, in words.
pub(crate) fn local_time(text: &str, lang: Lang) -> String {
    match text.split_once('T') {
        Some((date, time)) => {
            let time: String = time.chars().take(5).collect();
            fill(Boards::of(lang).at_time, &[("day", &day::written(date, lang)), ("time", &time)])
        }
        None => day::written(text, lang),
    }
}

#[cfg(test)]
mod tests {
    use crate::pages::spelled;
    use record::kind::Lang;

    #[test]
    fn years_have_no_mark_between_thousands_and_euros_do() {
        assert_eq!(spelled::number(2025, (1990, 2100), Lang::De), "2025");
        assert_eq!(spelled::number(2025, (0, 100_000_000), Lang::De), "2.025");
        assert_eq!(spelled::number(1500, (1, 2000), Lang::En), "1,500");
    }

    #[test]
    fn keys_become_names_and_unknown_ones_stay() {
        assert_eq!(spelled::area("16"), "Thüringen (16)");
        assert!(spelled::area("160530000000").starts_with("Jena"));
        assert_eq!(spelled::area("99"), "99");
        assert_eq!(spelled::area("999999999999"), "999999999999");
    }

    #[test]
    fn standards_are_named_as_people_write_them() {
        assert_eq!(spelled::standard("alias:gdpr").as_deref(), Some("GDPR"));
        assert_eq!(spelled::standard("alias:nis2").as_deref(), Some("NIS2"));
        assert_eq!(spelled::standard("alias:open311").as_deref(), Some("Open311"));
        assert_eq!(spelled::standard("alias:xrechnung").as_deref(), Some("Xrechnung"));
        assert_eq!(spelled::standard("https://a.example"), None);
    }

    #[test]
    fn languages_have_names() {
        assert_eq!(spelled::language("uk", Lang::De), "Ukrainisch");
        assert_eq!(spelled::language("xx", Lang::De), "xx");
    }
}
