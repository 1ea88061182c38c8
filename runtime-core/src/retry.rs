//! How often what failed is tried again, and when: data and pure functions, no clock and no queue.
//!
//! The default is the table of behaviour.md; the rows of earlier years of PostHog's server can be configured instead (case 101).

use std::time::Duration;

/// How often a function runs for one piece of work, and how long it waits in between. Attempts are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often it runs at most, the first time included; 1 tries nothing again.
    pub runs: u32,
    /// How long it waits after the first attempt.
    pub base: Duration,
    /// By how much every further wait is longer than the one before.
    pub multiplier: u32,
    /// What is tried again at all.
    pub on: RetryOn,
}

/// Which failures are tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryOn {
    /// A RetryError, and a time-out, which counts as one (case 57).
    RetryError,
    /// Every failure of the app.
    AnyError,
}

impl RetryPolicy {
    /// One run, whatever happens: jobs and scheduled tasks (case 152).
    pub const ONCE: Self = Self { runs: 1, base: Duration::ZERO, multiplier: 1, on: RetryOn::RetryError };

    /// A policy of `runs` whose first wait is `base_seconds` and whose waits double.
    pub const fn doubling(runs: u32, base_seconds: u64) -> Self {
        Self { runs, base: Duration::from_secs(base_seconds), multiplier: 2, on: RetryOn::RetryError }
    }

    /// How long to wait after that attempt failed; `None` if it was the last one.
    pub fn delay_after(&self, attempt: u32) -> Option<Duration> {
        if attempt >= self.runs {
            return None;
        }
        backoff(self.base, self.multiplier, attempt).ok()
    }
}

/// What happens to work for which a port is out of reach, again and again (behaviour.md, "failing infrastructure"). No attempt of
/// the app is used up by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutagePolicy {
    /// How long the work waits at first; every further wait is twice the one before.
    pub base: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// Work that has waited for as long as this is given up.
    pub give_up_after: Duration,
}

impl OutagePolicy {
    /// How long to wait for the `outages`-th time, counted from 1; `None` if the work has waited for too long already.
    pub fn delay(&self, outages: u32, waited: Duration) -> Option<Duration> {
        if waited >= self.give_up_after {
            return None;
        }
        Some(backoff(self.base, 2, outages.max(1)).unwrap_or(self.base).min(self.longest))
    }
}

/// The policies of a stack, one per function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicies {
    /// `setupPlugin`
    pub setup: RetryPolicy,
    /// `onEvent` and `composeWebhook`
    pub on_event: RetryPolicy,
    /// `processEvent` of installations whose `on_error` is `retry`; for the others nothing is tried again.
    pub process_event: RetryPolicy,
    /// `exportEvents`
    pub export_events: RetryPolicy,
    /// Ports out of reach, whatever the function.
    pub outages: OutagePolicy,
}

impl RetryPolicies {
    /// What the public documentation says: the default.
    pub const DOCUMENTED: Self = Self {
        setup: RetryPolicy::doubling(6, 5),
        on_event: RetryPolicy::doubling(6, 5),
        // Apps do not know that processEvent may be tried again, so they throw what they throw.
        process_event: RetryPolicy { on: RetryOn::AnyError, ..RetryPolicy::doubling(6, 5) },
        export_events: RetryPolicy::doubling(4, 6),
        outages: OutagePolicy {
            base: Duration::from_secs(5),
            longest: Duration::from_secs(900),
            give_up_after: Duration::from_secs(10 * 24 * 60 * 60),
        },
    };

    /// PostHog's server of 2021: a batch was exported up to 16 times, 3·2^(n+1) seconds before the n-th retry counted from 0.
    pub const OF_2021: Self = Self { export_events: RetryPolicy::doubling(16, 6), ..Self::DOCUMENTED };

    /// PostHog's server of June 2023: `onEvent` ran up to 3 times, with 3 and 6 seconds in between.
    pub const OF_2023_06: Self = Self { on_event: RetryPolicy::doubling(3, 3), ..Self::DOCUMENTED };
}

impl Default for RetryPolicies {
    fn default() -> Self {
        Self::DOCUMENTED
    }
}

/// Attempts are counted from 1, and this one is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("attempts are counted from 1, there is no attempt {0}")]
pub struct NoSuchAttempt(pub u32);

/// How long to wait after an attempt: `base · multiplier^(attempt − 1)`, saturating.
///
/// # Errors
/// For an attempt below 1 (case 103).
pub fn backoff(base: Duration, multiplier: u32, attempt: u32) -> Result<Duration, NoSuchAttempt> {
    let exponent = attempt.checked_sub(1).ok_or(NoSuchAttempt(attempt))?;
    Ok(base.saturating_mul(multiplier.saturating_pow(exponent)))
}

/// An error that asks for another attempt, as logs and dead letters show it (behaviour.md, "error text").
pub fn attempt_text(name: &str, attempt: u32, runs: u32, message: &str) -> String {
    format!("{name} (attempt {attempt}/{runs}): {message}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(policy: RetryPolicy) -> Vec<u64> {
        (1..).map_while(|attempt| policy.delay_after(attempt)).map(|delay| delay.as_secs()).collect()
    }

    #[test]
    fn the_documented_rows() {
        let policies = RetryPolicies::default();
        for policy in [policies.setup, policies.on_event, policies.process_event] {
            assert_eq!(seconds(policy), [5, 10, 20, 40, 80]);
        }
        assert_eq!(seconds(policies.export_events), [6, 12, 24]);
        assert_eq!(seconds(RetryPolicy::ONCE), [0; 0]);
    }

    #[test]
    fn there_is_no_attempt_before_the_first() {
        assert_eq!(RetryPolicies::default().on_event.delay_after(0), None);
        let error = backoff(Duration::from_secs(1), 2, 0).unwrap_err();
        assert_eq!(error.to_string(), "attempts are counted from 1, there is no attempt 0");
    }

    #[test]
    fn nothing_overflows() {
        assert_eq!(backoff(Duration::MAX, u32::MAX, u32::MAX), Ok(Duration::MAX));
        let policies = RetryPolicies::default();
        assert_eq!(policies.outages.delay(u32::MAX, Duration::ZERO), Some(Duration::from_secs(900)));
    }

    #[test]
    fn outages_double_up_to_fifteen_minutes_and_end_after_ten_days() {
        let outages = RetryPolicies::default().outages;
        let delays: Vec<u64> =
            (0..11).filter_map(|outage| outages.delay(outage, Duration::ZERO)).map(|delay| delay.as_secs()).collect();
        assert_eq!(delays, [5, 5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
        let ten_days = Duration::from_secs(864_000);
        assert!(outages.delay(99, ten_days - Duration::from_millis(1)).is_some());
        assert_eq!(outages.delay(1, ten_days), None);
    }
}
