//! Days and moments as people write them.

use jiff::civil::Date;
use record::kind::Lang;
use record::moment::Moment;

const MONTHS: [(&str, &str); 12] = [
    ("Januar", "January"),
    ("Februar", "February"),
    ("März", "March"),
    ("April", "April"),
    ("Mai", "May"),
    ("Juni", "June"),
    ("Juli", "July"),
    ("August", "August"),
    ("September", "September"),
    ("Oktober", "October"),
    ("November", "November"),
    ("Dezember", "December"),
];

/// The name of a day's month.
pub(crate) fn month(date: Date, lang: Lang) -> &'static str {
    let month = usize::try_from(date.month() - 1).ok().and_then(|at| MONTHS.get(at)).unwrap_or(&("", ""));
    if lang == Lang::De { month.0 } else { month.1 }
}

/// A day: `2. November 2026`, `2 November 2026`.
pub(crate) fn day(date: Date, lang: Lang) -> String {
    let month = month(date, lang);
    match lang {
        Lang::De => format!("{}. {month} {}", date.day(), date.year()),
        Lang::En => format!("{} {month} {}", date.day(), date.year()),
    }
}

/// The day of a moment.
pub(crate) fn moment(moment: Moment, lang: Lang) -> String {
    day(moment.day(), lang)
}

/// Day and time of day, in UTC because a node does not know where its reader sits.
pub(crate) fn time(moment: Moment, lang: Lang) -> String {
    let minutes = moment.seconds() / 60;
    let (hour, minute) = (minutes / 60 % 24, minutes % 60);
    let day = day(moment.day(), lang);
    match lang {
        Lang::De => format!("{day}, {hour:02}:{minute:02} Uhr (UTC)"),
        Lang::En => format!("{day}, {hour:02}:{minute:02} UTC"),
    }
}

/// A day written `2027-03-31`, in words; what is no such day stays as it is.
pub(crate) fn written(text: &str, lang: Lang) -> String {
    text.parse::<Date>().map_or_else(|_| text.to_owned(), |date| day(date, lang))
}

/// Whether a day written `2027-03-31` lies before today.
pub(crate) fn is_past(text: &str, today: Date) -> bool {
    text.parse::<Date>().is_ok_and(|date| date < today)
}

/// A number with its thousands apart: `12.345`, `12,345`.
pub(crate) fn number(number: u64, lang: Lang) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(if lang == Lang::De { '.' } else { ',' });
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::day;
    use record::kind::Lang;
    use record::moment::Moment;

    #[test]
    fn days_are_written_as_people_do() {
        let moment = Moment::from_seconds(1_793_606_400).unwrap();
        assert_eq!(day::moment(moment, Lang::De), "2. November 2026");
        assert_eq!(day::time(moment, Lang::De), "2. November 2026, 08:00 Uhr (UTC)");
        assert_eq!(day::time(moment, Lang::En), "2 November 2026, 08:00 UTC");
        assert_eq!(day::written("2027-03-31", Lang::En), "31 March 2027");
        assert_eq!(day::written("bald", Lang::De), "bald");
        assert!(day::is_past("2026-11-01", moment.day()));
        assert!(!day::is_past("2026-11-02", moment.day()));
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(day::number(1_234_567, Lang::De), "1.234.567");
        assert_eq!(day::number(1_000, Lang::En), "1,000");
        assert_eq!(day::number(0, Lang::De), "0");
    }
}
