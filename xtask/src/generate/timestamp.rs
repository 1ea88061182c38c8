//! Points of time in January 2023 as ISO text.

/// The span that generated events fall into: 31 days, in milliseconds.
pub const MONTH_MILLISECONDS: u64 = 31 * DAY_MILLISECONDS;

const DAY_MILLISECONDS: u64 = 24 * 60 * 60 * 1000;

/// `2023-01-DDTHH:MM:SS.mmmZ` for the milliseconds since the month began, kept inside the month.
pub fn iso(milliseconds: u64) -> String {
    let milliseconds = milliseconds.min(MONTH_MILLISECONDS - 1);
    let day = milliseconds / DAY_MILLISECONDS + 1;
    let seconds = milliseconds % DAY_MILLISECONDS / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("2023-01-{day:02}T{hours:02}:{minutes:02}:{:02}.{:03}Z", seconds % 60, milliseconds % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_month_is_covered_to_its_last_millisecond() {
        assert_eq!(iso(0), "2023-01-01T00:00:00.000Z");
        assert_eq!(iso(DAY_MILLISECONDS + 3_661_007), "2023-01-02T01:01:01.007Z");
        assert_eq!(iso(u64::MAX), "2023-01-31T23:59:59.999Z");
    }
}
