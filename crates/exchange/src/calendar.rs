//! Writes dates as a calendar (RFC 5545, with CONFERENCE of RFC 7986).

use jiff::Span;
use jiff::civil::Date;
use jiff::civil::DateTime;
use record::moment::Moment;

/// The media type.
pub const MEDIA_TYPE: &str = "text/calendar; charset=utf-8";
/// Octets of a line before it is folded (RFC 5545, section 3.1).
const LINE_OCTETS_MAX: usize = 74;
/// The one zone whose rules are written out; times of other zones are written without a zone.
const BERLIN: &str = "Europe/Berlin";
/// Summer time of the European Union since 1996.
const BERLIN_RULES: &str = "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:DAYLIGHT\r\nTZNAME:CEST\r\n\
TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nDTSTART:19960331T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n\
END:DAYLIGHT\r\nBEGIN:STANDARD\r\nTZNAME:CET\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n\
DTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";

/// One date of a calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Appointment {
    /// The same in every calendar for ever.
    pub uid: String,
    /// Grows with each revision, so that calendars take it over.
    pub sequence: u64,
    /// When it was said, in seconds since 1970.
    pub said: u64,
    /// Its beginning by the clock on the wall: `2027-03-31` or `2027-03-31T09:30`.
    pub start: String,
    /// Its end likewise, where it is known; a day is the last one.
    pub end: Option<String>,
    /// The zone of the clock on the wall.
    pub zone: String,
    /// The title.
    pub summary: String,
    /// More; may be empty.
    pub description: String,
    /// The place; may be empty.
    pub location: String,
    /// Its page; may be empty.
    pub url: String,
    /// Where to take part online; may be empty.
    pub conference: String,
    /// `TENTATIVE`, `CONFIRMED` or `CANCELLED`; nothing where it makes no sense, as for deadlines.
    pub status: String,
    /// What it is filed under.
    pub categories: Vec<String>,
}

/// Writes a calendar of this name. Appointments whose beginning is no date are left out.
pub fn write(name: &str, appointments: &[Appointment]) -> String {
    let mut out = String::new();
    for text in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//allmende//allmende//DE", "METHOD:PUBLISH"] {
        line(&mut out, text);
    }
    line(&mut out, &format!("NAME:{}", escaped(name)));
    line(&mut out, &format!("X-WR-CALNAME:{}", escaped(name)));
    line(&mut out, "REFRESH-INTERVAL;VALUE=DURATION:PT6H");
    if appointments.iter().any(|one| one.zone == BERLIN && one.start.contains('T')) {
        out.push_str(BERLIN_RULES);
    }
    for one in appointments {
        appointment(&mut out, one);
    }
    line(&mut out, "END:VCALENDAR");
    out
}

fn appointment(out: &mut String, one: &Appointment) {
    let Some(start) = time("DTSTART", &one.start, &one.zone, false) else { return };
    line(out, "BEGIN:VEVENT");
    line(out, &format!("UID:{}", escaped(&one.uid)));
    line(out, &format!("SEQUENCE:{}", one.sequence));
    line(out, &format!("DTSTAMP:{}", utc(one.said)));
    line(out, &start);
    if let Some(end) = one.end.as_deref().and_then(|end| time("DTEND", end, &one.zone, true)) {
        line(out, &end);
    }
    let texts = [
        ("SUMMARY", &one.summary),
        ("DESCRIPTION", &one.description),
        ("LOCATION", &one.location),
        ("STATUS", &one.status),
    ];
    for (key, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        line(out, &format!("{key}:{}", escaped(text)));
    }
    if !one.url.is_empty() {
        line(out, &format!("URL:{}", plain(&one.url)));
    }
    if !one.conference.is_empty() {
        line(out, &format!("CONFERENCE;VALUE=URI:{}", plain(&one.conference)));
    }
    if !one.categories.is_empty() {
        let categories: Vec<String> = one.categories.iter().map(|category| escaped(category)).collect();
        line(out, &format!("CATEGORIES:{}", categories.join(",")));
    }
    line(out, "END:VEVENT");
}

/// A date or time with its key. The end of whole days is the day after the last one (RFC 5545, section 3.6.1).
fn time(key: &str, text: &str, zone: &str, end: bool) -> Option<String> {
    if let Ok(day) = text.parse::<Date>()
        && !text.contains('T')
    {
        let day = if end { day.checked_add(Span::new().days(1)).ok()? } else { day };
        return Some(format!("{key};VALUE=DATE:{}", day.strftime("%Y%m%d")));
    }
    let moment: DateTime = text.parse().ok()?;
    let moment = moment.strftime("%Y%m%dT%H%M%S");
    Some(match zone {
        BERLIN => format!("{key};TZID={BERLIN}:{moment}"),
        _ => format!("{key}:{moment}"),
    })
}

fn utc(seconds: u64) -> String {
    let text = Moment::from_seconds(seconds).map_or_else(String::new, |moment| moment.to_string());
    text.chars().filter(|letter| letter.is_ascii_alphanumeric()).collect()
}

/// Text of a value (RFC 5545, section 3.3.11).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
    out
}

/// An address, on one line in any case.
fn plain(address: &str) -> String {
    address.chars().filter(|letter| !letter.is_control()).collect()
}

/// Writes a line and folds it between characters.
fn line(out: &mut String, text: &str) {
    let mut octets = 0;
    for letter in text.chars() {
        if octets + letter.len_utf8() > LINE_OCTETS_MAX {
            out.push_str("\r\n ");
            octets = 1;
        }
        out.push(letter);
        octets += letter.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use crate::calendar::Appointment;
    use crate::calendar::write;

    #[test]
    fn days_times_and_harm() {
        let workshop = Appointment {
            uid: "0192@th.jena".to_owned(),
            sequence: 3,
            said: 1_793_606_400,
            start: "2027-03-31T09:30".to_owned(),
            end: Some("2027-03-31T12:00".to_owned()),
            zone: "Europe/Berlin".to_owned(),
            summary: "Themenwerkstatt: Bäume; Böden, Bäche und überhaupt alles, was in diesem Jahr grünt"
                .to_owned(),
            location: "Rathaus,\nSaal 2".to_owned(),
            url: "https://a.example/x\r\nATTENDEE:evil".to_owned(),
            status: "CANCELLED".to_owned(),
            categories: vec!["climate".to_owned()],
            ..Appointment::default()
        };
        let days = Appointment {
            uid: "0193@th.jena".to_owned(),
            start: "2027-04-01".to_owned(),
            end: Some("2027-04-02".to_owned()),
            summary: "Konferenz\r\nEND:VEVENT".to_owned(),
            ..Appointment::default()
        };
        let none = Appointment { start: "bald".to_owned(), ..Appointment::default() };
        let text = write("Termine", &[workshop, days, none]);
        assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
        assert_eq!(text.matches("\r\nEND:VEVENT\r\n").count(), 2);
        assert!(!text.contains("\r\nATTENDEE"));
        insta::assert_snapshot!(text.replace("\r\n", "\n"));
    }
}
