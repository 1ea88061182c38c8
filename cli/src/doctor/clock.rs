//! Whether the clock of this machine can be believed.

use super::check::{Check, Question};
use runtime_core::ports::clock::Timestamp;

const CLOCK: Question = Question { name: "clock", asks: "does the clock of this machine tell the time?" };

/// From how many seconds on a difference is told, and from how many on AWS refuses signatures.
const TOLD_SECONDS: u64 = 60;
#[cfg(feature = "stack")]
const REFUSED_SECONDS: u64 = 300;
/// 2025-01-01: this release is younger.
const EARLIEST: Timestamp = Timestamp(1_735_689_600_000);

const ADVICE: &str = "set the clock, or let it be set (chrony, systemd-timesyncd, `sntp`)";

/// Against the time in an answer of AWS, if there was one.
#[cfg(feature = "stack")]
pub fn against_aws(here: Timestamp, there: Option<Timestamp>) -> Check {
    let Some(there) = there else {
        return CLOCK.warning("AWS has not told the time", "see what it says of credentials");
    };
    let seconds = here.0.abs_diff(there.0) / 1000;
    let found = format!("{seconds} s {} AWS's", if here >= there { "ahead of" } else { "behind" });
    match seconds {
        0..=TOLD_SECONDS => CLOCK.ok(found),
        _ if seconds <= REFUSED_SECONDS => CLOCK.warning(found, ADVICE),
        _ => CLOCK.failed(format!("{found}: AWS refuses signatures that are so far off"), ADVICE),
    }
}

/// Against what the machine itself knows: the release, and when something was last installed.
pub fn against_history(here: Timestamp, last_change: Timestamp) -> Check {
    if here < EARLIEST {
        return CLOCK.failed(format!("it is {here} here, before this release was made"), ADVICE);
    }
    let ahead_seconds = (last_change.0 - here.0) / 1000;
    if ahead_seconds > i64::try_from(TOLD_SECONDS).expect("it is a minute") {
        let found = format!("it is {here} here, and what is installed was written at {last_change}, later than that");
        return CLOCK.warning(found, ADVICE);
    }
    CLOCK.ok(format!("it is {here} here"))
}

#[cfg(test)]
mod tests {
    use super::super::check::Verdict;
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    #[cfg(feature = "stack")]
    #[test]
    fn a_difference_is_told_from_a_minute_on_and_fails_from_five() {
        let with = |seconds: i64| against_aws(NOW, Some(Timestamp(NOW.0 - seconds * 1000))).verdict;
        assert_eq!([0, 60, -60].map(with), [Verdict::Ok; 3]);
        assert_eq!([61, 300, -61].map(with), [Verdict::Warning; 3]);
        assert_eq!([301, -301, 999_999].map(with), [Verdict::Failed; 3]);
        assert_eq!(against_aws(NOW, None).verdict, Verdict::Warning);
        assert!(against_aws(NOW, Some(Timestamp(NOW.0 + 90_000))).found.contains("90 s behind"));
    }

    #[test]
    fn a_clock_before_its_own_history_is_told() {
        assert_eq!(against_history(NOW, Timestamp(0)).verdict, Verdict::Ok);
        assert_eq!(against_history(NOW, Timestamp(NOW.0 + 61_999)).verdict, Verdict::Warning);
        assert_eq!(against_history(Timestamp(0), Timestamp(0)).verdict, Verdict::Failed);
    }
}
