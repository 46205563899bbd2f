//! A moment in whole seconds since 1970 (UTC); the only time that statements know.

use crate::bounds::MOMENT_MAX;
use jiff::ToSpan as _;
use jiff::civil::Date;
use std::fmt;

/// Seconds since 1970-01-01T00:00:00Z, at most the end of the year 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

impl Moment {
    /// The moment, or `None` beyond the year 9999.
    pub fn from_seconds(seconds: u64) -> Option<Moment> {
        (seconds <= MOMENT_MAX).then_some(Moment(seconds))
    }

    /// Seconds since 1970.
    pub fn seconds(self) -> u64 {
        self.0
    }

    /// The moment some seconds later, at most the end of the year 9999.
    #[must_use]
    pub fn plus(self, seconds: u64) -> Moment {
        Moment(self.0.saturating_add(seconds).min(MOMENT_MAX))
    }

    /// The moment some seconds earlier, at least 1970.
    #[must_use]
    pub fn minus(self, seconds: u64) -> Moment {
        Moment(self.0.saturating_sub(seconds))
    }

    /// The calendar day in UTC.
    pub fn day(self) -> Date {
        // By days and not by jiff's Timestamp, which ends a day before the year 9999 does.
        let days = i64::try_from(self.0 / DAY_SECONDS).unwrap_or(i64::MAX);
        EPOCH_DAY.saturating_add(days.days())
    }
}

const DAY_SECONDS: u64 = 24 * 60 * 60;
const EPOCH_DAY: Date = jiff::civil::date(1970, 1, 1);

impl fmt::Display for Moment {
    /// RFC 3339 in UTC, such as `2026-11-02T08:00:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 % DAY_SECONDS;
        write!(f, "{}T{:02}:{:02}:{:02}Z", self.day(), seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use crate::bounds::MOMENT_MAX;
    use crate::moment::Moment;

    #[test]
    fn moments_are_written_as_rfc_3339() {
        assert_eq!(Moment::from_seconds(1_793_606_400).unwrap().to_string(), "2026-11-02T08:00:00Z");
        assert_eq!(Moment::from_seconds(MOMENT_MAX).unwrap().to_string(), "9999-12-31T23:59:59Z");
        assert_eq!(Moment::from_seconds(MOMENT_MAX + 1), None);
        assert_eq!(Moment::from_seconds(0).unwrap().day().to_string(), "1970-01-01");
    }
}
