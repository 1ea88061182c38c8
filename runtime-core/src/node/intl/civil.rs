//! An instant in a time zone as the fields of the Gregorian calendar, which ECMAScript counts back without end.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// What jiff calls a zone that is not known; the database of ECMAScript has no such name.
const UNKNOWN: &str = "Etc/Unknown";

/// A moment of a civil clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Civil {
    /// Astronomical: the year before 1 is 0.
    pub(super) year: i64,
    /// From 1.
    pub(super) month: u32,
    /// From 1.
    pub(super) day: u32,
    /// From 0, Sunday.
    pub(super) weekday: usize,
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
    pub(super) millisecond: u32,
}

/// How far a zone is ahead of UTC at some time, and whether by daylight saving time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offset {
    pub(super) seconds: i32,
    pub(super) is_daylight: bool,
}

/// A time zone of the IANA database, compiled in, so that every machine gives the same answer.
#[derive(Debug, Clone)]
pub(super) struct Zone {
    zone: TimeZone,
    /// Its name in the spelling of the database.
    pub(super) name: String,
}

impl Zone {
    /// The zone of that name, in any mix of upper and lower case.
    pub(super) fn find(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case(UNKNOWN) {
            return None;
        }
        let zone = TimeZoneDatabase::bundled().get(name).ok()?;
        let name = zone.iana_name()?.to_owned();
        Some(Self { zone, name })
    }

    /// Its offset, that of the first or last time that jiff knows for one outside of the years -9999 to 9999.
    pub(super) fn offset(&self, milliseconds: i64) -> Offset {
        let past_the_end = if milliseconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        let time = Timestamp::from_millisecond(milliseconds).unwrap_or(past_the_end);
        let info = self.zone.to_offset_info(time);
        Offset { seconds: info.offset().seconds(), is_daylight: info.dst().is_dst() }
    }

    /// Whether a time with daylight saving begins or ended within `range` milliseconds of a time without it.
    pub(super) fn is_near_daylight(&self, milliseconds: i64, range: i64) -> bool {
        let Ok(time) = Timestamp::from_millisecond(milliseconds) else { return false };
        let near = |other: Timestamp| (other.as_millisecond() - milliseconds).abs() < range;
        let before = self.zone.preceding(time).next().filter(|transition| near(transition.timestamp()));
        let was = before.is_some_and(|transition| self.offset(transition.timestamp().as_millisecond() - 1).is_daylight);
        let after = self.zone.following(time).next().filter(|transition| near(transition.timestamp()));
        was || after.is_some_and(|transition| self.offset(transition.timestamp().as_millisecond()).is_daylight)
    }
}

const DAY: i64 = 86_400_000;

/// The fields of a time whose zone is ahead of UTC by `offset_seconds`.
pub(super) fn civil(milliseconds: i64, offset_seconds: i32) -> Civil {
    let local = milliseconds + i64::from(offset_seconds) * 1000;
    let (days, within) = (local.div_euclid(DAY), local.rem_euclid(DAY));
    let (year, month, day) = date_of(days);
    let part = |unit: i64, modulus: i64| u32::try_from(within / unit % modulus).expect("a part of a day is small");
    Civil {
        year,
        month,
        day,
        weekday: usize::try_from((days + 4).rem_euclid(7)).expect("below 7"),
        hour: part(3_600_000, 24),
        minute: part(60_000, 60),
        second: part(1000, 60),
        millisecond: part(1, 1000),
    }
}

/// Year, month and day of a day counted from 1970-01-01. Years are counted from March, so that a leap day ends one.
fn date_of(days: i64) -> (i64, u32, u32) {
    const DAYS_OF_400_YEARS: i64 = 146_097;
    let since_march_of_year_0 = days + 719_468;
    let (cycle, day_of_cycle) =
        (since_march_of_year_0.div_euclid(DAYS_OF_400_YEARS), since_march_of_year_0.rem_euclid(DAYS_OF_400_YEARS));
    let leap_days = day_of_cycle / 1460 - day_of_cycle / 36_524 + day_of_cycle / (DAYS_OF_400_YEARS - 1);
    let year_of_cycle = (day_of_cycle - leap_days) / 365;
    let day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    // Months from March have 31, 30, 31, 30, 31 days and again so: 153 in five of them.
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = (cycle * 400 + year_of_cycle, if month < 10 { month + 3 } else { month - 9 });
    let small = |value: i64| u32::try_from(value).expect("a month or a day of one");
    (if month <= 2 { year + 1 } else { year }, small(month), small(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_times_far_and_near() {
        let date = |milliseconds| {
            let civil = civil(milliseconds, 0);
            (civil.year, civil.month, civil.day, civil.weekday)
        };
        assert_eq!(date(0), (1970, 1, 1, 4));
        assert_eq!(date(-1), (1969, 12, 31, 3));
        assert_eq!(date(951_782_400_000), (2000, 2, 29, 2));
        assert_eq!(date(8_640_000_000_000_000), (275_760, 9, 13, 6));
        assert_eq!(date(-8_640_000_000_000_000), (-271_821, 4, 20, 2));
        assert_eq!(date(-62_167_219_200_000), (0, 1, 1, 6));
    }

    #[test]
    fn dublin_saves_daylight_in_summer() {
        let dublin = Zone::find("europe/dublin").unwrap();
        assert_eq!(dublin.offset(1_672_531_200_000), Offset { seconds: 0, is_daylight: false });
        assert_eq!(dublin.offset(1_688_169_600_000), Offset { seconds: 3600, is_daylight: true });
    }
}
